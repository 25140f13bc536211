# SPDX-License-Identifier: Apache-2.0
"""What is refused is refused in one line with a next step and an exit status of its own; what ends early
still gives its report; and whatever happens, the target runs on and no probe stays."""

import json
import os
import re
import select
import shutil
import signal
import subprocess
import time

import lib

NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]


def copy(binary, folder, name="program"):
    path = os.path.join(folder, name)
    shutil.copy(binary, path)
    return path


def patch(path, old, new, after=b""):
    """Replaces the first `old` that follows `after`."""
    with open(path, "r+b") as file:
        content = file.read()
        at = content.index(old, content.index(after))
        file.seek(at)
        file.write(new)


class Case(lib.TestCase):

    def start_everywake(self, binary=None):
        return self.start([binary or lib.build("1.24", "stripped", "everywake")])

    def assert_refused(self, status, *args, **options):
        done = lib.gosnoop(*args, timeout=30, **options)
        self.assertEqual(done.status, status, str(done))
        self.assertEqual(done.stdout(), "", "an error is no report")
        lines = done.stderr().rstrip("\n").split("\n")
        self.assertEqual(len(lines), 2, f"one line that says what, one that says what to do: {done}")
        self.assertTrue(lines[0].startswith("gosnoop: "), lines[0])
        self.assertNotRegex(done.stderr(), r"terminate called|what\(\):|Assertion|libbpf:")
        return done.stderr()

    def assert_finds_the_leak(self, report):
        groups = [lib.outside_runtime(g["created_by"]) for g in lib.accused(report)]
        self.assertEqual(groups, ["main.leakOne"])


class Refused(Case):

    def test_no_such_pid(self):
        child = subprocess.Popen(["true"])
        child.wait()  # its pid is free now, and stays so for a while
        for command in ("leaks", "block", "trace"):
            self.assertIn(str(child.pid), self.assert_refused(lib.NO_SUCH_PROCESS, command, "-p", child.pid))

    def test_a_thread_is_no_process(self):
        target = self.start_everywake()
        tid = next(int(tid) for tid in os.listdir(f"/proc/{target.pid}/task") if int(tid) != target.pid)
        self.assertIn(f"is a thread of process {target.pid}", self.assert_refused(lib.NO_SUCH_PROCESS,
                                                                                   "leaks", "-p", tid))

    def test_zombie(self):
        child = subprocess.Popen(["true"])
        self.addCleanup(child.wait)
        time.sleep(0.2)
        self.assert_refused(lib.NO_SUCH_PROCESS, "leaks", "-p", child.pid)

    def test_wrong_command_lines(self):
        for args in (["leaks"], ["leaks", "-p", "x"], ["leaks", "-p", "-1"], ["leaks", "-p", "0"], ["leak"],
                     ["block", "-p", "1", "-d", "soon"], ["block", "-p", "1", "-d", "-3s"], ["record", "-p", "1"],
                     ["report"], ["run"], ["leaks", "-p", "99999999999999999999"]):
            done = lib.gosnoop(*args, timeout=30)
            self.assertIn(done.status, (lib.USAGE, lib.NO_SUCH_PROCESS), str(done))
            self.assertEqual(done.stdout(), "", str(done))

    def test_not_go(self):
        sleep = self.start(["/bin/sleep", "60"], ready=None)
        self.assert_refused(lib.NOT_GO, "leaks", "-p", sleep.pid)
        self.assert_untouched(sleep)

    def test_kernel_thread(self):
        self.assert_refused(lib.NOT_GO, "leaks", "-p", 2)

    def test_go_too_old(self):
        """Go 1.18 is in no suite here, so a 1.19 program says it was."""
        binary = copy(lib.build("1.19", "stripped", "everywake"), self.temp_dir())
        patch(binary, b"go1.19", b"go1.18", after=b"\xff Go buildinf:")
        target = self.start_everywake(binary)
        self.assertIn("1.18", self.assert_refused(lib.UNSUPPORTED_GO, "leaks", "-p", target.pid))
        self.assert_untouched(target)

    def test_not_root(self):
        folder = self.temp_dir()
        os.chmod(folder, 0o755)
        binary = copy(lib.GOSNOOP, folder, "gosnoop")
        target = self.start_everywake()
        for command in ("leaks", "block"):
            done = subprocess.run([*NOBODY, binary, command, "-p", str(target.pid)], capture_output=True,
                                  text=True, timeout=30, check=False)
            self.assertEqual(done.returncode, lib.NO_PERMISSION, done)
            self.assertRegex(done.stderr, r"root|sudo")
            self.assertEqual(len(done.stderr.splitlines()), 2, done.stderr)
        self.assert_untouched(target)

    def test_no_build_info(self):
        """Without it the program is still a Go program: traced all the same, or refused."""
        binary = copy(lib.build("1.24", "stripped", "everywake"), self.temp_dir())
        patch(binary, b"\xff Go buildinf:", b"\xff No buildinf:")
        target = self.start_everywake(binary)
        done = lib.gosnoop("leaks", "-p", target.pid, "-d", "4s", "--json")
        if done.status == lib.OK:
            self.assert_finds_the_leak(done.report())
        else:
            self.assertIn(done.status, (lib.NOT_GO, lib.UNSUPPORTED_GO, lib.BAD_ELF), str(done))
        self.assert_untouched(target)

    def test_damaged_section_headers(self):
        """The kernel does not look at them. Either they are not needed, or the file is called damaged."""
        for offset, damage in ((40, b"\xff" * 8), (40, (1 << 40).to_bytes(8, "little")), (58, b"\xff" * 6)):
            binary = copy(lib.build("1.24", "stripped", "everywake"), self.temp_dir())
            with open(binary, "r+b") as file:
                file.seek(offset)
                file.write(damage)
            target = self.start_everywake(binary)
            done = lib.gosnoop("leaks", "-p", target.pid, "-d", "1s", "--json")
            self.assertIn(done.status, (lib.OK, lib.BAD_ELF), str(done))
            self.assert_untouched(target)

    def test_output_that_cannot_be_written(self):
        target = self.start_everywake()
        self.assert_refused(lib.IO_ERROR, "record", "-p", target.pid, "-d", "1s", "-o", "/nowhere/recording")
        self.assert_untouched(target)

    def test_not_a_recording(self):
        folder = self.temp_dir()
        for name, content in (("empty", b""), ("text", b"hello\n" * 100), ("zeros", bytes(4096))):
            path = os.path.join(folder, name)
            with open(path, "wb") as file:
                file.write(content)
            self.assert_refused(lib.BAD_RECORDING, "report", path)
        for path in (folder, "/dev/null"):
            self.assertIn("`gosnoop record` wrote", self.assert_refused(lib.BAD_RECORDING, "report", path))
        self.assert_refused(lib.IO_ERROR, "report", os.path.join(folder, "missing"))


