#include "perdure/backend/temporal/translation/schema_plan.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string_view>
#include <tuple>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/duration.pb.h>
#include <google/protobuf/message.h>
#include <google/protobuf/timestamp.pb.h>

#include "perdure/backend/temporal/translation/map_fields.hpp"
#include "temporal/api/common/v1/message.pb.h"

namespace perdure::inline v0::temporal {

namespace api = ::temporal::api;
using detail::field_kind;
using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

namespace {

[[nodiscard]] auto find_field(Descriptor const& in, std::string_view json_name)
    -> FieldDescriptor const* {
  for (int i = 0; i < in.field_count(); ++i)
    if (in.field(i)->json_name() == json_name) return in.field(i);
  return nullptr;
}

[[nodiscard]] auto is_list_of(FieldDescriptor const& field, FieldDescriptor::Type type) -> bool {
  return field.is_repeated() && field.type() == type;
}
[[nodiscard]] auto is_one(FieldDescriptor const& field, FieldDescriptor::CppType type) -> bool {
  return !field.is_repeated() && field.cpp_type() == type;
}
[[nodiscard]] auto is_one(FieldDescriptor const& field, Descriptor const* of) -> bool {
  return is_one(field, FieldDescriptor::CPPTYPE_MESSAGE) && field.message_type() == of;
}

/// Whether members of that kind can be read from and written to the field.
[[nodiscard]] auto fits(field_kind kind, FieldDescriptor const& field) -> bool {
  using namespace google::protobuf;
  switch (kind) {
  case field_kind::int64: return is_one(field, FieldDescriptor::CPPTYPE_INT64);
  case field_kind::int32: return is_one(field, FieldDescriptor::CPPTYPE_INT32);
  case field_kind::uint32: // that of a retry policy is one of ours alone
    return is_one(field, FieldDescriptor::CPPTYPE_UINT32) ||
           is_one(field, FieldDescriptor::CPPTYPE_INT32);
  case field_kind::boolean: return is_one(field, FieldDescriptor::CPPTYPE_BOOL);
  case field_kind::float32: return is_one(field, FieldDescriptor::CPPTYPE_FLOAT);
  case field_kind::float64: return is_one(field, FieldDescriptor::CPPTYPE_DOUBLE);
  case field_kind::text:
  case field_kind::shared_text:
    return !field.is_repeated() && field.type() == FieldDescriptor::TYPE_STRING;
  case field_kind::span:
  case field_kind::optional_span: return is_one(field, Duration::descriptor());
  case field_kind::optional_time: return is_one(field, Timestamp::descriptor());
  case field_kind::enumeration: return is_one(field, FieldDescriptor::CPPTYPE_ENUM);
  case field_kind::reason_list: return is_list_of(field, FieldDescriptor::TYPE_ENUM);
  case field_kind::uint32_list: return is_list_of(field, FieldDescriptor::TYPE_UINT32);
  case field_kind::text_list: return is_list_of(field, FieldDescriptor::TYPE_STRING);
  case field_kind::one_payload: return is_one(field, api::common::v1::Payload::descriptor());
  case field_kind::many_payloads: return is_one(field, api::common::v1::Payloads::descriptor());
  case field_kind::payload_map:
  case field_kind::payloads_map:
  case field_kind::string_map: return access_of(field, kind) != nullptr;
  case field_kind::raw: return true;
  case field_kind::object:
  case field_kind::boxed_object:
  case field_kind::alternative: return is_one(field, FieldDescriptor::CPPTYPE_MESSAGE);
  }
  return false;
}

/// Bytes of a member of that kind if it is a number.
[[nodiscard]] auto number_size(field_kind kind) -> std::uint16_t {
  switch (kind) {
  case field_kind::int64:
  case field_kind::float64: return 8;
  case field_kind::int32:
  case field_kind::uint32:
  case field_kind::float32: return 4;
  case field_kind::enumeration: return 2;
  case field_kind::boolean: return 1;
  default: return 0;
  }
}

/// Whether its numbers, if it has any, are varints or of a fixed size as their type in C++ is.
[[nodiscard]] auto is_usual(FieldDescriptor const& field) -> bool {
  switch (field.type()) {
  case FieldDescriptor::TYPE_SINT32:
  case FieldDescriptor::TYPE_SINT64:
  case FieldDescriptor::TYPE_FIXED32:
  case FieldDescriptor::TYPE_FIXED64:
  case FieldDescriptor::TYPE_SFIXED32:
  case FieldDescriptor::TYPE_SFIXED64:
  case FieldDescriptor::TYPE_GROUP: return false;
  default: return true;
  }
}

/// Fills in what reads the message from bytes.
void index(schema_plan& to) {
  auto const place = [&](FieldDescriptor const& of) -> std::int16_t& {
    return to.by_number[static_cast<std::size_t>(of.number())];
  };
  int last = 0;
  for (int i = 0; i < to.message->field_count(); ++i)
    last = std::max(last, to.message->field(i)->number());
  to.by_number.resize(static_cast<std::size_t>(last) + 1, schema_plan::no_field);
  for (int i = 0; i < to.message->field_count(); ++i)
    place(*to.message->field(i)) = schema_plan::unusual;
  constexpr std::size_t steps_max = 64; // of one message: there is a bit for each
  for (std::size_t i = 0; i < std::min(to.steps.size(), steps_max); ++i) {
    plan_step const& step = to.steps[i];
    auto& held = place(step.wrapper == nullptr ? *step.theirs : *step.wrapper);
    bool const is_first = held == schema_plan::unusual; // of those with a message around them
    held = is_first && is_usual(*step.theirs) ? static_cast<std::int16_t>(i) : schema_plan::unusual;
    if (auto const size = number_size(step.ours->kind); size != 0)
      to.numbers.push_back({step.ours->offset, size});
  }
}

[[nodiscard]] auto reflection_of(Descriptor const& of) -> google::protobuf::Reflection const* {
  auto const* const prototype =
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(&of);
  return prototype == nullptr ? nullptr : prototype->GetReflection();
}

/// Makes plans and keeps them.
class plan_registry {
public:
  [[nodiscard]] auto plan_of(detail::object_schema const& schema, Descriptor const& message,
                             other_fields others) -> schema_plan const& {
    std::lock_guard const lock{mutex_};
    return plan(schema, message, others);
  }

private:
  auto plan(detail::object_schema const& schema, Descriptor const& message, other_fields others)
      -> schema_plan const& {
    auto& made = plans_[{&schema, &message, others}];
    if (made) return *made; // perhaps still being made: structures hold their like
    made = std::make_unique<schema_plan>();
    auto& to = *made;
    to.schema = &schema;
    to.message = &message;
    to.reflection = reflection_of(message);
    std::set<FieldDescriptor const*> matched;
    for (detail::field const& each : schema.fields) match(each, to, matched);
    for (int i = 0; i < message.field_count(); ++i) {
      auto const* const field = message.field(i);
      if (matched.count(field) != 0 || others == other_fields::left_alone) continue;
      to.others.push_back(field);
      note(to, *field, "message");
    }
    index(to);
    return to;
  }

