"""Running the programs under test: a module built from a .lymph and a .c file with the documented commands, instances of it, and the
command-line tool."""

import os
import shutil
import signal
import subprocess
import tempfile
import time

BUILD = os.environ["BUILD"]
LYMPH = f"{BUILD}/bin/lymph"

SERVERS = """container:
  registry:
    class: lymph.discovery.zookeeper:ZookeeperServiceRegistry
    zkclient:
      class: kazoo.client:KazooClient
      hosts: {zookeeper}
      {registry}
  events:
    class: lymph.events.kombu:KombuEventSystem
    transport: amqp
    hostname: {host}
    port: {port}
    {events}
"""


def eventually(condition, what, seconds=20):
    """Waits until condition() is true and returns its value."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not within {seconds} seconds")
        time.sleep(0.02)


class Folder:
    """A folder with a module and configuration files, removed at the end, in which programs run."""

    def __init__(self):
        self.path = tempfile.mkdtemp(prefix="lymph-test-")
        self.instances = []
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith(("LYMPH_", "XDG_"))}
        self.environment.update(LYMPH_PATH=self.path, XDG_RUNTIME_DIR=self.path)

    def write(self, name, text):
        path = f"{self.path}/{name}"
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as f:
            f.write(text)
        return path

    def use_servers(self, zookeeper, rabbitmq, registry="", events=""):
        """Everything that runs here from now on uses these servers, by the tutorial's way: .lymph.yml as the node's configuration."""
        host, port = rabbitmq.split(":")
        path = self.write(".lymph.yml", SERVERS.format(zookeeper=zookeeper, host=host, port=port, registry=registry, events=events))
        self.environment["LYMPH_NODE_CONFIG"] = path

    def build(self, source):
        """Compiles SOURCE.lymph and SOURCE.c into a module here."""
        name = os.path.basename(source)
        subprocess.run([f"{BUILD}/bin/lymphc", "--no-skeleton", "-o", self.path, f"{source}.lymph"], check=True)
        shutil.copy(f"{source}.c", self.path)
        command = f"cc -Wall -Wextra -Werror -shared -fPIC -o {name}.so {name}.c {name}.lymph.c $(pkg-config --cflags --libs lymph)"
        subprocess.run(command, shell=True, check=True, cwd=self.path,
                       env=dict(os.environ, PKG_CONFIG_PATH=f"{BUILD}/lib/pkgconfig"))

    def start(self, config, *arguments, prefix=()):
        """Starts `lymph instance` with conf/NAME.yml, behind the command `prefix`; returns once it serves."""
        instance = Instance(self, config, arguments, prefix)
        self.instances.append(instance)
        instance.wait_until_serving()
        return instance

    def run(self, *arguments, timeout=60, prefix=(), **more):
        return subprocess.run([*prefix, LYMPH, *arguments], cwd=self.path, env=self.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=timeout, **more)

    def stop_all(self):
        """Stops what still runs; fails unless all of it ends well."""
        for instance in [i for i in self.instances if i.process.poll() is None]:
            instance.stop()

    def close(self):
        for instance in self.instances:
            instance.kill()
        shutil.rmtree(self.path, ignore_errors=True)


class Instance:
    def __init__(self, folder, config, arguments, prefix=()):
        self.log = f"{folder.path}/{len(folder.instances)}.log"
        with open(self.log + ".err", "w") as err:
            self.process = subprocess.Popen([*prefix, LYMPH, "instance", f"--config=conf/{config}.yml", "--loglevel=DEBUG", f"--logfile={self.log}", *arguments],
                                            cwd=folder.path, env=folder.environment, stdin=subprocess.DEVNULL, stdout=err, stderr=err)
        self.endpoint = self.identity = None

    def text(self):
        try:
            with open(self.log) as log, open(self.log + ".err") as err:
                return log.read() + err.read()
        except FileNotFoundError:
            return ""

    def _serving(self):
        if self.process.poll() is not None:
            raise AssertionError(f"the instance ended with status {self.process.returncode}:\n{self.text()}")
        for line in self.text().splitlines():
            if " serving on tcp://" in line:
                words = line.split()
                self.endpoint = next(w for w in words if w.startswith("tcp://"))
                self.identity = next(w for w in words if w.startswith("identity=")).partition("=")[2]
                return True
        return False

    def wait_until_serving(self):
        eventually(self._serving, "the instance serves", 60)

    def stop(self, seconds=30):
        """Ends it as an operator does; fails unless it ends well."""
        self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"still running {seconds} seconds after SIGTERM:\n{self.text()}") from None
        if status:
            raise AssertionError(f"ended with status {status}:\n{self.text()}")

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
