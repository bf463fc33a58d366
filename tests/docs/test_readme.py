#!/usr/bin/python3
"""Does what README.md says, word for word: its files, its commands, its output."""

import re
import subprocess
import unittest

import compiler
import page
import tap

TEXT = page.read("README.md")


class Readme(unittest.TestCase):
    def test_five_minutes(self):
        terminal = page.Terminal()
        self.addCleanup(terminal.close)
        # The tools are built, in the environment, and the folder is there.
        done = page.do(terminal, page.section(TEXT, "Five minutes"), skip=("make", "cd "))
        self.assertGreaterEqual(done, 18)

    def test_the_examples_are_these_files(self):
        files = {name: text for kind, name, text in page.steps(page.section(TEXT, "Five minutes")) if kind == "file"}
        self.assertEqual(files, {name.split("/")[-1]: page.read(f"examples/{name}") for name in (
            "greeting/greeting.lymph", "greeting/greeting.c", "greeting/client.c", "conf/greeting.yml",
            "listen/listen.lymph", "listen/listen.c", "conf/listen.yml")})
        cluster = next(text for kind, name, text in page.steps(page.section(TEXT, "More than one machine")) if name == ".lymph.yml")
        self.assertEqual(cluster, re.sub(r"^#.*\n", "", page.read("examples/conf/cluster.yml"), flags=re.M))

    def test_targets_and_files_exist(self):
        targets = re.findall(r"^    make (\w+)", TEXT, re.M)
        self.assertEqual(targets, ["demo", "check"])
        rules = subprocess.run(["make", "-pnq", "-C", compiler.ROOT], capture_output=True, text=True).stdout
        for target in targets + re.findall(r"`make (\w+)`", TEXT):
            self.assertRegex(rules, rf"(?m)^{target}:")
        for path in re.findall(r"`((?:doc|runtime|examples)/[\w/.]*)`", TEXT):
            self.assertTrue(page.exists(path), path)


if __name__ == "__main__":
    tap.main()
