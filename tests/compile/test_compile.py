#!/usr/bin/python3
"""What lymphc generates compiles without a warning under stricter flags than our own: as C99 by gcc and clang, its headers as C++17,
alone and together; whatever names the input uses; and so do the examples of README.md as they stand there."""

import glob
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import compiler
import tap

sys.path.insert(0, os.path.join(compiler.ROOT, "idlc", "reserved"))
import collect  # noqa: E402

STRICT = ["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Werror"]
C99 = ["-std=c99", *STRICT]
CXX17 = ["-std=c++17", *STRICT, "-x", "c++"]

POSIX = ["-std=gnu99", "-D_GNU_SOURCE"]

KEYWORDS = """alignas alignof and and_eq asm auto bitand bitor bool break case catch char char8_t char16_t char32_t class co_await
    co_return co_yield compl concept const consteval constexpr constinit const_cast continue decltype default delete do double
    dynamic_cast else enum explicit export extern false final float for friend goto if import inline int long module mutable
    namespace new noexcept not not_eq nullptr operator or or_eq override private protected public register reinterpret_cast
    requires restrict return short signed sizeof static static_assert static_cast struct switch template this thread_local throw
    true try typedef typeid typename typeof union unsigned using virtual void volatile wchar_t while xor xor_eq""".split()

# Words of the interface language and its types cannot name a type.
LYMPH = """import namespace const enum struct error event interface rpc emits on raises as void true false task every http uses config
    bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float32 float64 string bytes datetime date time decimal uuid any list set
    map""".split()


def cc(command, *arguments, cwd=None, text=None):
    done = subprocess.run([*command, "-I", compiler.INCLUDE, *arguments], cwd=cwd, input=text, capture_output=True, text=True, timeout=120)
    return done.returncode, done.stderr


class Case(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)

    def lymphc(self, *arguments):
        done = compiler.lymphc(*arguments, cwd=self.folder)
        self.assertEqual((done.returncode, done.stderr), (0, ""), arguments)

    def compile(self, command, *arguments, text=None):
        status, errors = cc(command, *arguments, cwd=self.folder, text=text)
        self.assertEqual((status, errors), (0, ""), (command, arguments))

    def check_outputs(self):
        """Compiles all generated sources and skeletons of the folder, and its headers one by one."""
        names = sorted(os.listdir(self.folder))
        sources = [n for n in names if n.endswith(".c")]
        self.assertTrue(sources)
        for name in ("gcc", "clang"):
            self.compile([name, *C99], "-fsyntax-only", *sources)
        for header in (n for n in names if n.endswith(".h")):
            self.compile(["g++", *CXX17], "-fsyntax-only", "-", text=f'#include "{header}"\n')


