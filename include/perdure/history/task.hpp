// What passes between an engine and a worker: tasks, their tokens, and the answers to them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "perdure/history/command.hpp"
#include "perdure/history/event.hpp"

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

/// New events of one run, for its workflow code to react to.
struct workflow_task {
  workflow_task_token token{};
  workflow_execution execution{};
  shared_string workflow_type{};
  event_id previous_started_event_id{}; ///< 0 for the first task of a run.
  std::vector<event> events{}; ///< From the one after `previous_started_event_id`, or from 1.
};

/// The answer to a workflow task: what the workflow's code decided.
struct workflow_task_completion {
  std::vector<command> commands{};
  indirect<sdk_metadata> sdk{};          ///< Flags that this run's history does not list yet.
  bool force_create_new_workflow_task{}; ///< A heartbeat: local activities still run.
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
};

} // namespace perdure::inline v0
