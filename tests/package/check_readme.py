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


def shows(file: Path, block: str) -> bool:
    pattern = re.escape(block)
    text = file.read_text(encoding="utf-8")
    if file.suffix == ".expected":
        text = re.sub("<number>", "0.5", text)
        pattern = re.escape(re.sub(rf"(?<==){NUMBER}", "0.5", block))
    return re.search(r"(?m)^" + pattern, text) is not None


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
