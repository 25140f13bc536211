# SPDX-License-Identifier: Apache-2.0
"""A dump of programs nobody here wrote, as Debian ships them: as many goroutines as they count themselves,
and each the same as in their own dump, as far as it stands still."""

import contextlib
import http.client
import os
import re
import socket
import subprocess

import dumps
import goroutine_text as text
import lib
import real_test

ROUNDS = 4  # a goroutine that is another one in each of them is not merely on the move


class Etcd(real_test.Etcd):
    def command(self, binaries):
        return super().command(binaries) + ["--enable-pprof"]

    def own_text(self, debug):
        return real_test.fetch(f"{self.url}/debug/pprof/goroutine?debug={debug}")


class Caddy(real_test.Caddy):
    def own_text(self, debug):
        return real_test.fetch(f"http://127.0.0.1:{self.other_port}/debug/pprof/goroutine?debug={debug}")


class Prometheus(real_test.Prometheus):
    def own_text(self, debug):
        return real_test.fetch(f"{self.url}/debug/pprof/goroutine?debug={debug}")


class UnixConnection(http.client.HTTPConnection):
    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.connect(self.host)


class Containerd(real_test.Server):
    """Without any plugin that would mount or want a privilege; its dumps are behind its debug socket."""

    def command(self, binaries):
        with open(self.folder + "/config.toml", "w") as config:
            config.write('version = 2\nroot = "%s/root"\nstate = "%s/state"\n' % (self.folder, self.folder) +
                         'disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.internal.v1.opt"]\n'
                         '[grpc]\naddress = "%s/grpc"\n[ttrpc]\naddress = "%s/ttrpc"\n'
                         '[debug]\naddress = "%s/debug"\n' % (self.folder, self.folder, self.folder))
        # With a /run of its own: some of it is made there whatever the configuration says.
        return ["unshare", "--mount", "sh", "-c", 'mount -t tmpfs tmpfs /run && exec "$@"', "sh",
                f"{binaries}/containerd", "--config", self.folder + "/config.toml"]

    def own_text(self, debug):
        connection = UnixConnection(self.folder + "/debug", timeout=30)
        try:
            connection.request("GET", f"/debug/pprof/goroutine?debug={debug}", headers={"Host": "containerd"})
            return connection.getresponse().read().decode()
        finally:
            connection.close()

    def request(self):
        return self.own_text(1)


def unpacked_containerd(suite):
    """The folder of its binary; nothing is installed."""
    folder = os.path.join(lib.CACHE, "containerd", suite)
    script = 'source "$1/scripts/lib.sh"; unpack_packages "$2" "$3" containerd'
    subprocess.run(["bash", "-ec", script, "bash", lib.ROOT, folder, suite], check=True)
    return os.path.join(folder, "usr", "bin")


class Between:
    """Goroutines that are the same one in two of a program's own dumps, and what gosnoop sees meanwhile."""

    def __init__(self, server):
        first = text.parse(server.own_text(2))
        self.report = dumps.dump_json(server.target.pid, "--all", "--full-paths")
        second = text.parse(server.own_text(2))
        self.seen = dumps.members(self.report)
        self.still = {goid: g for goid, g in first.items() if goid in second
                      and not text.serves_request(g) and not text.difference(g, second[goid])}

    def differences(self):
        expected, actual = map(text.without_depth, dumps.as_comparable(self.seen, self.still))
        return text.differences(expected, {goid: g for goid, g in actual.items() if goid in expected})


class Real(lib.TestCase):

    def check(self, suite, kind, binaries):
        with contextlib.ExitStack() as stack:
            server = kind(stack, binaries(suite))
            rounds = [Between(server) for _ in range(ROUNDS)]
            self.assert_count(server)
            server.target.executable = os.readlink(f"/proc/{server.target.pid}/exe")
            self.assert_untouched(server.target)
        for each in rounds:
            self.assertGreater(len(each.still), 5, "hardly one that stands still")
            self.assert_stacks(each.report)
        # What moves is elsewhere at the moment of the dump now and then; what is wrong is wrong always.
        found = [each.differences() for each in rounds]
        always = {goid: found[0][goid] for goid in found[0] if all(goid in other for other in found)}
        self.assertEqual(always, {}, text.describe(always))
        self.assertLess(min(len(each) for each in found), 3, "too many to be on the move each time: " +
                        text.describe(min(found, key=len)))

    def assert_count(self, server):
        """Requests come and go between the samples: each takes a goroutine or two."""
        samples = [self.total(server) for _ in range(5)]
        now = dumps.dump_json(server.target.pid)["goroutines"]
        samples += [self.total(server) for _ in range(5)]
        self.assertGreaterEqual(now, min(samples) - 6, samples)
        self.assertLessEqual(now, max(samples) + 6, samples)

    def total(self, server):
        return int(re.match(r"goroutine profile: total (\d+)", server.own_text(1))[1])

    def assert_stacks(self, report):
        self.assertLessEqual(report["unreadable"], 2)
        for goroutine in dumps.members(report).values():
            if goroutine.state not in ("running", "runnable"):
                self.assertTrue(goroutine.frames, "no stack: " + "\n".join(goroutine.lines()))


def add(suite, kind, binaries):
    def test(self):
        self.check(suite, kind, binaries)
    setattr(Real, f"test_{kind.__name__.lower()}_of_{suite}", test)


for each_suite in real_test.SUITES:
    for each_kind in (Etcd, Caddy, Prometheus):
        add(each_suite, each_kind, real_test.unpacked)
    add(each_suite, Containerd, unpacked_containerd)


if __name__ == "__main__":
    lib.main()
