// Which types can be recorded, and the words for those that cannot.
#pragma once

#include "perdure/data/detail/shape.hpp"

#include <cstdint>
#include <string_view>
#include <type_traits>

namespace perdure::inline v0 {

namespace detail {

enum class refusal : std::uint8_t {
  none,
  reference,
  pointer,
  function,
  c_string,
  c_array,
  view,
  odd_character,
  odd_number,
  unions,
  base,
  no_default,
  too_many,
  private_members,
  const_field,
  nested_null,
  nested_payload,
  same_names,
  repeated_keys,
  odd_duration,
  odd_clock,
};

template <class T>
struct time_like {
  static constexpr auto why = refusal::none;
};
template <class R, class P>
struct time_like<std::chrono::duration<R, P>> {
  static constexpr auto why = refusal::odd_duration;
};
template <class C, class D>
struct time_like<std::chrono::time_point<C, D>> {
  static constexpr auto why = refusal::odd_clock;
};

/// Why a type has no shape.
template <class T>
consteval auto why_none() -> refusal {
  if constexpr (std::is_reference_v<T>)
    return refusal::reference;
  else if constexpr (std::is_function_v<std::remove_pointer_t<T>> || std::is_member_pointer_v<T>)
    return refusal::function;
  else if constexpr (std::is_pointer_v<T> || std::is_array_v<T>) {
    using item = std::remove_cv_t<std::remove_pointer_t<std::decay_t<T>>>;
    if constexpr (std::is_same_v<item, char>)
      return refusal::c_string;
    else
      return std::is_array_v<T> ? refusal::c_array : refusal::pointer;
  } else if constexpr (one_of<T, wchar_t, char8_t, char16_t, char32_t>)
    return refusal::odd_character;
  else if constexpr (std::is_arithmetic_v<T>)
    return refusal::odd_number;
  else if constexpr (std::is_union_v<T>)
    return refusal::unions;
  else if constexpr (time_like<T>::why != refusal::none)
    return time_like<T>::why;
  else if constexpr (container<T> && requires { typename T::mapped_type; })
    return refusal::repeated_keys;
  else if constexpr (!std::is_aggregate_v<T>)
    return refusal::private_members;
  else if constexpr (!std::is_default_constructible_v<T>)
    return refusal::no_default;
  else if constexpr (!plain_aggregate<T>)
    return refusal::base;
  else
    return refusal::c_array;
}

template <class T, class... Outer>
consteval auto refusal_of() -> refusal;

/// A value inside another one.
template <class T, class... Outer>
consteval auto refusal_inside() -> refusal {
  if constexpr (std::is_const_v<T>)
    return refusal::const_field;
  else if constexpr (shape_v<T> == shape::whole)
    return refusal::nested_payload;
  else
    return refusal_of<T, Outer...>();
}

/// Whether a type can stand in any other one, seen at a glance: asked once, not for each type that
/// it stands in.
template <class T>
inline constexpr bool is_plain_value =
    !std::is_const_v<T> &&
    (shape_v<T> == shape::text || shape_v<T> == shape::boolean || shape_v<T> == shape::character ||
     shape_v<T> == shape::integer || shape_v<T> == shape::floating ||
     shape_v<T> == shape::enumeration || shape_v<T> == shape::bytes ||
     shape_v<T> == shape::duration || shape_v<T> == shape::time);

template <class... Outer, class... Ts>
consteval auto first_refusal(types<Ts...>, types<Outer...>) -> refusal {
  auto first = refusal::none;
  if constexpr (!(is_plain_value<Ts> && ...))
    (void)(((first = refusal_inside<Ts, Outer...>()) == refusal::none) && ...);
  return first;
}

template <class... Ts>
consteval auto have_equal_names(types<Ts...>) -> bool {
  constexpr std::string_view names[]{kind_name<Ts>()...};
  for (auto const& a : names)
    for (auto const& b : names)
      if (&a != &b && a == b) return true;
  return false;
}

template <class T, class... Outer>
consteval auto refusal_of() -> refusal {
  constexpr auto is = shape_v<T>;
  using around = types<T, Outer...>;
  constexpr bool looked_at = (std::is_same_v<T, Outer> || ...); // where a type holds itself
  if constexpr (is == shape::none)
    return why_none<T>();
  else if constexpr (is == shape::text_view)
    return refusal::view;
  else if constexpr (is == shape::null && !std::is_default_constructible_v<T>)
    return refusal::no_default; // nullopt_t
  else if constexpr (is == shape::custom && !looked_at) {
    if constexpr (shape_v<representation<T>> == shape::whole)
      return sizeof...(Outer) == 0 ? refusal::none : refusal::nested_payload;
    else
      return first_refusal(types<representation<T>>{}, around{});
  } else if constexpr (is == shape::optional) {
    using inner = typename pattern<T>::parts;
    return []<class U>(types<U>) { return is_nullable<U>(); }(inner{})
               ? refusal::nested_null
               : first_refusal(inner{}, around{});
  } else if constexpr (is == shape::variant) {
    if constexpr (have_equal_names(typename pattern<T>::parts{}))
      return refusal::same_names;
    else
      return first_refusal(typename pattern<T>::parts{}, around{});
  } else if constexpr (is == shape::tuple || is == shape::fixed_array)
    return first_refusal(typename pattern<T>::parts{}, around{});
  else if constexpr (is == shape::map)
    return first_refusal(types<typename T::key_type, typename T::mapped_type>{}, around{});
  else if constexpr (is == shape::set || is == shape::sequence)
    return first_refusal(types<typename T::value_type>{}, around{});
  else if constexpr (is == shape::aggregate && !looked_at) {
    if constexpr (reflect::field_count<T> > field_count_max)
      return refusal::too_many;
    else
      return first_refusal(member_types<T>{}, around{});
  }
  return refusal::none;
}

} // namespace detail

/// A type whose values can be recorded and read back: numbers, text, bytes, enumerations, time, the
/// standard containers, `optional`, `variant`, `pair`, `tuple`, aggregates of these (recursive ones
/// too), whatever has `payload_traits`, and `payload` itself as a whole argument or result.
template <class T>
concept payload_type = detail::refusal_of<T>() == detail::refusal::none;

namespace detail {

template <refusal why>
consteval void explain_refusal() {
  using enum refusal;
  static_assert(why != reference && why != pointer,
                "perdure: this type cannot be a payload: it holds a pointer or reference (field "
                "types must be values)");
  static_assert(why != function,
                "perdure: this type cannot be a payload: it holds a function or a member pointer");
  static_assert(why != c_string, "perdure: char const* cannot be a payload: use std::string");
  static_assert(why != view,
                "perdure: std::string_view can be written but not read back: use std::string");
  static_assert(why != c_array,
                "perdure: this type cannot be a payload: it holds a C array (use std::array), or a "
                "field that cannot be initialised with {}");
  static_assert(why != odd_character,
                "perdure: this type cannot be a payload: it holds a wide character "
                "(text is UTF-8 in std::string)");
  static_assert(why != odd_number,
                "perdure: this type cannot be a payload: it holds a number that other languages "
                "cannot read (integers have up to 64 bits; long double is not portable)");
  static_assert(why != unions,
                "perdure: this type cannot be a payload: it holds a union (use std::variant)");
  static_assert(why != base,
                "perdure: this type cannot be a payload: it has a base class (make it a member)");
  static_assert(why != no_default,
                "perdure: this type cannot be a payload: it cannot be default-constructed, so "
                "that a missing field would have no value");
  static_assert(why != too_many,
                "perdure: this type cannot be a payload: an aggregate of more than 32 fields "
                "(nest some of them in a struct)");
  static_assert(why != private_members,
                "perdure: this type cannot be a payload: it is or holds a class that is not an "
                "aggregate (private members, constructors or virtual functions): "
                "specialise perdure::payload_traits for it");
  static_assert(why != const_field, "perdure: this type cannot be a payload: it has a const field");
  static_assert(why != nested_null,
                "perdure: this type cannot be a payload: an optional of something that can be null "
                "itself cannot tell the two apart");
  static_assert(why != nested_payload,
                "perdure: a payload is a whole argument or result, never part of another value");
  static_assert(
      why != same_names,
      "perdure: this type cannot be a payload: two alternatives of a variant have the same "
      "name (wrap one in a struct)");
  static_assert(why != repeated_keys,
                "perdure: this type cannot be a payload: a map with repeated keys is not JSON "
                "(use a map of vectors)");
  static_assert(why != odd_duration,
                "perdure: this type cannot be a payload: a duration that does not count in a "
                "built-in number");
  static_assert(why != odd_clock,
                "perdure: this type cannot be a payload: a time point must be of "
                "std::chrono::system_clock and count in integers, no finer than nanoseconds");
}

} // namespace detail

/// Does not compile unless `T` is a `payload_type`, and says why.
template <class T>
consteval void require_payload_type() {
  if constexpr (!payload_type<T>) detail::explain_refusal<detail::refusal_of<T>()>();
}

namespace detail {

/// What writing takes: views and nullopt too, which could not be read back.
template <class T>
concept writable_payload_type =
    payload_type<T> || shape_v<T> == shape::text_view || shape_v<T> == shape::null;

} // namespace detail
} // namespace perdure::inline v0
