# SPDX-License-Identifier: Apache-2.0
"""A dump of a program that creates and ends 10,000 goroutines a second: nobody is missed who was there all
the time, nobody is there who never was, and nobody wears another one's stack."""

import bisect
import time

import dumps
import goroutine_text as text
import lib

DUMPS = 15


class Ranges:
    """"1-17,19-40"."""

    def __init__(self, line):
        self.pairs = [tuple(map(int, pair.split("-"))) for pair in line.split(",")]
        self.first = [pair[0] for pair in self.pairs]

    def __contains__(self, number):
        at = bisect.bisect_right(self.first, number) - 1
        return at >= 0 and number <= self.pairs[at][1]

    def all(self):
        return {number for first, last in self.pairs for number in range(first, last + 1)}

    def highest(self):
        return self.pairs[-1][1]


class Churn(lib.TestCase):

    def check(self, version, mode="stripped"):
        target = self.start([lib.build(version, mode, "churner")])
        parked = Ranges(target.ask("parked")).all()
        self.assertEqual(len(parked), 1000)
        begin, first = time.monotonic(), Ranges(target.ask("ids")).highest()
        reports = [dumps.dump_json(target.pid, "--all") for _ in range(DUMPS)]
        seconds = time.monotonic() - begin
        time.sleep(0.3)  # until those that were created but had not run have said who they are
        ever = Ranges(target.ask("ids"))
        self.assertGreater((ever.highest() - first) / seconds, 2000, "it does not churn")
        for report in reports:
            self.check_report(report, parked, ever)
        self.assertTrue(any(len(dumps.members(r)) > len(parked) + 2 for r in reports), "none short-lived was seen")
        self.assert_untouched(target)

    def check_report(self, report, parked, ever):
        goroutines = dumps.members(report)
        self.assertEqual([goid for goid in goroutines if goid not in ever], [], "ids that never were")
        self.assertEqual(sorted(parked - goroutines.keys()), [], "missed")
        self.assertEqual(report["goroutines"], len(goroutines))
        self.assertEqual(len(report["members"]), len({m["id"] for m in report["members"]}), "an id twice")
        self.assertLessEqual(0, report["unreadable"])
        self.assertLessEqual(report["unreadable"], 300, "more than there can be short-lived ones")
        for goid, goroutine in goroutines.items():
            self.check_goroutine(goroutine, goid in parked)

    def check_goroutine(self, goroutine, is_parked):
        lines = "\n".join(goroutine.lines())
        functions = text.without_runtime(goroutine).functions()
        if is_parked:
            self.assertEqual((goroutine.state, functions[-1]), ("chan receive", "main.park"), lines)
            self.assertEqual(goroutine.created_by.function, "main.main", lines)
        elif goroutine.created_by:
            self.assertIn(goroutine.created_by.function, ("main.churn", "main.main"), lines)
            first = "main.live" if goroutine.created_by.function == "main.churn" else "main.churn"
            # `go live(…)` begins in a function the compiler makes.
            self.assertTrue(not functions or functions[-1].startswith((first, "main.churn.")), lines)

    def test_go_1_19(self):
        self.check("1.19")

    def test_go_1_24(self):
        self.check("1.24")

    def test_go_1_27(self):
        self.check("1.27", "piestripped")


if __name__ == "__main__":
    lib.main()
