// Search attributes: named, typed values of a run that lists of runs can be filtered by.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "perdure/config.hpp"
#include "perdure/data/converter.hpp"
#include "perdure/data/time_text.hpp"
#include "perdure/error.hpp"
#include "perdure/history/event_parts.hpp"
#include "perdure/history/run_condition.hpp"
#include "perdure/time.hpp"

PERDURE_SELDOM_BEGIN

namespace perdure::inline v0 {

/// Tags for the types of search attributes that share a C++ type: `search_attribute<keyword>`.
struct keyword;      ///< One word, compared whole, up to 2 KiB: an id, a state.
struct text;         ///< Prose: a filter finds it by the words in it.
struct keyword_list; ///< Several keywords; a filter asks for one of them.

namespace detail {

template <class T>
struct attribute_traits {
  static_assert(!std::is_same_v<T, T>,
                "perdure: a search attribute is a keyword, text, keyword_list, an integer, double, "
                "bool or perdure::time_point");
};
template <>
struct attribute_traits<keyword> {
  using value_type = std::string;
  static constexpr auto type = search_attribute_type::keyword;
};
template <>
struct attribute_traits<text> {
  using value_type = std::string;
  static constexpr auto type = search_attribute_type::text;
};
template <>
struct attribute_traits<keyword_list> {
  using value_type = std::vector<std::string>;
  static constexpr auto type = search_attribute_type::keyword_list;
};
template <>
struct attribute_traits<std::int64_t> {
  using value_type = std::int64_t;
  static constexpr auto type = search_attribute_type::integer;
};
template <>
struct attribute_traits<int> : attribute_traits<std::int64_t> {};
template <>
struct attribute_traits<double> {
  using value_type = double;
  static constexpr auto type = search_attribute_type::floating;
};
template <>
struct attribute_traits<bool> {
  using value_type = bool;
  static constexpr auto type = search_attribute_type::boolean;
};
template <>
struct attribute_traits<time_point> {
  using value_type = time_point;
  static constexpr auto type = search_attribute_type::datetime;
};

inline constexpr std::string_view attribute_type_names[]{
    "", "Text", "Keyword", "Int", "Double", "Bool", "Datetime", "KeywordList"};

} // namespace detail

/// The name of a type as payloads carry it in their metadata (`type`): "Keyword".
[[nodiscard]] constexpr auto name_of(search_attribute_type type) noexcept -> std::string_view {
  return detail::attribute_type_names[static_cast<std::size_t>(type)];
}

/// Whether a payload says that there is no value: it unsets what it is upserted over.
[[nodiscard]] auto is_unset(payload const& value) noexcept -> bool;

/// The value of a search attribute, of the type that its metadata names, or else of the type that
/// its JSON looks like. \throws error (invalid_argument) that names the attribute and what is wrong
template <class Unused = void>
[[nodiscard]] auto read_search_attribute(std::string_view name, payload const& from)
    -> attribute_value;

/// A search attribute by name and type, declared once and used by workflows and clients:
/// `inline constexpr perdure::search_attribute<perdure::keyword> customer{"Customer"};`
/// T: `keyword`, `text`, `keyword_list`, `int`, `std::int64_t`, `double`, `bool`, `time_point`.
/// Set: `customer("acme")`, at the start (`.search_attributes = {customer("acme"), total(3)}`) or
/// later (`upsert_search_attributes({customer("acme"), total.unset()})`). Filter:
/// `{.where = customer == "acme" && total >= 3}`.
template <class T>
struct search_attribute {
  using value_type = typename detail::attribute_traits<T>::value_type;
  static constexpr search_attribute_type type = detail::attribute_traits<T>::type;
  std::string_view name{};

