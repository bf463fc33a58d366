"""What the tests of the command line share: a cluster of its own for each test, in a folder that goes with it, where commands are run as
a user types them."""

import atexit
import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import unittest
import uuid

import kombu
from kazoo.client import KazooClient

from servers import wait_until

BUILD = os.environ["BUILD"]
HERE = os.path.dirname(os.path.abspath(__file__))
SECONDS = 60  # deadline of everything: reached only when a test fails


def _environment():
    e = {k: v for k, v in os.environ.items() if not k.startswith("LYMPH_")}
    return dict(e, PATH=f"{BUILD}/bin:{e['PATH']}", PKG_CONFIG_PATH=f"{BUILD}/lib/pkgconfig", LC_ALL="C.UTF-8")


_modules = None


def modules():
    """The folder with sample.so, built as README.md says."""
    global _modules
    if not _modules:
        _modules = tempfile.mkdtemp(prefix="lymph-cli-")
        atexit.register(shutil.rmtree, _modules, ignore_errors=True)
        shutil.copy(f"{HERE}/sample.lymph", _modules)
        shutil.copy(f"{HERE}/sample.c", _modules)
        subprocess.run("lymphc --no-skeleton sample.lymph && cc -shared -fPIC -o sample.so sample.c sample.lymph.c $(pkg-config --cflags --libs lymph)",
                       shell=True, check=True, cwd=_modules, env=_environment(), timeout=SECONDS)
    return _modules


class Result:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    def __repr__(self):
        return f"exit status {self.code}\n--- stdout\n{self.out}--- stderr\n{self.err}"


class Running:
    """A command under way; what it prints goes to files."""

    def __init__(self, command, name, **options):
        self.out_path, self.err_path = f"{name}.out", f"{name}.err"
        with open(self.out_path, "wb") as out, open(self.err_path, "wb") as err:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=err, **options)

    @property
    def out(self):
        return open(self.out_path, encoding="utf-8").read()

    @property
    def err(self):
        return open(self.err_path, encoding="utf-8").read()

    def wait_for(self, condition, what):
        wait_until(lambda: condition(self), SECONDS, f"{what}\n{self.out}{self.err}", self.process)
        return self

    def wait_serving(self):
        """Its log says so, at level INFO."""
        return self.wait_for(lambda r: "serving on tcp://" in r.err, "an instance that serves")

    @property
    def endpoint(self):
        return self.err.split("serving on ", 1)[1].split()[0]

    @property
    def identity(self):
        return self.err.split("identity=", 1)[1].split()[0]

    def end(self, number=signal.SIGTERM):
        """Sends the signal and returns the exit status."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(SECONDS)


class Cluster:
    """`config` is the text of .lymph.yml; without one: the embedded default."""

    def __init__(self, config=None):
        self.folder = tempfile.mkdtemp(prefix="lymph-cli-")
        self.environment = dict(_environment(), XDG_RUNTIME_DIR=f"{self.folder}/run", LYMPH_PATH=modules())
        os.mkdir(f"{self.folder}/run", 0o700)
        self.running = []
        self.place = f"the folder {self.folder}/run/lymph/default"
        if config:
            self.write(".lymph.yml", config)

    def write(self, name, text):
        with open(f"{self.folder}/{name}", "w", encoding="utf-8") as f:
            f.write(text)

    def read(self, name):
        with open(f"{self.folder}/{name}", encoding="utf-8") as f:
            return f.read()

    def lymph(self, *args, stdin="", env=None, **options):
        p = subprocess.run(["lymph", *args], input=stdin, capture_output=True, encoding="utf-8", cwd=self.folder,
                           env=dict(self.environment, **(env or {})), timeout=SECONDS, **options)
        return Result(p.returncode, p.stdout, p.stderr)

    def shell(self, text):
        """Runs it by bash; the exit statuses of the last pipe are the last line of its standard error."""
        p = subprocess.run(["bash", "-c", text + '; echo "${PIPESTATUS[@]}" >&2'], stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8",
                           cwd=self.folder, env=self.environment, timeout=SECONDS)
        *err, codes = p.stderr.splitlines()
        return Result([int(c) for c in codes.split()], p.stdout, "\n".join(err))

    def start(self, *args, env=None):
        r = Running(["lymph", *args], f"{self.folder}/process{len(self.running)}", cwd=self.folder, env=dict(self.environment, **(env or {})))
        self.running.append(r)
        return r

    def instance(self, *interfaces, args=()):
        """Starts `lymph instance` with these interfaces: "Sample", or "Multi@1.0.0" for another name and version of it."""
        known = ("Greeting", "Sample", "Listen", "Broken")
        lines = [f"    {i}: {{class: 'sample:{i if i in known else 'Sample'}'}}\n" for i in interfaces]
        name = f"instance{len(self.running)}.yml"
        self.write(name, "container: {drain_timeout: 1}\ninterfaces:\n" + "".join(lines))
        return self.start("instance", f"--config={name}", "--loglevel=INFO", *args, env={"LYMPH_NODE_CONFIG": self.node_config()})

    def node_config(self):
        path = f"{self.folder}/.lymph.yml"
        return path if os.path.exists(path) else ""

    def close(self):
        try:
            for r in self.running:
                if r.process.poll() is None:
                    r.process.terminate()
            for r in self.running:
                try:
                    r.process.wait(15)
                except subprocess.TimeoutExpired:
                    r.process.kill()
                    r.process.wait()
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)


class OnServers(Cluster):
    """The same on ZooKeeper, below a node of its own, and RabbitMQ."""

    def __init__(self):
        self.root = f"/cli-{uuid.uuid4().hex}"
        self.broker = os.environ["LYMPH_TEST_RABBITMQ"]
        host, port = self.broker.split(":")
        super().__init__(f"""