class Stopped(Case):
    """A target in which nothing happens: that is said once, as it is opened."""

    NOTE = r"(?m)^gosnoop: pid {} is stopped by a signal: .* \(kill -CONT {}\)$"

    def setUp(self):
        self.target = self.start_everywake()
        self.target.signal(signal.SIGSTOP)
        self.addCleanup(self.target.signal, signal.SIGCONT)
        self.target.wait_for("stop", lambda: lib.state_of(self.target.pid) == "T", 10)

    def assert_notes(self, count, *args):
        done = lib.gosnoop(*args)
        self.assertEqual(done.status, lib.OK, str(done))
        notes = re.findall(self.NOTE.format(self.target.pid, self.target.pid), done.stderr())
        self.assertEqual(len(notes), count, str(done))

    def test_what_traces_it_says_so(self):
        for command in ("leaks", "block", "syscalls", "tcp", "trace"):
            self.assert_notes(1, command, "-p", self.target.pid, "-d", "100ms")
        self.assert_notes(1, "leaks", "-p", self.target.pid, "-d", "100ms", "--no-probes", "--interval", "10ms")
        self.assert_notes(1, "top", "-p", self.target.pid, "-d", "100ms", "--plain")
        file = os.path.join(self.temp_dir(), "recording")
        self.assert_notes(1, "record", "-p", self.target.pid, "-d", "100ms", "-o", file)
        self.assert_untouched(self.target)

    def test_where_it_is_no_matter_it_is_not_said(self):
        self.assert_notes(0, "dump", "-p", self.target.pid)
        self.assert_notes(0, "ps")

    def test_one_that_runs_is_not_mentioned(self):
        self.target.signal(signal.SIGCONT)
        self.target.wait_for("going on", lambda: lib.state_of(self.target.pid) != "T", 10)
        self.assert_notes(0, "leaks", "-p", self.target.pid, "-d", "100ms")

    def test_a_program_that_gosnoop_starts_is_not_mentioned(self):
        with lib.Gosnoop("run", "--leaks", "--", lib.build("1.24", "stripped", "exits_soon")) as gosnoop:
            gosnoop.wait_until_tracing()
            self.assertNotIn("is stopped", gosnoop.stderr())
            self.assertNotIn("is traced", gosnoop.stderr())


