#!/usr/bin/env python3
"""Makes the single headers of perdure from include/. Needs nothing but Python.

    single_include/amalgamate.py           writes single_include/perdure/*.hpp
    single_include/amalgamate.py --check   compares them byte for byte, writes nothing, exits 1 when stale

perdure.hpp holds everything it includes, each header once, in the order of use. An opt-in door (sqlite.hpp,
temporal.hpp, testing.hpp) becomes a file of its own that starts with `#include <perdure/perdure.hpp>`; if it
includes another opt-in door, it has of that only the `#include`. A door that perdure.hpp holds (workflow.hpp) has no
more than the `#include` of it.

Unconditional system includes (column 0, outside of every #if) move to the top, sorted, each once. Conditional
ones stay where they are. Refused, with the place: an include cycle, a missing header, an include of ours
under #if (its text would be conditional for everybody who needs it later), and an internal header that two
opt-in doors bring (it would be defined twice for who includes both).

Conditions on how the library is compiled may hold includes of ours: PERDURE_SEPARATE_COMPILATION is (not) defined,
or `#if PERDURE_DEFINES`, and their #else. What is not needed in each of these modes stands under its condition in the
generated file. What perdure.hpp does not hold where the library is compiled once is in the door internals.hpp: the
opt-in doors that need it include that.
"""
import argparse
import re
import sys
from pathlib import Path
from typing import NamedTuple

DOOR = "perdure/perdure.hpp"
INNER_DOORS = ("perdure/workflow.hpp",)
# A door that includes another one comes after it.
OPT_IN_DOORS = ("perdure/internals.hpp", "perdure/codec.hpp", "perdure/external_storage.hpp",
                "perdure/encryption.hpp", "perdure/sqlite.hpp", "perdure/protobuf.hpp", "perdure/telemetry.hpp",
                "perdure/temporal.hpp", "perdure/testing.hpp", "perdure/source.hpp", "perdure/sqlite_source.hpp")

INCLUDE = re.compile(r'^(\s*)#\s*include\s*(<[^>]+>|"[^"]+")\s*(?://.*)?$')
CONDITION_OPENS = re.compile(r"^\s*#\s*if")
CONDITION_CLOSES = re.compile(r"^\s*#\s*endif\b")
PRAGMA_ONCE = re.compile(r"^\s*#\s*pragma\s+once\b")
CONDITION_TURNS = re.compile(r"^\s*#\s*(?:else|elif)")
# When something is needed: each file of a program compiles the library; one does (the source), and the others
# have declarations.
HEADER_ONLY, SOURCE, DECLARED = frozenset({"header only"}), frozenset({"source"}), frozenset({"declared"})
ALWAYS = HEADER_ONLY | SOURCE | DECLARED
CONDITION_ON_MODE = re.compile(r"^#if(def PERDURE_SEPARATE_COMPILATION|ndef PERDURE_SEPARATE_COMPILATION|"
                               r" PERDURE_DEFINES)(?: //.*)?$")
MODES_OF = {"def PERDURE_SEPARATE_COMPILATION": SOURCE | DECLARED, "ndef PERDURE_SEPARATE_COMPILATION": HEADER_ONLY,
            " PERDURE_DEFINES": HEADER_ONLY | SOURCE}
# As conditions that hold before perdure/config.hpp, too.
CONDITION_OF = {HEADER_ONLY: "ifndef PERDURE_SEPARATE_COMPILATION", SOURCE: "ifdef PERDURE_SOURCE",
                DECLARED: "if defined(PERDURE_SEPARATE_COMPILATION) && !defined(PERDURE_SOURCE)",
                SOURCE | DECLARED: "ifdef PERDURE_SEPARATE_COMPILATION", HEADER_ONLY | DECLARED: "ifndef PERDURE_SOURCE",
                HEADER_ONLY | SOURCE: "if !defined(PERDURE_SEPARATE_COMPILATION) || defined(PERDURE_SOURCE)"}
EMPTY_CONDITION = re.compile(r"^#if(?:n?def PERDURE_SEPARATE_COMPILATION| PERDURE_DEFINES)\b.*\n(?:#else.*\n)?#endif.*\n",
                             re.MULTILINE)
VERSION = re.compile(r"#define PERDURE_VERSION_(MAJOR|MINOR|PATCH) (\d+)")


class Refused(Exception):
    """The headers cannot be put into one file; the text says where and why."""


