#!/usr/bin/env python3
"""check_features.py must find what is planted here, and nothing where nothing is."""
import sys
import tempfile
from pathlib import Path

from check_features import problems

GOOD = "| sleep | `sleep(d)` | `workflow/timer.hpp` | a_test.cpp: it sleeps; a_test.cpp: it wakes up; late |"
PLANTED = {
    "has no test 'it snores'": GOOD.replace("it sleeps", "it snores"),
    "no file tests/b_test.cpp": GOOD.replace("a_test.cpp: it sleeps", "b_test.cpp: it sleeps"),
    "no header workflow/clock.hpp": GOOD.replace("timer.hpp", "clock.hpp"),
    "no row names workflow/timer.hpp": GOOD.replace("workflow/timer.hpp", "workflow/other.hpp"),
    "the row names no header": GOOD.replace("`workflow/timer.hpp`", ""),
    "has 3 cells": GOOD.replace(" | `workflow/timer.hpp`", ""),
}


def problems_with(row: str) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "tests").mkdir()
        (root / "tests/a_test.cpp").write_text(
            'TEST_CASE("it sleeps", "[a]") {}\nBEHAVIOUR("it wakes "\n          "up; late", "[a]") {}\n'
        )
        include = root / "include/perdure"
        (include / "workflow").mkdir(parents=True)
        for header in ("timer.hpp", "other.hpp"):
            (include / "workflow" / header).write_text("")
        (include / "perdure.hpp").write_text('#include "perdure/workflow/timer.hpp"\n')
        (include / "FEATURES.md").write_text(f"| what | form | headers | shown by |\n|---|---|---|---|\n{row}\n")
        return problems(root)


def main() -> int:
    failed = [f"found in a good table: {each}" for each in problems_with(GOOD)]
    for words, row in PLANTED.items():
        if not any(words in each for each in problems_with(row)):
            failed.append(f"not found: {words}")
    for each in failed:
        print(each)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
