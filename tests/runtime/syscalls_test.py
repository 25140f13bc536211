# SPDX-License-Identifier: Apache-2.0
"""System calls, by goroutine and line: gosnoop against strace of the same deterministic program, and
against what the program says itself (tests/programs/syscalls)."""

import collections
import json
import os
import pathlib
import re
import subprocess
import tempfile
import time

import lib

# What tests/programs/syscalls does: {function: {call: (times, error or None)}}
KNOWN = {
    "write": {"write": (300, None)},
    "read": {"read": (1000, None)},
    "fsync": {"fsync": (20, None)},
    "openMissing": {"openat": (50, "ENOENT")},
    "readBad": {"read": (30, "EBADF")},
    "readSlowly": {"read": (10, None)},
}
IN_C = {"callC": {"getpriority": (70, None)}}
NUMBERS = {"read": 0}  # x86-64
# How often depends on time: what the scheduler, its timers, signals and memory need.
TIMED = {"futex", "nanosleep", "epoll_pwait", "epoll_wait", "tgkill", "getpid", "rt_sigreturn", "sched_yield",
         "clone", "clone3", "mmap", "munmap", "madvise", "mprotect", "sigaltstack", "rt_sigprocmask", "gettid",
         "rseq", "set_robust_list", "brk", "prctl", "arch_prctl", "restart_syscall", "exit", "rt_sigaction",
         "timer_create", "timer_settime", "timer_delete", "pread64"}
# Made before the program's first instruction, which is where `gosnoop run` begins.
BEFORE = {"execve"}
# Without the signals by which Go preempts goroutines: they make the kernel begin interrupted calls anew, once
# more often the slower it goes, and each beginning is a call to strace and gosnoop.
QUIET = dict(os.environ, GODEBUG="asyncpreemptoff=1")


def strace_counts(text):
    """{call: (calls, errors)} of strace -c."""
    counts = {}
    for line in text.splitlines():
        fields = line.split()
        if len(fields) in (5, 6) and re.fullmatch(r"[\d.]+", fields[0]) and fields[-1] != "total":
            counts[fields[-1]] = (int(fields[3]), int(fields[4]) if len(fields) == 6 else 0)
    return counts


def report_counts(report):
    counts = collections.defaultdict(lambda: (0, 0))
    for use in report["syscalls"]:
        calls, errors = counts[use["name"]]
        counts[use["name"]] = (calls + use["count"], errors + use["failed"])
    return counts


def use_of(report, name, runtime=False):
    for use in report["syscalls"]:
        if use["name"] == name and use["runtime"] == runtime:
            return use
    raise AssertionError(f"no {name} in {[use['name'] for use in report['syscalls']]}")


def calls_from(use, function):
    return sum(caller["count"] for caller in use["callers"] if function in lib.functions(caller["stack"]))


def program(version, mode):
    return lib.Target([lib.build(version, mode, "syscalls")], env=QUIET)


def number_in(file):
    """The number of the system call in /proc/PID/task/TID/syscall; "" of a thread that ended."""
    try:
        return file.read_text().split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return ""


