# SPDX-License-Identifier: Apache-2.0
"""What a report says that the probes cost, against the kernel's statistics of the same BPF programs, which are
on all the time here."""

import contextlib
import json
import os
import subprocess
import time

import lib

STATISTICS = "/proc/sys/kernel/bpf_stats_enabled"


@contextlib.contextmanager
def statistics():
    with open(STATISTICS) as file:
        before = file.read()
    with open(STATISTICS, "w") as file:
        file.write("1")
    try:
        yield
    finally:
        with open(STATISTICS, "w") as file:
            file.write(before)


def runs(pid, wanted):
    """(runs, ns) so far of the programs that a process holds and that are `wanted`."""
    programs = json.loads(subprocess.check_output(["bpftool", "--json", "prog", "show"]))
    held = lib.held_in_kernel("prog", pid)
    own = [p for p in programs if p["id"] in held and wanted(p)]
    return sum(p.get("run_cnt", 0) for p in own), sum(p.get("run_time_ns", 0) for p in own)


def is_uprobe(program):
    return program["type"] == "kprobe"


def is_of_calls(program):
    return program["name"] in ("on_sys_enter", "on_sys_exit")


class Cost(lib.TestCase):

    @staticmethod
    def a_second_of(gosnoop, wanted):
        """(runs, ns) a second of its programs, over some seconds."""
        begin, before = time.monotonic(), runs(gosnoop.pid, wanted)
        time.sleep(5)
        seconds, after = time.monotonic() - begin, runs(gosnoop.pid, wanted)
        return ((b - a) / seconds for a, b in zip(before, after))

    def test_as_the_kernel_says(self):
        target = self.start([lib.build("1.24", "stripped", "pingpong")])
        target.tell("1000000000")  # for longer than is looked at
        with statistics():
            gosnoop = self.attach("block", "-p", target.pid, *lib.UNCAPPED, "--json")
            hits, run_ns = self.a_second_of(gosnoop, is_uprobe)
            cost = gosnoop.interrupt().report()["probe_cost"]
        self.assertGreater(hits, 10_000)
        self.assertGreaterEqual(cost["measured_seconds"], 0.08)
        self.assertGreater(cost["trap_ns"], 50)
        self.assertAlmostEqual(cost["hits_per_second"], hits, delta=0.3 * hits)
        cores = (run_ns + hits * cost["trap_ns"]) / 1e9
        self.assertAlmostEqual(cost["cores"], cores, delta=0.3 * cores)

    def calling(self):
        """A program that does nothing but read and write, for longer than is looked at."""
        target = self.start([lib.build("1.24", "stripped", "syscalls")])
        target.tell("bytes 1000000000")
        return target

    def test_of_system_calls_as_the_kernel_says(self):
        """What one takes to pass a tracepoint is not in the kernel's figure, its own clock readings are."""
        target = self.calling()
        with statistics():
            gosnoop = self.attach("syscalls", "-p", target.pid, *lib.UNCAPPED, "--json")
            passed, run_ns = self.a_second_of(gosnoop, is_of_calls)
            cost = gosnoop.interrupt().report()["probe_cost"]
        self.assertGreater(passed, 100_000)
        self.assertEqual((cost["hits_per_second"], cost["trap_ns"]), (0, 0))
        self.assertAlmostEqual(cost["calls_per_second"], passed / 2, delta=0.3 * passed / 2)
        self.assertAlmostEqual(cost["cores"], run_ns / 1e9, delta=0.4 * run_ns / 1e9)

    def test_of_system_calls_is_told_from_that_of_others(self):
        self.calling()
        target = self.start([lib.build("1.24", "stripped", "syscalls")])
        done = lib.gosnoop("syscalls", "-p", target.pid, "-d", "5s", "--json")
        cost = done.report()["probe_cost"]
        self.assertLess(cost["cores"], 0.02)
        self.assertGreater(cost["others_cores"], 0.02)

    def test_system_calls_are_capped(self):
        target = self.calling()
        report = self.attach("syscalls", "-p", target.pid, "--max-cost", "5%", "--json").finish(30).report()
        self.assertEqual(report["window"]["end"], "too_costly")
        self.assertGreater(report["probe_cost"]["cores"], 0.05)
        self.assertTrue(report["syscalls"])
        self.assert_untouched(target)

    def test_capped(self):
        """It ends by itself, with the report so far, and leaves no probe."""
        target = self.start([lib.build("1.24", "stripped", "pingpong")])
        target.tell("1000000000")
        report = self.attach("block", "-p", target.pid, "--max-cost", "5%", "--json").finish(30).report()
        self.assertEqual(report["window"]["end"], "too_costly")
        self.assertLess(report["window"]["seconds"], 15)
        self.assertGreater(report["probe_cost"]["cores"], 0.05)
        self.assertTrue(report["blocking"])
        self.assert_untouched(target)
        recorded = self.attach("record", "-p", target.pid, "--max-cost", "5%", "-o", os.devnull).finish(30)
        self.assertIn("than --max-cost allows", recorded.stderr())
        text = lib.gosnoop("leaks", "--syscalls", "--max-cost", "200%", "-p", target.pid, "-d", "3s")
        self.assertEqual(text.status, lib.OK)
        self.assertNotIn("--max-cost", text.stdout())

    def test_a_core_at_most(self):
        """Where nobody said how much: here both processors do nothing but create goroutines."""
        target = self.start([lib.build("1.24", "stripped", "storm")])
        target.ask("churn")
        report = self.attach("leaks", "-p", target.pid, "--json").finish(60).report()
        self.assertEqual(report["window"]["end"], "too_costly")
        self.assertGreater(report["probe_cost"]["cores"], 1)
        self.assert_untouched(target)

    def test_top_is_capped(self):
        target = self.start([lib.build("1.24", "stripped", "pingpong")])
        target.tell("1000000000")
        done = lib.gosnoop("top", "--plain", "--interval", "500ms", "-p", target.pid, "--max-cost", "5%", timeout=60)
        self.assertEqual(done.status, lib.OK, str(done))
        self.assertRegex(done.stdout(), "NOTE the probes took more of the target than --max-cost allows")
        self.assert_untouched(target)

    def test_none_without_probes(self):
        target = self.start([lib.build("1.24", "stripped", "everywake")])
        for options in (("leaks", "--no-probes"), ("tcp",)):
            report = lib.gosnoop(*options, "-p", target.pid, "-d", "2s", "--json").report()
            self.assertNotIn("probe_cost", report)


if __name__ == "__main__":
    lib.main()
