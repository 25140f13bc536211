# SPDX-License-Identifier: Apache-2.0
"""A dump of processes in trouble, of ones that are hard to get at, and of ones that change under its hands:
a good dump or an error with a next step and a documented exit status, soon, and never a crash."""

import contextlib
import ctypes
import os
import random
import shutil
import signal
import subprocess
import tempfile
import time

import dumps
import goroutine_text as text
import lib
from badinput_test import NOBODY, copy

# What may become of a dump whose target goes away under it.
GONE = (lib.OK, lib.NO_SUCH_PROCESS, lib.TARGET_MISMATCH)


class Case(lib.TestCase):

    def assert_error(self, done):
        """One line that says what, one that says what to do, and no half of a dump."""
        self.assertEqual(done.stdout(), "", "an error is no dump")
        lines = done.stderr().rstrip("\n").split("\n")
        self.assertEqual(len(lines), 2, str(done))
        self.assertTrue(lines[0].startswith("gosnoop: "), lines[0])
        self.assertNotRegex(done.stderr(), r"terminate called|what\(\):|Assertion|Sanitizer")

    def assert_refused(self, status, *args, **options):
        done = lib.gosnoop("dump", *args, timeout=30, **options)
        self.assertEqual(done.status, status, str(done))
        self.assert_error(done)
        return done.stderr()

    def try_dump(self, pid, allowed):
        """A dump that may fail, in one of these ways; its report, or None."""
        done = lib.gosnoop("dump", "-p", pid, "--all", "--json", timeout=60)
        self.assertIn(done.status, allowed, str(done))
        if done.status != lib.OK:
            self.assert_error(done)
            return None
        return done.report()


class Refused(Case):

    def test_no_such_pid(self):
        child = subprocess.Popen(["true"])
        child.wait()  # its pid is free now, and stays so for a while
        self.assertIn(str(child.pid), self.assert_refused(lib.NO_SUCH_PROCESS, "-p", child.pid))

    def test_zombie(self):
        child = subprocess.Popen(["true"])
        self.addCleanup(child.wait)
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        self.assert_refused(lib.NO_SUCH_PROCESS, "-p", child.pid)

    def test_not_go(self):
        sleep = self.start(["/bin/sleep", "60"], ready=None)
        self.assert_refused(lib.NOT_GO, "-p", sleep.pid)

    def test_kernel_thread(self):
        self.assert_refused(lib.NOT_GO, "-p", 2)

    def test_no_rights(self):
        folder = self.temp_dir()
        os.chmod(folder, 0o755)
        binary = copy(lib.GOSNOOP, folder, "gosnoop")
        target = self.start([lib.build("1.24", "stripped", "everyreason")])
        done = lib.Process([*NOBODY, binary, "dump", "-p", str(target.pid)])
        self.addCleanup(done.stop)
        self.assertEqual(done.wait(30), lib.NO_PERMISSION, str(done))
        self.assert_error(done)
        self.assertRegex(done.stderr(), "root|sudo")

    def test_wrong_command_lines(self):
        for args in ([], ["-p", "x"], ["-p", "0"], ["-p", "1", "--function", "("], ["-p", "1", "--created-by", "*"],
                     ["-p", "1", "--min-wait", "soon"], ["-p", "1", "--watch", "0"], ["-p", "1", "--wait-reason"]):
            done = lib.gosnoop("dump", *args, timeout=30)
            self.assertEqual(done.status, lib.USAGE, f"{args}: {done}")
            self.assertEqual(done.stdout(), "")

    def test_profile_that_cannot_be_written(self):
        target = self.start([lib.build("1.24", "stripped", "everyreason")])
        self.assert_refused(lib.IO_ERROR, "-p", target.pid, "--pprof", "/nowhere/profile")

    def test_full_disk(self):
        target = self.start([lib.build("1.24", "stripped", "everyreason")])
        self.assert_refused(lib.IO_ERROR, "-p", target.pid, "--pprof", "/dev/full")


