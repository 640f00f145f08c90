// What clients ask of a backend with messages to runs: queries, updates, and those that begin the
// run they are for.
#pragma once

#include <cstdint>
#include <string>

#include "perdure/data/payload.hpp"
#include "perdure/history/event_parts.hpp"
#include "perdure/history/failure.hpp"
#include "perdure/history/requests.hpp"
#include "perdure/time.hpp"

namespace perdure::inline v0 {

/// Of which runs a query is not to be answered. Names are Temporal's.
enum class query_reject_condition : std::uint8_t {
  none,
  not_open,              ///< Of one that is closed.
  not_completed_cleanly, ///< Of one that failed, timed out, was terminated or cancelled.
};

/// QueryWorkflow: a question about the state of a run's code.
struct query_workflow_request {
  workflow_execution execution{}; ///< Without a run id: the current run.
  std::string type{};             ///< The name of its handler.
  payloads arguments{};
  query_reject_condition reject{};
  indirect<payload_map> header{};   ///< What interceptors send along.
  duration timeout{10'000'000'000}; ///< Real time, for an answer to come: 10 s.
};

struct query_result {
  payloads result{};
  indirect<failure> failed{}; ///< What the run's code said instead of a result.
  /// The status of the run, if it is why the query was not asked; else unspecified.
  workflow_execution_status rejected{};
};

/// How far an update has come. Names are Temporal's.
enum class update_stage : std::uint8_t {
  unspecified,
  admitted,  ///< It waits for a worker.
  accepted,  ///< Its validator let it pass: it is in history.
  completed, ///< It has an outcome: a result, or why it failed or was rejected.
};

/// UpdateWorkflowExecution. The same update id again, in the same run, is the same update.
struct update_workflow_request {
  workflow_execution execution{}; ///< Without a run id: the current run.
  update_request update{};        ///< Its id, the name of its handler and the arguments.
  update_stage wait_for{update_stage::accepted};
  duration wait_timeout{}; ///< Then the call returns with the stage reached; zero: never.
};

/// PollWorkflowExecutionUpdate.
struct poll_update_request {
  workflow_execution execution{}; ///< Without a run id: the current run.
  shared_string update_id{};
  update_stage wait_for{}; ///< Unspecified: returns at once.
  duration wait_timeout{}; ///< As in update_workflow_request.
};

struct update_status {
  workflow_execution execution{}; ///< The run that has the update: it may have moved.
  update_stage stage{};
  update_outcome outcome{}; ///< Once it is completed.
};

/// SignalWithStartWorkflowExecution: the open run of the workflow id gets the signal; if there is
/// none, one is started and has it before its first task. The signal has the header of the start.
struct signal_with_start_request {
  start_workflow_request start{};
  shared_string signal_name{};
  payloads signal_input{};
};

/// ExecuteMultiOperation of a start and an update: both happen or neither does.
struct update_with_start_request {
  start_workflow_request start{};
  update_request update{};
  update_stage wait_for{update_stage::accepted};
  duration wait_timeout{};
};

struct update_with_start_result {
  start_workflow_result start{};
  update_status update{};
};

} // namespace perdure::inline v0
