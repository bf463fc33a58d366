#!/usr/bin/python3
"""Calls between our programs and a peer that behaves as the original does, over real ZooKeeper and RabbitMQ: both ways, with declared
errors, refusals, versions, trace ids and heartbeats; and requests that no decent peer sends."""

import json
import os
import socket
import sys
import unittest
from types import SimpleNamespace

sys.path.insert(0, os.path.dirname(__file__))
import tap
import zmq
from peer import Error, Nack, Peer, digest
from programs import Folder, eventually
from zmtp import Wire, message

HERE = os.path.dirname(os.path.abspath(__file__))
GOLDEN = os.path.join(os.path.dirname(HERE), "golden_bytes")
ZOOKEEPER, RABBITMQ = os.environ["LYMPH_TEST_ZOOKEEPER"], os.environ["LYMPH_TEST_RABBITMQ"]

VALUES = [None, True, False, 0, -1, 127, 128, -33, 2**31, -2**31, 2**63 - 1, -2**63, 2**64 - 1, 1.5, -0.0, 1e300, "", "ü€\U0001f600", "x" * 70000,
          b"", b"\x00\xff" * 300, [], [1, [2, [3]]], {}, {"a": {"b": [None]}}, {"z": 1, "a": 2}, {1: "one"},
          {"__type__": "datetime", "_": "2015-07-08T20:51:30"}, {"__type__": "set", "_": [1, 2]}, {"__type__": "Decimal", "_": "1.10"},
          {"__type__": "UUID", "_": "12345678-1234-5678-1234-567812345678"}]


def setUpModule():
    global folder, greeting, relay, peer
    peer = Peer(ZOOKEEPER, RABBITMQ)
    unittest.addModuleCleanup(peer.close)
    unittest.addModuleCleanup(peer.kazoo.delete, "/lymph", recursive=True)
    folder = Folder()
    unittest.addModuleCleanup(folder.close)
    folder.use_servers(ZOOKEEPER, RABBITMQ)
    folder.build(f"{HERE}/greeting")
    folder.write("conf/greeting.yml", "interfaces:\n  Greeting:\n    class: greeting:Greeting\n  Plain:\n    class: greeting:Greeting\n"
                                      "  Golden@1.2.3:\n    class: greeting:Greeting\n")
    folder.write("conf/multi.yml", "".join(["interfaces:\n"] + [f"  Multi@{v}:\n    class: greeting:Greeting\n" for v in ("1.0.0", "1.5.0", "2.0.0")]))
    folder.write("conf/relay.yml", "interfaces:\n  Relay:\n    class: greeting:Relay\n")
    greeting, relay = folder.start("greeting"), folder.start("relay")
    unittest.addModuleCleanup(folder.stop_all)


def teller(version=None, says="told"):
    """A Python service Teller, registered."""
    t = Peer(ZOOKEEPER, RABBITMQ)

    def tell(headers, name):
        if name == "Sir":
            raise Error({"type": "Rude", "message": "not so formal", "word": name})
        return f"{says} {name}"

    def broken(headers):
        raise ValueError("on purpose")

    t.methods = {"Teller.tell": tell, "Teller.echo": lambda headers, text: text, "Teller.broken": broken,
                 "Teller.trace": lambda headers: headers["trace_id"],
                 "lymph.inspect": lambda headers: {"methods": [
                     {"name": "Teller.tell", "version": str(version), "params": ["name"], "help": "Tells."}]}}
    t.register("Teller", version)
    return t


