// Fan-out over many inputs, in memory and on SQLite: `map` and `map_reduce` beside the plain batch,
// on one worker and the system's clock. The cost per input must not grow with their number. Closed
// runs are kept for a moment only, as who fans out a million inputs would have it.
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

template <class Backend>
struct serving {
  explicit serving(Backend& on) : worker{on, {.task_queue = "bench"}}, client{on} {
    worker.template add<mapped, reduced, reduced_children, plain_batch, child, squared>();
    worker.start();
  }
  template <auto W>
  auto execute(std::int64_t count) -> std::int64_t {
    return client.template execute_workflow<W>(count, {.id = "fan-out", .task_queue = "bench"});
  }
  perdure::worker<Backend> worker;
  perdure::client<Backend> client;
};

/// The histories of some children, on a backend that keeps them. Empty if nothing is wrong.
template <auto W, class Backend>
auto check_children(Backend& keeps_all) -> std::string {
  serving<Backend> on{keeps_all};
  if (on.template execute<W>(100) != sum_of_squares(100)) return "a wrong sum";
  perdure::list_filter done{};
  done.workflow_type = "child";
  done.status = perdure::workflow_execution_status::completed;
  auto const found = on.client.list(done);
  bool const has_children = W == &reduced_children || W == &plain_batch;
  if (found.size() != (has_children ? 100U : 0U)) return "children are missing";
  for (auto const& each : found) {
    auto const of_child = on.client.get_handle(each.execution.workflow_id.str()).fetch_history();
    if (of_child.events.size() < 11) return "a child's history has lost events";
    if (auto problem = check_history(of_child, true); !problem.empty()) return problem;
  }
  return {};
}

template <auto W, class Backend>
void run(benchmark::State& state, Backend& backend, Backend& keeps_all, bool is_bounded = true) {
  auto const count = bench::size(state.range(0));
  serving<Backend> on{backend};
  bench::allocation_meter meter;
  std::int64_t peak = 0;
  for (auto _ : state) {
    state.PauseTiming();
    bench::heap_watch const heap;
    meter.resume();
    state.ResumeTiming();
    auto const sum = on.template execute<W>(count);
    state.PauseTiming();
    meter.pause();
    peak = std::max(peak, heap.peak());
    auto const history = on.client.get_handle("fan-out").fetch_history();
    state.counters["events"] = static_cast<double>(history.events.size());
    auto const problem =
        sum == sum_of_squares(count) ? check_history(history, is_bounded) : "a wrong sum";
    if (!problem.empty()) return state.SkipWithError(problem.c_str());
    state.ResumeTiming();
  }
  meter.report(state, count);
  state.counters["peak bytes/item"] = static_cast<double>(peak) / static_cast<double>(count);
  if (auto const problem = check_children<W>(keeps_all); !problem.empty())
    state.SkipWithError(problem.c_str());
}

template <auto W>
void in_memory(benchmark::State& state) {
  perdure::memory_backend backend{{.retention = 100ms}};
  perdure::memory_backend keeps_all;
  run<W>(state, backend, keeps_all);
}
void batch_in_memory(benchmark::State& state) {
  perdure::memory_backend backend;
  perdure::memory_backend keeps_all;
  run<plain_batch>(state, backend, keeps_all, false);
}
BENCHMARK(batch_in_memory)->Arg(100'000)->Iterations(1)->UseRealTime();
BENCHMARK(in_memory<mapped>)->Arg(1'000'000)->Iterations(1)->UseRealTime();
BENCHMARK(in_memory<reduced>)->Arg(1'000'000)->Iterations(1)->UseRealTime();
// Many enough that closed runs go as fast as they come.
BENCHMARK(in_memory<reduced_children>)->Arg(1'000)->Iterations(bench::size(200, 2))->UseRealTime();
BENCHMARK(in_memory<reduced_children>)->Arg(10'000)->Iterations(bench::size(20, 2))->UseRealTime();
BENCHMARK(in_memory<reduced_children>)->Arg(100'000)->Iterations(2)->UseRealTime();
BENCHMARK(in_memory<reduced_children>)->Arg(1'000'000)->Iterations(1)->UseRealTime();

template <auto W>
void on_sqlite(benchmark::State& state) {
  bench::folder const place;
  // The run itself is looked at when it has closed: it must not be gone by then.
  perdure::sqlite_backend backend{place.file("bench.db"), {.retention = 1s}};
  perdure::sqlite_backend keeps_all{place.file("kept.db")};
  run<W>(state, backend, keeps_all, W != &plain_batch);
}
BENCHMARK(on_sqlite<plain_batch>)->Arg(10'000)->Iterations(1)->UseRealTime();
BENCHMARK(on_sqlite<mapped>)->Arg(100'000)->Iterations(1)->UseRealTime();
BENCHMARK(on_sqlite<reduced_children>)->Arg(1'000)->Iterations(bench::size(5, 2))->UseRealTime();
BENCHMARK(on_sqlite<reduced_children>)->Arg(10'000)->Iterations(1)->UseRealTime();
BENCHMARK(on_sqlite<reduced_children>)->Arg(100'000)->Iterations(1)->UseRealTime();

} // namespace
