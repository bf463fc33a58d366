#!/usr/bin/python3
"""What becomes of calls when a peer is started again on its port, or stands still for a while: between two of ours, and between ours and a
peer that behaves as the original does, on real ZooKeeper with sessions of 10 s. All cases run at once, since they mostly wait; each has a
registry of its own. The bar: within 5 s of the fault's end every call works."""

import concurrent.futures
import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
import unittest
import uuid

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "interop"))
import kazoo.client
import servers
import tap
from peer import Peer
from programs import Folder, Instance, eventually

ZOOKEEPER = os.environ["LYMPH_TEST_ZOOKEEPER"]
BAR = 5  # seconds
STREAK = 10  # calls in a row
CONFIG = """container:
  registry: {{class: zookeeper, hosts: '{hosts}{chroot}', session_timeout: 10}}
  events: {{class: 'null'}}
interfaces:
  {name}:
    class: chain:{name}
"""


class Ours:
    """An instance of Front or Back on a port of its own."""

    starting = threading.Lock()

    def __init__(self, name, chroot):
        self.config = f"{name.lower()}-{chroot[1:]}"
        self.port = servers.free_port()
        folder.write(f"conf/{self.config}.yml", CONFIG.format(hosts=ZOOKEEPER, chroot=chroot, name=name))
        self.start()

    def start(self):
        with self.starting:
            self.instance = Instance(folder, self.config, [f"--port={self.port}"])
            folder.instances.append(self.instance)
        self.instance.wait_until_serving()
        self.endpoint, self.process = self.instance.endpoint, self.instance.process


class Pythons:
    """A Back that behaves as the original."""

    def __init__(self, name, chroot):
        self.chroot, self.port = chroot, servers.free_port()
        self.start()

    def start(self):
        self.process = subprocess.Popen([f"{HERE}/peer_process.py", ZOOKEEPER, self.chroot, str(self.port)], stdout=subprocess.PIPE, text=True)
        processes.append(self.process)
        self.endpoint = self.process.stdout.readline().strip()
        if not self.endpoint:
            raise AssertionError("the Python peer did not start")


class Restart:
    def __init__(self, how, seconds):
        self.how, self.seconds = how, seconds

    def __str__(self):
        return f"{self.how.name}_and_started_after_{self.seconds}_s"

    def __call__(self, victim):
        victim.process.send_signal(self.how)
        victim.process.wait()
        time.sleep(self.seconds)
        victim.start()


class Freeze:
    def __init__(self, seconds):
        self.seconds = seconds

    def __str__(self):
        return f"frozen_for_{self.seconds}_s"

    def __call__(self, victim):
        victim.process.send_signal(signal.SIGSTOP)
        try:
            time.sleep(self.seconds)
        finally:
            victim.process.send_signal(signal.SIGCONT)


FAULTS = [Restart(how, s) for how in (signal.SIGTERM, signal.SIGKILL) for s in (0.3, 3, 6)] + [Freeze(s) for s in (5, 14, 42)]
if os.path.basename(os.environ["BUILD"]) == "asan":  # what takes long shows nothing more there
    FAULTS = [Restart(signal.SIGKILL, 0.3), Freeze(5)]


def answers(prober, endpoint, subject, expected):
    try:
        return prober.exchange(endpoint, subject, {}, timeout=2)[:2] == ("REP", expected)
    except TimeoutError:
        return False


def recovery(works):
    """Seconds until a streak of calls began that all worked."""
    began, streak, first = time.monotonic(), 0, None
    while streak < STREAK:
        asked = time.monotonic()
        if works():
            first = first if streak else asked
            streak += 1
        else:
            streak = 0
        if asked - began > 60:
            return None
        time.sleep(0.05)
    return first - began


def run(kind, who, fault):
    """`who` of a Front of ours and a Back of `kind` has the fault. Returns what did not work in time, with the seconds it took."""
    chroot = f"/test-{uuid.uuid4().hex[:12]}"
    chroots.append(chroot)
    front, back = Ours("Front", chroot), kind("Back", chroot)
    with Peer() as prober:
        checks = {
            "Python calls Front of ours, which calls Back": lambda: answers(prober, front.endpoint, "Front.ask", back.endpoint),
            "Python calls Back": lambda: answers(prober, back.endpoint, "Back.who", back.endpoint),
        }
        for what, works in checks.items():
            eventually(works, what, 60)
        fault(back if who == "Back" else front)
        with concurrent.futures.ThreadPoolExecutor(len(checks)) as pool:
            took = dict(zip(checks, pool.map(recovery, checks.values())))
    return {what: seconds for what, seconds in took.items() if seconds is None or seconds > BAR}, took


CASES = {f"{'of_ours' if kind is Ours else 'of_Python'}_{who}_{str(fault).replace('.', '_')}": (kind, who, fault)
         for fault in FAULTS for kind, who in ((Ours, "Back"), (Pythons, "Back"), (Ours, "Front"))}


def forget():
    with contextlib.closing(kazoo.client.KazooClient(ZOOKEEPER, timeout=10)) as client:
        client.start(10)
        for chroot in chroots:
            client.delete(chroot, recursive=True)
        client.stop()


def setUpModule():
    global folder, processes, chroots, results, pool
    processes, chroots = [], []
    unittest.addModuleCleanup(forget)
    unittest.addModuleCleanup(lambda: [(p.kill(), p.wait(), p.stdout.close()) for p in processes])
    folder = Folder()
    unittest.addModuleCleanup(folder.close)
    folder.build(f"{HERE}/chain")
    pool = concurrent.futures.ThreadPoolExecutor(len(CASES))
    unittest.addModuleCleanup(pool.shutdown)
    wanted = [name for name in CASES if len(sys.argv) < 2 or sys.argv[1] in f"Peers.test_{name}"]
    results = {name: pool.submit(run, *CASES[name]) for name in wanted}


class Peers(unittest.TestCase):
    pass


def case(name):
    def test(self):
        late, took = results[name].result()
        print("# " + ", ".join(f"{what}: {seconds and round(seconds, 2)} s" for what, seconds in took.items()))
        self.assertEqual(late, {})

    return test


for each in CASES:
    setattr(Peers, f"test_{each}", case(each))

if __name__ == "__main__":
    tap.main()
