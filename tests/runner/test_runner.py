#!/usr/bin/python3
"""What tests/run.py, tests/servers.py and the tests' networks have started ends with them, however they are stopped."""

import os
import signal
import subprocess
import tempfile
import unittest

import tap
from keeper import marked
from programs import eventually

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
# A test that never ends, with a process that has left its session.
SLEEPER = """#!/bin/sh
echo begun >>"$SEEN"
setsid sleep 1000 &
sleep 1000
"""


class Case(unittest.TestCase):
    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory(prefix="lymph-test-")
        self.addCleanup(self.temporary.cleanup)
        self.folder = self.temporary.name
        os.chmod(self.folder, 0o755)  # RabbitMQ's is in it, and another user's
        self.seen = f"{self.folder}/seen"

    def start(self, *command):
        os.mkdir(f"{self.folder}/tmp", 0o755)
        environment = dict(os.environ, TMPDIR=f"{self.folder}/tmp", SEEN=self.seen)
        for name in ("LYMPH_TEST_ZOOKEEPER", "LYMPH_TEST_RABBITMQ"):
            environment.pop(name, None)
        process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def lines_seen(self):
        try:
            with open(self.seen) as f:
                return f.read().split()
        except FileNotFoundError:
            return []

    def processes(self):
        return marked(f"TMPDIR={self.folder}/tmp")

    def expect_nothing_left(self):
        eventually(lambda: not self.processes() and not os.listdir(f"{self.folder}/tmp"), "no process and no folder is left", 60)


class Run(Case):
    def stopped(self, name, status):
        os.makedirs(f"{self.folder}/build/tests/unit")
        for test in ("one", "two"):
            path = f"{self.folder}/build/tests/unit/sleeper-{test}"
            with open(path, "w") as f:
                f.write(SLEEPER)
            os.chmod(path, 0o755)
        process = self.start(f"{TESTS}/run.py", f"{self.folder}/build", "-k", "sleeper")
        eventually(lambda: self.lines_seen() and len(self.processes()) >= 4, "a test runs", 60)  # itself, its keeper, the test, its child
        process.send_signal(name)
        self.assertEqual(process.wait(60), status)
        self.expect_nothing_left()
        self.assertEqual(self.lines_seen(), ["begun"])  # and the other test never was

    def test_interrupted(self):
        self.stopped(signal.SIGINT, 128 + signal.SIGINT)

    def test_terminated(self):
        self.stopped(signal.SIGTERM, 128 + signal.SIGTERM)

    def test_hung_up(self):
        self.stopped(signal.SIGHUP, 128 + signal.SIGHUP)

    def test_killed(self):
        self.stopped(signal.SIGKILL, -signal.SIGKILL)


class Servers(Case):
    def stopped(self, name, status):
        process = self.start(f"{TESTS}/servers.py", "zookeeper", "rabbitmq", "--", "sh", "-c",
                             'echo "$LYMPH_TEST_ZOOKEEPER" "$LYMPH_TEST_RABBITMQ" >"$SEEN"; sleep 1000')
        eventually(self.lines_seen, "the servers run", 180)
        self.assertEqual(len(self.lines_seen()), 2)
        process.send_signal(name)
        self.assertEqual(process.wait(60), status)
        self.expect_nothing_left()

    def test_terminated(self):
        self.stopped(signal.SIGTERM, 128 + signal.SIGTERM)

    def test_killed(self):
        self.stopped(signal.SIGKILL, -signal.SIGKILL)

    def test_interrupted_while_they_start(self):
        process = self.start(f"{TESTS}/servers.py", "rabbitmq", "--", "true")
        eventually(lambda: len(self.processes()) >= 3, "a server starts", 60)
        os.killpg(process.pid, signal.SIGINT)
        self.assertEqual(process.wait(60), 128 + signal.SIGINT)
        self.expect_nothing_left()

    def test_status_of_the_command(self):
        process = self.start(f"{TESTS}/servers.py", "zookeeper", "--", "sh", "-c", "exit 7")
        self.assertEqual(process.wait(120), 7)
        self.expect_nothing_left()


NETWORK = """
import os, time, network
net = network.Network()
with open(os.environ["SEEN"], "w") as f:
    f.write(net.link)
time.sleep(1000)
"""


@unittest.skipUnless(os.geteuid() == 0, "networks of its own need root")
class Networks(Case):
    def test_killed(self):
        process = self.start("env", f"PYTHONPATH={TESTS}:{TESTS}/faults", "python3", "-c", NETWORK)
        eventually(self.lines_seen, "there is a network", 60)
        (link,) = self.lines_seen()
        self.assertTrue(os.path.exists(f"/sys/class/net/{link}"))
        process.kill()
        process.wait()
        self.expect_nothing_left()
        eventually(lambda: not os.path.exists(f"/sys/class/net/{link}"), "the network is gone", 60)


if __name__ == "__main__":
    tap.main()
