// How activities in tests wait to be asked to stop.
#pragma once

#include <condition_variable>
#include <coroutine>
#include <mutex>
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

/// The same for an activity that is a plain function.
inline void wait_until_stopped() {
  std::mutex mutex;
  std::condition_variable_any wakes;
  std::unique_lock lock{mutex};
  wakes.wait(lock, perdure::activity_stop_token(), [] { return false; });
}

} // namespace perdure_test
