// What clients ask of a Temporal server about single runs.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "perdure/backend/temporal/calls/call_status.hpp"
#include "perdure/backend/temporal/translation/request_translation.hpp"
#include "perdure/history/history.hpp"
#include "perdure/history/message_requests.hpp"
#include "perdure/history/operations.hpp"
#include "perdure/history/requests.hpp"

namespace temporal::api::workflowservice::v1 {
class StartWorkflowExecutionResponse;
} // namespace temporal::api::workflowservice::v1

namespace perdure::inline v0::temporal {

class connection;
class wait_end;

/// Workers of this process that may take the first task of a run as soon as it is started.
class eager_workers {
public:
  /// Says in the request that one would, if one has room for it, and gives its id; else 0.
  [[nodiscard]] virtual auto offer(api::workflowservice::v1::StartWorkflowExecutionRequest& request)
      -> std::uint64_t = 0;
  /// Hands over what the server gave for it; nothing, if it gave none. Null: the call has failed.
  virtual void take(api::workflowservice::v1::StartWorkflowExecutionRequest const& request,
                    std::uint64_t offered,
                    api::workflowservice::v1::StartWorkflowExecutionResponse const* answer) = 0;

protected:
  ~eager_workers() = default;
};

/// The calls of the `backend` concept, with the errors of the embedded backends: what is said here
/// is what is otherwise. Thread-safe; each call blocks the thread it is made on. Starts, signals
/// and cancellations have a request id, updates their own id: a call that is tried again because
/// its answer was lost does its work once. A server that is away is waited for, for half a minute.
class client_calls {
public:
  explicit client_calls(connection& server, eager_workers* workers = nullptr);

  /// `started` is true also for a request id that has started a run before: servers do not tell.
  /// \throws error (already_started, invalid_argument, limit_exceeded)
  auto start_workflow(start_workflow_request const& request) -> start_workflow_result;
  /// \throws error (not_found, already_closed, limit_exceeded)
  void signal_workflow(workflow_execution const& run, std::string_view name, payloads input,
                       std::string_view identity, indirect<payload_map> const& header = {});
  /// Looks whether the run is open first: servers take the cancellation of a closed one as done.
  /// \throws error (not_found, already_closed)
  void cancel_workflow(workflow_execution const& run, std::string_view reason,
                       std::string_view identity);
  /// \throws error (not_found, already_closed)
  void terminate_workflow(workflow_execution const& run, std::string_view reason,
                          std::string_view identity);
  /// \throws error (not_found, unanswered)
  [[nodiscard]] auto query_workflow(query_workflow_request const& request) -> query_result;

  /// A server keeps an update for good once it is accepted; one that is admitted is lost with the
  /// part of the server that has it. Who waits for `accepted` or more has it sent again then; who
  /// waits for less has not, and may find that nobody knows it.
  /// \throws error (not_found, already_closed, invalid_argument, limit_exceeded)
  auto update_workflow(update_workflow_request const& request) -> update_status;
  /// \throws error (not_found; already_closed: its run ended before it was accepted)
  auto poll_update(poll_update_request const& request) -> update_status;
  /// \throws error (already_started, invalid_argument, limit_exceeded)
  auto signal_with_start_workflow(signal_with_start_request const& request)
      -> start_workflow_result;
  /// \throws error (already_started, already_closed, invalid_argument, limit_exceeded)
  auto update_with_start_workflow(update_with_start_request const& request)
      -> update_with_start_result;

  /// See `read_description`. \throws error (not_found)
  [[nodiscard]] auto describe_workflow(workflow_execution const& run) -> workflow_description;
  /// \throws error (not_found)
  [[nodiscard]] auto read_history(workflow_execution const& run) -> history;
  /// The end of the run, or of the last of those that continue, retry or follow it, or begin anew
  /// where it was reset. A server that is away is waited for without end. \throws error (not_found)
  [[nodiscard]] auto wait_for_close(workflow_execution const& run) -> event;
  /// Of an activity that was named by its id, `not_found` also says that it has ended.
  /// \throws error (task_lost, not_found, already_closed, limit_exceeded)
  auto answer_async_activity(async_activity_answer const& answer) -> bool;

private:
  /// Waits until the run is closed, and gives the event that closes it.
  [[nodiscard]] auto close_event(workflow_execution const& run) -> event;
  /// The run that goes on where this one has ended; empty if none does.
  [[nodiscard]] auto successor_of(workflow_execution const& run, event const& end) -> std::string;

  // ------------------------------------------------------------------------------------- updates
  /// Sends it until it is accepted, or admitted where no more is asked for, or until the end.
  [[nodiscard]] auto send_update(update_workflow_request const& request, wait_end const& end,
                                 bool was_admitted = false) -> update_status;
  /// How it stands now; none if nobody knows it.
  [[nodiscard]] auto look_at_update(workflow_execution const& run, shared_string const& id)
      -> std::optional<update_status>;
  [[nodiscard]] auto await_update(workflow_execution run, shared_string const& id,
                                  update_stage wanted, wait_end const& end) -> update_status;
  /// Where an update may have moved that the run does not know. `was_there`: it, or a run before
  /// it, has known it. \throws error (not_found, already_closed)
  [[nodiscard]] auto follow_update(workflow_execution const& run, shared_string const& id,
                                   bool was_there, call_failed const& why) -> workflow_execution;
  /// Whether the run was begun by the request with that id.
  [[nodiscard]] auto was_begun_by(workflow_execution const& run, std::string const& request_id)
      -> bool;
  /// What a start with an update came to that failed, if it came to something.
  [[nodiscard]] auto settle_start(update_with_start_request const& request,
                                  std::string const& request_id, call_status const& status)
      -> std::optional<update_with_start_result>;

  connection* server_;
  eager_workers* workers_;
  request_sender self_;
};

} // namespace perdure::inline v0::temporal