class Line(NamedTuple):
    text: str
    ours: str | None  # the header that it includes, if it is one of ours
    system: str | None  # what it includes, if that moves to the top
    modes: frozenset[str]  # when `ours` is included


# Header -> the generated files that hold it, and when.
Provided = dict[str, dict[str, frozenset[str]]]


class Amalgamation:
    """One generated file while it is made."""

    def __init__(self, include_dir: Path, provided: Provided):
        self.include_dir = include_dir
        self.provided = provided
        self.modes: dict[str, frozenset[str]] = {}  # header of this file -> the modes that need it
        self.parts: dict[str, str] = {}  # text in final order
        self.system_includes: dict[str, frozenset[str]] = {}
        self.door_includes: set[str] = set()
        self.preamble: list[str] = []  # what the door says before its first include, if that is for the preprocessor
        self.path: list[str] = []  # from the door to the header in hand

    def resolve(self, spelled: str, includer: str, line: int) -> str | None:
        """The name of one of our headers relative to include/, or None for anybody else's."""
        name = spelled[1:-1]
        if name.startswith("perdure/"):
            if not (self.include_dir / name).is_file():
                raise Refused(f"{includer}:{line}: {name} does not exist")
            return name
        if spelled[0] == '"':
            raise Refused(f'{includer}:{line}: write #include "perdure/..." from the root of include/, not {spelled}')
        return None

    def lines_of(self, header: str) -> list[Line]:
        """What the header has, without #pragma once."""
        found: list[Line] = []
        conditions: list[frozenset[str] | None] = []  # the modes of each #if that is open; None: another condition
        for number, line in enumerate((self.include_dir / header).read_text(encoding="utf-8").splitlines(), start=1):
            if CONDITION_OPENS.match(line):
                ours = CONDITION_ON_MODE.match(line)
                conditions.append(ours and MODES_OF[ours[1]])
            elif CONDITION_CLOSES.match(line):
                conditions.pop()
            elif conditions and CONDITION_TURNS.match(line):
                conditions[-1] = conditions[-1] and ALWAYS - conditions[-1]
            if PRAGMA_ONCE.match(line):
                continue
            match = INCLUDE.match(line)
            target = match and self.resolve(match[2], header, number)
            if target is not None and None in conditions:
                raise Refused(f"{header}:{number}: {target} is included under #if")
            moves = match is not None and target is None and not conditions and not match[1]
            found.append(Line(line.rstrip(), target, match[2] if moves else None,
                              ALWAYS.intersection(*conditions) if target else ALWAYS))
        if conditions:
            raise Refused(f"{header}: #if without #endif")
        return found

    def reach(self, header: str, modes: frozenset[str]) -> None:
        """Notes what is needed, and when."""
        for door, held in self.provided.get(header, {}).items():
            if modes & held:
                self.door_includes.add(f"<{door}>")
                modes -= held
        modes -= self.modes.get(header, frozenset())
        if not modes:
            return
        self.modes[header] = self.modes.get(header, frozenset()) | modes
        for line in self.lines_of(header):
            if line.ours is not None:
                self.reach(line.ours, modes & line.modes)

    def add(self, header: str) -> None:
        if header in self.path:
            cycle = self.path[self.path.index(header):] + [header]
            raise Refused("include cycle: " + " -> ".join(cycle))
        if header in self.parts:
            return
        self.path.append(header)
        kept = []
        lines = self.lines_of(header)
        if len(self.path) == 1:
            first = next((at for at, line in enumerate(lines) if line.ours or line.system), 0)
            before = [line.text for line in lines[:first]]
            opened = sum(bool(CONDITION_OPENS.match(text)) - bool(CONDITION_CLOSES.match(text)) for text in before)
            if opened == 0 and any(text.startswith("#") for text in before):
                self.preamble, lines = before, lines[first:]
        for line in lines:
            if line.system is not None:
                before = self.system_includes.get(line.system, frozenset())
                self.system_includes[line.system] = before | self.modes[header]
            elif line.ours is None:
                kept.append(line.text)
            elif line.ours in self.modes:
                self.add(line.ours)
        self.path.pop()
        body = EMPTY_CONDITION.sub("", "\n".join(kept) + "\n")
        self.parts[header] = re.sub(r"\n{3,}", "\n\n", body).strip("\n")

    def take(self, door: str) -> "Amalgamation":
        self.reach(door, ALWAYS)
        self.add(door)
        return self

    def text(self, door: str, version: str) -> str:
        head = [
            f"// perdure {version}: <{door}> in one file. Generated by single_include/amalgamate.py: do not edit.",
            "// SPDX-License-Identifier: MIT",
            "#pragma once",
            "",
            *self.preamble,
        ]
        for modes, group in [(ALWAYS, self.door_includes)] + [
                (modes, {name for name, when in self.system_includes.items() if when == modes})
                for modes in (ALWAYS, *CONDITION_OF)]:
            if group:
                head += [under("\n".join(f"#include {name}" for name in sorted(group)), modes), ""]
        return "\n".join(head) + "".join(f"\n// ---- {header}\n\n{under(body, self.modes[header])}\n"
                                        for header, body in self.parts.items() if body)


