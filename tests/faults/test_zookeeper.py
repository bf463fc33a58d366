#!/usr/bin/python3
"""What becomes of services when ZooKeeper is away, comes back, forgets them, or was never there; on a server of our own."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "interop"))
import kazoo.client
import network
import servers
import tap
from peer import Peer, Stream, digest
from programs import LYMPH, Folder, Instance, eventually

CONFIG = "container:\n  registry: {{class: zookeeper, hosts: '{hosts}', session_timeout: 2, timeout: {timeout}}}\n  events: {{class: 'null'}}\n"


def use(hosts, timeout=3):
    folder.environment["LYMPH_NODE_CONFIG"] = folder.write(".lymph.yml", CONFIG.format(hosts=hosts, timeout=timeout))


def setUpModule():
    global zookeeper, folder
    zookeeper = servers.ZooKeeper()
    unittest.addModuleCleanup(zookeeper.close)
    folder = Folder()
    unittest.addModuleCleanup(folder.close)
    folder.build(f"{HERE}/chain")
    for name in ("Front", "Back"):
        folder.write(f"conf/{name.lower()}.yml", f"interfaces:\n  {name}:\n    class: chain:{name}\n")


class Case(unittest.TestCase):
    def setUp(self):
        # A part of the tree of its own: what an earlier test left ends with its session, which may take a while.
        self.hosts = f"{zookeeper.address}/{self.id().replace('.', '-')}"
        use(self.hosts)
        self.peer = Peer()
        self.addCleanup(self.peer.close)
        self.kazoo = kazoo.client.KazooClient(self.hosts, timeout=10)
        self.kazoo.start(10)
        self.kazoo.ensure_path("/services")
        self.addCleanup(self.kazoo.close)
        self.addCleanup(self.kazoo.stop)
        self.addCleanup(folder.stop_all)

    def ask(self, front):
        """Who answered the front's call; None: nobody in time, or a refusal."""
        try:
            kind, body, _ = self.peer.exchange(front.endpoint, "Front.ask", {}, timeout=8)
        except TimeoutError:
            self.fail("a call did not end")
        return body if kind == "REP" else None

    def registered(self, name):
        try:
            return sorted(json.loads(self.kazoo.get(f"/services/{name}/{child}")[0])["endpoint"]
                          for child in self.kazoo.get_children(f"/services/{name}"))
        except (kazoo.exceptions.NoNodeError, kazoo.exceptions.ConnectionLoss, kazoo.exceptions.SessionExpiredError):
            return []  # of our own session: the client begins another


