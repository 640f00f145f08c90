// Writes JSON text, value by value. It never writes what json_reader would refuse.
#pragma once

#include "perdure/data/detail/json_number.hpp"
#include "perdure/data/detail/json_path.hpp"
#include "perdure/data/detail/text_scan.hpp"
#include "perdure/error.hpp"
#include "perdure/limits.hpp"

#include <charconv>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

namespace perdure::inline v0 {

template <class Unused>
class basic_json_writer;
using json_writer = basic_json_writer<void>;

/// Appends compact JSON to a string; commas and quotes are its business.
///
///     std::string text;
///     json_writer out{text};
///     out.begin_object();
///     out.member("name", "Ada");
///     out.key("sizes");
///     out.begin_array();
///     out.value(1);
///     out.end_array();
///     out.end_object();
///     out.finish();
///
/// The string is complete after `finish()` or the writer's destruction; until then it belongs to
/// the writer, which keeps room at its end. \throws error errc::bad_payload, with the path, for
/// text that is not UTF-8 and for nesting deeper than `limits::json_depth_max`. Balancing begin and
/// end is the caller's duty.
///
/// A template in name only (`json_writer` is the type to use), so that a program compiles what it
/// calls.
template <class Unused>
class basic_json_writer {
public:
  /// `size_hint` is how many bytes are probably coming. `subject` names what is written in error
  /// texts.
  explicit basic_json_writer(std::string& out, std::size_t size_hint = 0,
                             std::string_view subject = "JSON")
      : out_{out}, begin_{out.size()}, subject_{subject} {
    out_.resize(begin_ + size_hint);
    at_ = out_.data() + begin_;
    end_ = at_ + size_hint;
  }
  /// Into `room` as long as that is enough, to be taken from there: only `take` gives the text.
  template <std::size_t Size>
  basic_json_writer(std::string& out, char (&room)[Size], std::string_view subject)
      : out_{out}, at_{room}, end_{room + Size}, begin_{0}, room_{room}, subject_{subject} {
    out_.clear();
  }
  basic_json_writer(basic_json_writer const&) = delete;
  auto operator=(basic_json_writer const&) -> basic_json_writer& = delete;
  ~basic_json_writer() { finish(); }

  /// From now on, bytes that are not UTF-8 are written as U+FFFD, one for each, instead of refused.
  void replace_bad_text() noexcept { replace_bad_text_ = true; }

  void begin_object() { open('{', false); }
  /// As begin_object, for an object whose keys are data: error texts then show positions, not keys.
  void begin_map() { open('{', true); }
  void end_object() { close('}'); }
  void begin_array() { open('[', false); }
  void end_array() { close(']'); }

  /// Writes a key. The next call writes its value.
  void key(std::string_view name) {
    text(name);
    *at_++ = ':'; // text() leaves room for it
    comma_ = false;
  }
  template <class T>
  void member(std::string_view name, T const& content) {
    key(name);
    value(content);
  }

  /// A string. \throws error when it is not UTF-8.
  template <class T>
    requires std::convertible_to<T const&, std::string_view>
  void value(T const& content) {
    text(std::string_view{content});
    comma_ = true;
  }
  /// Any integer, exact; `char` is refused since it could be meant as text.
  template <std::integral T>
    requires(!std::same_as<T, bool> && !std::same_as<T, char> && sizeof(T) <= 8)
  void value(T number) {
    begin_value(24);
    at_ = std::to_chars(at_, end_, number).ptr;
  }
  /// Shortest text that reads back the same. NaN and infinities become "NaN", "Infinity" and
  /// "-Infinity".
  template <class T>
    requires(std::same_as<T, float> || std::same_as<T, double>)
  void value(T number) {
    if (__builtin_isnan(number)) return value(std::string_view{"NaN"});
    if (!__builtin_isfinite(number))
      return value(std::string_view{number > 0 ? "Infinity" : "-Infinity"});
    begin_value(detail::floating_chars_max);
    at_ = detail::write_floating(at_, number);
  }
  void value(std::same_as<bool> auto truth) { raw(truth ? "true" : "false"); }
  void null() { raw("null"); }
  /// One value that is JSON already. The caller vouches for it.
  void raw(std::string_view json) {
    begin_value(json.size());
    put(json);
  }

  /// Gives the string back with its true size. Nothing may be written afterwards.
  void finish() noexcept {
    if (at_ == nullptr || room_ != nullptr) return;
    out_.resize(static_cast<std::size_t>(at_ - out_.data())); // shrinks: cannot throw
    at_ = end_ = nullptr;
  }

  /// As `finish`; gives what was written, out of the string or of the room.
  [[nodiscard]] auto take() -> std::string {
    if (room_ != nullptr) return {room_, written()};
    finish();
    return std::move(out_);
  }

  /// Throws errc::bad_payload with the path of the value that comes next.
  [[noreturn, gnu::cold]] void fail(std::string_view what) const;

  // For the converters: a key that is quoted and followed by a colon already.
  void quoted_key(std::string_view quoted_name_and_colon) {
    begin_value(quoted_name_and_colon.size());
    put(quoted_name_and_colon);
    comma_ = false;
  }

private:
  static constexpr std::size_t slack = 16; // room for punctuation and for eight bytes at a time