class Tree(Case):
    def test_all_files_of_the_tree(self):
        self.assertGreater(len(compiler.sources()), 5)
        for path in compiler.sources():
            with self.subTest(path):
                shutil.rmtree(self.folder)
                os.mkdir(self.folder)
                inputs = (os.path.join(compiler.ROOT, p) for p in [path, *compiler.imports(path)])
                self.lymphc("-o", self.folder, *compiler.include_options(path), *inputs)
                self.check_outputs()

    def test_long_documentation(self):
        """No string is longer than C99 promises, and none is cut within a character."""
        lines = "".join(f"/// {'x' * i}{'ä' * 60}\n" for i in range(60))
        compiler.write(os.path.join(self.folder, "x.lymph"), lines + "interface A {\n" + lines + "rpc void f();\n" + lines + 'on "#" as g;\n}\n')
        self.lymphc("x.lymph")
        self.check_outputs()
        docs = re.findall(r'\.doc = "(.*)"', compiler.read(os.path.join(self.folder, "x.lymph.c")))
        cut = [d for d in docs if d.endswith("...")]
        self.assertEqual(len(cut), 3)
        for doc in cut:
            doc.encode("ascii").decode("unicode_escape").encode("latin-1").decode("utf-8")

    def test_headers_with_the_same_containers_go_together(self):
        both = "struct Item { int32 x; }\n"
        compiler.write(os.path.join(self.folder, "item.lymph"), both)
        uses = """import "item.lymph";
            struct %s {
                list<Item> a; set<int64> b; map<string, Item> c; map<string, list<Item>> d; list<string?> e; map<int32, any> f;
                list<list<bytes>> g; map<string, map<string, string>> h;
            }"""
        compiler.write(os.path.join(self.folder, "one.lymph"), uses % "One")
        compiler.write(os.path.join(self.folder, "two.lymph"), uses % "Two")
        self.lymphc("item.lymph", "one.lymph", "two.lymph")
        program = """#include "%s.lymph.h"
#include "%s.lymph.h"
void same(One *one, const Two *two);
void same(One *one, const Two *two) { one->a = two->a; one->c = two->c; one->d = two->d; one->e = two->e; one->f = two->f; one->h = two->h; }
"""
        for order in ("one", "two"), ("two", "one"):
            for command in ["gcc", *C99, "-x", "c"], ["clang", *C99, "-x", "c"], ["g++", *CXX17]:
                self.compile(command, "-fsyntax-only", "-", text=program % order)


    def test_files_of_one_name_go_together(self):
        """In one program and as imports of one file, whatever their guards are made from."""
        for path, text in {"a/types.lymph": "struct A {}", "b/types.lymph": "struct B {}", "a/all.lymph": 'import "types.lymph";',
                           "b/all.lymph": 'import "types.lymph";', "foo-bar.lymph": "struct C {}", "foo_bar.lymph": "struct D {}"}.items():
            os.makedirs(os.path.join(self.folder, os.path.dirname(path)), exist_ok=True)
            compiler.write(os.path.join(self.folder, path), text)
        compiler.write(os.path.join(self.folder, "both.lymph"), """import "a/types.lymph"; import "b/types.lymph"; import "foo-bar.lymph";
            import "foo_bar.lymph"; struct Both { A a; B b; C c; D d; }""")
        self.lymphc(*(os.path.join(f, n) for f, _, names in os.walk(self.folder) for n in names))
        uses = "void f(A a, B b, C c, D d);\n"
        alone = '#include "a/all.lymph.h"\n#include "b/all.lymph.h"\n#include "foo_bar.lymph.h"\n#include "foo-bar.lymph.h"\n' + uses
        for text in alone, '#include "both.lymph.h"\n' + uses:
            self.compile(["gcc", *C99, "-x", "c"], "-fsyntax-only", "-", text=text)
            self.compile(["g++", *CXX17], "-fsyntax-only", "-", text=text)


class Sizes(Case):
    def test_the_compiler_knows_what_a_struct_takes(self):
        """Every type, with gaps between them: what lymphc tells of is what C says."""
        types = """bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float32 float64 string bytes datetime date time decimal uuid any
            Kind Point list<bool> set<string> map<string,Point> bool? string? Point?""".split()
        fields = " ".join(f"bool gap{i}; {t} x{i};" for i, t in enumerate(types))
        every = "enum Kind { A } struct Point { int16 x; bool y; } struct Every { %s bool last; }\n" % fields
        large = "struct Large { %s }\n" % " ".join(f"Every e{i};" for i in range(200))
        path = os.path.join(self.folder, "x.lymph")
        compiler.write(path, every + large)
        done = compiler.lymphc("x.lymph", cwd=self.folder)
        self.assertEqual(done.returncode, 1)
        size = int(re.search(r"'Large' takes (\d+) bytes", done.stderr).group(1))
        compiler.write(path, every)
        self.lymphc("x.lymph")
        self.compile(["gcc", "-std=c11", "-x", "c"], "-fsyntax-only", "-", text='#include "x.lymph.h"\n'
                     f'_Static_assert(sizeof(Every) * 200 == {size}, "the size in C");\n')

    def test_as_much_as_is_allowed(self):
        """64 KiB compile, and not a byte more is held by value."""
        deep = "struct A { %s } struct B { %s } struct Just { %s }\n" % (
            " ".join(f"int64 x{i};" for i in range(8)), " ".join(f"A x{i};" for i in range(32)), " ".join(f"B x{i};" for i in range(32)))
        compiler.write(os.path.join(self.folder, "x.lymph"), deep + "interface I { rpc Just f(Just x); }")
        self.lymphc("x.lymph")
        self.check_outputs()
        self.compile(["gcc", "-std=c11", "-x", "c"], "-fsyntax-only", "-", text='#include "x.lymph.h"\n'
                     '_Static_assert(sizeof(Just) == 65536, "the limit");\n')


