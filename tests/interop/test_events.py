#!/usr/bin/python3
"""Events between our programs and a peer that behaves as the original does, over a real RabbitMQ: both ways, on queues of either's making,
shared by both; and messages that no decent peer sends."""

import json
import os
import signal
import re
import subprocess
import sys
import threading
import unittest
import uuid

sys.path.insert(0, os.path.dirname(__file__))
import amqp
import kombu
import msgpack
import tap
from peer import CONTENT_TYPE, Peer
from programs import LYMPH, Folder, eventually

HERE = os.path.dirname(os.path.abspath(__file__))
GOLDEN = os.path.join(os.path.dirname(HERE), "golden_bytes")
ZOOKEEPER, RABBITMQ = os.environ["LYMPH_TEST_ZOOKEEPER"], os.environ["LYMPH_TEST_RABBITMQ"]


class Collector:
    """Collects events; may fail on some of them."""

    def __init__(self):
        self.events = []

    def __call__(self, event):
        self.events.append(event)

    def names(self, **headers):
        return [e["body"]["name"] for e in self.events if all(e["headers"].get(k) == v for k, v in headers.items())]


def setUpModule():
    global folder, peer, greeting, heard
    peer = Peer(ZOOKEEPER, RABBITMQ)
    unittest.addModuleCleanup(clean_servers)
    folder = Folder()
    unittest.addModuleCleanup(folder.close)
    folder.use_servers(ZOOKEEPER, RABBITMQ)
    folder.build(f"{HERE}/greeting")
    folder.write("conf/greeting.yml", "interfaces:\n  Greeting:\n    class: greeting:Greeting\n")
    folder.write("conf/relay.yml", "interfaces:\n  Relay:\n    class: greeting:Relay\n")
    greeting = folder.start("greeting")
    folder.start("relay")
    unittest.addModuleCleanup(folder.stop_all)
    heard = Collector()
    peer.subscribe(f"_test-{uuid.uuid4()}", ["heard"], heard, broadcast=True)


def clean_servers():
    peer.close_events()
    with peer.connect() as connection:
        for name in ("Relay-on_greeted", "Relay-on_told", "Listen-on_greeted", "golden.delayed-wait_300"):
            connection.default_channel.queue_delete(name)
        for name in ("lymph", "lymph_waiting", "lymph_retry"):
            connection.default_channel.exchange_delete(name)
    peer.kazoo.delete("/lymph", recursive=True)
    peer.close()


def heard_of(name):
    return [e for e in heard.events if e["body"]["name"] == name]


def one_heard(name):
    eventually(lambda: heard_of(name), f"{name} is heard")
    return heard_of(name)[0]


def publish(exchange, routing_key, body, **properties):
    """Sends bytes as they are."""
    with peer.connect() as connection:
        connection.default_channel.basic_publish(amqp.Message(body, **properties), exchange, routing_key)


class Both(unittest.TestCase):
    def test_from_c_to_python(self):
        """A queue as the original declares it gets what a handler in C emits, with the trace id of the request."""
        got = Collector()
        with Peer(None, RABBITMQ) as listener:
            listener.subscribe("Listen-on_greeted", ["greeted"], got)
            peer.exchange(greeting.endpoint, "Greeting.greet", {"name": "C"}, trace_id="from-the-request")
            eventually(lambda: got.names(trace_id="from-the-request") == ["C"], "the event arrives")
        self.assertEqual(got.events[-1]["source"], greeting.identity)

    def test_from_python_to_c_and_back(self):
        peer.emit("greeted", {"name": "Python"}, trace_id="from-the-event")
        event = one_heard("Python")
        self.assertEqual(event["body"], {"type": "greeted", "name": "Python", "trace": "from-the-event"})
        self.assertEqual(event["headers"], {"trace_id": "from-the-event"})

    def test_pattern(self):
        peer.emit("told.something", {"name": "pattern"}, trace_id="t")
        self.assertEqual(one_heard("pattern")["body"]["type"], "told.something")
        peer.emit("told.some.thing", {"name": "two words"})
        peer.emit("told", {"name": "no word"})
        peer.emit("told.x", {"name": "the end"})
        one_heard("the end")
        self.assertEqual(heard_of("two words") + heard_of("no word"), [])

    def test_competing_consumers(self):
        """Instances in C and Python on one queue: each event reaches exactly one of them, and both take part."""
        mine = Collector()
        with Peer(None, RABBITMQ) as rival:
            rival.subscribe("Relay-on_greeted", ["greeted"], mine)
            names = [f"shared {i}" for i in range(40)]
            for name in names:
                peer.emit("greeted", {"name": name}, trace_id="shared")
            theirs = lambda: [e["body"]["name"] for e in heard.events if e["headers"].get("trace_id") == "shared"]
            eventually(lambda: len(theirs()) + len(mine.events) >= len(names), "all arrive")
            self.assertEqual(sorted(theirs() + mine.names()), sorted(names))
            self.assertTrue(theirs() and mine.events)

    def test_failed_handler_rejects(self):
        peer.emit("greeted", {"name": "bad"}, trace_id="t")
        peer.emit("greeted", {"name": "behind the bad one"}, trace_id="t")
        one_heard("behind the bad one")
        relay = folder.instances[1]
        # Where other tests made this queue's handler fail often just before, it is only counted.
        logged = re.compile(r"refused on purpose|Relay-on_greeted: \d+ more such lines in \d+ s \(failed events\)")
        eventually(lambda: logged.search(relay.text()), "the failure is logged")
        self.assertLessEqual(relay.text().count("refused on purpose"), 1)  # not delivered again
        with peer.connect() as connection:
            eventually(lambda: connection.default_channel.queue_declare("Relay-on_greeted", passive=True).message_count == 0, "nothing is left")

    def test_retry_exchange(self):
        """The original publishes an event again through lymph_retry under the queue's name: our queues are bound there."""
        body = msgpack.packb({"type": "greeted", "headers": {"trace_id": "t", "retry_count": 1}, "body": {"name": "again"}, "source": "x"})
        publish("lymph_retry", "Relay-on_greeted", body, content_type=CONTENT_TYPE, content_encoding="binary")
        one_heard("again")

    def test_tools(self):
        done = folder.run("emit", "greeted", '{"name": "tool"}')
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        one_heard("tool")
        process = subprocess.Popen([LYMPH, "subscribe", "told.#", "greeted"], cwd=folder.path, env=folder.environment, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, text=True)
        try:
            lines = []
            threading.Thread(target=lambda: lines.extend(iter(process.stdout.readline, "")), daemon=True).start()

            def seen():
                peer.emit("told.it", {"name": "subscriber"})
                return any("subscriber" in line for line in lines)

            eventually(seen, "lymph subscribe prints it")
            process.send_signal(signal.SIGTERM)
            self.assertEqual(process.wait(20), 0)
        finally:
            process.kill()
            process.wait()
            process.stdout.close()


