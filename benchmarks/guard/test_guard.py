#!/usr/bin/env python3
"""Plants what guard.py must find: limits that are passed, in allocations and in instructions.

    test_guard.py PATH_OF_benchmark_guard
"""
import copy
import json
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import guard

PROFILE = """\
ob=/usr/bin/program
fl=a.cpp
fn=caller
10 100
cob=/lib/libc.so.6
cfn=memcpy
calls=2 0
11 5000
ob=/lib/x86_64-linux-gnu/libc.so.6
fn=memcpy
0 5000
ob=/lib/libsqlite3.so.0
fn=sqlite3_step
0 7
"""


def check(holds: bool, otherwise: str) -> None:
    if not holds:
        sys.exit(otherwise)


def test_profile() -> None:
    counted = guard.instructions_in(PROFILE)
    check(counted == 107, f"107 instructions are of the program and of SQLite, and {counted} were counted")


def test_compare() -> None:
    limits = {"made_with": "this", "per_item": {"batch": {"allocations": 10, "instructions": 1000}}}
    measured = {"batch": {"made_with": "this", "cost": {"allocations": 10.1, "instructions": 1050}}}
    check(guard.compare(measured, limits) == ([], []), "what is tolerated was found")
    for what, value in [("allocations", 10.2), ("instructions", 1051)]:
        planted = copy.deepcopy(measured)
        planted["batch"]["cost"][what] = value
        grown, _ = guard.compare(planted, limits)
        check(len(grown) == 1 and what in grown[0] and "batch" in grown[0], f"more {what} were not found: {grown}")
    other = {"batch": {"made_with": "that", "cost": {"allocations": 10, "instructions": 9999}}}
    grown, notes = guard.compare(other, limits)
    check(not grown and "not judged" in notes[0], "instructions of another compiler were judged")


def test_program(program: str) -> None:
    """The program itself, against limits that are one allocation too low."""
    limits = json.loads(guard.LIMITS.read_text())
    name = "json_of_a_struct"
    command = [sys.executable, "-B", guard.__file__, program, "--only", name, "--valgrind", "", "--limits"]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "limits.json"
        for planted, expected in [(0, 0), (-1, 1)]:
            changed = copy.deepcopy(limits)
            changed["per_item"][name]["allocations"] += planted
            path.write_text(json.dumps(changed))
            ended = subprocess.run([*command, str(path)], capture_output=True, text=True)
            check(ended.returncode == expected, f"{planted}: ended with {ended.returncode}\n{ended.stderr}")
            check(not planted or ("allocations" in ended.stderr and "--accept" in ended.stderr), ended.stderr)


if __name__ == "__main__":
    test_profile()
    test_compare()
    test_program(sys.argv[1])
    print("what was planted was found")
