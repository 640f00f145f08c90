#!/usr/bin/env python3
"""Checks that a module exports every public name of the header that it is made of, and no other. The compiler says
which names those are.

    check_modules.py [--root DIR] [--write] -- CLANG FLAG...     with --write, the module's list is put right instead

Public is what is declared in the library's namespace, and in those within it that are not PRIVATE.
"""
import argparse
import re
import subprocess
import sys
import tempfile
from pathlib import Path

# What layers under the authoring surface keep to themselves: no program names it.
PRIVATE = {"detail", "engine", "replay", "sqlite"}
# Operators are friends of what they compare or combine, and need no export: but for these templates.
OPERATORS = {"operator=="}
# A module, the door that it stands for, and the one that it leaves out since it imports that door's module.
MODULES = [("perdure.cppm", "perdure/perdure.hpp", None),
           ("sqlite.cppm", "perdure/sqlite.hpp", "perdure/perdure.hpp")]

DECLARED = re.compile(r"^[|`]-DeclarationName '(.+)'\n((?:[| ] [|`]-\w+ 0x.*\n)?)", re.MULTILINE)
COLUMNS = 100


class Names:
    """The names that a header declares in the library's namespaces."""

    def __init__(self, command: list[str], header: str, work: Path):
        self.command, self.work = command, work
        self.read = work / "header.pch"
        (work / "header.hpp").write_text(f"#include <{header}>\n")
        self.run("-x", "c++-header", work / "header.hpp", "-o", self.read)

    def run(self, *more: "str | Path") -> str:
        done = subprocess.run([*self.command, *map(str, more)], capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"check_modules.py: the compiler says\n{done.stderr}")
        return done.stdout

    def of(self, space: str) -> set[str]:
        """Those of one namespace and the public ones within it, without what the compiler or a class declares."""
        nothing = self.work / "nothing.cpp"
        nothing.write_text("")
        table = self.run("-fsyntax-only", "-include-pch", self.read, "-Xclang", "-ast-dump-lookups", "-Xclang",
                         "-ast-dump-all", "-Xclang", f"-ast-dump-filter={space}", nothing)
        # A namespace that is opened again and again is shown as often: each time all of it.
        shown = [each for each in re.split(r"^Dumping ", table, flags=re.MULTILINE)
                 if re.match(re.escape(space) + r":\nStoredDeclsMap Namespace", each)]
        found = set()
        for name, kind in DECLARED.findall("".join(shown)):
            if not kind or name.startswith(("<", "_")) or name.startswith("operator") and name not in OPERATORS:
                continue
            if "-Namespace 0x" in kind:
                if name not in PRIVATE:
                    found |= {f"{name}::{each}" for each in self.of(f"perdure::{name}")}
            else:
                found.add(name)
        return found


def exported(text: str) -> set[str]:
    """What a module exports."""
    return {name for line in re.findall(r"^using ([^;]+);", text, re.MULTILINE)
            for name in re.findall(r"perdure::([\w:]+=*)", line)}


def as_text(names: set[str]) -> str:
    """The list as it stands in a module."""
    lines = []
    for space in sorted({name.rpartition("::")[0] for name in names}):
        lines.append(f"export namespace perdure{'::' + space if space else ''} {{")
        line = "using"
        for name in sorted(each for each in names if each.rpartition("::")[0] == space):
            if len(line) + len(f" perdure::{name},") > COLUMNS:
                lines.append(line)
                line = "   "
            line += f" perdure::{name},"
        lines += [line[:-1] + ";", "}", ""]
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description="Checks what the modules export.")
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parents[2])
    parser.add_argument("--write", action="store_true")
    parser.add_argument("command", nargs="+", metavar="CLANG FLAG")
    options = parser.parse_args()
    problems = []
    known: dict[str, set[str]] = {}
    for module, door, imported in MODULES:
        file = options.root / "include/perdure" / module
        with tempfile.TemporaryDirectory() as folder:
            known[door] = Names(options.command, door, Path(folder)).of("perdure::v0")
        wanted = known[door] - known.get(imported or "", set())
        text = file.read_text()
        if options.write:
            start = text.index("export namespace")
            file.write_text(text[:start] + as_text(wanted).rstrip() + "\n")
            continue
        problems += [f"{module}: {name} of {door} is not exported" for name in sorted(wanted - exported(text))]
        problems += [f"{module}: {name} is exported, and not of {door}" for name in sorted(exported(text) - wanted)]
    for problem in problems:
        print(problem, file=sys.stderr)
    print(f"{len(MODULES)} modules, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
