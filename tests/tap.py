"""Runs the unittest cases of a script and prints one TAP line each: tests in Python speak the runner's language."""

import os
import random
import sys
import traceback
import unittest


class _Result(unittest.TestResult):
    def __init__(self, stream):
        super().__init__()
        self.stream = stream
        self.number = 0

    def _line(self, ok, test, note=""):
        self.number += 1
        name = test.id().split(".", 1)[-1]
        print(f"{'ok' if ok else 'not ok'} {self.number} - {name}{note}", file=self.stream, flush=True)

    def _detail(self, err):
        for line in "".join(traceback.format_exception(*err)).splitlines():
            print("#  " + line, file=self.stream, flush=True)

    def addSuccess(self, test):
        self._line(True, test)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self._line(False, test)
        self._detail(err)

    def addError(self, test, err):
        super().addError(test, err)
        self._line(False, test)
        self._detail(err)

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self._line(True, test, f" # SKIP {reason}")

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            self._line(False, subtest)
            self._detail(err)


def _shuffled(suite, order):
    """The classes in a random order, and the cases of each: what a class sets up stays together."""
    parts = [_shuffled(part, order) if isinstance(part, unittest.TestSuite) else part for part in suite]
    order.shuffle(parts)
    return unittest.TestSuite(parts)


def main():
    """Runs all cases of __main__, or those whose name holds the first argument."""
    loader = unittest.TestLoader()
    if len(sys.argv) > 1:
        loader.testNamePatterns = [f"*{sys.argv[1]}*"]
    suite = loader.loadTestsFromModule(sys.modules["__main__"])
    suite = unittest.TestSuite(_shuffled(suite, random.Random(int(os.environ.get("LYMPH_TEST_SEED", "0")))))
    result = _Result(sys.stdout)
    suite.run(result)
    print(f"1..{result.number}", flush=True)
    sys.exit(0 if result.wasSuccessful() else 1)
