#!/usr/bin/python3
"""The Makefile of doc/language.md, with a real make: what is run when, and that what no longer fits does not build."""

import os
import shutil
import subprocess
import tempfile
import time
import unittest

import compiler
import tap

LYMPH = """import "types.lymph";
interface Greeting {
    rpc string greet(string name);
    rpc Item item();
}
"""
SERVICE = """#include "greeting.lymph.h"

static lymph_status greet(lymph_ctx *ctx, const char *name, const char **result)
{
    *result = lymph_printf(ctx, "Hi, %s!", name);
    return *result ? LYMPH_OK : LYMPH_ENOMEM;
}

const greeting_interface Greeting = { .greet = greet };
"""


class Make(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)
        blocks = compiler.code_blocks(compiler.read(os.path.join(compiler.ROOT, "doc", "language.md")), "make")
        self.assertEqual(len(blocks), 1)
        self.write("Makefile", blocks[0].replace("greeting.lymph.c greeting.lymph.h\n", "greeting.lymph.c types.lymph.c greeting.lymph.h\n")
                   + "\ntypes.lymph.h types.lymph.c &: types.lymph\n\tlymphc --deps types.lymph.d $<\n-include types.lymph.d\n")
        self.write("greeting.lymph", LYMPH)
        self.write("types.lymph", "struct Item { int32 size; }\n")
        self.write("greeting.c", SERVICE)

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        compiler.write(path, text)
        past = time.time() - 1000  # before all that make makes, however coarse the clock of the files is
        os.utime(path, (past, past))

    def edit(self, name, text):
        """Later than all that was made."""
        path = os.path.join(self.folder, name)
        compiler.write(path, text)
        later = max(os.stat(os.path.join(self.folder, f)).st_mtime_ns for f in os.listdir(self.folder)) + 1
        os.utime(path, ns=(later, later))

    def make(self, status=0):
        environment = {**os.environ, "PATH": os.path.join(compiler.BUILD, "bin") + ":" + os.environ["PATH"],
                       "PKG_CONFIG_PATH": os.path.join(compiler.BUILD, "lib", "pkgconfig"), "MAKEFLAGS": "", "LC_ALL": "C"}
        done = subprocess.run(["make", "-j2"], cwd=self.folder, env=environment, capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done

    def test_an_edited_comment_runs_lymphc_once(self):
        self.assertEqual(self.make().stdout.count("lymphc"), 2)
        for name in "greeting.lymph", "types.lymph":
            with self.subTest(name):
                self.assertIn("up to date", self.make().stdout)
                self.edit(name, "// a comment\n" + compiler.read(os.path.join(self.folder, name)))
                self.assertIn("lymphc", self.make().stdout)
                self.assertIn("up to date", self.make().stdout)

    def test_a_file_that_is_imported_is_known(self):
        self.make()
        self.edit("types.lymph", "struct Item { int64 size; }\n")
        self.assertEqual(self.make().stdout.count("lymphc"), 2)

    def test_a_handler_that_no_longer_fits_does_not_build(self):
        self.make()
        self.edit("greeting.lymph", LYMPH.replace("string name", "int32 times"))
        self.assertIn("incompatible", self.make(status=2).stderr)

    def test_a_generated_file_that_is_left_out_is_told(self):
        makefile = compiler.read(os.path.join(self.folder, "Makefile"))
        self.write("Makefile", makefile.replace("$(filter %.c,$^)", "greeting.c greeting.lymph.c"))
        self.assertIn("undefined reference", self.make(status=2).stderr)


if __name__ == "__main__":
    tap.main()
