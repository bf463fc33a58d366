#!/usr/bin/python3
"""The command line itself: help, wrong usage, and outputs that cannot be written. No service is needed."""

import os
import re

import fixture
import tap

COMMANDS = ["discover", "emit", "help", "inspect", "instance", "list", "request", "subscribe"]


class Help(fixture.Case):
    def test_list_names_every_command_once(self):
        r = self.lymph("list")
        self.assertEqual([line.split()[0] for line in r.out.splitlines()], COMMANDS, r)
        self.assertEqual((r.code, r.err), (0, ""))

    def test_overview(self):
        r = self.lymph("help")
        self.assertEqual((r.code, r.err), (0, ""))
        for word in COMMANDS + ["--config=<file>, -c", "--loglevel=<level>", "[default: WARNING]", "Exit status:"]:
            self.assertIn(word, r.out)
        self.assertEqual(self.lymph("--help").out, r.out)
        self.assertEqual(self.lymph("-h").out, r.out)

    def test_each_command_explains_its_arguments_options_examples_and_exit_statuses(self):
        for command in COMMANDS:
            with self.subTest(command):
                r = self.lymph("help", command)
                self.assertEqual((r.code, r.err), (0, ""))
                self.assertTrue(r.out.startswith(f"Usage: lymph {command}"), r)
                self.assertIn("\nCommon options:\n", r.out)
                self.assertIn("\nExamples:\n  $ ", r.out)
                self.assertIn("\nExit status:\n  0  Done.\n", r.out)
                self.assertLessEqual(max(len(line) for line in r.out.splitlines()), 100)
                self.assertEqual(self.lymph(command, "--help").out, r.out)
                self.assertEqual(self.lymph(command, "-h").out, r.out)

    def test_help_shows_defaults(self):
        r = self.lymph("request", "--help")
        self.assertIn("  --timeout=<seconds>          How long to wait for the answer. [default: 2.0]\n", r.out)
        self.assertIn("  --dump-headers, -D           Print the answer's headers, too.\n", r.out)

    def test_the_manual_names_every_option(self):
        with open(os.path.join(os.path.dirname(fixture.HERE), "..", "doc", "cli.md"), encoding="utf-8") as f:
            manual = f.read()
        for command in COMMANDS:
            self.assertRegex(manual, rf"(?m)^## (.*, )?{command}\b")
            self.assertIn(f"\n| [`{command}`](#", manual)
            for option in re.findall(r"^  (--[a-z-]+)", self.lymph("help", command).out, re.M):
                self.assertIn(f"`{option}", manual, command)

    def test_version(self):
        r = self.lymph("--version")
        self.assertRegex(r.out, r"\A\d+\.\d+\.\d+\n\Z")
        self.assertEqual((r.code, r.err), (0, ""))
        self.assertEqual(self.lymph("request", "--version").out, r.out)


