#!/usr/bin/python3
"""The demo on the embedded default, and the very same commands on real ZooKeeper and RabbitMQ servers, by configuration alone."""

import contextlib
import os
import subprocess
import tempfile
import unittest

import servers
import tap

BUILD = os.environ["BUILD"]
ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")


class Demo(unittest.TestCase):
    def demo(self, *arguments):
        environment = dict(os.environ, ASAN_OPTIONS="detect_leaks=0:verify_asan_link_order=0")
        done = subprocess.run([f"{ROOT}/tests/demo.sh", *arguments], env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
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


if __name__ == "__main__":
    tap.main()
