#!/usr/bin/env python3
"""How long a program that uses perdure::temporal takes to build from nothing, and what of it most.

build_time.py [--compiler PATH] [--jobs N] [--flags FLAGS] [--limit SECONDS] [--show N]

The program is examples/batch.cpp with its backend changed to a cluster. It is configured in a new
folder beside the library's sources, and built with no compiler cache. Ends with 1 where the build
takes longer than the limit.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# What has to change in the program: nothing else.
CHANGES = {
    "#include <perdure/sqlite.hpp>": "#include <perdure/temporal.hpp>",
    'perdure::sqlite_backend backend{"batch.db"};': "perdure::temporal_backend backend;",
}
PROJECT = """\
cmake_minimum_required(VERSION 3.25)
project(consumer LANGUAGES CXX)
set(PERDURE_TEMPORAL ON)
add_subdirectory({root} perdure)
add_executable(batch batch.cpp)
target_link_libraries(batch PRIVATE perdure::temporal)
"""


def write_project(folder: Path) -> None:
    program = (ROOT / "examples/batch.cpp").read_text()
    for old, new in CHANGES.items():
        if old not in program:
            raise SystemExit(f"examples/batch.cpp has no '{old}'")
        program = program.replace(old, new)
    (folder / "batch.cpp").write_text(program)
    (folder / "CMakeLists.txt").write_text(PROJECT.format(root=ROOT))


def run(command: list[str]) -> tuple[float, float]:
    """Gives the seconds that passed, and those of processors."""
    environment = os.environ | {"CCACHE_DISABLE": "1"}
    began, used = time.monotonic(), processor_seconds()
    ended = subprocess.run(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    if ended.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{ended.stdout[-8000:]}")
    return time.monotonic() - began, processor_seconds() - used


def processor_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def slowest(log: Path) -> list[tuple[float, str]]:
    """Seconds and what was made, the slowest first; by ninja's own log, in milliseconds."""
    seconds = {}
    for line in log.read_text().splitlines()[1:]:
        begin, end, _, output, _ = line.split("\t")
        # A command that makes many files has a line for each.
        seconds[(begin, end)] = ((int(end) - int(begin)) / 1000, output)
    return sorted(seconds.values(), reverse=True)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--compiler", default=os.environ.get("CXX", "clang++-19"))
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--flags", default="-O2")
    parser.add_argument("--limit", type=float, default=60)
    parser.add_argument("--show", type=int, default=12)
    said = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        source, build = Path(made) / "source", Path(made) / "build"
        source.mkdir()
        write_project(source)
        options = [f"-DCMAKE_CXX_COMPILER={said.compiler}", "-DCMAKE_BUILD_TYPE=Release"]
        options += [f"-DCMAKE_CXX_FLAGS_RELEASE={said.flags} -DNDEBUG"]
        options += ["-DCMAKE_CXX_COMPILER_LAUNCHER="]  # the environment may ask for one
        configured, _ = run(["cmake", "-G", "Ninja", "-S", str(source), "-B", str(build), *options])
        make = ["cmake", "--build", str(build), "--target", "batch", "-j", str(said.jobs)]
        built, used = run(make)
        steps = slowest(build / ".ninja_log")
    print(f"{said.compiler} {said.flags}, {said.jobs} jobs, no cache, {len(steps)} steps")
    print(f"configure  {configured:6.1f} s")
    print(f"build      {built:6.1f} s, limit {said.limit:.0f} s")
    print(f"processors {used:6.1f} s")
    for seconds, output in steps[: said.show]:
        print(f"  {seconds:6.1f} s  {output.removeprefix('perdure/include/perdure/')}")
    return 1 if built > said.limit else 0


if __name__ == "__main__":
    sys.exit(main())
