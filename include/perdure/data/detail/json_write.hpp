// Values to JSON, by the shape of their type.
#pragma once

#include "perdure/data/base64.hpp"
#include "perdure/data/detail/heap_sort.hpp"
#include "perdure/data/detail/shape.hpp"
#include "perdure/data/json_writer.hpp"
#include "perdure/data/time_text.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace perdure::inline v0::detail {

/// `"name":` of member I, as characters.
template <class T, std::size_t I>
struct quoted_field {
  static constexpr std::string_view name = reflect::field_name<T, I>;
  static constexpr std::array<char, name.size() + 3> chars = [] {
    std::array<char, name.size() + 3> made{};
    made.front() = '"';
    for (std::size_t i = 0; i < name.size(); ++i) made[i + 1] = name[i];
    made[name.size() + 1] = '"';
    made[name.size() + 2] = ':';
    return made;
  }();
  static constexpr std::string_view text{chars.data(), chars.size()};
};

/// The bytes of a range of std::byte as text.
template <class Bytes>
[[nodiscard]] auto bytes_view(Bytes const& bytes) noexcept -> std::string_view {
  return {reinterpret_cast<char const*>(bytes.data()), bytes.size()};
}

template <class T>
[[nodiscard]] auto hint_for_aggregate(T const& value, int levels) noexcept -> std::size_t;

/// About as many bytes as the JSON of `value` needs, at least what text without escapes does. Looks
/// no further than a few levels down, since it runs before the depth of the value is checked.
template <class T>
[[nodiscard]] constexpr auto json_size_hint(T const& value, int levels = 16) noexcept
    -> std::size_t {
  constexpr auto is = shape_v<T>;
  if (levels == 0) return 16;
  if constexpr (is == shape::text || is == shape::text_view)
    return value.size() + 3;
  else if constexpr (is == shape::bytes)
    return base64::encoded_size(value.size()) + 3;
  else if constexpr (is == shape::optional)
    return value.has_value() ? json_size_hint(*value, levels - 1) : 5;
  else if constexpr (is == shape::integer)
    return sizeof(T) < 8 ? 12 : 21;
  else if constexpr (is == shape::floating)
    return 34;
  else if constexpr (is == shape::aggregate)
    return hint_for_aggregate(value, levels - 1);
  else if constexpr (is == shape::sequence || is == shape::fixed_array || is == shape::set) {
    std::size_t sum = 2;
    if constexpr (!std::is_same_v<typename T::value_type, bool>)
      for (auto const& item : value) sum += json_size_hint(item, levels - 1) + 1;
    return sum;
  } else
    return 16;
}

/// Enumerations and numbers as object keys are texts.
template <class K>
void write_key(json_writer& out, K const& key) {
  constexpr auto is = shape_v<K>;
  if constexpr (is == shape::custom)
    write_key(out, static_cast<representation<K> const&>(payload_traits<K>::to(key)));
  else if constexpr (is == shape::text)
    out.key(key);
  else if constexpr (is == shape::character)
    out.key({&key, 1});
  else if constexpr (is == shape::integer) {
    char digits[24];
    out.key({digits, static_cast<std::size_t>(
                         std::to_chars(digits, digits + sizeof digits, key).ptr - digits)});
  } else if (auto const name = reflect::enum_name(key); !name.empty())
    out.key(name);
  else
    write_key(out, static_cast<std::underlying_type_t<K>>(key));
}

template <class T>
void write_value(json_writer& out, T const& value);

/// An order of its own for what has none.
template <class T>
[[nodiscard]] auto sorts_before(T const& a, T const& b) -> bool {
  if constexpr (requires {
                  { a < b } -> std::convertible_to<bool>;
                })
    return a < b;
  else {
    std::string texts[2];
    json_writer first{texts[0]};
    write_value(first, a);
    first.finish();
    json_writer second{texts[1]};
    write_value(second, b);
    second.finish();
    return texts[0] < texts[1];
  }
}

