#!/usr/bin/python3
"""What lymphc says about bad input: for each NAME.lymph here, NAME.expected holds every line of it, carets included.

After a change that is meant to change the words:

    BUILD=$PWD/build PYTHONPATH=tests tests/diagnostics/test_diagnostics.py --regenerate

and read the difference as a reviewer would before it is committed."""

import json
import os
import re
import shutil
import sys
import tempfile
import unittest

import compiler
import tap

HERE = os.path.dirname(os.path.abspath(__file__))
INPUTS = sorted(f for f in os.listdir(HERE) if f.endswith(".lymph"))
WARNINGS_ONLY = {"warnings.lymph"}


def expected(name):
    return os.path.join(HERE, name.replace(".lymph", ".expected"))


class Case(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)

    def lymphc(self, *arguments, cwd=HERE):
        return compiler.lymphc(*arguments, cwd=cwd)

    def bad(self, content, message, name="x.lymph"):
        """One error whose text holds `message`; nothing is written."""
        with open(os.path.join(self.folder, name), "wb") as f:
            f.write(content)
        done = self.lymphc(name, cwd=self.folder)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn(message, done.stderr)
        self.assertEqual(os.listdir(self.folder), [name])
        return done.stderr


class Text(Case):
    def test_expected_texts(self):
        self.assertGreater(len(INPUTS), 10)
        for name in INPUTS:
            with self.subTest(name):
                done = self.lymphc("-o", self.folder, name)
                self.assertEqual(done.returncode, 0 if name in WARNINGS_ONLY else 1)
                self.assertEqual(done.stdout, "")
                self.assertEqual(done.stderr, compiler.read(expected(name)))
                if name not in WARNINGS_ONLY:
                    self.assertEqual(os.listdir(self.folder), [], "written in spite of an error")

    def test_bytes_that_are_no_text(self):
        self.bad(b"struct A {\n    int32 a\xff;\n}\n", "x.lymph:2:12: error: invalid UTF-8 (byte 0xFF)")
        self.bad(b"struct A { } // \xc0\x80\n", "invalid UTF-8 (byte 0xC0)")
        self.bad(b"struct A { } // \xed\xa0\x80\n", "invalid UTF-8 (byte 0xED)")
        self.bad(b"// \xe4", "invalid UTF-8 (byte 0xE4)")
        self.bad(b"struct A { \0 }\n", "x.lymph:1:12: error: control character U+0000 in the text")
        self.bad(b"// \x1b[31m\n", "control character U+001B")
        self.bad("// \u202e\n".encode(), "control character U+202E")

    def test_carets_stand_under_what_is_meant(self):
        """Behind tabs, wide characters, combining ones and what is shown by its number."""
        for before, columns in (("", 0), ("/* 中文 */ ", 11), ("/* e\u0301 */ ", 8), ("/* \U0001f600 */ ", 9), ("/* \u200f */ ", 15), ("\t/* 中 */\t", None)):
            with self.subTest(before):
                text = self.bad((before + "strct A {}\n").encode(), "'strct' begins no declaration")
                line, carets = text.splitlines()[1:3]
                indent = "\t         \t".replace(" ", "", 1) if columns is None else " " * columns
                self.assertEqual(line, "    1 | " + before.replace("\u200f", "<U+200F>") + "strct A {}")
                self.assertEqual(carets, "      | " + indent + "^~~~~")
        text = self.bad("struct A { int32 größe中文; }\n".encode(), "is no name")
        self.assertIn("      |                  ^~~~~~~~~\n", text)

    def test_nothing_reaches_the_terminal_raw(self):
        text = self.bad(b"struct A {} // \x1b[31m\n", "control character U+001B")
        self.assertIn("    1 | struct A {} // <U+001B>[31m\n      |                ^~~~~~~~\n", text)
        text = self.bad("// \u202e\n".encode(), "control character U+202E")
        self.assertIn("    1 | // <U+202E>\n", text)
        text = self.bad(b"struct A { \xff }\n", "invalid UTF-8 (byte 0xFF)")
        self.assertIn("    1 | struct A { <FF> }\n", text)
        text = self.bad(b"struct A { \0 }\n", "control character U+0000")
        self.assertIn("    1 | struct A { <U+0000> }\n", text)
        for name, shown in (("a\x1bb.lymph", "a<U+001B>b"), ("a\x9bb.lymph", "a<U+009B>b"), ("a\u202eb.lymph", "a<U+202E>b"), ("a\udcffb.lymph", "a<FF>b")):
            compiler.write(os.path.join(os.fsencode(self.folder), os.fsencode(name)), "")
            text = self.lymphc(name, cwd=self.folder)
            self.assertEqual(text.stderr, f"lymphc: error: '{shown}.lymph': the name of a file is made of letters, digits, blanks, '.', '_', '-' and '+'\n")
            found = json.loads(self.lymphc("--diagnostics=json", name, cwd=self.folder).stderr)
            self.assertIn(name.replace("\udcff", "\ufffd"), found["message"])

    def test_a_byte_order_mark_and_foreign_line_ends_are_fine(self):
        compiler.write(os.path.join(self.folder, "x.lymph"), "\ufeffstruct A {\r\n    /// Doc.\r\n    int32 a; // b\r\n}\r\n")
        done = self.lymphc("x.lymph", cwd=self.folder)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("    /* Doc. */\n    int32_t a;\n", compiler.read(os.path.join(self.folder, "x.lymph.h")))

    def test_empty_files_are_fine(self):
        for content in "", "\n", "// nothing", "/* nothing */", "\ufeff":
            with self.subTest(content):
                compiler.write(os.path.join(self.folder, "x.lymph"), content)
                done = self.lymphc("x.lymph", cwd=self.folder)
                self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_limits(self):
        self.bad(b" " * (1 << 20) + b"\n", "is larger than 1048576 bytes")
        self.bad(b"struct A { " + b"list<" * 33 + b"int32" + b">" * 33 + b" a; }", "types are nested deeper than 32 levels")
        self.bad(b"interface A { task x " + b"{" * 20000, "this is nested too deep")
        self.bad(b"struct A { " + b"".join(b"int32 a%d; " % i for i in range(1001)) + b"}", "more than 1000 fields")
        self.bad(b"".join(b"struct A%d { A%d a; }\n" % (i, i + 1) for i in range(70)) + b"struct A70 {}", "structs are nested deeper than 64 levels")
        self.bad(b"event " + b".".join([b"a" * 75] * 2) + b" {}", "the name of an event has at most 150 characters")
        self.bad(b'struct A { string a = "' + b"x" * 3001 + b'"; }', "too long for some C compilers")

    def test_only_the_first_errors_are_shown(self):
        text = self.bad(b"".join(b"struct A%d { nope a; }\n" % i for i in range(60)), "lymphc: 60 errors in x.lymph; the first 50 are shown")
        self.assertEqual(text.count(": error: "), 50)

    def test_work_is_bounded(self):
        """Sizes that took minutes or gigabytes with a search in a search."""
        compiler.write(os.path.join(self.folder, "x.lymph"), "struct X {}\n" + "".join(
            f"struct S{j} {{ {' '.join(f'list<X> a{i};' for i in range(1000))} }}\n" for j in range(5)) +
            "interface A {\n" + "".join(f"rpc any a{i}();\n" for i in range(5000)) + "}\n")
        self.assertEqual(self.lymphc("x.lymph", cwd=self.folder).returncode, 0)
        self.assertEqual(self.lymphc("--format", "x.lymph", cwd=self.folder).returncode, 0)
        shutil.rmtree(self.folder)
        os.mkdir(self.folder)
        self.bad(b"interface A { rpc void a() [" + b",".join(b"a%d" % i for i in range(30000)) + b"]; }", "has no option 'a0'")
        self.bad(b"".join(b"struct Name%d {}\n" % i for i in range(10000)) + b"".join(b"struct X%d { Nane%d a; }\n" % (i, i) for i in range(10000)),
                 "did you mean 'Name0'?")

    def test_import_by_two_paths_and_in_a_diamond(self):
        write = lambda name, text: compiler.write(os.path.join(self.folder, name), text)
        os.mkdir(os.path.join(self.folder, "sub"))
        os.symlink("base.lymph", os.path.join(self.folder, "alias.lymph"))
        write("base.lymph", "struct Base { int32 a; }\n")
        write("left.lymph", 'import "./base.lymph";\nstruct Left { Base base; list<Base> all; }\n')
        write("sub/right.lymph", 'import "../base.lymph";\nstruct Right { Base base; list<Base> all; }\n')
        write("top.lymph", 'import "left.lymph";\nimport "right.lymph";\nimport "sub/../alias.lymph";\n'
                           "struct Top { Left left; Right right; Base base; list<Base> all; }\n")
        done = self.lymphc("-o", self.folder, "-I", "sub", "base.lymph", "left.lymph", "sub/right.lymph", "top.lymph", cwd=self.folder)
        self.assertEqual((done.returncode, done.stderr), (0, ""))


