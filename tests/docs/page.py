"""A page of documentation, done word for word in a real terminal: its files are written, its commands typed, and what the terminal
shows, also of programs in the background, must be what the page shows.

A file is a fenced block; the last name in `backticks` before it says how it is called. A command is a line of an indented block that
begins with `$ `; what follows is what the terminal shows, in any order where several programs print."""

import collections
import fcntl
import os
import pty
import re
import select
import shutil
import signal
import struct
import tempfile
import termios
import time

import compiler

BUILD = os.environ["BUILD"]
SECONDS = 60
FILE = re.compile(r"`([\w.-]*\.(?:lymph|c|h|yml)|Makefile)`")
PROMPT = re.compile(r"^<prompt (\d+)>\n", re.M)
# The shell's word on a job that it starts, or that has ended: the process is another one each time, and `+` is who ended last.
JOB = re.compile(r"^\[(\d+)\]( \d+$|[-+ ])")


def read(name):
    return compiler.read(os.path.join(compiler.ROOT, name))


def exists(name):
    return os.path.exists(os.path.join(compiler.ROOT, name))


def section(text, title):
    return re.split(r"^## ", text.split(f"\n## {title}\n")[1], maxsplit=1, flags=re.M)[0]


def steps(text):
    """("file", name, text) and ("command", line, lines shown), as they follow one another."""
    before = 0
    for block in re.finditer(r"^```\w*\n(?P<file>.*?)^```$|(?P<session>(?:^    [^\n]*\n)+)", text, re.M | re.S):
        if block["file"] is not None:
            names = FILE.findall(text[before:block.start()])
            if not names:
                raise AssertionError(f"a file without a name:\n{block['file']}")
            yield "file", names[-1], block["file"]
            before = block.end()
        elif block["session"].startswith("    $ "):
            lines = [line[4:] for line in block["session"].splitlines()]
            while lines:
                command, shown = lines.pop(0)[2:], []
                while lines and not lines[0].startswith("$ "):
                    shown.append(lines.pop(0))
                yield "command", command, shown


def count(lines):
    return collections.Counter(JOB.sub(r"[\1]", line) for line in lines)


class Terminal:
    """An interactive bash of 100 columns in a folder and a cluster of its own."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="lymph-docs-")
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("LYMPH_", "XDG_", "COLUMNS", "LINES"))}
        environment.update(PATH=f"{BUILD}/bin:{os.environ['PATH']}", PKG_CONFIG_PATH=f"{BUILD}/lib/pkgconfig", HOME=self.folder,
                           XDG_RUNTIME_DIR=self.folder, TMPDIR=self.folder, PS1=r"<prompt $?>\n", PS2="", LC_ALL="C.UTF-8",
                           ASAN_OPTIONS="detect_leaks=0:verify_asan_link_order=0")
        self.work = os.path.join(self.folder, "work")
        os.mkdir(self.work)
        self.pid, self.tty = pty.fork()
        if self.pid == 0:
            os.chdir(self.work)
            os.execvpe("bash", ["bash", "--norc", "--noprofile", "--noediting", "-i"], environment)
        fcntl.ioctl(self.tty, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 100, 0, 0))
        attributes = termios.tcgetattr(self.tty)
        attributes[3] &= ~termios.ECHO
        termios.tcsetattr(self.tty, termios.TCSANOW, attributes)
        self.seen = ""
        self.wait_for(lambda: PROMPT.search(self.seen), "a prompt")

    def close(self):
        os.close(self.tty)  # the shell and its jobs get SIGHUP
        deadline = time.monotonic() + SECONDS
        while os.waitpid(self.pid, os.WNOHANG)[0] == 0:
            if time.monotonic() > deadline:
                os.kill(self.pid, signal.SIGKILL)
            time.sleep(0.02)
        shutil.rmtree(self.folder)

    def wait_for(self, condition, what, seconds=SECONDS):
        """Reads what the terminal shows until the condition holds."""
        deadline = time.monotonic() + seconds
        while not condition():
            left = deadline - time.monotonic()
            if left <= 0:
                raise AssertionError(f"{what}: not within {seconds} seconds; the terminal showed\n{self.seen}")
            if select.select([self.tty], [], [], left)[0]:
                text = os.read(self.tty, 65536).decode(errors="replace")
                self.seen += re.sub(r"\x1b(\[[\d;?]*[A-Za-z]|\([A-Z])|\r", "", text)

    def shown(self):
        """The lines shown since the last command was typed, without the prompt."""
        lines = PROMPT.sub("", self.seen).splitlines()
        return [line for line in lines if "libasan.so" not in line]  # what the linker says of the sanitizer's library

    def type(self, command):
        self.seen = ""
        os.write(self.tty, (command + "\n").encode())
        self.wait_for(lambda: PROMPT.search(self.seen), command)
        status = int(PROMPT.search(self.seen).group(1))
        if status:
            raise AssertionError(f"{command}: exit status {status}\n{self.seen}")

    def write(self, name, text):
        compiler.write(os.path.join(self.work, name), text)


def do(terminal, text, skip=()):
    """Does what a page says, and returns how many commands it has. Commands that begin with one of `skip` are left out."""
    done, again = 0, count([])
    for kind, name, body in steps(text):
        if kind == "file":
            terminal.write(name, body)
            continue
        done += 1
        if name.startswith(tuple(skip)):
            continue
        wanted = count(body)
        if name.startswith("lymph discover"):  # a moment later, say the pages
            deadline = time.monotonic() + SECONDS
            terminal.type(name)
            while count(terminal.shown()) != wanted and time.monotonic() < deadline:
                time.sleep(0.05)
                terminal.type(name)
        elif name.startswith("lymph emit"):  # a subscriber that was started just before may not have its queue yet
            for _ in range(10):
                terminal.type(name)
                try:
                    terminal.wait_for(lambda: not wanted - count(terminal.shown()), name, SECONDS / 10)
                    break
                except AssertionError:
                    again += wanted
        elif name.startswith("kill"):  # of jobs that `wait` saw the end of, bash tells some and not others
            terminal.type(name)
            told = count(terminal.shown())
            if told - wanted or any("Done" not in line for line in body):
                raise AssertionError(f"{name}: the terminal shows\n{terminal.seen}\ninstead of\n" + "\n".join(body))
            terminal.type("jobs")
            wanted = count([])
        else:
            terminal.type(name)
        try:
            terminal.wait_for(lambda: not wanted - count(terminal.shown()), name)
        except AssertionError as e:
            raise AssertionError(f"{e}\ninstead of\n" + "\n".join(body)) from None
        more = count(terminal.shown()) - wanted - again
        if more:
            raise AssertionError(f"{name}: the terminal shows more than the page: " + "\n".join(more.elements()))
    return done
