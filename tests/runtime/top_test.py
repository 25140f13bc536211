# SPDX-License-Identifier: Apache-2.0
"""`gosnoop top` in a terminal (tmux, with a server of its own), and as plain text."""

import os
import re
import signal
import subprocess
import time

import lib

ENVIRONMENT = {"LC_ALL": "C.UTF-8", "PATH": os.environ["PATH"], "HOME": "/"}


class Terminal:
    """A terminal with a shell in it."""

    def __init__(self, folder, width=80, height=24, term="screen-256color", **environment):
        self._socket = os.path.join(folder, "tmux")
        self.folder = folder
        self._server = subprocess.Popen(
            ["tmux", "-S", self._socket, "-f", "/dev/null", "-D"], preexec_fn=lib.die_with_parent,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=ENVIRONMENT)
        self._until("tmux answers", lambda: self._run("new-session", "-d", "-x", width, "-y", height,
                                                      "-c", folder, "sh", check=False) == "")
        self.run(f"PS1='$ '; export TERM={term}; stty -a >before; " +
                 " ".join(f"export {k}={v};" for k, v in environment.items()))

    def _run(self, *args, check=True):
        done = subprocess.run(["tmux", "-S", self._socket, *map(str, args)], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False, env=ENVIRONMENT)
        if check and done.returncode != 0:
            raise AssertionError(f"tmux {args}: {done.stdout}")
        return done.stdout

    @staticmethod
    def _until(what, condition, timeout=30, more=lambda: ""):
        end = time.monotonic() + timeout
        while True:
            value = condition()
            if value:
                return value
            if time.monotonic() > end:
                raise AssertionError(f"not within {timeout} s: {what}\n{more()}")
            time.sleep(0.02)

    def screen(self, *args):
        return self._run("capture-pane", "-p", *args)

    def press(self, *keys):
        self._run("send-keys", *keys)

    def run(self, command):
        self._run("send-keys", "-l", command)
        self.press("Enter")

    def resize(self, width, height):
        self._run("resize-window", "-x", width, "-y", height)

    def until(self, pattern, timeout=30):
        """The screen, once it matches."""
        def matches():
            screen = self.screen()
            return screen if re.search(pattern, screen, re.M) else None
        return self._until(f"screen with {pattern}", matches, timeout, self.screen)

    def until_gone(self, pattern, timeout=30):
        return self._until(f"screen without {pattern}",
                           lambda: not re.search(pattern, self.screen(), re.M), timeout, self.screen)

    def stop(self):
        self._run("kill-server", check=False)
        self._server.wait(10)


class Case(lib.TestCase):

    def setUp(self):
        self.folder = self.temp_dir()

    def terminal(self, *args, **options):
        terminal = Terminal(self.folder, *args, **options)
        self.addCleanup(terminal.stop)
        return terminal

    def leaker(self, executable=None):
        return self.start([executable or lib.build("1.24", "stripped", "everywake")])

    def top(self, terminal, *args):
        """Starts it and waits for its first rates."""
        terminal.run("clear; " + " ".join([lib.GOSNOOP, "top", *map(str, args)]) + "; echo status $?; stty -a >after")
        return terminal.until(r"last \d+\.\d s")

    def assert_restored(self, terminal, status=0):
        """The shell is back, with its screen and its settings."""
        screen = terminal.until(rf"^status {status}$")
        terminal.run("echo the shell $((1 + 1))")
        terminal.until(r"^(\$ )?the shell 2$")
        with open(os.path.join(self.folder, "before")) as before, open(os.path.join(self.folder, "after")) as after:
            self.assertEqual(before.read(), after.read(), "the terminal's settings")
        return screen


