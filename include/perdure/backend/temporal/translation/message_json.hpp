// Single fields of messages as JSON, for what has no member of its own. Slow.
#pragma once

#include <string>
#include <string_view>

namespace google::protobuf {
class FieldDescriptor;
class Message;
} // namespace google::protobuf

namespace perdure::inline v0::temporal {

/// The value of a field as compact JSON; empty if it has none (a time that no calendar knows).
[[nodiscard]] auto json_of(google::protobuf::Message const& from,
                           google::protobuf::FieldDescriptor const& which) -> std::string;

/// Sets the field of that JSON name. Names that the message does not know, below it too, are passed
/// over. Answers whether there is such a field and the JSON is of its type.
auto set_from_json(google::protobuf::Message& to, std::string_view name, std::string_view json)
    -> bool;

/// Whether the field is set, or has elements.
[[nodiscard]] auto is_set(google::protobuf::Message const& in,
                          google::protobuf::FieldDescriptor const& which) -> bool;

} // namespace perdure::inline v0::temporal
