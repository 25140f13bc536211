# SPDX-License-Identifier: Apache-2.0
"""Reports as files: live and from recordings, read by what people read them with, and where nothing can be
written."""

import gzip
import json
import os
import pty
import signal
import subprocess
import sys

import browser
import gotrace
import lib

RECORDINGS = os.path.join(lib.ROOT, "tests", "golden", "recordings")
sys.path.insert(0, os.path.join(lib.ROOT, "tests", "golden"))
import perfetto  # noqa: E402

FORMATS = ["text", "json", "pprof", "folded", "flamegraph", "perfetto", "html"]


def recording(name):
    return os.path.join(RECORDINGS, name + ".gosnoop")


def raw_sums(file):
    """The sums of all values of a profile's samples."""
    return [sum(column) for column in zip(*(values for values, _ in gotrace.pprof_samples(file)))]


class Case(lib.TestCase):

    def write(self, name, *args, file=None):
        """Runs `gosnoop report` on a recording; the file it wrote."""
        file = file or os.path.join(self.temp_dir(), "report")
        done = lib.gosnoop("report", recording(name), "-o", file, *args)
        self.assertEqual(done.status, lib.OK, str(done))
        self.assertEqual(done.stdout(), "")
        self.assertIn(file, done.stderr())
        return file

    def report(self, name, *args):
        return lib.gosnoop("report", recording(name), "--json", *args).report()


class Profiles(Case):
    """By Go's own tool, with the sums of the JSON report."""

    def test_block(self):
        for name in ("everywake", "leakyserver"):
            file = self.write(name, "--block", "--format", "pprof")
            spots = self.report(name)["blocking"]
            expected = [sum(s["episodes"] for s in spots), sum(s["total_ns"] for s in spots)]
            self.assertEqual(raw_sums(file), expected)
            self.assertIn("PeriodType: contentions count\nPeriod: 1\n", gotrace.pprof_tool(["-raw"], file))
            top = gotrace.pprof_tool(["-top", "-sample_index=contentions", "-unit=count"], file)
            self.assertIn(f"of {expected[0]} total", top)

    def test_goroutines(self):
        for name in ("everywake", "leakyserver"):
            file = self.write(name, "--leaks", "--format", "pprof")
            report = self.report(name, "--all")
            self.assertEqual(raw_sums(file), [report["goroutines"]["now"]])
            self.assertEqual(raw_sums(file), [sum(group["count"] for group in report["leaks"])])
            leaking = sum(g["count"] for g in report["leaks"] if g["verdict"] == "leaking")
            top = gotrace.pprof_tool(["-top", "-tagfocus=verdict=leaking"], file)
            self.assertIn(f"{leaking}", top)
            self.assertIn("Type: goroutine", top)

    def test_folded(self):
        for name in ("everywake", "leakyserver"):
            for view, expected in (("--block", sum(s["total_ns"] for s in self.report(name)["blocking"])),
                                   ("--leaks", self.report(name)["goroutines"]["now"])):
                with open(self.write(name, view, "--format", "folded")) as file:
                    lines = file.read().splitlines()
                self.assertEqual(sum(int(line.rpartition(" ")[2]) for line in lines), expected)


class WhatIsWritten(Case):

    def test_a_dash_is_standard_output(self):
        folder = self.temp_dir()
        for name in ("text", "json", "html"):
            outputs = [lib.gosnoop("report", recording("everywake"), "--format", name, *to, cwd=folder)
                       for to in ([], ["-o", "-"])]
            self.assertEqual([done.status for done in outputs], [lib.OK] * 2, str(outputs[1]))
            self.assertTrue(outputs[0].stdout())
            self.assertEqual(outputs[0].stdout(), outputs[1].stdout())
        self.assertEqual(os.listdir(folder), [])

    def test_these_have_everything_whatever_the_view(self):
        """docs/formats.md says so."""
        for name in ("json", "html", "perfetto"):
            for view in ("--leaks", "--block"):
                whole, part = (self.written(name, *args) for args in ([], [view]))
                self.assertEqual(whole, part, f"{name} {view}")
        self.assertNotEqual(self.written("text"), self.written("text", "--leaks"))

    def written(self, name, *args):
        with open(self.write("everywake", "--format", name, *args), "rb") as file:
            return file.read()


