#!/usr/bin/python3
"""lymph request: answers as the original prints them, and every way in which a request fails."""

import json
import re
import signal
import socket
import unittest

import fixture
import tap

UUID = "12345678-1234-5678-1234-567812345678"
TYPES = {
    "uuid": {"__type__": "UUID", "_": UUID},
    "dt": {"__type__": "datetime", "_": "2015-07-08T20:51:30"},
    "d": {"__type__": "date", "_": "2015-07-08"},
    "t": {"__type__": "time", "_": "20:51:30Z"},
    "dec": {"__type__": "Decimal", "_": "1.10"},
    "set": {"__type__": "set", "_": [1]},
    "und": {"__type__": "UndefinedType", "_": ""},
    "none": None,
}


class Answers(unittest.TestCase):
    """One cluster for all: nothing here changes it."""

    maxDiff = None
    expect = fixture.Case.expect

    @classmethod
    def setUpClass(cls):
        cls.cluster = fixture.Cluster()
        cls.addClassCleanup(cls.cluster.close)
        cls.lymph = staticmethod(cls.cluster.lymph)
        cls.sample = cls.cluster.instance("Greeting", "Sample").wait_serving()
        cls.multi = cls.cluster.instance("Multi@1.0.0", "Multi@1.5.0", "Multi@2.0.0").wait_serving()

    def echo(self, value, *options, **more):
        return self.lymph("request", "Sample.echo", json.dumps({"value": value}), *options, **more)

    def test_result(self):
        self.expect(self.lymph("request", "Greeting.greet", '{"name": "Flynne"}'), 0, "'Hi, Flynne!'\n")
        self.expect(self.lymph("request", "--json", "Greeting.greet", '{"name": "Flynne"}'), 0, '"Hi, Flynne!"\n')
        self.expect(self.lymph("request", "Sample.nothing", "{}"), 0, "None\n")

    def test_parameters_from_standard_input(self):
        self.expect(self.lymph("request", "Greeting.greet", "-", stdin='{"name":\n "Flynne"}\n'), 0, "'Hi, Flynne!'\n")
        self.expect(self.lymph("request", "Greeting.greet", "-"), 2, err="the parameters: JSON: line ")
        big = "x" * 3000000
        self.expect(self.lymph("request", "--json", "Sample.echo", "-", stdin=json.dumps({"value": big})), 0, f'"{big}"\n')
        self.expect(self.lymph("request", "Sample.echo", "-", stdin=" " * (16 << 20) + "{}"), 2,
                    err="the parameters on standard input are larger than 16 MiB")

    def test_python_form(self):
        self.expect(self.echo({"b": [1, 2.5, None, True], "a": "it's"}), 0, '{\'a\': "it\'s", \'b\': [1, 2.5, None, True]}\n')
        self.expect(self.echo("h\u00e9 \u4e2d"), 0, "'h\u00e9 \u4e2d'\n")
        self.expect(self.echo({"a" * 32: "b" * 37, "c": ["d" * 27, "e" * 31]}), 0,
                    "{'" + "a" * 32 + "': '" + "b" * 37 + "',\n 'c': ['" + "d" * 27 + "', '" + "e" * 31 + "']}\n")
        self.expect(self.echo("lorem ipsum " * 12), 0, "('" + "lorem ipsum " * 6 + "'\n '" + "lorem ipsum " * 6 + "')\n")
        self.expect(self.echo(TYPES), 0, """{'d': datetime.date(2015, 7, 8),
 'dec': Decimal('1.10'),
 'dt': datetime.datetime(2015, 7, 8, 20, 51, 30),
 'none': None,
 'set': {1},
 't': datetime.time(20, 51, 30),
 'und': Undefined,
 'uuid': UUID('12345678-1234-5678-1234-567812345678')}
""")

    def test_json_form(self):
        for value in (TYPES, "h\u00e9 \U0001f600", {"b": 1, "a": [1, 2.5, None, True]}, [], 1e300, -7, 1.0):
            self.expect(self.echo(value, "--json"), 0, json.dumps(value) + "\n")

    def test_headers(self):
        self.expect(self.echo(1, "-D", "--trace-id=abc"), 0, "version: None\ntrace_id: 'abc'\n\n1\n")
        self.expect(self.lymph("request", "--dump-headers", "--json", "--trace-id=abc", "Multi.echo@2", '{"value": {"b": 1, "a": 2}}'), 0,
                    "version: '2.0.0'\ntrace_id: 'abc'\n\n{\"b\": 1, \"a\": 2}\n")
        self.assertRegex(self.echo(1, "-D").out, r"\Aversion: None\ntrace_id: '[0-9a-f]{32}'\n\n1\n\Z")

    def test_versions(self):
        for asked, got in (("1.5.0", "1.5.0"), ("1.2", "1.5.0"), ("2", "2.0.0")):
            self.expect(self.lymph("request", f"Multi.echo@{asked}", '{"value": "x"}', "-D", "--trace-id=t"), 0,
                        f"version: '{got}'\ntrace_id: 't'\n\n'x'\n")
        self.expect(self.lymph("request", "Multi.echo@3", '{"value": "x"}'), 3,
                    err="Multi.echo: none of the 3 instances of Multi is compatible with version 3; registered: ")
        self.expect(self.lymph("request", "Multi.echo@x", '{"value": "x"}'), 2, err="'x' is not a version")
        self.expect(self.lymph("request", "Sample.echo@1", '{"value": "x"}'), 3,
                    err="Sample.echo: none of the 1 instances of Sample is compatible with version 1; registered: no version")

    def test_address(self):
        self.expect(self.lymph("request", "--address=Sample", "lymph.status", "{}"), 0,
                    f"{{'endpoint': '{self.sample.endpoint}',\n 'identity': '{self.sample.identity}'}}\n")
        self.expect(self.lymph("request", f"--address={self.multi.endpoint}", "--json", "lymph.status", "{}"), 0,
                    f'{{"endpoint": "{self.multi.endpoint}", "identity": "{self.multi.identity}"}}\n')
        self.expect(self.lymph("request", "--address=Multi@1.2", "lymph.ping", '{"payload": [1]}'), 0, "[1]\n")
        self.expect(self.lymph("request", "lymph.ping", '{"payload": "x"}'), 0, "'x'\n")
        self.expect(self.lymph("request", "--address=tcp://127.0.0.1:x", "lymph.ping", '{"payload": "x"}'), 2,
                    err="'tcp://127.0.0.1:x' is not an endpoint")

    # ---- what is wrong ----

    def test_bad_json(self):
        hint = "; names and texts stand in double quotes, the whole in single quotes: '{\"name\": \"Flynne\"}'\n"
        for text, place in (("{", "line 1, column 2"), ("{name: 1}", "line 1, column 2"), ('{"a": 1,\n  oops}', "line 2, column"), ("", "line "),
                            ("{} x", "line 1, column 4"), ('{"a": 99999999999999999999}', "line 1, column")):
            r = self.lymph("request", "Greeting.greet", text)
            self.expect(r, 2, err=f"the parameters: JSON: {place}")
            self.assertTrue(r.err.endswith(hint), r)
        self.expect(self.lymph("request", "Greeting.greet", "[" * 100 + "]" * 100), 2, err="the parameters: JSON: nested deeper than 64 levels")

    def test_json_that_is_no_object(self):
        for text in ("[]", "1", '"name"', "null", '{"__type__": "set", "_": []}'):
            self.expect(self.lymph("request", "Greeting.greet", text), 2, err="the parameters are no JSON object; give them by name: ")

    def test_subject_without_method(self):
        for subject in ("Greeting", ".greet", "Greeting.", "", "Greeting@1.0"):
            self.expect(self.lymph("request", subject, "{}"), 2, err=f"'{subject}' is not of the form Service.method")

    def test_unknown_service(self):
        self.expect(self.lymph("request", "Greetin.greet", "{}"), 3, err="no service named 'Greetin' is registered; did you mean 'Greeting'?")
        self.expect(self.lymph("request", "Nope.nope", "{}"), 3, err="no service named 'Nope' is registered; `lymph discover` shows what there is")
        self.expect(self.lymph("request", "--address=Nope", "lymph.status", "{}"), 3, err="no service named 'Nope' is registered")

    def test_unknown_method(self):
        self.expect(self.lymph("request", "Greeting.gret", "{}"), 5, err="Greeting has no method 'gret'; did you mean 'greet'?\n")
        self.expect(self.lymph("request", "Greeting.xyzzy", "{}"), 5, err="Greeting has no method 'xyzzy'; it has greet\n")
        self.expect(self.lymph("request", "Multi.eco@1.2", "{}"), 5, err="Multi has no method 'eco'; did you mean 'echo'?\n")
        self.expect(self.lymph("request", "--address=Multi", "Greeting.greet", "{}"), 5, err="the instance serves no interface 'Greeting'\n")

    def test_wrong_parameters(self):
        self.expect(self.lymph("request", "Greeting.greet", '{"nam": "x"}'), 5,
                    err="Greeting.greet(name) has no parameter 'nam'; did you mean 'name'?\n")
        self.expect(self.lymph("request", "Sample.two", '{"a": "x", "surplus": "x"}'), 5, err="Sample.two(a, b) has no parameter 'surplus'\n")
        self.expect(self.lymph("request", "Sample.nothing", '{"x": 1}'), 5, err="Sample.nothing() has no parameter 'x'\n")
        self.expect(self.lymph("request", "Sample.two", '{"b": "x"}'), 5, err="Sample.two(a, b) refused the request: a parameter is missing or of the wrong type")
        self.expect(self.lymph("request", "Greeting.greet", '{"name": 1}'), 5,
                    err="Greeting.greet(name) refused the request: a parameter is missing or of the wrong type, or its handler failed; "
                        "the instance's log tells\n")

    def test_failed_handler(self):
        self.expect(self.lymph("request", "Sample.fail", "{}"), 5, err="Sample.fail() refused the request: ")
        self.assertIn("[ERROR] lymph.core.rpc: Sample.fail failed: LYMPH_ESYSTEM: it went wrong", self.sample.err)

    def test_declared_errors(self):
        self.expect(self.lymph("request", "Sample.order", '{"item": "junk", "count": 1}'), 6, err="Sample.order: Rejected: no junk here\n")
        self.expect(self.lymph("request", "Sample.order", '{"item": "egg", "count": 5}'), 6,
                    err='Sample.order: OutOfStock: {"item": "egg", "left": 3}\n')
        self.expect(self.lymph("request", "Sample.order", '{"item": "egg", "count": 2}'), 0, "None\n")

    def test_timeout(self):
        r = self.lymph("request", "--timeout=0.2", "Sample.wait", '{"seconds": 5}')
        self.expect(r, 4, err=f"Sample.wait: no answer from {self.sample.endpoint} in time; it is busy or gone, or needs longer: --timeout=")
        self.expect(self.lymph("request", "--timeout", "30", "Sample.wait", '{"seconds": 2.5}'), 0, "None\n")  # longer than the default

    def test_nobody_at_the_endpoint(self):
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            there = f"tcp://127.0.0.1:{s.getsockname()[1]}"
            self.expect(self.lymph("request", f"--address={there}", "--timeout=600", "Sample.echo", "{}"), 3,
                        err=f"Sample.echo: {there}: Connection refused; is an instance running there?")
        self.expect(self.lymph("request", "--address=tcp://no-such-host.invalid:1", "--timeout=600", "Sample.echo", "{}"), 3,
                    err="Sample.echo: tcp://no-such-host.invalid:1: cannot resolve host 'no-such-host.invalid': ")

    def test_interrupt(self):
        begun = self.sample.err.count("Sample.wait source=")
        r = self.cluster.start("request", "--timeout=600", "Sample.wait", '{"seconds": 30}')
        r.wait_for(lambda _: self.sample.err.count("Sample.wait source=") > begun, "the request")
        self.assertEqual((r.end(signal.SIGINT), r.out, r.err), (-signal.SIGINT, "", ""))

    # ---- many ----

    def statistics(self, out, number, concurrency, dots):
        shown = ["  0.0", " 50.0", " 90.0", " 95.0", " 97.0", " 98.0", " 99.0", " 99.5", " 99.9", "100.0"]
        ms = r" {1,11}\d+\.\d\d ms"
        rows = "".join(re.escape(p) + " %" + ms + {0: r" \(min\)", 9: r" \(max\)"}.get(i, "") + "\n" for i, p in enumerate(shown))
        self.assertRegex(out, rf"""\Asending {number} requests, concurrency {concurrency}
\.{{{dots}}}
Requests per second: {{1,11}}\d+\.\d\d Hz  \(#req={number}\)
Mean time per request: {{1,9}}\d+\.\d\d ms  \(stddev=\d+\.\d\d\)
Timeout rate:              0\.00 %   \(#req=0\)
Total time: {{1,20}}\d+\.\d\d s

Percentiles:
{rows}\Z""")

    def test_many(self):
        for number, concurrency, dots in ((10, 1, 10), (160, 1, 80), (200, 4, 66), (3, 50, 3)):
            before = self.sample.err.count("Sample.nothing source=")
            r = self.lymph("request", "-N", str(number), "-C", str(concurrency), "Sample.nothing", "{}")
            self.assertEqual((r.code, r.err), (0, ""), r)
            self.statistics(r.out, number, min(number, concurrency), dots)
            self.assertEqual(self.sample.err.count("Sample.nothing source=") - before, number)

    def test_many_that_fail(self):
        begin = "sending 5 requests, concurrency 1\n.\n"
        self.expect(self.lymph("request", "-N5", "Greeting.gret", "{}"), 5, begin, err="Greeting has no method 'gret'; did you mean 'greet'?")
        self.expect(self.lymph("request", "-N5", "Sample.order", '{"item": "junk", "count": 1}'), 6, begin, err="Sample.order: Rejected: no junk here")
        self.expect(self.lymph("request", "-N5", "Greetin.greet", "{}"), 3, err="no service named 'Greetin' is registered; did you mean")

    def test_many_that_time_out(self):
        r = self.lymph("request", "-N6", "-C3", "--timeout=0.2", "Sample.wait", '{"seconds": 1}')
        self.assertEqual((r.code, r.err), (0, ""), r)
        self.assertRegex(r.out, r"(?s)\.{6}\nRequests per second: .*\(#req=6\)\nTimeout rate:            100\.00 %   \(#req=6\)\nTotal time: [^\n]*\n\Z")


