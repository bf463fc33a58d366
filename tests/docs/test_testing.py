#!/usr/bin/python3
"""Does what doc/testing.md says, word for word; and runs the tests of the examples, which are written with the kit."""

import glob
import os
import shutil
import subprocess
import tempfile
import unittest

import compiler
import page
import tap


class Testing(unittest.TestCase):
    def test_the_whole_page(self):
        terminal = page.Terminal()
        self.addCleanup(terminal.close)
        self.assertGreaterEqual(page.do(terminal, page.read("doc/testing.md")), 3)


class Examples(unittest.TestCase):
    def run_test(self, source):
        """Builds a test with the service that it is beside, and runs it."""
        folder = os.path.dirname(os.path.dirname(source))
        name = os.path.basename(folder)
        with tempfile.TemporaryDirectory() as above:
            work = shutil.copytree(os.path.join(compiler.ROOT, "examples"), os.path.join(above, "examples"))
            for idl in {"greeting", name}:
                done = compiler.lymphc("--no-skeleton", "-I", "greeting", f"{idl}/{idl}.lymph", "-o", ".", cwd=work)
                self.assertEqual((done.returncode, done.stderr), (0, ""))
            flags = subprocess.run(["pkg-config", "--cflags", "--libs", "lymph"], capture_output=True, text=True, check=True,
                                   env=dict(os.environ, PKG_CONFIG_PATH=f"{compiler.BUILD}/lib/pkgconfig")).stdout.split()
            sanitize = ["-fsanitize=address,undefined"] if compiler.BUILD.endswith("asan") else []
            sources = [f"{name}/tests/{os.path.basename(source)}", f"{name}/{name}.c", *{f"{idl}.lymph.c" for idl in ("greeting", name)}]
            done = subprocess.run(["cc", *sanitize, "-Wall", "-Wextra", "-Werror", "-I.", "-o", "test", *sources, *flags], cwd=work, capture_output=True, text=True)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            return subprocess.run(["./test"], cwd=work, capture_output=True, text=True, timeout=60)

    def test_they_pass(self):
        sources = glob.glob(os.path.join(compiler.ROOT, "examples/*/tests/*.c"))
        self.assertGreaterEqual(len(sources), 2)
        for source in sources:
            with self.subTest(source):
                done = self.run_test(source)
                self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
                self.assertIn("ok 1 - ", done.stdout)


if __name__ == "__main__":
    tap.main()
