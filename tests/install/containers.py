"""Cases of tests/install/test_containers."""

import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback
import urllib.parse
import urllib.request
from pathlib import Path

import kubernetes_validate
import yaml

WORK = Path(tempfile.mkdtemp(prefix="confab-containers-"))
SECRETS = WORK / "secrets"
BIN = Path(os.environ.get("BIN", "bin")).resolve()
DAEMONS = ["api", "ingest", "persister", "indexer", "counter"]
# A loaded machine is no reason to fail.
PATIENCE_S = 120

with open("docker-compose.yml", encoding="utf-8") as file:
    COMPOSE = yaml.safe_load(file)
SERVICES = COMPOSE["services"]


class Skip(Exception):
    """What the case needs is not here."""


def check(holds, sentence):
    if not holds:
        raise AssertionError(sentence)


def run(command, env=None, stdin=None):
    """What it wrote; fails when the command does."""
    done = subprocess.run(command, env=env, input=stdin, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          timeout=PATIENCE_S, check=False)
    check(done.returncode == 0,
          f"{command} ended with {done.returncode}:\n{done.stdout}")
    return done.stdout


def wait_until(what, holds):
    until = time.monotonic() + PATIENCE_S
    while not holds():
        check(time.monotonic() < until, f"not within {PATIENCE_S} s: {what}")
        time.sleep(0.1)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def make_secrets():
    if not SECRETS.exists():
        run(["container/make-secrets", str(SECRETS)])


# ---- docker-compose.yml ----


def case_compose_is_valid():
    """By Docker's own reader, where there is one."""
    for command in (["docker", "compose"], ["docker-compose"]):
        if not shutil.which(command[0]):
            continue
        if subprocess.run(command + ["version"], capture_output=True,
                          check=False).returncode == 0:
            run(command + ["-f", "docker-compose.yml", "config", "--quiet"])
            return
    raise Skip("neither docker compose nor docker-compose is installed")


def case_images_are_pinned():
    for name, service in SERVICES.items():
        tag = service["image"].partition(":")[2]
        check(re.match(r"\d+\.\d+", tag), f"{name}: {service['image']}")


def case_every_secret_is_made():
    make_secrets()
    for name, secret in COMPOSE["secrets"].items():
        check(secret["file"] == f"container/secrets/{name}", name)
        check((SECRETS / name).stat().st_size > 0, f"{name} is empty")
    check(SECRETS.stat().st_mode & 0o077 == 0, "others may look into it")
    before = {it.name: it.read_text() for it in SECRETS.iterdir()}
    run(["container/make-secrets", str(SECRETS)])
    check(before == {it.name: it.read_text() for it in SECRETS.iterdir()},
          "a second run changed them")


def case_services_have_the_secrets_that_they_name():
    for name, service in SERVICES.items():
        secrets = service.get("secrets", [])
        for secret in secrets:
            check(secret in COMPOSE["secrets"], f"{name}: {secret}")
        for key, value in (service.get("environment") or {}).items():
            if str(value).startswith("/run/secrets/"):
                check(Path(value).name in secrets, f"{name}: {key}")
            else:
                check("PASSWORD" not in key and "KEY" not in key,
                      f"{name}: {key} is a secret in the environment")


def case_the_start_has_an_order():
    for name, service in SERVICES.items():
        for other, how in service.get("depends_on", {}).items():
            check(other in SERVICES, f"{name} waits for {other}")
            if how["condition"] == "service_healthy":
                check("test" in SERVICES[other].get("healthcheck", {}),
                      f"{name} waits for the health of {other}")
            else:
                check(SERVICES[other]["restart"] == "no",
                      f"{name} waits for the end of {other}")
    for name in DAEMONS:
        check({"grants", "broker", "redis", "elasticsearch"} <=
              set(SERVICES[name]["depends_on"]), name)


def case_workers_scale():
    for name in ("persister", "indexer", "counter"):
        service = SERVICES[name]
        check("container_name" not in service and "ports" not in service,
              f"only one {name} could run")
        check(service["deploy"]["replicas"] == f"${{{name.upper()}S:-1}}", name)


def case_servers_are_set_as_by_make_up():
    with open("elasticsearch/elasticsearch.yml", encoding="utf-8") as settings:
        for key, value in yaml.safe_load(settings).items():
            if key == "network.host":
                continue  # the image listens for the other containers
            wanted = str(value).lower() if isinstance(value, bool) else value
            check(SERVICES["elasticsearch"]["environment"].get(key) == wanted,
                  f"elasticsearch: {key}")
    local = Path("local/servers/mariadb.sh").read_text(encoding="utf-8")
    for argument in SERVICES["mysql"]["command"]:
        name, _, value = argument[2:].partition("=")
        wanted = name.replace("-", "[-_]") + (f" = {re.escape(value)}"
                                              if value else "")
        check(re.search(rf"^\s*{wanted}$", local, re.M), argument)
    local = Path("local/servers/redis.sh").read_text(encoding="utf-8")
    for line in Path("container/redis.conf").read_text().splitlines():
        if not line.startswith(("#", "dir ", "aclfile ")):
            check(f"\t{line}\n" in local, f"redis: {line}")