class CalledFromPython(unittest.TestCase):
    def test_answers(self):
        self.assertEqual(peer.call("Greeting.greet", name="Flynne"), "Hi, Flynne!")

    def test_reply_headers(self):
        kind, body, headers = peer.exchange(greeting.endpoint, "Greeting.trace", {}, trace_id="abc")
        self.assertEqual((kind, body, headers), ("REP", "abc", {"version": None, "trace_id": "abc"}))
        self.assertEqual(list(headers), ["version", "trace_id"])

    def test_declared_error(self):
        kind, body, headers = peer.exchange(greeting.endpoint, "Greeting.greet", {"name": "Sir"}, trace_id="t")
        self.assertEqual((kind, body["type"], body["word"]), ("ERROR", "Rude", "Sir"))
        self.assertIn("message", body)
        self.assertEqual(headers, {"version": None, "trace_id": "t"})

    def test_undeclared_failure_is_a_nack(self):
        self.assertEqual(peer.exchange(greeting.endpoint, "Greeting.broken", {}, trace_id="t"), ("NACK", None, {"version": None, "trace_id": "t"}))

    def test_refusals(self):
        for subject, body, version in [("Greeting.nothing", {}, None), ("Nothing.greet", {}, None), ("Greeting.greet", {"name": "x"}, "1.2.3"),
                                       ("Golden.greet", {"name": "x"}, "1.2.4"), ("Golden.greet", {"name": "x"}, "one"), ("greet", {}, None)]:
            with self.subTest(subject=subject, version=version):
                self.assertEqual(peer.exchange(greeting.endpoint, subject, body, version, "t"), ("NACK", None, {"trace_id": "t"}))
        for body in ({}, {"name": "x", "more": 1}, {"name": 5}, [], None, "text"):
            with self.subTest(body=body):
                self.assertEqual(peer.exchange(greeting.endpoint, "Greeting.greet", body)[:2], ("NACK", None))

    def test_versions(self):
        for version, answer in [("1.2.3", "1.2.3"), (None, "1.2.3")]:
            kind, body, headers = peer.exchange(greeting.endpoint, "Golden.greet", {"name": "v"}, version)
            self.assertEqual((kind, headers["version"]), ("REP", answer))

    def test_values_come_back_as_sent(self):
        for value in VALUES:
            with self.subTest(value=str(value)[:40]):
                self.assertEqual(peer.exchange(greeting.endpoint, "Greeting.echo", {"text": value})[:2], ("REP", value))

    def test_builtin_interface(self):
        for version in (None, "0.16.0-dev"):
            self.assertEqual(peer.exchange(greeting.endpoint, "lymph.status", {}, version if version is None else None)[1],
                             {"endpoint": greeting.endpoint, "identity": greeting.identity})
        self.assertEqual(peer.exchange(greeting.endpoint, "lymph.ping", {"payload": "x"})[1], "x")
        methods = {m["name"]: m for m in peer.exchange(greeting.endpoint, "lymph.inspect", {})[1]["methods"]}
        self.assertEqual(methods["Greeting.greet"], {"name": "Greeting.greet", "version": "None", "params": ["name"],
                                                     "help": "Returns a greeting and tells everybody."})
        self.assertEqual(methods["Golden.greet"]["version"], "1.2.3")

    def test_heartbeats_both_ways(self):
        self.assertEqual(peer.exchange(greeting.endpoint, "lymph.ping", {"payload": ""})[0], "REP")
        before = peer.pings
        eventually(lambda: peer.pings >= before + 2, "two heartbeats")


class Connected(unittest.TestCase):
    """The original connects a second time when a peer leaves discovery and comes back, and goes on sending on the first connection."""

    def test_twice(self):
        with Peer() as twice:
            self.assertEqual(twice.exchange(greeting.endpoint, "lymph.ping", {"payload": "one"})[1], "one")
            twice._send.connect(greeting.endpoint)
            for i in range(20):
                self.assertEqual(twice.exchange(greeting.endpoint, "lymph.ping", {"payload": i})[1], i)

    def test_under_the_name_of_another(self):
        with Peer() as honest:
            self.assertEqual(honest.exchange(greeting.endpoint, "lymph.ping", {"payload": 0})[1], 0)
            for i in range(5):
                with Wire(greeting.endpoint, honest.endpoint.encode()) as second:
                    heard = []
                    honest._pending["second"] = SimpleNamespace(put=heard.append)
                    second.send(message(b"second", b"REQ", b"lymph.ping", b"\x80", b"\x81\xa7payload\x07"))
                    eventually(lambda: heard and heard[0][:2] == ("REP", 7), "the second connection of the name is heard, too")
                    self.assertEqual(honest.exchange(greeting.endpoint, "lymph.ping", {"payload": i})[1], i)
                self.assertEqual(honest.exchange(greeting.endpoint, "lymph.ping", {"payload": i})[1], i)


