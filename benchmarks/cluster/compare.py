#!/usr/bin/env python3
"""README's batch on Temporal's development server: perdure beside Temporal's Go and Python SDKs.

compare.py PATH_OF_benchmark_cluster_batch [--rounds R] [--sizes 100,1000] [--waiting N]
           [--languages cpp,go,python,bare] [--smoke] [--json FILE]

Each round runs one program after the other, each on a new server, which is the slower the more it
holds; their order changes from round to round: what slows the machine down slows all. Batches of
less than 500 children run several times in a round. The programs check their results and histories;
one that fails ends the comparison. Figures are medians. The workers' settings are the defaults of
their libraries, Python's sandbox included, but for a cache of 10,000 workflows. The server is in
memory, with the dynamic configuration that tests/support/dev_server.py names: without it, queues
are polled so rarely that nothing else is measured. "bare" is the floor: a worker over gRPC C++ that
can do nothing but this batch. How long perdure takes from a signal to the reaction is measured
besides. With --smoke all is small, for a test: it sees that results are right,
with any build.
"""

import argparse
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "tests/support"))
import dev_server
import sdk_environment

BASE = "go"  # what ratios are to
TITLES = {"cpp": "perdure", "go": "Go SDK", "python": "Python SDK", "bare": "bare gRPC C++"}
# Of one run in seconds, the server's share included: a program that hangs is no result.
LIMIT = 900
CALLS = 2000  # of the floor of a call
SIGNALS = 2000


def commands(said: argparse.Namespace, folder: Path) -> dict[str, list[str]]:
    made = {
        "cpp": lambda: [str(said.program.resolve())],
        "go": lambda: [build_go(folder)],
        "python": lambda: [str(sdk_environment.python()), "-B", str(HERE / "batch.py")],
        "bare": lambda: [str(beside(said.program, "bare_worker"))],
    }
    return {name: made[name]() for name in said.languages}


def build_go(folder: Path) -> str:
    go = shutil.which("go") or "/usr/local/go/bin/go"
    program = str(folder / "batch_go")
    environment = os.environ | {"GOFLAGS": "-mod=readonly"}
    try:
        subprocess.run(
            [go, "build", "-o", program, "."], cwd=HERE / "go", env=environment, check=True
        )
    except OSError as error:
        raise SystemExit(f"{go}: {error}; --languages cpp,python does without") from error
    return program


def beside(program: Path, name: str) -> Path:
    """One of the programs that are built beside the batch."""
    return program.resolve().with_name(f"benchmark_cluster_{name}")


def problem_with(program: Path, smoke: bool) -> str | None:
    others = ["bare_call", "bare_worker", "latency"]
    for each in [program, *(beside(program, name) for name in others)]:
        if not each.exists():
            return f"there is no {each}: build the target {each.name} of the preset rel"
    if smoke:
        return None
    caches = (folder / "CMakeCache.txt" for folder in program.resolve().parents)
    cache = next((each for each in caches if each.exists()), None)
    if cache and re.search(r"^CMAKE_BUILD_TYPE:\w+=Debug$", cache.read_text(), re.M):
        return f"the benchmarks in {cache.parent} are not built to be timed: use the preset rel"
    return None


def measure(name: str, command: list[str]) -> dict:
    ended = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=LIMIT)
    if ended.returncode:
        raise SystemExit(f"{TITLES[name]}: {' '.join(command)} ended with {ended.returncode}")
    return json.loads(ended.stdout)


