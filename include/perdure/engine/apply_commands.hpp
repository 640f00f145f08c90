// What a workflow's code decided, carried out: one command after the other becomes an event and its
// effect.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "perdure/engine/closing.hpp"
#include "perdure/engine/open_ids.hpp"
#include "perdure/engine/run_attributes.hpp"
#include "perdure/engine/updates.hpp"
#include "perdure/history/command.hpp"

namespace perdure::inline v0::engine {

/// Why a list of commands cannot be applied; the workflow task fails with it.
struct command_fault {
  workflow_task_failed_cause cause{};
  std::string why{};
  bool ends_run{false}; ///< Trying again would not help: the run is terminated.
};

/// The id that a command gives to an activity or a timer; empty for other commands.
[[nodiscard]] inline auto id_given_by(command const& c, command_type type) -> std::string_view {
  if (c.type != type) return {};
  return type == command_type::start_timer
             ? std::string_view{c.attributes.get<events::timer_started>().timer_id}
             : c.attributes.get<events::activity_task_scheduled>().activity_id;
}

/// Whether a command's id is that of an activity or timer which is open, or of a command before it.
[[nodiscard]] inline auto is_duplicate(run_state& run, std::vector<command> const& commands,
                                       std::size_t at, open_ids& ids) -> bool {
  command_type const type = commands[at].type;
  return ids.taken(id_given_by(commands[at], type), [&](auto& used) {
    for (std::size_t i = 0; i < at; ++i) used.insert(id_given_by(commands[i], type));
    if (type == command_type::start_timer)
      run.live->timers.for_each([&](event_id, timer_state& timer) {
        if (timer.timer != unset_timer)
          used.insert(timer.started.get<events::timer_started>().timer_id);
      });
    else
      run.live->activities.for_each([&](event_id, activity_state& activity) {
        if (activity.now != activity_state::phase::closed)
          used.insert(activity.scheduled.get<events::activity_task_scheduled>().activity_id);
      });
  });
}

/// Whether a run may end though signals have come that it has not seen. The first time it must look
/// at them; if more come meanwhile and it still continues as new, they go to the next run: a flood
/// of signals would keep it for ever.
[[nodiscard]] inline auto may_pass_signals_on(run_state const& run, command_type ends) -> bool {
  if (ends != command_type::continue_as_new_workflow_execution) return false;
  for (fact const& each : run.live->inbox)
    if (each.what.type() != event_type::workflow_execution_signaled) return false;
  for (auto each = run.history.rbegin(); each != run.history.rend(); ++each) {
    if (each->type == event_type::workflow_task_failed)
      return each->as<events::workflow_task_failed>().cause ==
             workflow_task_failed_cause::unhandled_command;
    if (each->type == event_type::workflow_task_completed ||
        each->type == event_type::workflow_task_timed_out)
      return false;
  }
  return false;
}

/// Checks commands before any is applied, so that a task is applied whole or not at all.
template <store S>
[[nodiscard]] auto find_fault(S& store, run_state& run, std::vector<command> const& commands,
                              engine_limits const& bounds) -> std::optional<command_fault> {
  using cause = workflow_task_failed_cause;
  auto const too_long = [](std::string_view id) {
    return id.empty() || id.size() > limits::id_bytes_max;
  };
  open_ids activities{run.live->highest_activity};
  open_ids timers{run.live->highest_timer};
  replay::event_index cancelled_timers; // by these commands
  for (std::size_t i = 0; i < commands.size(); ++i) {
    command const& c = commands[i];
    if (replay::is_close_event(event_type_of(c.type))) {
      if (i + 1 != commands.size())
        return command_fault{cause::unspecified, "a command follows the one that ends the run"};
      if (!run.live->inbox.empty() && !may_pass_signals_on(run, c.type))
        return command_fault{cause::unhandled_command,
                             "UnhandledCommand: events arrived that the workflow has not seen"};
    }
    if (auto const* const given = attributes_given_by(c))
      if (auto why = find_attribute_fault(bounds, run, c.type, *given); !why.empty())
        return command_fault{cause::bad_search_attributes, std::move(why)};
    switch (c.type) {
    case command_type::schedule_activity_task: {
      auto const& asked = c.attributes.get<events::activity_task_scheduled>();
      // 292 years are a timeout, too, though they never come.
      if (asked.schedule_to_close_timeout.value_or(duration{}) == duration{} &&
          asked.start_to_close_timeout.value_or(duration{}) == duration{})
        return command_fault{
            cause::bad_schedule_activity_attributes,
            "activity '" + asked.activity_type.str() +
                "' has no timeout: set schedule_to_close_timeout or start_to_close_timeout"};
      if (too_long(asked.activity_id) || asked.task_queue.name.empty())
        return command_fault{cause::bad_schedule_activity_attributes,
                             "an activity needs an id of at most 1000 bytes and a task queue"};
      if (is_duplicate(run, commands, i, activities))
        return command_fault{cause::schedule_activity_duplicate_id,
                             "activity id '" + asked.activity_id +
                                 "' is in use by another open activity"};
      break;
    }
    case command_type::start_timer: {
      auto const& id = c.attributes.get<events::timer_started>().timer_id;
      if (too_long(id))
        return command_fault{cause::bad_start_timer_attributes,
                             "a timer needs an id of at most 1000 bytes"};
      if (is_duplicate(run, commands, i, timers))
        return command_fault{cause::start_timer_duplicate_id,
                             "timer id '" + std::string{id} + "' is in use by another open timer"};
      break;
    }
    case command_type::cancel_timer: {
      event_id const id = c.attributes.get<events::timer_canceled>().started_event_id;
      if (run.live->timers.find(id) == nullptr ||
          cancelled_timers.find(id) != cancelled_timers.none)
        return command_fault{cause::bad_cancel_timer_attributes,
                             "no open timer was started by event " + std::to_string(id)};
      cancelled_timers.insert(id, 0);
      break;
    }
    case command_type::start_child_workflow_execution: {
      auto const& asked = c.attributes.get<events::start_child_workflow_execution_initiated>();
      if (too_long(asked.workflow_id))
        return command_fault{cause::bad_start_child_execution_attributes,
                             "a child needs a workflow id of at most 1000 bytes"};
      if (asked.cron_schedule.empty()) break;
      try {
        (void)compile_cron_schedule(store, asked.cron_schedule.view());
      } catch (error const& why) {
        return command_fault{cause::bad_start_child_execution_attributes, why.what()};
      }
      break;
    }
    case command_type::request_cancel_activity_task:
      if (c.attributes.get<events::activity_task_cancel_requested>().scheduled_event_id >=
          run.next_event_id())
        return command_fault{cause::bad_request_cancel_activity_attributes, "no such activity"};
      break;
    case command_type::unspecified:
    case command_type::schedule_nexus_operation:
    case command_type::request_cancel_nexus_operation:
      return command_fault{cause::feature_disabled, "this backend does not know the command"};
    default: break;
    }
  }
  return std::nullopt;
}

template <store S>
void apply_cancel_timer(step_context<S>& step, run_state& run, event_attributes attributes) {
  event_id const id = attributes.get<events::timer_canceled>().started_event_id;
  (void)append(step, run, std::move(attributes));
  timer_state* const timer = run.live->timers.find(id);
  if (timer == nullptr) return;
  step.store.clear_timer(timer->timer);
  run.live->timers.erase(id);
  // It may have fired while the task ran: whoever cancels it is not told.
  for (fact& f : run.live->inbox)
    if (f.what.type() == event_type::timer_fired &&
        f.what.get<events::timer_fired>().started_event_id == id)
      f.what = {};
  std::erase_if(run.live->inbox, [](fact const& f) { return !f.what; });
}

template <store S>
void apply_cancel_activity(step_context<S>& step, run_state& run, event_attributes attributes) {
  event_id const scheduled =
      attributes.get<events::activity_task_cancel_requested>().scheduled_event_id;
  event_id const id = append(step, run, std::move(attributes));
  activity_state* const activity = run.live->activities.find(scheduled);
  if (activity == nullptr || activity->now == activity_state::phase::closed) return;
  activity->cancel_requested = true;
  activity->cancel_requested_event_id = id;
  stop_attempt(step, run, scheduled, *activity, activity_cancel_reason::cancelled);
  if (activity->now != activity_state::phase::started)
    cancel_activity(step, run, scheduled, *activity, {});
}

template <store S>
void apply_continue_as_new(step_context<S>& step, run_state& run, event_attributes attributes) {
  auto& asked = attributes.edit<events::workflow_execution_continued_as_new>();
  auto const& first = run.started();
  asked.new_execution_run_id = step.store.new_run_id();
  if (!asked.workflow_run_timeout) asked.workflow_run_timeout = first.workflow_run_timeout;
  if (!asked.workflow_task_timeout) asked.workflow_task_timeout = first.workflow_task_timeout;
  if (!asked.memo) asked.memo = run.memo;
  if (!asked.search_attributes) asked.search_attributes = attributes_to_continue(run);
  events::workflow_execution_started next{};
  next.workflow_type = asked.workflow_type;
  next.task_queue = asked.task_queue;
  next.input = asked.input;
  next.workflow_run_timeout = asked.workflow_run_timeout;
  next.workflow_task_timeout = asked.workflow_task_timeout;
  next.cron_schedule = first.cron_schedule;
  next.last_completion_result = asked.last_completion_result.empty() ? first.last_completion_result
                                                                     : asked.last_completion_result;
  next.priority = first.priority;
  next.retry_policy = asked.retry_policy ? asked.retry_policy : first.retry_policy;
  next.first_workflow_task_backoff = asked.backoff_start_interval;
  next.memo = asked.memo;
  next.search_attributes = asked.search_attributes;
  next.header = asked.header;
  next.initiator = continue_as_new_initiator::workflow;
  shared_string const next_id = asked.new_execution_run_id;
  bool const upgrades =
      asked.initial_versioning_behavior != continue_as_new_versioning_behavior::unspecified;
  (void)append(step, run, std::move(attributes));
  std::vector<fact> unseen = std::exchange(run.live->inbox, {}); // and what these commands cause
  close_run(step, run, workflow_execution_status::continued_as_new, {});
  continue_run(step, run, next_id, std::move(next), upgrades);
  if (unseen.empty()) return;
  run_state& made = *step.store.find_run(run.next);
  for (fact& each : unseen)
    if (each.what.type() == event_type::workflow_execution_signaled)
      take_in(step, made, std::move(each));
}

template <store S>
void apply_end(step_context<S>& step, run_state& run, event_attributes attributes) {
  if (attributes.type() == event_type::workflow_execution_failed)
    return fail_run(step, run, std::move(attributes));
  event_attributes told{};
  bool const completed = attributes.type() == event_type::workflow_execution_completed;
  if (completed && !run.started().cron_schedule.empty()) {
    auto& ended = attributes.edit<events::workflow_execution_completed>();
    if (auto next = next_cron_run(step.store, run, step.now, nullptr, ended.result)) {
      ended.new_execution_run_id = step.store.new_run_id();
      shared_string const next_id = ended.new_execution_run_id;
      (void)append(step, run, std::move(attributes));
      close_run(step, run, workflow_execution_status::completed, {});
      return continue_run(step, run, next_id, std::move(*next));
    }
  }
  if (run.parent != 0 && completed) {
    auto e = for_parent<events::child_workflow_execution_completed>(run);
    e.result = attributes.get<events::workflow_execution_completed>().result;
    told = event_attributes::make(std::move(e));
  } else if (run.parent != 0) {
    auto e = for_parent<events::child_workflow_execution_canceled>(run);
    e.details = attributes.get<events::workflow_execution_canceled>().details;
    told = event_attributes::make(std::move(e));
  }
  (void)append(step, run, std::move(attributes));
  close_run(step, run,
            completed ? workflow_execution_status::completed : workflow_execution_status::canceled,
            std::move(told));
}

/// Notes in the event-to-be which task decided it.
inline void set_deciding_task(event_attributes& what, event_id completed) {
  switch (what.type()) {
  case event_type::activity_task_scheduled:
    what.edit<events::activity_task_scheduled>().workflow_task_completed_event_id = completed;
    break;
  case event_type::activity_task_cancel_requested:
    what.edit<events::activity_task_cancel_requested>().workflow_task_completed_event_id =
        completed;
    break;
  case event_type::timer_started:
    what.edit<events::timer_started>().workflow_task_completed_event_id = completed;
    break;
  case event_type::timer_canceled:
    what.edit<events::timer_canceled>().workflow_task_completed_event_id = completed;
    break;
  case event_type::marker_recorded:
    what.edit<events::marker_recorded>().workflow_task_completed_event_id = completed;
    break;
  case event_type::start_child_workflow_execution_initiated:
    what.edit<events::start_child_workflow_execution_initiated>().workflow_task_completed_event_id =
        completed;
    break;
  case event_type::signal_external_workflow_execution_initiated:
    what.edit<events::signal_external_workflow_execution_initiated>()
        .workflow_task_completed_event_id = completed;
    break;
  case event_type::request_cancel_external_workflow_execution_initiated:
    what.edit<events::request_cancel_external_workflow_execution_initiated>()
        .workflow_task_completed_event_id = completed;
    break;
  case event_type::upsert_workflow_search_attributes:
    what.edit<events::upsert_workflow_search_attributes>().workflow_task_completed_event_id =
        completed;
    break;
  case event_type::workflow_properties_modified:
    what.edit<events::workflow_properties_modified>().workflow_task_completed_event_id = completed;
    break;
  case event_type::workflow_execution_completed:
    what.edit<events::workflow_execution_completed>().workflow_task_completed_event_id = completed;
    break;
  case event_type::workflow_execution_failed:
    what.edit<events::workflow_execution_failed>().workflow_task_completed_event_id = completed;
    break;
  case event_type::workflow_execution_canceled:
    what.edit<events::workflow_execution_canceled>().workflow_task_completed_event_id = completed;
    break;
  case event_type::workflow_execution_continued_as_new:
    what.edit<events::workflow_execution_continued_as_new>().workflow_task_completed_event_id =
        completed;
    break;
  default: break;
  }
}

/// Carries out an answer whose commands `find_fault` has passed. `completed` is the event of the
/// task that decided them. Messages that no command names come last.
template <store S>
void apply_commands(step_context<S>& step, run_state& run, workflow_task_completion&& answer,
                    event_id completed) {
  bool first_activity = true;
  run.history.reserve(run.history.size() + answer.commands.size());
  for (command& c : answer.commands) {
    set_deciding_task(c.attributes, completed);
    switch (c.type) {
    case command_type::protocol_message:
      apply_message(step, run, *message_of(c, answer.updates));
      break;
    case command_type::schedule_activity_task: {
      event_attributes const scheduled = c.attributes;
      auto const number = number_of(scheduled.get<events::activity_task_scheduled>().activity_id);
      if (number > run.live->highest_activity) run.live->highest_activity = number;
      event_id const id = append(step, run, std::move(c.attributes));
      // Only the first may jump the queue: more would pass each other and run in reverse.
      schedule_activity(step, run, id, scheduled, std::exchange(first_activity, false));
      break;
    }
    case command_type::start_timer: {
      event_attributes const started = c.attributes;
      auto const number = number_of(started.get<events::timer_started>().timer_id);
      if (number > run.live->highest_timer) run.live->highest_timer = number;
      event_id const id = append(step, run, std::move(c.attributes));
      timer_state& timer = run.live->timers.insert(id, {started, unset_timer});
      duration const wait =
          started.get<events::timer_started>().start_to_fire_timeout.value_or(duration{});
      step.store.set_timer(timer.timer, {run.number, timer_key::kind::user_timer, id},
                           later(step.now, wait));
      break;
    }
    case command_type::cancel_timer: apply_cancel_timer(step, run, std::move(c.attributes)); break;
    case command_type::request_cancel_activity_task:
      apply_cancel_activity(step, run, std::move(c.attributes));
      break;
    case command_type::start_child_workflow_execution: {
      event_attributes const asked = c.attributes;
      event_id const id = append(step, run, std::move(c.attributes));
      run.live->children.insert(id, {asked, 0, 0});
      step.effects.push_back({effect::kind::start_child, run.number, id, 0, 0, {}});
      break;
    }
    case command_type::signal_external_workflow_execution: {
      event_id const id = append(step, run, std::move(c.attributes));
      step.effects.push_back({effect::kind::signal, run.number, id, 0, 0, {}});
      break;
    }
    case command_type::request_cancel_external_workflow_execution: {
      event_id const id = append(step, run, std::move(c.attributes));
      step.effects.push_back({effect::kind::cancel, run.number, id, 0, 0, {}});
      break;
    }
    case command_type::continue_as_new_workflow_execution:
      apply_continue_as_new(step, run, std::move(c.attributes));
      break;
    case command_type::complete_workflow_execution:
    case command_type::fail_workflow_execution:
    case command_type::cancel_workflow_execution:
      apply_end(step, run, std::move(c.attributes));
      break;
    case command_type::upsert_workflow_search_attributes:
    case command_type::modify_workflow_properties:
      (void)append(step, run, std::move(c.attributes));
      fold_attributes(run, run.history.back());
      break;
    default: (void)append(step, run, std::move(c.attributes)); break;
    }
    if (c.user_metadata && !run.history.empty())
      run.history.edit_back().extras.make().user_metadata = std::move(c.user_metadata);
  }
  for (update_message& each : answer.updates)
    if (run.open()) apply_message(step, run, each);
}

} // namespace perdure::inline v0::engine