class Held(unittest.TestCase):
    """A peer that was frozen may hold our former connection still when we connect anew, and its ROUTER never listens to the second of a name."""

    def test_our_name(self):
        with Peer(ZOOKEEPER, RABBITMQ) as held:
            held.methods = {"Teller.tell": lambda headers, name: f"told {name}"}
            with Wire(held.endpoint, relay.endpoint.encode()) as former:
                former.send(message(b"former", b"REQ", b"lymph.ping", b"\x80", b"\x81\xa7payload\x07"))
                eventually(lambda: held.pings, "the former connection holds the name")
                held.register("Teller")
                eventually(lambda: [i["endpoint"] for i in held.lookup("Teller")] == [held.endpoint], "nobody else is called")
                ignored = f"Teller.tell: no answer from {held.endpoint} in time"
                eventually(lambda: self.asks(5)[0] == "NACK" and ignored in relay.text(), "what goes over ours is ignored")
            self.assertEqual(held.requests, [])
            eventually(lambda: self.asks(1) == ("REP", "told x"), "ours is made anew")
            self.assertEqual([held.requests[0][0], held.requests[0][2]], ["Teller.tell", {"name": "x"}])

    def asks(self, seconds):
        with Peer() as caller:  # of whom nothing has been logged yet, so that no line is left out
            try:
                return caller.exchange(relay.endpoint, "Relay.relay", {"name": "x"}, timeout=seconds)[:2]
            except TimeoutError:
                return None, None


class CallingPython(unittest.TestCase):
    def setUp(self):
        self.teller = teller()
        self.addCleanup(self.teller.close)
        eventually(lambda: peer.exchange(relay.endpoint, "Relay.relay", {"name": "x"})[1] == "told x" and self.teller.requests, "it is found")
        self.teller.requests.clear()

    def test_answer(self):
        self.assertEqual(peer.call("Relay.relay", name="Flynne"), "told Flynne")
        self.assertEqual(self.teller.requests[0][0], "Teller.tell")
        self.assertEqual(list(self.teller.requests[0][1]), ["version", "trace_id"])

    def test_declared_error_is_caught(self):
        self.assertEqual(peer.call("Relay.relay", name="Sir"), "caught Sir")

    def test_nack(self):
        self.assertEqual(peer.call("Relay.broken"), "LYMPH_ENACK")

    def test_trace_id_goes_through(self):
        self.assertEqual(peer.exchange(relay.endpoint, "Relay.trace", {}, trace_id="from-afar")[:2], ("REP", "from-afar"))

    def test_values_come_back_as_sent(self):
        for value in VALUES:
            with self.subTest(value=str(value)[:40]):
                self.assertEqual(peer.exchange(relay.endpoint, "Relay.echo", {"text": value})[:2], ("REP", value))

    def test_tools(self):
        done = folder.run("request", "Teller.tell", '{"name": "Flynne"}')
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "'told Flynne'\n", ""))
        self.assertIn("Tells.", folder.run("inspect", "Teller").stdout)
        self.assertIn(f"[{self.teller.identity[:10]}]", folder.run("discover", "Teller").stdout)
        done = folder.run("request", "Teller.broken", "{}")
        self.assertNotEqual(done.returncode, 0)


