// The texts for people that stand beside an event.
#pragma once

#include <string>
#include <string_view>

#include "perdure/config.hpp"
#include "perdure/data/converter.hpp"
#include "perdure/error.hpp"
#include "perdure/history/event_parts.hpp"

namespace perdure::inline v0 {

/// Texts as metadata; none if both are empty.
[[nodiscard]] auto metadata_of(std::string_view summary, std::string_view details = {})
    -> indirect<user_metadata>;
/// A text of metadata; empty if it is none.
[[nodiscard]] auto text_of(indirect<payload> const& metadata) -> std::string;

#if PERDURE_DEFINES
PERDURE_INLINE auto metadata_of(std::string_view summary, std::string_view details)
    -> indirect<user_metadata> {
  if (summary.empty() && details.empty()) return {};
  user_metadata made{};
  if (!summary.empty()) made.summary = default_to_payload(std::string{summary});
  if (!details.empty()) made.details = default_to_payload(std::string{details});
  return made;
}
PERDURE_INLINE auto text_of(indirect<payload> const& metadata) -> std::string {
  if (!metadata || metadata->metadata.encoding() != encodings::json) return {};
  try {
    return default_from_payload<std::string>(*metadata);
  } catch (error const&) {
    return {};
  }
}
#endif

} // namespace perdure::inline v0
