# SPDX-License-Identifier: Apache-2.0
"""How long goroutines waited, by line of the program: gosnoop's totals against Go's block profile at rate 1
of the same workload, within 5 % plus 5 µs an episode. (Sleep, network and coroutines are not in a
block profile.)"""

import collections
import os
import time

import gotrace
import lib

PROFILED = {"chan receive", "chan send", "select", "cond", "sync"}


def waits_by_place(report):
    waits = collections.defaultdict(lambda: [0, 0])
    for spot in report["blocking"]:
        place = gotrace.place_of(spot["stack"])
        if place and gotrace.TRACE_REASON.get(spot["wait_reason"]) in PROFILED:
            waits[place][0] += spot["episodes"]
            waits[place][1] += spot["total_ns"]
    return waits


class Durations(lib.TestCase):

    def measure(self, version, mode):
        file = os.path.join(self.temp_dir(), "block")
        with lib.Target([lib.build(version, mode, "mixed"), "-block", file]) as target:
            gosnoop = self.attach("block", "-p", target.pid, "--json", "--all", *lib.UNCAPPED)
            time.sleep(0.2)
            target.ask("go")
            time.sleep(0.2)
            report = gosnoop.interrupt().report()
        self.assert_no_loss(report)
        expected = gotrace.block_profile(file)
        self.assertGreater(sum(count for count, _ in expected.values()), 50_000)
        self.assertGreater(len(expected), 20)
        return self.compare(waits_by_place(report), expected)

    def compare(self, actual, expected):
        """{line: what differs}"""
        wrong = {}
        for place, (episodes, ns) in expected.items():
            count, total = actual.get(place, (0, 0))
            allowed = 0.05 * ns + 5_000 * max(episodes, count)
            # Around the workload the profile itself is started and ended.
            if abs(total - ns) > allowed and not place[0].startswith("main.observe"):
                wrong[place] = (f"{place}: gosnoop {total / 1e6:.3f} ms in {count}, "
                                f"block profile {ns / 1e6:.3f} ms in {episodes}")
        return wrong

    def test_as_a_profile(self):
        """The profile that gosnoop writes beside Go's own of the same process."""
        runs = [self.measure_profile() for _ in range(3)]
        wrong = [text for run in runs for place, text in run.items() if sum(place in r for r in runs) > 1]
        self.assertEqual(wrong, [])

    def measure_profile(self):
        folder = self.temp_dir()
        goes, ours = os.path.join(folder, "block"), os.path.join(folder, "ours.pb.gz")
        with lib.Target([lib.build("1.24", "stripped", "mixed"), "-block", goes]) as target:
            gosnoop = self.attach("block", "-p", target.pid, "-o", ours, *lib.UNCAPPED)
            time.sleep(0.2)
            target.ask("go")
            time.sleep(0.2)
            self.assertEqual(gosnoop.interrupt().status, lib.OK, str(gosnoop))
        expected = gotrace.block_profile(goes)
        self.assertGreater(len(expected), 20)
        profiled = gotrace.pprof_block_profile(ours)
        self.assertGreater(len(profiled), 20)
        return self.compare(profiled, expected)

    def assert_durations(self, version, mode):
        """In the median of three: a thread may lose its processor between the two clocks, and a line that
        waits once has but that one episode."""
        runs = [self.measure(version, mode) for _ in range(3)]
        wrong = [text for run in runs for place, text in run.items() if sum(place in r for r in runs) > 1]
        self.assertEqual(wrong, [])

    def test_go_1_21(self):
        self.assert_durations("1.21", "stripped")

    def test_go_1_24(self):
        self.assert_durations("1.24", "stripped")

    def test_go_1_27(self):
        self.assert_durations("1.27", "pie")


if __name__ == "__main__":
    lib.main()