class Instances(unittest.TestCase):
    def test_versions(self):
        old, new = teller("1.2.0", "old"), teller("2.0.0", "new")
        self.addCleanup(old.close)
        self.addCleanup(new.close)
        eventually(lambda: len(peer.lookup("Teller")) == 2, "both are registered")
        for version, answer in [("1", "old x"), ("1.1", "old x"), ("1.2.0", "old x"), ("2", "new x")]:
            with self.subTest(version=version):
                eventually(lambda: self.relay(version) == answer, answer)
                self.assertEqual({self.relay(version) for _ in range(4)}, {answer})
        self.assertEqual({r[1]["version"] for r in old.requests}, {"1.2.0"})  # the instance's own, not what was asked for
        self.assertEqual(peer.exchange(relay.endpoint, "Relay.relay", {"name": "x", "version": "3"})[0], "NACK")

    def relay(self, version):
        try:
            kind, body, _ = peer.exchange(relay.endpoint, "Relay.relay", {"name": "x", "version": version})
        except TimeoutError:  # one that is gone was asked
            return None
        return body if kind == "REP" else None

    def test_one_goes_away(self):
        first, second = teller(says="first"), teller(says="second")
        self.addCleanup(second.close)
        with first:
            eventually(lambda: {peer.call("Relay.relay", name="x") for _ in range(4)} == {"first x", "second x"}, "both answer in turn")
        eventually(lambda: {self.relay("") for _ in range(4)} == {"second x"}, "only the other is asked")

    def test_one_that_only_speaks(self):
        """Its heartbeats come, ours do not arrive: it gets no calls until it answers again."""
        deaf, other = teller(says="deaf"), teller(says="other")
        self.addCleanup(deaf.close)
        self.addCleanup(other.close)
        both = {"deaf x", "other x"}
        eventually(lambda: {self.relay("") for _ in range(4)} == both, "both answer in turn")
        deaf.deaf = True
        eventually(lambda: {self.relay("") for _ in range(4)} == {"other x"}, "only the other is asked")
        heartbeat = f"lymph.ping source={deaf.endpoint}"
        before = relay.text().count(heartbeat)
        eventually(lambda: relay.text().count(heartbeat) >= before + 2, "it is heard")
        self.assertEqual({self.relay("") for _ in range(8)}, {"other x"})
        deaf.deaf = False
        eventually(lambda: {self.relay("") for _ in range(4)} == both, "both answer in turn")

    def test_several_versions_in_one_process(self):
        multi = folder.start("multi")
        for version, served in [("1.0.0", "1.0.0"), ("1.5.0", "1.5.0"), ("2.0.0", "2.0.0"), (None, "2.0.0")]:
            self.assertEqual(peer.exchange(multi.endpoint, "Multi.greet", {"name": "x"}, version)[2]["version"], served)
        self.assertEqual({i["version"] for i in peer.lookup("Multi")}, {"1.0.0", "1.5.0", "2.0.0"})
        multi.stop()
        self.assertEqual(peer.lookup("Multi"), [])


