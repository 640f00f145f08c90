// What an engine needs of the place that keeps its data.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "perdure/engine/deployments.hpp"
#include "perdure/engine/run_state.hpp"
#include "perdure/engine/schedule/schedule_record.hpp"
#include "perdure/engine/schedule/time_zone.hpp"
#include "perdure/history/operations.hpp"

namespace perdure::inline v0::engine {

/// A task that waits for a worker. Stale ones (the run closed, the attempt timed out) are dropped
/// when they are taken: `attempt` and `event` must still be those of the run.
struct queued_task {
  /// start_child is the engine's own: a child that was asked for and has no run yet. It stands in
  /// line with the tasks of its queue, so that a thousand children do not all exist before the
  /// first one ends.
  enum class kind : std::uint8_t { workflow, activity, start_child };
  run_number run{};
  kind what{};
  std::int32_t attempt{};
  event_id event{}; ///< Of an activity: its scheduled event; of a child: its initiated event.
};

/// Keeps runs, timers and task queues for an engine, and nothing else: it never reads what an event
/// means.
///
/// Syntax is checked here; meaning is checked by the conformance suite of backends:
///  1. A run reference is good until the store is told to drop the run.
///  2. Timers come back by deadline, those with equal deadlines in the order in which they were
///  set.
///  3. Tasks come back first in, first out, those pushed to the front before all others; with
///     priorities, in the order of `fair_order`. `pop_start` takes the next start_child alone;
///     `pop_task` takes those too, whatever kinds are wanted.
///  4. No two leases are equal, not even when what happened between them was undone.
///  5. `touch` tells that an activity of a run has changed in a way that history does not show.
///  6. `drop_run` forgets a closed run, its history and its numbers: nothing finds it any more. If
///     it is the current run of its workflow id, that id has none afterwards.
///  7. A schedule that is kept replaces the one with its id; `due_schedule` gives the one that
///  wakes
///     first, at the latest at the given time, and leaves it where it is; `next_deadline` knows of
///     those too. Schedules are listed by id.
///  8. Audit records stay when their run is dropped, and come back in the order they were added.
///  9. `count_pinned` counts open runs that are pinned to a version.
/// Not thread-safe: one caller at a time.
template <class S>
concept store =
    requires(S& s, run_state& run, run_number number, std::string_view text, timer_slot& slot,
             timer_key key, time_point at, std::uint32_t queue, queued_task task, event_id id,
             workflow_execution const& execution, audit_record record, schedule_record schedule,
             std::size_t most, priority const& urgent, deployment_book book,
             worker_deployment_version const& version) {
      { s.create_run() } -> std::same_as<run_state&>;
      { s.find_run(number) } -> std::same_as<run_state*>;
      { s.current_run(text) } -> std::same_as<run_state*>;
      { s.find_execution(execution) } -> std::same_as<run_state*>; // a run id must be given
      { s.set_current_run(run) } -> std::same_as<void>;
      { s.touch(run, id) } -> std::same_as<void>;
      { s.new_lease() } -> std::same_as<task_lease>;
      { s.new_run_id() } -> std::same_as<shared_string>;
      { s.queue_number(text) } -> std::same_as<std::uint32_t>;
      { s.push_task(queue, task, true) } -> std::same_as<void>;
      { s.push_task(queue, task, true, &urgent) } -> std::same_as<void>;
      { s.pop_task(queue, true, true) } -> std::same_as<std::optional<queued_task>>;
      { s.pop_start(queue) } -> std::same_as<std::optional<queued_task>>;
      { s.set_timer(slot, key, at) } -> std::same_as<void>;
      { s.clear_timer(slot) } -> std::same_as<void>;
      { s.next_deadline() } -> std::same_as<std::optional<time_point>>;
      { s.pop_due(at) } -> std::same_as<std::optional<timer_key>>;
      { s.drop_run(run) } -> std::same_as<void>;
      { s.find_zone(text) } -> std::same_as<std::shared_ptr<time_zone const>>; // or throws
      { s.find_schedule(text) } -> std::same_as<std::optional<schedule_record>>;
      { s.keep_schedule(std::move(schedule)) } -> std::same_as<void>;
      { s.drop_schedule(text) } -> std::same_as<bool>; // false: there is none
      { s.due_schedule(at) } -> std::same_as<std::optional<schedule_record>>;
      { s.list_schedules(text, most) } -> std::same_as<std::vector<schedule_record>>; // after an id
      { s.add_audit(std::move(record)) } -> std::same_as<void>;
      { s.deployments() } -> std::same_as<deployment_book const&>;
      { s.keep_deployments(book) } -> std::same_as<void>;
      { s.count_pinned(version) } -> std::same_as<std::size_t>;
      {
        s.read_audit(execution)
      } -> std::same_as<std::vector<audit_record>>; // run id: may be empty
    };

} // namespace perdure::inline v0::engine
