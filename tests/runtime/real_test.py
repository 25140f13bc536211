# SPDX-License-Identifier: Apache-2.0
"""Programs nobody here wrote, stripped as Debian ships them: etcd, caddy and prometheus under light load.
gosnoop counts the goroutines they count themselves, calls none of them a leak, and they serve on."""

import contextlib
import http.client
import os
import socket
import subprocess
import tempfile
import threading
import time
import urllib.request

import lib

SECONDS = 10
SUITES = ["trixie", "bookworm"]  # built with Go 1.24 and Go 1.19
PACKAGES = ["etcd-server", "etcd-client", "caddy", "prometheus"]


def unpacked(suite, packages=PACKAGES, name=""):
    """The folder with the programs of these packages; nothing is installed. `name`: of a folder of their own."""
    folder = os.path.join(lib.CACHE, "real", name or suite)
    script = 'source "$1/scripts/lib.sh"; unpack_packages "$2" "$3" "${@:4}"'
    subprocess.run(["bash", "-ec", script, "bash", lib.ROOT, folder, suite, *packages], check=True)
    return os.path.join(folder, "usr", "bin")


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def fetch(url):
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.read().decode()


class Server:
    """One of the programs: how it is started and loaded, and where it counts its goroutines."""

    def __init__(self, stack, binaries):
        self.folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="gosnoop-real-"))
        self.port, self.other_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        environment = dict(os.environ, HOME=self.folder, XDG_DATA_HOME=self.folder, XDG_CONFIG_HOME=self.folder)
        self.target = stack.enter_context(lib.Target(self.command(binaries), ready=None, env=environment))
        self.target.wait_for("answer", self.answers, 30)

    def answers(self):
        try:
            return self.request()
        except (OSError, http.client.HTTPException):
            return False

    def metrics_url(self):
        return self.url + "/metrics"

    def goroutines(self):
        for line in fetch(self.metrics_url()).splitlines():
            if line.startswith("go_goroutines "):
                return int(float(line.split()[1]))
        raise AssertionError("no go_goroutines in " + self.metrics_url())


class Etcd(Server):
    def command(self, binaries):
        peer = f"http://127.0.0.1:{self.other_port}"
        return [f"{binaries}/etcd", "--data-dir", self.folder + "/data", "--listen-client-urls", self.url,
                "--advertise-client-urls", self.url, "--listen-peer-urls", peer,
                "--initial-advertise-peer-urls", peer, "--initial-cluster", f"default={peer}"]

    def request(self):
        body = b'{"key": "Z29zbm9vcA==", "value": "dmFsdWU="}'
        return fetch(urllib.request.Request(self.url + "/v3/kv/put", data=body, method="POST"))


class Caddy(Server):
    def command(self, binaries):
        with open(self.folder + "/index.html", "w") as page:
            page.write("hello\n" * 100)
        with open(self.folder + "/Caddyfile", "w") as config:
            config.write("{\n admin 127.0.0.1:%d\n}\nhttp://127.0.0.1:%d {\n root * %s\n file_server\n}\n"
                         % (self.other_port, self.port, self.folder))
        return [f"{binaries}/caddy", "run", "--config", self.folder + "/Caddyfile"]

    def metrics_url(self):
        return f"http://127.0.0.1:{self.other_port}/metrics"

    def request(self):
        return fetch(self.url + "/index.html")


class Prometheus(Server):
    def command(self, binaries):
        with open(self.folder + "/prometheus.yml", "w") as config:
            config.write("global:\n  scrape_interval: 1s\nscrape_configs:\n- job_name: itself\n"
                         f"  static_configs:\n  - targets: ['127.0.0.1:{self.port}']\n")
        return [f"{binaries}/prometheus", f"--config.file={self.folder}/prometheus.yml",
                f"--storage.tsdb.path={self.folder}/data", f"--web.listen-address=127.0.0.1:{self.port}"]

    def request(self):
        return fetch(self.url + "/api/v1/query?query=rate(go_goroutines%5B10s%5D)")


class Load:
    """Three clients that ask again and again, some over new connections each time."""

    def __init__(self, server):
        self.server, self.done, self.requests, self.failures = server, threading.Event(), 0, []
        self.threads = [threading.Thread(target=self.run) for _ in range(3)]

    def run(self):
        while not self.done.wait(0.01):
            try:
                self.server.request()
                self.requests += 1
            except (OSError, http.client.HTTPException) as error:
                self.failures.append(error)

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.done.set()
        for thread in self.threads:
            thread.join()


class Real(lib.TestCase):

    def check(self, suite, kind):
        binaries = unpacked(suite)
        with contextlib.ExitStack() as stack:
            server = kind(stack, binaries)
            load = stack.enter_context(Load(server))
            time.sleep(2)
            gosnoop = stack.enter_context(lib.Gosnoop("leaks", "-p", server.target.pid, "--json"))
            gosnoop.wait_until_tracing()
            time.sleep(SECONDS - 1)
            samples = [server.goroutines() for _ in range(10)]
            report = gosnoop.interrupt().report()
            samples += [server.goroutines() for _ in range(10)]
            answered = load.requests
            time.sleep(1)
            self.assertGreater(load.requests, answered, "it serves no more")
            self.assertEqual(load.failures, [])
            self.assert_untouched(server.target)
        self.assert_no_loss(report)
        self.assertTrue(report["target"]["stripped"])
        self.assert_count(report["goroutines"]["now"], samples)
        self.assertEqual([lib.describe_group(g) for g in report["leaks"] if g["verdict"] == "leaking"], [])

    def assert_count(self, now, samples):
        """Requests come and go between the samples: each takes a goroutine or two."""
        self.assertGreaterEqual(now, min(samples) - 6, samples)
        self.assertLessEqual(now, max(samples) + 6, samples)


def add(suite, kind):
    def test(self):
        self.check(suite, kind)
    setattr(Real, f"test_{kind.__name__.lower()}_of_{suite}", test)


for each_suite in SUITES:
    for each_kind in (Etcd, Caddy, Prometheus):
        add(each_suite, each_kind)


if __name__ == "__main__":
    lib.main()
