#!/usr/bin/python3
"""lymph discover and lymph inspect, on the embedded default and on ZooKeeper."""

import json
import re
import socket

import fixture
import tap

RED, YELLOW, BOLD, OFF = "\033[31m", "\033[33m", "\033[1m", "\033(B\033[m"
BUILTIN = """rpc lymph.get_metrics()
	 Returns the instance's metrics as rows of name, value and tags.

rpc lymph.inspect()
	 Returns a description of all available rpc methods of this service.

rpc lymph.ping(payload)
	 Returns the payload, to show that this instance answers.

rpc lymph.status()
	 Returns the instance's endpoint and identity.

"""


def line(instance, version="–"):
    return f"[{instance.identity[:10]}]  {version:12} {instance.endpoint}\n"


class Discover(fixture.Case):
    def test_nothing_there(self):
        self.expect_nobody()
        self.expect_nobody("--json", out="{}\n")
        self.expect(self.lymph("discover", "Greeting"), 3,
                    err=f"no service named 'Greeting' is registered, nor any other, in {self.cluster.place}; start one with")

    def test_services_and_instances(self):
        a = self.instance("Greeting").wait_serving()
        b = self.instance("Greeting", "Sample").wait_serving()
        self.expect(self.lymph("discover"), 0, "Greeting [2]\nSample [1]\nlymph [2]\n")
        version = self.lymph("--version").out.strip()
        first, second = sorted((a, b), key=lambda i: i.identity)
        self.expect(self.lymph("discover", "--instances"), 0,
                    "Greeting [2]\n" + line(first) + line(second) + "\n" + "Sample [1]\n" + line(b) + "\n" +
                    "lymph [2]\n" + line(first, version) + line(second, version) + "\n")
        self.expect(self.lymph("discover", "Sample"), 0, "Sample [1]\n" + line(b) + "\n")
        self.assertEqual(a.end(), 0)
        self.expect(self.lymph("discover", "Greeting"), 0, "Greeting [1]\n" + line(b) + "\n")
        self.assertEqual(b.end(), 0)
        self.expect_nobody()

    def test_what_instances_publish(self):
        i = self.instance("Sample").wait_serving()
        r = self.lymph("discover", "Sample", "--full")
        host = socket.gethostname()
        expected = ("Sample [1]\n" + line(i) + "   backdoor_endpoint: None\n   fqdn: '…'\n" + f"   hostname: '{host}'\n   id: '…'\n"
                    f"   identity: '{i.identity}'\n   ip: '127.0.0.1'\n   log_endpoint: None\n   monitoring_endpoint: None\n   type: False\n"
                    "   version: None\n\n")
        self.assertEqual(re.sub(r"^(   (?:fqdn|id): ).*$", r"\1'…'", r.out, flags=re.M), expected)
        published = json.loads(self.lymph("discover", "--json", "Sample").out)
        self.assertEqual(list(published), ["Sample"])
        [row] = published["Sample"]
        self.assertEqual(list(row), ["id", "identity", "version", "endpoint", "log_endpoint", "monitoring_endpoint", "backdoor_endpoint", "fqdn",
                                     "hostname", "ip", "type"])
        self.assertEqual((row["identity"], row["endpoint"], row["version"], row["type"]), (i.identity, i.endpoint, None, False))
        self.assertEqual(sorted(json.loads(self.lymph("discover", "--json").out)), ["Sample", "lymph"])

    def test_versions(self):
        i = self.instance("Multi@1.0.0", "Multi@1.10.0", "Multi@1.9.0").wait_serving()
        self.expect(self.lymph("discover", "Multi"), 0, "Multi [3]\n" + "".join(line(i, v) for v in ("1.0.0", "1.9.0", "1.10.0")) + "\n")
        self.expect(self.lymph("discover", "Multi", "--versions"), 0,
                    "".join(f"Multi@{v} [1]\n{line(i, v)}\n" for v in ("1.0.0", "1.9.0", "1.10.0")))
        version = self.lymph("--version").out.strip()
        self.expect(self.lymph("discover", "--versions"), 0, f"Multi@1.0.0 [1]\nMulti@1.9.0 [1]\nMulti@1.10.0 [1]\nlymph@{version} [1]\n")

    def test_colors(self):
        self.instance("Sample", "Multi@1.0.0").wait_serving()
        self.expect(self.lymph("discover", "--color"), 0, "".join(f"{RED}{n}{OFF} [1]\n" for n in ("Multi", "Sample", "lymph")))
        self.assertTrue(self.lymph("discover", "--color", "--versions").out.startswith(f"{RED}Multi@1.0.0{OFF} [1]\n{RED}Sample@None{OFF} [1]\n"))
        self.assertNotIn("\033", self.lymph("discover").out)

    def test_only_running_is_told_to_be_the_default(self):
        r = self.lymph("discover", "--only-running")
        self.assertEqual((r.code, r.out, r.err),
                         (0, "No registered services found\n", "lymph: --only-running is the default and can be left out\n"
                          f"lymph: looked in {self.cluster.place}\n"))

    def test_unknown_name(self):
        self.instance("Greeting").wait_serving()
        self.expect(self.lymph("discover", "Greting"), 3, err="no service named 'Greting' is registered; did you mean 'Greeting'?")
        self.expect(self.lymph("discover", "Else"), 3, err="no service named 'Else' is registered; `lymph discover` shows what there is")

    def test_isolated_instances_do_not_register(self):
        i = self.instance("Sample", args=["--isolated"]).wait_serving()
        self.expect_nobody()
        self.expect(self.lymph("request", f"--address={i.endpoint}", "Sample.echo", '{"value": 1}'), 0, "1\n")


    def test_place_of_another_cluster(self):
        self.cluster.write("other.yml", f"container: {{registry: {{class: local, path: '{self.cluster.folder}/mine', cluster: other}}}}\n")
        self.cluster.place = f"the folder {self.cluster.folder}/mine/other"
        self.expect_nobody("--config=other.yml")


