#include "perdure/backend/temporal/translation/wire_writer.hpp"
#include "perdure/data/detail/text_scan.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <type_traits>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/duration.pb.h>
#include <google/protobuf/timestamp.pb.h>

#include "perdure/backend/temporal/translation/part_translation.hpp"
#include "perdure/limits.hpp"
#include "temporal/api/common/v1/message.pb.h"

namespace perdure::inline v0::temporal {

namespace {

using google::protobuf::FieldDescriptor;

// Of each entry of a map.
constexpr int key_field = 1;
constexpr int value_field = 2;

/// As protobuf writes signed numbers of any width.
[[nodiscard]] auto bits_of(std::int64_t number) noexcept -> std::uint64_t {
  return static_cast<std::uint64_t>(number);
}

void append_text(int field, std::string_view text, wire_output& to) {
  if (detail::is_utf8(text))
    to.bytes(field, text);
  else
    to.bytes(field, utf8_of(text));
}

/// The message of a duration or a time.
template <class Clock>
void append_clock(int field, Clock const& clock, wire_output& to) {
  to.nested(field, [&] {
    if (clock.seconds() != 0) to.varint(Clock::kSecondsFieldNumber, bits_of(clock.seconds()));
    if (clock.nanos() != 0) to.varint(Clock::kNanosFieldNumber, bits_of(clock.nanos()));
  });
}

template <class Map, class Append>
void append_map(int field, Map const& map, wire_output& to, Append append_value) {
  for (auto const& [key, value] : map)
    to.nested(field, [&] {
      append_text(key_field, key, to);
      append_value(value);
    });
}

} // namespace

void append_payload(payload const& from, wire_output& to) {
  using message = api::common::v1::Payload;
  from.metadata.for_each([&](std::string_view name, std::string_view bytes) {
    to.nested(message::kMetadataFieldNumber, [&] {
      append_text(key_field, name, to);
      to.bytes(value_field, bytes);
    });
  });
  if (!from.data.empty()) to.bytes(message::kDataFieldNumber, from.data);
}

void append_payloads(payloads const& from, wire_output& to) {
  for (payload const& each : from)
    to.nested(api::common::v1::Payloads::kPayloadsFieldNumber, [&] { append_payload(each, to); });
}

auto wire_writer::write(schema_plan const& plan, void const* from) -> bool {
  auto const unknown = plan.schema->unknown;
  if (unknown != detail::object_schema::none &&
      detail::member_at<indirect<unknown_fields>>(from, unknown))
    return false;
  if (depth_ == limits::json_depth_max) return false;
  ++depth_;
  bool const written = std::ranges::all_of(
      plan.steps, [&](plan_step const& each) { return write_step(each, from); });
  --depth_;
  return written;
}

template <class T>
void wire_writer::write_value(plan_step const& step, T const& value) {
  int const field = step.theirs->number();
  if constexpr (std::is_floating_point_v<T>)
    to_.fixed(field, value);
  else if constexpr (std::is_same_v<T, std::uint32_t>)
    // Of 31 bits where it is a signed one of theirs.
    to_.varint(field, step.theirs->cpp_type() == FieldDescriptor::CPPTYPE_UINT32
                          ? value
                          : std::min<std::uint32_t>(value, std::numeric_limits<int>::max()));
  else if constexpr (std::is_integral_v<T>)
    to_.varint(field, bits_of(value));
  else if constexpr (std::is_same_v<T, shared_string>)
    set(field, value.view());
  else
    set(field, value);
}

auto wire_writer::write_step(plan_step const& step, void const* from) -> bool {
  auto const& which = *step.ours;
  return detail::with_member_type(which.kind, [&]<class T>(T*) -> bool {
    auto const around = [&](auto const& value) {
      if (step.wrapper == nullptr) return write_value(step, value);
      to_.nested(step.wrapper->number(), [&] { write_value(step, value); });
    };
    if constexpr (std::is_same_v<T, detail::object_member>) {
      if (detail::is_absent(which, from)) return true;
      auto const* const inside = detail::object_in(which, from);
      if (step.wrapper == nullptr) return write_object(step, inside);
      bool written = false;
      to_.nested(step.wrapper->number(), [&] { written = write_object(step, inside); });
      return written;
    } else if constexpr (std::is_same_v<T, indirect<raw_json>>) {
      return detail::is_absent(which, from);
    } else if constexpr (std::is_same_v<T, detail::enum_member>) {
      if (auto const number = detail::load_enum(from, which.offset); number != 0) around(number);
      return true;
    } else {
      T const& value = detail::member_at<T>(from, which.offset);
      if (!detail::is_absent(value)) around(value);
      return true;
    }
  });
}

auto wire_writer::write_object(plan_step const& step, void const* inside) -> bool {
  bool written = false;
  to_.nested(step.theirs->number(), [&] { written = write(*step.inside, inside); });
  return written;
}

void wire_writer::set(int field, std::string_view text) { append_text(field, text, to_); }
void wire_writer::set(int field, duration span) {
  google::protobuf::Duration message;
  write_duration(span, message);
  append_clock(field, message, to_);
}
void wire_writer::set(int field, time_point time) {
  google::protobuf::Timestamp message;
  write_time(time, message);
  append_clock(field, message, to_);
}
void wire_writer::set(int field, std::vector<std::uint32_t> const& list) {
  to_.nested(field, [&] {
    for (auto const each : list) to_.append(each);
  });
}
void wire_writer::set(int field, std::vector<std::string> const& list) {
  for (auto const& each : list) append_text(field, each, to_);
}
void wire_writer::set(int field, detail::reason_list const& list) {
  to_.nested(field, [&] {
    for (auto const each : *list) to_.append(bits_of(static_cast<int>(each)));
  });
}
void wire_writer::set(int field, indirect<payload> const& one) {
  to_.nested(field, [&] { append_payload(*one, to_); });
}
void wire_writer::set(int field, payloads const& list) {
  to_.nested(field, [&] { append_payloads(list, to_); });
}
void wire_writer::set(int field, indirect<payload_map> const& map) {
  append_map(field, *map, to_, [&](payload const& value) {
    to_.nested(value_field, [&] { append_payload(value, to_); });
  });
}
void wire_writer::set(int field, indirect<payloads_map> const& map) {
  append_map(field, *map, to_, [&](payloads const& value) {
    to_.nested(value_field, [&] { append_payloads(value, to_); });
  });
}
void wire_writer::set(int field, indirect<string_map> const& map) {
  append_map(field, *map, to_,
             [&](std::string const& value) { append_text(value_field, value, to_); });
}

} // namespace perdure::inline v0::temporal
