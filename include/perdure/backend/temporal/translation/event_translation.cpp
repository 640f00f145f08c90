#include "perdure/backend/temporal/translation/event_translation.hpp"

#include <atomic>
#include <charconv>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include "perdure/backend/temporal/translation/message_json.hpp"
#include "perdure/backend/temporal/translation/part_translation.hpp"
#include "perdure/backend/temporal/translation/schema_translation.hpp"
#include "perdure/backend/temporal/translation/wire_reader.hpp"
#include "perdure/history/detail/event_schemas.hpp"
#include "temporal/api/history/v1/message.pb.h"

namespace perdure::inline v0::temporal {

using api::history::v1::HistoryEvent;
using google::protobuf::FieldDescriptor;

namespace {

[[nodiscard]] auto attributes_field(std::string_view name) -> FieldDescriptor const* {
  auto const& all = *HistoryEvent::descriptor()->FindOneofByName("attributes");
  for (int i = 0; i < all.field_count(); ++i)
    if (all.field(i)->json_name() == name) return all.field(i);
  return nullptr;
}

/// The attributes of one type of event, on both sides.
struct event_plan {
  explicit event_plan(detail::event_schema const& of)
      : ours{&of},
        theirs{attributes_field(of.attributes_key)},
        plan{theirs == nullptr ? nullptr : &plan_of(of.schema(), *theirs->message_type())} {}

  detail::event_schema const* ours;
  FieldDescriptor const* theirs;
  schema_plan const* plan;
};

/// Null if the type is not known, here or to the messages. A program meets few of the types: each
/// plan is made when it is first asked for, and never destroyed.
[[nodiscard]] auto plan_for(int type) -> event_plan const* {
  static auto const& schemas = detail::event_schemas<>();
  static auto* const plans = new std::vector<std::atomic<event_plan const*>>(schemas.size());
  auto const index = static_cast<std::size_t>(type);
  if (type <= 0 || index >= schemas.size() || schemas[index].schema == nullptr) return nullptr;
  auto& place = (*plans)[index];
  event_plan const* plan = place.load(std::memory_order_acquire);
  if (plan == nullptr) {
    auto made = std::make_unique<event_plan const>(schemas[index]);
    if (place.compare_exchange_strong(plan, made.get())) plan = made.release();
  }
  return plan->plan == nullptr ? nullptr : plan;
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

/// Reads an event from its bytes: the fields that all have, of which the type comes before the
/// attributes.
class usual_event_reader {
public:
  usual_event_reader(event& to, server_numbers own) : to_{to}, own_{own} {}

  [[nodiscard]] auto read(std::string_view bytes) -> bool {
    wire_fields fields{bytes};
    for (wire_field each; fields.next(each);)
      if (!read_field(each)) return false;
    return fields.is_whole() && to_.id > 0 && known_ != nullptr;
  }

private:
  [[nodiscard]] auto read_field(wire_field const& from) -> bool {
    switch (from.number) {
    case HistoryEvent::kEventIdFieldNumber:
      to_.id = static_cast<event_id>(from.value);
      return from.is_varint();
    case HistoryEvent::kEventTimeFieldNumber: return read_time_of(from);
    case HistoryEvent::kEventTypeFieldNumber: return read_type(from);
    case HistoryEvent::kWorkerMayIgnoreFieldNumber:
      to_.worker_may_ignore = from.value != 0;
      return from.is_varint();
    case HistoryEvent::kVersionFieldNumber:
    case HistoryEvent::kTaskIdFieldNumber:
      if (own_ == server_numbers::passed_over) return from.is_varint();
      break;
    default: break;
    }
    if (known_ != nullptr && from.number == known_->theirs->number()) {
      if (!from.has_bytes() || std::exchange(has_attributes_, true)) return false;
      auto* const attributes = const_cast<void*>(known_->ours->get(to_.attributes));
      return reader_.read(*known_->plan, from.bytes, attributes);
    }
    if (from.is_varint() && from.value == 0) return true; // the same as not being there
    return reader_.read_field(extras_, from, &to_.extras.make(), seen_);
  }
  [[nodiscard]] auto read_time_of(wire_field const& from) -> bool {
    std::int64_t seconds{};
    std::int32_t nanoseconds{};
    return from.has_bytes() && !std::exchange(has_time_, true) &&
           read_clock(from.bytes, seconds, nanoseconds) &&
           read_time(seconds, nanoseconds, to_.time) != clock_reading::malformed;
  }
  [[nodiscard]] auto read_type(wire_field const& from) -> bool {
    if (!from.is_varint() || known_ != nullptr || from.value > 0x7fff) return false;
    known_ = plan_for(static_cast<int>(from.value));
    if (known_ == nullptr) return false;
    to_.type = static_cast<event_type>(from.value);
    to_.attributes = known_->ours->make();
    return true;
  }

  event& to_;
  server_numbers own_;
  schema_plan const& extras_{extras_plan()};
  wire_reader reader_{recent_names::of_this_thread()};
  event_plan const* known_{nullptr};
  bool has_attributes_{false};
  bool has_time_{false};
  std::uint64_t seen_{0};
};

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

auto read_usual_event(std::string_view bytes, event& to, server_numbers own) -> bool {
  return usual_event_reader{to, own}.read(bytes);
}

auto read_event(std::string_view bytes, server_numbers own) -> event {
  event usual;
  if (read_usual_event(bytes, usual, own)) return usual;
  HistoryEvent message;
  if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
    fail(message.event_id(), {}, "its bytes are not those of an event");
  return read_event(message);
}

void append_events(std::string_view history, std::vector<event>& to, server_numbers own) {
  wire_fields fields{history};
  event_id due = 0;
  for (wire_field each; fields.next(each);) {
    if (each.number != api::history::v1::History::kEventsFieldNumber || !each.has_bytes()) continue;
    auto const& next = to.emplace_back(read_event(each.bytes, own));
    if (due != 0 && next.id != due)
      fail(next.id, "eventId", "the event stands where event " + std::to_string(due) + " is due");
    due = next.id + 1;
  }
  if (!fields.is_whole()) fail(due, {}, "the bytes of the history end or break off here");
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