/// Calls `fn` for each item of a container; for unordered ones in ascending order, since a recorded
/// value must not depend on a hash.
template <class C, class Fn>
void for_each_sorted(C const& items, Fn fn) {
  if constexpr (unordered<C>) {
    std::vector<typename C::value_type const*> order;
    order.reserve(items.size());
    for (auto const& item : items) order.push_back(&item);
    auto const key = [](typename C::value_type const& item) -> auto const& {
      if constexpr (requires { typename C::mapped_type; })
        return item.first;
      else
        return item;
    };
    heap_sort(order, [&](auto const* a, auto const* b) { return sorts_before(key(*a), key(*b)); });
    for (auto const* item : order) fn(*item);
  } else {
    for (auto const& item : items) fn(item);
  }
}

/// A member of an aggregate as what writes it needs it, with its type erased.
struct member_writer {
  std::string_view quoted; ///< `"name":`
  void (*write)(json_writer& out, void const* member);
  std::size_t fixed_size; ///< As a hint, with quotes, colon and comma.
  /// The rest of the hint; null where that is nothing.
  std::size_t (*size_hint)(void const* member, int levels) noexcept;
};

template <class T>
void write_aggregate(json_writer& out, T const& value);

template <class Member>
void write_member_at(json_writer& out, void const* member) {
  if constexpr (shape_v<Member> == shape::aggregate)
    write_aggregate(out, *static_cast<Member const*>(member));
  else
    write_value(out, *static_cast<Member const*>(member));
}
template <class Member>
[[nodiscard]] auto member_size_hint(void const* member, int levels) noexcept -> std::size_t {
  if constexpr (shape_v<Member> == shape::aggregate)
    return levels == 0 ? 16 : hint_for_aggregate(*static_cast<Member const*>(member), levels - 1);
  else
    return json_size_hint(*static_cast<Member const*>(member), levels);
}

/// Whether all values of a type have the same hint.
template <class Member>
inline constexpr bool has_fixed_hint =
    shape_v<Member> == shape::integer || shape_v<Member> == shape::floating ||
    shape_v<Member> == shape::boolean || shape_v<Member> == shape::enumeration;

template <class Member>
[[nodiscard]] consteval auto make_member_writer(std::string_view quoted) -> member_writer {
  if constexpr (has_fixed_hint<Member>)
    return {quoted, &write_member_at<Member>, quoted.size() + 1 + json_size_hint(Member{}),
            nullptr};
  else
    return {quoted, &write_member_at<Member>, quoted.size() + 1, &member_size_hint<Member>};
}

template <class T, class Addresses>
struct members_to_write;
template <class T, std::size_t... I, class... Members>
struct members_to_write<T, pointer_list<std::index_sequence<I...>, Members*...>> {
  // The last one has no name: an array of none is not C++.
  static constexpr member_writer list[]{
      make_member_writer<std::remove_const_t<Members>>(quoted_field<T, I>::text)...,
      {{}, nullptr, 0, nullptr}};
};
/// Of T, in order; the last one has no name.
template <class T>
inline constexpr member_writer const* written_members =
    members_to_write<T, member_pointers<T>>::list;

/// Notes where the members of a value are.
struct note_places {
  void** at;
  template <class... Members>
  void operator()(Members&... members) const noexcept {
    [[maybe_unused]] void** next = at;
    ((*next++ = const_cast<void*>(static_cast<void const*>(std::addressof(members)))), ...);
  }
};
/// The places of the members of `value`, one after the other.
template <class T>
struct member_places {
  explicit member_places(T& value) noexcept {
    with_members<reflect::field_count<T>>(value, note_places{at});
  }
  void* at[reflect::field_count<T> + 1];
};

