"""docker-compose.yml."""

import re
import shutil
from pathlib import Path

import yaml

from support import (COMPOSE, SECRETS, SERVICES, TOOLS, WORK, check,
                     compose_model, execute, make_secrets, run)

DAEMONS = ["api", "ingest", "persister", "indexer", "counter"]


def names_of(secrets):
    return [secret["source"] for secret in secrets]


def case_compose_is_valid():
    """By Docker's own command too, where there is one."""
    check(set(DAEMONS) <= set(SERVICES), "the reader lost a service")
    for command in (["docker", "compose"], ["docker-compose"]):
        if shutil.which(command[0]) and execute(command + ["version"])[0] == 0:
            run(command + ["-f", "docker-compose.yml", "config", "--quiet"])


def case_compose_reader_refuses():
    """What the case above relies on."""
    text = Path("docker-compose.yml").read_text(encoding="utf-8")
    copy = WORK / "compose.yml"
    for good, bad, word in (
            ("condition: service_healthy", "condition: service_well",
             "condition"),
            ("stop_grace_period: 30s", "stop_grace_periods: 30s",
             "stop_grace_periods"),
            ("  backups: {}\n", "", "undefined volume"),
            ("  sql_api: {", "  sql_app: {", "undefined secret")):
        copy.write_text(text.replace(good, bad), encoding="utf-8")
        code, _, said = execute([str(TOOLS / "bin/compose"), str(copy)])
        check(code != 0 and word in said, f"{bad}: {said}")


def case_settings_reach_compose():
    services = compose_model(
        PORT="4000", PERSISTERS="3", BACKUPS_KEPT="7",
        CONFAB_LOG_FORMAT="json")["services"]
    check(services["api"]["ports"][0]["published"] == "4000", "the port")
    check(services["persister"]["deploy"]["replicas"] == 3, "persisters")
    check("7" in services["backup"]["command"], "backups kept")
    check(services["api"]["environment"]["CONFAB_LOG_FORMAT"] == "json",
          "the log's form")


def case_images_are_pinned():
    for name, service in SERVICES.items():
        tag = service["image"].partition(":")[2]
        check(re.match(r"\d+\.\d+", tag), f"{name}: {service['image']}")


def case_every_secret_is_made():
    make_secrets()
    for name, secret in COMPOSE["secrets"].items():
        place = Path(f"container/secrets/{name}").resolve()
        check(Path(secret["file"]).resolve() == place, name)
        check((SECRETS / name).stat().st_size > 0, f"{name} is empty")
    check(SECRETS.stat().st_mode & 0o077 == 0, "others may look into it")
    before = {it.name: it.read_text() for it in SECRETS.iterdir()}
    run(["container/make-secrets", str(SECRETS)])
    check(before == {it.name: it.read_text() for it in SECRETS.iterdir()},
          "a second run changed them")


def case_services_have_the_secrets_that_they_name():
    for name, service in SERVICES.items():
        secrets = names_of(service.get("secrets", []))
        for key, value in (service.get("environment") or {}).items():
            if str(value).startswith("/run/secrets/"):
                check(Path(value).name in secrets, f"{name}: {key}")
            else:
                check("PASSWORD" not in key and "KEY" not in key,
                      f"{name}: {key} is a secret in the environment")


def case_the_start_has_an_order():
    for name, service in SERVICES.items():
        for other, how in service.get("depends_on", {}).items():
            if how["condition"] == "service_healthy":
                check("test" in SERVICES[other].get("healthcheck", {}),
                      f"{name} waits for the health of {other}")
            else:
                check(SERVICES[other]["restart"] == "no",
                      f"{name} waits for the end of {other}")
    for name in DAEMONS:
        check({"grants", "broker", "redis", "elasticsearch"} <=
              set(SERVICES[name]["depends_on"]), name)


def case_every_end_is_awaited():
    """`up --wait` fails when one ends that nobody waits for."""
    awaited = {other for service in SERVICES.values()
               for other, how in service.get("depends_on", {}).items()
               if how["condition"] == "service_completed_successfully"}
    for name, service in SERVICES.items():
        if service["restart"] == "no" and not service.get("profiles"):
            check(name in awaited, name)


def case_workers_scale():
    for name in ("persister", "indexer", "counter"):
        service = SERVICES[name]
        check("container_name" not in service and "ports" not in service,
              f"only one {name} could run")
        check(service["deploy"]["replicas"] == 1, name)


def case_containers_run_without_rights():
    for name, service in SERVICES.items():
        if service["image"].startswith("confab:"):
            check(service["read_only"] and service["cap_drop"] == ["ALL"] and
                  service["security_opt"] == ["no-new-privileges:true"], name)


def case_backups_have_a_volume():
    """It takes its owner from the image's folder."""
    last = Path("Dockerfile").read_text(encoding="utf-8").rpartition("\nFROM ")
    for name in ("backup", "ctl"):
        volume = SERVICES[name]["volumes"][0]
        check(volume["type"] == "volume" and volume["source"] == "backups",
              name)
        check(re.search(r"install -d -o confab -g confab -m 0700 " +
                        volume["target"], last[2]), volume["target"])
    check(SERVICES["ctl"]["environment"]["TMPDIR"] == volume["target"],
          "restore - has no place")


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
