# SPDX-License-Identifier: Apache-2.0
"""gosnoop record --ring: it keeps the last seconds of a run that goes on and on, and writes them once
something happens."""

import os
import signal
import tempfile
import time
import unittest

import lib

VERSION = "1.24"


class FlightRecorder(lib.TestCase):
    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.file = os.path.join(folder.name, "flight")
        self.target = self.start([lib.build(VERSION, "stripped", "storm")])

    def record(self, *args):
        return self.attach("record", "-p", self.target.pid, "--ring", "2s", "-o", self.file, *lib.UNCAPPED, *args)

    def written(self, recorder):
        """The report of what an ended recorder wrote."""
        self.assertEqual(recorder.status, lib.OK, recorder)
        self.assert_untouched(self.target)
        report = lib.gosnoop("report", self.file, "--json").report()
        self.assert_no_loss(report)
        return report

    def assert_window(self, report):
        """At least what was asked for, and not much more, however long it ran before."""
        self.assertGreaterEqual(report["window"]["seconds"], 2)
        self.assertLess(report["window"]["seconds"], self.ran() - 1, "what is older was not forgotten")

    def ran(self):
        return time.monotonic() - self.began

    def attach(self, *args):
        recorder = super().attach(*args)
        self.began = time.monotonic()
        return recorder

    def test_writes_once_there_are_many_goroutines(self):
        recorder = self.record("--until", "goroutines=500")
        self.target.ask("park 300")
        time.sleep(6)
        now = int(self.target.ask("park 400"))
        recorder.finish()
        self.assertIn(f"{now} goroutines are there", recorder.stderr())
        report = self.written(recorder)
        self.assert_window(report)
        self.assertEqual(report["goroutines"]["now"], now)
        self.assertEqual(report["goroutines"]["created"], 400, "only those of the window")

    def test_writes_once_a_goroutine_waits_long(self):
        recorder = self.record("--until", r"wait=700ms:main\.waitAtGate")
        self.target.ask("park 3")
        recorder.finish()
        self.assertRegex(recorder.stderr(), r"goroutine \d+ has waited \S+ (ms|s) in chan receive at main\.waitAtGate main\.go:\d+")
        hotspots = self.written(recorder)["blocking"]
        at_gate = [h for h in hotspots if "main.waitAtGate" in lib.functions(h["stack"])]
        self.assertEqual([h["waiting_now"] for h in at_gate], [3])

    def test_waits_elsewhere_do_not_count(self):
        recorder = self.record("--until", r"wait=100ms:main\.leakOne", "-d", "3s")
        self.target.ask("park 3")
        recorder.finish()
        self.assertRegex(recorder.stderr(), r"(?m)it ended; kept the last \d\.\d\d s$")
        self.written(recorder)

    def test_totals_are_those_of_the_window(self):
        recorder = self.record()
        self.target.ask("churn")
        time.sleep(1.5)
        self.target.ask("quiet")
        time.sleep(8)  # more than a window and its parts
        recorder.signal(signal.SIGINT)
        report = self.written(recorder.finish())
        self.assert_window(report)
        self.assertLess(report["goroutines"]["created"], 10)
        episodes = sum(h["episodes"] for h in report["blocking"])
        self.assertLess(episodes, 1000, "the storm before the window was counted")
        self.assertLess(report["losses"]["block"]["seen"], 1000, "the storm before the window was counted")

    def test_writes_at_a_signal(self):
        recorder = self.record("--until", "signal")
        self.target.ask("park 7")
        recorder.signal(signal.SIGUSR1)
        self.assertEqual(self.written(recorder.finish())["goroutines"]["now"], 8)

    def test_writes_when_the_target_ends(self):
        recorder = self.record()
        self.target.ask("park 7")
        self.target.stop()
        recorder.finish()
        self.assertEqual(recorder.status, lib.OK, recorder)
        text = lib.gosnoop("report", self.file).stdout()
        self.assertRegex(text, "the target exited after")


class BadInput(lib.TestCase):
    def test_conditions(self):
        for args, says in [
                (["--ring", "60s", "--until", "goroutines=many"], "--until wants goroutines=N"),
                (["--ring", "60s", "--until", "wait=1s:("], "--until wants"),
                (["--ring", "60s", "--until", "moon=full"], "not 'moon=full'"),
                (["--ring", "soon"], "--ring wants something like 60s"),
                (["--ring", "60s", "--ring-memory", "0"], "--ring-memory wants"),
                (["--until", "signal"], "--ring")]:
            with self.subTest(args=args):
                ended = lib.gosnoop("record", "-p", os.getpid(), "-o", "/dev/null", *args)
                self.assertEqual(ended.status, lib.USAGE, ended)
                self.assertIn(says, ended.stderr())


if __name__ == "__main__":
    unittest.main()
