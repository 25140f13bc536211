#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares gobin with Go's own tools, and with DWARF, over real binaries of all Go versions and modes.

usage: run.py GOBIN_DUMP [--versions 1.24,…] [--modes plain,…] [--pcs N] [--program NAME]
"""
import argparse
import concurrent.futures
import os
import random
import subprocess
import sys
from pathlib import Path

sys.dont_write_bytecode = True  # no __pycache__ in the source tree
import oracles
from oracles import ROOT

VERSIONS = "1.19,1.21,1.22,1.23,1.24,1.25,1.26,1.27"
MODES = "plain,stripped,trimpath,pie,piestripped,cgo,cgostripped,static-pie,noopt,race,noshdr"
# Stripping leaves the text where it is: these are compared with their unstripped sibling.
SIBLING = {"stripped": "plain", "noshdr": "plain", "piestripped": "pie", "cgostripped": "cgo"}
WITHOUT_SECTIONS = {"noshdr"}
# What gosnoop probes. Only a profile (-pgo) makes the compiler inline these.
NEVER_INLINED = ["runtime.gopark", "runtime.newproc1", "runtime.execute", "runtime.park_m"]


class Check:
    """Collects what differs for one binary."""

    def __init__(self, name):
        self.name = name
        self.failures = []

    def equal(self, what, got, expected):
        if got != expected:
            self.failures.append(f"{what}: got {got!r}, expected {expected!r}")

    def true(self, what, condition):
        if not condition:
            self.failures.append(what)


def build(version, mode, program):
    command = [ROOT / "scripts/build-program", version, mode, program]
    return Path(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.strip())


def sample_pcs(functions, count):
    """Addresses spread over the text, the same in every run."""
    rng = random.Random(1)
    picked = (rng.choice(functions) for _ in range(count))
    return [rng.randrange(entry, max(end, entry + 1)) for _, entry, end in picked]


def check_summary(check, dump, version, mode):
    info = oracles.build_info(version, build(version, SIBLING.get(mode, mode), check.program))
    check.equal("Go version", dump["version"], info["version"])
    check.equal("Go minor", dump["minor"], int(version.split(".")[1]))
    check.equal("module path", dump["module"], info["path"])
    check.equal("stripped", dump["stripped"], mode in SIBLING)
    check.equal("has DWARF", dump["dwarf"], mode not in SIBLING)
    check.equal("build id", dump["build_id"], oracles.build_id(check.binary))
    check.equal("wait reasons", dump["wait_reasons"], oracles.wait_reasons(version))


def check_layout(check, dump):
    """In every build mode the binary's DWARF says what the generated table says."""
    check.equal("layout source", dump["layout"]["source"], 0 if dump["dwarf"] else 1)
    for got, table in zip(dump["layout"]["fields"], dump["table"]["fields"]):
        check.equal("layout", got, table)


def check_functions(check, dump, symbols):
    text = {symbol.address: symbol for symbol in symbols if symbol.kind in "Tt"}
    functions = {entry: name for name, entry, _ in dump["functions"]}
    for entry, name in functions.items():
        names = {symbol.name for symbol in symbols if symbol.address == entry}
        check.true(f"{name} at {entry:#x}: nm has {sorted(names)}", oracles.plain(name) in names)
    end = max(end for _, _, end in dump["functions"])
    for address, symbol in text.items():
        if min(functions) <= address < end and address not in functions:
            check.true(f"no function at {address:#x} {symbol.name}", oracles.is_marker(symbol))


def check_globals(check, dump, symbols, mode):
    by_name = {symbol.name: symbol.address for symbol in symbols}
    for name in ("allgs", "allp", "sched"):
        check.equal(name, dump[name], by_name["runtime." + name])
    optional = {0} if mode == "noopt" else set()
    for name in ("allgptr", "allglen"):
        check.true(f"{name} {dump[name]:#x}", dump[name] in {by_name["runtime." + name]} | optional)


def check_tls(check, dump):
    """Inside the executable's TLS block; exactly its only word where Go alone made it."""
    size = oracles.tls_block_size(check.binary)
    check.equal("TLS kind", dump["tls_kind"], 0)
    check.true(f"TLS offset {dump['tls_offset']} with a block of {size}",
               -max(size, 8) <= dump["tls_offset"] <= -8)


def is_c_function(pc):
    """Those linked in by Go itself have no tables; addr2line of Go 1.19 makes up lines for them."""
    name, file, _ = pc["lines"][-1]
    return file == "" and (name.startswith("_Z") or "." not in name)


