#include "perdure/backend/temporal/translation/message_json.hpp"

#include <memory>
#include <vector>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>
#include <google/protobuf/util/json_util.h>

namespace perdure::inline v0::temporal {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

auto is_set(Message const& in, FieldDescriptor const& which) -> bool {
  auto const& reflection = *in.GetReflection();
  return which.is_repeated() ? reflection.FieldSize(in, &which) != 0
                             : reflection.HasField(in, &which);
}

namespace {

/// A message that has that field alone.
[[nodiscard]] auto alone_with(Message const& from, FieldDescriptor const& which)
    -> std::unique_ptr<Message> {
  std::unique_ptr<Message> alone{from.New()};
  auto const& reflection = *from.GetReflection();
  if (which.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && !which.is_map()) {
    if (!which.is_repeated())
      reflection.MutableMessage(alone.get(), &which)->CopyFrom(reflection.GetMessage(from, &which));
    else
      for (int i = 0; i < reflection.FieldSize(from, &which); ++i)
        reflection.AddMessage(alone.get(), &which)
            ->CopyFrom(reflection.GetRepeatedMessage(from, &which, i));
    return alone;
  }
  alone->CopyFrom(from);
  std::vector<FieldDescriptor const*> all;
  reflection.ListFields(*alone, &all);
  for (auto const* const each : all)
    if (each != &which) reflection.ClearField(alone.get(), each);
  return alone;
}

} // namespace

auto json_of(Message const& from, FieldDescriptor const& which) -> std::string {
  std::string json;
  auto const alone = alone_with(from, which);
  if (!google::protobuf::util::MessageToJsonString(*alone, &json).ok()) return {};
  // {"name":value}
  auto const before = which.json_name().size() + 4;
  return json.size() <= before + 1 ? std::string{} : json.substr(before, json.size() - before - 1);
}

auto set_from_json(Message& to, std::string_view name, std::string_view json) -> bool {
  auto const& descriptor = *to.GetDescriptor();
  for (int i = 0; i < descriptor.field_count(); ++i) {
    auto const* const field = descriptor.field(i);
    if (field->json_name() != name) continue;
    std::string text;
    text.append("{\"").append(name).append("\":").append(json).append("}");
    google::protobuf::util::JsonParseOptions options;
    options.ignore_unknown_fields = true;
    std::unique_ptr<Message> const alone{to.New()};
    if (!google::protobuf::util::JsonStringToMessage(text, alone.get(), options).ok()) return false;
    to.MergeFrom(*alone);
    return true;
  }
  return false;
}

} // namespace perdure::inline v0::temporal
