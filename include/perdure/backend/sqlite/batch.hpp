// What one transaction holds besides changed runs: what must not be seen before it is kept.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <utility>
#include <vector>

#include "perdure/backend/sqlite/desk.hpp"
#include "perdure/engine/ledger.hpp"

namespace perdure::inline v0::sqlite {

/// One handing-out of a workflow task.
struct held_task {
  run_number run{};
  task_lease lease{};
};

/// The transaction that is open, or the next one. Plain data.
struct batch {
  std::uint64_t number{1};
  time_point opened{};
  std::size_t tasks{0};     ///< Workflow tasks handed out in it.
  std::size_t in_flight{0}; ///< Of these, those not answered yet.
  engine::notices news{};
  std::vector<handed_out> handed{};       ///< Attempts to begin once it is kept.
  std::vector<activity_answer> answers{}; ///< Recorded in it; given again if it is not kept.
  std::vector<held_task> answered{};      ///< Tasks whose answers it has taken in, or taken back.

  void add(engine::notices&& more) {
    for (auto const& each : more.cancelled_activities) news.cancelled_activities.push_back(each);
    news.tasks_added += more.tasks_added;
    news.updates_changed = news.updates_changed || more.updates_changed;
    for (auto& each : more.limits) news.limits.push_back(std::move(each));
  }
  /// Whether somebody is to be told of what it did.
  [[nodiscard]] auto has_news() const noexcept -> bool {
    return !news.cancelled_activities.empty() || news.updates_changed;
  }
  /// Goes on to the next one.
  void end() {
    std::uint64_t const next = number + 1;
    *this = {};
    number = next;
  }
};

/// Workflow tasks that are being worked on, with the batch in which each was handed out.
class tasks_in_flight {
public:
  void add(batch& in, workflow_task_token const& token) {
    ++in.tasks;
    ++in.in_flight;
    batches_[token.lease] = in.number;
  }
  void remove(batch& now, workflow_task_token const& token) noexcept {
    auto const found = batches_.find(token.lease);
    if (found == batches_.end()) return;
    if (found->second == now.number) --now.in_flight;
    batches_.erase(found);
  }

private:
  std::unordered_map<task_lease, std::uint64_t> batches_;
};

} // namespace perdure::inline v0::sqlite