container:
    registry:
        class: lymph.discovery.zookeeper:ZookeeperServiceRegistry
        hosts: {os.environ["LYMPH_TEST_ZOOKEEPER"]}{self.root}
    events:
        class: lymph.events.kombu:KombuEventSystem
        transport: amqp
        hostname: {host}
        port: {port}
""")
        self.place = f"ZooKeeper at {os.environ['LYMPH_TEST_ZOOKEEPER']}{self.root}"

    def close(self):
        super().close()
        with kombu.Connection(f"amqp://{self.broker}") as connection:
            connection.default_channel.queue_delete("Listen-on_greeted")  # the next test would find its events there
        with self.kazoo() as client:
            client.delete(self.root, recursive=True)

    @contextlib.contextmanager
    def kazoo(self):
        client = KazooClient(os.environ["LYMPH_TEST_ZOOKEEPER"])
        client.start(SECONDS)
        try:
            yield client
        finally:
            client.stop()
            client.close()


class Case(unittest.TestCase):
    """Each test has a cluster of its own."""

    maxDiff = None
    make_cluster = Cluster

    def setUp(self):
        self.cluster = self.make_cluster()
        self.addCleanup(self.cluster.close)
        self.lymph, self.instance, self.start = self.cluster.lymph, self.cluster.instance, self.cluster.start

    def expect(self, result, code, out="", err=""):
        """Compares all three. `err` is what standard error begins with, behind "lymph: "; "" means nothing at all."""
        self.assertEqual((result.code, result.out), (code, out), result)
        if err:
            self.assertTrue(result.err.startswith("lymph: " + err), result)
            self.assertEqual(result.err.count("\n"), 1, result)
        else:
            self.assertEqual(result.err, "", result)

    def expect_nobody(self, *args, out="No registered services found\n"):
        """`lymph discover` finds no instance, and says where it looked."""
        r = self.lymph("discover", *args)
        self.assertEqual((r.code, r.out, r.err), (0, out, f"lymph: looked in {self.cluster.place}\n"))