/// Writes members up to the one without a name.
template <class Unused = void>
void write_members(json_writer& out, member_writer const* members, void* const* at) {
  out.begin_object();
  for (; members->write != nullptr; ++members, ++at) {
    out.quoted_key(members->quoted);
    members->write(out, *at);
  }
  out.end_object();
}
template <class Unused = void>
[[nodiscard]] auto hint_for_members(member_writer const* members, void* const* at,
                                    int levels) noexcept -> std::size_t {
  std::size_t sum = 2;
  for (; members->write != nullptr; ++members, ++at) {
    sum += members->fixed_size;
    if (members->size_hint != nullptr) sum += members->size_hint(*at, levels);
  }
  return sum;
}

template <class T>
void write_aggregate(json_writer& out, T const& value) {
  member_places<T> const places{const_cast<T&>(value)};
  write_members(out, written_members<T>, places.at);
}
template <class T>
auto hint_for_aggregate(T const& value, int levels) noexcept -> std::size_t {
  member_places<T> const places{const_cast<T&>(value)};
  return hint_for_members(written_members<T>, places.at, levels);
}

template <class T>
void write_map(json_writer& out, T const& value) {
  if constexpr (is_object_key<typename T::key_type>()) {
    out.begin_map();
    for_each_sorted(value, [&](auto const& entry) {
      write_key(out, entry.first);
      write_value(out, entry.second);
    });
    out.end_object();
  } else {
    out.begin_array();
    for_each_sorted(value, [&](auto const& entry) {
      out.begin_array();
      write_value(out, entry.first);
      write_value(out, entry.second);
      out.end_array();
    });
    out.end_array();
  }
}

template <class T>
void write_variant(json_writer& out, T const& value) {
  if (value.valueless_by_exception()) out.fail("a variant has lost its value to an exception");
  std::visit(
      [&](auto const& alternative) {
        out.begin_object();
        out.member("type", kind_name<std::remove_cvref_t<decltype(alternative)>>());
        out.key("value");
        write_value(out, alternative);
        out.end_object();
      },
      value);
}

template <class T>
void write_clock(json_writer& out, T const& value) {
  std::string text;
  if constexpr (shape_v<T> == shape::time) {
    if (!append_time(text, value)) out.fail("a time outside of the years 1 to 9999");
  } else {
    if constexpr (std::is_floating_point_v<typename T::rep>)
      if (!__builtin_isfinite(value.count())) out.fail("a duration that is not finite");
    append_duration(text, value);
  }
  out.value(text);
}

template <class T>
void write_value(json_writer& out, T const& value) {
  constexpr auto is = shape_v<T>;
  if constexpr (is == shape::custom)
    write_value(out, static_cast<representation<T> const&>(payload_traits<T>::to(value)));
  else if constexpr (is == shape::null)
    out.null();
  else if constexpr (is == shape::character)
    out.value(std::string_view{&value, 1});
  else if constexpr (is == shape::enumeration) {
    if (auto const name = reflect::enum_name(value); !name.empty())
      out.value(name);
    else
      out.value(static_cast<std::underlying_type_t<T>>(value));
  } else if constexpr (is == shape::bytes)
    out.value(base64::encode(bytes_view(value)));
  else if constexpr (is == shape::optional)
    value.has_value() ? write_value(out, *value) : out.null();
  else if constexpr (is == shape::variant)
    write_variant(out, value);
  else if constexpr (is == shape::duration || is == shape::time)
    write_clock(out, value);
  else if constexpr (is == shape::map)
    write_map(out, value);
  else if constexpr (is == shape::aggregate)
    write_aggregate(out, value);
  else if constexpr (is == shape::tuple) {
    out.begin_array();
    std::apply([&](auto const&... items) { (write_value(out, items), ...); }, value);
    out.end_array();
  } else if constexpr (is == shape::fixed_array || is == shape::sequence || is == shape::set) {
    out.begin_array();
    for_each_sorted(value, [&](typename T::value_type const& item) { write_value(out, item); });
    out.end_array();
  } else {
    static_assert(is != shape::none && is != shape::whole,
                  "perdure: this type has no JSON (see payload_type.hpp)");
    out.value(value);
  }
}

} // namespace perdure::inline v0::detail
