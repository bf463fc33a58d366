#!/usr/bin/python3
"""The demo on the embedded default, and the very same commands on real ZooKeeper and RabbitMQ servers, by configuration alone."""

import contextlib
import os
import signal
import subprocess
import tempfile
import unittest

import servers
import tap
from keeper import marked
from programs import BUILD, eventually

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
ENVIRONMENT = dict(os.environ, WEB_PORT=str(servers.free_port()), ASAN_OPTIONS="detect_leaks=0:verify_asan_link_order=0")


class Demo(unittest.TestCase):
    def demo(self, *arguments):
        done = subprocess.run([f"{ROOT}/tests/demo.sh", *arguments], env=ENVIRONMENT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=120)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn("The demo has worked.", done.stdout)

    def test_embedded_default(self):
        self.demo()

    def test_zookeeper_and_rabbitmq(self):
        """On servers of its own: the queue of Listen is lasting, and would keep the events of whoever ran the demo before."""
        zookeeper, rabbitmq = servers.ZooKeeper(), servers.RabbitMQ()
        with contextlib.closing(zookeeper), contextlib.closing(rabbitmq), tempfile.NamedTemporaryFile("w", suffix=".yml") as f:
            with open(f"{ROOT}/examples/conf/cluster.yml") as example:
                text = example.read()
            self.assertIn("127.0.0.1:2181", text)
            self.assertIn("hostname: 127.0.0.1\n", text)
            f.write(text.replace("127.0.0.1:2181", zookeeper.address)
                    .replace("hostname: 127.0.0.1\n", f"hostname: {servers.HOST}\n        port: {rabbitmq.port}\n"))
            f.flush()
            self.demo(f.name)

    def stopped(self, stop):
        """In the middle, while instances run: they end, and the folder goes."""
        with tempfile.TemporaryDirectory(prefix="lymph-test-") as folder:
            process = subprocess.Popen([f"{ROOT}/tests/demo.sh"], env=dict(ENVIRONMENT, TMPDIR=folder), stdin=subprocess.DEVNULL,
                                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True)
            with process.stdout as output:
                for line in output:
                    if "-N 4" in line:
                        break
                stop(process)
                output.read()
            self.assertNotEqual(process.wait(60), 0)
            eventually(lambda: not marked(f"TMPDIR={folder}") and not os.listdir(folder), "no process and no folder is left", 60)

    def test_interrupted(self):
        self.stopped(lambda process: os.killpg(process.pid, signal.SIGINT))

    def test_terminated(self):
        self.stopped(lambda process: process.terminate())

    def test_hung_up(self):
        self.stopped(lambda process: process.send_signal(signal.SIGHUP))

    def test_killed(self):
        self.stopped(lambda process: process.kill())


if __name__ == "__main__":
    tap.main()
