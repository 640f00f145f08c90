// A world in real time: a backend with threads, a worker, a client; and something to wait with. Tests wait for
// events, never for time to pass: the deadline only ends a test that would hang.
#pragma once

#include <perdure/perdure.hpp>

#include "support/catch.hpp"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <utility>

namespace perdure_test {

inline constexpr std::chrono::seconds deadline{60};

/// A count that goes up and that threads wait for.
class gate {
public:
  void add(int by = 1) {
    std::lock_guard const lock{mutex_};
    count_ += by;
    changed_.notify_all();
  }
  /// Waits until the count is at least `wanted`. False when the deadline came first.
  [[nodiscard]] auto reached(int wanted) -> bool {
    std::unique_lock lock{mutex_};
    return changed_.wait_for(lock, deadline, [&] { return count_ >= wanted; });
  }
  [[nodiscard]] auto count() -> int {
    std::lock_guard const lock{mutex_};
    return count_;
  }
  void reset() {
    std::lock_guard const lock{mutex_};
    count_ = 0;
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int count_{0};
};

using real_worker = perdure::worker<perdure::memory_backend>;

/// Starts W on the queue "tests".
template <auto W, class... A>
auto start_on(perdure::memory_backend& backend, std::string id, A... arguments) {
  perdure::client<perdure::memory_backend> const client{backend};
  return client.template start_workflow<W>(
      std::move(arguments)...,
      perdure::workflow_options{.id = std::move(id), .task_queue = "tests"});
}

} // namespace perdure_test
