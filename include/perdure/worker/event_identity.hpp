// The identity of workers as their events hold it.
#pragma once

#include <cstddef>
#include <mutex>
#include <string_view>
#include <vector>

#include "perdure/data/shared_string.hpp"

namespace perdure::inline v0::detail {

/// The text that a worker puts into all its events: permanent, unless the program has had hundreds
/// of different ones.
template <class Unused = void>
[[nodiscard]] auto event_identity(std::string_view text) -> shared_string {
  struct table {
    std::mutex mutex;
    std::vector<shared_string> texts;
  };
  constexpr std::size_t most = 256;
  static table& known = *new table; // events may outlive all statics
  std::lock_guard const lock{known.mutex};
  for (shared_string const& each : known.texts)
    if (each == text) return each;
  if (known.texts.size() == most) return text;
  known.texts.reserve(known.texts.size() + 1); // before what stays for ever
  return known.texts.emplace_back(shared_string::permanent(text));
}

} // namespace perdure::inline v0::detail
