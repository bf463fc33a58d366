#!/usr/bin/python3
"""lymph instance: what it reads, what it logs, how it ends, and what keeps it from starting."""

import os
import re
import shutil
import signal
import socket
import subprocess

import fixture
import tap

LOG_LINE = re.compile(r'\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} \[(DEBUG|INFO|WARNING|ERROR|CRITICAL)\] lymph(\.\w+)*: .* - trace_id="[^"]*"')


class Instance(fixture.Case):
    def refused(self, start, *args, **options):
        r = self.lymph("instance", *args, **options)
        self.assertEqual((r.code, r.out), (1, ""), r)
        self.assertTrue(r.err.startswith("lymph: " + start), r)
        self.assertEqual(r.err.count("\n"), 1, r)
        return r

    # ---- what it serves ----

    def test_interfaces_of_the_configuration(self):
        i = self.instance("Greeting", "Multi@1.2.0").wait_serving()
        self.expect(self.lymph("discover", "--versions"), 0, f"Greeting@None [1]\nMulti@1.2.0 [1]\nlymph@{self.lymph('--version').out.strip()} [1]\n")
        self.assertEqual(i.end(), 0)

    def test_interfaces_of_the_command_line(self):
        i = self.start("instance", "--interface=sample:Greeting", "--interface", "sample:Sample", "--loglevel=INFO").wait_serving()
        self.expect(self.lymph("discover"), 0, "Greeting [1]\nSample [1]\nlymph [1]\n")
        self.assertEqual(i.end(), 0)

    def test_configuration_is_found(self):
        """LYMPH_CONFIG before .lymph.yml, --config before both; LYMPH_NODE_CONFIG gives the sections of the cluster only."""
        text = "interfaces: {%s: {class: 'sample:Sample'}}\n"
        self.cluster.write(".lymph.yml", text % "Default")
        self.cluster.write("other.yml", text % "Other")
        self.cluster.write("third.yml", text % "Third")
        self.cluster.write("node.yml", (text % "Node") + "container: {registry: {class: local, cluster: elsewhere}}\n")
        for args, env, name in (([], {}, "Default"), ([], {"LYMPH_CONFIG": "other.yml"}, "Other"),
                                (["--config=third.yml"], {"LYMPH_CONFIG": "other.yml"}, "Third"), (["-c", "third.yml"], {}, "Third")):
            i = self.start("instance", "--loglevel=INFO", *args, env=env).wait_serving()
            self.expect(self.lymph("discover"), 0, f"{name} [1]\nlymph [1]\n")
            self.assertEqual(i.end(), 0)
        i = self.start("instance", "--loglevel=INFO", env={"LYMPH_NODE_CONFIG": "node.yml"}).wait_serving()
        self.expect_nobody()
        self.expect(self.lymph("discover", env={"LYMPH_NODE_CONFIG": "node.yml"}), 0, "Default [1]\nlymph [1]\n")
        self.assertEqual(i.end(), 0)

    def test_variables(self):
        self.cluster.write("v.yml", "name: sample\n")
        self.cluster.write("i.yml", "interfaces: {Greeting: {class: '$(var.name):$(env.SERVICE)'}}\n")
        for args, env in ((["--vars=v.yml"], {}), ([], {"LYMPH_VARS": "v.yml"})):
            i = self.start("instance", "-c", "i.yml", "--loglevel=INFO", *args, env=dict(env, SERVICE="Greeting")).wait_serving()
            self.assertEqual(i.end(), 0)
        self.refused("i.yml:1:32: $(var.name) is not defined", "-c", "i.yml")

    def test_modules_are_found_along_the_path_and_beside_the_configuration(self):
        os.makedirs(f"{self.cluster.folder}/conf/deep")
        shutil.copy(f"{fixture.modules()}/sample.so", f"{self.cluster.folder}/conf/deep/other.so")
        self.cluster.write("conf/i.yml", "interfaces: {Greeting: {class: 'deep.other:Greeting'}}\n")
        for path in ("", "/nowhere", "/nowhere:conf/deep"):
            i = self.start("instance", "-c", "conf/i.yml", "--loglevel=INFO", env={"LYMPH_PATH": path}).wait_serving()
            self.assertEqual(i.end(), 0)
        i = self.start("instance", "--interface=other:Sample", "--loglevel=INFO", env={"LYMPH_PATH": "/nowhere:conf/deep"}).wait_serving()
        self.assertEqual(i.end(), 0)

    def test_port_and_address(self):
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            port = s.getsockname()[1]
        i = self.instance("Sample", args=["--port", str(port), "--ip=127.0.0.2"]).wait_serving()
        self.assertEqual(i.endpoint, f"tcp://127.0.0.2:{port}")
        self.expect(self.lymph("request", "Sample.echo", '{"value": 1}'), 0, "1\n")
        self.assertEqual(i.end(), 0)
        i = self.start("instance", "--interface=sample:Sample", "--loglevel=INFO", env={"LYMPH_NODE_IP": "127.0.0.3"}).wait_serving()
        self.assertTrue(i.endpoint.startswith("tcp://127.0.0.3:"), i.err)

    # ---- what it prints ----

    def test_prints_nothing_of_its_own(self):
        i = self.start("instance", "--interface=sample:Sample")
        i.wait_for(lambda _: self.lymph("discover", "Sample").code == 0, "the instance")
        self.expect(self.lymph("request", "Sample.nothing", "{}"), 0, "None\n")
        self.assertEqual((i.end(), i.out, i.err), (0, "", ""))

    def test_an_rpc_without_a_handler_is_told_of_once(self):
        i = self.start("instance", "--interface=sample:Partial")
        i.wait_for(lambda _: self.lymph("discover", "Partial").code == 0, "the instance")
        self.expect(self.lymph("request", "Partial.written", "{}"), 0, "None\n")
        for _ in range(2):
            self.assertNotEqual(self.lymph("request", "Partial.missing", "{}").code, 0)
        self.assertEqual(i.end(), 0)
        self.assertEqual(i.err.count("calls of it are refused"), 1, i.err)
        self.assertRegex(i.err, r"\[WARNING\] lymph\.core\.container: Partial\.missing has no handler: calls of it are refused - ")

    def test_what_handlers_print_is_seen_at_once(self):
        i = self.instance("Greeting").wait_serving()
        self.expect(self.lymph("request", "Greeting.greet", '{"name": "Flynne"}'), 0, "'Hi, Flynne!'\n")
        self.assertEqual(i.out, "Saying hi to Flynne\n")

    def test_output_that_is_closed_does_not_end_it(self):
        r, w = os.pipe()
        os.close(r)
        i = subprocess.Popen(["lymph", "instance", "--interface=sample:Greeting"], stdin=subprocess.DEVNULL, stdout=w, stderr=w,
                             cwd=self.cluster.folder, env=self.cluster.environment)
        os.close(w)
        try:
            fixture.wait_until(lambda: self.lymph("discover", "Greeting").code == 0, fixture.SECONDS, "the instance", i)
            for _ in range(3):
                self.expect(self.lymph("request", "Greeting.greet", '{"name": "x"}'), 0, "'Hi, x!'\n")
            i.terminate()
            self.assertEqual(i.wait(fixture.SECONDS), 0)
        finally:
            i.kill()
            i.wait()

    def test_log(self):
        i = self.instance("Sample").wait_serving()
        self.expect(self.lymph("request", "--trace-id=abc", "Sample.nothing", "{}"), 0, "None\n")
        self.lymph("request", "--trace-id=abc", "Sample.fail", "{}")
        self.assertEqual(i.end(), 0)
        for line in i.err.splitlines():
            self.assertRegex(line, LOG_LINE)
        self.assertRegex(i.err, r'\[INFO\] lymph\.core\.rpc: Sample\.nothing source=tcp://127\.0\.0\.1:\d+ version=None - trace_id="abc"')
        self.assertRegex(i.err, r'\[INFO\] lymph\.core\.rpc: subject=Sample\.nothing duration=0\.\d{6} \(seconds\) - trace_id="abc"')
        self.assertRegex(i.err, r'\[ERROR\] lymph\.core\.rpc: Sample\.fail failed: .*it went wrong - trace_id="abc"')

    def test_log_to_a_file_and_debug(self):
        i = self.start("instance", "--interface=sample:Sample", "--logfile=i.log", "--debug")
        i.wait_for(lambda _: self.lymph("discover", "Sample").code == 0, "the instance")
        self.assertEqual((i.end(), i.out, i.err), (0, "", ""))
        self.assertIn("[DEBUG] lymph.core.container: container changes from", self.cluster.read("i.log"))
        for line in self.cluster.read("i.log").splitlines():
            self.assertRegex(line, LOG_LINE)

    def test_warnings(self):
        i = self.start("instance", "--loglevel=INFO").wait_serving()
        self.assertIn("[WARNING] lymph.core.container: only the built-in interface is served", i.err)
        self.assertEqual(i.end(), 0)
        self.cluster.write("i.yml", "interfaces: {Sample: {class: 'sample:Sample'}}\ncontainer: {regstry: {}}\n")
        i = self.start("instance", "-c", "i.yml", "--loglevel=INFO").wait_serving()
        self.assertRegex(i.err, r"\[WARNING\] lymph\.config: i\.yml:2:\d+: unknown key 'regstry' \(did you mean 'registry'\?\)")
        self.assertNotIn("only the built-in", i.err)
        self.assertEqual(i.end(), 0)

    # ---- its end ----

    def test_signals(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            i = self.instance("Sample").wait_serving()
            self.assertEqual(i.end(number), 0)
            self.expect_nobody()

    def test_stop_finishes_what_is_under_way(self):
        self.cluster.write("i.yml", "container: {drain_timeout: 30}\ninterfaces: {Sample: {class: 'sample:Sample'}}\n")
        i = self.start("instance", "-c", "i.yml", "--loglevel=INFO").wait_serving()
        r = self.start("request", "--timeout=30", "Sample.wait", '{"seconds": 1}')
        i.wait_for(lambda i: "Sample.wait source=" in i.err, "the request")
        i.process.terminate()
        i.wait_for(lambda _: self.lymph("discover").out == "No registered services found\n", "unregistering, before the end")
        self.assertEqual((r.process.wait(fixture.SECONDS), r.out, r.err), (0, "None\n", ""))
        self.assertEqual(i.process.wait(fixture.SECONDS), 0)

    def test_second_signal_stops_at_once(self):
        self.cluster.write("i.yml", "container: {drain_timeout: 600}\ninterfaces: {Sample: {class: 'sample:Sample'}}\n")
        i = self.start("instance", "-c", "i.yml", "--loglevel=INFO").wait_serving()
        r = self.start("request", "--timeout=600", "Sample.wait", '{"seconds": 500}')
        i.wait_for(lambda i: "Sample.wait source=" in i.err, "the request")
        i.process.terminate()
        i.wait_for(lambda _: self.lymph("discover").out == "No registered services found\n", "unregistering, before the end")
        self.assertIsNone(i.process.poll())
        self.assertEqual(i.end(signal.SIGINT), 0)
        self.assertEqual(r.process.wait(fixture.SECONDS), 5, r.err)

    # ---- what keeps it from starting ----

    def test_port_in_use(self):
        i = self.instance("Sample").wait_serving()
        port = i.endpoint.rsplit(":", 1)[1]
        r = self.refused("", "--interface=sample:Sample", f"--port={port}")
        self.assertRegex(r.err, rf"\Alymph: cannot bind tcp://127\.0\.0\.1:{port}: the port is in use; choose another one")

    def test_address_that_is_not_here(self):
        for address in ("192.0.2.1",):
            r = self.refused(f"cannot bind tcp://{address}:", "--interface=sample:Sample", f"--ip={address}")
            self.assertIn("this machine has no such address", r.err)
        for address, why in [*((a, f"'{a}' is not an IP address") for a in ("*", "nonsense", "lo", "300.1.1.1")),
                             ("0.0.0.0", "nobody could call an instance that is registered at 0.0.0.0"),
                             ("::", "nobody could call an instance that is registered at ::")]:
            r = self.refused(why, "--interface=sample:Sample", f"--ip={address}")
            self.assertIn("give the address of this machine that the others reach", r.err)

    def test_module_and_symbol(self):
        self.refused(f"nope:Nope: no module nope.so along LYMPH_PATH ({fixture.modules()}) or in .", "--interface=nope:Nope")
        self.refused("nope:Nope: no module nope.so along LYMPH_PATH (not set) or in .", "--interface=nope:Nope", env={"LYMPH_PATH": ""})
        r = self.refused("sample:Nope: ", "--interface=sample:Nope")
        self.assertRegex(r.err, r"sample\.so has no symbol Nope")
        for bad in ("sample", "sample:", ":Sample", "./sample:Sample", ""):
            self.refused(f"{bad}: '{bad}' is not of the form module:Interface", f"--interface={bad}")
        self.cluster.write("i.yml", "interfaces:\n    Greeting:\n        class: nope:Nope\n    Other: {}\n")
        self.refused("i.yml:2:5: interface Greeting: no module nope.so along LYMPH_PATH", "-c", "i.yml")
        self.cluster.write("i.yml", "interfaces:\n    Other: {}\n")
        self.refused("i.yml:2:12: interfaces.Other.class: missing", "-c", "i.yml")

    def test_symbol_that_is_no_table(self):
        """Whatever is no table of handlers is refused, never called."""
        for symbol, of, error in (("memset", "Greeting", "is no data: a table of handlers is expected"), ("greeted_emit", "Greeting", "is no data"),
                                  ("log", "log", "is no data: a table of handlers is expected (that of an interface whose name is taken in C ends in _: log_)"),
                                  ("greeted_record", "Greeting", "is no table of handlers of Greeting"), ("Texts", "Sample", "is no table of handlers of Sample"),
                                  ("Greeting_descriptor", "Greeting", "is no table of handlers of Greeting"), ("Short", "Sample", "is no table of handlers of Sample"),
                                  ("lymph_type_any", "Greeting", "is no table of handlers of Greeting"), ("greeted_record", "Other", "has no descriptor of greeted_record")):
            with self.subTest(symbol, of=of):
                self.cluster.write("i.yml", f"interfaces:\n    {of}: {{class: 'sample:{symbol}'}}\n")
                self.assertIn(error, self.refused(f"i.yml:2:5: interface {of}: ", "-c", "i.yml").err)

    def test_table_of_another_name(self):
        """`log_`, since C has a function `log`; and any name when the section has the interface's."""
        self.cluster.write("i.yml", "interfaces: {log: {class: 'sample:log_'}, Greeting: {class: 'sample:Short'}}\n")
        i = self.start("instance", "-c", "i.yml", "--loglevel=INFO").wait_serving()
        self.expect(self.lymph("request", "log.nothing", "{}"), 0, "None\n")
        self.expect(self.lymph("request", "Greeting.greet", '{"name": "x"}'), 0, "'Hi, x!'\n")
        self.assertEqual(i.end(), 0)

    def test_file_that_is_no_module(self):
        self.cluster.write("text.so", "this is no module\n")
        self.assertIn("cannot load", self.refused("text:T: ", "--interface=text:T").err)

    def test_module_of_another_abi(self):
        self.cluster.write("old.c", '#include <lymph/lymph.h>\nconst lymph_interface_desc Old_descriptor = {.abi = 999, .name = "Old"};\nconst int Old = 0;\n')
        subprocess.run("cc -shared -fPIC -o old.so old.c $(pkg-config --cflags --libs lymph)", shell=True, check=True, cwd=self.cluster.folder,
                       env=self.cluster.environment, timeout=fixture.SECONDS)
        with open(os.path.join(os.path.dirname(__file__), "..", "..", "runtime", "include", "lymph", "version.h")) as f:
            abi = re.search(r"#define LYMPH_ABI (\d+)", f.read()).group(1)
        self.refused(f"interface Old was generated for ABI 999 of lymph, this is {abi}: run lymphc on its file again", "--interface=old:Old")

    def test_on_start_that_fails(self):
        self.refused("Broken: on_start failed: the database is not there", "--interface=sample:Broken")
        self.expect_nobody()

    def test_installed_twice(self):
        self.refused("Sample is installed twice", "--interface=sample:Sample", "--interface=sample:Sample")

    def test_configured_name_that_is_taken(self):
        self.cluster.write("i.yml", "interfaces:\n    lymph:\n        class: sample:Sample\n")
        self.refused("i.yml:2:5: interface lymph: 'lymph' is the built-in interface that every instance has already", "-c", "i.yml")

    def test_wrong_configuration(self):
        for text, error in (("container: {port: http}\n", ":1:19: container.port: an integer of 0 to 65535 is expected, not 'http'"),
                            ("registry: zookeeper\n", ":1:11: registry: a section is expected, not 'zookeeper'"),
                            ("event_system: [rabbitmq]\n", ":1:15: event_system: a section is expected, not a list"),
                            ("container: 5\n", ":1:12: container: a section is expected, not '5'"),
                            ("container: []\n", ":1:12: container: a section is expected, not a list"),
                            ("container: {registry: zookeeper}\n", ":1:23: container.registry: a section is expected, not 'zookeeper'"),
                            ("container: {events: [a]}\n", ":1:21: container.events: a section is expected, not a list"),
                            ("container: {rpc: tcp}\n", ":1:18: container.rpc: a section is expected, not 'tcp'"),
                            ("container: {rpc: {connection: 3}}\n", ":1:31: container.rpc.connection: a section is expected, not '3'"),
                            ("container: {rpc: {connection: {timeout: 0.5}}}\n", ":1:31: heartbeat_interval, timeout and idle_timeout must grow"),
                            ("container: {stack_size: 1000}\n", ":1:25: container.stack_size: an integer of 65536 to 67108864 is expected, not '1000'"),
                            ("container: {drain_timeout: -1}\n", ":1:28: container.drain_timeout: a number of 0 to 1000000000 is expected, not '-1'"),
                            ("interfaces: [Greeting]\n", ":1:13: interfaces: a section is expected, not a list"),
                            ("interfaces: {A: x}\n", ":1:17: interfaces.A: a section is expected, not 'x'"),
                            ("a: 1\na: 2\n", ":2:1: the key 'a' is there twice"), ("- a\n", ":1:1: a map is expected"),
                            ("interfaces: {'A@x': {class: 'sample:Sample'}}\n", ":1:14: interface A@x: A: 'x' is not a version of the form x.y.z")):
            self.cluster.write("i.yml", text)
            for command in ("instance",) if "interface A" in error or "interfaces.A" in error else ("instance", "discover"):
                r = self.lymph(command, "-c", "i.yml")
                self.assertEqual((r.code, r.out), (1, ""), r)
                self.assertEqual(r.err.splitlines()[-1][: len("lymph: i.yml" + error)], "lymph: i.yml" + error)

    def test_keys_that_are_told(self):
        self.cluster.write("i.yml", "contaner: {}\ncontainer:\n  regstry: {}\n  rpc: {prot: 1}\ninterfaces:\n  Sample:\n    class: nope:Nope\n    clas: x\n"
                           "    config: {anything: goes}\n    port: 80\n    healthcheck: {enabled: true}\nregistry: {class: local}\n")
        r = self.lymph("instance", "-c", "i.yml")
        self.assertIn("\nlymph: i.yml:6:3: interface Sample: no module", r.err)
        for place, text in (("1:1", "unknown key 'contaner' (did you mean 'container'?)"), ("3:3", "unknown key 'regstry' (did you mean 'registry'?)"),
                            ("4:9", "unknown key 'prot' (did you mean 'port'?)"), ("8:5", "unknown key 'clas' (did you mean 'class'?)"),
                            ("12:1", "deprecated key 'registry'")):
            self.assertIn(f"[WARNING] lymph.config: i.yml:{place}: {text}", r.err)
        self.assertEqual(r.err.count("lymph.config"), 5, r.err)

    def test_what_the_original_has_is_no_warning(self):
        known = ("instances", "sockets", "plugins", "dependencies", "name", "logging", "debug", "metrics")
        self.cluster.write("i.yml", "".join(f"{key}: {{a: [1]}}\n" for key in known) + "container: {class: x, log_endpoint: y, service_name: z, pool: {}, "
                           "debug: true, metrics: []}\ntracing: {request_header: X-Ask, response_header: X-Told}\nhealthcheck: {enabled: true, endpoint: /_well/}\n")
        self.expect_nobody("-c", "i.yml")

    def test_servers_that_are_away(self):
        self.cluster.write("i.yml", "container: {events: {class: 'lymph.events.kombu:KombuEventSystem', transport: amqp, hostname: 127.0.0.1, port: 1, "
                           "timeout: 0.5}}\ninterfaces: {Listen: {class: 'sample:Listen'}}\n")
        r = self.lymph("instance", "-c", "i.yml")
        self.assertEqual((r.code, r.out), (1, ""), r)
        self.assertRegex(r.err, r"(?m)^lymph: .*127\.0\.0\.1:1\b")


if __name__ == "__main__":
    tap.main()
