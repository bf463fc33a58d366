#!/usr/bin/python3
"""No name that lymphc makes is one that something beneath it has: the lists are complete for this machine, and what is compiled
defines no symbol that a library has."""

import os
import re
import subprocess
import sys
import tempfile
import unittest

import compiler
import tap

sys.path.insert(0, os.path.join(compiler.ROOT, "idlc", "reserved"))
import collect  # noqa: E402

LIBRARY = os.path.join(compiler.BUILD, "lib", "liblymph.so")


def run(command, **options):
    return subprocess.run(command, capture_output=True, text=True, timeout=120, **options)


class Lists(unittest.TestCase):
    def test_they_know_all_names_of_this_machine(self):
        found = collect.collect(compiler.INCLUDE, LIBRARY)
        self.assertGreater(len(found["macros"]), 2000)
        self.assertGreater(len(found["globals"]), 8000)
        for name in "event_add", "evbuffer_add", "zoo_create", "amqp_channel_open", "zmq_send", "sqlite3_open", "yaml_emitter_emit":
            self.assertIn(name, found["globals"])
        for list_name, names in found.items():
            self.assertEqual(sorted(names - collect.listed(list_name)), [], "`make reserved` adds them")


class Symbols(unittest.TestCase):
    """Each library's names, asked for in every way in which lymphc makes external ones."""

    @classmethod
    def setUpClass(cls):
        cls.taken = set().union(*(collect.exported(p) for p in collect.libraries(LIBRARY)))

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def symbols(self, text):
        """What the generated source defines for others."""
        path = os.path.join(self.folder, "x.lymph")
        compiler.write(path, text)
        done = compiler.lymphc("--no-skeleton", path)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        done = run(["cc", "-O0", "-I", compiler.INCLUDE, "-c", "-o", "x.o", "x.lymph.c"], cwd=self.folder)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        table = run(["nm", "-g", "x.o"], cwd=self.folder).stdout
        found = set(re.findall(r" [A-Z] (\w+)", table))
        return {n for n in found if not n.startswith("lymph_") and not n.startswith("_")}

    def check(self, text, wanted):
        found = self.symbols(text)
        self.assertEqual(sorted(found & self.taken), [])
        self.assertGreaterEqual(len(found), len(wanted))
        return found

    def lower(self, ending=""):
        """Names that a library has, in the form in which functions are named, without their ending."""
        names = (n[:len(n) - len(ending)] for n in self.taken if n.endswith(ending) and re.fullmatch(r"[a-z]+(_[a-z0-9]+)+", n))
        return sorted(n for n in names if re.fullmatch(r"[a-z][a-z0-9_]*", n) and not n.startswith("lymph") and len(n) < 90)

    def test_proxies(self):
        prefixes = {}
        for name in self.lower():
            head, tail = name.split("_", 1)
            if tail[0].isalpha():
                prefixes.setdefault(head, []).append(tail)
        self.assertIn("add", prefixes["event"])
        text = "".join(f"interface X{i} [prefix = {head}] {{ {' '.join(f'rpc void {t}();' for t in tails)} }}\n"
                       for i, (head, tails) in enumerate(sorted(prefixes.items())))
        found = self.check(text, self.lower())
        self.assertIn("event_add_", found)

    def test_functions_of_types(self):
        words = {"_copy": "struct {} {{}}", "_emit": "event {} {{}}", "_raise": "error {} {{}}", "_name": "enum {} {{ A }}", "_from_name": "enum {} {{ A }}"}
        for ending, declaration in words.items():
            with self.subTest(ending):
                names = [n for n in self.lower(ending) if n not in ("bytes", "date", "time", "string", "task")]
                self.assertTrue(names or ending != "_copy")
                if names:
                    self.check("".join(declaration.format(n) + "\n" for n in names), names)

    def test_tables(self):
        names = sorted({n.rstrip("_"): n for n in self.taken if len(n) < 90}.values())
        text = "".join(f"interface {n} [prefix = x{i}] {{}}\n" for i, n in enumerate(names))
        self.check(text, names)