class Options(Case):
    def test_options_of_a_context(self):
        """No warning, nested and as an argument, though what is left out is preset."""
        program = """#include <lymph/lymph.h>
lymph_status f(lymph_ctx *ctx, double left);
lymph_status f(lymph_ctx *ctx, double left)
{
    lymph_status st = lymph_emit_value(lymph_with(lymph_with(ctx, .delay = 2), .timeout = left - 1, .version = "1"), "x", lymph_nil());
    return st ? st : lymph_sleep(lymph_with(ctx, .address = "tcp://127.0.0.1:1"), 1);
}
"""
        for name in ("gcc", "clang"):
            self.compile([name, *C99, "-Woverride-init" if name == "gcc" else "-Winitializer-overrides", "-x", "c"], "-fsyntax-only", "-", text=program)
            self.compile([name, "-std=c17", *STRICT, "-x", "c"], "-fsyntax-only", "-", text=program)
        for name in ("g++", "clang++"):
            self.compile([name, "-std=c++20", *STRICT, "-x", "c++"], "-fsyntax-only", "-", text=program)
            self.compile([name, "-std=c++17", "-Wall", "-Wextra", "-Werror", "-Wno-c++20-designator", "-x", "c++"], "-fsyntax-only", "-", text=program)


    def test_a_program_with_older_or_newer_options_runs(self):
        """Compiled with the headers of a version that had fewer members, or has more, it runs with this library."""
        program = """#include <lymph/lymph.h>
#include <stdio.h>
int main(void)
{
    lymph_string_list names;
    lymph_ctx *ctx = lymph_open(&(lymph_options){ .config = ".lymph.yml" });
    lymph_status st = lymph_services(lymph_with(ctx, .timeout = 5), &names);
    puts(lymph_error_message(ctx));
    lymph_close(ctx);
    return st;
}
"""
        header = compiler.read(os.path.join(compiler.INCLUDE, "lymph", "ctx.h"))
        older = re.sub(r" *const char \*log_file;.*\n", "", header)
        older = re.sub(r" *double delay LYMPH_PRESET.*\n", "", older).replace(", .delay = LYMPH_LEFT_OUT", "").replace("NULL, LYMPH_LEFT_OUT", "NULL")
        newer = header.replace("} lymph_options;", "    int newer;\n} lymph_options;").replace("} lymph_call_options;", "    void *newer;\n} lymph_call_options;")
        compiler.write(os.path.join(self.folder, "program.c"), program)
        compiler.write(os.path.join(self.folder, ".lymph.yml"), f"container:\n  registry:\n    class: local\n    path: {self.folder}/cluster\n")
        flags = subprocess.run(["pkg-config", "--cflags", "--libs", "lymph"], capture_output=True, text=True, check=True,
                               env=dict(os.environ, PKG_CONFIG_PATH=os.path.join(compiler.BUILD, "lib", "pkgconfig"))).stdout.split()
        sanitize = ["-fsanitize=address,undefined"] if compiler.BUILD.endswith("asan") else []
        os.mkdir(os.path.join(self.folder, "lymph"))
        for text in header, older, newer:
            compiler.write(os.path.join(self.folder, "lymph", "ctx.h"), text)
            self.compile(["cc", *sanitize, "-Wall", "-Werror", "-I."], "-o", "program", "program.c", *flags)
            done = subprocess.run(["./program"], cwd=self.folder, capture_output=True, text=True, timeout=60)
            self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "nothing has failed\n", ""))
        self.assertEqual(len({header, older, newer}), 3)
        set_in_newer = program.replace("{ .config", "{ .newer = 1, .config")
        compiler.write(os.path.join(self.folder, "program.c"), set_in_newer)
        self.compile(["cc", *sanitize, "-Wall", "-Werror", "-I."], "-o", "program", "program.c", *flags)
        done = subprocess.run(["./program"], cwd=self.folder, capture_output=True, text=True, timeout=60)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("an option is given that this version of lymph, ", done.stdout)


