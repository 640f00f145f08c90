// Where a program says how its own types become payloads, and what fields used to be called.
#pragma once

#include "perdure/data/reflect.hpp"

#include <cstddef>
#include <string_view>
#include <type_traits>
#include <utility>

namespace perdure::inline v0 {

/// How a type that is not a plain aggregate is recorded: as another type, its representation.
///
///     template <> struct perdure::payload_traits<money> {
///       static auto to(money const& m) -> std::int64_t { return m.cents(); }
///       static auto from(std::int64_t cents) -> money { return money::of_cents(cents); }
///     };
///
/// The representation may be any type that can be a payload, `perdure::payload` itself included:
/// then the type has an encoding of its own, and can stand as an argument or a result, but not
/// inside another value. `from` may throw; the exception passes through. The type must be
/// default-constructible to stand inside another value.
template <class T>
struct payload_traits {};

/// Makes an aggregate of one field look like that field: `{"id":"a"}` becomes `"a"`. For strong
/// ids:
///
///     struct order_id { std::string text{}; };
///     template <> struct perdure::payload_traits<order_id> : perdure::transparent<order_id> {};
template <class T>
struct transparent {
  static constexpr auto to(T const& whole) -> auto const& {
    static_assert(reflect::field_count<T> == 1,
                  "perdure: only an aggregate of one field can be transparent");
    return reflect::apply(whole, [](auto const& field) -> auto const& { return field; });
  }
  template <class Field>
  static constexpr auto from(Field field) -> T {
    return T{std::move(field)};
  }
};

/// A field that had another name in recorded values.
struct renamed {
  std::string_view old_name;
  std::string_view field;
};

/// Old names that reading accepts; writing uses the new ones.
///
///     struct order { int quantity{}; };
///     template <> inline constexpr auto perdure::renamed_fields<order> =
///         std::array{perdure::renamed{"qty", "quantity"}};
template <class T>
inline constexpr auto renamed_fields = nullptr;

namespace detail {

template <class T>
concept has_traits = requires(T const& value) { payload_traits<T>::to(value); };

template <class T>
using representation =
    std::remove_cvref_t<decltype(payload_traits<T>::to(std::declval<T const&>()))>;

template <class T>
consteval auto has_renamed_fields() -> bool {
  return !std::is_same_v<std::remove_cvref_t<decltype(renamed_fields<T>)>, std::nullptr_t>;
}

} // namespace detail
} // namespace perdure::inline v0
