# SPDX-License-Identifier: Apache-2.0
"""A snapshot says of every goroutine what Go's own dump (SIGQUIT) says of it a moment later: goid,
state or wait reason, and for those that wait the pc of every frame.

usage: snapshot_test.py SNAPSHOT_DUMP"""

import json
import os
import re
import signal
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "runtime"))
import lib  # noqa: E402

SNAPSHOT_DUMP = sys.argv.pop()
BUILDS = [("1.19", "stripped"), ("1.21", "plain"), ("1.22", "plain"), ("1.23", "piestripped"),
          ("1.24", "stripped"), ("1.25", "stripped"), ("1.26", "cgo"), ("1.27", "piestripped")]

# traceback.go, goroutineheader; each function with its source line, and with GOTRACEBACK=system the pc
# of each frame (one for each function that is not inlined).
HEAD = re.compile(r"^goroutine (\d+)(?: gp=.*?)? \[([^\]]*)\]:$")
LINE = re.compile(r"^\t(.*:\d+)(?: \+0x[0-9a-f]+)?(?: fp=.* pc=(0x[0-9a-f]+))?$")
ELIDED = re.compile(r"^\.\.\..*frames elided\.\.\.$")
STATUS = {1: "runnable", 2: "running", 3: "syscall"}
RUNNABLE, RUNNING, SYSCALL, WAITING = 1, 2, 3, 4
GO_1_19_FRAMES = 100  # it ends there and does not say so (traceback.go, _TracebackMaxFrames)
WIRE_FRAMES = 64  # MAX_STACK_FRAMES in bpf/events.h


class Dumped:
    """A goroutine as Go prints it. Of a deep stack Go leaves out the middle, or the end (1.19)."""

    def __init__(self, state):
        self.state = state
        self.parts = [([], [])]  # (pcs, source lines) before and after what is left out

    def add(self, line, pc):
        pcs, lines = self.parts[-1]
        lines.append(line)
        if pc:
            pcs.append(pc)

    def cut(self, mine, which):
        """Of mine, what Go did not leave out."""
        parts = [part[which] for part in self.parts]
        if len(self.parts[0][0]) >= GO_1_19_FRAMES:
            return parts[0], mine[:len(parts[0])]
        if len(parts) == 1:
            return parts[0], mine
        return parts, [mine[:len(parts[0])], mine[len(mine) - len(parts[1]):]]


def parse(text):
    """{goid: Dumped}, innermost first. Goroutine 0 is a thread's own."""
    goroutines, current, creation = {}, None, False
    for text_line in text.splitlines():
        head, line = HEAD.match(text_line), LINE.match(text_line)
        if head:
            state = re.sub(r", (\d+ minutes|locked to thread)", "", head[2])
            current, creation = Dumped(state.replace(" (scan)", "")), False
            goroutines[int(head[1])] = current
        elif not text_line:
            current = None
        elif text_line.startswith("created by "):
            creation = True
        elif current and ELIDED.match(text_line):
            current.parts.append(([], []))
        elif current and line and not creation:
            current.add(line[1], line[2])
    goroutines.pop(0, None)
    return goroutines


