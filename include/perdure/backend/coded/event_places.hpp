// Where the payloads of events and commands live.
#pragma once

#include <span>
#include <string_view>

#include "perdure/backend/coded/payload_coder.hpp"
#include "perdure/backend/coded/run_lineage.hpp"
#include "perdure/history/command.hpp"
#include "perdure/replay/markers.hpp"

namespace perdure::inline v0::detail {

/// The places of one run's payloads. What it refers to must outlive it.
class run_places {
public:
  run_places(std::string_view space, run_lineage const& run) : namespace_{space}, run_{&run} {}

  /// Of what the run writes for itself. Tied to the run.
  [[nodiscard]] auto inside(std::string_view subject, std::string_view id = {}) const
      -> payload_place {
    return {namespace_, run_->workflow_id(), run_->run_id(), subject, id, {}, {},
            0,          run_->other_runs()};
  }
  /// Of what comes from outside of the run, or leaves it. Tied to the workflow id.
  [[nodiscard]] auto across(std::string_view subject, std::string_view id = {}) const
      -> payload_place {
    return {namespace_, run_->workflow_id(), {}, subject, id, {}, {}, 0, run_->other_workflows()};
  }
  /// Of how a workflow ends, this one or another.
  [[nodiscard]] auto ending(std::string_view workflow_id) const -> payload_place {
    return {namespace_, without_schedule_time(workflow_id), {}, "workflow", {}, {}, {}, 0, {}};
  }
  [[nodiscard]] auto of_other(std::string_view workflow_id, std::string_view subject = "workflow",
                              std::string_view id = {}) const -> payload_place {
    return {namespace_, workflow_id, {}, subject, id, {}, {}, 0, {}};
  }
  [[nodiscard]] auto of_activity(event_id scheduled) const -> payload_place {
    return inside("activity", run_->activity(scheduled));
  }

  /// Good as long as the attributes are.
  [[nodiscard]] auto of(event_attributes const& held) const -> payload_place {
    switch (held.type()) {
    case event_type::activity_task_scheduled:
      return inside("activity", held.get<events::activity_task_scheduled>().activity_id);
    case event_type::activity_task_started:
      return of_activity(held.get<events::activity_task_started>().scheduled_event_id);
    case event_type::activity_task_completed:
      return of_activity(held.get<events::activity_task_completed>().scheduled_event_id);
    case event_type::activity_task_failed:
      return of_activity(held.get<events::activity_task_failed>().scheduled_event_id);
    case event_type::activity_task_timed_out:
      return of_activity(held.get<events::activity_task_timed_out>().scheduled_event_id);
    case event_type::activity_task_canceled:
      return of_activity(held.get<events::activity_task_canceled>().scheduled_event_id);
    case event_type::timer_started:
      return inside("timer", held.get<events::timer_started>().timer_id);
    case event_type::marker_recorded: return of_marker(held.get<events::marker_recorded>());
    case event_type::workflow_task_failed: return inside("workflow_task");
    case event_type::nexus_operation_scheduled:
    case event_type::nexus_operation_started:
    case event_type::nexus_operation_completed:
    case event_type::nexus_operation_failed:
    case event_type::nexus_operation_canceled:
    case event_type::nexus_operation_timed_out: return inside("nexus_operation");
    default: return of_outside(held);
    }
  }

private:
  [[nodiscard]] auto of_marker(events::marker_recorded const& marker) const -> payload_place {
    if (marker.marker_name.view() != replay::local_activity_marker_name)
      return inside("marker", marker.marker_name);
    // What Core notes beside the result names the call: its number, id, type and time.
    std::string_view note{};
    if (marker.details)
      if (auto const data = marker.details->find("data");
          data != marker.details->end() && !data->second.empty())
        note = data->second[0].data;
    return inside("local_activity", note);
  }
  [[nodiscard]] auto of_outside(event_attributes const& held) const -> payload_place {
    switch (held.type()) {
    case event_type::workflow_execution_completed:
    case event_type::workflow_execution_failed:
    case event_type::workflow_execution_canceled: return ending(run_->workflow_id());
    case event_type::child_workflow_execution_completed:
      return ending(
          held.get<events::child_workflow_execution_completed>().workflow_execution.workflow_id);
    case event_type::child_workflow_execution_failed:
      return ending(
          held.get<events::child_workflow_execution_failed>().workflow_execution.workflow_id);
    case event_type::child_workflow_execution_canceled:
      return ending(
          held.get<events::child_workflow_execution_canceled>().workflow_execution.workflow_id);
    case event_type::start_child_workflow_execution_initiated:
      return of_other(held.get<events::start_child_workflow_execution_initiated>().workflow_id);
    case event_type::child_workflow_execution_started:
      return of_other(
          held.get<events::child_workflow_execution_started>().workflow_execution.workflow_id);
    case event_type::signal_external_workflow_execution_initiated: {
      auto const& sent = held.get<events::signal_external_workflow_execution_initiated>();
      return of_other(sent.workflow_execution.workflow_id, "signal", sent.signal_name);
    }
    case event_type::workflow_execution_signaled:
      return across("signal", held.get<events::workflow_execution_signaled>().signal_name);
    case event_type::workflow_execution_update_admitted:
      return across("update",
                    held.get<events::workflow_execution_update_admitted>().request.meta.update_id);
    case event_type::workflow_execution_update_accepted:
      return across(
          "update",
          held.get<events::workflow_execution_update_accepted>().accepted_request.meta.update_id);
    case event_type::workflow_execution_update_rejected:
      return across("update",
                    held.get<events::workflow_execution_update_rejected>().protocol_instance_id);
    case event_type::workflow_execution_update_completed:
      return across("update",
                    held.get<events::workflow_execution_update_completed>().meta.update_id);
    default: return across("workflow");
    }
  }

  std::string_view namespace_;
  run_lineage const* run_;
};

/// Sends the payloads of an event or a command through the codecs. What replay itself writes into
/// markers stays as it is.
inline void code_attributes(payload_coder const& coder, event_attributes& held,
                            run_places const& places) {
  bool patch = false;
  bool local = false;
  if (auto const* const marker = held.get_if<events::marker_recorded>()) {
    patch = marker->marker_name.view() == replay::patch_marker_name;
    local = marker->marker_name.view() == replay::local_activity_marker_name;
  }
  if (patch) return;
  payload_place const place = places.of(held);
  change_payloads(held, [&](void* object, object_schema const& schema) {
    coder.code_members(object, schema, place, [local](std::string_view, std::string_view key) {
      return local && key == "data";
    });
  });
}

inline void code_event(payload_coder const& coder, event& each, run_places const& places) {
  if (each.extras && each.extras->user_metadata)
    coder.code(each.extras.make().user_metadata, places.of(each.attributes));
  code_attributes(coder, each.attributes, places);
}

inline void code_command(payload_coder const& coder, command& each, run_places const& places) {
  coder.code(each.user_metadata, places.of(each.attributes));
  code_attributes(coder, each.attributes, places);
}

} // namespace perdure::inline v0::detail
