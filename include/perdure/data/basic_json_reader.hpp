// Reads JSON text by pulling: the caller says what should come next. Strict, bounded, no tree is
// built. Include json_reader.hpp, which holds the bodies too.
#pragma once

#include "perdure/data/detail/json_number.hpp"
#include "perdure/data/detail/json_path.hpp"
#include "perdure/data/detail/text_scan.hpp"
#include "perdure/error.hpp"
#include "perdure/limits.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace perdure::inline v0 {

/// What the next value of a JSON text is; `end` where there is no more text.
enum class json_kind : std::uint8_t { object, array, string, number, boolean, null, end };

template <class Unused>
class basic_json_reader;
using json_reader = basic_json_reader<void>;

/// A pull reader over one JSON text: RFC 8259 to the letter, UTF-8 to the letter, nesting up to
/// `limits::json_depth_max`, each key once per object.
///
///     json_reader in{text};
///     in.begin_object();
///     for (std::string_view key; in.next_key(key);) {
///       if (key == "name") name = in.read_string();
///       else if (key != "sizes") in.skip_value();
///       else for (in.begin_array(); in.next_element();) sizes.push_back(in.read_int64());
///     }
///     in.finish();
///
/// Every key and element must be followed by reading or skipping its value. Errors are
/// `perdure::error`: `errc::bad_json` where the text is not JSON, `errc::bad_payload` where it is,
/// but not what was asked for. Both name the subject, the path (`.events[3].eventId`) and the byte
/// offset, and never quote a value. The path is worked out from the text when an error is made, so
/// tracking it costs nothing. After an error the reader is of no more use. The text must outlive
/// the reader.
///
/// A template in name only (`json_reader` is the type to use), so that a program compiles what it
/// calls.
template <class Unused>
class basic_json_reader {
public:
  /// `subject` names what is being read in error texts, such as the type; `argument` (from 1) says
  /// which argument of a call it is, 0 for none.
  explicit basic_json_reader(std::string_view text, std::string_view subject = "JSON",
                             unsigned argument = 0) noexcept
      : at_{text.data()},
        begin_{text.data()},
        end_{text.data() + text.size()},
        subject_{subject},
        argument_{argument} {}
  basic_json_reader(basic_json_reader const&) = delete;
  auto operator=(basic_json_reader const&) -> basic_json_reader& = delete;

  /// The kind of the next value, without taking it. `end` only at the end of the whole text.
  [[nodiscard]] auto peek() -> json_kind {
    skip_space();
    if (at_ == end_) return json_kind::end;
    switch (*at_) {
    case '{': return json_kind::object;
    case '[': return json_kind::array;
    case '"': return json_kind::string;
    case 't':
    case 'f': return json_kind::boolean;
    case 'n': return json_kind::null;
    default:
      if (*at_ != '-' && !detail::is_digit(*at_)) fail_syntax("expected a value");
      return json_kind::number;
    }
  }

  void begin_object() { open('{', json_kind::object, false); }
  /// As begin_object, for an object whose keys are data: error texts then show positions, not keys.
  void begin_map() { open('{', json_kind::object, true); }
  void begin_array() { open('[', json_kind::array, false); }

  /// Takes the next key, or the closing brace and answers false. `key` is good until the next call.
  [[nodiscard]] auto next_key(std::string_view& key) -> bool {
    auto const answer = next_key_unchecked(key);
    if (answer) note_key(key);
    return answer;
  }
  [[nodiscard]] auto next_key(std::string& key) -> bool {
    std::string_view view;
    auto const answer = next_key(view);
    if (answer) key.assign(view);
    return answer;
  }
  /// Goes to the next element, or takes the closing bracket and answers false.
  [[nodiscard]] auto next_element() -> bool { return next_item(']', "expected ',' or ']'"); }

