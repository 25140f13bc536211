# SPDX-License-Identifier: Apache-2.0
"""The filters of `gosnoop dump` leave what they are asked for and nothing else; --watch shows what changes."""

import re
import time

import dumps
import lib


class Filters(lib.TestCase):

    def setUp(self):
        self.target = dumps.EveryWait("1.24", "stripped")
        self.addCleanup(self.target.stop)
        self.count = self.target.count()
        self.all = dumps.members(dumps.dump_json(self.target.pid, "--all"))
        self.assertEqual(len(self.all), self.count)

    def assert_left(self, condition, *args):
        """With these options gosnoop shows the goroutines for which condition holds; in both forms."""
        wanted = {goid for goid, g in self.all.items() if condition(g)}
        self.assertNotIn(len(wanted), (0, len(self.all)), "this filter would prove nothing")
        report = dumps.dump_json(self.target.pid, "--all", *args)
        self.assertEqual(dumps.members(report).keys(), wanted, args)
        self.assertEqual(sum(group["count"] for group in report["groups"]), len(wanted), args)
        shown = {goid for goid in dumps.dump_text(self.target.pid, *args)}
        self.assertEqual(shown, wanted, args)

    def test_wait_reason(self):
        for reason in ("chan receive", "chan receive (nil chan)", "sync.Mutex.Lock", "IO wait"):
            self.assert_left(lambda g: g.state == reason, "--wait-reason", reason)

    def test_function(self):
        """Of any frame, anywhere in its name."""
        for pattern in ("inRecursion", r"^main\.inSelect$", r"^os/signal\.", r"poll\.\(\*FD\)\.Accept"):
            self.assert_left(lambda g: any(re.search(pattern, f) for f in g.functions()), "--function", pattern)

    def test_created_by(self):
        for pattern in (r"main\.createInLoop", r"^main\.init", r"\(\*?creator\)\.|creator\.by"):
            self.assert_left(lambda g: g.created_by and re.search(pattern, g.created_by.function),
                             "--created-by", pattern)

    def test_two_at_once(self):
        self.assert_left(lambda g: g.state == "chan receive" and g.created_by
                         and g.created_by.function == "main.createInLoop",
                         "--wait-reason", "chan receive", "--created-by", "createInLoop")

    def test_none_is_left(self):
        for args in (("--wait-reason", "dumping heap"), ("--function", "nowhere"), ("--created-by", "nowhere")):
            report = dumps.dump_json(self.target.pid, "--all", *args)
            self.assertEqual((report["groups"], dumps.members(report)), ([], {}), args)


class WaitingTime(lib.TestCase):
    """Go knows since when a goroutine waits once a collection has found it waiting, and it waited before."""

    def test_min_wait(self):
        target = dumps.EveryWait("1.24", "stripped")
        self.addCleanup(target.stop)
        for _ in range(2):
            target.ask("gc")
        collected = time.monotonic()
        time.sleep(2.5)
        passed = time.monotonic() - collected
        report = dumps.dump_json(target.pid, "--all")
        by_function = {f: m for m in report["members"] for f in [frame["function"] for frame in m["stack"]]}
        for name in ("main.inChanReceive", "main.inSelect", "main.inMutex", "main.inNilSend", "main.inAccept"):
            seconds = by_function[name]["waiting_seconds"]
            self.assertGreaterEqual(seconds, 2.4, name)
            self.assertLess(seconds, passed + 10, name)
        oldest = max(group["oldest_seconds"] or 0 for group in report["groups"])
        self.assertEqual(oldest, max(m["waiting_seconds"] or 0 for m in report["members"] if not m["system"]))
        long = dumps.dump_json(target.pid, "--all", "--min-wait", "2s")
        functions = {f["function"] for m in long["members"] for f in m["stack"]}
        self.assertLessEqual({"main.inChanReceive", "main.inSelect", "main.inMutex", "main.inAccept"}, functions)
        self.assertTrue(all(m["waiting_seconds"] >= 2 for m in long["members"]))
        never = dumps.dump_json(target.pid, "--all", "--min-wait", "1h")
        self.assertEqual((never["groups"], dumps.members(never)), ([], {}))


class Watch(lib.TestCase):

    def test_shows_what_grows(self):
        """everywake leaks 10 a second and more, from main.leakOne, among much that comes and goes."""
        target = self.start([lib.build("1.24", "stripped", "everywake")])
        gosnoop = lib.Gosnoop("dump", "-p", target.pid, "--watch", "500ms")
        self.addCleanup(gosnoop.stop)
        gosnoop.wait_for("a first dump", gosnoop.stdout, 30)
        time.sleep(1)
        first = len(gosnoop.stdout())
        time.sleep(2.5)
        gosnoop.interrupt(10)
        self.assertEqual(gosnoop.status, lib.OK, str(gosnoop))
        self.assertIn("main.leakOne", gosnoop.stdout()[first:], "what changed since the first dump")
        self.assert_untouched(target)

    def test_ends_with_its_target(self):
        target = self.start([lib.build("1.24", "stripped", "everyreason")])
        gosnoop = lib.Gosnoop("dump", "-p", target.pid, "--watch", "200ms")
        self.addCleanup(gosnoop.stop)
        gosnoop.wait_for("a first dump", gosnoop.stdout, 30)
        target.stop()
        gosnoop.finish(10)
        self.assertIn(gosnoop.status, (lib.OK, lib.NO_SUCH_PROCESS), str(gosnoop))
        self.assertRegex(gosnoop.stdout() + gosnoop.stderr(), "exit|ended|gone|no process")


if __name__ == "__main__":
    lib.main()
