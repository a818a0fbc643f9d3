"""Runs the cases of tests/install/test_containers."""

import shutil
import sys
import traceback

import commands
import compose
import documents
import image
import jobs
import manifests
import redis
from support import WORK

MODULES = [compose, image, commands, jobs, redis, manifests, documents]


def run_case(name, case):
    print(f"[ RUN      ] {name}", flush=True)
    try:
        case()
    except Exception:  # whatever it is, the case has failed
        traceback.print_exc(file=sys.stdout)
        print(f"[  FAILED  ] {name}", flush=True)
        return False
    print(f"[       OK ] {name}", flush=True)
    return True


def main():
    wanted = sys.argv[1:]
    cases = {name[5:]: case for module in MODULES
             for name, case in vars(module).items()
             if name.startswith("case_")}
    if wanted:
        cases = {name: cases[name] for name in wanted}
    print(f"[==========] Running {len(cases)} test(s).")
    results = [run_case(*case) for case in cases.items()]
    shutil.rmtree(WORK)
    return 0 if all(results) else 1


sys.exit(main())
