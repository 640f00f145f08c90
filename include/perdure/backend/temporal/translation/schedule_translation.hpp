// Schedules to and from the messages of WorkflowService.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "perdure/history/schedule.hpp"

namespace temporal::api::schedule::v1 {
class Schedule;
class ScheduleListEntry;
class SchedulePatch;
} // namespace temporal::api::schedule::v1
namespace temporal::api::workflowservice::v1 {
class DescribeScheduleResponse;
} // namespace temporal::api::workflowservice::v1

namespace perdure::inline v0::temporal {

namespace api = ::temporal::api;

/// What is written goes to a message in its default state.
/// \throws error (invalid_argument) for texts that are not UTF-8
void write_schedule(schedule const& from, api::schedule::v1::Schedule& to);
[[nodiscard]] auto read_schedule(api::schedule::v1::Schedule const& from) -> schedule;

void write_patch(schedule_patch const& from, api::schedule::v1::SchedulePatch& to);

/// \throws error (not_supported) for a conflict token that is no number
[[nodiscard]] auto read_description(std::string_view id,
                                    api::workflowservice::v1::DescribeScheduleResponse const& from)
    -> schedule_description;
/// One of a list, which has less: the spec, the workflow type, the note, whether it is paused, the
/// last and the next actions, memo and search attributes.
[[nodiscard]] auto read_description(api::schedule::v1::ScheduleListEntry const& from)
    -> schedule_description;

/// A server's token is eight bytes, the number of changes. 0, which it never is, is no token.
[[nodiscard]] auto conflict_token_bytes(std::int64_t token) -> std::string;
/// \throws error (not_supported) for another number of bytes
[[nodiscard]] auto conflict_token_of(std::string_view bytes) -> std::int64_t;

} // namespace perdure::inline v0::temporal
