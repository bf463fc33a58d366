#!/usr/bin/python3
"""Does what README.md says, word for word: its files, its commands, its output."""

import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

import tap

BUILD = os.environ["BUILD"]
README = os.path.join(os.path.dirname(__file__), "..", "..", "README.md")
SECONDS = 20


def fenced(text):
    return re.findall(r"^```\w*\n(.*?)^```$", text, re.M | re.S)


def sessions(text):
    """The indented blocks that begin with a prompt, each a list of (command, lines of output)."""
    for block in re.findall(r"(?:^    .*\n)+", text, re.M):
        lines = [line[4:] for line in block.splitlines()]
        if not lines[0].startswith("$ "):
            continue
        steps = []
        for line in lines:
            if line.startswith("$ "):
                steps.append((line[2:], []))
            else:
                steps[-1][1].append(line)
        yield steps


class Readme(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="lymph-readme-")
        self.environment = dict(os.environ, PATH=f"{BUILD}/bin:{os.environ['PATH']}", XDG_RUNTIME_DIR=self.folder,
                                PKG_CONFIG_PATH=f"{BUILD}/lib/pkgconfig", ASAN_OPTIONS="detect_leaks=0:verify_asan_link_order=0")
        self.background = []
        self.output = open(f"{self.folder}/output", "w+")

    def tearDown(self):
        for process in self.background:
            os.killpg(process.pid, signal.SIGTERM)
        for process in self.background:
            self.assertEqual(process.wait(SECONDS), 0)
        self.output.close()
        shutil.rmtree(self.folder)

    def wait_for(self, condition, what):
        deadline = time.monotonic() + SECONDS
        while not condition():
            self.assertLess(time.monotonic(), deadline, what)
            time.sleep(0.05)

    def background_output(self):
        with open(self.output.name) as f:
            return f.read()

    def start(self, command):
        """A service has started when it can be discovered, a subscriber when its queue is there."""
        process = subprocess.Popen(["bash", "-c", "exec " + command.rstrip("& ")], cwd=self.folder, env=self.environment,
                                   stdin=subprocess.DEVNULL, stdout=self.output, stderr=subprocess.STDOUT, start_new_session=True)
        self.background.append(process)
        if " instance " in command:
            self.wait_for(lambda: "Greeting" in self.run_command("lymph discover"), f"{command}: {self.background_output()}")

    def run_command(self, command):
        done = subprocess.run(["bash", "-c", command], cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=SECONDS)
        self.assertEqual(done.returncode, 0, f"{command}: {done.stdout}{done.stderr}")
        return done.stdout

    def write(self, name, text):
        with open(f"{self.folder}/{name}", "w") as f:
            f.write(text)

    def test_five_minutes(self):
        with open(README) as f:
            text = f.read().split("## Five minutes")[1].split("\n## ")[0]
        blocks = fenced(text)
        contract = next(b for b in blocks if "interface Greeting" in b)
        service = next(b for b in blocks if "static lymph_status greet(" in b)
        client = next(b for b in blocks if "int main(void)" in b)
        self.write("greeting.lymph", contract)
        seen = 0
        for steps in sessions(text):
            for command, expected in steps:
                if command.startswith(("make", "cd ")):
                    continue  # built, in the environment, and there already
                if command.startswith("cat "):
                    self.write(command[4:], "\n".join(expected) + "\n")
                elif command.startswith("cc -shared"):
                    self.write("greeting.c", service)
                if "client.c" in command:
                    self.write("client.c", client)
                if command.endswith("&"):
                    self.start(command)
                elif command.startswith("lymph emit"):
                    # The subscriber, started right before, prints; it may not have its queue yet.
                    self.wait_for(lambda: self.run_command(command) == "" and expected[0] in self.background_output(), command)
                else:
                    shown = [line for line in self.run_command(command).splitlines()]
                    shown = [name for line in shown for name in line.split()] if command == "ls" else shown
                    wanted = [name for line in expected for name in line.split()] if command == "ls" else expected
                    if command == "ls":
                        shown = [name for name in shown if name.startswith("greeting")]
                    self.assertEqual(shown, wanted, command)
                seen += 1
        self.assertGreaterEqual(seen, 9)

    def test_listen(self):
        with open(README) as f:
            text = f.read()
        blocks = fenced(text)
        self.write("greeting.lymph", next(b for b in blocks if "interface Greeting" in b))
        self.write("listen.lymph", next(b for b in blocks if "interface Listen" in b))
        self.run_command("lymphc greeting.lymph && lymphc listen.lymph")
        self.write("listen.c", '#include "listen.lymph.h"\n#include <stdio.h>\n' + next(b for b in blocks if "on_greeted(" in b))
        self.run_command("cc -Wall -Werror -Wno-unused-parameter -c listen.c $(pkg-config --cflags lymph)")


if __name__ == "__main__":
    tap.main()
