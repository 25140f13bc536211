# SPDX-License-Identifier: Apache-2.0
"""`gosnoop dump` against Go's own dump of the same process that stands still: the same goroutines, and of
each the same wait reason, the same function and line in every frame, the same creator and parent, the same
lock. In every Go version and usual build mode, in every way to wait there is.

GOSNOOP_MATRIX narrows it down: "1.24-stripped 1.27-cgo"."""

import collections
import contextlib
import itertools
import json
import os

import dumps
import goroutine_text as text
import lib

MODES = ["plain", "stripped", "piestripped", "cgo"]
CELLS = (os.environ.get("GOSNOOP_MATRIX", "").split()
         or [f"{v}-{m}" for v, m in itertools.product(lib.GO_VERSIONS, MODES)])


def key(group_or_member):
    """What makes goroutines one group."""
    return json.dumps([group_or_member[name] for name in ("status", "wait_reason", "stack", "created_by")])


class OneByOne(lib.TestCase):

    def test_text(self):
        self.each(CELLS, self.check_text)

    def test_json(self):
        self.each(CELLS, self.check_json)

    def check_text(self, cell):
        with dumps.EveryWait(*cell.split("-")) as target, dumps.BetweenTwo(target) as own:
            actual = dumps.dump_text(target.pid, "--full-paths")
            dumps.assert_reasons_are_there(target, own.goroutines)
            dumps.assert_same(own.goroutines, text.without_serving(actual), target.version)
            self.assert_untouched(target)

    def check_json(self, cell):
        with dumps.EveryWait(*cell.split("-")) as target, dumps.BetweenTwo(target) as own:
            report = dumps.dump_json(target.pid, "--all", "--full-paths")
            self.assertEqual(report["schema"], "gosnoop.dump/1")
            self.assertEqual(report["unreadable"], 0)
            dumps.assert_same_as_json(own.goroutines, report, target.version)
            self.assert_parts(report)
            self.assert_untouched(target)

    def assert_parts(self, report):
        ids = [member["id"] for member in report["members"]]
        self.assertEqual(len(ids), len(set(ids)), "an id is there twice")
        system = sum(member["system"] for member in report["members"])
        self.assertEqual(report["system"], system)
        self.assertEqual(report["goroutines"], len(ids) - system)
        self.assertGreater(system, 0, "every Go process has goroutines of the runtime")

    def test_short_paths(self):
        """Without --full-paths only the folders differ."""
        with dumps.EveryWait("1.24", "stripped") as target, dumps.BetweenTwo(target) as own:
            actual = text.without_serving(dumps.dump_text(target.pid))
        dumps.assert_same({goid: text.without_folders(g) for goid, g in own.goroutines.items()},
                          {goid: text.without_folders(g) for goid, g in actual.items()})


class Leaked(lib.TestCase):
    """A status of its own, after a collection that looked for goroutines nothing can wake (Go 1.26+)."""

    def test_go_1_27(self):
        with dumps.EveryWait("1.27", "stripped") as target:
            dumps.fetch(target.url + "leak?debug=1")
            with dumps.BetweenTwo(target) as own:
                actual = text.without_serving(dumps.dump_text(target.pid, "--full-paths"))
                report = dumps.dump_json(target.pid, "--all", "--full-paths")
            leaked = [g for g in own.goroutines.values() if g.state.endswith(" (leaked)")]
            self.assertTrue(leaked, "Go itself calls none leaked")
            dumps.assert_same(own.goroutines, actual)
            dumps.assert_same_as_json(own.goroutines, report)


class Groups(lib.TestCase):

    def test_counts(self):
        self.each(CELLS, self.check_counts)

    def check_counts(self, cell):
        with dumps.EveryWait(*cell.split("-")) as target:
            count = target.count()
            report = dumps.dump_json(target.pid)
            with_members = dumps.dump_json(target.pid, "--all")
        self.assertNotIn("members", report)
        self.assertEqual(report["goroutines"], count)
        self.assertEqual(report["unreadable"], 0)
        self.assertEqual(sum(group["count"] for group in report["groups"]), count)
        members = collections.Counter(key(m) for m in with_members["members"] if not m["system"])
        groups = {key(group): group["count"] for group in report["groups"]}
        self.assertEqual(len(groups), len(report["groups"]), "a group is there twice")
        self.assertEqual(groups, members)

    def test_text_has_every_way_to_wait(self):
        with dumps.EveryWait("1.24", "stripped") as target:
            done = lib.gosnoop("dump", "-p", target.pid)
        self.assertEqual(done.status, lib.OK, str(done))
        for name in target.reasons:
            self.assertIn(name, done.stdout())


class Profile(lib.TestCase):

    def test_against_gos_own(self):
        self.each(CELLS, self.check_profile)

    def check_profile(self, cell):
        version, mode = cell.split("-")
        with contextlib.ExitStack() as stack:
            target = stack.enter_context(dumps.EveryWait(version, mode))
            expected = dumps.profile_stacks(version, dumps.fetch(target.url))
            target.count()
            file = os.path.join(self.temp_dir(), "profile")
            done = lib.gosnoop("dump", "-p", target.pid, "--pprof", file)
            self.assertEqual(done.status, lib.OK, str(done))
            with open(file, "rb") as profile:
                actual = dumps.profile_stacks(version, profile.read())
            again = dumps.profile_stacks(version, dumps.fetch(target.url))
        self.assertEqual(dumps.describe_profiles(expected, again), "", "the program does not stand still")
        self.assertEqual(dumps.describe_profiles(expected, actual), "")


if __name__ == "__main__":
    lib.main()
