// Events and the structures they are made of, as JSON: Temporal's form (proto3's JSON mapping).
#pragma once

#include <string>
#include <string_view>

#include "perdure/config.hpp"
#include "perdure/history/compare.hpp"
#if PERDURE_DEFINES
  #include "perdure/history/detail/event_json.hpp"
#endif

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
void append_event_json(std::string& to, event const& from);

/// The inverse of `append_event_json`; see `history::from_json` for what it accepts.
template <class Unused = void>
[[nodiscard]] auto event_from_json(std::string_view text) -> event;

namespace detail {

/// The JSON object of a structure.
template <class Unused = void>
[[nodiscard]] auto object_to_json(void const* from, object_schema const& schema) -> std::string;
template <class Unused = void>
void object_from_json(std::string_view text, void* to, object_schema const& schema);

} // namespace detail

/// One structure of history as a JSON object: a failure, a retry policy, the attributes of an
/// event.
/// \throws error as `append_event_json`
template <detail::listed A>
[[nodiscard]] auto struct_to_json(A const& from) -> std::string {
  return detail::object_to_json(&from, detail::schema_of<A>());
}

/// The inverse of `struct_to_json`. \throws error errc::bad_json, errc::history_corrupt
template <detail::listed A>
[[nodiscard]] auto struct_from_json(std::string_view text) -> A {
  A made{};
  detail::object_from_json(text, &made, detail::schema_of<A>());
  return made;
}

#if PERDURE_DEFINES
template <class Unused>
auto detail::object_to_json(void const* from, object_schema const& schema) -> std::string {
  std::string text;
  json_writer out{text, 256, "history"};
  history_writer<Unused>{out}.write_object(from, schema);
  out.finish();
  return text;
}
template <class Unused>
void detail::object_from_json(std::string_view text, void* to, object_schema const& schema) {
  read_as_history([&] {
    history_reader<Unused> reader{text, "history"};
    reader.read_object(to, schema);
    reader.in().finish();
  });
}
template <class Unused>
void append_event_json(std::string& to, event const& from) {
  json_writer out{to, 512, "event"};
  detail::write_event<Unused>(out, from);
}
template <class Unused>
auto event_from_json(std::string_view text) -> event {
  return detail::read_as_history([&] {
    detail::history_reader<Unused> reader{text, "event"};
    event made;
    detail::event_reader<Unused>{reader}.read(made);
    reader.in().finish();
    return made;
  });
}
  #ifdef PERDURE_SOURCE
template auto detail::object_to_json<void>(void const* from, object_schema const& schema)
    -> std::string;
template void detail::object_from_json<void>(std::string_view text, void* to,
                                             object_schema const& schema);
template void append_event_json<void>(std::string& to, event const& from);
template auto event_from_json<void>(std::string_view text) -> event;
  #endif
#endif

} // namespace perdure::inline v0
