// JSON to values, by the shape of their type.
#pragma once

#include "perdure/config.hpp"
#include "perdure/data/base64.hpp"
#include "perdure/data/detail/json_write.hpp"
#include "perdure/data/detail/shape.hpp"
#include "perdure/data/json_reader.hpp"
#include "perdure/data/time_text.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace perdure::inline v0::detail {

template <class T>
void read_value(json_reader& in, T& value);

/// A fresh value read from `in`.
template <class T>
[[nodiscard]] auto read_as(json_reader& in) -> T {
  if constexpr (shape_v<T> == shape::custom)
    return payload_traits<T>::from(read_as<representation<T>>(in));
  else {
    T value{};
    read_value(in, value);
    return value;
  }
}

/// A member of an aggregate as what reads it needs it, with its type erased.
struct member_reader {
  std::string_view quoted; ///< `"name":`, to compare with bytes.
  void (*read)(json_reader& in, void* member);
};

template <class T>
void read_aggregate(json_reader& in, T& value);

template <class Member>
void read_member_at(json_reader& in, void* member) {
  if constexpr (shape_v<Member> == shape::aggregate)
    read_aggregate(in, *static_cast<Member*>(member));
  else
    read_value(in, *static_cast<Member*>(member));
}

template <class T, class Addresses>
struct members_to_read;
template <class T, std::size_t... I, class... Members>
struct members_to_read<T, pointer_list<std::index_sequence<I...>, Members*...>> {
  static constexpr std::size_t count = sizeof...(I);
  // The last one has no name: an array of none is not C++.
  static constexpr member_reader list[]{{quoted_field<T, I>::text, &read_member_at<Members>}...,
                                        {}};
};

/// The index of the field called `name`, now or formerly; `count` where there is none.
template <class Unused = void>
[[nodiscard]] constexpr auto find_field(member_reader const* members, std::size_t count,
                                        renamed const* renamings, std::size_t renaming_count,
                                        std::string_view name) noexcept -> std::size_t {
  for (std::size_t i = 0; i < count; ++i) {
    auto const quoted = members[i].quoted;
    if (quoted.size() == name.size() + 3 && quoted.substr(1, name.size()) == name) return i;
  }
  for (std::size_t i = 0; i < renaming_count; ++i)
    if (renamings[i].old_name == name)
      return find_field(members, count, nullptr, 0, renamings[i].field);
  return count;
}

/// A renaming must lead to a field, and must not hide one.
template <class T, std::size_t Count>
consteval auto renamings_are_sound(member_reader const* members) -> bool {
  for (auto const& [old_name, field] : renamed_fields<T>)
    if (find_field(members, Count, nullptr, 0, old_name) != Count ||
        find_field(members, Count, nullptr, 0, field) == Count)
      return false;
  return true;
}

/// What is left of the object, after the first fields came in the order in which they were written.
template <class Unused = void>
void read_further_members(json_reader& in, member_reader const* members, std::size_t count,
                          void* const* at, renamed const* renamings, std::size_t renaming_count,
                          std::uint64_t seen) {
  for (std::string_view key; in.next_key_unchecked(key);) {
    auto const index = find_field(members, count, renamings, renaming_count, key);
    if (index == count) {
      in.note_key(key);
      in.skip_value();
      continue;
    }
    if ((seen >> index & 1) != 0) in.fail_syntax("the field is there twice");
    seen |= std::uint64_t{1} << index;
    members[index].read(in, at[index]);
  }
}

/// Reads the `count` members of an aggregate, which are `at` these places.
template <class Unused = void>
void read_members(json_reader& in, member_reader const* members, std::size_t count, void* const* at,
                  renamed const* renamings = nullptr, std::size_t renaming_count = 0) {
  std::uint64_t seen = 0;
  in.begin_object();
  for (std::size_t i = 0; i < count && in.take_key_if(members[i].quoted); ++i) {
    seen |= std::uint64_t{1} << i;
    members[i].read(in, at[i]);
  }
  if (in.take_end_of_object()) return;
  read_further_members(in, members, count, at, renamings, renaming_count, seen);
}

template <class T>
void read_aggregate(json_reader& in, T& value) {
  using members = members_to_read<T, member_pointers<T>>;
  member_places<T> const places{value};
  if constexpr (has_renamed_fields<T>()) {
    static_assert(renamings_are_sound<T, members::count>(members::list),
                  "perdure: renamed_fields names a field that the type does not have, or gives "
                  "as an old name the name of a present field");
    read_members(in, members::list, members::count, places.at, renamed_fields<T>.data(),
                 renamed_fields<T>.size());
  } else {
    read_members(in, members::list, members::count, places.at);
  }
}

