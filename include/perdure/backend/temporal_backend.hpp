// Runs that live on a Temporal cluster.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "perdure/backend/backend.hpp"
#include "perdure/backend/temporal/client/temporal_batch.hpp"
#include "perdure/backend/temporal/configuration/temporal_options.hpp"

namespace perdure::inline v0 {

/// A Temporal server as a backend, over gRPC: its workers stand beside those in other languages,
/// and its clients talk to theirs. Its parts are compiled into the library `perdure::temporal`.
///
/// The connection is made when it is first used, and made again by itself when it was lost: a
/// worker never needs a restart. What a worker answers is said again until the server takes it;
/// calls of clients are given up after half a minute (errc::backend_busy), waits for results and
/// updates never are. Thread-safe.
///
/// A server cannot fork a run, override the result of an activity, pause a run or tell what was
/// done to it from outside: those calls throw `error` (not_supported).
class temporal_backend {
public:
  /// \throws error (invalid_argument) for options that cannot be. Nothing is connected yet.
  explicit temporal_backend(temporal_options options = {});
  temporal_backend(temporal_backend const&) = delete;
  auto operator=(temporal_backend const&) -> temporal_backend& = delete;
  /// \pre no worker is attached, and no call is under way
  ~temporal_backend();

  // ------------------------------------------------------------------------------------- clients
  // Errors of all calls: `error` (backend_busy: the server is away or overloaded; access_denied;
  // invalid_argument, in the server's words), and what is named beside them.

  /// \throws error (already_started)
  auto start_workflow(start_workflow_request const& request) -> start_workflow_result;
  /// \throws error (not_found, already_closed), as the next two do
  void signal_workflow(workflow_execution const& run, std::string_view name, payloads input,
                       std::string_view identity, indirect<payload_map> const& header = {});
  void cancel_workflow(workflow_execution const& run, std::string_view reason,
                       std::string_view identity);
  void terminate_workflow(workflow_execution const& run, std::string_view reason,
                          std::string_view identity);
  /// \throws error (not_found, unanswered)
  [[nodiscard]] auto query_workflow(query_workflow_request const& request) -> query_result;
  /// \throws error (not_found, already_closed, limit_exceeded)
  auto update_workflow(update_workflow_request const& request) -> update_status;
  auto poll_update(poll_update_request const& request) -> update_status;
  /// \throws error (already_started)
  auto signal_with_start_workflow(signal_with_start_request const& request)
      -> start_workflow_result;
  auto update_with_start_workflow(update_with_start_request const& request)
      -> update_with_start_result;
  /// \throws error (not_found)
  [[nodiscard]] auto describe_workflow(workflow_execution const& run) -> workflow_description;
  /// By the server's visibility store, which lags a little behind.
  [[nodiscard]] auto list_workflows(list_filter const& filter) -> list_page;
  [[nodiscard]] auto count_workflows(list_filter const& filter) -> std::size_t;
  /// \throws error (not_found)
  [[nodiscard]] auto read_history(workflow_execution const& run) -> history;
  /// Waits for the end of a run and of those that continue it, for as long as it takes.
  /// \throws error (not_found)
  [[nodiscard]] auto wait_for_close(workflow_execution const& run) -> event;
  /// \throws error (task_lost, not_found, already_closed)
  auto answer_async_activity(async_activity_answer const& answer) -> bool;

  // ----------------------------------------------------------------------------------- operators
  /// \throws error (not_found)
  auto reset_workflow(reset_request const& request) -> workflow_execution;
  void retry_activity_now(workflow_execution const& run, std::string_view activity_id,
                          std::string_view reason, std::string_view identity);
  /// The server deletes it a little later.
  void delete_workflow(workflow_execution const& run, std::string_view reason,
                       std::string_view identity);
  /// \throws error (not_supported), as all up to the next line
  auto fork_workflow(fork_request const& request) -> workflow_execution;
  auto override_activity_result(override_request const& request) -> workflow_execution;
  void pause_workflow(workflow_execution const& run, std::string_view reason,
                      std::string_view identity);
  void unpause_workflow(workflow_execution const& run, std::string_view reason,
                        std::string_view identity);
  [[nodiscard]] auto read_audit(workflow_execution const& run) -> std::vector<audit_record>;

  // ------------------------------------------------------------------------------------- batches
  // One act for all runs that match, done by the server. Other backends have no such calls.

  /// Gives the id of the job, which goes on alone. The runs are found in the server's visibility
  /// store, which lags a little behind.
  /// \throws error (invalid_argument; already_started: the job's id is taken; limit_exceeded)
  auto start_batch(temporal_batch_request const& request) -> std::string;
  /// \throws error (not_found)
  [[nodiscard]] auto describe_batch(std::string_view job_id) -> temporal_batch_description;
  /// What has been done stays done. \throws error (not_found)
  void stop_batch(std::string_view job_id, std::string_view reason);

  // ----------------------------------------------------------------------------------- schedules
  /// \throws error (schedule_exists)
  void create_schedule(create_schedule_request const& request);
  /// \throws error (not_found), as the others
  [[nodiscard]] auto describe_schedule(std::string_view id) -> schedule_description;
  /// \throws error (schedule_conflict)
  void update_schedule(update_schedule_request const& request);
  void patch_schedule(std::string_view id, schedule_patch const& patch);
  void delete_schedule(std::string_view id);
  [[nodiscard]] auto list_schedules(schedule_filter const& filter) -> schedule_page;
  [[nodiscard]] auto list_matching_times(std::string_view id, time_point from, time_point to)
      -> std::vector<time_point>;

  // --------------------------------------------------------------------------------- deployments
  void set_current_version(std::string_view deployment, std::string_view build_id);
  /// \throws error (not_found)
  [[nodiscard]] auto describe_deployment(std::string_view name) -> deployment_description;

  // ------------------------------------------------------------------------------------- workers
  /// Asks the server what it can, and then begins to poll. \throws error (not_found: there is no
  /// such namespace)
  auto attach(worker_link& worker) -> bool;
  void detach(worker_link& worker);
  void stop_polling(worker_link& worker);
  void nudge(worker_link& worker) noexcept;
  [[nodiscard]] auto poll(worker_link& worker, poll_request what) -> polled_task;
  [[nodiscard]] auto read_history(workflow_task_token const& task) -> std::vector<event>;
  void complete_workflow_task(worker_link& worker, workflow_task_token const& token,
                              workflow_task_completion answer);
  void fail_workflow_task(worker_link& worker, workflow_task_token const& token,
                          workflow_task_failure why);
  void answer_query_task(worker_link& worker, workflow_task_token const& token,
                         query_answer answer);
  void complete_activity(activity_answerer who, activity_task_token const& token, payloads result);
  void fail_activity(activity_answerer who, activity_task_token const& token, failure why);
  void cancel_activity(activity_answerer who, activity_task_token const& token, payloads details,
                       failure why);
  [[nodiscard]] auto record_heartbeat(activity_task_token const& token, payloads details) -> bool;
  [[nodiscard]] auto now() -> time_point;

  [[nodiscard]] auto options() const noexcept -> temporal_options const&;

private:
  struct parts;
  std::unique_ptr<parts> parts_;
};

static_assert(backend<temporal_backend>);

} // namespace perdure::inline v0
