#!/usr/bin/python3
"""The files, targets and tests that CONTRIBUTING.md and the pages of doc/ name are there."""

import glob
import os
import re
import subprocess
import unittest

import compiler
import page
import tap

FOLDERS = r"(?:cli|idl|idlc|runtime|templates|tests|doc|examples)"


class Contributing(unittest.TestCase):
    def test_paths(self):
        pages = ["CONTRIBUTING.md", "README.md"] + glob.glob("doc/*.md", root_dir=compiler.ROOT)
        for name in pages:
            text = re.sub(r"Rooms that are still empty:.*?\n\n", "", page.read(name), flags=re.S)
            for path in re.findall(rf"`({FOLDERS}/[\w./]+)", text):
                if not re.search(r"NAME|SOURCE", path):
                    with self.subTest(page=name, path=path):
                        self.assertTrue(page.exists(path), f"{name} names {path}")

    def test_what_compiles_generated_code_checks_it(self):
        """In every command that is shown: a handler that no longer fits, or a file that was left out, stops the build."""
        pages = ["README.md", "CONTRIBUTING.md", "templates/skeleton.tmpl", "tests/demo.sh"] + glob.glob("doc/*.md", root_dir=compiler.ROOT)
        found = 0
        for name in pages:
            for command in re.findall(r"(?:\$ |`|show '| \*     )cc (?:[^`\n]|\n(?!\n))*?\.c\b", page.read(name)):
                found += 1
                with self.subTest(page=name, command=command):
                    self.assertIn("-Wall -Werror=incompatible-pointer-types -Wl,-z,defs", command.replace("\n", " "))
        self.assertGreaterEqual(found, 10)

    def test_words(self):
        """`words` that stand right before or behind `file`s are in some source."""
        text = page.read("CONTRIBUTING.md")
        sources = "".join(compiler.read(f) for folder in ("cli", "idlc", "runtime", "tests", "idl") for f in glob.glob(
            f"{compiler.ROOT}/{folder}/**/*", recursive=True) if f.endswith((".c", ".h", ".y", ".l", ".py", ".mk", ".lymph")))
        for word in set(re.findall(r"`(\w+)`", text)) - {"extern", "emit", "interface"}:
            self.assertRegex(sources, rf"\b{word}\b")

    def test_commands(self):
        text = page.read("CONTRIBUTING.md")
        rules = subprocess.run(["make", "-pnq", "-C", compiler.ROOT], capture_output=True, text=True).stdout
        targets = set(re.findall(r"^    make (?:-j2 )?(?:SANITIZE=1 )?([\w-]+)", text, re.M))
        self.assertGreaterEqual(targets, {"deps", "check-unit", "format", "lint", "check"})
        for target in targets - {"build", "-j2"}:
            self.assertRegex(rules, rf"(?m)^{target}:")
        tests = glob.glob("tests/unit/*.c", root_dir=compiler.ROOT) + glob.glob("tests/*/test_*.py", root_dir=compiler.ROOT)
        chosen = re.findall(r"tests/run.py build\S* -k (\S+)", text)
        self.assertGreaterEqual(len(chosen), 3)
        for word in chosen:
            self.assertTrue([t for t in tests if word in t], word)
        script, case = re.search(r"(tests/\w+/test_\w+\.py) (test_\w+)`", text).groups()
        self.assertIn(f"def {case}(", compiler.read(os.path.join(compiler.ROOT, script)))


if __name__ == "__main__":
    tap.main()
