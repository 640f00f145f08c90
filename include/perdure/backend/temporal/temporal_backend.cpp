#include "perdure/backend/temporal_backend.hpp"

#include <algorithm>
#include <mutex>
#include <unordered_map>

#include "perdure/backend/temporal/calls/connection.hpp"
#include "perdure/backend/temporal/calls/methods.hpp"
#include "perdure/backend/temporal/client/client_calls.hpp"
#include "perdure/backend/temporal/client/operator_calls.hpp"
#include "perdure/backend/temporal/translation/event_translation.hpp"
#include "perdure/backend/temporal/worker/task_reading.hpp"
#include "perdure/backend/temporal/worker/worker_session.hpp"
#include "perdure/log.hpp"

namespace perdure::inline v0 {

namespace service = ::temporal::api::workflowservice::v1;

namespace {
using async_answer = async_activity_answer::kind;

/// A heartbeat that the server does not take soon is as good as none: the next one is on its way.
constexpr temporal::call_terms heartbeat_terms{std::chrono::seconds{5}, std::chrono::seconds{10},
                                               std::chrono::milliseconds{100},
                                               std::chrono::seconds{2}};
} // namespace

struct temporal_backend::parts final : private temporal::eager_workers {
  explicit parts(temporal_options options) : server{std::move(options)} {}

  [[nodiscard]] auto offer(service::StartWorkflowExecutionRequest& request)
      -> std::uint64_t override {
    std::lock_guard const lock{mutex};
    temporal::worker_session* const taker = taker_of(request.task_queue().name());
    if (taker == nullptr || !taker->take_workflow_slot()) return 0;
    request.set_request_eager_execution(true);
    taker->write_version(request);
    return taker->worker().id;
  }
  void take(service::StartWorkflowExecutionRequest const& request, std::uint64_t offered,
            service::StartWorkflowExecutionResponse const* answer) override {
    std::lock_guard const lock{mutex};
    auto const found = sessions.find(offered);
    temporal::worker_session* taker = found == sessions.end() ? nullptr : found->second.get();
    bool const has_task = answer != nullptr && !answer->eager_workflow_task().task_token().empty();
    if (taker != nullptr && (!has_task || taker->is_stopping())) {
      taker->return_workflow_slot();
      taker = nullptr;
    }
    if (!has_task) return;
    // Where it has left meanwhile, and no other has room, the task times out, and comes again.
    if (taker == nullptr) {
      taker = taker_of(request.task_queue().name());
      if (taker != nullptr && !taker->take_workflow_slot()) taker = nullptr;
    }
    if (taker != nullptr) taker->deliver({answer->eager_workflow_task().SerializeAsString()});
  }
  /// With the lock.
  [[nodiscard]] auto taker_of(std::string const& queue) const -> temporal::worker_session* {
    for (auto const& [id, each] : sessions)
      if (each->worker().task_queue == queue && each->worker().runs_workflows &&
          !each->is_stopping())
        return each.get();
    return nullptr;
  }

  /// The session of a worker that is attached.
  [[nodiscard]] auto session(worker_link const& worker) -> temporal::worker_session& {
    std::lock_guard const lock{mutex};
    auto const found = sessions.find(worker.id);
    if (found == sessions.end())
      throw error{errc::invalid_argument, "temporal_backend: the worker is not attached"};
    return *found->second;
  }

  /// By somebody else than the worker that has the attempt, who waits, and is told.
  void answer(activity_task_token const& token, async_activity_answer said) {
    said.opaque = held.attempts.find(token.lease).token;
    (void)clients.answer_async_activity(said);
    held.attempts.forget(token.lease);
  }

