#!/usr/bin/python3
"""A benchmark that is stopped, or fails, leaves nothing behind: no process, no folder."""

import os
import signal
import subprocess
import tempfile
import unittest

import tap
from keeper import marked
from programs import BUILD, eventually

# Each measures for long, so that it is stopped in the middle, and has at least so many processes then: itself, the one that
# tidies up, and two more.
LONG = {"rpc": ("1", "10000000"), "events": ("20",)}
PROCESSES = 4


class Case(unittest.TestCase):
    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory(prefix="lymph-test-")
        self.addCleanup(self.temporary.cleanup)
        self.folder = self.temporary.name
        self.environment = {k: v for k, v in os.environ.items() if k != "LYMPH_TEST_RABBITMQ"}
        self.environment["TMPDIR"] = self.folder

    def start(self, name, *arguments):
        process = subprocess.Popen([f"{BUILD}/tests/bench/{name}-bench", *arguments], env=self.environment, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True)
        self.addCleanup(self.end, process)
        return process

    def end(self, process):
        for pid in self.processes():
            os.kill(pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()

    def processes(self):
        return marked(f"TMPDIR={self.folder}")

    def expect_nothing_left(self):
        eventually(lambda: not self.processes() and not os.listdir(self.folder), "no process and no folder is left", 60)


class Stopped(Case):
    def stopped(self, stop):
        for name, arguments in LONG.items():
            with self.subTest(name):
                process = self.start(name, *arguments)
                eventually(lambda: len(self.processes()) >= PROCESSES, f"{name} measures", 60)
                stop(process)
                self.assertNotEqual(process.wait(60), 0)
                self.expect_nothing_left()

    def test_interrupt(self):
        self.stopped(lambda process: os.killpg(process.pid, signal.SIGINT))

    def test_terminate(self):
        self.stopped(lambda process: process.terminate())

    def test_kill(self):
        self.stopped(lambda process: process.kill())

    def test_processes_fail(self):
        def kill_children(process):
            for pid in self.processes():
                if pid != process.pid and os.getsid(pid) == process.pid:  # not what tidies up
                    os.kill(pid, signal.SIGKILL)

        self.stopped(kill_children)


class Ends(Case):
    def finished(self, process):
        output, _ = process.communicate(timeout=120)
        self.assertEqual(process.returncode, 0, output)
        return output

    def test_by_itself(self):
        self.assertIn("ratio=", self.finished(self.start("rpc", "1", "10")))
        self.assertEqual(self.finished(self.start("events", "0.1")).count("  store "), 4)
        self.expect_nothing_left()

    def test_two_at_once(self):
        both = [self.start("rpc", "1", "10") for _ in range(2)]
        for process in both:
            self.finished(process)


if __name__ == "__main__":
    tap.main()
