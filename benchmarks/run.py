#!/usr/bin/env python3
"""Measures every row of benchmarks/rows.py: prints a table (Markdown) and writes one JSON file.

    benchmarks/run.py                              all rows, in build/rel, once
    benchmarks/run.py --repeat 3 --json out.json   three rounds: a row passes when it passes in each
    benchmarks/run.py --only SQLite                the rows that have the word in their name
    benchmarks/run.py --cluster                    those on a Temporal server too (benchmarks/cluster/compare.py)

Ends with 1 when a row misses its target, with 2 when a benchmark fails, gives a wrong result or cannot be built. The
ratio is to the target: 1 or more is as good as promised, or better. Figures are medians of the rounds, ratios those of
the worst round; in a round, a benchmark that takes seconds is run three times and its median counts, for what a shared
machine does beside it for a second is not its own. Files go to --disk: name a folder on the disk that matters. Let
nothing else run meanwhile.
"""
import argparse
import datetime
import json
import math
import os
import platform
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parent))
import compile_time
import modules
import rows as definitions
from rows import figure, row

ROOT = Path(__file__).resolve().parents[1]
TIME_UNITS = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0}
WRONG = 2
CLUSTER = [f"benchmark_cluster_{name}" for name in ("batch", "bare_call", "bare_worker", "latency")]

# What a round measured: program, then benchmark, then field.
measured = dict[str, dict[str, dict[str, float]]]


def fail(why: str) -> "None":
    print(f"run.py: {why}", file=sys.stderr)
    sys.exit(WRONG)


def output_of(command: list[str], **more) -> str:
    """What it prints. What it says besides (warnings about large runs, in plenty) is shown when it fails."""
    print("+", " ".join(command), file=sys.stderr)
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True, **more).stdout
    except OSError as error:
        fail(str(error))
    except subprocess.CalledProcessError as error:
        fail(f"{error}\n{error.stderr[-4000:]}")


# ----------------------------------------------------------------------------------------------------- measuring
def seconds_of(entry: dict, field: str) -> float:
    return entry[field] * TIME_UNITS[entry["time_unit"]]


def run_program(name: str, said: argparse.Namespace, wanted: set[str] | None) -> tuple[dict, list[dict]]:
    """One Google Benchmark program: its figures by benchmark, and what it printed."""
    command = [str(said.build_dir / "benchmarks" / f"benchmark_{name}"), "--benchmark_format=json"]
    if said.smoke:
        command.append("--benchmark_min_time=0.001")
    elif name in definitions.RUN_THREE_TIMES:
        command.append("--benchmark_repetitions=3")
    if wanted is not None:
        command.append(f"--benchmark_filter=^({'|'.join(map(re.escape, sorted(wanted)))})(/|$)")
    environment = os.environ | {"PERDURE_BENCHMARK_DIR": str(said.disk)}
    if said.smoke:
        environment["PERDURE_BENCHMARK_SMOKE"] = "1"
    printed = json.loads(output_of(command, env=environment))["benchmarks"]
    if not printed:
        fail(f"{name} has no benchmark of these: {', '.join(sorted(wanted or []))}")
    found: dict[str, list[dict]] = {}
    for entry in printed:
        if entry.get("error_occurred"):
            fail(f"{name}, {entry['name']}: {entry['error_message']}")
        if entry.get("run_type") == "iteration":
            times = {field: seconds_of(entry, field) for field in ("real_time", "cpu_time")}
            numbers = {k: v for k, v in entry.items() if isinstance(v, (int, float))} | times
            found.setdefault(entry["name"], []).append(numbers)
    return {name: medians_of(each) for name, each in found.items()}, printed


def medians_of(repetitions: list[dict]) -> dict:
    return {field: median(each[field] for each in repetitions) for field in repetitions[0]}


def measure_compiling(said: argparse.Namespace) -> dict:
    took = compile_time.costs(said.compiler, ["-O0"], 1 if said.smoke else 5)
    found = {each: {"seconds": seconds} for each, seconds in took.items()}
    for each in ("perdure", "perdure" + compile_time.DECLARED, "standard", "import"):
        if each in took:
            found[each]["of nlohmann"] = took[each] / took["nlohmann"]
    return found


def measure_headers(said: argparse.Namespace) -> dict:
    took = compile_time.header_costs(said.compiler, ["-O0"], 1 if said.smoke else 5)
    return {header: {"seconds": seconds} for header, seconds in took.items()}


def measure_example(said: argparse.Namespace) -> dict:
    """The first program of the README: how large it is."""
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "batch"
        output_of([said.compiler, "-std=c++20", f"-I{ROOT / 'include'}", str(ROOT / "examples/batch.cpp"), "-O2",
                   "-pthread", "-lsqlite3", "-s", "-o", str(program)])
        return {"-O2": {"bytes": program.stat().st_size}}


