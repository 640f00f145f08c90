// What operators ask of a backend about single runs, and the record that each of them leaves.
#pragma once

#include <cstdint>
#include <string>

#include "perdure/data/payload.hpp"
#include "perdure/history/failure.hpp"
#include "perdure/history/ids.hpp"
#include "perdure/history/task.hpp"
#include "perdure/time.hpp"

namespace perdure::inline v0 {

/// ResetWorkflowExecution: another run goes on from a point in the history of this one.
struct reset_request {
  workflow_execution execution{}; ///< Without a run id: the current run.
  /// A WorkflowTaskStarted, -Completed, -Failed or -TimedOut event: the task is worked on again.
  event_id event{};
  std::string reason{};
  std::string identity{};
  bool reapply_signals{true};         ///< Those that came after the point.
  bool reapply_cancel_requests{true}; ///< Likewise.
  bool reapply_updates{true};         ///< Those that were accepted after it: they begin anew.
};

/// Another workflow begins with a part of this run's history; the run itself is left alone.
struct fork_request {
  workflow_execution execution{}; ///< Without a run id: the current run.
  event_id event{};               ///< As in reset_request.
  std::string workflow_id{};      ///< Of the new workflow; no open run may have it.
  std::string reason{};
  std::string identity{};
  bool reapply_signals{false};
  bool reapply_cancel_requests{false};
  bool reapply_updates{false};
};

/// An activity is given a result by hand.
struct override_request {
  workflow_execution execution{}; ///< Without a run id: the current run.
  std::string activity_id{};      ///< The last activity with this id; or, if it is empty:
  event_id scheduled_event_id{};  ///< the one that this ActivityTaskScheduled event began.
  payloads result{};
  std::string reason{};
  std::string identity{};
};

/// What somebody says about an attempt of an activity that no worker runs any more, or about the
/// one with an id.
struct async_activity_answer {
  enum class kind : std::uint8_t {
    detached, ///< By the worker: it has ended its part, the attempt goes on without it.
    heartbeat,
    completed,
    failed,
    cancelled,
  };
  kind what{};
  /// The server's own name of the attempt, as `activity_task::opaque_token`; or, if it is empty:
  std::string opaque{};
  activity_task_token token{};    ///< The attempt; or, if its lease is 0:
  workflow_execution execution{}; ///< the run (without a run id: the current one)
  std::string activity_id{};      ///< and the id of the open activity that is meant.
  payloads data{};                ///< The result, or details.
  failure why{};                  ///< Of `failed` and `cancelled`.
};

/// What somebody did to a run from outside. Kept apart from history, and longer than the run.
struct audit_record {
  time_point time{};
  workflow_execution run{};
  /// terminate, cancel, reset, fork, pause, unpause, retry_activity, override_activity, delete.
  std::string what{};
  std::string who{}; ///< The identity that the caller gave.
  std::string why{}; ///< The reason that the caller gave.
  std::string details{};

  friend auto operator==(audit_record const&, audit_record const&) -> bool = default;
};

namespace engine {
using v0::audit_record;
} // namespace engine

} // namespace perdure::inline v0