class Contract(Case):
    """What the generated code promises beyond compiling."""

    def setUp(self):
        super().setUp()
        compiler.write(os.path.join(self.folder, "x.lymph"), """struct Item { int32 x; }
            error Gone { Item item; }
            interface Shop {
                rpc Item first(Item a, Item? b, list<Item> c, string d, any e) raises (Gone);
                rpc void second();
                rpc string? third(uuid id);
            }""")
        self.lymphc("--no-skeleton", "x.lymph")

    def test_a_proxy_can_stand_in_for_a_handler(self):
        table = ", ".join(f".{m} = shop_{m}" for m in ("first", "second", "third"))
        for command in ["gcc", *C99, "-x", "c"], ["clang", *C99, "-x", "c"]:
            self.compile(command, "-fsyntax-only", "-", text=f'#include "x.lymph.h"\nconst shop_interface Shop = {{ {table} }};\n')

    def test_no_function_has_a_struct_on_its_stack(self):
        """However large: a coroutine's stack is small. Without optimisation, too, which would hide a copy."""
        wide = "".join(f"struct W{n} {{ {' '.join(f'W{n + 1} x{i};' for i in range(8))} }}\n" for n in range(4))
        compiler.write(os.path.join(self.folder, "wide.lymph"), wide + """struct W4 { float64 x; float64 y; }
            error Gone { W0 all; }
            event seen { W0 all; }
            interface Wide { rpc W0 turn(W0 all); rpc void merge(W1 a, W1 b, list<W0> c, W0? d); rpc int8 count(int8 n); on seen; }""")
        self.lymphc("--no-skeleton", "wide.lymph")
        for level in "-O0", "-O2":
            self.compile(["gcc", *C99, level, "-fstack-usage"], "-c", "-o", "wide.o", "wide.lymph.c")
            usage = {}
            for line in compiler.read(os.path.join(self.folder, "wide.su")).splitlines():
                place, size, kind = line.split("\t")
                self.assertEqual(kind, "static", line)
                usage[place.split(":")[-1]] = int(size)
            self.assertLessEqual({"wide_turn", "wide_turn_defer", "wide_turn_await", "wide_merge", "gone_raise", "seen_emit", "w0_copy"}, usage.keys())
            self.assertEqual({f: size for f, size in usage.items() if size > 256}, {}, level)

    def test_futures_of_two_methods_are_two_types(self):
        text = '#include "x.lymph.h"\nlymph_status f(lymph_ctx *ctx);\nlymph_status f(lymph_ctx *ctx) { return shop_second_await(shop_%s_defer(ctx)); }\n'
        self.compile(["gcc", *C99, "-x", "c"], "-fsyntax-only", "-", text=text % "second")
        status, errors = cc(["gcc", *C99, "-x", "c"], "-fsyntax-only", "-", cwd=self.folder, text=text.replace("_defer(ctx)", "_defer(ctx, (lymph_uuid){{0}})") % "third")
        self.assertEqual(status, 1)
        self.assertIn("shop_third_future", errors)

    def test_defaults_can_be_written(self):
        """Without a warning, though not every field is named; to change some in C and in C++ there is an object."""
        compiler.write(os.path.join(self.folder, "d.lymph"), """const int32 SOME = 7;
            struct Inner { string sku; int32 quantity = SOME; string currency = "EUR"; list<string> tags = []; decimal price = 1.10; }
            event done { bool ok = true; int64 n = -5; Inner inner; }
            error Gone { float32 half = 0.5; float32 tiny = 1e-45; bytes mark = "a??/"; }
            interface Shop { rpc void find(string sku, int32 depth = -1, decimal limit = 2.5, string order = "asc", bytes after = "x"); }""")
        self.lymphc("--no-skeleton", "d.lymph")
        c = """#include "d.lymph.h"
lymph_status f(lymph_ctx *ctx);
lymph_status f(lymph_ctx *ctx)
{
    Inner changed = inner_defaults;
    changed.quantity = 3;
    lymph_status st = done_emit(ctx, &(done){ DONE_DEFAULTS, .inner = { INNER_DEFAULTS, .sku = changed.sku } });
    if (st)
        return gone_raise(ctx, &(Gone){ GONE_DEFAULTS });
    return shop_find(ctx, "a", SHOP_FIND_DEPTH_DEFAULT, SHOP_FIND_LIMIT_DEFAULT, SHOP_FIND_ORDER_DEFAULT, SHOP_FIND_AFTER_DEFAULT);
}
"""
        for command in ["gcc", *C99, "-x", "c"], ["clang", *C99, "-x", "c"]:
            self.compile(command, "-fsyntax-only", "-", text=c)
            self.compile(command[:-2], "-fsyntax-only", "d.lymph.c")
        cxx = '#include "d.lymph.h"\nint f();\nint f() { Inner i = inner_defaults; i.sku = "a"; return i.quantity + SHOP_FIND_DEPTH_DEFAULT; }\n'
        for name in "g++", "clang++":
            self.compile([name, *CXX17], "-fsyntax-only", "-", text=cxx)

    def test_another_version_of_the_runtime_is_refused(self):
        os.mkdir(os.path.join(self.folder, "lymph"))
        header = compiler.read(os.path.join(compiler.INCLUDE, "lymph", "version.h"))
        header, count = re.subn(r"#define LYMPH_ABI \d+\n", "#define LYMPH_ABI 999\n", header)
        self.assertEqual(count, 1)
        compiler.write(os.path.join(self.folder, "lymph", "version.h"), header)
        status, errors = cc(["gcc", *C99, "-I."], "-fsyntax-only", "x.lymph.c", cwd=self.folder)
        self.assertEqual(status, 1)
        self.assertIn("x.lymph.h was made for another version of lymph: run lymphc x.lymph again", errors)


