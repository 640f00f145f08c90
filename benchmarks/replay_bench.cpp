// Replay of a long history: events that are in memory, events that are read from JSON first, and a
// query that has to replay a closed run. Items are events.
#include "support/allocations.hpp"
#include "support/programs.hpp"

namespace {

using namespace std::chrono_literals;

/// A step has six events (three of the workflow task before it, three of the activity), and a run
/// five besides.
constexpr auto steps_of(std::int64_t events) -> int { return static_cast<int>((events - 5) / 6); }
constexpr auto events_of(int steps) -> std::size_t {
  return 6 * static_cast<std::size_t>(steps) + 5;
}

auto long_history(int steps) -> perdure::history {
  bench::environment env;
  (void)env.client.execute_workflow<bench::sequence>(steps,
                                                     {.id = "sequence", .task_queue = "bench"});
  return env.client.get_handle("sequence").fetch_history();
}

/// Up to the number of events at which Temporal ends a run.
void replay_of_a_long_history(benchmark::State& state) {
  int const steps = steps_of(bench::size(state.range(0)));
  auto const history = long_history(steps);
  if (history.events.size() != events_of(steps)) return state.SkipWithError("events are missing");
  perdure::replayer replayer;
  replayer.add<bench::sequence>();
  bench::allocation_meter meter;
  meter.resume();
  for (auto _ : state) {
    auto const result = replayer.replay(history);
    if (!result.ok() || !result.finished) return state.SkipWithError("the history does not replay");
  }
  meter.pause();
  meter.report(state, static_cast<std::int64_t>(history.events.size()));
  state.SetComplexityN(static_cast<std::int64_t>(history.events.size()));
}
BENCHMARK(replay_of_a_long_history)
    ->Arg(1'000)
    ->Arg(3'200)
    ->Arg(10'000)
    ->Arg(25'600)
    ->Arg(51'200)
    ->Complexity(benchmark::oN)
    ->Unit(benchmark::kMillisecond);

/// A workflow that can be asked when it is over.
class countable {
public:
  auto run(int steps) -> perdure::workflow<int> {
    for (int i = 0; i < steps; ++i)
      value_ = co_await perdure::execute_activity<bench::increment>(
          value_, {.schedule_to_close_timeout = 60s});
    co_return value_;
  }
  [[nodiscard]] auto value() const -> int { return value_; }
  using messages = perdure::messages<&countable::value>;

private:
  int value_{0};
};

/// No worker has the run in its cache: the answer needs a replay from the first event.
void query_of_a_long_closed_run(benchmark::State& state) {
  int const steps = steps_of(bench::size(state.range(0)));
  perdure::memory_backend backend{{.clock = perdure::clock_mode::virtual_time}};
  perdure::client client{backend};
  {
    perdure::worker worker{backend, {.task_queue = "bench"}};
    worker.add<&countable::run, bench::increment>();
    worker.start();
    (void)client.execute_workflow<&countable::run>(steps, {.id = "run", .task_queue = "bench"});
  }
  perdure::worker worker{backend, {.task_queue = "bench", .max_cached_workflows = 0}};
  worker.add<&countable::run, bench::increment>();
  worker.start();
  auto const handle = client.get_handle("run");
  bench::allocation_meter meter;
  meter.resume();
  for (auto _ : state)
    if (handle.query<&countable::value>() != steps) return state.SkipWithError("a wrong answer");
  meter.pause();
  auto const events = handle.fetch_history().events.size();
  if (events != events_of(steps)) return state.SkipWithError("queries left events, or lost some");
  meter.report(state, static_cast<std::int64_t>(events));
}
BENCHMARK(query_of_a_long_closed_run)->Arg(51'200)->Unit(benchmark::kMillisecond);

void reading_a_long_history_from_json(benchmark::State& state) {
  auto const history = long_history(static_cast<int>(state.range(0)));
  auto const text = history.to_json();
  bench::allocation_meter meter;
  meter.resume();
  for (auto _ : state) {
    auto const read = perdure::history::from_json(text);
    if (read.events.size() != history.events.size())
      return state.SkipWithError("events are missing");
  }
  meter.pause();
  if (!(perdure::history::from_json(text).events == history.events))
    return state.SkipWithError("events change when they are written and read");
  meter.report(state, static_cast<std::int64_t>(history.events.size()));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}
BENCHMARK(reading_a_long_history_from_json)->Arg(1'000)->Unit(benchmark::kMillisecond);

void writing_a_long_history_as_json(benchmark::State& state) {
  auto const history = long_history(static_cast<int>(state.range(0)));
  bench::allocation_meter meter;
  meter.resume();
  for (auto _ : state) {
    auto text = history.to_json();
    if (text.empty()) return state.SkipWithError("nothing was written");
    benchmark::DoNotOptimize(text);
  }
  meter.pause();
  meter.report(state, static_cast<std::int64_t>(history.events.size()));
}
BENCHMARK(writing_a_long_history_as_json)->Arg(1'000)->Unit(benchmark::kMillisecond);

} // namespace

BENCHMARK_MAIN();