class Away(Case):
    def test_never_there(self):
        use(f"127.0.0.1:{servers.free_port()}", timeout=1)
        for command in (["discover"], ["request", "Back.who", "{}"], ["instance", "--config=conf/back.yml"]):
            with self.subTest(command=command):
                done = folder.run(*command, timeout=20)
                self.assertEqual(done.returncode, 1)
                self.assertRegex(done.stderr, r"cannot connect to ZooKeeper at 127.0.0.1:\d+ within 1.0 s: is it running, and container.registry.hosts right\?")

    def test_no_address(self):
        use("127.0.0.1:port", timeout=1)
        done = folder.run("discover", timeout=20)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, r":\d+:\d+: hosts: '127.0.0.1:port': the port is a number from 1 to 65535")

    def test_no_such_host(self):
        use("nobody.invalid,nothing.invalid:1", timeout=1)
        done = folder.run("discover", timeout=30)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, "cannot connect to ZooKeeper at nobody.invalid:2181,nothing.invalid:1 within 1.0 s: "
                                      "cannot resolve host '(nobody|nothing).invalid'")

    def test_one_host_of_two(self):
        use(f"nobody.invalid,{self.hosts}")
        back = folder.start("back")
        self.assertIn("cannot resolve host 'nobody.invalid'", back.text())
        self.assertEqual(len(self.kazoo.get_children("/services/Back")), 1)

    def test_first_call_ends_in_its_own_time(self):
        use(f"127.0.0.1:{servers.free_port()}", timeout=30)
        began = time.monotonic()
        done = folder.run("request", "--timeout=1", "Back.who", "{}", timeout=60)
        self.assertNotEqual(done.returncode, 0)
        self.assertLess(time.monotonic() - began, 10)
        self.assertIn("cannot be looked up in time", done.stderr)

    def test_halted_and_started_again(self):
        front, back = folder.start("front"), folder.start("back")
        self.assertEqual(self.ask(front), back.endpoint)
        zookeeper.halt()
        try:
            eventually(lambda: front.text().count("ZooKeeper at") > 1, "the front notices")
            self.assertEqual([self.ask(front) for _ in range(5)], [back.endpoint] * 5)  # what was known stays in use
        finally:
            zookeeper.start()
        eventually(lambda: self.registered("Back") == [back.endpoint] and self.registered("Front") == [front.endpoint], "both are registered")
        other = folder.start("back")
        eventually(lambda: {self.ask(front) for _ in range(4)} == {back.endpoint, other.endpoint}, "the front learns of a new one")

    def test_frozen(self):
        """A server that neither answers nor closes anything: what needs it ends, what does not goes on."""
        front, back = folder.start("front"), folder.start("back")
        self.assertEqual(self.ask(front), back.endpoint)
        lonely = folder.start("front")
        with zookeeper.frozen():
            self.assertEqual(self.ask(front), back.endpoint)
            began = time.monotonic()
            self.assertIsNone(self.ask(lonely))  # it has not looked for Back yet
            self.assertLess(time.monotonic() - began, 7)
            began = time.monotonic()
            lonely.stop()
            self.assertLess(time.monotonic() - began, 15)
        eventually(lambda: self.registered("Back") == [back.endpoint] and self.registered("Front") == [front.endpoint], "all is as it should be")
        self.assertEqual(self.ask(front), back.endpoint)

    def test_stopped_while_it_is_away(self):
        front, back = folder.start("front"), folder.start("back")
        self.assertEqual(self.ask(front), back.endpoint)
        zookeeper.halt()
        try:
            eventually(lambda: front.text().count("ZooKeeper at") > 1 and back.text().count("ZooKeeper at") > 1, "both notice")
            began = time.monotonic()
            front.stop()
            back.stop()
            self.assertLess(time.monotonic() - began, 10)
        finally:
            zookeeper.start()


