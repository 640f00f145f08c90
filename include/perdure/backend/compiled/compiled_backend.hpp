// A backend of ours as declarations: what it does is in the file that has perdure/source.hpp.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

#include "perdure/backend/backend.hpp"
#include "perdure/backend/compiled/task_source.hpp"

namespace perdure::inline v0::detail {

/// Passes each call on to a Backend, whose class need not be known here. What the calls do is said
/// where that class is.
template <class Backend>
class compiled_backend {
public:
  // ----------------------------------------------------------------------------------- clients
  auto start_workflow(start_workflow_request const& request) -> start_workflow_result;
  void signal_workflow(workflow_execution const& run, std::string_view name, payloads input,
                       std::string_view identity, indirect<payload_map> header = {});
  void cancel_workflow(workflow_execution const& run, std::string_view reason,
                       std::string_view identity);
  void terminate_workflow(workflow_execution const& run, std::string_view reason,
                          std::string_view identity);
  [[nodiscard]] auto query_workflow(query_workflow_request const& request) -> query_result;
  auto update_workflow(update_workflow_request const& request) -> update_status;
  auto poll_update(poll_update_request const& request) -> update_status;
  auto signal_with_start_workflow(signal_with_start_request const& request)
      -> start_workflow_result;
  auto update_with_start_workflow(update_with_start_request const& request)
      -> update_with_start_result;
  [[nodiscard]] auto describe_workflow(workflow_execution const& run) -> workflow_description;
  [[nodiscard]] auto list_workflows(list_filter const& filter) -> list_page;
  [[nodiscard]] auto count_workflows(list_filter const& filter) -> std::size_t;
  [[nodiscard]] auto read_history(workflow_execution const& run) -> history;
  [[nodiscard]] auto wait_for_close(workflow_execution const& run) -> event;
  auto reset_workflow(reset_request const& request) -> workflow_execution;
  auto fork_workflow(fork_request const& request) -> workflow_execution;
  auto override_activity_result(override_request const& request) -> workflow_execution;
  void retry_activity_now(workflow_execution const& run, std::string_view activity_id,
                          std::string_view reason, std::string_view identity);
  void pause_workflow(workflow_execution const& run, std::string_view reason,
                      std::string_view identity);
  void unpause_workflow(workflow_execution const& run, std::string_view reason,
                        std::string_view identity);
  void delete_workflow(workflow_execution const& run, std::string_view reason,
                       std::string_view identity);
  [[nodiscard]] auto read_audit(workflow_execution const& run) -> std::vector<audit_record>;
  auto answer_async_activity(async_activity_answer const& answer) -> bool;
  void create_schedule(create_schedule_request const& request);
  [[nodiscard]] auto describe_schedule(std::string_view id) -> schedule_description;
  void update_schedule(update_schedule_request const& request);
  void patch_schedule(std::string_view id, schedule_patch const& patch);
  void delete_schedule(std::string_view id);
  [[nodiscard]] auto list_schedules(schedule_filter const& filter) -> schedule_page;
  [[nodiscard]] auto list_matching_times(std::string_view id, time_point from, time_point to)
      -> std::vector<time_point>;
  void set_current_version(std::string_view deployment, std::string_view build_id);
  [[nodiscard]] auto describe_deployment(std::string_view name) -> deployment_description;
  // ----------------------------------------------------------------------------------- workers
  auto attach(worker_link& worker) -> bool;
  void detach(worker_link& worker);
  void stop_polling(worker_link& worker);
  [[nodiscard]] auto poll(worker_link& worker, poll_request request) -> polled_task;
  [[nodiscard]] auto read_history(workflow_task_token const& task) -> std::vector<event>;
  void complete_workflow_task(worker_link& worker, workflow_task_token const& task,
                              workflow_task_completion answer);
  void fail_workflow_task(worker_link& worker, workflow_task_token const& task,
                          workflow_task_failure answer);
  void answer_query_task(worker_link& worker, workflow_task_token const& task, query_answer answer);
  void complete_activity(activity_answerer who, activity_task_token const& task, payloads result);
  void fail_activity(activity_answerer who, activity_task_token const& task, failure why);
  void cancel_activity(activity_answerer who, activity_task_token const& task, payloads details,
                       failure why);
  [[nodiscard]] auto record_heartbeat(activity_task_token const& task, payloads details) -> bool;
  [[nodiscard]] auto now() -> time_point;
  // ------------------------------------------------------ of memory_backend and sqlite_backend
  auto delete_closed_before(time_point before) -> std::size_t;
  void advance(duration wait);

  /// For a worker, whose code has no templates over backends then.
  [[nodiscard]] auto tasks() -> std::shared_ptr<task_source>;

protected:
  explicit compiled_backend(std::shared_ptr<Backend> it) noexcept : it_{std::move(it)} {}
  compiled_backend(compiled_backend const&) = delete;
  auto operator=(compiled_backend const&) -> compiled_backend& = delete;
  ~compiled_backend() = default;
  [[nodiscard]] auto it() const noexcept -> Backend& { return *it_; }

private:
  std::shared_ptr<Backend> it_; ///< Shared by nobody: it needs no complete class, here or there.
};

} // namespace perdure::inline v0::detail
