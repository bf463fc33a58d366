#!/usr/bin/python3
"""lymphc's command line: options, exit statuses, and which files are written when."""

import os
import shutil
import subprocess
import tempfile
import unittest

import compiler
import tap

GOOD = "struct A { int32 a; }\ninterface S { rpc A a(A a); }\n"
OUTPUTS = ["x.c", "x.lymph", "x.lymph.c", "x.lymph.h"]


class Case(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)
        self.write("x.lymph", GOOD)

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text):
        compiler.write(self.path(name), text)

    def read(self, name):
        return compiler.read(self.path(name))

    def files(self, folder="."):
        return sorted(os.listdir(self.path(folder)))

    def run_lymphc(self, *arguments, status=0, stdout="", stderr=""):
        """Runs lymphc in the folder. stderr: a part of it, or "" for nothing at all."""
        done = compiler.lymphc(*arguments, cwd=self.folder)
        self.assertEqual(done.returncode, status, done.stderr)
        self.assertEqual(done.stdout, stdout)
        self.assertIn(stderr, done.stderr)
        if not stderr:
            self.assertEqual(done.stderr, "")
        return done


class Words(Case):
    def test_help_names_every_option(self):
        for option in "--help", "-h":
            done = compiler.lymphc(option)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            for word in ("-o, --output", "-I DIR", "--no-skeleton", "--skeleton -", "--check", "--format", "--deps", "--templates", "--diagnostics", "-h, --help",
                         "--version", "Exit status"):
                self.assertIn(word, done.stdout)
            self.assertLessEqual(max(map(len, done.stdout.splitlines())), 110)

    def test_version(self):
        self.assertRegex(compiler.lymphc("--version").stdout, r"\Alymphc \d+\.\d+\.\d+\n\Z")

    def test_wrong_usage_is_2(self):
        for arguments, text in (([], "no input file"), (["--nope", "x.lymph"], "--nope"), (["-o"], "requires an argument"),
                                (["--diagnostics=xml", "x.lymph"], "'text' or 'json', not xml"),
                                (["--deps", "d", "x.lymph", "y.lymph"], "one input file"),
                                (["--templates", "nowhere", "x.lymph"], "there is no folder nowhere"),
                                (["--templates", "x.lymph", "x.lymph"], "there is no folder x.lymph")):
            with self.subTest(arguments):
                done = self.run_lymphc(*arguments, status=2, stderr=text)
                self.assertIn("Try 'lymphc --help'.", done.stderr)
                self.assertEqual(self.files(), ["x.lymph"])

    def test_files_that_are_none_are_1(self):
        os.mkdir(self.path("folder.lymph"))
        for arguments, text in ((["y.lymph"], "cannot read 'y.lymph': No such file or directory"), (["folder.lymph"], "cannot read 'folder.lymph'"),
                                (["x.txt"], "'x.txt' does not end in .lymph"), ([".lymph"], "'.lymph' does not end in .lymph"),
                                (['a"b.lymph'], "the name of a file is made of letters"), (["a\nb.lymph"], "the name of a file is made of letters")):
            with self.subTest(arguments):
                self.run_lymphc(*arguments, status=1, stderr=text)
                self.run_lymphc(*arguments, "x.lymph", status=1, stderr=text)
                self.assertEqual(self.files(), ["folder.lymph", "x.lymph"])


