#!/usr/bin/env python3
"""Checks include/perdure/FEATURES.md: every header and every test that it names is there, every row names both, and
every header of the authoring surface that perdure.hpp brings is in a row.

    check_features.py [ROOT]      the project to look at; without it, this one
"""
import re
import sys
from pathlib import Path

SURFACE = ("workflow/", "activity/")
NAMED = re.compile(r'^(?:TEST_CASE|(?:DURABLE_)?(?:CLEAR_)?BEHAVIOUR)\(\s*((?:"(?:[^"\\]|\\.)*"\s*)+)', re.MULTILINE)
LITERAL = re.compile(r'"((?:[^"\\]|\\.)*)"')


def tests_of(file: Path) -> set[str]:
    """The names of a file's tests, as C++ puts their parts together."""
    return {"".join(LITERAL.findall(found)) for found in NAMED.findall(file.read_text())}


def rows(table: str) -> list[list[str]]:
    lines = [line for line in table.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[2:]]


def citations(cell: str) -> list[str]:
    """`file: name; file: name`. A name may hold `; `, what begins with no file belongs to the one before."""
    parts: list[str] = []
    for part in cell.split("; "):
        if parts and not re.match(r"\S+\.cpp: ", part):
            parts[-1] += "; " + part
        else:
            parts.append(part)
    return parts


def problems(root: Path) -> list[str]:
    include = root / "include/perdure"
    found = []
    seen = set()
    for cells in rows((include / "FEATURES.md").read_text()):
        if len(cells) != 4:
            found.append(f"{cells[0]}: the row has {len(cells)} cells, not 4")
            continue
        what, _, headers, shown = cells
        for header in re.findall(r"`([^`]+)`", headers):
            seen.add(header)
            if not (include / header).is_file():
                found.append(f"{what}: there is no header {header}")
        if not re.search(r"`[^`]+`", headers):
            found.append(f"{what}: the row names no header")
        for each in citations(shown):
            file, _, name = each.partition(": ")
            path = root / "tests" / file
            if not path.is_file():
                found.append(f"{what}: there is no file tests/{file}")
            elif name not in tests_of(path):
                found.append(f"{what}: tests/{file} has no test '{name}'")
    door = (include / "perdure.hpp").read_text()
    for header in re.findall(r'#include "perdure/(\S+)"', door):
        if header.startswith(SURFACE) and header not in seen:
            found.append(f"no row names {header}")
    return found


def main() -> int:
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parents[2]
    found = problems(root)
    for each in found:
        print(each)
    print(f"FEATURES.md: {len(found)} problems")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