  [[gnu::always_inline]] inline void room(std::size_t size) {
    if (static_cast<std::size_t>(end_ - at_) < size) grow(size);
  }
  [[gnu::noinline, gnu::cold]] void grow(std::size_t size);
  [[nodiscard]] auto first() const noexcept -> char* {
    return room_ != nullptr ? room_ : out_.data() + begin_;
  }
  [[nodiscard]] auto written() const noexcept -> std::size_t {
    return static_cast<std::size_t>(at_ - first());
  }
  void put(std::string_view bytes) noexcept {
    std::memcpy(at_, bytes.data(), bytes.size());
    at_ += bytes.size();
  }
  void begin_value(std::size_t size) {
    room(size + 1);
    if (comma_) *at_++ = ',';
    comma_ = true;
  }
  void open(char bracket, bool data_keys) {
    if (depth_ == limits::json_depth_max) fail("nested deeper than limits::json_depth_max");
    if (data_keys)
      data_keys_.set(depth_);
    else
      data_keys_.clear(depth_);
    ++depth_;
    begin_value(1);
    *at_++ = bracket;
    comma_ = false;
  }
  void close(char bracket) {
    room(1);
    *at_++ = bracket;
    comma_ = true;
    --depth_;
  }
  void text(std::string_view content);
  void escape(char const*& from, char const* end);

  std::string& out_;
  char* at_{};
  char* end_{};
  std::size_t begin_;
  char* room_{}; // what is written to, in the place of out_
  std::size_t depth_{};
  bool replace_bad_text_{false};
  bool comma_{}; // the next key or value in this container needs a comma before it
  std::string_view subject_;
  detail::depth_set data_keys_{};
};

template <class Unused>
void basic_json_writer<Unused>::text(std::string_view content) {
  room(content.size() + slack);
  if (comma_) *at_++ = ',';
  *at_++ = '"';
  auto const* from = content.data();
  auto const* const end = from + content.size();
  while (from != end) {
    // Invariant: room for what is left, unescaped, and `slack` bytes less the two written above.
    for (; end - from >= 16 && detail::are_plain(from); from += 16, at_ += 16)
      std::memcpy(at_, from, 16);
    if constexpr (std::endian::native == std::endian::little) {
      for (std::uint64_t word{}; end - from >= 8;) {
        std::memcpy(&word, from, 8);
        std::memcpy(at_, &word, 8); // what a special byte spoils is overwritten below
        auto const special = detail::special_bytes(word);
        auto const plain = special == 0 ? 8 : std::countr_zero(special) / 8;
        from += plain;
        at_ += plain;
        if (special != 0) break;
      }
    }
    if (auto const left = end - from; left > 0 && left < 8 && content.size() >= 8) {
      // The last eight bytes at once, where the first of them are there already.
      std::uint64_t word{};
      std::memcpy(&word, end - 8, 8);
      if (detail::special_bytes(word) == 0) {
        std::memcpy(at_ - (8 - left), &word, 8);
        at_ += left;
        break;
      }
    }
    while (from != end && detail::is_plain_byte(*from)) *at_++ = *from++;
    if (from != end) escape(from, end);
  }
  *at_++ = '"';
}

/// Writes what cannot be copied as it is, until the next plain byte.
template <class Unused>
void basic_json_writer<Unused>::escape(char const*& from, char const* end) {
  constexpr std::string_view named = "\"\\\b\f\n\r\t";
  constexpr std::string_view names = "\"\\bfnrt";
  constexpr std::string_view hex = "0123456789abcdef";
  for (; from != end && !detail::is_plain_byte(*from);) {
    auto const byte = static_cast<unsigned char>(*from);
    auto const length = detail::utf8_length(from, end);
    if (length == 0 && !replace_bad_text_)
      fail("a string is not UTF-8 (use bytes: std::vector<std::byte>)");
    room(static_cast<std::size_t>(end - from) + 6 + slack);
    if (length == 0) {
      put("\xef\xbf\xbd");
      ++from;
      continue;
    }
    if (length > 1) {
      put({from, length});
    } else if (auto const i = named.find(*from); i != std::string_view::npos) {
      put({"\\", 1});
      *at_++ = names[i];
    } else {
      put("\\u00");
      *at_++ = hex[byte >> 4];
      *at_++ = hex[byte & 15];
    }
    from += length;
  }
}

template <class Unused>
void basic_json_writer<Unused>::grow(std::size_t size) {
  auto const used = written();
  auto const so_far = begin_ + used;
  out_.resize(so_far + (size > so_far ? size : so_far) + slack);
  if (room_ != nullptr) std::memcpy(out_.data(), std::exchange(room_, nullptr), used);
  at_ = out_.data() + so_far;
  end_ = out_.data() + out_.size();
}

template <class Unused>
void basic_json_writer<Unused>::fail(std::string_view what) const {
  std::string message{subject_};
  message += ": ";
  // A partly written string has an opening quote only, which the path ignores.
  auto path = detail::json_path({first(), written()}, data_keys_);
  if (!path.empty()) message += path + ": ";
  message += what;
  throw error{errc::bad_payload, message};
}

} // namespace perdure::inline v0
