# SPDX-License-Identifier: Apache-2.0
"""What Go's own tools, DWARF and the program headers say about a binary."""
import functools
import importlib.machinery
import importlib.util
import json
import os
import re
import struct
import subprocess
from collections import namedtuple
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CACHE = Path(os.environ.get("GOSNOOP_CACHE") or Path.home() / ".cache/gosnoop")
TOLERATED = 0.02  # of the sampled pcs, where DWARF and pclntab disagree about inlining

Symbol = namedtuple("Symbol", "address kind name")


def run(*command, stdin=""):
    done = subprocess.run([str(part) for part in command], input=stdin, text=True, check=True,
                          stdout=subprocess.PIPE)
    return done.stdout


@functools.cache
def goroot(version):
    return Path(run(ROOT / "scripts/go-toolchain", version).strip())


def go(version, *arguments, stdin=""):
    """The go command, shut off from the caller's settings; Go 1.25+ builds nm and addr2line on demand."""
    settings = ["GOTOOLCHAIN=local", "GOENV=off", "GOFLAGS=", "GOPROXY=off", "GOWORK=off",
                f"GOCACHE={CACHE / 'gocache'}", f"GOMODCACHE={CACHE / 'gomod'}"]
    return run("env", "-u", "GOROOT", "-u", "GOPATH", *settings, goroot(version) / "bin/go",
               *arguments, stdin=stdin)


def dump(gobin_dump, binary, inlined, pcs):
    arguments = [argument for name in inlined for argument in ("--inlined", name)]
    stdin = "".join(f"{pc:x}\n" for pc in pcs)
    return json.loads(run(gobin_dump, binary, "--functions", *arguments, stdin=stdin))


def build_info(version, binary):
    text = go(version, "version", "-m", binary)
    return {"version": text.split("\n")[0].split(": ")[1],
            "path": re.search(r"^\tpath\t(.*)$", text, re.M).group(1)}


def symbols(version, binary):
    """All symbols of `go tool nm` that have an address."""
    found = re.findall(r"^ *([0-9a-f]+) ([A-Za-z_]) (.*)$", go(version, "tool", "nm", binary), re.M)
    return [Symbol(int(address, 16), kind, plain(name)) for address, kind, name in found]


def plain(name):
    """As pclntab and nm agree: no ABI suffix, and generics' type arguments left out."""
    name = re.sub(r"\.abi(0|internal)$", "", name)
    return re.sub(r"\[.*\]", "[...]", name).replace("·", ".")


def is_marker(symbol):
    """Symbols of the text that are no functions: its bounds (cmd/link/internal/ld/symtab.go)."""
    return bool(re.match(r"(runtime\.e?text$|go:textfips|go:link|_?runtime\.|\.)", symbol.name))


def addr2line(version, binary, pcs):
    """(function, file, line) for each pc, None where it has none."""
    stdin = "".join(f"{pc:#x}\n" for pc in pcs)
    lines = go(version, "tool", "addr2line", binary, stdin=stdin).splitlines()
    frames = []
    for function, position in zip(lines[::2], lines[1::2]):
        file, _, line = position.rpartition(":")
        frames.append((plain(function), file, int(line)) if file not in ("", "?") else None)
    return frames


def inlined_frames(binary, pcs):
    """[(function, line)], innermost first, for each pc, from DWARF; None where it has no line."""
    stdin = "".join(f"{pc:#x}\n" for pc in pcs)
    output = run("llvm-symbolizer", "--inlines", "--functions=linkage", "--output-style=JSON",
                 f"--obj={binary}", stdin=stdin)
    results = [json.loads(line) for line in output.splitlines() if line]
    frames = [[(plain(frame["FunctionName"]), frame["Line"]) for frame in result["Symbol"]]
              for result in results]
    return [stack if all(name and line for name, line in stack) else None for stack in frames]


def program_headers(binary):
    """(type, offset, file size, memory size, alignment) of each."""
    data = binary.read_bytes()
    start, = struct.unpack_from("<Q", data, 32)
    count, = struct.unpack_from("<H", data, 56)
    rows = [struct.unpack_from("<IIQQQQQQ", data, start + 56 * i) for i in range(count)]
    return [(row[0], row[2], row[5], row[6], row[7]) for row in rows]


def tls_block_size(binary):
    """Size of PT_TLS rounded up to its alignment; 0 where there is none."""
    for kind, _, _, size, alignment in program_headers(binary):
        if kind == 7:
            return -(-size // max(alignment, 1)) * max(alignment, 1)
    return 0


def build_id(binary):
    """GNU build id in hex, else Go's, from the notes as readelf shows them."""
    text = run("readelf", "-nW", binary)
    gnu = re.search(r"Build ID: ([0-9a-f]+)", text)
    if gnu:
        return gnu.group(1)
    data = binary.read_bytes()
    for kind, offset, size, _, _ in program_headers(binary):
        at = data.find(b"Go\0\0", offset, offset + size) if kind == 4 else -1
        if at >= 0:
            length, = struct.unpack_from("<I", data, at - 8)
            return data[at + 4:at + 4 + length].decode()
    return ""


@functools.cache
def wait_reasons(version):
    """From the toolchain's source, by the parser that the generated table is made with."""
    path = str(ROOT / "scripts/generate-layouts")
    loader = importlib.machinery.SourceFileLoader("generate_layouts", path)
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
    loader.exec_module(module)
    return module.read_wait_reasons(version)
