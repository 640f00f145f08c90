// The history of one run: everything that happened to it, in order.
#pragma once

#include <concepts>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "perdure/config.hpp"
#include "perdure/data/indirect.hpp"
#include "perdure/data/shared_string.hpp"
#include "perdure/history/event.hpp"
#include "perdure/history/history_json.hpp"
#include "perdure/history/raw_json.hpp"

namespace perdure::inline v0 {

namespace detail {

template <class Unused>
class history_reader;

/// What a document holds beside its events: nothing that is known.
struct other_members {
  indirect<unknown_fields> unknown{};

  template <class Self, class On>
  static void fields(Self&, On&&) {}
};

} // namespace detail

/// The events of one run, from the first one on. Replaying them gives the run's state back.
struct history {
  shared_string workflow_id{};        ///< Also in the first event, if the server was new enough.
  std::vector<event> events{};        ///< `events[i].id == i + 1`, unless the history is partial.
  indirect<unknown_fields> unknown{}; ///< Members of the document other than `events`.

  /// Reads Temporal's JSON, as `temporal workflow show --output json` and the SDKs write it: names
  /// of enumerators in either spelling, 64-bit numbers as strings or numbers, members in any order,
  /// null for what is not there. Nothing is lost: unknown events, members and enumerators are kept
  /// as text and written back. A list that holds one history is read as that history. Linear.
  /// `from_json` is a template so that a program that reads no history does not compile it.
  /// \throws error errc::bad_json if the text is not JSON or passes a limit; errc::history_corrupt
  /// if a
  ///         value does not fit, an event has no id or type, or the ids do not follow each other.
  /// The
  ///         message names the path (`.events[3].timerStartedEventAttributes.timerId`) and the
  /// byte.
  template <class Unused = void>
  [[nodiscard]] static auto from_json(std::string_view text, history_json_options options = {})
      -> history;

  /// Reads a list of histories, or one history as a list of one. As `from_json` otherwise.
  template <class Unused = void>
  [[nodiscard]] static auto list_from_json(std::string_view text, history_json_options options = {})
      -> std::vector<history>;

  /// Writes Temporal's JSON, compact, with enumerators in the prefixed spelling that every SDK
  /// reads.
  /// \throws error errc::bad_payload if a text is not UTF-8 or a failure has too many causes
  template <class Unused = void>
  [[nodiscard]] auto to_json() const -> std::string;

private:
  template <class Unused>
  void read(detail::history_reader<Unused>& reader, history_json_options options);
};

/// Whether both record the same, in every field of every event.
template <std::same_as<history> H>
[[nodiscard]] auto operator==(H const& a, H const& b) -> bool {
  return a.workflow_id == b.workflow_id && a.events == b.events && a.unknown == b.unknown;
}

#if PERDURE_DEFINES
template <class Unused>
auto history::from_json(std::string_view text, history_json_options options) -> history {
  auto all = list_from_json<Unused>(text, options);
  if (all.size() != 1)
    throw error{errc::history_corrupt, "history: the document is a list of " +
                                           std::to_string(all.size()) +
                                           " histories, not one: use history::list_from_json"};
  return std::move(all.front());
}
template <class Unused>
auto history::list_from_json(std::string_view text, history_json_options options)
    -> std::vector<history> {
  return detail::read_as_history([&] {
    detail::history_reader<Unused> reader{text, "history"};
    auto& in = reader.in();
    std::vector<history> all;
    if (in.peek() != json_kind::array) {
      all.emplace_back().read<Unused>(reader, options);
    } else {
      for (in.begin_array(); in.next_element();) all.emplace_back().read<Unused>(reader, options);
    }
    in.finish();
    return all;
  });
}
template <class Unused>
auto history::to_json() const -> std::string {
  std::string text;
  json_writer out{text, 512 * events.size() + 64, "history"};
  out.begin_object();
  out.key("events");
  out.begin_array();
  for (auto const& each : events) detail::write_event<Unused>(out, each);
  out.end_array();
  detail::other_members const others{unknown};
  detail::history_writer<Unused>{out}.write_members(&others,
                                                    detail::schema_of<detail::other_members>());
  out.end_object();
  out.finish();
  return text;
}
template <class Unused>
void history::read(detail::history_reader<Unused>& reader, history_json_options options) {
  auto& in = reader.in();
  detail::other_members others;
  in.begin_object();
  for (std::string_view key; in.next_key(key);) {
    if (key != "events")
      reader.read_one(&others, detail::schema_of<detail::other_members>(), key);
    else if (!in.read_null_if())
      detail::read_events<Unused>(reader, options.allow_partial, events);
  }
  unknown = std::move(others.unknown);
  if (events.empty()) return;
  if (auto const* const started =
          events.front().attributes.get_if<events::workflow_execution_started>())
    workflow_id = started->workflow_id;
}
  #ifdef PERDURE_SOURCE
template auto history::from_json<void>(std::string_view text, history_json_options options)
    -> history;
template auto history::list_from_json<void>(std::string_view text, history_json_options options)
    -> std::vector<history>;
template auto history::to_json<void>() const -> std::string;
template void history::read<void>(detail::history_reader<void>& reader,
                                  history_json_options options);
  #endif
#endif

} // namespace perdure::inline v0
