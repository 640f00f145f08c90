#include "perdure/backend/temporal/calls/call_errors.hpp"

#include <utility>

#include "perdure/backend/temporal/calls/methods.hpp"
#include "perdure/backend/temporal/translation/event_translation.hpp"
#include "temporal/api/errordetails/v1/message.pb.h"
#include "temporal/api/perdure/rpc/status.pb.h"

namespace perdure::inline v0::temporal {

namespace {

namespace details = api::errordetails::v1;

/// The first detail of that type.
template <class Message>
[[nodiscard]] auto find_detail(call_status const& status) -> std::optional<Message> {
  ::temporal::api::perdure::rpc::Status told;
  if (!told.ParseFromString(status.details)) return std::nullopt;
  for (auto const& each : told.details())
    if (Message found; each.UnpackTo(&found)) return found;
  return std::nullopt;
}

} // namespace

auto run_in_the_way_of(call_status const& status) -> std::optional<run_in_the_way> {
  auto const found = find_detail<details::WorkflowExecutionAlreadyStartedFailure>(status);
  if (!found) return std::nullopt;
  return run_in_the_way{found->run_id(), found->start_request_id()};
}

auto failure_of_query(call_status const& status) -> std::optional<failure> {
  auto const found = find_detail<details::QueryFailedFailure>(status);
  if (!found) return std::nullopt;
  if (found->has_failure()) return read_failure(found->failure());
  failure why{}; // a worker that tells no more than a text
  why.message = status.message;
  return why;
}

auto decisive_status(call_status status) -> call_status {
  auto const found = find_detail<details::MultiOperationExecutionFailure>(status);
  if (!found) return status;
  for (auto const& each : found->statuses()) {
    auto const code = static_cast<status_code>(each.code());
    if (code == status_code::ok) continue;
    bool const by_the_other = each.details_size() != 0 && each.details(0).type_url().ends_with(
                                                              ".MultiOperationExecutionAborted");
    if (by_the_other) continue;
    ::temporal::api::perdure::rpc::Status inner;
    inner.set_code(each.code());
    inner.set_message(each.message());
    *inner.mutable_details() = each.details();
    return {code, each.message(), inner.SerializeAsString()};
  }
  return status;
}

auto says(call_status const& status, std::string_view words) noexcept -> bool {
  return status.message.find(words) != std::string::npos;
}

auto says_closed(call_status const& status) noexcept -> bool {
  return status.code == status_code::not_found &&
         (says(status, "already completed") || says(status, "closing workflow"));
}

auto says_closing(call_status const& status) noexcept -> bool {
  return status.code == status_code::resource_exhausted && says(status, "workflow is closing");
}

auto says_limit_exceeded(call_status const& status) noexcept -> bool {
  switch (status.code) {
  case status_code::resource_exhausted: return is_too_large(status) || says(status, "limit on ");
  case status_code::invalid_argument:
  case status_code::failed_precondition:
    // The length of an id is a mistake, not a bound.
    return says(status, "limit") && says(status, "exceed") && !says(status, "length");
  default: return false;
  }
}

auto client_errc_of(call_status const& status) noexcept -> errc {
  if (says_closed(status)) return errc::already_closed;
  if (says_limit_exceeded(status)) return errc::limit_exceeded;
  return errc_of(status.code);
}

void throw_refused(std::string const& what, call_failed const& why) {
  throw_as(client_errc_of(why.status()), what, why);
}

void throw_not_started(start_workflow_request const& request, call_failed const& why) {
  std::string const which = "workflow '" + request.workflow_id.str() + "'";
  auto const other = run_in_the_way_of(why.status());
  if (!other) throw_refused("cannot start " + which, why);
  throw_as(errc::already_started,
           which + " is running or has run before (run " + other->run_id +
               "): choose another id, or set .id_conflict_policy or .id_reuse_policy",
           why);
}

auto name_of(workflow_execution const& run) -> std::string {
  std::string text = "workflow '" + run.workflow_id.str() + "'";
  if (!run.run_id.empty()) text += " (run " + run.run_id.str() + ")";
  return text;
}

} // namespace perdure::inline v0::temporal
