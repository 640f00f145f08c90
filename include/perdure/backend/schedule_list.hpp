// Schedules in memory, by id and by when they wake.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "perdure/config.hpp"
#include "perdure/engine/schedule/schedule_record.hpp"

PERDURE_SELDOM_BEGIN

namespace perdure::inline v0::engine {

/// Everything is logarithmic in the number of schedules. Of those that wake at one time, the first
/// by id is the first.
/// (A template, so that a file that runs no worker does not pay for compiling it.)
template <class Unused>
class basic_schedule_list {
public:
  [[nodiscard]] auto find(std::string_view id) const -> std::optional<schedule_record> {
    auto const found = by_id_.find(id);
    return found == by_id_.end() ? std::nullopt : std::optional{found->second};
  }
  void keep(schedule_record record) {
    (void)drop(record.id);
    if (record.wakes_at) by_time_.emplace(*record.wakes_at, record.id);
    std::string id = record.id;
    by_id_.emplace(std::move(id), std::move(record));
  }
  auto drop(std::string_view id) -> bool {
    auto const found = by_id_.find(id);
    if (found == by_id_.end()) return false;
    if (auto const at = found->second.wakes_at) by_time_.erase({*at, found->first});
    by_id_.erase(found);
    return true;
  }
  [[nodiscard]] auto first() const noexcept -> std::optional<time_point> {
    return by_time_.empty() ? std::nullopt : std::optional{by_time_.begin()->first};
  }
  [[nodiscard]] auto due(time_point now) const -> std::optional<schedule_record> {
    if (by_time_.empty() || by_time_.begin()->first > now) return std::nullopt;
    return find(by_time_.begin()->second);
  }
  [[nodiscard]] auto list(std::string_view after, std::size_t most) const
      -> std::vector<schedule_record> {
    std::vector<schedule_record> some;
    for (auto each = by_id_.upper_bound(after); each != by_id_.end() && some.size() < most; ++each)
      some.push_back(each->second);
    return some;
  }

private:
  struct before {
    using is_transparent = void;
    auto operator()(std::string_view a, std::string_view b) const noexcept -> bool { return a < b; }
  };
  std::map<std::string, schedule_record, before> by_id_;
  std::set<std::pair<time_point, std::string>> by_time_;
};
using schedule_list = basic_schedule_list<void>;

} // namespace perdure::inline v0::engine

PERDURE_SELDOM_END
