// Starts that clients ask for: alone, with a signal, or with an update.
#pragma once

#include <string>
#include <utility>

#include "perdure/engine/closing.hpp"
#include "perdure/engine/run_attributes.hpp"
#include "perdure/error.hpp"
#include "perdure/history/message_requests.hpp"

namespace perdure::inline v0::engine {

/// \throws error (invalid_argument)
inline void check_start(start_workflow_request const& request, engine_limits const& bounds) {
  auto const reject = [](std::string const& why) {
    throw error{errc::invalid_argument, "start_workflow: " + why};
  };
  if (request.workflow_id.empty() || request.workflow_id.size() > limits::id_bytes_max)
    reject("the workflow id must have 1 to 1000 bytes");
  if (request.workflow_type.empty()) reject("the workflow type is empty");
  if (request.task_queue.empty()) reject("set .task_queue to the queue that a worker polls");
  for (duration d : {request.workflow_execution_timeout, request.workflow_run_timeout,
                     request.workflow_task_timeout, request.start_delay})
    if (d < duration{}) reject("a timeout or delay is negative");
  if (request.start_delay > duration{} && !request.cron_schedule.empty())
    reject("a start delay and a cron schedule cannot be used together");
  if (request.retry_policy.is_set())
    validate(request.retry_policy, "workflow", request.workflow_id.view());
  check_attributes(bounds, request.search_attributes);
}

/// What a start does to a run of its workflow id that is there. \throws error (already_started)
[[nodiscard]] inline auto judge_start(run_state const* current,
                                      start_workflow_request const& request) -> id_verdict {
  if (current != nullptr && !request.request_id.empty() &&
      current->request_id == request.request_id)
    return id_verdict::use_existing;
  id_verdict const verdict = judge_id(current, request.id_reuse_policy, request.id_conflict_policy);
  if (verdict == id_verdict::taken)
    throw error{errc::already_started,
                "workflow '" + request.workflow_id.str() + "' " +
                    (current->open() ? "is running" : "has run before") + " (run " +
                    current->execution.run_id.str() +
                    "): choose another id, or set .id_conflict_policy or .id_reuse_policy"};
  return verdict;
}

/// Begins a run in the place of the current one, if there is one; see `begin_run`.
template <store S>
auto begin_requested(step_context<S>& step, run_state* current, id_verdict verdict,
                     start_workflow_request const& request, event_attributes then = {})
    -> run_state& {
  if (verdict == id_verdict::terminate_existing)
    terminate_run(step, *current, "replaced by a new run with its id", request.identity);
  auto started = first_event(request, step.now);
  wait_for_cron(step.store, started, step.now);
  run_state& run = begin_run(step, request.workflow_id, step.store.new_run_id(), std::move(started),
                             current == nullptr ? 0 : current->number, false, std::move(then));
  run.request_id = request.request_id;
  if (request.user_metadata)
    run.history.edit(0).extras.make().user_metadata = request.user_metadata;
  return run;
}

/// \throws error (already_started, invalid_argument)
template <store S>
auto start_workflow(step_context<S>& step, start_workflow_request const& request)
    -> start_workflow_result {
  check_start(request, *step.limits);
  refuse_large(*step.limits, "the input of the workflow", request.input);
  run_state* const current = step.store.current_run(request.workflow_id.view());
  id_verdict const verdict = judge_start(current, request);
  if (verdict == id_verdict::use_existing) return {current->execution, false};
  return {begin_requested(step, current, verdict, request).execution, true};
}

/// The open run gets the signal; without one a run begins with it.
/// \throws error (already_started: the policies forbid another run; invalid_argument)
template <store S>
auto signal_with_start(step_context<S>& step, signal_with_start_request const& request)
    -> start_workflow_result {
  start_workflow_request const& start = request.start;
  check_start(start, *step.limits);
  if (start.id_conflict_policy == workflow_id_conflict_policy::fail)
    throw error{errc::invalid_argument,
                "signal_with_start: a run that is there gets the signal: the conflict policy "
                "'fail' has no meaning"};
  refuse_large(*step.limits, "the input of the workflow", start.input);
  refuse_large(*step.limits, "the input of the signal", request.signal_input);
  run_state* const current = step.store.current_run(start.workflow_id.view());
  bool const replaces =
      start.id_conflict_policy == workflow_id_conflict_policy::terminate_existing ||
      start.id_reuse_policy == workflow_id_reuse_policy::terminate_if_running;
  bool const there = current != nullptr && current->open() && !replaces;
  // The same request once more: its signal was taken in, too.
  if (current != nullptr && !start.request_id.empty() && current->request_id == start.request_id)
    return {current->execution, false};
  events::workflow_execution_signaled signaled{};
  signaled.signal_name = request.signal_name;
  signaled.input = request.signal_input;
  signaled.identity = start.identity;
  signaled.header = start.header;
  auto what = event_attributes::make(std::move(signaled));
  if (there) {
    take_in(step, *current, {{}, std::move(what)});
    return {current->execution, false};
  }
  id_verdict const verdict = judge_start(current, start);
  return {begin_requested(step, current, verdict, start, std::move(what)).execution, true};
}

/// Where an update was admitted that came with a start.
struct started_update {
  start_workflow_result start{};
  run_number run{};
};

/// The start and the update, or neither. An update that the current run knows is that one.
/// \throws error (already_started, invalid_argument, limit_exceeded; already_closed: the policies
///         lead to a run that is over)
template <store S>
auto update_with_start(step_context<S>& step, update_with_start_request const& request)
    -> started_update {
  check_start(request.start, *step.limits);
  check_update(request.update);
  refuse_large(*step.limits, "the input of the workflow", request.start.input);
  run_state* const current = step.store.current_run(request.start.workflow_id.view());
  if (current != nullptr && knows_update(*current, request.update.meta.update_id.view()))
    return {{current->execution, false}, current->number};
  id_verdict const verdict = judge_start(current, request.start);
  if (verdict == id_verdict::use_existing) {
    if (!current->open())
      throw error{errc::already_closed, "cannot update workflow '" +
                                            request.start.workflow_id.str() + "': its run " +
                                            current->execution.run_id.str() + " is over"};
    check_room(*step.limits, *current, request.update);
    admit_update(step, *current, request.update);
    return {{current->execution, false}, current->number};
  }
  refuse_large(*step.limits, "the input of the update", request.update.input.args);
  run_state& run = begin_requested(step, current, verdict, request.start);
  admit_update(step, run, request.update);
  return {{run.execution, true}, run.number};
}

} // namespace perdure::inline v0::engine