class Names(Case):
    """Names that the headers of the system define: all of them, not those that somebody thought of."""

    @classmethod
    def setUpClass(cls):
        headers = collect.C_HEADERS + collect.POSIX_HEADERS
        cls.headers = collect.include(headers)
        cls.cxx_headers = collect.include(h for h in headers if h not in collect.NOT_IN_CXX and h != "complex")
        cls.macros = collect.listed("macros")
        cls.functions = collect.declared()
        cls.own = set()
        for folder, ending in ("templates", "header.tmpl"), ("templates", "source.tmpl"), ("runtime/include/lymph", ".h"):
            for path in glob.glob(os.path.join(compiler.ROOT, folder, "*" + ending)):
                cls.own |= set(re.findall(r"\b[A-Za-z]\w*", compiler.read(path)))
        assert {"ctx", "value", "LYMPH_OK", "entries", "error"} <= cls.own
        cls.all = cls.macros | cls.functions | cls.own | set(KEYWORDS) | set(LYMPH)

    def check(self, text):
        """What is generated before and behind the system's headers, in both languages."""
        compiler.write(os.path.join(self.folder, "x.lymph"), text)
        self.lymphc("--no-skeleton", "x.lymph")
        before, behind = self.headers + '#include "x.lymph.h"\n', '#include "x.lymph.c"\n' + self.headers
        for command, program in (("gcc", before), ("gcc", behind), ("clang", behind)):
            self.compile([command, *POSIX, "-Wall", "-Wextra", "-Werror", "-x", "c"], "-fsyntax-only", "-", text=program)
        header = '#include "x.lymph.h"\n'
        for command, program in (("g++", self.cxx_headers + header), ("clang++", header + self.cxx_headers)):
            self.compile([command, "-std=c++17", "-Wall", "-Wextra", "-Werror", "-x", "c++"], "-fsyntax-only", "-", text=program)

    def check_apart(self, lines, begin=""):
        """Declarations that would have the same C name are errors: those that lymphc reports go into the next file. Each file
        has `begin` on its first line."""
        for _ in range(6):
            later = []
            while found := self.clashing(lines, begin):
                later += [text for i, text in enumerate(lines) if i in found]
                lines = [text for i, text in enumerate(lines) if i not in found]
            self.check(begin + "\n".join(lines))
            lines = later
            if not lines:
                return
        self.fail(lines)

    def clashing(self, lines, begin):
        """The numbers of some of the lines that cannot stand beside others."""
        compiler.write(os.path.join(self.folder, "x.lymph"), begin + "\n".join(lines))
        done = compiler.lymphc("--check", "--diagnostics=json", "x.lymph", cwd=self.folder)
        found = [json.loads(line) for line in done.stderr.splitlines()]
        found = [f for f in found if f["severity"] == "error"]
        for f in found:
            self.assertRegex(f["message"], "the C name '.*' of .* is taken")
        return {f["line"] - 1 for f in found}

    def types(self):
        return sorted(n for n in self.all if not f"{n}_".lower().startswith("lymph_"))

    def test_as_fields_and_parameters_and_methods(self):
        names = sorted(self.all - {"interface", "on_start", "on_stop"})
        text = "".join(f"struct Fields{i} {{ {' '.join(f'int32 {n};' for n in names[i::9])} }}\n" for i in range(9))
        self.check(text + "".join(f"interface M{i} {{ rpc int8 {n}(uint8 {n}, int64 other_one); }}\n" for i, n in enumerate(names)))

    def test_as_structs(self):
        self.check_apart([f"struct {n} {{ list<{n}> all_of_it; map<string, {n}> by_name; {n}? {n}; }}" for n in self.types() if n not in LYMPH])

    def test_as_errors(self):
        self.check_apart([f"error {n} {{ int32 {n} = 1; }}" for n in self.types() if n not in {"type", "message", *LYMPH}])

    def test_as_interfaces_and_prefixes(self):
        self.check_apart([f"interface {n} {{ rpc int32 get(int32 {n}); }}" for n in self.types()])
        self.check_apart([f"interface X{i} [prefix = {n}] {{ rpc void {n}(); }}" for i, n in enumerate(self.types()) if n not in {"on_start", "on_stop", *LYMPH}])

    def test_everything_behind_a_prefix(self):
        """All that is named after an interface: tables, proxies with the defaults of their parameters, futures, handlers of events."""
        compiler.write(os.path.join(self.folder, "common.lymph"), "event happened { int32 n; }\nerror Refused {}\n")
        self.lymphc("common.lymph")
        names = self.own | set(KEYWORDS) | set(LYMPH) | {n for n in self.macros if len(n) < 7}
        names = sorted(n for n in names - {"void", "true", "false"} if not f"{n}_".lower().startswith("lymph_"))
        self.assertLessEqual({"class", "int32", "errno", "rpc", "ctx", "EOF"}, set(names))
        self.check_apart([f"interface X{i} [prefix = {n}] {{ rpc int32 get(int32 {n} = 1, string other_one = \"b\") raises (Refused) [idempotent]; "
                          f"emits happened; on happened; on \"a.*\" as all_of_them; }}" for i, n in enumerate(names)], 'import "common.lymph"; ')

    def test_as_events(self):
        self.check_apart([f"event {n} {{ int32 {n}; }}" for n in self.types()])

    def test_as_enums_and_constants(self):
        names = sorted(m for m in self.macros if m.isupper())
        text = "".join(f"const int32 {n} = 1;\n" for n in names if "_" not in n)
        enums = {}
        for n in names:
            if "_" in n:
                head, tail = n.split("_", 1)
                enums.setdefault(head, []).append(tail)
        for head, tails in sorted(enums.items()):
            text += f"enum {head.capitalize()} {{ {', '.join(t for t in tails if t[0].isalpha()) or 'X'} }}\n"
        self.check(text)

    def test_as_proxies(self):
        """An interface and a method make one name: Timer.create becomes timer_create."""
        prefixes = {}
        for n in sorted(self.functions):
            head, _, tail = n.partition("_")
            if tail and tail[0].isalpha() and n.islower():
                prefixes.setdefault(head, []).append(tail)
        self.assertIn("create", prefixes["timer"])
        self.check("".join(f"interface {h.capitalize()} {{ {' '.join(f'rpc void {t}();' for t in tails)} }}\n" for h, tails in sorted(prefixes.items())))


