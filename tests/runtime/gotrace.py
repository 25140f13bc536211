# SPDX-License-Identifier: Apache-2.0
"""Go's own tools as witnesses: its execution trace and its block profile, read into plain counts."""

import collections
import os
import re
import subprocess

import lib

# Go's wait reasons (gosnoop's) by the coarser words of the execution trace. What is not here belongs to
# the runtime itself.
TRACE_REASON = {
    "chan receive": "chan receive",
    "chan send": "chan send",
    "select": "select",
    "sleep": "sleep",
    "IO wait": "network",
    "sync.Cond.Wait": "cond",
    "sync.Mutex.Lock": "sync",
    "sync.RWMutex.RLock": "sync",
    "sync.RWMutex.Lock": "sync",
    "sync.WaitGroup.Wait": "sync",
    "semacquire": "sync",
    "coroutine": "coroutine",
    "chan receive (nil chan)": "forever",
    "chan send (nil chan)": "forever",
    "select (no cases)": "forever",
}
RUNTIME = "runtime"

# The trace's words, Go 1.22 and later. A coroutine switch has no word.
_WORDS = {"chan receive": "chan receive", "chan send": "chan send", "select": "select", "sleep": "sleep",
          "network": "network", "sync.(*Cond).Wait": "cond", "sync": "sync", "forever": "forever",
          "": "coroutine"}
# Before that, an event each.
_EVENTS = {"GoBlockRecv": "chan receive", "GoBlockSend": "chan send", "GoBlockSelect": "select",
           "GoSleep": "sleep", "GoBlockNet": "network", "GoBlockCond": "cond", "GoBlockSync": "sync",
           "GoBlock": RUNTIME, "GoBlockGC": RUNTIME}


class Trace:
    """What an execution trace counted between its start and its stop."""

    def __init__(self):
        self.creates = 0  # without the runtime's own goroutines, where the trace tells
        self.exits = 0
        self.unblocks = 0
        self.blocks = collections.Counter()     # by reason
        self.blocks_at = collections.Counter()  # by (reason, function of the program, line)


def is_main(function):
    return function.startswith("main.")


def read(version, file_name):
    old = version in ("1.19", "1.21")
    command = [os.path.join(lib.goroot(version), "bin", "go"), "tool", "trace", "-d" if old else "-d=parsed",
               file_name]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          env=lib.go_environment()) as tool:
        trace = _read_events(tool.stdout) if old else _read_transitions(tool.stdout)
        messages = tool.stderr.read()
    if tool.returncode != 0:
        raise AssertionError(f"{' '.join(command)} failed: {messages}")
    return trace


def _read_events(lines):
    """`TIME EVENT p=… g=… …`. The goroutines that were there before come first, as if created."""
    trace, begun = Trace(), False
    for line in lines:
        event = line.split(" ", 2)[1]
        begun = begun or event == "Gomaxprocs"
        if not begun:
            continue
        if event == "GoCreate":
            trace.creates += 1
        elif event == "GoEnd":
            trace.exits += 1
        elif event == "GoUnblock":
            trace.unblocks += 1
        elif event in _EVENTS:
            trace.blocks[_EVENTS[event]] += 1
    return trace


_CHANGE = re.compile(r"GoID=\d+ (\w+->\w+)")
_REASON = re.compile(r'Reason="([^"]*)"')


def _read_transitions(lines):
    trace = Trace()
    change, reason, frames = None, None, None

    def finish():
        if change == "Running->Waiting":
            trace.blocks[reason] += 1
            place = next(((reason, f, line) for f, line in frames or () if is_main(f)), None)
            if place:
                trace.blocks_at[place] += 1
        elif change in ("NotExist->Runnable", "NotExist->Waiting"):
            trace.creates += not _is_system(frames)
        elif change == "Running->NotExist":
            trace.exits += 1
        elif change == "Waiting->Runnable":
            trace.unblocks += 1

    for line in lines:
        if line.startswith("M="):
            if change:
                finish()
                change = None
            if " StateTransition " in line:
                found = _CHANGE.search(line)
                if found:
                    change, frames = found.group(1), None
                    reason = _WORDS.get(_REASON.search(line).group(1), RUNTIME)
        elif change and line.startswith(("TransitionStack=", "Stack=")):
            # The first of the two is that of the goroutine the event is about.
            current = []
            frames = current if frames is None else frames
        elif change and line.startswith("\t\t"):
            current[-1][1] = int(line.rpartition(":")[2])
        elif change and line.startswith("\t"):
            current.append([line.split(" @ ")[0].strip(), 0])
    if change:
        finish()
    return trace


def _is_system(start_frames):
    """By its first function, as runtime.isSystemGoroutine (traceback.go) tells them."""
    start = start_frames[0][0] if start_frames else ""
    return start.startswith("runtime.") and start not in ("runtime.main", "runtime.corostart",
                                                          "runtime.handleAsyncEvent")


def block_profile(file_name):
    """{(function of the program, line): (episodes, ns)} of a block profile in text form."""
    waits = collections.defaultdict(lambda: [0, 0])
    per_ns, current = None, None
    with open(file_name) as file:
        for line in file:
            if line.startswith("cycles/second="):
                per_ns = int(line.split("=")[1]) / 1e9
            elif line.startswith("#\t"):
                place = _place(line)
                if current and place:
                    waits[place][0] += current[1]
                    waits[place][1] += current[0] / per_ns
                    current = None
            elif " @ " in line:
                cycles, count = line.split()[:2]
                current = (int(cycles), int(count))
    return {place: tuple(wait) for place, wait in waits.items()}


def _place(line):
    """`#⇥0x52f68b⇥main.heldMutex.func1.1+0x6b⇥⇥/path/locks.go:33`; None where it is not the program's."""
    fields = line.split()
    function = fields[2].rpartition("+")[0]
    return (function, int(fields[3].rpartition(":")[2])) if is_main(function) else None


def place_of(frames):
    """The same for a stack of gosnoop's report."""
    return next(((f["function"], f["line"]) for f in frames if is_main(f["function"])), None)


def pprof_tool(how, file):
    """What `go tool pprof` prints of a profile."""
    command = [os.path.join(lib.goroot("1.24"), "bin", "go"), "tool", "pprof", *how, file]
    done = subprocess.run(command, env=lib.go_environment(), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(command)}: {done.stderr}")
    return done.stdout


_SAMPLE = re.compile(r"^\s+(\d[\d ]*): ([\d ]+)$")
_LOCATION = re.compile(r"^\s+(\d+): 0x\w+ (?:M=\d+ )?(\S.*) (\S+?):(\d+)(?::\d+)?(?: s=\d+.*)?$")


def pprof_samples(file):
    """[(values, [(function, line)])] of a profile's samples, innermost first, by `go tool pprof -raw`."""
    text = pprof_tool(["-raw"], file)
    places = {int(m[1]): (m[2], int(m[4])) for m in map(_LOCATION.match, text.splitlines()) if m}
    return [(list(map(int, m[1].split())), [places.get(at) for at in map(int, m[2].split())])
            for m in map(_SAMPLE.match, text.splitlines()) if m]


def pprof_block_profile(file):
    """As block_profile, of a profile that `go tool pprof` reads."""
    waits = collections.defaultdict(lambda: [0, 0])
    for (episodes, ns), stack in pprof_samples(file):
        place = next((at for at in stack if at and is_main(at[0])), None)
        if place:
            waits[place][0] += episodes
            waits[place][1] += ns
    return {place: tuple(wait) for place, wait in waits.items()}