  /// The attribute with a value, as an entry of a `payload_map`.
  [[nodiscard]] auto operator()(value_type const& value) const -> payload_map::value_type {
    payload made = default_to_payload(value);
    made.metadata.set("type", name_of(type));
    return {std::string{name}, std::move(made)};
  }
  /// The entry that removes the value.
  [[nodiscard]] auto unset() const -> payload_map::value_type {
    payload made = payload::null();
    made.metadata.set("type", name_of(type));
    return {std::string{name}, std::move(made)};
  }
  /// The value in a map; none if it is not set. \throws error (invalid_argument) if the map has a
  /// value of another type
  [[nodiscard]] auto get(payload_map const& from) const -> std::optional<value_type> {
    auto const found = from.find(std::string{name});
    if (found == from.end() || is_unset(found->second)) return std::nullopt;
    try {
      return default_from_payload<value_type>(found->second);
    } catch (error const& why) {
      throw error{errc::invalid_argument, "search attribute '" + std::string{name} + "' is not a " +
                                              std::string{name_of(type)} + ": " + why.what()};
    }
  }

  // ------------------------------------------------------------------------- conditions on runs
  [[nodiscard]] auto starts_with(std::string prefix) const -> run_condition
    requires std::same_as<T, keyword>
  {
    return compare(run_condition::comparison::starts_with, std::move(prefix));
  }
  /// Whether it is one of these.
  [[nodiscard]] auto in(std::vector<operand_type_of<value_type>> const& values) const
      -> run_condition {
    run_condition any{};
    any.what = run_condition::kind::any;
    for (auto const& each : values)
      any.parts.push_back(compare(run_condition::comparison::equal, each));
    return any;
  }
  /// Whether it lies between two values; both are in.
  [[nodiscard]] auto between(value_type const& first, value_type const& last) const
      -> run_condition {
    return compare(run_condition::comparison::greater_equal, first) &&
           compare(run_condition::comparison::less_equal, last);
  }
  [[nodiscard]] auto is_set() const -> run_condition {
    run_condition made{};
    made.what = run_condition::kind::is_set;
    made.field = name;
    return made;
  }
  [[nodiscard]] auto is_not_set() const -> run_condition { return !is_set(); }
  /// For a keyword list: whether the word is one of them; for a text: whether it has all the words.
  friend auto operator==(search_attribute const& a, operand_type_of<value_type> const& value)
      -> run_condition {
    return a.compare(run_condition::comparison::equal, value);
  }
  friend auto operator!=(search_attribute const& a, operand_type_of<value_type> const& value)
      -> run_condition {
    return a.compare(run_condition::comparison::not_equal, value);
  }
  friend auto operator<(search_attribute const& a, value_type const& value) -> run_condition {
    return a.compare(run_condition::comparison::less, value);
  }
  friend auto operator<=(search_attribute const& a, value_type const& value) -> run_condition {
    return a.compare(run_condition::comparison::less_equal, value);
  }
  friend auto operator>(search_attribute const& a, value_type const& value) -> run_condition {
    return a.compare(run_condition::comparison::greater, value);
  }
  friend auto operator>=(search_attribute const& a, value_type const& value) -> run_condition {
    return a.compare(run_condition::comparison::greater_equal, value);
  }

private:
  template <class V>
  [[nodiscard]] auto compare(run_condition::comparison how, V const& value) const -> run_condition {
    run_condition made{};
    made.what = run_condition::kind::compare;
    made.how = how;
    made.field = name;
    made.value = literal_of(value);
    return made;
  }
};

namespace detail {

template <class>
inline constexpr bool is_search_attribute = false;
template <class T>
inline constexpr bool is_search_attribute<search_attribute<T>> = true;

} // namespace detail

/// A memo or a set of search attributes, as somebody else gave it: read by name or by attribute.
class named_values {
public:
  named_values() = default;
  explicit named_values(indirect<payload_map> entries) : entries_{std::move(entries)} {}

