"""The commands for Compose and Kubernetes in the documents."""

import re
import shlex
from pathlib import Path

from manifests import manifests, of_kind, pods
from support import BIN, SERVICES, check, run

PAGES = [Path("README.md"), Path("docker-compose.yml"),
         *sorted(Path("docs").glob("*.md")),
         *sorted(Path("kubernetes").glob("*.yaml"))]


def commands(program):
    """All of them, as words."""
    for page in PAGES:
        text = page.read_text(encoding="utf-8").replace("\\\n", " ")
        for line in re.findall(rf"\b{program} ([^`\n#]*)", text):
            words = re.split(r"[|<>)]|&&|(?<= )\d?>", line)[0].strip(" .;:,'")
            yield page, shlex.split(words)


def verbs():
    return re.findall(r"^  ([a-z-]+)[ a-z]*  ", run(
        [str(BIN / "confabctl"), "--help"]), re.M)


def check_ctl(page, words):
    check(not words or words[0] in verbs(), f"{page}: confabctl {words}")


def check_run(page, words):
    entrypoint = None
    while words[0].startswith("-"):
        option = words.pop(0)
        check(option in ("--rm", "-T", "--entrypoint"), f"{page}: {option}")
        if option == "--entrypoint":
            entrypoint = words.pop(0)
    service = words.pop(0)
    check(service in SERVICES, f"{page}: {service}")
    if service == "ctl" and not entrypoint:
        check_ctl(page, words)


def case_documents_name_services():
    seen = 0
    for page, words in commands("docker compose"):
        if words and words[0] == "run":
            check_run(page, words[1:])
            seen += 1
        for scaled in re.findall(r"--scale (\w+)=", " ".join(words)):
            check(scaled in SERVICES, f"{page}: {scaled}")
    check(seen > 5, f"only {seen} commands were found")


def case_documents_name_manifests():
    there = {f"{it['kind'].lower()}/{it['metadata']['name']}"
             for it in manifests()}
    seen = 0
    for page, words in commands("kubectl"):
        for word in words:
            if re.match(r"(--from=)?(deployment|cronjob|scaledobject)/", word):
                check(word.removeprefix("--from=") in there,
                      f"{page}: {word}")
                seen += 1
        if "--" in words and "exec" in words:
            after = words[words.index("--") + 1:]
            if after[0] == "confabctl":
                check_ctl(page, after[1:])
    check(seen > 3, f"only {seen} names were found")


def case_documents_name_secrets():
    """The table of docs/install.md has what the pods mount."""
    text = Path("docs/install.md").read_text(encoding="utf-8")
    keys = {}
    for names, row in re.findall(r"^\| (`confab-[^|]*) \| ([^|]*) \|$", text,
                                 re.M):
        for name in re.findall("`([a-z-]+)`", names):
            keys[name] = set(re.findall("[A-Z_]{6,}", row))
    for name, template, _ in pods():
        for volume in template["spec"]["volumes"]:
            secret = volume.get("secret", {"secretName": "confab-api"})
            wanted = {it["key"] for it in secret.get("items", [])}
            check(wanted <= keys[secret["secretName"]], name)
    for document in of_kind("TriggerAuthentication"):
        for it in document["spec"]["secretTargetRef"]:
            check(it["key"] in keys[it["name"]], it["name"])
