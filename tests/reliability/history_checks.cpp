#include "history_checks.hpp"

#include "durable_workflows.hpp"

namespace reliability {
namespace {

using perdure::event_type;

auto is_end(event_type type) -> bool {
  switch (type) {
  case event_type::workflow_execution_completed:
  case event_type::workflow_execution_failed:
  case event_type::workflow_execution_timed_out:
  case event_type::workflow_execution_canceled:
  case event_type::workflow_execution_terminated:
  case event_type::workflow_execution_continued_as_new: return true;
  default: return false;
  }
}

/// What an event ends, if it ends an operation: the event that began it. 0 if none.
auto ended_by(perdure::event const& e) -> perdure::event_id {
  namespace ev = perdure::events;
  auto const& a = e.attributes;
  if (auto const* x = a.get_if<ev::activity_task_completed>()) return x->scheduled_event_id;
  if (auto const* x = a.get_if<ev::activity_task_failed>()) return x->scheduled_event_id;
  if (auto const* x = a.get_if<ev::activity_task_timed_out>()) return x->scheduled_event_id;
  if (auto const* x = a.get_if<ev::activity_task_canceled>()) return x->scheduled_event_id;
  if (auto const* x = a.get_if<ev::timer_fired>()) return x->started_event_id;
  if (auto const* x = a.get_if<ev::timer_canceled>()) return x->started_event_id;
  if (auto const* x = a.get_if<ev::child_workflow_execution_completed>())
    return x->initiated_event_id;
  if (auto const* x = a.get_if<ev::child_workflow_execution_failed>()) return x->initiated_event_id;
  if (auto const* x = a.get_if<ev::child_workflow_execution_canceled>())
    return x->initiated_event_id;
  return 0;
}
auto begins_operation(event_type type) -> bool {
  return type == event_type::activity_task_scheduled || type == event_type::timer_started ||
         type == event_type::start_child_workflow_execution_initiated;
}

/// One event after the other, for `wrong_with`.
auto wrong_with_events(perdure::history const& run) -> std::string {
  std::set<perdure::event_id> open;
  for (std::size_t i = 0; i < run.events.size(); ++i) {
    perdure::event const& e = run.events[i];
    std::string const where = "event " + std::to_string(e.id) + ": ";
    if (e.id != static_cast<perdure::event_id>(i) + 1) return where + "ids are not dense";
    if (is_end(e.type) && i + 1 != run.events.size()) return where + "events after the end";
    if (begins_operation(e.type)) open.insert(e.id);
    perdure::event_id const ended = ended_by(e);
    if (ended != 0 && open.erase(ended) == 0)
      return where + std::string{perdure::name_of(e.type)} + " ends event " +
             std::to_string(ended) + ", which is not open";
  }
  return {};
}

} // namespace

auto end_of(perdure::history const& run) -> std::string {
  namespace ev = perdure::events;
  if (run.events.empty() || !is_end(run.events.back().type)) return {};
  auto const& last = run.events.back().attributes;
  if (auto const* x = last.get_if<ev::workflow_execution_completed>())
    return "=" + (x->result.empty() ? "" : x->result.begin()->data);
  if (auto const* x = last.get_if<ev::workflow_execution_failed>())
    return "failed: " + (x->failure ? x->failure->message : std::string{});
  if (last.type() == event_type::workflow_execution_canceled) return "cancelled";
  return std::string{perdure::name_of(last.type())};
}

auto wrong_with(perdure::history const& run) -> std::string {
  if (run.events.empty()) return "no events";
  std::string wrong = wrong_with_events(run);
  if (!wrong.empty()) return wrong;
  perdure::replayer replayer;
  replayer.add<carry_out>();
  return replayer.replay(run).problem;
}

auto lost_between(survey const& before, survey const& after) -> std::string {
  for (auto const& [id, old] : before) {
    auto const found = after.find(id);
    if (found == after.end()) return "run " + id + " is gone";
    auto const& now = found->second.events;
    if (now.size() < old.events.size()) return "run " + id + " has lost events";
    for (std::size_t i = 0; i < old.events.size(); ++i)
      if (!(now[i] == old.events[i]))
        return "run " + id + ": event " + std::to_string(i + 1) + " was changed";
  }
  return {};
}

auto activities_of(survey const& all) -> activity_sets {
  activity_sets sets;
  for (auto const& [id, run] : all) {
    std::map<perdure::event_id, std::string> names;
    for (perdure::event const& e : run.events) {
      if (auto const* x = e.attributes.get_if<perdure::events::activity_task_scheduled>())
        sets.scheduled.insert(names[e.id] = id + " " + x->activity_id);
      else if (auto const found = names.find(ended_by(e)); found != names.end())
        sets.ended.insert(found->second);
    }
  }
  return sets;
}

auto has_event(survey const& all, std::string const& workflow_id, event_type type) -> bool {
  for (auto const& [id, run] : all)
    for (perdure::event const& e : run.events)
      if (run.workflow_id == workflow_id && e.type == type) return true;
  return false;
}

auto signals_of(survey const& all, std::string const& workflow_id) -> std::map<std::string, int> {
  std::map<std::string, int> found;
  for (auto const& [id, run] : all)
    for (perdure::event const& e : run.events)
      if (auto const* x = e.attributes.get_if<perdure::events::workflow_execution_signaled>();
          x != nullptr && run.workflow_id == workflow_id)
        ++found[x->input.empty() ? "" : x->input.begin()->data];
  return found;
}

} // namespace reliability
