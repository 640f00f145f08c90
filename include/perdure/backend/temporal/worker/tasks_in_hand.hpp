// The tasks that this process has taken and not answered, with what the server calls them.
#pragma once

#include <chrono>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "perdure/backend/backend.hpp"
#include "perdure/error.hpp"
#include "perdure/history/task.hpp"

namespace perdure::inline v0::temporal {

/// A number for a run id, the same in every process. Run ids are random; of ten thousand runs two
/// share a number once in 10^11 times, and a worker compares the ids before it uses a live run.
[[nodiscard]] auto run_number_of(std::string_view run_id) noexcept -> run_number;

/// A workflow task, or a query task.
struct held_workflow_task {
  std::string token{}; ///< The server's, any bytes.
  workflow_execution execution{};
  bool is_query{};
  std::chrono::steady_clock::time_point since{std::chrono::steady_clock::now()};
};

/// An attempt of an activity.
struct held_attempt {
  std::string token{};
  worker_link* worker{};
  std::chrono::steady_clock::time_point since{std::chrono::steady_clock::now()};
};

/// Thread-safe.
template <class Held>
class tasks_in_hand {
public:
  /// Gives the lease that names it in this process.
  [[nodiscard]] auto add(Held task) -> task_lease {
    std::lock_guard const lock{mutex_};
    task_lease const lease = ++last_;
    held_.emplace(lease, std::move(task));
    return lease;
  }
  /// \throws error (task_lost)
  [[nodiscard]] auto find(task_lease lease) const -> Held {
    std::lock_guard const lock{mutex_};
    auto const found = held_.find(lease);
    if (found == held_.end()) throw_lost();
    return found->second;
  }
  /// \throws error (task_lost)
  [[nodiscard]] auto take(task_lease lease) -> Held {
    std::lock_guard const lock{mutex_};
    auto const found = held_.find(lease);
    if (found == held_.end()) throw_lost();
    Held task = std::move(found->second);
    held_.erase(found);
    return task;
  }
  /// Does nothing if it is not here.
  void forget(task_lease lease) {
    std::lock_guard const lock{mutex_};
    held_.erase(lease);
  }
  [[nodiscard]] auto size() const -> std::size_t {
    std::lock_guard const lock{mutex_};
    return held_.size();
  }

private:
  [[noreturn]] static void throw_lost() {
    throw error{errc::task_lost, "the task was answered before"};
  }
  mutable std::mutex mutex_;
  std::unordered_map<task_lease, Held> held_;
  task_lease last_{0};
};

} // namespace perdure::inline v0::temporal
