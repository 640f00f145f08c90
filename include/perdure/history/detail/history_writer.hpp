// Writes the structures of history as JSON, driven by their tables of fields.
#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "perdure/data/json_writer.hpp"
#include "perdure/history/detail/base64.hpp"
#include "perdure/history/detail/proto_text.hpp"
#include "perdure/history/detail/unknown_path.hpp"
#include "perdure/history/detail/visit_member.hpp"

namespace perdure::inline v0::detail {

/// How payloads are written: as the wire has them; or, for people, by their size, or as the value
/// they hold (by their size where that is not JSON).
enum class payload_style : std::uint8_t { whole, size, value };

/// Writes structures as proto3's JSON mapping lays them out: defaults left out, 64-bit numbers and
/// durations as strings, bytes as base64, enumerators by name; unknown members where they were
/// read. The template parameter makes the class cost nothing where nothing is written.
template <class Unused = void>
class history_writer {
public:
  explicit history_writer(json_writer& out, payload_style style = payload_style::whole) noexcept
      : out_{out}, style_{style} {}

  void write_object(void const* object, object_schema const& schema) {
    out_.begin_object();
    write_members(object, schema);
    out_.end_object();
  }

  /// The members of the object that the caller has opened.
  void write_members(void const* object, object_schema const& schema) {
    if (schema.unknown == object_schema::none)
      return write_known_and_unknown(object, schema, path_);
    auto const* const unknown =
        std::exchange(unknown_, member_at<indirect<unknown_fields>>(object, schema.unknown).get());
    auto const* const path = std::exchange(path_, nullptr);
    write_known_and_unknown(object, schema, nullptr);
    unknown_ = unknown;
    path_ = path;
  }

  /// The value of a field, as it stands after its key.
  void write_field(field const& which, void const* object) {
    unknown_path const here{path_, which.name, 0};
    path_ = &here;
    if (which.inner.empty()) {
      write_member(which, object);
    } else {
      out_.begin_object();
      if (!is_absent(which, object)) {
        out_.key(which.inner);
        write_member(which, object);
      }
      write_unknown(path_, nullptr, nullptr);
      out_.end_object();
    }
    path_ = here.above;
  }

  void value(std::int64_t number) {
    char digits[20];
    auto const end = std::to_chars(digits, digits + sizeof digits, number).ptr;
    out_.value(std::string_view{digits, static_cast<std::size_t>(end - digits)});
  }
  void value(time_point time) {
    text_.clear();
    put_time(text_, time);
    out_.value(text_);
  }
  /// The value of a field, without the object that the wire puts around some.
  void write_value(field const& which, void const* object) { write_member(which, object); }
  void write_payload(payload const& one) {
    if (style_ == payload_style::value && one.metadata.encoding() == encodings::null)
      return out_.null();
    if (style_ == payload_style::value && one.metadata.encoding().starts_with("json/"))
      return out_.raw(one.data);
    if (style_ != payload_style::whole) return write_size(1, byte_size(one));
    out_.begin_object();
    if (!one.metadata.empty()) {
      out_.key("metadata");
      out_.begin_map();
      one.metadata.for_each([&](std::string_view name, std::string_view bytes) {
        out_.key(name);
        write_bytes(bytes);
      });
      out_.end_object();
    }
    if (!one.data.empty()) {
      out_.key("data");
      write_bytes(one.data);
    }
    write_unknown(path_, nullptr, nullptr);
    out_.end_object();
  }
  void write_enum(enum_table const& names, std::int16_t number) {
    if (enum_name(names, number).empty()) return out_.value(number);
    out_.value(enum_wire_name(names, number));
  }

private:
  void write_known_and_unknown(void const* object, object_schema const& schema,
                               unknown_path const* path) {
    for (auto const& each : schema.fields) {
      if (is_absent(each, object) && !has_unknown_below(path, each.name)) continue;
      out_.key(each.name);
      write_field(each, object);
    }
    write_unknown(path, &schema, object);
  }

  /// Whether an unknown member lies inside the member `name` of the object at `path`.
  [[nodiscard]] auto has_unknown_below(unknown_path const* path, std::string_view name) const
      -> bool {
    if (unknown_ == nullptr) return false;
    auto const below = pointer_to(path, name) + '/';
    for (auto const& each : unknown_->members)
      if (each.path.starts_with(below)) return true;
    return false;
  }