class Syscalls(lib.TestCase):

    def assert_known(self, report, known):
        self.assertEqual(report["losses"]["syscall"]["seen"],
                         sum(report["losses"]["syscall"][k] for k in ("delivered", "dropped", "filtered")))
        self.assertEqual(report["losses"]["syscall"]["seen"], sum(use["count"] for use in report["syscalls"]))
        for function, calls in known.items():
            for name, (times, error) in calls.items():
                use = use_of(report, name)
                self.assertEqual(calls_from(use, f"main.{function}"), times, f"{name} by {function}")
                if error:
                    self.assertEqual(use["errors"].get(error), times, f"{name}: {use['errors']}")
                self.assertEqual(sum(use["errors"].values()), use["failed"])

    def observe(self, version, mode, *args):
        with program(version, mode) as target:
            with lib.Gosnoop("syscalls", "-p", target.pid, "--json", *args) as gosnoop:
                gosnoop.wait_until_tracing()
                ids = json.loads(target.ask("go"))["goroutines"]
                report = gosnoop.interrupt().report()
            self.assert_untouched(target)
        return report, ids

    def assert_goroutines(self, report, ids):
        self.assertEqual(use_of(report, "fsync")["goroutine_ids"], [ids["fsync"]])
        self.assertEqual(use_of(report, "fsync")["goroutines"], 1)
        self.assertLessEqual({ids[f] for f in ("read", "readBad", "readSlowly")},
                             set(use_of(report, "read")["goroutine_ids"]))

    def check(self, case):
        version, mode = case
        report, ids = self.observe(version, mode)
        self.assert_known(report, {**KNOWN, **IN_C} if mode.startswith("cgo") else KNOWN)
        self.assert_goroutines(report, ids)
        if mode.startswith("cgo"):
            self.assertEqual(use_of(report, "getpriority")["goroutine_ids"], [ids["callC"]])
        self.assertGreater(use_of(report, "futex", runtime=True)["count"], 0)

    def test_every_version_and_mode(self):
        cases = [(version, "stripped") for version in lib.GO_VERSIONS]
        cases += [(version, mode) for version in ("1.19", "1.24", "1.27") for mode in ("pie", "cgo")]
        cases += [("1.24", "static-pie"), ("1.24", "cgostripped")]
        self.each(cases, self.check)

    def script(self):
        file = tempfile.TemporaryFile("w+b")
        self.addCleanup(file.close)
        file.write(b"go\nquit\n")
        file.seek(0)
        return file

    def whole_life(self, program):
        """Reports of gosnoop and of strace, each of a whole run."""
        tracer = lib.gosnoop("run", "--syscalls", "--json", "--", program, stdin=self.script(), env=QUIET)
        # gosnoop's own document comes behind the program's output.
        report = json.loads(tracer.stdout()[tracer.stdout().index('{\n  "schema"'):])
        output = os.path.join(self.temp_dir(), "strace")
        subprocess.run(["strace", "-f", "-c", "-o", output, program], stdin=self.script(), check=True,
                       stdout=subprocess.DEVNULL, timeout=120, env=QUIET)
        with open(output) as file:
            return report, strace_counts(file.read())

    def test_same_counts_as_strace(self):
        for version in ("1.19", "1.24", "1.27"):
            with self.subTest(version=version):
                report, expected = self.whole_life(lib.build(version, "plain", "syscalls"))
                actual = report_counts(report)
                names = (set(actual) | set(expected)) - TIMED - BEFORE - {"exit_group"}
                self.assertLessEqual({"read", "write", "openat", "close", "fsync", "pipe2"}, names)
                self.assertEqual({name: actual[name] for name in names},
                                 {name: expected.get(name, (0, 0)) for name in names})

    def test_latency_of_a_delayed_writer(self):
        report, _ = self.observe("1.24", "stripped")
        slow = [caller for caller in use_of(report, "read")["callers"]
                if "main.readSlowly" in lib.functions(caller["stack"])]
        self.assertEqual(sum(caller["count"] for caller in slow), 10)
        total = sum(caller["total_ns"] for caller in slow) / 1e9
        self.assertGreater(total, 0.29)  # the first delay begins before its read
        self.assertLess(total, 2)
        self.assertGreater(use_of(report, "read")["max_ns"], 29e6)

    def trace(self, *args, version="1.24", mode="stripped"):
        with program(version, mode) as target:
            with lib.Gosnoop("trace", "-p", target.pid, "--json", "--syscalls", *args) as gosnoop:
                gosnoop.wait_until_tracing()
                told = json.loads(target.ask("go"))
                gosnoop.interrupt()
        lines = [json.loads(line) for line in gosnoop.stdout().splitlines()]
        return [line for line in lines if line["event"] == "syscall" and line["returned"]], told

    def check_calls(self, calls, told, function, known):
        for name, (times, error) in known.items():
            mine = [call for call in calls if call["goroutine"] == told["goroutines"][function] and
                    call["call"].startswith(name + "(") and f"main.{function}" in lib.functions(call["stack"])]
            lines = [frame["line"] for call in mine for frame in call["stack"]
                     if frame["function"] == f"main.{function}"]
            self.assertEqual(lines, [told["lines"][function]] * times, function)
            self.assertEqual({call["error"] for call in mine}, {error})

    def check_goroutines_and_lines(self, case):
        version, mode = case
        calls, told = self.trace("--min-syscall", "0", version=version, mode=mode)
        for function, known in {**KNOWN, **(IN_C if mode == "cgo" else {})}.items():
            self.check_calls(calls, told, function, known)
        self.assertTrue(any("O_WRONLY|O_CREAT|O_CLOEXEC" in call["call"] for call in calls))
        missing = [call for call in calls if call["goroutine"] == told["goroutines"]["openMissing"] and
                   call["call"].startswith("openat(")]
        for call in missing:
            self.assertRegex(call["call"], r'^openat\(dfd=AT_FDCWD, filename="/tmp/gosnoop-syscalls-\d+/file.missing", ')

    def test_each_call_with_its_goroutine_and_line(self):
        cases = [(version, "stripped") for version in lib.GO_VERSIONS]
        self.each(cases + [("1.24", "cgo"), ("1.27", "pie")], self.check_goroutines_and_lines)

    def test_only_long_calls_are_streamed(self):
        calls, told = self.trace("--min-syscall", "20ms")
        slow = [call for call in calls if call["goroutine"] == told["goroutines"]["readSlowly"]]
        self.assertGreaterEqual(len(slow), 9)
        for call in calls:
            self.assertGreaterEqual(call["duration_ns"], 20e6)
        for call in slow:  # its pipe is closed by then, or it names that one: never another file
            self.assertRegex(call["call"], r"^read\(fd=\d+( <pipe:\[\d+\]>| <unknown>)?, ")

    def test_totals_are_exact_where_the_ring_is_full(self):
        report, _ = self.observe("1.24", "stripped", "--ring-size", "4096", "--min-syscall", "0")
        self.assertGreater(report["losses"]["syscall"]["dropped"], 0)
        self.assert_known(report, KNOWN)

    def test_call_that_has_not_returned(self):
        with program("1.24", "stripped") as target:
            with lib.Gosnoop("syscalls", "-p", target.pid, "--json") as gosnoop:
                gosnoop.wait_until_tracing()
                goroutine = int(target.ask("hang"))
                self.wait_for_call(target, "read", count=2)
                time.sleep(0.5)
                report = gosnoop.interrupt().report()
        hanging = [call for call in report["syscalls_now"] if call["goroutine"] == goroutine]
        self.assertEqual(len(hanging), 1, report["syscalls_now"])
        self.assertIn("main.hang.func1", lib.functions(hanging[0]["stack"]))
        self.assertRegex(hanging[0]["call"], r"^read\(fd=\d+ <pipe:")
        self.assertFalse(hanging[0]["older_than_window"])
        self.assertGreater(hanging[0]["age_ns"], 0.45e9)

    def test_call_from_before_the_window(self):
        with program("1.24", "stripped") as target:
            goroutine = int(target.ask("hang"))
            self.wait_for_call(target, "read", count=2)  # of its input, and the hanging one
            report = lib.gosnoop("syscalls", "-p", target.pid, "--json", "-d", "1s").report()
            self.assert_untouched(target)
        hanging = [call for call in report["syscalls_now"] if call["goroutine"] == goroutine]
        self.assertEqual(len(hanging), 1, report["syscalls_now"])
        self.assertTrue(hanging[0]["older_than_window"])
        self.assertIn("main.hang.func1", lib.functions(hanging[0]["stack"]))
        self.assertRegex(hanging[0]["call"], r"^read\(fd=\d+ <pipe:")
        self.assertGreaterEqual(hanging[0]["age_ns"], 1e9)

    def wait_for_call(self, target, name, count):
        """Until so many threads are in that system call."""
        def threads():
            files = pathlib.Path(f"/proc/{target.pid}/task").glob("*/syscall")
            return [number_in(file) for file in files].count(str(NUMBERS[name])) >= count
        target.wait_for(f"{count} threads in {name}", threads, 30)

    def test_recording_reports_the_same(self):
        file = os.path.join(self.temp_dir(), "recording")
        with program("1.24", "stripped") as target:
            with lib.Gosnoop("record", "-p", target.pid, "--syscalls", "-o", file) as gosnoop:
                gosnoop.wait_until_tracing()
                target.ask("go")
                gosnoop.interrupt()
        self.assert_known(lib.gosnoop("report", "--json", file).report(), KNOWN)
        self.assertRegex(lib.gosnoop("report", "--syscalls", file).stdout(), r"(?m)^% time .* syscall")
        without = lib.gosnoop("report", "--tcp", file)
        self.assertEqual(without.status, lib.USAGE, without)
        self.assertIn("recorded without --tcp", without.stderr())

    def test_not_unless_asked(self):
        with program("1.24", "stripped") as target:
            report = lib.gosnoop("block", "-p", target.pid, "-d", "1s", "--json").report()
        self.assertEqual(report["syscalls"], [])
        self.assertNotIn("syscall", report["losses"])


if __name__ == "__main__":
    lib.main()
