# SPDX-License-Identifier: Apache-2.0
"""What probes must not disturb: stacks that move while they grow, children that run in the parent's
memory for a moment, coroutines. And each event is there once."""

import collections
import json
import time

import lib


def events(gosnoop):
    return [json.loads(line) for line in gosnoop.stdout().splitlines()]


class DeepRecursion(lib.TestCase):
    """Thousands of goroutines whose stacks grow, and so move, among the probes."""

    def trace(self, version, mode, rounds=3):
        target = self.start([lib.build(version, mode, "deeprecursion")])
        gosnoop = self.attach("trace", "-p", target.pid, "--json")
        started = 0
        for _ in range(rounds):
            words = target.ask("go").split()
            self.assertEqual(words[2:], ["corrupt", "0"], "a frame of the target is not what it was")
            started += int(words[1])
        time.sleep(0.2)
        gosnoop.interrupt()
        self.assertEqual(gosnoop.status, lib.OK, str(gosnoop))
        self.assert_untouched(target)
        return started, events(gosnoop)

    def assert_once(self, started, records):
        self.assertEqual([r for r in records if r["event"] == "loss"], [])
        self.assertEqual(records[-1]["event"], "end")
        seen = collections.Counter((r["event"], r["goroutine"]) for r in records if r["event"] in ("create", "exit"))
        self.assertEqual([k for k, count in seen.items() if count > 1], [], "events there twice")
        created = {g for event, g in seen if event == "create"}
        exited = {g for event, g in seen if event == "exit"}
        self.assertEqual(len(created), started)
        self.assertEqual(created, exited)

    def test_go_1_19(self):  # the site is the jump to morestack itself
        self.assert_once(*self.trace("1.19", "stripped"))

    def test_go_1_24(self):
        self.assert_once(*self.trace("1.24", "stripped"))

    def test_go_1_27(self):
        self.assert_once(*self.trace("1.27", "piestripped"))

    def test_each_goroutine_blocks_once_at_the_bottom(self):
        target = self.start([lib.build("1.24", "stripped", "deeprecursion")])
        gosnoop = self.attach("block", "-p", target.pid, "--json")
        started = int(target.ask("go").split()[1])
        report = gosnoop.interrupt().report()
        self.assert_no_loss(report)
        gate = sum(spot["episodes"] for spot in report["blocking"]
                   if spot["wait_reason"] == "chan receive" and "main.round.func1.1" in lib.functions(spot["stack"]))
        self.assertLessEqual(gate, started)
        self.assertGreaterEqual(gate, started - 10)  # the last ones may find the gate open


class Vfork(lib.TestCase):

    def test_children_that_run_in_the_parents_memory(self):
        target = self.start([lib.build("1.24", "stripped", "vforker"), "/bin/true"])
        before = target.ask("how many").split()
        report = lib.gosnoop("block", "-p", target.pid, "-d", "3s", "--json").report()
        after = target.ask("how many").split()
        self.assertGreater(int(after[1]) - int(before[1]), 50, "it did not go on starting programs")
        self.assertEqual(after[3], "0", "children failed")
        self.assert_no_loss(report)
        self.assert_untouched(target)


class Coroutines(lib.TestCase):
    """iter.Pull: created parked, switched to past the scheduler, ended in a place of their own."""

    def assert_lives(self, version):
        target = self.start([lib.build(version, "stripped", "coroutine")])
        gosnoop = self.attach("leaks", "-p", target.pid, "--json", "--all")
        words = target.ask("go").split()
        time.sleep(0.2)
        report = gosnoop.interrupt().report()
        created, kept = int(words[1]), int(words[3])
        counts = report["goroutines"]
        self.assertEqual((counts["created"], counts["exited"]), (created, created - kept))
        self.assertEqual(counts["now"], kept + 1)
        parked = [g for g in report["leaks"] if "main.numbers" in lib.functions(g["blocked_at"])]
        self.assertEqual([(g["wait_reason"], g["count"]) for g in parked], [("coroutine", kept)])
        self.assert_untouched(target)

    def test_go_1_23(self):
        self.assert_lives("1.23")

    def test_go_1_24(self):
        self.assert_lives("1.24")

    def test_go_1_27(self):
        self.assert_lives("1.27")


class Objects(lib.TestCase):
    """What a goroutine waited for comes with its block: channel and pollDesc always, semaphores from Go 1.26 on."""

    def reasons_with_objects(self, version):
        target = self.start([lib.build(version, "stripped", "everywake")])
        records = events(lib.gosnoop("trace", "-p", target.pid, "-d", "2s", "--json"))
        found = collections.defaultdict(set)
        for record in records:
            if record["event"] == "block":
                found[record["wait_reason"]].add(record["object"] is not None)
        return {reason for reason, with_object in found.items() if with_object == {True}}

    def test_go_1_19(self):
        self.assertLessEqual({"chan receive", "IO wait"}, self.reasons_with_objects("1.19"))

    def test_go_1_24(self):
        self.assertLessEqual({"chan receive", "IO wait"}, self.reasons_with_objects("1.24"))

    def test_go_1_27(self):
        self.assertLessEqual({"chan receive", "IO wait", "sync.Mutex.Lock"}, self.reasons_with_objects("1.27"))


if __name__ == "__main__":
    lib.main()