class Readme(Case):
    def block(self, blocks, *needles):
        found = [b for b in blocks if all(n in b for n in needles)]
        self.assertEqual(len(found), 1, needles)
        return found[0]

    def test_the_examples_compile_and_link(self):
        readme = compiler.read(os.path.join(compiler.ROOT, "README.md"))
        idl, c = compiler.code_blocks(readme, ""), compiler.code_blocks(readme, "c")
        path = lambda name: os.path.join(self.folder, name)
        compiler.write(path("greeting.lymph"), self.block(idl, "interface Greeting"))
        compiler.write(path("listen.lymph"), self.block(idl, "interface Listen"))
        compiler.write(path("greeting.c"), self.block(c, "const greeting_interface"))
        compiler.write(path("client.c"), self.block(c, "int main"))
        # The README shows this one without its first lines.
        compiler.write(path("listen.c"), '#include "listen.lymph.h"\n#include <stdio.h>\n\n' + self.block(c, "const listen_interface"))
        shown = self.block(c, "const greeting_interface")
        self.lymphc("greeting.lymph", "listen.lymph")
        self.assertEqual(compiler.read(path("greeting.c")), shown, "a file of the user's was overwritten")
        for name in ("gcc", "clang"):
            self.compile([name, *C99, "-Wno-unused-parameter"], "-fsyntax-only", "greeting.c", "listen.c", "client.c", "greeting.lymph.c", "listen.lymph.c")

        flags = subprocess.run(["pkg-config", "--cflags", "--libs", "lymph"], capture_output=True, text=True, check=True,
                               env=dict(os.environ, PKG_CONFIG_PATH=os.path.join(compiler.BUILD, "lib", "pkgconfig"))).stdout.split()
        sanitize = ["-fsanitize=address,undefined"] if compiler.BUILD.endswith("asan") else []
        self.compile(["cc", *sanitize, "-shared", "-fPIC", "-o", "greeting.so"], "greeting.c", "greeting.lymph.c", *flags)
        self.compile(["cc", *sanitize, "-o", "client"], "client.c", "greeting.lymph.c", *flags)