class Outputs(Case):
    def test_beside_the_input_or_where_o_says(self):
        self.run_lymphc("x.lymph")
        self.assertEqual(self.files(), OUTPUTS)
        os.mkdir(self.path("out"))
        self.run_lymphc("-o", "out", "--no-skeleton", "x.lymph")
        self.assertEqual(self.files("out"), ["x.lymph.c", "x.lymph.h"])
        os.mkdir(self.path("sub"))
        self.write("sub/y.lymph", GOOD)
        self.run_lymphc("sub/y.lymph")
        self.assertEqual(self.files("sub"), ["y.c", "y.lymph", "y.lymph.c", "y.lymph.h"])

    def test_a_file_without_interface_has_no_skeleton(self):
        self.write("x.lymph", "struct A {}\n")
        self.run_lymphc("x.lymph")
        self.assertEqual(self.files(), ["x.lymph", "x.lymph.c", "x.lymph.h"])

    def test_a_skeleton_is_never_overwritten(self):
        for make in (lambda: self.write("x.c", "mine"), lambda: os.symlink("nowhere", self.path("x.c"))):
            make()
            self.run_lymphc("x.lymph")
            self.assertFalse(os.path.exists(self.path("nowhere")))
            if not os.path.islink(self.path("x.c")):
                self.assertEqual(self.read("x.c"), "mine")
            os.remove(self.path("x.c"))

    def test_a_skeleton_can_be_printed(self):
        self.run_lymphc("x.lymph")
        written = self.read("x.c")
        os.remove(self.path("x.lymph.h"))
        self.run_lymphc("--skeleton", "-", "x.lymph", stdout=written)
        self.assertEqual(self.files(), ["x.c", "x.lymph", "x.lymph.c"])
        self.write("x.lymph", "struct A { nope a; }\ninterface S { rpc A a(); }")
        self.run_lymphc("--skeleton=-", "x.lymph", status=1, stderr="unknown type 'nope'")
        self.run_lymphc("--skeleton", "y.c", "x.lymph", status=2, stderr="--skeleton takes '-', not y.c")

    def test_a_service_is_told_what_it_lacks(self):
        self.run_lymphc("x.lymph")
        self.run_lymphc("x.lymph")
        self.write("x.lymph", "struct A { int32 a; }\nevent gone {}\ninterface S {\n    rpc A a(A a);\n    rpc void ab();\n    on gone;\n}\n")
        done = self.run_lymphc("x.lymph", stderr="x.lymph:5:14: warning: 'x.c' has no handler for S.ab\n")
        self.assertIn("x.lymph:6:8: warning: 'x.c' has no handler for S.on_gone\n", done.stderr)
        self.assertEqual(done.stderr.count("warning"), 2)
        self.assertEqual(done.stderr.count("hint: lymphc --skeleton - x.lymph prints one\n"), 2)
        self.run_lymphc("--no-skeleton", "x.lymph")
        self.write("x.c", self.read("x.c").replace(".a = a,", ".a = a, .ab=ab, .on_gone\n= on_gone,"))
        self.run_lymphc("x.lymph")
        self.write("x.c", "int unrelated;\n")
        self.run_lymphc("x.lymph")

    def test_equal_outputs_are_left_alone(self):
        self.run_lymphc("x.lymph")
        stat = lambda: {n: (os.stat(self.path(n)).st_mtime_ns, os.stat(self.path(n)).st_ino) for n in OUTPUTS}
        before = stat()
        self.run_lymphc("x.lymph")
        self.assertEqual(stat(), before)
        self.write("x.lymph", GOOD.replace("int32", "int64"))
        self.run_lymphc("x.lymph")
        self.assertEqual({n for n in OUTPUTS if stat()[n] != before[n]}, {"x.lymph", "x.lymph.h", "x.lymph.c"})

    def test_outputs_are_replaced_not_written_into(self):
        """Who reads the old file reads all of it; a link is not followed."""
        self.write("elsewhere", "old")
        os.symlink("elsewhere", self.path("x.lymph.h"))
        self.run_lymphc("x.lymph")
        self.assertEqual(self.read("elsewhere"), "old")
        self.assertFalse(os.path.islink(self.path("x.lymph.h")))

    def test_outputs_have_ordinary_permissions(self):
        old = os.umask(0o027)
        self.addCleanup(os.umask, old)
        self.run_lymphc("x.lymph")
        self.assertEqual(os.stat(self.path("x.lymph.h")).st_mode & 0o777, 0o640)

    def test_nothing_is_touched_after_an_error(self):
        self.run_lymphc("x.lymph")
        before = {n: self.read(n) for n in OUTPUTS}
        self.write("x.lymph", GOOD + "struct B { nope b; }\n")
        self.run_lymphc("x.lymph", status=1, stderr="unknown type 'nope'")
        self.assertEqual({n: self.read(n) for n in OUTPUTS if n != "x.lymph"}, {n: t for n, t in before.items() if n != "x.lymph"})
        self.assertEqual(self.files(), OUTPUTS)

    def test_an_error_in_one_of_several_files(self):
        self.write("bad.lymph", "struct B { nope b; }\n")
        self.write("y.lymph", GOOD)
        done = self.run_lymphc("x.lymph", "bad.lymph", "y.lymph", status=1, stderr="bad.lymph:1:12: error")
        self.assertEqual(done.stderr.count("error"), 1)
        self.assertEqual(self.files(), ["bad.lymph", "x.lymph", "y.lymph"])
        self.run_lymphc("x.lymph", "y.lymph")
        self.assertEqual(self.files(), sorted([*OUTPUTS, "bad.lymph", "y.c", "y.lymph", "y.lymph.c", "y.lymph.h"]))

    def test_two_files_for_one_output(self):
        os.mkdir(self.path("sub"))
        self.write("sub/x.lymph", "struct Other {}\n")
        for other in "sub/x.lymph", "x.lymph", "./x.lymph":
            self.run_lymphc("-o", ".", "x.lymph", other, status=1, stderr="'x.lymph.h' would be written twice")
            self.assertEqual(self.files(), ["sub", "x.lymph"])

    def test_where_nothing_can_be_written(self):
        self.run_lymphc("-o", "nowhere", "x.lymph", status=1, stderr="cannot write 'nowhere/x.lymph.h': No such file or directory")
        self.run_lymphc("-o", "x.lymph", "x.lymph", status=1, stderr="cannot write 'x.lymph/x.lymph.h': Not a directory")
        os.mkdir(self.path("x.lymph.c"))
        self.run_lymphc("x.lymph", status=1, stderr="cannot write 'x.lymph.c': Is a directory")
        self.assertEqual(self.files(), ["x.lymph", "x.lymph.c"], "the other outputs, or temporary files, were left")

    def test_an_empty_folder_is_this_one(self):
        self.run_lymphc("-o", "", "-I", "", "x.lymph")
        self.assertEqual(self.files(), OUTPUTS)

    def test_format_says_when_it_cannot_print(self):
        with open("/dev/full", "w") as full:
            done = subprocess.run([os.path.join(compiler.BUILD, "bin", "lymphc"), "--format", self.path("x.lymph")], stdout=full, stderr=subprocess.PIPE, text=True)
        self.assertEqual((done.returncode, done.stderr), (1, "lymphc: error: cannot write to standard output\n"))

    def test_check_writes_nothing(self):
        self.run_lymphc("--check", "x.lymph")
        self.assertEqual(self.files(), ["x.lymph"])

    def test_format_prints_and_writes_nothing(self):
        formatted = "struct A {\n    int32 a;\n}\n\ninterface S {\n    rpc A a(A a);\n}\n"
        self.run_lymphc("--format", "x.lymph", stdout=formatted)
        self.run_lymphc("--format", "x.lymph", "x.lymph", stdout=formatted * 2)
        self.write("x.lymph", "struct A { int32 }")
        self.run_lymphc("--format", "x.lymph", status=1, stderr="x.lymph:1:18: error")
        self.assertEqual(self.files(), ["x.lymph"])


