// Names of enumerators at compile time, without a macro.
#pragma once

#include "perdure/data/reflect.hpp"

#include <cstddef>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

namespace perdure::inline v0 {

/// Values between which enumerators are looked for, both included.
struct enum_bounds {
  int min;
  int max;
};

/// Where the enumerators of `E` lie. Specialise it for an enumeration with others than -128 to 127:
///
///     template <>
///     inline constexpr auto perdure::enum_range<http> = perdure::enum_bounds{100, 599};
///
/// An enumerator outside of it has no name here and is read and written as a number.
template <class E>
inline constexpr auto enum_range =
    enum_bounds{std::is_signed_v<std::underlying_type_t<E>> ? -128 : 0, 127};

namespace detail {

template <class E, E... Values>
consteval auto spelling_of_values() {
  return std::string_view{__PRETTY_FUNCTION__, sizeof(__PRETTY_FUNCTION__) - 1};
}

#if defined(__clang__)
  #pragma clang diagnostic push
  #pragma clang diagnostic ignored "-Wunknown-warning-option"
  #pragma clang diagnostic ignored "-Wenum-constexpr-conversion"
#endif

// One instantiation that spells all values, instead of one for each. The cast keeps to the bits,
// because an enumeration without a fixed type has no other values than its enumerators need.
template <class E, int... Offsets>
consteval auto spelling_of_range(std::integer_sequence<int, Offsets...>) -> std::string_view {
  using underlying = std::underlying_type_t<E>;
  return spelling_of_values<E, __builtin_bit_cast(
                                   E, static_cast<underlying>(enum_range<E>.min + Offsets))...>();
}

#if defined(__clang__)
  #pragma clang diagnostic pop
#endif

template <class E>
inline constexpr std::size_t enum_span =
    static_cast<std::size_t>(std::ptrdiff_t{enum_range<E>.max} - enum_range<E>.min + 1);

template <class E>
struct enumerator_table {
  std::string_view names[enum_span<E>]; ///< Of value `enum_range<E>.min + i`; empty where there is
                                        ///< no enumerator.
};

/// Where one value of the list before `end` begins, after its comma.
constexpr auto begin_of_value(char const* list, std::size_t end) noexcept -> std::size_t {
  for (int nested = 0; end > 0 && (nested > 0 || list[end - 1] != ','); --end) {
    char const c = list[end - 1];
    if (c == '>' || c == ')' || c == '}') ++nested;
    if ((c == '<' || c == '(' || c == '{') && nested > 0) --nested;
  }
  return end;
}

/// Cuts `... = {(e)0, e::a, n::(anonymous)::e::b}]` at its commas. What ends in an identifier is a
/// name, what ends in a number is not. Works on bare characters, and steps over what stands before
/// each number in one go: compilers take long for each call and each step.
template <class E>
consteval auto make_enum_table() -> enumerator_table<E> {
  static_assert(enum_range<E>.min <= enum_range<E>.max, "perdure: enum_range is empty");
  enumerator_table<E> table{};
  auto const text =
      spelling_of_range<E>(std::make_integer_sequence<int, static_cast<int>(enum_span<E>)>{});
  char const* const list = text.data();
  std::size_t end = text.size();
  std::size_t before_number = 0; // the size of ` (e)`
  while (end > 0 && !is_name_char(list[end - 1])) --end;
  for (std::size_t i = enum_span<E>; i-- > 0;) {
    std::size_t begin = end;
    while (begin > 0 && is_name_char(list[begin - 1])) --begin;
    if (begin < end && !(list[begin] >= '0' && list[begin] <= '9')) {
      table.names[i] = std::string_view{list + begin, end - begin};
      end = begin_of_value(list, begin);
    } else {
      if (begin > 0 && list[begin - 1] == '-') --begin;
      if (before_number > 0 && begin > before_number && list[begin - before_number - 1] == ',' &&
          list[begin - before_number + 1] == '(') {
        end = begin - before_number;
      } else {
        end = begin_of_value(list, begin);
        before_number = begin - end;
      }
    }
    if (end > 0) --end;
  }
  return table;
}

/// Looked at by the compiler alone: a program has no room for it.
template <class E>
inline constexpr enumerator_table<E> whole_range = make_enum_table<E>();

struct enumerator_span {
  std::size_t first;
  std::size_t last;
};
/// Where the first and the last enumerator are in the whole range.
template <class E>
inline constexpr enumerator_span named_span = [] {
  enumerator_span found{0, enum_span<E> - 1};
  auto const& names = whole_range<E>.names;
  while (found.first < found.last && names[found.first].size() == 0) ++found.first;
  while (found.last > found.first && names[found.last].size() == 0) --found.last;
  return found;
}();

/// From the first enumerator to the last one.
template <class E>
struct named_enumerators {
  static constexpr int least = enum_range<E>.min + static_cast<int>(named_span<E>.first);
  static constexpr int most = enum_range<E>.min + static_cast<int>(named_span<E>.last);
  /// Of value `least + i`, or empty.
  std::string_view names[named_span<E>.last - named_span<E>.first + 1];
};

template <class E>
inline constexpr named_enumerators<E> enumerators = [] {
  named_enumerators<E> made{};
  std::size_t from = named_span<E>.first;
  for (auto& name : made.names) {
    auto const& found = whole_range<E>.names[from++];
    name = found.size() == 0 ? std::string_view{"", 0} : found;
  }
  return made;
}();

} // namespace detail

namespace reflect {

/// The name of the enumerator with that value, empty where there is none. Of two names for one
/// value the compiler decides. Constant time.
template <class E>
  requires std::is_enum_v<E>
[[nodiscard]] constexpr auto enum_name(E value) noexcept -> std::string_view {
  using named = detail::named_enumerators<E>;
  auto const number = static_cast<std::underlying_type_t<E>>(value);
  if (std::cmp_less(number, named::least) || std::cmp_greater(number, named::most)) return {};
  return detail::enumerators<E>.names[static_cast<std::size_t>(static_cast<int>(number) -
                                                               named::least)];
}

/// The enumerator of that name. Linear in the distance between the first and the last one.
template <class E>
  requires std::is_enum_v<E>
[[nodiscard]] constexpr auto enum_from_name(std::string_view name) noexcept -> std::optional<E> {
  int number = detail::named_enumerators<E>::least;
  for (std::string_view const each : detail::enumerators<E>.names) {
    if (!name.empty() && each == name) return static_cast<E>(number);
    ++number;
  }
  return std::nullopt;
}

} // namespace reflect
} // namespace perdure::inline v0
