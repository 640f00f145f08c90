// How a coroutine activity in tests waits to be asked to stop.
#pragma once

#include <coroutine>
#include <optional>
#include <stop_token>

#include "perdure/activity/activity_context.hpp"

namespace perdure_test {

/// `co_await until_stopped{}`: goes on when the attempt should stop.
struct until_stopped {
  struct resume {
    std::coroutine_handle<> handle;
    void operator()() const { handle.resume(); }
  };
  std::stop_token token{perdure::activity_stop_token()};
  std::optional<std::stop_callback<resume>> callback{};
  [[nodiscard]] auto await_ready() const noexcept -> bool { return false; }
  void await_suspend(std::coroutine_handle<> handle) { callback.emplace(token, resume{handle}); }
  void await_resume() const noexcept {}
};

} // namespace perdure_test
