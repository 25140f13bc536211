# SPDX-License-Identifier: Apache-2.0
"""`gosnoop tcp` against `ss -tin` on the same sockets, and against the goroutines that the program itself
says opened them."""

import collections
import contextlib
import json
import os
import re
import resource
import socket
import subprocess
import tempfile
import threading
import time

import lib


SS_STATES = {"ESTAB": "ESTABLISHED", "FIN-WAIT-1": "FIN_WAIT1", "FIN-WAIT-2": "FIN_WAIT2"}


def plain(address):
    return address.replace("[::ffff:", "").replace("]", "") if "::ffff:" in address else address


def ss(pid):
    """The lines of ss on the sockets of a process, asked in its network namespace."""
    text = subprocess.check_output(["nsenter", "-t", str(pid), "-n", "ss", "-tinpOH"], text=True)
    return [line for line in text.splitlines() if f"pid={pid}," in line]


def ss_sockets(pid):
    """What ss says of the sockets of a process: by (local, remote)."""
    return parse_ss(ss(pid))


def ss_to(port):
    """The same of those that lead to a port, whosever they are."""
    return parse_ss(subprocess.check_output(["ss", "-tinOH", f"dport = :{port}"], text=True).splitlines())


def parse_ss(lines):
    found = {}
    for line in lines:
        words = line.split()
        numbers = {key: int(value) for key, value in re.findall(r"\b(\w+):(\d+)\b", line)}
        retrans = re.search(r"retrans:\d+/(\d+)", line)
        found[(plain(words[3]), plain(words[4]))] = {
            "state": SS_STATES.get(words[0], words[0].replace("-", "_")),
            "bytes_sent": numbers.get("bytes_sent", 0) - numbers.get("bytes_retrans", 0),
            "bytes_received": numbers.get("bytes_received", 0),
            "retransmits": int(retrans[1]) if retrans else 0,
            "srtt_ms": float(re.search(r"\brtt:([\d.]+)/", line)[1]) if " rtt:" in line else 0}
    return found


def at_rest(pid):
    """Its sockets, once everything that was sent is acknowledged: nothing more will change."""
    return None if any("unacked:" in line for line in ss(pid)) else ss_sockets(pid)


def ends(connection):
    return connection["local"], connection["remote"]


