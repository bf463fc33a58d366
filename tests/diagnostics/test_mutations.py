#!/usr/bin/python3
"""lymphc survives what is almost right: the valid inputs of the tree, changed at random with a fixed seed, some hundreds of times. It may accept
or refuse them, but neither crash nor loop; what it accepts it accepts formatted, and formatting that again changes nothing."""

import json
import os
import random
import shutil
import tempfile
import unittest

import compiler
import tap

SEED = 20150901
FILES = 400
BATCH = 50

PIECES = ["{", "}", "(", ")", "<", ">", "[", "]", ";", ",", ".", "..", "=", "?", "@", ":", "*", "\"", "\\", "/*", "*/", "//", "///", "\n", "\t", "\0", "\x7f",
          "ä", "\udcff", "0", "-1", "1.2.3", "99999999999999999999", "0x", "1e999", "5s", "struct", "enum", "error", "event", "interface", "rpc", "on",
          "emits", "raises", "as", "import", "namespace", "const", "void", "true", "task", "list<", "map<string,", "any", "string", "list<" * 40, "{" * 300,
          "struct X { X x; }", "enum X { A }", "error X {}", "event x.y {}", "const int32 X = 1;", "[timeout = 5s]", "[max = 3]"]


def mutate(rnd, text):
    for _ in range(rnd.choice((1, 1, 1, 2, 5))):
        a, b = sorted(rnd.randrange(len(text) + 1) for _ in "ab")
        b = min(b, a + rnd.choice((0, 1, 5, 50)))
        what = rnd.randrange(5)
        if what == 0:
            text = text[:a] + text[b:]
        elif what == 1:
            text = text[:a] + rnd.choice(PIECES) + text[b:]
        elif what == 2:
            text = text[:b] + text[a:]
        elif what == 3:  # another word of the text
            words = text.split()
            text = text[:a] + rnd.choice(words or [""]) + text[b:]
        else:
            text = text[:a] + rnd.choice(PIECES) + text[a:]
    return text


class Mutations(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)

    def lymphc(self, *arguments):
        """Compiles many files at once, because a process takes longer than a file. Returns those that were refused, and the output."""
        done = compiler.lymphc("--diagnostics=json", *arguments, cwd=self.folder)
        self.assertIn(done.returncode, (0, 1), done.stderr[-3000:])
        found = [json.loads(line) for line in done.stderr.splitlines()]
        refused = {o["file"] for o in found if o["severity"] == "error"}
        self.assertEqual(done.returncode, 1 if refused else 0)
        return refused, done.stdout

    def test_mutations(self):
        rnd = random.Random(SEED)
        sources = [compiler.read(os.path.join(compiler.ROOT, p)) for p in compiler.sources() if p.startswith("tests/golden/")]
        self.assertGreater(len(sources), 3)
        names = [f"m{i}.lymph" for i in range(FILES)]
        for name in names:
            with open(os.path.join(self.folder, name), "wb") as f:
                f.write(mutate(rnd, rnd.choice(sources)).encode(errors="surrogateescape"))
        refused = set()
        for i in range(0, FILES, BATCH):
            refused |= self.lymphc("-I", os.path.join(compiler.ROOT, "tests/golden/include"), *names[i:i + BATCH])[0]
        accepted = [n for n in names if n not in refused][:40]
        self.assertGreater(len(refused), FILES // 4)
        self.assertGreater(len(accepted), FILES // 20)
        formatted = ""
        for name in accepted:
            wrong, text = self.lymphc("--format", name)
            self.assertEqual(wrong, set())
            compiler.write(os.path.join(self.folder, name), text)
            formatted += text
        self.assertEqual(self.lymphc("--format", *accepted), (set(), formatted))
        self.assertEqual(self.lymphc("--check", "-I", os.path.join(compiler.ROOT, "tests/golden/include"), *accepted)[0], set())


if __name__ == "__main__":
    tap.main()
