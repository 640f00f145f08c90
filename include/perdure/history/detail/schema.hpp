// One table of fields per structure of history: it drives reading, writing, comparing and
// reporting. The tables are built from the `fields` function of each structure when they are first
// needed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include "perdure/data/indirect.hpp"
#include "perdure/data/payload.hpp"
#include "perdure/data/shared_string.hpp"
#include "perdure/history/enum_names.hpp"
#include "perdure/history/event_parts.hpp"
#include "perdure/history/raw_json.hpp"
#include "perdure/time.hpp"

namespace perdure::inline v0::detail {

/// How a member is stored, and so how it is written. The comments show JSON.
enum class field_kind : std::uint8_t {
  int64,         ///< "12"
  int32,         ///< 12
  uint32,        ///< 12
  boolean,       ///< true
  float32,       ///< 1.5
  float64,       ///< 1.5
  text,          ///< "a", std::string
  shared_text,   ///< "a", shared_string
  span,          ///< "1.500s", absent when zero
  optional_span, ///< "1.500s"
  optional_time, ///< "2020-07-30T00:30:02.971655189Z"
  enumeration,   ///< "RETRY_STATE_TIMEOUT"
  reason_list,   ///< ["SUGGEST_CONTINUE_AS_NEW_REASON_TOO_MANY_UPDATES"]
  uint32_list,   ///< [1, 2]
  text_list,     ///< ["a"]
  one_payload,   ///< {"metadata": {"encoding": "YQ=="}, "data": "YQ=="}
  many_payloads, ///< {"payloads": [...]}
  payload_map,   ///< {"a": payload}
  payloads_map,  ///< {"a": payloads}
  string_map,    ///< {"a": "b"}
  raw,           ///< anything
  object,        ///< {...}, a member structure
  boxed_object,  ///< {...}, an indirect structure
  alternative,   ///< {...}, one alternative of a failure's info
};

struct object_schema;

/// How to reach the structure inside a boxed_object or an alternative.
struct object_access {
  auto (*schema)() -> object_schema const&;
  auto (*get)(void const* holder) -> void const*; ///< null when there is none
  auto (*make)(void* holder) -> void*;            ///< null when another alternative is there
};

struct field {
  std::string_view name{};
  /// Of the one member of the object around the value; empty: there is no object.
  std::string_view inner{};
  std::uint16_t offset{};
  field_kind kind{};
  enum_table const* names{};
  object_access const* access{};
};

struct object_schema {
  static constexpr std::uint16_t none = 0xffff;

  explicit object_schema(void (*list)(object_schema&)) { list(*this); }

  std::vector<field> fields{};
  std::uint16_t unknown{none}; ///< Offset of the `indirect<unknown_fields>`, if there is one.

