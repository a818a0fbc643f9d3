"""Dockerfile."""

import os
import re
from pathlib import Path

from support import BIN, check, run


def case_dockerfile_is_clean():
    run(["hadolint", "Dockerfile"])


def case_image_runs_without_rights():
    text = Path("Dockerfile").read_text(encoding="utf-8")
    last = text[text.rindex("\nFROM "):]
    user = re.search(r"^USER ([1-9]\d*):([1-9]\d*)$", last, re.M)
    check(user, "no USER by number")
    check(f"groupadd --gid {user[2]} confab" in last and
          f"useradd --uid {user[1]} --gid confab" in last, "another user")
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
