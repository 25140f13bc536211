# SPDX-License-Identifier: Apache-2.0
"""The leaking programs of ../shared/leaks: for each, gosnoop names the line that creates what leaks, as
`leaking`, and accuses nothing else. What is true is in the programs' comments (LEAK) and in the pprof
labels of their goroutines: the counts in the report are compared with those.

GOSNOOP_LEAKS_GO chooses the Go version (1.24)."""

import collections
import os
import re
import time
import urllib.request

import lib

VERSION = os.environ.get("GOSNOOP_LEAKS_GO", "1.24")
FOLDER = os.path.join(lib.ROOT, "..", "shared", "leaks")
LEAKS_A_SECOND = 20
SECONDS = 8
AT_ONCE = 5  # next to nothing runs in them: what takes time is that leaks grow

Leak = collections.namedtuple("Leak", "creator, where, reason, also, labels", defaults=((), ("leak",)))

# Who creates the goroutine that leaks (innermost function outside the runtime and package iter), where it
# waits, for what; `also`: other creators whose goroutines do pile up because of the leak; and the labels
# its goroutines carry.
# main.main.funcN is the closure in main that makes one leaking call.
CLOSURE = r"main\.main\.func\d+(\.\d+)*"
PROGRAMS = {
    "cond_lost_signal": Leak(r"main\.rendezvous", "main.waiter", "sync.Cond.Wait"),
    "conn_read_no_deadline": Leak(CLOSURE, "main.ask", "IO wait"),
    "ctx_lost_cancel": Leak(r"main\.begin", "main.watch", "chan receive"),
    # Every call that forgets the body keeps a connection: here its readLoop and writeLoop, and at the
    # server, which is in the same process, the goroutine of the connection, stuck in its Write, and its
    # background read. They carry every label: a connection is dialled for one call and used by another.
    "http_body_unclosed": Leak(r"net/http\.\(\*Transport\)\.dialConn", "net/http.(*persistConn).readLoop",
                               "select", (r"net/http\.\(\*Server\)\.Serve",
                                          r"net/http\.\(\*connReader\)\.startBackgroundRead"),
                               ("leak", "ok", "healthy")),
    "iter_pull_no_stop": Leak(r"main\.firstOf", "main.numbers", "coroutine"),
    "mutex_abba": Leak(CLOSURE, "main.transfer", "sync.Mutex.Lock"),
    "nil_chan": Leak(r"main\.open", "main.(*conn).wait", "chan receive (nil chan)"),
    "pubsub_no_unsubscribe": Leak(r"main\.subscribe", "main.reader", "chan receive"),
    "range_no_close": Leak(r"main\.batch", "main.worker", "chan receive"),
    "retry_sleep_loop": Leak(CLOSURE, "main.retry", "sleep"),
    "select_no_stop": Leak(r"main\.start", "main.(*worker).loop", "select"),
    "send_captured_err": Leak(r"main\.serve", "main.serve.func1", "chan send"),
    "send_early_return": Leak(r"main\.handle", "main.handle.func1", "chan send"),
    "ticker_loop": Leak(CLOSURE, "main.report", "chan receive"),
    "waitgroup_no_done": Leak(r"main\.run", "main.wait", "sync.WaitGroup.Wait"),
}


# Of a creation before the probes, or without any, Go remembers the go statement: here iter.Pull's own.
WITHOUT_PROBES = {"iter_pull_no_stop": PROGRAMS["iter_pull_no_stop"]._replace(creator=r"iter\.Pull\[.*\]")}


def creator(group):
    return lib.outside_runtime(group["created_by"], "iter.") or lib.outside_runtime(group["created_by"])


def truth(address):
    """How many goroutines of each label the program has now, and how many in all."""
    with urllib.request.urlopen(f"http://{address}/debug/pprof/goroutine?debug=1", timeout=10) as answer:
        text = answer.read().decode()
    counts = collections.Counter()
    for block in text.split("\n\n"):
        count = re.match(r"(?:goroutine profile: total \d+\n)?(\d+) @", block)
        label = re.search(r'# labels: \{"truth":"(\w+)"\}', block)
        if count and label:
            counts[label.group(1)] += int(count.group(1))
    return counts