class WrongUsage(fixture.Case):
    def test_no_command(self):
        self.expect(self.lymph(), 2, err="a command is missing: lymph <command>")

    def test_unknown_command(self):
        self.expect(self.lymph("nope"), 2, err="there is no command 'nope'; `lymph list` shows them")
        self.expect(self.lymph("requst"), 2, err="there is no command 'requst'; did you mean 'request'?")
        self.expect(self.lymph("help", "instnace"), 2, err="there is no command 'instnace'; did you mean 'instance'?")

    def test_option_before_the_command(self):
        self.expect(self.lymph("--color", "discover"), 2, err="the command comes before the options")

    def test_unknown_option(self):
        self.expect(self.lymph("discover", "--instnces"), 2, err="unknown option '--instnces' (did you mean '--instances'?); see `lymph help discover`")
        self.expect(self.lymph("discover", "--log-level=INFO"), 2, err="unknown option '--log-level' (did you mean '--loglevel'?)")
        self.expect(self.lymph("discover", "--xyzzy=1"), 2, err="unknown option '--xyzzy'; see `lymph help discover`")
        self.expect(self.lymph("discover", "-x"), 2, err="unknown option '-x'; see `lymph help discover`")
        self.expect(self.lymph("instance", "-ix"), 2, err="unknown option '-x'")

    def test_ambiguous_beginning(self):
        self.expect(self.lymph("discover", "--co"), 2, err="'--co' is the beginning of several options")

    def test_values(self):
        self.expect(self.lymph("discover", "--config"), 2, err="--config needs a value: --config=<file>")
        self.expect(self.lymph("instance", "-p"), 2, err="--port needs a value: --port=<port>")
        self.expect(self.lymph("discover", "--json=yes"), 2, err="--json takes no value")

    def test_exclusive_options(self):
        self.expect(self.lymph("discover", "--color", "--no-color"), 2, err="--color and --no-color exclude each other")
        self.expect(self.lymph("discover", "--ip=127.0.0.1", "-g"), 2, err="--ip and --guess-external-ip exclude each other")

    def test_number_of_arguments(self):
        self.expect(self.lymph("request"), 2, err="the argument <subject> is missing: lymph request <subject> <params>")
        self.expect(self.lymph("request", "A.b"), 2, err="the argument <params> is missing")
        self.expect(self.lymph("inspect"), 2, err="the argument <address> is missing")
        self.expect(self.lymph("emit"), 2, err="the argument <event-type> is missing")
        self.expect(self.lymph("subscribe"), 2, err="the argument <event-type> is missing")
        self.expect(self.lymph("request", "A.b", "{}", "x"), 2, err="one argument too many: 'x'")
        self.expect(self.lymph("instance", "x"), 2, err="one argument too many: 'x'")
        self.expect(self.lymph("discover", "--", "--json", "x"), 2, err="one argument too many: 'x'")

    def test_too_many_arguments_are_no_crash(self):
        self.expect(self.lymph("subscribe", *["x"] * 2000), 2, err="too many arguments")
        self.expect(self.lymph("list", *["--color"] * 2000), 2, err="too many arguments")

    def test_numbers(self):
        for bad in ("x", "", "0", "-1", "1e9", "nan", "1x"):
            self.expect(self.lymph("request", f"--timeout={bad}", "A.b", "{}"), 2, err="--timeout needs a number from 0.001 to 86400, not ")
        for bad in ("0", "2.5", "x", "99999999999999999999"):
            self.expect(self.lymph("request", "-N", bad, "A.b", "{}"), 2, err="--number needs a whole number from 1 to 10000000, not ")
        self.expect(self.lymph("request", "-C0", "A.b", "{}"), 2, err="--concurrency needs a whole number")
        for bad in ("0", "65536", "-1", "http"):
            self.expect(self.lymph("instance", f"--port={bad}"), 2, err="--port needs a whole number from 1 to 65535, not ")

    def test_log_options(self):
        self.expect(self.lymph("discover", "--loglevel=LOUD"), 1, err="'LOUD' is no log level; use DEBUG, INFO")
        self.expect(self.lymph("discover", "--logfile=/nowhere/x.log"), 1, err="cannot open the log file /nowhere/x.log: No such file")

    def test_options_may_stand_anywhere_be_cut_short_and_combined(self):
        plain = self.lymph("discover")
        for args in (["discover", "--inst"], ["discover", "--instances", "--no-color", "--only"]):
            r = self.lymph(*args)
            self.assertEqual((r.code, r.out), (0, plain.out), r)
        r = self.lymph("discover", "--jso", "--al", "--loglev", "ERROR", env={"POSIXLY_CORRECT": "1"})
        self.assertEqual((r.code, r.out), (0, "{}\n"), r)


class Output(fixture.Case):
    def test_reader_that_is_gone(self):
        r = self.cluster.shell("lymph help | true; lymph help | head -n 1")
        self.assertEqual(r.out, "Usage: lymph <command> [<args>...] [options]\n")
        self.assertIn(r.code[0], (0, 141))  # 141: it noticed
        self.assertEqual(r.err, "")

    def test_pipe_without_reader_ends_it_quietly(self):
        r = self.cluster.shell("mkfifo p; exec 3<>p 4>p 3<&-; lymph help >&4")
        self.assertEqual((r.code, r.err), ([141], ""))

    def test_full_disk(self):
        r = self.cluster.shell("lymph discover > /dev/full")
        self.assertEqual((r.code, r.err), ([1], "lymph: cannot write to standard output: No space left on device"))

    def test_closed_output_is_told_and_nothing_is_written_elsewhere(self):
        for command in ("list", "help", "discover", "--version"):
            with self.subTest(command):
                r = self.cluster.shell(f"lymph {command} >&-")
                self.assertEqual((r.code, r.err), ([1], "lymph: cannot write to standard output: Bad file descriptor"))
        r = self.cluster.shell("lymph discover >&- 2>&-")
        self.assertEqual(r.code, [1])
        for folder, _, files in os.walk(f"{self.cluster.folder}/run"):
            for name in files:
                with open(f"{folder}/{name}", "rb") as f:
                    self.assertNotIn(b"No registered services found", f.read())

    def test_closed_input(self):
        r = self.cluster.shell("lymph request A.b - <&-")
        self.assertEqual((r.code, r.err), ([2], "lymph: cannot read the parameters from standard input: Bad file descriptor"))


if __name__ == "__main__":
    tap.main()
