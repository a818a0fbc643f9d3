"""What the cases of tests/install/test_containers share."""

import json
import os
import socket
import subprocess
import tempfile
import time
from pathlib import Path

WORK = Path(tempfile.mkdtemp(prefix="confab-containers-"))
SECRETS = WORK / "secrets"
BACKUPS = WORK / "backups"
BIN = Path(os.environ.get("BIN", "bin")).resolve()
TOOLS = Path(os.environ["TOOLS"])
# A loaded machine is no reason to fail.
PATIENCE_S = 120


def check(holds, sentence):
    if not holds:
        raise AssertionError(sentence)


def execute(command, env=None, stdin=None):
    """Its exit code, what it wrote, and what it said."""
    done = subprocess.run(command, env=env, stdin=stdin, text=True,
                          capture_output=True, timeout=PATIENCE_S, check=False)
    return done.returncode, done.stdout, done.stderr


def run(command, env=None, stdin=None):
    """What it wrote; fails when the command does."""
    code, wrote, said = execute(command, env, stdin)
    check(code == 0, f"{command} ended with {code}:\n{wrote}{said}")
    return wrote


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


def sanitizer_options():
    return {key: os.environ[key] for key in
            ("ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS")
            if key in os.environ}


def compose_model(**settings):
    """What docker-compose.yml comes to with these settings in .env."""
    return json.loads(run([str(TOOLS / "bin/compose"), "docker-compose.yml"],
                          settings))


COMPOSE = compose_model()
SERVICES = COMPOSE["services"]
