// A workflow that reacts to signals with an activity, and a client that measures how long each
// takes: with threads and the real clock, on any backend.
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <string>
#include <vector>

#include <perdure/perdure.hpp>

#include "process.hpp"

namespace bench {

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

inline happening waits_again;
inline happening reacted;

inline constexpr perdure::signal<int> ping{"ping"};

inline auto react(int value) -> int {
  reacted.happens();
  return value;
}

/// Tells the benchmark each time that it is about to wait: not what workflow code may do, but
/// nobody replays it, and so each signal finds a run at rest.
inline auto reacting(int count) -> perdure::workflow<int> {
  int sum = 0;
  for (int i = 0; i < count; ++i) {
    waits_again.happens();
    int const value = co_await perdure::receive(ping);
    sum += co_await perdure::execute_activity<react>(
        value, {.start_to_close_timeout = std::chrono::seconds{60}});
  }
  co_return sum;
}

/// What is wrong with the history of a run that has reacted to so many signals; empty if nothing
/// is.
inline auto check_reactions(perdure::history const& of, int signals) -> std::string {
  auto const count = [&](perdure::event_type type) {
    return std::count_if(of.events.begin(), of.events.end(),
                         [&](perdure::event const& each) { return each.type == type; });
  };
  if (count(perdure::event_type::workflow_execution_signaled) != signals)
    return "a history has lost signals";
  if (count(perdure::event_type::activity_task_completed) != signals)
    return "a history has lost activities";
  if (of.events.back().type != perdure::event_type::workflow_execution_completed)
    return "a run is not completed";
  return {};
}

/// One run that is sent so many signals, each when it waits. Appends what each took, from the call
/// to the activity. Says what is wrong; empty if nothing is.
template <class Client>
auto measure_reactions(Client const& client, std::string const& id, std::string const& task_queue,
                       int signals, std::vector<double>& seconds) -> std::string {
  auto const handle =
      client.template start_workflow<reacting>(signals, {.id = id, .task_queue = task_queue});
  for (int i = 0; i < signals; ++i) {
    waits_again.wait();
    auto const begin = std::chrono::steady_clock::now();
    handle.signal(ping, i);
    reacted.wait();
    seconds.push_back(seconds_since(begin));
  }
  if (handle.result() != signals * (signals - 1) / 2) return "a wrong result";
  return check_reactions(handle.fetch_history(), signals);
}

/// Of sorted seconds, in microseconds; `part` from 0 to 1.
inline auto quantile_us(std::vector<double> const& sorted, double part) -> double {
  auto const place = static_cast<std::size_t>(part * static_cast<double>(sorted.size()));
  return 1e6 * sorted[std::min(place, sorted.size() - 1)];
}

} // namespace bench