class Calls(unittest.TestCase):
    """A program whose interfaces are called as the libraries beneath it really calls and serves."""

    LYMPH = {"Event": ["add", "del", "base_loop", "active"], "Zoo": ["create", "get"], "Evbuffer": ["add"], "Amqp": ["basic_publish"],
             "Zmq": ["send", "msg_init"], "Sqlite3": ["open", "step"], "Yaml": ["parser_parse"], "Loop": ["wait"], "Fiber": ["park"]}

    def test_with_both_libraries(self):
        text = "".join(f"interface {i} {{ {' '.join(f'rpc int32 {m}(int32 n);' for m in methods)} }}\n" for i, methods in self.LYMPH.items())
        text += "interface lymph [prefix = own] { rpc int32 ping(int32 payload); }\n"  # of what each instance serves, beside the library's
        with tempfile.TemporaryDirectory() as folder:
            compiler.write(os.path.join(folder, "x.lymph"), text)
            done = compiler.lymphc("--no-skeleton", "x.lymph", cwd=folder)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            header = compiler.read(os.path.join(folder, "x.lymph.h"))
            tables, installs, calls = "", "", ""
            for interface, methods in self.LYMPH.items():
                prefix = interface.lower()
                members = " ".join(f".{m} = answer," for m in methods)
                tables += f"const {prefix}_interface {interface} = {{ {members} }};\n"
                installs += f"    failed |= lymph_install(ctx, &{interface}_descriptor, &{interface}, NULL, NULL);\n"
                for m in methods:
                    name = re.search(rf"^lymph_status ({prefix}_{m}_?)\(", header, re.M).group(1)
                    calls += f"    failed |= {name}(ctx, 41, &n) || n != 42;\n"
            tables += "const own_interface lymph = { .ping = answer };\n"
            installs += '    failed |= lymph_install(ctx, &lymph_descriptor, &lymph, "Own", NULL);\n'
            calls += "    failed |= own_ping(ctx, 41, &n) || n != 41;\n"
            compiler.write(os.path.join(folder, "main.c"), f"""#include <stdio.h>
#include "x.lymph.h"
static lymph_status answer(lymph_ctx *ctx, int32_t n, int32_t *result) {{ (void)ctx; *result = n + 1; return LYMPH_OK; }}
{tables}
int main(void) {{
    lymph_ctx *ctx = lymph_open(&(lymph_options){{ .config = ".lymph.yml" }});
    int failed = lymph_error_status(ctx);
    int32_t n = 0;
{installs}    failed |= lymph_start(ctx);
    if (failed) fprintf(stderr, "%s\\n", lymph_error_message(ctx));
{calls}    if (failed) fprintf(stderr, "%s\\n", lymph_error_message(ctx));
    lymph_stop(ctx);
    lymph_close(ctx);
    return failed != 0;
}}
""")
            compiler.write(os.path.join(folder, ".lymph.yml"), f"container:\n  ip: 127.0.0.1\n  registry:\n    class: local\n    path: {folder}/cluster\n")
            flags = run(["pkg-config", "--static", "--cflags", "--libs", "lymph"],
                        env=dict(os.environ, PKG_CONFIG_PATH=os.path.join(compiler.BUILD, "lib", "pkgconfig"))).stdout.split()
            sanitize = ["-fsanitize=address,undefined"] if compiler.BUILD.endswith("asan") else []
            for name in "liblymph.so", "liblymph.a":
                with self.subTest(name):
                    link = [f"-l:{name}" if f == "-llymph" else f for f in flags]
                    done = run(["cc", *sanitize, "-o", "program", "main.c", "x.lymph.c", *link], cwd=folder)
                    self.assertEqual((done.returncode, done.stderr), (0, ""))
                    done = run([os.path.join(folder, "program")], cwd=folder)
                    self.assertEqual((done.returncode, done.stderr), (0, ""))


if __name__ == "__main__":
    tap.main()