class Golden(unittest.TestCase):
    def test_messages_byte_for_byte(self):
        """What `lymph emit` sends, against what the original's sent; only the emitter's identity differs."""
        with open(f"{GOLDEN}/amqp.json") as f:
            messages = json.load(f)["messages"]
        with peer.connect() as connection:
            channel = connection.default_channel
            queue = channel.queue_declare("", exclusive=True).queue
            channel.queue_bind(queue, "lymph", "#")
            for golden in messages:
                body = bytes.fromhex(golden["body"])
                event = msgpack.unpackb(body)
                done = folder.run("emit", golden["routing_key"], json.dumps(event["body"]), f"--trace-id={event['headers']['trace_id']}")
                self.assertEqual(done.returncode, 0, done.stderr)

                def next_one():
                    message = channel.basic_get(queue, no_ack=True)
                    return message if message and message.delivery_info["routing_key"] == golden["routing_key"] else None

                message = eventually(next_one, "the event")
                source = msgpack.unpackb(message.body)["source"]
                self.assertEqual(message.body, body.replace(event["source"].encode(), source.encode()))
                self.assertEqual(message.properties, golden["properties"])
                self.assertEqual(message.delivery_info["exchange"], "lymph")

    def test_declarations_are_the_same(self):
        """RabbitMQ refuses to declare what exists with other arguments: declared here as the original does it, it must agree. (What is
        listed of a server of our own is compared in tests/faults/test_rabbitmq.py.)"""
        with open(f"{GOLDEN}/amqp.json") as f:
            golden = json.load(f)
        with peer.connect() as connection:
            for e in golden["exchanges"]:
                kombu.Exchange(e["name"], e["type"], durable=e["durable"], auto_delete=e["auto_delete"])(connection.default_channel).declare()
            for q in ("Relay-on_greeted", "Relay-on_told"):
                kombu.Queue(q, durable=False, auto_delete=False, queue_arguments={"x-ha-policy": "all"})(connection.default_channel).queue_declare()


class Odd(unittest.TestCase):
    def test_accepted(self):
        """What the original accepts beside its own: no headers, no source, JSON, no properties to speak of."""
        for name, event, properties in [
                ("no headers", {"type": "greeted", "body": {"name": "no headers"}}, {"content_type": CONTENT_TYPE}),
                ("empty headers", {"type": "greeted", "body": {"name": "empty headers"}, "headers": {}}, {"content_type": CONTENT_TYPE}),
                ("transient", {"type": "greeted", "headers": {"trace_id": "raw"}, "body": {"name": "transient"}, "source": "me"},
                 {"content_type": CONTENT_TYPE, "delivery_mode": 1}),
                ("more keys", {"x": [1, {"y": None}], "type": "greeted", "body": {"name": "more keys", "z": 1}}, {"content_type": CONTENT_TYPE})]:
            with self.subTest(name=name):
                publish("lymph", "greeted", msgpack.packb(event), **properties)
                one_heard(name)
        event = {"type": "greeted", "headers": {"trace_id": "raw"}, "body": {"name": "json"}, "source": "me"}
        publish("lymph", "greeted", json.dumps(event).encode(), content_type="application/json", content_encoding="utf-8")
        self.assertEqual(one_heard("json")["body"]["trace"], "raw")

    def test_refused(self):
        """None of these ends the service, and none comes back."""
        bodies = [b"", b"\xc1", b"\xc0", b"[]", msgpack.packb([]), msgpack.packb({}), msgpack.packb({"type": 5}), msgpack.packb({"type": "greeted"})[:-1],
                  msgpack.packb({"type": "greeted"}) + b"x", msgpack.packb({"type": "greeted", "body": {"name": 5}}), msgpack.packb({"type": "greeted", "body": []}),
                  msgpack.packb({"type": "greeted", "headers": 5, "body": {}}), b"\xdf\xff\xff\xff\xff", b"\x91" * 10000,
                  msgpack.packb({"type": "greeted", "headers": {"trace_id": "x" * 100000}, "body": {"nome": ""}})]
        for body in bodies:
            publish("lymph", "greeted", body, content_type=CONTENT_TYPE)
            publish("lymph", "greeted", body, content_type="application/json")
            publish("lymph", "greeted", body)
        peer.emit("greeted", {"name": "after the odd ones"})
        one_heard("after the odd ones")
        with peer.connect() as connection:
            eventually(lambda: connection.default_channel.queue_declare("Relay-on_greeted", passive=True).message_count == 0, "nothing is left")


if __name__ == "__main__":
    tap.main()
