#!/usr/bin/env python3
"""Checks that the README shows what is compiled and what is printed.

A block of code that follows a line `<!-- shows: PATH -->` must be an excerpt of that file: its lines, in one
piece. In a .expected file, <number> stands for any number.
"""
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^<!-- shows: (\S+) -->\n+```\w*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NUMBER = r"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?"


def line_pattern(line: str, has_numbers: bool) -> str:
    parts = re.split("(<number>)", line) if has_numbers else [line]
    return "".join(NUMBER if part == "<number>" else re.escape(part) for part in parts)


def shows(file: Path, block: str) -> bool:
    patterns = [line_pattern(line, file.suffix == ".expected") for line in file.read_text(encoding="utf-8").splitlines()]
    shown = block.splitlines()
    return any(all(map(re.fullmatch, patterns[start:], shown))
               for start in range(len(patterns) - len(shown) + 1))


def main() -> int:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = BLOCK.findall(readme)
    if len(blocks) != readme.count("<!-- shows:"):
        print("README.md: a `<!-- shows: ... -->` line is not followed by a block of code", file=sys.stderr)
        return 1
    wrong = [path for path, block in blocks if not shows(ROOT / path, block)]
    for path in wrong:
        print(f"README.md: a block is not what {path} says", file=sys.stderr)
    if "examples/batch.cpp" not in dict(blocks):
        print("README.md: does not show examples/batch.cpp", file=sys.stderr)
        return 1
    print(f"{len(blocks)} blocks, {len(wrong)} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
