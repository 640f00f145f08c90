// C++ values as JSON and back.
//
//   bool, integers      true, 42: exact to 64 bits; reading takes 1e2 and 100.0 for 100, never 1.5
//   float, double       the shortest text that reads back the same, whole numbers with ".0"; not a
//                       number and infinities are the strings "NaN", "Infinity", "-Infinity"
//   char                "c", ASCII only
//   enum                its name; the number where it has none, and reading takes numbers too
//   std::string         text, which must be UTF-8; also shared_string; string_view is only written
//   bytes               base64: std::vector<std::byte>, std::array<std::byte, N>
//   optional, indirect  null or the value
//   variant             {"type": "<name>", "value": ...}; the name is that of the type: "circle",
//                       "int32", "double", "string", "null" (monostate), "array", "map", ...
//   vector, deque, list arrays; sets too, without repetitions; unordered ones sorted
//   map                 an object for keys that are text, integers, enums or char; others are an
//                       array of pairs
//   pair, tuple, array  arrays of exactly that length
//   duration            "1.5s", lossless (time_text.hpp)
//   time_point          "2024-02-29T12:00:00.250Z" of system_clock
//   aggregate           an object of its fields in order. Reading takes any order; a missing field
//                       keeps its default, an unknown one is ignored, and an old name counts if
//                       renamed_fields lists it
//
// Where an array or a map is expected, null is empty, because Go writes nil slices and maps so.
#pragma once

#include "perdure/data/detail/json_read.hpp"
#include "perdure/data/detail/json_write.hpp"
#include "perdure/data/payload_type.hpp"

#include <string>
#include <string_view>

namespace perdure::inline v0 {

namespace detail {

/// How a whole value is written; its type's name in the place of a member's.
template <class T>
inline constexpr member_writer value_writer{kind_name<T>(), &write_member_at<T>, 0,
                                            &member_size_hint<T>};

template <class Unused = void>
[[nodiscard]] auto write_text(void const* value, member_writer const& how) -> std::string {
  constexpr std::size_t room_size = 512; // most values need less: their text is made in one piece
  std::string text;
  constexpr int levels_looked_at = 16;
  auto const hint = how.size_hint(value, levels_looked_at);
  if (hint <= room_size) {
    char room[room_size];
    json_writer out{text, room, how.quoted};
    how.write(out, value);
    return out.take();
  }
  json_writer out{text, hint, how.quoted};
  how.write(out, value);
  text = out.take();
  if (text.capacity() / 2 > text.size()) text.shrink_to_fit(); // kept long
  return text;
}

} // namespace detail

/// Writes `value` as the next value of `out`. Errors as json_writer.
template <class T>
void write_json(json_writer& out, T const& value) {
  if constexpr (detail::writable_payload_type<T>)
    detail::write_value(out, value);
  else
    require_payload_type<T>();
}

/// Reads the next value of `in`. Errors as json_reader.
template <class T>
[[nodiscard]] auto read_json(json_reader& in) -> T {
  if constexpr (payload_type<T>)
    return detail::read_as<T>(in);
  else
    require_payload_type<T>();
}

/// `value` as JSON, compact, the same bytes for equal values.
template <class T>
[[nodiscard]] auto to_json(T const& value) -> std::string {
  if constexpr (detail::shape_v<T> == detail::shape::integer)
    return detail::integer_text(value);
  else if constexpr (detail::writable_payload_type<T>)
    return detail::write_text(&value, detail::value_writer<T>);
  else
    require_payload_type<T>();
}

/// Reads a `T` from text that holds nothing else. Errors as json_reader, naming the type.
template <class T>
[[nodiscard]] auto from_json(std::string_view text) -> T {
  if constexpr (payload_type<T>) {
    if constexpr (detail::shape_v<T> == detail::shape::integer)
      if (T plain{}; detail::parse_plain_integer(text, plain)) return plain;
    json_reader in{text, detail::kind_name<T>()};
    auto value = detail::read_as<T>(in);
    in.finish();
    return value;
  } else {
    require_payload_type<T>();
  }
}

} // namespace perdure::inline v0
