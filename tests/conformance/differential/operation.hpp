// Random operations: what is done, and the number that all its details are drawn from.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <string_view>
#include <vector>

namespace perdure_test::conformance {

enum class operation_kind : std::uint8_t {
  look, ///< At everything.
  start,
  signal,
  signal_with_start,
  update,
  update_with_start,
  poll_update,
  query,
  cancel,
  terminate,
  poll_workflow,
  poll_activity,
  answer_workflow,
  fail_workflow,
  complete_activity,
  fail_activity,
  stop_activity,
  heartbeat,
  advance,
  describe,
  read,
  list,
  count,
  wait,
  reset,
  fork,
  override_result,
  retry_now,
  pause,
  unpause,
  erase,
  restart_worker,
  reopen
};

/// One operation. It is the same whatever came before it, so that a sequence stays one when some
/// are left out.
struct operation {
  operation_kind kind{};
  std::uint64_t seed{};
};

/// Numbers that are drawn from a seed, the same on every machine.
class dice {
public:
  explicit dice(std::uint64_t seed) : engine_{seed} {}
  /// From 0 to `sides` - 1.
  [[nodiscard]] auto roll(std::size_t sides) -> std::size_t {
    return static_cast<std::size_t>(engine_() % sides);
  }
  [[nodiscard]] auto chance(std::size_t percent) -> bool { return roll(100) < percent; }
  template <class T>
  [[nodiscard]] auto pick(std::vector<T> const& from) -> T const& {
    return from[roll(from.size())];
  }
  [[nodiscard]] auto number() -> std::uint64_t { return engine_(); }

private:
  std::mt19937_64 engine_;
};

/// A sequence of `count` operations.
[[nodiscard]] auto random_operations(std::uint64_t seed, std::size_t count)
    -> std::vector<operation>;

} // namespace perdure_test::conformance