class Inspect(fixture.Case):
    def test_methods_and_their_documentation(self):
        i = self.instance("Greeting", "Sample").wait_serving()
        methods = """rpc Greeting.greet(name)
	 Returns a greeting for a provided name.

rpc Sample.echo(value)
	 Returns what it gets.  A second paragraph of the documentation which
    is much longer than seventy characters, so that it has to be
    wrapped.

rpc Sample.fail()
	 

rpc Sample.nothing()
	 

rpc Sample.order(item, count)
	 

rpc Sample.two(a, b)
	 

rpc Sample.wait(seconds)
	 

"""
        self.expect(self.lymph("inspect", "Sample"), 0, "RPC interface of Sample\n\n" + methods + BUILTIN)
        self.expect(self.lymph("inspect", i.endpoint), 0, f"RPC interface of {i.endpoint}\n\n" + methods + BUILTIN)

    def test_colors(self):
        self.instance("Greeting").wait_serving()
        r = self.lymph("inspect", "Greeting", "--color")
        self.assertTrue(r.out.startswith(f"RPC interface of {BOLD}Greeting{OFF}\n\nrpc {RED}Greeting.greet{OFF}({YELLOW}name{OFF})\n\t Returns a"), r)
        self.assertIn(f"rpc {RED}lymph.status{OFF}({YELLOW}{OFF})\n", r.out)

    def test_versioned_service_is_asked_without_a_version(self):
        """Instances of the original refuse lymph.inspect with one."""
        i = self.instance("Multi@1.5.0").wait_serving()
        for address in ("Multi", "Multi@1.2", "lymph"):
            r = self.lymph("inspect", address)
            self.assertEqual(r.code, 0, r)
            self.assertTrue(r.out.startswith(f"RPC interface of {address}\n\nrpc Multi.echo(value)\n"), r)
        self.assertEqual(i.err.count("lymph.inspect source="), 3)
        self.assertEqual(len(re.findall(r"lymph\.inspect source=\S+ version=None", i.err)), 3)

    def test_failures(self):
        self.instance("Greeting", "Multi@1.5.0").wait_serving()
        self.expect(self.lymph("inspect", "Greetings"), 3, err="no service named 'Greetings' is registered; did you mean 'Greeting'?")
        self.expect(self.lymph("inspect", "Multi@2"), 3,
                    err="lymph.inspect: none of the 1 instances of Multi is compatible with version 2; registered: 1.5.0")
        self.expect(self.lymph("inspect", "Multi@x"), 2, err="'x' is not a version")
        self.expect(self.lymph("inspect", "tcp://nonsense"), 2, err="'tcp://nonsense' is not an endpoint of the form tcp://HOST:PORT")


