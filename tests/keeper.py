#!/usr/bin/python3
"""Nothing that a program of the tests has started outlives it, also when it is killed: a keeper, a process in a session of its own,
sees the program's end of a pipe close, ends every process that carries the keeper's mark in its environment, and removes folders.

    tests/keeper.py MARK [FOLDER ...]"""

import os
import shutil
import signal
import subprocess
import sys
import time
import uuid

PREFIX = "KEPT_"
SECONDS = 15  # until SIGTERM becomes SIGKILL


def marked(entry):
    """The processes with `entry`, NAME=VALUE, in the environment that they were started with."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/environ", "rb") as f:
                if entry.encode() in f.read().split(b"\0"):
                    found.append(int(pid))
        except OSError:  # it has ended, or is somebody else's
            pass
    return found


def end(entry):
    """Ends them all: first as an operator does."""
    for name in (signal.SIGTERM, signal.SIGKILL):
        told, deadline = set(), time.monotonic() + SECONDS
        while (pids := marked(entry)) and time.monotonic() < deadline:
            for pid in set(pids) - told:
                try:
                    os.kill(pid, name)
                    os.kill(pid, signal.SIGCONT)
                except ProcessLookupError:
                    pass
            told.update(pids)
            time.sleep(0.02)


def exit_on_signals():
    """A signal is an ordinary exit, with its `finally`; what is ignored, as nohup has it, is ignored by us alone and not by what we start."""
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        ignored = signal.getsignal(name) == signal.SIG_IGN
        signal.signal(name, (lambda number, frame: None) if ignored else (lambda number, frame: sys.exit(128 + number)))


class Keeper:
    """Put `environment` into that of what is to be kept."""

    def __init__(self, *folders):
        name = PREFIX + uuid.uuid4().hex
        self.environment, self.mark = {name: "1"}, f"{name}=1"
        unmarked = {k: v for k, v in os.environ.items() if not k.startswith(PREFIX)}  # no other keeper ends this one
        self.process = subprocess.Popen([sys.executable, os.path.abspath(__file__), self.mark, *folders], env=unmarked, cwd="/",
                                        stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, start_new_session=True)

    def processes(self):
        return marked(self.mark)

    def end(self):
        """Ends what runs; more may be started."""
        end(self.mark)

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def main():
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, signal.SIG_IGN)
    sys.stdin.buffer.read()
    end(sys.argv[1])
    for folder in sys.argv[2:]:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
