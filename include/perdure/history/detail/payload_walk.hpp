// Finds every payload of a structure of history by its table of fields.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "perdure/history/detail/event_schemas.hpp"
#include "perdure/history/detail/visit_member.hpp"

namespace perdure::inline v0::detail {

/// Search attributes are read by the backend and stay as they are.
[[nodiscard]] inline auto is_for_the_backend(field const& which) noexcept -> bool {
  return which.name == "searchAttributes";
}

/// Whether there is any payload, or the text of a failure, in a structure.
[[nodiscard]] inline auto holds_payloads(void const* object, object_schema const& schema) -> bool {
  if (&schema == &schema_of<failure>()) return true;
  for (auto const& each : schema.fields) {
    if (is_for_the_backend(each)) continue;
    switch (each.kind) {
    case field_kind::one_payload:
    case field_kind::many_payloads:
    case field_kind::payload_map:
    case field_kind::payloads_map:
      if (!is_absent(each, object)) return true;
      break;
    case field_kind::object:
    case field_kind::boxed_object:
    case field_kind::alternative:
      if (auto const* const inside = object_in(each, object);
          inside != nullptr && holds_payloads(inside, each.access->schema()))
        return true;
      break;
    default: break;
    }
  }
  return false;
}

/// Calls `fn(payload const&)` for each payload of a structure, those of failures included.
template <class Fn>
void for_each_payload(void const* object, object_schema const& schema, Fn&& fn) {
  for (auto const& each : schema.fields) {
    if (is_for_the_backend(each) || is_absent(each, object)) continue;
    switch (each.kind) {
    case field_kind::one_payload: fn(*member_at<indirect<payload>>(object, each.offset)); break;
    case field_kind::many_payloads:
      for (auto const& value : member_at<payloads>(object, each.offset)) fn(value);
      break;
    case field_kind::payload_map:
      for (auto const& entry : *member_at<indirect<payload_map>>(object, each.offset))
        fn(entry.second);
      break;
    case field_kind::payloads_map:
      for (auto const& entry : *member_at<indirect<payloads_map>>(object, each.offset))
        for (auto const& value : entry.second) fn(value);
      break;
    case field_kind::object:
    case field_kind::boxed_object:
    case field_kind::alternative:
      for_each_payload(object_in(each, object), each.access->schema(), fn);
      break;
    default: break;
    }
  }
}

/// Calls `visit(M& member, std::string_view name)` for each member that holds payloads, as the type
/// it has, and for each failure; what is in a failure is left to `visit`. Parts that are shared are
/// copied first, so the structure itself must not be shared.
template <class Visit>
void walk_payloads(void* object, object_schema const& schema, Visit& visit) {
  for (auto const& each : schema.fields) {
    if (is_for_the_backend(each) || is_absent(each, object)) continue;
    switch (each.kind) {
    case field_kind::one_payload:
      visit(member_at<indirect<payload>>(object, each.offset).make(), each.name);
      break;
    case field_kind::many_payloads:
      visit(member_at<payloads>(object, each.offset), each.name);
      break;
    case field_kind::payload_map:
      visit(member_at<indirect<payload_map>>(object, each.offset).make(), each.name);
      break;
    case field_kind::payloads_map:
      visit(member_at<indirect<payloads_map>>(object, each.offset).make(), each.name);
      break;
    case field_kind::object:
    case field_kind::boxed_object:
    case field_kind::alternative: {
      auto const& inner = each.access->schema();
      void* const holder = &member_at<char>(object, each.offset);
      // An alternative is part of its variant, and as little shared as that.
      void* const inside = each.kind == field_kind::object ? holder
                           : each.kind == field_kind::boxed_object
                               ? each.access->make(holder)
                               : const_cast<void*>(each.access->get(holder));
      if (&inner == &schema_of<failure>())
        visit(*static_cast<failure*>(inside), each.name);
      else
        walk_payloads(inside, inner, visit);
      break;
    }
    default: break;
    }
  }
}

/// Copies of attributes that can be changed.
struct attributes_copier {
  object_schema const& (*schema)(){};
  void* (*edit)(event_attributes&){};
  event_attributes (*copy)(event_attributes const&){};
};

[[nodiscard]] inline auto attributes_copiers() -> std::vector<attributes_copier> const& {
  static std::vector<attributes_copier> const all = [] {
    std::vector<attributes_copier> made(1);
    for_each_event_structure([&]<class A>() {
      made.resize(static_cast<std::size_t>(A::type) + 1);
      made.back() = {
          &schema_of<A>, [](event_attributes& held) -> void* { return &held.edit<A>(); },
          [](event_attributes const& held) { return event_attributes::make(A{held.get<A>()}); }};
    });
    return made;
  }();
  return all;
}

/// Calls `change(void* object, object_schema const&)` on a copy of the attributes, which takes
/// their place; does nothing where they hold no payload.
template <class Change>
void change_payloads(event_attributes& attributes, Change&& change) {
  auto const view = view_of(attributes);
  auto const index = static_cast<std::size_t>(attributes.type());
  auto const& all = attributes_copiers();
  if (view.object == nullptr || static_cast<int>(attributes.type()) <= 0 || index >= all.size() ||
      all[index].copy == nullptr || !holds_payloads(view.object, *view.schema))
    return;
  event_attributes copy = all[index].copy(attributes);
  change(all[index].edit(copy), *view.schema);
  attributes = std::move(copy);
}

} // namespace perdure::inline v0::detail
