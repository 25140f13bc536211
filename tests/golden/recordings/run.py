#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What `gosnoop report` makes of the recordings in this folder, compared with the files next to them.

usage: run.py GOSNOOP [--update]     (scripts/update-goldens is the one to call that)
"""
import difflib
import gzip
import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
import perfetto  # noqa: E402


def text(output):
    return output.decode()


def profile(output):
    """Each sample with its stack by name."""
    top = perfetto.parse(perfetto.decode_text(gzip.decompress(output), "profile.proto",
                                              "perftools.profiles.Profile"))
    strings = top["string_table"]
    functions = {perfetto.one(f, "id"): strings[perfetto.one(f, "name", 0)] for f in top["function"]}
    locations = {perfetto.one(at, "id"): " ".join(f"{functions[perfetto.one(line, 'function_id')]}"
                                                  f":{perfetto.one(line, 'line', 0)}" for line in at["line"])
                 for at in top["location"]}
    types = [f"{strings[perfetto.one(t, 'type')]}/{strings[perfetto.one(t, 'unit')]}" for t in top["sample_type"]]
    lines = [" ".join(types)]
    for sample in top["sample"]:
        labels = [f"{strings[perfetto.one(at, 'key')]}={strings[perfetto.one(at, 'str')]}" for at in sample["label"]]
        lines.append(f"{' '.join(map(str, sample['value']))}: {', '.join(labels)}")
        lines += [f"    {locations[at]}" for at in sample["location_id"]]
    return "\n".join(lines) + "\n"


def timeline(output):
    return perfetto.Trace(output).summary()


# How each is asked for, and what is compared of it.
REPORTS = {
    "leaks.txt": (["--leaks"], text),
    "block.txt": (["--block"], text),
    "json": (["--json"], text),
    "leaks.folded": (["--leaks", "--format", "folded"], text),
    "block.folded": (["--block", "--format", "folded"], text),
    "leaks.pprof": (["--leaks", "--format", "pprof"], profile),
    "block.pprof": (["--block", "--format", "pprof"], profile),
    "perfetto": (["--format", "perfetto"], timeline),
    "html": (["--format", "html"], text),
    "flame.html": (["--format", "flamegraph"], text),
}
MOST_BYTES = 200_000  # of a recording: they are in git


def report(gosnoop, recording, arguments):
    """Times are shown in the zone of the reader; goldens are in UTC."""
    done = subprocess.run([gosnoop, "report", recording.name, *arguments], cwd=HERE,
                          env=dict(os.environ, TZ="UTC", NO_COLOR="1"), capture_output=True, check=False)
    if done.returncode != 0 or done.stderr:
        sys.exit(f"gosnoop report {recording.name}: exit status {done.returncode}\n{done.stderr.decode()}"
                 "where the format of recordings changed: scripts/update-goldens --record, as root")
    return done.stdout


def difference(golden, actual):
    expected = golden.read_text() if golden.exists() else ""
    return "".join(difflib.unified_diff(expected.splitlines(True), actual.splitlines(True),
                                        str(golden), "gosnoop report"))


def main(gosnoop, update):
    recordings = sorted(HERE.glob("*.gosnoop"))
    if len(recordings) < 2:
        sys.exit(f"no recordings in {HERE}: scripts/update-goldens --record makes them, as root")
    differences = []
    for recording in recordings:
        if recording.stat().st_size > MOST_BYTES:
            sys.exit(f"{recording} has more than {MOST_BYTES} bytes")
        for suffix, (arguments, read) in REPORTS.items():
            golden = recording.with_suffix("." + suffix)
            actual = read(report(gosnoop, recording, arguments))
            if update:
                golden.write_text(actual)
            else:
                differences.append(difference(golden, actual))
    if any(differences):
        sys.exit("".join(differences) + "if that is as it should be: scripts/update-goldens")


main(os.path.abspath(sys.argv[1]), sys.argv[2:] == ["--update"])
