#!/usr/bin/python3
"""What is declared on RabbitMQ, as it lists it; and what becomes of events when it is away, comes back, cuts connections, refuses, or was
never there; on a server of our own."""

import json
import os
import re
import sys
import threading
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "interop"))
import kombu
import msgpack
import servers
import tap
from peer import Peer
from programs import Folder, eventually

GOLDEN = os.path.join(os.path.dirname(HERE), "golden_bytes")
CONFIG = ("container:\n  registry: {{class: local}}\n"
          "  events: {{class: rabbitmq, host: {host}, port: {port}, timeout: {timeout}, user: {user}, password: guest, heartbeat: {heartbeat}}}\n")


def use(address, timeout=6, user="guest", heartbeat=4):
    host, port = address.split(":")
    folder.environment["LYMPH_NODE_CONFIG"] = folder.write(".lymph.yml", CONFIG.format(host=host, port=port, timeout=timeout, user=user,
                                                                                            heartbeat=heartbeat))


def setUpModule():
    global rabbitmq, folder
    rabbitmq = servers.RabbitMQ()
    unittest.addModuleCleanup(rabbitmq.close)
    folder = Folder()
    unittest.addModuleCleanup(folder.close)
    folder.build(f"{HERE}/chain")
    folder.write("conf/front.yml", "interfaces:\n  Front:\n    class: chain:Front\n")


def listed(what, *columns):
    return json.loads(rabbitmq.control("--formatter=json", f"list_{what}", *columns))


class Case(unittest.TestCase):
    def setUp(self):
        use(rabbitmq.address)
        self.peer = Peer(None, rabbitmq.address)
        self.addCleanup(self.peer.close)
        self.addCleanup(folder.stop_all)
        self.front = folder.start("front")

    def send(self, name):
        kind, body, _ = self.peer.exchange(self.front.endpoint, "Front.send", {"name": name}, timeout=15)
        self.assertEqual(kind, "REP")
        return body

    def handled(self, name):
        return self.front.text().count(f"chain: tick {name} ")

    def tick(self, name):
        self.peer.emit("tick", {"name": name}, trace_id="t")

    def eventually_handles(self, name):
        def tick():
            self.tick(name)
            return self.handled(name)
        eventually(tick, f"{name} is handled")


class Declarations(Case):
    def test_as_the_original_declares_them(self):
        self.assertEqual(self.peer.exchange(self.front.endpoint, "Front.later", {"name": "x", "seconds": 1})[0], "REP")
        with open(f"{GOLDEN}/amqp.json") as f:
            golden = json.load(f)
        exchanges = [e for e in listed("exchanges", "name", "type", "durable", "auto_delete", "arguments") if e["name"].startswith("lymph")]
        self.assertEqual(sorted(exchanges, key=lambda e: e["name"]), sorted(golden["exchanges"], key=lambda e: e["name"]))
        # The shapes by kind, names put in: a shared queue, one of a broadcast handler, one that delays.
        queues = {q["name"]: q for q in listed("queues", "name", "durable", "auto_delete", "arguments")}
        own = next(q for q in queues if q.startswith("Front-on_every_tick-"))
        self.assertRegex(own, r"^Front-on_every_tick-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")
        kinds = {q["name"]: q for q in golden["queues"]}
        renamed = {"Front-on_tick": "Listen-on_greeted", "Front-on_pattern": "Events-on_multi", own: next(q for q in kinds if "broadcast" in q),
                   "tick-wait_1000": "golden.plain-wait_1000"}
        self.assertEqual(set(queues), set(renamed))
        for name, original in renamed.items():
            expected = json.loads(json.dumps(kinds[original]).replace(original, name).replace('"golden.plain"', '"tick"'))
            queues[name]["arguments"].sort()
            expected["arguments"].sort()
            self.assertEqual(queues[name], expected)
        bindings = sorted([b["source_name"], b["destination_name"], b["routing_key"]]
                          for b in listed("bindings", "source_name", "destination_name", "routing_key") if b["source_name"])
        self.assertEqual(bindings, sorted([["lymph", "Front-on_tick", "tick"], ["lymph", own, "tick"], ["lymph", "Front-on_pattern", "chain.*.#"],
                                           ["lymph_retry", "Front-on_tick", "Front-on_tick"], ["lymph_retry", own, own],
                                           ["lymph_retry", "Front-on_pattern", "Front-on_pattern"],
                                           ["lymph_waiting", "tick-wait_1000", "tick-wait_1000"]]))
        eventually(lambda: self.handled("x"), "the delayed event arrives")
        self.front.stop()
        names = {q["name"] for q in listed("queues", "name")}
        self.assertIn("Front-on_tick", names)  # stays, and keeps events for the next instance
        self.assertNotIn(own, names)
        self.tick("kept")
        self.front = folder.start("front")
        eventually(lambda: self.handled("kept"), "what came meanwhile is handled")

    def test_refused(self):
        """Somebody has declared our queue otherwise: the start fails and says why."""
        self.front.stop()
        rabbitmq.control("delete_queue", "Front-on_tick")
        with self.peer.connect() as connection:
            connection.default_channel.queue_declare("Front-on_tick", durable=True, auto_delete=False)
        done = folder.run("instance", "--config=conf/front.yml")
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, "refused to declare .*PRECONDITION_FAILED.*delete the queue Front-on_tick")
        rabbitmq.control("delete_queue", "Front-on_tick")

    def test_deleted_queue(self):
        rabbitmq.control("delete_queue", "Front-on_tick")
        self.eventually_handles("after the deletion")
        self.assertIn("was deleted", self.front.text())


