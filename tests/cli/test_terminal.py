#!/usr/bin/python3
"""What peers answer, publish and emit is shown, and does not drive the terminal: no control characters but the line breaks between lines, no
marks of direction, no bytes that are no UTF-8. How `lymph discover` shows what instances publish is in test_discover.py."""

import json
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "interop"))
import amqp
import fixture
import kombu
import msgpack
import tap
from peer import Error, Peer

EVIL = "\x1b[2J\r\x07\u009b1m\x7f\u202e\u2066 end"
SHOWN = r"\\x1b\[2J\\(r|x0d)\\x07\\(x9b|u009b)1m\\x7f\\u202e\\u2066 end"
DRIVES = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


class Terminal(fixture.Case):
    def setUp(self):
        super().setUp()
        self.peer = Peer()
        self.addCleanup(self.peer.close)

    def check(self, text, *patterns):
        self.assertIsNone(DRIVES.search(text), repr(text))
        for pattern in patterns:
            self.assertRegex(text, pattern)

    def answer(self, value, *options):
        self.peer.methods = {"Evil.get": lambda headers: value}
        r = self.lymph("request", f"--address={self.peer.endpoint}", *options, "Evil.get", "{}")
        self.assertEqual(r.code, 0, r)
        self.check(r.err)
        return r.out

    def test_results(self):
        self.check(self.answer(EVIL), SHOWN)
        self.check(self.answer({EVIL: [EVIL]}), SHOWN)
        self.check(self.answer({"__type__": EVIL, "_": EVIL}), SHOWN)
        self.check(self.answer(EVIL.encode()))
        self.assertEqual(json.loads(self.answer([EVIL], "--json")), [EVIL])
        self.check(self.answer({EVIL: EVIL}, "--json"))

    def test_headers(self):
        self.peer.methods = {"Evil.get": lambda headers: None}
        r = self.lymph("request", f"--address={self.peer.endpoint}", "-D", f"--trace-id={EVIL}", "Evil.get", "{}")
        self.check(r.out + r.err)

    def test_errors(self):
        def fail(headers):
            raise Error({"type": EVIL, "message": EVIL, EVIL: EVIL})

        self.peer.methods = {"Evil.get": fail}
        r = self.lymph("request", f"--address={self.peer.endpoint}", "Evil.get", "{}")
        self.assertEqual((r.code, r.out), (6, ""), r)
        self.check(r.err, SHOWN)

    def test_descriptions(self):
        """Of inspect, and of the hint that follows a request that was refused."""
        methods = [{"name": f"Evil.{EVIL}", "params": [EVIL, "b"], "help": EVIL + "\n" + EVIL, "version": EVIL}]
        self.peer.methods = {"lymph.inspect": lambda headers: {"methods": methods}}
        r = self.lymph("inspect", self.peer.endpoint)
        self.assertEqual(r.code, 0, r)
        self.check(r.out + r.err, SHOWN)
        r = self.lymph("request", f"--address={self.peer.endpoint}", "Evil.get", "{}")
        self.assertEqual(r.code, 5, r)
        self.check(r.out + r.err)

    def test_names_that_are_asked_for(self):
        for arguments in (("request", f"Evil.{EVIL}", "{}"), ("request", f"--address={EVIL}", "Evil.get", "{}"), ("inspect", EVIL),
                          ("discover", EVIL), ("emit", EVIL), ("subscribe", EVIL), (EVIL,), ("help", EVIL), ("discover", f"--{EVIL}"),
                          ("instance", f"--interface={EVIL}"), ("instance", f"--config={EVIL}")):
            r = self.lymph(*arguments)
            self.assertNotEqual(r.code, 0, r)
            self.check(r.out + r.err)

    def test_events(self):
        s = self.start("subscribe", "--loglevel=INFO", "evil").wait_serving()
        self.expect(self.lymph("emit", "evil", json.dumps({"text": EVIL, EVIL: [EVIL]})), 0)
        s.wait_for(lambda r: r.out.endswith("\n"), "the event")
        self.check(s.out + s.err, SHOWN)
        self.assertEqual(s.out.count("\n"), s.out.count("evil: "))


class OnServers(Terminal):
    make_cluster = fixture.OnServers

    def test_events_of_any_type(self):
        """What no sender of ours emits."""
        s = self.start("subscribe", "--loglevel=INFO", "evil.#").wait_serving()
        with kombu.Connection(f"amqp://{self.cluster.broker}") as connection:
            for key in (f"evil.{EVIL}", "evil.last"):
                event = {"type": key, "source": EVIL, "headers": {EVIL: EVIL}, "body": {EVIL: EVIL}}
                connection.default_channel.basic_publish(
                    amqp.Message(msgpack.packb(event), content_type="application/msgpack", content_encoding="binary"), "lymph", key)
        s.wait_for(lambda r: "evil.last" in r.out, "the events")
        self.check(s.out + s.err, SHOWN)


if __name__ == "__main__":
    tap.main()
