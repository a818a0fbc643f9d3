"""The commands of docker-compose.yml, run outside of a container."""

import json
import os
import re
import shlex
import signal
import socket
import subprocess
import urllib.parse
import urllib.request
from pathlib import Path

from support import (BACKUPS, BIN, PATIENCE_S, SECRETS, SERVICES, WORK, check,
                     free_port, make_secrets, run, sanitizer_options,
                     wait_until)


def here(path):
    """A path in a container, where this test has it."""
    for prefix, place in (("/usr/lib/confab/", "container/"),
                          ("/container/", "container/"),
                          ("/run/secrets", str(SECRETS)),
                          ("/var/backups/confab", str(BACKUPS))):
        if path.startswith(prefix):
            return place + path[len(prefix):]
    return path


def settings_of(service):
    """What a container would see, with this machine's places in it."""
    image = dict(line.split("=", 1) for line in re.search(
        r"^ENV (.*)$", Path("Dockerfile").read_text(), re.M)[1].split())
    env = {"PATH": f"{BIN}:{os.environ['PATH']}", **sanitizer_options(),
           **image}
    for key, value in (service.get("environment") or {}).items():
        env[key] = here(value)
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
    BACKUPS.mkdir(mode=0o700)
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


def command_of(name, services=SERVICES):
    service = services[name]
    words = (service["entrypoint"] or []) + (service["command"] or [])
    return [here(word) for word in words]


def operator_env(name):
    env = settings_of(SERVICES[name])
    if env.get("DATABASE_USERNAME") == "root" or name == "grants":
        env["DATABASE_USERNAME"] = os.environ["DATABASE_USERNAME"]
    for key in ("CONFAB_API_URL", "CONFAB_INGEST_URL"):
        if key in env:
            env[key] = os.environ[key]
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


def case_seed():
    """It is run at each start, and has nothing to do from the second on."""
    run(command_of("seed"), operator_env("seed"))
    run(command_of("seed"), {**settings_of(SERVICES["seed"]), "SEED": "0"})


def case_ctl():
    env = operator_env("ctl")
    check("confabctl VERB" in run(command_of("ctl"), env), "no help")
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
        command = here(SERVICES["api"]["healthcheck"]["test"][1])
        return subprocess.run([command, page], env=self.env,
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
