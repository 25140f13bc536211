# SPDX-License-Identifier: Apache-2.0
"""`gosnoop dump` of a process beside that process's own dump over HTTP (net/http/pprof)."""

import contextlib
import glob
import json
import os
import subprocess
import tempfile
import time
import urllib.request

import goroutine_text as text
import lib

# Goroutines in a profile hold this many frames, before Go 1.23 and since (runtime/mprof.go); what was
# inlined counts too, so a few less are compared.
PROFILE_FRAMES = {True: 30, False: 120}


def fetch(url):
    with urllib.request.urlopen(url, timeout=60) as answer:
        return answer.read()


def fetch_goroutines(url):
    """Go's own dump from …/debug/pprof/goroutine, without those that serve it."""
    return text.without_serving(text.parse(fetch(url + "?debug=2").decode()))


def dump_text(pid, *args, **options):
    """Goroutines of `gosnoop dump --all` as text."""
    done = lib.gosnoop("dump", "-p", pid, "--all", *args, **options)
    if done.status != lib.OK:
        raise AssertionError(f"exit status {done.status}: {done}")
    return text.parse(done.stdout())


def dump_json(pid, *args, **options):
    """The report of `gosnoop dump --json`."""
    return lib.gosnoop("dump", "-p", pid, "--json", *args, **options).report()


def members(report):
    """Of a report with --all: those that are not the runtime's own."""
    return {goid: g for goid, g in text.of_dump(report).items() if not g.system}


def as_comparable(goroutines, like):
    """JSON's goroutines and Go's in one form: (expected, actual)."""
    expected = {goid: text.without_runtime(g) for goid, g in like.items()}
    actual = {goid: text.without_runtime(g) for goid, g in goroutines.items()}
    return expected, {goid: text.elide(g, expected[goid]) if goid in expected else g for goid, g in actual.items()}


class EveryWait(lib.Target):
    """The program everywait of tests/programs, or of a copy of it."""

    def __init__(self, version, mode, executable=None, **options):
        super().__init__([executable or lib.build(version, mode, "everywait")], **options)
        about = json.loads(self.ready.group(2))
        self.version = version
        self.reasons = about["reasons"]
        self.url = f"http://{about['address']}/debug/pprof/goroutine"
        self.wait_for_reader()

    def wait_for_reader(self):
        """Until main is back at its input: what it printed can be read here while it is still in write(2)."""
        self.wait_for("a read of its input", lambda: any(call.startswith("0 0x0 ") for call in self.calls()), 30)

    def calls(self):
        """The system calls that its threads are in."""
        for path in glob.glob(f"/proc/{self.pid}/task/*/syscall"):
            with contextlib.suppress(OSError), open(path) as call:
                yield call.read()

    def own_goroutines(self):
        """Without those that serve it, and when those that took part are back at rest: the one that accepts
        connections, and main, whose last line can be read here while it is still in its write(2)."""
        end = time.monotonic() + 30
        while True:
            goroutines = fetch_goroutines(self.url)
            server = [g.state for g in goroutines.values() if "net/http.(*Server).Serve" in g.functions()]
            main = [g.state for g in goroutines.values() if "syscall.read" in g.functions()
                    and "gosnoop.test/programs/internal/control.Next" in g.functions()]
            if server == ["IO wait"] and main == ["syscall"]:
                return goroutines
            if time.monotonic() > end:
                raise AssertionError(f"the program never rests: HTTP server {server}, main {main}")

    def count(self):
        """How many goroutines its own dump has, once nobody serves a request any more. That is one more
        than runtime.NumGoroutine: the runtime never counts the goroutine that runs a finalizer
        (proc.go, gcount), but shows it while it does (traceback.go, isSystemGoroutine)."""
        shown = self.own_goroutines()
        counted = sum("main.inFinalizer" not in g.functions() for g in shown.values())
        end = time.monotonic() + 10
        while int(self.ask("count")) != counted:
            if time.monotonic() > end:
                raise AssertionError(f"NumGoroutine stays {self.ask('count')}, of its dump {counted}")
            time.sleep(0.01)
        self.wait_for_reader()
        return len(shown)


def assert_reasons_are_there(target, goroutines):
    """The program does wait in all the ways it is meant to: else a comparison proves little."""
    for name, reason in target.reasons.items():
        states = {g.state for g in goroutines.values() for f in g.functions() if f.endswith("." + name)}
        if reason not in states:
            raise AssertionError(f"{name} should wait for '{reason}', Go says {states or 'it is nowhere'}")


class BetweenTwo:
    """What is done within is done between two of the target's own dumps, which must be the same one."""

    def __init__(self, target):
        self.target = target

    def __enter__(self):
        self.goroutines = self.target.own_goroutines()
        return self

    def __exit__(self, kind, *_):
        if kind is None:
            changed = text.differences(self.goroutines, self.target.own_goroutines())
            if changed:
                raise AssertionError("the program does not stand still: " + text.describe(changed))


def assert_same(expected, actual, version="1.21"):
    if version == "1.19":
        expected, actual = text.without_depth(expected), text.without_depth(actual)
    found = text.differences(expected, actual)
    if found:
        raise AssertionError(text.describe(found))


def assert_same_as_json(expected, report, version="1.21"):
    assert_same(*as_comparable(text.without_serving(members(report)), expected), version)


# On the stacks of those that serve the request for a profile, or accepted it a moment ago.
_SERVING_FRAMES = {"net/http.(*conn).serve", "net/http.(*connReader).backgroundRead", "net/http.(*Server).Serve"}


def profile_stacks(version, profile):
    """Stacks of a profile, as short as Go's own are, without those that serve the request for it."""
    with tempfile.NamedTemporaryFile(prefix="gosnoop-profile-") as file:
        file.write(profile)
        file.flush()
        raw = subprocess.run([os.path.join(lib.goroot(version), "bin", "go"), "tool", "pprof", "-raw", file.name],
                             capture_output=True, text=True, env=lib.go_environment(), check=False)
    if raw.returncode != 0:
        raise AssertionError(f"go tool pprof -raw: {raw.stderr}")
    depth = PROFILE_FRAMES[version in ("1.19", "1.21", "1.22")]
    stacks = {}
    for stack, count in text.parse_raw_profile(raw.stdout).items():
        if not _SERVING_FRAMES & {f for f, _ in stack}:
            stacks[stack[:depth]] = stacks.get(stack[:depth], 0) + count
    return stacks


def describe_profiles(expected, actual):
    """How two of profile_stacks() differ; "" where they do not."""
    lines = []
    for stack in sorted(expected.keys() | actual.keys()):
        counts = expected.get(stack, 0), actual.get(stack, 0)
        if counts[0] != counts[1]:
            lines.append(f"Go counts {counts[0]}, gosnoop {counts[1]}:")
            lines += [f"  {function}:{line}" for function, line in stack[:25]]
    return "\n".join(lines)
