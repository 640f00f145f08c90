// What a test wants to happen at chosen virtual times.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <utility>

#include "perdure/time.hpp"

namespace perdure::inline v0::detail {

/// Actions by time; those of one time in the order in which they were added.
class agenda {
public:
  void add(time_point at, std::function<void()> action) {
    entries_.emplace(std::pair{at, next_++}, std::move(action));
  }
  /// When the first one is due; the end of time if there is none.
  [[nodiscard]] auto next() const noexcept -> time_point {
    return entries_.empty() ? time_point::max() : entries_.begin()->first.first;
  }
  /// Does the first action that is due by `now`. False if none is. It may add others, and wait for
  /// what makes the agenda be asked again.
  auto act(time_point now) -> bool {
    if (entries_.empty() || next() > now) return false;
    auto const action = std::move(entries_.extract(entries_.begin()).mapped());
    action();
    return true;
  }

private:
  std::map<std::pair<time_point, std::uint64_t>, std::function<void()>> entries_;
  std::uint64_t next_{0};
};

} // namespace perdure::inline v0::detail