class Timeline(Case):

    def test_waits_are_those_of_the_report(self):
        """Every wait of everywake is streamed: the slices add up to the totals."""
        with open(self.write("everywake", "--format", "perfetto"), "rb") as file:
            trace = perfetto.Trace(file.read())
        slept = [s for slices in trace.slices.values() for s in slices
                 if s.name.startswith("sleep at main.sleepABit") and s.end is not None]
        spot = next(s for s in self.report("everywake")["blocking"]
                    if s["wait_reason"] == "sleep" and "main.sleepABit" in lib.functions(s["stack"]))
        self.assertEqual(len(slept), spot["episodes"])
        self.assertEqual(sum(s.end - s.begin for s in slept), spot["total_ns"])

    def test_live_with_system_calls_and_connections(self):
        target = self.start([lib.build("1.24", "stripped", "leakyserver"), "-load"], ready="^(ready|listening)")
        file = os.path.join(self.temp_dir(), "live.perfetto-trace")
        done = lib.gosnoop("block", "-p", target.pid, "-d", "2s", "--syscalls", "--min-syscall", "0", "--tcp",
                           "--min-block", "0", "-o", file)
        self.assertEqual(done.status, lib.OK, str(done))
        with open(file, "rb") as written:
            trace = perfetto.Trace(written.read())
        names = {perfetto.one(track, "name", "") for track in trace.tracks.values()}
        self.assertTrue(any(name.startswith("system calls of goroutine") for name in names))
        self.assertTrue(any(name.startswith("connection 127.0.0.1") for name in names), sorted(names)[:50])
        self.assertTrue(any(begin.startswith("goroutine") and end.startswith("goroutine")
                            for begin, end in trace.flows.values()))
        self.assertTrue(all(end for _, end in trace.flows.values()))
        self.assertGreater(max(trace.counters["goroutines"]), 10)
        self.assert_untouched(target)


class Pages(Case):

    def assert_sound(self, page):
        self.assertEqual(page.problems(), [])
        self.assertEqual(page.resources(), [])

    def test_report(self):
        file = self.write("leakyserver", file=os.path.join(self.temp_dir(), "report.html"))
        with browser.Page(file) as page:
            self.assertIn("LEAKING main.(*shop).fetchQuote", page.find(".answers .alarm").text)
            self.assertTrue(page.find("svg.chart polyline"))
            page.screenshot("report")
            page.click("#hotspots + .wide summary")
            self.assertIn("main.", page.find("#hotspots + .wide details[open] pre").text)
            self.zoom_and_search(page)
            page.screenshot("report-zoomed")
            self.assert_sound(page)

    def zoom_and_search(self, page):
        before = len(page.find_all(".flame:first-of-type .flame-frame"))
        frame = next(f for f in page.find_all(".flame:first-of-type .flame-frame") if "handleOrder" in f.text)
        name = frame.text
        frame.click()
        page.wait_for(lambda: name in page.texts(".flame-info")[0], "description of what was clicked")
        self.assertIn("100.0 % of what is shown", page.texts(".flame-info")[0])
        self.assertTrue(page.find_all(".flame-frame.around"), "callers stay above what is zoomed into")
        self.assertLess(len(page.find_all(".flame:first-of-type .flame-frame")), before)
        page.type(".flame input", "Mutex.*Lock")
        page.wait_for(lambda: page.find_all(".flame-frame.found"), "frames that are found")
        self.assertRegex(page.texts(".flame output")[0], r"^found in \d+\.\d %$")
        page.click(".flame button")
        page.wait_for(lambda: len(page.find_all(".flame:first-of-type .flame-frame")) == before, "all frames again")
        self.assertFalse(page.find_all(".flame-frame.found"))

    def test_flame_graphs_in_the_dark(self):
        file = self.write("leakyserver", "--format", "flamegraph",
                          file=os.path.join(self.temp_dir(), "flame.html"))
        with browser.Page(file, width=480, dark=True) as page:
            self.assertEqual(len(page.find_all(".flame")), 2)
            self.zoom_and_search(page)
            self.assertFalse(page.script("return document.body.scrollWidth > document.body.clientWidth"),
                             "it fits on a narrow screen")
            page.screenshot("flamegraph-dark")
            self.assert_sound(page)

    def test_live_with_connections_and_system_calls(self):
        target = self.start([lib.build("1.24", "stripped", "leakyserver"), "-load"], ready="^(ready|listening)")
        file = os.path.join(self.temp_dir(), "live.html")
        done = lib.gosnoop("leaks", "-p", target.pid, "-d", "3s", "--syscalls", "--tcp", "-o", file)
        self.assertEqual(done.status, lib.OK, str(done))
        with browser.Page(file) as page:
            self.assertTrue(page.find("#syscalls"))
            self.assertTrue(page.find("#connections"))
            self.assert_sound(page)


