// Events and lists of events as JSON documents.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "perdure/error.hpp"
#include "perdure/history/detail/event_schemas.hpp"
#include "perdure/history/detail/history_reader.hpp"
#include "perdure/history/detail/history_writer.hpp"
#include "perdure/history/event.hpp"

namespace perdure::inline v0::detail {

/// Runs `read`. What does not fit is then a corrupt history, not a payload that holds something
/// else.
template <class Read>
auto read_as_history(Read&& read) -> decltype(auto) {
  try {
    return read();
  } catch (error const& thrown) {
    if (thrown.code() != errc::bad_payload) throw;
    std::string_view what = thrown.what();
    what.remove_prefix(what.find(' ') + 1); // the code
    throw error{errc::history_corrupt, what};
  }
}

/// Reads one event.
template <class Unused = void>
class event_reader {
public:
  explicit event_reader(history_reader<Unused>& reader) : reader_{reader}, in_{reader.in()} {}

  void read(event& to) {
    static constexpr std::string_view attributes_suffix = "EventAttributes";
    in_.begin_object();
    for (std::string_view key; in_.next_key(key);) {
      if (key == "eventId")
        to.id = in_.read_null_if() ? 0 : reader_.template read_integer<event_id>();
      else if (key == "eventTime")
        read_time(to);
      else if (key == "eventType")
        read_type(to);
      else if (key == "workerMayIgnore")
        to.worker_may_ignore = !in_.read_null_if() && in_.read_bool();
      else if (key.ends_with(attributes_suffix))
        read_attributes(to, key);
      else
        reader_.read_one(&to.extras.make(), extras_schema(), key);
    }
    finish(to);
  }

private:
  [[nodiscard]] static auto extras_schema() -> object_schema const& {
    return schema_of<event_extras>();
  }

  void read_time(event& to) {
    if (!in_.read_null_if() && !reader_.read_time(to.time))
      in_.fail("the time of an event is outside 1677 to 2262");
  }

  void read_type(event& to) {
    type_is_known_ = false;
    if (in_.peek() == json_kind::string) {
      type_name_ = in_.read_string();
      to.type = event_type_from_name<Unused>(type_name_);
    } else {
      auto const number = in_.read_int64();
      if (number < 0 || number > std::numeric_limits<std::int16_t>::max())
        in_.fail("the number of an event type is out of range");
      type_name_ = std::to_string(number);
      to.type = static_cast<event_type>(number);
    }
    type_is_known_ =
        find_event_schema<Unused>(to.type) != nullptr && to.type != event_type::unspecified;
  }

  /// The type decides how attributes are read, and a document may hold it behind them.
  void look_ahead_for_type(event& to) {
    auto const here = in_.here();
    (void)in_.skip_value();
    for (std::string_view key; in_.next_key_unchecked(key);) {
      if (key != "eventType") {
        (void)in_.skip_value();
        continue;
      }
      read_type(to);
      in_.go(here);
      return;
    }
    in_.fail("the event has no eventType");
  }

  void read_attributes(event& to, std::string_view key) {
    auto const name = std::string{key};
    if (type_name_.empty()) look_ahead_for_type(to);
    if (in_.read_null_if()) return;
    auto const* const schema = type_is_known_ ? find_event_schema<Unused>(to.type) : nullptr;
    if (schema != nullptr && schema->attributes_key == name) {
      to.attributes = schema->make();
      reader_.read_object(const_cast<void*>(schema->get(to.attributes)), schema->schema());
    } else if (schema != nullptr && find_event_schema<Unused>(name) != nullptr) {
      in_.fail("these are not the attributes of the event's type, " + type_name_);
    } else if (schema == nullptr && !to.attributes) {
      to.attributes =
          event_attributes::make(events::unknown_event{{}, name, compact_json(in_.skip_value())});
    } else {
      reader_.read_one(&to.extras.make(), extras_schema(), name);
    }
  }

  void finish(event& to) {
    if (to.id <= 0) in_.fail("the event has no eventId, or one below 1");
    if (type_name_.empty()) in_.fail("the event has no eventType");
    if (!to.attributes)
      to.attributes = type_is_known_ ? find_event_schema<Unused>(to.type)->make()
                                     : event_attributes::make(events::unknown_event{});
    if (!type_is_known_) to.attributes.edit<events::unknown_event>().name = std::move(type_name_);
    if (to.extras && !to.extras->unknown && is_empty(*to.extras)) to.extras.reset();
  }

  [[nodiscard]] static auto is_empty(event_extras const& extras) -> bool {
    for (auto const& each : extras_schema().fields)
      if (!is_absent<Unused>(each, &extras)) return false;
    return true;
  }

  history_reader<Unused>& reader_;
  json_reader& in_;
  std::string type_name_{};
  bool type_is_known_{false};
};

/// Reads the list of events that comes next. `is_partial`: it may start anywhere.
template <class Unused = void>
void read_events(history_reader<Unused>& reader, bool is_partial, std::vector<event>& to) {
  auto& in = reader.in();
  for (in.begin_array(); in.next_element();) {
    auto& next = to.emplace_back();
    event_reader<Unused>{reader}.read(next);
    auto const due = to.size() > 1 ? to[to.size() - 2].id + 1 : is_partial ? next.id : 1;
    if (next.id != due)
      in.fail("event " + std::to_string(next.id) + " stands where event " + std::to_string(due) +
              " is due");
  }
}

template <class Unused = void>
void write_event(json_writer& out, event const& from) {
  history_writer<Unused> writer{out};
  out.begin_object();
  out.key("eventId");
  writer.value(from.id);
  if (from.time != time_point{}) {
    out.key("eventTime");
    writer.value(from.time);
  }
  auto const* const unknown = from.attributes.get_if<events::unknown_event>();
  out.key("eventType");
  if (unknown != nullptr && from.type == event_type::unspecified && !unknown->name.empty())
    out.value(unknown->name);
  else
    writer.write_enum(enum_table_of<event_type>, static_cast<std::int16_t>(from.type));
  if (from.worker_may_ignore) out.member("workerMayIgnore", true);
  // The attributes of an unknown type are the first member with such a name: they go before others.
  if (unknown != nullptr && !unknown->attributes_key.empty()) {
    out.key(unknown->attributes_key);
    out.raw(unknown->attributes);
  }
  if (from.extras) writer.write_members(from.extras.get(), schema_of<event_extras>());
  if (auto const* const schema = find_event_schema<Unused>(from.attributes.type());
      schema != nullptr && from.attributes) {
    out.key(schema->attributes_key);
    writer.write_object(schema->get(from.attributes), schema->schema());
  }
  out.end_object();
}

} // namespace perdure::inline v0::detail
