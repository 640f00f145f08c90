// Structures of history as the file has them: JSON that is made for little work and little room,
// and for people who look at it with an SQLite shell.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "perdure/backend/sqlite/text_buffer.hpp"
#include "perdure/data/detail/text_scan.hpp"
#include "perdure/history/detail/event_schemas.hpp"
#include "perdure/history/detail/history_reader.hpp"
#include "perdure/history/detail/history_writer.hpp"

namespace perdure::inline v0::sqlite {

/// Writes structures in Temporal's spelling like `history_writer`, but numbers and enumerators as
/// numbers, a list of payloads as an array, JSON in a payload as a string with that text, and the
/// payload that says "no value" within a list as null. Whatever has unknown members, or a payload
/// of another kind, is written as `history_writer` does. `history_reader` reads all of it when it
/// is told to accept short forms. Bytes that are no UTF-8 (of a foreign exception's text, say)
/// become U+FFFD: what happened must be written.
class event_text_writer {
public:
  [[nodiscard]] auto out() noexcept -> text_buffer& { return out_; }

  void write_object(void const* object, perdure::detail::object_schema const& schema) {
    if (schema.unknown != schema.none &&
        perdure::detail::member_at<indirect<unknown_fields>>(object, schema.unknown))
      return write_whole([&](auto& whole) { whole.write_object(object, schema); });
    out_.open('{');
    for (field const& each : schema.fields) write_field(each, object);
    out_.close('}');
  }
  /// The attributes of an event; null if it has none.
  void write_attributes(event_attributes const& attributes) {
    auto const view = perdure::detail::view_of(attributes);
    if (view.schema == nullptr || view.object == nullptr) return out_.raw("null");
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
    case kind::text: return text(which, in<std::string>(which, object));
    case kind::shared_text: return text(which, in<shared_string>(which, object).view());
    case kind::span: return span(which, in<duration>(which, object), false);
    case kind::optional_span:
      if (auto const& some = in<std::optional<duration>>(which, object)) span(which, *some, true);
      return;
    case kind::boolean:
      if (!in<bool>(which, object)) return;
      begin(which);
      out_.raw("true");
      return end(which);
    case kind::uint32_list: return numbers(which, in<std::vector<std::uint32_t>>(which, object));
    case kind::many_payloads: return list(which, in<payloads>(which, object));
    case kind::one_payload: return one(which, in<indirect<payload>>(which, object).get());
    case kind::payload_map: return map(which, in<indirect<payload_map>>(which, object).get());
    case kind::object:
    case kind::boxed_object:
    case kind::alternative: return inside(which, object);
    default: break;
    }
    if (perdure::detail::is_absent(which, object)) return;
    out_.key(which.name);
    write_whole([&](auto& whole) { whole.write_field(which, object); });
  }
  void begin(field const& which) {
    out_.key(which.name);
    if (which.inner.empty()) return;
    out_.open('{');
    out_.key(which.inner);
  }
  void end(field const& which) {
    if (!which.inner.empty()) out_.close('}');
  }
  void number(field const& which, std::int64_t value) {
    if (value == 0) return;
    begin(which);
    out_.number(value);
    end(which);
  }
  void numbers(field const& which, std::vector<std::uint32_t> const& values) {
    if (values.empty()) return;
    begin(which);
    out_.open('[');
    for (std::uint32_t const each : values) out_.number(each);
    out_.close(']');
    end(which);
  }
  void text(field const& which, std::string_view value) {
    if (value.empty()) return;
    begin(which);
    out_.text(value);
    end(which);
  }
  void span(field const& which, duration value, bool even_zero) {
    if (value == duration{} && !even_zero) return;
    scratch_.clear();
    perdure::detail::put_duration(scratch_, value);
    text(which, scratch_);
  }
  void inside(field const& which, void const* object) {
    void const* const within = perdure::detail::object_in(which, object);
    if (within == nullptr) return;
    auto const before = out_.here();
    begin(which);
    auto const size = out_.size();
    write_object(within, which.access->schema());
    // A plain member of which nothing is set says nothing.
    if (which.kind == kind::object && out_.size() == size + std::string_view{"{},"}.size())
      return out_.go_back(before);
    end(which);
  }
  void list(field const& which, payloads const& values) {
    if (values.empty()) return;
    begin(which);
    out_.open('[');
    for (payload const& each : values) {
      if (each.data.empty() && each.metadata == payload_metadata{encodings::null})
        out_.raw("null");
      else
        write(each);
    }
    out_.close(']');
    end(which);
  }
  void one(field const& which, payload const* value) {
    if (value == nullptr) return;
    begin(which);
    write(*value);
    end(which);
  }
  void map(field const& which, payload_map const* values) {
    if (values == nullptr) return;
    begin(which);
    out_.open('{');
    for (auto const& [key, each] : *values) {
      out_.text_key(key);
      write(each);
    }
    out_.close('}');
    end(which);
  }
  void write(payload const& value) {
    if (value.metadata.size() == 1 && value.metadata.encoding() == encodings::json &&
        perdure::detail::is_utf8(value.data))
      out_.text(value.data);
    else
      write_whole([&](auto& whole) { whole.write_payload(value); });
  }
  /// One value as `history_writer` has it.
  template <class Write>
  void write_whole(Write&& write) {
    std::string text;
    json_writer writer{text, 256, "event"};
    writer.replace_bad_text();
    for (std::size_t i = 0; i < out_.depth(); ++i) writer.begin_array(); // so deep it stands
    perdure::detail::history_writer<> whole{writer};
    write(whole);
    writer.finish();
    out_.raw(std::string_view{text}.substr(out_.depth()));
  }

  text_buffer out_;
  std::string scratch_;
};

} // namespace perdure::inline v0::sqlite
