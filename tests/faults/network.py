"""A network that can be cut: a namespace `far` behind a router, which drops without a word what it is told not to forward. Needs root."""

import itertools
import os
import shutil
import subprocess

from keeper import Keeper
from servers import wait_until

numbers = itertools.count()


def possible():
    return os.geteuid() == 0 and shutil.which("ip") is not None


def run_here(*command):
    subprocess.run(command, check=True, capture_output=True, text=True)


class Namespace:
    """Has no name that would outlive us: it lasts as long as a process that does nothing but be in it."""

    def __init__(self, keeper):
        self.holder = subprocess.Popen(["unshare", "--net", "sleep", "3600"], env={**os.environ, **keeper.environment}, stdin=subprocess.DEVNULL)
        self.prefix = ["nsenter", "--net", f"--target={self.holder.pid}"]
        here = os.readlink("/proc/self/ns/net")
        wait_until(lambda: os.readlink(f"/proc/{self.holder.pid}/ns/net") != here, 30, "a namespace", self.holder)

    def run(self, *command):
        subprocess.run([*self.prefix, *command], check=True, capture_output=True, text=True)


class Network:
    """`near` and `far` are addresses: of this namespace, and of the one that programs run in that are started behind `prefix`."""

    def __init__(self):
        number = next(numbers)
        subnet = f"{200 + os.getpid() % 50}.{number}"
        self.link = f"ly{os.getpid()}n{number}"
        self.near, self.far = f"10.{subnet}.1", f"10.{subnet}.6"
        self.keeper, self.spaces = Keeper(), []
        try:
            self._make(subnet)
        except BaseException:
            self.close()
            raise

    def _make(self, subnet):
        for _ in range(2):
            self.spaces.append(Namespace(self.keeper))
        self.router, space = self.spaces
        self.prefix = space.prefix
        run_here("ip", "link", "add", self.link, "type", "veth", "peer", "name", "near", "netns", str(self.router.holder.pid))
        self.router.run("ip", "link", "add", "far", "type", "veth", "peer", "name", "out", "netns", str(space.holder.pid))
        for run, link, address in ((run_here, self.link, f"{self.near}/30"), (self.router.run, "near", f"10.{subnet}.2/30"),
                                   (self.router.run, "far", f"10.{subnet}.5/30"), (space.run, "out", f"{self.far}/30")):
            run("ip", "address", "add", address, "dev", link)
            run("ip", "link", "set", link, "up")
        space.run("ip", "link", "set", "lo", "up")
        run_here("ip", "route", "add", f"10.{subnet}.4/30", "via", f"10.{subnet}.2")
        space.run("ip", "route", "add", "default", "via", f"10.{subnet}.5")
        self.mend()

    def _forward(self, link, yes):
        """What comes to the router by that link."""
        self.router.run("sh", "-c", f"echo {int(yes)} >/proc/sys/net/ipv4/conf/{link}/forwarding")

    def cut(self, links):
        """`near`: what is sent from here is lost; `far`: what is sent from there."""
        for link in links:
            self._forward(link, False)

    def mend(self):
        for link in ("near", "far"):
            self._forward(link, True)

    def close(self):
        subprocess.run(["ip", "link", "del", self.link], capture_output=True)
        self.keeper.close()
        for space in self.spaces:
            space.holder.wait()
