"""Reports in the form that tests/run counts, cmocka's."""

import sys
import tomllib
from pathlib import Path

import pytest

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))


@pytest.fixture(scope="session")
def world():
    from world import World

    return World()


def say(kind, text):
    print(f"[{kind}] {text}", flush=True)


def pytest_collection_finish(session):
    settings = tomllib.loads((HERE / "schemathesis.toml").read_text())
    print(f"Seed {settings['seed']} (tests/openapi/schemathesis.toml).")
    say("==========", f"Running {len(session.items)} test(s).")


def pytest_collectreport(report):
    if report.failed:
        print(report.longreprtext, flush=True)


def reason(excinfo, report):
    """What a reader needs: a group's message names each failure in it, and how
    to repeat the request."""
    if isinstance(excinfo.value, BaseExceptionGroup):
        return excinfo.value.message
    return report.longreprtext


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    # a name that tells the operation
    name = item.name.removeprefix("test_operation")
    if report.failed:
        print(f"{name}:\n{reason(call.excinfo, report)}")
        say("  FAILED  ", name)
    elif report.when == "call":
        say("       OK ", name)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem):
    """The walk proves nothing about a success that it never saw."""
    result = yield
    label = getattr(pyfuncitem, "operation_label", None)
    if label:
        wanted = pyfuncitem.module.documented_successes(label)
        unseen = wanted - pyfuncitem.module.statuses[label]
        assert not unseen, f"{label} was never answered with {unseen}."
    return result