# ---- Dockerfile ----


def case_dockerfile_is_clean():
    run(["hadolint", "Dockerfile"])


def case_image_runs_without_rights():
    text = Path("Dockerfile").read_text(encoding="utf-8")
    last = text[text.rindex("\nFROM "):]
    check(re.search(r"^USER \d*[1-9]\d*:", last, re.M), "no USER by number")
    check("\nHEALTHCHECK " in last, "no HEALTHCHECK")
    for name in re.findall(r"^COPY (container/.*) \S+$", last, re.M):
        for path in name.split():
            check(os.access(path, os.X_OK), path)


def case_image_has_the_libraries():
    """Each library that a program names is of a package in the image."""
    last = Path("Dockerfile").read_text(encoding="utf-8").rpartition("\nFROM ")
    for program in sorted(BIN.glob("confab*")):
        needed = re.findall(r"NEEDED +(\S+)", run(["objdump", "-p", program]))
        for library in needed:
            if re.match(r"lib(c|m|gcc_s|asan|tsan|ubsan)\.so", library):
                continue
            owners = run(["dpkg", "-S", f"*/{library}"])
            packages = {re.split("[:,]", line)[0]
                        for line in owners.splitlines()}
            check(packages & set(re.findall(r"[\w.-]+", last[2])),
                  f"{program.name} needs {library} of {packages}")


# ---- the commands ----


def settings_of(service):
    """What a container would see, with this machine's places in it."""
    image = dict(line.split("=", 1) for line in re.search(
        r"^ENV (.*)$", Path("Dockerfile").read_text(), re.M)[1].split())
    env = {"PATH": f"{BIN}:{os.environ['PATH']}", **image}
    for key in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS"):
        if key in os.environ:
            env[key] = os.environ[key]
    for key, value in (service.get("environment") or {}).items():
        value = re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", str(value))
        env[key] = value.replace("/run/secrets", str(SECRETS))
    env["DATABASE_HOST"] = os.environ["DATABASE_HOST"]
    env["DATABASE_PORT"] = os.environ["DATABASE_PORT"]
    env["DATABASE_NAME"] = os.environ["DATABASE_NAME"]
    env["ELASTICSEARCH_URL"] = os.environ.get("ELASTICSEARCH_URL", "")
    # elsewhere a service's own; here all of them share one host
    env["PORT"] = str(free_port())
    env["CONFAB_METRICS_LISTEN"] = f"0.0.0.0:{free_port()}"
    return env


def stack_password(daemon):
    """The password that the stack has given to a daemon's SQL login."""
    path = Path(os.environ.get("STACK_DIR", "var/test")) / "env" / daemon
    for line in path.with_suffix(".env").read_text().splitlines():
        if line.startswith("DATABASE_PASSWORD="):
            return shlex.split(line)[0].partition("=")[2]
    raise AssertionError(f"no password in {path}")


def use_this_stack():
    """The secrets of the containers, for the servers that are here."""
    make_secrets()
    operator = {
        "sql_root": os.environ["DATABASE_PASSWORD"],
        "rabbitmq_url": os.environ["RABBITMQ_URL"],
        "rabbitmq_management_url": os.environ["RABBITMQ_MANAGEMENT_URL"],
        "redis_url": os.environ["REDIS_URL"],
        "redis_url_api": os.environ["REDIS_URL"],
    }
    for name, text in operator.items():
        (SECRETS / name).write_text(text + "\n", encoding="utf-8")
    broker = urllib.parse.urlsplit(os.environ["RABBITMQ_URL"])
    place = f"{broker.hostname}:{broker.port}"
    for name in ("api", "persister", "indexer", "counter"):
        (SECRETS / f"sql_{name}").write_text(stack_password(name))
        path = SECRETS / f"amqp_url_{name}"
        path.write_text(path.read_text().replace("confab-", "container-")
                        .replace("rabbitmq:5672", place))
    path = SECRETS / "rabbitmq_monitoring_url"
    path.write_text(path.read_text().replace("confab-", "container-"))