  /// The field of that name, or null. Documents mostly keep the order of the fields: `next` is
  /// where to look first, and becomes the one after the field that was found.
  [[nodiscard]] auto find(std::string_view name, std::size_t& next) const noexcept -> field const* {
    for (std::size_t tried = 0; tried < fields.size(); ++tried) {
      if (next >= fields.size()) next = 0;
      auto const& candidate = fields[next++];
      if (candidate.name == name) return &candidate;
    }
    return nullptr;
  }
};

template <class T>
auto schema_of() -> object_schema const&;

template <class T>
[[nodiscard]] auto member_at(void* object, std::size_t offset) noexcept -> T& {
  return *reinterpret_cast<T*>(static_cast<char*>(object) + offset);
}
template <class T>
[[nodiscard]] auto member_at(void const* object, std::size_t offset) noexcept -> T const& {
  return *reinterpret_cast<T const*>(static_cast<char const*>(object) + offset);
}

/// The number of an enumerator of any type: a copy of its bytes, since it must not be read as
/// another type.
[[nodiscard]] inline auto load_enum(void const* object, std::size_t offset) noexcept
    -> std::int16_t {
  std::int16_t number{};
  std::memcpy(&number, static_cast<char const*>(object) + offset, sizeof number);
  return number;
}

/// The only list of enumerators that history holds.
using reason_list = indirect<std::vector<suggest_continue_as_new_reason>>;

template <class T>
inline constexpr object_access boxed_access{
    &schema_of<T>,
    [](void const* holder) -> void const* {
      return static_cast<indirect<T> const*>(holder)->get();
    },
    [](void* holder) -> void* { return &static_cast<indirect<T>*>(holder)->make(); },
};

template <class T>
inline constexpr object_access alternative_access{
    &schema_of<T>,
    [](void const* holder) -> void const* {
      return std::get_if<T>(static_cast<failure_info const*>(holder));
    },
    [](void* holder) -> void* {
      auto& info = *static_cast<failure_info*>(holder);
      if (!std::holds_alternative<std::monostate>(info)) return nullptr;
      return &info.template emplace<T>();
    },
};

template <class T>
inline constexpr object_access member_access{&schema_of<T>, nullptr, nullptr};

template <field_kind Kind>
struct plain_member {
  static constexpr field_kind kind = Kind;
  static constexpr enum_table const* names = nullptr;
  static constexpr object_access const* access = nullptr;
};

/// What the table says about a member of type `M`. Anything that is not listed is a structure with
/// fields.
template <class M>
struct member_traits : plain_member<field_kind::object> {
  static constexpr object_access const* access = &member_access<M>;
};
template <named_enum E>
struct member_traits<E> : plain_member<field_kind::enumeration> {
  static_assert(sizeof(E) == sizeof(std::int16_t),
                "every enumeration of history is stored in 16 bits");
  static constexpr enum_table const* names = &enum_table_of<E>;
};
template <>
struct member_traits<reason_list> : plain_member<field_kind::reason_list> {
  static constexpr enum_table const* names = &enum_table_of<suggest_continue_as_new_reason>;
};
template <class T>
struct member_traits<indirect<T>> : plain_member<field_kind::boxed_object> {
  static constexpr object_access const* access = &boxed_access<T>;
};
// clang-format off
template <> struct member_traits<std::int64_t> : plain_member<field_kind::int64> {};
template <> struct member_traits<std::int32_t> : plain_member<field_kind::int32> {};
template <> struct member_traits<std::uint32_t> : plain_member<field_kind::uint32> {};
template <> struct member_traits<bool> : plain_member<field_kind::boolean> {};
template <> struct member_traits<float> : plain_member<field_kind::float32> {};
template <> struct member_traits<double> : plain_member<field_kind::float64> {};
template <> struct member_traits<std::string> : plain_member<field_kind::text> {};
template <> struct member_traits<shared_string> : plain_member<field_kind::shared_text> {};
template <> struct member_traits<duration> : plain_member<field_kind::span> {};
template <> struct member_traits<std::optional<duration>>
  : plain_member<field_kind::optional_span> {};
template <> struct member_traits<std::optional<time_point>>
  : plain_member<field_kind::optional_time> {};
template <> struct member_traits<std::vector<std::uint32_t>>
  : plain_member<field_kind::uint32_list> {};
template <> struct member_traits<std::vector<std::string>> : plain_member<field_kind::text_list> {};
template <> struct member_traits<payloads> : plain_member<field_kind::many_payloads> {};
template <> struct member_traits<indirect<payload>> : plain_member<field_kind::one_payload> {};
template <> struct member_traits<indirect<payload_map>> : plain_member<field_kind::payload_map> {};
template <> struct member_traits<indirect<payloads_map>>
  : plain_member<field_kind::payloads_map> {};
template <> struct member_traits<indirect<string_map>> : plain_member<field_kind::string_map> {};
template <> struct member_traits<indirect<raw_json>> : plain_member<field_kind::raw> {};
// clang-format on

/// What a structure's `fields` function calls: notes the name, place and kind of each member.
/// A template only so that it costs nothing where no table is built.
template <class Schema>
class schema_builder {
public:
  schema_builder(Schema& to, void const* object)
      : to_{to}, object_{static_cast<char const*>(object)} {}

  template <class M>
  void operator()(std::string_view name, M const& member) {
    (*this)(name, {}, member);
  }
  template <class M>
  [[gnu::noinline]] void operator()(std::string_view name, std::string_view inner,
                                    M const& member) {
    using traits = member_traits<M>;
    add({name, inner, offset_of(&member), traits::kind, traits::names, traits::access});
  }
  template <class T, class M>
  void one_of(std::string_view name, M const& variant) {
    add({name, {}, offset_of(&variant), field_kind::alternative, nullptr, &alternative_access<T>});
  }

  [[nodiscard]] auto offset_of(void const* member) const noexcept -> std::uint16_t {
    return static_cast<std::uint16_t>(static_cast<char const*>(member) - object_);
  }

private:
  [[gnu::noinline]] void add(field const& next) { to_.fields.push_back(next); }

  Schema& to_;
  char const* object_;
};

/// Lists the fields of a structure. Cold: it runs once, and must not cost what hot code is worth.
template <class T>
[[gnu::cold, gnu::noinline]] void list_fields(object_schema& to) {
  static_assert(std::is_standard_layout_v<T>, "offsets need a standard layout");
  T const object{};
  schema_builder<object_schema> builder{to, &object};
  T::fields(object, builder);
  if constexpr (requires { object.unknown; }) to.unknown = builder.offset_of(&object.unknown);
}

/// The table of a structure, built on first use. Thread-safe.
template <class T>
auto schema_of() -> object_schema const& {
  static object_schema const schema{&list_fields<T>};
  return schema;
}

} // namespace perdure::inline v0::detail
