"""Redis as docker-compose.yml starts it, with Debian's server."""

import subprocess
from pathlib import Path

from commands import command_of
from support import (SERVICES, WORK, check, free_port, make_secrets, run,
                     wait_until)


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
