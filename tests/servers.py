#!/usr/bin/python3
"""Real servers for the tests: ZooKeeper and RabbitMQ from Debian's packages, on free ports of the loopback interface, each with a
folder of its own, stopped and removed at the end.

    tests/servers.py [zookeeper] [rabbitmq] [-- COMMAND ...]

starts those that are named, or both, and runs the command with their addresses in $LYMPH_TEST_ZOOKEEPER and $LYMPH_TEST_RABBITMQ;
without a command it prints these, and waits for the end of its input."""

import contextlib
import os
import pwd
import signal
import socket
import subprocess
import sys
import tempfile
import time

from keeper import Keeper, exit_on_signals

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


@contextlib.contextmanager
def _frozen(pids):
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


class _Server:
    """Its keeper ends the whole tree of its processes and removes its folder, whatever becomes of us."""

    def __init__(self, name, host=HOST):
        self.host, self.port = host, free_port()
        self.address = f"{host}:{self.port}"
        self.folder = tempfile.mkdtemp(prefix=f"lymph-{name}-")
        self.keeper = Keeper(self.folder)
        self.process = None

    def _launch(self, command, environment, seconds):
        with open(f"{self.folder}/output", "a") as output:
            self.process = subprocess.Popen(command, env={**environment, **self.keeper.environment}, stdin=subprocess.DEVNULL, stdout=output,
                                            stderr=output, start_new_session=True)
        try:
            wait_until(self._answers, seconds, f"{command[0]} on {self.address}", self.process)
        except RuntimeError:
            print(open(f"{self.folder}/output").read(), file=sys.stderr)
            self.close()
            raise

    def frozen(self):
        """The server stands still: it keeps its connections and answers nothing."""
        return _frozen(self.keeper.processes())

    def halt(self):
        """Stops the server and keeps its data, for a later start()."""
        self.keeper.end()
        self.process.wait()

    def close(self):
        self.halt()
        self.keeper.close()


class ZooKeeper(_Server):
    """`tick` is the server's tickTime in milliseconds: a session ends 2 to 20 ticks after its client is silent."""

    def __init__(self, tick=200, host=HOST):
        super().__init__("zookeeper", host)
        with open(f"{self.folder}/zoo.cfg", "w") as f:
            f.write(
                f"tickTime={tick}\ndataDir={self.folder}/data\nclientPort={self.port}\nclientPortAddress={host}\n"
                f"admin.enableServer=false\n4lw.commands.whitelist=*\nmaxClientCnxns=0\nmaxSessionTimeout=60000\n"
            )
        self.start()

    def start(self):
        self._launch(["java", "-Xmx256m", "-Dzookeeper.root.logger=INFO,CONSOLE", "-cp", "/etc/zookeeper/conf:/usr/share/java/zookeeper.jar",
                      "org.apache.zookeeper.server.quorum.QuorumPeerMain", f"{self.folder}/zoo.cfg"], os.environ, 60)

    def _answers(self):
        try:
            with socket.create_connection((self.host, self.port), 1) as s:
                s.sendall(b"ruok")
                return s.recv(4) == b"imok"
        except OSError:
            return False


class RabbitMQ(_Server):
    def __init__(self):
        super().__init__("rabbitmq")
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
        self.start()

    def start(self):
        self._launch(["rabbitmq-server"], self.environment, 90)

    def _answers(self):
        try:
            with socket.create_connection((self.host, self.port), 2) as s:
                s.settimeout(2)
                s.sendall(b"AMQP\0\0\x09\x01")
                return s.recv(1) == b"\x01"
        except OSError:
            return False

    def control(self, *command):
        """Runs rabbitmqctl on this server and returns its output."""
        return subprocess.run(["rabbitmqctl", "-q", *command], env=self.environment, check=True, stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=60).stdout


def main():
    """The status is that of the command."""
    kinds = {"zookeeper": ("LYMPH_TEST_ZOOKEEPER", ZooKeeper), "rabbitmq": ("LYMPH_TEST_RABBITMQ", RabbitMQ)}
    names, command = sys.argv[1:], []
    if "--" in names:
        names, command = names[:names.index("--")], names[names.index("--") + 1:]
    if any(name not in kinds for name in names):
        sys.exit(f"usage: {sys.argv[0]} [{'] ['.join(kinds)}] [-- COMMAND ...]")
    exit_on_signals()
    addresses = {}
    with contextlib.ExitStack() as started:
        for name in names or kinds:
            variable, kind = kinds[name]
            addresses[variable] = started.enter_context(contextlib.closing(kind())).address
        if command:
            kept = started.enter_context(contextlib.closing(Keeper()))
            sys.exit(subprocess.run(command, env={**os.environ, **addresses, **kept.environment}).returncode)
        print("export", *(f"{variable}={address}" for variable, address in addresses.items()), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
