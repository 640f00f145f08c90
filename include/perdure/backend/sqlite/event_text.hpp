// Structures of history as the file has them: JSON that is made for little work and little room,
// and for people who look at it with an SQLite shell.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "perdure/data/detail/text_scan.hpp"
#include "perdure/history/detail/event_schemas.hpp"
#include "perdure/history/detail/history_reader.hpp"
#include "perdure/history/detail/history_writer.hpp"

namespace perdure::inline v0::sqlite {

/// Whether JSON can hold the text as it is.
[[nodiscard]] inline auto is_utf8(std::string_view text) noexcept -> bool {
  char const* at = text.data();
  char const* const end = at + text.size();
  while (at != end) {
    for (std::uint64_t word{}; end - at >= 8; at += 8) {
      std::memcpy(&word, at, sizeof word);
      if ((word & 0x8080'8080'8080'8080ULL) != 0) break;
    }
    if (at == end) break;
    auto const length = perdure::detail::utf8_length(at, end);
    if (length == 0) return false;
    at += length;
  }
  return true;
}

/// Writes structures in Temporal's spelling like `history_writer`, but numbers and enumerators as
/// numbers, a list of payloads as an array, JSON in a payload as a string with that text, and the
/// payload that says "no value" within a list as null. Whatever has unknown members, or a payload
/// of another kind, is written as `history_writer` does. `history_reader` reads all of it when it
/// is told to accept short forms. Bytes that are no UTF-8 (of a foreign exception's text, say)
/// become U+FFFD: what happened must be written.
class event_text_writer {
public:
  explicit event_text_writer(json_writer& out) : out_{out}, whole_{out} { out.replace_bad_text(); }

  void write_object(void const* object, perdure::detail::object_schema const& schema) {
    if (schema.unknown != schema.none &&
        perdure::detail::member_at<indirect<unknown_fields>>(object, schema.unknown))
      return whole_.write_object(object, schema);
    out_.begin_object();
    for (perdure::detail::field const& each : schema.fields) write_field(each, object);
    out_.end_object();
  }
  /// The attributes of an event; null if it has none.
  void write_attributes(event_attributes const& attributes) {
    auto const view = perdure::detail::view_of(attributes);
    if (view.schema == nullptr || view.object == nullptr) return out_.null();
    write_object(view.object, *view.schema);
  }

private:
  using field = perdure::detail::field;
  using kind = perdure::detail::field_kind;

  template <class T>
  [[nodiscard]] static auto in(field const& which, void const* object) noexcept -> T const& {
    return perdure::detail::member_at<T>(object, which.offset);
  }

  /// Nothing if the field says nothing.
  void write_field(field const& which, void const* object) {
    switch (which.kind) {
    case kind::int64: return number(which, in<std::int64_t>(which, object));
    case kind::int32: return number(which, in<std::int32_t>(which, object));
    case kind::uint32: return number(which, in<std::uint32_t>(which, object));
    case kind::enumeration: return number(which, perdure::detail::load_enum(object, which.offset));
    case kind::boolean:
      if (in<bool>(which, object)) begin(which), out_.value(true), end(which);
      return;
    case kind::text: return text(which, in<std::string>(which, object));
    case kind::shared_text: return text(which, in<shared_string>(which, object).view());
    case kind::many_payloads:
      if (auto const& list = in<payloads>(which, object); !list.empty())
        begin(which), write(list), end(which);
      return;
    case kind::one_payload:
      if (auto const& one = in<indirect<payload>>(which, object))
        begin(which), write(*one), end(which);
      return;
    case kind::payload_map:
      if (auto const& map = in<indirect<payload_map>>(which, object)) write_map(which, *map);
      return;
    case kind::object:
    case kind::boxed_object:
    case kind::alternative: return write_inside(which, object);
    default: break;
    }
    if (perdure::detail::is_absent(which, object)) return;
    out_.key(which.name);
    whole_.write_field(which, object);
  }
  void begin(field const& which) {
    out_.key(which.name);
    if (which.inner.empty()) return;
    out_.begin_object();
    out_.key(which.inner);
  }
  void end(field const& which) {
    if (!which.inner.empty()) out_.end_object();
  }
  template <class Number>
  void number(field const& which, Number value) {
    if (value == 0) return;
    begin(which);
    out_.value(value);
    end(which);
  }
  void text(field const& which, std::string_view value) {
    if (value.empty()) return;
    begin(which);
    out_.value(value);
    end(which);
  }
  void write_inside(field const& which, void const* object) {
    void const* const inside = perdure::detail::object_in(which, object);
    if (inside == nullptr) return;
    if (which.kind == kind::object && perdure::detail::is_absent(which, object)) return;
    begin(which);
    write_object(inside, which.access->schema());
    end(which);
  }
  void write_map(field const& which, payload_map const& map) {
    begin(which);
    out_.begin_map();
    for (auto const& [key, each] : map) {
      out_.key(key);
      write(each);
    }
    out_.end_object();
    end(which);
  }
  void write(payloads const& list) {
    out_.begin_array();
    for (payload const& each : list) {
      if (each.data.empty() && each.metadata == payload_metadata{encodings::null})
        out_.null();
      else
        write(each);
    }
    out_.end_array();
  }
  void write(payload const& one) {
    if (one.metadata.size() == 1 && one.metadata.encoding() == encodings::json && is_utf8(one.data))
      out_.value(one.data);
    else
      whole_.write_payload(one);
  }

  json_writer& out_;
  perdure::detail::history_writer<> whole_;
};

} // namespace perdure::inline v0::sqlite
