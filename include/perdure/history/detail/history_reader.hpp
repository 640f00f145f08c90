// Reads the structures of history from JSON, driven by their tables of fields.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "perdure/data/json_reader.hpp"
#include "perdure/history/detail/base64.hpp"
#include "perdure/history/detail/proto_text.hpp"
#include "perdure/history/detail/schema.hpp"
#include "perdure/history/detail/unknown_path.hpp"

namespace perdure::inline v0::detail {

/// Reads structures as proto3's JSON mapping lays them out. What the tables do not know, and values
/// that they cannot hold without loss (new enumerators, times outside 1677 to 2262), go to the
/// nearest structure around them that keeps unknown fields. The template parameter makes the class
/// cost nothing where nothing is read.
template <class Unused = void>
class history_reader {
public:
  explicit history_reader(std::string_view text, std::string_view subject) : in_{text, subject} {}

  [[nodiscard]] auto in() noexcept -> json_reader& { return in_; }
  /// From now on, an array may stand for a list of payloads, a string for a payload of JSON with
  /// that text, and null within such an array for the payload that says "no value".
  void accept_short_forms() noexcept { short_forms_ = true; }

  void read_object(void* object, object_schema const& schema) {
    scope const around{*this, object, schema};
    in_.begin_object();
    std::size_t next = 0;
    for (std::string_view key; in_.next_key(key);) {
      if (auto const* const known = schema.find(key, next))
        read_field(*known, object);
      else
        keep_unknown(key);
    }
  }

  /// Reads the value of one member, as `read_object` does for each.
  void read_one(void* object, object_schema const& schema, std::string_view key) {
    scope const around{*this, object, schema};
    std::size_t next = 0;
    if (auto const* const known = schema.find(key, next))
      read_field(*known, object);
    else
      keep_unknown(key);
  }

  /// Reads the value of one field. null leaves the field as it is: absent.
  void read_field(field const& which, void* object) {
    if (in_.read_null_if()) return;
    step const here{*this, which.name};
    auto* const member = static_cast<char*>(object) + which.offset;
    if (which.inner.empty()) return read_member(which, member);
    in_.begin_object();
    for (std::string_view key; in_.next_key(key);) {
      if (key != which.inner)
        keep_unknown(key);
      else if (!in_.read_null_if())
        read_member(which, member);
    }
    if (which.kind == field_kind::payload_map) (void)as<indirect<payload_map>>(member).make();
  }

  /// Keeps the next value as text. Call with the key that was just taken.
  void keep_unknown(std::string_view key) {
    auto path = pointer_to(path_, key);
    keep(std::move(path), in_.skip_value());
  }

  [[nodiscard]] auto read_time(time_point& to) -> bool {
    auto const before = in_.here();
    auto const status = parse_proto_time(in_.read_string_view(), to);
    if (status == text_status::malformed)
      reject(before, "not a time as RFC 3339 has it (2020-07-30T00:30:02.5Z)");
    return status == text_status::ok;
  }

  /// A whole number: a JSON number, or one in a string, as proto3 writes 64 bits.
  template <class Integer>
  [[nodiscard]] auto read_integer() -> Integer {
    if (in_.peek() != json_kind::string) return in_.template read_integer<Integer>();
    auto const before = in_.here();
    auto token = in_.read_string_view();
    Integer value{};
    auto const* const end = token.data() + token.size();
    if (token.empty() || number_end(token.data(), end) != end) reject(before, "not a whole number");
    if (auto const status = parse_integer(token, value); status != number_status::ok)
      reject(before, status == number_status::not_whole ? "not a whole number"
                                                        : "the number is out of range");
    return value;
  }

private:
  using mark = json_reader::mark;

  /// Makes the structure the one that keeps unknown members, if it can, for as long as it is read.
  class scope {
  public:
    scope(history_reader& reader, void* object, object_schema const& schema)
        : reader_{reader}, unknown_{reader.unknown_}, path_{reader.path_} {
      if (schema.unknown == object_schema::none) return;
      reader.unknown_ = &member_at<indirect<unknown_fields>>(object, schema.unknown);
      reader.path_ = nullptr;
    }
    scope(scope const&) = delete;
    auto operator=(scope const&) -> scope& = delete;
    ~scope() {
      reader_.unknown_ = unknown_;
      reader_.path_ = path_;
    }

