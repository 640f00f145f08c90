// Where unknown members lie below the structure that keeps them.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "perdure/history/raw_json.hpp"

namespace perdure::inline v0::detail {

/// One step from the structure that keeps unknown members to the object being read or written.
/// Lives on the stack of the function that is at that step; text is only made of it when an unknown
/// member is met.
struct unknown_path {
  unknown_path const* above{};
  std::string_view name{};
  std::size_t index{}; ///< Of a list element, whose name is empty.
};

/// Appends `/name`, escaped as RFC 6901 has it.
inline void append_step(std::string& to, std::string_view name) {
  to += '/';
  for (char const c : name) {
    if (c == '~' || c == '/') {
      to += '~';
      to += c == '~' ? '0' : '1';
    } else {
      to += c;
    }
  }
}

inline void append_path(std::string& to, unknown_path const* at) {
  if (at == nullptr) return;
  append_path(to, at->above);
  append_step(to, at->name.empty() ? std::string_view{std::to_string(at->index)} : at->name);
}

/// The same JSON without the white space between its parts, so that a document stays on one line.
[[nodiscard]] inline auto compact_json(std::string_view json) -> std::string {
  std::string compact;
  compact.reserve(json.size());
  bool in_string = false;
  for (std::size_t i = 0; i < json.size(); ++i) {
    char const c = json[i];
    if (!in_string && (c == ' ' || c == '\n' || c == '\r' || c == '\t')) continue;
    compact += c;
    if (c == '"') in_string = !in_string;
    if (c == '\\') compact += json[++i];
  }
  return compact;
}

/// The JSON pointer of the member `name` of the object at `at`.
[[nodiscard]] inline auto pointer_to(unknown_path const* at, std::string_view name) -> std::string {
  std::string pointer;
  append_path(pointer, at);
  append_step(pointer, name);
  return pointer;
}

/// The name that ends a JSON pointer, with its escapes undone.
[[nodiscard]] inline auto last_step(std::string_view pointer) -> std::string {
  std::string name;
  pointer.remove_prefix(pointer.rfind('/') + 1);
  for (std::size_t i = 0; i < pointer.size(); ++i) {
    bool const escaped = pointer[i] == '~' && i + 1 < pointer.size();
    if (escaped) ++i;
    name += !escaped ? pointer[i] : pointer[i] == '0' ? '~' : '/';
  }
  return name;
}

} // namespace perdure::inline v0::detail
