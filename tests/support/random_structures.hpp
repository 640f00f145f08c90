// Fills structures of history with random values, walking their tables of fields: whatever a table
// lists is filled sooner or later.
#pragma once

#include <cstring>
#include <iterator>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "perdure/history/detail/schema.hpp"
#include "perdure/history/event.hpp"
#include "support/numbers.hpp"

namespace perdure_test {

namespace schemas = perdure::detail;

class structure_filler {
public:
  explicit structure_filler(std::uint64_t seed) : numbers_{seed} {}

  void fill(schemas::object_schema const& schema, void* object) {
    if (++depth_ < 6)
      for (auto const& each : schema.fields)
        if (!numbers_.one_in(3)) fill_field(each, object);
    --depth_;
    if (&schema == &schemas::schema_of<perdure::update_outcome>()) {
      auto& outcome = *static_cast<perdure::update_outcome*>(object);
      if (outcome.failure) outcome.success = {}; // it is the one or the other
    }
  }

  /// The fields that were given a value.
  std::set<schemas::field const*> filled{};

  auto text() -> std::string {
    static constexpr char const* parts[]{"a",
                                         "Ada",
                                         " ",
                                         "\"",
                                         "\\",
                                         "\n",
                                         "é",
                                         "漢字",
                                         "😀",
                                         "/~",
                                         "a text of more than a few bytes"};
    std::string made;
    for (auto count = numbers_.below(4); count != 0; --count)
      made += parts[numbers_.below(std::size(parts))];
    if (numbers_.one_in(20)) made.push_back('\0');
    return made;
  }
  auto payload() -> perdure::payload {
    static constexpr char const* known[]{"json/plain", "binary/null", "binary/plain", "own/codec"};
    perdure::payload made;
    if (numbers_.one_in(2)) made.data = text();
    for (auto count = numbers_.one_in(2) ? 0 : numbers_.below(20); count != 0; --count)
      made.data.push_back(static_cast<char>(numbers_.below(256)));
    if (!numbers_.one_in(8)) made.metadata.set("encoding", known[numbers_.below(std::size(known))]);
    if (numbers_.one_in(4)) made.metadata.set(text(), std::string{"\xff\0b", 3});
    return made;
  }
  auto time() -> perdure::time_point { return perdure::time_point{perdure::duration{whole()}}; }

private:
  template <class T>
  [[nodiscard]] static auto as(void* member) noexcept -> T& {
    return *static_cast<T*>(member);
  }

