#!/usr/bin/python3
"""The `http` members of a service: what clients get, and what those cannot do who mean harm."""

import http.client
import json
import os
import re
import socket
import time
import unittest

import tap
from programs import Folder, eventually

HERE = os.path.dirname(os.path.abspath(__file__))
ID = "00000000-0000-0000-0000-000000000007"
NONE = "00000000-0000-0000-0000-000000000000"
CONFIG = """tracing:
  request_header: X-Ask
interfaces:
  Site:
    class: site:Site
    max_body: 1000
    max_connections: 40
    request_timeout: 3
container:
  drain_timeout: 3
"""


class Site(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = Folder()
        cls.addClassCleanup(cls.folder.close)
        cls.folder.build(f"{HERE}/site")
        cls.folder.write("conf/site.yml", CONFIG)
        cls.instance = cls.folder.start("site")
        cls.port = int(re.search(r"Site serves HTTP on 127.0.0.1 port (\d+)", cls.instance.text()).group(1))

    def ask(self, method, path, body=None, headers=()):
        """Status, headers and body of one request on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body, dict(headers))
            response = connection.getresponse()
            return response.status, response.headers, response.read()
        finally:
            connection.close()

    def raw(self, data, until_closed=True):
        """Everything that comes back for these bytes until the server closes."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as s:
            s.sendall(data)
            out = b""
            while True:
                try:
                    more = s.recv(65536)
                except ConnectionResetError:
                    return out
                if not more:
                    return out
                out += more

    def refused(self, expected, method, path, body=None, **more):
        status, headers, text = self.ask(method, path, body, **more)
        self.assertEqual((status, text.decode()), (400, expected))
        self.assertEqual(headers["Content-Type"], "text/plain; charset=utf-8")

    def serves(self):
        self.assertEqual(self.ask("GET", "/hello?name=x")[0], 200)
        done = self.folder.run("request", "Site.ping_me", "{}")
        self.assertIn("'here'", done.stdout)


class Answers(Site):
    def test_text(self):
        """In the original's order, with its names."""
        out = self.raw(b"GET /hello?name=Fl%C3%A9nne+x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").decode()
        self.assertRegex(out, r"^HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 24\r\n"
                              r"X-Trace-Id: [0-9a-f]{32}\r\nDate: [^\r]*\r\n(Connection: close\r\n)?\r\n1 times hello, Flénne x$")

    def test_json(self):
        status, headers, body = self.ask("GET", f"/orders/{ID}?colour=GREEN", headers={"X-Api-Key": "k"})
        self.assertEqual((status, headers["Content-Type"]), (200, "application/json"))
        self.assertEqual(json.loads(body), {"id": ID, "sku": "k", "price": "2.50", "colour": "GREEN"})
        self.assertEqual(json.loads(self.ask("GET", f"/orders/{ID}")[2])["sku"], "none")

    def test_body_and_status(self):
        status, _, body = self.ask("POST", "/orders", json.dumps({"sku": "a", "price": "7"}))
        self.assertEqual((status, json.loads(body)["price"]), (201, "7"))
        self.assertEqual(json.loads(self.ask("POST", "/orders", '{"sku": "a"}')[2])["price"], "1.10")

    def test_nothing_is_204(self):
        status, headers, body = self.ask("DELETE", f"/orders/{ID}")
        self.assertEqual((status, body, headers["Content-Type"]), (204, b"", None))

    def test_bytes(self):
        data = bytes(range(256))
        status, headers, body = self.ask("PUT", "/bytes/a/b/../c", data)
        self.assertEqual((status, headers["Content-Type"], body), (200, "application/octet-stream", data))

    def test_declared_errors(self):
        status, headers, body = self.ask("GET", f"/orders/{NONE}")
        self.assertEqual((status, headers["Content-Type"]), (404, "application/json"))
        self.assertEqual((json.loads(body)["type"], json.loads(body)["id"]), ("NotFound", NONE))
        status, _, body = self.ask("DELETE", f"/orders/{NONE}")
        self.assertEqual((status, json.loads(body)["type"]), (400, "Refused"))

    def test_failure_shows_nothing(self):
        status, headers, body = self.ask("GET", "/fails")
        self.assertEqual((status, body, headers["Content-Length"]), (500, b"", "0"))
        self.assertIn("Site.fails failed: LYMPH_EINVAL: the inside of it", self.instance.text())

    def test_parameters_that_do_not_fit(self):
        self.refused("query parameter 'name': missing", "GET", "/hello")
        self.refused("query parameter 'times': expected an integer of 1 to 3", "GET", "/hello?name=x&times=4")
        self.refused("query parameter 'times': expected an integer of 1 to 3", "GET", "/hello?name=x&times=two")
        self.refused("query parameter 'name': this is no text in UTF-8", "GET", "/hello?name=%ff")
        self.refused("query parameter 'name': this is no text in UTF-8", "GET", "/hello?name=a%00b")
        self.refused("query parameter 'name': a '%' is not followed by two hexadecimal digits", "GET", "/hello?name=%zz")
        self.assertIn(b"path parameter 'id': expected", self.ask("GET", "/orders/7")[2])
        self.refused("the body: JSON: line 1, column 2: a key in quotes is expected", "POST", "/orders", "{")
        self.assertIn(b"sku", self.ask("POST", "/orders", "{}")[2])
        self.assertEqual(self.ask("POST", "/orders", '{"sku": "12345678901"}')[0], 400)

    def test_routes(self):
        self.assertEqual(self.ask("GET", "/orders/new")[2], b"a form")
        self.assertEqual(self.ask("GET", "/h%65llo?name=x")[0], 200)
        self.assertEqual(self.ask("GET", "/nope")[0], 404)
        status, headers, _ = self.ask("PUT", f"/orders/{ID}")
        self.assertEqual((status, headers["Allow"]), (405, "GET, HEAD, DELETE"))
        for method in ("GET", "POST", "PATCH", "OPTIONS"):
            self.assertEqual(self.ask(method, "/any/a%2Fb/")[2], b"a/b")

    def test_slash(self):
        status, headers, _ = self.ask("GET", "/any/x?a=b")
        self.assertEqual((status, headers["Location"]), (308, "/any/x/?a=b"))
        status, headers, _ = self.ask("GET", "/hello/?name=x")
        self.assertEqual((status, headers["Location"]), (308, "/hello?name=x"))

    def test_head(self):
        out = self.raw(b"HEAD /hello?name=x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").decode()
        self.assertIn("Content-Length: 16\r\n", out)
        self.assertTrue(out.endswith("\r\n\r\n"), out)

    def test_health(self):
        for path in ("/_health/", "/_ready/"):
            status, headers, body = self.ask("GET", path)
            self.assertEqual((status, body, headers["Content-Type"]), (200, b"", "text/plain; charset=utf-8"))
        status, headers, _ = self.ask("GET", "/_health")
        self.assertEqual((status, headers["Location"]), (308, "/_health/"))

    def test_trace(self):
        self.assertEqual(self.ask("GET", "/hello?name=x", headers={"X-Ask": "from-outside"})[1]["X-Trace-Id"], "from-outside")
        self.assertEqual(self.ask("GET", "/nope", headers={"X-Ask": "from-outside"})[1]["X-Trace-Id"], "from-outside")
        trace = "4bf92f3577b34da6a3ce929d0e0e4736"
        for headers, expected in (({"traceparent": f"00-{trace}-00f067aa0ba902b7-01"}, trace), ({"X-Ask": ""}, None),
                                  ({"traceparent": f"00-{'0' * 32}-00f067aa0ba902b7-01"}, None), ({"X-Trace-Id": "a"}, None)):
            got = self.ask("GET", "/hello?name=x", headers=headers)[1]["X-Trace-Id"]
            if expected:
                self.assertEqual(got, expected)
            else:
                self.assertRegex(got, "^[0-9a-f]{32}$")
                self.assertNotEqual(got, "0" * 32)

    def test_log(self):
        self.ask("GET", "/hello?name=logged", headers={"X-Ask": "trace-of-log"})
        self.ask("GET", "/secret?token=hunter2")
        text = eventually(lambda: "GET /secret HTTP/1.1" in self.instance.text() and self.instance.text(), "the line")
        self.assertIn('lymph.web.interfaces: GET /hello - trace_id="trace-of-log"', text)
        self.assertRegex(text, r'lymph.web.wsgi_server: client=127.0.0.1 - - "GET /hello\?name=logged HTTP/1.1" status=200 '
                               r'length=\d+ duration=\d\.\d{6} \(seconds\) - trace_id="trace-of-log"')
        self.assertNotIn("hunter2", text)


class Hostile(Site):
    def test_too_large(self):
        self.assertEqual(self.ask("PUT", "/bytes/x", b"x" * 1000)[0], 200)
        out = self.raw(b"PUT /bytes/x HTTP/1.1\r\nHost: x\r\nContent-Length: 1001\r\n\r\n" + b"x" * 1001)
        self.assertIn(b" 413 ", out.split(b"\r\n")[0])
        out = self.raw(b"PUT /bytes/x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + b"100\r\n" + b"x" * 256 + b"\r\n")
        self.assertNotIn(b" 200 ", out)
        out = self.raw(b"PUT /bytes/x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + (b"100\r\n" + b"x" * 256 + b"\r\n") * 4)
        self.assertNotIn(b" 200 ", out)
        self.serves()

    def test_huge_header(self):
        out = self.raw(b"GET /hello?name=x HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 70000 + b"\r\n\r\n")
        self.assertNotIn(b" 200 ", out)
        self.serves()

    def test_garbage(self):
        for data in (b"GARBAGE\r\n\r\n", b"GET\r\n\r\n", b"GET /hello HTTP/9.9\r\n\r\n", b"\0" * 100 + b"\r\n\r\n", b"GET http://[x/ HTTP/1.1\r\nHost: x\r\n\r\n",
                     b"BREW /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"):
            self.assertNotIn(b" 200 ", self.raw(data))
        self.serves()

    def test_two_ends_of_one_request(self):
        hidden = b"GET /hello?name=smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
        for lengths in (b"Content-Length: 0\r\nContent-Length: %d" % len(hidden), b"Content-Length: %d\r\nTransfer-Encoding: chunked" % (5 + len(hidden))):
            body = b"0\r\n\r\n" if b"chunked" in lengths else b""
            out = self.raw(b"POST /any/x/ HTTP/1.1\r\nHost: x\r\n" + lengths + b"\r\n\r\n" + body + hidden)
            self.assertIn(b" 400 ", out.split(b"\r\n")[0])
            self.assertNotIn(b"smuggled", out)

    def test_pipelined(self):
        out = self.raw(b"GET /nap?seconds=0.2 HTTP/1.1\r\nHost: x\r\n\r\nGET /hello?name=second HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        self.assertLess(out.index(b"rested"), out.index(b"hello, second"))

    def test_slow_requests_end(self):
        """A byte now and then keeps nobody connected; the limit is 3 seconds."""
        for start, drop in ((b"GET /hello?na", b"m"), (b"PUT /bytes/x HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n\r\n", b"x")):
            with socket.create_connection(("127.0.0.1", self.port), timeout=0.3) as s:
                s.sendall(start)

                def closed():
                    try:
                        s.sendall(drop)
                        return not s.recv(1000)
                    except socket.timeout:
                        return False
                    except OSError:
                        return True

                eventually(closed, "the connection ends", 60)
        self.serves()

    def test_more_connections_than_allowed(self):
        """Idle ones go after a while; meanwhile no more than 40 are served, and the rpc side does not notice."""
        idle = [socket.create_connection(("127.0.0.1", self.port), timeout=30) for _ in range(200)]
        try:
            done = self.folder.run("request", "Site.ping_me", "{}")
            self.assertIn("'here'", done.stdout)
            descriptors = f"/proc/{self.instance.process.pid}/fd"
            eventually(lambda: len(os.listdir(descriptors)) < 100, "those that are too many are closed", 30)
        finally:
            for s in idle:
                s.close()
        eventually(lambda: self.ask_or_none() == 200, "others are served again", 30)

    def ask_or_none(self):
        try:
            return self.ask("GET", "/hello?name=x")[0]
        except (OSError, http.client.HTTPException):
            return None

    def test_handlers_whose_client_has_gone_wait_no_longer(self):
        """Neither for time nor for an rpc."""
        for path, sign in (("/nap?seconds=1000", "lymph.web.interfaces: GET /nap "), ("/far", "lymph.core.rpc: Site.linger source=")):
            before = self.instance.text().count(sign)
            s = socket.create_connection(("127.0.0.1", self.port), timeout=30)
            s.sendall(b"GET %s HTTP/1.1\r\nHost: x\r\n\r\n" % path.encode())
            eventually(lambda: self.instance.text().count(sign) > before, "the handler waits")
            s.close()
            eventually(lambda: f'"GET {path} HTTP/1.1" status=499' in self.instance.text(), f"{path} ends", 60)
        self.assertNotIn("failed: LYMPH_ECANCELED", self.instance.text())
        self.serves()

    def test_clients_that_go_away(self):
        """Descriptors come back, and a handler whose client has gone does no harm."""
        descriptors = f"/proc/{self.instance.process.pid}/fd"
        before = len(os.listdir(descriptors))
        for _ in range(20):
            s = socket.create_connection(("127.0.0.1", self.port), timeout=30)
            s.sendall(b"GET /nap?seconds=0.1 HTTP/1.1\r\nHost: x\r\n\r\n")
            s.close()
        eventually(lambda: len(os.listdir(descriptors)) <= before, "the descriptors come back", 30)
        self.serves()


@unittest.skipUnless("LYMPH_TEST_ZOOKEEPER" in os.environ, "no ZooKeeper")
class Registered(unittest.TestCase):
    def test_as_the_original_does(self):
        """Keys and order are those of tests/golden_bytes' captures of the original's Web service."""
        import kazoo.client

        address, root = os.environ["LYMPH_TEST_ZOOKEEPER"], f"/http-test-{os.getpid()}"
        folder = Folder()
        self.addCleanup(folder.close)
        folder.build(f"{HERE}/site")
        folder.use_servers(address + root, os.environ["LYMPH_TEST_RABBITMQ"])
        folder.write("conf/site.yml", "interfaces:\n  Site:\n    class: site:Site\n")
        kazoo = kazoo.client.KazooClient(address, timeout=10)
        kazoo.start(30)
        self.addCleanup(kazoo.close)
        self.addCleanup(kazoo.stop)
        instance = folder.start("site")
        self.addCleanup(kazoo.delete, root, recursive=True)
        port = int(re.search(r"Site serves HTTP on 127.0.0.1 port (\d+)", instance.text()).group(1))
        [child] = kazoo.get_children(f"{root}/http/Site")
        entry = json.loads(kazoo.get(f"{root}/http/Site/{child}")[0])
        self.assertEqual(list(entry), ["id", "identity", "version", "hostname", "ip", "http_port"])
        self.assertEqual([entry[k] for k in ("id", "identity", "version", "ip", "http_port")], [child, instance.identity, None, "127.0.0.1", port])
        self.assertEqual(kazoo.get_children(f"{root}/services/Site"), [child])
        service = json.loads(kazoo.get(f"{root}/services/Site/{child}")[0])
        self.assertEqual(list(service)[:5], ["id", "identity", "version", "http_port", "endpoint"])
        self.assertEqual(service["http_port"], port)
        instance.stop()
        self.assertEqual(kazoo.get_children(f"{root}/http/Site"), [])


class Descriptors(unittest.TestCase):
    def test_idle_clients_leave_some_to_the_rest(self):
        """The process may have 100; max_connections is left at 10000, and 300 clients come."""
        folder = Folder()
        self.addCleanup(folder.close)
        folder.build(f"{HERE}/site")
        folder.write("conf/site.yml", "interfaces:\n  Site:\n    class: site:Site\n")
        instance = folder.start("site", prefix=("prlimit", "--nofile=100"))
        port = int(re.search(r"Site serves HTTP on 127.0.0.1 port (\d+)", instance.text()).group(1))
        clients = [socket.create_connection(("127.0.0.1", port), timeout=30) for _ in range(300)]
        for s in clients:
            self.addCleanup(s.close)
        eventually(lambda: len(os.listdir(f"/proc/{instance.process.pid}/fd")) < 90, "those that are too many are closed", 30)
        for _ in range(3):
            self.assertIn("'here'", folder.run("request", "Site.ping_me", "{}").stdout)


class Stop(unittest.TestCase):
    def test_what_is_under_way_is_answered(self):
        folder = Folder()
        self.addCleanup(folder.close)
        folder.build(f"{HERE}/site")
        folder.write("conf/site.yml", CONFIG)
        instance = folder.start("site")
        port = int(re.search(r"Site serves HTTP on 127.0.0.1 port (\d+)", instance.text()).group(1))
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self.addCleanup(connection.close)
        connection.request("GET", "/nap?seconds=1")
        eventually(lambda: "GET /nap" in instance.text(), "the handler runs")
        began = time.monotonic()
        instance.stop()
        self.assertLess(time.monotonic() - began, 20)
        self.assertEqual(connection.getresponse().read(), b"rested")


if __name__ == "__main__":
    tap.main()
