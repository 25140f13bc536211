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

# traceback.go, goroutineheader, and with GOTRACEBACK=system each frame's pc (one for each that is not
# inlined).
HEAD = re.compile(r"^goroutine (\d+)(?: gp=.*?)? \[([^\]]*)\]:$")
PC = re.compile(r"^\t.* pc=(0x[0-9a-f]+)$")
STATUS = {1: "runnable", 2: "running", 3: "syscall"}
WAITING, SYSCALL = 4, 3


def parse(text):
    """{goid: (state, [pc])}, innermost first. Goroutine 0 is a thread's own."""
    goroutines, pcs = {}, []
    for line in text.splitlines():
        head, pc = HEAD.match(line), PC.match(line)
        if head:
            state = re.sub(r", (\d+ minutes|locked to thread)", "", head[2])
            pcs = []
            goroutines[int(head[1])] = state.replace(" (scan)", ""), pcs
        elif pc:
            pcs.append(int(pc[1], 16))
    goroutines.pop(0, None)
    return goroutines


class Snapshot(lib.TestCase):

    def test_against_the_runtime(self):
        for build in BUILDS:
            for program in ("hello", "everyreason"):
                with self.subTest(build=build, program=program):
                    self.compare(*build, program)

    def compare(self, version, mode, program):
        ready = r"^hello pid (\d+)$" if program == "hello" else r"^ready pid (\d+) ?(.*)$"
        target = self.start([lib.build(version, mode, program)], ready=ready,
                            env=dict(os.environ, GOTRACEBACK="system"))
        target.wait_for("goroutines that wait", lambda: self.settled(target.pid), 10)
        snapshot = self.snapshot(target.pid)
        target.signal(signal.SIGQUIT)
        target.wait(20)
        self.assert_same(snapshot, parse(target.stderr()))

    def snapshot(self, pid):
        done = subprocess.run([SNAPSHOT_DUMP, str(pid)], text=True, capture_output=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def settled(self, pid):
        """All but main wait: so they will at the dump, too."""
        seen = [self.snapshot(pid)["goroutines"] for _ in range(2)]
        moving = [g for g in seen[1] if g["status"] not in (WAITING, SYSCALL)]
        return seen[0] == seen[1] and not moving

    def assert_same(self, snapshot, dump):
        self.assertEqual(snapshot["unreadable"], 0)
        self.assertEqual(snapshot["sent"], len(snapshot["goroutines"]))
        seen = {g["goid"]: g for g in snapshot["goroutines"]}
        self.assertEqual(sorted(seen), sorted(dump))
        self.assertGreaterEqual(len(dump), 8)
        for goid, g in seen.items():
            state, pcs = dump[goid]
            self.assertEqual(STATUS.get(g["status"], g["reason"]), state, f"goroutine {goid}")
            self.assertEqual(self.hexadecimal(g["stack"]), self.hexadecimal(pcs),
                             f"frames of goroutine {goid}, {state}")

    @staticmethod
    def hexadecimal(pcs):
        return [f"{pc:#x}" for pc in pcs]


if __name__ == "__main__":
    lib.main()