def forget_logins():
    """Of RabbitMQ: they are this test's own."""
    url = urllib.parse.urlsplit(os.environ["RABBITMQ_MANAGEMENT_URL"])
    handler = urllib.request.HTTPPasswordMgrWithDefaultRealm()
    base = f"http://{url.hostname}:{url.port}/api/users/"
    handler.add_password(None, base, url.username, url.password)
    opener = urllib.request.build_opener(
        urllib.request.HTTPBasicAuthHandler(handler))
    for name in ("api", "persister", "indexer", "counter", "monitoring"):
        request = urllib.request.Request(base + f"container-{name}",
                                         method="DELETE")
        opener.open(request, timeout=30).close()


def command_of(name):
    service = SERVICES[name]
    words = service.get("entrypoint", []) + service.get("command", [])
    words = [word.replace("$$", "$") for word in words]
    return [re.sub("^(/usr/lib/confab|/container)/", "container/", words[0]),
            *words[1:]]


def operator_env(name):
    env = settings_of(SERVICES[name])
    if env.get("DATABASE_USERNAME") == "root" or name == "grants":
        env["DATABASE_USERNAME"] = os.environ["DATABASE_USERNAME"]
    return env


def case_migrate():
    use_this_stack()
    run(command_of("migrate"), operator_env("migrate"))
    run(command_of("migrate"), operator_env("migrate"))


def case_grants():
    env = operator_env("grants")
    env["GRANTS"] = "sql/grants.sql"
    run(command_of("grants"), env)
    run(command_of("grants"), env)


def case_broker():
    env = operator_env("broker")
    env["DEFINITIONS"] = "rabbitmq/definitions.json"
    run(command_of("broker"), env)
    run(command_of("broker"), env)


def case_seed_can_be_left_out():
    env = operator_env("seed")
    env["SEED"] = "0"
    run(command_of("seed"), env)


def case_ctl():
    check("confabctl VERB" in run(command_of("ctl"), operator_env("ctl")),
          "no help")
    env = {**operator_env("ctl"),
           "CONFAB_API_URL": os.environ["CONFAB_API_URL"],
           "CONFAB_INGEST_URL": os.environ["CONFAB_INGEST_URL"]}
    check(json.loads(run(["confabctl", "queues", "--json"], env)), "no queues")


class Daemon:
    """A daemon of docker-compose.yml, with a service manager that listens."""

    def __init__(self, name):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.path = WORK / f"{name}.notify"
        self.socket.bind(str(self.path))
        self.socket.setblocking(False)
        self.heard = []
        self.log = WORK / f"{name}.log"
        self.env = settings_of(SERVICES[name])
        self.env["NOTIFY_SOCKET"] = str(self.path)
        self.env["WATCHDOG_USEC"] = "4000000"
        with open(self.log, "w", encoding="utf-8") as log:
            self.process = subprocess.Popen(command_of(name), env=self.env,
                                            stdout=log, stderr=log)

    def listen(self):
        while True:
            try:
                self.heard += self.socket.recv(4096).decode().splitlines()
            except BlockingIOError:
                return self.heard

    def says(self, line):
        check(self.process.poll() is None or line == "STOPPING=1",
              f"it ended:\n{self.log.read_text()}")
        return line in self.listen()

    def healthy(self, page):
        command = [word.replace("/usr/lib/confab/", "container/")
                   for word in SERVICES["api"]["healthcheck"]["test"][1:]]
        return subprocess.run([command[0], page], env=self.env,
                              check=False).returncode == 0

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.socket.close()


def start_and_stop(name):
    daemon = Daemon(name)
    try:
        wait_until("READY=1", lambda: daemon.says("READY=1"))
        wait_until("ready", lambda: daemon.healthy("ready"))
        check(daemon.healthy("up"), "not up")
        fed = daemon.heard.count("WATCHDOG=1")
        wait_until("two pings more", lambda: daemon.listen().count(
            "WATCHDOG=1") >= fed + 2)
        daemon.process.send_signal(signal.SIGTERM)
        code = daemon.process.wait(PATIENCE_S)
        check(code == 0, f"ended with {code}:\n{daemon.log.read_text()}")
        check(daemon.says("STOPPING=1"), f"said {daemon.heard}")
        check(not daemon.healthy("up"), "healthy when it is gone")
    finally:
        daemon.end()


def case_api():
    start_and_stop("api")


def case_ingest():
    start_and_stop("ingest")


def case_persister():
    start_and_stop("persister")


def case_indexer():
    start_and_stop("indexer")


def case_counter():
    start_and_stop("counter")
    forget_logins()


