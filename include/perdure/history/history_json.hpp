// Events and the structures they are made of, as JSON: Temporal's form (proto3's JSON mapping).
#pragma once

#include <string>
#include <string_view>

#include "perdure/history/compare.hpp"
#include "perdure/history/detail/event_json.hpp"

namespace perdure::inline v0 {

/// How strictly the list of events of a history is read.
struct history_json_options {
  /// The first event may have any id. Ids must follow each other all the same.
  bool allow_partial{};
};

/// One event as a JSON object, appended to `to`.
/// \throws error errc::bad_payload if a text is not UTF-8 or a failure has too many causes
///         (`limits::json_depth_max`).
template <class Unused = void>
void append_event_json(std::string& to, event const& from) {
  json_writer out{to, 512, "event"};
  detail::write_event<Unused>(out, from);
}

/// The inverse of `append_event_json`; see `history::from_json` for what it accepts.
template <class Unused = void>
[[nodiscard]] auto event_from_json(std::string_view text) -> event {
  return detail::read_as_history([&] {
    detail::history_reader<Unused> reader{text, "event"};
    event made;
    detail::event_reader<Unused>{reader}.read(made);
    reader.in().finish();
    return made;
  });
}

/// One structure of history as a JSON object: a failure, a retry policy, the attributes of an
/// event.
/// \throws error as `append_event_json`
template <detail::listed A>
[[nodiscard]] auto struct_to_json(A const& from) -> std::string {
  std::string text;
  json_writer out{text, 256, "history"};
  detail::history_writer<>{out}.write_object(&from, detail::schema_of<A>());
  out.finish();
  return text;
}

/// The inverse of `struct_to_json`. \throws error errc::bad_json, errc::history_corrupt
template <detail::listed A>
[[nodiscard]] auto struct_from_json(std::string_view text) -> A {
  return detail::read_as_history([&] {
    detail::history_reader<> reader{text, "history"};
    A made{};
    reader.read_object(&made, detail::schema_of<A>());
    reader.in().finish();
    return made;
  });
}

} // namespace perdure::inline v0
