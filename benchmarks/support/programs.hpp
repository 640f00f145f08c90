// The workflows that the benchmarks run, and how a finished run is checked.
#pragma once

#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include <benchmark/benchmark.h>
#include <perdure/perdure.hpp>

namespace bench {

using namespace std::chrono_literals;

struct args {
  std::string arg1{}, arg2{};
};
struct activity_result {
  std::string arg1{}, arg2{};
  double random_val{};
};
struct workflow_result {
  activity_result result{};
};

inline auto my_good_activity(args a) -> activity_result {
  return {a.arg1, a.arg2, 0.84442185152504812};
}

inline auto my_good_workflow(args a) -> perdure::workflow<workflow_result> {
  co_return {co_await perdure::execute_activity<my_good_activity>(
      {.arg1 = "activity arg1: " + a.arg1, .arg2 = "activity arg2: " + a.arg2},
      {.schedule_to_close_timeout = 60s})};
}

inline auto batch(std::vector<args> inputs) -> perdure::workflow<std::vector<workflow_result>> {
  std::vector<perdure::child_workflow_handle<workflow_result>> children;
  children.reserve(inputs.size());
  for (std::size_t i = 0; i < inputs.size(); ++i)
    children.push_back(perdure::start_child_workflow<my_good_workflow>(
        inputs[i], {.id = perdure::info().workflow_id + "/my_good_workflow_" + std::to_string(i),
                    .retry_policy = {.maximum_attempts = 3}}));
  co_return co_await perdure::when_all(children);
}

/// One of the parents of `in_waves`: a batch whose children have short ids.
inline auto one_wave(int from, int count) -> perdure::workflow<double> {
  std::vector<perdure::child_workflow_handle<workflow_result>> children;
  children.reserve(static_cast<std::size_t>(count));
  for (int i = from; i < from + count; ++i)
    children.push_back(perdure::start_child_workflow<my_good_workflow>(
        {"workflow arg1 of " + std::to_string(i), "workflow arg2 of " + std::to_string(i)},
        {.id = "child_" + std::to_string(i), .retry_policy = {.maximum_attempts = 3}}));
  auto const results = co_await perdure::when_all(children);
  double sum = 0;
  for (auto const& each : results) sum += each.result.random_val;
  co_return sum;
}

/// Many more children than may be pending at a time.
inline auto in_waves(int count, int size) -> perdure::workflow<double> {
  double sum = 0;
  for (int from = 0; from < count; from += size)
    sum += co_await perdure::execute_child_workflow<one_wave>(from, size);
  co_return sum;
}

inline auto increment(int x) -> int { return x + 1; }

inline auto sequence(int steps) -> perdure::workflow<int> {
  int value = 0;
  for (int i = 0; i < steps; ++i)
    value =
        co_await perdure::execute_activity<increment>(value, {.schedule_to_close_timeout = 60s});
  co_return value;
}

inline auto parallel_timers(int count) -> perdure::workflow<int> {
  std::vector<perdure::timer_handle> timers;
  timers.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) timers.push_back(perdure::start_timer(1s * (i + 1)));
  co_await perdure::when_all(timers);
  co_return count;
}

/// The problem size: small in the smoke run of the tests, which checks results and not speed.
inline auto size(std::int64_t wanted, std::int64_t in_smoke_run = 1'000) -> std::int64_t {
  char const* const smoke = std::getenv("PERDURE_BENCHMARK_SMOKE");
  bool const is_smoke = smoke != nullptr && *smoke != '\0' && *smoke != '0';
  return is_smoke && wanted > in_smoke_run ? in_smoke_run : wanted;
}

inline auto inputs(std::int64_t count) -> std::vector<args> {
  std::vector<args> made;
  for (std::int64_t i = 0; i < count; ++i)
    made.push_back(
        {"workflow arg1 of " + std::to_string(i), "workflow arg2 of " + std::to_string(i)});
  return made;
}

/// A backend in virtual time and its worker, on one thread.
struct environment {
  perdure::memory_backend backend{{.clock = perdure::clock_mode::virtual_time}};
  perdure::worker<perdure::memory_backend> worker{backend, {.task_queue = "bench"}};
  perdure::client<perdure::memory_backend> client{backend};

  environment() {
    worker.add<batch, my_good_workflow, my_good_activity, sequence, increment, parallel_timers>();
    worker.start();
  }
};

/// What must be in the histories of finished runs: nothing may be left out to be fast.
struct expectation {
  std::size_t events{}; ///< At least: with threads, some events may come in tasks of their own.
  std::size_t payload_bytes_min{};
  bool is_exact{}; ///< Neither more: one thread, virtual time.
};

/// Fetches a run's history through the client, checks what it holds, and replays it from its first
/// event. Says what is wrong; empty if nothing is.
template <class Client>
auto check_run(Client const& client, std::string const& id, expectation expected) -> std::string {
  auto const history = client.get_handle(id).fetch_history();
  if (history.events.size() < expected.events ||
      (expected.is_exact && history.events.size() != expected.events))
    return id + " has " + std::to_string(history.events.size()) + " events, expected " +
           std::to_string(expected.events);
  if (history.to_json().size() < expected.payload_bytes_min) return id + " has lost payloads";
  perdure::replayer replayer;
  replayer.add<batch, my_good_workflow, sequence, parallel_timers, one_wave, in_waves>();
  auto const replayed = replayer.replay(history);
  if (!replayed.ok()) return id + " does not replay: " + replayed.problem;
  if (!replayed.finished) return id + " does not finish when it is replayed";
  auto const again = perdure::history::from_json(history.to_json());
  if (!(again.events == history.events)) return id + " changes when it is written and read";
  return {};
}

} // namespace bench
