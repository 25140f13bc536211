# SPDX-License-Identifier: Apache-2.0
"""Go's own goroutine dump (/debug/pprof/goroutine?debug=2, runtime.Stack) read into plain values, the
members of `gosnoop dump --json` as the same values, and how two such dumps differ."""

import collections
import dataclasses
import difflib
import os
import re

Frame = collections.namedtuple("Frame", "function file line")

# traceback.go, goroutineheader. From Go 1.26 on labels may follow the bracket.
_HEAD = re.compile(r"^goroutine (\d+)(?: gp=\S+ m=\S+(?: mp=\S+)?)? \[(.*?)\](?: \{.*\})?:$")
_PLACE = re.compile(r"^\t(.+):(\d+)(?: \+0x[0-9a-f]+)?$")
_CREATED = re.compile(r"^created by (.+?)(?: in goroutine (\d+))?$")
# "...50 frames elided..." since Go 1.21, "...additional frames elided..." before.
_ELIDED = re.compile(r"^\.\.\.(\d+|additional) frames elided\.\.\.$")
_RUNNING = "\tgoroutine running on other thread; stack unavailable"

SHOWN = 50  # frames on either side of the elided ones (traceback.go, tracebackInnerFrames)


@dataclasses.dataclass
class Goroutine:
    id: int
    state: str  # wait reason, or status: as between the brackets
    frames: list = dataclasses.field(default_factory=list)  # innermost first
    created_by: Frame = None
    parent: int = 0  # 0: not said
    locked: bool = False
    minutes: int = 0
    elided: str = ""  # how many frames are left out after the first SHOWN; "additional": some, at the end
    unavailable: bool = False  # it runs, and its stack is not known
    system: bool = False  # said by gosnoop alone

    def functions(self):
        return [frame.function for frame in self.frames]

    def lines(self):
        """As a person reads it; the minutes, which go on, are left out."""
        yield f"goroutine {self.id} [{self.state}{', locked to thread' if self.locked else ''}]:"
        for i, frame in enumerate(self.frames):
            if self.elided.isdigit() and i == SHOWN:
                yield f"  ...{self.elided} frames elided..."
            yield f"  {frame.function} {frame.file}:{frame.line}"
        if self.elided == "additional":
            yield "  ...additional frames elided..."
        if self.unavailable:
            yield "  (stack unavailable)"
        if self.created_by:
            parent = f" in goroutine {self.parent}" if self.parent else ""
            yield f"  created by {self.created_by.function}{parent} {self.created_by.file}:{self.created_by.line}"


def _head(match):
    state, *marks = match[2].split(", ")
    goroutine = Goroutine(int(match[1]), state.replace(" (scan)", ""))
    for mark in marks:
        if mark == "locked to thread":
            goroutine.locked = True
        elif mark.endswith(" minutes"):
            goroutine.minutes = int(mark.split()[0])
        elif not mark.startswith("synctest bubble "):
            raise ValueError(f"unknown mark '{mark}' in '{match[0]}'")
    return goroutine


def _read_one(lines):
    head = _HEAD.match(lines[0])
    if not head:
        raise ValueError(f"no goroutine begins like this: '{lines[0]}'")
    goroutine, function = _head(head), None
    for line in lines[1:]:
        place, elided, created = _PLACE.match(line), _ELIDED.match(line), _CREATED.match(line)
        if line == _RUNNING:
            goroutine.unavailable = True
        elif place and function:
            goroutine.frames.append(Frame(function, place[1], int(place[2])))
            function = None
        elif place and goroutine.created_by:
            goroutine.created_by = goroutine.created_by._replace(file=place[1], line=int(place[2]))
        elif elided:
            goroutine.elided = elided[1]
        elif created:
            goroutine.created_by = Frame(created[1], "", 0)
            goroutine.parent = int(created[2] or 0)
        elif line.endswith(")") and not line.startswith("\t") and not function:
            function = line[:line.rindex("(")]  # no parenthesis within the arguments
        else:
            raise ValueError(f"cannot be read: '{line}' of goroutine {goroutine.id}")
    return goroutine


def parse(text):
    """{id: Goroutine}. A line that is not of the form raises ValueError."""
    goroutines = {}
    for block in text.strip("\n").split("\n\n"):
        goroutine = _read_one(block.strip("\n").split("\n"))
        if goroutine.id in goroutines:
            raise ValueError(f"goroutine {goroutine.id} is there twice")
        goroutines[goroutine.id] = goroutine
    return goroutines


# --- gosnoop's JSON --------------------------------------------------------------------------------

def _frame(frame):
    return Frame(frame["function"], frame["file"], frame["line"])


def of_member(member):
    """One of `members` of schema gosnoop.dump/1."""
    state = member["wait_reason"] or member["status"]
    goroutine = Goroutine(member["id"], state + (" (leaked)" if member["status"] == "leaked" else ""))
    goroutine.frames = [_frame(frame) for frame in member["stack"]]
    goroutine.locked, goroutine.system = member["locked"], member["system"]
    goroutine.unavailable = not member["stack"]
    if member["created_by"]:
        # Go says the function that was compiled, of the line of what was inlined in it (printcreatedby1).
        inner, outer = member["created_by"][0], member["created_by"][-1]
        goroutine.created_by = Frame(outer["function"], inner["file"], inner["line"])
        goroutine.parent = member["parent_id"] or 0
    return goroutine


