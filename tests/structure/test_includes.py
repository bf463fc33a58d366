#!/usr/bin/python3
"""The include lines obey the architecture: no circle between files, in runtime/ none between folders, where each includes
only what lies below it, and the compiler and the tool keep to themselves. A file here is NAME.c and NAME.h together."""

import glob
import os
import re
import unittest

import tap

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
INCLUDE = re.compile(r'^\s*#\s*include\s+["<]([^">]+)[">]', re.M)

# From the bottom up: a folder may include those of the lines above its own and of its own line.
LAYERS = [
    ["core"],
    ["config", "fiber", "codec"],
    ["local", "store", "rpc"],
    ["registry", "events"],
    ["context"],
    ["client", "server", "telemetry", "http"],
    ["container"],
    ["testing"],
]


def includes_of(path):
    with open(path, encoding="utf-8") as f:
        return INCLUDE.findall(f.read())


def graph(pairs):
    edges = {}
    for a, b in pairs:
        edges.setdefault(a, set())
        edges.setdefault(b, set())
        if a != b:
            edges[a].add(b)
    return edges


def circle(edges):
    """The nodes of one circle, in order; None if there is none."""
    done, path = set(), []

    def visit(node):
        if node in path:
            return path[path.index(node) :] + [node]
        if node in done:
            return None
        path.append(node)
        for following in sorted(edges[node]):
            found = visit(following)
            if found:
                return found
        done.add(path.pop())
        return None

    for node in sorted(edges):
        found = visit(node)
        if found:
            return found
    return None


def stem(path):
    return os.path.splitext(os.path.basename(path))[0]


def runtime_pairs():
    """(including, included) for every include line of runtime/ that names a file of a folder of it."""
    pairs = []
    for path in sorted(glob.glob(f"{ROOT}/runtime/*/*.[ch]")):
        name = os.path.relpath(path, f"{ROOT}/runtime")
        pairs += [(os.path.splitext(name)[0], os.path.splitext(i)[0]) for i in includes_of(path) if os.path.exists(f"{ROOT}/runtime/{i}")]
    return pairs


class Includes(unittest.TestCase):
    def test_no_circle_between_files(self):
        pairs = runtime_pairs()
        self.assertGreater(len(pairs), 100)
        # A header without code of its own ties nothing to whoever includes it: the inside that some files share.
        found = circle(graph((a, b) for a, b in pairs if os.path.exists(f"{ROOT}/runtime/{b}.c")))
        self.assertIsNone(found)

    def test_no_circle_between_headers(self):
        """Of any kind: a header that has no code of its own is not left out here."""
        names = sorted(glob.glob(f"{ROOT}/runtime/*/*.h"))
        pairs = [(os.path.relpath(p, f"{ROOT}/runtime"), i) for p in names for i in includes_of(p) if os.path.exists(f"{ROOT}/runtime/{i}")]
        self.assertGreater(len(pairs), 50)
        self.assertIsNone(circle(graph(pairs)))

    def test_no_circle_in_compiler_and_tool(self):
        for part, least in (("idlc", 50), ("cli", 20)):
            pairs = [(stem(p), stem(i)) for p in sorted(glob.glob(f"{ROOT}/{part}/*.[chyl]")) for i in includes_of(p) if os.path.exists(f"{ROOT}/{part}/{i}")]
            self.assertGreater(len(pairs), least)
            self.assertIsNone(circle(graph(pairs)))

    def test_no_circle_between_folders(self):
        found = circle(graph((os.path.dirname(a), os.path.dirname(b)) for a, b in runtime_pairs()))
        self.assertIsNone(found)

    def test_every_folder_includes_what_lies_below(self):
        rank = {folder: n for n, layer in enumerate(LAYERS) for folder in layer}
        folders = {os.path.basename(os.path.dirname(p)) for p in glob.glob(f"{ROOT}/runtime/*/*.c")}
        self.assertLessEqual(folders, set(rank), f"of no layer: {sorted(folders - set(rank))}")
        wrong = [f"{a} includes {b}" for a, b in runtime_pairs() if rank[os.path.dirname(b)] > rank[os.path.dirname(a)]]
        self.assertFalse(wrong, "\n".join(wrong))

    def test_public_headers_include_public_headers(self):
        for path in glob.glob(f"{ROOT}/runtime/include/lymph/*.h"):
            inner = [i for i in includes_of(path) if os.path.exists(f"{ROOT}/runtime/{i}")]
            self.assertFalse(inner, f"{path} includes {inner}")

    def test_compiler_and_tool_keep_to_themselves(self):
        for path in glob.glob(f"{ROOT}/idlc/*.[chyl]") + glob.glob(f"{ROOT}/cli/*.[ch]"):
            wrong = [i for i in includes_of(path) if os.path.exists(f"{ROOT}/runtime/{i}") or (i.startswith("lymph/") and os.path.basename(os.path.dirname(path)) == "idlc")]
            self.assertFalse(wrong, f"{path} includes {wrong}")

    def test_what_all_share_includes_nothing_of_theirs(self):
        headers = glob.glob(f"{ROOT}/text/*")
        self.assertEqual([os.path.basename(h) for h in headers], ["utf8.h"])
        self.assertEqual(set(includes_of(headers[0])), {"stdbool.h", "stddef.h", "stdint.h"})
        for user in "runtime/core/text.c", "cli/output.c", "idlc/display.c":
            self.assertIn("utf8.h", includes_of(f"{ROOT}/{user}"))
            with open(f"{ROOT}/{user}", encoding="utf-8") as f:
                self.assertNotRegex(f.read(), r"0x202[89e]|0x206[69]", "a definition of its own")

    def test_a_circle_would_be_found(self):
        self.assertEqual(circle(graph([("a", "b"), ("b", "c"), ("c", "b")])), ["b", "c", "b"])
        self.assertIsNone(circle(graph([("a", "b"), ("a", "c"), ("b", "c")])))


if __name__ == "__main__":
    tap.main()
