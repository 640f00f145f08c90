// What durability costs: batches and sequences in an SQLite file with synchronous=FULL, beside the
// raw floor of the same disk in the same run. Counts fsyncs as the program makes them.
#include "support/allocations.hpp"
#include "support/folder.hpp"
#include "support/process.hpp"
#include "support/programs.hpp"

#include <cmath>
#include <filesystem>
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

struct durable_environment {
  bench::folder place;
  perdure::sqlite_backend backend{place.file("bench.db")};
  perdure::worker<perdure::sqlite_backend> worker{backend, {.task_queue = "bench"}};
  perdure::client<perdure::sqlite_backend> client{backend};
  durable_environment() {
    worker.add<bench::batch, bench::my_good_workflow, bench::my_good_activity, bench::sequence,
               bench::increment, bench::one_wave, bench::in_waves>();
    worker.start();
  }
};

/// What was used while the clock ran: allocations, and waits for the disk.
class usage {
public:
  void resume() {
    synced_before_ = syncs.load();
    memory_.resume();
  }
  void pause() {
    memory_.pause();
    synced_ += syncs.load() - synced_before_;
  }
  void report(benchmark::State& state, std::int64_t items) const {
    memory_.report(state, items);
    state.counters["fsyncs/item"] =
        static_cast<double>(synced_) / static_cast<double>(state.iterations() * items);
  }

private:
  bench::allocation_meter memory_{};
  std::uint64_t synced_before_{0};
  std::uint64_t synced_{0};
};

void batch_of_children(benchmark::State& state) {
  auto const count = bench::size(state.range(0));
  auto const inputs = bench::inputs(count);
  usage used;
  double bytes = 0;
  for (auto _ : state) {
    state.PauseTiming();
    auto env = std::make_unique<durable_environment>();
    used.resume();
    state.ResumeTiming();
    auto const results =
        env->client.execute_workflow<bench::batch>(inputs, {.id = "batch", .task_queue = "bench"});
    state.PauseTiming();
    used.pause();
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
  used.report(state, count);
  state.counters["disk_bytes/item"] = bytes / static_cast<double>(state.iterations() * count);
}
BENCHMARK(batch_of_children)->Arg(1'000)->UseRealTime()->Unit(benchmark::kMillisecond);

/// Many more children than may be pending at a time: waves of 1,000. The cost per child and the
/// memory must not grow with their number.
void children_in_waves(benchmark::State& state) {
  auto const count = static_cast<int>(bench::size(state.range(0)));
  usage used;
  double memory = 0;
  for (auto _ : state) {
    state.PauseTiming();
    auto env = std::make_unique<durable_environment>();
    bench::reset_resident_peak();
    double const resident = bench::status_bytes("VmHWM");
    used.resume();
    state.ResumeTiming();
    double const sum = env->client.execute_workflow<bench::in_waves>(
        count, 1'000, {.id = "waves", .task_queue = "bench"});
    state.PauseTiming();
    used.pause();
    memory = bench::status_bytes("VmHWM") - resident;
    if (std::abs(sum - 0.84442185152504812 * count) > 0.001)
      return state.SkipWithError("a wrong result");
    auto const waves = static_cast<std::size_t>((count + 999) / 1'000);
    auto problem = bench::check_run(env->client, "child_" + std::to_string(count - 1), {11, 1'000});
    if (problem.empty()) problem = bench::check_run(env->client, "waves", {6 * waves + 5});
    perdure::list_filter filter{};
    filter.status = perdure::workflow_execution_status::completed;
    auto const runs = static_cast<std::size_t>(count) + waves + 1;
    if (problem.empty() && env->client.count_workflows(filter) != runs)
      problem = "not all runs have completed";
    if (!problem.empty()) return state.SkipWithError(problem.c_str());
    env.reset();
    state.ResumeTiming();
  }
  used.report(state, count);
  state.counters["peak_MiB"] = memory / (1 << 20);
}
BENCHMARK(children_in_waves)
    ->Arg(1'000)
    ->Iterations(10)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK(children_in_waves)
    ->Arg(10'000)
    ->Iterations(2)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK(children_in_waves)
    ->Arg(100'000)
    ->Iterations(1)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

void activities_in_sequence(benchmark::State& state) {
  auto const count = static_cast<int>(state.range(0));
  usage used;
  for (auto _ : state) {
    state.PauseTiming();
    auto env = std::make_unique<durable_environment>();
    used.resume();
    state.ResumeTiming();
    bool const right = env->client.execute_workflow<bench::sequence>(
                           count, {.id = "sequence", .task_queue = "bench"}) == count;
    state.PauseTiming();
    used.pause();
    if (!right) return state.SkipWithError("a wrong result");
    auto const n = static_cast<std::size_t>(count);
    auto const problem = bench::check_run(env->client, "sequence", {6 * n + 5, 400 * n});
    if (!problem.empty()) return state.SkipWithError(problem.c_str());
    env.reset();
    state.ResumeTiming();
  }
  used.report(state, count);
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
  usage used;
  used.resume();
  for (auto _ : state)
    for (std::int64_t i = 0; i < count; ++i) {
      db.execute("BEGIN IMMEDIATE");
      perdure::sqlite::statement::use{insert}.bind(std::string_view{"one row"}).run();
      db.execute("COMMIT");
    }
  used.pause();
  if (db.number("SELECT count(*) FROM t") != state.iterations() * count)
    return state.SkipWithError("rows are missing");
  used.report(state, count);
}
BENCHMARK(raw_one_row_commits)->Arg(1'000)->UseRealTime()->Unit(benchmark::kMillisecond);

} // namespace

BENCHMARK_MAIN();
