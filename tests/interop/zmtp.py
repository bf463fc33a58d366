"""ZeroMQ's protocol (ZMTP 3) by hand on a plain socket: for peers that behave as no library does."""

import contextlib
import socket
import struct

GREETING = b"\xff" + bytes(8) + b"\x7f" + b"\x03\x00" + b"NULL".ljust(20, b"\0") + bytes(32)
MORE, LONG, COMMAND = 1, 2, 4


def frame(data, flags=0):
    size = bytes([flags, len(data)]) if len(data) < 256 else bytes([flags | LONG]) + struct.pack(">Q", len(data))
    return size + data


def message(*parts):
    return b"".join(frame(p, MORE) for p in parts[:-1]) + frame(parts[-1])


def ready(identity, kind=b"ROUTER"):
    properties = b"".join(bytes([len(k)]) + k + struct.pack(">I", len(v)) + v for k, v in ((b"Socket-Type", kind), (b"Identity", identity)))
    return frame(b"\x05READY" + properties, COMMAND)


def closed(connection, seconds=10):
    """Whether the other end closes the connection in time."""
    connection.settimeout(seconds)
    try:
        while connection.recv(1 << 16):
            pass
    except TimeoutError:
        return False
    except OSError:
        pass
    return True


class Wire:
    """One connection after its handshake. `connected`: a socket to shake hands on; else connects to `endpoint`."""

    def __init__(self, endpoint, identity, connected=None, timeout=10):
        host, _, port = endpoint.removeprefix("tcp://").rpartition(":")
        self.socket = connected or socket.create_connection((host, int(port)), timeout)
        self.socket.settimeout(timeout)
        self.socket.sendall(GREETING)
        self.receive(64)
        self.socket.sendall(ready(identity))
        flags, size = self.receive(2)
        self.receive(size)
        assert flags == COMMAND, flags

    def receive(self, size):
        data = b""
        while len(data) < size:
            more = self.socket.recv(size - len(data))
            if not more:
                raise EOFError
            data += more
        return data

    def send(self, data):
        self.socket.sendall(data)

    def close(self):
        with contextlib.suppress(OSError):
            self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
