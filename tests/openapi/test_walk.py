"""Every operation, with data that the document allows and data that it does not.

Schemathesis generates the requests and checks status, headers, media type and
members of each answer against the document.
"""

import uuid
from collections import defaultdict

import schemathesis
from schemathesis.core.parameters import ParameterLocation as Location

from world import API, DOCUMENT, HERE, WORD, session

config = schemathesis.Config.from_path(HERE / "schemathesis.toml")
schema = schemathesis.openapi.from_path(DOCUMENT, config=config)
schema.config.update(base_url=API)
statuses = defaultdict(set)

OF_LISTS = {"after", "before", "order"}
OF_SEARCHES = {"fuzzy", "highlight", "cursor"}


def invalid_at(case, location):
    return case.meta is not None and case.meta.is_negative_at(location)


def invalid_names(case):
    """Of the parameters that were made invalid, as far as they are known."""
    data = case.meta.phase.data
    mutations = getattr(data, "mutations", None) or []
    return {data.parameter, *(mutation.parameter for mutation in mutations)}


def searches(case):
    return {"q", "query"} & {p.name for p in case.operation.query}


def make_query_real(case, world):
    query = case.query
    if searches(case):
        # one parameter with two names
        if "q" in query:
            query.pop("query", None)
        elif "query" not in query and case.path.endswith("/search"):
            query["q"] = WORD
    if "cursor" in query:
        query["cursor"] = world.next_cursor(case.path, searches(case))
        if searches(case):
            query.pop("query", None)
            query |= {"q": WORD, "fuzzy": "false"}


def take_a_side(case):
    """An operation that lists or searches ignores what is the other's."""
    names = {p.name for p in case.operation.query}
    if not (names >= OF_LISTS and searches(case)):
        return
    if invalid_names(case) & OF_LISTS:
        case.query.pop("q", None)
        case.query.pop("query", None)
    elif invalid_names(case) & OF_SEARCHES:
        case.query.pop("query", None)
        case.query["q"] = WORD


def make_real(case, world):
    """Puts things that are there in the place of things that might be."""
    if not invalid_at(case, Location.PATH):
        real = world.path_parameters(case.method)
        case.path_parameters = {name: real[name]
                                for name in case.path_parameters or {}}
    case.query = dict(case.query or {})
    if invalid_at(case, Location.QUERY):
        take_a_side(case)
    else:
        make_query_real(case, world)
    key = (case.headers or {}).get("Idempotency-Key")
    if key and not invalid_at(case, Location.HEADER):
        # the same key with another body would be refused
        case.headers["Idempotency-Key"] = (uuid.uuid4().hex + key)[:255]


def documented_successes(label):
    method, path = label.split(" ")
    answers = schema.raw_schema["paths"][path][method.lower()]["responses"]
    return {status for status in answers if status.startswith("2")}


@schema.parametrize()
def test_operation(case, world):
    make_real(case, world)
    answer = case.call(session=session)
    if answer.request.method == case.operation.method.upper():
        statuses[case.operation.label].add(str(answer.status_code))
    case.validate_response(answer)