def measure_cluster(said: argparse.Namespace) -> dict:
    """Beside the Go SDK, on one server. compare.py makes rounds of its own: these are their medians."""
    program = said.build_dir / "benchmarks/cluster/benchmark_cluster_batch"
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / "cluster.json"
        output_of([sys.executable, "-B", str(ROOT / "benchmarks/cluster/compare.py"), str(program),
                   "--languages", "cpp,go", "--sizes", "100", "--json", str(result)])
        results = json.loads(result.read_text())["results"]

    def median_of(language: str, what: str, field: str) -> float:
        return median(each[field] for each in results if (each["language"], each["what"]) == (language, what))

    speed = {language: median_of(language, "run", "children_per_second") for language in ("cpp", "go")}
    cpu = median_of("cpp", "run", "cpu_us_per_child")
    return {"100": {"speed_of_go": speed["cpp"] / speed["go"], "cpu_ms": cpu / 1000},
            "waiting": {"bytes": median_of("cpp", "waiting", "heap_bytes_per_workflow")},
            "signal": {f"{each}_us": median_of("cpp", "signal", f"{each}_us") for each in ("p50", "p99", "p99.9")}}


OWN = {"compiling": measure_compiling, "headers": measure_headers, "example": measure_example, "cluster": measure_cluster}


def can_be_measured(of: row, said: argparse.Namespace) -> bool:
    if of.of.program == "cluster":
        return said.cluster
    if of.of.program == "headers":
        return compile_time.can_include(said.compiler, of.of.benchmark)
    return "import" not in of.of.benchmark or modules.can_build(output_of([said.compiler, "--version"]))


def sources_of(wanted: list[row]) -> dict[str, set[str]]:
    """The benchmarks that rows are made of, by program."""
    found: dict[str, set[str]] = {}
    for each in wanted:
        of: figure | None = each.of
        while of is not None:
            found.setdefault(of.program, set()).add(of.benchmark)
            of = of.over
    return found


def one_round(wanted: list[row], said: argparse.Namespace) -> tuple[measured, dict]:
    values: measured = {}
    raw = {}
    for program, benchmarks in sources_of(wanted).items():
        if program in OWN:
            values[program] = OWN[program](said)
        else:
            values[program], raw[program] = run_program(program, said, benchmarks if said.only else None)
    return values, raw


# ------------------------------------------------------------------------------------------------------- judging
def find(values: measured, of: figure) -> float | None:
    for name, fields in values.get(of.program, {}).items():
        if name == of.benchmark or name.startswith(of.benchmark + "/"):
            if of.field not in fields:
                fail(f"{of.program}, {name} has no {of.field}")
            value = fields[of.field] * of.scale
            if of.over is None:
                return value
            below = find(values, of.over)
            return None if not below else value / below
    return None


def ratio_to_target(of: row, value: float) -> float | None:
    if of.at_least is not None:
        return value / of.at_least
    if of.at_most is not None:
        return of.at_most / value if value else float("inf")
    return None


def judge(of: row, rounds: list[measured], said: argparse.Namespace) -> dict:
    """A row of the result. What a smoke run measures is right, and not judged."""
    # Nine digits: what changes of unit leave behind is gone.
    values = [float(f"{value:.9g}") for each in rounds if (value := find(each, of.of)) is not None]
    judged = {"what": of.what, "who": "perdure", "value": median(values) if values else None, "unit": of.unit,
              "values": values}
    target = of.at_least if of.at_least is not None else of.at_most
    if target is not None:
        judged |= {"target": target, "target_is": "at least" if of.at_least is not None else "at most"}
        if values and not said.smoke:
            judged["ratio"] = min(ratio_to_target(of, value) for value in values)
            judged["passes"] = judged["ratio"] >= 1
    return judged


def text_of(value: float | None, unit: str) -> str:
    if value is None:
        return "not measured"
    return (f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}") + f" {unit}"


def print_table(results: list[dict]) -> None:
    with_target = [each for each in results if "target" in each]
    without = [each for each in results if "target" not in each]
    if with_target:
        print("| what | figure | target | ratio | |\n|---|---|---|---|---|")
    for each in with_target:
        target = f"{each['target_is']} {text_of(each['target'], each['unit'])}"
        verdict = {True: "pass", False: "**miss**", None: ""}[each.get("passes")]
        # Rounded down: a miss by little is not shown as 1.00.
        ratio = f"{math.floor(each['ratio'] * 100) / 100:.2f}" if "ratio" in each else ""
        print(f"| {each['what']} | {text_of(each['value'], each['unit'])} | {target} | {ratio} | {verdict} |")
    if without:
        print("\n| measured besides | figure |\n|---|---|")
    for each in without:
        print(f"| {each['what']} | {text_of(each['value'], each['unit'])} |")


# ------------------------------------------------------------------------------------------ where it is measured
def machine() -> dict:
    info = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").exists() else ""
    model = re.search(r"^model name\s*: (.*)$", info, re.M)
    return {"processor": model.group(1) if model else platform.machine(), "cores": os.cpu_count(),
            "memory_bytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"), "system": platform.platform()}


