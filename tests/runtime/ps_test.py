# SPDX-License-Identifier: Apache-2.0
"""`gosnoop ps` beside what the processes say of themselves and what /proc says of them."""

import json
import os
import signal
import sys
import time

import dumps
import lib
from badinput_test import NOBODY, copy

BUILDS = [(version, "stripped") for version in lib.GO_VERSIONS] + [
    ("1.24", mode) for mode in ("plain", "pie", "piestripped", "cgo", "static-pie", "noshdr")]


def ps(*args, **options):
    """{pid: process} of `gosnoop ps --json`."""
    report = lib.gosnoop("ps", "--json", *args, **options).report()
    return {process["pid"]: process for process in report["processes"]}


def ps_of(target):
    return ps()[target.pid]


def status_of(pid):
    with open(f"/proc/{pid}/status") as file:
        return dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)


def fields_of(done, pid):
    """The words of a process's line in the text."""
    lines = [line.split() for line in done.stdout().splitlines()]
    return next((line for line in lines if line and line[0] == str(pid)), None)


class Listed(lib.TestCase):

    def check_goroutines(self, target):
        """The summary of a moment in which the program says the same number before and after."""
        end = time.monotonic() + 20
        while True:
            before = int(target.ask("count"))
            process = ps_of(target)
            if before == process["goroutines"] == int(target.ask("count")):
                return process
            self.assertLess(time.monotonic(), end, f"NumGoroutine is {before}, gosnoop says {process}")

    def check(self, build):
        version, mode = build
        with dumps.EveryWait(version, mode) as target:
            process = self.check_goroutines(target)
            self.assertRegex(process["go_version"], rf"^go{version}\.")
            self.assertEqual(process["module"], "gosnoop.test/programs/everywait")
            self.assertEqual(process["exe"], os.path.realpath(target.executable))
            self.assertEqual(process["why_unknown"], "")
            self.assertGreaterEqual(process["waiting"], len(target.reasons) // 2)
            self.assertLess(process["waiting"], process["goroutines"])
            self.assertGreater(process["system_goroutines"], 2)
            self.assertAlmostEqual(process["threads"], int(status_of(target.pid)["Threads"]), delta=2)
            self.assertAlmostEqual(process["rss_bytes"], lib.resident_bytes(target.pid), delta=3 << 20)

    def test_every_version_and_build(self):
        self.each(BUILDS, self.check)

    def test_uptime(self):
        target = self.start([lib.build("1.24", "stripped", "everyreason")])
        first = ps_of(target)["uptime_ns"]
        self.assertLess(first / 1e9, time.monotonic() - target.started + 0.1)
        time.sleep(1)
        self.assertGreater(ps_of(target)["uptime_ns"] - first, 0.9e9)

    def test_not_go(self):
        other = self.start([sys.executable, "-c", "import time; time.sleep(60)"], ready=None)
        sleep = self.start(["/bin/sleep", "60"], ready=None)
        self.assertFalse({other.pid, sleep.pid, os.getpid()} & set(ps()))

    def test_text(self):
        target = self.start([lib.build("1.24", "stripped", "everyreason")])
        done = lib.gosnoop("ps")
        self.assertEqual(done.status, lib.OK, str(done))
        self.assertRegex(done.stdout(), r"^ *PID +GO +GOROUTINES +WAITING +THREADS +RSS +UPTIME +CONTAINER +PROGRAM\n")
        line = fields_of(done, target.pid)
        self.assertRegex(line[1], r"^go1\.24")
        self.assertEqual(line[-1], "gosnoop.test/programs/everyreason")
        self.assertNotIn("\x1b", done.stdout())

    def test_most_goroutines_first(self):
        for count in ("10", "2000", "300"):
            self.start([lib.build("1.24", "stripped", "manygoroutines"), "-n", count])
        counts = [p["goroutines"] for p in ps().values() if p["goroutines"] is not None]
        self.assertEqual(counts, sorted(counts, reverse=True))
        self.assertGreaterEqual(counts[0], 2000)

    def test_many_of_one_program(self):
        targets = [self.start([lib.build("1.24", "stripped", "everyreason")]) for _ in range(20)]
        processes = ps()
        for target in targets:
            self.assertGreater(processes[target.pid]["goroutines"], 5)

    def test_stopped_counts_too(self):
        with dumps.EveryWait("1.24", "stripped") as target:
            count = self.check_goroutines(target)["goroutines"]
            target.signal(signal.SIGSTOP)
            try:
                self.assertEqual(ps_of(target)["goroutines"], count)
            finally:
                target.signal(signal.SIGCONT)


class Hidden(lib.TestCase):

    def test_namespaces_and_deleted_file(self):
        script = 'mount -t tmpfs tmpfs "$1" && cp "$2" "$1/program" && exec "$1/program"'
        folder = self.temp_dir()
        unshare = self.start(["unshare", "--pid", "--mount", "--fork", "--kill-child", "--mount-proc", "sh", "-c",
                              script, "sh", folder, lib.build("1.24", "stripped", "everyreason")])
        with open(f"/proc/{unshare.pid}/task/{unshare.pid}/children") as children:
            pid = int(children.read().split()[0])
        os.remove(f"/proc/{pid}/root{folder}/program")
        self.assertIn("(deleted)", os.readlink(f"/proc/{pid}/exe"))
        process = ps()[pid]
        self.assertEqual(process["exe"], folder + "/program")
        self.assertRegex(process["go_version"], r"^go1\.24")
        self.assertGreater(process["goroutines"], 5)

    def test_container_by_its_cgroup(self):
        """A cgroup named as Docker names it."""
        with open("/proc/mounts") as file:
            mounts = [line.split() for line in file]
        root = next((mount[1] for mount in mounts if mount[2] in ("cgroup2", "cgroup")), None)
        self.assertIsNotNone(root, "no cgroup file system is mounted: this cannot be tested")
        identity = "3f4e5d6c7b8a9012" + os.urandom(24).hex()
        folder = f"{root}/docker-{identity}.scope"
        os.mkdir(folder)
        target = lib.Target([lib.build("1.24", "stripped", "everyreason")])
        try:
            with open(folder + "/cgroup.procs", "w") as procs:
                procs.write(str(target.pid))
            self.assertEqual(ps_of(target)["container"], identity[:12])
        finally:
            target.stop()
            os.rmdir(folder)


class NotAllowed(lib.TestCase):

    def setUp(self):
        self.folder = self.temp_dir()
        os.chmod(self.folder, 0o755)
        self.gosnoop = copy(lib.GOSNOOP, self.folder, "gosnoop")
        self.program = copy(lib.build("1.24", "stripped", "everyreason"), self.folder, "program")

    def as_nobody(self, *args):
        done = self.start([*NOBODY, self.gosnoop, "ps", *args], ready=None)
        self.assertEqual(done.wait(30), lib.OK, str(done))
        return done

    def test_processes_of_another_user(self):
        target = self.start([self.program])
        done = self.as_nobody()
        line = fields_of(done, target.pid)
        self.assertEqual(line[1:4], ["?", "?", "?"], str(done))
        self.assertEqual(line[4], status_of(target.pid)["Threads"])
        self.assertEqual(line[-1], self.program)
        hints = [text for text in done.stderr().splitlines() if "run as root to see all" in text]
        self.assertEqual(len(hints), 1, str(done))
        process = {p["pid"]: p for p in json.loads(self.as_nobody("--json").stdout())["processes"]}[target.pid]
        self.assertIsNone(process["goroutines"])
        self.assertIn("permission", process["why_unknown"])

    def test_own_processes_need_no_root(self):
        target = self.start([*NOBODY, self.program])
        process = {p["pid"]: p for p in json.loads(self.as_nobody("--json").stdout())["processes"]}[target.pid]
        self.assertRegex(process["go_version"], r"^go1\.24")
        self.assertGreater(process["goroutines"], 5, process)


class Unreadable(lib.TestCase):

    def start_as(self, mode, version):
        """A program of Go 1.24 that says it is of another version."""
        program = copy(lib.build("1.24", mode, "everyreason"), self.temp_dir(), "program")
        with open(program, "r+b") as file:
            content = file.read()
            file.seek(content.index(b"go1.24", content.index(b"\xff Go buildinf:")))
            file.write(version)
        return self.start([program])

    def test_too_old(self):
        process = ps_of(self.start_as("stripped", b"go1.17"))
        self.assertRegex(process["go_version"], r"^go1\.17")
        self.assertIsNone(process["goroutines"], process)
        self.assertIn("older than Go 1.19", process["why_unknown"])

    def test_offsets_that_do_not_fit(self):
        process = ps_of(self.start_as("stripped", b"go1.19"))
        self.assertIsNone(process["goroutines"], process)
        self.assertIn("makes no sense", process["why_unknown"])

    def test_offsets_from_dwarf_where_the_table_does_not_fit(self):
        target = self.start_as("plain", b"go1.19")
        like = self.start([lib.build("1.24", "stripped", "everyreason")])
        process = ps_of(target)
        self.assertEqual(process["why_unknown"], "")
        self.assertEqual(process["goroutines"], ps_of(like)["goroutines"])

    def test_processes_that_come_and_go(self):
        binary = lib.build("1.24", "stripped", "exits_soon")
        shell = self.start(["sh", "-c", f'while :; do "{binary}" >/dev/null 2>&1; done'], ready=None)
        for _ in range(30):
            done = lib.gosnoop("ps", "--json")
            self.assertEqual(done.status, lib.OK, str(done))
            for process in json.loads(done.stdout())["processes"]:
                if process["exe"] == binary:
                    self.assertIn(process["why_unknown"][:10], ("", "the gorout"), process)
        self.assertTrue(shell.is_running())


class Nothing(lib.TestCase):

    def test_is_said(self):
        """In a pid namespace with nothing but a shell."""
        done = self.start(["unshare", "--pid", "--mount", "--fork", "--kill-child", "--mount-proc", "sh", "-c",
                           '"$0" ps; exit $?', lib.GOSNOOP], ready=None)
        self.assertEqual(done.wait(30), lib.OK, str(done))
        self.assertEqual(done.stdout(), "no Go process is found\n")

    def test_full_disk(self):
        done = self.start(["sh", "-c", '"$0" ps >/dev/full', lib.GOSNOOP], ready=None)
        self.assertEqual(done.wait(30), lib.IO_ERROR, str(done))


if __name__ == "__main__":
    lib.main()