class Reference(Case):
    """The examples of doc/language.md: each begins with a comment that names its file."""

    def blocks(self, language):
        text = compiler.read(os.path.join(compiler.ROOT, "doc", "language.md"))
        found = {}
        for block in compiler.code_blocks(text, language):
            name = re.match(r"(?://|/\*) (\S+)", block)
            self.assertTrue(name, block)
            found[name.group(1)] = block
        return found

    def test_every_example_compiles(self):
        idl, c = self.blocks("lymph"), self.blocks("c")
        self.assertGreater(len(idl), 3)
        self.assertGreater(len(c), 2)
        for name, text in [*idl.items(), *c.items()]:
            compiler.write(os.path.join(self.folder, name), text)
        done = compiler.lymphc(*idl, cwd=self.folder)
        self.assertEqual(done.returncode, 0, done.stderr)
        # The examples show parts of services: lymphc tells of what they lack, and of nothing else.
        self.assertEqual([line for line in done.stderr.splitlines() if "warning:" in line and " has no handler for " not in line], [])
        for name, text in c.items():
            self.assertEqual(compiler.read(os.path.join(self.folder, name)), text, "a file of the user's was overwritten")
        self.check_outputs()

    def test_it_names_every_option_and_type(self):
        text = compiler.read(os.path.join(compiler.ROOT, "doc", "language.md"))
        for option in re.findall(r"(?<![\w-])--?[A-Za-z][\w-]*", compiler.lymphc("--help").stdout):
            self.assertIn(f"`{option}", text)
        for word in set(LYMPH) - {"int16", "int32", "uint16", "uint32"}:
            self.assertRegex(text, rf"[`\" ]{word}[`\"< ]", word)


if __name__ == "__main__":
    tap.main()