template <class E>
[[nodiscard]] auto enum_of(json_reader& in, std::string_view name, json_reader::mark before) -> E {
  if (auto const found = reflect::enum_from_name<E>(name)) return *found;
  std::string what{"not the name of an enumerator of "};
  what += reflect::type_name<E>();
  std::string_view separator = " (";
  for (auto const known : enumerators<E>.names)
    if (!known.empty() && what.size() < 200) {
      (what += separator) += known;
      separator = ", ";
    }
  if (separator == ", ") what += ')';
  in.go(before);
  in.fail(what);
}

/// A key of an object that stands for a map.
template <class K>
[[nodiscard]] auto key_of(json_reader& in, std::string_view text) -> K {
  constexpr auto is = shape_v<K>;
  if constexpr (is == shape::custom)
    return payload_traits<K>::from(key_of<representation<K>>(in, text));
  else if constexpr (is == shape::text)
    return K{text};
  else if constexpr (is == shape::character) {
    if (text.size() != 1) in.fail("expected a key of one ASCII character");
    return text[0];
  } else if constexpr (is == shape::integer) {
    K key{};
    auto const result = std::from_chars(text.data(), text.data() + text.size(), key);
    if (result.ec != std::errc{} || result.ptr != text.data() + text.size())
      in.fail("expected a whole number as a key");
    return key;
  } else {
    if (!text.empty() && (text[0] == '-' || is_digit(text[0])))
      return static_cast<K>(key_of<std::underlying_type_t<K>>(in, text));
    return enum_of<K>(in, text, in.here());
  }
}

template <class T>
void read_map(json_reader& in, T& value) {
  value.clear();
  if (in.read_null_if()) return;
  using key_type = typename T::key_type;
  using mapped_type = typename T::mapped_type;
  if constexpr (is_object_key<key_type>()) {
    in.begin_map();
    for (std::string_view text; in.next_key_unchecked(text);) {
      auto key = key_of<key_type>(in, text);
      if (!value.emplace(std::move(key), read_as<mapped_type>(in)).second)
        in.fail_syntax("the key is there twice");
    }
  } else {
    for (in.begin_array(); in.next_element();) {
      auto entry = read_as<std::pair<key_type, mapped_type>>(in);
      if (!value.emplace(std::move(entry.first), std::move(entry.second)).second)
        in.fail("the key is there twice");
    }
  }
}

template <class T>
concept grows_in_place = requires(T& items) {
  { items.emplace_back() } -> std::same_as<typename T::value_type&>;
};

template <class T>
void read_items(json_reader& in, T& value) {
  using item = typename T::value_type;
  value.clear();
  if (in.read_null_if()) return;
  for (in.begin_array(); in.next_element();) {
    if constexpr (shape_v<item> != shape::custom && grows_in_place<T>)
      read_value(in, value.emplace_back());
    else if constexpr (shape_v<T> == shape::sequence)
      value.push_back(read_as<item>(in));
    else if constexpr (requires(item one) { value.insert(std::move(one)).second; }) {
      if (!value.insert(read_as<item>(in)).second) in.fail("the element is there twice");
    } else
      value.insert(read_as<item>(in));
  }
}

/// Arrays of a known length: std::array, pair, tuple.
template <class... Items>
void read_fixed(json_reader& in, Items&... items) {
  in.begin_array();
  [[maybe_unused]] auto const read_next = [&](auto& item) {
    if (!in.next_element())
      in.fail("expected " + std::to_string(sizeof...(Items)) + " elements, found fewer");
    read_value(in, item);
  };
  (read_next(items), ...);
  if (in.next_element())
    in.fail("expected " + std::to_string(sizeof...(Items)) + " elements, found more");
}

template <class... Ts, class V>
void read_alternative(json_reader& in, std::string_view name, V& value, types<Ts...>) {
  bool const known = ((kind_name<Ts>() == name && (value = read_as<Ts>(in), true)) || ...);
  if (known) return;
  std::string what{"the type of a variant is none of"};
  ((((what += ' ') += kind_name<Ts>())), ...);
  in.fail(what);
}

/// `{"type": <name>, "value": <value>}`, in any order, with unknown members ignored. A value that
/// comes first is stepped over, and read when its type is known: never more than twice per level.
template <class V>
void read_variant(json_reader& in, V& value) {
  using alternatives = typename pattern<V>::parts;
  std::string name;
  json_reader::mark skipped{};
  bool has_type = false;
  bool has_value = false;
  in.begin_object();
  for (std::string_view key; in.next_key(key);) {
    if (key == "type") {
      in.read_string(name);
      has_type = true;
      if (skipped.at == nullptr) continue;
      auto const after = in.here();
      in.go(skipped);
      read_alternative(in, name, value, alternatives{});
      in.go(after);
    } else if (key == "value" && has_type) {
      read_alternative(in, name, value, alternatives{});
      has_value = true;
    } else {
      if (key == "value") skipped = in.here(), has_value = true;
      in.skip_value();
    }
  }
  if (!has_type || !has_value) in.fail("a variant needs \"type\" and \"value\"");
}