  /// The string, decoded; good until the next call. Points into the text when nothing was escaped.
  [[nodiscard]] auto read_string_view() -> std::string_view {
    expect('"', json_kind::string);
    return take_string();
  }
  [[nodiscard]] auto read_string() -> std::string { return std::string{read_string_view()}; }
  /// Reads a string into `to`, keeping its capacity.
  void read_string(std::string& to) {
    auto const text = read_string_view();
    if (to.capacity() < text.size())
      to = std::string{text}; // cheaper than to let it grow
    else
      to.assign(text);
  }
  [[nodiscard]] auto read_int64() -> std::int64_t { return read_integer<std::int64_t>(); }
  [[nodiscard]] auto read_uint64() -> std::uint64_t { return read_integer<std::uint64_t>(); }
  [[nodiscard]] auto read_double() -> double { return read_floating<double>(); }
  [[nodiscard]] auto read_bool() -> bool {
    if (peek() != json_kind::boolean) fail_kind(json_kind::boolean);
    bool const value = *at_ == 't';
    take_word(value ? "true" : "false");
    return value;
  }
  void read_null() {
    if (peek() != json_kind::null) fail_kind(json_kind::null);
    take_word("null");
  }
  /// Reads null if it is next; answers whether it was.
  [[nodiscard]] auto read_null_if() -> bool {
    skip_space();
    if (at_ == end_ || *at_ != 'n') return false;
    take_word("null");
    return true;
  }
  /// A whole number in the range of `Integer`, however written: `1e2` and `100.0` are 100. Exact,
  /// 64 bits too.
  template <class Integer>
  [[nodiscard]] auto read_integer() -> Integer;
  /// The nearest `Floating`. Too large is an error, too small is zero. NaN and infinities are the
  /// strings "NaN", "Infinity" and "-Infinity".
  template <class Floating>
  [[nodiscard]] auto read_floating() -> Floating;

  /// Steps over one value with full validation and gives its text.
  auto skip_value() -> std::string_view {
    skip_space();
    auto const* const first = at_;
    skip_any();
    return {first, static_cast<std::size_t>(at_ - first)};
  }
  /// \throws error when anything but white space is left.
  void finish() {
    skip_space();
    if (at_ != end_) fail_syntax("text after the end of the value");
  }

  /// Bytes taken so far.
  [[nodiscard]] auto offset() const noexcept -> std::size_t {
    return static_cast<std::size_t>(at_ - begin_);
  }
  /// Throws errc::bad_payload with path and offset: the text is JSON, but not what the caller can
  /// use.
  [[noreturn]] void fail(std::string_view what) const { fail_at(errc::bad_payload, at_, what); }
  /// Throws errc::bad_json with path and offset.
  [[noreturn]] void fail_syntax(std::string_view what) const { fail_at(errc::bad_json, at_, what); }

  // For the converters: a key without the check for repetition, which they do themselves for known
  // fields.
  [[nodiscard]] auto next_key_unchecked(std::string_view& key) -> bool;
  // Remembers a key of the open object; a repeated one is reported at the latest at the closing
  // brace.
  void note_key(std::string_view key) noexcept;
  // Takes `"name":` if that, to the byte, is what comes next.
  [[gnu::always_inline]] auto take_key_if(std::string_view quoted_name_and_colon) noexcept -> bool;
  // Takes the closing brace of the open object if that comes next.
  [[nodiscard]] auto take_end_of_object() -> bool {
    if (at_ == end_ || *at_ != '}') return false;
    close();
    return true;
  }
  // To read the members of an object in another order: go back, and forward again.
  struct mark {
    char const* at;
    bool first;
  };
  [[nodiscard]] auto here() const noexcept -> mark { return {at_, first_}; }
  void go(mark to) noexcept { at_ = to.at, first_ = to.first; }

private:
  struct object_frame {
    std::uint64_t seen[2]; // a small Bloom filter over the keys
    char const* begin;
    bool check_keys;
  };

  void skip_space() noexcept {
    while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t')) ++at_;
  }
  void expect(char first, json_kind kind) {
    skip_space();
    if (at_ == end_ || *at_ != first) fail_kind(kind);
    ++at_;
  }
  void open(char first, json_kind kind, bool data_keys);
  void close();
  auto next_item(char closing, std::string_view expected) -> bool;
  auto take_string() -> std::string_view;
  void take_word(std::string_view word) {
    if (std::string_view{at_, static_cast<std::size_t>(end_ - at_)}.substr(0, word.size()) != word)
      fail_syntax("expected a value");
    at_ += word.size();
  }
  auto take_escaped(char const* first) -> std::string_view;
  void take_escape();
  auto take_hex() -> unsigned;
  void skip_any();
  void check_keys(char const* first);
  template <class Floating>
  auto read_special() -> Floating;
  [[noreturn, gnu::cold]] void fail_kind(json_kind wanted);
  [[noreturn, gnu::cold]] void fail_at(errc code, char const* at, std::string_view what) const;

  char const* at_;
  char const* begin_;
  char const* end_;
  bool first_{}; // just after an opening bracket: no comma is due
  std::uint32_t depth_{};
  std::string_view subject_;
  unsigned argument_;
  detail::depth_set data_keys_{};
  std::string scratch_{};
  object_frame frames_[limits::json_depth_max]; // written when an object opens, not before
};

} // namespace perdure::inline v0
