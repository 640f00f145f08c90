// How calls to the server are made: what ends a behaviour, what is waited for, and who works
// meanwhile.
#pragma once

#include "cluster/conformance/server_world.hpp"

#include <chrono>
#include <future>
#include <memory>
#include <thread>
#include <utility>

namespace perdure_test::conformance {

using namespace std::chrono_literals;

inline constexpr auto patience_for_call = 4s;      ///< That waits, while no worker does anything.
inline constexpr auto patience_in_real_time = 20s; ///< The same, where threads of a test work.
inline constexpr std::chrono::milliseconds time_to_arrive{200}; ///< For a worker's answer.
inline constexpr auto head_start = 40ms; ///< Of a call that waits, before workers look for it.

/// Any call: what Temporal cannot do ends the behaviour.
template <class Call>
auto server_world::ask(Call call) {
  this_test::check_goes_on();
  touched_ = true;
  try {
    return call(*real_);
  } catch (perdure::error const& why) {
    if (why.code() == perdure::errc::not_supported) this_test::end(no_such_call);
    throw;
  }
}

/// A call of a worker, which may have threads of its own: they go on until they are stopped.
template <class Call>
auto server_world::serve(Call call) {
  touched_ = true;
  return call(*real_);
}

/// A call that looks: first everything that is on its way arrives.
template <class Call>
auto server_world::look(Call call) {
  this_test::check_goes_on();
  settle();
  bool const touched = touched_;
  struct undo {
    std::atomic<bool>& flag;
    bool was;
    ~undo() { flag = was; }
  } const untouched{touched_, touched};
  return ask(std::move(call));
}

/// A call that may wait for what workers do: they work meanwhile, if the test works them by hand.
template <class Call>
auto server_world::wait_for(Call call) {
  this_test::check_goes_on();
  touched_ = true;
  using result = decltype(call(*real_));
  auto const task = std::make_shared<std::packaged_task<result()>>(
      [server = real_, call = std::move(call)] { return call(*server); });
  auto waiting = task->get_future();
  std::thread{[task] { (*task)(); }}.detach();
  auto const patience =
      real_time_ ? std::chrono::steady_clock::duration{patience_in_real_time} : patience_for_call;
  auto end = std::chrono::steady_clock::now() + patience;
  auto ready = waiting.wait_for(head_start);
  while (ready != std::future_status::ready) {
    if (std::chrono::steady_clock::now() > end) this_test::end(waits_for_ever);
    bool const worked = !real_time_ && work_by_hand();
    if (worked) end = std::chrono::steady_clock::now() + patience;
    ready = waiting.wait_for(worked ? time_to_arrive : 2ms);
  }
  return ask([&](auto&) { return waiting.get(); });
}

} // namespace perdure_test::conformance
