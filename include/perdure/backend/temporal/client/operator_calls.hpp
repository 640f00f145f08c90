// What operators ask of a Temporal server: lists of runs, single runs, schedules, deployments,
// batches.
#pragma once

#include <atomic>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "perdure/backend/temporal/client/temporal_batch.hpp"
#include "perdure/backend/temporal/translation/request_translation.hpp"
#include "perdure/history/deployment_requests.hpp"
#include "perdure/history/operations.hpp"
#include "perdure/history/requests.hpp"
#include "perdure/history/schedule.hpp"

namespace perdure::inline v0::temporal {

class connection;

/// The calls of the `backend` concept, with the errors of the embedded backends: what is said here
/// is what is otherwise. Thread-safe.
class operator_calls {
public:
  explicit operator_calls(connection& server);

  // ---------------------------------------------------------------------------------------- lists
  // Servers list and count what their visibility store has, which is a moment late. See
  // `render_condition` for what they cannot look for, and `read_description` for what they tell.

  /// Newest first is the server's own order: most list open runs, the one that started last first,
  /// then closed ones, the one that closed last first. Few servers can list the oldest first: of
  /// the others all runs that match are read for each page, up to 10,000.
  /// \throws error (invalid_argument; not_supported: more match, and the oldest is asked for first)
  [[nodiscard]] auto list_workflows(list_filter const& filter) -> list_page;
  [[nodiscard]] auto count_workflows(list_filter const& filter) -> std::size_t;

  // ---------------------------------------------------------------------------------- single runs
  /// The server deletes it a moment after it has answered. It keeps neither reason nor identity.
  /// \throws error (not_found)
  void delete_workflow(workflow_execution const& run, std::string_view reason,
                       std::string_view identity);
  /// \throws error (not_found, invalid_argument)
  auto reset_workflow(reset_request const& request) -> workflow_execution;
  /// ResetActivity: the attempts of the activity are counted from 1 again.
  /// \throws error (not_found, already_closed; invalid_argument if it does not wait)
  void retry_activity_now(workflow_execution const& run, std::string_view activity_id,
                          std::string_view reason, std::string_view identity);

  // What Temporal servers cannot. \throws error (not_supported)
  auto fork_workflow(fork_request const& request) -> workflow_execution;
  auto override_activity_result(override_request const& request) -> workflow_execution;
  void pause_workflow(workflow_execution const& run, std::string_view reason,
                      std::string_view identity);
  void unpause_workflow(workflow_execution const& run, std::string_view reason,
                        std::string_view identity);
  [[nodiscard]] auto read_audit(workflow_execution const& run) -> std::vector<audit_record>;

  // -------------------------------------------------------------------------------------- batches
  /// Gives the id of the job, which goes on alone.
  /// \throws error (invalid_argument, already_started, limit_exceeded, not_supported)
  auto start_batch(temporal_batch_request const& request) -> std::string;
  /// \throws error (not_found)
  [[nodiscard]] auto describe_batch(std::string_view job_id) -> temporal_batch_description;
  /// What has been done stays. \throws error (not_found)
  void stop_batch(std::string_view job_id, std::string_view reason);

  // ------------------------------------------------------------------------------------ schedules
  // Servers make calendars of cron strings, and describe those.

  /// \throws error (schedule_exists, invalid_argument, bad_time_zone, limit_exceeded)
  void create_schedule(create_schedule_request const& request);
  /// \throws error (not_found)
  [[nodiscard]] auto describe_schedule(std::string_view id) -> schedule_description;
  /// Most servers drop a change whose conflict token is not the schedule's and say nothing, so it
  /// is looked at first: of two changes that come at the same moment one may be lost.
  /// \throws error (not_found, schedule_conflict; as create_schedule)
  void update_schedule(update_schedule_request const& request);
  /// \throws error (not_found, invalid_argument)
  void patch_schedule(std::string_view id, schedule_patch const& patch);
  /// \throws error (not_found)
  void delete_schedule(std::string_view id);
  /// One page, by id. What servers tell of the schedules of a list is less than a description; it
  /// is a moment late. Linear in the number of all schedules. \throws error (invalid_argument)
  [[nodiscard]] auto list_schedules(schedule_filter const& filter) -> schedule_page;
  /// \throws error (not_found, invalid_argument)
  [[nodiscard]] auto list_matching_times(std::string_view id, time_point from, time_point to)
      -> std::vector<time_point>;

  // ---------------------------------------------------------------------------------- deployments
  /// \throws error (invalid_argument)
  void set_current_version(std::string_view deployment, std::string_view build_id);
  /// Servers do not tell the task queues of a build here. \throws error (not_found)
  [[nodiscard]] auto describe_deployment(std::string_view name) -> deployment_description;

private:
  [[nodiscard]] auto list_in_servers_order(std::string const& query, list_filter const& filter)
      -> list_page;
  [[nodiscard]] auto list_oldest_first(std::string const& query, list_filter const& filter)
      -> list_page;
  [[nodiscard]] auto count(std::string const& query) -> std::size_t;
  [[nodiscard]] auto count_pinned(std::string const& deployment, std::string const& build_id)
      -> std::size_t;

  connection* server_;
  request_sender self_;
  std::atomic<bool> can_order_{true}; ///< Until the server has refused ORDER BY.
};

} // namespace perdure::inline v0::temporal
