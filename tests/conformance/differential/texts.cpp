#include "conformance/differential/texts.hpp"

#include "support/virtual_world.hpp"

#include <cctype>
#include <utility>

namespace perdure_test::conformance {

namespace {

[[nodiscard]] auto is_uuid(std::string_view text) -> bool {
  for (std::size_t i = 0; i < 36; ++i) {
    bool const dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : std::isxdigit(static_cast<unsigned char>(text[i])) == 0)
      return false;
  }
  return true;
}
} // namespace

auto text_of(perdure::workflow_execution const& run) -> std::string {
  return run.workflow_id.str() + (run.run_id.empty() ? "" : "@" + run.run_id.str());
}
auto text_of(perdure::workflow_task const& task) -> std::string {
  std::string text = "task of " + text_of(task.execution) + " " +
                     std::to_string(task.token.scheduled_event_id) + "/" +
                     std::to_string(task.token.started_event_id) + " attempt " +
                     std::to_string(task.token.attempt);
  for (auto const& each : task.updates)
    text += " update " + each.id.str() + "@" + std::to_string(each.sequencing_event_id) + " " +
            each.request.input.name.str();
  return text;
}
auto text_of(perdure::update_status const& status) -> std::string {
  std::string text =
      text_of(status.execution) + " stage " + std::to_string(static_cast<int>(status.stage));
  for (auto const& each : status.outcome.success) text += " " + each.data;
  return text + (status.outcome.failure ? " " + status.outcome.failure->message : "");
}
auto text_of(perdure::activity_task const& task) -> std::string {
  std::string text = "attempt " + std::to_string(task.token.attempt) + " of " +
                     std::to_string(task.token.scheduled_event_id) + " of " +
                     text_of(task.execution) + " details";
  for (auto const& each : task.heartbeat_details) text += " " + each.data;
  return text + " queued " + std::to_string(since_start(task.attempt_scheduled_time).count());
}
auto text_of(perdure::workflow_description const& d) -> std::string {
  std::string text =
      text_of(d.execution) + " " + d.workflow_type + " " + d.task_queue + " status " +
      std::to_string(static_cast<int>(d.status)) + " from " +
      std::to_string(d.start_time.time_since_epoch().count()) + " to " +
      std::to_string(d.close_time.time_since_epoch().count()) + " events " +
      std::to_string(d.history_length) + " bytes " + std::to_string(d.history_size_bytes) +
      " parent " + text_of(d.parent) + " task attempt " + std::to_string(d.workflow_task_attempt) +
      " (" + d.workflow_task_failure + ") children " + std::to_string(d.pending_children_count) +
      " timers " + std::to_string(d.pending_timers_count) + " updates " +
      std::to_string(d.pending_updates_count) + " activities";
  for (auto const& each : d.pending_activities)
    text += " " + each.activity_id + "#" + std::to_string(each.attempt) +
            (each.started ? "+" : "-") + "(" + each.last_failure + ")";
  return text;
}
auto text_of(std::vector<perdure::event> events) -> std::string {
  perdure::history seen{};
  seen.events = std::move(events);
  return seen.to_json();
}

auto run_names::normalise(std::string_view text) -> std::string {
  std::string named;
  for (std::size_t i = 0; i < text.size();) {
    if (text.size() - i < 36 || !is_uuid(text.substr(i, 36))) {
      named += text[i++];
      continue;
    }
    auto const id = text.substr(i, 36);
    auto known = names_.find(id);
    if (known == names_.end())
      known = names_.emplace(id, "run" + std::to_string(names_.size() + 1)).first;
    named += known->second;
    i += 36;
  }
  return named;
}

} // namespace perdure_test::conformance
