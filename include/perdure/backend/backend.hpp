// What a backend is: where runs live, in Temporal's service terms.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <variant>
#include <vector>

#include "perdure/history/deployment_requests.hpp"
#include "perdure/history/history.hpp"
#include "perdure/history/message_requests.hpp"
#include "perdure/history/operations.hpp"
#include "perdure/history/requests.hpp"
#include "perdure/history/schedule.hpp"
#include "perdure/history/task.hpp"

namespace perdure::inline v0 {

/// Nothing to do: the worker stops, or (when it did not want to wait) there is no task now.
using polled_task = std::variant<std::monostate, workflow_task, activity_task>;

/// A worker, as a backend sees it. Made by the worker; attached while it polls.
class worker_link {
public:
  std::uint64_t id{}; ///< Unique in this process.
  shared_string task_queue{};
  /// Null: it has no version. It then takes what waits for its build, and nothing else.
  indirect<worker_deployment_version> version{};
  shared_string identity{};     ///< Appears in events: `pid@host`.
  std::uint32_t queue_number{}; ///< Set by the backend when it is attached.
  bool stopping{false};         ///< Guarded by the backend: polls give nothing more.
  /// Of all workers of the queue together; the last to be attached decides. 0: as it is.
  double queue_activities_per_second{};
  bool has_rate{false}; ///< `take_activity_slot` wants to know the time.
  // What it has registered. A server hands out no task of a kind that is not polled for.
  bool runs_workflows{true};
  bool runs_activities{true};
  bool keeps_runs{true}; ///< It has a cache: new events alone may do for the next task of a run.
  time_point asked_at{}; ///< Set by the backend before it asks for a slot then.
  /// When a slot may be had that was refused because too many were given out in too short a time.
  time_point ready_at{time_point::max()};