class TheTargetEnds(Case):

    def report_of_the_end(self, program, command, *arguments):
        target = self.start([lib.build("1.24", "stripped", program), *arguments])
        gosnoop = self.attach(command, "-p", target.pid, "--json")
        text = self.attach(command, "-p", target.pid)
        target.tell("go")
        report = gosnoop.finish(15).report()
        self.assertEqual(text.finish(15).status, lib.OK, str(text))
        return target, report, text.stdout()

    def assert_saw_the_ticks(self, report):
        ticks = sum(spot["episodes"] for spot in report["blocking"] if spot["wait_reason"] == "sleep")
        self.assertGreater(ticks, 100, report["blocking"])

    def test_exit(self):
        for command in ("block", "leaks"):
            target, report, text = self.report_of_the_end("exits_soon", command)
            self.assertEqual(target.wait(5), 7, "its own exit status")
            self.assertEqual(report["window"]["end"], "target_exited")
            self.assertRegex(text, "exited")
            self.assertGreater(report["window"]["seconds"], 0.5)
            if command == "block":
                self.assert_saw_the_ticks(report)

    def test_exec(self):
        target, report, text = self.report_of_the_end("execs_other", "block", "/bin/sleep", "60")
        self.assertEqual(report["window"]["end"], "target_execed")
        self.assertRegex(text, "exec")
        self.assert_saw_the_ticks(report)
        target.executable = "/bin/sleep"
        self.assert_untouched(target)

    def test_killed(self):
        target = self.start_everywake()
        gosnoop = self.attach("leaks", "-p", target.pid, "--json")
        time.sleep(1)
        target.signal(signal.SIGKILL)
        self.assertEqual(gosnoop.finish(15).report()["window"]["end"], "target_exited")

    def test_while_recording(self):
        target = self.start([lib.build("1.24", "stripped", "exits_soon")])
        file = os.path.join(self.temp_dir(), "recording")
        gosnoop = self.attach("record", "-p", target.pid, "-o", file)
        target.tell("go")
        self.assertEqual(gosnoop.finish(15).status, lib.OK, str(gosnoop))
        report = lib.gosnoop("report", file, "--block", "--json").report()
        self.assertEqual(report["window"]["end"], "target_exited")
        self.assert_saw_the_ticks(report)


class TheFileIsGone(Case):
    """gosnoop looks at what is mapped, whatever has become of the path."""

    def assert_works(self, target, original):
        report = lib.gosnoop("leaks", "-p", target.pid, "-d", "4s", "--json").report()
        self.assert_finds_the_leak(report)
        target.executable = original
        self.assertEqual(lib.changed_code(target.pid, original), [])
        self.assertTrue(target.is_running())

    def test_deleted(self):
        original = lib.build("1.24", "stripped", "everywake")
        binary = copy(original, self.temp_dir())
        target = self.start_everywake(binary)
        os.remove(binary)
        self.assert_works(target, original)

    def test_replaced_by_another_version(self):
        original, folder = lib.build("1.24", "stripped", "everywake"), self.temp_dir()
        binary = copy(original, folder)
        target = self.start_everywake(binary)
        os.rename(copy(lib.build("1.27", "stripped", "everywake"), folder, "new"), binary)
        self.assert_works(target, original)

    def test_replaced_by_a_damaged_file(self):
        original, folder = lib.build("1.24", "stripped", "everywake"), self.temp_dir()
        binary = copy(original, folder)
        target = self.start_everywake(binary)
        with open(copy(original, folder, "new"), "r+b") as file:
            file.truncate(10_000)
        os.rename(os.path.join(folder, "new"), binary)
        self.assert_works(target, original)

    def test_in_a_mount_namespace_of_its_own(self):
        original, folder = lib.build("1.24", "stripped", "everywake"), self.temp_dir()
        script = 'mount -t tmpfs tmpfs "$1" && cp "$2" "$1/program" && exec "$1/program"'
        target = self.start(["unshare", "--mount", "sh", "-c", script, "sh", folder, original])
        self.assert_works(target, original)