class Search(Case):
    def test_imports_beside_the_file_then_along_I_in_order(self):
        for folder in "a", "b":
            os.mkdir(self.path(folder))
            self.write(f"{folder}/t.lymph", f"struct T {{ int32 {folder}; }}\n")
        self.write("x.lymph", 'import "t.lymph";\nstruct X { T t; }\n')
        self.run_lymphc("x.lymph", status=1, stderr="there is no file 't.lymph' beside this one or along -I")
        self.run_lymphc("-I", "a", "-Ib", "--deps", "d", "x.lymph")
        self.assertIn("a/t.lymph", self.read("d"))
        self.run_lymphc("-Ib", "-I", "a", "--deps", "d", "x.lymph")
        self.assertIn("b/t.lymph", self.read("d"))
        self.write("t.lymph", "struct T { int32 c; }\n")
        self.run_lymphc("-Ib", "--deps", "d", "x.lymph")
        self.assertNotIn("b/t.lymph", self.read("d"))

    def test_deps_is_a_rule_of_make(self):
        self.write("my types.lymph", "struct T {}\n")
        self.write("x.lymph", 'import "my types.lymph";\nstruct X { T t; }\n')
        self.run_lymphc("--deps", "x.d", "x.lymph")
        self.assertEqual(self.read("x.d"), "x.lymph.h x.lymph.c: \\\n  my\\ types.lymph \\\n  x.lymph\nmy\\ types.lymph: ;\nx.lymph: ;\n")

    def test_templates(self):
        os.mkdir(self.path("t"))
        self.write("t/header.tmpl", "{{! mine }}\n{{file}} by {{version}}{{#records}} {{name}}{{/records}}{{^enums}} no enums{{/enums}}\n")
        self.run_lymphc("--templates", "t", "x.lymph")
        self.assertEqual(self.read("x.lymph.h"), f"x.lymph by {compiler.version()} A no enums\n")
        self.assertIn("A_record", self.read("x.lymph.c"))
        for text, message in (("{{nope}}", "t/header.tmpl:1:1: error: nothing is called 'nope' here"), ("\n {{#records}}", "t/header.tmpl:2:2: error: the section 'records' does not end"),
                              ("{{/records}}", "no section 'records' is open"), ("{{file", "this tag does not end"), ("{{}}", "this tag has no name"),
                              ("{{records}}", "'records' is a list")):
            with self.subTest(text):
                self.write("t/header.tmpl", text)
                os.remove(self.path("x.lymph.c"))
                self.run_lymphc("--templates", "t", "x.lymph", status=1, stderr=message)
                self.assertNotIn("x.lymph.c", self.files())
                self.write("x.lymph.c", "")


if __name__ == "__main__":
    tap.main()
