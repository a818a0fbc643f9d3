#!/usr/bin/env python3
"""Writes docs/openapi.yaml out of docs/openapi.in.yaml.

    tests/openapi/expand.py           writes it
    tests/openapi/expand.py --check   says whether it is what would be written

The four prefixes have the same routes in other shapes. The source says each
route once; lines that begin with @ are for this program:

    @dialects@ .. @end@        once for each prefix
    @each WORD WORD@ .. @end@  once for each word, which is @word@ inside
    @if FLAG@ .. @else@ .. @end@
    @errors STATUS ..@         the answers that every operation has, and these
    @create NAME SCHEMA FLAG@  a component: the answer to a create

Inside a line, @id x@ is an operation's id, and @Name@ a word of the tables.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "docs/openapi.in.yaml"
TARGET = ROOT / "docs/openapi.yaml"

CHAT_APPLICATIONS = {
    "flags": {"creates_answer_201"},
    "Application": "ChatApplication",
    "ApplicationCreated": "ChatApplication",
    "ApplicationListed": "ChatApplication",
    "Chat": "ChatApplicationChat",
    "ChatListed": "ChatApplicationChat",
    "Message": "ChatApplicationMessage",
    "Hit": "ChatApplicationMessage",
    "WideHit": "ChatApplicationWideHit",
}
DIALECTS = [
    {
        "prefix": "/applications",
        "id": "",
        "flags": {"creates_answer_202"},
        "Application": "Application",
        "ApplicationCreated": "Application",
        "ApplicationListed": "Application",
        "Chat": "Chat",
        "ChatListed": "Chat",
        "Message": "Message",
        "Hit": "Hit",
        "WideHit": "WideHit",
    },
    {
        "prefix": "/apps",
        "id": "apps",
        "flags": {"creates_answer_200", "list_searches"},
        "Application": "App",
        "ApplicationCreated": "AppCreated",
        "ApplicationListed": "AppListed",
        "Chat": "AppChat",
        "ChatListed": "AppChatNumber",
        "Message": "AppMessage",
        "Hit": "AppMessage",
        "WideHit": "AppWideHit",
    },
    {"prefix": "/chat_applications", "id": "chatApplications",
     **CHAT_APPLICATIONS},
    {"prefix": "/api/v1/chat_applications", "id": "apiV1ChatApplications",
     **CHAT_APPLICATIONS},
]

# What each status is answered with; those of the second row are everywhere.
ANSWERS = {
    401: "Unauthorized", 403: "Forbidden", 404: "NotFound",
    415: "UnsupportedMediaType", 422: "UnprocessableContent",
}
ANSWERS_EVERYWHERE = {
    400: "BadRequest", 413: "ContentTooLarge", 414: "UriTooLong",
    417: "ExpectationFailed", 429: "TooManyRequests", 431: "HeadersTooLarge",
    500: "InternalServerError", 503: "ServiceUnavailable",
}

# Unicode's White_Space, as the server knows it.
BLANKS = (r"\t-\r \u0085\u00A0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F"
          r"\u3000")
WORDS = {
    "version": re.search(r"^VERSION := (\S+)$",
                         (ROOT / "Makefile").read_text(), re.M)[1],
    "not blank": rf"^[^\u0000]*[^\u0000{BLANKS}][^\u0000]*$",
}


def errors(statuses):
    answers = dict(ANSWERS_EVERYWHERE)
    for status in statuses:
        number, _, name = status.partition(":")
        answers[int(number)] = name or ANSWERS[int(number)]
    for status, name in sorted(answers.items()):
        yield (f"        '{status}': "
               f"{{$ref: '#/components/responses/{name}'}}")


def create(name, schema, flag=""):
    headers = ["X-Request-Id", "Location", "Idempotency-Replayed"]
    says = "Accepted. It will be stored under this number."
    if flag:
        headers.append("Preference-Applied")
        says = ("Stored, after `Prefer: wait`." if flag == "stored" else
                "Accepted; or stored, after `Prefer: wait`.")
    yield f"    {name}:"
    yield f"      description: '{says}'"
    yield "      headers:"
    for header in headers:
        yield f"        {header}: {{$ref: '#/components/headers/{header}'}}"
    yield "      content:"
    yield ("        application/json: {schema: "
           f"{{$ref: '#/components/schemas/{schema}'}}}}")


def operation_id(words, name):
    prefix = words.get("id", "")
    # PUT does what PATCH does, and needs an id of its own.
    if words.get("word") == "put":
        name = "replace" + re.sub("^[a-z]+", "", name)
    return prefix + name[0].upper() + name[1:] if prefix else name


def fill(line, words):
    line = re.sub(r"@id (\w+)@",
                  lambda m: operation_id(words, m[1]), line)
    return re.sub(r"@([A-Za-z][\w ]*)@", lambda m: words[m[1]], line)


def take_block(lines):
    """The lines up to the @end@ that belongs to a line already taken, and
    those behind an @else@ of its own."""
    parts, depth = [[], []], 0
    part = parts[0]
    for line in lines:
        if line == "@end@" and depth == 0:
            return parts
        if line == "@else@" and depth == 0:
            part = parts[1]
            continue
        depth += line.startswith(("@dialects@", "@each ", "@if "))
        depth -= line == "@end@"
        part.append(line)
    raise SystemExit(f"{SOURCE.name}: an @end@ is missing")


def expand(lines, words):
    lines = iter(lines)
    for line in lines:
        verb, *rest = line.strip("@").split() if line.startswith("@") else [""]
        if verb == "dialects":
            body, _ = take_block(lines)
            for dialect in DIALECTS:
                yield from expand(body, {**words, **dialect})
        elif verb == "each":
            body, _ = take_block(lines)
            for word in rest:
                yield from expand(body, {**words, "word": word})
        elif verb == "if":
            body, other = take_block(lines)
            yield from expand(body if rest[0] in words["flags"] else other,
                              words)
        elif verb == "errors":
            yield from errors(rest)
        elif verb == "create":
            yield from create(*rest)
        else:
            yield fill(line, words)


def expanded():
    head = ("# Made by tests/openapi/expand.py out of docs/openapi.in.yaml: "
            "change that one.\n")
    lines = SOURCE.read_text().splitlines()
    return head + "\n".join(expand(lines, WORDS)) + "\n"


def main():
    if sys.argv[1:] == ["--check"]:
        if TARGET.read_text() != expanded():
            raise SystemExit("docs/openapi.yaml is not what "
                             "docs/openapi.in.yaml makes; run "
                             "tests/openapi/expand.py")
    else:
        TARGET.write_text(expanded())


if __name__ == "__main__":
    main()
