#!/usr/bin/python3
"""Runs the whole test suite and counts it.

    tests/run.py [BUILD ...] [-k TEXT] [-j JOBS] [--seed N] [-v]

Every test is a program that prints TAP: the C programs of BUILD/tests/{unit,integration,memory} and the scripts tests/*/test_*.py,
once for each BUILD (default: build), or only once if they look at the source. -k runs only those whose name holds TEXT. Scripts find
the programs under test through $BUILD, and the real servers, started once for all of them, through $LYMPH_TEST_ZOOKEEPER and
$LYMPH_TEST_RABBITMQ.

No test may depend on another one: they run in a random order, the cases of a script too, JOBS of them at a time (default: one; the two
builds of a test share a broker, and may meet there). --seed repeats an order.

The last line is `N passed, N failed, N skipped`; the exit status is 0 only if nothing failed and something ran."""

import argparse
import concurrent.futures
import glob
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time

import servers
from keeper import Keeper, exit_on_signals

SECONDS = 300  # for one program
ALONE = ("unit", "memory", "golden", "diagnostics", "compile", "docs", "install", "structure", "lint")  # folders whose tests use no servers
ONCE = ("structure", "lint")  # folders whose tests look at the source, not at a build
LINE = re.compile(r"^(not )?ok\b(.*)$")
PLAN = re.compile(r"^1\.\.(\d+)")


def programs(build):
    found = []
    for folder in ("unit", "integration", "memory"):
        found += [p for p in sorted(glob.glob(f"{build}/tests/{folder}/*")) if os.access(p, os.X_OK) and os.path.isfile(p)]
    return found + sorted(glob.glob("tests/*/test_*.py"))


def folder_of(program):
    return os.path.basename(os.path.dirname(program))


class Count:
    def __init__(self):
        self.passed = self.failed = self.skipped = 0

    def add(self, other):
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped


def count_lines(output, status, timed_out):
    """What a program's output says; an end that does not fit it is a failure more."""
    c, planned, seen = Count(), None, 0
    for line in output.splitlines():
        ok, plan = LINE.match(line), PLAN.match(line)
        if plan:
            planned = int(plan.group(1))
        if not ok:
            continue
        seen += 1
        if ok.group(1):
            c.failed += 1
        elif re.search(r"#\s*skip", ok.group(2), re.I):
            c.skipped += 1
        else:
            c.passed += 1
    wrong = None
    if timed_out:
        wrong = f"still running after {SECONDS} seconds"
    elif planned is None or planned != seen or not seen:
        wrong = f"{seen} of {planned} tests were run, exit status {status}"
    elif status and not c.failed:
        wrong = f"exit status {status}"
    if wrong:
        c.failed += 1
    return c, wrong


def run(program, environment):
    began = time.monotonic()
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen([program], env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                                   start_new_session=True)
        timed_out = False
        try:
            status = process.wait(SECONDS)
        except subprocess.TimeoutExpired:
            timed_out, status = True, None
        try:  # what a test left running must not live on
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait()
        output.seek(0)
        text = output.buffer.read().decode(errors="replace")
    count, wrong = count_lines(text, status, timed_out)
    return count, wrong, text, time.monotonic() - began


def needs_servers(program):
    return folder_of(program) not in ALONE


def start_servers(environment):
    """Those that the environment does not name yet."""
    started = []
    try:
        for variable, server in (("LYMPH_TEST_ZOOKEEPER", servers.ZooKeeper), ("LYMPH_TEST_RABBITMQ", servers.RabbitMQ)):
            if variable not in environment:
                started.append(server())
                environment[variable] = started[-1].address
    except BaseException:
        for s in started:
            s.close()
        raise
    return started


def report(build, program, outcome, verbose):
    count, wrong, text, seconds = outcome
    bad = count.failed > 0
    if bad or verbose or count.skipped:
        print("".join(f"    {line}\n" for line in text.splitlines()), end="")
    name = program if program.startswith(build + "/") else f"{program} ({build})"
    print(f"{'FAILED' if bad else 'ok':6} {name}: {count.passed} passed, {count.failed} failed, {count.skipped} skipped"
          f" in {seconds:.1f} s{': ' + wrong if wrong else ''}", flush=True)


def main():
    parser = argparse.ArgumentParser(description="Runs the test suite.")
    parser.add_argument("builds", nargs="*", default=["build"], metavar="BUILD")
    parser.add_argument("-k", default="", metavar="TEXT", help="only programs whose name holds TEXT")
    parser.add_argument("-j", type=int, default=1, metavar="JOBS", help="programs at a time (default 1)")
    parser.add_argument("--seed", type=int, default=random.randrange(1000000), metavar="N", help="of the order")
    parser.add_argument("-v", action="store_true", help="show the output of programs that passed, too")
    options = parser.parse_args()
    os.chdir(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

    chosen = [(b, p) for b in options.builds for p in programs(b) if options.k in p and (b == options.builds[0] or folder_of(p) not in ONCE)]
    random.Random(options.seed).shuffle(chosen)
    print(f"order: --seed {options.seed}", flush=True)
    environment = dict(os.environ, CMOCKA_MESSAGE_OUTPUT="TAP", PYTHONPATH=os.path.abspath("tests"), PYTHONDONTWRITEBYTECODE="1",
                       ASAN_OPTIONS="detect_stack_use_after_return=0:abort_on_error=1", UBSAN_OPTIONS="print_stacktrace=1")
    for name in [n for n in environment if n.startswith("LYMPH_") and not n.startswith("LYMPH_TEST_")]:
        del environment[name]
    environment["LYMPH_TEST_SEED"] = str(options.seed)

    exit_on_signals()
    keeper = Keeper()
    environment.update(keeper.environment)
    total = Count()
    running = start_servers(environment) if any(needs_servers(p) for _, p in chosen) else []
    pool = concurrent.futures.ThreadPoolExecutor(options.j)
    try:
        runs = {pool.submit(run, p, dict(environment, BUILD=os.path.abspath(b))): (b, p) for b, p in chosen}
        for done in concurrent.futures.as_completed(runs):
            total.add(done.result()[0])
            report(*runs[done], done.result(), options.v)
    finally:  # also when we are told to end in the middle
        pool.shutdown(wait=False, cancel_futures=True)
        keeper.close()
        for s in running:
            s.close()
    print(f"{total.passed} passed, {total.failed} failed, {total.skipped} skipped", flush=True)
    sys.exit(1 if total.failed or not total.passed else 0)


if __name__ == "__main__":
    main()
