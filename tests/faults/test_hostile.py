#!/usr/bin/python3
"""What a peer that means no good costs an instance: the growth of its memory is printed, and stays under 128 MiB; and what it makes the
log say, under 100 KB."""

import contextlib
import os
import re
import socket
import struct
import sys
import threading
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "interop"))
import msgpack
import servers
import tap
from peer import Peer
from programs import Folder, Instance, eventually
from zmtp import LONG, MORE, Wire, closed, frame, message

LIMIT = 128  # MiB
MIB = 1 << 20
QUARANTINE = 256 if os.environ["BUILD"].endswith("asan") else 0  # what AddressSanitizer keeps of freed memory
SECONDS = 10  # longest that one goes on


def setUpModule():
    global folder
    folder = Folder()
    unittest.addModuleCleanup(folder.close)
    folder.build(os.path.join(os.path.dirname(HERE), "interop", "greeting"))
    folder.write("conf/plain.yml", "container:\n  events: {class: 'null'}\ninterfaces:\n  Plain:\n    class: greeting:Greeting\n")


def ping(message_id=b"id"):
    return message(message_id, b"REQ", b"lymph.ping", b"\x80", msgpack.packb({"payload": 0}))


class Hostile(unittest.TestCase):
    def setUp(self):
        self.instance = folder.start("plain")
        self.addCleanup(self.instance.kill)
        self.honest = Peer()
        self.addCleanup(self.honest.close)
        self.works()
        self.before = self.memory()
        # It is known by an endpoint of its own.
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(self.listener.close)
        self.endpoint = f"tcp://127.0.0.1:{self.listener.getsockname()[1]}"

    def works(self):
        self.assertEqual(self.honest.exchange(self.instance.endpoint, "Plain.echo", {"text": "x"}, timeout=10)[1], "x")

    def memory(self):
        """The most that it took so far, in MiB."""
        with open(f"/proc/{self.instance.process.pid}/status") as f:
            return next(int(line.split()[1]) for line in f if line.startswith("VmHWM")) / 1024

    def wire(self):
        wire = Wire(self.instance.endpoint, self.endpoint.encode())
        self.addCleanup(wire.close)
        return wire

    def connected_back(self):
        """The instance's connection to us."""
        self.listener.settimeout(10)
        wire = Wire(self.endpoint, self.endpoint.encode(), self.listener.accept()[0])
        self.addCleanup(wire.close)
        return wire

    def flood(self, wire, piece):
        """Sends it again and again, until the instance takes no more, closes, or the time is over."""
        wire.socket.settimeout(2)
        end, sent = time.monotonic() + SECONDS, 0
        try:
            while time.monotonic() < end and self.memory() - self.before < 4 * LIMIT:
                wire.send(piece)
                sent += len(piece)
        except OSError:
            pass
        return sent

    def tearDown(self):
        self.works()
        grown = self.memory() - self.before
        print(f"# {self.id().rpartition('.')[2]}: {grown:.0f} MiB")
        self.assertLess(grown, LIMIT + QUARANTINE)

    def test_never_reads_its_answers(self):
        wire = self.wire()
        text = "x" * MIB
        self.connecting = threading.Thread(target=self.connected_back, daemon=True)
        self.connecting.start()
        for _ in range(2 * LIMIT):
            wire.send(message(b"id", b"REQ", b"Plain.echo", b"\x80", msgpack.packb({"text": text})))
            self.works()  # what came before has been served
        self.connecting.join()
        eventually(lambda: "cannot send a REP" in self.instance.text(), "answers are dropped")

    def test_a_frame_that_is_too_large(self):
        wire = self.wire()
        wire.send(bytes([LONG]) + struct.pack(">Q", 1 << 30))
        self.flood(wire, b"x" * MIB)
        self.assertTrue(closed(wire.socket))

    def refused(self, connection, why):
        self.assertTrue(closed(connection, 30))
        eventually(lambda: why in self.instance.text(), why)

    def test_a_message_without_an_end(self):
        wire = self.wire()
        self.flood(wire, frame(bytes(32 * MIB), MORE))
        self.refused(wire.socket, "a message of it is too large")

    def test_a_message_of_empty_frames(self):
        wire = self.wire()
        self.flood(wire, frame(b"", MORE) * MIB)
        self.refused(wire.socket, "a message of it is too large")

    def test_many_messages_without_an_end(self):
        wires = [self.wire() for _ in range(20)]
        for wire in wires:
            self.flood_once(wire, frame(bytes(30 * MIB), MORE))
        eventually(lambda: "it does not end its message" in self.instance.text(), "the slowest are closed")
        # One whose message ends is served.
        honest = self.wire()
        honest.send(message(b"id", b"REQ", b"Plain.echo", b"\x80", msgpack.packb({"text": "x" * (20 * MIB)})))
        eventually(lambda: "subject=Plain.echo" in self.instance.text().rpartition(self.endpoint)[2], "it is served")

    def flood_once(self, wire, piece):
        wire.socket.settimeout(10)
        try:
            wire.send(piece)
        except OSError:
            pass  # closed in favour of another

    def test_more_messages_than_it_can_read(self):
        """From ten at once, without a pause."""
        wires = [self.wire() for _ in range(10)]
        threads = [threading.Thread(target=self.flood, args=(wire, ping() * 10000), daemon=True) for wire in wires]
        for thread in threads:
            thread.start()
        self.works()
        for wire in wires:
            wire.close()
        for thread in threads:
            thread.join()

    def test_one_that_we_connect_to_pushes(self):
        wire = self.wire()
        wire.send(ping())
        back = self.connected_back()
        self.flood(back, frame(b"x" * MIB, MORE))
        self.assertTrue(closed(back.socket))

    def test_one_that_we_connect_to_pushes_small_messages(self):
        wire = self.wire()
        wire.send(ping())
        self.flood(self.connected_back(), message(b"x" * 100, b"y") * 1000)

    def test_never_shakes_hands(self):
        with socket.create_connection(self.instance.endpoint.removeprefix("tcp://").split(":"), 10) as s:
            s.sendall(b"\xff" + bytes(8))
            self.refused(s, "it did not shake hands in time")

    def test_gibberish(self):
        for data, why in (b"GET / HTTP/1.1\r\n\r\n", "does not speak ZeroMQ's protocol"), (b"\xff" + bytes(8) + b"\x7f\x01\x05", "before version 3"):
            with socket.create_connection(self.instance.endpoint.removeprefix("tcp://").split(":"), 10) as s:
                s.sendall(data)
                self.refused(s, why)