class Signals(Case):

    def test_ctrl_c_and_sigterm_give_the_report(self):
        target = self.start_everywake()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            gosnoop = self.attach("leaks", "-p", target.pid, "--json")
            time.sleep(1)
            gosnoop.signal(number)
            report = gosnoop.finish(10).report()
            self.assertEqual(report["window"]["end"], "complete")
            self.assert_untouched(target)

    def test_sigkill_leaves_nothing_behind(self):
        target = self.start_everywake()
        before = target.ask("counters")
        for _ in range(3):
            gosnoop = self.attach("block", "-p", target.pid)
            self.assertTrue(lib.changed_code(target.pid, target.executable), "this test looks for probes in vain")
            gosnoop.signal(signal.SIGKILL)
            gosnoop.wait(10)
            # The kernel takes them off once the last reference to the probes is gone.
            target.wait_for("code without probes",
                            lambda: not lib.changed_code(target.pid, target.executable), 10)
        time.sleep(0.5)
        self.assert_untouched(target)
        self.assertNotEqual(target.ask("counters"), before, "it does not run on")
        self.assert_finds_the_leak(lib.gosnoop("leaks", "-p", target.pid, "-d", "4s", "--json").report())

    def test_sigkill_while_attaching(self):
        target = self.start_everywake()
        for milliseconds in range(0, 400, 25):
            with lib.Gosnoop("leaks", "-p", target.pid) as gosnoop:
                time.sleep(milliseconds / 1000)
                gosnoop.signal(signal.SIGKILL)
                gosnoop.wait(10)
        target.wait_for("code without probes", lambda: not lib.changed_code(target.pid, target.executable), 10)
        self.assert_untouched(target)

    def test_closed_output(self):
        """gosnoop … | head: the reader goes, and gosnoop too, without leaving probes."""
        target = self.start_everywake()
        pipe = subprocess.Popen([lib.GOSNOOP, "trace", "-p", str(target.pid)], stdout=subprocess.PIPE,
                                stderr=subprocess.DEVNULL, preexec_fn=lib.die_with_parent)
        self.addCleanup(pipe.wait)
        self.addCleanup(pipe.kill)
        pipe.stdout.readline()
        pipe.stdout.close()
        pipe.wait(10)
        self.assert_untouched(target)


class AsNobody(Case):
    """gosnoop and the target belong to the same user, who is not root."""

    def setUp(self):
        self.folder = self.temp_dir()
        os.chmod(self.folder, 0o777)
        self.gosnoop = copy(lib.GOSNOOP, self.folder, "gosnoop")
        program = copy(lib.build("1.24", "stripped", "everywake"), self.folder)
        self.target = self.start([*NOBODY, program])
        self.target.executable = program

    def run_gosnoop(self, *args):
        return subprocess.run([*NOBODY, self.gosnoop, *map(str, args)], capture_output=True, text=True,
                              timeout=60, check=False)

    def test_leaks_without_probes(self):
        done = self.run_gosnoop("leaks", "-p", self.target.pid, "--no-probes", "-d", "5s", "--json")
        self.assertEqual(done.returncode, lib.OK, done)
        self.assert_finds_the_leak(json.loads(done.stdout))
        self.assert_untouched(self.target)

    def test_the_target_of_another_user(self):
        other = self.start_everywake()
        done = self.run_gosnoop("leaks", "-p", other.pid, "--no-probes", "-d", "5s")
        self.assertEqual(done.returncode, lib.NO_PERMISSION, done)
        self.assertEqual(len(done.stderr.splitlines()), 2, done)

    def test_a_failed_attach_leaves_an_earlier_recording(self):
        file = os.path.join(self.folder, "recording")
        args = ("record", "-p", self.target.pid, "-o", file)
        self.assertEqual(self.run_gosnoop(*args).returncode, lib.NO_PERMISSION)
        self.assertFalse(os.path.exists(file), "an empty file is no recording")
        with open(file, "w") as earlier:
            earlier.write("precious")
        os.chmod(file, 0o666)
        self.assertEqual(self.run_gosnoop(*args).returncode, lib.NO_PERMISSION)
        with open(file) as earlier:
            self.assertEqual(earlier.read(), "precious")


