// How long it takes from a client's signal to the activity that the workflow runs in answer, with
// threads and the real clock: the median and the tail. An item is one round trip.
#include "support/allocations.hpp"
#include "support/folder.hpp"
#include "support/process.hpp"
#include "support/programs.hpp"
#include "support/reactions.hpp"

#include <algorithm>
#include <numeric>

#include <perdure/sqlite.hpp>

namespace {

/// So many to a run, so that histories stay short.
constexpr int signals_per_run = 500;

struct memory_world {
  perdure::memory_backend backend;
};
struct sqlite_world {
  bench::folder place;
  perdure::sqlite_backend backend{place.file("bench.db")};
};

void report(benchmark::State& state, std::vector<double> seconds) {
  std::sort(seconds.begin(), seconds.end());
  state.counters["p50_us"] = bench::quantile_us(seconds, 0.5);
  state.counters["p99_us"] = bench::quantile_us(seconds, 0.99);
  state.counters["p99.9_us"] = bench::quantile_us(seconds, 0.999);
  state.counters["max_us"] = 1e6 * seconds.back();
  state.counters["round_trips"] = static_cast<double>(seconds.size());
}

template <class World>
void from_signal_to_reaction(benchmark::State& state) {
  auto const runs = static_cast<int>(bench::size(state.range(0))) / signals_per_run;
  World world;
  perdure::worker worker{world.backend, {.task_queue = "bench"}};
  worker.template add<bench::reacting, bench::react>();
  worker.start();
  perdure::client client{world.backend};
  std::vector<double> all;
  int number = 0;
  bench::allocation_meter meter;
  for (auto _ : state) {
    auto const before = all.size();
    meter.resume();
    for (int i = 0; i < runs; ++i)
      if (auto const problem = bench::measure_reactions(client, std::to_string(++number), "bench",
                                                        signals_per_run, all);
          !problem.empty())
        return state.SkipWithError(problem.c_str());
    meter.pause();
    state.SetIterationTime(
        std::accumulate(all.begin() + static_cast<std::ptrdiff_t>(before), all.end(), 0.0));
  }
  meter.report(state, runs * signals_per_run);
  report(state, std::move(all));
}
BENCHMARK(from_signal_to_reaction<memory_world>)
    ->Arg(20'000)
    ->Iterations(1)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK(from_signal_to_reaction<sqlite_world>)
    ->Arg(20'000)
    ->Iterations(1)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);

} // namespace

BENCHMARK_MAIN();
