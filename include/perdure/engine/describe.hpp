// Runs from the outside.
#pragma once

#include <string>

#include "perdure/config.hpp"
#include "perdure/engine/run_state.hpp"
#include "perdure/history/describe.hpp"
#include "perdure/history/metadata_text.hpp"
#include "perdure/history/requests.hpp"

PERDURE_SELDOM_BEGIN

namespace perdure::inline v0::engine {

/// What people were told of an event; null if nothing was.
[[nodiscard]] inline auto metadata_in(event const& e) -> user_metadata const* {
  return e.extras ? e.extras->user_metadata.get() : nullptr;
}
[[nodiscard]] inline auto summary_of(event const& e) -> std::string {
  auto const* const metadata = metadata_in(e);
  return metadata == nullptr ? std::string{} : text_of(metadata->summary);
}

[[nodiscard]] inline auto describe(run_state& run) -> workflow_description {
  workflow_description d{};
  d.execution = run.execution;
  d.workflow_type = run.workflow_type.str();
  d.task_queue = run.started().task_queue.name.str();
  d.status = run.status;
  d.start_time = run.start_time;
  d.close_time = run.close_time;
  d.history_length = run.next_event_id() - 1;
  d.history_size_bytes = run.history_size_bytes;
  d.parent = run.started().parent_workflow_execution;
  d.memo = named_values{run.memo};
  d.search_attributes = named_values{run.search_attributes};
  if (auto const* const metadata = metadata_in(run.history.front())) {
    d.static_summary = text_of(metadata->summary);
    d.static_details = text_of(metadata->details);
    d.recorded_metadata = run.history.front().extras->user_metadata;
  }
  if (run.version) {
    d.versioning_behavior = run.version->behavior;
    d.deployment_name = run.version->on.deployment_name.str();
    d.build_id = run.version->on.build_id.str();
  }
  if (!run.open()) return d;
  d.workflow_task_attempt = run.live->task.attempt;
  d.workflow_task_failure = run.live->task.last_failure;
  for (event_id const id : run.live->activities.ids()) {
    activity_state const& activity = *run.live->activities.find(id);
    if (activity.now == activity_state::phase::closed) continue; // its end waits in the inbox
    auto const& asked = activity.scheduled.get<events::activity_task_scheduled>();
    event const& recorded = run.history[static_cast<std::size_t>(id - 1)];
    auto const* const metadata = metadata_in(recorded);
    d.pending_activities.push_back(
        {asked.activity_id, asked.activity_type.str(), activity.attempt,
         activity.now == activity_state::phase::started,
         activity.last_failure ? perdure::describe(*activity.last_failure) : std::string{},
         summary_of(recorded), activity.last_failure,
         metadata == nullptr ? indirect<payload>{} : metadata->summary});
  }
  d.pending_children_count = run.live->children.size();
  d.pending_timers_count = run.live->timers.size();
  if (run.live->messages) d.pending_updates_count = run.live->messages->pending.size();
  return d;
}

/// Why an open run can go no further when nothing is ready and no timer is set.
[[nodiscard]] inline auto explain_stall(run_state& run) -> std::string {
  live_state& live = *run.live;
  std::string why = "workflow '" + run.execution.workflow_id.str() +
                    "' can go no further: nothing is ready and no timer is set";
  if (is_paused(run))
    why += "; it is paused";
  else if (live.task.now == task_state::phase::scheduled)
    why += "; its workflow task waits in queue '" + run.started().task_queue.name.str() +
           "', which no started worker polls" +
           (run.version ? " (it is on build '" + run.version->on.build_id.str() +
                              "' of deployment '" + run.version->on.deployment_name.str() + "')"
                        : "");
  live.activities.for_each([&](event_id, activity_state const& activity) {
    auto const& asked = activity.scheduled.get<events::activity_task_scheduled>();
    if (activity.now == activity_state::phase::scheduled)
      why += "; activity '" + asked.activity_type.str() + "' waits in queue '" +
             asked.task_queue.name.str() + "'";
  });
  if (live.children.size() != 0)
    why += "; " + std::to_string(live.children.size()) + " child workflows are open";
  if (live.task.now == task_state::phase::none)
    why += "; its code waits for something that nobody sends (a signal?)";
  return why;
}

} // namespace perdure::inline v0::engine

PERDURE_SELDOM_END
