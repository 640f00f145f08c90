// Where in a JSON text a fault lies, worked out after the fact: the good path keeps no record of
// it.
#pragma once

#include "perdure/config.hpp"
#include "perdure/limits.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

PERDURE_SELDOM_BEGIN

namespace perdure::inline v0::detail {

/// One bit per nesting depth: set where the keys of an object are a user's data and not field
/// names. Such keys never reach an error text, since payloads may hold secrets; their position is
/// shown instead.
class depth_set {
public:
  constexpr void set(std::size_t depth) noexcept {
    words_[depth / 64] |= std::uint64_t{1} << (depth % 64);
  }
  constexpr void clear(std::size_t depth) noexcept {
    words_[depth / 64] &= ~(std::uint64_t{1} << (depth % 64));
  }
  [[nodiscard]] constexpr auto has(std::size_t depth) const noexcept -> bool {
    return (words_[depth / 64] >> (depth % 64) & 1u) != 0;
  }

private:
  std::uint64_t words_[limits::json_depth_max / 64 + 1]{};
};

/// The open containers at the end of a JSON text that was cut off anywhere.
struct json_place {
  struct level {
    bool object{};
    bool before_key{};
    std::size_t index{};
    std::string_view key{};
  };
  level levels[limits::json_depth_max + 1]{};
  std::size_t depth{};

  void read(std::string_view text) noexcept {
    for (std::size_t i = 0; i < text.size(); ++i) {
      char const c = text[i];
      if ((c == '{' || c == '[') && depth < limits::json_depth_max)
        levels[depth++] = {c == '{', c == '{', 0, {}};
      if (depth == 0) continue;
      auto& top = levels[depth - 1];
      if (c == '}' || c == ']') --depth;
      if (c == ',') top = {top.object, top.object, top.index + 1, {}};
      if (c != '"') continue;
      auto const begin = ++i;
      while (i < text.size() && text[i] != '"') i += text[i] == '\\' ? 2u : 1u;
      if (i < text.size() && top.before_key) {
        top.key = text.substr(begin, i - begin);
        top.before_key = false;
      }
    }
  }
};

[[nodiscard]] constexpr auto is_identifier(std::string_view text) noexcept -> bool {
  for (char const c : text)
    if (c != '_' && (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z'))
      return false;
  return !text.empty() && text.size() <= 64;
}

/// The path to the place where `text` ends, such as `.inputs[3].arg1`, or `.prices{2}` for the
/// third entry of a map. `text` is well-formed as far as it goes. Linear in its size.
template <class Unused = void>
[[nodiscard]] auto json_path(std::string_view text, depth_set const& data_keys) -> std::string {
  json_place place;
  place.read(text);
  std::string path;
  for (std::size_t i = 0; i < place.depth; ++i) {
    auto const& level = place.levels[i];
    if (level.object && level.before_key) break;
    if (!level.object)
      path += '[' + std::to_string(level.index) + ']';
    else if (data_keys.has(i) || !is_identifier(level.key))
      path += '{' + std::to_string(level.index) + '}';
    else
      (path += '.') += level.key;
  }
  constexpr std::size_t shown_max = 400;
  return path.size() <= shown_max ? path : "..." + path.substr(path.size() - shown_max);
}

} // namespace perdure::inline v0::detail

PERDURE_SELDOM_END
