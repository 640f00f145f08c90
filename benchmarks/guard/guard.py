#!/usr/bin/env python3
"""Guards what six central benchmarks cost: allocations and instructions of an item, beside limits.json.

    guard.py PATH_OF_benchmark_guard            ends with 1 when something costs more than its limit, and says what
    guard.py PATH_OF_benchmark_guard --accept   writes what is measured into limits.json: commit it with the change

Neither figure depends on the machine. Allocations are counted by the program itself. Instructions are counted by
valgrind's callgrind: those of the program, SQLite and the C++ library, and not of the C library, which has variants for
each processor. They depend on the compiler and the libraries, so they are judged only with those that limits.json
names, and left out where there is no valgrind.
"""
import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

LIMITS = Path(__file__).resolve().with_name("limits.json")
WORKLOADS = ["batch_in_memory", "sequence_in_memory", "batch_on_sqlite", "replay_of_a_long_history",
             "timers_in_virtual_time", "json_of_a_struct"]
TOLERANCE = {"allocations": 0.01, "instructions": 0.05}
FEW = 0.01  # so many of an item are no growth, where nearly all come from memory that is there
C_LIBRARY = ("ld-linux", "libc.", "libm.")


def instructions_in(profile: str) -> int:
    """The own costs in callgrind's file, by object, less those of the C library."""
    total = 0
    is_counted = is_inclusive = False
    for line in profile.splitlines():
        if line.startswith("ob="):
            is_counted = not Path(line[3:]).name.startswith(C_LIBRARY)
        elif line.startswith("calls="):
            is_inclusive = True  # the next line is what the called function cost, which has lines of its own
        elif line and (line[0].isdigit() or line[0] in "+-*"):
            if is_counted and not is_inclusive:
                total += int(line.split()[1])
            is_inclusive = False
    return total


def count_instructions(program: Path, workload: str, valgrind: str, folder: Path) -> int:
    profile = folder / "callgrind.out"
    command = [valgrind, "--tool=callgrind", f"--callgrind-out-file={profile}", "--compress-strings=no",
               "--compress-pos=no", "--toggle-collect=perdure_guard_measured", str(program), workload]
    ended = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if ended.returncode:
        sys.exit(f"{' '.join(command)} ended with {ended.returncode}\n{ended.stderr}")
    return instructions_in(profile.read_text())


def measure(program: Path, workload: str, valgrind: str) -> dict:
    """What an item of the workload costs."""
    with tempfile.TemporaryDirectory() as made:
        environment = {key: value for key, value in os.environ.items() if not key.startswith("PERDURE_")}
        ended = subprocess.run([program, workload], cwd=made, env=environment, capture_output=True, text=True)
        if ended.returncode:
            sys.exit(f"{program} {workload} ended with {ended.returncode}\n{ended.stderr}")
        said = json.loads(ended.stdout)
        cost = {"allocations": round(said["allocations"] / said["items"], 3)}
        if valgrind:
            counted = count_instructions(program, workload, valgrind, Path(made))
            cost["instructions"] = round(counted / said["items"])
    return {"cost": cost, "made_with": said["made_with"]}


def compare(measured: dict, limits: dict) -> tuple[list[str], list[str]]:
    """What costs more than it may, and what else there is to say."""
    grown, notes = [], []
    judged = ["allocations", "instructions"]
    if any(each["made_with"] != limits["made_with"] for each in measured.values()):
        notes.append(f"Instructions are not judged: the limits are of {limits['made_with']}, and this is "
                     f"{next(iter(measured.values()))['made_with']}.")
        judged.remove("instructions")
    for name, each in measured.items():
        for what in judged:
            now, limit = each["cost"].get(what), limits["per_item"][name][what]
            if now is None:
                continue
            change = f"{name}: {what} an item went from {limit:,} to {now:,} ({(now - limit) / max(limit, 1e-9):+.1%})"
            if now > limit * (1 + TOLERANCE[what]) + FEW:
                grown.append(f"{change}, and {TOLERANCE[what]:+.0%} is the most")
            elif now < limit * (1 - TOLERANCE[what]):
                notes.append(f"{change}: accept it, so that it stays there")
    return grown, notes


def write_limits(measured: dict, path: Path) -> None:
    content = {"made_with": next(iter(measured.values()))["made_with"],
               "per_item": {name: each["cost"] for name, each in measured.items()}}
    path.write_text(json.dumps(content, indent=2) + "\n")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=Path)
    parser.add_argument("--accept", action="store_true", help="make what is measured the limit")
    parser.add_argument("--valgrind", default=shutil.which("valgrind") or "", help="its path; empty: do without")
    parser.add_argument("--limits", type=Path, default=LIMITS, help="another file than limits.json")
    parser.add_argument("--only", choices=WORKLOADS, action="append", help="one of the workloads; may be repeated")
    said = parser.parse_args()
    program = said.program.resolve()
    names = said.only or WORKLOADS
    if said.accept and (not said.valgrind or said.only):
        parser.error("--accept needs all workloads, and valgrind")
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        measured = dict(zip(names, pool.map(lambda name: measure(program, name, said.valgrind), names)))
    for name, each in measured.items():
        print(f"{name:<26}" + "".join(f"{value:>12,} {what}" for what, value in each["cost"].items()))
    if said.accept:
        write_limits(measured, said.limits)
        print(f"These are the limits now, in {said.limits}")
        return 0
    grown, notes = compare(measured, json.loads(said.limits.read_text()))
    print("\n".join(notes))
    if grown:
        print("\n".join(grown), file=sys.stderr)
        print(f"If that is meant: {Path(__file__).name} {said.program} --accept", file=sys.stderr)
    return 1 if grown else 0


if __name__ == "__main__":
    sys.exit(main())