class Waits(lib.TestCase):
    """A wait in the network names the connection, as ss knows it."""

    def beats(self, target):
        return int(target.ask("counters").split()[1])

    def wait_for_beats(self, target, count):
        end = self.beats(target) + count
        target.wait_for("beats", lambda: self.beats(target) >= end, 60)

    def test_peers_of_block(self):
        for version, mode in (("1.19", "stripped"), ("1.24", "cgo"), ("1.27", "piestripped")):
            with self.subTest(version=version, mode=mode):
                target = self.start([lib.build(version, mode, "everywake")])
                gosnoop = self.attach("block", "--tcp", "-p", target.pid, "--json")
                self.wait_for_beats(target, 20)
                report = gosnoop.interrupt().report()
                spots = [spot for spot in report["blocking"] if spot["wait_reason"] == "IO wait"]
                self.assertEqual(len(spots), 1)
                self.assertEqual(len(spots[0]["peers"]), 1, spots[0]["peers"])
                peer = spots[0]["peers"][0]
                self.assertEqual(peer["episodes"], spots[0]["streamed"])
                self.assertGreater(peer["episodes"], 10)
                self.assertLess(peer["max_ns"], peer["total_ns"])
                self.assertIn(peer["peer"], {remote for _, remote in ss_sockets(target.pid)})
                self.assertEqual(peer["retransmits"], 0)
                self.assertGreater(peer["srtt_us"], 0)

    def reading(self, target):
        """How many wait for an answer, past the dialing."""
        dump = lib.gosnoop("dump", "-p", target.pid, "--function", r"^io\.Copy$", "--wait-reason", "IO wait", "--json")
        return sum(group["count"] for group in dump.report()["groups"] if "main.hang" in lib.functions(group["stack"]))

    def hanging(self, *gosnoop):
        """The report on a program that asks a server again and again which never answers."""
        server = socket.create_server(("127.0.0.1", 0), backlog=1000)
        self.addCleanup(server.close)
        address = "127.0.0.1:%d" % server.getsockname()[1]
        target = self.start([lib.build("1.24", "stripped", "tcp")])
        gosnoop = self.attach(*gosnoop, "-p", target.pid, "--json")
        for i in range(30):
            time.sleep(0.2)  # a leak is what grows all the time
            target.ask(f"hang 1 {address}")
        target.wait_for("answers that are waited for", lambda: self.reading(target) == 30, 60)
        return target, address, gosnoop.interrupt().report()

    def assert_hanging(self, peer, address):
        self.assertEqual((peer["peer"], peer["retransmits"]), (address, 0))
        self.assertGreater(peer["srtt_us"], 0)

    def test_peers_of_leaks(self):
        for options in ((), ("--no-probes",), ("--tcp",)):
            with self.subTest(options=options):
                _, address, report = self.hanging("leaks", *options)
                (group,) = [g for g in report["leaks"] if g["start_function"] == "main.hang"
                            or "main.main" in lib.functions(g["created_by"])]
                self.assertEqual((group["verdict"], group["wait_reason"]), ("leaking", "IO wait"))
                (peer,) = group["parked"][0]["peers"]
                self.assert_hanging(peer, address)
                self.assertEqual((peer["count"], group["parked"][0]["peers_left_out"]), (30, 0))

    def test_peers_of_those_that_wait_now(self):
        target, address, report = self.hanging("block")
        (spot,) = [spot for spot in report["blocking"]
                   if {"main.hang", "io.Copy"} <= set(lib.functions(spot["stack"]))]
        (peer,) = spot["peers"]
        self.assert_hanging(peer, address)
        self.assertEqual((peer["waiting_now"], peer["episodes"]), (30, 0))
        self.assertGreater(peer["waiting_longest_ns"], 5e9)
        dump = lib.gosnoop("dump", "-p", target.pid, "--json").report()
        found = [wait["socket"] for group in dump["groups"] for wait in group["waits_for"]
                 if wait["kind"] == "network" and wait["socket"]["remote"] == address]
        known = {key: s for key, s in ss_sockets(target.pid).items() if key[1] == address}
        self.assertEqual(len(known), 30)
        self.assertEqual({ends(s): s["state"] for s in found}, {key: s["state"] for key, s in known.items()})
        for one in found:
            self.assertEqual(one["retransmits"], known[ends(one)]["retransmits"])
            self.assertAlmostEqual(one["srtt_us"] / 1000, known[ends(one)]["srtt_ms"], 2)
        text = lib.gosnoop("dump", "-p", target.pid).stdout()
        self.assertRegex(text, f"tcp connections to {address}, round trip ")

    def test_both_ends_in_a_trace(self):
        target = self.start([lib.build("1.24", "stripped", "everywake")])
        gosnoop = self.attach("trace", "-p", target.pid, "--json")
        self.wait_for_beats(target, 20)
        gosnoop.interrupt().finish(30)
        events = [json.loads(line) for line in gosnoop.stdout().splitlines()]
        ends = [event["socket"] for event in events if event["event"] == "block" and event["wait_reason"] == "IO wait"]
        self.assertGreater(len(ends), 10)
        known = [{"local": local, "remote": remote} for local, remote in ss_sockets(target.pid)]
        for both in ends:
            self.assertIn(both, known)


