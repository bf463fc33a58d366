#!/usr/bin/python3
"""`make install`, and projects outside of this tree that use what it put in place."""

import os
import re
import shlex
import shutil
import subprocess
import tempfile
import unittest

import compiler
import tap
from programs import eventually

BUILD = os.environ["BUILD"]
ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
SANITIZE = ["SANITIZE=1"] if BUILD.endswith("asan") else []
SECONDS = 300
HEADER = f"{ROOT}/runtime/include/lymph/version.h"


def sh(command, folder, environment=None):
    done = subprocess.run(command, shell=isinstance(command, str), cwd=folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=SECONDS)
    if done.returncode:
        raise AssertionError(f"{command}: exit status {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def files(folder):
    return sorted(os.path.relpath(os.path.join(where, name), folder) for where, _, names in os.walk(folder) for name in names)


class Install(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="lymph-install-")
        self.addCleanup(shutil.rmtree, self.folder)

    def make(self, *arguments):
        environment = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MAKELEVEL")}
        return sh(["make", "--no-print-directory", *SANITIZE, *arguments], ROOT, environment)

    def test_blanks_in_every_folder(self):
        stage = self.folder + "/a stage/opt"
        for name in ("my lib/of another.so", "my lymph/include/other.h"):
            os.makedirs(os.path.dirname(f"{stage}/{name}"))
            open(f"{stage}/{name}", "w").close()
        where = ["DESTDIR=" + self.folder + "/a stage", "PREFIX=/opt/my lymph", "LIBDIR=/opt/my lib"]
        self.make("install", *where)
        installed = files(stage)
        for name in ("my lymph/bin/lymph", "my lymph/bin/lymphc", "my lib/liblymph.a", "my lib/liblymph.so", "my lib/pkgconfig/lymph.pc",
                     "my lymph/include/lymph/lymph.h", "my lymph/include/lymph/version.h"):
            self.assertIn(name, installed)
        shown = sh(["pkg-config", "--cflags", "--libs", "lymph"], self.folder, dict(os.environ, PKG_CONFIG_PATH=f"{stage}/my lib/pkgconfig"))
        self.assertEqual(shlex.split(shown), ["-I/opt/my lymph/include", "-L/opt/my lib", "-llymph", "-Wl,-rpath,/opt/my lib"])
        self.make("uninstall", *where)
        self.assertEqual(files(stage), ["my lib/of another.so", "my lymph/include/other.h"])

    def test_folders_of_the_user(self):
        where = [f"{name}={self.folder}/{name.lower()}" for name in ("PREFIX", "BINDIR", "LIBDIR", "INCLUDEDIR")]
        self.make("install", *where)
        self.assertEqual({name.split("/")[0] for name in files(self.folder)}, {"bindir", "libdir", "includedir"})
        self.make("uninstall", *where)
        self.assertEqual(files(self.folder), [])

    def test_a_relative_folder_is_refused(self):
        for name in ("PREFIX", "LIBDIR"):
            with self.subTest(name), self.assertRaisesRegex(AssertionError, f"{name} is 'my lib': an absolute path is expected"):
                self.make("install", f"DESTDIR={self.folder}/", f"{name}=my lib")
        self.assertEqual(files(self.folder), [])

    def test_names_and_numbers(self):
        self.make("install", f"PREFIX={self.folder}")
        text = open(HEADER).read()
        abi, version = re.search(r"#define LYMPH_ABI (\d+)", text).group(1), re.search(r'#define LYMPH_VERSION "(.*)"', text).group(1)
        library = f"{self.folder}/lib/liblymph.so"
        self.assertEqual(os.readlink(library), f"liblymph.so.{abi}")
        self.assertIn(f"Library soname: [liblymph.so.{abi}]", sh(["readelf", "-d", library], self.folder))
        self.assertEqual(sh([f"{self.folder}/bin/lymph", "--version"], self.folder).strip(), version)
        for command in (["nm", "-g", "--defined-only", "--format=posix", f"{self.folder}/lib/liblymph.a"],
                        ["nm", "-D", "--defined-only", "--format=posix", library]):
            names = [line.split()[0] for line in sh(command, self.folder).splitlines() if len(line.split()) > 2]
            self.assertIn("lymph_open_sized", names)
            self.assertEqual([n for n in names if not n.startswith("lymph_")], [])

    def test_flags_of_the_user(self):
        shown = self.make("-n", "-B", "V=1", f"BUILD={self.folder}/other", "CPPFLAGS=-DOF_THE_USER", "CFLAGS=-Og", "LDFLAGS=-Wl,-O1", "all")
        shown = shown.replace("\\\n", "")
        compiled = [line for line in shown.splitlines() if " -c -o " in line]
        linked = [line for line in shown.splitlines() if re.search(r"\s-o \S+/(bin/lymphc?|lib/liblymph\.so\.\d+)\s", line)]
        self.assertGreater(len(compiled), 100)
        self.assertEqual(len(linked), 3)
        self.assertEqual([line for line in compiled if "-DOF_THE_USER" not in line or "-Og" not in line], [])
        self.assertEqual([line for line in linked if "-Wl,-O1" not in line], [])

    def test_clean_removes_its_own_folder_only(self):
        os.makedirs(f"{self.folder}/other/lib")
        self.make(f"BUILD={self.folder}/other", "clean")
        self.assertEqual(os.listdir(self.folder), [])
        self.assertTrue(os.path.exists(f"{BUILD}/bin/lymphc"))


class Outside(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="lymph-outside-")
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.prefix = f"{cls.folder}/my prefix"
        sh(["make", "--no-print-directory", *SANITIZE, "install", f"PREFIX={cls.prefix}"], ROOT,
           {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MAKELEVEL")})

    def setUp(self):
        self.project = tempfile.mkdtemp(prefix="project-", dir=self.folder)
        for name in os.listdir(f"{ROOT}/tests/install/outside"):
            shutil.copy(f"{ROOT}/tests/install/outside/{name}", self.project)
        for name in ("greeting.lymph", "greeting.c", "client.c"):
            shutil.copy(f"{ROOT}/examples/greeting/{name}", self.project)
        # Nothing of this tree: a user's environment with the installed copy.
        self.environment = {"PATH": f"{self.prefix}/bin:/usr/local/bin:/usr/bin:/bin", "HOME": self.project, "XDG_RUNTIME_DIR": self.project,
                            "PKG_CONFIG_PATH": f"{self.prefix}/lib/pkgconfig", "ASAN_OPTIONS": "detect_leaks=0:verify_asan_link_order=0"}
        if SANITIZE:
            self.environment["LDFLAGS"] = self.environment["CFLAGS"] = "-fsanitize=address,undefined"

    def serve_and_call(self, built):
        instance = subprocess.Popen(["lymph", "instance", f"--config={ROOT}/examples/conf/greeting.yml"], cwd=built,
                                    env=dict(self.environment, LYMPH_PATH=built), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        try:
            eventually(lambda: "Greeting [1]" in sh("lymph discover", built, self.environment), "the service is there")
            self.assertEqual(sh("./client", built, self.environment), "Hi, Flynne!\n")
        finally:
            instance.terminate()
            self.assertEqual(instance.communicate(timeout=30)[0], "Saying hi to Flynne\n")
        self.assertEqual(instance.returncode, 0)

    def test_make(self):
        sh("make", self.project, self.environment)
        self.assertIn("Nothing to be done", sh("make", self.project, self.environment))
        self.serve_and_call(self.project)

    def test_cmake(self):
        sh("cmake -B out . && cmake --build out", self.project, self.environment)
        self.serve_and_call(f"{self.project}/out")

    def test_static(self):
        alone = f"{self.project}/static"
        shutil.copytree(self.prefix, alone)
        for name in os.listdir(f"{alone}/lib"):
            if ".so" in name:
                os.remove(f"{alone}/lib/{name}")
        sh("make greeting.so", self.project, self.environment)
        described = compiler.read(f"{alone}/lib/pkgconfig/lymph.pc")
        compiler.write(f"{alone}/lib/pkgconfig/lymph.pc", described.replace(self.prefix.replace(" ", "\\ "), alone))
        environment = dict(self.environment, PKG_CONFIG_PATH=f"{alone}/lib/pkgconfig")
        sh("cc $CFLAGS -o client client.c greeting.lymph.c $(pkg-config --static --cflags --libs lymph)", self.project, environment)
        self.assertNotIn("liblymph", sh("ldd client", self.project, environment))
        self.serve_and_call(self.project)


if __name__ == "__main__":
    tap.main()
