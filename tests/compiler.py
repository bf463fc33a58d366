"""What the tests of lymphc share: running it, and the .lymph files of the tree."""

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


def sources():
    """All .lymph files of the tree that are meant to be right, relative to ROOT."""
    found = sorted(glob.glob("**/*.lymph", root_dir=ROOT, recursive=True))
    return [f for f in found if not f.startswith(("build/", "tests/diagnostics/"))]


def include_options(path):
    """-I for what a file of the tree imports from other folders of the tree."""
    options = []
    for name in re.findall(r'^import "(.*)";', read(os.path.join(ROOT, path)), re.M):
        if not os.path.exists(os.path.join(ROOT, os.path.dirname(path), name)):
            options += ["-I", os.path.join(ROOT, next(s for s in sources() if s.endswith("/" + name))[: -len(name)])]
    return options


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def write(path, text):
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)


def code_blocks(document, language):
    """The fenced blocks of a Markdown text that are marked as `language` ('' for none)."""
    return [text for name, text in re.findall(r"^```(\w*)\n(.*?)^```$", document, re.M | re.S) if name == language]
