# SPDX-License-Identifier: Apache-2.0
"""gosnoop serve: what a real Prometheus makes of it, what its page shows, whom it watches, whom it tells, and
what it does where something is wrong."""

import contextlib
import glob
import http.client
import json
import os
import re
import resource
import shutil
import signal
import socket
import stat
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request

import browser
import lib
import real_test

VERSION = "1.24"
CANNOT_LISTEN = 14
NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
DEPLOY = os.path.join(lib.ROOT, "deploy")


class Serve(lib.Gosnoop):
    """A running exporter."""

    def __init__(self, *args, command=None, **options):
        args = ["serve", "--listen", "127.0.0.1:0", *args]
        if command:
            lib.Process.__init__(self, [*command, *map(str, args)], **options)
        else:
            super().__init__(*args, **options)
        self.url = None

    def wait_until_serving(self):
        found = self.wait_for("address", lambda: re.search(r"serving (http://[^/]+)/", self.stderr()), 60)
        self.url = found.group(1)
        return self

    def metrics(self):
        """{'name{labels}': value} of /metrics, and the text."""
        return samples(real_test.fetch(self.url + "/metrics"))

    def top(self):
        return json.loads(real_test.fetch(self.url + "/top.json"))

    def wait_for_metric(self, name, condition, timeout=60, **labels):
        """Until condition holds for the values of that name and labels, summed."""
        return self.wait_for(f"{name} {labels}", lambda: condition(total(self.metrics(), name, **labels)) or None,
                             timeout)


def samples(text):
    found = {}
    for line in text.splitlines():
        if not line.startswith("#"):
            key, value = line.rsplit(" ", 1)
            if key in found:
                raise AssertionError(f"twice: {key}")
            found[key] = float(value)
    return found


