// What the scheduler and the engine in memory cost: batches of children, sequences of activities,
// timers, and coroutines that need neither. One thread, virtual time. Items are children, steps,
// timers, leaves.
#include "support/allocations.hpp"
#include "support/programs.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

#include <malloc.h>

namespace {

/// Runs `work` on a fresh environment per iteration; only `work` is timed. What it gives is looked
/// at each time by `is_right`, and the histories of the last one by `check`.
template <class Work, class IsRight, class Check>
void measure(benchmark::State& state, std::int64_t items, Work work, IsRight is_right,
             Check check) {
  bench::allocation_meter meter;
  // Memory is taken from the system before, for every size alike. Of what the first run gives back
  // a large one has to be taken once more: a third of its pages, at 1.5 us a page.
  for (int warm_up = 0; warm_up < 2; ++warm_up) {
    bench::environment env;
    (void)work(env);
  }
  std::unique_ptr<bench::environment> env;
  std::optional<std::invoke_result_t<Work, bench::environment&>> result;
  for (auto _ : state) {
    state.PauseTiming();
    result.reset();
    env.reset();
    env = std::make_unique<bench::environment>();
    meter.resume();
    state.ResumeTiming();
    result = work(*env);
    state.PauseTiming();
    meter.pause();
    bool const right = is_right(*result);
    state.ResumeTiming();
    if (!right) return state.SkipWithError("a wrong result");
  }
  if (std::string const problem = check(*env); !problem.empty())
    return state.SkipWithError(problem.c_str());
  meter.report(state, items);
}

void batch_of_children(benchmark::State& state) {
  auto const count = bench::size(state.range(0));
  auto const inputs = bench::inputs(count);
  measure(
      state, count,
      [&](bench::environment& env) {
        return env.client.execute_workflow<bench::batch>(inputs,
                                                         {.id = "batch", .task_queue = "bench"});
      },
      [&](std::vector<bench::workflow_result> const& results) {
        return results.size() == inputs.size() &&
               results.back().result.arg1 == "activity arg1: " + inputs.back().arg1;
      },
      [&](bench::environment& env) {
        auto const n = static_cast<std::size_t>(count);
        bench::expectation const of_child{11, 1'000, true};
        auto const last = "batch/my_good_workflow_" + std::to_string(count - 1);
        auto problem = bench::check_run(env.client, last, of_child);
        if (problem.empty())
          problem = bench::check_run(env.client, "batch/my_good_workflow_0", of_child);
        if (problem.empty()) problem = bench::check_run(env.client, "batch", {3 * n + 8, 400 * n});
        return problem;
      });
}
BENCHMARK(batch_of_children)->Arg(1'000)->Unit(benchmark::kMillisecond);
BENCHMARK(batch_of_children)->Arg(100'000)->Iterations(3)->Unit(benchmark::kMillisecond);

void activities_in_sequence(benchmark::State& state) {
  auto const count = static_cast<int>(state.range(0));
  measure(
      state, count,
      [&](bench::environment& env) {
        return env.client.execute_workflow<bench::sequence>(
            count, {.id = "sequence", .task_queue = "bench"});
      },
      [&](int result) { return result == count; },
      [&](bench::environment& env) {
        auto const n = static_cast<std::size_t>(count);
        return bench::check_run(env.client, "sequence", {6 * n + 5, 400 * n, true});
      });
}
BENCHMARK(activities_in_sequence)->Arg(1'000)->Unit(benchmark::kMillisecond);

void timers_in_parallel(benchmark::State& state) {
  auto const count = static_cast<int>(bench::size(state.range(0)));
  measure(
      state, count,
      [&](bench::environment& env) {
        return env.client.execute_workflow<bench::parallel_timers>(
            count, {.id = "timers", .task_queue = "bench"});
      },
      [&](int result) { return result == count; },
      [&](bench::environment& env) {
        return bench::check_run(env.client, "timers",
                                {2 * static_cast<std::size_t>(count) + 5, 100});
      });
}
BENCHMARK(timers_in_parallel)->Arg(10'000)->Unit(benchmark::kMillisecond);

auto leaf(int i) -> perdure::workflow<bench::activity_result> {
  co_return {"some text", "more text", 1.0 * i};
}

auto ready_leaves(int count) -> perdure::workflow<double> {
  std::vector<perdure::workflow<bench::activity_result>> leaves;
  leaves.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) leaves.push_back(leaf(i));
  auto const results = co_await perdure::when_all(std::move(leaves));
  double sum = 0;
  for (auto const& each : results) sum += each.random_val;
  co_return sum;
}

/// `when_all` of coroutines that need no await: the price of a leaf, frame included.
void when_all_of_ready_coroutines(benchmark::State& state) {
  auto const count = static_cast<int>(state.range(0));
  perdure::memory_backend backend{{.clock = perdure::clock_mode::virtual_time}};
  perdure::worker worker{backend, {.task_queue = "bench"}};
  worker.add<ready_leaves>();
  worker.start();
  perdure::client client{backend};
  std::int64_t run = 0;
  bench::allocation_meter meter;
  meter.resume();
  for (auto _ : state) {
    double const sum = client.execute_workflow<ready_leaves>(
        count, {.id = std::to_string(++run), .task_queue = "bench"});
    if (sum != 0.5 * count * (count - 1)) return state.SkipWithError("a wrong sum");
  }
  meter.pause();
  meter.report(state, count);
  if (client.get_handle(std::to_string(run)).fetch_history().events.size() != 5)
    state.SkipWithError("a history has more or fewer events than a workflow without commands has");
}
BENCHMARK(when_all_of_ready_coroutines)->Arg(1'000)->Unit(benchmark::kMicrosecond);

auto waiting(bench::args a) -> perdure::workflow<bench::workflow_result> {
  co_return {co_await perdure::execute_activity<bench::my_good_activity>(
      {.arg1 = "activity arg1: " + a.arg1, .arg2 = "activity arg2: " + a.arg2},
      {.schedule_to_close_timeout = std::chrono::seconds{60}, .task_queue = "nobody polls it"})};
}

/// What that many runs that wait take on the heap, the allocator's share included. In a thread of
/// its own, since what memory a thread keeps for later from earlier work would not be counted.
auto heap_of_waiting_workflows(int count, bool cached, char const*& problem) -> std::int64_t {
  std::int64_t bytes = 0;
  std::thread{[&] {
    perdure::memory_backend backend{{.clock = perdure::clock_mode::virtual_time}};
    std::size_t const in_cache = cached ? static_cast<std::size_t>(count) : 0;
    perdure::worker worker{backend, {.task_queue = "bench", .max_cached_workflows = in_cache}};
    worker.add<waiting>();
    worker.start();
    perdure::client client{backend};
    bench::heap_watch const heap;
    for (int i = 0; i < count; ++i)
      (void)client.start_workflow<waiting>({"workflow arg1", "workflow arg2"},
                                           {.id = std::to_string(i), .task_queue = "bench"});
    while (worker.poll_once()) {
    }
    if (worker.cached_workflows() != in_cache)
      problem = cached ? "not all are cached" : "some are cached";
    if (client.get_handle(std::to_string(count - 1)).fetch_history().events.size() != 5)
      problem = "a run that waits has five events";
    bytes = heap.live();
  }}.join();
  return bytes;
}

/// What a live, waiting `my_good_workflow` takes in the worker's cache: as much as it is more than
/// without a cache. And what it takes in all, with its history and its place in the engine.
void memory_of_a_waiting_workflow(benchmark::State& state) {
  auto const count = static_cast<int>(bench::size(state.range(0)));
  std::int64_t in_all = 0;
  std::int64_t without = 0;
  char const* problem = nullptr;
  for (auto _ : state) {
    in_all = heap_of_waiting_workflows(count, true, problem);
    without = heap_of_waiting_workflows(count, false, problem);
  }
  if (problem != nullptr) return state.SkipWithError(problem);
  state.SetItemsProcessed(state.iterations() * count);
  state.counters["bytes/run"] = static_cast<double>(in_all - without) / count;
  state.counters["bytes/run with history"] = static_cast<double>(in_all) / count;
}
BENCHMARK(memory_of_a_waiting_workflow)->Arg(10'000)->Iterations(1)->UseRealTime();
BENCHMARK(memory_of_a_waiting_workflow)->Arg(100'000)->Iterations(1)->UseRealTime();

} // namespace

int main(int argc, char** argv) {
  // Memory that one iteration has given back is used by the next: the library is measured, not page
  // faults.
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
}