class Hidden(Case):
    """In namespaces of its own, its executable deleted: what a container looks like from its host."""

    def test_namespaces_and_deleted_file(self):
        script = 'mount -t tmpfs tmpfs "$1" && cp "$2" "$1/program" && exec "$1/program"'
        folder = self.temp_dir()
        unshare = self.start(["unshare", "--pid", "--mount", "--fork", "--kill-child", "--mount-proc", "sh", "-c",
                              script, "sh", folder, lib.build("1.24", "stripped", "everyreason")])
        self.assertEqual(unshare.ready.group(1), "1", "the target has a pid namespace of its own")
        with open(f"/proc/{unshare.pid}/task/{unshare.pid}/children") as children:
            pid = int(children.read().split()[0])
        self.assertFalse(os.path.exists(folder + "/program"), "the target has a mount namespace of its own")
        os.remove(f"/proc/{pid}/root{folder}/program")
        self.assertIn("(deleted)", os.readlink(f"/proc/{pid}/exe"))
        goroutines = dumps.members(dumps.dump_json(pid, "--all"))
        functions = {f for g in goroutines.values() for f in g.functions()}
        self.assertLessEqual({"main.inSelect", "main.inMutex", "main.inNetwork", "main.inSleep"}, functions)

    def test_a_namespace_that_has_no_network(self):
        """Sockets of another network namespace: its own list of them, or none, but not the host's."""
        target = self.start(["unshare", "--net", "sh", "-c", 'ip link set lo up && exec "$0"',
                             lib.build("1.24", "stripped", "everyreason")])
        goroutines = dumps.members(dumps.dump_json(target.pid, "--all"))
        self.assertTrue(any("main.inNetwork" in g.functions() for g in goroutines.values()))


class InTrouble(Case):

    def test_stopped(self):
        with dumps.EveryWait("1.24", "stripped") as target, dumps.BetweenTwo(target) as own:
            target.signal(signal.SIGSTOP)
            try:
                start = time.monotonic()
                actual = text.without_serving(dumps.dump_text(target.pid, "--full-paths"))
                self.assertLess(time.monotonic() - start, 10)
                self.assertEqual(lib.state_of(target.pid), "T", "it was made to run")
            finally:
                target.signal(signal.SIGCONT)
            dumps.assert_same(own.goroutines, actual)

    def test_wedged(self):
        for version in ("1.19", "1.24", "1.27"):
            with self.subTest(version=version):
                self.check_wedged(version)

    def check_wedged(self, version):
        environment = dict(os.environ, GODEBUG="asyncpreemptoff=1")
        with lib.Target([lib.build(version, "stripped", "wedged")], env=environment) as target:
            time.sleep(1)
            start = time.monotonic()
            report = dumps.dump_json(target.pid, "--all")
            self.assertLess(time.monotonic() - start, 10)
            goroutines = list(dumps.members(report).values())
        self.assertEqual(report["goroutines"], 12)
        running = [g for g in goroutines if g.state == "running"]
        self.assertEqual(len(running), 2, [list(g.lines()) for g in goroutines])
        for goroutine in running:  # their stacks are in motion: the true one, or none
            self.assertIn(goroutine.functions()[:1], ([], ["main.loopForever"]))
        for goroutine in goroutines:
            if goroutine not in running:
                self.assertIn(goroutine.state, ("runnable", "chan receive", "sync.Mutex.Lock", "semacquire"))
                self.assertEqual(goroutine.created_by.function, "main.main")

    def test_wedged_as_text(self):
        environment = dict(os.environ, GODEBUG="asyncpreemptoff=1")
        target = self.start([lib.build("1.24", "stripped", "wedged")], env=environment)
        time.sleep(1)
        goroutines = dumps.dump_text(target.pid)
        states = [g.state for g in goroutines.values()]
        self.assertEqual((len(states), states.count("running")), (12, 2), states)

    def test_memory_paged_out(self):
        """What the kernel took away (file pages at least; all of it where there is swap) is read again."""
        executable = self.copy_of(lib.build("1.24", "stripped", "everywait"))
        with dumps.EveryWait("1.24", "stripped", executable) as target, dumps.BetweenTwo(target) as own:
            before = lib.resident_bytes(target.pid)
            page_out(target.pid)
            self.assertLess(lib.resident_bytes(target.pid), before, "nothing was paged out: this proves nothing")
            actual = text.without_serving(dumps.dump_text(target.pid, "--full-paths"))
            dumps.assert_same(own.goroutines, actual)

    def copy_of(self, executable):
        """On disk, for this test alone: the kernel keeps file pages that are dirty, or mapped by a second process
        (mm/madvise.c, madvise_cold_or_pageout_pte_range)."""
        folder = tempfile.TemporaryDirectory(prefix="paged-out-", dir=os.path.dirname(executable))
        self.addCleanup(folder.cleanup)
        copy = shutil.copy(executable, folder.name)
        with open(copy, "rb") as file:
            os.fsync(file.fileno())
        return copy


