"""What runs every night, and a restore: as Compose and Kubernetes start them,
against the servers of this stack."""

import json
import os
import re
import time
from pathlib import Path

from commands import command_of, operator_env
from manifests import env_of, of_kind, pods, template_of
from support import (BACKUPS, BIN, SERVICES, WORK, check, compose_model, run,
                     wait_until)

JOBS = ["backup", "reconcile"]


def backups(folder):
    """And nothing else is there."""
    names = sorted(path.name for path in folder.iterdir())
    for name in names:
        check(re.fullmatch(r"confab-\d{8}T\d{6}Z\.backup", name), name)
    return names


def next_second():
    """A backup has its name by the time."""
    now = int(time.time())
    wait_until("the next second", lambda: int(time.time()) > now)


def unit_of(job):
    """Command and time of the same job under systemd."""
    text = Path(f"systemd/confab-{job}.service").read_text(encoding="utf-8")
    command = re.search("^ExecStart=/usr/bin/(.*)$", text, re.M)[1]
    for name, value in re.findall(r"(\w+)=(\d+)", text):
        command = command.replace(f"${{{name}}}", value)
    timer = Path(f"systemd/confab-{job}.timer").read_text(encoding="utf-8")
    hour = re.search(r"^OnCalendar=\*-\*-\* (\d+):00:00$", timer, re.M)[1]
    return command.split(), int(hour)


def case_jobs_are_those_of_systemd():
    cron = {it["metadata"]["name"]: it["spec"] for it in of_kind("CronJob")}
    check(set(cron) == {f"confab-{job}" for job in JOBS}, f"{list(cron)}")
    for job in JOBS:
        command, hour = unit_of(job)
        check(SERVICES[job]["command"] == command, f"{job} of Compose")
        spec = cron[f"confab-{job}"]
        pod = spec["jobTemplate"]["spec"]["template"]["spec"]
        check(pod["containers"][0]["command"] == command, f"CronJob {job}")
        check(spec["schedule"] == f"0 {hour} * * *", spec["schedule"])


def case_jobs_do_not_meet_themselves():
    for cron in of_kind("CronJob"):
        spec, job = cron["spec"], cron["spec"]["jobTemplate"]["spec"]
        check(spec["concurrencyPolicy"] == "Forbid" and
              spec["timeZone"] == "Etc/UTC", cron["metadata"]["name"])
        check(job["activeDeadlineSeconds"] < 24 * 3600 and
              spec["startingDeadlineSeconds"] < 24 * 3600,
              "it may hold up the next one")
        check(template_of(cron)["spec"]["restartPolicy"] == "Never",
              "its log is lost")


def case_compose_jobs():
    run(command_of("reconcile"), operator_env("reconcile"))
    run(command_of("backup"), operator_env("backup"))
    next_second()
    services = compose_model(BACKUPS_KEPT="1")["services"]
    first = backups(BACKUPS)
    run(command_of("backup", services), operator_env("backup"))
    last = backups(BACKUPS)
    check(len(first) == len(last) == 1 and first < last, f"{first} {last}")


def case_compose_restore():
    """From standard input, which goes through the volume."""
    ctl, env = SERVICES["ctl"]["entrypoint"], operator_env("ctl")
    file = WORK / "all.backup"
    made = json.loads(run([*ctl, "backup", "--json", str(file)], env))
    kept = backups(BACKUPS)
    with open(file, encoding="utf-8") as backup:
        restored = json.loads(run([*ctl, "restore", "--json", "--replace",
                                   "--yes", "-"], env, backup))
    check(made["tables"] == restored["tables"], f"{made}\n{restored}")
    check(backups(BACKUPS) == kept, "it left something")


def credentials_of(template):
    """The folder that the pod sees: of its Secret, the keys that it names."""
    everything = {name: os.environ[name] for name in
                  ("DATABASE_PASSWORD", "REDIS_URL", "RABBITMQ_URL",
                   "RABBITMQ_MANAGEMENT_URL", "CONFAB_OPERATOR_KEY")}
    secret = next(it["secret"] for it in template["spec"]["volumes"]
                  if it["name"] == "credentials")
    items = secret.get("items", [{"key": name, "path": name}
                                 for name in everything])
    labels = template["metadata"]["labels"]
    folder = WORK / labels["app.kubernetes.io/component"]
    folder.mkdir()
    for item in items:
        (folder / item["path"]).write_text(everything[item["key"]])
    return folder


def run_pod(template, container, command):
    env = {**env_of(container), "PATH": f"{BIN}:{os.environ['PATH']}",
           "CREDENTIALS_DIRECTORY": str(credentials_of(template))}
    for name in ("DATABASE_HOST", "DATABASE_PORT", "DATABASE_NAME",
                 "DATABASE_USERNAME", "ELASTICSEARCH_URL", "CONFAB_API_URL",
                 "CONFAB_INGEST_URL"):
        if name in env:
            env[name] = os.environ[name]
    return run([word.replace("/var/backups/confab", str(WORK / "claim"))
                for word in command], env)


def case_pods_of_jobs():
    """With no more secrets than are mounted."""
    (WORK / "claim").mkdir(mode=0o700)
    done = set()
    for name, template, container in pods():
        command = container["command"]
        if command[0] == "sleep":
            command = ["confabctl", "health"]
        if command[0] == "confabctl":
            run_pod(template, container, command)
            done.add(name)
    check(done == {"confab-migrate", "confab-ctl"} |
          {f"confab-{job}" for job in JOBS}, f"{done}")
    check(len(backups(WORK / "claim")) == 1, "no backup")