class SnapshotCase(lib.TestCase):

    def run_program(self, version, mode, program, wait, *words):
        """(what gosnoop read, what Go dumped). `wait`: is this snapshot the one to compare?"""
        ready = r"^hello pid (\d+)$" if program == "hello" else r"^ready pid (\d+) ?(.*)$"
        target = self.start([lib.build(version, mode, program)], ready=ready,
                            env=dict(os.environ, GOTRACEBACK="system"))
        for word in words:
            target.ask(word)
        snapshot = target.wait_for("goroutines that stay", lambda: self.settled(target.pid, wait), 20)
        target.signal(signal.SIGQUIT)
        target.wait(20)
        return snapshot, parse(target.stderr())

    def snapshot(self, pid):
        done = subprocess.run([SNAPSHOT_DUMP, str(pid)], text=True, capture_output=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def settled(self, pid, wait):
        """Twice the same: so it will be at the dump, too."""
        before, now = (self.snapshot(pid) for _ in range(2))
        return now if before["goroutines"] == now["goroutines"] and wait(now) else None

    def assert_same(self, version, snapshot, dump):
        self.assertEqual(snapshot["unreadable"], 0)
        self.assertEqual(snapshot["sent"], len(snapshot["goroutines"]))
        seen = {g["goid"]: g for g in snapshot["goroutines"]}
        self.assertEqual(sorted(seen), sorted(dump))
        self.assertGreaterEqual(len(dump), 8)
        for goid, g in seen.items():
            state = STATUS.get(g["status"], g["reason"] or "waiting")
            self.assertEqual(state, dump[goid].state, f"goroutine {goid}")
            if g["status"] != RUNNING:
                self.assert_same_stack(version, g, snapshot["stacks"][str(goid)], dump[goid],
                                       f"goroutine {goid}, {state}")

    @staticmethod
    def go_1_19_is_wrong(version, stack):
        """It takes the pc of a function that was interrupted for a return address (gentraceback: waspanic
        is of sigpanic alone), and so may name the line before."""
        return version == "1.19" and "runtime.asyncPreempt" in (name for name, _ in stack["lines"])

    def assert_same_stack(self, version, g, stack, dumped, who):
        hexadecimal = [f"{pc:#x}" for pc in stack["pcs"]]
        theirs, mine = dumped.cut(hexadecimal, 0)
        self.assertEqual(mine, theirs, f"frames of {who}")
        theirs, mine = dumped.cut([line for _, line in stack["lines"]], 1)
        if not self.go_1_19_is_wrong(version, stack):
            self.assertEqual(mine, theirs, f"lines of {who}")
        self.assertFalse(stack["truncated"], who)
        # The same as an event.
        self.assertEqual(g["stack"], stack["pcs"][:WIRE_FRAMES], who)
        self.assertEqual(g["truncated"], len(stack["pcs"]) > WIRE_FRAMES, who)


def all_wait(snapshot):
    return all(g["status"] in (WAITING, SYSCALL) for g in snapshot["goroutines"])


def wedged(snapshot):
    """One goroutine runs, and had a processor while the snapshot was taken."""
    running = [g["goid"] for g in snapshot["goroutines"] if g["status"] == RUNNING]
    return len(running) == 1 and snapshot["stacks"][str(running[0])]["pcs"]


def functions_of(snapshot):
    """{function: [(goid, stack) of those it is on]}"""
    result = {}
    for goid, stack in snapshot["stacks"].items():
        for name in {name for name, _ in stack["lines"]}:
            result.setdefault(name, []).append((int(goid), stack))
    return result


class Snapshot(SnapshotCase):

    def test_against_the_runtime(self):
        for build in BUILDS:
            for program in ("hello", "everyreason"):
                with self.subTest(build=build, program=program):
                    self.assert_same(build[0], *self.run_program(*build, program, all_wait))


# The builds whose frames differ: with and without optimization, C linked in, another load address.
ODD_BUILDS = [(version, mode) for version in lib.GO_VERSIONS for mode in ("plain", "cgo")]
ODD_BUILDS += [("1.19", "piestripped"), ("1.21", "noopt"), ("1.24", "race"), ("1.27", "noopt")]
ODD = {"main.inSyscall", "main.inDeepStack", "main.inLargeFrames", "main.inFault", "main.inFaultWithFrame",
       "main.inNilCall", "main.inReflect", "main.inMethod"}
ODD_IN_C = {"main.inCallback", "main.inC", "main.goParkInThread"}


class OddStacks(SnapshotCase):
    """Where a walk by frame pointers goes wrong."""

    def test_against_the_runtime(self):
        self.each(ODD_BUILDS, self.check_parked)

    def check_parked(self, build):
        snapshot, dump = self.run_program(*build, "oddstacks", all_wait)
        self.assert_same(build[0], snapshot, dump)
        self.assertLessEqual(ODD | (ODD_IN_C if build[1] == "cgo" else set()), set(functions_of(snapshot)))


# Its raw threads and endless loops are no program for the race detector.
WEDGED_BUILDS = [(version, "plain") for version in lib.GO_VERSIONS]
WEDGED_BUILDS += [("1.19", "cgo"), ("1.22", "noopt"), ("1.25", "piestripped"), ("1.27", "cgo")]


class Wedged(SnapshotCase):
    """A process in an endless loop, where nothing else runs ever again."""

    def test_against_the_runtime(self):
        self.each(WEDGED_BUILDS, self.check_wedged)

    def check_wedged(self, build):
        snapshot, dump = self.run_program(*build, "oddstacks", wedged, "wedge")
        self.assert_same(build[0], snapshot, dump)
        functions = functions_of(snapshot)
        for name in ("main.inLeafLoop", "main.inFramedLoop", "main.inStackCheck"):
            self.assert_state(snapshot, functions[name], RUNNABLE)
        self.assert_loops(snapshot, functions["main.inEndlessLoop"])
        self.assert_never_ran(snapshot, functions["main.neverRuns"])
        main = [name for name, _ in functions["main.main"][0][1]["lines"]]
        self.assertEqual(main[0], "runtime.systemstack_switch")
        self.assertIn("runtime.ReadMemStats", main)

    def assert_state(self, snapshot, found, status):
        self.assertEqual(len(found), 1)
        goid = found[0][0]
        self.assertEqual([g["status"] for g in snapshot["goroutines"] if g["goid"] == goid], [status])

    def assert_loops(self, snapshot, found):
        self.assert_state(snapshot, found, RUNNING)
        stack = found[0][1]
        names = [name for name, _ in stack["lines"]]
        self.assertEqual(names[:2] + names[-1:], ["main.endless", "main.inEndlessLoop", "runtime.goexit"])
        self.assertFalse(stack["truncated"])

    def assert_never_ran(self, snapshot, found):
        self.assert_state(snapshot, found, RUNNABLE)
        self.assertEqual([name for name, _ in found[0][1]["lines"]][:1], ["main.neverRuns"])
        self.assertEqual(len(found[0][1]["pcs"]), 2)


if __name__ == "__main__":
    lib.main()
