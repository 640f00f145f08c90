// What a message can hold of a JSON document, and messages as JSON: by protobuf, which shares no
// code with the translation.
#pragma once

#include "support/catch.hpp"

#include <string>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>
#include <google/protobuf/util/json_util.h>

#include "support/numbers.hpp"
#include "unit/history/proto_json_equal.hpp"

namespace perdure_test {

/// The document without the members that messages of that type do not have: deprecated ones,
/// mostly.
inline auto held_by(google::protobuf::Descriptor const& type, json const& document) -> json {
  if (!document.is_object()) return document; // a time or a duration
  json made = json::object();
  for (auto const& [name, value] : document.items()) {
    for (int i = 0; i < type.field_count(); ++i) {
      auto const& field = *type.field(i);
      if (field.json_name() != name || value.is_null()) continue; // null says nothing
      auto& to = made[name] = value;
      auto const* inside = field.message_type();
      if (inside == nullptr) continue;
      if (!field.is_repeated()) {
        to = held_by(*inside, value);
        continue;
      }
      if (field.is_map()) inside = inside->FindFieldByName("value")->message_type();
      for (auto& each : to)
        if (inside != nullptr) each = held_by(*inside, each);
    }
  }
  return made;
}

inline auto json_of(google::protobuf::Message const& message) -> json {
  std::string text;
  auto const status = google::protobuf::util::MessageToJsonString(message, &text);
  INFO(status.ToString());
  REQUIRE(status.ok());
  return json::parse(text);
}

/// The message after a journey over the wire.
template <class M>
auto sent(M const& message) -> M {
  M received;
  REQUIRE(received.ParseFromString(message.SerializeAsString()));
  return received;
}

} // namespace perdure_test
