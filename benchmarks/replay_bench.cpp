// Replay of a long history: events that are in memory, and events that are read from JSON first.
#include "support/programs.hpp"

namespace {

auto long_history(int steps) -> perdure::history {
  bench::environment env;
  (void)env.client.execute_workflow<bench::sequence>(steps,
                                                     {.id = "sequence", .task_queue = "bench"});
  return env.client.get_handle("sequence").fetch_history();
}

void replay_of_a_long_history(benchmark::State& state) {
  auto const history = long_history(static_cast<int>(bench::size(state.range(0))));
  perdure::replayer replayer;
  replayer.add<bench::sequence>();
  for (auto _ : state) {
    auto const result = replayer.replay(history);
    if (!result.ok() || !result.finished) return state.SkipWithError("the history does not replay");
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(history.events.size()));
}
BENCHMARK(replay_of_a_long_history)
    ->Arg(1'000)
    ->Arg(10'000)
    ->Arg(100'000)
    ->Unit(benchmark::kMillisecond);

void reading_a_long_history_from_json(benchmark::State& state) {
  auto const history = long_history(static_cast<int>(state.range(0)));
  auto const text = history.to_json();
  for (auto _ : state) {
    auto const read = perdure::history::from_json(text);
    if (read.events.size() != history.events.size())
      return state.SkipWithError("events are missing");
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(history.events.size()));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}
BENCHMARK(reading_a_long_history_from_json)->Arg(1'000)->Unit(benchmark::kMillisecond);

void writing_a_long_history_as_json(benchmark::State& state) {
  auto const history = long_history(static_cast<int>(state.range(0)));
  for (auto _ : state) {
    auto text = history.to_json();
    if (text.empty()) return state.SkipWithError("nothing was written");
    benchmark::DoNotOptimize(text);
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(history.events.size()));
}
BENCHMARK(writing_a_long_history_as_json)->Arg(1'000)->Unit(benchmark::kMillisecond);

} // namespace

BENCHMARK_MAIN();
