// What the tests see of generated programs from outside, and the activities that these call.
#pragma once

#include <coroutine>
#include <map>
#include <string>
#include <vector>

#include <perdure/perdure.hpp>

namespace generated {

/// What the tests see of the interpreter from outside. Nothing in here is read by workflow code,
/// but for the planted fault.
struct observations {
  std::map<std::string, std::vector<std::string>>
      traces{};                                  ///< By run id: what the last execution noted.
  std::map<std::string, int> attempts{};         ///< How often each attempt of an activity ran.
  std::vector<std::coroutine_handle<>> parked{}; ///< Attempts that never answer.
  int frames{0};                                 ///< Live coroutines of workflows.
  bool planted{false}; ///< Decide a branch by `draws`: a fault to be found.
  int draws{0};
  int build{2}; ///< Which build of the program the worker has.
};
inline auto observed() -> observations& {
  static observations all;
  return all;
}

// ---- activities

struct call {
  int id{};
  int failures{};
  bool hard{};
};

inline auto count_attempt() -> int {
  auto const info = perdure::activity_info_now();
  ++observed().attempts[info.workflow_run_id + " " + info.activity_id + " " +
                        std::to_string(info.attempt)];
  return info.attempt;
}
inline auto work(call asked) -> std::string {
  int const attempt = count_attempt();
  if (attempt <= asked.failures)
    throw perdure::application_error{
        "as planned", {.type = "boom" + std::to_string(asked.id), .non_retryable = asked.hard}};
  return "a" + std::to_string(asked.id) + "#" + std::to_string(attempt);
}

struct parking {
  [[nodiscard]] auto await_ready() const noexcept -> bool { return false; }
  void await_suspend(std::coroutine_handle<> handle) const { observed().parked.push_back(handle); }
  void await_resume() const noexcept {}
};
inline auto never(call asked) -> perdure::activity<std::string> {
  (void)count_attempt();
  co_await parking{};
  co_return "a" + std::to_string(asked.id) + " was released";
}

} // namespace generated
