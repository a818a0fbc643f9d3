"""The document as such, and what no generated request asks."""

import re
import subprocess
import sys

import yaml
from openapi_spec_validator import validate
from openapi_spec_validator.validation import OpenAPIV31SpecValidator

from world import API, DOCUMENT, HERE, INGEST, KEY, ROOT, WORD, session

METHODS = {"get", "post", "patch", "put"}
# what the ingest role has too
CREATES = ("{token}/chats", "{chat}/messages")
OF_BOTH_ROLES = {"/up", "/ready", "/metrics"}

document = yaml.safe_load(DOCUMENT.read_text())
operations = {(method, path): item[method]
              for path, item in document["paths"].items()
              for method in item if method in METHODS}


def methods_of(path):
    return {method.upper() for method in document["paths"][path]
            if method in METHODS}


def test_is_valid():
    validate(document, cls=OpenAPIV31SpecValidator)


def test_is_what_its_source_makes():
    expand = [sys.executable, HERE / "expand.py", "--check"]
    made = subprocess.run(expand, capture_output=True, text=True)
    assert made.returncode == 0, made.stderr


def test_is_served():
    answer = session.get(API + "/openapi.yaml")
    assert answer.headers["Content-Type"] == "application/yaml"
    same = answer.content == DOCUMENT.read_bytes()
    assert same, "The server was built with another document."


def test_has_the_version_of_the_server():
    metrics = session.get(API + "/metrics").text
    version = re.search(r'^confab_build_info\{version="([^"]*)"', metrics,
                        re.M)[1]
    assert document["info"]["version"] == version


def test_no_id_is_given_twice():
    ids = [operation["operationId"] for operation in operations.values()]
    assert len(set(ids)) == len(ids)


# ---- the document and the route table ----

def prefixes():
    source = (ROOT / "api/dialect.c").read_text()
    return re.findall(r'(?:\.prefix = |TENANT\()"([^"]+)"', source)


def rows():
    """(method, path, for the operator alone) of each row and dialect."""
    source = (ROOT / "api/routes.c").read_text()
    row = (r'\{\s*METHOD_(\w+),\s*"([^"]*)",\s*(true|false),\s*'
           r'(true|false),')
    for method, pattern, system, operator in re.findall(row, source):
        for prefix in [""] if system == "true" else prefixes():
            # the canonical prefix stands for that of any dialect
            path = re.sub(r":(\w+)", r"{\1}",
                          re.sub("^/applications", prefix, pattern)
                          if prefix else pattern)
            for name in ["patch", "put"] if method == "PATCH" else [method]:
                # the table says :job for what clients know as job_id
                yield (name.lower(), path.replace("{job}", "{job_id}"),
                       operator == "true")


def test_has_every_route_and_no_other():
    documented = {(*key, "security" in operation)
                  for key, operation in operations.items()}
    assert documented == set(rows())


# ---- what holds for every path ----

def differences(expected, actual):
    """Of two dictionaries, to read in a failure."""
    return [f"{key}: {expected[key]} expected, got {actual[key]}"
            for key in expected if expected[key] != actual[key]]


def allowed(url):
    answer = session.options(url)
    if answer.status_code == 404:
        return set()
    assert answer.status_code == 204, f"OPTIONS {url}: {answer.status_code}"
    return set(answer.headers["Allow"].split(", "))


def allow_of(methods):
    more = {"OPTIONS"} if methods else set()
    return methods | more | ({"HEAD"} if "GET" in methods else set())


def test_options_says_the_documented_methods(world):
    expected = {path: allow_of(methods_of(path))
                for path in document["paths"]}
    actual = {path: allowed(API + world.path(path)) for path in expected}
    assert not differences(expected, actual)


def test_the_ingest_role_has_the_documented_part(world):
    def served(path):
        if path in OF_BOTH_ROLES:
            return {"GET"}
        return {"POST"} if path.endswith(CREATES) else set()

    expected = {path: allow_of(served(path)) for path in document["paths"]}
    actual = {path: allowed(INGEST + world.path(path)) for path in expected}
    assert not differences(expected, actual)


def url_to_read(world, path):
    query = f"?q={WORD}" if path.endswith("/search") else ""
    return API + world.path(path) + query


def test_head_is_get_without_a_body(world):
    def seen(answer):
        return answer.status_code, answer.headers.get("Content-Type")

    urls = [url_to_read(world, path) for method, path in operations
            if method == "get"]
    got = {url: seen(session.get(url, headers=KEY)) for url in urls}
    heads = {url: session.head(url, headers=KEY) for url in urls}
    assert not differences(got, {url: seen(heads[url]) for url in urls})
    assert all(status == 200 for status, _ in got.values())
    assert not any(head.content for head in heads.values())


def test_a_trailing_slash_changes_nothing(world):
    expected = {path: allowed(API + world.path(path))
                for path in document["paths"]}
    actual = {path: allowed(API + world.path(path) + "/") for path in expected}
    assert not differences(expected, actual)


def test_a_token_of_other_bytes_is_not_there():
    for token in ("%ff" * 32, "%c3%bc" * 16, "A" * 32, "%0a" * 32):
        for suffix in ("", "/chats", "/chats/1/messages"):
            url = f"{API}/applications/{token}{suffix}"
            assert session.get(url).status_code == 404, url


def test_the_operators_paths_and_no_others_want_the_key(world):
    wrong = {"Authorization": "Bearer wrong"}
    for (method, path), operation in operations.items():
        if method != "get":
            continue
        url = url_to_read(world, path)
        bare = session.get(url)
        statuses = bare.status_code, session.get(url, headers=wrong).status_code
        if "security" in operation:
            assert statuses == (401, 403), path
            assert bare.headers["WWW-Authenticate"].startswith("Bearer")
        else:
            assert statuses == (200, 200), path
