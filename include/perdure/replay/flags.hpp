// Behaviours that a history asks for by number, so that old histories replay the old way.
#pragma once

#include <cstdint>

#include "perdure/config.hpp"
#include "perdure/history/event.hpp"

namespace perdure::inline v0::replay {

/// Temporal Core's flags, by their numbers in `sdk_metadata.core_used_flags`.
enum class core_flag : std::uint32_t {
  id_and_type_checks = 1, ///< Ids and types of activities and children are compared.
  upsert_attribute_on_patch =
      2,                      ///< A new patch marker is followed by a TemporalChangeVersion upsert.
  move_terminal_commands = 3, ///< Commands issued after the terminal one are sent before it.
};

/// The flags that a history lists so far. Numbers past 63 are kept nowhere: nobody here acts on
/// them.
class flag_set {
public:
  [[nodiscard]] constexpr auto has(core_flag flag) const noexcept -> bool {
    return ((bits_ >> static_cast<std::uint32_t>(flag)) & 1U) != 0;
  }
  constexpr void add(std::uint32_t number) noexcept {
    if (number < 64) bits_ |= std::uint64_t{1} << number;
  }
  void add(events::workflow_task_completed const& completed);
  [[nodiscard]] constexpr auto subset_of(flag_set other) const noexcept -> bool {
    return (bits_ & ~other.bits_) == 0;
  }
  friend constexpr auto operator|(flag_set a, flag_set b) noexcept -> flag_set {
    a.bits_ |= b.bits_;
    return a;
  }
  /// What this library does in a new task.
  [[nodiscard]] static constexpr auto ours() noexcept -> flag_set {
    flag_set all;
    for (core_flag flag : {core_flag::id_and_type_checks, core_flag::upsert_attribute_on_patch,
                           core_flag::move_terminal_commands})
      all.add(static_cast<std::uint32_t>(flag));
    return all;
  }
  friend constexpr auto operator==(flag_set, flag_set) noexcept -> bool = default;

private:
  std::uint64_t bits_{0};
};

#if PERDURE_DEFINES
PERDURE_INLINE void flag_set::add(events::workflow_task_completed const& completed) {
  if (!completed.sdk_metadata) return;
  for (auto const number : completed.sdk_metadata->core_used_flags)
    add(static_cast<std::uint32_t>(number));
}
#endif

} // namespace perdure::inline v0::replay
