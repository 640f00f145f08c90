// What a server knows of one run: its history, and what it has begun. Plain values.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "perdure/data/detail/block_pool.hpp"
#include "perdure/engine/pending_table.hpp"
#include "perdure/engine/run_messages.hpp"
#include "perdure/history/event_log.hpp"
#include "perdure/history/task.hpp"

namespace perdure::inline v0::engine {

/// A place in the store's timer queue; `unset` when no timer is there.
using timer_slot = std::uint32_t;
inline constexpr timer_slot unset_timer = 0xffff'ffffU;

/// Which deadline of which run a timer stands for.
struct timer_key {
  enum class kind : std::uint8_t {
    run_timeout,
    first_task,
    workflow_task,
    retry_task,
    user_timer,
    activity
  };
  run_number run{};
  kind what{};
  event_id id{}; ///< Of the timer or activity.
};

/// Where a workflow task stands.
struct task_state {
  enum class phase : std::uint8_t { none, waiting, scheduled, started };
  phase now{phase::none};
  std::int32_t attempt{1};
  event_id scheduled_event_id{};
  event_id started_event_id{};
  event_id previous_started_event_id{}; ///< Of the last task that completed.
  time_point scheduled_time{};
  time_point started_time{};
  std::uint64_t worker{}; ///< The one that holds it, or that holds the live run (sticky).
  task_lease lease{};     ///< Of the worker that holds it; 0 while nobody does.
  /// Updates alone have made it: it is not in history, until something else is, or it is answered
  /// with more than rejections.
  bool speculative{false};
  shared_string identity{};
  timer_slot timer{unset_timer};
  std::string last_failure{}; ///< Why the last attempt failed; empty when it did not.

  /// Whether its first events are written when it ends, not when they happen.
  [[nodiscard]] auto written_late() const noexcept -> bool { return attempt > 1 || speculative; }
};

struct activity_state {
  enum class phase : std::uint8_t { backing_off, scheduled, started, closed };
  event_attributes scheduled{}; ///< events::activity_task_scheduled
  phase now{phase::scheduled};
  bool cancel_requested{false};
  std::int32_t attempt{1};
  event_id cancel_requested_event_id{};
  time_point scheduled_time{};         ///< Of the first attempt.
  time_point attempt_scheduled_time{}; ///< When this attempt entered the queue.
  time_point started_time{};
  time_point heartbeat_time{};
  task_lease lease{}; ///< Of the worker that runs the attempt.
  shared_string identity{};
  payloads heartbeat_details{};
  indirect<failure> last_failure{};
  timer_slot timer{unset_timer};
};

struct timer_state {
  event_attributes started{}; ///< events::timer_started
  timer_slot timer{unset_timer};
};

struct child_state {
  event_attributes initiated{}; ///< events::start_child_workflow_execution_initiated
  event_id started_event_id{};
  run_number run{}; ///< Its first run; 0 until it was started.
};

/// A fact that history takes in when no workflow task is being worked on.
struct fact {
  event_attributes started{}; ///< The activity_task_started that precedes it, if any.
  event_attributes what{};
};

/// The part of a run that ends with it. Freed then: closed runs are kept for their history alone.
struct live_state {
  static auto operator new(std::size_t size) -> void* { return perdure::detail::take_block(size); }
  static void operator delete(void* state, std::size_t size) noexcept {
    perdure::detail::give_block(state, size);
  }

  task_state task{};
  bool task_needed{false}; ///< Something was appended that its code must see.
  bool cancel_requested{false};
  std::uint8_t hot_streak{}; ///< Tasks in a row that jumped the queue.
  std::vector<fact> inbox{}; ///< What arrived while a workflow task was being worked on.
  pending_table<activity_state> activities{};
  pending_table<timer_state> timers{};
  pending_table<child_state> children{};
  std::uint64_t highest_activity{}; ///< The highest number used as an activity id; see open_ids.
  std::uint64_t highest_timer{};
  timer_slot timeout{unset_timer};
  timer_slot task_delay{unset_timer};
  std::unique_ptr<run_messages> messages{}; ///< Null: it never had an update.

  [[nodiscard]] auto make_messages() -> run_messages& {
    if (!messages) messages = std::make_unique<run_messages>();
    return *messages;
  }
};

/// The version of workers that a run is on.
struct run_version {
  versioning_behavior behavior{};
  worker_deployment_version on{};

  friend auto operator==(run_version const& a, run_version const& b) -> bool {
    return a.behavior == b.behavior && a.on.deployment_name == b.on.deployment_name &&
           a.on.build_id == b.on.build_id;
  }
};

/// One run: there may be hundreds of thousands.
struct run_state {
  run_number number{};
  workflow_execution execution{};
  shared_string workflow_type{};
  shared_string request_id{}; ///< Of the client that started it; empty: none.
  event_log history{};
  std::unique_ptr<live_state> live{std::make_unique<live_state>()}; ///< Null once it is closed.
  std::int64_t history_size_bytes{};
  run_number parent{}; ///< 0: none.
  event_id parent_initiated_event_id{};
  run_number previous{};        ///< The run before, with the same workflow id; 0: none.
  run_number next{};            ///< The run that continues this one; 0: none.
  run_number reset_of{};        ///< The run whose history this one began with; 0: none, or a fork.
  indirect<payload_map> memo{}; ///< As they are now: those of the start with all changes.
  indirect<payload_map> search_attributes{};
  indirect<run_version> version{}; ///< Null: its workers have none.
  time_point start_time{};
  time_point close_time{};
  std::uint32_t queue{};      ///< The store's number of the queue its last task went to.
  std::uint32_t waiters{};    ///< Callers that wait for its end.
  std::uint8_t limits_told{}; ///< By engine::limit_kind, bit by bit: those it was reported for.
  /// `paused` from the moment the run is paused, even if history shows it later.
  workflow_execution_status status{workflow_execution_status::running};

  [[nodiscard]] auto open() const noexcept -> bool { return live != nullptr; }
  [[nodiscard]] auto next_event_id() const noexcept -> event_id {
    return static_cast<event_id>(history.size()) + 1;
  }
  [[nodiscard]] auto started() const -> events::workflow_execution_started const& {
    return history.front().as<events::workflow_execution_started>();
  }
};

/// Whether no task of the run may be handed out. What is ready then waits for `unpause_run`.
[[nodiscard]] inline auto is_paused(run_state const& run) noexcept -> bool {
  return run.status == workflow_execution_status::paused;
}

} // namespace perdure::inline v0::engine
