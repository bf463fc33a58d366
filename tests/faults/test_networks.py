#!/usr/bin/python3
"""What becomes of calls when the network between two machines is cut for 40 s, in both directions and in one, without a word: between two of
ours, and between ours and a peer that behaves as the original does. All cases run at once. Within 5 s of its end every call works."""

import concurrent.futures
import json
import os
import subprocess
import sys
import threading
import time
import unittest
import uuid

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "interop"))
import kazoo.client
import network
import servers
import tap
from peer import Peer
from programs import Folder, Instance, eventually

ZOOKEEPER = os.environ["LYMPH_TEST_ZOOKEEPER"]
SECONDS, BAR, STREAK = 40, 5, 10
CONFIG = """container:
  registry: {registry}
  events: {{class: 'null'}}
interfaces:
  {name}:
    class: chain:{name}
"""
starting = threading.Lock()


def start(name, case, registry, address, prefix=()):
    config = f"{name.lower()}-{case}"
    folder.write(f"conf/{config}.yml", CONFIG.format(registry=registry, name=name))
    with starting:
        instance = Instance(folder, config, [f"--port={servers.free_port()}", f"--ip={address}"], prefix)
        folder.instances.append(instance)
    instance.wait_until_serving()
    return instance


def two_of_ours(case, net):
    """The registry is a file: no cut reaches it."""
    registry = f"{{class: local, cluster: {case}}}"
    return (start("Front", case, registry, net.near).endpoint, start("Back", case, registry, net.far, net.prefix).endpoint)


def ours_and_python(case, net):
    chroots.append(f"/{case}")
    process = subprocess.Popen([*net.prefix, f"{HERE}/peer_process.py", "-", "/", str(servers.free_port()), net.far], stdout=subprocess.PIPE, text=True)
    processes.append(process)
    back = process.stdout.readline().strip()
    zookeeper.create(f"/{case}/services/Back/x", json.dumps({"endpoint": back}).encode(), makepath=True)
    return start("Front", case, f"{{class: zookeeper, hosts: '{ZOOKEEPER}/{case}'}}", net.near).endpoint, back


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


def refused_at_once(prober, front):
    """The Back that cannot be reached has left the choice: its caller need not wait for a time-out."""
    try:
        return prober.exchange(front, "Front.ask", {}, timeout=0.5)[0] == "NACK"
    except TimeoutError:
        return False


def run(make, links):
    case = f"test-{uuid.uuid4().hex[:12]}"
    net = network.Network()
    networks.append(net)
    front, back = make(case, net)
    with Peer() as prober:
        works = lambda: answers(prober, front, "Front.ask", back)
        eventually(works, "before the cut", 60)
        net.cut(links)
        try:
            mended = time.monotonic() + SECONDS
            eventually(lambda: refused_at_once(prober, front), "it leaves the choice")
            time.sleep(max(0, mended - time.monotonic()))
        finally:
            net.mend()
        return recovery(works)


CASES = {f"{make.__name__}_{'_'.join(links)}": (make, links)
         for make in (two_of_ours, ours_and_python) for links in (("near", "far"), ("near",), ("far",))}


def tidy():
    for process in processes:
        process.kill()
        process.wait()
        process.stdout.close()
    for net in networks:
        net.close()
    for chroot in chroots:
        zookeeper.delete(chroot, recursive=True)
    zookeeper.stop()
    zookeeper.close()


def setUpModule():
    global folder, processes, networks, chroots, zookeeper, results
    processes, networks, chroots = [], [], []
    if not network.possible():
        raise unittest.SkipTest("networks of its own need root and ip")
    zookeeper = kazoo.client.KazooClient(ZOOKEEPER, timeout=10)
    zookeeper.start(10)
    unittest.addModuleCleanup(tidy)
    folder = Folder()
    unittest.addModuleCleanup(folder.close)
    folder.build(f"{HERE}/chain")
    pool = concurrent.futures.ThreadPoolExecutor(len(CASES))
    unittest.addModuleCleanup(pool.shutdown)
    wanted = [name for name in CASES if len(sys.argv) < 2 or sys.argv[1] in f"Networks.test_{name}"]
    results = {name: pool.submit(run, *CASES[name]) for name in wanted}


class Networks(unittest.TestCase):
    pass


def case_of(name):
    def test(self):
        seconds = results[name].result()
        print(f"# {seconds and round(seconds, 2)} s")
        self.assertIsNotNone(seconds, "not within a minute")
        self.assertLessEqual(seconds, BAR)

    return test


for each in CASES:
    setattr(Networks, f"test_{each}", case_of(each))

if __name__ == "__main__":
    tap.main()
