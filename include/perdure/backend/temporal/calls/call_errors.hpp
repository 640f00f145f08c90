// What a server's refusal of a client's call means.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "perdure/backend/temporal/calls/call_status.hpp"
#include "perdure/history/failure.hpp"
#include "perdure/history/requests.hpp"

namespace perdure::inline v0::temporal {

/// The run that stands in the way of a start, and the request that began it.
struct run_in_the_way {
  std::string run_id{};
  std::string request_id{};
};
[[nodiscard]] auto run_in_the_way_of(call_status const& status) -> std::optional<run_in_the_way>;

/// What the code of a run said to a query instead of an answer.
[[nodiscard]] auto failure_of_query(call_status const& status) -> std::optional<failure>;

/// How ExecuteMultiOperation ended: of its operations, the one that failed by itself decides.
[[nodiscard]] auto decisive_status(call_status status) -> call_status;

/// The run is there, and over. Servers have no code of their own for it.
[[nodiscard]] auto says_closed(call_status const& status) noexcept -> bool;

/// The run ends while it has an update that it has not accepted: another run that continues or
/// retries it may take the update, if it is sent again.
[[nodiscard]] auto says_closing(call_status const& status) noexcept -> bool;

/// A bound of the server was passed. Waiting does not help.
[[nodiscard]] auto says_limit_exceeded(call_status const& status) noexcept -> bool;

/// Whether the text of the server's answer has some words in it.
[[nodiscard]] auto says(call_status const& status, std::string_view words) noexcept -> bool;

/// The error that embedded backends report the same mistake with.
[[nodiscard]] auto client_errc_of(call_status const& status) noexcept -> errc;
/// `what`: what could not be done to what. \throws error
[[noreturn]] void throw_refused(std::string const& what, call_failed const& why);

/// \throws error, already_started with the id of the run that is in the way
[[noreturn]] void throw_not_started(start_workflow_request const& request, call_failed const& why);

/// `workflow 'a'`, for messages.
[[nodiscard]] auto name_of(workflow_execution const& run) -> std::string;

} // namespace perdure::inline v0::temporal