def under(text: str, modes: frozenset[str]) -> str:
    if modes == ALWAYS:
        return text
    return f"#{CONDITION_OF[modes]}\n{text}\n#endif"


def generate(include_dir: Path) -> dict[str, str]:
    """Path relative to the output folder -> text, for every door there is."""
    if not (include_dir / DOOR).is_file():
        raise Refused(f"{include_dir / DOOR} does not exist")
    version_header = (include_dir / "perdure/version.hpp").read_text(encoding="utf-8")
    version = ".".join(number for _, number in VERSION.findall(version_header))

    core = Amalgamation(include_dir, {}).take(DOOR)
    if crossed := core.modes.keys() & set(OPT_IN_DOORS):
        raise Refused(f"{DOOR} must not include an opt-in door, and includes {', '.join(sorted(crossed))}")
    files = {DOOR: core.text(DOOR, version)}
    for door in core.modes.keys() & set(INNER_DOORS):
        inner = Amalgamation(include_dir, {})
        inner.door_includes.add(f"<{DOOR}>")
        files[door] = inner.text(door, version).rstrip("\n") + "\n"
    owner: dict[str, tuple[str, frozenset[str]]] = {}  # internal header of an opt-in door -> that door, and when
    doors = [door for door in OPT_IN_DOORS if (include_dir / door).is_file()]
    for door in doors:
        provided: Provided = {header: {DOOR: modes} for header, modes in core.modes.items()}
        provided |= {other: {other: ALWAYS} for other in doors if other != door}
        included = set(re.findall(r'#include "(perdure/\w+\.hpp)"', (include_dir / door).read_text(encoding="utf-8")))
        for header, (other, modes) in owner.items():
            if other in included:
                provided.setdefault(header, {})[other] = modes
        part = Amalgamation(include_dir, provided).take(door)
        part.door_includes.add(f"<{DOOR}>")
        for header, modes in part.modes.items():
            if header in owner and owner[header][1] & modes:
                raise Refused(f"{header} comes with {owner[header][0]} and with {door}: give it to {DOOR}, "
                              "or let one of the two doors include the other")
            owner.setdefault(header, (door, modes))
        files[door] = part.text(door, version)
    return files


def differences(files: dict[str, str], output: Path) -> list[str]:
    found = []
    for name, text in files.items():
        path = output / name
        if not path.is_file():
            found.append(f"{path} is missing")
        elif path.read_bytes() != text.encode():
            found.append(f"{path} is stale")
    present = {path.relative_to(output).as_posix() for path in output.glob("perdure/**/*") if path.is_file()}
    return found + [f"{output / name} is not generated from anything" for name in sorted(present - files.keys())]


def main() -> int:
    here = Path(__file__).resolve().parent
    parser = argparse.ArgumentParser(description="Makes the single headers of perdure.")
    parser.add_argument("--check", action="store_true", help="compare, write nothing, exit 1 when stale")
    parser.add_argument("--include", type=Path, default=here.parent / "include", help="folder that holds perdure/")
    parser.add_argument("--output", type=Path, default=here, help="folder to write perdure/ into")
    options = parser.parse_args()
    try:
        files = generate(options.include)
    except Refused as reason:
        print(f"amalgamate: {reason}", file=sys.stderr)
        return 2
    if options.check:
        stale = differences(files, options.output)
        for line in stale:
            print(line, file=sys.stderr)
        if stale:
            print("run single_include/amalgamate.py and commit what it writes", file=sys.stderr)
        return 1 if stale else 0
    for name, text in files.items():
        path = options.output / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
        print(f"{path}: {len(text.splitlines())} lines")
    return 0


if __name__ == "__main__":
    sys.exit(main())
