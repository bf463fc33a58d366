#!/usr/bin/python3
"""Real servers for the tests: ZooKeeper and RabbitMQ from Debian's packages, on free ports of the loopback interface, each with a
folder of its own, stopped and removed at the end.

    tests/servers.py [zookeeper] [rabbitmq] [-- COMMAND ...]

starts those that are named, or both, and runs the command with their addresses in $LYMPH_TEST_ZOOKEEPER and $LYMPH_TEST_RABBITMQ;
without a command it prints these, and waits for the end of its input."""

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

HOST = "127.0.0.1"


def free_port():
    with socket.socket() as s:
        s.bind((HOST, 0))
        return s.getsockname()[1]


def wait_until(condition, seconds, what, process=None):
    deadline = time.monotonic() + seconds
    while not condition():
        if process and process.poll() is not None:
            raise RuntimeError(f"{what}: ended with status {process.returncode}")
        if time.monotonic() > deadline:
            raise RuntimeError(f"{what}: not within {seconds} seconds")
        time.sleep(0.05)


def _stop(process, seconds):
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextlib.contextmanager
def _frozen(pids):
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


class ZooKeeper:
    """`tick` is the server's tickTime in milliseconds: a session ends 2 to 20 ticks after its client is silent."""

    def __init__(self, tick=200):
        self.port = free_port()
        self.address = f"{HOST}:{self.port}"
        self.folder = tempfile.mkdtemp(prefix="lymph-zookeeper-")
        with open(f"{self.folder}/zoo.cfg", "w") as f:
            f.write(
                f"tickTime={tick}\ndataDir={self.folder}/data\nclientPort={self.port}\nclientPortAddress={HOST}\n"
                f"admin.enableServer=false\n4lw.commands.whitelist=*\nmaxClientCnxns=0\nmaxSessionTimeout=60000\n"
            )
        self.process = None
        self.start()

    def start(self):
        with open(f"{self.folder}/log", "a") as log:
            self.process = subprocess.Popen(
                ["java", "-Xmx256m", "-Dzookeeper.root.logger=INFO,CONSOLE", "-cp", "/etc/zookeeper/conf:/usr/share/java/zookeeper.jar",
                 "org.apache.zookeeper.server.quorum.QuorumPeerMain", f"{self.folder}/zoo.cfg"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            wait_until(self._answers, 60, f"ZooKeeper on {self.address}", self.process)
        except RuntimeError:
            print(open(f"{self.folder}/log").read(), file=sys.stderr)
            raise

    def _answers(self):
        try:
            with socket.create_connection((HOST, self.port), 1) as s:
                s.sendall(b"ruok")
                return s.recv(4) == b"imok"
        except OSError:
            return False

    def frozen(self):
        """The server stands still: it keeps its connections and answers nothing."""
        return _frozen([self.process.pid])

    def halt(self):
        """Stops the server and keeps its data, for a later start()."""
        _stop(self.process, 20)

    def close(self):
        self.halt()
        shutil.rmtree(self.folder, ignore_errors=True)


class RabbitMQ:
    def __init__(self):
        self.port = free_port()
        self.address = f"{HOST}:{self.port}"
        self.folder = tempfile.mkdtemp(prefix="lymph-rabbitmq-")
        self.node = f"lymph{self.port}@localhost"
        self.environment = dict(
            os.environ, HOME=self.folder, RABBITMQ_NODENAME=self.node, RABBITMQ_NODE_IP_ADDRESS=HOST, RABBITMQ_NODE_PORT=str(self.port),
            RABBITMQ_DIST_PORT=str(free_port()), RABBITMQ_MNESIA_BASE=f"{self.folder}/mnesia", RABBITMQ_LOG_BASE=f"{self.folder}/log",
            RABBITMQ_PID_FILE=f"{self.folder}/pid", RABBITMQ_ENABLED_PLUGINS_FILE=f"{self.folder}/plugins",
            ERL_EPMD_PORT=str(free_port()), ERL_EPMD_ADDRESS=HOST)
        with open(f"{self.folder}/plugins", "w") as f:
            f.write("[].\n")
        if os.getuid() == 0:  # the wrapper becomes this user
            user = pwd.getpwnam("rabbitmq")
            os.chown(self.folder, user.pw_uid, user.pw_gid)
            os.chmod(self.folder, 0o755)
        self.process = None
        self.start()

    def start(self):
        with open(f"{self.folder}/output", "a") as log:
            self.process = subprocess.Popen(["rabbitmq-server"], env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            start_new_session=True)
        try:
            wait_until(self._answers, 90, f"RabbitMQ on {self.address}", self.process)
        except RuntimeError:
            print(open(f"{self.folder}/output").read(), file=sys.stderr)
            self._kill()
            raise

    def _answers(self):
        try:
            with socket.create_connection((HOST, self.port), 2) as s:
                s.settimeout(2)
                s.sendall(b"AMQP\0\0\x09\x01")
                return s.recv(1) == b"\x01"
        except OSError:
            return False

    def control(self, *command):
        """Runs rabbitmqctl on this server and returns its output."""
        return subprocess.run(["rabbitmqctl", "-q", *command], env=self.environment, check=True, stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=60).stdout

    def _kill(self):
        """The server is a tree of shells and the emulator, with a port mapper of its own: all of them are in its session."""
        for name in (signal.SIGTERM, signal.SIGKILL):
            pids = [int(p) for p in os.listdir("/proc") if p.isdigit() and _marked(p, self.folder)]
            for pid in pids:
                try:
                    os.kill(pid, name)
                except ProcessLookupError:
                    pass
            deadline = time.monotonic() + 15
            while any(_marked(str(p), self.folder) for p in pids) and time.monotonic() < deadline:
                time.sleep(0.05)
        self.process.wait()

    @contextlib.contextmanager
    def frozen(self):
        """The server stands still: it keeps its connections and answers nothing."""
        pids = [int(p) for p in os.listdir("/proc") if p.isdigit() and _marked(p, self.folder)]
        with _frozen(pids):
            yield

    def halt(self):
        """Stops the server and keeps its data, for a later start()."""
        self._kill()

    def close(self):
        self.halt()
        shutil.rmtree(self.folder, ignore_errors=True)


def _marked(pid, folder):
    """True for a process that was started with `folder` in its environment: one of ours."""
    try:
        with open(f"/proc/{pid}/stat") as f:
            if f.read().rsplit(")", 1)[1].split()[0] == "Z":
                return False
        with open(f"/proc/{pid}/environ", "rb") as f:
            return f"RABBITMQ_MNESIA_BASE={folder}/".encode() in f.read()
    except OSError:
        return False


def main():
    """The status is that of the command."""
    kinds = {"zookeeper": ("LYMPH_TEST_ZOOKEEPER", ZooKeeper), "rabbitmq": ("LYMPH_TEST_RABBITMQ", RabbitMQ)}
    names, command = sys.argv[1:], []
    if "--" in names:
        names, command = names[:names.index("--")], names[names.index("--") + 1:]
    if any(name not in kinds for name in names):
        sys.exit(f"usage: {sys.argv[0]} [{'] ['.join(kinds)}] [-- COMMAND ...]")
    addresses = {}
    with contextlib.ExitStack() as started:
        for name in names or kinds:
            variable, kind = kinds[name]
            addresses[variable] = started.enter_context(contextlib.closing(kind())).address
        if command:
            sys.exit(subprocess.run(command, env=dict(os.environ, **addresses)).returncode)
        print("export", *(f"{variable}={address}" for variable, address in addresses.items()), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