def commit() -> str:
    """Of the sources; empty where they are no checkout, or there is no git."""
    try:
        command = ["git", "-C", str(ROOT), "describe", "--always", "--dirty"]
        return subprocess.run(command, capture_output=True, text=True).stdout.strip()
    except OSError:
        return ""


def versions(said: argparse.Namespace) -> dict:
    header = (ROOT / "include/perdure/version.hpp").read_text()
    parts = re.findall(r"^#define PERDURE_VERSION_(?:MAJOR|MINOR|PATCH) (\d+)$", header, re.M)
    defined = output_of([said.compiler, "-E", "-dM", "-include", "sqlite3.h", "-x", "c++", "/dev/null"])
    sqlite = re.search(r'^#define SQLITE_VERSION "(.*)"$', defined, re.M)
    return {"perdure": ".".join(parts), "commit": commit(), "sqlite": sqlite.group(1) if sqlite else "",
            "python": platform.python_version()}


def configured(build_dir: Path, name: str) -> str:
    """What CMake was told or found; empty if it was not."""
    cache = build_dir / "CMakeCache.txt"
    found = re.search(rf"^{name}:\w+=(.*)$", cache.read_text(), re.M) if cache.exists() else None
    return found.group(1) if found else ""


def build(said: argparse.Namespace) -> None:
    if not (said.build_dir / "CMakeCache.txt").exists():
        output_of(["cmake", "--preset", "rel", "-B", str(said.build_dir)], cwd=ROOT)
    targets = ["benchmarks"] + (CLUSTER if said.cluster else [])
    output_of(["cmake", "--build", str(said.build_dir), "--target", *targets])


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build-dir", type=Path, default=ROOT / "build/rel",
                        help="a CMake build folder; made with the preset rel if it is none (default: build/rel)")
    parser.add_argument("--no-build", action="store_true", help="take the programs as they are")
    parser.add_argument("--only", action="append", metavar="WORD", help="rows with WORD in their name; may be repeated")
    parser.add_argument("--repeat", type=int, default=1, metavar="N", help="rounds; a row must pass in each")
    parser.add_argument("--smoke", action="store_true", help="small sizes: results are checked, and no figure is judged")
    parser.add_argument("--cluster", action="store_true", help="needs -DPERDURE_TEMPORAL=ON, Go and Python packages")
    parser.add_argument("--json", type=Path, metavar="FILE", help="where the result goes (default: BUILD-DIR/benchmarks.json)")
    parser.add_argument("--disk", type=Path, metavar="DIR", help="where files are made (default: the build folder)")
    parser.add_argument("--list", action="store_true", help="print the rows' names, and measure nothing")
    said = parser.parse_args()
    if said.repeat < 1:
        parser.error("--repeat needs a number from 1")
    said.build_dir = said.build_dir.resolve()
    said.disk = (said.disk or said.build_dir).resolve()
    said.json = said.json or said.build_dir / "benchmarks.json"
    said.rows = [each for each in [*definitions.PROMISED, *definitions.REPORTED]
                 if not said.only or any(word.lower() in each.what.lower() for word in said.only)]
    if not said.rows:
        parser.error(f"no row has one of these words in its name: {' '.join(said.only)}")
    return said


def main() -> int:
    said = arguments()
    if said.list:
        print("\n".join(each.what for each in said.rows))
        return 0
    if configured(said.build_dir, "CMAKE_BUILD_TYPE") == "Debug" and not said.smoke:
        fail(f"the benchmarks in {said.build_dir} are built to check results, not to be timed: take the preset rel")
    if not said.no_build:
        build(said)
    said.compiler = configured(said.build_dir, "CMAKE_CXX_COMPILER") or os.environ.get("CXX", "c++")
    wanted = [each for each in said.rows if can_be_measured(each, said)]
    rounds, raw = zip(*[one_round(wanted, said) for _ in range(said.repeat)])
    results = [judge(each, list(rounds), said) for each in said.rows]
    if lost := [each["what"] for each, of in zip(results, said.rows) if of in wanted and not each["values"]
                and not said.smoke]:
        fail(f"these were not measured: {'; '.join(lost)}")
    print_table(results)
    compiler = output_of([said.compiler, "--version"]).splitlines()[0]
    flags = configured(said.build_dir, "CMAKE_CXX_FLAGS_" + configured(said.build_dir, "CMAKE_BUILD_TYPE").upper())
    said.json.write_text(json.dumps({
        "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"), "machine": machine(),
        "compiler": compiler, "optimisation": flags or "flags unknown", "versions": versions(said), "rounds": said.repeat,
        "smoke": said.smoke, "rows": results, "measurements": list(raw)}, indent=1) + "\n")
    misses = [each["what"] for each in results if each.get("passes") is False]
    if misses:
        print(f"\n{len(misses)} of {sum('passes' in each for each in results)} rows miss their target",
              file=sys.stderr)
    return 1 if misses else 0


if __name__ == "__main__":
    sys.exit(main())
