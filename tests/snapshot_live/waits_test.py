# SPDX-License-Identifier: Apache-2.0
"""What a goroutine waits for is what the program itself says: tests/programs/waitsfor prints the
addresses, descriptors, ports and threads.

usage: waits_test.py WAITS_DUMP"""

import json
import os
import re
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "runtime"))
import lib  # noqa: E402

WAITS_DUMP = sys.argv.pop()
BUILDS = [("1.19", "stripped"), ("1.21", "stripped"), ("1.24", "stripped"), ("1.26", "stripped"),
          ("1.27", "stripped"), ("1.22", "noopt"), ("1.23", "plain"), ("1.24", "race"),
          ("1.25", "cgostripped"), ("1.27", "cgostripped")]
DAY = 24 * 3600 * 10**9
RUNNABLE, RUNNING = 1, 2
READY = r"^ready pid (\d+) (.*)\n"  # the whole line: it is too long for one write


def monotonic():
    return time.clock_gettime_ns(time.CLOCK_MONOTONIC)


def by_address(channels):
    return sorted(channels, key=lambda channel: (channel["address"], channel["send"]))


class Waits(lib.TestCase):

    def test_against_the_program(self):
        for version, mode in BUILDS:
            with self.subTest(build=f"{version} {mode}"):
                self.begin = monotonic()
                target = self.start([lib.build(version, mode, "waitsfor")], ready=READY)
                self.compare(target.pid, target.ready)
                target.stop()

    def test_in_a_container(self):
        """In other namespaces the program has other tids, and its sockets are in another table."""
        self.begin = monotonic()
        inside = ["sh", "-c", "ip link set lo up && exec \"$0\"", lib.build("1.24", "stripped", "waitsfor")]
        target = self.start(["unshare", "--pid", "--net", "--fork", "--kill-child", *inside], ready=READY)
        with open(f"/proc/{target.pid}/task/{target.pid}/children") as children:
            pid = int(children.read())
        self.assertEqual(target.ready[1], "1")
        self.compare(pid, target.ready)

    def compare(self, pid, ready):
        goroutines = {g["goid"]: g for g in self.dump(pid)}
        tids = self.tids(pid)
        facts = json.loads(ready[2])
        self.assertGreater(len(facts), 4500)
        for fact in facts:
            with self.subTest(fact=fact["name"], goid=fact["goid"]):
                self.compare_one(goroutines[fact["goid"]], fact, tids)

    def dump(self, pid):
        done = subprocess.run([WAITS_DUMP, str(pid)], text=True, capture_output=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    @staticmethod
    def tids(pid):
        """{tid as the program knows it: tid as we do}"""
        tids = {}
        for tid in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{tid}/status") as status:
                own = re.search(r"^NSpid:.*?(\d+)$", status.read(), re.M)[1]
            tids[int(own)] = int(tid)
        return tids

    def compare_one(self, g, fact, tids):
        waits = g["waits_for"]
        self.assertEqual(waits["kind"], fact["kind"], g)
        self.assertEqual(g["locked"], fact.get("locked", False))
        if "thread" in fact:
            self.assertEqual(g["thread"], tids[fact["thread"]])
        getattr(self, f"compare_{fact['kind']}")(g, waits, fact)

    def compare_channels(self, _, waits, fact):
        closed = [channel.pop("closed") for channel in waits["channels"]]
        self.assertEqual(by_address(waits["channels"]), by_address(fact["channels"]))
        self.assertFalse(any(closed))  # nobody waits on a closed one

    def compare_semaphore(self, _, waits, fact):
        self.assertEqual(hex(waits["address"]), hex(fact["address"]))

    compare_cond = compare_semaphore

    def compare_sleep(self, _, waits, fact):
        self.assertGreater(waits["until_ns"], self.begin + DAY)
        self.assertLess(waits["until_ns"], monotonic() + DAY)

    def compare_network(self, _, waits, fact):
        self.assertEqual((waits["fd"], waits["write"]), (fact["fd"], fact.get("write", False)))
        keys = ("protocol", "local", "remote", "state")
        self.assertEqual(waits["socket"], dict(zip(keys, fact["socket"])) if "socket" in fact else None)

    def compare_syscall(self, g, waits, fact):
        self.assertRegex(waits["call"], fact["call"])
        self.assertNotEqual(g["thread"], 0)

    def compare_unknown(self, g, _, fact):
        self.assertIn(g["status"], (RUNNABLE, RUNNING))  # it never waits

    def compare_nothing(self, g, waits, fact):
        self.assertEqual(waits["channels"], [])


if __name__ == "__main__":
    lib.main()