# x86-64, and the same everywhere since Linux 5.1.
SYS_PIDFD_OPEN, SYS_PROCESS_MADVISE, MADV_PAGEOUT = 434, 440, 21


class IoVec(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]


def page_out(pid):
    """Asks the kernel to take all pages of a process away; it keeps what it must."""
    libc = ctypes.CDLL(None, use_errno=True)
    pidfd = libc.syscall(SYS_PIDFD_OPEN, pid, 0)
    try:
        with open(f"/proc/{pid}/maps") as maps:
            for line in maps:
                begin, end = (int(x, 16) for x in line.split()[0].split("-"))
                vector = IoVec(begin, end - begin)
                libc.syscall(SYS_PROCESS_MADVISE, pidfd, ctypes.byref(vector), ctypes.c_ulong(1), MADV_PAGEOUT,
                             ctypes.c_ulong(0))
    finally:
        os.close(pidfd)


class Changing(Case):

    def test_killed_meanwhile(self):
        """At another moment of the dump each time."""
        delays = random.Random(1)
        for _ in range(10):
            with lib.Target([lib.build("1.24", "stripped", "manygoroutines"), "-n", "50000"], timeout=60) as target:
                with lib.Gosnoop("dump", "-p", target.pid, "--all", "--json") as gosnoop:
                    time.sleep(delays.uniform(0, 0.4))
                    target.signal(signal.SIGKILL)
                    gosnoop.finish(60)
                    self.assertIn(gosnoop.status, GONE, str(gosnoop)[-2000:])
                    if gosnoop.status != lib.OK:
                        self.assert_error(gosnoop)

    def dump_until_error(self, target, allowed):
        """Again and again, until the process is not the one it was any more."""
        count, end = 0, time.monotonic() + 60
        while self.try_dump(target.pid, allowed):
            count += 1
            self.assertLess(time.monotonic(), end, f"{count} dumps, and no error")

    def test_exits_meanwhile(self):
        target = self.start([lib.build("1.24", "stripped", "exits_soon")])
        self.assertIsNotNone(self.try_dump(target.pid, (lib.OK,)))
        target.tell("go")
        self.dump_until_error(target, GONE)

    def test_execs_meanwhile(self):
        target = self.start([lib.build("1.24", "stripped", "execs_other"), "/bin/sleep", "60"])
        self.assertIsNotNone(self.try_dump(target.pid, (lib.OK,)))
        target.tell("go")
        self.dump_until_error(target, (*GONE, lib.NOT_GO))
        self.assertTrue(target.is_running())

    def test_grows_meanwhile(self):
        """From ten goroutines to a million."""
        target = self.start([lib.build("1.24", "stripped", "grower")])
        self.assertEqual(dumps.dump_json(target.pid)["goroutines"], 11)
        target.tell("go")
        counts, end = [], time.monotonic() + 180
        while not counts or "done" not in target.stdout():
            done = lib.gosnoop("dump", "-p", target.pid, "--json", timeout=120)
            self.assertEqual(done.status, lib.OK, str(done)[-2000:])
            counts.append(done.report()["goroutines"])
            self.assertLess(time.monotonic(), end, counts)
        self.assertEqual(counts, sorted(counts), "goroutines that were there are not any more")
        self.assertEqual(dumps.dump_json(target.pid)["goroutines"], 1_000_011)
        self.assertTrue(target.is_running())

    def test_dumps_at_once(self):
        """Several at a time do not disturb each other."""
        with dumps.EveryWait("1.24", "stripped") as target, dumps.BetweenTwo(target) as own:
            with contextlib.ExitStack() as stack:
                running = [stack.enter_context(lib.Gosnoop("dump", "-p", target.pid, "--all", "--full-paths"))
                           for _ in range(4)]
                for gosnoop in running:
                    gosnoop.finish(60)
                    self.assertEqual(gosnoop.status, lib.OK, str(gosnoop))
                    dumps.assert_same(own.goroutines, text.without_serving(text.parse(gosnoop.stdout())))


if __name__ == "__main__":
    lib.main()
