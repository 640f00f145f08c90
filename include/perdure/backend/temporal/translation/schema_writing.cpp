#include "perdure/backend/temporal/translation/schema_translation.hpp"

#include <cstdint>
#include <optional>
#include <utility>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/duration.pb.h>
#include <google/protobuf/message.h>
#include <google/protobuf/timestamp.pb.h>

#include "perdure/backend/temporal/translation/message_json.hpp"
#include "perdure/backend/temporal/translation/part_translation.hpp"
#include "perdure/history/detail/visit_member.hpp"
#include "perdure/limits.hpp"
#include "temporal/api/common/v1/message.pb.h"

namespace perdure::inline v0::temporal {

using detail::enum_member;
using detail::object_member;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

namespace {

class schema_writer {
public:
  explicit schema_writer(translated const& subject) noexcept : place_{subject} {}

  void write(schema_plan const& plan, void const* from, Message& to) {
    if (plan.schema->unknown == detail::object_schema::none) return write_fields(plan, from, to);
    schema_place::keeper const around{place_};
    auto const* const before = unknown_;
    unknown_ = detail::member_at<indirect<unknown_fields>>(from, plan.schema->unknown).get();
    write_fields(plan, from, to);
    unknown_ = before;
  }

private:
  /// The field that takes a value, in its message.
  struct target {
    plan_step const& step;
    Message& message;

    [[nodiscard]] auto reflection() const noexcept -> Reflection const& { return *step.reflection; }
    template <class M>
    [[nodiscard]] auto as() const -> M& { // a generated message: the plan has seen to it
      return static_cast<M&>(*reflection().MutableMessage(&message, step.theirs));
    }
    template <class Value>
    [[nodiscard]] auto map() const -> google::protobuf::Map<std::string, Value>& {
      return *static_cast<google::protobuf::Map<std::string, Value>*>(step.map->edit(message));
    }
  };

  void write_fields(schema_plan const& plan, void const* from, Message& to) {
    if (++depth_ > limits::json_depth_max)
      place_.fail(errc::bad_payload, {}, "it is nested too deeply: has a failure so many causes?");
    for (plan_step const& each : plan.steps) {
      bool const absent = detail::is_absent(*each.ours, from);
      if (absent && !has_unknown_below(each.ours->name)) continue;
      schema_place::step const here{place_, each.ours->name};
      if (each.wrapper == nullptr) {
        write_member({each, to}, from, absent);
        continue;
      }
      auto& wrapper = *plan.reflection->MutableMessage(&to, each.wrapper);
      if (!absent) write_member({each, wrapper}, from, absent);
      write_unknown(wrapper);
    }
    write_unknown(to);
    --depth_;
  }

  /// `absent`: there is no value, but unknown fields lie inside.
  void write_member(target const& to, void const* object, bool absent) {
    auto const& which = *to.step.ours;
    detail::with_member_type(which.kind, [&]<class T>(T*) {
      if constexpr (std::is_same_v<T, object_member>) {
        auto& message = to.as<Message>();
        if (auto const* const inside = detail::object_in(which, object))
          write(*to.step.inside, inside, message);
        else
          write_unknown(message);
      } else if constexpr (std::is_same_v<T, enum_member>) {
        to.reflection().SetEnumValue(&to.message, to.step.theirs,
                                     detail::load_enum(object, which.offset));
      } else {
        if (!absent) set(to, detail::member_at<T>(object, which.offset));
      }
    });
  }

