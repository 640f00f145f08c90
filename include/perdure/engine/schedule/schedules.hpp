// What is asked of schedules, and what happens to them by itself, as steps of an engine.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "perdure/config.hpp"
#include "perdure/engine/schedule/schedule_machine.hpp"

PERDURE_SELDOM_BEGIN

namespace perdure::inline v0::engine {

/// Sets what was left open and refuses what cannot be. \throws error (invalid_argument,
/// bad_time_zone, limit_exceeded)
template <store S>
void check_schedule(step_context<S>& step, std::string const& id, schedule& asked) {
  auto const refuse = [&](std::string const& why) {
    throw error{errc::invalid_argument, "schedule '" + id + "': " + why};
  };
  start_workflow_request const& action = asked.action;
  constexpr std::size_t label_bytes = 21; // "-2024-03-31T02:00:00Z"
  if (id.empty() || id.size() > limits::id_bytes_max) refuse("its id must have 1 to 1000 bytes");
  try {
    (void)to_json(id); // as runs are told it
  } catch (error const&) {
    refuse("its id is not UTF-8");
  }
  if (action.workflow_id.empty() || action.workflow_id.size() + label_bytes > limits::id_bytes_max)
    refuse("the workflow id of its action must have 1 to 979 bytes: each run's time is added");
  if (action.workflow_type.empty()) refuse("the workflow type of its action is empty");
  if (action.task_queue.empty()) refuse("its action has no task queue");
  for (duration d : {action.workflow_execution_timeout, action.workflow_run_timeout,
                     action.workflow_task_timeout})
    if (d < duration{}) refuse("a timeout of its action is negative");
  if (action.start_delay != duration{}) refuse("its action cannot have a start delay");
  if (!action.cron_schedule.empty()) refuse("its action cannot have a cron schedule of its own");
  if (action.retry_policy.is_set()) validate(action.retry_policy, "the workflow of schedule", id);
  if (step.limits->refuses(byte_size(action.input)))
    throw error{errc::limit_exceeded, "schedule '" + id + "': the input of its action has " +
                                          std::to_string(byte_size(action.input)) + " bytes"};
  schedule_policies& policies = asked.policies;
  if (policies.overlap == schedule_overlap_policy::unspecified)
    policies.overlap = schedule_overlap_policy::skip;
  if (static_cast<int>(policies.overlap) < 0 ||
      policies.overlap > schedule_overlap_policy::allow_all)
    refuse("its overlap policy is unknown");
  if (policies.catchup_window < duration{}) refuse("its catch-up window is negative");
  if (policies.catchup_window == duration{}) policies.catchup_window = default_catchup_window;
  if (policies.catchup_window < least_catchup_window)
    policies.catchup_window = least_catchup_window;
  if (asked.state.remaining_actions < 0) refuse("its number of remaining actions is negative");
  (void)compiled_spec::compile(asked.spec,
                               [&](std::string_view name) { return step.store.find_zone(name); });
}
inline void check_patch(std::string const& id, schedule_patch const& patch) {
  for (schedule_backfill const& each : patch.backfills)
    if (each.end_at < each.start_at)
      throw error{errc::invalid_argument,
                  "schedule '" + id + "': a backfill ends before it starts"};
  if (!patch.pause.empty() && !patch.unpause.empty())
    throw error{errc::invalid_argument,
                "schedule '" + id + "' can be paused or unpaused, not both"};
}

/// Keeps what has become of a schedule, unless it is over.
template <store S>
void keep(step_context<S>& step, schedule_machine<S>& machine, schedule_record& record) {
  if (machine.is_over())
    (void)step.store.drop_schedule(record.id);
  else
    step.store.keep_schedule(std::move(record));
}

/// \throws error (not_found)
template <store S>
[[nodiscard]] auto find_schedule(S& store, std::string_view id) -> schedule_record {
  auto found = store.find_schedule(id);
  if (!found) throw error{errc::not_found, "no schedule '" + std::string{id} + "'"};
  return std::move(*found);
}

/// \throws error (schedule_exists, invalid_argument, bad_time_zone, limit_exceeded)
template <store S>
void create_schedule(step_context<S>& step, create_schedule_request asked) {
  check_schedule(step, asked.id, asked.schedule);
  check_patch(asked.id, asked.patch);
  if (step.store.find_schedule(asked.id))
    throw error{errc::schedule_exists,
                "schedule '" + asked.id + "' exists: update it, or choose another id"};
  schedule_record record{};
  record.id = std::move(asked.id);
  record.schedule = std::move(asked.schedule);
  record.memo = std::move(asked.memo);
  record.search_attributes = std::move(asked.search_attributes);
  record.info.created_at = record.progress.processed_until = step.now;
  schedule_machine<S> machine{step, record};
  machine.patch(asked.patch);
  machine.run();
  step.store.keep_schedule(std::move(record));
}
/// \throws error (not_found, schedule_conflict, invalid_argument, bad_time_zone, limit_exceeded)
template <store S>
void update_schedule(step_context<S>& step, update_schedule_request asked) {
  check_schedule(step, asked.id, asked.schedule);
  schedule_record record = find_schedule(step.store, asked.id);
  if (asked.conflict_token != 0 && asked.conflict_token != record.progress.conflict_token)
    throw error{errc::schedule_conflict,
                "schedule '" + asked.id +
                    "' was changed since it was described: describe it again"};
  if (asked.search_attributes) record.search_attributes = std::move(asked.search_attributes);
  schedule_machine<S> machine{step, record};
  machine.update(std::move(asked.schedule));
  machine.run();
  step.store.keep_schedule(std::move(record));
}
/// \throws error (not_found, invalid_argument)
template <store S>
void patch_schedule(step_context<S>& step, std::string_view id, schedule_patch const& asked) {
  schedule_record record = find_schedule(step.store, id);
  check_patch(record.id, asked);
  schedule_machine<S> machine{step, record};
  (void)machine.take_due();
  machine.patch(asked);
  machine.run();
  keep(step, machine, record);
}
/// What it has started goes on. \throws error (not_found)
template <store S>
void delete_schedule(step_context<S>& step, std::string_view id) {
  if (!step.store.drop_schedule(id)) // though it cannot be read
    throw error{errc::not_found, "no schedule '" + std::string{id} + "'"};
}

/// Its time has come.
template <store S>
void wake_schedule(step_context<S>& step, schedule_record record) {
  schedule_machine<S> machine{step, record};
  machine.run();
  keep(step, machine, record);
}
/// A run that a schedule has started is closed.
template <store S>
void tell_schedule(step_context<S>& step, run_number number) {
  run_state const* const run = step.store.find_run(number);
  if (run == nullptr || run->next != 0) return; // another run goes on
  run_state const* const current = step.store.current_run(run->execution.workflow_id.view());
  if (current != nullptr && current->open() &&
      current->started().first_execution_run_id == run->started().first_execution_run_id)
    return; // it was reset
  std::optional<schedule_record> found;
  try {
    found = step.store.find_schedule(scheduled_by(*run));
  } catch (error const&) {
    // It is damaged, which is no fault of the run: its end counts, and who asks for it learns why.
  }
  if (!found) return; // or it was deleted
  schedule_machine<S> machine{step, *found};
  (void)machine.take_due();
  machine.run_ended(*run);
  machine.run();
  keep(step, machine, *found);
}

} // namespace perdure::inline v0::engine

PERDURE_SELDOM_END
