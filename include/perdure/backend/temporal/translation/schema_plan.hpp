// Which field of a message is which member of a structure of history: found by name, once.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "perdure/history/detail/schema.hpp"

namespace google::protobuf {
class Descriptor;
class FieldDescriptor;
class Message;
class Reflection;
} // namespace google::protobuf

namespace perdure::inline v0::temporal {

struct schema_plan;

/// How to reach a map field, which reflection gives only as a list that is copied. The pointers are
/// to the `google::protobuf::Map` that the member's kind says.
struct map_access {
  auto (*get)(google::protobuf::Message const& holder) -> void const*;
  auto (*edit)(google::protobuf::Message& holder) -> void*;
};

/// A member of a structure, and the field of a message that says the same.
struct plan_step {
  detail::field const* ours{};
  /// The field of the message around the value (a header, a workflow type); null: there is none.
  google::protobuf::FieldDescriptor const* wrapper{};
  google::protobuf::FieldDescriptor const* theirs{}; ///< The field that holds the value.
  google::protobuf::Reflection const* reflection{};  ///< Of the message that holds it.
  schema_plan const* inside{};                       ///< Of a structure.
  map_access const* map{};                           ///< Of a map.
};

/// How one structure is read from and written to messages of one type.
struct schema_plan {
  detail::object_schema const* schema{};
  google::protobuf::Descriptor const* message{};
  google::protobuf::Reflection const* reflection{};
  std::vector<plan_step> steps{}; ///< In the order of the structure's table.
  /// Fields of the message that are no members of the structure. Where they are set they are kept
  /// among its unknown fields.
  std::vector<google::protobuf::FieldDescriptor const*> others{};
  std::vector<std::string> unmatched{}; ///< See `unmatched_names`.

  static constexpr std::int16_t no_field = -1; ///< The message has none of that number.
  static constexpr std::int16_t unusual = -2;  ///< It has, and no step reads it from bytes.
  /// At the number of a field: the index of its step, or one of the above.
  std::vector<std::int16_t> by_number{};
  /// A member that is 0 where a message does not say.
  struct number {
    std::uint16_t offset{};
    std::uint16_t size{}; ///< Bytes.
  };
  std::vector<number> numbers{};
};

/// What becomes of fields that are no members of the structure.
enum class other_fields : std::uint8_t { kept, left_alone };

/// The plan for a structure and a type of generated messages, made when it is first asked for and
/// never destroyed. Thread-safe; whoever translates often keeps the reference. Names match when the
/// field's JSON name is the member's; a pair whose types do not fit is no pair.
[[nodiscard]] auto plan_of(detail::object_schema const& schema,
                           google::protobuf::Descriptor const& message,
                           other_fields others = other_fields::kept) -> schema_plan const&;

/// The plan for structure `T` and message `M`, whose generated header must be included.
template <class T, class M>
[[nodiscard]] auto plan_between() -> schema_plan const& {
  static schema_plan const& plan = plan_of(detail::schema_of<T>(), *M::descriptor());
  return plan;
}

/// What one side of the plan, or of a plan inside it, has and the other has not, sorted:
///     temporal.api.update.v1.Request.links (of the message)
///     temporal.api.failure.v1.NexusOperationFailureInfo.operationId (of the structure)
/// Members of the structure that are listed are lost when they are written.
[[nodiscard]] auto unmatched_names(schema_plan const& plan) -> std::vector<std::string>;

} // namespace perdure::inline v0::temporal
