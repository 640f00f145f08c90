// Conditions on runs as the text that visibility stores of Temporal servers take.
#pragma once

#include <cstdint>
#include <string>

#include "perdure/history/requests.hpp"
#include "perdure/history/run_condition.hpp"

namespace perdure::inline v0::temporal {

/// A query, or that there is nothing to ask for.
struct visibility_query {
  enum class kind : std::uint8_t {
    all,  ///< Every run matches: no text.
    none, ///< No run can match: no text, either.
    some, ///< Those that match the text.
  };
  kind what{kind::all};
  std::string text{};
};

/// A condition as a query. Holds for the same runs as `satisfies`, but:
/// - a text attribute equals a text when one of its words is in it (a memory backend wants all);
/// - a value of another type than the attribute's is refused by the server;
/// - HistoryLength and HistorySizeBytes are known of closed runs alone;
/// - times are compared as exactly as the store keeps them, at worst to the millisecond.
/// Linear in the size of the condition.
/// \throws error (not_supported) for texts that servers do not find: with a backslash, a double
///         quote, a line feed, a tab or a like sign in it, or with a single quote at its beginning
///         or end; for numbers that are none; (invalid_argument) for texts that are not UTF-8
[[nodiscard]] auto render_condition(run_condition const& condition) -> visibility_query;

/// The same for all of a filter but its order and its page.
[[nodiscard]] auto render_filter(list_filter const& filter) -> visibility_query;

} // namespace perdure::inline v0::temporal
