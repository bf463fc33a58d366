"""A network that can be cut: a namespace `far` behind a router, which drops without a word what it is told not to forward. Needs root."""

import itertools
import os
import shutil
import subprocess

numbers = itertools.count()


def possible():
    return os.geteuid() == 0 and shutil.which("ip") is not None


def ip(*arguments):
    subprocess.run(["ip", *arguments], check=True, capture_output=True, text=True)


class Network:
    """`near` and `far` are addresses: of this namespace, and of the one that programs run in that are started behind `prefix`."""

    def __init__(self):
        number = next(numbers)
        name = f"lymph{os.getpid()}-{number}"
        subnet = f"{200 + os.getpid() % 50}.{number}"
        self.router, self.space, self.link = f"{name}-r", f"{name}-f", f"ly{os.getpid()}n{number}"
        self.near, self.far = f"10.{subnet}.1", f"10.{subnet}.6"
        self.prefix = ["ip", "netns", "exec", self.space]
        try:
            self._make(subnet)
        except BaseException:
            self.close()
            raise

    def _make(self, subnet):
        ip("netns", "add", self.router)
        ip("netns", "add", self.space)
        ip("link", "add", self.link, "type", "veth", "peer", "name", "near", "netns", self.router)
        ip("-n", self.router, "link", "add", "far", "type", "veth", "peer", "name", "out", "netns", self.space)
        for space, link, address in ((None, self.link, f"{self.near}/30"), (self.router, "near", f"10.{subnet}.2/30"),
                                     (self.router, "far", f"10.{subnet}.5/30"), (self.space, "out", f"{self.far}/30")):
            where = ["-n", space] if space else []
            ip(*where, "address", "add", address, "dev", link)
            ip(*where, "link", "set", link, "up")
        ip("-n", self.space, "link", "set", "lo", "up")
        ip("route", "add", f"10.{subnet}.4/30", "via", f"10.{subnet}.2")
        ip("-n", self.space, "route", "add", "default", "via", f"10.{subnet}.5")
        self.mend()

    def _forward(self, link, yes):
        """What comes to the router by that link."""
        subprocess.run(["ip", "netns", "exec", self.router, "sh", "-c", f"echo {int(yes)} >/proc/sys/net/ipv4/conf/{link}/forwarding"], check=True)

    def cut(self, links):
        """`near`: what is sent from here is lost; `far`: what is sent from there."""
        for link in links:
            self._forward(link, False)

    def mend(self):
        for link in ("near", "far"):
            self._forward(link, True)

    def close(self):
        subprocess.run(["ip", "link", "del", self.link], capture_output=True)
        for space in (self.router, self.space):
            subprocess.run(["ip", "netns", "del", space], capture_output=True)
