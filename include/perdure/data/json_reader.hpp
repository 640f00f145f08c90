// Reads JSON text by pulling; the interface is in basic_json_reader.hpp, this is the file to
// include. Rare paths are templates, so that only a program that calls them compiles them.
#pragma once

#include "perdure/config.hpp"
#include "perdure/data/basic_json_reader.hpp"
#if PERDURE_DEFINES
  #include "perdure/data/detail/heap_sort.hpp"
#endif

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace perdure::inline v0 {

template <class Unused>
void basic_json_reader<Unused>::open(char first, json_kind kind, bool data_keys) {
  expect(first, kind);
  if (depth_ == limits::json_depth_max) {
    --at_;
    fail_syntax("nested deeper than limits::json_depth_max");
  }
  if (first == '{') {
    auto& frame = frames_[depth_];
    frame.seen[0] = frame.seen[1] = 0;
    frame.begin = at_;
    frame.check_keys = false;
    if (data_keys)
      data_keys_.set(depth_);
    else
      data_keys_.clear(depth_);
  }
  ++depth_;
  first_ = true;
}

template <class Unused>
void basic_json_reader<Unused>::close() {
  --depth_;
  first_ = false;
  if (*at_++ == '}' && frames_[depth_].check_keys) check_keys(frames_[depth_].begin);
}

template <class Unused>
auto basic_json_reader<Unused>::next_item(char closing, std::string_view expected) -> bool {
  skip_space();
  if (at_ == end_) fail_syntax("the text ends in the middle of a value");
  if (*at_ == closing) {
    close();
    return false;
  }
  if (first_) {
    first_ = false;
    return true;
  }
  if (*at_ != ',') fail_syntax(expected);
  ++at_;
  skip_space();
  if (at_ != end_ && *at_ == closing) fail_syntax("a comma with nothing after it");
  return true;
}

template <class Unused>
auto basic_json_reader<Unused>::next_key_unchecked(std::string_view& key) -> bool {
  if (!next_item('}', "expected ',' or '}'")) return false;
  if (at_ == end_ || *at_ != '"') fail_syntax("expected a key in double quotes");
  ++at_;
  key = take_string();
  skip_space();
  if (at_ == end_ || *at_ != ':') fail_syntax("expected ':' after a key");
  ++at_;
  return true;
}

template <class Unused>
inline auto basic_json_reader<Unused>::take_key_if(std::string_view quoted_name_and_colon) noexcept
    -> bool {
  auto const skip = first_ ? std::size_t{0} : std::size_t{1};
  auto const size = quoted_name_and_colon.size();
  if (static_cast<std::size_t>(end_ - at_) < size + skip) return false;
  if (skip == 1 && *at_ != ',') return false;
  if (!detail::are_same(at_ + skip, quoted_name_and_colon.data(), size)) return false;
  at_ += size + skip;
  first_ = false;
  return true;
}

template <class Unused>
void basic_json_reader<Unused>::note_key(std::string_view key) noexcept {
  std::uint64_t head{};
  std::uint64_t tail{};
  auto const size = key.size();
  if (size >= 8) {
    std::memcpy(&head, key.data(), 8);
    std::memcpy(&tail, key.data() + size - 8, 8);
  } else {
    for (char const c : key) head = head << 8 | static_cast<unsigned char>(c);
  }
  auto const hash = (head ^ std::rotl(tail, 29) ^ size) * 0x9E3779B97F4A7C15u;
  auto& frame = frames_[depth_ - 1];
  auto& word = frame.seen[hash >> 63];
  auto const bit = std::uint64_t{1} << (hash >> 57 & 63);
  if ((word & bit) != 0)
    frame.check_keys = true; // a repeated key, or two that share a bit: looked at later
  word |= bit;
}

template <class Unused>
auto basic_json_reader<Unused>::take_string() -> std::string_view {
  auto const* const first = at_;
  for (;;) {
    at_ = detail::plain_run_end(at_, end_);
    if (at_ == end_) fail_syntax("the text ends inside a string");
    if (*at_ == '"') return {first, static_cast<std::size_t>(at_++ - first)};
    if (*at_ == '\\') return take_escaped(first);
    if (static_cast<unsigned char>(*at_) < 0x20)
      fail_syntax("a control character in a string must be escaped");
    auto const length = detail::utf8_length(at_, end_);
    if (length == 0) fail_syntax("a string is not UTF-8");
    at_ += length;
  }
}

template <class Unused>
template <class Integer>
auto basic_json_reader<Unused>::read_integer() -> Integer {
  if (peek() != json_kind::number) fail_kind(json_kind::number);
  auto const* at = at_;
  bool const negative = *at == '-';
  if (negative) ++at;
  auto const* const digits = at;
  std::uint64_t magnitude = 0;
  while (at != end_ && detail::is_digit(*at) && at - digits < 19)
    magnitude = magnitude * 10 + static_cast<unsigned char>(*at++ - '0');
  Integer value{};
  auto status = detail::number_status::ok;
  bool const plain =
      at != digits && (at == end_ || (!detail::is_digit(*at) && (*at | 0x20) != 'e' && *at != '.'));
  if (plain && (*digits != '0' || at - digits == 1)) {
    status = detail::from_magnitude(magnitude, negative, value);
  } else {
    at = detail::number_end(at_, end_);
    if (at == nullptr) fail_syntax("not a number");
    status = detail::parse_integer({at_, static_cast<std::size_t>(at - at_)}, value);
  }
  if (status == detail::number_status::not_whole) fail("expected a whole number");
  if (status == detail::number_status::out_of_range) {
    auto const bits = std::to_string(sizeof(Integer) * 8);
    fail("the number is out of the range of " + bits +
         (std::is_signed_v<Integer> ? " bits" : " bits without a sign"));
  }
  at_ = at;
  return value;
}

template <class Unused>
template <class Floating>
auto basic_json_reader<Unused>::read_floating() -> Floating {
  auto const kind = peek();
  if (kind == json_kind::string) return read_special<Floating>();
  if (kind != json_kind::number) fail_kind(json_kind::number);
  Floating value{};
  if (auto const* const plain_end = detail::parse_plain_floating(at_, end_, value)) {
    at_ = plain_end;
    return value;
  }
  auto const* const end = detail::number_end(at_, end_);
  if (end == nullptr) fail_syntax("not a number");
  if (detail::parse_floating({at_, static_cast<std::size_t>(end - at_)}, value) !=
      detail::number_status::ok)
    fail("the number is too large for a floating-point field");
  at_ = end;
  return value;
}

template <class Unused>
template <class Floating>
auto basic_json_reader<Unused>::read_special() -> Floating {
  auto const before = here();
  auto const text = read_string_view();
  if (text == "NaN") return std::numeric_limits<Floating>::quiet_NaN();
  if (text == "Infinity") return std::numeric_limits<Floating>::infinity();
  if (text == "-Infinity") return -std::numeric_limits<Floating>::infinity();
  go(before);
  fail("expected a number, found a string other than \"NaN\", \"Infinity\" and \"-Infinity\"");
}

#if PERDURE_DEFINES
template <class Unused>
auto basic_json_reader<Unused>::take_escaped(char const* first) -> std::string_view {
  scratch_.assign(first, at_);
  for (;;) {
    auto const* const run = at_;
    at_ = detail::plain_run_end(at_, end_);
    if (at_ != end_ && (*at_ & 0x80) != 0) {
      auto const length = detail::utf8_length(at_, end_);
      if (length == 0) fail_syntax("a string is not UTF-8");
      at_ += length;
    }
    scratch_.append(run, at_);
    if (at_ == end_) fail_syntax("the text ends inside a string");
    if (*at_ == '"') break;
    if (*at_ == '\\')
      take_escape();
    else if (static_cast<unsigned char>(*at_) < 0x20)
      fail_syntax("a control character in a string must be escaped");
  }
  ++at_;
  return scratch_;
}

template <class Unused>
void basic_json_reader<Unused>::take_escape() {
  constexpr std::string_view names = "\"\\/bfnrt";
  constexpr std::string_view values = "\"\\/\b\f\n\r\t";
  if (end_ - at_ < 2) fail_syntax("the text ends inside a string");
  if (auto const i = names.find(at_[1]); i != std::string_view::npos) {
    scratch_ += values[i];
    at_ += 2;
    return;
  }
  if (at_[1] != 'u') fail_syntax("unknown escape in a string");
  auto code = take_hex();
  if (code >= 0xDC00 && code <= 0xDFFF) fail_syntax("half of a surrogate pair in a string");
  if (code >= 0xD800 && code <= 0xDBFF) {
    auto const low = end_ - at_ >= 2 && at_[0] == '\\' && at_[1] == 'u' ? take_hex() : 0;
    if (low < 0xDC00 || low > 0xDFFF) fail_syntax("half of a surrogate pair in a string");
    code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
  }
  auto const put = [&](unsigned byte) { scratch_ += static_cast<char>(byte); };
  if (code < 0x80) return put(code);
  if (code < 0x800) {
    put(0xC0 | code >> 6);
  } else {
    if (code < 0x10000) {
      put(0xE0 | code >> 12);
    } else {
      put(0xF0 | code >> 18);
      put(0x80 | (code >> 12 & 0x3F));
    }
    put(0x80 | (code >> 6 & 0x3F));
  }
  put(0x80 | (code & 0x3F));
}

template <class Unused>
auto basic_json_reader<Unused>::take_hex() -> unsigned {
  if (end_ - at_ < 6) fail_syntax("the text ends inside a string");
  unsigned code = 0;
  for (int i = 2; i < 6; ++i) {
    char const c = at_[i];
    char const lower = static_cast<char>(c | 0x20);
    if (!detail::is_digit(c) && (lower < 'a' || lower > 'f'))
      fail_syntax("\\u needs four hexadecimal digits");
    code = code << 4 | static_cast<unsigned>(detail::is_digit(c) ? c - '0' : lower - 'a' + 10);
  }
  at_ += 6;
  return code;
}

template <class Unused>
void basic_json_reader<Unused>::skip_any() {
  switch (peek()) {
  case json_kind::object: {
    begin_object();
    for (std::string_view key; next_key(key);) skip_any();
    return;
  }
  case json_kind::array: {
    begin_array();
    while (next_element()) skip_any();
    return;
  }
  case json_kind::string: (void)read_string_view(); return;
  case json_kind::number: {
    auto const* const end = detail::number_end(at_, end_);
    if (end == nullptr) fail_syntax("not a number");
    at_ = end;
    return;
  }
  case json_kind::boolean: (void)read_bool(); return;
  case json_kind::null: read_null(); return;
  case json_kind::end: fail_syntax("the text ends where a value should be");
  }
}

namespace detail {

/// Keys of one object, to sort by text and then by place, so that repetitions are neighbours.
struct placed_key {
  std::string text;
  char const* end;
  [[nodiscard]] auto before(placed_key const& other) const noexcept -> bool {
    auto const order = text.compare(other.text);
    return order != 0 ? order < 0 : end < other.end;
  }
};

} // namespace detail

template <class Unused>
void basic_json_reader<Unused>::check_keys(char const* first) {
  std::vector<detail::placed_key> keys;
  bool key_is_next = true;
  std::size_t nested = 0;
  // The text is known to be well-formed here, so that brackets, commas and strings are all there is
  // to see.
  for (auto const* at = first; at != at_;) {
    if (*at == '"' && nested == 0 && key_is_next) {
      basic_json_reader one{{at, static_cast<std::size_t>(at_ - at)}};
      auto key = one.read_string();
      at += one.offset();
      keys.push_back({std::move(key), at});
      key_is_next = false;
      continue;
    }
    if (*at == '"')
      for (++at; *at != '"'; ++at)
        if (*at == '\\') ++at;
    if (*at == '{' || *at == '[') ++nested;
    if (*at == '}' || *at == ']') --nested; // wraps at the closing brace, where the loop ends
    if (*at == ',' && nested == 0) key_is_next = true;
    ++at;
  }
  detail::heap_sort(keys, [](auto const& a, auto const& b) { return a.before(b); });
  for (std::size_t i = 1; i < keys.size(); ++i)
    if (keys[i - 1].text == keys[i].text)
      fail_at(errc::bad_json, keys[i].end, "the key is there twice");
}

template <class Unused>
void basic_json_reader<Unused>::fail_kind(json_kind wanted) {
  constexpr std::string_view names[]{"an object", "an array",  "a string",
                                     "a number",  "a boolean", "null"};
  auto const found = peek();
  if (found == json_kind::end) fail_syntax("the text ends where a value should be");
  std::string what{"expected "};
  what += names[static_cast<std::size_t>(wanted)];
  what += ", found ";
  what += names[static_cast<std::size_t>(found)];
  fail(what);
}

template <class Unused>
void basic_json_reader<Unused>::fail_at(errc code, char const* at, std::string_view what) const {
  auto const offset = static_cast<std::size_t>(at - begin_);
  std::string text{subject_};
  if (argument_ != 0) text += " (argument " + std::to_string(argument_) + ")";
  text += ": ";
  if (auto const path = detail::json_path({begin_, offset}, data_keys_); !path.empty())
    text += path + ": ";
  text += what;
  text += " (byte " + std::to_string(offset) + ")";
  throw error{code, text};
}
  #ifdef PERDURE_SOURCE
template auto basic_json_reader<void>::take_escaped(char const* first) -> std::string_view;
template void basic_json_reader<void>::take_escape();
template auto basic_json_reader<void>::take_hex() -> unsigned;
template void basic_json_reader<void>::skip_any();
template void basic_json_reader<void>::check_keys(char const* first);
template void basic_json_reader<void>::fail_kind(json_kind wanted);
template void basic_json_reader<void>::fail_at(errc code, char const* at,
                                               std::string_view what) const;
  #endif
#endif

} // namespace perdure::inline v0