class Lost(Case):
    def test_data_lost(self):
        """The server comes back without its data: it refuses every client that has seen a later transaction."""
        front, back = folder.start("front"), folder.start("back")
        self.assertEqual(self.ask(front), back.endpoint)
        for i in range(20):
            self.kazoo.ensure_path(f"/transactions/{i}")
        self.kazoo.stop()
        zookeeper.halt()
        shutil.rmtree(f"{zookeeper.folder}/data")
        zookeeper.start()
        self.kazoo = kazoo.client.KazooClient(self.hosts, timeout=10)
        self.kazoo.start(60)
        self.addCleanup(self.kazoo.close)
        self.addCleanup(self.kazoo.stop)
        eventually(lambda: self.registered("Back") == [back.endpoint] and self.registered("Front") == [front.endpoint], "both are registered", 90)
        other = folder.start("back")
        eventually(lambda: {self.ask(front) for _ in range(4)} == {back.endpoint, other.endpoint}, "the front learns of a new one")
        told = [line for line in back.text().splitlines() if "[WARNING]" in line and "ZooKeeper at" in line]
        self.assertEqual(len(told), 2, told)
        self.assertIn("the connection is gone", told[0])
        self.assertIn("connected again", told[1])

    def node(self, name):
        (child,) = self.kazoo.get_children(f"/services/{name}")
        return f"/services/{name}/{child}"

    def test_node_deleted(self):
        back = folder.start("back")
        path = self.node("Back")
        for _ in range(3):
            before = self.kazoo.exists(path).czxid
            self.kazoo.delete(path)
            eventually(lambda: (stat := self.kazoo.exists(path)) and stat.czxid != before, "it is registered again")
        self.assertEqual(self.registered("Back"), [back.endpoint])
        self.assertIn("is gone; it is registered again", back.text())

    def test_node_changed(self):
        back = folder.start("back")
        path = self.node("Back")
        value = self.kazoo.get(path)[0]
        self.kazoo.set(path, b"{}")
        eventually(lambda: self.kazoo.get(path)[0] == value, "it is put right")
        self.assertEqual(self.registered("Back"), [back.endpoint])

    def test_claimed_by_another(self):
        """Another machine with our address: both sides are told, nobody fights, and who is left is registered."""
        port = servers.free_port()
        endpoint = f"tcp://127.0.0.1:{port}"
        path = f"/services/Back/{digest((digest((endpoint,)), 'Back', None))}"
        theirs = json.dumps({"endpoint": endpoint, "hostname": "elsewhere"}).encode()
        self.kazoo.create(path, theirs, ephemeral=True, makepath=True)
        back = folder.start("back", f"--port={port}")
        self.assertRegex(back.text(), r"\[WARNING\].*belongs to an instance on host elsewhere and is replaced")
        own = self.kazoo.get(path)[0]
        self.assertNotEqual(own, theirs)
        t = self.kazoo.transaction()
        t.delete(path)
        t.create(path, theirs, ephemeral=True)
        t.commit()
        eventually(lambda: "has been taken over by another instance, on host elsewhere" in back.text(), "it is told")
        self.assertEqual(self.kazoo.get(path)[0], theirs)
        self.kazoo.delete(path)
        eventually(lambda: self.kazoo.exists(path) and self.kazoo.get(path)[0] == own, "it is registered again")
        self.assertEqual(back.text().count("has been taken over"), 1)

    @unittest.skipUnless(network.possible(), "a machine of its own needs root and ip")
    def test_two_of_ours_claim_one_node(self):
        """Two machines that call themselves by one address: each is told of the other once, and who is left is registered."""
        net = network.Network()
        self.addCleanup(net.close)
        server = servers.ZooKeeper(host=net.near)
        self.addCleanup(server.close)
        use(server.address)
        client = kazoo.client.KazooClient(server.address, timeout=10)
        client.start(10)
        self.addCleanup(client.close)
        self.addCleanup(client.stop)
        port = f"--port={servers.free_port()}"
        first = folder.start("back", port)
        elsewhere = ["unshare", "--uts", "sh", "-c", 'hostname elsewhere && exec "$@"', "-", *net.prefix]
        second = Instance(folder, "back", [port], elsewhere)
        folder.instances.append(second)
        second.wait_until_serving()
        self.assertEqual(second.endpoint, first.endpoint)
        here = socket.gethostname()
        self.assertRegex(second.text(), rf"\[WARNING\].*belongs to an instance on host {re.escape(here)} and is replaced")
        eventually(lambda: "has been taken over by another instance, on host elsewhere" in first.text(), "the first is told")

        def registered_on():
            children = client.get_children("/lymph/services/Back")
            return [json.loads(client.get(f"/lymph/services/Back/{child}")[0])["hostname"] for child in children]

        self.assertEqual(registered_on(), ["elsewhere"])
        second.stop()
        eventually(lambda: registered_on() == [here], "the first is registered again")
        self.assertEqual(len(re.findall(r"\[WARNING\].*has been taken over", first.text())), 1)
        self.assertNotIn("has been taken over", second.text())


