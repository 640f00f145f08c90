// Local activities within a turn of workflow code: what is to be begun, and how each ends.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "perdure/execution/failure_conversion.hpp"
#include "perdure/execution/local_call.hpp"
#include "perdure/workflow/local_retry.hpp"
#include "perdure/workflow/local_work.hpp"
#include "perdure/workflow/run_context.hpp"

namespace perdure::inline v0::detail {

/// Those to be begun now. \pre run.local
template <class Run>
[[nodiscard]] auto take_local_calls(Run& run) -> std::vector<local_call> {
  std::vector<local_call> calls;
  for (local_work& each : run.local->works) {
    if (std::exchange(each.handed_out, true)) continue;
    calls.push_back({each.sequence, each.first_sequence, each.attempt,
                     each.carried ? std::optional{each.original_schedule_time} : std::nullopt,
                     each.cancel_requested, run.machine.at(each.operation).command});
  }
  return calls;
}

/// The marker to be compared with the recorded one: that itself, unless it is of another activity.
template <class Run>
[[nodiscard]] auto command_for(Run const& run, local_work const& work,
                               replay::local_activity_marker const& recorded) -> event_attributes {
  auto mine = marker_of(work, run.machine.at(work.operation), 0);
  if (mine.activity_id == recorded.activity_id && mine.activity_type == recorded.activity_type)
    return recorded.recorded;
  return event_attributes::make(replay::make_local_activity_marker(mine, {}, {}));
}

/// Ends a local activity as its marker says: with an outcome, or with another attempt after a
/// timer.
template <class Run>
void end_local(Run& run, replay::operation_index operation,
               replay::local_activity_marker const& marker) {
  local_work const work = run.local->take(operation);
  run.machine.record_local_activity(operation, command_for(run, work, marker),
                                    marker.complete_time);
  if (marker.backoff) {
    local_work last{};
    last.operation = operation;
    last.first_sequence = work.first_sequence;
    last.original_schedule_time = marker.original_schedule_time.value_or(work.begun);
    local_retry::begin(run, last, marker.attempt + 1, *marker.backoff);
  } else if (run.machine.resolve(operation, marker.recorded)) {
    run.deliver({replay::job::kind::resolve, operation});
  }
}
template <class Run>
void end_local(Run& run, replay::operation_index operation, replay::local_activity_marker marker,
               payloads const& result, indirect<failure> why) {
  marker.recorded =
      event_attributes::make(replay::make_local_activity_marker(marker, result, std::move(why)));
  end_local(run, operation, marker);
}

/// One that others ran has ended.
template <class Run>
void end_local_activity(Run& run, local_work const& work, local_result const& done) {
  auto marker = marker_of(work, run.machine.at(work.operation), ++run.local->round);
  marker.attempt = done.attempt;
  marker.backoff = done.backoff;
  marker.complete_time = work.begun + done.run_time;
  indirect<failure> why{};
  if (done.outcome.what != activity_outcome::kind::completed) why = done.outcome.why;
  end_local(run, work.operation, std::move(marker), done.outcome.result, std::move(why));
}

/// Lets local activities end, round by round, until workflow code waits for something else. A
/// replay gives each result in the round in which it was recorded. `goes_on()`: the code has not
/// ended.
template <class Run, class GoesOn>
void replay_local_activities(Run& run, GoesOn goes_on) {
  while (!run.local->works.empty() && goes_on()) {
    std::uint32_t const round = ++run.local->round;
    bool news = false;
    bool later = false;
    for (replay::local_activity_marker const& marker : run.machine.ahead().local_activities) {
      local_work const* const work = run.local->find_sequence(marker.sequence);
      if (work == nullptr) continue;
      if (marker.activation_index && *marker.activation_index > round) {
        later = true;
        continue;
      }
      end_local(run, work->operation, marker);
      news = true;
    }
    if (!news && !later) return;
    run.drain();
  }
}

/// Calls the functions of side effects, one after the other.
template <class Run, class GoesOn>
void run_side_effects(Run& run, GoesOn goes_on) {
  while (!run.local->works.empty() && goes_on()) {
    local_work* next = nullptr;
    for (local_work& each : run.local->works)
      if (next == nullptr && each.function) next = &each;
    if (next == nullptr) return;
    auto const function = std::move(next->function);
    auto marker = marker_of(*next, run.machine.at(next->operation), ++run.local->round);
    marker.complete_time = run.machine.now();
    payloads result{};
    indirect<failure> why{};
    try {
      result = function->run();
    } catch (no_memory_for_result const&) {
      throw;
    } catch (...) {
      why = failure_of_current_exception();
    }
    end_local(run, next->operation, std::move(marker), result, std::move(why));
    run.drain();
  }
}

} // namespace perdure::inline v0::detail
