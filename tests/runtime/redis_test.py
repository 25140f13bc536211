# SPDX-License-Identifier: Apache-2.0
"""A Go client of a real Redis, as Debian ships it: the clients that leak connections and that wait long for
their answers are found, with the lines that opened their connections."""

import os
import socket
import subprocess

import lib
import real_test

PACKAGES = ["redis-tools", "liblzf1", "libjemalloc2", "libatomic1"]


class RedisTest(lib.TestCase):

    def start_redis(self):
        """Its port. Nothing is installed; redis-check-rdb is the server too, by another name."""
        binaries = real_test.unpacked("bookworm", PACKAGES, "redis")
        folder = self.temp_dir()
        os.symlink(f"{binaries}/redis-check-rdb", f"{folder}/redis-server")
        libraries = os.path.join(os.path.dirname(binaries), "lib", "x86_64-linux-gnu")
        port = real_test.free_port()
        redis = self.start([f"{folder}/redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "",
                            "--dir", folder], ready=None, env=dict(os.environ, LD_LIBRARY_PATH=libraries))
        redis.wait_for("answer", lambda: self.answers(port), 30)
        return port

    def answers(self, port):
        try:
            with socket.create_connection(("127.0.0.1", port), 10) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(7) == b"+PONG\r\n"
        except OSError:
            return False

    def test_slow_and_leaking_clients(self):
        address = f"127.0.0.1:{self.start_redis()}"
        target = self.start([lib.build("1.24", "stripped", "redisclient"), address])
        gosnoop = self.attach("tcp", "-p", target.pid, "--json")
        for _ in range(8):
            target.ask("leak")
            target.ask("clients 1")
        report = gosnoop.interrupt().report()
        self.assert_no_loss(report)
        self.assert_leak(report, address)
        self.assert_slow(report)

    def assert_leak(self, report, address):
        (group,) = [g for g in report["tcp"]["unclosed"] if "main.leak" in lib.functions(g["opened_by"])]
        self.assertEqual((group["count"], group["closed"], group["remote"]), (8, 0, address))

    def assert_slow(self, report):
        by_line = {"main.slow": [], "main.quick": []}
        for connection in report["tcp"]["connections"]:
            for line, found in by_line.items():
                if line in lib.functions(connection["opened_by"]):
                    found.append(connection["srtt_us"])
        self.assertEqual([len(found) for found in by_line.values()], [8, 40])
        self.assertGreater(sorted(by_line["main.slow"])[4], max(by_line["main.quick"]), by_line)


if __name__ == "__main__":
    lib.main()
