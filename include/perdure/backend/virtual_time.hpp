// Driving a backend whose time is virtual: workers run on the caller's thread, time jumps when none
// can.
#pragma once

#include <string>
#include <utility>

#include "perdure/engine/describe.hpp"
#include "perdure/engine/engine.hpp"
#include "perdure/error.hpp"

namespace perdure::inline v0::detail {

/// The virtual-time half of an embedded backend: a friend of it, and no more than a name for these
/// functions. The backend has `number_of(execution)`, `end_of(number)`, `jump(end)` and
/// `explain_stall(number)`.
template <class Backend>
struct virtual_time {
  Backend& backend;

  /// Runs what is ready, and lets time jump, until the run (and what continues it) has ended.
  auto drive_to_close(workflow_execution const& target) -> event {
    run_number number = backend.number_of(target);
    while (true) {
      if (auto end = backend.end_of(number)) return std::move(*end);
      if (run_one()) {
        // Said once: the next wait may find the program mended.
        if (!backend.failing_task_.empty())
          throw error{errc::stalled, std::exchange(backend.failing_task_, {})};
        continue;
      }
      if (!backend.jump(time_point::max()))
        throw error{errc::stalled, backend.explain_stall(number)};
    }
  }
  /// Lets everything happen that is due by `end`, and stands there.
  void advance_to(time_point end) {
    do {
      while (run_one()) {
      }
    } while (backend.jump(end));
    backend.stand_at(end);
  }

  /// The same until `done()`, or until `wait` has passed, unless that is zero. `run`: whose stall
  /// is reported.
  template <class Done>
  void drive_until(Done&& done, duration wait, run_number run) {
    time_point const end =
        wait > duration{} ? engine::later(backend.now(), wait) : time_point::max();
    while (!done()) {
      if (run_one()) {
        if (!backend.failing_task_.empty())
          throw error{errc::stalled, std::exchange(backend.failing_task_, {})};
        continue;
      }
      if (backend.jump(end)) continue;
      if (end == time_point::max()) throw error{errc::stalled, backend.explain_stall(run)};
      return backend.stand_at(end);
    }
  }

  /// Lets one worker take one task. False if none has any.
  auto run_one() -> bool {
    for (std::size_t i = 0; i < backend.workers_.size(); ++i)
      if (backend.workers_[i]->poll_once()) return true;
    return false;
  }
};

} // namespace perdure::inline v0::detail
