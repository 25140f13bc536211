# SPDX-License-Identifier: Apache-2.0
"""The man page and the shells' completions say what --help says. Needs no root, and no BPF."""

import os
import re
import subprocess
import tempfile
import unittest

import lib


def run(*command, **options):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False,
                          timeout=60, **options)
    if done.returncode != 0:
        raise AssertionError(f"{command}: status {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def commands():
    """Names of the commands, from --help."""
    listed = run(lib.GOSNOOP, "--help").split("Subcommands:\n")[1].split("\n\n")[0]
    return re.findall(r"(?m)^  (\w+)  ", listed)


def options_of(command):
    """Names of the options of a command, from its --help."""
    text = run(lib.GOSNOOP, command, "--help").split("Options:\n")[1].split("\n\n")[0]
    names = [re.findall(r"-[\w-]+", words) for words in re.findall(r"(?m)^  (-\S+)", text)]
    return [name for group in names for name in group]


class Docs(unittest.TestCase):

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="gosnoop-test-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.commands = commands()
        self.assertGreaterEqual(len(self.commands), 12)
        self.assertIn("top", self.commands)
        self.assertNotIn("completion", self.commands, "it is for packagers")

    def script(self, *args):
        """The path of a file with what gosnoop prints."""
        path = os.path.join(self.folder, "_gosnoop" if "zsh" in args else "gosnoop." + args[-1])
        with open(path, "w") as file:
            file.write(run(lib.GOSNOOP, *args))
        return path

    # --- man ---

    def test_man_page(self):
        page = self.script("man")
        environment = {**os.environ, "MANWIDTH": "100", "LC_ALL": "C.UTF-8", "MANROFFOPT": "-ww"}
        done = subprocess.run(["man", "--warnings", "-l", page], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              text=True, check=True, env=environment, timeout=60)
        self.assertEqual(done.stderr, "")
        text = re.sub(r".\x08", "", done.stdout)
        for command in self.commands:
            section = re.split(rf"(?m)^   gosnoop {command}\b.*$", text)[1]
            section = re.split(r"(?m)^(   )?\S", section)[0]
            for option in options_of(command):
                self.assertRegex(section, rf"(?m)^ +(-\w, )?{option}\b", command)

    def test_man_page_is_clean(self):
        done = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", self.script("man")], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False, timeout=60)
        # It wants a date; that of the build would make each build another.
        findings = [line for line in done.stdout.splitlines() if "missing date" not in line]
        self.assertEqual(findings, [])

    # --- bash ---

    def complete(self, *words):
        """What bash offers for the last of the words."""
        script = self.script("completion", "bash")
        quoted = " ".join(f"'{word}'" for word in ("gosnoop", *words))
        # compopt works only where bash itself completes.
        program = (f"source {script}; compopt() {{ :; }}; COMP_WORDS=({quoted}); COMP_CWORD={len(words)}; "
                   "_gosnoop; printf '%s\\n' \"${COMPREPLY[@]}\"")
        return run("bash", "-c", program, cwd=self.folder).split()

    def test_bash(self):
        run("bash", "-n", self.script("completion", "bash"))
        self.assertEqual(sorted(self.complete("")), sorted([*self.commands, "-h", "--help", "--version"]))
        self.assertEqual(self.complete("sysc"), ["syscalls"])
        for command in self.commands:
            self.assertEqual(sorted(self.complete(command, "-")), sorted(options_of(command)), command)
        self.assertEqual(self.complete("leaks", "--no-p"), ["--no-probes"])

    def test_bash_values(self):
        self.assertIn(str(os.getpid()), self.complete("leaks", "-p", ""))
        self.assertEqual(self.complete("leaks", "--duration", ""), [])
        with open(os.path.join(self.folder, "app.gosnoop"), "w"):
            pass
        self.assertEqual(self.complete("report", "app"), ["app.gosnoop"])
        self.assertEqual(self.complete("record", "-o", "app"), ["app.gosnoop"])
        self.assertIn("true", self.complete("run", "--", "tru"))

    # --- zsh, fish ---

    def test_zsh(self):
        path = self.script("completion", "zsh")
        run("zsh", "-n", path)
        with open(path) as file:
            text = file.read()
        for command in self.commands:
            self.assertIn(f"'{command}:", text)
            section = text.split(f"        {command})\n")[1].split(";;\n")[0]
            for option in options_of(command):
                self.assertRegex(section, rf"(?m)[\s{{,]{option}['}},]", command)
        # It loads where zsh looks for completions, and defines what it is named after.
        run("zsh", "-f", "-c", f"fpath=({self.folder} $fpath); autoload -Uz compinit; compinit -u -D; "
            "[[ $_comps[gosnoop] = _gosnoop ]] && autoload -Uz +X _gosnoop")

    def test_fish(self):
        path = self.script("completion", "fish")
        run("fish", "-n", path)

        def complete(line):
            out = run("fish", "--no-config", "-c", f"source {path}; complete -C '{line}'",
                      env={**os.environ, "HOME": self.folder})
            return [line.split("\t")[0] for line in out.splitlines()]

        self.assertEqual(sorted(c for c in complete("gosnoop ") if not c.startswith("-")), sorted(self.commands))
        for command in self.commands:
            expected = sorted(option for option in options_of(command) if option.startswith("--"))
            self.assertEqual(sorted(complete(f"gosnoop {command} --")), expected, command)


if __name__ == "__main__":
    lib.main()
