#include "perdure/backend/temporal/translation/schema_translation.hpp"

#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/duration.pb.h>
#include <google/protobuf/message.h>
#include <google/protobuf/timestamp.pb.h>

#include "perdure/backend/temporal/translation/message_json.hpp"
#include "perdure/backend/temporal/translation/part_translation.hpp"
#include "perdure/limits.hpp"
#include "temporal/api/common/v1/message.pb.h"

namespace perdure::inline v0::temporal {

using detail::field_kind;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

namespace {

class schema_reader {
public:
  explicit schema_reader(translated const& subject) noexcept : place_{subject} {}

  void read(schema_plan const& plan, Message const& from, void* to) {
    if (plan.schema->unknown == detail::object_schema::none) return read_fields(plan, from, to);
    schema_place::keeper const around{place_};
    auto* const before = unknown_;
    unknown_ = &detail::member_at<indirect<unknown_fields>>(to, plan.schema->unknown);
    read_fields(plan, from, to);
    unknown_ = before;
  }

private:
  /// The field that holds a value, in its message.
  struct source {
    plan_step const& step;
    Message const& message;

    [[nodiscard]] auto reflection() const noexcept -> Reflection const& { return *step.reflection; }
    [[nodiscard]] auto has() const -> bool { return reflection().HasField(message, step.theirs); }
    template <class M>
    [[nodiscard]] auto as() const -> M const& { // a generated message: the plan has seen to it
      return static_cast<M const&>(reflection().GetMessage(message, step.theirs));
    }
    [[nodiscard]] auto size() const -> int { return reflection().FieldSize(message, step.theirs); }
  };

  void read_fields(schema_plan const& plan, Message const& from, void* to) {
    if (++depth_ > limits::json_depth_max)
      place_.fail(errc::history_corrupt, {}, "the message is nested too deeply");
    for (plan_step const& each : plan.steps) {
      void* const member = &detail::member_at<char>(to, each.ours->offset);
      if (each.wrapper == nullptr) {
        read_member({each, from}, member);
      } else if (plan.reflection->HasField(from, each.wrapper)) {
        read_member({each, plan.reflection->GetMessage(from, each.wrapper)}, member);
      }
    }
    for (auto const* const other : plan.others)
      if (is_set(from, *other)) keep(other->json_name(), from, *other);
    --depth_;
  }

  template <class T>
  [[nodiscard]] static auto as(void* member) noexcept -> T& {
    return *static_cast<T*>(member);
  }

  void read_member(source const& from, void* member) {
    auto const& reflection = from.reflection();
    auto const* const field = from.step.theirs;
    auto const& message = from.message;
    switch (from.step.ours->kind) {
    case field_kind::int64: as<std::int64_t>(member) = reflection.GetInt64(message, field); return;
    case field_kind::int32: as<std::int32_t>(member) = reflection.GetInt32(message, field); return;
    case field_kind::uint32: as<std::uint32_t>(member) = count_of(from); return;
    case field_kind::boolean: as<bool>(member) = reflection.GetBool(message, field); return;
    case field_kind::float32: as<float>(member) = reflection.GetFloat(message, field); return;
    case field_kind::float64: as<double>(member) = reflection.GetDouble(message, field); return;
    case field_kind::text:
      as<std::string>(member) = reflection.GetStringReference(message, field, &scratch_);
      return;
    case field_kind::shared_text:
      as<shared_string>(member) =
          shared_string{reflection.GetStringReference(message, field, &scratch_)};
      return;
    case field_kind::enumeration: read_enum(from, member); return;
    case field_kind::reason_list:
      if (from.size() != 0) read_enum_list(from, as<detail::reason_list>(member));
      return;
    case field_kind::uint32_list:
      for (int i = 0, count = from.size(); i < count; ++i)
        as<std::vector<std::uint32_t>>(member).push_back(
            reflection.GetRepeatedUInt32(message, field, i));
      return;
    case field_kind::text_list:
      for (int i = 0, count = from.size(); i < count; ++i)
        as<std::vector<std::string>>(member).push_back(
            reflection.GetRepeatedStringReference(message, field, i, &scratch_));
      return;
    case field_kind::payload_map:
    case field_kind::payloads_map:
    case field_kind::string_map: read_any_map(from, member); return;
    case field_kind::raw:
      if (is_set(message, *field))
        as<indirect<raw_json>>(member).make().text = text_of(message, *field, field->json_name());
      return;
    default:
      if (from.has()) read_message_field(from, member);
    }
  }

  /// Of a field that holds a message, which is set.
  void read_message_field(source const& from, void* member) {
    auto const& which = *from.step.ours;
    schema_place::step const here{place_, which.name};
    switch (which.kind) {
    case field_kind::span: as<duration>(member) = read_span(from); return;
    case field_kind::optional_span: as<std::optional<duration>>(member) = read_span(from); return;
    case field_kind::optional_time:
      read_optional_time(from, as<std::optional<time_point>>(member));
      return;
    case field_kind::one_payload:
      read(from.as<api::common::v1::Payload>(), as<indirect<payload>>(member).make());
      return;
    case field_kind::many_payloads:
      as<payloads>(member) = read(from.as<api::common::v1::Payloads>());
      return;
    case field_kind::object: read(*from.step.inside, from.as<Message>(), member); return;
    default: // a boxed_object or an alternative; of these a message has one at most
      if (auto* const made = which.access->make(member))
        read(*from.step.inside, from.as<Message>(), made);
    }
  }

