#!/usr/bin/env python3
"""Compiles every header below include/perdure by itself, and checks its form.

    check_headers.py [--root DIR] [--work DIR] -- COMPILER FLAG...

Each header gets a file that includes nothing else, in the folder for work: kept between runs, with a compiler
cache in front of the compiler, only headers that changed cost anything.

Form: the first line is a comment that says what the file is for, `#pragma once` follows, code is in the
library's namespace, lines end at column 100 and the file at line 400.
"""
import argparse
import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

LINE_MAX = 100
LINES_MAX = 400


def problems_of_form(text: str) -> list[str]:
    lines = text.splitlines()
    problems = []
    if not lines or not re.match(r"// \S", lines[0]):
        problems.append("the first line is not a comment that says what the file is for")
    if "#pragma once" not in lines:
        problems.append("there is no #pragma once")
    if len(lines) > LINES_MAX:
        problems.append(f"{len(lines)} lines, and {LINES_MAX} is the limit: split it by concept")
    for number, line in enumerate(lines, start=1):
        if len(line) > LINE_MAX:
            problems.append(f"line {number} has {len(line)} columns, and {LINE_MAX} is the limit")
        if re.match(r"\s*using namespace", line):
            problems.append(f"line {number}: using namespace in a header")
        if re.match(r"namespace perdure(?!::inline v0\b)", line):
            problems.append(f"line {number}: the namespace is perdure::inline v0")
    return problems


def problems_of(header: Path, include: Path, work: Path, command: list[str]) -> list[str]:
    form = problems_of_form(header.read_text(encoding="utf-8"))
    name = header.relative_to(include).as_posix()
    source = work / (name.replace("/", ".") + ".cpp")
    source.write_text(f'#include "{name}"\n')
    compiled = subprocess.run([*command, "-c", str(source), "-o", str(source) + ".o"], capture_output=True, text=True)
    if compiled.returncode:
        form.append("does not compile by itself:\n" + compiled.stderr)
    return [f"{header}: {problem}" for problem in form]


def main() -> int:
    parser = argparse.ArgumentParser(description="Compiles every header by itself.")
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parents[2])
    parser.add_argument("--work", type=Path, help="a folder for what is compiled; by default one that is removed")
    parser.add_argument("command", nargs="+", metavar="COMPILER FLAG")
    options = parser.parse_args()
    include = options.root / "include"
    headers = sorted((include / "perdure").rglob("*.hpp"))
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(os.cpu_count()) as pool:
        work = options.work or Path(folder)
        work.mkdir(parents=True, exist_ok=True)
        results = pool.map(lambda header: problems_of(header, include, work, options.command), headers)
        problems = [problem for found in results for problem in found]
    for problem in problems:
        print(problem, file=sys.stderr)
    print(f"{len(headers)} headers, {len(problems)} problems")
    return 1 if problems or not headers else 0


if __name__ == "__main__":
    sys.exit(main())