class Registrations(unittest.TestCase):
    def test_znodes_byte_for_byte(self):
        """The captured text, with this machine's names and this instance's addresses put in."""
        with open(f"{GOLDEN}/znodes.json") as f:
            golden = {path.split("/")[3]: text for path, text in json.load(f).items()}
        for name in ("Golden", "Plain"):
            children = peer.kazoo.get_children(f"/lymph/services/{name}")
            self.assertEqual(len(children), 1)
            data, stat = peer.kazoo.get(f"/lymph/services/{name}/{children[0]}")
            was = json.loads(golden[name])
            expected = golden[name]
            for old, new in [(was["id"], children[0]), (was["identity"], greeting.identity), (was["endpoint"], greeting.endpoint)]:
                expected = expected.replace(f'"{old}"', f'"{new}"')
            for key, new in [("log_endpoint", None), ("monitoring_endpoint", None), ("fqdn", socket.getfqdn()), ("hostname", socket.gethostname())]:
                expected = expected.replace(f'"{key}": {json.dumps(was[key])}', f'"{key}": {json.dumps(new)}')
            self.assertEqual(data.decode(), expected)
            self.assertNotEqual(stat.ephemeralOwner, 0)
            acls, _ = peer.kazoo.get_acls(f"/lymph/services/{name}/{children[0]}")
            self.assertEqual([(a.perms, a.id.scheme, a.id.id) for a in acls], [(31, "world", "anyone")])
        self.assertEqual(greeting.identity, digest((greeting.endpoint,)))

    def test_bad_registrations_are_left_out(self):
        good = teller(says="good")
        self.addCleanup(good.close)
        for name, data in [("a", b"no json"), ("b", b"[]"), ("c", b"{}"), ("d", b'{"endpoint": "ftp://nowhere"}'), ("e", b""), ("f", b"\xff"),
                           ("g", b'{"endpoint": 5}')]:
            peer.kazoo.create(f"/lymph/services/Teller/{name}", data)
            self.addCleanup(peer.kazoo.delete, f"/lymph/services/Teller/{name}")
        eventually(lambda: peer.exchange(relay.endpoint, "Relay.relay", {"name": "x"})[1] == "good x", "the good one answers")
        self.assertEqual({peer.call("Relay.relay", name="x") for _ in range(8)}, {"good x"})
        eventually(lambda: "ignored the registration" in relay.text(), "the others are told of")

    def test_only_an_endpoint(self):
        """What readers need: a registration with nothing else in it."""
        t = Peer(ZOOKEEPER, RABBITMQ)
        self.addCleanup(t.close)
        t.methods = {"Bare.tell": lambda headers, name: "bare " + name}
        t.kazoo.create("/lymph/services/Bare/x", json.dumps({"endpoint": t.endpoint}).encode(), ephemeral=True, makepath=True)
        self.assertEqual(folder.run("request", "Bare.tell", '{"name": "x"}').stdout, "'bare x'\n")
        self.assertIn(f"[{t.identity[:10]}]", folder.run("discover", "Bare").stdout)

    def test_unknown_and_empty(self):
        done = folder.run("request", "Nowhere.x", "{}")
        self.assertIn("no service named 'Nowhere'", done.stderr)
        peer.kazoo.ensure_path("/lymph/services/Empty")
        self.assertIn("has no instance", folder.run("request", "Empty.x", "{}").stderr)
        self.assertNotIn("Empty", folder.run("discover").stdout)
        self.assertIn("Empty [0]", folder.run("discover", "--all").stdout)


class Hostile(unittest.TestCase):
    """Each message as the original was sent it, with what it answered; three of those that it did not answer ended its service."""

    def test_odd_requests(self):
        with open(f"{GOLDEN}/odd_requests.json") as f:
            requests = json.load(f)
        for name, request in requests.items():
            with self.subTest(name=name), Peer() as stranger:
                frames = [bytes.fromhex(frame) for frame in request["frames"]]
                answers = []
                stranger._take = lambda source, message_id, kind, subject, headers, body: answers.append((kind, subject))
                stranger.send_frames(greeting.endpoint, frames)
                stranger.send_frames(greeting.endpoint, [b"last", b"REQ", b"Plain.echo", b"\x80", b"\x81\xa4text\xa1x"])
                eventually(lambda: (b"REP", b"last") in answers, "it still serves")
                mine = [kind for kind, subject in answers if kind != b"REQ" and subject != b"last"]
                if name == "body_type_unknown_class":
                    expected = [[b"REP"]]  # to us a map like any other
                elif request["answer"]:
                    expected = [[request["answer"].encode()]]
                else:
                    expected = [[], [b"NACK"]]  # we refuse where the request can be told
                self.assertIn(mine, expected)

    def test_senders_that_are_no_instances(self):
        context = zmq.Context()
        try:
            for identity in (b"foo", b"\x00\xff", b"http://127.0.0.1:80", b"tcp://127.0.0.1:1", b"tcp://127.0.0.1:99999", b"x" * 255, None):
                s = context.socket(zmq.DEALER)
                s.setsockopt(zmq.LINGER, 1000)
                if identity:
                    s.setsockopt(zmq.ROUTING_ID, identity)
                s.connect(greeting.endpoint)
                s.send_multipart([b"id", b"REQ", b"Plain.echo", b"\x80", b"\x81\xa4text\xa1x"])
                s.close()
        finally:
            context.term()
        self.assertEqual(peer.exchange(greeting.endpoint, "Plain.echo", {"text": "x"})[1], "x")

    def tearDown(self):
        self.assertIsNone(greeting.process.poll())


if __name__ == "__main__":
    tap.main()