  temporal::connection server;
  temporal::client_calls clients{server, this};
  temporal::operator_calls operators{server};
  temporal::held_tasks held{};
  mutable std::mutex mutex; ///< Guards what follows.
  std::unordered_map<std::uint64_t, std::unique_ptr<temporal::worker_session>> sessions;
};

temporal_backend::temporal_backend(temporal_options options)
    : parts_{std::make_unique<parts>(std::move(options))} {}
temporal_backend::~temporal_backend() = default;

auto temporal_backend::options() const noexcept -> temporal_options const& {
  return parts_->server.options();
}

// --------------------------------------------------------------------------------------- clients
auto temporal_backend::start_workflow(start_workflow_request const& request)
    -> start_workflow_result {
  return parts_->clients.start_workflow(request);
}
void temporal_backend::signal_workflow(workflow_execution const& run, std::string_view name,
                                       payloads input, std::string_view identity,
                                       indirect<payload_map> const& header) {
  parts_->clients.signal_workflow(run, name, std::move(input), identity, header);
}
void temporal_backend::cancel_workflow(workflow_execution const& run, std::string_view reason,
                                       std::string_view identity) {
  parts_->clients.cancel_workflow(run, reason, identity);
}
void temporal_backend::terminate_workflow(workflow_execution const& run, std::string_view reason,
                                          std::string_view identity) {
  parts_->clients.terminate_workflow(run, reason, identity);
}
auto temporal_backend::query_workflow(query_workflow_request const& request) -> query_result {
  return parts_->clients.query_workflow(request);
}
auto temporal_backend::update_workflow(update_workflow_request const& request) -> update_status {
  return parts_->clients.update_workflow(request);
}
auto temporal_backend::poll_update(poll_update_request const& request) -> update_status {
  return parts_->clients.poll_update(request);
}
auto temporal_backend::signal_with_start_workflow(signal_with_start_request const& request)
    -> start_workflow_result {
  return parts_->clients.signal_with_start_workflow(request);
}
auto temporal_backend::update_with_start_workflow(update_with_start_request const& request)
    -> update_with_start_result {
  return parts_->clients.update_with_start_workflow(request);
}
auto temporal_backend::describe_workflow(workflow_execution const& run) -> workflow_description {
  return parts_->clients.describe_workflow(run);
}
auto temporal_backend::list_workflows(list_filter const& filter) -> list_page {
  return parts_->operators.list_workflows(filter);
}
auto temporal_backend::count_workflows(list_filter const& filter) -> std::size_t {
  return parts_->operators.count_workflows(filter);
}
auto temporal_backend::read_history(workflow_execution const& run) -> history {
  return parts_->clients.read_history(run);
}
auto temporal_backend::wait_for_close(workflow_execution const& run) -> event {
  return parts_->clients.wait_for_close(run);
}
auto temporal_backend::answer_async_activity(async_activity_answer const& answer) -> bool {
  if (answer.what == async_activity_answer::kind::detached) {
    (void)parts_->held.attempts.take(answer.token.lease); // the server is told nothing
    return false;
  }
  return parts_->clients.answer_async_activity(answer);
}

// ------------------------------------------------------------------------------------- operators
auto temporal_backend::reset_workflow(reset_request const& request) -> workflow_execution {
  return parts_->operators.reset_workflow(request);
}
void temporal_backend::retry_activity_now(workflow_execution const& run,
                                          std::string_view activity_id, std::string_view reason,
                                          std::string_view identity) {
  parts_->operators.retry_activity_now(run, activity_id, reason, identity);
}
void temporal_backend::delete_workflow(workflow_execution const& run, std::string_view reason,
                                       std::string_view identity) {
  parts_->operators.delete_workflow(run, reason, identity);
}
auto temporal_backend::fork_workflow(fork_request const& request) -> workflow_execution {
  return parts_->operators.fork_workflow(request);
}
auto temporal_backend::override_activity_result(override_request const& request)
    -> workflow_execution {
  return parts_->operators.override_activity_result(request);
}
void temporal_backend::pause_workflow(workflow_execution const& run, std::string_view reason,
                                      std::string_view identity) {
  parts_->operators.pause_workflow(run, reason, identity);
}
void temporal_backend::unpause_workflow(workflow_execution const& run, std::string_view reason,
                                        std::string_view identity) {
  parts_->operators.unpause_workflow(run, reason, identity);
}
auto temporal_backend::read_audit(workflow_execution const& run) -> std::vector<audit_record> {
  return parts_->operators.read_audit(run);
}
auto temporal_backend::start_batch(temporal_batch_request const& request) -> std::string {
  return parts_->operators.start_batch(request);
}
auto temporal_backend::describe_batch(std::string_view job_id) -> temporal_batch_description {
  return parts_->operators.describe_batch(job_id);
}
void temporal_backend::stop_batch(std::string_view job_id, std::string_view reason) {
  parts_->operators.stop_batch(job_id, reason);
}

void temporal_backend::create_schedule(create_schedule_request const& request) {
  parts_->operators.create_schedule(request);
}
auto temporal_backend::describe_schedule(std::string_view id) -> schedule_description {
  return parts_->operators.describe_schedule(id);
}
void temporal_backend::update_schedule(update_schedule_request const& request) {
  parts_->operators.update_schedule(request);
}
void temporal_backend::patch_schedule(std::string_view id, schedule_patch const& patch) {
  parts_->operators.patch_schedule(id, patch);
}
void temporal_backend::delete_schedule(std::string_view id) {
  parts_->operators.delete_schedule(id);
}
auto temporal_backend::list_schedules(schedule_filter const& filter) -> schedule_page {
  return parts_->operators.list_schedules(filter);
}
auto temporal_backend::list_matching_times(std::string_view id, time_point from, time_point to)
    -> std::vector<time_point> {
  return parts_->operators.list_matching_times(id, from, to);
}
void temporal_backend::set_current_version(std::string_view deployment, std::string_view build_id) {
  parts_->operators.set_current_version(deployment, build_id);
}
auto temporal_backend::describe_deployment(std::string_view name) -> deployment_description {
  return parts_->operators.describe_deployment(name);
}

// --------------------------------------------------------------------------------------- workers
auto temporal_backend::attach(worker_link& worker) -> bool {
  auto made = std::make_unique<temporal::worker_session>(parts_->server, parts_->held, worker,
                                                         temporal::ask_abilities(parts_->server));
  std::lock_guard const lock{parts_->mutex};
  parts_->sessions[worker.id] = std::move(made);
  return false;
}
void temporal_backend::detach(worker_link& worker) {
  std::unique_ptr<temporal::worker_session> ended; // its last answers are waited for, unlocked
  std::lock_guard const lock{parts_->mutex};
  auto const found = parts_->sessions.find(worker.id);
  if (found == parts_->sessions.end()) return;
  ended = std::move(found->second);
  parts_->sessions.erase(found);
}
void temporal_backend::stop_polling(worker_link& worker) { parts_->session(worker).stop_polling(); }
void temporal_backend::nudge(worker_link&) noexcept { parts_->server.loop().hand_over(); }
auto temporal_backend::poll(worker_link& worker, poll_request what) -> polled_task {
  return parts_->session(worker).poll(what);
}
auto temporal_backend::read_history(workflow_task_token const& task) -> std::vector<event> {
  auto const held = parts_->held.workflow_tasks.find(task.lease);
  try {
    return temporal::read_all_events(parts_->server, held.execution);
  } catch (temporal::call_failed const& why) {
    std::string const what =
        "the history of workflow '" + held.execution.workflow_id.str() + "' could not be read";
    if (why.code() == temporal::status_code::not_found)
      temporal::throw_as(errc::task_lost, what, why);
    temporal::throw_error(what, why);
  }
}
void temporal_backend::complete_workflow_task(worker_link& worker, workflow_task_token const& token,
                                              workflow_task_completion answer) {
  parts_->session(worker).complete_workflow_task(token, std::move(answer));
}
void temporal_backend::fail_workflow_task(worker_link& worker, workflow_task_token const& token,
                                          workflow_task_failure why) {
  parts_->session(worker).fail_workflow_task(token, std::move(why));
}
void temporal_backend::answer_query_task(worker_link& worker, workflow_task_token const& token,
                                         query_answer answer) {
  parts_->session(worker).answer_query_task(token, std::move(answer));
}
void temporal_backend::complete_activity(activity_answerer who, activity_task_token const& token,
                                         payloads result) {
  if (who.worker == nullptr)
    return parts_->answer(token, {.what = async_answer::completed, .data = std::move(result)});
  parts_->session(*who.worker).complete_activity(token, std::move(result));
}
void temporal_backend::fail_activity(activity_answerer who, activity_task_token const& token,
                                     failure why) {
  if (who.worker == nullptr)
    return parts_->answer(token, {.what = async_answer::failed, .why = std::move(why)});
  parts_->session(*who.worker).fail_activity(token, std::move(why));
}
void temporal_backend::cancel_activity(activity_answerer who, activity_task_token const& token,
                                       payloads details, failure why) {
  if (who.worker == nullptr)
    return parts_->answer(
        token,
        {.what = async_answer::cancelled, .data = std::move(details), .why = std::move(why)});
  parts_->session(*who.worker).cancel_activity(token, std::move(details), std::move(why));
}

auto temporal_backend::record_heartbeat(activity_task_token const& token, payloads details)
    -> bool {
  auto const held = parts_->held.attempts.find(token.lease);
  service::RecordActivityTaskHeartbeatRequest request;
  request.set_namespace_(options().namespace_);
  request.set_task_token(held.token);
  request.set_identity(held.worker->identity.str());
  temporal::write_payloads(details, *request.mutable_details());
  try {
    auto const told =
        parts_->server.call(temporal::record_activity_task_heartbeat, request, heartbeat_terms);
    if (told.cancel_requested()) return true;
    if (told.activity_reset())
      held.worker->cancel_attempt(token, activity_cancel_reason::reset);
    else if (told.activity_paused())
      held.worker->cancel_attempt(token, activity_cancel_reason::paused);
    return false;
  } catch (temporal::call_failed const& why) {
    if (why.code() == temporal::status_code::not_found)
      temporal::throw_as(errc::task_lost, "the attempt counts no more", why);
    if (!temporal::is_retryable(why.status()))
      temporal::throw_error("a heartbeat could not be sent", why);
    log().warning("a heartbeat could not be sent", {{"reason", why.what()}});
    return false;
  }
}

auto temporal_backend::now() -> time_point {
  return std::chrono::time_point_cast<duration>(std::chrono::system_clock::now());
}

} // namespace perdure::inline v0
