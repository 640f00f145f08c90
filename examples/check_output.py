#!/usr/bin/env python3
"""Runs an example in a new folder and compares what it prints with a file.

    check_output.py EXPECTED PROGRAM

EXPECTED is what PROGRAM prints on standard output. Or it is a session, in which every line that begins with `$ ` is
run in turn, in one folder, and followed by what it must print:

    $ example argument 'another one'      PROGRAM's neighbour of that name: example_<name>
    $ example 2>&1                        with what it prints on standard error
    [exit 1]                              after the output of a program that does not end with 0
    [killed by SIGKILL]

Where EXPECTED says <number>, any decimal number may stand, and so with <time> (RFC 3339) and <id> (a UUID).
Everything else must be equal.
"""
import difflib
import re
import shlex
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

WILD = {
    "<number>": r"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?",
    "<time>": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z",
    "<id>": r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}",
}


def matches(expected: str, printed: str) -> bool:
    pattern = "".join(WILD.get(part, re.escape(part)) for part in re.split(f"({'|'.join(WILD)})", expected))
    return re.fullmatch(pattern, printed) is not None


def ending(code: int) -> str:
    if code < 0:
        return f"[killed by {signal.Signals(-code).name}]\n"
    return f"[exit {code}]\n" if code else ""


def run(command: list[str], folder: str, with_errors: bool = False) -> str:
    """What a program printed, and how it ended unless that was well."""
    done = subprocess.run(command, cwd=folder, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT if with_errors else None)
    return done.stdout + ending(done.returncode)


def run_line(line: str, programs: Path, folder: str) -> str:
    with_errors = line.endswith(" 2>&1")
    name, *arguments = shlex.split(line.removesuffix(" 2>&1"))
    return run([str(programs / f"example_{name}"), *arguments], folder, with_errors)


def session(text: str) -> list[str]:
    """The lines that are run, without their `$ `."""
    return re.findall(r"^\$ (.*)$", text, re.MULTILINE)


def main(expected_file: Path, program: Path) -> str:
    """What is wrong, or nothing."""
    expected = expected_file.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        if expected.startswith("$ "):
            printed = "".join(f"$ {line}\n{run_line(line, program.parent, folder)}" for line in session(expected))
        else:
            printed = run([str(program)], folder)
    if matches(expected, printed):
        return ""
    differences = difflib.unified_diff(expected.splitlines(True), printed.splitlines(True), str(expected_file), "printed")
    return "".join(differences)


def self_test() -> None:
    assert matches("a=<number>, b=<number>\n", "a=0.25, b=-1e-07\n")
    assert matches("(x)\n", "(x)\n")
    assert not matches("a=<number>\n", "a=\n")
    assert not matches("a=<number>\n", "a=1x\n")
    assert not matches("a=<number>\n", "a=1\nmore\n")
    assert not matches("a.b\n", "axb\n")
    assert matches("<time> <id>\n", "2026-01-02T03:04:05.678Z 0f0f0f0f-1111-4222-8333-444444444444\n")
    assert not matches("<time>\n", "2026-01-02 03:04:05\n")
    assert session("$ a b\nprinted $ c\n$ d 2>&1\n") == ["a b", "d 2>&1"]
    with tempfile.TemporaryDirectory() as folder:
        assert run([sys.executable, "-c", "print(1); exit(3)"], folder) == "1\n[exit 3]\n"
        assert run([sys.executable, "-c", "import os; os.kill(os.getpid(), 9)"], folder) == "[killed by SIGKILL]\n"
        assert run([sys.executable, "-c", "open('left', 'w')"], folder) == ""
        assert (Path(folder) / "left").exists()


if __name__ == "__main__":
    if sys.argv[1:] == ["--self-test"]:
        self_test()
    elif len(sys.argv) != 3:
        sys.exit(__doc__)
    else:
        sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2]).resolve()) or 0)
