# SPDX-License-Identifier: Apache-2.0
"""`gosnoop doctor` says what will work, and its exit status is that of what it stands for."""

import functools
import json
import os
import re
import shutil
import signal
import subprocess

import lib

# Before a command: without rights, and with just those that probes need.
NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
CAPABILITIES = "+bpf,+perfmon,+sys_ptrace,+dac_read_search"
SOMEBODY = [*NOBODY, f"--inh-caps={CAPABILITIES}", f"--ambient-caps={CAPABILITIES}"]


class Case(lib.TestCase):

    def start_everywake(self, binary=None):
        return self.start([binary or lib.build("1.24", "stripped", "everywake")])

    def doctor(self, *args, by=(), binary=None):
        """What it says as JSON; checked to agree with its own exit status."""
        done = subprocess.run([*by, binary or lib.GOSNOOP, "doctor", "--json", *map(str, args)],
                              capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(done.stderr, "")
        diagnosis = json.loads(done.stdout)
        self.assertEqual(done.returncode, diagnosis["exit_status"], done.stdout)
        for check in diagnosis["host"] + diagnosis["target"]:
            if check["state"] == "fail":
                self.assertTrue(check["detail"] and check["next_step"], check)
        return diagnosis

    def check_named(self, diagnosis, name):
        found = [c for c in diagnosis["host"] + diagnosis["target"] if c["name"] == name]
        self.assertEqual(len(found), 1, f"{name} in {diagnosis}")
        return found[0]

    def copy(self, path, name):
        """One that nobody may run too."""
        folder = self.temp_dir()
        os.chmod(folder, 0o755)
        copied = os.path.join(folder, name)
        shutil.copy(path, copied)
        return copied


class Healthy(Case):

    def test_all_is_well(self):
        target = self.start_everywake()
        diagnosis = self.doctor("-p", target.pid)
        self.assertEqual(diagnosis["exit_status"], lib.OK, diagnosis)
        self.assertEqual(diagnosis["fails"], [])
        self.assertEqual(diagnosis["verdict"], [f"everything gosnoop does will work on pid {target.pid}"])
        self.assertIn("go1.24", self.check_named(diagnosis, "Go program")["detail"])
        self.assertRegex(self.check_named(diagnosis, "goroutine table")["detail"], r"\b[1-9]\d* live goroutines")
        self.assert_untouched(target)

    def test_sites_are_those_of_the_dry_run(self):
        target = self.start_everywake()
        sites = self.doctor("-p", target.pid)["sites"]
        listed = {f"{s['function']}+{s['in_function']:#x} {s['file_offset']:#x} {s['instruction']}" for s in sites}
        plan = lib.gosnoop("block", "-p", target.pid, "--dry-run").stdout()
        planned = {f"{place} {offset} {instruction.strip()}" for place, offset, instruction in
                   re.findall(r"^  (\S+) +file offset (0x[0-9a-f]+)  (.*)$", plan, re.M)}
        self.assertEqual(listed, planned)
        self.assertGreater(len(listed), 5)

    def test_text(self):
        target = self.start_everywake()
        done = lib.gosnoop("doctor", "-p", target.pid)
        self.assertEqual(done.status, lib.OK, str(done))
        self.assertNotIn("FAIL", done.stdout())
        self.assertNotIn("\x1b", done.stdout())
        self.assertTrue(done.stdout().endswith(f"everything gosnoop does will work on pid {target.pid}\n"))

    def test_nothing_stays_in_the_kernel(self):
        """No BPF program or map, no uprobe by name, and the target as it was."""
        target = self.start_everywake()
        self.doctor("-p", target.pid)
        for kind in ("prog", "map"):
            # A gosnoop that attaches at this moment has one too: it goes away, what is left stays.
            target.wait_for(f"end of every {kind} of the trials", lambda: not self.of_trials(kind), 10)
        self.assert_untouched(target)

    @staticmethod
    def of_trials(kind):
        listing = subprocess.run(["bpftool", "--json", kind, "show"], capture_output=True, text=True, check=True)
        held = lib.held_in_kernel(kind)
        return [o for o in json.loads(listing.stdout)
                if o.get("name", "").startswith("gosnoop_trial") and o["id"] not in held]

    def test_while_another_gosnoop_traces(self):
        target = self.start_everywake()
        tracer = self.attach("leaks", "-p", target.pid)
        diagnosis = self.doctor("-p", target.pid)
        self.assertEqual(diagnosis["exit_status"], lib.OK, diagnosis)
        self.assertRegex(self.check_named(diagnosis, "code in memory")["detail"],
                         r"\d probes of another tracer.*runtime\.")
        self.assertTrue(tracer.is_running())
        tracer.interrupt()
        self.assert_untouched(target)

    def test_of_every_version(self):
        for version in lib.GO_VERSIONS:
            with self.subTest(version=version):
                target = self.start([lib.build(version, "stripped", "everywake")])
                self.assertEqual(self.doctor("-p", target.pid)["fails"], [])
                self.assert_untouched(target)

    def test_without_a_target(self):
        diagnosis = self.doctor()
        self.assertEqual(diagnosis["exit_status"], lib.OK, diagnosis)
        self.assertIn("run", diagnosis["works"])
        self.assertIsNone(diagnosis["pid"])


class Rights(Case):

    def test_nobody(self):
        target = self.start_everywake()
        binary = self.copy(lib.GOSNOOP, "gosnoop")
        diagnosis = self.doctor("-p", target.pid, by=NOBODY, binary=binary)
        self.assertEqual(diagnosis["exit_status"], lib.NO_PERMISSION)
        self.assertIn("sudo", self.check_named(diagnosis, "rights")["next_step"])
        self.assertEqual(self.check_named(diagnosis, "ring buffer")["state"], "not_tried")
        self.assertEqual(diagnosis["works"], [])
        self.assert_untouched(target)

    def test_nobody_without_a_target(self):
        diagnosis = self.doctor(by=NOBODY, binary=self.copy(lib.GOSNOOP, "gosnoop"))
        self.assertEqual(diagnosis["exit_status"], lib.NO_PERMISSION)
        self.assertIn("ps", diagnosis["works"])

    def test_nobody_reads_a_process_of_their_own(self):
        program = self.copy(lib.build("1.24", "stripped", "everywake"), "everywake")
        target = self.start([*NOBODY, program])
        diagnosis = self.doctor("-p", target.pid, by=NOBODY, binary=self.copy(lib.GOSNOOP, "gosnoop"))
        self.assertEqual(diagnosis["exit_status"], lib.NO_PERMISSION)
        self.assertEqual(diagnosis["fails"], ["leaks", "block", "trace", "record"])
        self.assertEqual(self.check_named(diagnosis, "goroutine table")["state"], "ok")

    def test_capabilities_instead_of_root(self):
        """What the doctor promises is kept: `leaks` works with them too."""
        target = self.start_everywake()
        binary = self.copy(lib.GOSNOOP, "gosnoop")
        by = SOMEBODY
        diagnosis = self.doctor("-p", target.pid, by=by, binary=binary)
        leaks = subprocess.run([*by, binary, "leaks", "-p", str(target.pid), "-d", "1s", "--json"],
                               capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(diagnosis["exit_status"], leaks.returncode, f"{diagnosis} but {leaks}")
        self.assertEqual(diagnosis["exit_status"], lib.OK, diagnosis)
        self.assert_untouched(target)

    def test_cost_is_for_the_administrator(self):
        """The kernel's statistics are for CAP_SYS_ADMIN: without, the cost is not shown, and a cap refused."""
        target = self.start_everywake()
        block = [*SOMEBODY, self.copy(lib.GOSNOOP, "gosnoop"), "block", "-p", str(target.pid), "-d", "2s", "--json"]
        run = functools.partial(subprocess.run, capture_output=True, text=True, timeout=60, check=False)
        done = run(block)
        self.assertEqual(done.returncode, lib.OK, done.stderr)
        self.assertNotIn("probe_cost", json.loads(done.stdout))
        self.assertIn("cannot be measured here: Operation not permitted, so nothing takes them off", done.stderr)
        done = run([*block, "--max-cost", "5%"])
        self.assertEqual(done.returncode, lib.NO_PERMISSION, done.stderr)
        self.assertRegex(done.stderr, "what the probes cost cannot be measured here: .*\n  next step: .*without --max-cost")
        self.assert_untouched(target)


class Targets(Case):

    def assert_as_leaks(self, status, pid):
        """The doctor's status is that of `leaks`, and nothing works that does not."""
        diagnosis = self.doctor("-p", pid)
        self.assertEqual(diagnosis["exit_status"], status, diagnosis)
        self.assertEqual(lib.gosnoop("leaks", "-p", pid, "-d", "1s", timeout=30).status, status)
        self.assertIn("leaks", diagnosis["fails"])
        return diagnosis

    def test_gone(self):
        child = subprocess.Popen(["true"])
        child.wait()
        diagnosis = self.assert_as_leaks(lib.NO_SUCH_PROCESS, child.pid)
        self.assertEqual(diagnosis["works"], [])
        self.assertRegex(diagnosis["verdict"][0], "^nothing gosnoop does will work on pid")

    def test_not_go(self):
        sleep = self.start(["/bin/sleep", "60"], ready=None)
        self.assert_as_leaks(lib.NOT_GO, sleep.pid)
        self.assert_untouched(sleep)

    def test_kernel_thread(self):
        self.assert_as_leaks(lib.NOT_GO, 2)

    def test_too_old(self):
        """Go 1.18 is in no suite here, so a 1.19 program says it was."""
        binary = self.copy(lib.build("1.19", "stripped", "everywake"), "everywake")
        with open(binary, "r+b") as file:
            content = file.read()
            file.seek(content.index(b"go1.19", content.index(b"\xff Go buildinf:")))
            file.write(b"go1.18")
        target = self.start_everywake(binary)
        diagnosis = self.assert_as_leaks(lib.UNSUPPORTED_GO, target.pid)
        self.assertIn("1.18", self.check_named(diagnosis, "Go program")["detail"])
        self.assert_untouched(target)

    def test_deleted_and_replaced(self):
        binary = self.copy(lib.build("1.24", "stripped", "everywake"), "everywake")
        target = self.start_everywake(binary)
        os.remove(binary)
        self.assertIn("deleted", self.check_named(self.doctor("-p", target.pid), "executable")["detail"])
        shutil.copy("/bin/true", binary)
        diagnosis = self.doctor("-p", target.pid)
        self.assertIn("replaced", self.check_named(diagnosis, "executable")["detail"])
        self.assertEqual(diagnosis["exit_status"], lib.OK)

    def test_patched_in_memory(self):
        target = self.start_everywake()
        site = self.doctor("-p", target.pid)["sites"][0]
        start = next(s for s, length, offset in lib.executable_mappings(target.pid)
                     if offset <= site["file_offset"] < offset + length)
        base = next(o for s, _, o in lib.executable_mappings(target.pid) if s == start)
        target.signal(signal.SIGSTOP)  # it must not run what is no code of its own
        target.wait_for("stop", lambda: lib.state_of(target.pid) == "T", 10)
        with open(f"/proc/{target.pid}/mem", "r+b", 0) as memory:
            at = start + site["file_offset"] - base
            byte = os.pread(memory.fileno(), 2, at)
            os.pwrite(memory.fileno(), bytes([byte[0], byte[1] ^ 1]), at)
            diagnosis = self.doctor("-p", target.pid)
            os.pwrite(memory.fileno(), byte, at)
        target.signal(signal.SIGCONT)
        self.assertEqual(diagnosis["exit_status"], lib.TARGET_MISMATCH, diagnosis)
        self.assertEqual(self.check_named(diagnosis, "code in memory")["state"], "fail")
        self.assertIn("dump", diagnosis["works"])

    def test_stopped(self):
        target = self.start_everywake()
        target.signal(signal.SIGSTOP)
        diagnosis = self.doctor("-p", target.pid)
        target.signal(signal.SIGCONT)
        self.assertEqual(self.check_named(diagnosis, "process")["state"], "warn")
        self.assertEqual(diagnosis["exit_status"], lib.OK)

    def test_in_a_namespace_of_its_own(self):
        binary = lib.build("1.24", "stripped", "everywake")
        unshare = self.start(["unshare", "--pid", "--mount", "--fork", "--kill-child", "--mount-proc", binary])
        with open(f"/proc/{unshare.pid}/task/{unshare.pid}/children") as children:
            pid = int(children.read().split()[0])
        diagnosis = self.doctor("-p", pid)
        self.assertEqual(diagnosis["exit_status"], lib.OK, diagnosis)
        self.assertIn("pid 1 there", self.check_named(diagnosis, "its pid namespace")["detail"])

    def test_gosnoop_in_a_namespace_too(self):
        binary = lib.build("1.24", "stripped", "everywake")
        script = 'sleep 60 | "$1" >&2 & sleep 1; "$2" doctor -p "$(pgrep -nx everywake)" --json'
        done = self.start(["unshare", "--pid", "--mount", "--fork", "--kill-child", "--mount-proc", "sh", "-c", script,
                           "sh", binary, lib.GOSNOOP], ready=None)
        done.wait(60)
        self.assertEqual(done.status, lib.OK, str(done))
        diagnosis = json.loads(done.stdout())
        self.assertEqual(self.check_named(diagnosis, "pid namespace")["state"], "warn")
        self.assertEqual(diagnosis["fails"], [])


if __name__ == "__main__":
    lib.main()