/// What was read as base64, which began at `before`.
[[nodiscard]] auto bytes_of(json_reader& in, std::string_view text, json_reader::mark before)
    -> std::string;

template <class T>
void read_text_form(json_reader& in, T& value) {
  auto const before = in.here();
  auto const text = in.read_string_view();
  auto const refuse = [&](std::string_view what) {
    in.go(before);
    in.fail(what);
  };
  constexpr auto is = shape_v<T>;
  if constexpr (is == shape::character) {
    if (text.size() != 1) refuse("expected one ASCII character");
    value = text[0];
  } else if constexpr (is == shape::duration) {
    auto const parsed = parse_duration<T>(text);
    if (!parsed) refuse("expected a duration such as \"1.5s\" that the field's unit can hold");
    value = *parsed;
  } else if constexpr (is == shape::time) {
    auto const parsed = parse_time<T>(text);
    if (!parsed)
      refuse("expected an RFC 3339 time such as \"2024-02-29T12:00:00.5Z\" that the field's unit "
             "can hold");
    value = *parsed;
  } else {
    auto const bytes = bytes_of(in, text, before);
    if constexpr (requires { value.resize(bytes.size()); })
      value.resize(bytes.size());
    else if (bytes.size() != value.size())
      refuse("expected " + std::to_string(value.size()) + " bytes");
    if (!bytes.empty()) std::memcpy(value.data(), bytes.data(), bytes.size());
  }
}

template <class T>
void read_value(json_reader& in, T& value) {
  constexpr auto is = shape_v<T>;
  if constexpr (is == shape::custom)
    value = read_as<T>(in);
  else if constexpr (is == shape::null)
    in.read_null();
  else if constexpr (is == shape::boolean)
    value = in.read_bool();
  else if constexpr (is == shape::integer)
    value = in.read_integer<T>();
  else if constexpr (is == shape::floating)
    value = in.read_floating<T>();
  else if constexpr (std::is_same_v<T, std::string>)
    in.read_string(value);
  else if constexpr (is == shape::text)
    value = T{in.read_string_view()};
  else if constexpr (is == shape::enumeration) {
    auto const before = in.here();
    if (in.peek() == json_kind::number)
      value = static_cast<T>(in.read_integer<std::underlying_type_t<T>>());
    else
      value = enum_of<T>(in, in.read_string_view(), before);
  } else if constexpr (is == shape::optional) {
    if (in.read_null_if())
      value = T{};
    else
      []<class U>(json_reader& from, T& to, types<U>) {
        to = read_as<U>(from);
      }(in, value, typename pattern<T>::parts{});
  } else if constexpr (is == shape::variant)
    read_variant(in, value);
  else if constexpr (is == shape::tuple)
    std::apply([&](auto&... items) { read_fixed(in, items...); }, value);
  else if constexpr (is == shape::fixed_array) {
    std::size_t i = 0;
    for (in.begin_array(); in.next_element(); read_value(in, value[i++]))
      if (i == value.size())
        in.fail("expected " + std::to_string(value.size()) + " elements, found more");
    if (i != value.size())
      in.fail("expected " + std::to_string(value.size()) + " elements, found fewer");
  } else if constexpr (is == shape::map)
    read_map(in, value);
  else if constexpr (is == shape::set || is == shape::sequence)
    read_items(in, value);
  else if constexpr (is == shape::aggregate)
    read_aggregate(in, value);
  else {
    static_assert(
        one_of<std::integral_constant<shape, is>, std::integral_constant<shape, shape::character>,
               std::integral_constant<shape, shape::duration>,
               std::integral_constant<shape, shape::time>,
               std::integral_constant<shape, shape::bytes>>,
        "perdure: this type cannot be read from JSON (see payload_type.hpp)");
    read_text_form(in, value);
  }
}

#if PERDURE_DEFINES
PERDURE_INLINE auto bytes_of(json_reader& in, std::string_view text, json_reader::mark before)
    -> std::string {
  auto bytes = base64::try_decode(text);
  if (!bytes) {
    in.go(before);
    in.fail("expected base64");
  }
  return *std::move(bytes);
}
#endif

} // namespace perdure::inline v0::detail