  auto whole() -> std::int64_t {
    using limits = std::numeric_limits<std::int64_t>;
    static constexpr std::int64_t special[]{
        0, 1, -1, limits::max(), limits::min(), 999'999'999, -1'000'000'001};
    if (numbers_.one_in(2)) return special[numbers_.below(std::size(special))];
    return static_cast<std::int64_t>(numbers_.next()) >> numbers_.below(60);
  }
  auto span() -> perdure::duration {
    auto const count = whole(); // JSON cannot say the least duration
    return perdure::duration{count == std::numeric_limits<std::int64_t>::min() ? 0 : count};
  }
  auto eighths() -> double { // which everybody writes alike
    return static_cast<double>(numbers_.below(100'000)) / 8 - 1'000;
  }
  auto payloads() -> perdure::payloads {
    std::vector<perdure::payload> list(numbers_.below(4));
    for (auto& each : list) each = payload();
    return list;
  }
  template <class Map, class Make>
  void fill_map(Map& to, std::size_t least, Make make) {
    for (auto count = least + numbers_.below(3); count != 0; --count) to[text()] = make();
  }

  void fill_field(schemas::field const& which, void* object) {
    using schemas::field_kind;
    filled.insert(&which);
    void* const member = &schemas::member_at<char>(object, which.offset);
    switch (which.kind) {
    case field_kind::int64: as<std::int64_t>(member) = whole(); return;
    case field_kind::int32: as<std::int32_t>(member) = static_cast<std::int32_t>(whole()); return;
    case field_kind::uint32: // one of them is a field of 31 bits
      as<std::uint32_t>(member) = static_cast<std::uint32_t>(whole()) & 0x7fff'ffffU;
      return;
    case field_kind::boolean: as<bool>(member) = true; return;
    case field_kind::float32: as<float>(member) = static_cast<float>(eighths()); return;
    case field_kind::float64: as<double>(member) = eighths(); return;
    case field_kind::text: as<std::string>(member) = text(); return;
    case field_kind::shared_text: as<perdure::shared_string>(member) = text(); return;
    case field_kind::span: as<perdure::duration>(member) = span(); return;
    case field_kind::optional_span: as<std::optional<perdure::duration>>(member) = span(); return;
    case field_kind::optional_time: as<std::optional<perdure::time_point>>(member) = time(); return;
    case field_kind::enumeration: {
      auto const chosen = static_cast<std::int16_t>(numbers_.one_in(5) ? numbers_.below(0x8000)
                                                                       : numbers_.below(5));
      std::memcpy(member, &chosen, sizeof chosen);
      return;
    }
    case field_kind::reason_list:
      for (auto count = numbers_.below(3); count != 0; --count)
        as<schemas::reason_list>(member).make().push_back(
            static_cast<perdure::suggest_continue_as_new_reason>(numbers_.below(100)));
      return;
    case field_kind::uint32_list:
      for (auto count = numbers_.below(3); count != 0; --count)
        as<std::vector<std::uint32_t>>(member).push_back(
            static_cast<std::uint32_t>(numbers_.next()));
      return;
    case field_kind::text_list:
      for (auto count = numbers_.below(3); count != 0; --count)
        as<std::vector<std::string>>(member).push_back(text());
      return;
    default: fill_structure(which, member);
    }
  }

  void fill_structure(schemas::field const& which, void* member) {
    using schemas::field_kind;
    switch (which.kind) {
    case field_kind::one_payload:
      as<perdure::indirect<perdure::payload>>(member) = payload();
      return;
    case field_kind::many_payloads: as<perdure::payloads>(member) = payloads(); return;
    case field_kind::payload_map: // in a message of its own: there, and empty
      fill_map(as<perdure::indirect<perdure::payload_map>>(member).make(), 0,
               [&] { return payload(); });
      return;
    case field_kind::payloads_map:
      fill_map(as<perdure::indirect<perdure::payloads_map>>(member).make(), 1,
               [&] { return payloads(); });
      return;
    case field_kind::string_map:
      fill_map(as<perdure::indirect<perdure::string_map>>(member).make(), 1,
               [&] { return text(); });
      return;
    case field_kind::raw:
      as<perdure::indirect<perdure::raw_json>>(member).make().text = raw(which.name);
      return;
    case field_kind::object: fill(which.access->schema(), member); return;
    default:
      if (depth_ < 5)
        if (auto* const made = which.access->make(member)) fill(which.access->schema(), made);
    }
  }

  // What is kept as text is compared as text: in protobuf's order, which is that of the alphabet
  // here.
  auto raw(std::string_view name) -> std::string {
    if (name == "versioningOverride")
      return numbers_.one_in(2) ? R"({"autoUpgrade":true})"
                                : R"({"pinned":{"behavior":"PINNED_OVERRIDE_BEHAVIOR_PINNED",)"
                                  R"("version":{"buildId":"b","deploymentName":"d"}}})";
    if (name == "eventGroupMarkers")
      return R"([{"label":{"id":"a"}},{"inboundEvent":{"inboundEventId":"5"}}])";
    return R"([{"batchJob":{"jobId":"j"}},{"workflowEvent":{"namespace":"n","workflowId":"w"}}])";
  }

  numbers numbers_;
  int depth_{0};
};

} // namespace perdure_test