def case_redis():
    """Its settings, logins and health, with Debian's server."""
    make_secrets()
    folder = WORK / "redis"
    folder.mkdir()
    logins = WORK / "fresh"
    run(["container/make-secrets", str(logins)])
    text = Path("container/redis.conf").read_text()
    text = text.replace("/data", str(folder))
    text = text.replace("/run/secrets", str(logins))
    port = free_port()
    settings = folder / "redis.conf"
    settings.write_text(f"{text}\nport {port}\nbind 127.0.0.1\n")
    command = [word.replace("/etc/confab/redis.conf", str(settings))
               for word in command_of("redis")]
    health = SERVICES["redis"]["healthcheck"]["test"][1].replace(
        "redis-cli", f"redis-cli -p {port}")
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as server:
        try:
            wait_until("healthy", lambda: subprocess.run(
                health, shell=True, check=False).returncode == 0)
            for name in ("redis_url", "redis_url_api"):
                url = (logins / name).read_text().strip()
                url = url.replace("redis:6379", f"127.0.0.1:{port}")
                said = run(["redis-cli", "--no-auth-warning", "-u", url,
                            "incr", "confab:test"])
                check(said.strip().isdigit(), f"{name}: {said}")
            check("NOPERM" in run(["redis-cli", "--no-auth-warning", "-u", url,
                                   "flushall"]), "the API may delete all")
        finally:
            server.terminate()


# ---- kubernetes/ ----


def manifests():
    for path in sorted(Path("kubernetes").glob("*.yaml")):
        if path.name == "kustomization.yaml":
            continue
        yield from yaml.safe_load_all(path.read_text(encoding="utf-8"))


def case_manifests_fit_their_schema():
    for document in manifests():
        if "keda.sh" not in document["apiVersion"]:
            kubernetes_validate.validate(document, "1.31", strict=True)


def case_manifests_are_all_listed():
    listed = yaml.safe_load(Path(
        "kubernetes/kustomization.yaml").read_text())["resources"]
    there = {path.name for path in Path("kubernetes").glob("*.yaml")}
    check(set(listed) == there - {"kustomization.yaml"}, f"{listed}")


def case_pods_run_without_rights():
    for document in manifests():
        template = document.get("spec", {}).get("template")
        if not template:
            continue
        name, pod = document["metadata"]["name"], template["spec"]
        check(pod["securityContext"]["runAsNonRoot"], name)
        for container in pod["containers"]:
            check((BIN / container["command"][0]).exists(), name)
            rights = container["securityContext"]
            check(rights["readOnlyRootFilesystem"] and
                  not rights["allowPrivilegeEscalation"] and
                  rights["capabilities"] == {"drop": ["ALL"]}, name)


def case_settings_of_pods_are_good():
    env = dict(line.split("=", 1) for line in Path(
        "kubernetes/settings.env").read_text().splitlines())
    for document in manifests():
        template = document.get("spec", {}).get("template")
        for container in template["spec"]["containers"] if template else []:
            own = {it["name"]: it["value"] for it in container["env"]}
            run([str(BIN / container["command"][0]), "--check-config"],
                {**env, **own})


def case_scaling_follows_the_queues():
    deployments = {it["metadata"]["name"] for it in manifests()
                   if it["kind"] == "Deployment"}
    with open("rabbitmq/definitions.json", encoding="utf-8") as definitions:
        queues = {it["name"] for it in json.load(definitions)["queues"]}
    scaled = [it["spec"] for it in manifests() if it["kind"] == "ScaledObject"]
    check(len(scaled) == 3, f"{len(scaled)} workers scale")
    for spec in scaled:
        check(spec["scaleTargetRef"]["name"] in deployments, f"{spec}")
        check(spec["triggers"][0]["metadata"]["queueName"] in queues, f"{spec}")


def case_kustomize():
    for command in (["kustomize", "build"], ["kubectl", "kustomize"]):
        if shutil.which(command[0]):
            built = list(yaml.safe_load_all(run(command + ["kubernetes"])))
            check(len(built) > len(list(manifests())), "it lost something")
            return
    raise Skip("neither kustomize nor kubectl is installed")


# ---- all of them ----


def run_case(name, case):
    print(f"[ RUN      ] {name}", flush=True)
    try:
        case()
    except Skip as why:
        print(why)
        print(f"[  SKIPPED ] {name}", flush=True)
    except Exception:  # whatever it is, the case has failed
        traceback.print_exc(file=sys.stdout)
        print(f"[  FAILED  ] {name}", flush=True)
        return False
    else:
        print(f"[       OK ] {name}", flush=True)
    return True


def main():
    wanted = sys.argv[1:]
    cases = {name[5:]: case for name, case in globals().items()
             if name.startswith("case_")}
    if wanted:
        cases = {name: cases[name] for name in wanted}
    print(f"[==========] Running {len(cases)} test(s).")
    results = [run_case(*case) for case in cases.items()]
    shutil.rmtree(WORK)
    return 0 if all(results) else 1


sys.exit(main())
