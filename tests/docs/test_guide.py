#!/usr/bin/python3
"""Does what doc/guide.md says, word for word."""

import unittest

import page
import tap


class Guide(unittest.TestCase):
    def test_the_whole_page(self):
        terminal = page.Terminal()
        self.addCleanup(terminal.close)
        self.assertGreaterEqual(page.do(terminal, page.read("doc/guide.md")), 8)


if __name__ == "__main__":
    tap.main()