class Connections(Case):
    def test_refused_and_never_there(self):
        self.front.stop()
        for address, user, message in [(rabbitmq.address, "nobody", "userid|refused to log in"),
                                       (f"127.0.0.1:{servers.free_port()}", "guest", "cannot connect to RabbitMQ at .*is it running")]:
            use(address, timeout=1, user=user)
            for command in (["emit", "tick", "{}"], ["instance", "--config=conf/front.yml"]):
                with self.subTest(user=user, command=command[0]):
                    done = folder.run(*command, timeout=30)
                    self.assertEqual(done.returncode, 1)
                    self.assertRegex(done.stderr, message)

    def test_unacknowledged_event_comes_again(self):
        self.tick("slow one")
        eventually(lambda: self.handled("slow one") == 1, "the handler has begun")
        rabbitmq.control("close_all_connections", "test")
        eventually(lambda: self.handled("slow one") == 2, "the event is delivered again")
        self.eventually_handles("after the loss")
        eventually(lambda: [q["messages"] for q in listed("queues", "name", "messages") if q["name"] == "Front-on_tick"] == [0], "nothing is left")

    def test_what_was_taken_is_not_lost(self):
        """Emits while connections are cut again and again: each ends, and each that ended well is there."""
        sent, failed = [], []
        with self.peer.connect() as connection:
            channel = connection.default_channel
            kombu.Exchange("lymph", "topic", durable=True)(channel).declare()
            channel.queue_declare("test-tap", auto_delete=False)
            channel.queue_bind("test-tap", "lymph", "tock")
        stop = threading.Event()

        def stream(number):
            i = 0
            while not stop.is_set():
                name = f"{number}.{i}"
                (sent if self.send(name) == "sent" else failed).append(name)
                i += 1

        threads = [threading.Thread(target=stream, args=(n,)) for n in range(2)]
        try:
            for t in threads:
                t.start()
            for _ in range(3):
                before = len(sent)
                rabbitmq.control("close_all_connections", "test")
                eventually(lambda: len(sent) > before + 50, "emits go on")
        finally:
            stop.set()
            for t in threads:
                t.join(30)
        self.assertFalse(any(t.is_alive() for t in threads))
        arrived = set()
        with self.peer.connect() as connection:
            while message := connection.default_channel.basic_get("test-tap", no_ack=True):
                arrived.add(msgpack.unpackb(message.body)["body"]["name"])
            connection.default_channel.queue_delete("test-tap")
        self.assertEqual(set(sent) - arrived, set())

    def test_frozen(self):
        """A server that neither answers nor closes anything: emits end, and the missing heartbeats end the connection."""
        self.front.stop()
        use(rabbitmq.address, timeout=2, heartbeat=1)
        self.front = folder.start("front")
        self.assertEqual(self.send("before"), "sent")
        with rabbitmq.frozen():
            began = time.monotonic()
            self.assertRegex(self.send("unheard"), "does not confirm|is lost")
            self.assertLess(time.monotonic() - began, 10)
            eventually(lambda: "is lost: " in self.front.text(), "the connection is given up")
        eventually(lambda: self.send("after") == "sent", "emits work again", 40)
        self.eventually_handles("after")

    def test_blocked(self):
        """A server that takes nothing because it is short of memory."""
        self.front.stop()
        use(rabbitmq.address, timeout=2)
        self.front = folder.start("front")
        self.assertEqual(self.send("before"), "sent")
        rabbitmq.control("set_vm_memory_high_watermark", "absolute", "1MB")
        try:
            self.assertRegex(self.send("unwanted"), "may or may not have been taken")
        finally:
            rabbitmq.control("set_vm_memory_high_watermark", "0.4")
        eventually(lambda: self.send("after") == "sent", "emits work again")

    def test_cut_off_event_comes_again(self):
        """A stop that cannot wait any longer gives the event back."""
        self.front.stop()
        folder.write("conf/hasty.yml", "container: {drain_timeout: 0.2}\ninterfaces:\n  Front:\n    class: chain:Front\n")
        hasty = folder.start("hasty")
        self.tick("slow job")
        eventually(lambda: hasty.text().count("chain: tick slow job "), "it has begun")
        hasty.stop()
        self.front = folder.start("front")
        eventually(lambda: self.handled("slow job") == 1, "another begins it anew")

    def test_away_and_back(self):
        self.front.stop()
        use(rabbitmq.address, timeout=60)
        other, self.front = folder.start("front"), folder.start("front")
        self.eventually_handles("before")
        rabbitmq.halt()
        try:
            answers = []
            patient = threading.Thread(target=lambda: answers.append(
                self.peer.exchange(self.front.endpoint, "Front.send", {"name": "patient"}, timeout=90)[:2]))
            patient.start()
            use(rabbitmq.address, timeout=1)
            began = time.monotonic()
            impatient = folder.run("emit", "tick", "{}")
            self.assertEqual(impatient.returncode, 1)
            self.assertIn("cannot connect to RabbitMQ", impatient.stderr)
            other.stop()
            self.assertLess(time.monotonic() - began, 15)
            self.assertEqual(answers, [])
        finally:
            rabbitmq.start()
        patient.join(90)
        self.assertEqual(answers, [("REP", "sent")])
        self.eventually_handles("after")


if __name__ == "__main__":
    tap.main()