class InATerminal(Case):

    def test_screen_keys_and_quit(self):
        target = self.leaker()
        terminal = self.terminal()
        screen = self.top(terminal, "-p", target.pid, "--interval", "500ms")
        lines = screen.split("\n")
        self.assertRegex(lines[0], rf"^gosnoop top  pid {target.pid} \w+ \(go1\.24")
        self.assertRegex(lines[1], r"^[\d,]+ goroutines, [\d,.]+ new/s, [\d,.]+ ended/s")
        self.assertRegex(lines[2], r"probes: [\d.]+ % CPU in the target; gosnoop: [\d.]+ % CPU, [\d.]+ MiB")
        self.assertLessEqual(max(map(len, lines)), 80)
        self.assertRegex(screen, r"(?m)^ +NOW GROWTH/S +NEW/S ENDED/S CREATED BY \(by verdict\)$")
        self.assertRegex(screen, r"(?m)^ WAITED +P50 +P99 +NOW WAITS FOR +AT \(by waited\)$")
        terminal.until(r"^LEAKING +\d+ +\+\d")

        terminal.press("s")
        terminal.until(r"\(by growth\)")
        terminal.press("/")
        terminal.press("-l", "no such thing")
        terminal.until(r"^/no such thing_")
        terminal.press("Enter")
        terminal.until(r"filter: no such thing")
        self.assertNotIn("LEAKING", terminal.screen())
        terminal.press("Escape")
        terminal.until(r"^LEAKING")

        terminal.press("Enter")
        opened = terminal.until(r"^LEAKING  main\.\S+ creates goroutines at")
        self.assertRegex(opened, r"(?m)^  created by$")
        terminal.press("End")
        terminal.until(r"^  goroutine \d+ +by \d+")
        terminal.press("Escape")
        terminal.until(r"\(by growth\)")
        terminal.press("Tab", "Enter")
        terminal.until(r"waiting now|times, .* on average")
        terminal.press("Escape", "?")
        terminal.until(r"^q, Ctrl-C +quit")
        terminal.press("x")

        terminal.press("p")
        paused = terminal.until(r"PAUSED").split("\n")[0]
        time.sleep(1.2)  # more than two intervals
        self.assertEqual(terminal.screen().split("\n")[0], paused)
        terminal.press("p")
        terminal.until_gone("PAUSED")

        terminal.press("w")
        terminal.until(r"^wrote /")
        written = [name for name in os.listdir(self.folder) if name.startswith(f"gosnoop-{target.pid}-")]
        self.assertEqual(len(written), 1)
        with open(os.path.join(self.folder, written[0])) as file:
            self.assertTrue(file.read().startswith("LEAKING  main."))

        terminal.press("q")
        screen = self.assert_restored(terminal)
        self.assertRegex(screen, r"(?m)^LEAKING  main\.")
        self.assertIn("waits longest", screen)
        self.assert_untouched(target)

    def test_every_size(self):
        target = self.leaker()
        terminal = self.terminal()
        self.top(terminal, "-p", target.pid, "--interval", "200ms")
        for width, height in ((200, 60), (40, 10), (20, 5), (7, 3), (1, 1), (2, 1), (1, 30), (300, 2)):
            terminal.resize(width, height)
            for key in ("Tab", "Enter", "Down", "Escape", "?", "x"):
                terminal.press(key)
        terminal.resize(80, 24)
        terminal.until(r"^gosnoop top  pid")
        screen = terminal.until(r"q quit +Tab next")
        self.assertLessEqual(len(screen.rstrip("\n").split("\n")), 24)
        terminal.press("q")
        self.assert_restored(terminal)
        self.assert_untouched(target)

    def test_ctrl_c(self):
        target = self.leaker()
        terminal = self.terminal()
        self.top(terminal, "-p", target.pid)
        terminal.press("C-c")
        self.assert_restored(terminal)
        self.assert_untouched(target)

    def check_signal(self, number):
        target = self.leaker()
        terminal = self.terminal()
        terminal.run(f"clear; {lib.GOSNOOP} top -p {target.pid} & echo pid $! ok; fg; echo status $?; stty -a >after")
        terminal.until(r"last \d+\.\d s")
        children = subprocess.run(["ps", "-o", "pid=,args=", "-e"], stdout=subprocess.PIPE, text=True, check=True)
        pid = next(int(line.split()[0]) for line in children.stdout.splitlines()
                   if line.split(None, 1)[1] == f"{lib.GOSNOOP} top -p {target.pid}")
        os.kill(pid, number)
        self.assert_restored(terminal)
        self.assert_untouched(target)

    def test_sigterm(self):
        self.check_signal(signal.SIGTERM)

    def test_sigquit(self):
        self.check_signal(signal.SIGQUIT)

    def test_a_stopped_target(self):
        target = self.leaker()
        target.signal(signal.SIGSTOP)
        self.addCleanup(target.signal, signal.SIGCONT)
        target.wait_for("stop", lambda: lib.state_of(target.pid) == "T", 10)
        terminal = self.terminal(120)
        self.top(terminal, "-p", target.pid, "--interval", "200ms")
        terminal.until(rf"^pid {target.pid} is stopped by a signal: .*kill -CONT {target.pid}")
        terminal.press("q")
        self.assertIn(f"gosnoop: pid {target.pid} is stopped by a signal", self.assert_restored(terminal))

    def test_the_target_ends(self):
        target = self.leaker()
        terminal = self.terminal()
        self.top(terminal, "-p", target.pid)
        target.stop()
        screen = self.assert_restored(terminal)
        self.assertIn("the target exited", screen)

    def test_without_colour(self):
        target = self.leaker()
        for options in ({"term": "vt100"}, {"NO_COLOR": "1"}):
            terminal = Terminal(self.temp_dir(), **options)
            try:
                self.top(terminal, "-p", target.pid, "--no-probes", "--interval", "200ms")
                terminal.until(r"q quit")
                self.assertNotRegex(terminal.screen("-e"), r"\x1b\[[\d;]*(3|4)[0-7][;m]", f"colour with {options}")
                terminal.press("q")
                terminal.until(r"^status 0$")
            finally:
                terminal.stop()

    def test_with_colour(self):
        target = self.leaker()
        terminal = self.terminal()
        self.top(terminal, "-p", target.pid, "--interval", "500ms")
        terminal.until(r"^LEAKING")
        terminal.press("Down")  # a selected line is shown in reverse
        terminal.until(r"q quit")
        self.assertRegex(terminal.screen("-e"), r"\x1b\[[\d;]*31m", "a leak is red")

    def test_a_terminal_that_cannot_move_its_cursor(self):
        target = self.leaker()
        terminal = self.terminal(width=200, height=100, term="dumb")
        self.top(terminal, "-p", target.pid, "--interval", "500ms")
        terminal.until(r"terminal 'dumb' cannot move its cursor: plain text instead")
        terminal.press("C-c")
        terminal.until(r"^status 0$")

    def test_a_report_that_cannot_be_written(self):
        target = self.leaker()
        terminal = self.terminal(width=120)
        terminal.run("cd /proc")
        self.top(terminal, "-p", target.pid, "--no-probes", "--interval", "500ms")
        terminal.press("w")
        terminal.until(r"gosnoop-\d+-\d+-\d+\.txt.*(cannot|could not|No such)")
        terminal.press("q")
        terminal.until(r"^status 0$")

    def test_system_calls_and_connections(self):
        target = self.start([lib.build("1.24", "stripped", "leakyserver"), "-load"], ready=r"^listening on (\S+)(.*)$")
        terminal = self.terminal(height=40)
        self.top(terminal, "-p", target.pid, "--syscalls", "--tcp", "--interval", "1s")
        terminal.until(r"^ *TOOK +CALLS/S FAILED|^ *TOOK +CALLS/S +FAILED")
        terminal.until(r" write +\S*main|write  +")
        terminal.until(r"^ *OPEN +ALL +SENT/S")
        terminal.until(r"(accepts|connects) +127\.0\.0\.1:\d+")
        terminal.press("Tab", "Tab", "Enter")
        terminal.until(r"% time|calls$")
        terminal.press("Escape", "Tab", "Enter")
        terminal.until(r"127\.0\.0\.1:\d+")
        terminal.press("q")
        self.assert_restored(terminal)
        self.assert_untouched(target)


