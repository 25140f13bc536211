# SPDX-License-Identifier: Apache-2.0
"""The table is read as probes go in, and again after a loss: nobody is counted twice or missed, however
fast goroutines come and go meanwhile; and who waited before is known from the first second on."""

import time

import lib

VERSIONS = ["1.19", "1.24", "1.27"]
RING = ["--ring-size", "512M"]  # holds a whole storm, however busy the machine is
PARKED = 60_000                # enough to be let go for longer than attaching takes
CHURNERS, AT_ONCE = 4, 50      # of storm


class Seam(lib.TestCase):
    """storm is at it while gosnoop attaches, and quiet when it detaches."""

    def observe(self, version, *orders, command="leaks"):
        target = self.start([lib.build(version, "stripped", "storm")])
        for order in orders:
            target.ask(order)
        gosnoop = self.attach(command, "-p", target.pid, "--json", *RING, *lib.UNCAPPED)
        time.sleep(1.2)
        target.ask("quiet")
        time.sleep(0.1)
        report = gosnoop.interrupt().report()
        now = int(target.ask("count"))  # one that ended may have lost the CPU for a while
        self.assert_untouched(target)
        self.assert_no_loss(report)
        count = report["goroutines"]
        self.assertEqual(count["unreadable"], 0)
        self.assertEqual(count["now"], now, f"NumGoroutine says {now}: {count}")
        self.assertEqual(count["at_start"] + count["created"] - count["exited"], now, count)
        return count

    def each_version(self, check):
        self.each(VERSIONS, check, workers=1)

    def test_they_come_and_go(self):
        def check(version):
            for command in ("leaks", "block"):
                count = self.observe(version, "churn", command=command)
                self.assertGreater(count["created"], 10_000, "no storm")
                self.assertLessEqual(count["at_start"], 2 + CHURNERS * (1 + AT_ONCE), count)
        self.each_version(check)

    def test_they_only_come(self):
        def check(version):
            count = self.observe(version, "park 20000", "make")
            self.assertGreater(count["created"], 1000, "no storm")
            self.assertEqual(count["exited"], 1, "but for the one that made them")
        self.each_version(check)

    def test_they_only_go(self):
        def check(version):
            count = self.observe(version, f"park {PARKED}", "release")
            self.assertGreater(count["exited"], 1000, "no storm")
            self.assertLess(count["at_start"], PARKED, "it began too late")
            self.assertEqual(count["created"], 0, count)
        self.each_version(check)


class Loss(lib.TestCase):

    def test_the_table_makes_up_for_it(self):
        """With room for some fifty records a fiftieth of a second."""
        self.each(VERSIONS, self.check, workers=1)

    def check(self, version):
        target = self.start([lib.build(version, "stripped", "storm")])
        for order in ("churn", "leak"):
            target.ask(order)
        gosnoop = self.attach("leaks", "-p", target.pid, "--json", "--ring-size", "4096", *lib.UNCAPPED)
        time.sleep(7)
        target.ask("quiet")
        report = gosnoop.interrupt().report()
        now = int(target.ask("count"))
        lost = {kind: report["losses"][kind]["dropped"] for kind in ("create", "exit")}
        self.assertGreater(min(lost.values()), 1000, "no loss")
        self.assertEqual(report["goroutines"]["now"], now, report["goroutines"])
        groups = lib.accused(report)
        text = "\n".join(map(lib.describe_group, groups))
        self.assertEqual({lib.outside_runtime(g["created_by"]) for g in groups}, {"main.leakOne"}, text)
        self.assertIn("leaking", [g["verdict"] for g in groups], text)
        self.assertTrue(all("were lost" in g["why"] for g in groups), text)
        self.assert_untouched(target)

    def test_a_healthy_program_is_not_accused(self):
        target = self.start([lib.build("1.24", "stripped", "storm")])
        target.ask("churn")
        gosnoop = self.attach("leaks", "-p", target.pid, "--ring-size", "4096", *lib.UNCAPPED)
        time.sleep(5)
        gosnoop.interrupt()
        self.assertEqual(gosnoop.status, lib.OK, str(gosnoop))
        self.assertIn("no goroutine leak seen", gosnoop.stdout())
        self.assertRegex(gosnoop.stdout(), r"LOST [\d,]+ of [\d,]+ create events")
        self.assertRegex(gosnoop.stdout(), r"LOST [\d,]+ of [\d,]+ exit events")


class WaitingBefore(lib.TestCase):

    def test_block_lists_who_waited_before_it_came(self):
        target = self.start([lib.build("1.24", "stripped", "storm")])
        target.ask("park 30")
        time.sleep(0.2)
        gosnoop = self.attach("block", "-p", target.pid, "--json")
        time.sleep(0.5)
        target.ask("release")  # the gate opens in the window for each of them
        time.sleep(0.5)
        target.ask("quiet")
        target.ask("park 7")
        time.sleep(0.3)
        report = gosnoop.interrupt().report()
        spots = [s for s in report["blocking"] if "main.waitAtGate" in lib.functions(s["stack"])]
        self.assertEqual(len(spots), 1, spots)
        spot = spots[0]
        self.assertEqual(spot["wait_reason"], "chan receive")
        self.assertEqual((spot["waiting_at_start"], spot["waiting_since_start"]), (30, 0), spot)
        self.assertEqual((spot["waiting_now"], spot["episodes"]), (7, 0), spot)
        self.assertTrue(2e8 < spot["waiting_longest_ns"] < 1e9, spot)

    def test_they_wait_on(self):
        target = self.start([lib.build("1.24", "stripped", "storm")])
        target.ask("park 30")
        time.sleep(0.2)
        report = lib.gosnoop("block", "-p", target.pid, "--json", "-d", "1s").report()
        spot = next(s for s in report["blocking"] if "main.waitAtGate" in lib.functions(s["stack"]))
        self.assertEqual([spot[key] for key in ("waiting_at_start", "waiting_since_start", "waiting_now")],
                         [30, 30, 30])
        self.assertAlmostEqual(spot["waiting_longest_ns"] / 1e9, report["window"]["seconds"], delta=0.1)


if __name__ == "__main__":
    lib.main()
