// JSON by hand: for structures whose fields and order are known, with nothing to escape.
#pragma once

#include "../step_result.hpp"

#include <array>
#include <charconv>
#include <stdexcept>
#include <string>
#include <string_view>

namespace floor_json {

inline void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  for (char const c : text) {
    if (c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20)
      throw std::runtime_error{"has to be escaped"}; // nothing here has; a library would do it
    out += c;
  }
  out += '"';
}

inline void append_strings(std::string& out, std::string_view arg1, std::string_view arg2) {
  out += R"({"arg1":)";
  append_quoted(out, arg1);
  out += R"(,"arg2":)";
  append_quoted(out, arg2);
}

inline void append(std::string& out, bench::step_result const& value) {
  append_strings(out, value.arg1, value.arg2);
  out += R"(,"random_val":)";
  std::array<char, 32> digits{};
  auto const end = std::to_chars(digits.data(), digits.data() + digits.size(), value.random_val);
  out.append(digits.data(), end.ptr);
  out += '}';
}

inline auto encoded(bench::step_result const& value) -> std::string {
  std::string out;
  out.reserve(128);
  append(out, value);
  return out;
}

inline auto after(std::string_view text, std::string_view expected) -> std::string_view {
  if (!text.starts_with(expected)) throw std::runtime_error{"another text is expected"};
  return text.substr(expected.size());
}

inline auto read_quoted(std::string_view text, std::string& into) -> std::string_view {
  text = after(text, "\"");
  std::size_t i = 0;
  while (i < text.size() && text[i] != '"') {
    if (text[i] == '\\') throw std::runtime_error{"an escape"};
    ++i;
  }
  into.assign(text.substr(0, i));
  return after(text.substr(i), "\"");
}

/// What follows the two strings.
inline auto read_strings(std::string_view text, std::string& arg1, std::string& arg2)
    -> std::string_view {
  text = read_quoted(after(text, R"({"arg1":)"), arg1);
  return read_quoted(after(text, R"(,"arg2":)"), arg2);
}

/// What follows the value.
inline auto read(std::string_view text, bench::step_result& value) -> std::string_view {
  text = after(read_strings(text, value.arg1, value.arg2), R"(,"random_val":)");
  auto const number = std::from_chars(text.data(), text.data() + text.size(), value.random_val);
  if (number.ec != std::errc{}) throw std::runtime_error{"no number"};
  return after({number.ptr, text.data() + text.size()}, "}");
}

inline auto decoded(std::string_view text) -> bench::step_result {
  bench::step_result value;
  if (!read(text, value).empty()) throw std::runtime_error{"something follows"};
  return value;
}

} // namespace floor_json
