// Resets and forks: another run goes on from a point in the history of this one.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "perdure/config.hpp"
#include "perdure/engine/audit.hpp"
#include "perdure/engine/effects.hpp"
#include "perdure/engine/finding.hpp"
#include "perdure/engine/rewind.hpp"

PERDURE_SELDOM_BEGIN

namespace perdure::inline v0::engine {

/// How a child that is over ended, as its parent is told. Empty: another run continues it.
[[nodiscard]] inline auto outcome_for_parent(run_state const& child) -> event_attributes {
  event const& end = child.history.back();
  switch (end.type) {
  case event_type::workflow_execution_completed: {
    auto told = for_parent<events::child_workflow_execution_completed>(child);
    told.result = end.as<events::workflow_execution_completed>().result;
    return event_attributes::make(std::move(told));
  }
  case event_type::workflow_execution_failed: {
    auto told = for_parent<events::child_workflow_execution_failed>(child);
    told.failure = end.as<events::workflow_execution_failed>().failure;
    told.retry_state = end.as<events::workflow_execution_failed>().retry_state;
    return event_attributes::make(std::move(told));
  }
  case event_type::workflow_execution_canceled: {
    auto told = for_parent<events::child_workflow_execution_canceled>(child);
    told.details = end.as<events::workflow_execution_canceled>().details;
    return event_attributes::make(std::move(told));
  }
  case event_type::workflow_execution_timed_out: {
    auto told = for_parent<events::child_workflow_execution_timed_out>(child);
    told.retry_state = end.as<events::workflow_execution_timed_out>().retry_state;
    return event_attributes::make(std::move(told));
  }
  default:
    return event_attributes::make(for_parent<events::child_workflow_execution_terminated>(child));
  }
}

/// The run in which a child lives now: the last of its chain. Null if it was deleted.
template <store S>
[[nodiscard]] auto last_run_of(step_context<S>& step, run_state const& parent,
                               child_state const& child) -> run_state* {
  auto const& started = parent.history[static_cast<std::size_t>(child.started_event_id - 1)]
                            .template as<events::child_workflow_execution_started>();
  run_state* run = step.store.find_execution(started.workflow_execution);
  while (run != nullptr && run->next != 0) run = step.store.find_run(run->next);
  return run;
}

/// The children that the copy has open are its own from now on: those that run are told of their
/// new parent, those that never began stand in line again.
template <store S>
void adopt_children(step_context<S>& step, run_state& made) {
  for (event_id const id : made.live->children.ids()) {
    child_state& child = *made.live->children.find(id);
    if (child.started_event_id == 0) {
      step.effects.push_back({effect::kind::start_child, made.number, id, 0, 0, {}});
      continue;
    }
    run_state* const run = last_run_of(step, made, child);
    if (run != nullptr && run->open()) {
      run->parent = made.number;
      child.run = run->number;
      continue;
    }
    event_attributes told{}; // it ended while its parent could not hear it
    if (run != nullptr) {
      told = outcome_for_parent(*run);
    } else {
      auto const& started = made.history[static_cast<std::size_t>(child.started_event_id - 1)]
                                .template as<events::child_workflow_execution_started>();
      events::child_workflow_execution_terminated gone{};
      gone.workflow_execution = started.workflow_execution;
      gone.workflow_type = started.workflow_type;
      gone.initiated_event_id = id;
      told = event_attributes::make(std::move(gone));
    }
    append_fact(step, made, {{}, std::move(told)});
  }
}

/// Makes the run and lets it go on.
template <store S>
auto rewind_run(step_context<S>& step, run_state const& base, workflow_execution as,
                rewind const& how) -> run_state& {
  run_state& made = copy_run(step, base, std::move(as), how);
  fail_task_by_reset(step, made, base, how);
  made.live->task.now = task_state::phase::waiting; // no task before all is taken in
  resume_copy(step, made);
  reapply(step, made, base, how);
  take_updates_in(step, made);
  adopt_children(step, made);
  made.live->task.now = task_state::phase::none;
  made.live->task_needed = true;
  schedule_task_if_needed(step, made, false);
  return made;
}

/// Ends the current run in favour of a new one that a reset makes of `base`. Its children are not
/// told, and its parent waits for the new run.
template <store S>
void end_by_reset(step_context<S>& step, run_state& current, run_state const& base,
                  rewind const& how) {
  run_state const* linked = &base;
  while (linked != nullptr && linked != &current)
    linked = linked->next == 0 ? nullptr : step.store.find_run(linked->next);
  if (linked == nullptr) return terminate_run(step, current, how.reason, how.identity);
  break_off_task(step, current, workflow_task_failed_cause::force_close_command, {});
  events::workflow_execution_terminated ended{};
  ended.reason = how.reason;
  ended.identity = how.identity;
  (void)append(step, current, event_attributes::make(std::move(ended)));
  if (&current == &base) current.live->children.clear();
  close_run(step, current, workflow_execution_status::terminated, {});
}

/// Resets `base`: terminates the current run of its workflow id, if that is open, and goes on with
/// a new one.
template <store S>
auto reset_run(step_context<S>& step, run_state& base, rewind const& how) -> run_state& {
  run_state& current = *step.store.current_run(base.execution.workflow_id.view());
  bool const was_open = current.open();
  if (was_open) end_by_reset(step, current, base, how);
  run_state& made =
      rewind_run(step, base, {base.execution.workflow_id, step.store.new_run_id()}, how);
  made.reset_of = base.number;
  made.parent = base.parent;
  made.parent_initiated_event_id = base.parent_initiated_event_id;
  if (was_open && current.next == 0) current.next = made.number;
  return made;
}

/// What a request to reset or to fork asks for. \throws error (invalid_argument)
template <class Request>
[[nodiscard]] auto rewind_of(run_state const& base, Request const& request) -> rewind {
  rewind how{};
  how.kept = events_kept(base, request.event);
  how.reason = request.reason;
  how.identity = request.identity;
  how.reapply_signals = request.reapply_signals;
  how.reapply_cancel_requests = request.reapply_cancel_requests;
  how.reapply_updates = request.reapply_updates;
  return how;
}

/// \throws error (not_found, invalid_argument)
template <store S>
auto reset_workflow(step_context<S>& step, reset_request const& request) -> workflow_execution {
  run_state& base = find_run(step.store, request.execution);
  rewind const how = rewind_of(base, request);
  run_state const& made = reset_run(step, base, how);
  add_audit(step, base, "reset", request.identity, request.reason,
            "to event " + std::to_string(request.event) + ", goes on as run " +
                made.execution.run_id.str());
  return made.execution;
}

/// A child that is open at the point and still belongs to the base; 0: there is none.
template <store S>
[[nodiscard]] auto find_shared_child(step_context<S>& step, run_state const& base, std::size_t kept)
    -> event_id {
  live_state scratch{};
  for (std::size_t i = 0; i < base.history.size(); ++i) {
    event const& e = base.history[i];
    bool const begins = e.type == event_type::start_child_workflow_execution_initiated;
    if (i < kept || !begins) fold(scratch, e);
  }
  for (event_id const id : scratch.children.ids()) {
    child_state const& child = *scratch.children.find(id);
    run_state const* const run =
        child.started_event_id == 0 ? nullptr : last_run_of(step, base, child);
    if (run != nullptr ? run->open() : child.started_event_id == 0 && base.open()) return id;
  }
  return 0;
}

/// \throws error (not_found, invalid_argument, already_started)
template <store S>
auto fork_workflow(step_context<S>& step, fork_request const& request) -> workflow_execution {
  run_state& base = find_run(step.store, request.execution);
  rewind how = rewind_of(base, request);
  how.forks = true;
  if (request.workflow_id.empty() || request.workflow_id.size() > limits::id_bytes_max)
    throw error{errc::invalid_argument, "fork_workflow: the new workflow id must have 1 to 1000 "
                                        "bytes"};
  if (run_state const* const there = step.store.current_run(request.workflow_id);
      there != nullptr && there->open())
    throw error{errc::already_started, "fork_workflow: workflow '" + request.workflow_id +
                                           "' is running (run " + there->execution.run_id.str() +
                                           "): choose another id"};
  if (event_id const child = find_shared_child(step, base, how.kept); child != 0)
    throw error{errc::invalid_argument,
                "fork_workflow: the child of event " + std::to_string(child) +
                    " is open at that point and belongs to the workflow that is forked: choose an "
                    "event before it was asked for, or wait for its end"};
  workflow_execution const made =
      rewind_run(step, base, {request.workflow_id, step.store.new_run_id()}, how).execution;
  add_audit(step, base, "fork", request.identity, request.reason,
            "at event " + std::to_string(request.event) + ", goes on as workflow " +
                request.workflow_id + ", run " + made.run_id.str());
  return made;
}

} // namespace perdure::inline v0::engine

PERDURE_SELDOM_END
