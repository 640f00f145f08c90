// How the behaviour that runs now ends, where it is not its own checks that say so.
#pragma once

#include <cstddef>
#include <mutex>
#include <string>
#include <utility>

namespace perdure_test::conformance {

inline constexpr char const* needs_virtual_time = "needs virtual time";
inline constexpr char const* no_such_call = "Temporal has no such call";
inline constexpr char const* waits_for_ever = "waits for what a server never says";
inline constexpr char const* other_limits = "sets limits of the embedded engines";
inline constexpr char const* other_part = "runs in another part";

/// Thrown to leave a behaviour that cannot be seen on a server. Catch2 may note it as a failure of
/// one check; what counts is what was said here.
struct behaviour_is_over {};

class this_test {
public:
  /// The first reason stays. Any thread.
  [[noreturn]] static void end(std::string why) {
    {
      std::lock_guard const lock{mutex()};
      if (reason().empty()) reason() = std::move(why);
    }
    throw behaviour_is_over{};
  }
  /// It is left where it begins.
  static void do_not_begin(std::string why) {
    std::lock_guard const lock{mutex()};
    reason() = std::move(why);
  }
  [[noreturn]] static void leave_to_another_part() {
    do_not_begin(other_part);
    throw behaviour_is_over{};
  }
  /// Leaves the behaviour again if it went on after a check that has swallowed the first throw.
  static void check_goes_on() {
    std::lock_guard const lock{mutex()};
    if (!reason().empty()) throw behaviour_is_over{};
  }
  [[nodiscard]] static auto is_over() -> bool {
    std::lock_guard const lock{mutex()};
    return !reason().empty();
  }
  /// Why it did not run to its end; empty: it did. The next one begins with nothing.
  [[nodiscard]] static auto take_reason() -> std::string {
    std::lock_guard const lock{mutex()};
    return std::exchange(reason(), {});
  }

private:
  static auto mutex() -> std::mutex& {
    static std::mutex only;
    return only;
  }
  static auto reason() -> std::string& {
    static std::string only;
    return only;
  }
};

/// Called before the process is split: from then on each behaviour is taken by the part of the run
/// that comes to it first. Called again, all are there to be taken again.
void offer_behaviours();
/// Whether this part runs the behaviour of that number.
[[nodiscard]] auto take_behaviour(std::size_t number) -> bool;
/// The number of a namespace that no behaviour of this run has been given.
[[nodiscard]] auto take_namespace() -> std::size_t;

} // namespace perdure_test::conformance