class OnZooKeeper(fixture.Case):
    make_cluster = fixture.OnServers

    def test_as_on_the_embedded_default(self):
        self.expect_nobody()
        i = self.instance("Greeting", "Multi@1.5.0").wait_serving()
        self.expect(self.lymph("discover"), 0, "Greeting [1]\nMulti [1]\nlymph [1]\n")
        self.expect(self.lymph("discover", "Multi"), 0, "Multi [1]\n" + line(i, "1.5.0") + "\n")
        self.assertEqual(json.loads(self.lymph("discover", "Greeting", "--json").out)["Greeting"][0]["endpoint"], i.endpoint)
        r = self.lymph("inspect", "Greeting")
        self.assertTrue(r.out.startswith("RPC interface of Greeting\n\nrpc Greeting.greet(name)\n\t Returns a greeting"), r)
        self.expect(self.lymph("discover", "Greting"), 3, err="no service named 'Greting' is registered; did you mean 'Greeting'?")
        self.assertEqual(i.end(), 0)
        self.expect_nobody()
        self.expect_nobody("--json", out="{}\n")
        self.expect(self.lymph("discover", "--all"), 0, "Greeting [0]\nMulti [0]\nlymph [0]\n")
        self.expect_nobody("Greeting")
        self.expect(self.lymph("discover", "Greeting", "--all"), 0, "Greeting [0]\n\n")
        self.expect(self.lymph("request", "Greeting.greet", '{"name": "x"}'), 3, err="Greeting.greet: service Greeting has no instance; start one with")


    def test_what_peers_publish_cannot_drive_the_terminal(self):
        evil = "\x1b[2J\n\u009b\x7f\u202e"
        with self.cluster.kazoo() as client:
            client.create(self.cluster.root + "/services/Evil/x", json.dumps({
                "endpoint": "tcp://127.0.0.1:1", "version": evil, "identity": evil, "more" + evil: evil}).encode(), makepath=True)
            self.assertEqual(self.lymph("discover", "--versions").out.splitlines()[0], r"Evil@\x1b[2J\x0a\x9b\x7f\u202e [1]")
            r = self.lymph("discover", "Evil", "--full")
        self.assertNotRegex(r.out.replace("\n", ""), "[\x00-\x1f\x7f-\x9f\u202e]")
        self.assertEqual(r.out.count("\n"), 6, r)
        self.assertIn(r"[\x1b[2J\x0a\x9b\x7f\xe2\x80]  \x1b[2J\x0a\x9b\x7f\u202e", r.out)
        self.assertIn(r"   more\x1b[2J\x0a\x9b\x7f\u202e: '\x1b[2J\n\x9b\x7f\u202e'" + "\n", r.out)


class NoServer(fixture.Case):
    def test_registry_that_does_not_answer(self):
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))  # bound, not listening: connections are refused
            self.cluster.write("away.yml", "container: {registry: {class: 'lymph.discovery.zookeeper:ZookeeperServiceRegistry', "
                               f"timeout: 1, hosts: '127.0.0.1:{s.getsockname()[1]}'}}}}\n")
            r = self.lymph("discover", "-c", "away.yml")
        self.assertEqual((r.code, r.out), (1, ""), r)
        self.assertRegex(r.err, r"\Alymph: .*ZooKeeper.*127\.0\.0\.1:\d+.*\n\Z")


if __name__ == "__main__":
    tap.main()
