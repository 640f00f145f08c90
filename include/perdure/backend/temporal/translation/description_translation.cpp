#include "perdure/backend/temporal/translation/description_translation.hpp"

#include <string>
#include <utility>
#include <vector>

#include "perdure/backend/temporal/translation/part_translation.hpp"
#include "perdure/backend/temporal/translation/request_translation.hpp"
#include "perdure/history/describe.hpp"
#include "perdure/history/metadata_text.hpp"
#include "temporal/api/workflowservice/v1/service.pb.h"

namespace perdure::inline v0::temporal {

namespace {

/// What the server says in a search attribute of its own about a run whose tasks keep failing.
[[nodiscard]] auto problems_of(named_values const& attributes) -> std::string {
  static constexpr search_attribute<keyword_list> problems{"TemporalReportedProblems"};
  std::string text;
  for (auto const& each : attributes.get(problems).value_or(std::vector<std::string>{}))
    text += (text.empty() ? "" : ", ") + each;
  return text;
}

[[nodiscard]] auto read_pending(api::workflow::v1::PendingActivityInfo const& from)
    -> workflow_description::pending_activity {
  workflow_description::pending_activity made{};
  made.activity_id = from.activity_id();
  made.activity_type = from.activity_type().name();
  made.attempt = from.attempt();
  made.started = from.state() == api::enums::v1::PENDING_ACTIVITY_STATE_STARTED ||
                 from.state() == api::enums::v1::PENDING_ACTIVITY_STATE_CANCEL_REQUESTED ||
                 from.state() == api::enums::v1::PENDING_ACTIVITY_STATE_PAUSE_REQUESTED;
  if (from.has_last_failure()) {
    failure why = read_failure(from.last_failure());
    made.last_failure = describe(why);
    made.recorded_failure = std::move(why);
  }
  return made;
}

} // namespace

auto read_description(api::workflow::v1::WorkflowExecutionInfo const& from)
    -> workflow_description {
  workflow_description made{};
  made.execution = read_execution(from.execution());
  made.workflow_type = from.type().name();
  made.task_queue = from.task_queue();
  made.status = static_cast<workflow_execution_status>(from.status());
  made.start_time = read_time(from.start_time());
  if (from.has_close_time()) made.close_time = read_time(from.close_time());
  made.history_length = from.history_length();
  made.history_size_bytes = from.history_size_bytes();
  made.parent = read_execution(from.parent_execution());
  if (from.memo().fields_size() != 0)
    made.memo = named_values{read_payload_map(from.memo().fields())};
  if (from.search_attributes().indexed_fields_size() != 0)
    made.search_attributes =
        named_values{read_payload_map(from.search_attributes().indexed_fields())};
  auto const& versioning = from.versioning_info();
  made.versioning_behavior = static_cast<versioning_behavior>(versioning.behavior());
  made.deployment_name = versioning.deployment_version().deployment_name();
  made.build_id = versioning.deployment_version().build_id();
  return made;
}

auto read_description(api::workflowservice::v1::DescribeWorkflowExecutionResponse const& from)
    -> workflow_description {
  workflow_description made = read_description(from.workflow_execution_info());
  if (from.execution_config().has_user_metadata()) {
    user_metadata said = read_user_metadata(from.execution_config().user_metadata());
    made.static_summary = text_of(said.summary);
    made.static_details = text_of(said.details);
    made.recorded_metadata = std::move(said);
  }
  if (from.has_pending_workflow_task()) {
    made.workflow_task_attempt = from.pending_workflow_task().attempt();
    if (made.workflow_task_attempt > 1)
      made.workflow_task_failure = problems_of(made.search_attributes);
  }
  for (auto const& each : from.pending_activities())
    made.pending_activities.push_back(read_pending(each));
  made.pending_children_count = static_cast<std::size_t>(from.pending_children_size());
  return made;
}

} // namespace perdure::inline v0::temporal
