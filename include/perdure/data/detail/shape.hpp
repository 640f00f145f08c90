// What kind of value a type is, for everything that walks over values: JSON, payloads, to_text.
#pragma once

#include "perdure/data/enum_reflection.hpp"
#include "perdure/data/indirect.hpp"
#include "perdure/data/payload.hpp"
#include "perdure/data/payload_traits.hpp"
#include "perdure/data/reflect.hpp"
#include "perdure/data/shared_string.hpp"
#include "perdure/time.hpp"

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace perdure::inline v0::detail {

enum class shape : std::uint8_t {
  custom, // payload_traits
  whole,  // perdure::payload
  null,   // monostate, nullptr_t, nullopt_t
  boolean,
  character,
  integer,
  floating,
  enumeration,
  text,
  text_view, // can be written, never read
  bytes,
  optional, // std::optional, indirect
  variant,
  duration,
  time,
  fixed_array, // std::array
  tuple,       // std::tuple, std::pair
  map,
  set,
  sequence,
  aggregate,
  none,
};

template <class... Ts>
struct types {};

template <class T, class... Others>
concept one_of = (__is_same(T, Others) || ...);

template <class T>
concept number_type =
    std::is_integral_v<T> && sizeof(T) <= 8 && !one_of<T, wchar_t, char8_t, char16_t, char32_t>;

template <class T>
struct pattern {
  static constexpr auto is = shape::none;
};
template <class T>
struct pattern<std::optional<T>> {
  static constexpr auto is = shape::optional;
  using parts = types<T>;
};
template <class T>
struct pattern<indirect<T>> : pattern<std::optional<T>> {};
template <class... Ts>
struct pattern<std::variant<Ts...>> {
  static constexpr auto is = shape::variant;
  using parts = types<Ts...>;
};
template <class... Ts>
struct pattern<std::tuple<Ts...>> {
  static constexpr auto is = shape::tuple;
  using parts = types<Ts...>;
};
template <class A, class B>
struct pattern<std::pair<A, B>> : pattern<std::tuple<A, B>> {};
template <class T, std::size_t N>
struct pattern<std::array<T, N>> {
  static constexpr auto is = std::is_same_v<T, std::byte> ? shape::bytes : shape::fixed_array;
  using parts = types<T>;
};
template <class Rep, class Period>
struct pattern<std::chrono::duration<Rep, Period>> {
  static constexpr auto is =
      number_type<Rep> || one_of<Rep, float, double> ? shape::duration : shape::none;
};
template <class D>
struct pattern<std::chrono::time_point<std::chrono::system_clock, D>> {
  using period = typename D::period::type;
  static constexpr bool fits = std::nano::den % period::den == 0 && period::num <= std::nano::den;
  static constexpr auto is = number_type<typename D::rep> && fits ? shape::time : shape::none;
};

template <class T>
concept container = requires(T& items) {
  typename T::value_type;
  items.begin();
  items.end();
  items.size();
  items.clear();
};

template <class T>
concept map_like =
    container<T> && requires(T& items, typename T::key_type key, typename T::mapped_type value) {
      { items.emplace(std::move(key), std::move(value)).second } -> std::convertible_to<bool>;
    };

template <class T>
concept set_like = container<T> && !requires { typename T::mapped_type; } &&
                   requires(T& items, typename T::key_type key) { items.insert(std::move(key)); };

template <class T>
concept sequence_like = container<T> && requires(T& items, typename T::value_type value) {
  items.push_back(std::move(value));
};

/// Whether the order of iteration is not part of the value: such containers are written sorted.
template <class T>
concept unordered = requires { typename T::hasher; };

/// The shape of a class that has no traits.
template <class T>
consteval auto shape_of_class() -> shape {
  if constexpr (pattern<T>::is != shape::none)
    return pattern<T>::is;
  else if constexpr (__is_same(T, payload))
    return shape::whole;
  else if constexpr (one_of<T, std::monostate, std::nullopt_t>)
    return shape::null;
  else if constexpr (one_of<T, std::string, shared_string>)
    return shape::text;
  else if constexpr (__is_same(T, std::string_view))
    return shape::text_view;
  else if constexpr (__is_same(T, std::vector<std::byte>))
    return shape::bytes;
  else if constexpr (map_like<T>)
    return shape::map;
  else if constexpr (set_like<T>)
    return shape::set;
  else if constexpr (sequence_like<T>)
    return shape::sequence;
  else if constexpr (plain_aggregate<T> && one_initialiser_per_member<T>())
    return shape::aggregate;
  else
    return shape::none;
}

template <class T>
consteval auto shape_of() -> shape {
  if constexpr (has_traits<T>)
    return shape::custom;
  else if constexpr (std::is_class_v<T>)
    return shape_of_class<T>();
  else if constexpr (__is_same(T, std::nullptr_t))
    return shape::null;
  else if constexpr (__is_same(T, bool))
    return shape::boolean;
  else if constexpr (__is_same(T, char))
    return shape::character;
  else if constexpr (number_type<T>)
    return shape::integer;
  else if constexpr (one_of<T, float, double>)
    return shape::floating;
  else if constexpr (std::is_enum_v<T>)
    return shape::enumeration;
  else
    return shape::none;
}

template <class T>
inline constexpr shape shape_v = shape_of<T>();

/// Whether null is one of the values, so that an optional of it could not tell which null was
/// meant.
template <class T>
consteval auto is_nullable() -> bool {
  if constexpr (shape_v<T> == shape::custom)
    return is_nullable<representation<T>>();
  else
    return shape_v<T> == shape::optional || shape_v<T> == shape::null || shape_v<T> == shape::whole;
}

/// Whether a map with such keys is a JSON object. Others are arrays of pairs.
template <class K>
consteval auto is_object_key() -> bool {
  if constexpr (shape_v<K> == shape::custom)
    return is_object_key<representation<K>>();
  else
    return shape_v<K> == shape::text || shape_v<K> == shape::integer ||
           shape_v<K> == shape::enumeration || shape_v<K> == shape::character;
}

template <class Indices, class... Members>
auto types_pointed_to(pointer_list<Indices, Members*...> const&) -> types<Members...>;

/// The members' types, const where a member is const.
template <class T>
using member_types = decltype(types_pointed_to(std::declval<member_pointers<T>>()));

/// What a type is called in texts and in variants: the same on every compiler, and short.
template <class T>
consteval auto kind_name() -> std::string_view {
  constexpr auto is = shape_v<T>;
  if constexpr (is == shape::null)
    return "null";
  else if constexpr (is == shape::boolean)
    return "bool";
  else if constexpr (is == shape::character)
    return "char";
  else if constexpr (is == shape::integer) {
    constexpr std::string_view names[2][4]{{"uint8", "uint16", "uint32", "uint64"},
                                           {"int8", "int16", "int32", "int64"}};
    return names[std::is_signed_v<T>][sizeof(T) == 8 ? 3 : sizeof(T) / 2];
  } else if constexpr (is == shape::floating)
    return sizeof(T) == 4 ? "float" : "double";
  else if constexpr (is == shape::text || is == shape::text_view)
    return "string";
  else if constexpr (is == shape::bytes)
    return "bytes";
  else if constexpr (is == shape::optional)
    return "optional";
  else if constexpr (is == shape::variant)
    return "variant";
  else if constexpr (is == shape::duration)
    return "duration";
  else if constexpr (is == shape::time)
    return "time";
  else if constexpr (is == shape::tuple)
    return "tuple";
  else if constexpr (is == shape::map)
    return "map";
  else if constexpr (is == shape::set)
    return "set";
  else if constexpr (is == shape::sequence || is == shape::fixed_array)
    return "array";
  else
    return reflect::type_name<T>();
}

} // namespace perdure::inline v0::detail
