#!/usr/bin/env python3
"""What including perdure.hpp costs, beside what including nlohmann/json.hpp costs, with the same flags.

    benchmarks/compile_time.py [--runs N] [--compiler PATH] [--max-ratio R] [-- FLAG...]

Each run compiles an empty file that includes nothing, one or the other header, in turns, so that a machine
that slows down slows all. Figures are medians of processor time (user and system), in seconds, less the cost
of the empty file. With --max-ratio it exits 1 when perdure.hpp costs more than R times nlohmann/json.hpp.
"""
import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
HEADERS = {"nothing": "", "perdure": "perdure/perdure.hpp", "nlohmann": "nlohmann/json.hpp"}


def processor_seconds(command: list[str]) -> float:
    process = subprocess.Popen(command)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{' '.join(command)} failed (nlohmann/json.hpp is in the package nlohmann-json3-dev)")
    return usage.ru_utime + usage.ru_stime


def main() -> int:
    parser = argparse.ArgumentParser(description="Measures the cost of including perdure.hpp.")
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--compiler", default=os.environ.get("CXX", "c++"))
    parser.add_argument("--max-ratio", type=float)
    parser.add_argument("flags", nargs="*", default=["-O0"])
    options = parser.parse_args()

    seconds: dict[str, list[float]] = {name: [] for name in HEADERS}
    with tempfile.TemporaryDirectory() as folder:
        command = [options.compiler, "-std=c++20", *options.flags, f"-I{ROOT / 'include'}", "-c",
                   "-o", str(Path(folder) / "out.o")]
        for name, header in HEADERS.items():
            (Path(folder) / f"{name}.cpp").write_text(f"#include <{header}>\n" if header else "")
        for _ in range(options.runs):
            for name in HEADERS:
                seconds[name].append(processor_seconds([*command, str(Path(folder) / f"{name}.cpp")]))

    empty = median(seconds["nothing"])
    perdure, nlohmann = (median(seconds[name]) - empty for name in ("perdure", "nlohmann"))
    ratio = perdure / nlohmann
    print(f"{options.compiler} -std=c++20 {' '.join(options.flags)}, median of {options.runs}")
    print(f"perdure/perdure.hpp  {perdure:.3f} s")
    print(f"nlohmann/json.hpp    {nlohmann:.3f} s")
    print(f"ratio                {ratio:.2f}")
    return 1 if options.max_ratio is not None and ratio > options.max_ratio else 0


if __name__ == "__main__":
    sys.exit(main())
