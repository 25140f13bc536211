# SPDX-License-Identifier: Apache-2.0
"""gosnoop counts what Go's own execution trace of the same seconds counts: goroutines created and ended,
blocks by reason and by line, unblocks. Only at the edges of the window may a handful differ."""

import collections
import json
import os
import time

import gotrace
import lib

HANDFUL = 8          # events of main and of the tracer's own goroutines, around the workload
AT_LEAST = 100_000   # blocks
COROUTINES = 200     # of mixed: each starts out parked, which the trace has no block for


def blocks_by_reason(report):
    blocks = collections.Counter()
    for spot in report["blocking"]:
        blocks[gotrace.TRACE_REASON.get(spot["wait_reason"], gotrace.RUNTIME)] += spot["episodes"]
    return blocks


def blocks_by_place(report):
    blocks = collections.Counter()
    for spot in report["blocking"]:
        place = gotrace.place_of(spot["stack"])
        reason = gotrace.TRACE_REASON.get(spot["wait_reason"], gotrace.RUNTIME)
        if place and reason != "coroutine":  # the trace has no stack for those
            blocks[(reason, *place)] += spot["episodes"]
    return blocks


class Counts(lib.TestCase):

    def observe(self, version, mode="stripped", *args):
        """The report, the trace and what the program itself counted, of the same workload."""
        file = os.path.join(self.temp_dir(), "trace")
        target = self.start([lib.build(version, mode, "mixed"), "-trace", file])
        # --all: the runtime's own waits too.
        gosnoop = self.attach("block", "-p", target.pid, "--json", "--all", *lib.UNCAPPED, *args)
        time.sleep(0.2)
        known = json.loads(target.ask("go"))
        time.sleep(0.2)
        report = gosnoop.interrupt().report()
        self.assert_untouched(target)
        return report, gotrace.read(version, file), known

    def assert_counts(self, report, trace, known):
        self.assert_no_loss(report)
        self.assertEqual(known["goroutines_before"], known["goroutines_after"])
        self.assertGreaterEqual(sum(trace.blocks.values()), AT_LEAST)
        self.about("creates", report["goroutines"]["created"], trace.creates)
        self.about("creates known to the program", report["goroutines"]["created"], known["spawned"])
        self.about("exits", report["goroutines"]["exited"], trace.exits)
        blocks = blocks_by_reason(report)
        self.about("unblocks", report["losses"]["block"]["seen"] - blocks[gotrace.RUNTIME],
                   trace.unblocks - trace.blocks[gotrace.RUNTIME], 3 * HANDFUL)
        self.assert_blocks(blocks, trace.blocks, "coroutine")
        if trace.blocks_at:
            self.assert_blocks(blocks_by_place(report), trace.blocks_at, "at no line")

    def about(self, what, actual, expected, tolerance=HANDFUL):
        self.assertLessEqual(abs(actual - expected), tolerance,
                             f"{what}: gosnoop {actual}, Go's trace {expected}")

    def assert_blocks(self, actual, expected, coroutine):
        """The same counts under the same keys. Only the runtime's own goroutines may block more often: they go
        on outside the trace, and that which reads the trace waits in turns for its end, which takes hundreds of
        them where the machine is busy (runtime/trace.go, traceReaderAvailable)."""
        wrong = []
        for key in sorted(set(actual) | set(expected), key=str):
            more = COROUTINES if key == coroutine and expected[key] else 0
            if key == gotrace.RUNTIME:
                more = max(actual[key] - expected[key], 0)
            if abs(actual[key] - expected[key] - more) > HANDFUL:
                wrong.append(f"{key}: gosnoop {actual[key]}, Go's trace {expected[key]}"
                             + (f" + {more} parked at first" if more else ""))
        self.assertEqual(wrong, [])

    def test_go_1_21(self):
        self.assert_counts(*self.observe("1.21"))

    def test_go_1_24(self):
        self.assert_counts(*self.observe("1.24"))

    def test_go_1_27(self):
        self.assert_counts(*self.observe("1.27"))

    def test_inlined_by_pgo(self):
        """A profile of mixed makes the compiler inline newproc1 and casgstatus, where there were sites."""
        self.assert_counts(*self.observe("1.27", "pgo"))

    def test_every_block_streamed(self):
        """The same with each of the blocks through the ring."""
        report, trace, known = self.observe("1.24", "plain", "--min-block", "0")
        self.assert_counts(report, trace, known)
        self.assertEqual(report["losses"]["block"]["filtered"], 0)
        streamed = sum(spot["streamed"] for spot in report["blocking"])
        self.assertEqual(streamed, sum(spot["episodes"] for spot in report["blocking"]))


if __name__ == "__main__":
    lib.main()
