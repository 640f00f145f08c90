// The deterministic machine of one run: history and the wishes of workflow code in, commands and
// jobs out. No coroutine, clock, thread or I/O: the same inputs give the same outputs, everywhere.
// This file holds the half that history drives: events confirm commands and resolve operations.
#pragma once

#include "perdure/config.hpp"
#include "perdure/replay/machine_core.hpp"
#if PERDURE_DEFINES
  #include "perdure/replay/job_list.hpp"
#endif

namespace perdure::inline v0::replay {

#if PERDURE_DEFINES
template <class Unused>
void workflow_machine::feed(std::span<event const> events, job_list& jobs) {
  for (std::size_t i = 0; i < events.size(); ++i) {
    event const& e = events[i];
    if (i + 4 < events.size()) events[i + 4].attributes.fetch(128); // of many, they are far away
    if (e.id != last_event_id_ + 1)
      throw error{errc::history_corrupt, "event " + std::to_string(e.id) + " follows event " +
                                             std::to_string(last_event_id_) +
                                             " in history: events are missing or out of order"};
    last_event_id_ = e.id;
    if (is_command_event(e.type)) {
      on_command_event(e);
    } else {
      if (commands_due_ && e.type != event_type::workflow_task_completed) {
        commands_due_ = false;
        expect_no_commands_left();
        queue_.clear();
        head_ = 0;
        block_ = {};
      }
      on_event(e, jobs);
      if (e.type == event_type::workflow_task_completed) block_ = events.subspan(i + 1);
    }
    if (is_close_event(e.type)) closed_ = true;
  }
  if (commands_due_ && closed_) expect_no_commands_left();
}
template <class Unused>
void workflow_machine::on_event(event const& e, job_list& jobs) {
  switch (e.type) {
  case event_type::workflow_execution_started:
    started_ = e.attributes;
    now_ = first_event_time_ = e.time;
    jobs.start = true;
    break;
  case event_type::workflow_task_started:
    task_started_ = e.attributes;
    advance_time(e.time);
    break;
  case event_type::workflow_task_completed:
    commands_due_ = true;
    recorded_.add(e.as<events::workflow_task_completed>());
    break;
  case event_type::workflow_task_failed: {
    auto const& failed = e.as<events::workflow_task_failed>();
    if (failed.cause == workflow_task_failed_cause::reset_workflow && !failed.new_run_id.empty())
      jobs.reseed.push_back(failed.new_run_id);
    break;
  }
  case event_type::workflow_execution_signaled: jobs.signals.push_back(e); break;
  case event_type::workflow_execution_update_admitted: jobs.admitted.push_back(e); break;
  case event_type::workflow_execution_cancel_requested:
    jobs.others.push_back({job::kind::cancel_run, no_operation});
    break;
  case event_type::activity_task_started:
    break; // written when the activity closes; tells code nothing
  case event_type::activity_task_completed:
    close(find(e.as<events::activity_task_completed>().scheduled_event_id, e), e, jobs);
    break;
  case event_type::activity_task_failed:
    close(find(e.as<events::activity_task_failed>().scheduled_event_id, e), e, jobs);
    break;
  case event_type::activity_task_timed_out:
    close(find(e.as<events::activity_task_timed_out>().scheduled_event_id, e), e, jobs);
    break;
  case event_type::activity_task_canceled:
    close(find(e.as<events::activity_task_canceled>().scheduled_event_id, e), e, jobs);
    break;
  case event_type::timer_fired: {
    auto const& fired = e.as<events::timer_fired>();
    operation_index const index = find(fired.started_event_id, e);
    auto const& expected = operations_[index].command.get<events::timer_started>().timer_id;
    if (fired.timer_id != expected)
      diverge(e, "the fired timer has id " + fired.timer_id + ", the workflow's timer has id " +
                     expected);
    close(index, e, jobs);
    break;
  }
  case event_type::start_child_workflow_execution_failed:
    close(find(e.as<events::start_child_workflow_execution_failed>().initiated_event_id, e), e,
          jobs, operation_input::saw_start_failed);
    break;
  case event_type::child_workflow_execution_started:
    close(find(e.as<events::child_workflow_execution_started>().initiated_event_id, e), e, jobs,
          operation_input::saw_started);
    break;
  case event_type::child_workflow_execution_completed:
    close(find(e.as<events::child_workflow_execution_completed>().initiated_event_id, e), e, jobs);
    break;
  case event_type::child_workflow_execution_failed:
    close(find(e.as<events::child_workflow_execution_failed>().initiated_event_id, e), e, jobs);
    break;
  case event_type::child_workflow_execution_canceled:
    close(find(e.as<events::child_workflow_execution_canceled>().initiated_event_id, e), e, jobs);
    break;
  case event_type::child_workflow_execution_timed_out:
    close(find(e.as<events::child_workflow_execution_timed_out>().initiated_event_id, e), e, jobs);
    break;
  case event_type::child_workflow_execution_terminated:
    close(find(e.as<events::child_workflow_execution_terminated>().initiated_event_id, e), e, jobs);
    break;
  case event_type::external_workflow_execution_signaled:
    close(find(e.as<events::external_workflow_execution_signaled>().initiated_event_id, e), e,
          jobs);
    break;
  case event_type::signal_external_workflow_execution_failed:
    close(find(e.as<events::signal_external_workflow_execution_failed>().initiated_event_id, e), e,
          jobs);
    break;
  case event_type::external_workflow_execution_cancel_requested:
    close(find(e.as<events::external_workflow_execution_cancel_requested>().initiated_event_id, e),
          e, jobs);
    break;
  case event_type::request_cancel_external_workflow_execution_failed:
    close(find(e.as<events::request_cancel_external_workflow_execution_failed>().initiated_event_id,
               e),
          e, jobs);
    break;
  case event_type::workflow_task_scheduled:
  case event_type::workflow_task_timed_out:
  case event_type::workflow_execution_timed_out:
  case event_type::workflow_execution_terminated:
  case event_type::workflow_properties_modified_externally:
  case event_type::activity_properties_modified_externally: break;
  default:
    if (e.worker_may_ignore) break;
    throw error{errc::history_corrupt,
                detail::describe_event(e) + " is of a kind that this version cannot replay"};
  }
}
template <class Unused>
void workflow_machine::on_command_event(event const& e) {
  while (head_ < queue_.size() && queue_[head_].dropped) ++head_;
  bool const upsert_of_skipped = std::exchange(skip_upsert_, false) && is_change_version_upsert(e);
  if (upsert_of_skipped || skip_deprecated_patch(e)) return;
  if (head_ == queue_.size())
    diverge(e, "the workflow issued no command for " + detail::describe_event(e));
  pending_command& front = queue_[head_];
  if (expected_event(front) != e.type)
    diverge(&e, front,
            "history and workflow disagree: history holds " + detail::describe_event(e) +
                ", the workflow issued " + detail::describe_command(front));
  match(e, front);
  ++head_;
}
template <class Unused>
void workflow_machine::match(event const& e, pending_command& front) {
  bool const checked = recorded_.has(core_flag::id_and_type_checks);
  auto const unlike = [&](std::string_view was, std::string_view is, std::string_view what) {
    if (checked && was != is)
      diverge(&e, front,
              std::string{what} + " of the recorded event '" + std::string{was} +
                  "' does not match that of the workflow's command '" + std::string{is} + "'");
  };
  bool const own = e.attributes.same(front.attributes);
  switch (e.type) {
  case event_type::activity_task_scheduled:
    if (!own) {
      auto const& was = e.as<events::activity_task_scheduled>();
      auto const& is = front.attributes.get<events::activity_task_scheduled>();
      unlike(was.activity_id, is.activity_id, "activity id");
      unlike(was.activity_type, is.activity_type, "activity type");
    }
    break;
  case event_type::start_child_workflow_execution_initiated:
    if (!own) {
      auto const& was = e.as<events::start_child_workflow_execution_initiated>();
      auto const& is = front.attributes.get<events::start_child_workflow_execution_initiated>();
      unlike(was.workflow_id, is.workflow_id, "child workflow id");
      unlike(was.workflow_type, is.workflow_type, "child workflow type");
    }
    break;
  case event_type::marker_recorded:
    if (!own && !same_marker(e.as<events::marker_recorded>(),
                             front.attributes.get<events::marker_recorded>(), checked))
      diverge(&e, front, "the recorded marker is not the one that the workflow asked for");
    break;
  case event_type::workflow_execution_update_accepted:
  case event_type::workflow_execution_update_completed:
    if (!detail::alike(e, front))
      diverge(&e, front, "history and workflow go on with two different updates");
    break;
  case event_type::activity_task_cancel_requested: {
    auto const id = e.as<events::activity_task_cancel_requested>().scheduled_event_id;
    if (id != front.attributes.get<events::activity_task_cancel_requested>().scheduled_event_id)
      diverge(&e, front, "history and workflow cancel two different activities");
    operation_index const index = find(id, e);
    (void)step(operations_[index].kind, operations_[index].state,
               operation_input::saw_cancel_event);
    break;
  }
  case event_type::timer_canceled: {
    auto const id = e.as<events::timer_canceled>().started_event_id;
    if (id != front.attributes.get<events::timer_canceled>().started_event_id)
      diverge(&e, front, "history and workflow cancel two different timers");
    operation_index const index = find(id, e);
    operation& op = operations_[index];
    if (step(op.kind, op.state, operation_input::saw_cancel_event) == operation_output::refused)
      diverge(e, "history cancels a timer that the workflow did not cancel");
    by_event_.erase(op.command_event_id);
    if (op.released) free(index);
    break;
  }
  default: break;
  }
  if (front.operation == no_operation) return;
  operation& op = operations_[front.operation];
  if (step(op.kind, op.state, operation_input::saw_command_event) == operation_output::refused)
    diverge(&e, front, "history confirms a command twice");
  op.command_event_id = e.id;
  by_event_.insert(e.id, front.operation);
}
template <class Unused>
void workflow_machine::close(operation_index index, event const& e, job_list& jobs,
                             operation_input input) {
  operation& op = operations_[index];
  switch (step(op.kind, op.state, input)) {
  case operation_output::refused:
    diverge(e, detail::describe_event(e) + " does not fit what the workflow's operation " +
                   std::to_string(op.sequence) + " is waiting for");
  case operation_output::resolve:
    op.closed_by = e.type;
    op.outcome = e.attributes;
    op.resolved = true;
    jobs.others.push_back({job::kind::resolve, index});
    break;
  case operation_output::started:
    op.start = e.attributes;
    jobs.others.push_back({job::kind::started, index});
    break;
  default: break;
  }
  if (op.state != operation_state::closed) return;
  by_event_.erase(op.command_event_id);
  if (op.released) {
    // A job for it may be queued: nobody waits for it, so it must not outlive its place.
    while (!jobs.others.empty() && jobs.others.back().operation == index) jobs.others.pop_back();
    free(index);
  }
}
template <class Unused>
void workflow_machine::issue_cancel(operation_index index, std::source_location source) {
  operation const& op = operations_[index];
  switch (op.kind) {
  case operation_kind::activity:
    enqueue(command_type::request_cancel_activity_task,
            event_attributes::make(
                events::activity_task_cancel_requested{.scheduled_event_id = op.command_event_id}),
            no_operation, source);
    break;
  case operation_kind::timer:
    enqueue(command_type::cancel_timer,
            event_attributes::make(
                events::timer_canceled{.timer_id = op.command.get<events::timer_started>().timer_id,
                                       .started_event_id = op.command_event_id}),
            no_operation, source);
    break;
  case operation_kind::child_workflow: {
    auto const& child = op.command.get<events::start_child_workflow_execution_initiated>();
    events::request_cancel_external_workflow_execution_initiated request{};
    request.workflow_execution.workflow_id = child.workflow_id;
    if (op.start)
      request.workflow_execution.run_id =
          op.start.get<events::child_workflow_execution_started>().workflow_execution.run_id;
    request.child_workflow_only = true;
    operation_index const cancel = allocate();
    operation& made =
        operations_[cancel]; // `op` and `child` may be gone: allocate() can move operations
    made.kind = operation_kind::cancel_external;
    made.released = true;
    made.source = source;
    made.command = event_attributes::make(std::move(request));
    made.queue_slot = static_cast<std::uint32_t>(queue_.size());
    enqueue(command_type::request_cancel_external_workflow_execution, made.command, cancel, source);
    break;
  }
  default: break;
  }
}
template <class Unused>
auto workflow_machine::patched(std::string_view id, bool deprecated, std::source_location source)
    -> bool {
  for (auto const& [known, answer] : patches_)
    if (known == id) return answer;
  bool const present = has_patch(id);
  patches_.emplace_back(std::string{id}, present);
  if (!present) return false;
  // A marker of an earlier task has no command in this one: it was passed over, deprecated.
  bool recorded_now = !ahead_.replaying;
  for (patch_marker const& marker : ahead_.patches) recorded_now = recorded_now || marker.id == id;
  if (!recorded_now) return true;
  record(command_type::record_marker,
         event_attributes::make(make_patch_marker({std::string{id}, deprecated})), source);
  if (!flags_.has(core_flag::upsert_attribute_on_patch)) return true;
  std::vector<std::string> all;
  for (auto const& [known, answer] : patches_)
    if (answer) all.push_back(known);
  if (auto upsert = make_change_version_upsert(std::move(all)))
    record(command_type::upsert_workflow_search_attributes,
           event_attributes::make(std::move(*upsert)), source);
  return true;
}
template <class Unused>
void workflow_machine::end_turn() {
  auto const terminal = [](pending_command const& c) {
    return is_close_event(event_type_of(c.type));
  };
  std::size_t first = head_;
  while (first < queue_.size() && !terminal(queue_[first])) ++first;
  if (first == queue_.size()) return;
  pending_command last = std::move(queue_[first]);
  if (flags_.has(core_flag::move_terminal_commands)) {
    std::size_t kept = first;
    for (std::size_t i = first + 1; i < queue_.size(); ++i)
      if (!terminal(queue_[i])) queue_[kept++] = std::move(queue_[i]);
    queue_.resize(kept + 1);
    queue_[kept] = std::move(last);
  } else {
    queue_.resize(first + 1);
    queue_[first] = std::move(last);
  }
}
template <class Unused>
auto workflow_machine::skip_deprecated_patch(event const& e) -> bool {
  if (e.type != event_type::marker_recorded) return false;
  auto const& marker = e.as<events::marker_recorded>();
  if (marker.marker_name != patch_marker_name) return false;
  auto const recorded = parse_patch_marker(marker);
  if (!recorded.deprecated) return false;
  if (head_ < queue_.size() && queue_[head_].type == command_type::record_marker &&
      same_marker(marker, queue_[head_].attributes.get<events::marker_recorded>()))
    return false;
  skip_upsert_ = true;
  return true;
}
template <class Unused>
auto workflow_machine::find(event_id command_event, event const& e) const -> operation_index {
  operation_index const index = by_event_.find(command_event);
  if (index == event_index::none)
    throw error{errc::history_corrupt, detail::describe_event(e) + " refers to event " +
                                           std::to_string(command_event) +
                                           ", which began no open operation"};
  return index;
}
template <class Unused>
void workflow_machine::diverge(event const* e, pending_command const& front,
                               std::string_view why) const {
  (void)front;
  std::span<event const> recorded = block_;
  std::size_t length = 0;
  while (length < recorded.size() && is_command_event(recorded[length].type)) ++length;
  std::vector<pending_command> current;
  for (pending_command const& each : queue_)
    if (!each.dropped) current.push_back(each);
  throw nondeterminism_error{{std::string{why}, e == nullptr ? last_event_id_ : e->id,
                              align_commands(recorded.first(length), current)}};
}
template <class Unused>
void workflow_machine::diverge(event const& e, std::string_view why) const {
  diverge(&e, {}, why);
}
  #ifdef PERDURE_SOURCE
template void workflow_machine::feed<void>(std::span<event const> events, job_list& jobs);
template void workflow_machine::on_event<void>(event const& e, job_list& jobs);
template void workflow_machine::on_command_event<void>(event const& e);
template void workflow_machine::match<void>(event const& e, pending_command& front);
template void workflow_machine::close<void>(operation_index index, event const& e, job_list& jobs,
                                            operation_input input);
template void workflow_machine::issue_cancel<void>(operation_index index,
                                                   std::source_location source);
template auto workflow_machine::patched<void>(std::string_view id, bool deprecated,
                                              std::source_location source) -> bool;
template void workflow_machine::end_turn<void>();
template auto workflow_machine::skip_deprecated_patch<void>(event const& e) -> bool;
template auto workflow_machine::find<void>(event_id command_event, event const& e) const
    -> operation_index;
template void workflow_machine::diverge<void>(event const* e, pending_command const& front,
                                              std::string_view why) const;
template void workflow_machine::diverge<void>(event const& e, std::string_view why) const;
  #endif
#endif

} // namespace perdure::inline v0::replay
