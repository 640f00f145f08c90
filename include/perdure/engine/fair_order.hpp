// Which task goes first when tasks of several priorities and fairness keys wait in one queue.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "perdure/history/event_parts.hpp"

namespace perdure::inline v0::engine {

/// Where a task stands in its queue is a number; the lowest goes first. Each of the five priority
/// keys has a range of its own. In one of them tasks take turns by fairness key: a key's next task
/// stands 1 / weight behind its last one, or behind the task that went last, if the key had none
/// waiting (start-time fair queueing). Tasks of one key keep their order. Without priorities a
/// queue counts by `unit` alone, which gives the same numbers as one fairness key.
class fair_order {
public:
  static constexpr std::int64_t unit = std::int64_t{1} << 20;
  static constexpr int default_key = 3;
  static constexpr int keys = 5;
  /// Positions of the default key are within this distance from 0.
  static constexpr std::int64_t range = std::int64_t{1} << 59;

  /// A queue that had tasks without priorities so far, up to `head` and `tail`.
  fair_order(std::int64_t head, std::int64_t tail) {
    level& plain = levels_[default_key - 1];
    plain.front = head;
    plain.last[std::string{}] = tail;
  }

  /// Others have pushed tasks without priorities, up to there.
  void at_least(std::int64_t head, std::int64_t tail) {
    level& plain = levels_[default_key - 1];
    if (head < plain.front) plain.front = head;
    auto& last = plain.last[std::string{}];
    if (tail > last) last = tail;
  }
  /// The place of a new task. `front`: before all others of its priority key.
  [[nodiscard]] auto place(priority const& of, bool front) -> std::int64_t {
    int const key = of.priority_key < 1 || of.priority_key > keys ? default_key : of.priority_key;
    level& in = levels_[key - 1];
    if (front) return base(key) + (in.front -= unit);
    auto const weight = of.fairness_weight > 0 ? static_cast<double>(of.fairness_weight) : 1.0;
    auto const step = static_cast<std::int64_t>(static_cast<double>(unit) / weight);
    if (in.last.size() >= in.prune_at) prune(in);
    auto [last, is_new] = in.last.try_emplace(std::string{of.fairness_key.view()}, in.now);
    if (last->second < in.now) last->second = in.now;
    last->second += step > 0 ? step : 1;
    return base(key) + last->second;
  }
  /// The task at that place was taken.
  void passed(std::int64_t place) {
    int key = default_key;
    while (key < keys && place - base(key) >= range) ++key;
    while (key > 1 && place - base(key) < -range) --key;
    level& in = levels_[key - 1];
    std::int64_t const at = place - base(key);
    if (at > in.now) in.now = at;
  }

private:
  struct level {
    std::int64_t front{0};
    std::int64_t now{0};                                     ///< Of the task that went last.
    std::map<std::string, std::int64_t, std::less<>> last{}; ///< The last place, by fairness key.
    std::size_t prune_at{1'024};
  };
  [[nodiscard]] static constexpr auto base(int key) noexcept -> std::int64_t {
    return (key - default_key) * (2 * range);
  }
  /// Keys with nothing waiting have no claim: they are forgotten.
  static void prune(level& in) {
    std::erase_if(in.last, [&](auto const& each) { return each.second <= in.now; });
    in.prune_at = in.last.size() * 2 < 1'024 ? 1'024 : in.last.size() * 2;
  }
  level levels_[keys];
};

/// A priority where each field that is unset is taken from another one.
[[nodiscard]] inline auto merged(indirect<priority> const& own, indirect<priority> const& base)
    -> indirect<priority> {
  if (!own) return base;
  if (!base) return own;
  priority all = *own;
  if (all.priority_key == 0) all.priority_key = base->priority_key;
  if (all.fairness_key.empty()) all.fairness_key = base->fairness_key;
  if (!(all.fairness_weight > 0)) all.fairness_weight = base->fairness_weight;
  return all;
}

} // namespace perdure::inline v0::engine