def check_pcs(check, dump, version):
    """Every sampled pc: file and line as addr2line says, inlined calls as DWARF says."""
    pcs = [pc["pc"] for pc in dump["pcs"]]
    differs = []
    for pc, expected in zip(dump["pcs"], oracles.addr2line(version, check.binary, pcs)):
        if expected is None or is_c_function(pc):
            continue
        got = (oracles.plain(pc["lines"][-1][0]), *pc["lines"][0][1:])
        check.equal(f"addr2line {pc['pc']:#x}", got, expected)
    for pc, expected in zip(dump["pcs"], oracles.inlined_frames(check.binary, pcs)):
        got = [(oracles.plain(name), line) for name, _, line in pc["lines"]]
        if expected is not None and got != expected:
            differs.append(f"inlining at {pc['pc']:#x}: got {got}, DWARF has {expected}")
    # DWARF merges or drops ranges of inlined code in a few places, so all but a few must be equal.
    check.true(f"{len(differs)} of {len(pcs)}: " + "; ".join(differs[:3]),
               len(differs) <= oracles.TOLERATED * len(pcs))


def check_sp_deltas(check, dump):
    """Zero at an entry; C functions and markers, which have no lines either, have no table."""
    entries = {entry for _, entry, _ in dump["functions"]}
    for pc in dump["pcs"]:
        if pc["pc"] in entries and pc["lines"][0][2] > 0:
            check.equal(f"SP delta at entry {pc['pc']:#x}", pc["sp_delta"], 0)


def check_inlined_copies(check, options, dump):
    """Every inlined call that a pc shows is among the copies; what cannot be inlined has none."""
    shown = {(inner[0], pc["lines"][-1][0]) for pc in dump["pcs"] for inner in pc["lines"][:-1]}
    names = sorted({callee for callee, _ in shown})[:100]
    copies = oracles.dump(options.gobin_dump, check.binary, names + NEVER_INLINED, [])["inlined"]
    copies = {tuple(copy) for copy in copies}
    missing = {(callee, into) for callee, into in shown if callee in names} - copies
    check.equal("inlined copies not found", sorted(missing)[:3], [])
    check.true("no pc shows an inlined call", names or "noopt" in check.name)
    check.equal("impossible copies", [c for c in copies if c[0] in NEVER_INLINED], [])


def check_same(check, dump, whole):
    """As the unstripped build. Its data may lie a little elsewhere: the linker flags are part of it."""
    for key in ("functions", "pcs", "tls_offset"):
        check.true(f"{key} differ from the unstripped binary's", dump[key] == whole[key])
    shifts = {dump[key] - whole[key] for key in ("allgs", "allgptr", "allglen", "allp", "sched")}
    check.true(f"globals are shifted by {shifts}", len(shifts) == 1 and abs(max(shifts)) < 4096)


def check_binary(options, version, mode):
    check = Check(f"{version} {mode}")
    check.program, check.binary = options.program, build(version, mode, options.program)
    sibling = build(version, SIBLING.get(mode, mode), options.program)
    dump = oracles.dump(options.gobin_dump, check.binary, [], [])
    pcs = sample_pcs(dump["functions"], options.pcs)
    dump = oracles.dump(options.gobin_dump, check.binary, [], pcs)
    check_summary(check, dump, version, mode)
    check_layout(check, dump)
    check_tls(check, dump)
    check_sp_deltas(check, dump)
    check_inlined_copies(check, options, dump)
    if mode in SIBLING:
        whole = oracles.dump(options.gobin_dump, sibling, [], pcs)
        check_same(check, dump, whole)
    else:
        symbols = oracles.symbols(version, check.binary)
        check_functions(check, dump, symbols)
        check_globals(check, dump, symbols, mode)
        check_pcs(check, dump, version)
    return check, dump


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("gobin_dump")
    parser.add_argument("--versions", default=VERSIONS)
    parser.add_argument("--modes", default=MODES)
    parser.add_argument("--program", default="hello")
    parser.add_argument("--pcs", type=int, default=300)
    return parser.parse_args()


def main():
    options = parse_arguments()
    jobs = [(v, m) for v in options.versions.split(",") for m in options.modes.split(",")]
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for check, dump in pool.map(lambda job: check_binary(options, *job), jobs):
            failed += bool(check.failures)
            verdict = "FAILED" if check.failures else "ok"
            print(f"{check.name:18} {dump['function_count']:6} functions "
                  f"{dump['parse_ms']:7.1f} ms  {verdict}")
            for failure in check.failures[:8]:
                print(f"    {failure}"[:600])
    sys.exit(f"{failed} of {len(jobs)} binaries differ" if failed else 0)


if __name__ == "__main__":
    main()
