// What passes between an engine and a worker: tasks, their tokens, and the answers to them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "perdure/history/command.hpp"
#include "perdure/history/event_view.hpp"

namespace perdure::inline v0 {

/// Names one run inside one backend; never reused. The run id (a UUID) is its name outside.
using run_number = std::int64_t;

/// Names one handing-out of one task; never used twice, whatever was undone in between. It fences
/// off whoever held the task before.
using task_lease = std::uint64_t;

/// Proof that a worker holds a workflow task. A token that is no longer current is refused.
struct workflow_task_token {
  run_number run{};
  event_id scheduled_event_id{};
  event_id started_event_id{};
  std::int32_t attempt{1};
  task_lease lease{};
};

/// Proof that a worker holds one attempt of an activity.
struct activity_task_token {
  run_number run{};
  event_id scheduled_event_id{};
  std::int32_t attempt{1};
  task_lease lease{};
};

/// Why an attempt of an activity should stop.
enum class activity_cancel_reason : std::uint8_t {
  none,
  cancelled,       ///< Its workflow cancelled it.
  timed_out,       ///< It has taken too long: its answer counts no more.
  worker_shutdown, ///< Its worker stops, and the grace period is over.
  paused,          ///< An operator paused it (Temporal servers).
  reset,           ///< An operator reset it (Temporal servers).
  not_found,       ///< It counts no more: its run has ended, or it was given a result by hand.
};

/// An attempt that should stop, and why.
struct stopped_attempt {
  activity_task_token token{};
  activity_cancel_reason reason{activity_cancel_reason::cancelled};
};

/// An update that waits for the run's code, as the message that a server delivers with a task.
struct delivered_update {
  shared_string id{}; ///< The update id, unique within the run.
  /// It is to be handled before any event with a higher id.
  event_id sequencing_event_id{};
  update_request request{}; ///< Its meta, the name of its handler and the arguments.
};

/// A question about a run's state. Answering it changes nothing and leaves no history.
struct workflow_query {
  std::string
      id{}; ///< Names it among the queries of one task; empty for the query of a query task.
  std::string type{}; ///< The name of its handler.
  payloads arguments{};
  indirect<payload_map> header{};
};

/// The answer to a query.
struct query_answer {
  std::string id{};           ///< Of the query.
  payloads result{};          ///< If it was answered.
  indirect<failure> failed{}; ///< If it was not: no such handler, wrong arguments, an exception.
};

/// What a run's code says about an update that was delivered to it. Names are Temporal's.
struct update_message {
  enum class kind : std::uint8_t {
    acceptance, ///< Its validator let it pass: ordered by a protocol_message command.
    rejection,  ///< It did not; nothing is recorded. No command.
    response,   ///< It has ended: ordered by a protocol_message command.
  };
  kind what{};
  std::string message_id{}; ///< `<update id>/accept`, `/reject` or `/complete`.
  shared_string update_id{};
  event_id sequencing_event_id{}; ///< acceptance: that of the delivered update.
  update_request request{};       ///< acceptance: what was accepted; response: its meta alone.
  update_outcome outcome{};       ///< response: its result or failure; rejection: the failure.
};

/// New events of one run, for its workflow code to react to.
struct workflow_task {
  workflow_task_token token{};
  workflow_execution execution{};
  shared_string workflow_type{};
  event_id previous_started_event_id{}; ///< 0 for the first task of a run.
  event_view events{};         ///< From the one after `previous_started_event_id`, or from 1.
  std::vector<delivered_update>
      updates{};                         ///< Those that the run has neither accepted nor rejected.
  std::vector<workflow_query> queries{}; ///< To be answered with this task, after its events.
  /// A query task: there is nothing to decide, `events` may be empty, and it is answered by
  /// `answer_query_task`. The run may be closed.
  std::optional<workflow_query> query{};
};

/// The answer to a workflow task: what the workflow's code decided.
struct workflow_task_completion {
  std::vector<command> commands{};
  indirect<sdk_metadata> sdk{};          ///< Flags that this run's history does not list yet.
  bool force_create_new_workflow_task{}; ///< A heartbeat: local activities still run.
  std::vector<update_message> updates{}; ///< In order; see protocol_message_command.
  std::vector<query_answer> queries{};
  /// How the run moves between versions from now on; unspecified: its worker has no version.
  perdure::versioning_behavior versioning_behavior{};
  indirect<worker_deployment_version> deployment_version{}; ///< Of the worker.
};

/// The other answer: the workflow's code could not be run. The task is tried again.
struct workflow_task_failure {
  workflow_task_failed_cause cause{};
  failure reason{};
};

/// One attempt of an activity.
struct activity_task {
  activity_task_token token{};
  workflow_execution execution{};
  shared_string workflow_type{};
  event_attributes scheduled{}; ///< An `events::activity_task_scheduled`, shared with history.
  time_point scheduled_time{};  ///< Of the first attempt.
  time_point attempt_scheduled_time{};
  time_point started_time{};
  payloads heartbeat_details{}; ///< The last ones of the attempt before.
  /// The server's own name of the attempt, any bytes, where it gives one: good in any process.
  shared_string opaque_token{};
};

} // namespace perdure::inline v0
