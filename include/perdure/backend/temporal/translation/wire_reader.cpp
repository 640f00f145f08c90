#include "perdure/backend/temporal/translation/wire_reader.hpp"
#include "perdure/data/detail/text_scan.hpp"

#include <bit>
#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include <google/protobuf/descriptor.h>

#include "perdure/backend/temporal/translation/part_translation.hpp"
#include "perdure/limits.hpp"
#include "temporal/api/common/v1/message.pb.h"

namespace perdure::inline v0::temporal {

using api::common::v1::Payload;
using api::common::v1::Payloads;
using detail::field_kind;

auto recent_names::shared(std::string_view name) -> shared_string {
  constexpr std::size_t longest = 64; // longer ones are hardly names
  if (name.empty() || name.size() > longest) return shared_string{name};
  auto const end = static_cast<unsigned char>(name.back());
  auto const middle = static_cast<unsigned char>(name[name.size() / 2]);
  auto& place = held_[(name.size() * 31 + end * 7 + middle) % held_.size()];
  if (place.view() != name) place = shared_string{name};
  return place;
}

auto recent_names::of_this_thread() -> recent_names& {
  static thread_local recent_names mine;
  return mine;
}

namespace {

template <class T>
[[nodiscard]] auto as(void* member) noexcept -> T& {
  return *static_cast<T*>(member);
}

/// Reads all fields of the bytes. Each is given to `read_one`, which answers whether it could.
template <class Read>
[[nodiscard]] auto read_all(std::string_view bytes, Read read_one) -> bool {
  wire_fields fields{bytes};
  for (wire_field each; fields.next(each);)
    if (!read_one(each)) return false;
  return fields.is_whole();
}

/// An entry of a map. What is missing is empty.
[[nodiscard]] auto read_entry(std::string_view entry, std::string_view& key,
                              std::string_view& value) -> bool {
  int seen = 0;
  bool const read = read_all(entry, [&](wire_field const& from) {
    if (from.number <= seen || from.number > 2 || !from.has_bytes()) return false;
    seen = from.number;
    (from.number == 1 ? key : value) = from.bytes;
    return true;
  });
  return read && detail::is_utf8(key);
}

[[nodiscard]] auto parse_payload(std::string_view bytes, payload& to) -> bool {
  return read_all(bytes, [&](wire_field const& from) {
    if (!from.has_bytes()) return false;
    if (from.number == Payload::kDataFieldNumber) {
      to.data = from.bytes;
      return true;
    }
    std::string_view name;
    std::string_view value;
    if (from.number != Payload::kMetadataFieldNumber || !read_entry(from.bytes, name, value))
      return false;
    to.metadata.set(name, value);
    return true;
  });
}

[[nodiscard]] auto parse_payloads(std::string_view bytes, payloads& to) -> bool {
  payload first;
  std::vector<payload> list;
  std::size_t count = 0;
  bool const read = read_all(bytes, [&](wire_field const& from) {
    if (from.number != Payloads::kPayloadsFieldNumber || !from.has_bytes()) return false;
    if (++count == 1) return parse_payload(from.bytes, first);
    if (count == 2) list.push_back(std::move(first));
    return parse_payload(from.bytes, list.emplace_back());
  });
  if (!read) return false;
  if (count == 1)
    to = payloads{std::move(first)};
  else
    to = payloads{std::move(list)};
  return true;
}

[[nodiscard]] auto read_span(std::string_view bytes, duration& to) -> bool {
  std::int64_t seconds{};
  std::int32_t nanoseconds{};
  return read_clock(bytes, seconds, nanoseconds) &&
         read_duration(seconds, nanoseconds, to) != clock_reading::malformed;
}

template <class Ours, class Read>
[[nodiscard]] auto add_to_map(std::string_view entry, std::map<std::string, Ours>& to,
                              Read read_one) -> bool {
  std::string_view key;
  std::string_view value;
  if (!read_entry(entry, key, value)) return false;
  Ours made{};
  if (!read_one(value, made)) return false;
  to.insert_or_assign(std::string{key}, std::move(made));
  return true;
}

template <class T, class Read>
[[nodiscard]] auto read_packed(wire_field const& from, Read read_one) -> bool {
  if (!from.has_bytes()) return false;
  wire_fields numbers{from.bytes};
  while (!numbers.is_whole()) {
    std::uint64_t value{};
    if (!numbers.read_varint(value) || !read_one(static_cast<T>(value))) return false;
  }
  return true;
}

[[nodiscard]] auto is_map(field_kind kind) noexcept -> bool {
  return kind == field_kind::payload_map || kind == field_kind::payloads_map ||
         kind == field_kind::string_map;
}

/// Whether a second field of that number is more of the same, or overrides the first one.
[[nodiscard]] auto may_repeat(plan_step const& step) noexcept -> bool {
  auto const kind = step.ours->kind;
  if (step.wrapper != nullptr) return false;
  return kind < field_kind::span || kind == field_kind::enumeration ||
         kind == field_kind::text_list || is_map(kind);
}

/// A map that has a message around it is there, though empty, if that is there.
void make_map(field_kind kind, void* member) {
  if (kind == field_kind::payload_map)
    (void)as<indirect<payload_map>>(member).make();
  else if (kind == field_kind::payloads_map)
    (void)as<indirect<payloads_map>>(member).make();
  else if (kind == field_kind::string_map)
    (void)as<indirect<string_map>>(member).make();
}

} // namespace

auto read_clock(std::string_view bytes, std::int64_t& seconds, std::int32_t& nanoseconds) -> bool {
  return read_all(bytes, [&](wire_field const& from) {
    if (from.number > 2 || !from.is_varint()) return false;
    if (from.number == 1)
      seconds = static_cast<std::int64_t>(from.value);
    else
      nanoseconds = static_cast<std::int32_t>(from.value);
    return true;
  });
}

auto wire_reader::read(schema_plan const& plan, std::string_view bytes, void* to) -> bool {
  if (++depth_ > limits::json_depth_max) return false;
  for (schema_plan::number const& each : plan.numbers)
    std::memset(static_cast<char*>(to) + each.offset, 0, each.size);
  std::uint64_t seen = 0;
  bool const read =
      read_all(bytes, [&](wire_field const& from) { return read_field(plan, from, to, seen); });
  --depth_;
  return read;
}

auto wire_reader::read_field(schema_plan const& plan, wire_field const& from, void* to,
                             std::uint64_t& seen) -> bool {
  auto const number = static_cast<std::size_t>(from.number);
  auto const found =
      number < plan.by_number.size() ? plan.by_number[number] : schema_plan::no_field;
  if (found < 0) return found == schema_plan::no_field;
  plan_step const& step = plan.steps[static_cast<std::size_t>(found)];
  if (!may_repeat(step)) {
    auto const mine = std::uint64_t{1} << found;
    if ((seen & mine) != 0) return false;
    seen |= mine;
  }
  void* const member = &detail::member_at<char>(to, step.ours->offset);
  if (step.wrapper == nullptr) return read_member(step, from, member);
  return from.has_bytes() && read_wrapped(step, from.bytes, member);
}

auto wire_reader::read_wrapped(plan_step const& step, std::string_view wrapper, void* member)
    -> bool {
  bool const many = is_map(step.ours->kind);
  if (many) make_map(step.ours->kind, member);
  bool seen = false;
  return read_all(wrapper, [&](wire_field const& from) {
    if (from.number != step.theirs->number() || (seen && !many)) return false;
    seen = true;
    return read_member(step, from, member);
  });
}

auto wire_reader::read_member(plan_step const& step, wire_field const& from, void* member) -> bool {
  switch (step.ours->kind) {
  case field_kind::uint32_list:
    return read_packed<std::uint32_t>(from, [&](std::uint32_t each) {
      as<std::vector<std::uint32_t>>(member).push_back(each);
      return true;
    });
  case field_kind::reason_list:
    return read_packed<int>(from, [&](int each) {
      if (each < 0 || each > std::numeric_limits<std::int16_t>::max()) return false;
      as<detail::reason_list>(member).make().push_back(
          static_cast<suggest_continue_as_new_reason>(each));
      return true;
    });
  case field_kind::float32:
    if (from.as != wire_field::form::fixed32) return false;
    as<float>(member) = std::bit_cast<float>(static_cast<std::uint32_t>(from.value));
    return true;
  case field_kind::float64:
    if (from.as != wire_field::form::fixed64) return false;
    as<double>(member) = std::bit_cast<double>(from.value);
    return true;
  default:
    if (from.is_varint()) return read_number(step, from.value, member);
    return from.has_bytes() && read_bytes(step, from.bytes, member);
  }
}

auto wire_reader::read_number(plan_step const& step, std::uint64_t value, void* member) -> bool {
  switch (step.ours->kind) {
  case field_kind::int64: as<std::int64_t>(member) = static_cast<std::int64_t>(value); return true;
  case field_kind::int32: as<std::int32_t>(member) = static_cast<std::int32_t>(value); return true;
  case field_kind::boolean: as<bool>(member) = value != 0; return true;
  case field_kind::uint32: {
    auto const count = static_cast<std::uint32_t>(value);
    as<std::uint32_t>(member) = count;
    return count <= std::numeric_limits<std::int32_t>::max(); // one of them is below 0 then
  }
  case field_kind::enumeration: {
    auto const number = static_cast<std::int32_t>(value);
    auto const held = static_cast<std::int16_t>(number);
    std::memcpy(member, &held, sizeof held); // it is of a type that only the table knows
    return number >= 0 && held == number;
  }
  default: return false;
  }
}

auto wire_reader::read_bytes(plan_step const& step, std::string_view bytes, void* member) -> bool {
  switch (step.ours->kind) {
  case field_kind::text: as<std::string>(member) = bytes; return detail::is_utf8(bytes);
  case field_kind::shared_text:
    as<shared_string>(member) = names_.shared(bytes);
    return detail::is_utf8(bytes);
  case field_kind::text_list:
    as<std::vector<std::string>>(member).emplace_back(bytes);
    return detail::is_utf8(bytes);
  case field_kind::span: return read_span(bytes, as<duration>(member));
  case field_kind::optional_span:
    return read_span(bytes, as<std::optional<duration>>(member).emplace());
  case field_kind::optional_time: {
    std::int64_t seconds{};
    std::int32_t nanoseconds{};
    return read_clock(bytes, seconds, nanoseconds) &&
           read_time(seconds, nanoseconds, as<std::optional<time_point>>(member).emplace()) ==
               clock_reading::exact;
  }
  case field_kind::one_payload: return parse_payload(bytes, as<indirect<payload>>(member).make());
  case field_kind::many_payloads: return parse_payloads(bytes, as<payloads>(member));
  case field_kind::payload_map:
    return add_to_map(bytes, as<indirect<payload_map>>(member).make(), parse_payload);
  case field_kind::payloads_map:
    return add_to_map(bytes, as<indirect<payloads_map>>(member).make(), parse_payloads);
  case field_kind::string_map:
    return add_to_map(bytes, as<indirect<string_map>>(member).make(),
                      [](std::string_view value, std::string& to) {
                        to = value;
                        return detail::is_utf8(value);
                      });
  case field_kind::object: return read(*step.inside, bytes, member);
  case field_kind::boxed_object:
  case field_kind::alternative: {
    auto* const made = step.ours->access->make(member);
    return made != nullptr && read(*step.inside, bytes, made);
  }
  default: return false;
  }
}

} // namespace perdure::inline v0::temporal
