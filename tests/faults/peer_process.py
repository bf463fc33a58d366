#!/usr/bin/python3
"""A service Back as the original would run it, in a process of its own that can be frozen and killed.

    peer_process.py ZOOKEEPER CHROOT PORT [IP]

ZOOKEEPER "-": registers nowhere. Prints its endpoint when it serves; ends with SIGTERM. Registers again when its session was lost, as the original does."""

import os
import signal
import sys
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "interop"))
import kazoo.client
from peer import Peer


def main(zookeeper, chroot, port, ip="127.0.0.1"):
    end, lost = threading.Event(), threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: end.set())
    peer = Peer(zookeeper if zookeeper != "-" else None, chroot=chroot, ip=ip, port=int(port))
    peer.methods = {"Back.who": lambda headers: peer.endpoint}

    def register():
        while not end.is_set():
            try:
                peer.register("Back")
                return
            except kazoo.exceptions.KazooException:
                end.wait(0.2)

    def changed(state):
        if state == kazoo.client.KazooState.LOST:
            lost.set()
        elif state == kazoo.client.KazooState.CONNECTED and lost.is_set():
            lost.clear()
            peer.kazoo.handler.spawn(register)

    if peer.kazoo:
        peer.kazoo.add_listener(changed)
        register()
    print(peer.endpoint, flush=True)
    end.wait()
    peer.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
