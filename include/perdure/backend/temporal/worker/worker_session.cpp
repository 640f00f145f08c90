#include "perdure/backend/temporal/worker/worker_session.hpp"

#include "perdure/backend/temporal/calls/methods.hpp"
#include "perdure/backend/temporal/calls/scratch_message.hpp"
#include "perdure/backend/temporal/translation/event_translation.hpp"
#include "perdure/backend/temporal/translation/wire_fields.hpp"
#include "perdure/backend/temporal/translation/wire_writer.hpp"
#include "perdure/backend/temporal/worker/task_reading.hpp"
#include "perdure/log.hpp"

namespace perdure::inline v0::temporal {

namespace {

namespace service = api::workflowservice::v1;
using completion_request = service::RespondWorkflowTaskCompletedRequest;
using completion_response = service::RespondWorkflowTaskCompletedResponse;

/// How long answers are said again once the worker stops.
constexpr duration answer_patience = std::chrono::seconds{10};
/// Of activities that one workflow task begins on the worker that scheduled them.
constexpr int eager_activities_max = 3;
/// After which a task that nobody takes from the sticky queue is for any worker.
constexpr int sticky_patience_seconds = 10;

/// A request with what each of them has.
template <class Request>
class answer_message : public scratch_message<Request> {
public:
  answer_message(connection const& server, worker_link const& worker, std::string const& token) {
    Request& made = **this;
    made.set_namespace_(server.options().namespace_);
    made.set_task_token(token);
    if constexpr (requires { made.mutable_identity(); }) made.set_identity(worker.identity.str());
    if constexpr (requires { made.mutable_deployment_options(); })
      if (worker.version) write_version(*worker.version, *made.mutable_deployment_options());
  }
};

} // namespace

worker_session::worker_session(connection& server, held_tasks& held, worker_link& worker,
                               server_abilities const& able)
    : server_{&server},
      held_{&held},
      worker_{&worker},
      able_{able},
      calls_{server},
      answers_{calls_, [this] { pollers_.not_busy(); }},
      pollers_{server, calls_, worker, able, [this] { return answers_.outstanding() != 0; }},
      alike_{said_by_all()} {}

worker_session::~worker_session() {
  pollers_.finish();
  calls_.end();
}

// ---------------------------------------------------------------------------------------- polls
auto worker_session::poll(poll_request what) -> polled_task {
  while (true) {
    ready_task ready = pollers_.take(what);
    if (ready.index() == 0) return {};
    bool const is_workflow = ready.index() == 1;
    try {
      return is_workflow ? take_on(std::get<workflow_task_bytes>(ready))
                         : take_on(std::get<activity_task_bytes>(ready));
    } catch (call_failed const& why) {
      // Its history cannot be read, or is gone: the server hands it out again, if it is still
      // there.
      log().warning("a task was dropped", {{"reason", why.what()}});
    } catch (error const& why) {
      log().error("a task could not be read", {{"reason", why.what()}});
    }
    if (is_workflow)
      worker_->free_workflow_slot();
    else
      pollers_.return_activity_slot();
  }
}

auto worker_session::take_on(workflow_task_bytes const& polled) -> polled_task {
  auto [task, token, next_page] = read_whole_task(*server_, polled);
  task.token.lease =
      held_->workflow_tasks.add({std::move(token), task.execution, task.query.has_value()});
  return std::move(task);
}

auto worker_session::take_on(activity_task_bytes const& polled) -> polled_task {
  activity_task task = read_task(polled, worker_->task_queue);
  task.token.run = run_number_of(task.execution.run_id.view());
  task.token.lease = held_->attempts.add({task.opaque_token.str(), worker_});
  task.token.scheduled_event_id = static_cast<event_id>(task.token.lease); // tells attempts apart
  return task;
}

auto worker_session::take_back_workflow_task(task_lease lease) -> held_workflow_task {
  held_workflow_task held = held_->workflow_tasks.take(lease);
  pollers_.workflow_time().add(std::chrono::steady_clock::now() - held.since);
  return held;
}

auto worker_session::take_back_attempt(task_lease lease) -> held_attempt {
  held_attempt held = held_->attempts.take(lease);
  pollers_.activity_time().add(std::chrono::steady_clock::now() - held.since);
  return held;
}

void worker_session::stop_polling() {
  answers_.give_up_after(answer_patience);
  pollers_.stop();
}

void worker_session::deliver(workflow_task_bytes task) { pollers_.deliver(std::move(task)); }

void worker_session::write_version(service::StartWorkflowExecutionRequest& to) const {
  if (worker_->version)
    temporal::write_version(*worker_->version, *to.mutable_eager_worker_deployment_options());
}

// ------------------------------------------------------------------------------- workflow tasks
void worker_session::complete_workflow_task(workflow_task_token const& token,
                                            workflow_task_completion decided) {
  held_workflow_task const held = take_back_workflow_task(token.lease);
  bool const stopping = pollers_.is_stopping();
  auto written = write_commands(decided.commands, stopping);
  if (written.too_large) {
    log().error("workflow task failed", {{"reason", written.too_large->message},
                                         {"workflow_id", held.execution.workflow_id}});
    worker_->evict(token.run);
    return send_failure(held.token, workflow_task_failed_cause::payloads_too_large,
                        *written.too_large);
  }
  append_rest(decided, written.bytes);
  wire_output output{written.bytes};
  output.bytes(completion_request::kTaskTokenFieldNumber, held.token);
  written.bytes += alike_.completions;
  if (worker_->version)
    output.varint(completion_request::kVersioningBehaviorFieldNumber,
                  static_cast<std::uint64_t>(decided.versioning_behavior));
  bool const stays = !pollers_.sticky_queue().empty() && !stopping;
  if (stays) written.bytes += alike_.sticky_completions;
  // A task that decided nothing leaves its run to stand in line: events that come meanwhile make
  // one task and not one each.
  bool const asks_next = stays &&
                         (decided.force_create_new_workflow_task || !decided.commands.empty()) &&
                         pollers_.take_workflow_slot();
  if (asks_next) output.varint(completion_request::kReturnNewWorkflowTaskFieldNumber, 1);
  if (decided.force_create_new_workflow_task)
    output.varint(completion_request::kForceCreateNewWorkflowTaskFieldNumber, 1);
  answers_.send(respond_workflow_task_completed.name, std::move(written.bytes),
                [this, run = token.run, sent = held.token, taken = slots{written.slots, asks_next}](
                    std::string_view answered, call_status const& status) {
                  task_completed(run, sent, taken, answered, status);
                });
}

/// What few completions have.
void worker_session::append_rest(workflow_task_completion const& decided, std::string& to) {
  if (decided.updates.empty() && decided.queries.empty() && !decided.sdk) return;
  scratch_message<completion_request> request;
  for (update_message const& each : decided.updates)
    write_update_message(each, *request->add_messages());
  for (query_answer const& each : decided.queries)
    write_query_answer(each, (*request->mutable_query_results())[each.id]);
  if (decided.sdk) write_sdk_metadata(*decided.sdk, *request->mutable_sdk_metadata());
  request->AppendToString(&to);
}

/// What all answers of this worker say alike, as fields of their requests.
auto worker_session::said_by_all() const -> alike {
  alike made;
  answer_message<completion_request> completion{*server_, *worker_, {}};
  completion->mutable_capabilities()->set_discard_speculative_workflow_task_with_events(true);
  completion->set_worker_instance_key(pollers_.instance_key());
  made.completions = completion->SerializeAsString();

  scratch_message<completion_request> kept;
  auto& sticky = *kept->mutable_sticky_attributes(); // else the next task waits without polls
  sticky.mutable_worker_task_queue()->set_name(pollers_.sticky_queue());
  sticky.mutable_worker_task_queue()->set_kind(api::enums::v1::TASK_QUEUE_KIND_STICKY);
  sticky.mutable_worker_task_queue()->set_normal_name(worker_->task_queue.str());
  sticky.mutable_schedule_to_start_timeout()->set_seconds(sticky_patience_seconds);
  made.sticky_completions = kept->SerializeAsString();

  made.results = answer_message<service::RespondActivityTaskCompletedRequest> {
    *server_, *worker_, {}
  } -> SerializeAsString();
  return made;
}

/// As fields of a completion. Lets activities of this queue come with the answer, as far as there
/// are slots for them.
auto worker_session::write_commands(std::vector<command> const& commands, bool stopping)
    -> written_commands {
  written_commands made;
  bool ask = !stopping && worker_->runs_activities && worker_->queue_activities_per_second <= 0;
  std::string one;
  for (command const& each : commands) {
    auto eager = eager_start::no;
    if (ask && is_for_this_queue(each)) {
      ask = made.slots < eager_activities_max && pollers_.take_activity_slot();
      if (ask) eager = eager_start::requested;
      if (ask) ++made.slots;
    }
    one.clear();
    append_command(each, server_->options().namespace_, eager, one);
    if (static_cast<std::int64_t>(one.size()) > able_.blob_bytes_max) {
      for (; made.slots > 0; --made.slots) pollers_.return_activity_slot();
      failure& why = made.too_large.emplace();
      why.source = "perdure";
      why.message = "command " + std::to_string(&each - commands.data() + 1) + " of the task, " +
                    std::string{name_of(event_type_of(each.type))} + ", has " +
                    std::to_string(one.size()) + " bytes; the server takes " +
                    std::to_string(able_.blob_bytes_max);
      return made;
    }
    wire_output{made.bytes}.bytes(completion_request::kCommandsFieldNumber, one);
  }
  return made;
}

/// An activity that this worker polls for.
auto worker_session::is_for_this_queue(command const& which) const -> bool {
  return which.type == command_type::schedule_activity_task &&
         which.attributes.get<events::activity_task_scheduled>().task_queue.name ==
             worker_->task_queue;
}

/// Hands out what came with the answer, and gives back the slots for what did not.
void worker_session::take_tasks_of(run_number run, slots taken, std::string_view answered) {
  wire_fields fields{answered};
  for (wire_field each; fields.next(each);) {
    switch (each.number) {
    case completion_response::kWorkflowTaskFieldNumber: {
      workflow_task_bytes task{std::string{each.bytes}};
      if (auto const found = outcome_of(task);
          found && found->has_task && std::exchange(taken.workflow, false))
        pollers_.deliver(std::move(task));
      break;
    }
    case completion_response::kActivityTasksFieldNumber:
      pollers_.deliver(activity_task_bytes{std::string{each.bytes}});
      --taken.activities;
      break;
    case completion_response::kResetHistoryEventIdFieldNumber:
      // What the task recorded is gone again: the live run has seen events that nobody has.
      if (static_cast<event_id>(each.value) > 0) worker_->evict(run);
      break;
    default: break;
    }
  }
  for (; taken.activities > 0; --taken.activities) pollers_.return_activity_slot();
  if (taken.workflow) pollers_.return_workflow_slot();
  if (!fields.is_whole()) log().error("what the server says of an answered task is not a message");
}

void worker_session::task_completed(run_number run, std::string const& token, slots taken,
                                    std::string_view answered, call_status const& status) {
  take_tasks_of(run, taken, answered);
  if (status.ok()) return;
  worker_->evict(run);
  if (is_too_large(status)) {
    failure why{};
    why.source = "perdure";
    why.message = "the answer of the task is too large for the server: " + status.message;
    log().error("workflow task failed", {{"reason", why.message}});
    return send_failure(token, workflow_task_failed_cause::grpc_message_too_large, why);
  }
  // NOT_FOUND: the task timed out, or its run is over. UnhandledCommand: more has happened. Either
  // way the server goes on by itself.
  bool const is_usual = status.code == status_code::not_found ||
                        status.message.find("UnhandledCommand") != std::string::npos;
  if (is_usual) return;
  failure why{};
  why.source = "perdure";
  why.message =
      "the answer of the task was not taken: " + name_of(status.code) + ": " + status.message;
  log().error("workflow task failed", {{"reason", why.message}});
  // Most of what it refuses the server has made the task's failure itself, and this one is late.
  if (status.code == status_code::invalid_argument)
    send_failure(token, workflow_task_failed_cause::unspecified, why);
}

void worker_session::send_failure(std::string const& token, workflow_task_failed_cause cause,
                                  failure const& why) {
  answer_message<service::RespondWorkflowTaskFailedRequest> request{*server_, *worker_, token};
  request->set_cause(static_cast<api::enums::v1::WorkflowTaskFailedCause>(cause));
  write_failure(why, *request->mutable_failure());
  answers_.send(respond_workflow_task_failed, *request, [](std::string_view, call_status const&) {
  }); // else the task times out, and comes again
}

void worker_session::fail_workflow_task(workflow_task_token const& token,
                                        workflow_task_failure why) {
  held_workflow_task const held = take_back_workflow_task(token.lease);
  // Later attempts fail alike. They are left to time out, so that the server hands them out more
  // and more rarely.
  if (token.attempt <= 1) send_failure(held.token, why.cause, why.reason);
}

void worker_session::answer_query_task(workflow_task_token const& token, query_answer told) {
  held_workflow_task const held = take_back_workflow_task(token.lease);
  answer_message<service::RespondQueryTaskCompletedRequest> request{*server_, *worker_, held.token};
  if (told.failed) {
    request->set_completed_type(api::enums::v1::QUERY_RESULT_TYPE_FAILED);
    request->set_error_message(told.failed->message);
    write_failure(*told.failed, *request->mutable_failure());
  } else {
    request->set_completed_type(api::enums::v1::QUERY_RESULT_TYPE_ANSWERED);
    write_payloads(told.result, *request->mutable_query_result());
  }
  answers_.send(respond_query_task_completed, *request,
                [](std::string_view, call_status const&) {}); // nobody waits for it any more
}

// ------------------------------------------------------------------------------------- attempts
void worker_session::send_attempt_answer(std::string_view method, std::string request,
                                         char const* what) {
  answers_.send(method, std::move(request),
                [this, what](std::string_view, call_status const& status) {
                  attempt_answered(what, status);
                });
  pollers_.slots_changed();
}

void worker_session::attempt_answered(char const* what, call_status const& status) {
  if (!status.ok() && status.code != status_code::not_found) // else it counts no more
    log().error("an activity's answer was not taken",
                {{"answer", what}, {"reason", name_of(status.code) + ": " + status.message}});
  pollers_.slots_changed();
}

void worker_session::complete_activity(activity_task_token const& token, payloads result) {
  using request = service::RespondActivityTaskCompletedRequest;
  held_attempt const held = take_back_attempt(token.lease);
  std::string bytes = alike_.results;
  wire_output output{bytes};
  output.bytes(request::kTaskTokenFieldNumber, held.token);
  output.nested(request::kResultFieldNumber, [&] { append_payloads(result, output); });
  send_attempt_answer(respond_activity_task_completed.name, std::move(bytes), "completed");
}

void worker_session::fail_activity(activity_task_token const& token, failure why) {
  send_attempt_failure(take_back_attempt(token.lease).token, why);
}

void worker_session::send_attempt_failure(std::string const& token, failure const& why) {
  answer_message<service::RespondActivityTaskFailedRequest> request{*server_, *worker_, token};
  write_attempt_failure(why, *request->mutable_failure());
  send_attempt_answer(respond_activity_task_failed.name, request->SerializeAsString(), "failed");
}

void worker_session::cancel_activity(activity_task_token const& token, payloads details,
                                     failure why) {
  held_attempt const held = take_back_attempt(token.lease);
  answer_message<service::RespondActivityTaskCanceledRequest> request{*server_, *worker_,
                                                                      held.token};
  write_payloads(details, *request->mutable_details());
  answers_.send(respond_activity_task_canceled, *request,
                [this, token = held.token, why = std::move(why)](std::string_view,
                                                                 call_status const& status) {
                  // Nobody has asked for it: the attempt has failed.
                  if (status.code == status_code::invalid_argument)
                    return send_attempt_failure(token, why);
                  attempt_answered("cancelled", status);
                });
  pollers_.slots_changed();
}

} // namespace perdure::inline v0::temporal
