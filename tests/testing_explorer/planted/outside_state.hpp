// Planted bugs about state outside of the workflow: a replay does not find it as it was.
#pragma once

#include <perdure/perdure.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "messages.hpp"

namespace planted {

/// A destructor starts an activity: also when the run is only evicted.
namespace busy_destructor {

inline auto take(std::string what) -> std::string { return what; }
inline void give_back(std::string) {}

struct borrowed {
  std::string what;
  explicit borrowed(std::string named) : what{std::move(named)} {}
  borrowed(borrowed const&) = delete;
  auto operator=(borrowed const&) -> borrowed& = delete;
  ~borrowed() { (void)perdure::start_activity<give_back>(what, one_minute); }
};

inline auto wrong(std::string what) -> perdure::workflow<void> {
  {
    borrowed const mine{co_await perdure::execute_activity<take>(what, one_minute)};
    co_await perdure::sleep(1h);
  }
  co_await perdure::sleep(24h);
}
inline auto right(std::string what) -> perdure::workflow<void> {
  auto const mine = co_await perdure::execute_activity<take>(what, one_minute);
  co_await perdure::sleep(1h);
  co_await perdure::execute_activity<give_back>(mine, one_minute);
  co_await perdure::sleep(24h);
}

} // namespace busy_destructor

/// The order of an unordered_map whose keys are addresses: another one in every replay.
namespace order_of_addresses {

inline void visit(int) {}

struct place {
  int number;
};

inline auto wrong(int count) -> perdure::workflow<void> {
  std::vector<std::unique_ptr<place>> places;
  std::unordered_map<place const*, int> numbers;
  for (int i = 0; i < count; ++i) {
    places.push_back(std::make_unique<place>(place{i}));
    numbers[places.back().get()] = i;
  }
  std::vector<perdure::activity_handle<void>> visits;
  for (auto const& [where, number] : numbers)
    visits.push_back(perdure::start_activity<visit>(number, one_minute));
  co_await perdure::when_all(visits);
}
inline auto right(int count) -> perdure::workflow<void> {
  std::vector<perdure::activity_handle<void>> visits;
  for (int i = 0; i < count; ++i) visits.push_back(perdure::start_activity<visit>(i, one_minute));
  co_await perdure::when_all(visits);
}

} // namespace order_of_addresses

/// Every other order is audited, by a counter of the process.
namespace static_counter {

inline void audit(std::string) {}
inline void pay(std::string) {}

inline auto wrong(std::string order) -> perdure::workflow<void> {
  static int orders = 0;
  if (++orders % 2 == 0) co_await perdure::execute_activity<audit>(order, one_minute);
  co_await perdure::execute_activity<pay>(order, one_minute);
}
inline auto right(std::string order) -> perdure::workflow<void> {
  if (order.size() % 2 == 0) co_await perdure::execute_activity<audit>(order, one_minute);
  co_await perdure::execute_activity<pay>(order, one_minute);
}

} // namespace static_counter

/// What is left of a minute is measured with the process's clock.
namespace process_clock {

inline void prepare(int) {}

inline auto wrong(int what) -> perdure::workflow<void> {
  auto const begun = std::chrono::steady_clock::now();
  co_await perdure::execute_activity<prepare>(what, one_minute);
  auto const taken = std::chrono::steady_clock::now() - begun;
  co_await perdure::sleep(60s - std::chrono::duration_cast<perdure::duration>(taken));
}
inline auto right(int what) -> perdure::workflow<void> {
  auto const begun = perdure::now();
  co_await perdure::execute_activity<prepare>(what, one_minute);
  auto const end = begun + 60s;
  co_await perdure::sleep_until(end);
}

} // namespace process_clock

/// The tries are counted in the process: a replay counts those before it once more.
namespace global_retry_count {

inline int tries = 0;
inline auto fetch(std::string what) -> std::string { return what; }

inline auto wrong(std::string what) -> perdure::workflow<std::string> {
  while (true) {
    try {
      auto got = co_await perdure::execute_activity<fetch>(what, one_minute);
      tries = 0;
      co_return got;
    } catch (perdure::activity_error const&) {
      if (++tries == 3) throw;
    }
  }
}
inline auto right(std::string what) -> perdure::workflow<std::string> {
  for (int here = 1;; ++here) {
    try {
      co_return co_await perdure::execute_activity<fetch>(what, one_minute);
    } catch (perdure::activity_error const&) {
      if (here == 3) throw;
    }
  }
}
/// It is given up after three tries, and not before.
inline auto three_tries_are_made(auto const& run) -> bool {
  return !run.failed() || run.template failures<fetch>() == 3;
}

} // namespace global_retry_count

} // namespace planted
