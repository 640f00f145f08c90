// Fan-out over many inputs, in memory and on SQLite: `map` and `map_reduce` beside the plain batch,
// one worker thread, the system's clock. Closed runs are kept for a moment only, as who fans out a
// million inputs would have it. Items are inputs; "peak bytes/item" is what the heap has held at
// most; a run's history must stay under Temporal's limits.
#include "support/allocations.hpp"
#include "support/folder.hpp"
#include "support/programs.hpp"

#include <perdure/sqlite.hpp>

#include <algorithm>
#include <atomic>
#include <thread>

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

/// The most that the heap has held, looked at now and then by a thread of its own.
class peak {
public:
  peak() : before_{bench::live_bytes()}, most_{before_}, thread_{[this] { watch(); }} {}
  peak(peak const&) = delete;
  auto operator=(peak const&) -> peak& = delete;
  ~peak() { stop(); }
  auto stop() -> std::int64_t {
    ended_ = true;
    if (thread_.joinable()) thread_.join();
    return most_ - before_;
  }

private:
  void watch() {
    while (!ended_) {
      most_ = std::max(most_, bench::live_bytes());
      std::this_thread::sleep_for(1ms);
    }
  }
  std::int64_t before_;
  std::int64_t most_;
  std::atomic<bool> ended_{false};
  std::thread thread_;
};

auto check_history(perdure::history const& of) -> std::string {
  if (of.events.size() > 51'200) return std::to_string(of.events.size()) + " events";
  if (auto const bytes = of.to_json().size(); bytes > 50u << 20u)
    return std::to_string(bytes) + " bytes of history";
  return {};
}

template <auto W, class Backend>
void run(benchmark::State& state, Backend& backend, bool is_bounded = true) {
  auto const count = bench::size(state.range(0));
  perdure::worker<Backend> worker{backend, {.task_queue = "bench"}};
  worker.template add<mapped, reduced, reduced_children, plain_batch, child, squared>();
  worker.start();
  perdure::client<Backend> client{backend};
  for (auto _ : state) {
    peak heap;
    auto const handle =
        client.template start_workflow<W>(count, {.id = "fan-out", .task_queue = "bench"});
    bool const is_right = handle.result() == sum_of_squares(count);
    state.counters["peak bytes/item"] =
        static_cast<double>(heap.stop()) / static_cast<double>(count);
    state.PauseTiming();
    auto const history = handle.fetch_history();
    std::string const problem = !is_right    ? "a wrong sum"
                                : is_bounded ? check_history(history)
                                             : "";
    state.counters["events"] = static_cast<double>(history.events.size());
    state.ResumeTiming();
    if (!problem.empty()) return state.SkipWithError(problem.c_str());
  }
  state.SetItemsProcessed(state.iterations() * count);
}

template <auto W>
void in_memory(benchmark::State& state) {
  perdure::memory_backend backend{{.retention = 100ms}};
  run<W>(state, backend);
}
void batch_in_memory(benchmark::State& state) {
  perdure::memory_backend backend;
  run<plain_batch>(state, backend, false);
}
BENCHMARK(batch_in_memory)->Arg(100'000)->Iterations(1)->UseRealTime();
BENCHMARK(in_memory<mapped>)->Arg(1'000'000)->Iterations(1)->UseRealTime();
BENCHMARK(in_memory<reduced>)->Arg(1'000'000)->Iterations(1)->UseRealTime();
BENCHMARK(in_memory<reduced_children>)->Arg(1'000'000)->Iterations(1)->UseRealTime();

template <auto W>
void on_sqlite(benchmark::State& state) {
  bench::folder const place;
  perdure::sqlite_backend backend{place.file("bench.db"), {.retention = 100ms}};
  run<W>(state, backend, W != &plain_batch);
}
BENCHMARK(on_sqlite<plain_batch>)->Arg(10'000)->Iterations(1)->UseRealTime();
BENCHMARK(on_sqlite<mapped>)->Arg(100'000)->Iterations(1)->UseRealTime();
BENCHMARK(on_sqlite<reduced_children>)->Arg(100'000)->Iterations(1)->UseRealTime();

} // namespace