  /// Polls once and works on what came, without waiting. False if there was nothing.
  /// For backends that drive their workers themselves (virtual time).
  virtual auto poll_once() -> bool = 0;
  /// An attempt that this worker may be running should stop. Does nothing if it runs elsewhere.
  /// Called with the backend's lock: it must not call back.
  virtual void cancel_attempt(activity_task_token const& token,
                              activity_cancel_reason reason) noexcept = 0;
  /// What the worker has seen of a run is not what the backend could keep: forget the live run.
  /// May be called with the backend's lock, so that it must not call back.
  virtual void evict(run_number run) noexcept { (void)run; }
  /// In virtual time: when `poll_once` will have something to do though no task has come.
  virtual auto next_wakeup() noexcept -> time_point { return time_point::max(); }
  /// Asked before an activity is handed out, one call at a time: whether the worker has room for
  /// one more. It then keeps a slot for it, until the attempt has ended or `free_activity_slot`
  /// gives it back unused.
  virtual auto take_activity_slot() noexcept -> bool { return true; }
  virtual void free_activity_slot() noexcept {}
  /// The same for workflow tasks; the slot is kept until the task was answered.
  virtual auto take_workflow_slot() noexcept -> bool { return true; }
  virtual void free_workflow_slot() noexcept {}
  /// Gives a slot back for which there was no activity.
  virtual void return_activity_slot() noexcept { free_activity_slot(); }

protected:
  ~worker_link() = default;
};

/// What a poll asks for.
struct poll_request {
  bool workflow_tasks{true};
  bool activity_tasks{true};
  bool wait{true};
};

/// Who gives the answer of an activity attempt.
struct activity_answerer {
  /// The worker that ran the attempt. It does not wait until the answer is recorded, and what comes
  /// too late is dropped. Null: somebody else, who waits, and is told (errc::task_lost).
  worker_link* worker{nullptr};
  bool polls_next{false}; ///< The calling thread is one of the worker's, and polls next.
};

/// Where runs live. Syntax is checked here; meaning is checked by the backend conformance suite:
///  1. What a call has acknowledged is kept, as long as the backend says it keeps anything.
///  2. A task that was polled and not answered within its timeout is handed out again; the late
///  answer
///     is refused with errc::task_lost.
///  3. Of one run, one workflow task at a time is with a worker; its events follow those it has
///  seen.
///  4. Polls do not spin: they return when there is a task, or when the worker stops.
///  5. Whoever has answered a workflow task polls next, or stops polling: what the answer caused in
///  the worker's own queue may be left to that poll.
///  6. A task with a `query` changes nothing and is answered by `answer_query_task`. An answer
///  reaches who asked once what it is based on is kept.
///  7. Updates that come with a workflow task are accepted or rejected by its answer; what that
///  passes over is rejected, unless it is a heartbeat.
/// All calls are safe from several threads at once, may block, and throw perdure::error only.
/// A backend may have `nudge(worker)`: it is called every few milliseconds while threads of the
/// worker are at work and nothing gets done, for what those threads would do between their tasks.
template <class B>
concept backend =
    requires(B& b, start_workflow_request const& start, workflow_execution const& run,
             std::string_view text, payloads data, list_filter const& filter, worker_link& worker,
             poll_request poll, activity_answerer who, workflow_task_token const& task,
             workflow_task_completion completed, workflow_task_failure failed,
             activity_task_token const& attempt, failure why, reset_request const& reset,
             fork_request const& fork, override_request const& result,
             async_activity_answer const& from_elsewhere, query_workflow_request const& query,
             update_workflow_request const& update, poll_update_request const& which,
             signal_with_start_request const& with_signal,
             update_with_start_request const& with_update, query_answer answer,
             create_schedule_request const& create, update_schedule_request const& change,
             schedule_patch const& patch, schedule_filter const& schedules, time_point at) {
      { b.start_workflow(start) } -> std::same_as<start_workflow_result>;
      { b.signal_workflow(run, text, data, text, start.header) } -> std::same_as<void>;
      { b.cancel_workflow(run, text, text) } -> std::same_as<void>;
      { b.terminate_workflow(run, text, text) } -> std::same_as<void>;
      { b.query_workflow(query) } -> std::same_as<query_result>;
      { b.update_workflow(update) } -> std::same_as<update_status>;
      { b.poll_update(which) } -> std::same_as<update_status>;
      { b.signal_with_start_workflow(with_signal) } -> std::same_as<start_workflow_result>;
      { b.update_with_start_workflow(with_update) } -> std::same_as<update_with_start_result>;
      { b.describe_workflow(run) } -> std::same_as<workflow_description>;
      { b.list_workflows(filter) } -> std::same_as<list_page>;
      { b.count_workflows(filter) } -> std::same_as<std::size_t>;
      { b.read_history(run) } -> std::same_as<history>;
      { b.wait_for_close(run) } -> std::same_as<event>;
      { b.reset_workflow(reset) } -> std::same_as<workflow_execution>;
      { b.fork_workflow(fork) } -> std::same_as<workflow_execution>;
      { b.override_activity_result(result) } -> std::same_as<workflow_execution>;
      { b.retry_activity_now(run, text, text, text) } -> std::same_as<void>;
      { b.pause_workflow(run, text, text) } -> std::same_as<void>;
      { b.unpause_workflow(run, text, text) } -> std::same_as<void>;
      { b.delete_workflow(run, text, text) } -> std::same_as<void>;
      { b.read_audit(run) } -> std::same_as<std::vector<audit_record>>;
      { b.create_schedule(create) } -> std::same_as<void>;
      { b.describe_schedule(text) } -> std::same_as<schedule_description>;
      { b.update_schedule(change) } -> std::same_as<void>;
      { b.patch_schedule(text, patch) } -> std::same_as<void>;
      { b.delete_schedule(text) } -> std::same_as<void>;
      { b.list_schedules(schedules) } -> std::same_as<schedule_page>;
      { b.list_matching_times(text, at, at) } -> std::same_as<std::vector<time_point>>;
      { b.set_current_version(text, text) } -> std::same_as<void>;
      { b.describe_deployment(text) } -> std::same_as<deployment_description>;
      { b.attach(worker) } -> std::same_as<bool>;
      { b.detach(worker) } -> std::same_as<void>;
      { b.stop_polling(worker) } -> std::same_as<void>;
      { b.poll(worker, poll) } -> std::same_as<polled_task>;
      { b.read_history(task) } -> std::same_as<std::vector<event>>;
      { b.complete_workflow_task(worker, task, std::move(completed)) } -> std::same_as<void>;
      { b.fail_workflow_task(worker, task, std::move(failed)) } -> std::same_as<void>;
      { b.answer_query_task(worker, task, std::move(answer)) } -> std::same_as<void>;
      { b.complete_activity(who, attempt, data) } -> std::same_as<void>;
      { b.fail_activity(who, attempt, why) } -> std::same_as<void>;
      { b.cancel_activity(who, attempt, data, why) } -> std::same_as<void>;
      { b.record_heartbeat(attempt, data) } -> std::same_as<bool>;
      { b.answer_async_activity(from_elsewhere) } -> std::same_as<bool>;
      { b.now() } -> std::same_as<time_point>;
    };

} // namespace perdure::inline v0
