"""A peer that behaves on the wire as an instance of the original lymph does (doc/protocol.md), made of pyzmq, msgpack, kazoo and kombu."""

import contextlib
import errno
import hashlib
import json
import logging
import queue
import random
import socket
import threading
import time
import uuid

import kazoo.client
import kombu
import kombu.serialization
import msgpack
import zmq

logging.getLogger("kazoo").setLevel(logging.CRITICAL)  # servers that go away are what the tests are about
LEARN = 2  # seconds
CONTENT_TYPE = "application/lymph+x-msgpack"

kombu.serialization.register("lymph-msgpack", lambda v: msgpack.packb(v, use_bin_type=True), lambda b: msgpack.unpackb(b, raw=False),
                             content_type=CONTENT_TYPE, content_encoding="binary")


def digest(value):
    return hashlib.md5(repr(value).encode()).hexdigest()


class Version:
    """Writes itself as the original's version objects do."""

    def __init__(self, text):
        self.text = text

    def __repr__(self):
        return f"Version({self.text!r})"


class Nack(Exception):
    """Raised by a method: answer NACK. Raised by call(): that was the answer."""


class Error(Exception):
    """Raised by a method: answer ERROR. Raised by call(): that was the answer."""

    def __init__(self, body):
        super().__init__(body)
        self.body = body


