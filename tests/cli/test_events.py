#!/usr/bin/python3
"""lymph emit and lymph subscribe, on the embedded default and on RabbitMQ."""

import json
import os
import signal

import fixture
import tap


class Events(fixture.Case):
    def subscribe(self, *args):
        """Its log says when it is there: nothing is lost from then on."""
        return self.start("subscribe", "--loglevel=INFO", *args).wait_serving()

    def emit(self, *args):
        self.expect(self.lymph("emit", *args), 0)

    def lines(self, subscriber, count):
        subscriber.wait_for(lambda s: s.out.count("\n") >= count, f"{count} events")
        return subscriber.out

    def test_events_are_printed_at_once(self):
        """Also into a file: nothing waits in a buffer."""
        s = self.subscribe("greeted")
        self.emit("greeted", '{"name": "Flynne"}')
        self.assertEqual(self.lines(s, 1), "greeted: {'name': 'Flynne'}\n")
        self.emit("other", '{"name": "x"}')
        self.emit("greeted", '{"name": "Wade", "at": {"__type__": "datetime", "_": "2015-07-08T20:51:30"}}')
        self.assertEqual(self.lines(s, 2).splitlines()[1], "greeted: {'name': 'Wade', 'at': datetime.datetime(2015, 7, 8, 20, 51, 30)}")
        self.assertEqual(s.end(), 0)
        self.assertEqual(s.out.count("\n"), 2)

    def test_types_and_patterns(self):
        s = self.subscribe("a.*", "b.#", "c")
        for name, body in (("a.x", 1), ("a.x.y", 2), ("a", 3), ("b", 4), ("b.x.y", 5), ("c", 6), ("c.x", 7)):
            self.emit(name, json.dumps({"n": body}))
        self.emit("c", '{"n": "é"}')
        self.assertEqual(self.lines(s, 5), "a.x: {'n': 1}\nb: {'n': 4}\nb.x.y: {'n': 5}\nc: {'n': 6}\nc: {'n': 'é'}\n")

    def test_each_subscriber_gets_every_event_and_interfaces_share_them(self):
        listeners = [self.instance("Listen").wait_serving() for _ in range(2)]
        subscribers = [self.subscribe("greeted") for _ in range(2)]
        for i in range(6):
            self.emit("greeted", json.dumps({"name": f"n{i}"}))
        for s in subscribers:
            self.assertEqual(self.lines(s, 6), "".join(f"greeted: {{'name': 'n{i}'}}\n" for i in range(6)))
        listeners[0].wait_for(lambda _: sum(r.out.count("\n") for r in listeners) >= 6, "the events at the interfaces")
        self.assertEqual(sorted(line for r in listeners for line in r.out.splitlines()), [f"Somebody greeted n{i}" for i in range(6)])

    def test_what_a_handler_emits(self):
        self.instance("Greeting").wait_serving()
        s = self.subscribe("#")
        self.expect(self.lymph("request", "Greeting.greet", '{"name": "Flynne"}'), 0, "'Hi, Flynne!'\n")
        self.assertEqual(self.lines(s, 1), "greeted: {'name': 'Flynne'}\n")

    def test_json(self):
        s = self.subscribe("greeted", "--json")
        self.emit("greeted", '{"name": "é"}', "--trace-id=abc")
        event = json.loads(self.lines(s, 1))
        self.assertEqual(list(event), ["type", "source", "headers", "body"])
        self.assertEqual((event["type"], event["headers"], event["body"]), ("greeted", {"trace_id": "abc"}, {"name": "é"}))
        self.assertRegex(event["source"], r"\A[0-9a-f]{32}\Z")

    def test_bodies(self):
        s = self.subscribe("e")
        self.emit("e")
        self.emit("e", "[1, null]")
        self.assertEqual(self.lines(s, 2), "e: {}\ne: [1, None]\n")

    def test_end(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            s = self.subscribe("x")
            self.assertEqual(s.end(number), 0, s.err)
            self.assertEqual(s.out, "")

    def test_reader_that_leaves(self):
        cluster = self.cluster
        cluster.write("script", "lymph subscribe tick --loglevel=INFO --logfile=log | head -n 1\necho ${PIPESTATUS[0]} > status\n")
        cluster.write("log", "")
        pipe = fixture.Running(["bash", "script"], f"{cluster.folder}/pipe", cwd=cluster.folder, env=cluster.environment)
        cluster.running.append(pipe)
        pipe.wait_for(lambda _: "serving on" in cluster.read("log"), "the subscriber")
        while pipe.process.poll() is None:  # the one after the first breaks the pipe
            self.emit("tick")
        self.assertEqual(pipe.out, "tick: {}\n")
        self.assertEqual(cluster.read("status"), "141\n")

    def test_full_disk_ends_it(self):
        cluster = self.cluster
        cluster.write("script", "lymph subscribe tick --loglevel=INFO --logfile=log > /dev/full\nexit $?\n")
        cluster.write("log", "")
        s = fixture.Running(["bash", "script"], f"{cluster.folder}/full", cwd=cluster.folder, env=cluster.environment)
        cluster.running.append(s)
        s.wait_for(lambda _: "serving on" in cluster.read("log"), "the subscriber")
        self.emit("tick")
        self.assertEqual(s.process.wait(fixture.SECONDS), 1)
        self.assertTrue(s.err.startswith("lymph: cannot write to standard output"), s.err)

    def test_wrong_usage(self):
        self.expect(self.lymph("emit", "greeted", "{"), 2, err="the event's body: JSON: line 1, column 2: ")
        self.expect(self.lymph("emit", ""), 2, err="an event type has 1 to 255 bytes, not 0")
        self.expect(self.lymph("emit", "x" * 256), 2, err="an event type has 1 to 255 bytes, not 256")
        self.expect(self.lymph("emit", "a", "{}", "{}"), 2, err="one argument too many")


FILE_OF_THE_ORIGINAL = """
debug: true
logging: {{version: 1, disable_existing_loggers: false, loggers: {{lymph: {{level: DEBUG}}}}}}
container:
    debug: true
    registry:
        class: lymph.discovery.zookeeper:ZookeeperServiceRegistry
        zkclient: {{class: 'kazoo.client:KazooClient', hosts: '{zookeeper}'}}
    events:
        class: lymph.events.kombu:KombuEventSystem
        transport: amqp
        hostname: amqp://guest:guest@{rabbitmq}//
        serializer: lymph-msgpack
        {options}: {{confirm_publish: true, max_retries: 3, interval_steps: [0.1, 0.2]}}
"""


class OnServers(Events):
    make_cluster = fixture.OnServers

    def write(self, options):
        self.cluster.write(".lymph.yml", FILE_OF_THE_ORIGINAL.format(
            zookeeper=os.environ["LYMPH_TEST_ZOOKEEPER"] + self.cluster.root, rabbitmq=self.cluster.broker, options=options))

    def test_file_of_the_original(self):
        """What only the original heeds is taken without a word, but not what nobody knows."""
        self.write("transport_options")
        s = self.subscribe("greeted")
        self.emit("greeted", '{"name": "Flynne"}')
        self.assertEqual(self.lines(s, 1), "greeted: {'name': 'Flynne'}\n")
        self.expect_nobody()
        self.write("transport_optoins")
        r = self.lymph("emit", "greeted", "{}")
        self.assertEqual((r.code, r.out), (0, ""), r)
        self.assertRegex(r.err, r"\[WARNING\] lymph\.config: .*unknown key 'transport_optoins' \(did you mean 'transport_options'\?\)")


class NoServer(fixture.Case):
    def test_broker_that_is_away(self):
        self.cluster.write(".lymph.yml", "container: {events: {class: 'lymph.events.kombu:KombuEventSystem', transport: amqp, hostname: 127.0.0.1, port: 1, timeout: 0.5}}\n")
        for command in (["emit", "x"], ["subscribe", "x"]):
            r = self.lymph(*command)
            self.assertEqual((r.code, r.out), (1, ""), r)
            self.assertRegex(r.err, r"(?m)^lymph: .*RabbitMQ.*127\.0\.0\.1:1\b")


if __name__ == "__main__":
    tap.main()
