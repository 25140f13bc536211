# SPDX-License-Identifier: Apache-2.0
"""What gosnoop costs, measured side by side in one run: ratios carry over to other machines, figures do
not. Prints a Markdown section a benchmark. As root, on a quiet machine.
usage: bench.py [pingpong] [http] [tcp] [attach] [memory] [events] [syscalls] [others] [dump] [ps] [serve]
       [formats]
environment: GOSNOOP, GOSNOOP_BENCH_GO"""

import contextlib
import ctypes
import os
import re
import statistics
import struct
import subprocess
import sys
import tempfile
import time
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "runtime"))
import lib  # noqa: E402
import real_test  # noqa: E402

VERSION = os.environ.get("GOSNOOP_BENCH_GO", "1.24")


def median_and_range(values, digits=0):
    return f"{statistics.median(values):.{digits}f} [{min(values):.{digits}f}–{max(values):.{digits}f}]"


def table(header, rows):
    print("| " + " | ".join(header) + " |")
    print("|" + "---|" * len(header))
    for row in rows:
        print("| " + " | ".join(str(cell) for cell in row) + " |")
    print(flush=True)


# --- empty probes: the floor. By the system calls themselves, so that nothing else is measured.

SYS_BPF, SYS_PERF_EVENT_OPEN = 321, 298  # x86-64
PROG_LOAD, PROG_TYPE_KPROBE = 5, 2
PERF_IOC_ENABLE, PERF_IOC_SET_BPF = 0x2400, 0x40042408
_libc = ctypes.CDLL(None, use_errno=True)


def _syscall(number, *args):
    result = _libc.syscall(number, *args)
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def load_empty_program():
    instructions = struct.pack("<BBhi", 0xb7, 0, 0, 0) + struct.pack("<BBhi", 0x95, 0, 0, 0)  # r0 = 0; exit
    code = ctypes.create_string_buffer(instructions)
    gpl = ctypes.create_string_buffer(b"GPL")
    attr = struct.pack("<IIQQIIQII", PROG_TYPE_KPROBE, len(instructions) // 8, ctypes.addressof(code),
                       ctypes.addressof(gpl), 0, 0, 0, 0, 0)
    attr = ctypes.create_string_buffer(attr.ljust(128, b"\0"))
    return _syscall(SYS_BPF, PROG_LOAD, ctypes.byref(attr), 128)


@contextlib.contextmanager
def empty_probes(path, offsets):
    """An empty program at each of these file offsets, for every process that runs the file."""
    with open("/sys/bus/event_source/devices/uprobe/type") as file:
        kind = int(file.read())
    program, events = load_empty_program(), []
    try:
        for offset in offsets:
            name = ctypes.create_string_buffer(path.encode())
            attr = struct.pack("<IIQQQQQIIQQ", kind, 112, 0, 1, 0, 0, 0, 1, 0, ctypes.addressof(name), offset)
            attr = ctypes.create_string_buffer(attr.ljust(128, b"\0"))
            event = _syscall(SYS_PERF_EVENT_OPEN, ctypes.byref(attr), -1, 0, -1, 8)
            events.append(event)
            for request, argument in ((PERF_IOC_SET_BPF, program), (PERF_IOC_ENABLE, 0)):
                if _libc.ioctl(event, request, argument) < 0:
                    raise OSError(ctypes.get_errno(), "attach an empty probe")
        yield
    finally:
        for fd in (*events, program):
            os.close(fd)


def sites(pid, *functions):
    """File offsets of gosnoop's own probes in these functions."""
    plan = lib.gosnoop("block", "-p", pid, "--dry-run").stdout()
    return [int(re.search(rf"^ *runtime\.{f}\+\S+ +file offset (0x[0-9a-f]+)", plan, re.M).group(1), 16)
            for f in functions]


# --- ways to observe a target: context managers that have everything in place when they are entered

@contextlib.contextmanager
def nothing(_):
    yield


