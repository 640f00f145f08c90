#include "perdure/backend/temporal/translation/event_translation.hpp"

#include <charconv>
#include <limits>
#include <string>
#include <string_view>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include "perdure/backend/temporal/translation/message_json.hpp"
#include "perdure/backend/temporal/translation/schema_translation.hpp"
#include "perdure/history/detail/event_schemas.hpp"
#include "temporal/api/history/v1/message.pb.h"

namespace perdure::inline v0::temporal {

using api::history::v1::HistoryEvent;
using google::protobuf::FieldDescriptor;

namespace {

/// The attributes of one type of event, on both sides.
struct event_plan {
  detail::event_schema const* ours{};
  FieldDescriptor const* theirs{};
  schema_plan const* plan{};
};

[[nodiscard]] auto attributes_field(std::string_view name) -> FieldDescriptor const* {
  auto const& all = *HistoryEvent::descriptor()->FindOneofByName("attributes");
  for (int i = 0; i < all.field_count(); ++i)
    if (all.field(i)->json_name() == name) return all.field(i);
  return nullptr;
}

[[nodiscard]] auto make_event_plans() -> std::vector<event_plan> {
  std::vector<event_plan> all;
  for (detail::event_schema const& each : detail::event_schemas<>()) {
    auto const* const field =
        each.schema == nullptr ? nullptr : attributes_field(each.attributes_key);
    all.push_back({&each, field,
                   field == nullptr ? nullptr : &plan_of(each.schema(), *field->message_type())});
  }
  return all;
}

/// Null if the type is not known, here or to the messages.
[[nodiscard]] auto plan_for(int type) -> event_plan const* {
  static std::vector<event_plan> const all = make_event_plans();
  auto const index = static_cast<std::size_t>(type);
  return type <= 0 || index >= all.size() || all[index].plan == nullptr ? nullptr : &all[index];
}

[[nodiscard]] auto extras_plan() -> schema_plan const& {
  static schema_plan const& plan = plan_of(detail::schema_of<event_extras>(),
                                           *HistoryEvent::descriptor(), other_fields::left_alone);
  return plan;
}

[[noreturn]] void fail(event_id id, std::string_view field, std::string_view why) {
  schema_place{{.what = "event 0", .event = id}}.fail(errc::history_corrupt, field, why);
}

/// The field of the attributes that the message has; null: it has none.
[[nodiscard]] auto held_attributes(HistoryEvent const& in) -> FieldDescriptor const* {
  return in.attributes_case() == HistoryEvent::ATTRIBUTES_NOT_SET
             ? nullptr
             : HistoryEvent::descriptor()->FindFieldByNumber(in.attributes_case());
}

[[nodiscard]] auto unknown_attributes(HistoryEvent const& from) -> event_attributes {
  events::unknown_event made{.name = std::to_string(static_cast<int>(from.event_type()))};
  if (auto const* const held = held_attributes(from)) {
    made.attributes_key = held->json_name();
    made.attributes = json_of(from, *held);
    if (made.attributes.empty())
      fail(from.event_id(), made.attributes_key, "it cannot be written as JSON");
  }
  return event_attributes::make(std::move(made));
}

void read_attributes(HistoryEvent const& from, event& to) {
  auto const number = static_cast<int>(from.event_type());
  if (number == 0) fail(to.id, "eventType", "the event has none");
  if (number > 0 && number <= std::numeric_limits<std::int16_t>::max())
    to.type = static_cast<event_type>(number);
  auto const* const known = plan_for(number);
  if (known == nullptr) {
    to.attributes = unknown_attributes(from);
    return;
  }
  to.attributes = known->ours->make();
  if (from.attributes_case() == HistoryEvent::ATTRIBUTES_NOT_SET) return;
  if (from.attributes_case() != known->theirs->number())
    fail(to.id, held_attributes(from)->json_name(),
         "these are not the attributes of the event's type, " + known->ours->wire_name);
  auto const& attributes = from.GetReflection()->GetMessage(from, known->theirs);
  read_message(*known->plan, attributes, const_cast<void*>(known->ours->get(to.attributes)),
               {.event = to.id});
}

[[nodiscard]] auto has_extras(HistoryEvent const& event) -> bool {
  return event.version() != 0 || event.task_id() != 0 || event.has_user_metadata() ||
         event.links_size() != 0 || event.has_principal() || event.event_group_markers_size() != 0;
}

[[nodiscard]] auto number_of(event const& of) -> int {
  if (of.type != event_type::unspecified) return static_cast<int>(of.type);
  int number = 0;
  if (auto const* const unknown = of.attributes.get_if<events::unknown_event>()) {
    char const* const end = unknown->name.data() + unknown->name.size();
    auto const read = std::from_chars(unknown->name.data(), end, number);
    if (read.ptr != end || number == 0)
      fail(of.id, "eventType",
           "messages name types by number, and of '" + unknown->name + "' the number is not known");
  }
  return number;
}

} // namespace

auto read_event(HistoryEvent const& from) -> event {
  event to;
  to.id = from.event_id();
  if (to.id <= 0) fail(to.id, "eventId", "the event has none, or one below 1");
  if (from.has_event_time() && read_time(from.event_time(), to.time) == clock_reading::malformed)
    fail(to.id, "eventTime", "not a time: its nanoseconds are out of range");
  to.worker_may_ignore = from.worker_may_ignore();
  read_attributes(from, to);
  if (has_extras(from)) read_message(extras_plan(), from, &to.extras.make(), {.event = to.id});
  return to;
}

void append_events(api::history::v1::History const& from, std::vector<event>& to) {
  to.reserve(to.size() + static_cast<std::size_t>(from.events_size()));
  event_id due = 0;
  for (HistoryEvent const& each : from.events()) {
    auto const& next = to.emplace_back(read_event(each));
    if (due != 0 && next.id != due)
      fail(next.id, "eventId", "the event stands where event " + std::to_string(due) + " is due");
    due = next.id + 1;
  }
}

void write_event(event const& from, HistoryEvent& to) {
  to.set_event_id(from.id);
  if (from.time != time_point{}) write_time(from.time, *to.mutable_event_time());
  to.set_event_type(static_cast<api::enums::v1::EventType>(number_of(from)));
  if (from.worker_may_ignore) to.set_worker_may_ignore(true);
  if (auto const* const known = plan_for(static_cast<int>(from.attributes.type())))
    write_message(*known->plan, known->ours->get(from.attributes),
                  *to.GetReflection()->MutableMessage(&to, known->theirs), {.event = from.id});
  else if (auto const* const unknown = from.attributes.get_if<events::unknown_event>())
    // The message knows the attributes when it had them as it was read.
    if (!unknown->attributes_key.empty())
      (void)set_from_json(to, unknown->attributes_key, unknown->attributes);
  if (from.extras) write_message(extras_plan(), from.extras.get(), to, {.event = from.id});
}

} // namespace perdure::inline v0::temporal