class BadInput(Case):

    def refused(self, status, *args):
        done = lib.gosnoop(*args)
        self.assertEqual(done.status, status, str(done))
        self.assertRegex(done.stderr(), r"\n  next step: \S")
        self.assertEqual(done.stdout(), "")
        return done.stderr()

    def test_refused_before_anything_is_traced(self):
        target = self.start([lib.build("1.24", "stripped", "everywake")])
        for args in (["-o", "/nowhere/report.html"], ["-o", self.temp_dir()], ["-o", "/proc/self/report"]):
            done = lib.gosnoop("leaks", "-p", target.pid, "-d", "60s", *args, timeout=20)
            self.assertIn(done.status, (lib.IO_ERROR, lib.NO_PERMISSION), str(done))
            self.assertNotIn("tracing", done.stderr())
        self.assertIn("choose a shorter name", self.refused(lib.IO_ERROR, "report", recording("everywake"),
                                                            "-o", os.path.join(self.temp_dir(), "x" * 255)))
        for name in ("pprof", "folded"):
            text = self.refused(lib.USAGE, "report", recording("everywake"), "--format", name)
            self.assertIn("--leaks or --block", text)
        self.assert_untouched(target)

    def test_a_terminal_gets_no_binary(self):
        for name in ("pprof", "perfetto"):
            ours, theirs = pty.openpty()
            done = subprocess.run([lib.GOSNOOP, "report", recording("everywake"), "--block", "--format", name],
                                  stdout=theirs, stderr=subprocess.PIPE, text=True, check=False)
            os.close(theirs)
            os.close(ours)
            self.assertEqual(done.returncode, lib.USAGE, done.stderr)
            self.assertIn("-o FILE", done.stderr)

    def small_disk(self):
        disk = self.temp_dir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4k", "tmpfs", disk], check=True)
        self.addCleanup(subprocess.run, ["umount", disk], check=True)
        return disk

    def test_full_disk(self):
        disk = self.small_disk()
        for name in FORMATS:
            view = [] if name in ("perfetto", "html", "flamegraph") else ["--block"]
            with open(os.path.join(disk, "filling"), "wb") as filling:
                filling.write(bytes(4096))
            text = self.refused(lib.IO_ERROR, "report", recording("leakyserver"), *view, "--format", name,
                                "-o", os.path.join(disk, "report"))
            self.assertRegex(text, r"(?i)no space")
            self.assertEqual(os.listdir(disk), ["filling"], name)

    def test_a_timeline_that_fills_the_disk_ends_the_tracing(self):
        target = self.start([lib.build("1.24", "stripped", "mixed")])
        disk = self.small_disk()
        gosnoop = self.attach("block", "-p", target.pid, "--min-block", "0",
                              "-o", os.path.join(disk, "a.perfetto-trace"))
        target.tell("go")
        gosnoop.finish(60)
        self.assertEqual(gosnoop.status, lib.IO_ERROR, str(gosnoop))
        self.assertEqual(os.listdir(disk), [])
        self.assert_untouched(target)

    def test_what_was_there_stays_where_the_report_fails(self):
        file = os.path.join(self.temp_dir(), "report.html")
        with open(file, "w") as old:
            old.write("old")
        broken = os.path.join(self.temp_dir(), "broken")
        with open(broken, "wb") as written:
            written.write(b"no recording")
        self.refused(lib.BAD_RECORDING, "report", broken, "-o", file)
        with open(file) as old:
            self.assertEqual(old.read(), "old")
        self.assertEqual(os.listdir(os.path.dirname(file)), ["report.html"])

    def test_cut_off_recordings_in_every_format(self):
        with open(recording("everywake"), "rb") as whole:
            data = whole.read()
        folder = self.temp_dir()
        for size in (16, 17, 700, len(data) // 2, len(data) - 1):
            cut = os.path.join(folder, f"cut{size}")
            with open(cut, "wb") as file:
                file.write(data[:size])
            for name in FORMATS:
                out = os.path.join(folder, "report")
                done = lib.gosnoop("report", cut, "--block", "--format", name, "-o", out)
                self.assertEqual(done.status, lib.OK, f"{size} bytes as {name}: {done}")
                self.assertIn("ends midway", done.stderr())
                if name == "perfetto":
                    with open(out, "rb") as file:
                        perfetto.Trace(file.read())

    def test_ctrl_c_gives_the_whole_file(self):
        target = self.start([lib.build("1.24", "stripped", "everywake")])
        for name in ("pb.gz", "json", "html", "perfetto-trace"):
            file = os.path.join(self.temp_dir(), "report." + name)
            gosnoop = self.attach("block", "-p", target.pid, "-o", file)
            self.assertFalse(os.path.exists(file))
            gosnoop.signal(signal.SIGINT)
            self.assertEqual(gosnoop.finish(30).status, lib.OK, str(gosnoop))
            with open(file, "rb") as written:
                data = written.read()
            if name == "json":
                self.assertEqual(json.loads(data)["schema"], "gosnoop.report/1")
            elif name == "pb.gz":
                self.assertTrue(gzip.decompress(data))
            elif name == "html":
                self.assertTrue(data.endswith(b"</html>\n"))
            else:
                perfetto.Trace(data)
            self.assert_untouched(target)

    def test_killed_leaves_nothing_under_the_name(self):
        target = self.start([lib.build("1.24", "stripped", "everywake")])
        file = os.path.join(self.temp_dir(), "report.perfetto-trace")
        gosnoop = self.attach("block", "-p", target.pid, "--min-block", "0", "-o", file)
        gosnoop.signal(signal.SIGKILL)
        gosnoop.wait(10)
        self.assertFalse(os.path.exists(file))


if __name__ == "__main__":
    lib.main()
