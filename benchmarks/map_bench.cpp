// Fan-out over many inputs, in memory and on SQLite: `map` and `map_reduce` beside the plain batch,
// on one worker and the system's clock. The cost per input must not grow with their number. Of very
// many, closed runs are kept for a moment only, as who fans out a million inputs would have it.
// Items are inputs; "peak bytes/item" is what the heap has held at most; a run's history must stay
// under Temporal's limits.
#include "support/allocations.hpp"
#include "support/folder.hpp"
#include "support/programs.hpp"

#include <perdure/sqlite.hpp>

namespace {

using namespace std::chrono_literals;

auto squared(std::int64_t value) -> std::int64_t { return value * value; }
auto add(std::int64_t total, std::int64_t value) -> std::int64_t { return total + value; }

auto numbers(std::int64_t count) -> std::vector<std::int64_t> {
  std::vector<std::int64_t> all;
  all.reserve(static_cast<std::size_t>(count));
  for (std::int64_t i = 0; i < count; ++i) all.push_back(i);
  return all;
}
auto sum_of_squares(std::int64_t count) -> std::int64_t {
  std::int64_t sum = 0;
  for (std::int64_t i = 0; i < count; ++i) sum += i * i;
  return sum;
}

perdure::activity_options const once{.start_to_close_timeout = 60s};

auto mapped(std::int64_t count) -> perdure::workflow<std::int64_t> {
  std::int64_t sum = 0;
  for (std::int64_t const each : co_await perdure::map<squared>(numbers(count), {}, once))
    sum += each;
  co_return sum;
}
auto reduced(std::int64_t count) -> perdure::workflow<std::int64_t> {
  co_return co_await perdure::map_reduce<squared, add>(numbers(count), 0, {}, once);
}
auto child(std::int64_t value) -> perdure::workflow<std::int64_t> {
  co_return co_await perdure::execute_activity<squared>(value, once);
}
auto reduced_children(std::int64_t count) -> perdure::workflow<std::int64_t> {
  co_return co_await perdure::map_reduce<child, add>(numbers(count), 0);
}
/// What people write without a map: all children at once.
auto plain_batch(std::int64_t count) -> perdure::workflow<std::int64_t> {
  std::vector<perdure::child_workflow_handle<std::int64_t>> children;
  for (std::int64_t i = 0; i < count; ++i)
    children.push_back(perdure::start_child_workflow<child>(i));
  std::int64_t sum = 0;
  for (std::int64_t const each : co_await perdure::when_all(children)) sum += each;
  co_return sum;
}

/// What is wrong with the history of a run that has mapped; empty if nothing is.
auto check_history(perdure::history const& of, bool is_bounded) -> std::string {
  if (is_bounded && of.events.size() > 51'200)
    return std::to_string(of.events.size()) + " events are more than Temporal takes";
  if (auto const bytes = of.to_json().size(); is_bounded && bytes > 50u << 20u)
    return std::to_string(bytes) + " bytes of history are more than Temporal takes";
  perdure::replayer replayer;
  replayer.add<mapped, reduced, reduced_children, plain_batch, child>();
  auto const replayed = replayer.replay(of);
  if (!replayed.ok()) return "a history does not replay: " + replayed.problem;
  return replayed.finished ? "" : "a history does not end";
}

/// How long closed runs are kept; zero: until the benchmark ends, which looks at them.
auto retention_of(std::int64_t count) -> perdure::duration {
  return count > 10'000 ? perdure::duration{100ms} : perdure::duration{};
}

/// Looks at the run's history and, where they are kept, at those of some children.
template <auto W, class Client>
auto check_runs(Client const& client, bool is_bounded, benchmark::State& state) -> std::string {
  auto const count = bench::size(state.range(0));
  auto const history = client.get_handle("fan-out").fetch_history();
  state.counters["events"] = static_cast<double>(history.events.size());
  if (auto problem = check_history(history, is_bounded); !problem.empty()) return problem;
  if (retention_of(count) != perdure::duration{}) return {};
  perdure::list_filter some{};
  some.workflow_type = "child";
  some.status = perdure::workflow_execution_status::completed;
  some.limit = 3;
  auto const found = client.list(some);
  bool const has_children = W == &reduced_children || W == &plain_batch;
  if (found.empty() == has_children) return "children are missing, or there are too many";
  for (auto const& each : found) {
    auto const of_child = client.get_handle(each.execution.workflow_id.str()).fetch_history();
    if (of_child.events.size() < 11) return "a child's history has lost events";
    if (auto problem = check_history(of_child, true); !problem.empty()) return problem;
  }
  return {};
}

template <auto W, class Backend>
void run(benchmark::State& state, Backend& backend, bool is_bounded = true) {
  auto const count = bench::size(state.range(0));
  perdure::worker<Backend> worker{backend, {.task_queue = "bench"}};
  worker.template add<mapped, reduced, reduced_children, plain_batch, child, squared>();
  worker.start();
  perdure::client<Backend> client{backend};
  bench::allocation_meter meter;
  std::int64_t peak = 0;
  for (auto _ : state) {
    state.PauseTiming();
    auto const before = bench::live_bytes();
    bench::reset_peak();
    meter.resume();
    state.ResumeTiming();
    auto const sum =
        client.template execute_workflow<W>(count, {.id = "fan-out", .task_queue = "bench"});
    state.PauseTiming();
    meter.pause();
    peak = std::max(peak, bench::peak_bytes() - before);
    auto const problem =
        sum == sum_of_squares(count) ? check_runs<W>(client, is_bounded, state) : "a wrong sum";
    if (!problem.empty()) return state.SkipWithError(problem.c_str());
    state.ResumeTiming();
  }
  meter.report(state, count);
  state.counters["peak bytes/item"] = static_cast<double>(peak) / static_cast<double>(count);
}

template <auto W>
void in_memory(benchmark::State& state) {
  perdure::memory_backend backend{{.retention = retention_of(bench::size(state.range(0)))}};
  run<W>(state, backend);
}
void batch_in_memory(benchmark::State& state) {
  perdure::memory_backend backend;
  run<plain_batch>(state, backend, false);
}
BENCHMARK(batch_in_memory)->Arg(100'000)->Iterations(1)->UseRealTime();
BENCHMARK(in_memory<mapped>)->Arg(1'000'000)->Iterations(1)->UseRealTime();
BENCHMARK(in_memory<reduced>)->Arg(1'000'000)->Iterations(1)->UseRealTime();
BENCHMARK(in_memory<reduced_children>)->Arg(1'000)->Iterations(30)->UseRealTime();
BENCHMARK(in_memory<reduced_children>)->Arg(10'000)->Iterations(3)->UseRealTime();
BENCHMARK(in_memory<reduced_children>)->Arg(100'000)->Iterations(2)->UseRealTime();
BENCHMARK(in_memory<reduced_children>)->Arg(1'000'000)->Iterations(1)->UseRealTime();

template <auto W>
void on_sqlite(benchmark::State& state) {
  bench::folder const place;
  perdure::sqlite_backend backend{place.file("bench.db"),
                                  {.retention = retention_of(bench::size(state.range(0)))}};
  run<W>(state, backend, W != &plain_batch);
}
BENCHMARK(on_sqlite<plain_batch>)->Arg(10'000)->Iterations(1)->UseRealTime();
BENCHMARK(on_sqlite<mapped>)->Arg(100'000)->Iterations(1)->UseRealTime();
BENCHMARK(on_sqlite<reduced_children>)->Arg(1'000)->Iterations(5)->UseRealTime();
BENCHMARK(on_sqlite<reduced_children>)->Arg(10'000)->Iterations(1)->UseRealTime();
BENCHMARK(on_sqlite<reduced_children>)->Arg(100'000)->Iterations(1)->UseRealTime();

} // namespace