class Leaks(lib.TestCase):

    def test_all_programs_are_here(self):
        programs = {name for name in os.listdir(FOLDER)
                    if os.path.isdir(os.path.join(FOLDER, name)) and name != "bench"}
        self.assertEqual(programs, set(PROGRAMS))

    def test_each_leak_is_found_and_nothing_else(self):
        for name in PROGRAMS:  # one at a time: the compiler takes both processors
            lib.build(VERSION, "stripped", os.path.join(FOLDER, name))
        self.each(PROGRAMS, self.check, AT_ONCE)

    def check(self, name):
        binary = lib.build(VERSION, "stripped", os.path.join(FOLDER, name))
        with lib.Target([binary, "0", str(LEAKS_A_SECOND)], ready=r"^pid=\d+ addr=(\S+) ") as target:
            time.sleep(0.5)
            address = target.ready.group(1)
            start, before = time.monotonic(), truth(address)
            report = lib.gosnoop("leaks", "-p", target.pid, "-d", f"{SECONDS}s", "--json").report()
            grown = truth(address) - before
            seconds = time.monotonic() - start
            self.assert_untouched(target)
        leak = PROGRAMS[name]
        self.assert_only(leak, report)
        self.assert_growth(report, sum(grown[label] for label in leak.labels) / seconds)
        self.assert_no_loss(report)

    def test_each_leak_is_found_without_probes(self):
        for name in PROGRAMS:
            lib.build(VERSION, "stripped", os.path.join(FOLDER, name))
        self.each(PROGRAMS, self.check_without_probes, AT_ONCE)

    def check_without_probes(self, name):
        binary = lib.build(VERSION, "stripped", os.path.join(FOLDER, name))
        with lib.Target([binary, "0", str(LEAKS_A_SECOND)], ready=r"^pid=\d+ addr=(\S+) ") as target:
            time.sleep(0.5)
            with lib.Gosnoop("leaks", "-p", target.pid, "-d", f"{SECONDS}s", "--no-probes", "--json") as gosnoop:
                gosnoop.wait_until_tracing()
                self.assertEqual(lib.changed_code(target.pid, binary), [], "there is a probe")
                report = gosnoop.finish().report()
            self.assert_untouched(target)
        self.assertFalse(report["window"]["probes"])
        self.assertGreaterEqual(report["window"]["snapshots"], SECONDS)
        self.assertEqual(report["losses"], {})
        self.assert_only(WITHOUT_PROBES.get(name, PROGRAMS[name]), report)
        for group in lib.accused(report):  # Go remembers the go statement, with what is inlined around it
            self.assertLessEqual(len(group["created_by"]), 4, lib.describe_group(group))

    def assert_only(self, leak, report):
        groups = lib.accused(report)
        text = "\n".join(map(lib.describe_group, groups)) or "nothing accused"
        guilty = [g for g in groups if re.fullmatch(leak.creator, creator(g) or "")]
        self.assertTrue(guilty, f"the leak is not found: {text}")
        self.assertTrue(any(g["verdict"] == "leaking" for g in guilty), f"not called leaking: {text}")
        others = [g for g in groups if not any(re.fullmatch(pattern, creator(g) or "")
                                               for pattern in (leak.creator, *leak.also))]
        self.assertEqual([lib.describe_group(g) for g in others], [], "the innocent are accused")
        places = [(g["wait_reason"], lib.functions(g["blocked_at"])) for g in guilty]
        self.assertTrue(any(reason == leak.reason and leak.where in where for reason, where in places),
                        f"not at {leak.where} ({leak.reason}): {text}")

    def assert_growth(self, report, expected):
        """What is accused grew as fast as the labels say: calls and twins that run through the same line
        are not mixed in."""
        groups = lib.accused(report)
        growth = sum(g["created"] - g["exited"] for g in groups) / report["window"]["seconds"]
        self.assertLessEqual(abs(growth - expected), 0.2 * expected,
                             f"accused groups grew by {growth:.1f} a second, by the labels {expected:.1f}")


if __name__ == "__main__":
    lib.main()