def one_round(number: int, said: argparse.Namespace, programs: dict, folder: Path) -> list[dict]:
    begin = number % len(programs)
    names = [*programs][begin:] + [*programs][:begin]
    # A small batch is over in a second, of which the machine may take a part: it is run more often.
    times = 1 if said.smoke else 500
    of_batches = [("run", size) for size in said.sizes for _ in range(max(1, times // size))]
    tasks = of_batches + ([("waiting", said.waiting)] if said.waiting else [])
    found = []
    for name in names:
        with dev_server.dev_server(folder / f"server-{number}-{name}") as server:
            for what, size in tasks if name != "bare" else of_batches:
                words = [server.address, what, str(size)]
                result = measure(name, programs[name] + words)
                found.append({"round": number, "language": name, "what": what} | result)
                print(json.dumps(found[-1]), file=sys.stderr)
            if name == names[-1]:
                of_cpp = {"round": number, "language": "cpp"}
                call = [beside(said.program, "bare_call"), server.address, "run", CALLS]
                found.append(of_cpp | {"what": "call"} | measure("cpp", [*map(str, call)]))
                signals = [beside(said.program, "latency"), server.address, said.signals]
                found.append(of_cpp | {"what": "signal"} | measure("cpp", [*map(str, signals)]))
    return found


def median_of(results: list[dict], name: str, what: str, size: int, field: str) -> float | None:
    values = [
        each[field]
        for each in results
        if (each["language"], each["what"], each["n"]) == (name, what, size) and field in each
    ]
    return median(values) if values else None


def show(results: list[dict], said: argparse.Namespace) -> None:
    rows = []
    for size in said.sizes:
        rows.append((f"children/s, N = {size}", "run", size, "children_per_second"))
        rows.append((f"CPU us/child, N = {size}", "run", size, "cpu_us_per_child"))
        rows.append((f"peak resident bytes, N = {size}", "run", size, "peak_rss_bytes"))
    if said.waiting:
        rows.append(("resident bytes/waiting", "waiting", said.waiting, "rss_bytes_per_workflow"))
        rows.append(("heap bytes/waiting", "waiting", said.waiting, "heap_bytes_per_workflow"))
        rows.append(("counted bytes/waiting", "waiting", said.waiting, "cached_bytes_per_workflow"))
    columns = "".join(f"{TITLES[name]:>24}" for name in said.languages)
    print(f"{'rounds: ' + str(said.rounds) + ', medians':<32}{columns}")
    for title, *which in rows:
        base = median_of(results, BASE, *which)
        line = f"{title:<32}"
        for name in said.languages:
            value = median_of(results, name, *which)
            text = "-" if value is None else f"{value:,.0f}"
            ratio = f" ({value / base:.2f} x)" if value is not None and base else ""
            line += f"{text + ratio:>24}"
        print(line)
    call = median_of(results, "cpp", "call", CALLS, "cpu_us_per_call")
    print(f"a bare call of gRPC C++ costs {call:.0f} us of CPU; a child takes five")
    reaction = {
        each: median_of(results, "cpp", "signal", said.signals, f"{each}_us") / 1000
        for each in ["p50", "p99", "p99.9"]
    }
    text = ", ".join(f"{name} {value:.2f} ms" for name, value in reaction.items())
    print(f"perdure, from a signal to the reaction: {text}")


def numbers_of(text: str) -> list[int]:
    return [int(each) for each in text.split(",") if each]


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("program", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--sizes", type=numbers_of, default=[100, 1000])
    parser.add_argument("--waiting", type=int, default=1000, help="0: not measured")
    parser.add_argument("--languages", type=lambda text: text.split(","), default=[*TITLES])
    parser.add_argument("--smoke", action="store_true", help="of perdure and its floor, and small")
    parser.add_argument("--json", type=Path)
    said = parser.parse_args()
    said.signals = SIGNALS
    if said.smoke:
        said.rounds, said.sizes, said.waiting, said.signals = 1, [5], 5, 5
        said.languages = ["cpp", "bare"]
    if unknown := set(said.languages) - set(TITLES):
        parser.error(f"unknown: {', '.join(unknown)}")
    if problem := problem_with(said.program, said.smoke):
        parser.error(problem)
    results = []
    try:
        with tempfile.TemporaryDirectory() as made:
            programs = commands(said, Path(made))
            for number in range(said.rounds):
                results += one_round(number, said, programs, Path(made))
    except sdk_environment.no_environment as error:
        print(f"skipped: {error}", file=sys.stderr)
        return sdk_environment.SKIPPED
    show(results, said)
    if said.json:
        machine = {"cores": os.cpu_count(), "system": platform.platform()}
        settings = {"dynamic_config": dev_server.DYNAMIC_CONFIG, "rounds": said.rounds}
        versions = sdk_environment.PACKAGES
        content = {"machine": machine, "packages": versions, **settings, "results": results}
        said.json.write_text(json.dumps(content, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