  private:
    history_reader& reader_;
    indirect<unknown_fields>* unknown_;
    unknown_path const* path_;
  };

  /// One step down the path, for as long as it lives.
  class step {
  public:
    step(history_reader& reader, std::string_view name, std::size_t index = 0)
        : reader_{reader}, here_{reader.path_, name, index} {
      reader.path_ = &here_;
    }
    step(step const&) = delete;
    auto operator=(step const&) -> step& = delete;
    ~step() { reader_.path_ = here_.above; }

  private:
    history_reader& reader_;
    unknown_path here_;
  };

  [[noreturn, gnu::cold]] void reject(mark before, std::string_view what) {
    in_.go(before);
    in_.fail(what);
  }

  void keep(std::string path, std::string_view json) {
    if (unknown_ != nullptr)
      unknown_->make().members.push_back({std::move(path), compact_json(json)});
  }
  /// Keeps the value that starts at `before` under the name of the field being read.
  void keep_value(mark before) {
    in_.go(before);
    std::string path;
    append_path(path, path_);
    keep(std::move(path), in_.skip_value());
  }

  template <class T>
  [[nodiscard]] static auto as(void* member) noexcept -> T& {
    return *static_cast<T*>(member);
  }

  void read_member(field const& which, void* member) {
    switch (which.kind) {
    case field_kind::int64: as<std::int64_t>(member) = read_integer<std::int64_t>(); return;
    case field_kind::int32: as<std::int32_t>(member) = read_integer<std::int32_t>(); return;
    case field_kind::uint32: as<std::uint32_t>(member) = read_integer<std::uint32_t>(); return;
    case field_kind::boolean: as<bool>(member) = in_.read_bool(); return;
    case field_kind::float32: as<float>(member) = in_.template read_floating<float>(); return;
    case field_kind::float64: as<double>(member) = in_.read_double(); return;
    case field_kind::text: in_.read_string(as<std::string>(member)); return;
    case field_kind::shared_text:
      as<shared_string>(member) = shared_string{in_.read_string_view()};
      return;
    case field_kind::span: as<duration>(member) = read_duration(); return;
    case field_kind::optional_span: as<std::optional<duration>>(member) = read_duration(); return;
    case field_kind::optional_time:
      read_optional_time(as<std::optional<time_point>>(member));
      return;
    case field_kind::enumeration: read_enum(*which.names, member); return;
    case field_kind::reason_list: read_enum_list(*which.names, as<reason_list>(member)); return;
    case field_kind::uint32_list:
      for (in_.begin_array(); in_.next_element();)
        as<std::vector<std::uint32_t>>(member).push_back(read_integer<std::uint32_t>());
      return;
    case field_kind::text_list:
      for (in_.begin_array(); in_.next_element();)
        as<std::vector<std::string>>(member).push_back(in_.read_string());
      return;
    case field_kind::one_payload: read_payload(as<indirect<payload>>(member).make()); return;
    case field_kind::many_payloads: as<payloads>(member) = read_payloads(); return;
    case field_kind::raw:
      as<indirect<raw_json>>(member).make().text = compact_json(in_.skip_value());
      return;
    case field_kind::payload_map:
      read_map(as<indirect<payload_map>>(member).make(), [&](payload& to) { read_payload(to); });
      return;
    case field_kind::payloads_map:
      read_map(as<indirect<payloads_map>>(member).make(),
               [&](payloads& to) { to = read_payloads(); });
      return;
    case field_kind::string_map:
      read_map(as<indirect<string_map>>(member).make(),
               [&](std::string& to) { in_.read_string(to); });
      return;
    case field_kind::object: read_object(member, which.access->schema()); return;
    case field_kind::boxed_object:
    case field_kind::alternative: {
      auto* const made = which.access->make(member);
      if (made == nullptr) in_.fail("a failure has one kind of info, and this is the second");
      read_object(made, which.access->schema());
      return;
    }
    }
  }

