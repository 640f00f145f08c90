// How long it takes from a client's signal to the activity that the workflow runs in answer, with
// threads and the real clock: the median and the tail. An item is one round trip.
#include "support/allocations.hpp"
#include "support/folder.hpp"
#include "support/process.hpp"
#include "support/programs.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <numeric>

#include <perdure/sqlite.hpp>

namespace {

using namespace std::chrono_literals;

/// Something that one thread waits for and another one does.
class happening {
public:
  void happens() {
    {
      std::lock_guard const lock{mutex_};
      ++count_;
    }
    wakes_.notify_one();
  }
  void wait() {
    std::unique_lock lock{mutex_};
    wakes_.wait(lock, [&] { return count_ != 0; });
    --count_;
  }

private:
  std::mutex mutex_;
  std::condition_variable wakes_;
  int count_{0};
};

happening waits_again;
happening reacted;

inline constexpr perdure::signal<int> ping{"ping"};

auto react(int value) -> int {
  reacted.happens();
  return value;
}

/// Tells the benchmark each time that it is about to wait: not what workflow code may do, but
/// nobody replays it, and so each signal finds a run at rest.
auto reacting(int count) -> perdure::workflow<int> {
  int sum = 0;
  for (int i = 0; i < count; ++i) {
    waits_again.happens();
    int const value = co_await perdure::receive(ping);
    sum += co_await perdure::execute_activity<react>(value, {.start_to_close_timeout = 60s});
  }
  co_return sum;
}

/// So many to a run, so that histories stay short.
constexpr int signals_per_run = 500;

struct memory_world {
  perdure::memory_backend backend;
};
struct sqlite_world {
  bench::folder place;
  perdure::sqlite_backend backend{place.file("bench.db")};
};

/// What is wrong with the history of a run that has reacted to all signals; empty if nothing is.
auto check_history(perdure::history const& of) -> std::string {
  auto const count = [&](perdure::event_type type) {
    return std::count_if(of.events.begin(), of.events.end(),
                         [&](perdure::event const& each) { return each.type == type; });
  };
  if (count(perdure::event_type::workflow_execution_signaled) != signals_per_run)
    return "a history has lost signals";
  if (count(perdure::event_type::activity_task_completed) != signals_per_run)
    return "a history has lost activities";
  if (of.events.back().type != perdure::event_type::workflow_execution_completed)
    return "a run is not completed";
  return {};
}

void report(benchmark::State& state, std::vector<double> seconds) {
  std::sort(seconds.begin(), seconds.end());
  auto const quantile = [&](double part) {
    auto const place = static_cast<std::size_t>(part * static_cast<double>(seconds.size()));
    return 1e6 * seconds[std::min(place, seconds.size() - 1)];
  };
  state.counters["p50_us"] = quantile(0.5);
  state.counters["p99_us"] = quantile(0.99);
  state.counters["p99.9_us"] = quantile(0.999);
  state.counters["max_us"] = 1e6 * seconds.back();
  state.counters["round_trips"] = static_cast<double>(seconds.size());
}

/// One run that is sent its signals, each when it waits. Appends what each took.
template <class Client>
auto one_run(Client const& client, std::string const& id, std::vector<double>& seconds)
    -> std::string {
  auto const handle =
      client.template start_workflow<reacting>(signals_per_run, {.id = id, .task_queue = "bench"});
  for (int i = 0; i < signals_per_run; ++i) {
    waits_again.wait();
    auto const begin = std::chrono::steady_clock::now();
    handle.signal(ping, i);
    reacted.wait();
    seconds.push_back(bench::seconds_since(begin));
  }
  if (handle.result() != signals_per_run * (signals_per_run - 1) / 2) return "a wrong result";
  return check_history(handle.fetch_history());
}

template <class World>
void from_signal_to_reaction(benchmark::State& state) {
  auto const runs = static_cast<int>(bench::size(state.range(0))) / signals_per_run;
  World world;
  perdure::worker worker{world.backend, {.task_queue = "bench"}};
  worker.template add<reacting, react>();
  worker.start();
  perdure::client client{world.backend};
  std::vector<double> all;
  int number = 0;
  bench::allocation_meter meter;
  for (auto _ : state) {
    auto const before = all.size();
    meter.resume();
    for (int i = 0; i < runs; ++i)
      if (auto const problem = one_run(client, std::to_string(++number), all); !problem.empty())
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
