// Where workers and the engine hand things to each other without waiting for a commit: attempts
// whose start is recorded, and answers that are not recorded yet.
#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <span>
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
    if (has_any() && oldest_ < overdue) return std::nullopt;
    for (handed_out& each : ready_)
      if (each.worker == &worker) {
        activity_task task = std::move(each.task);
        each.worker = nullptr;
        close_up();
        return task;
      }
    return std::nullopt;
  }
  /// Gives those back for which there is no memory.
  [[nodiscard]] auto release(std::vector<handed_out>& tasks) noexcept -> std::span<handed_out> {
    std::lock_guard const lock{mutex_};
    std::size_t done = 0;
    try {
      for (; done < tasks.size(); ++done) ready_.push_back(std::move(tasks[done]));
    } catch (...) {
    }
    return std::span{tasks}.subspan(done);
  }
  /// What no worker has begun: of one worker, or of all.
  [[nodiscard]] auto withdraw(worker_link const* worker) -> std::vector<handed_out> {
    std::lock_guard const lock{mutex_};
    std::vector<handed_out> withdrawn;
    withdrawn.reserve(ready_.size());
    for (handed_out& each : ready_)
      if (each.worker != nullptr && (worker == nullptr || each.worker == worker)) {
        withdrawn.push_back(std::move(each));
        each.worker = nullptr;
      }
    close_up();
    return withdrawn;
  }
  /// The same for one worker, each given to `f`; for when there is no memory for all.
  template <class F>
  void drop(worker_link const& worker, F&& f) noexcept {
    std::lock_guard const lock{mutex_};
    for (handed_out& each : ready_)
      if (each.worker == &worker) {
        f(each.task.token);
        each.worker = nullptr;
      }
    close_up();
  }
  /// Leaves an answer. True if it is the first that waits, and attempts wait too: somebody must
  /// see to it in time.
  auto leave(activity_answer answer, time_point now) -> bool {
    std::lock_guard const lock{mutex_};
    bool const first = !has_any();
    answers_.push_back(std::move(answer));
    if (first) oldest_ = now;
    return answers_.size() == 1;
  }
  /// Puts answers back that could not be recorded. \pre none were since they were taken
  void put_back(std::vector<activity_answer>&& answers) noexcept {
    if (answers.empty()) return;
    std::lock_guard const lock{mutex_};
    returned_.swap(answers);
  }
  void take_answers(std::vector<activity_answer>& to) {
    std::lock_guard const lock{mutex_};
    to.reserve(to.size() + returned_.size() + answers_.size()); // all of them, or none
    for (auto* const from : {&returned_, &answers_}) {
      for (activity_answer& each : *from) to.push_back(std::move(each));
      from->clear();
    }
  }
  [[nodiscard]] auto has_answers() -> bool {
    std::lock_guard const lock{mutex_};
    return has_any();
  }
  [[nodiscard]] auto is_overdue(time_point overdue) -> bool {
    std::lock_guard const lock{mutex_};
    return has_any() && oldest_ < overdue;
  }

private:
  /// What was taken out of the middle goes once it is at an end.
  void close_up() noexcept {
    while (!ready_.empty() && ready_.front().worker == nullptr) ready_.pop_front();
    while (!ready_.empty() && ready_.back().worker == nullptr) ready_.pop_back();
  }
  [[nodiscard]] auto has_any() const noexcept -> bool {
    return !answers_.empty() || !returned_.empty();
  }
  std::mutex mutex_;
  std::deque<handed_out> ready_; ///< Those without a worker are out.
  std::vector<activity_answer> answers_;
  std::vector<activity_answer> returned_; ///< Could not be recorded: they come before the others.
  time_point oldest_{};
};

} // namespace perdure::inline v0::sqlite
