// What durability costs: batches and sequences in an SQLite file with synchronous=FULL, beside the
// raw floor of the same disk in the same run. Counts fsyncs as the program makes them.
#include "support/allocations.hpp"
#include "support/folder.hpp"
#include "support/programs.hpp"

#include <cmath>
#include <filesystem>
#include <fstream>
#include <perdure/sqlite.hpp>

#include <dlfcn.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace {
std::atomic<std::uint64_t> syncs{0};
} // namespace

// libsqlite3 calls these; the program's own definitions come first.
extern "C" int fdatasync(int descriptor) {
  syncs.fetch_add(1, std::memory_order_relaxed);
  return static_cast<int>(::syscall(SYS_fdatasync, descriptor));
}
extern "C" int fsync(int descriptor) {
  syncs.fetch_add(1, std::memory_order_relaxed);
  return static_cast<int>(::syscall(SYS_fsync, descriptor));
}

namespace {

auto one_wave(int from, int count) -> perdure::workflow<double>;
auto in_waves(int count, int size) -> perdure::workflow<double>;

struct durable_environment {
  bench::folder place;
  perdure::sqlite_backend backend{place.file("bench.db")};
  perdure::worker<perdure::sqlite_backend> worker{backend, {.task_queue = "bench"}};
  perdure::client<perdure::sqlite_backend> client{backend};
  durable_environment() {
    worker.add<bench::batch, bench::my_good_workflow, bench::my_good_activity, bench::sequence,
               bench::increment, one_wave, in_waves>();
    worker.start();
  }
};

void report(benchmark::State& state, std::int64_t items, std::uint64_t synced) {
  auto const done = static_cast<double>(state.iterations() * items);
  state.SetItemsProcessed(state.iterations() * items);
  state.counters["fsyncs/item"] = static_cast<double>(synced) / done;
}

void batch_of_children(benchmark::State& state) {
  auto const count = bench::size(state.range(0));
  auto const inputs = bench::inputs(count);
  std::uint64_t synced = 0;
  double bytes = 0;
  for (auto _ : state) {
    state.PauseTiming();
    auto env = std::make_unique<durable_environment>();
    auto const before = syncs.load();
    state.ResumeTiming();
    auto const results =
        env->client.execute_workflow<bench::batch>(inputs, {.id = "batch", .task_queue = "bench"});
    state.PauseTiming();
    synced += syncs.load() - before;
    if (results.size() != inputs.size() ||
        results.back().result.arg1 != "activity arg1: " + inputs.back().arg1)
      return state.SkipWithError("a wrong result");
    auto const n = static_cast<std::size_t>(count);
    auto problem = bench::check_run(env->client, "batch/my_good_workflow_" + std::to_string(n - 1),
                                    {11, 1'000});
    if (problem.empty()) problem = bench::check_run(env->client, "batch", {3 * n + 8, 400 * n});
    if (!problem.empty()) return state.SkipWithError(problem.c_str());
    env->backend.vacuum(); // what the runs take, without the log
    bytes += static_cast<double>(std::filesystem::file_size(env->place.file("bench.db")));
    env.reset();
    state.ResumeTiming();
  }
  report(state, count, synced);
  state.counters["disk_bytes/item"] = bytes / static_cast<double>(state.iterations() * count);
}
BENCHMARK(batch_of_children)->Arg(1'000)->UseRealTime()->Unit(benchmark::kMillisecond);

auto one_wave(int from, int count) -> perdure::workflow<double> {
  std::vector<perdure::child_workflow_handle<bench::workflow_result>> children;
  children.reserve(static_cast<std::size_t>(count));
  for (int i = from; i < from + count; ++i)
    children.push_back(perdure::start_child_workflow<bench::my_good_workflow>(
        {"workflow arg1 of " + std::to_string(i), "workflow arg2 of " + std::to_string(i)},
        {.id = "child_" + std::to_string(i), .retry_policy = {.maximum_attempts = 3}}));
  auto const results = co_await perdure::when_all(children);
  double sum = 0;
  for (auto const& each : results) sum += each.result.random_val;
  co_return sum;
}
auto in_waves(int count, int size) -> perdure::workflow<double> {
  double sum = 0;
  for (int from = 0; from < count; from += size)
    sum += co_await perdure::execute_child_workflow<one_wave>(from, size);
  co_return sum;
}

auto resident_peak_bytes() -> double {
  std::ifstream status{"/proc/self/status"};
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmHWM:")) return 1'024 * std::strtod(line.c_str() + 6, nullptr);
  return 0;
}

/// Many more children than may be pending at a time: waves of 1,000. The cost per child and the
/// memory must not grow with their number.
void children_in_waves(benchmark::State& state) {
  auto const count = static_cast<int>(bench::size(state.range(0)));
  std::uint64_t synced = 0;
  double memory = 0;
  for (auto _ : state) {
    state.PauseTiming();
    auto env = std::make_unique<durable_environment>();
    auto const before = syncs.load();
    std::ofstream{"/proc/self/clear_refs"} << "5"; // the peak from here on
    double const resident = resident_peak_bytes();
    state.ResumeTiming();
    double const sum = env->client.execute_workflow<in_waves>(
        count, 1'000, {.id = "waves", .task_queue = "bench"});
    state.PauseTiming();
    synced += syncs.load() - before;
    memory = resident_peak_bytes() - resident;
    if (std::abs(sum - 0.84442185152504812 * count) > 0.001)
      return state.SkipWithError("a wrong result");
    auto const problem =
        bench::check_run(env->client, "child_" + std::to_string(count - 1), {11, 1'000});
    if (!problem.empty()) return state.SkipWithError(problem.c_str());
    env.reset();
    state.ResumeTiming();
  }
  report(state, count, synced);
  state.counters["peak_MiB"] = memory / (1 << 20);
}
BENCHMARK(children_in_waves)
    ->Arg(10'000)
    ->Iterations(1)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK(children_in_waves)
    ->Arg(100'000)
    ->Iterations(1)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

void activities_in_sequence(benchmark::State& state) {
  auto const count = static_cast<int>(state.range(0));
  std::uint64_t synced = 0;
  for (auto _ : state) {
    state.PauseTiming();
    auto env = std::make_unique<durable_environment>();
    auto const before = syncs.load();
    state.ResumeTiming();
    bool const right = env->client.execute_workflow<bench::sequence>(
                           count, {.id = "sequence", .task_queue = "bench"}) == count;
    state.PauseTiming();
    synced += syncs.load() - before;
    if (!right) return state.SkipWithError("a wrong result");
    auto const n = static_cast<std::size_t>(count);
    auto const problem = bench::check_run(env->client, "sequence", {6 * n + 5, 400 * n});
    if (!problem.empty()) return state.SkipWithError(problem.c_str());
    env.reset();
    state.ResumeTiming();
  }
  report(state, count, synced);
}
BENCHMARK(activities_in_sequence)->Arg(1'000)->UseRealTime()->Unit(benchmark::kMillisecond);

/// The floor: commits of one row each, as fast as the disk takes them.
void raw_one_row_commits(benchmark::State& state) {
  auto const count = state.range(0);
  bench::folder place;
  perdure::sqlite::connection db{place.file("raw.db")};
  db.execute("PRAGMA journal_mode = WAL");
  db.execute("PRAGMA synchronous = FULL");
  db.execute("PRAGMA wal_autocheckpoint = 0");
  db.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, x TEXT)");
  perdure::sqlite::statement insert{db, "INSERT INTO t(x) VALUES(?)"};
  std::uint64_t const before = syncs.load();
  for (auto _ : state)
    for (std::int64_t i = 0; i < count; ++i) {
      db.execute("BEGIN IMMEDIATE");
      perdure::sqlite::statement::use{insert}.bind(std::string_view{"one row"}).run();
      db.execute("COMMIT");
    }
  report(state, count, syncs.load() - before);
}
BENCHMARK(raw_one_row_commits)->Arg(1'000)->UseRealTime()->Unit(benchmark::kMillisecond);

} // namespace

BENCHMARK_MAIN();
