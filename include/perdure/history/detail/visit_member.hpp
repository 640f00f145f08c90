// Calls a function with one member of a structure, as the type it has.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "perdure/history/detail/schema.hpp"

namespace perdure::inline v0::detail {

/// Stands for a member that is a structure: how to reach it depends on the field.
struct object_member {};
/// Stands for a member that is an enumerator; see `load_enum`.
struct enum_member {};

/// Calls `fn(static_cast<T*>(nullptr))` with the type of the members of that kind. Enumerators come
/// as `enum_member`, structures as `object_member`.
template <class Fn>
auto with_member_type(field_kind kind, Fn&& fn) -> decltype(auto) {
  auto const call = [&]<class T>(T* type) -> decltype(auto) { return fn(type); };
  switch (kind) {
  case field_kind::int64: return call(static_cast<std::int64_t*>(nullptr));
  case field_kind::int32: return call(static_cast<std::int32_t*>(nullptr));
  case field_kind::uint32: return call(static_cast<std::uint32_t*>(nullptr));
  case field_kind::boolean: return call(static_cast<bool*>(nullptr));
  case field_kind::float32: return call(static_cast<float*>(nullptr));
  case field_kind::float64: return call(static_cast<double*>(nullptr));
  case field_kind::text: return call(static_cast<std::string*>(nullptr));
  case field_kind::shared_text: return call(static_cast<shared_string*>(nullptr));
  case field_kind::span: return call(static_cast<duration*>(nullptr));
  case field_kind::optional_span: return call(static_cast<std::optional<duration>*>(nullptr));
  case field_kind::optional_time: return call(static_cast<std::optional<time_point>*>(nullptr));
  case field_kind::enumeration: return call(static_cast<enum_member*>(nullptr));
  case field_kind::reason_list: return call(static_cast<reason_list*>(nullptr));
  case field_kind::uint32_list: return call(static_cast<std::vector<std::uint32_t>*>(nullptr));
  case field_kind::text_list: return call(static_cast<std::vector<std::string>*>(nullptr));
  case field_kind::one_payload: return call(static_cast<indirect<payload>*>(nullptr));
  case field_kind::many_payloads: return call(static_cast<payloads*>(nullptr));
  case field_kind::payload_map: return call(static_cast<indirect<perdure::payload_map>*>(nullptr));
  case field_kind::payloads_map:
    return call(static_cast<indirect<perdure::payloads_map>*>(nullptr));
  case field_kind::string_map: return call(static_cast<indirect<perdure::string_map>*>(nullptr));
  case field_kind::raw: return call(static_cast<indirect<raw_json>*>(nullptr));
  case field_kind::object:
  case field_kind::boxed_object:
  case field_kind::alternative: break;
  }
  return call(static_cast<object_member*>(nullptr));
}

// What proto3 leaves out of a document: values that say nothing.
[[nodiscard]] inline auto is_absent(std::string const& text) noexcept -> bool {
  return text.empty();
}
[[nodiscard]] inline auto is_absent(shared_string const& text) noexcept -> bool {
  return text.empty();
}
[[nodiscard]] inline auto is_absent(payloads const& list) noexcept -> bool { return list.empty(); }
template <class T>
[[nodiscard]] auto is_absent(std::vector<T> const& list) noexcept -> bool {
  return list.empty();
}
template <class T>
[[nodiscard]] auto is_absent(std::optional<T> const& maybe) noexcept -> bool {
  return !maybe;
}
template <class T>
[[nodiscard]] auto is_absent(indirect<T> const& maybe) noexcept -> bool {
  return !maybe;
}
template <class T>
[[nodiscard]] auto is_absent(T const& number) noexcept -> bool {
  return number == T{};
}

/// The structure that the field holds, or null.
[[nodiscard]] inline auto object_in(field const& which, void const* object) -> void const* {
  auto const* const holder = &member_at<char>(object, which.offset);
  return which.kind == field_kind::object ? holder : which.access->get(holder);
}

/// Whether a document leaves the field out. A structure that is a plain member is left out when all
/// its fields are.
template <class Unused = void>
[[nodiscard]] auto is_absent(field const& which, void const* object) -> bool {
  return with_member_type(which.kind, [&]<class T>(T*) -> bool {
    if constexpr (std::is_same_v<T, object_member>) {
      auto const* const inside = object_in(which, object);
      if (inside == nullptr || which.kind != field_kind::object) return inside == nullptr;
      for (auto const& each : which.access->schema().fields)
        if (!is_absent<Unused>(each, inside)) return false;
      return true;
    } else if constexpr (std::is_same_v<T, enum_member>) {
      return load_enum(object, which.offset) == 0;
    } else {
      return is_absent(member_at<T>(object, which.offset));
    }
  });
}

} // namespace perdure::inline v0::detail
