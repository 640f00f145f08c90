// Where the payloads of the tasks live that were handed out and are not yet answered.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "perdure/backend/backend.hpp"
#include "perdure/backend/coded/run_lineage.hpp"

namespace perdure::inline v0::detail {

/// A workflow task that a worker has.
struct workflow_task_in_hand {
  worker_link const* worker{};
  workflow_execution execution{};
  std::map<std::string, std::string> queries{}; ///< Their types by id; "" is that of a query task.
};
/// An attempt that a worker has.
struct attempt_in_hand {
  worker_link const* worker{};
  workflow_execution execution{};
  std::string activity_id{};
};

/// Found by their tokens. Thread-safe.
class tasks_in_hand {
public:
  void add(workflow_task_token const& token, workflow_task_in_hand task) {
    std::lock_guard const lock{mutex_};
    tasks_[key_of(token)] = std::move(task);
  }
  void add(task_lease lease, attempt_in_hand attempt) {
    std::lock_guard const lock{mutex_};
    attempts_[lease] = std::move(attempt);
  }
  [[nodiscard]] auto task(workflow_task_token const& token) const
      -> std::optional<workflow_task_in_hand> {
    std::lock_guard const lock{mutex_};
    auto const found = tasks_.find(key_of(token));
    return found == tasks_.end() ? std::nullopt : std::optional{found->second};
  }
  [[nodiscard]] auto attempt(task_lease lease) const -> std::optional<attempt_in_hand> {
    std::lock_guard const lock{mutex_};
    auto const found = attempts_.find(lease);
    return found == attempts_.end() ? std::nullopt : std::optional{found->second};
  }
  void end_task(workflow_task_token const& token) {
    std::lock_guard const lock{mutex_};
    tasks_.erase(key_of(token));
  }
  void end_attempt(task_lease lease) {
    std::lock_guard const lock{mutex_};
    attempts_.erase(lease);
  }
  /// The worker is gone, and answers no more.
  void forget(worker_link const& worker) {
    std::lock_guard const lock{mutex_};
    std::erase_if(tasks_, [&](auto const& each) { return each.second.worker == &worker; });
    std::erase_if(attempts_, [&](auto const& each) { return each.second.worker == &worker; });
  }

  /// What was learnt of a run by its last task; whoever has it keeps it until the next `keep`.
  [[nodiscard]] auto take(run_number run) -> std::shared_ptr<run_lineage> {
    std::lock_guard const lock{mutex_};
    auto const found = lineages_.find(run);
    if (found == lineages_.end()) return nullptr;
    auto taken = std::move(found->second);
    lineages_.erase(found);
    return taken;
  }
  void keep(run_number run, std::shared_ptr<run_lineage> lineage) {
    std::lock_guard const lock{mutex_};
    // Nobody says when a run has ended elsewhere. What is forgotten is read again when it is
    // needed.
    if (lineages_.size() >= lineages_max) lineages_.clear();
    lineages_[run] = std::move(lineage);
  }
  void forget(run_number run) {
    std::lock_guard const lock{mutex_};
    lineages_.erase(run);
  }

private:
  static constexpr std::size_t lineages_max = 10'000;

  /// Leases of query tasks, which no event scheduled, are counted apart from those of others.
  using task_key = std::tuple<run_number, event_id, task_lease>;
  [[nodiscard]] static auto key_of(workflow_task_token const& token) noexcept -> task_key {
    return {token.run, token.scheduled_event_id, token.lease};
  }

  mutable std::mutex mutex_;
  std::map<task_key, workflow_task_in_hand> tasks_;
  std::map<task_lease, attempt_in_hand> attempts_;
  std::map<run_number, std::shared_ptr<run_lineage>> lineages_;
};

} // namespace perdure::inline v0::detail
