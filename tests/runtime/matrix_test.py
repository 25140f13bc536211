# SPDX-License-Identifier: Apache-2.0
"""The main job on every Go version and in every usual build mode. everywake leaks, and blocks and wakes
in every way there is, in functions named after it; everyreason waits in every way there is.

GOSNOOP_MATRIX narrows it down: "1.24-stripped 1.27-cgo"."""

import itertools
import json
import os
import time

import lib

MODES = ["plain", "stripped", "piestripped", "cgo"]
AT_ONCE = 5  # the windows take the time, not the processors
CELLS = (os.environ.get("GOSNOOP_MATRIX", "").split()
         or [f"{v}-{m}" for v, m in itertools.product(lib.GO_VERSIONS, MODES)])

# Where it blocks in everywake, for what, who wakes it, and the function that does (goroutines only).
LOCK_REASON = {"1.19": "semacquire"}
WAKES = [
    ("main.waitForValue", "chan receive", "goroutine", "main.sendValue"),
    ("main.lockContended", "sync.Mutex.Lock", "goroutine", "main.unlockContended"),
    ("main.readFromNetwork", "IO wait", "netpoll", None),
    ("main.sleepABit", "sleep", "timer", None),
]


def spots_at(report, function, reason):
    return [spot for spot in report["blocking"]
            if function in lib.functions(spot["stack"]) and spot["wait_reason"] == reason]


class Matrix(lib.TestCase):

    def test_main_job(self):
        for cell in CELLS:  # one at a time: the compiler takes both processors
            for program in ("everywake", "everyreason"):
                lib.build(*cell.split("-"), program)
        self.each(CELLS, self.check_wakes, AT_ONCE)

    def test_wait_reasons_in_the_table(self):
        self.each(CELLS, self.check_reasons, AT_ONCE)

    # --- everywake: create, block, unblock, exit, and the leak

    def check_wakes(self, cell):
        version, mode = cell.split("-")
        with lib.Target([lib.build(version, mode, "everywake")]) as target:
            block, least, most = self.block(target)
            leaks = lib.gosnoop("leaks", "-p", target.pid, "-d", "5s", "--json", "--all").report()
            self.assert_untouched(target)
        self.assert_target(block, version, mode)
        self.assert_no_loss(block)
        self.assert_no_loss(leaks)
        self.assert_wakes(block, version, least["beats"], most["beats"])
        self.assert_lives(block, least, most)
        self.assert_leak(leaks)

    def block(self, target):
        """A report, and what the program counted meanwhile: at least, at most."""
        before = self.counters(target)
        with lib.Gosnoop("block", "-p", target.pid, "--min-block", "0", "--json") as gosnoop:
            gosnoop.wait_until_tracing()
            begin = self.counters(target)
            time.sleep(2)
            end = self.counters(target)
            report = gosnoop.interrupt().report()
        after = self.counters(target)
        return report, {k: end[k] - begin[k] for k in end}, {k: after[k] - before[k] for k in after}

    def counters(self, target):
        words = target.ask("counters").split()
        return dict(zip(words[::2], map(int, words[1::2])))

    def assert_target(self, report, version, mode):
        self.assertTrue(report["target"]["go_version"].startswith("go" + version), report["target"])
        self.assertEqual(report["target"]["stripped"], "stripped" in mode, report["target"])

    def assert_wakes(self, report, version, least, most):
        for function, reason, kind, waker in WAKES:
            if function == "main.lockContended":
                reason = LOCK_REASON.get(version, reason)
            spots = spots_at(report, function, reason)
            self.assertTrue(spots, f"no {reason} at {function} in " + self.all_spots(report))
            episodes = sum(spot["episodes"] for spot in spots)
            # Who comes late does not wait, where the machine does other work.
            self.assertGreater(episodes, least // 2, f"{function}: {episodes} episodes, {least} beats")
            if kind != "timer":  # the sleeper has a beat of its own
                self.assertLessEqual(episodes, most + 1, function)
            self.assert_woken(spots[0], function, kind, waker)

    def assert_woken(self, spot, function, kind, waker):
        top = max(spot["wakers"], key=lambda w: w["count"], default=None)
        self.assertIsNotNone(top, f"{function} was woken by nobody")
        self.assertEqual(top["kind"], kind, f"{function} was woken by {spot['wakers']}")
        if waker:
            self.assertIn(waker, lib.functions(top["stack"]), function)

    def assert_lives(self, report, least, most):
        counts = report["goroutines"]
        self.assertGreaterEqual(counts["created"], least["started"] + least["leaked"] - 2)
        self.assertLessEqual(counts["created"], most["started"] + most["leaked"] + 2)
        # The leaked do not exit, the short-lived all do.
        self.assertGreaterEqual(counts["exited"], least["started"] - 2)
        self.assertLessEqual(counts["exited"], most["started"] + 2)

    def assert_leak(self, report):
        groups = lib.accused(report)
        self.assertEqual([(g["verdict"], lib.outside_runtime(g["created_by"])) for g in groups],
                         [("leaking", "main.leakOne")], "\n".join(map(lib.describe_group, groups)))
        self.assertEqual(groups[0]["wait_reason"], "chan receive")
        self.assertIn("main.waitForever", lib.functions(groups[0]["blocked_at"]))
        self.assertAlmostEqual(groups[0]["growth_per_second"], 20, delta=5)
        creators = [g for g in report["leaks"] if lib.outside_runtime(g["created_by"]) == "main.spawnShortLived"]
        self.assertEqual(sum(g["count"] for g in creators), 0, "short-lived ones are said to live")

    @staticmethod
    def all_spots(report):
        return str([(s["wait_reason"], lib.functions(s["stack"])[:3]) for s in report["blocking"]])

    # --- everyreason: what the table says of goroutines older than the tracer

    def check_reasons(self, cell):
        with lib.Target([lib.build(*cell.split("-"), "everyreason")]) as target:
            expected = json.loads(target.ready.group(2))
            report = lib.gosnoop("leaks", "-p", target.pid, "-d", "300ms", "--json", "--all").report()
            self.assert_untouched(target)
        found = {}
        for group in report["leaks"]:
            for function in expected:
                if f"main.{function}" in lib.functions(group["blocked_at"]):
                    found[function] = group["wait_reason"]
                    # One goroutine each, and a coroutine is made by iter.Pull.
                    self.assertEqual(group["count"], 1, lib.describe_group(group))
                    self.assertIn("main.parkAll", lib.functions(group["created_by"]) + ["main.parkAll"] * (
                        function == "inCoroutine"))
        self.assertEqual(found, expected)
        self.assertEqual(lib.accused(report), [])
        self.assertEqual(report["goroutines"]["now"], len(expected) + 1)  # and main


if __name__ == "__main__":
    lib.main()
