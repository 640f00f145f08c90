#!/usr/bin/env python3
"""The same work by perdure and by its peers, in one run: a table (Markdown) of figures and ratios.

compare.py BUILD [--rounds R] [--only PEER,...] [--cluster] [--folder FOLDER] [--json FILE]

BUILD is a build folder that has perdure's benchmarks: `cmake --preset rel` and `cmake --build
--preset rel` make one. Peers come from their registries by the ordinary clients (go, cargo, npm),
in the versions that the folders beside this file pin, and are built in FOLDER. Their databases are
there too: name one on the disk that matters. What cannot be had is left out, and a line says so.

"batch" is one parent, 1,000 children and one activity of each (two strings in, two strings and a
double out); "sequence" is one activity 1,000 times, each after the other. A round runs all, in an
order that changes from round to round: what slows the machine down slows all. Programs check their
results; a wrong one ends the comparison with 1. Figures are medians of the rounds. "perdure is"
tells how many times as fast perdure is: below 1, the other is faster. Settings are the defaults of
the libraries but for what the last column names. Let nothing else run meanwhile.
"""

import argparse
import dataclasses
import datetime
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

from peers import PEERS, PERDURE, ROOT, TOO_SLOW, WORKS
from peers import left_out, output_of, peer, pinned, run, version_of_perdure

OURS = "perdure"
KEY = ["what", "who", "version", "unit", "settings", "note"]  # of the rows of one figure
TIME_UNITS = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0}


def measured_by_program(
    of: peer, command: list[str], folder: Path
) -> list[tuple[run, float, float]]:
    found = []
    for each in of.runs:
        with tempfile.TemporaryDirectory(dir=folder) as place:
            words = [word.format(folder=place) for word in each.words]
            printed = json.loads(output_of(command + words))
        found.append((each, printed["n"], printed["seconds"]))
    return found


def measured_by_google_benchmark(
    of: peer, command: list[str], folder: Path
) -> list[tuple[run, float, float]]:
    def pattern(each: run) -> str:
        return f"({each.words[0]})(/real_time)?"

    wanted = "|".join(pattern(each) for each in of.runs)
    options = ["--benchmark_format=json", f"--benchmark_filter=^({wanted})$"]
    with tempfile.TemporaryDirectory(dir=folder) as place:
        printed = json.loads(output_of(command + options, {"PERDURE_BENCHMARK_DIR": place}))
    found = []
    for each in of.runs:
        entries = [e for e in printed["benchmarks"] if re.fullmatch(pattern(each), e["name"])]
        if not entries or entries[-1].get("error_occurred"):
            raise SystemExit(f"{command[0]} has no figure of {each.words[0]}: {entries}")
        found.append((each, *items_and_seconds(entries[-1])))
    return found


def items_and_seconds(entry: dict) -> tuple[float, float]:
    """Of one iteration, by the clock on the wall: as the other programs measure."""
    unit = TIME_UNITS[entry["time_unit"]]
    is_real = entry["name"].endswith("/real_time")
    counted = entry["real_time" if is_real else "cpu_time"] * unit  # what its rate is of
    items = round(entry["items_per_second"] * counted) if "items_per_second" in entry else 1
    return items, entry["real_time"] * unit


def figure(work: str, items: float, seconds: float) -> float:
    match WORKS[work]:
        case "s":
            return seconds
        case "ns" | "ns each":
            return seconds / items * 1e9
    return items / seconds


def on_a_temporal_server(build: Path, rounds: int, folder: Path) -> list[dict]:
    """What ../cluster/compare.py measures; in rounds of its own, a server for each."""
    program = build / "benchmarks/cluster/benchmark_cluster_batch"
    if not program.exists():
        raise left_out(f"{program} is not built")
    script = ROOT / "benchmarks/cluster/compare.py"
    with tempfile.TemporaryDirectory(dir=folder) as place:
        result = Path(place) / "cluster.json"
        options = ["--rounds", str(rounds), "--sizes", "100", "--waiting", "0"]
        options += ["--json", str(result)]
        output_of([sys.executable, "-B", str(script), str(program), *options])
        if not result.exists():
            raise left_out("there is no development server")
        found = json.loads(result.read_text())
    go = pinned("../cluster/go/go.mod", r"go.temporal.io/sdk v(\S+)")
    workers = {
        "cpp": (OURS, version_of_perdure("")),
        "go": ("Temporal Go SDK", go),
        "python": ("Temporal Python SDK", found["packages"]["temporalio"]),
    }
    rows = []
    for each in found["results"]:
        if each["what"] != "run":
            continue
        who, version = workers[each["language"]]
        rate, cpu = each["children_per_second"], each["cpu_us_per_child"] / 1000
        for what, value in zip([*WORKS][-2:], [rate, cpu]):
            row = {"what": what, "who": who, "version": version, "value": value}
            row |= {"unit": WORKS[what], "settings": "the development server, in memory"}
            row["note"] = ""
            rows.append(row)
    return rows


