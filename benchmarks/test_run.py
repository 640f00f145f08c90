#!/usr/bin/env python3
"""Plants what run.py must find: a missed target, a wrong result, a debugging build. Draws the pictures too.

    test_run.py [--compiler PATH]

The programs that it runs are scripts that print what a Google Benchmark program prints.
"""
import argparse
import json
import subprocess
import sys
import tempfile
import xml.dom.minidom
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROW = "a struct to JSON"


def check(holds: bool, otherwise: str) -> None:
    if not holds:
        sys.exit(otherwise)


def make_program(folder: Path, nanoseconds: list[float | list[float]], error: str = "",
                 name: str = "encode_struct") -> None:
    """`benchmark_codec_bench`, which takes so long in each of its rounds, or in the repetitions of each."""
    outputs = folder / "outputs"
    outputs.mkdir(exist_ok=True)
    for number, time in enumerate(nanoseconds):
        entries = [{"name": name, "run_type": "iteration", "real_time": each, "cpu_time": each, "time_unit": "ns"}
                   for each in (time if isinstance(time, list) else [time])]
        if error:
            entries[0] |= {"error_occurred": True, "error_message": error}
        (outputs / f"{number}.json").write_text(json.dumps({"benchmarks": entries}))
    program = folder / "benchmarks/benchmark_codec_bench"
    program.parent.mkdir(exist_ok=True)
    program.write_text(f'#!/bin/sh\ncd {outputs}\nnext=$(ls *.json | head -n 1)\ncat "$next"\nrm "$next"\n')
    program.chmod(0o755)


def report(folder: Path, *more: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-B", str(HERE / "run.py"), "--build-dir", str(folder), "--no-build", "--only", ROW]
    return subprocess.run([*command, *more], capture_output=True, text=True)


def test_report(folder: Path) -> None:
    make_program(folder, [50])
    ended = report(folder)
    check(ended.returncode == 0 and "| pass |" in ended.stdout and "| 2.00 |" in ended.stdout, f"passes: {ended}")

    make_program(folder, [50, 101, 50])
    ended = report(folder, "--repeat", "3")
    check(ended.returncode == 1 and "**miss**" in ended.stdout, f"one round of three misses: {ended}")
    row = json.loads((folder / "benchmarks.json").read_text())["rows"][0]
    check(row["values"] == [50, 101, 50] and row["value"] == 50 and not row["passes"], f"the row is {row}")

    make_program(folder, [[900, 60, 50], [50, 101, 102]])
    ended = report(folder, "--repeat", "2")
    row = json.loads((folder / "benchmarks.json").read_text())["rows"][0]
    check(ended.returncode == 1 and row["values"] == [60, 101], f"the medians of repetitions are {row}")

    make_program(folder, [50], error="a wrong result")
    ended = report(folder)
    check(ended.returncode == 2 and "a wrong result" in ended.stderr, f"a wrong result: {ended}")

    make_program(folder, [50], name="another_benchmark")
    ended = report(folder)
    check(ended.returncode == 2 and ROW in ended.stderr, f"a benchmark is not there: {ended}")

    make_program(folder, [500])
    check(report(folder, "--smoke").returncode == 0, "a smoke run judges no figure")

    cache = folder / "CMakeCache.txt"
    release = cache.read_text()
    cache.write_text(release + "CMAKE_BUILD_TYPE:STRING=Debug\n")
    make_program(folder, [50])
    ended = report(folder)
    check(ended.returncode == 2 and "preset rel" in ended.stderr, f"a debugging build is timed: {ended}")
    check(report(folder, "--smoke").returncode == 0, "a smoke run takes any build")
    cache.write_text(release)


def test_pictures(folder: Path) -> None:
    make_program(folder, [50])
    report(folder)
    result, picture, peers = folder / "benchmarks.json", folder / "picture.svg", folder / "peers.json"
    peers.write_text(json.dumps({"rows": [{"what": ROW, "who": "by hand", "value": 20, "unit": "ns"},
                                          {"what": ROW, "who": "<another>", "note": "its way", "value": 840,
                                           "unit": "ns"},
                                          {"what": "another row", "who": "x", "value": 1, "unit": "s"},
                                          {"what": "a pair", "who": "perdure", "value": 1, "unit": "s"},
                                          {"what": "a pair", "who": "x", "value": 2, "unit": "s"}]}))
    with_peers = ["--peers", str(peers)]
    orders = [([], [ROW]), (with_peers, ["&lt;another&gt;, its way", 'class="floor"', "a pair"]),
              ([*with_peers, "--rows", "PAIR", "struct"], ["a pair", "&lt;another&gt;"])]
    for more, expected in orders:
        command = [sys.executable, "-B", str(HERE / "picture.py"), str(result), str(picture), *more]
        ended = subprocess.run(command, capture_output=True, text=True)
        check(ended.returncode == 0, f"picture.py: {ended.stderr}")
        text = picture.read_text()
        xml.dom.minidom.parseString(text)
        places = [text.find(each) for each in expected]
        check(-1 not in places and places == sorted(places), f"the picture {more} lacks {expected}, in this order")
        check("another row" not in text, f"the picture {more} shows a row that nobody but one has")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--compiler", default="c++")
    said = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        (Path(made) / "CMakeCache.txt").write_text(f"CMAKE_CXX_COMPILER:STRING={said.compiler}\n")
        test_report(Path(made))
        test_pictures(Path(made))
    print("what was planted was found")
