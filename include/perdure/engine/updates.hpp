// Updates on the server's side: admitted, delivered with a workflow task, accepted or rejected,
// completed.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "perdure/engine/finding.hpp"
#include "perdure/engine/ledger.hpp"
#include "perdure/history/command.hpp"
#include "perdure/history/message_requests.hpp"

namespace perdure::inline v0::engine {

/// How long a rejection can be asked for.
inline constexpr duration rejection_kept{60'000'000'000};

[[nodiscard]] inline auto update_failure(char const* type, char const* message) -> failure {
  failure why{};
  why.message = message;
  why.source = "Server";
  why.info = application_failure_info{.type = type, .non_retryable = true};
  return why;
}

// ------------------------------------------------------------------------------------ admission

/// \throws error (invalid_argument)
inline void check_update(update_request const& asked) {
  if (asked.meta.update_id.empty() || asked.meta.update_id.size() > limits::id_bytes_max)
    throw error{errc::invalid_argument, "update: the update id must have 1 to 1000 bytes"};
  if (asked.input.name.empty())
    throw error{errc::invalid_argument, "update: the name of the handler is empty"};
}

/// Whether the run takes one more. \throws error (limit_exceeded)
inline void check_room(engine_limits const& bounds, run_state const& run,
                       update_request const& asked) {
  auto const refuse = [&](std::string const& why) {
    throw error{errc::limit_exceeded, "update '" + asked.meta.update_id.str() + "' of workflow '" +
                                          run.execution.workflow_id.str() + "': " + why};
  };
  if (bounds.refuses(byte_size(asked.input.args)))
    refuse("its input has " + std::to_string(byte_size(asked.input.args)) +
           " bytes, more than engine_limits::payload_bytes_max");
  run_messages const* const has = run.live->messages.get();
  if (has == nullptr) return;
  if (has->pending.size() >= bounds.updates_in_flight_max)
    refuse(std::to_string(has->pending.size()) +
           " updates are in flight, as many as engine_limits::updates_in_flight_max allows: wait "
           "for one to complete");
  if (has->count() >= bounds.updates_total_max)
    refuse("the run has had " + std::to_string(has->count()) +
           " updates, as many as engine_limits::updates_total_max allows: continue as new");
}

/// Takes in an update that the run does not know. \pre it has room
template <store S>
void admit_update(step_context<S>& step, run_state& run, update_request asked) {
  run_messages& messages = run.live->make_messages();
  std::erase_if(messages.rejected, [&](rejected_update const& each) {
    return each.until <= step.now || each.id == asked.meta.update_id; // it is asked once more
  });
  messages.pending.push_back({std::move(asked), 0, 0, false});
  ++messages.revision;
  schedule_task_if_needed(step, run, false);
}

// -------------------------------------------------------------------------------------- looking

/// How an update of one run stands, as far as this run knows; unspecified: it does not.
/// Linear in the updates of an open run, in the history of a closed one.
[[nodiscard]] inline auto status_in(run_state const& run, std::string_view id, time_point now)
    -> update_status {
  update_status status{run.execution, {}, {}};
  auto const completed_at = [&](event const& e) {
    status.stage = update_stage::completed;
    status.outcome = e.as<events::workflow_execution_update_completed>().outcome;
  };
  if (!run.open()) {
    for (event const& e : run.history)
      if (e.type == event_type::workflow_execution_update_accepted &&
          e.as<events::workflow_execution_update_accepted>().protocol_instance_id == id)
        status.stage = update_stage::accepted;
      else if (e.type == event_type::workflow_execution_update_completed &&
               e.as<events::workflow_execution_update_completed>().meta.update_id == id)
        completed_at(e);
    return status;
  }
  run_messages* const messages = run.live->messages.get();
  if (messages == nullptr) return status;
  if (event_id const end = messages->find_completed(id); end != 0) {
    completed_at(run.history[static_cast<std::size_t>(end - 1)]);
  } else if (pending_update const* const pending = messages->find(id)) {
    status.stage = pending->accepted() ? update_stage::accepted : update_stage::admitted;
  } else {
    for (rejected_update const& each : messages->rejected)
      if (each.id == id && each.until > now) {
        status.stage = update_stage::completed;
        status.outcome.failure = each.why;
      }
  }
  return status;
}

/// Whether the run has, or had, that update and did not reject it: the same id again is the same.
[[nodiscard]] inline auto knows_update(run_state const& run, std::string_view id) -> bool {
  if (!run.open()) return status_in(run, id, {}).stage != update_stage::unspecified;
  run_messages* const messages = run.live->messages.get();
  return messages != nullptr &&
         (messages->find(id) != nullptr || messages->find_completed(id) != 0);
}

/// The same as `status_in`, also where the update has moved to a run that follows. One that was
/// accepted and whose run ended before it did has failed, unless a reset has begun it anew.
template <store S>
[[nodiscard]] auto status_of(S& store, run_state& from, std::string_view id, time_point now)
    -> update_status {
  update_status cut_off{};
  for (run_state* run = &from; run != nullptr;
       run = run->next == 0 ? nullptr : store.find_run(run->next)) {
    update_status status = status_in(*run, id, now);
    if (status.stage == update_stage::unspecified) continue;
    if (status.stage != update_stage::accepted || run->open()) return status;
    cut_off = std::move(status);
    cut_off.stage = update_stage::completed;
    cut_off.outcome.failure = update_failure(
        "AcceptedUpdateCompletedWorkflow",
        "Workflow Update failed because the Workflow completed before the Update completed.");
    run_state const* const next = run->next == 0 ? nullptr : store.find_run(run->next);
    if (next == nullptr || next->reset_of == 0) break;
  }
  return cut_off;
}

/// The run with the update, which is admitted unless the run knows it. Gives the run's number.
/// \throws error (not_found, already_closed, invalid_argument, limit_exceeded)
template <store S>
auto update_workflow(step_context<S>& step, update_workflow_request const& request) -> run_number {
  check_update(request.update);
  run_state& run = find_run(step.store, request.execution);
  if (knows_update(run, request.update.meta.update_id.view())) return run.number;
  run_state& open = find_open_run(step.store, request.execution, "update");
  check_room(*step.limits, open, request.update);
  admit_update(step, open, request.update);
  return open.number;
}

/// How an update stands that the run of that number was given. \throws error (not_found;
/// already_closed: its run ended before it was accepted)
template <store S>
[[nodiscard]] auto poll_update(step_context<S>& step, workflow_execution const& target,
                               run_number number, std::string_view id) -> update_status {
  run_state* run = step.store.find_run(number);
  if (run != nullptr) {
    update_status status = status_of(step.store, *run, id, step.now);
    if (status.stage != update_stage::unspecified) return status;
    while (!run->open() && run->next != 0 && step.store.find_run(run->next) != nullptr)
      run = step.store.find_run(run->next);
  }
  std::string const what = "workflow '" + target.workflow_id.str() + "'";
  if (run == nullptr) throw error{errc::not_found, "the run of " + what + " was deleted"};
  if (!run->open())
    throw error{errc::already_closed,
                what + " has ended, and it had accepted no update '" + std::string{id} + "'"};
  throw error{errc::not_found, what + " has no update '" + std::string{id} +
                                   "': it was never sent, or was rejected more than a minute ago"};
}

// ------------------------------------------------------------------------------------- delivery

/// Adds to a task the updates that its worker has not seen. `all`: it has none of them.
inline void deliver_updates(run_state& run, workflow_task& to, bool all) {
  run_messages* const messages = run.live->messages.get();
  if (messages == nullptr) return;
  bool changed = false;
  for (pending_update& each : messages->pending) {
    if (each.accepted() || (each.delivered && !all)) continue;
    changed = changed || !each.delivered;
    each.delivered = true;
    to.updates.push_back({each.id(), to.token.started_event_id - 1, each.request});
  }
  if (changed) ++messages->revision;
}
/// The task was not answered: its updates come again with the next one.
inline void take_updates_back(run_state& run) noexcept {
  run_messages* const messages = run.live->messages.get();
  if (messages == nullptr) return;
  for (pending_update& each : messages->pending)
    if (!each.accepted() && std::exchange(each.delivered, false)) ++messages->revision;
}

// -------------------------------------------------------------------------------------- answers

/// The message that a command names; null if there is none.
[[nodiscard]] inline auto message_of(command const& c, std::vector<update_message>& messages)
    -> update_message* {
  auto const& id = c.attributes.get<protocol_message_command>().message_id;
  for (update_message& each : messages)
    if (each.message_id == id) return &each;
  return nullptr;
}

/// What is wrong with the commands that stand for messages; empty: nothing.
[[nodiscard]] inline auto find_message_fault(run_state const& run, workflow_task_completion& answer)
    -> std::string {
  using kind = update_message::kind;
  run_messages* const known = run.live->messages.get();
  std::vector<update_message const*> used;
  auto const accepted_here = [&](shared_string const& id) {
    for (update_message const* const each : used)
      if (each->what == kind::acceptance && each->update_id == id) return true;
    return false;
  };
  for (command const& c : answer.commands) {
    if (c.type != command_type::protocol_message) continue;
    auto const named =
        "message '" + std::string{c.attributes.get<protocol_message_command>().message_id} + "' ";
    update_message const* const message = message_of(c, answer.updates);
    if (message == nullptr) return named + "is named by a command and is not in the answer";
    for (update_message const* const each : used)
      if (each == message) return named + "is named by two commands";
    pending_update const* const pending =
        known == nullptr ? nullptr : known->find(message->update_id.view());
    std::string const update = "update '" + message->update_id.str() + "'";
    if (pending == nullptr) return named + "is about " + update + ", which the run has not open";
    bool const accepted = pending->accepted() || accepted_here(message->update_id);
    if (message->what == kind::rejection) return named + "is a rejection, which takes no command";
    if (message->what == kind::acceptance && accepted)
      return named + "accepts " + update + ", which is accepted already";
    if (message->what == kind::response && !accepted)
      return named + "completes " + update + ", which is not accepted";
    used.push_back(message);
  }
  return {};
}

/// Writes what an acceptance or a response says; one that says nothing of use is passed over.
template <store S>
void apply_message(step_context<S>& step, run_state& run, update_message& message) {
  pending_update* const pending =
      run.live->messages == nullptr ? nullptr : run.live->messages->find(message.update_id.view());
  if (pending == nullptr) return;
  step.news.updates_changed = true;
  if (message.what == update_message::kind::acceptance && !pending->accepted()) {
    events::workflow_execution_update_accepted accepted{};
    accepted.protocol_instance_id = message.update_id;
    accepted.accepted_request_message_id = message.update_id.str() + "/request";
    accepted.accepted_request_sequencing_event_id = message.sequencing_event_id;
    if (pending->admitted_event_id == 0) accepted.accepted_request = pending->request;
    auto const what = event_attributes::make(std::move(accepted));
    event_id const id = append(step, run, what);
    run.live->messages->on_accepted(what.get<events::workflow_execution_update_accepted>(), id);
  } else if (message.what == update_message::kind::response && pending->accepted()) {
    events::workflow_execution_update_completed completed{};
    completed.meta = pending->request.meta;
    completed.accepted_event_id = pending->accepted_event_id;
    completed.outcome = std::move(message.outcome);
    auto const what = event_attributes::make(std::move(completed));
    event_id const id = append(step, run, what);
    run.live->messages->on_completed(what.get<events::workflow_execution_update_completed>(), id);
  }
}

/// Takes an update that is not accepted off the run's list, and keeps why.
template <store S>
void reject_update(step_context<S>& step, run_messages& messages, std::string_view id,
                   failure why) {
  pending_update* const found = messages.find(id);
  if (found == nullptr || found->accepted()) return;
  messages.rejected.push_back({found->id(), std::move(why), step.now + rejection_kept});
  messages.pending.erase(messages.pending.begin() + (found - messages.pending.data()));
  ++messages.revision;
  step.news.updates_changed = true;
}

/// What an answer rejects, and, unless it is a heartbeat, what it says nothing about.
template <store S>
void take_rejections(step_context<S>& step, run_state& run, std::vector<update_message>& said) {
  if (run.live->messages == nullptr) return;
  for (update_message& each : said)
    if (each.what == update_message::kind::rejection)
      reject_update(step, *run.live->messages, each.update_id.view(),
                    each.outcome.failure ? *each.outcome.failure : failure{});
}
template <store S>
void reject_unprocessed(step_context<S>& step, run_state& run) {
  if (run.live->messages == nullptr) return;
  std::vector<shared_string> ids;
  for (pending_update const& each : run.live->messages->pending)
    if (each.delivered && !each.accepted()) ids.push_back(each.id());
  for (shared_string const& id : ids)
    reject_update(step, *run.live->messages, id.view(),
                  update_failure("UnprocessedUpdate",
                                 "Workflow Update is rejected because it wasn't processed by "
                                 "worker. Probably, Workflow Update is not supported by the "
                                 "worker."));
}

/// Whether an answer leaves nothing to be written: a speculative task then never was.
[[nodiscard]] inline auto leaves_no_trace(run_state const& run,
                                          workflow_task_completion const& answer) -> bool {
  if (!run.live->task.speculative || !answer.commands.empty() || !run.live->inbox.empty() ||
      answer.force_create_new_workflow_task)
    return false;
  for (update_message const& each : answer.updates)
    if (each.what != update_message::kind::rejection) return false;
  return true;
}

// ------------------------------------------------------------------------------------ other runs

/// The updates of a run that ends which it has not accepted: for the run that follows.
template <store S>
void set_updates_free(step_context<S>& step, run_state& run) {
  if (run.live->messages == nullptr) return;
  step.news.updates_changed = true;
  for (pending_update& each : run.live->messages->pending)
    if (!each.accepted()) step.homeless.push_back(std::move(each));
}
/// Gives them to that run.
template <store S>
void take_updates_in(step_context<S>& step, run_state& run) {
  for (pending_update& each : step.homeless) {
    run_messages& messages = run.live->make_messages();
    if (messages.find(each.id().view()) != nullptr ||
        messages.find_completed(each.id().view()) != 0)
      continue;
    messages.pending.push_back({std::move(each.request), 0, 0, false});
    ++messages.revision;
  }
  step.homeless.clear();
}

} // namespace perdure::inline v0::engine