  void match(detail::field const& ours, schema_plan& to,
             std::set<FieldDescriptor const*>& matched) {
    plan_step step{.ours = &ours};
    auto const* const holder = find_holder(ours, to, step);
    if (holder == nullptr || holder->theirs == nullptr || !fits(ours.kind, *holder->theirs)) {
      std::string name{ours.name};
      if (!ours.inner.empty()) name.append(".").append(ours.inner);
      to.unmatched.push_back(std::string{to.message->full_name()} + "." + name +
                             " (of the structure)");
      return;
    }
    matched.insert(step.wrapper == nullptr ? step.theirs : step.wrapper);
    if (ours.access != nullptr)
      step.inside = &plan(ours.access->schema(), *step.theirs->message_type(), other_fields::kept);
    if (step.theirs->is_map()) step.map = access_of(*step.theirs, ours.kind);
    to.steps.push_back(step);
  }

  /// Fills in where the value is. Null: there is nothing of that name.
  static auto find_holder(detail::field const& ours, schema_plan& in, plan_step& step)
      -> plan_step const* {
    auto const* const field = find_field(*in.message, ours.name);
    if (field == nullptr) return nullptr;
    step.theirs = field;
    step.reflection = in.reflection;
    if (ours.inner.empty()) return &step;
    if (!is_one(*field, FieldDescriptor::CPPTYPE_MESSAGE)) return nullptr;
    step.wrapper = field;
    step.theirs = find_field(*field->message_type(), ours.inner);
    step.reflection = reflection_of(*field->message_type());
    for (int i = 0; i < field->message_type()->field_count(); ++i)
      if (auto const* const other = field->message_type()->field(i); other != step.theirs)
        note(in, *other, "message");
    return &step;
  }

  static void note(schema_plan& to, FieldDescriptor const& field, std::string_view side) {
    std::string text{field.containing_type()->full_name()};
    text.append(".").append(field.json_name()).append(" (of the ").append(side).append(")");
    to.unmatched.push_back(std::move(text));
  }

  using key = std::tuple<detail::object_schema const*, Descriptor const*, other_fields>;

  std::mutex mutex_{};
  std::map<key, std::unique_ptr<schema_plan>> plans_{};
};

void collect(schema_plan const& from, std::set<schema_plan const*>& seen,
             std::set<std::string>& to) {
  if (!seen.insert(&from).second) return;
  to.insert(from.unmatched.begin(), from.unmatched.end());
  for (plan_step const& each : from.steps)
    if (each.inside != nullptr) collect(*each.inside, seen, to);
}

} // namespace

auto plan_of(detail::object_schema const& schema, Descriptor const& message, other_fields others)
    -> schema_plan const& {
  static auto* const all =
      new plan_registry; // outlives whatever translates at the end of a program
  return all->plan_of(schema, message, others);
}

auto unmatched_names(schema_plan const& plan) -> std::vector<std::string> {
  std::set<schema_plan const*> seen;
  std::set<std::string> names;
  collect(plan, seen, names);
  return {names.begin(), names.end()};
}

} // namespace perdure::inline v0::temporal