class TcpTest(lib.TestCase):

    def start_tcp(self, version="1.24", mode="plain", namespace=None):
        """`namespace`: in a network namespace of its own, which these shell commands set up."""
        program = lib.build(version, mode, "tcp")
        command = [program]
        if namespace is not None:
            setup = f'ip link set lo up; {namespace}; exec "$0"'
            command = ["unshare", "--net", "sh", "-ec", setup, program]
        target = self.start(command)
        target.executable = program
        self.v4, self.v6, self.mapped = target.ready.group(2).split()
        return target

    def open_connections(self, report):
        return {ends(c): c for c in report["tcp"]["connections"] if c["state"] != "CLOSE"}

    def assert_as_ss(self, report, sockets):
        """The same sockets, and all that both say of them is the same."""
        ours = self.open_connections(report)
        self.assertEqual(set(ours), set(sockets))
        for key, expected in sockets.items():
            for field in ("state", "bytes_sent", "bytes_received", "retransmits"):
                self.assertEqual(ours[key][field], expected[field], f"{field} of {key}")
            self.assertAlmostEqual(ours[key]["srtt_us"] / 1000, expected["srtt_ms"], 2, f"rtt of {key}")

    def assert_goroutines(self, report, known, since):
        """Who dialed and who accepted, as the program says; `since`: how many of each came before."""
        ours = {ends(c): c for c in report["tcp"]["connections"]}
        for role, name in (("client", "dialed"), ("server", "accepted")):
            for one in known[name][since[name]:]:
                found = ours[(plain(one["local"]), plain(one["remote"]))]
                self.assertEqual((found["role"], found["goroutine"]), (role, one["goroutine"]), one)
                line = "main.dial" if role == "client" else "main.acceptAll"
                self.assertIn(line, lib.functions(found["opened_by"]), one)

    def when(self, target, what, condition):
        return target.wait_for(what, condition, 60)

    def check_against_ss(self, version, mode="plain", namespace=None):
        target = self.start_tcp(version, mode, namespace)
        for what in ("open4 40", "open6 20", "openmapped 20"):
            before = json.loads(target.ask(what))
        gosnoop = self.attach("tcp", "-p", target.pid, "--json")
        for what in ("open4 60", "open6 30", "openmapped 30"):
            known = json.loads(target.ask(what))
        sockets = self.when(target, "sockets at rest", lambda: at_rest(target.pid))
        report = gosnoop.interrupt().report()
        self.assert_no_loss(report)
        self.assert_untouched(target)
        self.assertEqual(len(sockets), 400)
        self.assert_as_ss(report, sockets)
        self.assert_goroutines(report, known, {name: len(list) for name, list in before.items()})
        self.assertEqual(report["tcp"]["connects"]["attempted"], 120)
        self.assertEqual(report["tcp"]["accepted"], 120)
        older = [c for c in report["tcp"]["connections"] if c["older_than_window"]]
        self.assertEqual(collections.Counter(c["role"] for c in older), {"client": 80, "server": 80})

    def test_as_ss_go_1_24(self):
        self.check_against_ss("1.24")

    def test_as_ss_go_1_19(self):
        self.check_against_ss("1.19", "stripped")

    def test_as_ss_go_1_27_pie(self):
        self.check_against_ss("1.27", "piestripped")

    def test_ends(self):
        target = self.start_tcp()
        gosnoop = self.attach("tcp", "-p", target.pid, "--json")
        target.ask("refused 7")
        target.ask("reset 5")
        target.ask("halfclose 4")
        self.when(target, "closed sockets", lambda: not ss(target.pid))
        tcp = gosnoop.interrupt().report()["tcp"]
        self.assertEqual(tcp["connects"]["attempted"], 16)
        self.assertEqual(tcp["connects"]["failed"], {"refused": 7})
        self.assertEqual(tcp["connects"]["connected"], 9)
        self.assertEqual(tcp["resets_sent"], 5)
        failed = [c for c in tcp["connections"] if c["failed"]]
        self.assertEqual([c["error"] for c in failed], ["refused"] * 7)
        self.assertTrue(all(c["local"].split(":")[-1] != "0" for c in failed), failed)
        clients = [c for c in tcp["connections"] if c["role"] == "client" and not c["failed"]]
        self.assertEqual([c["closed_by"] for c in clients], ["local"] * 9)
        servers = [c for c in tcp["connections"] if c["role"] == "server"]
        self.assertEqual([c["closed_by"] for c in servers], ["remote"] * 9)
        self.assertEqual(sum(c["resets_received"] for c in servers), 5)

    def test_closed_with_more_to_send(self):
        """No process has such a socket any more, and ss knows it all the same."""
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
            target = self.start_tcp()
            gosnoop = self.attach("tcp", "-p", target.pid, "--json")
            target.ask(f"unsent 1 127.0.0.1:{port}")
            sockets = ss_to(port)
            report = gosnoop.interrupt().report()
        self.assertEqual([one["state"] for one in sockets.values()], ["FIN_WAIT1"])
        self.assertGreater(min(one["bytes_sent"] for one in sockets.values()), 0)
        self.assert_as_ss(report, sockets)
        (connection,) = report["tcp"]["connections"]
        self.assertEqual((connection["closed_by"], connection["held"]), ("local", False))

    def test_as_ss_in_another_network_namespace(self):
        self.check_against_ss("1.24", namespace="true")

    def assert_failed(self, report, reason, count, remotes):
        """All connects that failed did so for this reason."""
        self.assert_no_loss(report)
        tcp = report["tcp"]
        self.assertEqual(tcp["connects"]["failed"], {reason: count}, json.dumps(tcp, indent=1))
        failed = [c for c in tcp["connections"] if c["failed"]]
        self.assertEqual([c["error"] for c in failed], [reason] * count)
        self.assertEqual({c["remote"] for c in failed}, set(remotes))
        for connection in failed:
            self.assertNotEqual(connection["goroutine"], 0, connection)

    FULL, FEW_SYNS = "127.0.0.1:7", "echo 1 >/proc/sys/net/ipv4/tcp_syn_retries"

    def test_timed_out(self):
        target = self.start_tcp(namespace=self.FEW_SYNS)
        target.ask(f"full 1 {self.FULL}")
        gosnoop = self.attach("tcp", "-p", target.pid, "--json")
        target.ask(f"open 3 {self.FULL}")
        report = gosnoop.interrupt().report()
        tcp = report["tcp"]
        self.assertEqual((tcp["connects"]["attempted"], tcp["connects"]["connected"]), (3, 0))
        self.assert_failed(report, "timed_out", 3, [self.FULL])
        self.assertTrue(all(c["retransmits"] > 0 for c in tcp["connections"] if c["failed"]))

    def test_gave_up(self):
        target = self.start_tcp(namespace="true")
        target.ask(f"full 1 {self.FULL}")
        gosnoop = self.attach("tcp", "-p", target.pid, "--json")
        target.ask(f"giveup 3 {self.FULL}")
        self.assert_failed(gosnoop.interrupt().report(), "gave_up", 3, [self.FULL])

    def test_unreachable(self):
        target = self.start_tcp(namespace="ip route add unreachable 10.9.9.0/24")
        gosnoop = self.attach("tcp", "-p", target.pid, "--json")
        target.ask("open 4 10.9.9.1:80")  # a route says so
        target.ask("open 2 10.9.8.1:81")  # no route
        report = gosnoop.interrupt().report()
        tcp = report["tcp"]
        self.assertEqual(tcp["connects"]["attempted"], 6)
        self.assert_failed(report, "unreachable", 6, ["10.9.9.1:80", "10.9.8.1:81"])
        for connection in tcp["connections"]:
            self.assertIn("main.dial", lib.functions(connection["opened_by"]))

    def test_reset_in_the_handshake(self):
        peer = os.path.join(lib.ROOT, "tests", "runtime", "resetting_peer.py")
        target = self.start_tcp(namespace="ip tuntap add dev tun0 mode tun; ip addr add 10.9.7.1/24 dev tun0; "
                                          f"ip link set tun0 up; {{ python3 -B {peer} tun0 </dev/null >/dev/null & }}")
        gosnoop = self.attach("tcp", "-p", target.pid, "--json")
        target.ask("open 2 10.9.7.2:80")
        report = gosnoop.interrupt().report()
        tcp = report["tcp"]
        self.assertEqual((tcp["connects"]["attempted"], tcp["connects"]["connected"]), (2, 0))
        self.assert_failed(report, "reset", 2, ["10.9.7.2:80"])

    def test_descriptor_reused_during_connect(self):
        """Whose descriptor names another connection when connect returns."""
        target = self.start_tcp(namespace=self.FEW_SYNS)
        target.ask(f"full 1 {self.FULL}")
        gosnoop = self.attach("tcp", "-p", target.pid, "--json")
        target.ask(f"reusefd 1 {self.FULL}")
        report = gosnoop.interrupt().report()
        tcp = report["tcp"]
        self.assert_failed(report, "timed_out", 1, [self.FULL])
        clients = {c["remote"]: c for c in tcp["connections"] if c["role"] == "client" and not c["older_than_window"]}
        self.assertEqual(set(clients), {self.FULL, self.v4})
        self.assertNotEqual(clients[self.FULL]["local"], clients[self.v4]["local"])
        self.assertEqual(clients[self.v4]["state"], "ESTABLISHED")
        self.assertIn("main.reuseDescriptor", lib.functions(clients[self.v4]["opened_by"]))

    def test_descriptor_reused_during_accept(self):
        """Whose descriptor leads to another peer than accept4 said: nobody is charged with it."""
        target = self.start_tcp()
        gosnoop = self.attach("tcp", "-p", target.pid, "--json")
        target.ask("acceptmarred 5")
        tcp = gosnoop.interrupt().report()["tcp"]
        self.assertEqual(tcp["accepted"], 5)
        self.assertEqual([c["role"] for c in tcp["connections"]], ["client"] * 5)

    def test_accepted_without_the_whole_address(self):
        """Into 16 bytes, which is less than an IPv6 address, and into none."""
        target = self.start_tcp()
        gosnoop = self.attach("tcp", "-p", target.pid, "--json")
        target.ask("acceptcut 5")
        report = gosnoop.interrupt().report()
        self.assert_no_loss(report)
        servers = [c for c in report["tcp"]["connections"] if c["role"] == "server"]
        self.assertEqual((len(servers), report["tcp"]["accepted"]), (10, 10))
        self.assertEqual({"main.acceptCut" in lib.functions(c["opened_by"]) for c in servers}, {True})

    def test_socket_of_another_namespace_than_the_process(self):
        """Its ends are known from its events; what only sock_diag tells is not."""
        target = self.start_tcp()
        gosnoop = self.attach("tcp", "-p", target.pid, "--json")
        known = json.loads(target.ask("elsewhere 1"))
        report = gosnoop.interrupt().report()
        self.assert_goroutines(report, known, {"dialed": 0, "accepted": 1})
        ours = {c["role"]: c for c in report["tcp"]["connections"]}
        self.assertEqual((ours["client"]["local"], ours["client"]["remote"]),
                         (ours["server"]["remote"], ours["server"]["local"]))
        self.assertEqual([c["bytes_sent"] for c in ours.values()], [None, None])

    def test_connect_and_close_in_c(self):
        for version in ("1.19", "1.24", "1.27"):
            with self.subTest(version):
                target = self.start_tcp(version, "cgo")
                gosnoop = self.attach("tcp", "-p", target.pid, "--json")
                known = json.loads(target.ask("openc 10"))["dialed"]
                target.ask("closec 10")
                self.when(target, "closed sockets", lambda: not ss(target.pid))
                tcp = gosnoop.interrupt().report()["tcp"]
                ours = {ends(c): c for c in tcp["connections"]}
                self.assertEqual(len(known), 10)
                for one in known:
                    found = ours[(one["local"], one["remote"])]
                    self.assertEqual(found["goroutine"], one["goroutine"])
                    self.assertIn("main._Cfunc_connect_in_c", lib.functions(found["opened_by"]))
                    self.assertTrue(any(f.startswith("main.callC") for f in lib.functions(found["opened_by"])))
                    self.assertEqual(found["closed_by"], "local")
                    self.assertEqual(lib.functions(found["created_by"]), ["main.callC"])

    def test_leak_is_named(self):
        target = self.start_tcp()
        gosnoop = self.attach("tcp", "-p", target.pid, "--json")
        target.ask("leak 20")
        (group,) = [g for g in gosnoop.interrupt().report()["tcp"]["unclosed"]
                    if "main.leak" in lib.functions(g["opened_by"])]
        self.assertEqual((group["count"], group["opened"], group["closed"]), (20, 20, 0))

    def test_pool_is_no_leak(self):
        target = self.start_tcp()
        gosnoop = self.attach("tcp", "-p", target.pid, "--json")
        began = time.monotonic()
        target.ask("open4 30")
        time.sleep(1 + 2 * (time.monotonic() - began))  # the second half of the window has none
        self.assertEqual(gosnoop.interrupt().report()["tcp"]["unclosed"], [])

    def test_close_wait_is_named(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            target = self.start_tcp()
            gosnoop = self.attach("tcp", "-p", target.pid, "--json")

            def accept_and_close():
                connection, _ = server.accept()
                connection.recv(1000)
                connection.close()
            peer = threading.Thread(target=accept_and_close, daemon=True)
            peer.start()
            target.ask("open 1 127.0.0.1:%d" % server.getsockname()[1])
            peer.join()
            self.when(target, "CLOSE_WAIT", lambda: any("CLOSE-WAIT" in line for line in ss(target.pid)))
            time.sleep(2.5)  # a program may take two seconds to close
            (group,) = gosnoop.interrupt().report()["tcp"]["unclosed"]
            self.assertEqual((group["count"], group["close_wait"]), (1, 1))
            self.assertGreater(group["oldest_close_wait_seconds"], 2)
            self.assertIn("main.dial", lib.functions(group["opened_by"]))

    def test_retransmits_are_charged_to_their_owner(self):
        """A listener that accepts nothing drops the SYNs behind its first ones."""
        server = socket.socket()
        self.addCleanup(server.close)
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        address = "127.0.0.1:%d" % server.getsockname()[1]
        target = self.start_tcp()
        gosnoop = self.attach("tcp", "-p", target.pid, "--json")
        target.tell(f"open 4 {address}")
        def retransmitted():
            sockets = ss_sockets(target.pid)
            return sockets if sum(s["retransmits"] > 0 for s in sockets.values()) >= 2 else None
        sockets = self.when(target, "retransmits", retransmitted)
        tcp = gosnoop.interrupt().report()["tcp"]
        ours = [c for c in tcp["connections"] if c["remote"] == address]
        self.assertEqual(len(ours), 4)
        self.assertGreaterEqual(tcp["retransmits"], 2)
        self.assertEqual(sum(c["retransmits"] for c in ours), tcp["retransmits"])
        self.assertEqual({ends(c): c["state"] for c in ours},
                         {key: s["state"] for key, s in sockets.items() if key[1] == address})

    def test_crowd(self):
        """As many as a process may have open here, 100,000 at most."""
        target = self.start_tcp(mode="stripped")
        most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        before, during = (int(share * min(most - 200, 100_000)) // 2 for share in (0.6, 0.4))
        target.ask(f"crowd {before}")
        gosnoop = self.attach("tcp", "-p", target.pid, "--json")
        target.ask(f"crowd {during}")
        sockets = ss_sockets(target.pid)
        report = gosnoop.interrupt().report()
        self.assert_no_loss(report)
        self.assertEqual(len(sockets), 2 * (before + during))
        self.assert_as_ss(report, sockets)
        self.assertEqual(report["tcp"]["connects"]["connected"], during)
        self.assertEqual(report["tcp"]["accepted"], during)
        self.assertEqual(sum(c["older_than_window"] for c in report["tcp"]["connections"]), 2 * before)

    def test_other_sockets(self):
        target = self.start_tcp()
        gosnoop = self.attach("tcp", "-p", target.pid, "--json")
        target.ask("others 6")
        sockets = gosnoop.interrupt().report()["tcp"]["sockets"]
        self.assertEqual({s["kind"]: s["count"] for s in sockets
                          if "main.others" in lib.functions(s["opened_by"])}, {"unix": 6, "udp": 6})

    def test_target_dies_holding_sockets(self):
        target = self.start_tcp()
        gosnoop = self.attach("tcp", "-p", target.pid, "--json")
        target.ask("open4 10")
        target.signal(9)
        report = gosnoop.finish().report()
        self.assertEqual(report["window"]["end"], "target_exited")
        clients = [c for c in report["tcp"]["connections"] if c["role"] == "client"]
        self.assertEqual([c["closed_by"] for c in clients], ["target_exit"] * 10)
        self.assertEqual(report["tcp"]["unclosed"], [])

    def trace(self, *more):
        """Of one refused and one accepted connection that the server's end reads to its end: the lines."""
        target = self.start_tcp()
        gosnoop = self.attach("trace", "-p", target.pid, "--tcp", "--min-block", "1h", *more)
        target.ask("refused 1")
        known = json.loads(target.ask("halfclose 1"))
        self.when(target, "closed sockets", lambda: not ss(target.pid))
        return gosnoop.interrupt().stdout().splitlines(), known

    def test_trace(self):
        lines, known = self.trace()
        client, server = known["dialed"][0]["goroutine"], known["accepted"][0]["goroutine"]
        for goroutine, what in ((client, r"could not connect \(refused\) 127.0.0.1:\d+ -> 127.0.0.1:\d+ at main.dial"),
                                (client, r"connected 127.0.0.1:\d+ -> 127.0.0.1:\d+ in .*s at main.dial main.go:\d+"),
                                (server, r"accepted 127.0.0.1:\d+ <- 127.0.0.1:\d+ at main.acceptAll")):
            found = [line for line in lines if re.search(f"goroutine {goroutine} {what}", line)]
            self.assertEqual(len(found), 1, "\n".join(lines))
        by_peer = [line for line in lines if "connection closed by the peer:" in line]
        self.assertRegex(by_peer[0], rf"opened by goroutine {server} at main.acceptAll")
        self.assertEqual(sum("connection ended:" in line for line in lines), 2, "\n".join(lines))

    def test_trace_json(self):
        lines, known = self.trace("--json")
        events = [e for e in map(json.loads, lines) if e["event"] == "tcp"]
        self.assertEqual(collections.Counter(e["what"] for e in events),
                         {"connect_failed": 1, "connected": 1, "accepted": 1, "peer_closed": 1, "ended": 2})
        one = {e["what"]: e for e in events}
        client = known["dialed"][0]
        self.assertEqual({k: one["connected"][k] for k in ("goroutine", "role", "local", "remote")},
                         dict(client, role="client"))
        self.assertGreater(one["connected"]["connect_ns"], 0)
        self.assertIn("main.dial", lib.functions(one["connected"]["opened_by"]))
        self.assertEqual(one["connect_failed"]["error"], "refused")

    def test_http_pair(self):
        """Every connection of 10,000 requests is charged to the goroutine that dialed or accepted it."""
        self.each(lib.GO_VERSIONS, self.check_http_pair)

    def check_http_pair(self, version):
        with contextlib.ExitStack() as stack:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="gosnoop-test-"))
            target = stack.enter_context(lib.Target([lib.build(version, "stripped", "httppair")]))
            gosnoop = stack.enter_context(lib.Gosnoop("tcp", "-p", target.pid, "--json"))
            gosnoop.wait_until_tracing()
            target.ask("get 10000")
            report = gosnoop.interrupt().report()
            target.ask(f"notes {folder}/notes")
            with open(f"{folder}/notes") as file:
                notes = json.load(file)
        self.assert_no_loss(report)
        ours = collections.Counter(map(self.charged, report["tcp"]["connections"]))  # ports may be used again
        keys = ("local", "remote", "role", "goroutine", "parent", "creator")
        self.assertEqual(ours, collections.Counter(tuple(one[k] for k in keys) for one in notes))
        self.assertGreaterEqual(len(notes), 2 * 400)
        self.assertEqual(report["tcp"]["connects"]["attempted"] + report["tcp"]["accepted"], len(notes))

    def charged(self, found):
        line = "main.dial" if found["role"] == "client" else "main.listener.Accept"
        self.assertIn(line, lib.functions(found["opened_by"]))
        return (*(found[k] for k in ("local", "remote", "role", "goroutine", "parent")),
                lib.functions(found["created_by"])[-1])

    def test_ring_full_totals_are_exact(self):
        target = self.start_tcp()
        gosnoop = self.attach("tcp", "-p", target.pid, "--json", "--ring-size", "4K")
        target.ask("refused 3000")
        report = gosnoop.interrupt().report()
        self.assertGreater(report["losses"]["tcp"]["dropped"], 0)
        self.assertEqual(report["tcp"]["connects"]["attempted"], 3000)
        self.assertEqual(report["tcp"]["connects"]["failed"], {"refused": 3000})


if __name__ == "__main__":
    lib.main()
