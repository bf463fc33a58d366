#!/usr/bin/python3
"""The embedded default under stress: killed processes, a store that is damaged, full, or somebody else's, and files that nobody else may
read. Its promises are in doc/operations.md."""

import contextlib
import fcntl
import os
import pwd
import random
import re
import shutil
import signal
import sqlite3
import struct
import subprocess
import stat
import sys
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "interop"))
import tap
from peer import Peer, Stream
from programs import LYMPH, Folder, eventually

F_OFD_SETLK = 37  # fcntl.h
NOTICED, LOOK = 5, 0.02  # within how many seconds a loss is noticed; between two looks for it


def setUpModule():
    global built
    built = Folder()
    unittest.addModuleCleanup(built.close)
    built.build(f"{HERE}/chain")


class Case(unittest.TestCase):
    def setUp(self):
        self.folder = Folder()
        self.addCleanup(self.folder.close)
        self.folder.environment["LYMPH_PATH"] = built.path
        for name in ("Front", "Back"):
            self.folder.write(f"conf/{name.lower()}.yml", f"interfaces:\n  {name}:\n    class: chain:{name}\n")
        self.store = f"{self.folder.path}/lymph/default"
        self.peer = Peer()
        self.addCleanup(self.peer.close)
        self.addCleanup(self.folder.stop_all)

    def emit(self, name):
        done = self.folder.run("emit", "tick", f'{{"name": "{name}"}}')
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def handled(self, instance, name):
        return instance.text().count(f"chain: tick {name} ")

    def rows(self, sql):
        db = sqlite3.connect(f"file:{self.store}/store.db?mode=ro", uri=True)
        try:
            return db.execute(sql).fetchall()
        finally:
            db.close()


