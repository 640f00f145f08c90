// Schedules of a Temporal server.
#include <algorithm>
#include <utility>

#include "perdure/backend/random_uuid.hpp"
#include "perdure/backend/temporal/calls/call_errors.hpp"
#include "perdure/backend/temporal/calls/connection.hpp"
#include "perdure/backend/temporal/calls/methods.hpp"
#include "perdure/backend/temporal/client/operator_calls.hpp"
#include "perdure/backend/temporal/translation/part_translation.hpp"
#include "perdure/backend/temporal/translation/schedule_translation.hpp"
#include "perdure/limits.hpp"
#include "temporal/api/workflowservice/v1/service.pb.h"

namespace perdure::inline v0::temporal {

namespace {

namespace service = api::workflowservice::v1;

constexpr std::size_t matching_times_max = 1'000;

[[nodiscard]] auto checked_id(std::string_view id) -> std::string {
  return checked_utf8(id, "the id of the schedule");
}

[[noreturn]] void throw_schedule_refused(char const* what, std::string_view id,
                                         call_failed const& why) {
  std::string const text = std::string{"cannot "} + what + " schedule '" + std::string{id} + "'";
  call_status const& status = why.status();
  if (status.code == status_code::already_exists)
    throw_as(errc::schedule_exists, text + ": update it, or choose another id", why);
  if (says(status, "conflict token"))
    throw_as(errc::schedule_conflict,
             text + ": it was changed since it was described: describe it again", why);
  if (status.code == status_code::invalid_argument && says(status, "time zone"))
    throw_as(errc::bad_time_zone, text, why);
  throw_as(says_closed(status) ? errc::not_found : client_errc_of(status), text, why);
}

/// What embedded backends refuse, and servers may not. \throws error (invalid_argument)
void check_schedule(std::string_view id, schedule const& asked) {
  auto const refuse_if = [&](bool is_wrong, char const* why) {
    if (is_wrong) throw error{errc::invalid_argument, "schedule '" + std::string{id} + "': " + why};
  };
  constexpr std::size_t label_bytes = 21; // "-2024-03-31T02:00:00Z"
  refuse_if(id.empty() || id.size() > limits::id_bytes_max, "its id must have 1 to 1000 bytes");
  start_workflow_request const& action = asked.action;
  refuse_if(action.workflow_id.empty() ||
                action.workflow_id.size() + label_bytes > limits::id_bytes_max,
            "the workflow id of its action must have 1 to 979 bytes: each run's time is added");
  refuse_if(action.workflow_type.empty(), "the workflow type of its action is empty");
  refuse_if(action.task_queue.empty(), "its action has no task queue");
  for (duration const d : {action.workflow_execution_timeout, action.workflow_run_timeout,
                           action.workflow_task_timeout})
    refuse_if(d < duration{}, "a timeout of its action is negative");
  refuse_if(action.start_delay != duration{}, "its action cannot have a start delay");
  refuse_if(!action.cron_schedule.empty(), "its action cannot have a cron schedule of its own");
  refuse_if(static_cast<int>(asked.policies.overlap) < 0 ||
                asked.policies.overlap > schedule_overlap_policy::allow_all,
            "its overlap policy is unknown");
  refuse_if(asked.policies.catchup_window < duration{}, "its catch-up window is negative");
  refuse_if(asked.state.remaining_actions < 0, "its number of remaining actions is negative");
}

void check_patch(std::string_view id, schedule_patch const& patch) {
  for (schedule_backfill const& each : patch.backfills)
    if (each.end_at < each.start_at)
      throw error{errc::invalid_argument,
                  "schedule '" + std::string{id} + "': a backfill ends before it starts"};
  if (!patch.pause.empty() && !patch.unpause.empty())
    throw error{errc::invalid_argument,
                "schedule '" + std::string{id} + "' can be paused or unpaused, not both"};
}

} // namespace

void operator_calls::create_schedule(create_schedule_request const& request) {
  check_schedule(request.id, request.schedule);
  check_patch(request.id, request.patch);
  service::CreateScheduleRequest message;
  message.set_namespace_(self_.namespace_);
  message.set_schedule_id(checked_id(request.id));
  message.set_identity(self_.identity);
  message.set_request_id(random_uuid());
  write_schedule(request.schedule, *message.mutable_schedule());
  write_patch(request.patch, *message.mutable_initial_patch());
  if (request.memo) write_payload_map(*request.memo, *message.mutable_memo()->mutable_fields());
  if (request.search_attributes)
    write_payload_map(*request.search_attributes,
                      *message.mutable_search_attributes()->mutable_indexed_fields());
  try {
    (void)server_->call(temporal::create_schedule, message);
  } catch (call_failed const& why) {
    throw_schedule_refused("create", request.id, why);
  }
}

auto operator_calls::describe_schedule(std::string_view id) -> schedule_description {
  service::DescribeScheduleRequest message;
  message.set_namespace_(self_.namespace_);
  message.set_schedule_id(checked_id(id));
  try {
    return read_description(id, server_->call(temporal::describe_schedule, message));
  } catch (call_failed const& why) {
    throw_schedule_refused("describe", id, why);
  }
}

void operator_calls::update_schedule(update_schedule_request const& request) {
  check_schedule(request.id, request.schedule);
  service::UpdateScheduleRequest message;
  message.set_namespace_(self_.namespace_);
  message.set_schedule_id(checked_id(request.id));
  message.set_identity(self_.identity);
  message.set_request_id(random_uuid());
  message.set_conflict_token(conflict_token_bytes(request.conflict_token));
  write_schedule(request.schedule, *message.mutable_schedule());
  if (request.search_attributes)
    write_payload_map(*request.search_attributes,
                      *message.mutable_search_attributes()->mutable_indexed_fields());
  // Most servers drop a change that is based on another state, and say nothing.
  if (request.conflict_token != 0 &&
      describe_schedule(request.id).conflict_token != request.conflict_token)
    throw error{errc::schedule_conflict,
                "schedule '" + request.id +
                    "' was changed since it was described: describe it again"};
  try {
    (void)server_->call(temporal::update_schedule, message);
  } catch (call_failed const& why) {
    throw_schedule_refused("update", request.id, why);
  }
}

void operator_calls::patch_schedule(std::string_view id, schedule_patch const& patch) {
  check_patch(id, patch);
  service::PatchScheduleRequest message;
  message.set_namespace_(self_.namespace_);
  message.set_schedule_id(checked_id(id));
  message.set_identity(self_.identity);
  message.set_request_id(random_uuid());
  write_patch(patch, *message.mutable_patch());
  try {
    (void)server_->call(temporal::patch_schedule, message);
  } catch (call_failed const& why) {
    throw_schedule_refused("change", id, why);
  }
}

void operator_calls::delete_schedule(std::string_view id) {
  service::DeleteScheduleRequest message;
  message.set_namespace_(self_.namespace_);
  message.set_schedule_id(checked_id(id));
  message.set_identity(self_.identity);
  try {
    (void)server_->call(temporal::delete_schedule, message);
  } catch (call_failed const& why) {
    throw_schedule_refused("delete", id, why);
  }
}

auto operator_calls::list_schedules(schedule_filter const& filter) -> schedule_page {
  if (filter.page_size == 0) throw error{errc::invalid_argument, "list: page_size is 0"};
  service::ListSchedulesRequest message;
  message.set_namespace_(self_.namespace_);
  message.set_maximum_page_size(1'000);
  std::vector<schedule_description> all;
  try {
    do {
      auto told = server_->call(temporal::list_schedules, message);
      for (auto const& each : told.schedules()) {
        bool const matches =
            each.schedule_id().starts_with(filter.id_prefix) &&
            each.schedule_id() > filter.next_page_token && // the last id of the page before
            (filter.workflow_type.empty() ||
             each.info().workflow_type().name() == filter.workflow_type);
        if (matches) all.push_back(read_description(each));
      }
      message.set_next_page_token(std::move(*told.mutable_next_page_token()));
    } while (!message.next_page_token().empty());
  } catch (call_failed const& why) {
    throw_refused("cannot list schedules", why);
  }
  std::sort(all.begin(), all.end(), [](auto const& a, auto const& b) { return a.id < b.id; });
  schedule_page page{};
  if (all.size() > filter.page_size) {
    all.resize(filter.page_size);
    page.next_page_token = all.back().id;
  }
  page.schedules = std::move(all);
  return page;
}

auto operator_calls::list_matching_times(std::string_view id, time_point from, time_point to)
    -> std::vector<time_point> {
  service::ListScheduleMatchingTimesRequest message;
  message.set_namespace_(self_.namespace_);
  message.set_schedule_id(checked_id(id));
  write_time(from, *message.mutable_start_time());
  write_time(to, *message.mutable_end_time());
  try {
    auto const told = server_->call(list_schedule_matching_times, message);
    std::vector<time_point> times;
    for (auto const& each : told.start_time()) {
      if (times.size() == matching_times_max) break;
      times.push_back(read_time(each));
    }
    return times;
  } catch (call_failed const& why) {
    throw_schedule_refused("tell the times of", id, why);
  }
}

} // namespace perdure::inline v0::temporal
