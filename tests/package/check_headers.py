#!/usr/bin/env python3
"""Compiles every header below include/perdure by itself, and checks its form.

    check_headers.py [--root DIR] [--work DIR] [--precompile MOST] -- COMPILER FLAG...

Each header gets a file that includes nothing else, in the folder for work: kept between runs, with a compiler
cache in front of the compiler, only headers that changed cost anything.

With --precompile, for Clang, those headers that many others bring are read once: a header is compiled on top of the
largest of them that it brings by its first lines. What is precompiled is then what the header includes itself, and
nothing else: what it misses stays missing.

Form: the first line is a comment that says what the file is for, `#pragma once` follows, code is in the
library's namespace, lines end at column 100 and the file at line 400.
"""
import argparse
import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import Future, ThreadPoolExecutor
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


def first_includes(text: str) -> list[str]:
    """What a header includes whatever is defined, and before anything that could need it."""
    names = []
    for line in text.splitlines():
        if found := re.match(r'#include ["<]([^">]+)[">]', line):
            names.append(found[1])
        elif line and not line.startswith(("//", "#pragma once")):
            break
    return names


def brought_by_first_lines(texts: dict[str, str]) -> dict[str, set[str]]:
    """For each header itself, the headers of ours that its first lines include, those that theirs do, and so on."""
    includes = {name: set(first_includes(text)) & texts.keys() for name, text in texts.items()}
    brings = {}
    for name in texts:
        found, to_visit = {name}, [name]
        while to_visit:
            more = includes[to_visit.pop()] - found
            found |= more
            to_visit += more
        brings[name] = found
    return brings


def choose_bases(texts: dict[str, str], most: int) -> dict[str, str]:
    """For each header the one to precompile for it, if any: at most so many, each time the one that saves the most
    reading."""
    brings = brought_by_first_lines(texts)
    size = {name: sum(len(texts[each]) for each in brings[name]) for name in texts}
    users = {name: [each for each in texts if each != name and name in brings[each]] for name in texts}
    bases: dict[str, str] = {}

    def saves(name: str) -> int:
        return sum(max(0, size[name] - size.get(bases.get(each, ""), 0)) for each in users[name])

    for _ in range(most):
        best = max(texts, key=saves, default="")
        if not best or not saves(best):
            break
        for each in users[best]:
            if each not in bases or size[bases[each]] < size[best]:
                bases[each] = best
    return bases


class Compiler:
    """Compiles headers, each by itself. Says nothing where there is nothing to say."""

    def __init__(self, command: list[str], work: Path, pool: ThreadPoolExecutor):
        self.command, self.work, self.pool = command, work, pool
        self.precompiled: dict[str, Future[str]] = {}

    def run(self, name: str, *flags: str) -> str:
        if name.endswith("source.hpp"):  # refuses to be compiled in another mode
            flags = (*flags, "-DPERDURE_SEPARATE_COMPILATION")
        source = self.work / (name.replace("/", ".") + ".cpp")
        source.write_text(f'#include "{name}"\n')
        done = subprocess.run([*self.command, *flags, str(source)], capture_output=True, text=True)
        return done.stderr or "the compiler failed" if done.returncode else ""

    def path(self, name: str) -> str:
        return str(self.work / (name.replace("/", ".") + ".pch"))

    def precompile(self, name: str) -> str:
        # Without its instantiations, all that are on top of it would make them again.
        return self.run(name, "-fpch-instantiate-templates", "-Xclang", "-fno-pch-timestamp", "-o", self.path(name),
                        "-x", "c++-header")

    def compile(self, name: str, base: "str | None") -> str:
        if name in self.precompiled:
            return self.precompiled[name].result()
        if base and not self.precompiled[base].result():
            return self.run(name, "-fsyntax-only", "-include-pch", self.path(base))
        return self.run(name, "-fsyntax-only")

    def compile_all(self, texts: dict[str, str], bases: dict[str, str]) -> dict[str, str]:
        # Who waits for what is precompiled then waits for what has begun.
        for base in sorted(set(bases.values())):
            self.precompiled[base] = self.pool.submit(self.precompile, base)
        return dict(zip(texts, self.pool.map(lambda name: self.compile(name, bases.get(name)), texts)))


def main() -> int:
    parser = argparse.ArgumentParser(description="Compiles every header by itself.")
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parents[2])
    parser.add_argument("--work", type=Path, help="a folder for what is compiled; by default one that is removed")
    parser.add_argument("--precompile", type=int, default=0, help="so many headers at most are read once (Clang)")
    parser.add_argument("command", nargs="+", metavar="COMPILER FLAG")
    options = parser.parse_args()
    include = options.root / "include"
    texts = {header.relative_to(include).as_posix(): header.read_text(encoding="utf-8")
             for header in sorted((include / "perdure").rglob("*.hpp"))}
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(os.cpu_count()) as pool:
        work = options.work or Path(folder)
        work.mkdir(parents=True, exist_ok=True)
        bases = choose_bases(texts, options.precompile)
        said = Compiler(options.command, work, pool).compile_all(texts, bases)
    problems = []
    for name, text in texts.items():
        found = problems_of_form(text) + ["does not compile by itself:\n" + said[name]] * bool(said[name])
        problems += [f"{include / name}: {problem}" for problem in found]
    for problem in problems:
        print(problem, file=sys.stderr)
    print(f"{len(texts)} headers, {len(problems)} problems")
    return 1 if problems or not texts else 0


if __name__ == "__main__":
    sys.exit(main())