  [[nodiscard]] auto read_duration() -> duration {
    auto const before = in_.here();
    duration value{};
    auto const status = parse_proto_duration(in_.read_string_view(), value);
    if (status == text_status::malformed) reject(before, "not a duration (1.5s)");
    if (status == text_status::out_of_range)
      reject(before, "the duration is longer than 292 years");
    return value;
  }

  void read_optional_time(std::optional<time_point>& to) {
    auto const before = in_.here();
    time_point value{};
    if (read_time(value))
      to = value;
    else
      keep_value(before);
  }

  /// Answers whether the enumerator is one that 16 bits can hold.
  [[nodiscard]] auto take_enum(enum_table const& names, std::int16_t& to) -> bool {
    std::int64_t number = 0;
    if (in_.peek() == json_kind::string)
      number = enum_number(names, in_.read_string_view());
    else
      number = in_.read_int64();
    if (number < 0 || number > std::numeric_limits<std::int16_t>::max()) return false;
    to = static_cast<std::int16_t>(number);
    return true;
  }
  void read_enum(enum_table const& names, void* member) {
    auto const before = in_.here();
    std::int16_t number{};
    if (!take_enum(names, number)) return keep_value(before);
    // it is an enumerator of a type that only the table knows
    std::memcpy(member, &number, sizeof number);
  }
  template <class List>
  void read_enum_list(enum_table const& names, indirect<List>& to) {
    auto const before = in_.here();
    bool known = true;
    auto& list = to.make();
    for (in_.begin_array(); in_.next_element();) {
      std::int16_t number{};
      known = take_enum(names, number) && known;
      list.push_back(static_cast<typename List::value_type>(number));
    }
    if (known) return;
    to.reset();
    keep_value(before);
  }

  void read_bytes(std::string& to) {
    auto const before = in_.here();
    if (!decode_base64(in_.read_string_view(), to)) reject(before, "not base64");
  }

  void read_payload(payload& to) {
    if (short_forms_ && in_.peek() == json_kind::string) {
      in_.read_string(to.data);
      to.metadata = {encodings::json};
      return;
    }
    in_.begin_object();
    for (std::string_view key; in_.next_key(key);) {
      if (key == "metadata")
        read_metadata(to.metadata);
      else if (key == "data")
        (void)(in_.read_null_if() || (read_bytes(to.data), true));
      else
        keep_unknown(key);
    }
  }
  void read_metadata(payload_metadata& to) {
    if (in_.read_null_if()) return;
    in_.begin_map();
    std::string bytes;
    for (std::string key; in_.next_key(key);) {
      read_bytes(bytes);
      to.set(key, bytes);
    }
  }

  [[nodiscard]] auto read_payloads() -> payloads {
    if (short_forms_ && in_.peek() == json_kind::array) return read_short_payloads();
    std::vector<payload> list;
    in_.begin_object();
    for (std::string_view key; in_.next_key(key);) {
      if (key != "payloads") {
        keep_unknown(key);
      } else if (!in_.read_null_if()) {
        step const here{*this, "payloads"};
        for (in_.begin_array(); in_.next_element();) {
          step const element{*this, {}, list.size()};
          read_payload(list.emplace_back());
        }
      }
    }
    return payloads{std::move(list)};
  }

  [[nodiscard]] auto read_short_payloads() -> payloads {
    in_.begin_array();
    if (!in_.next_element()) return {};
    payload first = read_short_payload();
    if (!in_.next_element()) return payloads{std::move(first)};
    std::vector<payload> list;
    list.push_back(std::move(first));
    do list.push_back(read_short_payload());
    while (in_.next_element());
    return payloads{std::move(list)};
  }
  [[nodiscard]] auto read_short_payload() -> payload {
    payload one{};
    if (in_.read_null_if())
      one.metadata = {encodings::null};
    else
      read_payload(one);
    return one;
  }

  template <class Map, class Read>
  void read_map(Map& to, Read read) {
    in_.begin_map();
    for (std::string key; in_.next_key(key);) {
      step const here{*this, key};
      read(to[key]);
    }
  }

  json_reader in_;
  indirect<unknown_fields>* unknown_{nullptr};
  unknown_path const* path_{nullptr};
  bool short_forms_{false};
};

} // namespace perdure::inline v0::detail
