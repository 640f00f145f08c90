// One worker at a Temporal server: its polls, and the answers it gives.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "perdure/backend/backend.hpp"
#include "perdure/backend/temporal/calls/connection.hpp"
#include "perdure/backend/temporal/calls/open_calls.hpp"
#include "perdure/backend/temporal/calls/server_abilities.hpp"
#include "perdure/backend/temporal/worker/answer_sender.hpp"
#include "perdure/backend/temporal/worker/task_pollers.hpp"
#include "perdure/backend/temporal/worker/tasks_in_hand.hpp"

namespace temporal::api::workflowservice::v1 {
class StartWorkflowExecutionRequest;
} // namespace temporal::api::workflowservice::v1

namespace perdure::inline v0::temporal {

/// What all workers of a backend share.
struct held_tasks {
  tasks_in_hand<held_workflow_task> workflow_tasks{};
  tasks_in_hand<held_attempt> attempts{};
};

/// From `attach` to `detach`. Thread-safe. Answers return before the server has them: they are said
/// again until it takes or refuses them, and a run whose answer was refused is evicted.
class worker_session {
public:
  worker_session(connection& server, held_tasks& held, worker_link& worker,
                 server_abilities const& able);
  worker_session(worker_session const&) = delete;
  auto operator=(worker_session const&) -> worker_session& = delete;
  ~worker_session();

  [[nodiscard]] auto poll(poll_request what) -> polled_task;
  void stop_polling();

  void complete_workflow_task(workflow_task_token const& token, workflow_task_completion decided);
  void fail_workflow_task(workflow_task_token const& token, workflow_task_failure why);
  void answer_query_task(workflow_task_token const& token, query_answer told);
  void complete_activity(activity_task_token const& token, payloads result);
  void fail_activity(activity_task_token const& token, failure why);
  void cancel_activity(activity_task_token const& token, payloads details, failure why);

  /// A slot for the first workflow task of a run that is started here; false if there is none.
  /// Deliver the task, or give the slot back.
  [[nodiscard]] auto take_workflow_slot() -> bool { return pollers_.take_workflow_slot(); }
  void return_workflow_slot() { pollers_.return_workflow_slot(); }
  void deliver(workflow_task_bytes task);
  /// Says for such a start which version would take it.
  void write_version(::temporal::api::workflowservice::v1::StartWorkflowExecutionRequest& to) const;
  [[nodiscard]] auto worker() const noexcept -> worker_link& { return *worker_; }
  [[nodiscard]] auto is_stopping() const -> bool { return pollers_.is_stopping(); }

private:
  [[nodiscard]] auto take_on(workflow_task_bytes const& polled) -> polled_task;
  [[nodiscard]] auto take_on(activity_task_bytes const& polled) -> polled_task;
  [[nodiscard]] auto take_back_workflow_task(task_lease lease) -> held_workflow_task;
  [[nodiscard]] auto take_back_attempt(task_lease lease) -> held_attempt;
  struct written_commands {
    std::string bytes{};
    int slots{}; ///< Taken for activities that may come with the answer.
    std::optional<failure> too_large{};
  };
  [[nodiscard]] auto write_commands(std::vector<command> const& commands, bool stopping)
      -> written_commands;
  [[nodiscard]] auto is_for_this_queue(command const& which) const -> bool;
  static void append_rest(workflow_task_completion const& decided, std::string& to);
  struct alike {
    std::string completions{};
    std::string sticky_completions{}; ///< Of workers that keep runs, besides.
    std::string results{};            ///< Of activities.
  };
  [[nodiscard]] auto said_by_all() const -> alike;
  /// Taken for tasks that may come with the answer of a workflow task.
  struct slots {
    int activities{};
    bool workflow{};
  };
  void task_completed(run_number run, std::string const& token, slots taken,
                      std::string_view answered, call_status const& status);
  void take_tasks_of(run_number run, slots taken, std::string_view answered);
  void send_failure(std::string const& token, workflow_task_failed_cause cause, failure const& why);
  void send_attempt_answer(std::string_view method, std::string request, char const* what);
  void send_attempt_failure(std::string const& token, failure const& why);
  void attempt_answered(char const* what, call_status const& status);

  connection* server_;
  held_tasks* held_;
  worker_link* worker_;
  server_abilities able_;
  open_calls calls_;
  answer_sender answers_;
  task_pollers pollers_;
  alike alike_;
};

} // namespace perdure::inline v0::temporal