class Descriptors(unittest.TestCase):
    """They are out: known peers are served, nothing turns round at full speed, and newcomers come in when there is room."""

    def processor(self):
        """Seconds of processor time that it took."""
        with open(f"/proc/{self.instance.process.pid}/stat") as f:
            fields = f.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def echo(self, peer):
        self.assertEqual(peer.exchange(self.instance.endpoint, "Plain.echo", {"text": "x"}, timeout=10)[1], "x")

    def test_none_left(self):
        self.instance = folder.start("plain", prefix=("prlimit", "--nofile=64"))
        self.addCleanup(self.instance.kill)
        with Peer() as known, contextlib.ExitStack() as crowd:
            self.echo(known)
            host, _, port = self.instance.endpoint.removeprefix("tcp://").rpartition(":")
            for _ in range(100):
                crowd.enter_context(socket.create_connection((host, int(port)), 10))
            eventually(lambda: "no new peer is accepted" in self.instance.text(), "it says so")
            began, used = time.monotonic(), self.processor()
            for _ in range(20):
                self.echo(known)
                time.sleep(0.05)
            share = (self.processor() - used) / (time.monotonic() - began)
            print(f"# {100 * share:.0f} % of a core while descriptors are out")
            self.assertLess(share, 0.5)
            self.assertEqual(self.instance.text().count("no new peer is accepted"), 1)
            crowd.close()
            with Peer() as newcomer:
                self.echo(newcomer)


BAD = {
    "dropped a message": message(b"id", b"NONSENSE", b"Plain.echo", b"\x80", b"\x80"),
    "refused": message(b"id", b"REQ", b"Plain.nothing", b"\x80", b"\x80"),
    "Plain.echo failed": message(b"id", b"REQ", b"Plain.echo", b"\x80", b"\x80"),
}
EACH = 67000


class Log(unittest.TestCase):
    def counted(self, text):
        """How many lines there are with each beginning, and how many more are told of."""
        more = {"dropped messages": "dropped a message", "refused requests": "refused", "Greeting.echo": "Plain.echo failed"}
        counts = dict.fromkeys(BAD, 0)
        for line in text.splitlines():
            said = re.sub(r"^.*?\] lymph\.core\.\S+: ", "", line)
            told = re.match(r"tcp://\S+: (\d+) more such lines in \d+ s \((.*?)\)", said)
            if told and told[2] in more:
                counts[more[told[2]]] += int(told[1])
            for beginning in BAD:
                counts[beginning] += said.startswith(beginning)
        return counts

    def test_a_flood_of_bad_messages(self):
        port = servers.free_port()
        instance = Instance(folder, "plain", [f"--port={port}", "--loglevel=WARNING"])
        self.addCleanup(instance.kill)
        listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listener.close)

        def connected():
            try:
                return Wire(f"tcp://127.0.0.1:{port}", f"tcp://127.0.0.1:{listener.getsockname()[1]}".encode(), timeout=120)
            except OSError:
                return None

        wire = eventually(connected, "an instance that listens", 60)
        self.addCleanup(wire.close)
        for _ in range(EACH // 1000):
            for one in BAD.values():
                wire.send(one * 1000)
        eventually(lambda: self.counted(instance.text()) == dict.fromkeys(BAD, EACH), "all are counted", 120)
        print(f"# {len(BAD) * EACH} bad messages: {len(instance.text())} bytes of log")
        self.assertLess(len(instance.text()), 100000)


if __name__ == "__main__":
    tap.main()
