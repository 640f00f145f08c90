// Names and members of aggregates at compile time, without a macro.
#pragma once

#include "perdure/data/detail/members.hpp"

#include <cstddef>
#include <string_view>
#include <type_traits>
#include <utility>

namespace perdure::inline v0 {

#if defined(__clang__)
  #pragma clang diagnostic push
  #pragma clang diagnostic ignored "-Wundefined-var-template"
  #pragma clang diagnostic ignored "-Wundefined-internal"
#endif

namespace detail {

/// Converts to every type but the aggregate under examination: what a member could be initialised
/// with.
template <class Whole>
struct anything {
  template <class T>
    requires(!__is_same(T, Whole))
  operator T() const noexcept {
    __builtin_unreachable(); // never called, but a body is asked for where T has no linkage
  }
};

/// Converts to the bases of the aggregate only.
template <class Whole>
struct any_base {
  template <class T>
    requires(__is_base_of(T, Whole) && !__is_same(T, Whole))
  operator T() const noexcept {
    __builtin_unreachable();
  }
};

template <class T, std::size_t... Before, std::size_t... After>
consteval auto takes_default_between(std::index_sequence<Before...>, std::index_sequence<After...>)
    -> bool {
  return requires { T{(void(Before), anything<T>{})..., {}, (void(After), anything<T>{})...}; };
}

template <class T, std::size_t... I>
consteval auto takes(std::index_sequence<I...>) -> bool {
  return requires { T{(void(I), anything<T>{})...}; };
}

/// Most initialisers that `T{...}` takes, found by bisection, where few are tried first: most
/// structures are small. At most one more than the library handles.
template <class T, std::size_t Low = 0, std::size_t High = field_count_max + 2>
consteval auto initialiser_count() -> std::size_t {
  constexpr auto middle = Low < 8 && High - Low > 8 ? Low + 4 : (Low + High) / 2;
  if constexpr (High - Low == 1)
    return Low;
  else if constexpr (takes<T>(std::make_index_sequence<middle>{}))
    return initialiser_count<T, middle, High>();
  else
    return initialiser_count<T, Low, middle>();
}

/// Whether each initialiser is one member: a C array swallows several.
template <class T>
consteval auto one_initialiser_per_member() -> bool {
  constexpr auto count = initialiser_count<T>();
  return []<std::size_t... I>(std::index_sequence<I...>) {
    return (takes_default_between<T>(std::make_index_sequence<I>{},
                                     std::make_index_sequence<count - 1 - I>{}) &&
            ...);
  }(std::make_index_sequence<count>{});
}

template <class T>
concept plain_aggregate = std::is_class_v<T> && std::is_aggregate_v<T> &&
                          std::is_default_constructible_v<T> && !requires { T{any_base<T>{}}; };

template <class T>
struct holder {
  T value;
};

/// Declared to have addresses of members at compile time; there is no such object.
template <class T>
extern holder<T> absent;

// Without a declared return type, which GCC would explain at the end of the text.
template <auto Pointer>
consteval auto spelling() {
  return std::string_view{__PRETTY_FUNCTION__, sizeof(__PRETTY_FUNCTION__) - 1};
}
template <class T>
consteval auto spelling() {
  return std::string_view{__PRETTY_FUNCTION__, sizeof(__PRETTY_FUNCTION__) - 1};
}

constexpr auto is_name_char(char c) noexcept -> bool {
  return c == '_' || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
         static_cast<unsigned char>(c) >= 0x80;
}

/// The identifier that ends at `end` in `text`.
constexpr auto identifier_before(std::string_view text, std::size_t end) noexcept
    -> std::string_view {
  char const* const all = text.data(); // compilers take long for calls
  auto begin = end;
  while (begin > 0 && is_name_char(all[begin - 1])) --begin;
  return {all + begin, end - begin};
}

/// The last identifier. Clang prints `&absent.value.name]`, GCC `(& absent<T>.T::name)]`.
constexpr auto last_identifier(std::string_view text) noexcept -> std::string_view {
  char const* const all = text.data();
  auto end = text.size();
  while (end > 0 && !is_name_char(all[end - 1])) --end;
  return identifier_before(text, end);
}

/// The name of `... T = a::b<c>::name<d>; ...]` without scopes and template arguments.
constexpr auto unqualified(std::string_view text) noexcept -> std::string_view {
  char const* const all = text.data();
  auto const size = text.size();
  auto const begin = text.find("T = ") + 4;
  auto end = begin;
  auto name_end = begin;
  for (int nested = 0; end < size && (nested > 0 || (all[end] != ']' && all[end] != ';')); ++end) {
    char const c = all[end];
    if (c == '<' || c == '(' || c == '{') ++nested;
    if (c == '>' || c == ')' || c == '}') --nested;
    if (nested == 0 && is_name_char(c)) name_end = end + 1;
  }
  return identifier_before(text, name_end);
}

template <std::size_t I, class Pointer>
struct indexed_pointer {
  Pointer to;
};
template <class Indices, class... Pointers>
struct pointer_list;
template <std::size_t... I, class... Pointers>
struct pointer_list<std::index_sequence<I...>, Pointers...> : indexed_pointer<I, Pointers>... {};

struct list_pointers {
  template <class... Members>
  consteval auto operator()(Members&... members) const {
    return pointer_list<std::make_index_sequence<sizeof...(Members)>, Members*...>{{&members}...};
  }
};

template <std::size_t I, class Pointer>
consteval auto pointer_at(indexed_pointer<I, Pointer> const& one) -> Pointer {
  return one.to;
}

/// Where the members of `absent<T>` are.
template <class T>
consteval auto find_members() {
  return with_members<initialiser_count<T>()>(absent<T>.value, list_pointers{});
}
template <class T>
using member_pointers = decltype(find_members<T>());

#if defined(__clang__)
/// All at once, which is cheaper than one by one.
template <class T>
inline constexpr auto member_addresses = find_members<T>();
template <class T, std::size_t I>
consteval auto member_address() {
  return pointer_at<I>(member_addresses<T>);
}
#else
/// GCC would keep a variable of a type of one file in the program, where `absent` is not.
template <class T, std::size_t I>
consteval auto member_address() {
  return pointer_at<I>(find_members<T>());
}
#endif

} // namespace detail

/// Compile-time facts about types. `T` is an aggregate without bases, C arrays and bit-fields, that
/// can be default-constructed, of at most 32 members. Cost: a bisection per type, one instantiation
/// per name.
namespace reflect {

template <class T>
inline constexpr std::size_t field_count = detail::initialiser_count<T>();

/// The name of member `I`, as written in the source.
template <class T, std::size_t I>
inline constexpr std::string_view field_name =
    detail::last_identifier(detail::spelling<detail::member_address<T, I>()>());

#if defined(__clang__)
  #pragma clang diagnostic pop
#endif

/// Calls `fn(members...)`: all members of `object` at once, in order.
template <class T, class Fn>
constexpr auto apply(T& object, Fn&& fn) -> decltype(auto) {
  return detail::with_members<field_count<std::remove_const_t<T>>>(object, std::forward<Fn>(fn));
}

/// Calls `fn(std::string_view name, member)` for each member of `object`, in order.
template <class T, class Fn>
constexpr void for_each_field(T& object, Fn&& fn) {
  apply(object, [&](auto&... members) {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      (fn(field_name<std::remove_const_t<T>, I>, members), ...);
    }(std::make_index_sequence<sizeof...(members)>{});
  });
}

/// The name of a class or enumeration without scopes and template arguments, the same on every
/// compiler.
template <class T>
[[nodiscard]] consteval auto type_name() -> std::string_view {
  return detail::unqualified(detail::spelling<T>());
}

} // namespace reflect
} // namespace perdure::inline v0
