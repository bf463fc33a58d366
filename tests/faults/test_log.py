#!/usr/bin/python3
"""A log that nobody reads holds nothing up."""

import os
import signal
import subprocess
import unittest

import tap
from programs import LYMPH, Folder, eventually

HERE = os.path.dirname(os.path.abspath(__file__))


class Unread(unittest.TestCase):
    def setUp(self):
        self.folder = Folder()
        self.addCleanup(self.folder.close)
        self.folder.build(f"{HERE}/chain")
        self.folder.write("conf/back.yml", "interfaces:\n  Back:\n    class: chain:Back\n")

    def test_standard_error_is_a_full_pipe(self):
        instance = subprocess.Popen([LYMPH, "instance", "--config=conf/back.yml", "--loglevel=DEBUG"], cwd=self.folder.path,
                                    env=self.folder.environment, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
        try:
            eventually(lambda: "Back [1]" in self.folder.run("discover").stdout, "the service is there")
            done = self.folder.run("request", "-N", "2000", "Back.who", "{}")  # some 500 KiB of log
            self.assertEqual(done.returncode, 0, done.stderr)
            instance.send_signal(signal.SIGTERM)
            self.assertEqual(instance.wait(30), 0)
            log = instance.stderr.read()
        finally:
            instance.kill()
            instance.wait()
            instance.stderr.close()
        self.assertIn(b"Back.who", log)
        self.assertLess(len(log), 1 << 17)  # a pipe's worth of it


if __name__ == "__main__":
    tap.main()
