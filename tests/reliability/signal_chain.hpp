// A workflow that counts signals and continues as new again and again, and those who signal it.
#pragma once

#include <algorithm>
#include <cstdint>

namespace reliability {

enum class chain_mode : std::uint8_t {
  virtual_time, ///< One thread: signals come between the workflow tasks, and inside them (flood).
  threads,      ///< Each sender is a thread that never rests.
};

/// A fault of a sender, which the count must show.
enum class planted : std::uint8_t { nothing, loss, duplicate, swap };

struct chain_plan {
  std::uint64_t seed{1};
  std::int64_t signals{1'000};
  int senders{16};
  chain_mode mode{chain_mode::virtual_time};
  bool on_file{false};
  bool flood{false}; ///< A signal arrives within every workflow task that wants to continue as new.
  bool carry{false}; ///< A run leaves what it has not read to the next one.
  std::size_t cached{10'000};
  planted fault{planted::nothing};
};

struct chain_result {
  std::int64_t lost{};
  std::int64_t duplicated{};
  std::int64_t reordered{};
  std::int64_t refused{}; ///< By the backend, though the chain had not ended.
  std::int64_t runs{};
  int tasks_to_continue{}; ///< The most workflow tasks that a run took to continue as new.

  void add(chain_result const& other) {
    lost += other.lost;
    duplicated += other.duplicated;
    reordered += other.reordered;
    refused += other.refused;
    runs += other.runs;
    tasks_to_continue = std::max(tasks_to_continue, other.tasks_to_continue);
  }
};

/// Sends `signals` signals to one chain and gives what the chain has counted at its end.
[[nodiscard]] auto run_chain(chain_plan const& plan) -> chain_result;

} // namespace reliability