class WithoutProbes(Case):

    def test_a_target_that_ends_before_the_second_look(self):
        target = self.start_everywake()
        gosnoop = self.attach("leaks", "-p", target.pid, "--no-probes", "--interval", "60s")
        target.stop()
        gosnoop.finish(10)
        self.assertEqual(gosnoop.status, lib.NO_SUCH_PROCESS, str(gosnoop))
        self.assertEqual(gosnoop.stdout(), "")
        self.assertRegex(gosnoop.stderr(), r"before a second look.*\n  next step: .*--interval")

    def test_a_target_that_ends_after_that_is_reported(self):
        target = self.start_everywake()
        gosnoop = self.attach("leaks", "-p", target.pid, "--no-probes", "--interval", "500ms", "--json")
        time.sleep(3.2)
        target.stop()
        report = gosnoop.finish(10).report()
        self.assertEqual(report["window"]["end"], "target_exited")
        self.assertGreaterEqual(report["window"]["snapshots"], 6)

    def test_a_target_that_executes_another_program(self):
        target = self.start([lib.build("1.24", "stripped", "execs_other"), "/bin/sleep", "60"])
        gosnoop = self.attach("leaks", "-p", target.pid, "--no-probes", "--interval", "100ms", "--json")
        target.tell("go")
        report = gosnoop.finish(30).report()
        self.assertEqual(report["window"]["end"], "target_execed")


class TwoAtOnce(Case):

    def test_two_on_one_target(self):
        target = self.start_everywake()
        first = self.attach("leaks", "-p", target.pid, "--json")
        second = self.attach("block", "-p", target.pid, "--json", "--min-block", "0")
        time.sleep(3)
        block = second.interrupt().report()
        time.sleep(1)
        leaks = first.interrupt().report()
        self.assert_finds_the_leak(leaks)
        self.assert_no_loss(block)
        self.assertTrue(any("main.waitForValue" in lib.functions(s["stack"]) for s in block["blocking"]))
        self.assert_untouched(target)

    def test_another_process_of_the_same_program_is_not_seen(self):
        binary = lib.build("1.24", "stripped", "everywake")
        quiet, busy = self.start([lib.build("1.24", "stripped", "everyreason")]), self.start([binary])
        other = self.start([binary])
        before = other.ask("counters").split()
        report = lib.gosnoop("leaks", "-p", busy.pid, "-d", "2s", "--json").report()
        leaked = int(other.ask("counters").split()[5]) - int(before[5])
        self.assertLess(report["goroutines"]["created"], 1.7 * leaked * 5)
        for target in (quiet, busy, other):
            self.assert_untouched(target)


