"""What run.py reports: every figure that perdure promises, where it comes from, and its target.

A figure is a field that a benchmark reports (`items_per_second`, a counter, or `real_time` and `cpu_time`, here in
seconds), times `scale`, or that over the field of another benchmark of the same run. Benchmarks are named without what
Google Benchmark appends to a name (`/iterations:3/real_time`).
"""
from dataclasses import dataclass

import compile_time


@dataclass(frozen=True)
class figure:
    program: str  # benchmark_<program>, or what run.py measures itself: "compiling", "headers", "example", "cluster"
    benchmark: str
    field: str = "items_per_second"
    scale: float = 1
    over: "figure | None" = None


@dataclass(frozen=True)
class row:
    what: str
    unit: str
    of: figure
    at_least: float | None = None
    at_most: float | None = None


SCHEDULER, SQLITE, REPLAY, CODEC = "scheduler_bench", "sqlite_bench", "replay_bench", "codec_bench"
MAP, PARALLEL, LATENCY, OPEN = "map_bench", "parallel_bench", "latency_bench", "open_bench"
# In each round; the others take minutes.
RUN_THREE_TIMES = {SCHEDULER, SQLITE, REPLAY, CODEC}


def seconds_per_item_ratio(program: str, large: str, small: str) -> figure:
    """How many times as much an item costs in the larger benchmark."""
    return figure(program, small, over=figure(program, large))


PROMISED = [
    row("batch in memory, 1,000 children", "children/s", figure(SCHEDULER, "batch_of_children/1000"),
        at_least=300_000),
    row("batch in memory, cost of a child at 100,000 against 1,000", "x",
        seconds_per_item_ratio(SCHEDULER, "batch_of_children/100000", "batch_of_children/1000"), at_most=1.3),
    row("sequence of 1,000 activities in memory", "steps/s", figure(SCHEDULER, "activities_in_sequence/1000"),
        at_least=1_000_000),
    row("batch on SQLite, 1,000 children", "children/s", figure(SQLITE, "batch_of_children/1000"), at_least=20_000),
    row("batch on SQLite, fsyncs a child", "fsyncs", figure(SQLITE, "batch_of_children/1000", "fsyncs/item"),
        at_most=0.05),
    # 0.8 of the floor: commits of one row each, on the same disk in the same run.
    row("sequence on SQLite against raw one-row commits", "x",
        figure(SQLITE, "activities_in_sequence/1000", over=figure(SQLITE, "raw_one_row_commits/1000")), at_least=0.8),
    # One a step; to a thousand of them, some more for the run's start and end and for copies of the log into the file.
    row("sequence on SQLite, fsyncs a step", "fsyncs", figure(SQLITE, "activities_in_sequence/1000", "fsyncs/item"),
        at_most=1.02),
    row("replay of 51,200 events", "events/s", figure(REPLAY, "replay_of_a_long_history/51200"), at_least=3_000_000),
    row("replay, cost of an event at 51,200 against 1,000", "x",
        seconds_per_item_ratio(REPLAY, "replay_of_a_long_history/51200", "replay_of_a_long_history/1000"),
        at_most=1.3),
    row("query of a closed run of 51,200 events in memory", "ms",
        figure(REPLAY, "query_of_a_long_closed_run/51200", "real_time", 1e3), at_most=20),
    row("10,000 parallel timers in virtual time", "s", figure(SCHEDULER, "timers_in_parallel/10000", "real_time"),
        at_most=0.02),
    # One and a half times libcoro's 100 ns.
    row("when_all of ready coroutines, a leaf", "ns",
        figure(SCHEDULER, "when_all_of_ready_coroutines/1000", "real_time", 1e9 / 1000), at_most=150),
    row("a struct to JSON", "ns", figure(CODEC, "encode_struct", "cpu_time", 1e9), at_most=100),
    row("a struct from JSON", "ns", figure(CODEC, "decode_struct", "cpu_time", 1e9), at_most=100),
    row("a cached, waiting workflow", "bytes", figure(SCHEDULER, "memory_of_a_waiting_workflow/10000", "bytes/run"),
        at_most=2048),
    row("including perdure.hpp against nlohmann/json.hpp", "x", figure("compiling", "perdure", "of nlohmann"),
        at_most=1),
    row("importing perdure against including nlohmann/json.hpp", "x", figure("compiling", "import", "of nlohmann"),
        at_most=1),
    row("including perdure.hpp, compiled once, against nlohmann/json.hpp", "x",
        figure("compiling", "perdure, declared", "of nlohmann"), at_most=1),
    row("compiling one more workflow at -O0", "ms", figure("compiling", "workflows", "seconds", 1e3), at_most=40),
    row("compiling one more activity at -O0", "ms", figure("compiling", "activities", "seconds", 1e3), at_most=40),
    row("compiling the batch example at -O0", "s", figure("compiling", "example", "seconds"), at_most=3),
    row("compiling one more workflow at -O0, library compiled once", "ms",
        figure("compiling", "workflows, declared", "seconds", 1e3), at_most=40),
    row("compiling one more activity at -O0, library compiled once", "ms",
        figure("compiling", "activities, declared", "seconds", 1e3), at_most=40),
    row("compiling the batch example at -O0, library compiled once", "s",
        figure("compiling", "example, declared", "seconds"), at_most=3),
    row("compiling the batch example at -O0, by import", "s", figure("compiling", "example by import", "seconds"),
        at_most=3),
    row("the batch example at -O2, stripped", "bytes", figure("example", "-O2", "bytes"), at_most=1_500_000),
    row("children in memory, cost of one at 1,000,000 against 1,000", "x",
        seconds_per_item_ratio(MAP, "in_memory<reduced_children>/1000000", "in_memory<reduced_children>/1000"),
        at_most=1.3),
    row("children on SQLite, cost of one at 100,000 against 1,000", "x",
        seconds_per_item_ratio(SQLITE, "children_in_waves/100000", "children_in_waves/1000"), at_most=1.3),
    row("batch on a Temporal server, 100 children, against the Go SDK", "x", figure("cluster", "100", "speed_of_go"),
        at_least=1),
    row("batch on a Temporal server, 100 children, worker CPU a child", "ms", figure("cluster", "100", "cpu_ms"),
        at_most=0.4),
]


