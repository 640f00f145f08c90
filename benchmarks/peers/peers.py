"""What compare.py runs: the works, perdure's own benchmarks, the peers, and how those are got.

A peer is pinned in the folder of its name. `get` asks its registry, by the ordinary client: what
that refuses is left out. What does not build here is an error.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
LIMIT = 900  # seconds of one run: a program that hangs is no result

# Each work, and the unit of its figures.
WORKS = {
    "batch in memory": "children/s",
    "sequence in memory": "activities/s",
    "10,000 timers in virtual time": "s",
    "replay of a long history": "events/s",
    "batch on disk": "children/s",
    "sequence on disk": "activities/s",
    "a struct to JSON": "ns",
    "a struct from JSON": "ns",
    "results of 1,000 ready coroutines": "ns each",
    "batch of 100 on a Temporal server": "children/s",
    "a worker's processor time for a child there": "ms",
}

# A program and the version of what it measures.
made = tuple[list[str], str]


@dataclass(frozen=True)
class run:
    work: str
    words: tuple[str, ...]  # {folder} is an empty one. Of a Google Benchmark: its name's pattern.
    settings: str
    note: str = ""  # what tells it from the peer's other runs of the work, in a picture


@dataclass(frozen=True)
class peer:
    """Its program is a Google Benchmark, or prints one line of JSON: `n` items took `seconds`."""

    who: str
    make: Callable[[Path, Path], made]  # from the build folder and one for what is made
    runs: tuple[run, ...]
    is_google_benchmark: bool = False


class left_out(Exception):
    """A peer cannot be had here; says why."""


def output_of(command: list[str], more: dict[str, str] | None = None) -> str:
    print("+", " ".join(command), file=sys.stderr)
    environment = os.environ | (more or {})
    ended = subprocess.run(
        command, stdout=subprocess.PIPE, text=True, timeout=LIMIT, env=environment
    )
    if ended.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {ended.returncode}")
    return ended.stdout


def get(command: list[str], place: Path, **more: str) -> None:
    print("+", " ".join(command), file=sys.stderr)
    try:
        ended = subprocess.run(
            command, cwd=place, env=os.environ | more, capture_output=True, text=True
        )
    except OSError as error:
        raise left_out(str(error)) from error
    if ended.returncode:
        lines = (ended.stderr or ended.stdout).strip().splitlines() or ["no word"]
        said = next((line for line in lines if "error" in line.lower()), lines[-1])
        raise left_out(f"{' '.join(command)}: {said}")


def build(command: list[str], place: Path, **more: str) -> None:
    print("+", " ".join(command), file=sys.stderr)
    ended = subprocess.run(command, cwd=place, env=os.environ | more, stdout=sys.stderr)
    if ended.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {ended.returncode}")


def pinned(file: str, pattern: str) -> str:
    found = re.search(pattern, (HERE / file).read_text())
    if not found:
        raise SystemExit(f"{file} has no {pattern}")
    return found[1]


def go(name: str, module: str) -> Callable[[Path, Path], made]:
    def make(_: Path, folder: Path) -> made:
        client = shutil.which("go") or "/usr/local/go/bin/go"
        flags = (os.environ.get("GOFLAGS", "") + " -mod=readonly").strip()
        get([client, "mod", "download"], HERE / name, GOFLAGS=flags)
        program = str(folder / name)
        build([client, "build", "-o", program, "."], HERE / name, GOFLAGS=flags)
        return [program], pinned(f"{name}/go.mod", rf"{re.escape(module)} v(\S+)")

    return make


def duroxide(_: Path, folder: Path) -> made:
    client = shutil.which("cargo") or "cargo"
    place, target = HERE / "duroxide", str(folder / "cargo")
    get([client, "fetch", "--locked"], place, CARGO_TARGET_DIR=target)
    command = [client, "build", "--release", "--locked", "--offline"]
    build(command, place, CARGO_TARGET_DIR=target)
    version = pinned("duroxide/Cargo.toml", r'duroxide = .*"=([\d.]+)"')
    # It warns of each lock that it waits for.
    return ["env", "RUST_LOG=error", target + "/release/batch_duroxide"], version


def restate(_: Path, folder: Path) -> made:
    place = folder / "restate"  # npm puts packages beside the program
    place.mkdir(exist_ok=True)
    for each in ["package.json", "package-lock.json", "main.mjs"]:
        shutil.copy(HERE / "restate" / each, place)
    get(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], place)
    if not [*place.glob("node_modules/@restatedev/restate-server-*/bin/restate-server")]:
        raise left_out("@restatedev/restate-server has no server for this machine")
    version = pinned("restate/package.json", r'restate-server": "([\d.]+)"')
    return ["node", str(place / "main.mjs")], version


def of_this_build(name: str, version: Callable[[str], str]) -> Callable[[Path, Path], made]:
    def make(folder: Path, _: Path) -> made:
        program = folder / "benchmarks" / name
        if not program.exists():
            raise left_out(f"{program} is not built")
        return [str(program)], version(str(program))

    return make


def version_of_perdure(_: str) -> str:
    text = (ROOT / "include/perdure/version.hpp").read_text()
    return ".".join(re.findall(r"#define PERDURE_VERSION_\w+ (\d+)", text))


def version_it_tells(program: str) -> str:
    options = ["--benchmark_format=json", "--benchmark_filter=^encode_struct$"]
    return json.loads(output_of([program, *options]))["context"]["peer_version"]


def ours(name: str, *runs: run) -> peer:
    return peer("perdure", of_this_build(f"benchmark_{name}", version_of_perdure), runs, True)


VIRTUAL = "virtual time, one thread"
FULL = "SQLite, WAL, synchronous=FULL"
NORMAL = "SQLite, WAL, synchronous=NORMAL"
POLLERS = "2 + 2 pollers, woken (monoprocess), single worker mode, cache of 10,000"
RESTATE = "its server's log with fsync, 24 partitions; TypeScript SDK, on the loopback"

PERDURE = [
    ours(
        "scheduler_bench",
        run("batch in memory", ("batch_of_children/1000",), VIRTUAL),
        run("sequence in memory", ("activities_in_sequence/1000",), VIRTUAL),
        run("10,000 timers in virtual time", ("timers_in_parallel/10000",), VIRTUAL),
        run(
            "results of 1,000 ready coroutines",
            ("when_all_of_ready_coroutines/1000",),
            "when_all, in a workflow",
        ),
    ),
    ours(
        "replay_bench",
        run("replay of a long history", ("replay_of_a_long_history/(10000|51200)",), "in memory"),
    ),
    ours(
        "sqlite_bench",
        run("batch on disk", ("batch_of_children/1000",), f"{FULL}, one worker thread"),
        run("sequence on disk", ("activities_in_sequence/1000",), f"{FULL}, one worker thread"),
    ),
    ours(
        "codec_bench",
        run("a struct to JSON", ("encode_struct",), "to a payload"),
        run("a struct from JSON", ("decode_struct",), "from a payload"),
    ),
]

# Works that a peer has, but does not end in the time of a comparison.
TOO_SLOW = {
    "go_workflows": "10,000 timers in virtual time: its tester's time grows with the square of"
    " their number, 1,000 take 5 s",
}

# By the names that --only knows.
PEERS = {
    "temporal_go": peer(
        "Temporal Go SDK",
        go("temporal_go", "go.temporal.io/sdk"),
        (
            # With 1,000 its queue of callbacks, which holds so many, is full, and it hangs.
            run("batch in memory", ("batch", "500"), "its test environment, 500 children"),
            run("sequence in memory", ("sequence", "1000"), "its test environment"),
            run("10,000 timers in virtual time", ("timers", "10000"), "its test environment"),
            run("replay of a long history", ("replay", "51200"), "in memory"),
        ),
    ),
    "dbos_go": peer(
        "DBOS Go",
        go("dbos_go", "github.com/dbos-inc/dbos-transact-golang"),
        tuple(
            run(
                f"{work} on disk",
                (work, "1000", "{folder}", level),
                f"{settings}, 8 connections, a goroutine a child",
                f"synchronous = {level}",
            )
            for level, settings in [("FULL", FULL), ("NORMAL", f"{NORMAL} (its default)")]
            for work in ["batch", "sequence"]
        ),
    ),
    "go_workflows": peer(
        "go-workflows",
        go("go_workflows", "github.com/cschleiden/go-workflows"),
        tuple(
            run(f"{work} {where}", (work, "1000", folder), f"{kind}, {POLLERS}")
            for where, folder, kind in [
                ("in memory", "memory", "SQLite in memory"),
                ("on disk", "{folder}", FULL),
            ]
            for work in ["batch", "sequence"]
        ),
    ),
    "duroxide": peer(
        "duroxide",
        duroxide,
        tuple(
            run(
                f"{work} on disk",
                # With two, its default, they fight for the file's lock, and some runs never end.
                (work, count, "{folder}", poll, "1"),
                f"{NORMAL} (fixed), 1 + 1 dispatchers, {poll} ms a poll{note}",
                f"a poll each {poll} ms",
            )
            # A step takes a poll, so that a hundred tell the rate of a thousand.
            for work, count, poll, note in [
                ("batch", "1000", "100", " (its default)"),
                ("sequence", "100", "100", " (its default), 100 activities"),
                ("batch", "1000", "1", ""),
                ("sequence", "1000", "1", ""),
            ]
        ),
    ),
    "restate": peer(
        "Restate",
        restate,
        tuple(
            run(f"{work} on disk", (work, "1000", "{folder}"), RESTATE)
            for work in ["batch", "sequence"]
        ),
    ),
    "nlohmann_json": peer(
        "nlohmann/json",
        of_this_build("peers/benchmark_peers_nlohmann_json", version_it_tells),
        (
            run("a struct to JSON", ("encode_struct",), "to_json and dump"),
            run("a struct from JSON", ("decode_struct",), "parse and get"),
        ),
        True,
    ),
    "floor": peer(
        "by hand",
        of_this_build("peers/benchmark_peers_floor", version_it_tells),
        (
            run("a struct to JSON", ("encode_struct",), "for this struct only"),
            run("a struct from JSON", ("decode_struct",), "for this struct only"),
            run("results of 1,000 ready coroutines", ("leaves_in_a_loop/1000",), "a plain loop"),
            run("batch in memory", ("batch_in_memory/1000",), "its payloads and events, no engine"),
            run("batch on disk", ("batch_rows/4",), f"{FULL}: its rows in 4 commits", "4 commits"),
            run(
                "batch on disk",
                ("batch_rows/3000",),
                f"{FULL}: its rows, a commit a task",
                "a commit a task",
            ),
            run("sequence on disk", ("one_row_commits/1000",), f"{FULL}: one row a commit"),
        ),
        True,
    ),
}