@contextlib.contextmanager
def gosnoop(target, *args):
    with lib.Gosnoop(*args, "-p", target.pid) as tracer:
        tracer.wait_until_tracing()
        yield tracer
        tracer.interrupt()


def unpacked_bpftrace():
    folder = os.path.join(lib.CACHE, "bpftrace")
    script = 'source "$1/scripts/lib.sh"; unpack_packages "$2" bookworm bpftrace libbpfcc'
    subprocess.run(["bash", "-ec", script, "bash", lib.ROOT, folder], check=True)
    return folder


@contextlib.contextmanager
def bpftrace(target, program, probes):
    folder = unpacked_bpftrace()
    environment = dict(os.environ, LD_LIBRARY_PATH=f"{folder}/usr/lib/x86_64-linux-gnu")
    with lib.Process([f"{folder}/usr/bin/bpftrace", "-e", program.replace("BINARY", target.executable)],
                     env=environment) as tracer:
        tracer.wait_for("its probes", lambda: len(lib.changed_code(target.pid, target.executable)) >= probes, 60)
        yield


COUNT = 'uprobe:BINARY:"runtime.gopark" { @[reg("cx") & 0xff] = count(); }'
BLOCK_TIME = """
uprobe:BINARY:"runtime.gopark" { @since[reg("r14")] = nsecs; @reason[reg("r14")] = reg("cx") & 0xff; }
uprobe:BINARY:"runtime.ready" /@since[reg("ax")]/ {
  @total[@reason[reg("ax")]] = sum(nsecs - @since[reg("ax")]);
  delete(@since[reg("ax")]); delete(@reason[reg("ax")]);
}"""


# --- the benchmarks

