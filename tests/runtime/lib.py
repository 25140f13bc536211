# SPDX-License-Identifier: Apache-2.0
"""What the runtime tests share: Go targets, gosnoop, and the proof that nothing stays behind.

Processes are stopped by the handle of the one that started them, never by name, and die with the test
that started them, however that ends. Only the Python standard library is used."""

import concurrent.futures
import contextlib
import ctypes
import glob
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = os.environ.get("PROJECT_SOURCE_DIR") or os.path.abspath(
    os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
GOSNOOP = os.environ.get("GOSNOOP") or os.path.join(ROOT, "build", "src", "gosnoop")
CACHE = os.environ.get("GOSNOOP_CACHE") or os.path.expanduser("~/.cache/gosnoop")

UNCAPPED = ["--max-cost", "10000%"]  # for programs that do nothing but hit probes

GO_VERSIONS = ["1.19", "1.21", "1.22", "1.23", "1.24", "1.25", "1.26", "1.27"]

# Exit statuses: ErrorCode in src/base/result.h.
OK, USAGE, NO_SUCH_PROCESS, NOT_GO, UNSUPPORTED_GO, NO_PERMISSION = 0, 2, 3, 4, 5, 6
BAD_ELF, IO_ERROR, TARGET_MISMATCH, BAD_RECORDING = 9, 10, 12, 13

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


def die_with_parent():
    """In a child: the kernel kills it when the thread that started it ends."""
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def why_bpf_cannot_run():
    """None, or the reason why this machine cannot run these tests."""
    if os.geteuid() != 0:
        return "not root: run the runtime tests as root (sudo scripts/test)"
    if not os.access(GOSNOOP, os.X_OK):
        return f"no gosnoop at {GOSNOOP}: build it (scripts/build), or set GOSNOOP"
    if not os.path.exists("/sys/kernel/btf/vmlinux"):
        return "the kernel has no BTF (/sys/kernel/btf/vmlinux): CONFIG_DEBUG_INFO_BTF is off"
    if not os.path.exists("/sys/bus/event_source/devices/uprobe/type"):
        return "the kernel has no uprobes (/sys/bus/event_source/devices/uprobe): CONFIG_UPROBE_EVENTS is off"
    return None


class TestCase(unittest.TestCase):
    """Fails, and does not skip, where BPF cannot run."""

    maxDiff = None

    @classmethod
    def setUpClass(cls):
        reason = why_bpf_cannot_run()
        if reason:
            raise AssertionError(reason)

    def temp_dir(self):
        folder = tempfile.TemporaryDirectory(prefix="gosnoop-test-")
        self.addCleanup(folder.cleanup)
        return folder.name

    def start(self, command, **options):
        """A Target that is stopped when the test ends."""
        target = Target(command, **options)
        self.addCleanup(target.stop)
        return target

    def attach(self, *args, **options):
        """A Gosnoop that traces already, and is stopped when the test ends."""
        gosnoop = Gosnoop(*args, **options)
        self.addCleanup(gosnoop.stop)
        gosnoop.wait_until_tracing()
        return gosnoop

    def assert_no_loss(self, report):
        for kind, loss in report["losses"].items():
            self.assertEqual(loss["dropped"], 0, f"lost {kind} events: {report['losses']}")
            self.assertEqual(loss["seen"], loss["delivered"] + loss["dropped"] + loss["filtered"],
                             f"{kind} events do not add up")

    def assert_untouched(self, target):
        """No probe is left, and the target still runs."""
        self.assertTrue(target.is_running(), "the target is gone")
        self.assertEqual(changed_code(target.pid, target.executable), [],
                         "code of the target differs from its file: a probe is left")
        self.assert_no_named_uprobe()

    def assert_no_named_uprobe(self):
        with contextlib.suppress(FileNotFoundError):
            with open("/sys/kernel/tracing/uprobe_events") as events:
                self.assertEqual(events.read(), "", "a uprobe by name is left")

    def each(self, cases, check, workers=2):
        """check(case) for all cases, `workers` at a time; every failure is reported under its case.
        Under a thread each, so check must do its own cleaning up (contextlib.ExitStack)."""
        with concurrent.futures.ThreadPoolExecutor(workers) as pool:
            futures = [(case, pool.submit(check, case)) for case in cases]
            for case, future in futures:
                with self.subTest(case=case):
                    future.result()


def build(version, mode, program, out=None):
    """The path of a program of tests/programs, or of a folder, built by scripts/build-program."""
    command = [os.path.join(ROOT, "scripts", "build-program"), version, mode, program]
    done = subprocess.run(command + ([out] if out else []), stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(command)} failed:\n{done.stderr}")
    return done.stdout.split()[-1]


def goroot(version):
    return subprocess.check_output([os.path.join(ROOT, "scripts", "go-toolchain"), version],
                                   text=True).strip()


def go_environment():
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GO") or k.startswith("GOSNOOP")}
    environment.update(GOTOOLCHAIN="local", GOENV="off", GOPROXY="off", GOFLAGS="", GOSUMDB="off",
                       GOCACHE=os.path.join(CACHE, "gocache"))
    return environment


def state_of(pid):
    """The state of a process's main thread: a letter of proc_pid_stat(5)."""
    with open(f"/proc/{pid}/stat") as stat:
        return stat.read().rpartition(")")[2].split()[0]


def resident_bytes(pid):
    with open(f"/proc/{pid}/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


class Process:
    """A child process with its output in files, so that no pipe can stall it."""

    def __init__(self, command, env=None, cwd=None, stdin=subprocess.PIPE):
        self.command = command
        self._files = [tempfile.TemporaryFile(mode="w+b") for _ in range(2)]
        self._at_end = None  # what they held when it was stopped
        self._process = subprocess.Popen(command, stdin=stdin, stdout=self._files[0], stderr=self._files[1],
                                         env=env, cwd=cwd, preexec_fn=die_with_parent)
        self.pid = self._process.pid
        self.started = time.monotonic()

    def _output(self, which):
        if self._at_end:
            return self._at_end[which]
        file = self._files[which].fileno()
        return os.pread(file, os.fstat(file).st_size, 0).decode(errors="replace")

    def stdout(self):
        return self._output(0)

    def stderr(self):
        return self._output(1)

    @property
    def status(self):
        """The exit status; None while it runs."""
        return self._process.poll()

    def is_running(self):
        return self.status is None

    def signal(self, number):
        self._process.send_signal(number)

    def wait(self, timeout):
        return self._process.wait(timeout)

    def wait_for(self, what, condition, timeout):
        """Until condition() is true; what it returned."""
        end = time.monotonic() + timeout
        while True:
            value = condition()
            if value:
                return value
            if not self.is_running() and not condition():
                raise AssertionError(f"{self} ended with {self.status} before {what}")
            if time.monotonic() > end:
                raise AssertionError(f"{self}: no {what} within {timeout} s")
            time.sleep(0.002)

    def stop(self):
        """Ends it, gently first. Its output stays readable."""
        if self._process.stdin:
            with contextlib.suppress(BrokenPipeError):
                self._process.stdin.close()
        if self.is_running():
            self._process.terminate()
            try:
                self._process.wait(5)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        if not self._at_end:
            self._at_end = [self._output(0), self._output(1)]
            for file in self._files:
                file.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def __str__(self):
        return f"{' '.join(self.command)}\n--- stdout\n{self.stdout()[-1500:]}\n--- stderr\n{self.stderr()[-4000:]}\n---"


class Target(Process):
    """A program to be traced. It says on standard output that it is ready (tests/programs/internal/control
    does), and answers a line on its input by a line."""

    def __init__(self, command, ready=r"^ready pid (\d+) ?(.*)$", timeout=30, **options):
        super().__init__(command, **options)
        self.executable = command[0]
        self._answers = 0
        self.ready = None
        if ready:
            try:
                self.ready = self.wait_for("ready line", lambda: re.search(ready, self.stdout(), re.M), timeout)
            except BaseException:
                self.stop()
                raise
            self._answers = len(self.stdout().splitlines())

    def tell(self, line):
        self._process.stdin.write(line.encode() + b"\n")
        self._process.stdin.flush()

    def ask(self, line, timeout=60):
        """Tells it a line and returns the line it answers."""
        self.tell(line)

        def answer():
            text = self.stdout()
            lines = text.splitlines()
            complete = text.endswith("\n") and len(lines) > self._answers
            return lines[self._answers] if complete else None

        line = self.wait_for(f"answer to '{line}'", answer, timeout)
        self._answers += 1
        return line


class Gosnoop(Process):
    """A running gosnoop."""

    def __init__(self, *args, binary=None, **options):
        super().__init__([binary or GOSNOOP, *map(str, args)], **options)

    def wait_until_tracing(self, timeout=30):
        self.wait_for("line that says it is tracing", lambda: "tracing" in self.stderr(), timeout)

    def interrupt(self, timeout=60):
        """Ctrl-C: it ends with its report."""
        self.signal(signal.SIGINT)
        return self.finish(timeout)

    def finish(self, timeout=60):
        try:
            self.wait(timeout)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"did not end within {timeout} s: {self}") from None
        return self

    def report(self):
        """Its JSON report; the exit status must be 0."""
        if self.status != OK:
            raise AssertionError(f"exit status {self.status}: {self}")
        try:
            return json.loads(self.stdout())
        except ValueError as error:
            raise AssertionError(f"no JSON ({error}): {self}") from None


def gosnoop(*args, timeout=120, **options):
    """Runs gosnoop to its end."""
    with Gosnoop(*args, **options) as process:
        return process.finish(timeout)


def executable_mappings(pid):
    """(start, length, offset) of the executable mappings of the program file itself."""
    exe = os.readlink(f"/proc/{pid}/exe")
    with open(f"/proc/{pid}/maps") as maps:
        for line in maps:
            fields = line.rstrip("\n").split(None, 5)
            if len(fields) == 6 and fields[5] == exe and "x" in fields[1]:
                start, end = (int(x, 16) for x in fields[0].split("-"))
                yield start, end - start, int(fields[2], 16)


def changed_code(pid, file_name):
    """Where the code of a process differs from its file: [(address, bytes in memory)]. That is where
    probes sit; an ELF without text relocations has none other."""
    changed = []
    with open(f"/proc/{pid}/mem", "rb", 0) as memory, open(file_name, "rb") as file:
        for start, length, offset in executable_mappings(pid):
            file.seek(offset)
            expected = file.read(length)
            actual = os.pread(memory.fileno(), len(expected), start)
            if actual != expected:
                changed += [(hex(start + i), actual[i:i + 5].hex()) for i in range(len(expected))
                            if actual[i] != expected[i]]
    return changed


def held_in_kernel(kind, pid="*"):
    """The ids of the BPF programs ("prog") or maps ("map") that a process has open, or any process."""
    ids = set()
    for path in glob.glob(f"/proc/{pid}/fdinfo/*"):
        with contextlib.suppress(OSError), open(path) as info:
            ids.update(map(int, re.findall(rf"^{kind}_id:\s*(\d+)$", info.read(), re.M)))
    return ids


# --- reports -------------------------------------------------------------------------------------

def functions(frames):
    return [frame["function"] for frame in frames]


def outside_runtime(frames, *more_prefixes):
    """The innermost function that is the program's, not the runtime's: the one a person would name."""
    prefixes = ("runtime.", "internal/runtime/") + more_prefixes
    for name in functions(frames):
        if not name.startswith(prefixes):
            return name
    return None


def accused(report):
    return [group for group in report["leaks"] if group["verdict"] in ("leaking", "suspect")]


def describe_group(group):
    return (f"{group['verdict']}: {group['count']} created by {functions(group['created_by'])[:4]}, "
            f"{group['wait_reason']} at {functions(group['blocked_at'])[:4]}: {group['why']}")


def main():
    unittest.main(verbosity=2, argv=[sys.argv[0], *sys.argv[1:]])
