// Throughput with one to four worker threads, in memory and on SQLite, and with one to four
// processes on one SQLite file. Items are children, or activities. The client is a thread of its
// own, in the processes' case a process.
#include "support/allocations.hpp"
#include "support/folder.hpp"
#include "support/process.hpp"
#include "support/programs.hpp"

#include <atomic>
#include <iostream>
#include <span>

#include <perdure/sqlite.hpp>

namespace {
std::atomic<int> threads{1};
} // namespace

// A worker has as many threads as the machine has processors. libstdc++ asks this function; the
// program's own definition comes first.
extern "C" auto get_nprocs() noexcept -> int { return threads; }

namespace {

using namespace std::chrono_literals;

constexpr int batches = 4; // at a time: runs are what workers can do side by side

/// What takes a processor some 20 microseconds, whatever the optimiser thinks of it.
auto compute(std::int64_t seed) -> std::int64_t {
  auto x = static_cast<std::uint64_t>(seed) + 1;
  for (int i = 0; i < 10'000; ++i) {
    x ^= x << 13U;
    x ^= x >> 7U;
    x ^= x << 17U;
    benchmark::DoNotOptimize(x);
  }
  return static_cast<std::int64_t>(x & 0xffffU);
}
auto add(std::int64_t total, std::int64_t value) -> std::int64_t { return total + value; }

auto computations(std::int64_t count) -> perdure::workflow<std::int64_t> {
  std::vector<std::int64_t> seeds;
  for (std::int64_t i = 0; i < count; ++i) seeds.push_back(i);
  co_return co_await perdure::map_reduce<compute, add>(std::move(seeds), 0, {},
                                                       {.start_to_close_timeout = 60s});
}

template <class Backend>
void add_all(perdure::worker<Backend>& worker) {
  worker.template add<bench::batch, bench::my_good_workflow, bench::my_good_activity, computations,
                      compute>();
}

auto id_of(int number) -> std::string { return "batch-" + std::to_string(number); }

/// Several batches at once, each of `inputs`. Says what is wrong with their results.
template <class Client>
auto run_batches(Client const& client, std::vector<bench::args> const& inputs) -> std::string {
  using handle = decltype(client.template get_handle<bench::batch>(""));
  std::vector<handle> runs;
  for (int i = 0; i < batches; ++i)
    runs.push_back(client.template start_workflow<bench::batch>(
        inputs, {.id = id_of(i), .task_queue = "bench"}));
  for (handle const& each : runs) {
    auto const results = each.result();
    if (results.size() != inputs.size() ||
        results.back().result.arg1 != "activity arg1: " + inputs.back().arg1)
      return "a wrong result";
  }
  return {};
}
template <class Client>
auto check_batches(Client const& client, std::size_t count) -> std::string {
  for (int i = 0; i < batches; ++i) {
    auto const id = id_of(i);
    auto problem = bench::check_run(client, id, {3 * count + 8, 400 * count});
    if (problem.empty())
      problem = bench::check_run(client, id + "/my_good_workflow_" + std::to_string(count - 1),
                                 {11, 1'000});
    if (!problem.empty()) return problem;
  }
  perdure::list_filter done{};
  done.workflow_id_prefix = "batch-";
  done.status = perdure::workflow_execution_status::completed;
  return client.count_workflows(done) == batches * (count + 1) ? "" : "not all runs are completed";
}

struct memory_world {
  perdure::memory_backend backend;
};
struct sqlite_world {
  bench::folder place;
  perdure::sqlite_backend backend{place.file("bench.db")};
};
template <class World>
struct serving : World {
  using backend_type = decltype(World::backend);
  perdure::worker<backend_type> worker{this->backend, {.task_queue = "bench"}};
  perdure::client<backend_type> client{this->backend};
  serving() {
    add_all(worker);
    worker.start();
  }
};

template <class World>
void batches_by_threads(benchmark::State& state) {
  threads = static_cast<int>(state.range(0));
  auto const count = bench::size(state.range(1), 100);
  auto const inputs = bench::inputs(count);
  bench::allocation_meter meter;
  for (auto _ : state) {
    state.PauseTiming();
    auto world = std::make_unique<serving<World>>();
    meter.resume();
    state.ResumeTiming();
    auto problem = run_batches(world->client, inputs);
    state.PauseTiming();
    meter.pause();
    if (problem.empty()) problem = check_batches(world->client, static_cast<std::size_t>(count));
    if (!problem.empty()) return state.SkipWithError(problem.c_str());
    world.reset();
    state.ResumeTiming();
  }
  meter.report(state, batches * count);
}
BENCHMARK(batches_by_threads<memory_world>)
    ->ArgsProduct({{1, 2, 3, 4}, {2'000}})
    ->ArgNames({"threads", "children"})
    ->Iterations(5)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK(batches_by_threads<sqlite_world>)
    ->ArgsProduct({{1, 2, 3, 4}, {2'000}})
    ->ArgNames({"threads", "children"})
    ->Iterations(2)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

/// Activities that need a processor: what more threads are for.
void computations_by_threads(benchmark::State& state) {
  threads = static_cast<int>(state.range(0));
  auto const count = bench::size(state.range(1), 100);
  std::int64_t expected = 0;
  for (std::int64_t i = 0; i < count; ++i) expected += compute(i);
  perdure::memory_backend backend;
  perdure::worker worker{backend, {.task_queue = "bench"}};
  add_all(worker);
  worker.start();
  perdure::client client{backend};
  bench::allocation_meter meter;
  meter.resume();
  for (auto _ : state)
    if (client.execute_workflow<computations>(count, {.id = "all", .task_queue = "bench"}) !=
        expected)
      return state.SkipWithError("a wrong sum");
  meter.pause();
  meter.report(state, count);
  perdure::replayer replayer;
  replayer.add<computations>();
  auto const replayed = replayer.replay(client.get_handle("all").fetch_history());
  if (!replayed.ok() || !replayed.finished) state.SkipWithError("the history does not replay");
}
BENCHMARK(computations_by_threads)
    ->ArgsProduct({{1, 2, 3, 4}, {2'000}})
    ->ArgNames({"threads", "activities"})
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

/// One of the processes: a worker on the file, until it is asked to end.
void work_on(std::string const& file) {
  threads = 1;
  perdure::sqlite_backend backend{file};
  perdure::worker worker{backend, {.task_queue = "bench"}};
  add_all(worker);
  worker.start();
  std::cout << "ready" << std::endl;
  bench::other_process::wait_for_end();
}

/// Workers of one thread each, in as many processes; this one is the client.
void batches_by_processes(benchmark::State& state) {
  auto const count = bench::size(state.range(1), 100);
  auto const inputs = bench::inputs(count);
  bench::allocation_meter meter; // of the client
  for (auto _ : state) {
    state.PauseTiming();
    auto world = std::make_unique<sqlite_world>();
    std::vector<bench::other_process> workers;
    for (std::int64_t i = 0; i < state.range(0); ++i)
      workers.emplace_back(std::vector<std::string>{"work-on", world->backend.path()});
    for (auto const& each : workers)
      if (each.read_line() != "ready") return state.SkipWithError("a process has not started");
    perdure::client client{world->backend};
    meter.resume();
    state.ResumeTiming();
    auto problem = run_batches(client, inputs);
    state.PauseTiming();
    meter.pause();
    for (auto& each : workers)
      if (!each.end() && problem.empty()) problem = "a process ended with an error";
    if (problem.empty()) problem = check_batches(client, static_cast<std::size_t>(count));
    if (!problem.empty()) return state.SkipWithError(problem.c_str());
    world.reset();
    state.ResumeTiming();
  }
  meter.report(state, batches * count);
}
BENCHMARK(batches_by_processes)
    ->ArgsProduct({{1, 2, 3, 4}, {2'000}})
    ->ArgNames({"processes", "children"})
    ->Iterations(2)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

} // namespace

int main(int argc, char** argv) {
  std::span const words{argv, static_cast<std::size_t>(argc)};
  if (words.size() == 3 && std::string_view{words[1]} == "work-on") {
    work_on(words[2]);
    return 0;
  }
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
}
