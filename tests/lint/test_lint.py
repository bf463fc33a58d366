#!/usr/bin/python3
"""The source keeps to its layout (clang-format), and what looks for mistakes in it (clang-tidy, cppcheck: `make lint`) finds none."""

import os
import subprocess
import tempfile
import unittest

import compiler
import tap

# What `make` leaves behind in the environment, and which build is tested, are nothing to these.
ENVIRONMENT = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MAKELEVEL", "BUILD", "SANITIZE")}

LEAK = """#include <stdlib.h>

int main(void)
{
    char *p = malloc(1);
    return p ? 0 : 1;
}
"""


def run(*command):
    return subprocess.run(command, cwd=compiler.ROOT, env=ENVIRONMENT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True)


class Lint(unittest.TestCase):
    maxDiff = None

    def test_layout(self):
        done = run("make", "-s", "format-check")
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_no_findings(self):
        done = run("make", "--no-print-directory", "-k", "-j2", "lint")
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_there_is_no_exception_in_the_source(self):
        done = run("grep", "-rnE", "NOLINT|cppcheck-suppress", "idlc", "runtime", "cli", "templates")
        self.assertEqual(done.stdout, "")

    def test_a_mistake_is_found(self):
        with tempfile.TemporaryDirectory() as folder:
            for name, text, found in (("good.c", LEAK.replace("return p ?", "free(p);\n    return p ?"), False), ("bad.c", LEAK, True)):
                compiler.write(f"{folder}/{name}", text)
                done = run("clang-tidy", "--quiet", "--config-file=.clang-tidy", f"{folder}/{name}", "--")
                self.assertEqual("unix.Malloc" in done.stdout and done.returncode != 0, found, done.stdout)


if __name__ == "__main__":
    tap.main()
