// What is recorded, field by field: in words, and compared.
#pragma once

#include <concepts>
#include <string>
#include <string_view>

#include "perdure/config.hpp"
#include "perdure/history/detail/event_schemas.hpp"
#include "perdure/history/detail/visit_member.hpp"
#include "perdure/history/event.hpp"
#if PERDURE_DEFINES
  #include "perdure/history/detail/history_writer.hpp"
#endif

PERDURE_SELDOM_BEGIN

namespace perdure::inline v0 {

namespace detail {

template <class Unused = void>
[[nodiscard]] auto equal_objects(void const* a, void const* b, object_schema const& schema) -> bool;

template <class Unused = void>
[[nodiscard]] auto equal_fields(field const& which, void const* a, void const* b) -> bool;

template <class Unused>
auto equal_objects(void const* a, void const* b, object_schema const& schema) -> bool;

/// A field's value, with payloads as what they hold.
template <class Unused = void>
[[nodiscard]] auto describe_value(field const& which, void const* object) -> std::string;

/// The field as a report shows it: JSON, with payloads by their size.
template <class Unused = void>
[[nodiscard]] auto describe_field(field const& which, void const* object) -> std::string;

template <class Unused = void>
[[nodiscard]] auto describe_unknown(indirect<unknown_fields> const& unknown) -> std::string;

/// A structure of history: it lists its fields.
template <class A>
concept listed = requires(A const& object, schema_builder<object_schema>& builder) {
  A::fields(object, builder);
};

} // namespace detail

/// Whether both record the same, in every field. Structures compare by value.
template <detail::listed A>
  requires(!std::same_as<A, failure>) // which has its own
[[nodiscard]] auto operator==(A const& a, A const& b) -> bool {
  return detail::equal_objects(&a, &b, detail::schema_of<A>());
}
template <std::same_as<event_attributes> A>
[[nodiscard]] auto operator==(A const& a, A const& b) -> bool {
  if (a.same(b) || a.type() != b.type()) return a.same(b);
  auto const left = detail::view_of<>(a);
  return detail::equal_objects(left.object, detail::view_of<>(b).object, *left.schema);
}
template <std::same_as<event> E>
[[nodiscard]] auto operator==(E const& a, E const& b) -> bool {
  return a.id == b.id && a.time == b.time && a.type == b.type &&
         a.worker_may_ignore == b.worker_may_ignore && a.attributes == b.attributes &&
         a.extras == b.extras;
}

/// Calls `on(std::string_view field, std::string const& value)` for every field that is set, in
/// Temporal's spelling and order. The values are JSON for people to read: payloads are shown as the
/// values that they hold, whole, or by their size where they hold no JSON.
template <class F>
void for_each_field(event_attributes const& what, F&& on) {
  if (auto const* const unknown = what.get_if<events::unknown_event>())
    return on(std::string_view{unknown->attributes_key}, unknown->attributes);
  if (!what) return;
  auto const held = detail::view_of<>(what);
  for (auto const& each : held.schema->fields) {
    if (detail::is_absent(each, held.object)) continue;
    std::string const text = detail::describe_value(each, held.object);
    on(each.name, text);
  }
}

/// Calls `on(std::string_view field, std::string const& in_a, std::string const& in_b)` for every
/// field that differs, in Temporal's spelling and order (`startToCloseTimeout`). The texts are
/// JSON, "(not set)" for a field that is not there; payloads are shown by their size, never by
/// their content. For attributes of two types there is one difference, named "type".
template <class F>
void for_each_field_difference(event_attributes const& a, event_attributes const& b, F&& on) {
  if (a.same(b)) return;
  if (a.type() != b.type() || !a || !b) {
    auto const name = [](event_attributes const& held) {
      return held ? wire_name_of(held.type()) : std::string{"(not set)"};
    };
    on(std::string_view{"type"}, name(a), name(b));
    return;
  }
  auto const left = detail::view_of<>(a);
  auto const* const right = detail::view_of<>(b).object;
  for (auto const& each : left.schema->fields)
    if (!detail::equal_fields(each, left.object, right))
      on(each.name, detail::describe_field(each, left.object), detail::describe_field(each, right));
  if (left.schema->unknown == detail::object_schema::none) return;
  auto const& in_a = detail::member_at<indirect<unknown_fields>>(left.object, left.schema->unknown);
  auto const& in_b = detail::member_at<indirect<unknown_fields>>(right, left.schema->unknown);
  if (!(in_a == in_b))
    on(std::string_view{"unknown"}, detail::describe_unknown(in_a), detail::describe_unknown(in_b));
}

} // namespace perdure::inline v0

PERDURE_SELDOM_END

#if PERDURE_DEFINES
namespace perdure::inline v0::detail {
PERDURE_SELDOM_BEGIN
template <class Unused>
auto equal_fields(field const& which, void const* a, void const* b) -> bool {
  return with_member_type(which.kind, [&]<class T>(T*) -> bool {
    if constexpr (std::is_same_v<T, object_member>) {
      auto const* const left = object_in(which, a);
      auto const* const right = object_in(which, b);
      if (left == nullptr || right == nullptr) return left == right;
      return equal_objects<Unused>(left, right, which.access->schema());
    } else if constexpr (std::is_same_v<T, enum_member>) {
      return load_enum(a, which.offset) == load_enum(b, which.offset);
    } else {
      return member_at<T>(a, which.offset) == member_at<T>(b, which.offset);
    }
  });
}
template <class Unused>
auto equal_objects(void const* a, void const* b, object_schema const& schema) -> bool {
  for (auto const& each : schema.fields)
    if (!equal_fields<Unused>(each, a, b)) return false;
  if (schema.unknown == object_schema::none) return true;
  using unknown = indirect<unknown_fields>;
  return member_at<unknown>(a, schema.unknown) == member_at<unknown>(b, schema.unknown);
}
template <class Unused>
auto describe_value(field const& which, void const* object) -> std::string {
  std::string text;
  json_writer out{text};
  history_writer<Unused>{out, payload_style::value}.write_value(which, object);
  out.finish();
  return text;
}
template <class Unused>
auto describe_field(field const& which, void const* object) -> std::string {
  if (is_absent<Unused>(which, object)) return "(not set)";
  std::string text;
  json_writer out{text};
  history_writer<Unused>{out, payload_style::size}.write_field(which, object);
  out.finish();
  return text;
}
template <class Unused>
auto describe_unknown(indirect<unknown_fields> const& unknown) -> std::string {
  if (!unknown) return "(not set)";
  std::string text;
  for (auto const& each : unknown->members) {
    if (!text.empty()) text += ", ";
    text += each.path;
    text += ": ";
    text += each.json;
  }
  return text;
}
PERDURE_SELDOM_END
  #ifdef PERDURE_SOURCE
template auto equal_fields<void>(field const& which, void const* a, void const* b) -> bool;
template auto equal_objects<void>(void const* a, void const* b, object_schema const& schema)
    -> bool;
template auto describe_value<void>(field const& which, void const* object) -> std::string;
template auto describe_field<void>(field const& which, void const* object) -> std::string;
template auto describe_unknown<void>(indirect<unknown_fields> const& unknown) -> std::string;
  #endif
} // namespace perdure::inline v0::detail
#endif
