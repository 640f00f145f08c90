// What a step in one run causes in others: children, signals, cancellations, and the end of a
// parent.
#pragma once

#include <utility>

#include "perdure/engine/closing.hpp"
#include "perdure/engine/ledger.hpp"
#include "perdure/engine/schedule/schedules.hpp"
#include "perdure/engine/starting.hpp"

namespace perdure::inline v0::engine {

/// Whether an open run is a child that `parent` had before it was reset, and has no more.
template <store S>
[[nodiscard]] auto is_leftover(step_context<S>& step, run_state const& parent,
                               run_state const& child) -> bool {
  if (!child.open() || child.parent == 0) return false;
  for (run_number base = parent.reset_of; base != 0;) {
    if (child.parent == base) return true;
    run_state const* const run = step.store.find_run(base);
    base = run == nullptr ? 0 : run->reset_of;
  }
  return false;
}

/// The run of a child; null if its workflow id is taken. `hot`: its task is taken next.
template <store S>
auto begin_child(step_context<S>& step, run_state const& parent, event_id initiated,
                 events::start_child_workflow_execution_initiated const& asked, bool hot = false)
    -> run_state* {
  run_state* const current = step.store.current_run(asked.workflow_id.view());
  id_verdict const verdict =
      judge_id(current, asked.workflow_id_reuse_policy, workflow_id_conflict_policy::fail);
  bool const leftover = verdict == id_verdict::taken && is_leftover(step, parent, *current);
  if (verdict == id_verdict::taken && !leftover) return nullptr;
  if (current != nullptr && current->number == parent.number && parent.open())
    return nullptr; // it would end its parent, who asks for it
  if (leftover || verdict == id_verdict::terminate_existing)
    terminate_run(step, *current, "replaced by a new run with its id", {});
  auto started = first_event(asked, parent, initiated, step.now);
  if (parent.version) [[unlikely]]
    started.inherited_pinned_version =
        inherited_version(step.store.deployments(), parent, asked.task_queue.name.view());
  try {
    wait_for_cron(step.store, started, step.now);
  } catch (error const&) {
    // It was right when it was asked for: its time zone has gone since. It begins at once.
  }
  run_state& made = begin_run(step, asked.workflow_id, step.store.new_run_id(), std::move(started),
                              current == nullptr ? 0 : current->number, hot);
  made.parent = parent.number;
  if (event const& asking = parent.history[static_cast<std::size_t>(initiated - 1)];
      asking.extras && asking.extras->user_metadata)
    made.history.edit(0).extras.make().user_metadata = asking.extras->user_metadata;
  made.parent_initiated_event_id = initiated;
  return &made;
}

/// Has the processor fetch what the children that stand in line behind one will need: of 100,000,
/// that is in no near cache, and a tenth of what a child takes would be waiting for it. Step by
/// step, since one thing leads to the next.
template <store S>
void fetch_next_starts(S& store, live_state& parent, event_id now) noexcept {
  using asking = events::start_child_workflow_execution_initiated;
  auto const asked_at = [&](event_id initiated) -> asking const* {
    child_state const* const child = parent.children.find(initiated);
    return child == nullptr ? nullptr : child->initiated.get_if<asking>();
  };
  parent.children.fetch(now + 8);
  if (child_state const* const later = parent.children.find(now + 5))
    later->initiated.fetch(sizeof(asking));
  if (asking const* const later = asked_at(now + 3)) {
    __builtin_prefetch(later->workflow_id.view().data());
    __builtin_prefetch(later->input.begin());
  }
  if constexpr (requires { store.fetch_current_run(std::string_view{}); })
    if (asking const* const next = asked_at(now + 1))
      store.fetch_current_run(next->workflow_id.view());
}

/// Begins a child that stood in line, and tells its parent.
template <store S>
void start_child_now(step_context<S>& step, queued_task const& e, bool hot = false) {
  run_state* const asking = step.store.find_run(e.run);
  if (asking == nullptr) return; // it was deleted
  run_state& parent = *asking;
  child_state* const child = parent.open() ? parent.live->children.find(e.event) : nullptr;
  if (child == nullptr || child->run != 0)
    return; // its parent has ended, or a signal to it has begun it
  fetch_next_starts(step.store, *parent.live, e.event);
  auto const& asked =
      child->initiated.template get<events::start_child_workflow_execution_initiated>();
  if (!asked.input.empty()) __builtin_prefetch(asked.input[0].data.data()); // its task reads it
  run_state* const made = begin_child(step, parent, e.event, asked, hot);
  if (made == nullptr) {
    events::start_child_workflow_execution_failed failed{};
    failed.workflow_id = asked.workflow_id;
    failed.workflow_type = asked.workflow_type;
    failed.initiated_event_id = e.event;
    failed.cause = start_child_workflow_execution_failed_cause::workflow_already_exists;
    return take_in(step, parent, {{}, event_attributes::make(std::move(failed))});
  }
  child->run = made->number;
  take_in(
      step, parent,
      {{}, event_attributes::build<events::child_workflow_execution_started>([&](auto& started) {
         started.initiated_event_id = e.event;
         started.workflow_execution = made->execution;
         started.workflow_type = made->workflow_type;
       })});
}

/// Puts a new child in line, behind the tasks of its queue.
template <store S>
void queue_start(step_context<S>& step, effect const& e) {
  run_state& parent = *step.store.find_run(e.from);
  if (!parent.open()) return; // it ended in the same task
  child_state const* const child = parent.live->children.find(e.initiated);
  if (child == nullptr || child->run != 0)
    return; // a message to it has begun it, or found that it cannot begin
  auto const& asked =
      child->initiated.template get<events::start_child_workflow_execution_initiated>();
  std::uint32_t const queue = queue_of(step.store, parent, asked.task_queue.name);
  queued_task const start{e.from, queued_task::kind::start_child, 0, e.initiated};
  auto const& base = parent.started().priority;
  if (asked.priority || base) [[unlikely]]
    push_urgent(step, queue, start, false, merged(asked.priority, base));
  else
    step.store.push_task(queue, start, false);
  ++step.news.tasks_added;
}

/// The run that another run means by these ids; null if there is none.
template <store S>
[[nodiscard]] auto find_target(step_context<S>& step, workflow_execution const& target)
    -> run_state* {
  if (target.run_id.empty()) return step.store.current_run(target.workflow_id.view());
  // A run id names the chain it began: what continued as new is still meant.
  run_state* run = step.store.find_execution(target);
  while (run != nullptr && run->next != 0) run = step.store.find_run(run->next);
  return run;
}

/// The same; children of `from` that stand in line are begun first, for one of them may be meant.
/// Null where `from` means itself: Temporal's servers know no such run.
template <store S>
[[nodiscard]] auto target_of(step_context<S>& step, run_state& from,
                             workflow_execution const& target) -> run_state* {
  if (target.workflow_id == from.execution.workflow_id) return nullptr;
  run_state* const there = find_target(step, target);
  if ((there != nullptr && there->open()) || !from.open()) return there;
  for (event_id const id : from.live->children.ids())
    if (child_state const* const child = from.live->children.find(id);
        child != nullptr && child->run == 0)
      start_child_now(step, {from.number, queued_task::kind::start_child, 0, id});
  return find_target(step, target);
}

template <store S>
void signal_external(step_context<S>& step, effect const& e) {
  run_state& from = *step.store.find_run(e.from);
  auto const asked = from.history[static_cast<std::size_t>(e.initiated - 1)]
                         .template as<events::signal_external_workflow_execution_initiated>();
  run_state* const target = target_of(step, from, asked.workflow_execution);
  if (target == nullptr || !target->open() ||
      (asked.child_workflow_only && target->parent != from.number)) {
    events::signal_external_workflow_execution_failed failed{};
    failed.workflow_execution = asked.workflow_execution;
    failed.initiated_event_id = e.initiated;
    failed.cause =
        signal_external_workflow_execution_failed_cause::external_workflow_execution_not_found;
    return take_in(step, from, {{}, event_attributes::make(std::move(failed))});
  }
  events::workflow_execution_signaled signaled{};
  signaled.signal_name = asked.signal_name;
  signaled.input = asked.input;
  signaled.header = asked.header;
  signaled.external_workflow_execution = from.execution;
  take_in(step, *target, {{}, event_attributes::make(std::move(signaled))});
  events::external_workflow_execution_signaled done{};
  done.workflow_execution = asked.workflow_execution;
  done.initiated_event_id = e.initiated;
  take_in(step, from, {{}, event_attributes::make(std::move(done))});
}

template <store S>
void cancel_external(step_context<S>& step, effect const& e) {
  run_state& from = *step.store.find_run(e.from);
  auto const asked =
      from.history[static_cast<std::size_t>(e.initiated - 1)]
          .template as<events::request_cancel_external_workflow_execution_initiated>();
  run_state* const target = target_of(step, from, asked.workflow_execution);
  if (target == nullptr || !target->open() ||
      (asked.child_workflow_only && target->parent != from.number)) {
    events::request_cancel_external_workflow_execution_failed failed{};
    failed.workflow_execution = asked.workflow_execution;
    failed.initiated_event_id = e.initiated;
    failed.cause =
        cancel_external_workflow_execution_failed_cause::external_workflow_execution_not_found;
    return take_in(step, from, {{}, event_attributes::make(std::move(failed))});
  }
  events::external_workflow_execution_cancel_requested done{};
  done.workflow_execution = asked.workflow_execution;
  done.initiated_event_id = e.initiated;
  take_in(step, from, {{}, event_attributes::make(std::move(done))});
  events::workflow_execution_cancel_requested request{};
  request.cause = asked.reason;
  request.external_workflow_execution = from.execution;
  request.external_initiated_event_id = e.initiated;
  request_cancel(step, *target, std::move(request));
}

/// A parent has closed: its policy decides about the child, which may have gone on in a later run.
template <store S>
void close_child(step_context<S>& step, effect const& e) {
  run_state const& parent = *step.store.find_run(e.from);
  auto const& asked =
      e.what_it_says.template get<events::start_child_workflow_execution_initiated>();
  if (asked.parent_close_policy == parent_close_policy::abandon) {
    if (e.to == 0)
      (void)begin_child(step, parent, e.initiated,
                        asked); // it stood in line: it is to outlive its parent
    return;
  }
  run_state* run = e.to == 0 ? nullptr : step.store.find_run(e.to);
  while (run != nullptr && run->next != 0) run = step.store.find_run(run->next);
  if (run == nullptr || !run->open()) return;
  if (asked.parent_close_policy == parent_close_policy::request_cancel) {
    events::workflow_execution_cancel_requested request{};
    request.cause = "its parent has closed";
    request.external_workflow_execution = parent.execution;
    return request_cancel(step, *run, std::move(request));
  }
  terminate_run(step, *run, "its parent has closed", {});
}

/// A child of the run `e.to` has ended: the parent's history takes that in.
template <store S>
void tell_parent(step_context<S>& step, effect const& e) {
  run_state* const parent = step.store.find_run(e.to);
  if (parent == nullptr || !parent->open() ||
      parent->live->children.find(e.parent_event) == nullptr)
    return;
  take_in(step, *parent, {{}, e.what_it_says});
}

/// Carries out what a step causes in other runs; that may cause more.
template <store S>
void carry_out_effects(step_context<S>& step) {
  for (std::size_t i = 0; i < step.effects.size(); ++i) {
    effect const e = std::move(step.effects[i]);
    switch (e.what) {
    case effect::kind::start_child: queue_start(step, e); break;
    case effect::kind::signal: signal_external(step, e); break;
    case effect::kind::cancel: cancel_external(step, e); break;
    case effect::kind::child_closed: tell_parent(step, e); break;
    case effect::kind::close_child: close_child(step, e); break;
    case effect::kind::scheduled_run_closed: tell_schedule(step, e.from); break;
    }
  }
  step.effects.clear();
}

/// Ends the runs whose history has passed a limit that is kept.
template <store S>
void end_oversized(step_context<S>& step) {
  while (!step.oversized.empty()) {
    run_state* const run = step.store.find_run(step.oversized.back());
    step.oversized.pop_back();
    if (run == nullptr || !run->open()) continue;
    bool const many = run->history.size() > step.limits->history_events_max;
    terminate_run(step, *run,
                  many ? "Workflow history count exceeds limit."
                       : "Workflow history size exceeds limit.",
                  {});
    carry_out_effects(step);
  }
}

} // namespace perdure::inline v0::engine
