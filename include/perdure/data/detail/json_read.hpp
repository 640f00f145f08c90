// JSON to values, by the shape of their type.
#pragma once

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

/// Field names of `T` as `"name":`, in order, to compare with bytes.
template <class T>
inline constexpr std::array<std::string_view, reflect::field_count<T>> quoted_fields =
    []<std::size_t... I>(std::index_sequence<I...>) {
      return std::array<std::string_view, sizeof...(I)>{quoted_field<T, I>::text...};
    }(std::make_index_sequence<reflect::field_count<T>>{});

/// The index of the field called `name`, now or formerly; `count` where there is none.
template <class T>
[[nodiscard]] constexpr auto find_field(std::string_view name) noexcept -> std::size_t {
  auto const& quoted = quoted_fields<T>;
  for (std::size_t i = 0; i < quoted.size(); ++i)
    if (quoted[i].size() == name.size() + 3 && quoted[i].substr(1, name.size()) == name) return i;
  if constexpr (has_renamed_fields<T>())
    for (auto const& [old_name, field] : renamed_fields<T>)
      if (old_name == name) return find_field<T>(field);
  return quoted.size();
}

/// A renaming must lead to a field, and must not hide one.
template <class T>
consteval auto renamings_are_sound() -> bool {
  if constexpr (has_renamed_fields<T>())
    for (auto const& [old_name, field] : renamed_fields<T>)
      for (auto const& quoted : quoted_fields<T>)
        if (quoted.substr(1, quoted.size() - 3) == old_name) return false;
  if constexpr (has_renamed_fields<T>())
    for (auto const& [old_name, field] : renamed_fields<T>)
      if (old_name == field || find_field<T>(field) == reflect::field_count<T>) return false;
  return true;
}

template <class T>
void read_aggregate(json_reader& in, T& value) {
  static_assert(renamings_are_sound<T>(),
                "perdure: renamed_fields names a field that the type does not have, or gives "
                "as an old name the name of a present field");
  constexpr auto count = reflect::field_count<T>;
  std::uint64_t seen = 0;
  in.begin_object();
  // Fields usually come in the order in which they were written.
  reflect::apply(value, [&](auto&... fields) {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      (void)((in.take_key_if(quoted_field<T, I>::text) &&
              (seen |= std::uint64_t{1} << I, read_value(in, fields), true)) &&
             ...);
    }(std::make_index_sequence<count>{});
  });
  for (std::string_view key; in.next_key_unchecked(key);) {
    auto const index = find_field<T>(key);
    if (index == count) {
      in.note_key(key);
      in.skip_value();
      continue;
    }
    if ((seen >> index & 1) != 0) in.fail_syntax("the field is there twice");
    seen |= std::uint64_t{1} << index;
    reflect::apply(value, [&](auto&... fields) {
      std::size_t i = 0;
      (void)((i++ == index && (read_value(in, fields), true)) || ...);
    });
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
    auto const bytes = base64::try_decode(text);
    if (!bytes) refuse("expected base64");
    if constexpr (requires { value.resize(bytes->size()); })
      value.resize(bytes->size());
    else if (bytes->size() != value.size())
      refuse("expected " + std::to_string(value.size()) + " bytes");
    if (!bytes->empty()) std::memcpy(value.data(), bytes->data(), bytes->size());
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

} // namespace perdure::inline v0::detail
