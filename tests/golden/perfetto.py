# SPDX-License-Identifier: Apache-2.0
"""Perfetto traces as protoc reads them by perfetto.proto, checked by the rules of the format, and summed up.

usage: perfetto.py FILE"""
import collections
import pathlib
import re
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
CLEARED, NEEDS_STATE = 1, 2
MONOTONIC = 3


def decode_text(data, proto="perfetto.proto", message="perfetto.protos.Trace"):
    if shutil.which("protoc") is None:
        raise AssertionError("no protoc: run scripts/install-deps --test")
    done = subprocess.run(["protoc", f"--proto_path={HERE}", f"--decode={message}", proto], input=data,
                          capture_output=True, check=False)
    if done.returncode != 0:
        raise AssertionError(f"protoc cannot read the trace: {done.stderr.decode()}")
    return done.stdout.decode(errors="replace")


def _value(text):
    if text.startswith('"'):
        octal = re.sub(r"\\([0-7]{3})", lambda m: chr(int(m.group(1), 8)), text[1:-1])
        return octal.replace('\\"', '"').replace("\\'", "'").replace("\\n", "\n").replace("\\\\", "\\")
    return int(text) if re.fullmatch(r"-?\d+", text) else text


def parse(text):
    """Messages as dictionaries of lists."""
    top = collections.defaultdict(list)
    stack = [top]
    for line in text.splitlines():
        line = line.strip()
        if line.endswith(" {"):
            message = collections.defaultdict(list)
            stack[-1][line[:-2]].append(message)
            stack.append(message)
        elif line == "}":
            stack.pop()
        else:
            name, value = line.split(": ", 1)
            if name.isdigit():
                raise AssertionError(f"field {name} is none that perfetto.proto has")
            stack[-1][name].append(_value(value))
    return top


def one(message, name, otherwise=None):
    values = message.get(name, [])
    if len(values) > 1:
        raise AssertionError(f"{name} more than once in {message}")
    return values[0] if values else otherwise


class Slice:
    def __init__(self, name, begin):
        self.name, self.begin, self.end, self.stack = name, begin, None, None


class Trace:
    """What a reader makes of a file: tracks by uuid, slices by track, flows, counters."""

    def __init__(self, data):
        self.tracks, self.slices, self.counters = {}, collections.defaultdict(list), collections.defaultdict(list)
        self.flows, self.names, self.strings = {}, {}, {}
        self.instants = collections.Counter()
        self._clock = False
        packets = parse(decode_text(data))["packet"]
        self.packets = len(packets)
        events = []
        for number, packet in enumerate(packets):
            self._read(number, packet, events)
        # A reader sorts by time; what is of one moment stays in the order of the file.
        self._open = collections.defaultdict(list)
        for time, event in sorted(events, key=lambda e: e[0]):
            self._event(time, event)

    def _read(self, number, packet, events):
        assert one(packet, "trusted_packet_sequence_id") == 1, packet
        flags = one(packet, "sequence_flags")
        assert flags == (CLEARED if packet["trace_packet_defaults"] else NEEDS_STATE), packet
        assert number > 0 or flags == CLEARED, "the first packet does not begin the sequence"
        if flags == CLEARED:
            assert one(packet["trace_packet_defaults"][0], "timestamp_clock_id") == MONOTONIC
            self.names, self.strings = {}, {}
        for snapshot in packet["clock_snapshot"]:
            self._clock = True
            assert one(snapshot, "primary_trace_clock") == "BUILTIN_CLOCK_MONOTONIC"
        for track in packet["track_descriptor"]:
            self.tracks.setdefault(one(track, "uuid"), track)
            parent = one(track, "parent_uuid")
            assert parent is None or parent in self.tracks, track
        for data in packet["interned_data"]:
            self._intern(data["event_names"], self.names, "name")
            self._intern(data["debug_annotation_string_values"], self.strings, "str")
        for event in packet["track_event"]:
            assert self._clock, "an event before the clocks"
            event["resolved"] = [self._name(event)]
            for annotation in event["debug_annotations"]:
                iid = one(annotation, "string_value_iid")
                assert iid is None or iid in self.strings, annotation
            assert one(event, "track_uuid") in self.tracks, event
            events.append((one(packet, "timestamp"), event))

    @staticmethod
    def _intern(entries, table, field):
        for entry in entries:
            iid = one(entry, "iid")
            assert iid and iid not in table, entry
            table[iid] = one(entry, field)

    def _name(self, event):
        iid = one(event, "name_iid")
        return one(event, "name") if iid is None else self.names[iid]

    def _event(self, time, event):
        kind, track, name = one(event, "type"), one(event, "track_uuid"), one(event, "resolved")
        if kind == "TYPE_COUNTER":
            assert self.tracks[track]["counter"], "a counter on a track of slices"
            self.counters[one(self.tracks[track], "name")].append(one(event, "counter_value"))
        elif kind == "TYPE_SLICE_BEGIN":
            assert name, event
            self._open[track].append(Slice(name, time))
            self.slices[track].append(self._open[track][-1])
        elif kind == "TYPE_SLICE_END":
            assert self._open[track], f"an end without a begin on {one(self.tracks[track], 'name')} at {time}"
            self._open[track].pop().end = time
        else:
            assert kind == "TYPE_INSTANT" and name, event
            self.instants[name] += 1
        for flow in event["flow_ids"]:
            assert flow not in self.flows, "a flow begins twice"
            self.flows[flow] = [one(self.tracks[track], "name"), None]
        for flow in event["terminating_flow_ids"]:
            assert self.flows[flow][1] is None, "a flow ends twice"
            self.flows[flow][1] = one(self.tracks[track], "name")

    def summary(self):
        kinds = collections.Counter(re.sub(r"\d+", "N", one(track, "name", "process"))
                                    for track in self.tracks.values())
        lines = [f"{self.packets} packets"]
        lines += [f"{count} tracks: {name}" for name, count in sorted(kinds.items())]
        names = collections.defaultdict(lambda: [0, 0, 0])
        for slice_ in (s for slices in self.slices.values() for s in slices):
            total = names[slice_.name]
            total[0] += 1
            total[1] += slice_.end is None
            total[2] += slice_.end - slice_.begin if slice_.end is not None else 0
        lines += [f"{count} slices, {unended} without an end, {ns} ns: {name}"
                  for name, (count, unended, ns) in sorted(names.items())]
        lines += [f"{count} instants: {name}" for name, count in sorted(self.instants.items())]
        ends = collections.Counter(tuple(re.sub(r"\d+", "N", str(end)) for end in flow) for flow in self.flows.values())
        lines += [f"{count} arrows: {a} -> {b}" for (a, b), count in sorted(ends.items())]
        lines += [f"counter {name}: {min(values)} to {max(values)}, last {values[-1]}, {len(values)} points"
                  for name, values in sorted(self.counters.items())]
        return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(Trace(pathlib.Path(sys.argv[1]).read_bytes()).summary(), end="")