class AllProcesses(Case):

    def test_opens_one_and_returns(self):
        name = f"top-test-{os.getpid()}"
        program = os.path.join(self.folder, name)
        subprocess.run(["cp", lib.build("1.24", "stripped", "everywake"), program], check=True)
        target = self.leaker(program)
        terminal = self.terminal(width=140)
        terminal.run(f"clear; {lib.GOSNOOP} top --all --interval 500ms; echo status $?; stty -a >after")
        terminal.until(r"^gosnoop top  \d+ Go processes")
        terminal.press("/")
        terminal.press("-l", str(target.pid))
        terminal.press("Enter")
        screen = terminal.until(rf"^\w* +{target.pid} +[\d,]+ +[\d,]+ +[+-][\d.,]+ ")
        self.assertIn("gosnoop.test/programs/everywake", screen)
        terminal.press("Enter")
        terminal.until(rf"^gosnoop top  pid {target.pid} {name}")
        terminal.until(r"probes: ")
        terminal.press("Escape")
        terminal.until(r"^gosnoop top  \d+ Go processes")
        self.assert_untouched(target)
        terminal.press("Enter")
        terminal.until(rf"^gosnoop top  pid {target.pid} ")
        terminal.press("Escape")
        terminal.until(r"^gosnoop top  \d+ Go processes")
        target.stop()
        terminal.until(r"no Go process is found")
        terminal.press("q")
        self.assert_restored(terminal)

    def test_plain(self):
        target = self.leaker()
        done = lib.gosnoop("top", "--all", "--interval", "300ms", "-d", "2s")
        self.assertEqual(done.status, lib.OK, str(done))
        self.assertRegex(done.stdout(), rf"(?m)^\w* +{target.pid} +[\d,]+ ")