class Recordings(Case):

    def record(self, seconds=4, *args):
        target = self.start_everywake()
        file = os.path.join(self.temp_dir(), "recording")
        done = lib.gosnoop("record", "-p", target.pid, "-d", f"{seconds}s", "-o", file, *args)
        self.assertEqual(done.status, lib.OK, str(done))
        self.assert_untouched(target)
        target.stop()
        return file

    def test_report_without_root_or_target(self):
        file = self.record()
        folder = os.path.dirname(file)
        os.chmod(folder, 0o755)
        os.chmod(file, 0o644)
        binary = copy(lib.GOSNOOP, folder, "gosnoop")
        for kind in ("--leaks", "--block"):
            done = lib.Process([*NOBODY, binary, "report", file, kind, "--json"])
            self.addCleanup(done.stop)
            self.assertEqual(done.wait(30), lib.OK, str(done))
        self.assert_finds_the_leak(lib.gosnoop("report", file, "--leaks", "--json").report())
        text = lib.gosnoop("report", file)
        self.assertEqual(text.status, lib.OK, str(text))
        self.assertIn("main.leakOne", text.stdout())

    def test_cut_anywhere(self):
        file = self.record(3)
        size = os.path.getsize(file)
        with open(file, "rb") as whole:
            content = whole.read()
        for part in (0.999, 0.9, 0.5, 0.2):
            cut = os.path.join(os.path.dirname(file), "cut")
            with open(cut, "wb") as out:
                out.write(content[:int(size * part)])
            report = lib.gosnoop("report", cut, "--json").report()
            self.assertEqual(report["window"]["end"], "cut_off", part)
        for length in (1, 7, 8, 15, 16, 17):
            with open(cut, "wb") as out:
                out.write(content[:length])
            self.assertIn(lib.gosnoop("report", cut).status, (lib.OK, lib.BAD_RECORDING), length)

    def test_damaged_anywhere(self):
        """Bytes that are not as written: a report or an error, never a crash."""
        file = self.record(2)
        with open(file, "rb") as whole:
            content = bytearray(whole.read())
        for i in range(60):
            damaged = bytearray(content)
            at = (i * 7919) % len(content)
            damaged[at:at + 4] = bytes([(i * 37) & 0xff] * 4)
            path = os.path.join(os.path.dirname(file), "damaged")
            with open(path, "wb") as out:
                out.write(damaged)
            done = lib.gosnoop("report", path, "--json", timeout=30)
            self.assertIn(done.status, (lib.OK, lib.BAD_RECORDING), f"{at}: {done}")

    def test_killed_while_recording(self):
        target = self.start_everywake()
        file = os.path.join(self.temp_dir(), "recording")
        gosnoop = self.attach("record", "-p", target.pid, "-o", file)
        time.sleep(4)
        gosnoop.signal(signal.SIGKILL)
        gosnoop.wait(10)
        report = lib.gosnoop("report", file, "--json").report()
        self.assertEqual(report["window"]["end"], "cut_off")
        self.assertGreater(report["goroutines"]["created"], 40)

    def test_killed_early(self):
        target = self.start_everywake()
        file = os.path.join(self.temp_dir(), "recording")
        gosnoop = self.attach("record", "-p", target.pid, "-o", file)
        time.sleep(2.3)
        gosnoop.signal(signal.SIGKILL)
        gosnoop.wait(10)
        losses = lib.gosnoop("report", file, "--json").report()["losses"]
        self.assertEqual(set(losses), {"create", "block", "exit", "stack"})
        self.assertGreater(losses["create"]["seen"], 10)

    def test_full_disk(self):
        disk = self.temp_dir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", disk], check=True)
        self.addCleanup(subprocess.run, ["umount", disk], check=True)
        target = self.start([lib.build("1.24", "stripped", "mixed")])
        file = os.path.join(disk, "recording")
        gosnoop = self.attach("record", "-p", target.pid, "-o", file, "--min-block", "0")
        target.tell("go")
        gosnoop.finish(30)
        self.assertEqual(gosnoop.status, lib.IO_ERROR, str(gosnoop))
        self.assertRegex(gosnoop.stderr(), r"(?i)no space|disk|full")
        self.assert_untouched(target)
        report = lib.gosnoop("report", file, "--json").report()
        self.assertEqual(report["window"]["end"], "cut_off")


class StalledReaders(Case):
    """Who reads the output never holds up the target: probes come off in time, and Ctrl-C ends gosnoop."""

    def setUp(self):
        self.pipe = os.path.join(self.temp_dir(), "pipe")
        os.mkfifo(self.pipe)
        self.target = self.start([lib.build("1.24", "stripped", "pingpong")])
        self.target.tell("1000000000")

    def trace(self, *args):
        """Everything it does, into a pipe that is open and not read."""
        reader = os.open(self.pipe, os.O_RDWR)
        self.addCleanup(os.close, reader)
        shell = ["sh", "-c", f'exec "$@" >{self.pipe}', "sh"]
        tracer = lib.Process([*shell, lib.GOSNOOP, "trace", "-p", str(self.target.pid), "--min-block", "0", *args])
        self.addCleanup(tracer.stop)
        tracer.wait_for("probes", lambda: lib.changed_code(self.target.pid, self.target.executable), 20)
        return tracer, reader

    def ends_once_it_is_read(self, tracer, reader):
        tracer.wait_for("no probe", lambda: not lib.changed_code(self.target.pid, self.target.executable), 20)
        time.sleep(0.5)
        self.assertTrue(tracer.is_running(), "it waits for its reader")
        text = bytearray()
        while tracer.is_running() or select.select([reader], [], [], 0)[0]:
            text += os.read(reader, 1 << 20) if select.select([reader], [], [], 0.1)[0] else b""
        self.assertEqual(tracer.status, lib.OK, tracer.stderr())
        return text.decode()

    def test_time_is_up(self):
        text = self.ends_once_it_is_read(*self.trace("-d", "1s", *lib.UNCAPPED))
        self.assertIn("waited", text)

    def test_too_costly(self):
        text = self.ends_once_it_is_read(*self.trace("--max-cost", "5%"))
        self.assertIn("than --max-cost allows", text.splitlines()[-1])

    def test_a_signal(self):
        tracer, _ = self.trace(*lib.UNCAPPED)
        time.sleep(1)
        tracer.signal(signal.SIGINT)
        tracer.wait(10)
        self.assertEqual(tracer.status, lib.IO_ERROR)
        self.assertIn("its reader stalled", tracer.stderr())
        self.assert_untouched(self.target)

    def test_nobody_reads(self):
        for args in (["record"], ["leaks", "-d", "1s"]):
            done = lib.gosnoop(*args, "-p", self.target.pid, "-o", self.pipe)
            self.assertEqual(done.status, lib.IO_ERROR, str(done))
            self.assertIn("nobody reads it", done.stderr())


