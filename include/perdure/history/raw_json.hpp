// JSON that is kept as text, for what the library has no member for.
#pragma once

#include <string>
#include <vector>

namespace perdure::inline v0 {

/// One JSON value as text, without white space. Compared as text.
struct raw_json {
  std::string text{};

  friend auto operator==(raw_json const&, raw_json const&) -> bool = default;
};

/// Members that a history holds and this version of the library does not know, so that a history
/// that is read and written back loses nothing.
struct unknown_fields {
  struct member {
    /// From the structure that keeps it, as a JSON pointer: "/taskQueue/newField".
    std::string path{};
    std::string json{}; ///< The value, as it was read but for white space.

    friend auto operator==(member const&, member const&) -> bool = default;
  };
  std::vector<member> members{}; ///< In the order of the document.

  friend auto operator==(unknown_fields const&, unknown_fields const&) -> bool = default;
};

} // namespace perdure::inline v0