  /// The unknown members that belong directly into the object at `path`. One that has become a
  /// field with a value since it was read (an enumerator that was replaced) is left out.
  void write_unknown(unknown_path const* path, object_schema const* schema, void const* object) {
    if (unknown_ == nullptr) return;
    std::string prefix;
    append_path(prefix, path);
    prefix += '/';
    for (auto const& each : unknown_->members) {
      if (!each.path.starts_with(prefix) || each.path.find('/', prefix.size()) != std::string::npos)
        continue;
      auto const name = last_step(each.path);
      std::size_t next = 0;
      auto const* const known = schema == nullptr ? nullptr : schema->find(name, next);
      if (known != nullptr && !is_absent(*known, object)) continue;
      out_.key(name);
      out_.raw(each.json);
    }
  }

  void write_member(field const& which, void const* object) {
    with_member_type(which.kind, [&]<class T>(T*) {
      if constexpr (std::is_same_v<T, object_member>) {
        if (auto const* const inside = object_in(which, object))
          write_object(inside, which.access->schema());
        else
          write_empty(); // there are unknown members inside
      } else if constexpr (std::is_same_v<T, enum_member>) {
        write_enum(*which.names, load_enum(object, which.offset));
      } else if constexpr (std::is_same_v<T, reason_list>) {
        out_.begin_array();
        for (auto const each : *member_at<T>(object, which.offset))
          write_enum(*which.names, static_cast<std::int16_t>(each));
        out_.end_array();
      } else {
        write(member_at<T>(object, which.offset));
      }
    });
  }
  void write_empty() {
    out_.begin_object();
    write_unknown(path_, nullptr, nullptr);
    out_.end_object();
  }

  void write(std::int64_t number) { value(number); }
  void write(std::int32_t number) { out_.value(number); }
  void write(std::uint32_t number) { out_.value(number); }
  void write(bool truth) { out_.value(truth); }
  void write(float number) { out_.value(number); }
  void write(double number) { out_.value(number); }
  void write(std::string const& text) { out_.value(text); }
  void write(shared_string const& text) { out_.value(text.view()); }
  void write(duration span) {
    text_.clear();
    put_duration(text_, span);
    out_.value(text_);
  }
  void write(std::optional<duration> const& span) { write(*span); }
  void write(std::optional<time_point> const& time) { value(*time); }
  void write(std::vector<std::uint32_t> const& list) { write_list(list); }
  void write(std::vector<std::string> const& list) { write_list(list); }
  void write(indirect<raw_json> const& json) { out_.raw(json->text); }
  void write(indirect<payload> const& maybe) { write_payload(*maybe); }
  void write(indirect<payload_map> const& map) {
    write_map(*map, [&](payload const& each) { write_payload(each); });
  }
  void write(indirect<payloads_map> const& map) {
    write_map(*map, [&](payloads const& each) { write(each); });
  }
  void write(indirect<string_map> const& map) {
    write_map(*map, [&](std::string const& each) { out_.value(each); });
  }

  template <class T>
  void write_list(std::vector<T> const& list) {
    out_.begin_array();
    for (auto const& each : list) out_.value(each);
    out_.end_array();
  }
  template <class Map, class Write>
  void write_map(Map const& map, Write write_one) {
    out_.begin_map();
    for (auto const& [key, each] : map) {
      unknown_path const here{path_, key, 0};
      path_ = &here;
      out_.key(key);
      write_one(each);
      path_ = here.above;
    }
    out_.end_object();
  }

  void write_size(std::size_t count, std::size_t bytes) {
    out_.value(std::to_string(count) + (count == 1 ? " payload, " : " payloads, ") +
               std::to_string(bytes) + " bytes");
  }
  void write_values(payloads const& list) {
    out_.begin_array();
    for (payload const& each : list) write_payload(each);
    out_.end_array();
  }
  void write(payloads const& list) {
    if (style_ == payload_style::size) return write_size(list.size(), byte_size(list));
    if (style_ == payload_style::value) return write_values(list);
    out_.begin_object();
    if (!list.empty()) {
      auto const* const above = path_;
      out_.key("payloads");
      out_.begin_array();
      for (std::size_t i = 0; i < list.size(); ++i) {
        unknown_path const here{above, "payloads", 0};
        unknown_path const element{&here, {}, i};
        path_ = &element;
        write_payload(list[i]);
        path_ = above;
      }
      out_.end_array();
    }
    write_unknown(path_, nullptr, nullptr);
    out_.end_object();
  }
  void write_bytes(std::string_view bytes) {
    text_.clear();
    append_base64(text_, bytes);
    out_.value(text_);
  }

  json_writer& out_;
  payload_style style_;
  unknown_fields const* unknown_{nullptr};
  unknown_path const* path_{nullptr};
  std::string text_{}; // reused for texts that are put together
};

} // namespace perdure::inline v0::detail
