#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What `gosnoop report` makes of the recordings in this folder, compared with the files next to them.

usage: run.py GOSNOOP [--update]     (scripts/update-goldens is the one to call that)
"""
import difflib
import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
REPORTS = {"leaks.txt": ["--leaks"], "block.txt": ["--block"], "json": ["--json"]}
MOST_BYTES = 200_000  # of a recording: they are in git


def report(gosnoop, recording, arguments):
    """Times are shown in the zone of the reader; goldens are in UTC."""
    done = subprocess.run([gosnoop, "report", recording.name, *arguments], cwd=HERE, text=True,
                          env=dict(os.environ, TZ="UTC", NO_COLOR="1"), capture_output=True, check=False)
    if done.returncode != 0 or done.stderr:
        sys.exit(f"gosnoop report {recording.name}: exit status {done.returncode}\n{done.stderr}"
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
        for suffix, arguments in REPORTS.items():
            golden = recording.with_suffix("." + suffix)
            actual = report(gosnoop, recording, arguments)
            if update:
                golden.write_text(actual)
            else:
                differences.append(difference(golden, actual))
    if any(differences):
        sys.exit("".join(differences) + "if that is as it should be: scripts/update-goldens")


main(os.path.abspath(sys.argv[1]), sys.argv[2:] == ["--update"])