class Plain(Case):

    def blocks(self, count, *args):
        """The first blocks, and all that was printed once it was interrupted."""
        gosnoop = lib.Gosnoop("top", *args)
        self.addCleanup(gosnoop.stop)
        gosnoop.wait_for(f"{count} blocks", lambda: gosnoop.stdout().count("\n\ngosnoop top ") >= count, 60)
        gosnoop.interrupt()
        self.assertEqual(gosnoop.status, lib.OK, str(gosnoop))
        return re.split(r"(?m)^(?=gosnoop top )", gosnoop.stdout())[1:count + 1], gosnoop.stdout()

    def test_a_block_each_interval(self):
        target = self.leaker()
        blocks, everything = self.blocks(3, "-p", target.pid, "--interval", "500ms")
        for block in blocks:
            self.assertRegex(block, r"goroutines, [\d.,]+ new/s, [\d.,]+ ended/s")
            self.assertRegex(block, r"(?m)^\w* +\d+ +\+\d.* main\.leakOne main\.go:\d+$")
        self.assertNotIn("\x1b", everything)
        self.assertIn(f"pid {target.pid} ", "\n".join(everything.splitlines()[-2:]), "the summary")
        self.assert_untouched(target)

    def test_without_probes(self):
        target = self.start([lib.build("1.24", "stripped", "manygoroutines"), "-n", "2000"])
        blocks, _ = self.blocks(2, "-p", target.pid, "--interval", "500ms", "--no-probes")
        for block in blocks:
            self.assertRegex(block, r"^gosnoop top .*\n2,0\d\d goroutines, ")
            self.assertIn("no probes", block)

    def test_the_reader_of_the_pipe_leaves(self):
        target = self.leaker()
        done = subprocess.run(
            ["sh", "-c", f"{lib.GOSNOOP} top --plain -p {target.pid} --interval 200ms | head -n 3"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False, timeout=60)
        self.assertEqual(len(done.stdout.splitlines()), 3, done)
        self.assertNotIn("terminate", done.stderr)
        self.assert_untouched(target)

    def test_full_disk(self):
        target = self.leaker()
        with open("/dev/full", "w") as full:
            done = subprocess.run([lib.GOSNOOP, "top", "--plain", "-p", str(target.pid), "--interval", "200ms"],
                                  stdout=full, stderr=subprocess.PIPE, text=True, check=False, timeout=60)
        self.assertEqual(done.returncode, lib.IO_ERROR, done.stderr)
        self.assertIn("the view could not be written", done.stderr)
        self.assert_untouched(target)

    def test_usage(self):
        for args in ([], ["-p", "1", "--all"], ["-p", "1", "--interval", "1ns"], ["-p", "1", "--no-probes", "--tcp"]):
            done = lib.gosnoop("top", *args)
            self.assertEqual(done.status, lib.USAGE, str(done))

    def test_no_such_process(self):
        child = subprocess.Popen(["true"])
        child.wait()
        self.assertEqual(lib.gosnoop("top", "-p", child.pid).status, lib.NO_SUCH_PROCESS)


if __name__ == "__main__":
    lib.main()