def labels_of(key):
    return {name: value.replace('\\"', '"').replace("\\\\", "\\")
            for name, value in re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', key)}


def named(metrics, name, **labels):
    return {key: value for key, value in metrics.items()
            if key.split("{")[0] == name and labels.items() <= labels_of(key).items()}


def total(metrics, name, **labels):
    return sum(named(metrics, name, **labels).values())


class ServeTest(lib.TestCase):

    def serve(self, *args, **options):
        serve = Serve(*args, **options)
        self.addCleanup(serve.stop)
        return serve.wait_until_serving()

    def copied(self, program, name):
        """A copy of a test program that everybody may run, under a path of its own."""
        folder = self.temp_dir()
        os.chmod(folder, 0o755)
        path = os.path.join(folder, name)
        shutil.copy(program, path)
        os.chmod(path, 0o755)
        return path


class Prometheus:
    """A real one that scrapes an exporter every second, with our rules."""

    def __init__(self, stack, folder, exporter, rules):
        self.port = real_test.free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.binaries = real_test.unpacked("bookworm")
        with open(f"{folder}/prometheus.yml", "w") as config:
            config.write("global: {scrape_interval: 1s, evaluation_interval: 1s}\n"
                         f"rule_files: ['{rules}']\n"
                         "scrape_configs:\n- job_name: gosnoop\n  static_configs:\n"
                         f"  - targets: ['{exporter.removeprefix('http://')}']\n")
        command = [f"{self.binaries}/prometheus", f"--config.file={folder}/prometheus.yml",
                   f"--storage.tsdb.path={folder}/data", f"--web.listen-address=127.0.0.1:{self.port}"]
        self.process = stack.enter_context(lib.Process(command, cwd=folder))
        self.process.wait_for("readiness", self.is_ready, 60)

    def is_ready(self):
        try:
            return real_test.fetch(self.url + "/-/ready")
        except OSError:
            return False

    def get(self, path, **parameters):
        answer = json.loads(real_test.fetch(f"{self.url}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"))
        if answer["status"] != "success":
            raise AssertionError(answer)
        return answer["data"]

    def query(self, expression):
        return self.get("query", query=expression)["result"]

    def firing(self, alert):
        return [a for a in self.get("alerts")["alerts"] if a["state"] == "firing" and a["labels"]["alertname"] == alert]


def promtool(*args, text=None):
    done = subprocess.run([f"{real_test.unpacked('bookworm')}/promtool", *args], input=text, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    return done.returncode, done.stdout


def dashboard_queries():
    with open(f"{DEPLOY}/grafana/gosnoop.json") as file:
        board = json.load(file)
    for panel in board["panels"]:
        for target in panel["targets"]:
            yield panel["title"], target["expr"]


class WithPrometheus(ServeTest):

    def impatient_rules(self, folder):
        """Those of deploy/ that do not wait for minutes."""
        with open(f"{DEPLOY}/prometheus-rules.yaml") as file:
            text, count = re.subn(r"\bfor: \d+m\b", "for: 3s", file.read())
        self.assertGreater(count, 3)
        path = os.path.join(folder, "rules.yaml")
        with open(path, "w") as file:
            file.write(text)
        return path

    def test_a_leak_fires_the_alert_and_every_panel_has_data(self):
        folder = self.temp_dir()
        target = self.start([lib.build(VERSION, "plain", "leakyserver"), "-load"],
                            ready=r"^listening on (\S+) pid (\d+)$")
        serve = self.serve("-p", target.pid, "--probes", "--syscalls", "--tcp", "--interval", "1s", "--window", "30s")
        with contextlib.ExitStack() as stack:
            prometheus = Prometheus(stack, folder, serve.url, self.impatient_rules(folder))
            alerts = serve.wait_for("firing alert", lambda: prometheus.firing("GoroutineLeak"), 120)
            self.assertEqual([a["labels"]["created_by"] for a in alerts], ["main.(*shop).fetchQuote"])
            self.assertEqual(alerts[0]["labels"]["pid"], str(target.pid))
            self.assertIn("gosnoop dump -p", alerts[0]["annotations"]["description"])
            self.assertEqual(prometheus.firing("GosnoopLosesEvents"), [])
            self.check_dashboard(prometheus, serve)
            self.check_rules_are_healthy(prometheus)
        text = real_test.fetch(serve.url + "/metrics")
        self.assertEqual(promtool("check", "metrics", text=text), (0, ""))
        self.check_histograms(samples(text))
        serve.signal(signal.SIGTERM)
        self.assertEqual(serve.finish().status, lib.OK)
        self.assert_untouched(target)

    def check_dashboard(self, prometheus, serve):
        for title, expression in dashboard_queries():
            expression = (expression.replace("$__rate_interval", "10s").replace("$instance", ".*")
                          .replace("$exe", ".*"))
            with self.subTest(panel=title):
                self.assertNotIn("$", expression)
                result = serve.wait_for(f"data for {title}: {expression}", lambda: prometheus.query(expression), 30)
                self.assertTrue(all(r["value"][1] != "NaN" for r in result) or "quantile" in expression, result)

    def check_rules_are_healthy(self, prometheus):
        for group in prometheus.get("rules")["groups"]:
            for rule in group["rules"]:
                self.assertEqual(rule["health"], "ok", rule)

    def check_histograms(self, metrics):
        counts = named(metrics, "gosnoop_block_seconds_count")
        self.assertGreater(len(counts), 3)
        for key, count in counts.items():
            labels = labels_of(key)
            buckets = named(metrics, "gosnoop_block_seconds_bucket", **labels)
            by_bound = sorted((float(labels_of(k)["le"].replace("+Inf", "inf")), v) for k, v in buckets.items())
            values = [v for _, v in by_bound]
            self.assertEqual(values, sorted(values), labels)
            self.assertEqual(values[-1], count, labels)
            self.assertGreater(total(metrics, "gosnoop_block_seconds_sum", **labels), 0, labels)

    def test_promtool_likes_the_rules(self):
        status, text = promtool("check", "rules", f"{DEPLOY}/prometheus-rules.yaml")
        self.assertEqual(status, 0, text)
        self.assertIn("6 rules found", text)

    def test_counters_never_go_back(self):
        """Also when windows turn: here every two seconds."""
        target = self.start([lib.build(VERSION, "stripped", "leakyserver"), "-load"],
                            ready=r"^listening on (\S+) pid (\d+)$")
        serve = self.serve("-p", target.pid, "--probes", "--interval", "200ms", "--window", "4s", "--top", "3")
        before = {}
        end = time.monotonic() + 14
        while time.monotonic() < end:
            metrics = serve.metrics()
            now = {k: v for k, v in metrics.items() if re.search(r"(_total|_sum|_count|_bucket)(\{|$)", k)}
            for key, value in before.items():
                self.assertGreaterEqual(now.get(key, value), value, key)
            before = now
            self.assertLessEqual(len(named(metrics, "gosnoop_block_seconds_count")), 4)
            time.sleep(0.1)
        exact = target.pid, total(before, "gosnoop_goroutines_created_total")
        self.assertGreater(exact[1], 1000)


def texts(page, selector):
    """In one go: the page draws itself anew all the time."""
    return page.script("return [...document.querySelectorAll(arguments[0])].map(node => node.textContent)", selector)


class Page(ServeTest):

    def test_it_shows_the_leak(self):
        target = self.start([lib.build(VERSION, "plain", "leakyserver"), "-load"],
                            ready=r"^listening on (\S+) pid (\d+)$")
        serve = self.serve("-p", target.pid, "--interval", "500ms", "--window", "30s")
        serve.wait_for_metric("gosnoop_leak_groups", lambda n: n >= 1, verdict="leaking")
        with browser.Page(serve.url + "/") as page:
            page.wait_for(lambda: "leaking" in texts(page, "span.leaking"), "verdict")
            self.assertIn("main.(*shop).fetchQuote", texts(page, "section code"))
            self.assertIn(f"pid {target.pid}", texts(page, "section h2")[0])
            first = texts(page, ".big")
            page.wait_for(lambda: texts(page, ".big") != first, "new number")
            page.wait_for(lambda: page.find_all("polyline"), "chart")
            page.type("#filter", "no such program")
            page.wait_for(lambda: texts(page, "main p") == ["No process matches the filter."], "empty list")
            page.type("#filter", "leakyserver")
            page.wait_for(lambda: page.find_all("section"), "section")
            page.screenshot("serve")
            self.assertEqual(page.problems(), [])
            self.assertTrue(all(address.startswith(serve.url) for address in page.resources()), page.resources())
            serve.stop()
            page.wait_for(lambda: "does not answer" in texts(page, "#status")[0], "word that gosnoop is gone")

    def test_names_are_text(self):
        """A program may be called what it likes."""
        name = '<img src=x onerror=document.title="owned">"\\\x1b[31m\xe9'
        target = self.start([self.copied(lib.build(VERSION, "plain", "everywait"), name)])
        serve = self.serve("-p", target.pid, "--interval", "500ms")
        self.assertEqual(promtool("check", "metrics", text=real_test.fetch(serve.url + "/metrics")), (0, ""))
        self.assertNotIn("\x1b", serve.stderr())
        with browser.Page(serve.url + "/") as page:
            page.wait_for(lambda: any("<img src=x" in text for text in texts(page, "section h2")), "name")
            self.assertEqual(page.script("return document.title"), "gosnoop")
            self.assertEqual(page.find_all("img"), [])
            self.assertEqual(page.problems(), [])


class Processes(ServeTest):

    def test_new_ones_are_taken_in_and_ended_ones_dropped(self):
        program = self.copied(lib.build(VERSION, "stripped", "everywait"), "fleet-member")
        serve = self.serve("--match", re.escape(program), "--interval", "200ms")
        self.assertEqual(total(serve.metrics(), "gosnoop_processes"), 0)
        self.assertIn("no Go process matches yet", serve.stderr())
        self.assertIn("snapshots every 200 ms,", serve.stderr())
        self.assertIn("ok: 0 processes watched", real_test.fetch(serve.url + "/healthz"))
        self.assertEqual(promtool("check", "metrics", text=real_test.fetch(serve.url + "/metrics")), (0, ""))
        members = [self.start([program]) for _ in range(3)]
        serve.wait_for_metric("gosnoop_processes", lambda n: n == 3)
        pids = {labels_of(key)["pid"] for key in named(serve.metrics(), "gosnoop_target_info")}
        self.assertEqual(pids, {str(member.pid) for member in members})
        members[1].stop()
        serve.wait_for_metric("gosnoop_processes", lambda n: n == 2)
        metrics = serve.metrics()
        self.assertEqual(total(metrics, "gosnoop_processes_ended_total"), 1)
        self.assertEqual(total(metrics, "gosnoop_processes_begun_total"), 3)
        self.assertEqual(named(metrics, "gosnoop_goroutines", pid=str(members[1].pid)), {})
        self.assertIn(f"pid {members[1].pid} has ended", serve.stderr())

    def test_one_that_is_stopped(self):
        target = self.start([lib.build(VERSION, "stripped", "everywait")])
        target.signal(signal.SIGSTOP)
        self.addCleanup(target.signal, signal.SIGCONT)
        target.wait_for("stop", lambda: lib.state_of(target.pid) == "T", 10)
        serve = self.serve("-p", target.pid, "--interval", "200ms")
        before = total(serve.metrics(), "gosnoop_looks_total")
        serve.wait_for_metric("gosnoop_looks_total", lambda n: n > before + 3)
        notes = re.findall(rf"(?m)^gosnoop: pid {target.pid} is stopped by a signal: ", serve.stderr())
        self.assertEqual(len(notes), 1, serve.stderr())

    def test_the_only_one_ends(self):
        target = self.start([lib.build(VERSION, "stripped", "everywait")])
        serve = self.serve("-p", target.pid, "--interval", "200ms")
        self.assertEqual(total(serve.metrics(), "gosnoop_processes"), 1)
        target.stop()
        serve.wait_for_metric("gosnoop_processes", lambda n: n == 0)
        self.assertTrue(serve.is_running())
        self.assertIn(f"pid {target.pid} has ended", serve.stderr())

    def test_goroutines_are_as_the_program_has_them(self):
        target = self.start([lib.build(VERSION, "stripped", "manygoroutines"), "-n", "3000"])
        serve = self.serve("-p", target.pid, "--interval", "200ms")
        goroutines = serve.top()["processes"][0]["goroutines"]["now"]
        self.assertGreater(goroutines, 3000)
        self.assertLess(goroutines, 3100)
        self.assertAlmostEqual(total(serve.metrics(), "gosnoop_goroutines"), goroutines, delta=50)
        self.assertAlmostEqual(total(serve.metrics(), "gosnoop_site_goroutines"), goroutines, delta=50)

    def test_one_that_may_not_be_looked_at_is_counted(self):
        program = self.copied(lib.build(VERSION, "stripped", "everywait"), "rights-member")
        own = self.start([*NOBODY, program])
        self.start([program])  # root's
        gosnoop = self.copied(lib.GOSNOOP, "gosnoop")
        serve = self.serve("--match", "rights-member", "--interval", "200ms", command=[*NOBODY, gosnoop])
        metrics = serve.metrics()
        self.assertEqual(named(metrics, "gosnoop_target_info").keys(),
                         named(metrics, "gosnoop_target_info", pid=str(own.pid)).keys())
        self.assertEqual(total(metrics, "gosnoop_processes_unwatched", reason="hidden"), 1)
        self.assertIn("it cannot be told whether 1 processes are Go's", serve.stderr())

    def with_rights(self, rights, *args):
        """Served by root with no other right than these."""
        target = self.start([*NOBODY, self.copied(lib.build(VERSION, "stripped", "everywait"), "caps-member")])
        few = ["setpriv", "--no-new-privs", "--inh-caps=-all",
               "--bounding-set=-all," + ",".join("+" + right.lower() for right in rights)]
        serve = self.serve("-p", target.pid, "--interval", "200ms", *args, command=[*few, lib.GOSNOOP])
        self.assertGreater(total(serve.metrics(), "gosnoop_goroutines"), 1)
        return serve.metrics()

    def test_the_rights_of_the_daemon_set_are_enough(self):
        with open(f"{DEPLOY}/kubernetes.yaml") as file:
            rights = re.search(r'^\s+add: (\[.*\])$', file.read(), re.M).group(1)
        self.with_rights(json.loads(rights))

    def test_the_rights_of_the_service_are_enough(self):
        with open(f"{DEPLOY}/gosnoop.service") as file:
            lines = re.findall(r"^CapabilityBoundingSet=(.*)$", file.read(), re.M)
        rights = [right.removeprefix("CAP_") for right in " ".join(lines).split()]
        metrics = self.with_rights(rights, "--probes", "--syscalls", "--tcp")
        self.assertEqual(len(named(metrics, "gosnoop_target_info", probes="true")), 1)

    def test_ten_thousand_creation_sites(self):
        folder = self.temp_dir()
        with open(f"{folder}/go.mod", "w") as file:
            file.write("module sites\ngo 1.19\n")
        functions = [f"func f{i}() {{\n" + "go park()\n" * 100 + "}\n" for i in range(100)]
        with open(f"{folder}/main.go", "w") as file:
            file.write('package main\nimport (\n"fmt"\n"os"\n)\nfunc park() { select {} }\n' + "".join(functions) +
                       "func main() {\n" + "".join(f"f{i}()\n" for i in range(100)) +
                       'fmt.Println("ready pid", os.Getpid())\npark()\n}\n')
        target = self.start([lib.build(VERSION, "stripped", folder, os.path.join(folder, "sites"))])
        serve = self.serve("-p", target.pid, "--interval", "1s", "--top", "7")
        sites = named(serve.metrics(), "gosnoop_site_goroutines")
        self.assertEqual(len(sites), 8)
        self.assertEqual(sum(sites.values()), 10001)
        self.assertEqual(total(sites, "gosnoop_site_goroutines", created_by="other"), 10001 - 7)
        self.assertLess(len(real_test.fetch(serve.url + "/metrics")), 30_000)
        self.assertEqual(len(serve.top()["processes"][0]["groups"]), 7)


class Watermarks(ServeTest):

    def leaky(self):
        return self.start([lib.build(VERSION, "stripped", "leakyserver"), "-load"],
                          ready=r"^listening on (\S+) pid (\d+)$")

    def test_alerts_dump_and_hook(self):
        target, folder = self.leaky(), self.temp_dir()
        told = os.path.join(folder, "told")
        serve = self.serve("-p", target.pid, "--interval", "200ms", "--alert-goroutines", "120", "--alert-growth", "5",
                           "--alert-window", "2s", "--dump-at", "150", "--dump-dir", folder, "--dump-file",
                           "dump-%e-%p-%%-%t.json", "--hook", f"cat >> {told}; echo >> {told}.runs")
        for alert in ("goroutines", "growth", "dump"):
            serve.wait_for_metric("gosnoop_alerts_total", lambda n: n == 1, alert=alert)
        serve.wait_for_metric("gosnoop_hook_runs_total", lambda n: n == 3, outcome="ok")
        with open(told) as file:
            alerts = {alert["alert"]: alert for alert in map(json.loads, file)}
        self.assertEqual(set(alerts), {"goroutines", "growth", "dump"})
        for alert in alerts.values():
            self.assertEqual(alert["schema"], "gosnoop.alert/1")
            self.assertEqual(alert["target"]["pid"], target.pid)
            self.assertEqual(alert["groups"][0]["created_by"]["function"], "main.(*shop).fetchQuote")
        self.assertGreater(alerts["goroutines"]["goroutines"], 120)
        self.assertGreaterEqual(alerts["growth"]["growth_per_second"], 5)
        dumps = glob.glob(f"{folder}/dump-*")
        self.assertEqual(dumps, [alerts["dump"]["dump"]])
        self.assertRegex(dumps[0], rf"/dump-leakyserver-{target.pid}-%-\d{{8}}T\d{{6}}Z\.json$")
        with open(dumps[0]) as file:
            dump = json.load(file)
        self.assertEqual(dump["schema"], "gosnoop.dump/1")
        self.assertGreater(dump["goroutines"], 100)  # some have ended since
        before = total(serve.metrics(), "gosnoop_looks_total")
        serve.wait_for_metric("gosnoop_looks_total", lambda n: n > before + 5)
        self.assertEqual(len(glob.glob(f"{folder}/dump-*")), 1)
        self.assertEqual(total(serve.metrics(), "gosnoop_dumps_total", outcome="ok"), 1)

    def test_a_dump_that_cannot_be_written(self):
        target = self.leaky()
        serve = self.serve("-p", target.pid, "--interval", "200ms", "--dump-at", "1", "--dump-dir", "/no/such/folder")
        serve.wait_for_metric("gosnoop_dumps_total", lambda n: n == 1, outcome="failed")
        self.assertIn("no dump: /no/such/folder/gosnoop-leakyserver-", serve.stderr())
        before = total(serve.metrics(), "gosnoop_looks_total")
        serve.wait_for_metric("gosnoop_looks_total", lambda n: n > before + 3)
        self.assertEqual(total(serve.metrics(), "gosnoop_dumps_total"), 1)

    def bad_hook(self, command, outcome):
        target = self.leaky()
        serve = self.serve("-p", target.pid, "--interval", "200ms", "--dump-at", "1", "--dump-dir", self.temp_dir(),
                           "--hook", command, "--hook-limit", "500ms")
        before = total(serve.metrics(), "gosnoop_looks_total")
        serve.wait_for_metric("gosnoop_hook_runs_total", lambda n: n == 1, outcome=outcome)
        serve.wait_for_metric("gosnoop_looks_total", lambda n: n > before + 3)
        return serve

    def test_a_hook_that_fails(self):
        serve = self.bad_hook("echo sorry >&2; exit 7", "failed")
        self.assertIn("the hook ended with status 7: sorry", serve.stderr())

    def test_a_hook_that_is_not_there(self):
        serve = self.bad_hook("/no/such/hook", "failed")
        self.assertIn("the hook ended with status 127", serve.stderr())

    def test_a_hook_that_hangs_goes_with_all_it_started(self):
        pids = os.path.join(self.temp_dir(), "pids")
        serve = self.bad_hook(f"sleep 1000 & echo $! > {pids}; sleep 1000", "timed_out")
        self.assertIn("the hook was killed after 500 ms", serve.stderr())
        with open(pids) as file:
            child = int(file.read())
        with contextlib.suppress(FileNotFoundError):
            self.assertEqual(lib.state_of(child), "Z")

    def test_a_hook_that_floods(self):
        serve = self.bad_hook("yes & yes >&2", "timed_out")
        self.assertLess(len(serve.stderr()), 4000)

    def test_a_hook_that_reads_nothing(self):
        self.bad_hook("exec <&-; exit 0", "ok")

    def test_a_hook_that_hangs_does_not_hold_up_the_end(self):
        target = self.leaky()
        serve = self.serve("-p", target.pid, "--interval", "200ms", "--dump-at", "1", "--dump-dir", self.temp_dir(),
                           "--hook", "sleep 1000", "--hook-limit", "1h")
        serve.wait_for_metric("gosnoop_alerts_total", lambda n: n == 1)
        serve.signal(signal.SIGTERM)
        self.assertEqual(serve.finish(30).status, lib.OK)


class BadInput(ServeTest):

    def check(self, status, message, *args):
        done = lib.gosnoop("serve", *args)
        self.assertEqual((done.status, done.stdout()), (status, ""), done)
        self.assertIn(message, done.stderr())
        if status != lib.USAGE:
            self.assertIn("next step: ", done.stderr())

    def test_port_taken(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            self.check(CANNOT_LISTEN, f"cannot listen on 127.0.0.1:{port}: Address already in use",
                       "--listen", f"127.0.0.1:{port}")

    def test_port_of_another_gosnoop(self):
        serve = self.serve("--match", "nothing at all")
        self.check(CANNOT_LISTEN, "Address already in use", "--listen", serve.url.removeprefix("http://"))

    def test_what_cannot_be_listened_on(self):
        self.check(CANNOT_LISTEN, "cannot listen on 192.0.2.1:9435", "--listen", "192.0.2.1:9435")
        self.check(lib.USAGE, "--listen wants ADDRESS:PORT", "--listen", "9435")
        self.check(lib.USAGE, "--listen wants ADDRESS:PORT", "--listen", "127.0.0.1:70000")

    def test_bad_options(self):
        self.check(lib.USAGE, "--match wants a regular expression", "--match", "(")
        self.check(lib.USAGE, "--alert-growth wants a number", "--alert-growth", "-1")
        self.check(lib.USAGE, "excludes", "-p", "1", "--match", "x")
        self.check(lib.USAGE, "requires --probes", "--syscalls")

    def test_bad_process(self):
        self.check(lib.NO_SUCH_PROCESS, "no such process", "-p", "4194304", "--listen", "127.0.0.1:0")
        self.check(lib.NOT_GO, "Go", "-p", os.getpid(), "--listen", "127.0.0.1:0")

    def test_a_path_that_is_not_there(self):
        serve = self.serve("--match", "nothing at all")
        for path in ("/nothing", "/metrics/", "/../etc/passwd"):
            with self.assertRaises(urllib.error.HTTPError) as raised:
                real_test.fetch(serve.url + path)
            self.assertEqual(raised.exception.code, 404)

    def test_clients_that_never_read_or_ask(self):
        target = self.start([lib.build(VERSION, "stripped", "manygoroutines"), "-n", "1000"])
        serve = self.serve("-p", target.pid, "--interval", "200ms")
        address = ("127.0.0.1", int(serve.url.rsplit(":", 1)[1]))
        with contextlib.ExitStack() as stack:
            for i in range(100):
                client = stack.enter_context(socket.socket())
                client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
                client.connect(address)
                if i % 2:
                    client.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n" * 100)
            before = serve.metrics()
            serve.wait_for_metric("gosnoop_looks_total", lambda n: n > total(before, "gosnoop_looks_total") + 3, 60)
            serve.signal(signal.SIGTERM)
            self.assertEqual(serve.finish(30).status, lib.OK)

    def test_the_page_needs_no_file(self):
        """One binary: it serves from an empty folder under another name."""
        copy = self.copied(lib.GOSNOOP, "alone")
        serve = self.serve("--match", "nothing at all", command=[copy], cwd=os.path.dirname(copy))
        self.assertIn("<title>gosnoop</title>", real_test.fetch(serve.url + "/"))
        self.assertTrue(os.stat(copy).st_mode & stat.S_IXOTH)


class Clients(ServeTest):
    """Those that are slow, broken or many, and those that ask for what there is not."""

    def setUp(self):
        self.stack = self.enterContext(contextlib.ExitStack())

    def serve_nothing(self):
        serve = self.serve("--match", "nothing at all")
        self.address = ("127.0.0.1", int(serve.url.rsplit(":", 1)[1]))
        return serve

    def client(self, text=b""):
        client = self.stack.enter_context(socket.create_connection(self.address, timeout=10))
        client.sendall(text)
        return client

    def answer(self, text, half_closed=False):
        """Status, headers and body of what is sent back for that."""
        client = self.client(text)
        if half_closed:
            client.shutdown(socket.SHUT_WR)
        answer = http.client.HTTPResponse(client)
        answer.begin()
        return answer.status, answer.headers, answer.read()

    def many(self, count):
        """Half of them say nothing, the others half of what they have to say."""
        for i in range(count):
            self.client(b"GET /healthz HTTP/1.1\r\nHo" if i % 2 else b"")

    def check_health(self, serve):
        with urllib.request.urlopen(serve.url + "/healthz", timeout=1) as answer:  # as long as the kubelet waits
            self.assertIn(b"ok: 0 processes", answer.read())

    def test_a_thousand_that_say_nothing(self):
        serve = self.serve_nothing()
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096), hard))
        before = lib.resident_bytes(serve.pid)
        self.many(1000)
        for _ in range(3):
            self.check_health(serve)
        self.assertLess(lib.resident_bytes(serve.pid) - before, 40 << 20)

    def test_one_that_is_not_done_does_not_hold_up_the_end(self):
        serve = self.serve_nothing()
        self.many(10)
        self.check_health(serve)
        begin = time.monotonic()
        serve.signal(signal.SIGTERM)
        self.assertEqual(serve.finish(10).status, lib.OK)
        self.assertLess(time.monotonic() - begin, 2)

    def test_one_that_says_nothing_is_dropped(self):
        self.serve_nothing()
        self.assertEqual(self.client(b"GET /healthz HT").recv(1), b"")

    def test_one_that_has_said_all_is_answered(self):
        self.serve_nothing()
        for request in (b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", b"GET /healthz HTTP/1.0\r\n\r\n"):
            status, _, body = self.answer(request, half_closed=True)
            self.assertEqual((status, body[:3]), (200, b"ok:"))

    def test_other_methods(self):
        self.serve_nothing()
        for method in (b"POST", b"PUT", b"PATCH", b"DELETE", b"OPTIONS"):
            for body in (b"\r\n", b"Content-Length: 5\r\n\r\nhello", b"Content-Length: 9999999\r\n\r\n"):
                with self.subTest(method=method, size=len(body)):
                    status, headers, _ = self.answer(method + b" /metrics HTTP/1.1\r\nHost: x\r\n" + body)
                    self.assertEqual((status, headers["Allow"]), (405, "GET, HEAD"))

    def test_the_head_alone(self):
        self.serve_nothing()
        client = self.client(b"HEAD / HTTP/1.1\r\nHost: x\r\n\r\n")
        head = client.makefile("rb").read()
        self.assertTrue(head.startswith(b"HTTP/1.1 200 ") and head.endswith(b"\r\n\r\n"), head)

    def test_a_page_is_sent_once_however_often_it_is_asked_for(self):
        self.serve_nothing()
        ranges = b"Range: bytes=" + b"0-," * 2000 + b"0-\r\n"
        status, _, body = self.answer(b"GET /metrics HTTP/1.1\r\nHost: x\r\n" + ranges + b"\r\n")
        self.assertEqual((status, body.count(b"# HELP gosnoop_processes ")), (200, 1))

    def test_what_is_no_request(self):
        self.serve_nothing()
        for text, status in ((b"GET /" + b"x" * 20000, 414),
                             (b"GET / HTTP/1.1\r\nX: " + b"x" * 20000, 431)):
            with self.subTest(text=text[:20]):
                self.assertEqual(self.answer(text)[0], status)


class Costly(ServeTest):

    def test_snapshots_take_over(self):
        target = self.start([lib.build(VERSION, "stripped", "pingpong")])
        target.tell("1000000000")  # for longer than is looked at
        serve = self.serve("-p", target.pid, "--probes", "--max-cost", "5%", "--interval", "500ms")
        serve.wait_for("change", lambda: "watched without probes from now on" in serve.stderr(), 30)
        self.assertEqual(lib.changed_code(target.pid, target.executable), [], "a probe is left")
        serve.wait_for_metric("gosnoop_snapshots_total", lambda now: now >= 3)
        self.assertEqual(total(serve.metrics(), "gosnoop_processes"), 1)
        self.assertEqual(total(serve.metrics(), "gosnoop_processes_ended_total"), 0)
        self.assertGreater(total(serve.metrics(), "gosnoop_goroutines"), 1)


class Ends(ServeTest):

    def test_signals_take_all_probes_off(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(signal=number.name):
                target = self.start([lib.build(VERSION, "stripped", "pingpong")])
                serve = self.serve("-p", target.pid, "--probes", "--interval", "500ms")
                self.assertNotEqual(lib.changed_code(target.pid, target.executable), [])
                serve.signal(number)
                self.assertEqual(serve.finish(30).status, lib.OK)
                self.assert_untouched(target)


if __name__ == "__main__":
    lib.main()