def by_number(what: str, unit: str, program: str, benchmark: str, numbers: list[str]) -> list[row]:
    return [row(what.format(int(number)), unit, figure(program, benchmark.format(number))) for number in numbers]


REPORTED = [
    row("the standard headers of perdure.hpp alone against nlohmann/json.hpp", "x",
        figure("compiling", "standard", "of nlohmann")),
    row("including perdure/perdure.hpp at -O0", "s", figure("compiling", "perdure", "seconds")),
    row("including perdure/perdure.hpp at -O0, library compiled once", "s",
        figure("compiling", "perdure, declared", "seconds")),
    row("compiling perdure/source.hpp at -O0", "s", figure("compiling", "source, declared", "seconds")),
    *[row(f"including perdure/{header} at -O0", "s", figure("headers", header, "seconds"))
      for header in compile_time.public_headers()],
    *by_number("children of a map in memory, {:,}", "children/s", MAP, "in_memory<reduced_children>/{}",
               ["1000", "10000", "100000", "1000000"]),
    row("children of a map in memory, peak of the heap for each of 1,000,000", "bytes",
        figure(MAP, "in_memory<reduced_children>/1000000", "peak bytes/item")),
    *by_number("children on SQLite, {:,}", "children/s", SQLITE, "children_in_waves/{}", ["1000", "10000", "100000"]),
    row("batch on SQLite, space on the disk a child", "bytes",
        figure(SQLITE, "batch_of_children/1000", "disk_bytes/item")),
    row("sequence on SQLite", "steps/s", figure(SQLITE, "activities_in_sequence/1000")),
    row("raw one-row commits on SQLite", "commits/s", figure(SQLITE, "raw_one_row_commits/1000")),
    row("a waiting workflow with its history, in memory, of 100,000", "bytes",
        figure(SCHEDULER, "memory_of_a_waiting_workflow/100000", "bytes/run with history")),
    row("reading Temporal's history JSON", "events/s", figure(REPLAY, "reading_a_long_history_from_json/1000")),
    row("writing Temporal's history JSON", "events/s", figure(REPLAY, "writing_a_long_history_as_json/1000")),
    *by_number("four batches in memory, worker threads: {}", "children/s", PARALLEL,
               "batches_by_threads<memory_world>/threads:{}/children:2000", list("1234")),
    *by_number("activities of 20 us of work, worker threads: {}", "activities/s", PARALLEL,
               "computations_by_threads/threads:{}/activities:2000", list("1234")),
    *by_number("four batches on SQLite, worker threads: {}", "children/s", PARALLEL,
               "batches_by_threads<sqlite_world>/threads:{}/children:2000", list("1234")),
    *by_number("four batches on SQLite, processes: {}", "children/s", PARALLEL,
               "batches_by_processes/processes:{}/children:2000", list("1234")),
    *[row(f"from a signal to the reaction {where}, {quantile}", "us",
          figure(LATENCY, f"from_signal_to_reaction<{world}>/20000", f"{quantile}_us"))
      for where, world in [("in memory", "memory_world"), ("on SQLite", "sqlite_world")]
      for quantile in ["p50", "p99", "p99.9"]],
    *[row(f"from a signal to the reaction on a Temporal server, {quantile}", "us",
          figure("cluster", "signal", f"{quantile}_us")) for quantile in ["p50", "p99", "p99.9"]],
    *[row(f"opening a file of 1,000,000 closed and 100,000 waiting runs, {how}: {title}", unit,
          figure(OPEN, f"opening_a_full_file/closed:1000000/waiting:100000/checked:{checked}", field, scale))
      for how, checked in [("unchecked", 0), ("checked", 1)]
      for title, unit, field, scale in [("open", "ms", "real_time", 1e3),
                                        ("a waiting run has answered", "ms", "until_answer_ms", 1),
                                        ("memory", "MiB", "resident_MiB", 1)]],
    row("the file of 1,000,000 closed and 100,000 waiting runs", "MiB",
        figure(OPEN, "opening_a_full_file/closed:1000000/waiting:100000/checked:0", "file_MiB")),
    row("a waiting workflow in a worker on a Temporal server", "bytes", figure("cluster", "waiting", "bytes")),
]