class Sessions(Case):
    def test_expired(self):
        """A process that stands still longer than its session lasts is forgotten; when it goes on, it registers and looks up again."""
        front, back = folder.start("front"), folder.start("back")
        self.assertEqual(self.ask(front), back.endpoint)
        for instance in (front, back):
            instance.process.send_signal(signal.SIGSTOP)
        try:
            eventually(lambda: not self.registered("Back") and not self.registered("Front"), "they are forgotten")
            other = self.kazoo.create("/services/Back/other", json.dumps({"endpoint": "tcp://127.0.0.1:1"}).encode(), ephemeral=True)
        finally:
            for instance in (front, back):
                instance.process.send_signal(signal.SIGCONT)
        eventually(lambda: back.endpoint in self.registered("Back") and self.registered("Front") == [front.endpoint], "they are registered again")
        self.assertIn("the session expired", back.text())
        self.kazoo.delete(other)
        eventually(lambda: [self.ask(front) for _ in range(4)] == [back.endpoint] * 4, "the front finds it")

    def test_former_life(self):
        """A node of our name that another session left behind is replaced by our own."""
        port = servers.free_port()
        endpoint = f"tcp://127.0.0.1:{port}"
        path = f"/services/Back/{digest((digest((endpoint,)), 'Back', None))}"
        self.kazoo.create(path, b"{}", ephemeral=True, makepath=True)
        back = folder.start("back", f"--port={port}")
        data, stat = self.kazoo.get(path)
        self.assertEqual(json.loads(data)["endpoint"], endpoint)
        self.assertNotEqual(stat.ephemeralOwner, self.kazoo.client_id[0])
        back.stop()
        self.assertIsNone(self.kazoo.exists(path))

    def test_killed(self):
        """The node of a killed process stays until its session ends; a front that calls it meanwhile hangs nowhere."""
        front, one, two = folder.start("front"), folder.start("back"), folder.start("back")
        eventually(lambda: {self.ask(front) for _ in range(4)} == {one.endpoint, two.endpoint}, "both answer in turn")
        with Stream(self.peer, front.endpoint, "Front.ask") as stream:
            eventually(lambda: {one.endpoint, two.endpoint} <= {body for _, body in stream.since(0)}, "both answer")
            before = len(front.text())
            one.kill()
            eventually(lambda: "Back has 1 instances" in front.text()[before:], "its node goes with its session")
            noticed = time.monotonic()
            eventually(lambda: len(stream.since(noticed)) > 200, "calls go on")
        self.assertNotIn(("HANGS", None), stream.since(0))
        self.assertEqual(set(stream.since(noticed)), {("REP", two.endpoint)})
        eventually(lambda: self.registered("Back") == [two.endpoint], "the killed one is forgotten")


class Refusing(Case):
    """Instances that are registered, and whose ports refuse connections: killed a moment ago, or not yet up again."""

    def test_another_is_called(self):
        for i in range(3):
            dead = json.dumps({"endpoint": f"tcp://127.0.0.1:{servers.free_port()}"}).encode()
            self.kazoo.create(f"/services/Back/{i}", dead, ephemeral=True, makepath=True)
        back = folder.start("back")
        for _ in range(4):
            done = folder.run("request", "--timeout=600", "Back.who", "{}")
            self.assertEqual((done.returncode, done.stdout), (0, f"'{back.endpoint}'\n"), done)

    def test_nobody_else(self):
        there = f"tcp://127.0.0.1:{servers.free_port()}"
        self.kazoo.create("/services/Back/0", json.dumps({"endpoint": there}).encode(), ephemeral=True, makepath=True)
        done = folder.run("request", "--timeout=1", "Back.who", "{}")
        self.assertEqual(done.returncode, 4, done)
        self.assertIn(f"Back.who: no answer from {there} in time: Connection refused", done.stderr)

    def test_it_comes_back(self):
        port = servers.free_port()
        there = f"tcp://127.0.0.1:{port}"
        self.kazoo.create("/services/Back/0", json.dumps({"endpoint": there}).encode(), ephemeral=True, makepath=True)
        log = f"{folder.path}/waiting.log"
        with subprocess.Popen([LYMPH, "request", "--timeout=600", f"--logfile={log}", "--loglevel=DEBUG", "Back.who", "{}"], cwd=folder.path,
                              env=folder.environment, stdout=subprocess.PIPE, text=True) as waiting:
            try:
                eventually(lambda: os.path.exists(log) and "Back has 1 instances" in open(log).read(), "it knows whom to call")
                folder.start("back", f"--port={port}")
                self.assertEqual(waiting.communicate(timeout=60)[0], f"'{there}'\n")
            finally:
                waiting.kill()


class Many(Case):
    def test_two_thousand_instances(self):
        self.kazoo.ensure_path("/services/Many")
        for start in range(0, 2000, 500):
            t = self.kazoo.transaction()
            for i in range(start, start + 500):
                t.create(f"/services/Many/{i}", json.dumps({"endpoint": f"tcp://127.0.0.1:{10000 + i}"}).encode())
            t.commit()
        try:
            done = folder.run("discover", "Many")
            self.assertIn("Many [2000]", done.stdout)
            self.assertEqual(done.stdout.count("tcp://127.0.0.1:1"), 2000)
        finally:
            self.kazoo.delete("/services/Many", recursive=True)


if __name__ == "__main__":
    tap.main()