def of_dump(dump):
    """{id: Goroutine} of the report of `gosnoop dump --all --json`."""
    return {member["id"]: of_member(member) for member in dump["members"]}


# --- what is left out before two are compared --------------------------------------------------------

# Those that answer a request for a dump: of the connection, and its reader in the background.
_SERVING = ("net/http.(*Server).Serve", "net/http.(*connReader).startBackgroundRead")


def serves_request(goroutine):
    """Is it there only because somebody asked for the dump over HTTP? By who created it: so a program
    under comparison must have no other HTTP connections."""
    return goroutine.created_by is not None and goroutine.created_by.function in _SERVING


def without_serving(goroutines):
    return {g.id: g for g in goroutines.values() if not serves_request(g)}


_EXPORTED = re.compile(r"^runtime\.(\(\*?)?[A-Z]")


def _hidden(function):
    """A frame of the runtime's own, which Go's text does not show, and JSON may (traceback.go,
    showfuncinfo). A panic, the finalizers and the cleanups it does show, depending on the version."""
    return function == "panic" or "." not in function or (function.startswith("runtime.") and not _EXPORTED.match(function))


def without_runtime(goroutine):
    """Without the frames that one form may show and another not; and without the mark of a bubble, which
    is no part of the wait reason."""
    created = goroutine.created_by
    if created and _hidden(created.function):
        created = None
    return dataclasses.replace(goroutine, created_by=created, parent=goroutine.parent if created else 0,
                               state=goroutine.state.replace(" (durable)", ""),
                               frames=[f for f in goroutine.frames if not _hidden(f.function)])


_DEEP = 90


def without_depth(goroutines):
    """Deep stacks by their first frames alone. Go 1.19 stops after 100, those it does not show among them,
    and does not say so (traceback.go, _TracebackMaxFrames): how deep they are it does not tell."""
    return {goid: dataclasses.replace(g, frames=g.frames[:SHOWN], elided="") if len(g.frames) >= _DEEP else g
            for goid, g in goroutines.items()}


def elide(goroutine, like):
    """A whole stack shortened as Go's text shortens that of `like`."""
    total = len(goroutine.frames)
    if not like.elided or goroutine.elided:
        return goroutine
    if like.elided == "additional":
        return dataclasses.replace(goroutine, frames=goroutine.frames[:len(like.frames)],
                                   elided="additional" if total > len(like.frames) else "")
    return dataclasses.replace(goroutine, frames=goroutine.frames[:SHOWN] + goroutine.frames[-SHOWN:],
                               elided=str(total - 2 * SHOWN))


def without_folders(goroutine):
    """Files by their names alone."""
    def base(frame):
        return frame and frame._replace(file=os.path.basename(frame.file))
    return dataclasses.replace(goroutine, frames=[base(f) for f in goroutine.frames],
                               created_by=base(goroutine.created_by))


# --- comparison --------------------------------------------------------------------------------------

def difference(expected, actual):
    """"" where two goroutines are the same, else a diff."""
    old, new = list(expected.lines()), list(actual.lines())
    if old == new:
        return ""
    return "\n".join(list(difflib.unified_diff(old, new, n=100, lineterm=""))[3:])


def differences(expected, actual):
    """What two dumps, by id, do not have in common: a text for each goroutine; {} where they are equal."""
    found = {}
    for goid in sorted(expected.keys() | actual.keys()):
        if goid not in actual:
            found[goid] = "missing:\n" + "\n".join(expected[goid].lines())
        elif goid not in expected:
            found[goid] = "not in Go's own dump:\n" + "\n".join(actual[goid].lines())
        else:
            text = difference(expected[goid], actual[goid])
            if text:
                found[goid] = text
    return found


def describe(found, at_most=8):
    text = "\n\n".join(list(found.values())[:at_most])
    return f"{len(found)} goroutines differ (- Go's own dump, + gosnoop):\n{text}"


# --- profiles (go tool pprof -raw) ---------------------------------------------------------------------

_SAMPLE = re.compile(r"^ +(\d+): ([\d ]+)$")
_LOCATION = re.compile(r"^ +(\d+): 0x[0-9a-f]+ M=\d+ (?:\[F\] )?(.*)$")
_LINE = re.compile(r"^(.+?) (\S+?):(\d+)(?::\d+)? s=\d+(?:\(.*\))?$")  # a column since Go 1.21


def parse_raw_profile(text):
    """Counter of stacks, ((function, line), …) innermost first."""
    part, samples, locations, current = "", [], {}, None
    for line in text.splitlines():
        if line in ("Samples:", "Locations", "Mappings"):
            part = line
        elif part == "Samples:":
            sample = _SAMPLE.match(line)
            if sample:
                samples.append((int(sample[1]), [int(i) for i in sample[2].split()]))
        elif part == "Locations":
            head = _LOCATION.match(line)
            current = locations.setdefault(int(head[1]), []) if head else current
            place = _LINE.match(head[2] if head else line.strip())
            if not place:
                raise ValueError(f"no location: '{line}'")
            current.append((place[1], int(place[3])))
    stacks = collections.Counter()
    for count, ids in samples:
        stacks[tuple(line for i in ids for line in locations[i])] += count
    return stacks
