"""What the tests of lymphc share: running it, and the .lymph files of the tree."""

import functools
import glob
import os
import re
import subprocess

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BUILD = os.environ["BUILD"]
INCLUDE = os.path.join(ROOT, "runtime", "include")


def lymphc(*arguments, cwd=None, timeout=60):
    """Runs lymphc; returns the finished process with text output."""
    return subprocess.run([os.path.join(BUILD, "bin", "lymphc"), *arguments], cwd=cwd, timeout=timeout, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, errors="surrogateescape")


def version():
    """The version that outputs name, as a text to mask."""
    return lymphc("--version").stdout.split()[1]


@functools.cache
def sources():
    """All .lymph files of the tree that are meant to be right, relative to ROOT."""
    found = sorted(glob.glob("**/*.lymph", root_dir=ROOT, recursive=True))
    return [f for f in found if not f.startswith(("build/", "tests/diagnostics/"))]


def imports(path):
    """The files of the tree that a file imports, and that these import, relative to ROOT."""
    found, wanted = [], [path]
    while wanted:
        current = wanted.pop()
        for name in re.findall(r'^import "(.*)";', read(os.path.join(ROOT, current)), re.M):
            beside = os.path.normpath(os.path.join(os.path.dirname(current), name))
            top = current.split("/")[0] + "/"
            candidates = [beside] if beside in sources() else [s for s in sources() if os.path.basename(s) == name and s.startswith(top)]
            if len(candidates) != 1:
                raise AssertionError(f"{current} imports {name}: {candidates}")
            if candidates[0] not in found:
                found += candidates
                wanted += candidates
    return found


def include_options(path):
    """-I for what a file imports from other folders."""
    return [option for i in imports(path) for option in ("-I", os.path.join(ROOT, os.path.dirname(i)))]


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def write(path, text):
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)


def code_blocks(document, language):
    """The fenced blocks of a Markdown text that are marked as `language` ('' for none)."""
    return [text for name, text in re.findall(r"^```(\w*)\n(.*?)^```$", document, re.M | re.S) if name == language]