  [[nodiscard]] auto count_of(source const& from) const -> std::uint32_t {
    if (from.step.theirs->cpp_type() == FieldDescriptor::CPPTYPE_UINT32)
      return from.reflection().GetUInt32(from.message, from.step.theirs);
    auto const count = from.reflection().GetInt32(from.message, from.step.theirs);
    if (count < 0)
      place_.fail(errc::history_corrupt, from.step.ours->name, "the number is below 0");
    return static_cast<std::uint32_t>(count);
  }

  void read_enum(source const& from, void* member) {
    int const number = from.reflection().GetEnumValue(from.message, from.step.theirs);
    if (!fits(number)) return keep(from.step.ours->name, from.message, *from.step.theirs);
    auto const held = static_cast<std::int16_t>(number);
    std::memcpy(member, &held, sizeof held); // it is of a type that only the table knows
  }
  void read_enum_list(source const& from, detail::reason_list& to) {
    for (int i = 0, count = from.size(); i < count; ++i) {
      int const number = from.reflection().GetRepeatedEnumValue(from.message, from.step.theirs, i);
      if (!fits(number)) {
        to.reset();
        return keep(from.step.ours->name, from.message, *from.step.theirs);
      }
      to.make().push_back(static_cast<suggest_continue_as_new_reason>(number));
    }
  }
  [[nodiscard]] static auto fits(int number) noexcept -> bool {
    return number >= 0 && number <= std::numeric_limits<std::int16_t>::max();
  }

  [[nodiscard]] auto read_span(source const& from) const -> duration {
    duration span{};
    if (read_duration(from.as<google::protobuf::Duration>(), span) == clock_reading::malformed)
      place_.fail(errc::history_corrupt, {}, "not a duration: its nanoseconds are out of range");
    return span;
  }
  void read_optional_time(source const& from, std::optional<time_point>& to) {
    time_point time{};
    auto const reading = read_time(from.as<google::protobuf::Timestamp>(), time);
    if (reading == clock_reading::exact)
      to = time;
    else if (unknown_ != nullptr)
      unknown_->make().members.push_back(
          {place_.pointer(), text_of(from.message, *from.step.theirs, {})});
  }

  void read(api::common::v1::Payload const& from, payload& to) {
    to = read_payload(from);
    if (from.external_payloads_size() == 0) return;
    auto const* const field = api::common::v1::Payload::descriptor()->FindFieldByNumber(
        api::common::v1::Payload::kExternalPayloadsFieldNumber);
    keep(field->json_name(), from, *field);
  }
  [[nodiscard]] auto read(api::common::v1::Payloads const& from) -> payloads {
    bool plain = true;
    for (auto const& each : from.payloads()) plain = plain && each.external_payloads_size() == 0;
    if (plain) return read_payloads(from);
    schema_place::step const here{place_, "payloads"};
    std::vector<payload> list;
    for (auto const& each : from.payloads()) {
      schema_place::step const element{place_, {}, list.size()};
      read(each, list.emplace_back());
    }
    return payloads{std::move(list)};
  }

  template <class Theirs, class Ours, class Read>
  void read_map(source const& from, indirect<std::map<std::string, Ours>>& to, Read read_one) {
    auto const& map = *static_cast<google::protobuf::Map<std::string, Theirs> const*>(
        from.step.map->get(from.message));
    if (map.empty() && from.step.wrapper == nullptr) return;
    schema_place::step const here{place_, from.step.ours->name};
    auto& made = to.make(); // an empty one, too, if there is a wrapper to say so
    for (auto const& [key, value] : map) {
      schema_place::step const below{place_, key};
      read_one(value, made[key]);
    }
  }
  void read_any_map(source const& from, void* member) {
    using namespace api::common::v1;
    switch (from.step.ours->kind) {
    case field_kind::payload_map:
      read_map<Payload>(from, as<indirect<payload_map>>(member),
                        [&](Payload const& theirs, payload& ours) { read(theirs, ours); });
      return;
    case field_kind::payloads_map:
      read_map<Payloads>(from, as<indirect<payloads_map>>(member),
                         [&](Payloads const& theirs, payloads& ours) { ours = read(theirs); });
      return;
    default:
      read_map<std::string>(from, as<indirect<string_map>>(member),
                            [](std::string const& theirs, std::string& ours) { ours = theirs; });
    }
  }

  [[nodiscard]] auto text_of(Message const& from, FieldDescriptor const& which,
                             std::string_view name) const -> std::string {
    auto text = json_of(from, which);
    if (text.empty()) place_.fail(errc::history_corrupt, name, "it cannot be written as JSON");
    return text;
  }
  void keep(std::string_view name, Message const& from, FieldDescriptor const& which) {
    if (unknown_ == nullptr) return;
    unknown_->make().members.push_back({place_.pointer(name), text_of(from, which, name)});
  }

  schema_place place_;
  indirect<unknown_fields>* unknown_{nullptr};
  std::size_t depth_{0};
  std::string scratch_{};
};

} // namespace

void read_message(schema_plan const& plan, Message const& from, void* to,
                  translated const& subject) {
  schema_reader{subject}.read(plan, from, to);
}

} // namespace perdure::inline v0::temporal