def pingpong(rounds=9, operations=50_000):
    """What each way of observing adds to a channel ping-pong."""
    with lib.Target([lib.build(VERSION, "plain", "pingpong")]) as target:
        two_sites = sites(target.pid, "park_m", "ready")
        ways = {
            "nothing": nothing,
            "empty probes at gosnoop's two sites": lambda t: empty_probes(t.executable, two_sites),
            "gosnoop block": lambda t: gosnoop(t, "block", *lib.UNCAPPED),
            "gosnoop leaks": lambda t: gosnoop(t, "leaks", *lib.UNCAPPED),
            "bpftrace, counts gopark by reason": lambda t: bpftrace(t, COUNT, 1),
            "bpftrace, measures block time": lambda t: bpftrace(t, BLOCK_TIME, 2),
        }
        times = {way: [] for way in ways}
        for _ in range(rounds):
            for way, observe in ways.items():
                with observe(target):
                    target.ask(str(operations // 10))
                    times[way].append(float(target.ask(str(operations))))
    base = statistics.median(times["nothing"])
    added = {way: statistics.median(values) - base for way, values in times.items()}
    block = added["gosnoop block"]
    print(f"## Channel ping-pong, Go {VERSION}, median of {rounds} alternating rounds\n")
    table(["", "ns a round trip", "adds", "gosnoop block adds … of that", "goal"],
          [[way, median_and_range(values), f"{added[way]:.0f}",
            "" if way in ("nothing", "gosnoop block", "gosnoop leaks") else f"{block / added[way]:.2f}",
            {"empty probes at gosnoop's two sites": "≤ 1.5", "bpftrace, counts gopark by reason": "≤ 0.4",
             "bpftrace, measures block time": "≤ 0.2"}.get(way, "")] for way, values in times.items()])


def wrk(address, seconds):
    out = subprocess.run(["wrk", "-t2", "-c100", f"-d{seconds}s", f"http://{address}/"], check=True,
                         stdout=subprocess.PIPE, text=True).stdout
    return float(re.search(r"Requests/sec: +([\d.]+)", out).group(1))


@contextlib.contextmanager
def own_tracer(target):
    with tempfile.NamedTemporaryFile(prefix="gosnoop-bench-") as file:
        target.ask("trace " + file.name)
        yield
        target.ask("stop")


def http(rounds=5, seconds=4):
    """Throughput of net/http under wrk."""
    with lib.Target([lib.build(VERSION, "stripped", "nethttp")]) as target:
        address = target.ready.group(2)
        ways = {"nothing": nothing, "gosnoop leaks": lambda t: gosnoop(t, "leaks", *lib.UNCAPPED),
                "gosnoop block": lambda t: gosnoop(t, "block", *lib.UNCAPPED), "Go's execution tracer": own_tracer}
        rates, costs = {way: [] for way in ways}, {way: [] for way in ways}
        wrk(address, 2)
        for _ in range(rounds):
            for way, observe in ways.items():
                with observe(target):
                    used = cpu_seconds(target.pid)
                    rates[way].append(wrk(address, seconds))
                    costs[way].append((cpu_seconds(target.pid) - used) / (rates[way][-1] * seconds) * 1e6)
    base = statistics.median(rates["nothing"])
    print(f"## net/http under wrk, Go {VERSION}, median of {rounds} alternating rounds of {seconds} s\n")
    table(["", "requests a second", "of nothing", "µs of the server's CPU a request", "goal"],
          [[way, median_and_range(values), f"{statistics.median(values) / base:.2f}",
            median_and_range(costs[way], 1), {"gosnoop leaks": "≥ 0.80", "gosnoop block": "≥ 0.75"}.get(way, "")] for way, values in rates.items()])


def tcp(rounds=21, seconds=1):
    """Throughput of net/http under wrk while its connections are followed: each round is one ratio. On a machine that
    does other work too, the CPU time of a request says more."""
    ways = {"nothing": nothing, "gosnoop tcp": lambda t: gosnoop(t, "tcp")}
    rates, costs = {way: [] for way in ways}, {way: [] for way in ways}
    with lib.Target([lib.build(VERSION, "stripped", "nethttp")]) as target:
        address = target.ready.group(2)
        wrk(address, 2)
        for _ in range(rounds):
            for way, observe in ways.items():
                with observe(target):
                    used = cpu_seconds(target.pid)
                    rates[way].append(wrk(address, seconds))
                    costs[way].append((cpu_seconds(target.pid) - used) / (rates[way][-1] * seconds) * 1e6)
    print(f"## net/http under wrk, Go {VERSION}, {rounds} alternating rounds of {seconds} s\n")
    table(["", "requests a second", "of nothing, median of rounds", "µs of the server's CPU a request", "goal"],
          [[way, median_and_range(values),
            f"{statistics.median(x / y for x, y in zip(values, rates['nothing'])):.3f}",
            median_and_range(costs[way], 1), {"gosnoop tcp": "≥ 0.97"}.get(way, "")] for way, values in rates.items()])


def attach(rounds=7):
    """From the command to the first event, and from Ctrl-C to the end, on a large stripped binary."""
    firsts, readies, ends = [], [], []
    with contextlib.ExitStack() as stack:
        server = real_test.Prometheus(stack, real_test.unpacked("bookworm"))
        stack.enter_context(real_test.Load(server))
        size = os.path.getsize(server.target.executable) / 1e6
        for _ in range(rounds):
            time.sleep(0.5)
            with lib.Gosnoop("trace", "-p", server.target.pid, "--json", "--min-block", "0") as tracer:
                tracer.wait_until_tracing()
                readies.append((time.monotonic() - tracer.started) * 1000)
                tracer.wait_for("event", tracer.stdout, 30)
                firsts.append((time.monotonic() - tracer.started) * 1000)
                time.sleep(1)
                start = time.monotonic()
                tracer.interrupt()
                ends.append((time.monotonic() - start) * 1000)
    print(f"## Attach to prometheus of Debian 12 ({size:.0f} MB, stripped), median of {rounds}\n")
    table(["", "ms", "goal"], [["command to probes active", median_and_range(readies), ""],
                               ["command to first event", median_and_range(firsts), "≤ 500"],
                               ["Ctrl-C to exit", median_and_range(ends), "≤ 1000"]])


def memory_of(pid):
    """MB: private memory, all resident, and that of its BPF maps."""
    with open(f"/proc/{pid}/status") as file:
        status = dict(line.split(":", 1) for line in file)
    maps = 0
    for name in os.listdir(f"/proc/{pid}/fdinfo"):
        with contextlib.suppress(OSError), open(f"/proc/{pid}/fdinfo/{name}") as file:
            info = file.read()
            if "map_type:" in info:
                maps += int(re.search(r"memlock:\s*(\d+)", info).group(1))
    return int(status["RssAnon"].split()[0]) / 1e3, int(status["VmHWM"].split()[0]) / 1e3, maps / 1e6


def memory(seconds=6):
    """gosnoop's memory beside 100,000 goroutines."""
    rows = []
    with lib.Target([lib.build(VERSION, "stripped", "manygoroutines")], timeout=60) as target:
        for command in ("leaks", "block"):
            with gosnoop(target, command) as tracer:
                time.sleep(seconds)
                anon, peak, maps = memory_of(tracer.pid)
            rows.append([f"gosnoop {command}", f"{anon:.0f}", f"{peak:.0f}", f"{maps:.0f}", "< 100"])
    print(f"## Memory at 100,000 goroutines, after {seconds} s\n")
    table(["", "MB private", "MB resident, peak", "MB of BPF maps", "goal"], rows)


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def events(operations=500_000):
    """What an event in the ring costs gosnoop, every block streamed."""
    with lib.Target([lib.build(VERSION, "stripped", "pingpong")]) as target:
        with lib.Gosnoop("block", "-p", target.pid, "--min-block", "0", "--json", *lib.UNCAPPED) as tracer:
            tracer.wait_until_tracing()
            before, start = cpu_seconds(tracer.pid), time.monotonic()
            target.ask(str(operations), timeout=120)
            elapsed, used = time.monotonic() - start, cpu_seconds(tracer.pid) - before
            report = tracer.interrupt().report()
    seen, dropped = report["losses"]["block"]["seen"], report["losses"]["block"]["dropped"]
    print("## Events through the ring, all blocks of a ping-pong streamed\n")
    table(["events", "a second", "dropped", "gosnoop's cores", "cores at 1,000,000 a second", "goal"],
          [[seen, f"{seen / elapsed:.0f}", dropped, f"{used / elapsed:.2f}", f"{used / seen * 1e6:.2f}", "< 1"]])


class Used:
    """What a command took on one processor: seconds of wall clock and of CPU, and its peak memory in MB."""

    def __init__(self, command):
        start = time.monotonic()
        with tempfile.TemporaryFile() as out:
            child = subprocess.Popen(["taskset", "-c", "0", *map(str, command)], stdout=out,
                                     stderr=subprocess.DEVNULL)
            _, status, usage = os.wait4(child.pid, 0)
            self.megabytes_out = os.fstat(out.fileno()).st_size / 1e6
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode != 0:
            sys.exit(f"bench.py: {command} ended with {child.returncode}")
        self.seconds = time.monotonic() - start
        self.cpu = usage.ru_utime + usage.ru_stime
        self.peak = usage.ru_maxrss / 1e3


def dump_of(target, *args):
    return Used([lib.GOSNOOP, "dump", "-p", target.pid, *args])


def own_dump(target):
    """Seconds that Go's own dump took, and its size in MB."""
    start = time.monotonic()
    with urllib.request.urlopen(f"http://{target.ready.group(2).split()[1]}/debug/pprof/goroutine?debug=2",
                                timeout=600) as answer:
        size = len(answer.read())
    return time.monotonic() - start, size / 1e6


def many(count, *args):
    return lib.Target([lib.build(VERSION, "stripped", "manygoroutines"), "-n", str(count), *args], timeout=300)


def dump(rounds=5):
    """A dump of ever more goroutines on one core; and beside the one the program makes of itself."""
    rows = []
    for count in (1_000, 10_000, 100_000, 1_000_000):
        with many(count) as target:
            runs = [dump_of(target) for _ in range(rounds)]
        cpu = [run.cpu for run in runs]
        rows.append([f"{count:,}", median_and_range([run.seconds for run in runs], 2), median_and_range(cpu, 2),
                     f"{statistics.median(cpu) / count * 1e6:.2f}", f"{max(run.peak for run in runs):.0f}",
                     "< 3 s, < 1000 MB" if count == 1_000_000 else ""])
    print(f"## gosnoop dump on one core, Go {VERSION}, median of {rounds}\n")
    table(["parked goroutines", "s", "s of CPU", "µs of CPU a goroutine", "MB resident, peak", "goal"], rows)
    dump_beside_own()


def dump_beside_own(rounds=3):
    ways = {"nothing, for a second": lambda t: time.sleep(1),
            "gosnoop dump": dump_of, "gosnoop dump --all": lambda t: dump_of(t, "--all"),
            "/debug/pprof/goroutine?debug=2": own_dump}
    seconds, stalls = {way: [] for way in ways}, {way: [] for way in ways}
    with many(100_000, "-pprof") as target:
        for _ in range(rounds):
            for way, act in ways.items():
                time.sleep(0.5)
                target.ask("stall")
                start = time.monotonic()
                act(target)
                seconds[way].append(time.monotonic() - start)
                stalls[way].append(float(target.ask("stall")))
    own = statistics.median(seconds["/debug/pprof/goroutine?debug=2"])
    print(f"## A dump of 100,000 goroutines, Go {VERSION}, median of {rounds} alternating rounds\n")
    table(["", "s", "faster than Go's own", "longest stall of a 1 ms ticker in the target, ms", "goal"],
          [[way, median_and_range(values, 2), f"{own / statistics.median(values):.1f}" if "gosnoop" in way else "",
            median_and_range(stalls[way], 1), "≥ 5, no stall" if "gosnoop" in way else ""]
           for way, values in seconds.items()])


def ps(rounds=15, processes=50):
    """A list of many processes of several programs, small and big; and of one with many goroutines."""
    small = [[lib.build(version, mode, "everywait")] for version, mode in
             (("1.19", "stripped"), ("1.24", "plain"), ("1.24", "piestripped"), ("1.27", "cgo"))]
    big = [(server, suite) for server in (real_test.Prometheus, real_test.Caddy, real_test.Etcd)
           for suite in real_test.SUITES]
    rows = []

    def measure(what, goal, times):
        runs = [Used([lib.GOSNOOP, "ps"]) for _ in range(times)]
        rows.append([what, median_and_range([run.seconds * 1000 for run in runs], 1),
                     median_and_range([run.cpu * 1000 for run in runs], 1),
                     f"{max(run.peak for run in runs):.0f}", goal])

    with contextlib.ExitStack() as running:
        for i in range(processes - len(big)):
            running.enter_context(lib.Target(small[i % len(small)]))
        measure(f"{processes - len(big)} of {len(small)} small programs", "", rounds)
        for server, suite in big:
            server(running, real_test.unpacked(suite))
        measure(f"and {len(big)} of as many big ones", "< 100 ms", rounds)
    with many(1_000_000):
        measure("one with 1,000,000 goroutines", "about a second", 5)
    print(f"## gosnoop ps on one core, median of {rounds}\n")
    table(["Go processes", "ms", "ms of CPU", "MB resident, peak", "goal"], rows)


COUNT_CALLS = "tracepoint:raw_syscalls:sys_enter /pid == PID/ { @[args->id] = count(); }"
# raw_syscalls knows numbers only; with the names come the tracepoints of the single calls.
NAME_CALLS = "tracepoint:syscalls:sys_enter_read, tracepoint:syscalls:sys_enter_write /pid == PID/ { @[probe] = count(); }"


@contextlib.contextmanager
def strace(target):
    with lib.Process(["strace", "-f", "-c", "-p", str(target.pid)]) as tracer:
        tracer.wait_for("its threads", lambda: "attached" in tracer.stderr(), 30)
        time.sleep(0.3)
        yield


@contextlib.contextmanager
def bpftrace_calls(target, program):
    folder = unpacked_bpftrace()
    environment = dict(os.environ, LD_LIBRARY_PATH=f"{folder}/usr/lib/x86_64-linux-gnu")
    with lib.Process([f"{folder}/usr/bin/bpftrace", "-e", program.replace("PID", str(target.pid))],
                     env=environment) as tracer:
        tracer.wait_for("its tracepoint", lambda: "Attaching" in tracer.stdout(), 60)
        time.sleep(1)
        yield


def cost_of_calls(ways, measured, rounds):
    """{way: ns a byte}: `measured` passes bytes through a pipe, one write and one read each."""
    times = {way: [] for way in ways}
    for _ in range(rounds):
        for way, (observe, count) in ways.items():
            with observe():
                measured.ask("bytes 1000")
                times[way].append(float(measured.ask(f"bytes {count}")))
    return times


def syscalls(rounds=7, count=700_000):
    """What each way of observing system calls adds to 1-byte reads and writes of a pipe. For a second and more a
    round: gosnoop measures its own cost as it begins, which costs more than what follows."""
    with lib.Target([lib.build(VERSION, "stripped", "syscalls")]) as target:
        ways = {"nothing": (lambda: nothing(target), count), "gosnoop syscalls": (lambda: gosnoop(target, "syscalls"), count),
                "bpftrace, counts by number": (lambda: bpftrace_calls(target, COUNT_CALLS), count),
                "bpftrace, counts by name": (lambda: bpftrace_calls(target, NAME_CALLS), count),
                "strace -f -c": (lambda: strace(target), count // 140)}
        times = cost_of_calls(ways, target, rounds)
    base = statistics.median(times["nothing"])
    kept = {way: base / statistics.median(values) for way, values in times.items()}
    added = {way: statistics.median(values) - base for way, values in times.items()}
    print(f"## 1-byte reads of a pipe, Go {VERSION}, median of {rounds} alternating rounds\n")
    mine = "gosnoop syscalls"
    goals = {"strace -f -c": "≥ 5 times its throughput", "bpftrace, counts by number": "adds ≤ 1.0",
             "bpftrace, counts by name": "adds ≤ 1.0"}
    table(["", "ns a byte", "adds a call", "throughput kept", f"{mine} keeps … times that", "adds … of that", "goal"],
          [[way, median_and_range(values), f"{added[way] / 2:.0f}", f"{kept[way]:.3f}",
            f"{kept[mine] / kept[way]:.1f}", f"{added[mine] / added[way]:.2f}" if added[way] else "",
            goals.get(way, "")] for way, values in times.items()])


def others(rounds=7, count=200_000):
    """What `gosnoop syscalls` of one process costs the calls of another."""
    with lib.Target([lib.build(VERSION, "stripped", "syscalls")]) as traced, \
            lib.Target([lib.build(VERSION, "stripped", "syscalls")]) as other:
        times = cost_of_calls({"nothing": (lambda: nothing(traced), count),
                               "gosnoop syscalls of another process": (lambda: gosnoop(traced, "syscalls"), count)},
                              other, rounds)
    base = statistics.median(times["nothing"])
    print(f"## 1-byte reads and writes of a process that is not traced, median of {rounds}\n")
    table(["", "ns a byte", "adds a call"],
          [[way, median_and_range(values), f"{(statistics.median(values) - base) / 2:.0f}"]
           for way, values in times.items()])


def own_metric(url, name):
    return float(re.search(rf"^{name} (\S+)$", real_test.fetch(url + "/metrics"), re.M).group(1))


def slope(points):
    """Of the line through (x, y) by least squares."""
    mean_x, mean_y = (statistics.mean(p[i] for p in points) for i in (0, 1))
    return (sum((x - mean_x) * (y - mean_y) for x, y in points) / sum((x - mean_x) ** 2 for x, _ in points))


def serve(processes=20, goroutines=1000, seconds=75):
    """An exporter of many processes: its CPU time at the usual pace, its memory at thirty times that."""
    program = [lib.build(VERSION, "stripped", "manygoroutines"), "-n", str(goroutines)]

    def exporter(running, *args):
        tracer = running.enter_context(lib.Gosnoop("serve", "--listen", "127.0.0.1:0", "--match",
                                                   re.escape(program[0]), *args))
        return tracer.wait_for("address", lambda: re.search(r"serving (http://[^/]+)/", tracer.stderr()), 60).group(1)

    with contextlib.ExitStack() as running:
        for _ in range(processes):
            running.enter_context(lib.Target(program))
        with contextlib.ExitStack() as usual:
            url = exporter(usual)
            before, begin = own_metric(url, "process_cpu_seconds_total"), time.monotonic()
            time.sleep(seconds)
            share = (own_metric(url, "process_cpu_seconds_total") - before) / (time.monotonic() - begin)
        with contextlib.ExitStack() as fast:
            url = exporter(fast, "--interval", "500ms", "--window", "20s")
            time.sleep(30)  # its caches fill
            begin, points = time.monotonic(), []
            while time.monotonic() < begin + 2 * seconds:
                points.append((own_metric(url, "gosnoop_looks_total"), own_metric(url, "process_resident_memory_bytes")))
                time.sleep(1)
            kib_a_look, most = slope(points) / 1024, max(p[1] for p in points)
    looks_an_hour = 3600 / 15
    print(f"## gosnoop serve: snapshots of {processes} processes with {goroutines} goroutines each\n")
    table(["", "", "goal"],
          [["of a core, a look every 15 s", f"{100 * share:.2f} %", "< 1 %"],
           ["MB resident, peak", f"{most / 1e6:.0f}", ""],
           [f"growth over {points[-1][0] - points[0][0]:.0f} looks, as much in an hour", f"{kib_a_look * looks_an_hour:.0f} KiB", "flat"]])


def formats(events=10_000_000):
    """A recording of so many events in every format: at most 30 s and 1 GB."""
    maker = os.path.join(os.path.dirname(lib.GOSNOOP), "..", "tests", "bench", "make_recording")
    views = {"text": [], "json": [], "html": [], "flamegraph": [], "perfetto": [], "pprof": ["--block"],
             "folded": ["--leaks"]}
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        recording, file = os.path.join(folder, "recording"), os.path.join(folder, "report")
        subprocess.run([maker, recording, str(events)], check=True)
        for name, view in views.items():
            command = [lib.GOSNOOP, "report", recording, "--format", name, "-o", file, *view]
            process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
            start = time.monotonic()
            _, status, usage = os.wait4(process.pid, 0)
            seconds, mib = time.monotonic() - start, usage.ru_maxrss / 1024
            size = os.path.getsize(file) / 1e6
            ok = status == 0 and seconds < 30 and mib < 1000
            rows.append([name, f"{seconds:.1f}", f"{mib:.0f}", f"{size:.1f}", "yes" if ok else "NO"])
        size = os.path.getsize(recording) / 1e6
    print(f"## `gosnoop report` of a recording of {events:,} events ({size:.0f} MB)\n")
    table(["format", "seconds", "MiB at most", "MB written", "below 30 s and 1 GB"], rows)


def main():
    reason = lib.why_bpf_cannot_run()
    if reason:
        sys.exit(f"bench.py: {reason}")
    all_of_them = {f.__name__: f for f in (pingpong, http, tcp, attach, memory, events, syscalls, others, dump, ps, serve,
                                           formats)}
    for name in sys.argv[1:] or all_of_them:
        all_of_them[name]()


if __name__ == "__main__":
    main()