  void set(target const& to, std::int64_t number) {
    to.reflection().SetInt64(&to.message, to.step.theirs, number);
  }
  void set(target const& to, std::int32_t number) {
    to.reflection().SetInt32(&to.message, to.step.theirs, number);
  }
  void set(target const& to, std::uint32_t number) {
    if (to.step.theirs->cpp_type() == FieldDescriptor::CPPTYPE_UINT32)
      return to.reflection().SetUInt32(&to.message, to.step.theirs, number);
    constexpr std::uint32_t most = 0x7fff'ffff;
    set(to, static_cast<std::int32_t>(number < most ? number : most));
  }
  void set(target const& to, bool truth) {
    to.reflection().SetBool(&to.message, to.step.theirs, truth);
  }
  void set(target const& to, float number) {
    to.reflection().SetFloat(&to.message, to.step.theirs, number);
  }
  void set(target const& to, double number) {
    to.reflection().SetDouble(&to.message, to.step.theirs, number);
  }
  void set(target const& to, std::string const& text) {
    to.reflection().SetString(&to.message, to.step.theirs, utf8_of(text));
  }
  void set(target const& to, shared_string const& text) {
    to.reflection().SetString(&to.message, to.step.theirs, utf8_of(text.view()));
  }
  void set(target const& to, duration span) {
    write_duration(span, to.as<google::protobuf::Duration>());
  }
  void set(target const& to, std::optional<duration> const& span) { set(to, *span); }
  void set(target const& to, std::optional<time_point> const& time) {
    write_time(*time, to.as<google::protobuf::Timestamp>());
  }
  void set(target const& to, std::vector<std::uint32_t> const& list) {
    for (auto const each : list) to.reflection().AddUInt32(&to.message, to.step.theirs, each);
  }
  void set(target const& to, std::vector<std::string> const& list) {
    for (auto const& each : list)
      to.reflection().AddString(&to.message, to.step.theirs, utf8_of(each));
  }
  void set(target const& to, detail::reason_list const& list) {
    for (auto const each : *list)
      to.reflection().AddEnumValue(&to.message, to.step.theirs, static_cast<int>(each));
  }
  void set(target const& to, indirect<raw_json> const& json) {
    if (!set_from_json(to.message, to.step.theirs->json_name(), json->text))
      place_.fail(errc::history_corrupt, {},
                  "this is not JSON of a " + std::string{type_of(*to.step.theirs)} + ": " +
                      json->text.substr(0, 200));
  }
  [[nodiscard]] static auto type_of(FieldDescriptor const& field) -> std::string_view {
    return field.message_type() == nullptr ? std::string_view{field.type_name()}
                                           : std::string_view{field.message_type()->full_name()};
  }

  void set(target const& to, indirect<payload> const& one) {
    write(*one, to.as<api::common::v1::Payload>());
  }
  void set(target const& to, payloads const& list) {
    write(list, to.as<api::common::v1::Payloads>());
  }
  void set(target const& to, indirect<payload_map> const& map) {
    set_each(to.map<api::common::v1::Payload>(), *map);
  }
  void set(target const& to, indirect<payloads_map> const& map) {
    set_each(to.map<api::common::v1::Payloads>(), *map);
  }
  void set(target const& to, indirect<string_map> const& map) {
    auto& theirs = to.map<std::string>();
    for (auto const& [key, text] : *map) theirs[utf8_of(key)] = utf8_of(text);
  }
  template <class Theirs, class Ours>
  void set_each(google::protobuf::Map<std::string, Theirs>& to,
                std::map<std::string, Ours> const& from) {
    for (auto const& [key, value] : from) {
      schema_place::step const here{place_, key};
      write(value, to[utf8_of(key)]);
    }
  }

  void write(payload const& from, api::common::v1::Payload& to) {
    write_payload(from, to);
    write_unknown(to);
  }
  void write(payloads const& from, api::common::v1::Payloads& to) {
    if (unknown_ == nullptr) return write_payloads(from, to);
    schema_place::step const here{place_, "payloads"};
    for (std::size_t i = 0; i < from.size(); ++i) {
      schema_place::step const element{place_, {}, i};
      write(from[i], *to.add_payloads());
    }
  }

  /// Whether an unknown field lies inside the member `name` of the structure at hand.
  [[nodiscard]] auto has_unknown_below(std::string_view name) const -> bool {
    if (unknown_ == nullptr) return false;
    auto const below = place_.pointer(name) + '/';
    for (auto const& each : unknown_->members)
      if (each.path.starts_with(below)) return true;
    return false;
  }
  /// The unknown fields that belong directly into the message at hand, as far as it knows them. One
  /// that is set by now (an enumerator that was replaced) is left out.
  void write_unknown(Message& to) {
    if (unknown_ == nullptr) return;
    auto const prefix = place_.pointer() + '/';
    for (auto const& each : unknown_->members)
      if (each.path.starts_with(prefix) && each.path.find('/', prefix.size()) == std::string::npos)
        (void)set_unless_set(to, detail::last_step(each.path), each.json);
  }
  [[nodiscard]] static auto set_unless_set(Message& to, std::string_view name,
                                           std::string_view json) -> bool {
    auto const& descriptor = *to.GetDescriptor();
    for (int i = 0; i < descriptor.field_count(); ++i)
      if (descriptor.field(i)->json_name() == name && is_set(to, *descriptor.field(i)))
        return false;
    return set_from_json(to, name, json);
  }

  schema_place place_;
  unknown_fields const* unknown_{nullptr};
  std::size_t depth_{0};
};

} // namespace

void write_message(schema_plan const& plan, void const* from, Message& to,
                   translated const& subject) {
  schema_writer{subject}.write(plan, from, to);
}

} // namespace perdure::inline v0::temporal