class Namespaces(Case):

    def test_target_in_a_pid_namespace(self):
        binary = lib.build("1.24", "stripped", "everywake")
        unshare = self.start(["unshare", "--pid", "--fork", "--kill-child", "--mount-proc", binary])
        with open(f"/proc/{unshare.pid}/task/{unshare.pid}/children") as children:
            pid = int(children.read().split()[0])
        self.assertEqual(unshare.ready.group(1), "1", "the target has a namespace of its own")
        self.assert_finds_the_leak(lib.gosnoop("leaks", "-p", pid, "-d", "4s", "--json").report())
        block = lib.gosnoop("block", "-p", pid, "-d", "2s", "--json", "--min-block", "0").report()
        self.assertTrue(any("main.waitForValue" in lib.functions(s["stack"]) for s in block["blocking"]))
        self.assertEqual(lib.changed_code(pid, binary), [])

    def test_gosnoop_in_the_namespace_too(self):
        binary = lib.build("1.24", "stripped", "everywake")
        script = ('sleep 60 | "$1" >&2 & sleep 1; target=$(pgrep -nx everywake);'
                  ' "$2" leaks -p "$target" -d 4s --json')
        inside = self.start(["unshare", "--pid", "--fork", "--kill-child", "--mount-proc", "sh", "-c", script, "sh",
                             binary, lib.GOSNOOP], ready=None)
        inside.wait(60)
        self.assertEqual(inside.status, lib.OK, str(inside))
        self.assertRegex(inside.stderr(), r"ready pid ([2-9]|\d\d)\b")
        report = lib.Gosnoop.report(inside)
        self.assert_finds_the_leak(report)


class Run(Case):

    def test_from_the_first_goroutine(self):
        target = lib.build("1.24", "stripped", "exits_soon")
        with lib.Gosnoop("run", "--", target) as gosnoop:
            gosnoop.wait_until_tracing()
            gosnoop._process.stdin.write(b"go\n")
            gosnoop._process.stdin.flush()
            gosnoop.finish(20)
            self.assertEqual(gosnoop.status, 7, f"the program's own exit status: {gosnoop}")
            self.assertIn("ready pid", gosnoop.stdout())
            self.assertRegex(gosnoop.stdout(), "the target exited")
            self.assertRegex(gosnoop.stdout(), "2[0-9] created")  # all of them, main's too

    def test_a_program_that_takes_longer_runs_on(self):
        program = lib.build("1.24", "stripped", "everywake")
        with lib.Gosnoop("run", "-d", "1s", "--leaks", "--", program) as gosnoop:
            gosnoop.finish(30)
            self.assertEqual(gosnoop.status, lib.OK, str(gosnoop))
            pid = int(re.search(r"^gosnoop: pid (\d+) runs on$", gosnoop.stderr(), re.M).group(1))
            self.assertEqual(os.readlink(f"/proc/{pid}/exe"), program)
            self.assertEqual(lib.changed_code(pid, program), [])
            os.kill(pid, signal.SIGKILL)

    def test_no_such_command(self):
        done = lib.gosnoop("run", "--", "/nowhere/program", timeout=30)
        self.assertNotEqual(done.status, lib.OK, str(done))
        self.assertEqual(done.stdout(), "")

    def test_dry_run_sets_no_probe(self):
        target = self.start_everywake()
        done = lib.gosnoop("block", "-p", target.pid, "--dry-run")
        self.assertEqual(done.status, lib.OK, str(done))
        for site in ("runtime.park_m", "runtime.ready", "runtime.casgstatus"):
            self.assertIn(site, done.stdout())
        self.assert_untouched(target)


if __name__ == "__main__":
    lib.main()
