// The polls of one worker, and the tasks that they have brought.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "perdure/backend/backend.hpp"
#include "perdure/backend/temporal/calls/connection.hpp"
#include "perdure/backend/temporal/calls/open_calls.hpp"
#include "perdure/backend/temporal/calls/server_abilities.hpp"
#include "perdure/backend/temporal/translation/task_translation.hpp"
#include "perdure/backend/temporal/worker/recent_time.hpp"
#include "perdure/backend/temporal/worker/worker_heartbeat.hpp"

namespace perdure::inline v0::temporal {

/// What a thread takes; monostate: it is to stop, or there is nothing.
using ready_task = std::variant<std::monostate, workflow_task_bytes, activity_task_bytes>;

/// Keeps polls open and hands out what they bring. The threads that ask for tasks take turns at
/// running the loop: the one that runs it takes the first task itself, and comes back to it, so
/// that work is handed to another thread only where it takes long or where there is more of it.
/// Thread-safe.
class task_pollers {
public:
  /// `busy()`: whether answers are under way, whose ends may bring tasks.
  task_pollers(connection& server, open_calls& calls, worker_link& worker,
               server_abilities const& able, std::function<bool()> busy);
  task_pollers(task_pollers const&) = delete;
  auto operator=(task_pollers const&) -> task_pollers& = delete;

  [[nodiscard]] auto take(poll_request what) -> ready_task;
  /// Tasks that came with an answer, for which a slot has been taken.
  void deliver(workflow_task_bytes task);
  void deliver(activity_task_bytes task);
  /// Slots may be free again.
  void slots_changed();
  /// Ends the polls, without losing a task that is on its way; then threads are sent home as soon
  /// as nothing is left for them. Tasks that still come are handed out.
  void stop();
  /// Waits on this thread, which is the only one left, while `busy()`.
  void finish();
  /// `busy()` has become false.
  void not_busy();
  /// How long tasks have taken, from their being handed out to their answer.
  [[nodiscard]] auto workflow_time() noexcept -> recent_time& { return workflow_time_; }
  [[nodiscard]] auto activity_time() noexcept -> recent_time& { return activity_time_; }

  /// A slot for a task that may come without a poll. Give it back if none does.
  [[nodiscard]] auto take_workflow_slot() -> bool;
  void return_workflow_slot();
  [[nodiscard]] auto take_activity_slot() -> bool;
  void return_activity_slot();

  /// What is told of the worker; `counts` of what was ended is the session's business.
  [[nodiscard]] auto facts() const -> worker_facts;
  [[nodiscard]] auto workflow_counts() noexcept -> task_counts& { return workflow_counts_; }
  [[nodiscard]] auto activity_counts() noexcept -> task_counts& { return activity_counts_; }

  [[nodiscard]] auto is_stopping() const -> bool;
  /// Empty if the worker has none: it keeps no runs, or works on one at a time alone.
  [[nodiscard]] auto sticky_queue() const noexcept -> std::string const& { return sticky_queue_; }
  [[nodiscard]] auto instance_key() const noexcept -> std::string const& { return instance_key_; }

private:
  enum kind : std::uint8_t { normal, sticky, activities, kinds };
  struct polls {
    int open{};
    int wanted{};   ///< As many as the server suggests.
    bool resting{}; ///< After a failure.
    int failures{}; ///< In a row.
  };

  [[nodiscard]] auto pop(poll_request what) -> ready_task;
  [[nodiscard]] auto is_left_long(ready_task const& task) const -> bool;
  [[nodiscard]] auto open() const noexcept -> int;
  void wait(std::unique_lock<std::mutex>& lock);
  void add(workflow_task_bytes task);
  void add(activity_task_bytes task);
  void call_one();
  void call_all();
  void open_polls();
  void open_workflow_polls();
  void open_poll(kind which);
  [[nodiscard]] auto write_poll(kind which) const -> std::string;
  template <class Task>
  void poll_ended(kind which, std::string_view answered, call_status status);
  void rest(kind which, call_status const& status);
  void scale(kind which, int delta);
  void ask_for_slot_later();
  void shut_down_worker();
  void tell_of_worker();

  connection* server_;
  call_loop* loop_;
  open_calls* calls_;
  worker_link* worker_;
  server_abilities able_;
  std::function<bool()> busy_;
  std::string sticky_queue_;
  std::string instance_key_;

  task_counts workflow_counts_;
  task_counts activity_counts_;

  recent_time workflow_time_{};
  recent_time activity_time_{std::chrono::seconds{1}}; ///< Until it is known, they take long.

  mutable std::mutex mutex_;         ///< Guards what follows.
  std::vector<loop_waiter*> idle_{}; ///< Threads that wait for a task, and are not called.
  loop_waiter* stopper_{nullptr};    ///< Waits for the end of the polls.
  std::array<polls, kinds> polls_{};
  std::array<std::string, kinds> requests_{}; ///< Of polls, which are all alike; made when needed.
  std::deque<workflow_task_bytes> workflow_tasks_;
  std::deque<activity_task_bytes> activity_tasks_;
  bool draining_{false};
  bool alarm_is_set_{false};
  time_point started_at_;
  time_point told_at_{}; ///< When the server was told of the worker.
};

} // namespace perdure::inline v0::temporal
