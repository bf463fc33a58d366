#!/usr/bin/python3
"""lymphc's output is what is checked in: for each NAME.lymph here, expected/NAME.lymph.h, NAME.lymph.c and the skeleton NAME.c.

After a change that is meant to change the output:

    BUILD=$PWD/build PYTHONPATH=tests tests/golden/test_golden.py --regenerate

and read the difference as a reviewer would before it is committed."""

import os
import shutil
import sys
import tempfile
import unittest

import compiler
import tap

HERE = os.path.dirname(os.path.abspath(__file__))
EXPECTED = os.path.join(HERE, "expected")
INPUTS = sorted(f for f in compiler.sources() if f.startswith("tests/golden/"))


def generate(folder):
    """Outputs of all inputs, by name, with the version masked."""
    done = compiler.lymphc("-I", os.path.join(HERE, "include"), "-o", folder, *INPUTS, cwd=compiler.ROOT)
    if done.returncode or done.stderr:
        raise AssertionError(done.stderr)
    return {name: compiler.read(os.path.join(folder, name)).replace(f"lymphc {compiler.version()} ", "lymphc VERSION ")
            for name in sorted(os.listdir(folder))}


class Golden(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)

    def test_outputs_are_the_expected_ones(self):
        got = generate(self.folder)
        self.assertEqual(sorted(got), sorted(os.listdir(EXPECTED)))
        for name, text in got.items():
            with self.subTest(name):
                self.assertEqual(text, compiler.read(os.path.join(EXPECTED, name)))

    def test_outputs_do_not_depend_on_folders_or_order(self):
        first, second = os.path.join(self.folder, "a"), os.path.join(self.folder, "b")
        os.mkdir(first)
        shutil.copytree(HERE, second, ignore=shutil.ignore_patterns("expected", "*.py"))
        expected = generate(first)
        names = sorted((n for n in os.listdir(second) if n.endswith(".lymph")), reverse=True)
        done = compiler.lymphc("-Iinclude", *names, "include/common.lymph", cwd=second)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        for name, text in expected.items():
            folder = os.path.join(second, "include") if name.startswith("common.") else second
            with self.subTest(name):
                got = compiler.read(os.path.join(folder, name)).replace(f"lymphc {compiler.version()} ", "lymphc VERSION ")
                self.assertEqual(got, text)

    def test_outputs_name_neither_folder_nor_date(self):
        for name, text in generate(self.folder).items():
            with self.subTest(name):
                self.assertNotIn(self.folder, text)
                self.assertNotIn(compiler.ROOT, text)
                self.assertNotRegex(text, r"20\d\d-\d\d|\d\d:\d\d:\d\d")


class Format(unittest.TestCase):
    """--format: one canonical form, which means the same."""

    maxDiff = None

    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)

    def format(self, path):
        done = compiler.lymphc("--format", path)
        self.assertEqual((done.returncode, done.stderr), (0, ""), path)
        return done.stdout

    def outputs(self, path, include, name):
        folder = os.path.join(self.folder, name)
        os.mkdir(folder)
        done = compiler.lymphc("-o", folder, *include, path)
        self.assertEqual((done.returncode, done.stderr), (0, ""), path)
        result = {n: compiler.read(os.path.join(folder, n)) for n in os.listdir(folder)}
        shutil.rmtree(folder)
        return result

    def test_formatted_text_is_its_own_form_and_generates_the_same(self):
        for path in compiler.sources():
            with self.subTest(path):
                original = os.path.join(compiler.ROOT, path)
                text = self.format(original)
                copy = os.path.join(self.folder, os.path.basename(path))
                compiler.write(copy, text)
                self.assertEqual(self.format(copy), text)
                include = ["-I", os.path.dirname(original), *compiler.include_options(path)]
                self.assertEqual(self.outputs(copy, include, "copy"), self.outputs(original, include, "original"))
                os.remove(copy)

    def test_comments_and_gaps_stay(self):
        untidy = """// first

namespace  x ;
import "y.lymph"; // why
/* before */ struct   A{int32 a;/* behind a */ int32?b  ;

   // alone
   string c = "\\t\\"" [ sensitive,deprecated ] ;
   // last
}
enum E:int{A=1,/* b */B}
/// Documented
///   twice.
interface I@1.2.3[prefix=p]{rpc void f(int32 a/* in */, list < map<string,A?> > ?b)raises(R,S)[timeout=5s,retry=0];
on a . b as c[once];on "a.*"as d;}
// end
"""
        tidy = """// first

namespace x;

import "y.lymph"; // why

/* before */
struct A {
    int32 a; /* behind a */
    int32 b?;

    // alone
    string c = "\\t\\"" [sensitive, deprecated];
    // last
}

enum E : int {
    A = 1, /* b */
    B,
}

/// Documented
///   twice.
interface I @ 1.2.3 [prefix = p] {
    /* in */
    rpc void f(int32 a, list<map<string, A?>> b?) raises (R, S) [timeout = 5s, retry = 0];
    on a.b as c [once];
    on "a.*" as d;
}
// end
"""
        path = os.path.join(self.folder, "x.lymph")
        compiler.write(path, untidy)
        self.assertEqual(self.format(path), tidy)
        compiler.write(path, tidy)
        self.assertEqual(self.format(path), tidy)


def regenerate():
    with tempfile.TemporaryDirectory() as folder:
        outputs = generate(folder)
    shutil.rmtree(EXPECTED, ignore_errors=True)
    os.mkdir(EXPECTED)
    for name, text in outputs.items():
        compiler.write(os.path.join(EXPECTED, name), text)


if __name__ == "__main__":
    if sys.argv[1:] == ["--regenerate"]:
        regenerate()
    else:
        tap.main()
