// The workflows behind tests/golden/histories/generated-core-1.35, in C++.
#pragma once

#include <string>
#include <vector>

#include "perdure/workflow/cancellation.hpp"
#include "perdure/workflow/child_workflow.hpp"
#include "perdure/workflow/continue_as_new.hpp"
#include "perdure/workflow/execute_local_activity.hpp"
#include "perdure/workflow/run_facts.hpp"
#include "perdure/workflow/signal.hpp"
#include "perdure/workflow/timer.hpp"
#include "perdure/workflow/when_all.hpp"

namespace perdure_test::generated {

using namespace perdure;
using namespace std::chrono_literals;

using texts = std::vector<std::string>;

inline constexpr remote_activity<"echo", std::string(std::string)> echo;
inline constexpr remote_activity<"flaky", int(int)> flaky;
inline constexpr remote_activity<"slow_hb", std::string()> slow;
inline constexpr remote_workflow<"GenChild", int(int)> child;
inline constexpr perdure::signal<> unblock{"unblock"};

inline workflow<std::string> GenTimerActivity(std::string name) {
  co_await sleep(200ms);
  auto const [a, b] =
      co_await when_all(execute_activity<echo>("a", {.start_to_close_timeout = 5s}),
                        execute_activity<echo>("b", {.start_to_close_timeout = 5s}));
  auto const attempts = co_await execute_activity<flaky>(
      3, {.start_to_close_timeout = 5s, .retry_policy = {.initial_interval = 50ms}});
  co_return name + ":" + a + ":" + b + ":" + std::to_string(attempts);
}

inline workflow<std::vector<int>> GenParent() {
  auto const id = info().workflow_id;
  std::vector<int> results;
  results.push_back(co_await execute_child_workflow<child>(3, {.id = id + "-c1"}));

  auto second = start_child_workflow<child>(20, {.id = id + "-c2"});
  co_await second.started();
  co_await second.signal(unblock);
  results.push_back(co_await second);

  auto third = start_child_workflow<child>(30, {.id = id + "-c3"});
  co_await third.started();
  third.cancel();
  auto const cancelled = co_await as_outcome(third);
  results.push_back(cancelled.value_or(-1));
  co_return results;
}

inline workflow<texts> GenLocal() {
  texts out;
  local_activity_options const options{.start_to_close_timeout = 5s};
  out.push_back(co_await execute_local_activity<echo>("1", options));
  std::vector<activity_handle<std::string>> three;
  for (int i = 2; i < 5; ++i)
    three.push_back(start_local_activity<echo>(std::to_string(i), options));
  auto const gathered = co_await when_all(three);
  out.insert(out.end(), gathered.begin(), gathered.end());
  out.push_back(std::to_string(co_await execute_local_activity<flaky>(
      3, {.start_to_close_timeout = 5s, .retry_policy = {.initial_interval = 20ms}})));
  co_await sleep(100ms);
  out.push_back(co_await execute_local_activity<echo>("z", options));
  co_return out;
}

inline workflow<texts> GenPatch() {
  texts out;
  if (patched<"p1">())
    out.push_back(co_await execute_activity<echo>("new", {.start_to_close_timeout = 5s}));
  else
    out.push_back("old");
  co_await sleep(50ms);
  if (patched<"p2">()) out.push_back("p2");
  if (patched<"p1">()) out.push_back("p1-again");
  deprecate_patch<"p3">();
  co_await sleep(50ms);
  co_return out;
}

inline workflow<std::string> GenCancel() {
  auto work =
      start_activity<slow>({.start_to_close_timeout = 30s,
                            .heartbeat_timeout = 5s,
                            .cancellation_type = cancellation_type::wait_cancellation_completed});
  auto timer = start_timer(60s);
  auto const ended = co_await as_outcome(work);
  timer.cancel();
  co_await shield(execute_activity<echo>("cleanup", {.start_to_close_timeout = 5s}));
  co_return ended.value();
}

inline workflow<int> GenCan(int n) {
  if (n < 2) {
    co_await sleep(50ms);
    co_await continue_as_new<GenCan>(n + 1);
  }
  co_return n;
}

inline workflow<std::string> GenFail() {
  indirect<failure> why;
  try {
    co_await execute_activity<flaky>(
        99, {.start_to_close_timeout = 5s,
             .retry_policy = {.initial_interval = 20ms, .maximum_attempts = 2}});
  } catch (activity_error const& e) {
    why = e.failure();
  }
  throw application_error{"wf failed", {.type = "MyType", .non_retryable = true, .cause = why}};
}

} // namespace perdure_test::generated
