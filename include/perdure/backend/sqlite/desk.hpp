// Where workers and the engine hand things to each other without waiting for a commit: attempts
// whose start is recorded, and answers that are not recorded yet.
#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "perdure/backend/backend.hpp"

namespace perdure::inline v0::sqlite {

/// The answer of an activity attempt.
struct activity_answer {
  enum class kind : std::uint8_t { completed, failed, cancelled };
  kind what{};
  activity_task_token token{};
  payloads result{};
  indirect<failure> why{};
};

/// An attempt for a worker, which keeps a slot for it.
struct handed_out {
  worker_link* worker{};
  activity_task task{};
};

/// Thread-safe; held for a moment at a time.
class desk {
public:
  /// An attempt for a worker to begin. None if answers wait since before `overdue`: recording them
  /// comes first.
  [[nodiscard]] auto take(worker_link const& worker, time_point overdue)
      -> std::optional<activity_task> {
    std::lock_guard const lock{mutex_};
    if (!answers_.empty() && oldest_ < overdue) return std::nullopt;
    for (auto each = ready_.begin(); each != ready_.end(); ++each)
      if (each->worker == &worker) {
        activity_task task = std::move(each->task);
        ready_.erase(each);
        return task;
      }
    return std::nullopt;
  }
  void release(std::vector<handed_out>& tasks) {
    std::lock_guard const lock{mutex_};
    for (handed_out& each : tasks) ready_.push_back(std::move(each));
    tasks.clear();
  }
  /// What no worker has begun: of one worker, or of all.
  [[nodiscard]] auto withdraw(worker_link const* worker) -> std::vector<handed_out> {
    std::lock_guard const lock{mutex_};
    std::vector<handed_out> withdrawn;
    std::deque<handed_out> left;
    for (handed_out& each : ready_)
      if (worker == nullptr || each.worker == worker)
        withdrawn.push_back(std::move(each));
      else
        left.push_back(std::move(each));
    ready_ = std::move(left);
    return withdrawn;
  }
  /// Leaves an answer. True if it is the first that waits, and attempts wait too: somebody must
  /// see to it in time.
  auto leave(activity_answer answer, time_point now) -> bool {
    std::lock_guard const lock{mutex_};
    if (answers_.empty()) oldest_ = now;
    answers_.push_back(std::move(answer));
    return answers_.size() == 1;
  }
  /// Puts answers back that could not be recorded.
  void put_back(std::vector<activity_answer>&& answers) {
    std::lock_guard const lock{mutex_};
    answers_.insert(answers_.begin(), std::make_move_iterator(answers.begin()),
                    std::make_move_iterator(answers.end()));
    answers.clear();
  }
  void take_answers(std::vector<activity_answer>& to) {
    std::lock_guard const lock{mutex_};
    for (activity_answer& each : answers_) to.push_back(std::move(each));
    answers_.clear();
  }
  [[nodiscard]] auto has_answers() -> bool {
    std::lock_guard const lock{mutex_};
    return !answers_.empty();
  }
  [[nodiscard]] auto is_overdue(time_point overdue) -> bool {
    std::lock_guard const lock{mutex_};
    return !answers_.empty() && oldest_ < overdue;
  }

private:
  std::mutex mutex_;
  std::deque<handed_out> ready_;
  std::vector<activity_answer> answers_;
  time_point oldest_{};
};

} // namespace perdure::inline v0::sqlite