def one_round(number: int, programs: list[tuple[peer, list[str], str]], folder: Path) -> list[dict]:
    found = []
    begin = number * len(programs) // 3 % len(programs)
    for each, command, version in programs[begin:] + programs[:begin]:
        measure = measured_by_google_benchmark if each.is_google_benchmark else measured_by_program
        for what, items, seconds in measure(each, command, folder):
            row = {"what": what.work, "who": each.who, "version": version}
            row |= {"value": figure(what.work, items, seconds), "unit": WORKS[what.work]}
            found.append(row | {"settings": what.settings, "note": what.note})
    return found


def made_of(
    build: Path, folder: Path, peers: list[peer]
) -> tuple[list[tuple[peer, list[str], str]], list[dict]]:
    """The programs of perdure and of its peers, and which peers cannot be had."""
    programs, absent = [], []
    for each in peers:
        try:
            programs.append((each, *each.make(build, folder)))
        except left_out as why:
            absent.append({"who": each.who, "why": str(why)})
    works = {one.work for each in peers for one in each.runs}
    for each in PERDURE:
        if runs := tuple(one for one in each.runs if one.work in works):
            own = dataclasses.replace(each, runs=runs)
            try:
                programs.append((own, *own.make(build, folder)))
            except left_out as why:
                raise SystemExit(str(why)) from why
    return programs, absent


def medians(measured: list[dict]) -> list[dict]:
    """A row for each work, peer and settings; a work's rows are together, perdure's first."""
    values: dict[tuple, list[float]] = {}
    for row in measured:
        key = tuple(row[each] for each in KEY)
        values.setdefault(key, []).append(row["value"])
    rows = []
    for key, found in values.items():
        rows.append(dict(zip(KEY, key)) | {"value": median(found), "values": found})
    order = [*WORKS]
    rows.sort(key=lambda row: (order.index(row["what"]), row["who"] != OURS))
    for row in rows:
        own = next((r["value"] for r in rows if (r["what"], r["who"]) == (row["what"], OURS)), 0)
        if own and row["who"] != OURS:
            is_rate = row["unit"].endswith("/s")
            row["perdure_is"] = own / row["value"] if is_rate else row["value"] / own
    return rows


def as_text(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


def show(rows: list[dict], absent: list[dict]) -> None:
    print("| work | who | figure | perdure is | with |\n|---|---|--:|--:|---|")
    before = ""
    for row in rows:
        what = "" if row["what"] == before else row["what"]
        before = row["what"]
        ratio = f"{as_text(row['perdure_is'])} x" if "perdure_is" in row else ""
        who = f"{row['who']} {row['version']}"
        value = f"{as_text(row['value'])} {row['unit']}"
        print(f"| {what} | {who} | {value} | {ratio} | {row['settings']} |")
    for each in absent:
        print(f"\nLeft out: {each['who']}: {each['why']}")


def machine(folder: Path) -> dict:
    cpu = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    cache = (folder / "CMakeCache.txt").read_text()
    compiler = re.search(r"CMAKE_CXX_COMPILER:\w+=(.*)", cache)[1]
    version = subprocess.run([compiler, "--version"], stdout=subprocess.PIPE, text=True, check=True)
    return {
        "cpu": cpu[1] if cpu else platform.processor(),
        "cores": os.cpu_count(),
        "system": platform.platform(),
        "compiler": version.stdout.splitlines()[0],
        "build_type": re.search(r"CMAKE_BUILD_TYPE:\w+=(.*)", cache)[1],
    }


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("build", type=Path, help="has perdure's benchmarks")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--only",
        type=lambda text: text.split(","),
        default=[*PEERS],
        metavar="PEER,...",
        help=f"of {', '.join(PEERS)}; all if not said",
    )
    parser.add_argument(
        "--cluster", action="store_true", help="SDKs on Temporal's development server, too"
    )
    parser.add_argument("--folder", type=Path, help="for programs and databases; BUILD/peers")
    parser.add_argument("--json", type=Path)
    said = parser.parse_args()
    if unknown := set(said.only) - set(PEERS):
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    if not (said.build / "CMakeCache.txt").exists():
        parser.error(f"{said.build} is no build folder")
    if machine(said.build)["build_type"] == "Debug":
        parser.error(f"the benchmarks in {said.build} are not built to be timed: use the preset rel")
    folder = (said.folder or said.build / "peers").resolve()
    folder.mkdir(parents=True, exist_ok=True)

    build = said.build.resolve()
    programs, absent = made_of(build, folder, [PEERS[name] for name in said.only])
    found = [row for number in range(said.rounds) for row in one_round(number, programs, folder)]
    if said.cluster:
        try:
            found += on_a_temporal_server(build, said.rounds, folder)
        except left_out as why:
            absent.append({"who": "Temporal's development server", "why": str(why)})
    for name in set(said.only) & set(TOO_SLOW):
        absent.append({"who": PEERS[name].who, "why": TOO_SLOW[name]})
    rows = medians(found)
    show(rows, absent)
    if said.json:
        now = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")
        content = {"machine": machine(said.build), "date": now, "rounds": said.rounds}
        content |= {"rows": rows, "left_out": absent}
        said.json.write_text(json.dumps(content, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