class Instances(fixture.Case):
    def test_instances_answer_in_turn(self):
        a, b = (self.instance("Sample").wait_serving() for _ in range(2))
        r = self.lymph("request", "-N", "10", "Sample.nothing", "{}")
        self.assertEqual(r.code, 0, r)
        self.assertEqual([i.err.count("Sample.nothing source=") for i in (a, b)], [5, 5])

    def test_killed_instance_is_not_called(self):
        a, b = (self.instance("Sample").wait_serving() for _ in range(2))
        a.end(signal.SIGKILL)
        for _ in range(3):
            self.expect(self.lymph("request", "Sample.nothing", "{}"), 0, "None\n")
        b.end(signal.SIGKILL)
        r = self.lymph("request", "Sample.nothing", "{}")
        self.assertEqual((r.code, r.out), (3, ""), r)

    def test_configuration_that_is_wrong(self):
        self.cluster.write(".lymph.yml", "container:\n    registry: {class: nope}\n")
        r = self.lymph("request", "A.b", "{}")
        self.assertEqual((r.code, r.out), (1, ""), r)
        self.assertTrue(r.err.startswith("lymph: .lymph.yml:2:"), r)
        self.cluster.write(".lymph.yml", "container: [\n")
        self.assertRegex(self.lymph("request", "A.b", "{}").err, r"\Alymph: \.lymph\.yml:\d+:\d+: ")
        self.expect(self.lymph("request", "A.b", "{}", "-c", "nope.yml"), 1, err="cannot read the configuration nope.yml: No such file or directory")


class OnServers(fixture.Case):
    make_cluster = fixture.OnServers

    def test_as_on_the_embedded_default(self):
        i = self.instance("Greeting", "Sample").wait_serving()
        self.expect(self.lymph("request", "Greeting.greet", '{"name": "Flynne"}'), 0, "'Hi, Flynne!'\n")
        self.expect(self.lymph("request", "Greeting.gret", "{}"), 5, err="Greeting has no method 'gret'; did you mean 'greet'?")
        self.expect(self.lymph("request", "Greetin.greet", "{}"), 3, err="no service named 'Greetin' is registered; did you mean 'Greeting'?")
        self.expect(self.lymph("request", "--timeout=0.2", "Sample.wait", '{"seconds": 5}'), 4, err="Sample.wait: no answer from")
        self.assertEqual(i.end(), 0)
        self.expect(self.lymph("request", "Greeting.greet", '{"name": "x"}'), 3, err="Greeting.greet: service Greeting has no instance")


if __name__ == "__main__":
    tap.main()