class Peer:
    def __init__(self, zookeeper=None, rabbitmq=None, chroot="/lymph", ip="127.0.0.1", port=None):
        self.methods = {}  # "Service.method" -> function(headers, **parameters)
        self.requests = []  # what was asked of us, heartbeats left out: (subject, headers, body)
        self.pings = 0
        self.deaf = False  # nothing that is sent to us arrives; what we send does
        self.chroot = chroot
        self._pending = {}
        self._peers = {}  # endpoint -> when it was pinged last
        self._connected = {}  # endpoint -> when we began to connect
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._context = zmq.Context()
        self._bind(ip, port)
        self.identity = digest((self.endpoint,))
        self._send = self._context.socket(zmq.ROUTER)
        self._send.setsockopt(zmq.ROUTING_ID, self.endpoint.encode())
        self._send.setsockopt(zmq.LINGER, 0)
        self._send.setsockopt(zmq.ROUTER_MANDATORY, 1)
        self.kazoo = None
        if zookeeper:
            self.kazoo = kazoo.client.KazooClient(zookeeper, timeout=10)
            self.kazoo.start(10)
        self._rabbitmq = rabbitmq
        self._threads = []
        self._start(self._receive)
        self._start(self._beat)

    def _bind(self, ip, port):
        self._recv = self._context.socket(zmq.ROUTER)
        self._recv.setsockopt(zmq.LINGER, 0)
        for _ in range(100):
            self.endpoint = f"tcp://{ip}:{port or random.randint(35536, 65535)}"
            self._recv.setsockopt(zmq.ROUTING_ID, self.endpoint.encode())
            try:
                self._recv.bind(self.endpoint)
                return
            except zmq.ZMQError:
                pass
        raise RuntimeError("no free port")

    def _start(self, function, *arguments):
        thread = threading.Thread(target=function, args=arguments, daemon=True)
        thread.start()
        self._threads.append(thread)

    def close_events(self):
        """Ends the consumers, and with them the queues of their own; heartbeats too."""
        self._stopping.set()
        for thread in self._threads:
            thread.join(10)

    def close(self):
        self.close_events()
        if self.kazoo:
            self.kazoo.stop()
            self.kazoo.close()
        self._recv.close()
        self._send.close()
        self._context.term()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # ---- requests ----

    def send_frames(self, endpoint, frames):
        """Sends to a peer; connects first. The original gives ROUTER 20 ms to learn the peer's name and loses what it sends before; on a busy
        machine that is not enough, and the first request is the test's, so here it has LEARN. What cannot be sent then is lost as there."""
        while not self._try_to_send(endpoint, frames) and time.monotonic() < self._connected[endpoint] + LEARN:
            time.sleep(0.01)

    def _try_to_send(self, endpoint, frames):
        with self._lock:
            if endpoint not in self._peers:
                self._send.connect(endpoint)
                self._peers[endpoint] = self._connected[endpoint] = time.monotonic()
            try:
                self._send.send_multipart([endpoint.encode()] + frames, zmq.NOBLOCK)
            except zmq.ZMQError as e:
                if e.errno not in (errno.EHOSTUNREACH, errno.EAGAIN):
                    raise
                return False
            return True

    def _message(self, endpoint, kind, subject, headers, body):
        message_id = uuid.uuid4().hex
        self.send_frames(endpoint, [message_id.encode(), kind.encode(), subject.encode(), msgpack.packb(headers, use_bin_type=True),
                                    msgpack.packb(body, use_bin_type=True)])
        return message_id

    def _receive(self):
        while not self._stopping.is_set():
            if self._recv.poll(50):
                frames = self._recv.recv_multipart()
                if len(frames) == 6 and not self.deaf:
                    self._take(*frames)

    def _take(self, source, message_id, kind, subject, headers, body):
        source, message_id, kind, subject = (f.decode() for f in (source, message_id, kind, subject))
        headers, body = (msgpack.unpackb(f, raw=False, strict_map_key=False) for f in (headers, body))
        if kind != "REQ":
            waiting = self._pending.pop(subject, None)
            if waiting:
                waiting.put((kind, body, headers))
            return
        if subject == "lymph.ping":
            self.pings += 1
            self._message(source, "REP", message_id, {"version": None, "trace_id": headers.get("trace_id")}, body.get("payload"))
            return
        self.requests.append((subject, headers, body))
        reply = {"version": headers.get("version"), "trace_id": headers.get("trace_id")}
        try:
            answer = ("REP", self.methods[subject](headers, **body))
        except Error as e:
            answer = ("ERROR", e.body)
        except Exception:  # anything else is a NACK, as in the original
            answer = ("NACK", None)
        self._message(source, answer[0], message_id, reply, answer[1])

    def _beat(self):
        while not self._stopping.wait(0.1):
            with self._lock:
                due = [e for e, at in self._peers.items() if time.monotonic() - at >= 1]
                self._peers.update((e, time.monotonic()) for e in due)
            for endpoint in due:
                self._message(endpoint, "REQ", "lymph.ping", {"version": None, "trace_id": uuid.uuid4().hex}, {"payload": ""})

    def exchange(self, endpoint, subject, body, version=None, trace_id=None, timeout=3):
        """Asks an endpoint; returns (type, body, headers) of the answer."""
        waiting = queue.Queue()
        message_id = uuid.uuid4().hex
        self._pending[message_id] = waiting
        self.send_frames(endpoint, [message_id.encode(), b"REQ", subject.encode(),
                                    msgpack.packb({"version": version, "trace_id": trace_id or uuid.uuid4().hex}),
                                    msgpack.packb(body, use_bin_type=True)])
        try:
            return waiting.get(timeout=timeout)
        except queue.Empty:
            raise TimeoutError(subject) from None

    def call(self, subject, **body):
        """Asks any instance of the service that the registry knows."""
        instance = random.choice(self.lookup(subject.rpartition(".")[0]))
        kind, result, _ = self.exchange(instance["endpoint"], subject, body, instance.get("version"))
        if kind == "NACK":
            raise Nack(subject)
        if kind == "ERROR":
            raise Error(result)
        return result

    # ---- discovery ----

    def register(self, name, version=None):
        service_id = digest((self.identity, name, Version(version) if version else None))
        value = {"id": service_id, "identity": self.identity, "version": version, "endpoint": self.endpoint,
                 "log_endpoint": "tcp://127.0.0.1:9", "monitoring_endpoint": "tcp://127.0.0.1:9", "backdoor_endpoint": None,
                 "fqdn": socket.getfqdn(), "hostname": socket.gethostname(), "ip": "127.0.0.1", "type": False}
        path = f"{self.chroot}/services/{name}/{service_id}"
        with contextlib.suppress(kazoo.exceptions.NoNodeError):
            self.kazoo.delete(path)
        self.kazoo.create(path, json.dumps(value).encode(), ephemeral=True, makepath=True)
        return path

    def lookup(self, name):
        path = f"{self.chroot}/services/{name}"
        return [json.loads(self.kazoo.get(f"{path}/{child}")[0]) for child in self.kazoo.get_children(path)]

    # ---- events ----

    def connect(self):
        return kombu.Connection(f"amqp://guest:guest@{self._rabbitmq}//", heartbeat=10)

    def emit(self, event_type, body, **headers):
        with self.connect() as connection:
            exchange = kombu.Exchange("lymph", "topic", durable=True)
            producer = connection.Producer(serializer="lymph-msgpack", exchange=exchange, routing_key=event_type)
            producer.publish({"type": event_type, "headers": headers, "body": body, "source": self.identity})

    def subscribe(self, queue_name, event_types, handler, broadcast=False):
        """Calls handler(event) for each event of a queue declared as the original declares it; an exception rejects."""
        ready = threading.Event()
        self._start(self._consume, queue_name, event_types, handler, broadcast, ready)
        if not ready.wait(10):
            raise TimeoutError(queue_name)

    def _consume(self, name, event_types, handler, broadcast, ready):
        exchange = kombu.Exchange("lymph", "topic", durable=True)
        retry = kombu.Exchange("lymph_retry", "direct", durable=True)

        def on_message(event, message):
            try:
                handler(event)
            except Exception:
                message.reject()
            else:
                message.ack()

        with self.connect() as connection:
            q = kombu.Queue(name, exchange, routing_key=event_types[0], durable=False, auto_delete=broadcast,
                            queue_arguments={"x-ha-policy": "all"})
            with connection.Consumer([q], callbacks=[on_message], accept=["lymph-msgpack", "json"]):
                bound = q(connection.default_channel)
                for event_type in event_types:
                    bound.bind_to(exchange, event_type)
                retry(connection.default_channel).declare()
                bound.bind_to(retry, name)
                ready.set()
                while not self._stopping.is_set():
                    try:
                        connection.drain_events(timeout=0.1)
                    except socket.timeout:
                        pass


class Stream:
    """Threads that ask an endpoint one thing again and again; `answers` has (when it was asked, (type, body)) of each."""

    def __init__(self, peer, endpoint, subject, threads=4):
        self.answers = []
        self._ask = lambda: peer.exchange(endpoint, subject, {}, timeout=10)[:2]
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._run) for _ in range(threads)]

    def _run(self):
        while not self._stop.is_set():
            asked = time.monotonic()
            try:
                answer = self._ask()
            except TimeoutError:
                answer = ("HANGS", None)
            self.answers.append((asked, answer))

    def __enter__(self):
        for t in self._threads:
            t.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        for t in self._threads:
            t.join()

    def since(self, when):
        return [answer for asked, answer in list(self.answers) if asked >= when]