class Fresh(Case):
    def test_many_open_it_at_once(self):
        programs = [subprocess.Popen([LYMPH, "discover"], cwd=self.folder.path, env=self.folder.environment, stdin=subprocess.DEVNULL,
                                     stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(30)]
        for program in programs:
            out, err = program.communicate(timeout=60)
            self.assertEqual((program.returncode, err), (0, f"lymph: looked in the folder {self.store}\n"), out)


class Killed(Case):
    def test_gone_at_once(self):
        one, two = self.folder.start("back"), self.folder.start("back")
        self.assertIn("Back [2]", self.folder.run("discover").stdout)
        one.kill()
        done = self.folder.run("discover", "--instances")
        self.assertIn("Back [1]", done.stdout)
        self.assertIn(two.endpoint, done.stdout)
        self.assertNotIn(one.endpoint, done.stdout)
        two.kill()
        self.assertEqual(self.folder.run("discover").stdout, "No registered services found\n")
        self.assertEqual(self.rows("SELECT * FROM instance") + self.rows("SELECT * FROM consumer"), [])
        left = sorted(os.listdir(self.store))
        self.assertEqual([n for n in left if not n.startswith("store.db")], ["lock"])  # no sockets

    def test_under_a_stream_of_calls(self):
        front, one, two = self.folder.start("front"), self.folder.start("back"), self.folder.start("back")
        with Stream(self.peer, front.endpoint, "Front.ask") as stream:
            eventually(lambda: {one.endpoint, two.endpoint} <= {body for _, body in stream.since(0)}, "both answer")
            before = len(front.text())
            one.kill()
            eventually(lambda: "Back has 1 instances" in front.text()[before:], "it is forgotten", 2)
            forgotten = time.monotonic()
            eventually(lambda: len(stream.since(forgotten)) > 200, "calls go on")
        self.assertNotIn(("HANGS", None), stream.since(0))
        self.assertEqual(set(stream.since(forgotten)), {("REP", two.endpoint)})

    def test_unfinished_event_goes_to_another(self):
        one = self.folder.start("front")
        self.emit("slow job")
        eventually(lambda: self.handled(one, "slow job"), "it has begun")
        two = self.folder.start("front")
        one.kill()
        eventually(lambda: self.handled(two, "slow job"), "the other one begins it anew")
        eventually(lambda: self.rows("SELECT * FROM message") == [], "it is done and gone")
        self.assertEqual(self.handled(two, "slow job"), 1)

    def test_cut_off_event_goes_to_another(self):
        """A stop that cannot wait any longer gives the event back."""
        self.folder.write("conf/hasty.yml", "container: {drain_timeout: 0.2}\ninterfaces:\n  Front:\n    class: chain:Front\n")
        hasty = self.folder.start("hasty")
        self.emit("slow job")
        eventually(lambda: self.handled(hasty, "slow job"), "it has begun")
        hasty.stop()
        self.assertIn("goes back to its queue", hasty.text())
        other = self.folder.start("front")
        eventually(lambda: self.handled(other, "slow job"), "another begins it anew")
        eventually(lambda: self.rows("SELECT * FROM message") == [], "it is done and gone")

    def test_events_wait_for_a_consumer(self):
        one = self.folder.start("front")
        one.kill()
        for i in range(3):
            self.emit(f"kept {i}")
        two = self.folder.start("front")
        eventually(lambda: all(self.handled(two, f"kept {i}") == 1 for i in range(3)), "they are handled")
        self.assertEqual(two.text().count("every tick kept"), 0)  # a broadcast is for those who are there


class Lost(Case):
    """The folder, in whole or in part, while programs use it: told at ERROR, made again, joined again."""

    def lose(self, damage, what):
        front, back = self.folder.start("front"), self.folder.start("back")
        self.emit("before")
        eventually(lambda: self.handled(front, "before") == 1, "an event is handled")
        damage()
        if what:
            self.told((front, back), rf"\[ERROR\] lymph.local: .*{what}")

        def works():
            """Also what was put in while the two were not there yet may be lost with the folder."""
            done = self.folder.run("discover", "--instances")
            return "Back [1]" in done.stdout and "Front [1]" in done.stdout and back.endpoint in done.stdout

        eventually(works, "both are in the registry again", 30)
        self.assertEqual(self.peer.exchange(front.endpoint, "Front.ask", {})[:2], ("REP", back.endpoint))
        self.emit("after")
        eventually(lambda: self.handled(front, "after") == 1, "its queue is there again")
        for instance in (front, back):
            self.assertNotIn("Traceback", instance.text())
            instance.stop()

    def told(self, instances, pattern):
        """All of them tell it within five seconds. They are counted in looks, and not by the clock: on a machine that is too busy for the
        programs, this one does not get to look either."""
        began, waiting, looks = time.monotonic(), list(instances), 0
        while waiting:
            for i in [i for i in waiting if re.search(pattern, i.text())]:
                print(f"# {self.id().rpartition('.')[2]}: told after {time.monotonic() - began:.1f} s, {looks} looks", flush=True)
                waiting.remove(i)
            looks += 1
            self.assertLessEqual(looks, NOTICED / LOOK, f"{len(waiting)} did not tell it: {pattern}")
            time.sleep(LOOK)

    def remove(self, *names):
        for name in names:
            with contextlib.suppress(FileNotFoundError):
                os.remove(f"{self.store}/{name}")

    def sockets(self):
        return [name for name in os.listdir(self.store) if name.endswith(".sock")]

    def put_in(self, name, data):
        with open(f"{self.store}/{name}.new", "wb") as f:
            f.write(data)
        os.rename(f"{self.store}/{name}.new", f"{self.store}/{name}")

    def test_folder(self):
        self.lose(lambda: shutil.rmtree(self.store), "joining the cluster again|made again")

    def test_lock(self):
        self.lose(lambda: self.remove("lock"), "lock was removed or replaced: made again")

    def test_lock_replaced(self):
        self.lose(lambda: self.put_in("lock", b""), "lock was removed or replaced: made again")

    def test_sockets(self):
        self.lose(lambda: self.remove(*self.sockets()), "socket of this program .* was removed: made again")

    def test_file(self):
        self.lose(lambda: self.remove("store.db"), "joining the cluster again")

    def test_file_and_its_log(self):
        self.lose(lambda: self.remove("store.db", "store.db-wal", "store.db-shm"), "joining the cluster again")

    def test_file_replaced(self):
        self.lose(lambda: self.put_in("store.db", b"no database at all" * 1000), "joining the cluster again")
        self.assertIn("store.db.damaged", os.listdir(self.store))

    def test_file_cut_short(self):
        self.lose(lambda: os.truncate(f"{self.store}/store.db", 0), None)  # made whole from the log

    def test_index_of_the_log_cut_short(self):
        self.lose(lambda: os.truncate(f"{self.store}/store.db-shm", 0), "joining the cluster again")

    def test_log_cut_short(self):
        self.lose(lambda: os.truncate(f"{self.store}/store.db-wal", 0), "joining the cluster again")


class Held(Case):
    def test_a_frozen_writer(self):
        """Costs the others an error after a bounded time, and not their loops."""
        front, back = self.folder.start("front"), self.folder.start("back")
        eventually(lambda: self.peer.exchange(front.endpoint, "Front.ask", {})[:2] == ("REP", back.endpoint), "a call")
        with open(f"{self.store}/lock", "r+b") as f:
            fcntl.fcntl(f, F_OFD_SETLK, struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, 0, 1, 0))
            with Stream(self.peer, front.endpoint, "Front.ask") as stream:
                for arguments in (("discover",), ("emit", "tick", '{"name": "held"}')):
                    done = self.folder.run(*arguments)
                    self.assertEqual(done.returncode, 1, done)
                    self.assertIn("another program holds", done.stderr)
            self.assertEqual({answer for _, answer in stream.answers}, {("REP", back.endpoint)})
        self.emit("given back")
        eventually(lambda: self.handled(front, "given back") == 1, "it goes on")
        self.assertIn("Back [1]", self.folder.run("discover").stdout)

    def test_killed_at_any_moment(self):
        """What was confirmed is handled, once; and whatever was not has harmed nobody."""
        front = self.folder.start("front")
        confirmed, pause = [], random.Random(7)
        for i in range(40):
            process = subprocess.Popen([LYMPH, "emit", "tick", f'{{"name": "k{i}"}}'], cwd=self.folder.path, env=self.folder.environment,
                                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(pause.random() * 0.03)
            process.kill()
            if process.wait() == 0:
                confirmed.append(f"k{i}")
        self.emit("last")
        eventually(lambda: self.handled(front, "last") == 1, "the last one is handled")
        self.assertEqual([self.handled(front, name) for name in confirmed], [1] * len(confirmed))
        self.assertEqual([i for i in range(40) if self.handled(front, f"k{i}") > 1], [])
        self.assertEqual(self.rows("PRAGMA integrity_check"), [("ok",)])
        eventually(lambda: self.rows("SELECT count(*) FROM member") == [(1,)], "the killed are no members")


class Sharing(Case):
    def test_each_event_once_and_broadcasts_for_all(self):
        fronts = [self.folder.start("front") for _ in range(3)]
        names = [f"shared-{i}" for i in range(60)]
        for name in names:
            self.peer.exchange(fronts[0].endpoint, "Front.later", {"name": name, "seconds": 0})
        count = lambda kind: {n: [f.text().count(f"chain: {kind} {n} ") for f in fronts] for n in names}
        eventually(lambda: all(sum(c) for c in count("tick").values()), "all are handled")
        eventually(lambda: all(c == [1, 1, 1] for c in count("every tick").values()), "every broadcast reaches everybody")
        shared = count("tick")
        self.assertEqual({n: sum(c) for n, c in shared.items()}, dict.fromkeys(names, 1))

    def test_too_many_tasks(self):
        """Events for which there is no task wait; they are not lost."""
        self.folder.write("conf/narrow.yml", "container: {max_tasks: 1}\ninterfaces:\n  Front:\n    class: chain:Front\n")
        front = self.folder.start("narrow")
        for name in ("slow one", "quick one", "quick two"):
            self.emit(name)
        for name in ("slow one", "quick one", "quick two"):
            eventually(lambda: self.handled(front, name) == 1 and front.text().count(f"every tick {name} ") == 1, name)
        self.assertIn("has to wait: too many activities are under way (container.max_tasks)", front.text())

    def test_delay(self):
        front = self.folder.start("front")
        began = time.monotonic()
        self.peer.exchange(front.endpoint, "Front.later", {"name": "late", "seconds": 0.7})
        self.peer.exchange(front.endpoint, "Front.later", {"name": "soon", "seconds": 0.1})
        eventually(lambda: self.handled(front, "soon") and self.handled(front, "late"), "both arrive")
        self.assertGreaterEqual(time.monotonic() - began, 0.7)
        text = front.text()
        self.assertLess(text.index("tick soon"), text.index("tick late"))

    def test_nobody_polls(self):
        """Two idle instances that have nothing to say to each other are not woken."""
        instances = [self.folder.start("front"), self.folder.start("back")]

        def switches():
            total = 0
            for i in instances:
                for task in os.listdir(f"/proc/{i.process.pid}/task"):
                    with open(f"/proc/{i.process.pid}/task/{task}/status") as f:
                        total += int(re.search(r"^voluntary_ctxt_switches:\s*(\d+)", f.read(), re.M).group(1))
            return total

        def quiet():
            before = switches()
            time.sleep(1)
            return switches() - before < 4

        eventually(quiet, "they are at rest")


class Store(Case):
    def test_private(self):
        self.folder.start("front")
        for path in (self.folder.path + "/lymph", self.store):
            self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o700)
        for name in os.listdir(self.store):
            mode = os.stat(f"{self.store}/{name}").st_mode
            if not stat.S_ISSOCK(mode):
                self.assertEqual(stat.S_IMODE(mode) & 0o077, 0, name)

    def fails(self, message, prefix=()):
        for command in (["discover"], ["emit", "tick", '{"name": "x"}'], ["instance", "--config=conf/front.yml"]):
            with self.subTest(command=command[0]):
                done = self.folder.run(*command, prefix=prefix)
                self.assertEqual((done.returncode, done.stdout), (1, ""), done.stderr)
                self.assertRegex(done.stderr, message)
                self.assertNotIn("cannot give events back", done.stderr)  # it had none

    def test_damaged(self):
        os.makedirs(self.store, 0o700)
        os.chmod(self.folder.path + "/lymph", 0o700)
        with open(f"{self.store}/store.db", "wb") as f:
            f.write(b"this is no database at all, but long enough to look like one" * 100)
        self.fails("store.db: file is not a database.*remove the file")

    def test_of_another_version(self):
        self.folder.run("discover")
        db = sqlite3.connect(f"{self.store}/store.db")
        db.execute("PRAGMA user_version = 999")
        db.close()
        self.fails("another version of lymph.*remove it")

    def test_not_a_folder(self):
        self.folder.write("lymph", "a file")
        self.fails("should be a folder, but is not: remove it")

    def test_link_elsewhere(self):
        os.mkdir(f"{self.folder.path}/elsewhere")
        os.symlink("elsewhere", f"{self.folder.path}/lymph")
        self.fails("should be a folder of yours")

    def test_nowhere(self):
        self.folder.environment["XDG_RUNTIME_DIR"] = f"{self.folder.path}/no/such/folder"
        self.fails("cannot make the folder .*: No such file or directory.*XDG_RUNTIME_DIR")

    def test_of_somebody_else(self):
        """Root can give it to another user; a user has no folder in the root of the file system."""
        if os.getuid() == 0:
            os.makedirs(f"{self.folder.path}/lymph")
            os.chown(f"{self.folder.path}/lymph", pwd.getpwnam("nobody").pw_uid, -1)
            self.fails("should be a folder of yours")
        else:
            self.folder.environment["XDG_RUNTIME_DIR"] = "/"
            self.fails("/lymph")

    def read_only(self, path):
        """A command that runs others for which `path` is read-only. Root may write wherever the file system lets it."""
        if os.getuid() == 0:
            if subprocess.run(["unshare", "-m", "true"], stderr=subprocess.DEVNULL).returncode:
                self.skipTest("this root cannot mount")
            return ("unshare", "-m", "sh", "-ec", 'mount --bind "$0" "$0"; mount -o remount,bind,ro "$0"; exec "$@"', path)
        os.chmod(path, 0o500)
        self.addCleanup(os.chmod, path, 0o700)
        return ()

    def test_read_only(self):
        """Before there is a cluster, and with what others have left there; nothing of which is changed."""
        self.fails(f"cannot make the folder {self.folder.path}/lymph .*: (Read-only file system|Permission denied).*choose another",
                   self.read_only(self.folder.path))
        os.chmod(self.folder.path, 0o700)
        self.folder.run("discover")
        before = sorted(os.listdir(self.store))
        self.fails(f"cannot open {self.store}/lock: (Read-only file system|Permission denied)", self.read_only(self.store))
        self.assertEqual(sorted(os.listdir(self.store)), before)
        self.assertEqual(self.rows("SELECT * FROM member"), [])

    def test_own_path_is_left_as_it_is(self):
        shared = f"{self.folder.path}/shared"
        os.mkdir(shared, 0o755)
        self.folder.write(".lymph.yml", f"container:\n  registry: {{class: local, path: {shared}, cluster: one}}\n")
        self.assertEqual(self.folder.run("discover").returncode, 0)
        self.assertEqual(stat.S_IMODE(os.stat(shared).st_mode), 0o755)
        self.assertEqual(stat.S_IMODE(os.stat(f"{shared}/one").st_mode), 0o700)

    def test_clusters_are_apart(self):
        self.folder.start("back")
        self.folder.write("other.yml", "container:\n  registry: {class: local, cluster: other}\n")
        self.assertEqual(self.folder.run("discover", "--config=other.yml").stdout, "No registered services found\n")
        self.folder.write("bad.yml", "container:\n  registry: {class: local, cluster: ../x}\n")
        done = self.folder.run("discover", "--config=bad.yml")
        self.assertEqual(done.returncode, 1)
        self.assertIn("cannot name a cluster", done.stderr)

    def test_full_queue(self):
        """The emitter is told, and what fits goes on."""
        front = self.folder.start("front")
        front.kill()
        self.folder.run("discover")
        db = sqlite3.connect(f"{self.store}/store.db")
        with db:
            before, = db.execute("SELECT messages FROM queue WHERE name = 'Front-on_tick'").fetchone()
            db.execute("UPDATE queue SET messages = 100000 WHERE name = 'Front-on_tick'")
        done = self.folder.run("emit", "tick", '{"name": "x"}')
        self.assertEqual(done.returncode, 1)
        self.assertIn("holds 100000 messages of 0 bytes already and takes no more", done.stderr)
        self.assertEqual(self.folder.run("emit", "chain.other", "{}").returncode, 0)
        with db:
            db.execute("UPDATE queue SET messages = ? WHERE name = 'Front-on_tick'", (before,))
        db.close()
        self.emit("fits again")

    def test_full_disk(self):
        """SQLite meets its limit of pages as it meets a full disk."""
        self.folder.start("front").kill()
        done = self.folder.run("emit", "tick", '{"name": "x"}', preexec_fn=lambda: limit_files(40 << 10))
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertIn("store.db: ", done.stderr)
        self.emit("later")

    def test_locked_for_too_long(self):
        self.folder.run("discover")
        db = sqlite3.connect(f"{self.store}/store.db", isolation_level=None)
        db.execute("BEGIN IMMEDIATE")
        try:
            done = self.folder.run("discover")
            self.assertEqual(done.returncode, 1)
            self.assertIn("database is locked", done.stderr)
        finally:
            db.close()
        self.assertEqual(self.folder.run("discover").returncode, 0)


def limit_files(size):
    import resource
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


if __name__ == "__main__":
    tap.main()
