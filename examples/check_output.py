#!/usr/bin/env python3
"""Runs an example and compares what it prints on standard output with a file.

    check_output.py EXPECTED PROGRAM [ARGUMENT...]

Where EXPECTED says <number>, any decimal number may stand. Everything else must be equal.
"""
import difflib
import re
import subprocess
import sys
from pathlib import Path

NUMBER = r"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?"


def matches(expected: str, printed: str) -> bool:
    return re.fullmatch(NUMBER.join(map(re.escape, expected.split("<number>"))), printed) is not None


def self_test() -> None:
    assert matches("a=<number>, b=<number>\n", "a=0.25, b=-1e-07\n")
    assert matches("(x)\n", "(x)\n")
    assert not matches("a=<number>\n", "a=\n")
    assert not matches("a=<number>\n", "a=1x\n")
    assert not matches("a=<number>\n", "a=1\nmore\n")
    assert not matches("a.b\n", "axb\n")


def main(expected_file: Path, command: list[str]) -> str:
    """What is wrong, or nothing."""
    expected = expected_file.read_text(encoding="utf-8")
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        return f"{command[0]} ended with {done.returncode} and printed:\n{done.stdout}"
    if matches(expected, done.stdout):
        return ""
    return "".join(difflib.unified_diff(expected.splitlines(True), done.stdout.splitlines(True),
                                        str(expected_file), "printed"))


if __name__ == "__main__":
    if sys.argv[1:] == ["--self-test"]:
        self_test()
    elif len(sys.argv) < 3:
        sys.exit(__doc__)
    else:
        sys.exit(main(Path(sys.argv[1]), sys.argv[2:]) or 0)
