// Ids that must be unique among what a run has open: of its activities, of its timers.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <unordered_set>

namespace perdure::inline v0::engine {

/// The number that an id spells, without leading zeros and below 10^18; 0 for any other id.
[[nodiscard]] constexpr auto number_of(std::string_view id) noexcept -> std::uint64_t {
  if (id.empty() || id.size() > 18 || id.front() == '0') return 0;
  std::uint64_t number = 0;
  for (char const c : id) {
    if (c < '0' || c > '9') return 0;
    number = number * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return number;
}
static_assert(number_of("17") == 17 && number_of("017") == 0 && number_of("1a") == 0 &&
              number_of("") == 0);

/// Checks the ids of one list of commands. Numbers that grow, as SDKs give them, are new without a
/// look at what is open; the first other id has all open ones collected, once.
class open_ids {
public:
  /// `highest`: the highest number that the run has used so far.
  explicit open_ids(std::uint64_t highest) noexcept : highest_{highest} {}

  /// Whether `id` is in use; from now on it is. `collect(ids)` adds those in use so far: what is
  /// open, and what came before in the list.
  template <class Collect>
  [[nodiscard]] auto taken(std::string_view id, Collect&& collect) -> bool {
    if (std::uint64_t const number = number_of(id); number > highest_) {
      highest_ = number;
      if (collected_) collected_->insert(id);
      return false;
    }
    if (!collected_) {
      collected_ = std::make_unique<std::unordered_set<std::string_view>>();
      collect(*collected_);
    }
    return !collected_->insert(id).second;
  }

private:
  std::uint64_t highest_;
  // Of strings in the commands and in the run's tables. Null until it is needed.
  std::unique_ptr<std::unordered_set<std::string_view>> collected_;
};

} // namespace perdure::inline v0::engine