class Json(Case):
    def test_one_object_a_line_with_the_same_findings(self):
        for name in INPUTS:
            with self.subTest(name):
                done = self.lymphc("--diagnostics=json", "-o", self.folder, name)
                self.assertEqual(done.returncode, 0 if name in WARNINGS_ONLY else 1)
                found = [json.loads(line) for line in done.stderr.splitlines()]
                shown = ["{file}:{line}:{column}: {severity}: {message}".format(**o) if "file" in o else "hint: " + o["message"] for o in found]
                text = [line for line in compiler.read(expected(name)).splitlines() if re.match(r"\S+:\d+:\d+: |hint: ", line)]
                self.assertEqual(shown, text)
                for o in found:
                    if "file" in o:
                        self.assertLessEqual((o["line"], o["column"]), (o["end_line"], o["end_column"]))

    def test_whole(self):
        compiler.write(os.path.join(self.folder, "x.lymph"), 'struct Ä {}\nstruct A {\n    sting a = "\\q";\n}\n')
        done = self.lymphc("--diagnostics", "json", "x.lymph", cwd=self.folder)
        self.assertEqual(done.stderr.splitlines()[1],
                         '{"severity": "error", "file": "x.lymph", "line": 3, "column": 15, "end_line": 3, "end_column": 19, '
                         '"message": "unknown escape; there are \\\\n \\\\t \\\\r \\\\\\" \\\\\\\\"}')


def regenerate():
    with tempfile.TemporaryDirectory() as folder:
        for name in INPUTS:
            compiler.write(expected(name), compiler.lymphc("-o", folder, name, cwd=HERE).stderr)


if __name__ == "__main__":
    if sys.argv[1:] == ["--regenerate"]:
        regenerate()
    else:
        tap.main()