  /// The value of a search attribute; none if it is not set.
  template <class Attribute>
    requires detail::is_search_attribute<Attribute>
  [[nodiscard]] auto get(Attribute const& which) const {
    return which.get(entries());
  }
  /// The value of an entry of a memo; none if there is none.
  /// \throws error (bad_payload, bad_json) if it is no T
  template <class T>
  [[nodiscard]] auto get(std::string_view name) const -> std::optional<T> {
    auto const found = entries().find(std::string{name});
    if (found == entries().end()) return std::nullopt;
    return from_payload<T>(found->second);
  }
  [[nodiscard]] auto entries() const noexcept -> payload_map const& {
    static payload_map const none{};
    return entries_ ? *entries_ : none;
  }
  [[nodiscard]] auto empty() const noexcept -> bool { return entries().empty(); }

private:
  indirect<payload_map> entries_{};
};

namespace detail {

/// Adds what is upserted to `map`; a null takes its entry out.
void merge_values(indirect<payload_map>& map, indirect<payload_map> const& upserted);

} // namespace detail

#if PERDURE_DEFINES
PERDURE_INLINE auto is_unset(payload const& value) noexcept -> bool {
  return value.metadata.encoding() == encodings::null ||
         (value.metadata.encoding() == encodings::json &&
          (value.data == "null" || value.data == "[]"));
}

namespace detail {

/// A type that a payload without metadata is taken to have, by the form of its JSON.
[[nodiscard]] PERDURE_INLINE auto guess_attribute_type(std::string_view json)
    -> search_attribute_type {
  if (json.empty()) return search_attribute_type::unspecified;
  if (json.front() == '"') return search_attribute_type::keyword;
  if (json.front() == '[') return search_attribute_type::keyword_list;
  if (json == "true" || json == "false") return search_attribute_type::boolean;
  return json.find_first_of(".eE") == std::string_view::npos ? search_attribute_type::integer
                                                             : search_attribute_type::floating;
}

template <class Unused = void>
[[nodiscard]] auto read_attribute(payload const& from, search_attribute_type type)
    -> attribute_value {
  attribute_value value{};
  value.type = type;
  switch (type) {
  case search_attribute_type::text:
  case search_attribute_type::keyword: value.text = default_from_payload<std::string>(from); break;
  case search_attribute_type::integer:
    value.integer = default_from_payload<std::int64_t>(from);
    break;
  case search_attribute_type::floating: value.floating = default_from_payload<double>(from); break;
  case search_attribute_type::boolean:
    value.integer = default_from_payload<bool>(from) ? 1 : 0;
    break;
  case search_attribute_type::datetime:
    value.integer = default_from_payload<time_point>(from).time_since_epoch().count();
    break;
  case search_attribute_type::keyword_list:
    value.words = default_from_payload<std::vector<std::string>>(from);
    break;
  case search_attribute_type::unspecified: break;
  }
  return value;
}

PERDURE_INLINE void merge_values(indirect<payload_map>& map,
                                 indirect<payload_map> const& upserted) {
  if (!upserted) return;
  for (auto const& [name, value] : *upserted) {
    if (is_unset(value))
      map.make().erase(name);
    else
      map.make()[name] = value;
  }
  if (map && map->empty()) map.reset();
}

} // namespace detail

template <class Unused>
auto read_search_attribute(std::string_view name, payload const& from) -> attribute_value {
  auto const reject = [&](std::string_view why) {
    throw error{errc::invalid_argument,
                "search attribute '" + std::string{name} + "': " + std::string{why}};
  };
  auto type = search_attribute_type::unspecified;
  if (auto const said = from.metadata.find("type")) {
    for (std::size_t i = 1; i < std::size(detail::attribute_type_names); ++i)
      if (detail::attribute_type_names[i] == *said) type = static_cast<search_attribute_type>(i);
  } else {
    type = detail::guess_attribute_type(from.data);
  }
  if (type == search_attribute_type::unspecified)
    reject("its type is none of Text, Keyword, Int, Double, Bool, Datetime, KeywordList");
  try {
    return detail::read_attribute(from, type);
  } catch (error const& why) {
    reject("not a " + std::string{name_of(type)} + ": " + why.what());
  }
  return {};
}
  #ifdef PERDURE_SOURCE
template auto read_search_attribute<void>(std::string_view name, payload const& from)
    -> attribute_value;
  #endif
#endif

} // namespace perdure::inline v0

PERDURE_SELDOM_END
