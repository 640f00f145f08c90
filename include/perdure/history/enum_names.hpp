// The two spellings of the enumerations: `TimerStarted` and `EVENT_TYPE_TIMER_STARTED`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "perdure/history/detail/enum_names.hpp"

namespace perdure::inline v0 {

namespace detail {

/// The names of one enumeration, without its type.
struct enum_table {
  std::string_view prefix{};
  std::string_view const* names{};
  std::size_t count{};
};

template <class E>
inline constexpr enum_table enum_table_of{enum_names<E>::prefix, enum_names<E>::names,
                                          sizeof(enum_names<E>::names) / sizeof(std::string_view)};

template <class E>
concept named_enum = requires { enum_names<E>::prefix; };

[[nodiscard]] constexpr auto is_upper(char c) noexcept -> bool { return c >= 'A' && c <= 'Z'; }
[[nodiscard]] constexpr auto to_upper(char c) noexcept -> char {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

/// Whether `wire` is `camel` in capitals, with `_` between the words.
[[nodiscard]] constexpr auto same_words(std::string_view camel, std::string_view wire) noexcept
    -> bool {
  std::size_t at = 0;
  for (std::size_t i = 0; i < camel.size(); ++i) {
    if (i != 0 && is_upper(camel[i]) && (at == wire.size() || wire[at++] != '_')) return false;
    if (at == wire.size() || wire[at++] != to_upper(camel[i])) return false;
  }
  return at == wire.size();
}

[[nodiscard]] constexpr auto enum_name(enum_table const& table, int number) noexcept
    -> std::string_view {
  auto const index = static_cast<std::size_t>(number);
  return number < 0 || index >= table.count ? std::string_view{} : table.names[index];
}

/// The number that `text` names in either spelling, or -1.
[[nodiscard]] constexpr auto enum_number(enum_table const& table, std::string_view text) noexcept
    -> int {
  bool const prefixed = text.starts_with(table.prefix);
  if (prefixed) text.remove_prefix(table.prefix.size());
  for (std::size_t i = 0; i < table.count && !text.empty(); ++i)
    if (prefixed ? same_words(table.names[i], text) : table.names[i] == text)
      return static_cast<int>(i);
  return -1;
}

/// The prefixed spelling. \pre the number has a name
[[nodiscard]] constexpr auto enum_wire_name(enum_table const& table, int number) -> std::string {
  std::string name{table.prefix};
  auto const camel = enum_name(table, number);
  for (std::size_t i = 0; i < camel.size(); ++i) {
    if (i != 0 && is_upper(camel[i])) name += '_';
    name += to_upper(camel[i]);
  }
  return name;
}

} // namespace detail

/// The name of an enumerator, as people write it: "TimerStarted". Empty for a number without a
/// name.
template <detail::named_enum E>
[[nodiscard]] constexpr auto name_of(E value) noexcept -> std::string_view {
  return detail::enum_name(detail::enum_table_of<E>, static_cast<int>(value));
}

/// The name of an enumerator, as histories hold it: "EVENT_TYPE_TIMER_STARTED". For a number
/// without a name, the number.
template <detail::named_enum E>
[[nodiscard]] constexpr auto wire_name_of(E value) -> std::string {
  if (name_of(value).empty()) return std::to_string(static_cast<int>(value));
  return detail::enum_wire_name(detail::enum_table_of<E>, static_cast<int>(value));
}

/// The enumerator that `text` names in either spelling, if there is one.
template <detail::named_enum E>
[[nodiscard]] constexpr auto enum_from_name(std::string_view text) noexcept -> std::optional<E> {
  auto const number = detail::enum_number(detail::enum_table_of<E>, text);
  return number < 0 ? std::nullopt : std::optional{static_cast<E>(number)};
}

} // namespace perdure::inline v0
