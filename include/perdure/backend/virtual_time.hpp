// Driving a backend whose time is virtual: workers run on the caller's thread, time jumps when none
// can.
#pragma once

#include <mutex>
#include <string>
#include <utility>

#include "perdure/engine/describe.hpp"
#include "perdure/engine/engine.hpp"
#include "perdure/error.hpp"

namespace perdure::inline v0::detail {

/// The virtual-time half of `memory_backend`: a friend of it, and no more than a name for these
/// functions.
template <class Backend>
struct virtual_time {
  Backend& backend;

  /// Runs what is ready, and lets time jump, until the run (and what continues it) has ended.
  auto drive_to_close(workflow_execution const& target) -> event {
    run_number number = backend.engine_.find(target).number;
    while (true) {
      engine::run_state* const run = &backend.engine_.find(target, number);
      if (!run->open()) {
        if (run->next == 0) return run->history.back();
        number = run->next;
        continue;
      }
      if (run_one()) {
        // Said once: the next wait may find the program mended.
        if (!backend.failing_task_.empty())
          throw error{errc::stalled, std::exchange(backend.failing_task_, {})};
        continue;
      }
      if (!jump(time_point::max())) throw error{errc::stalled, engine::explain_stall(*run)};
    }
  }
  /// Lets everything happen that is due by `end`, and stands there.
  void advance_to(time_point end) {
    do {
      while (run_one()) {
      }
    } while (jump(end));
    std::lock_guard const lock{backend.mutex_};
    backend.virtual_now_ = end;
  }

private:
  auto run_one() -> bool {
    for (std::size_t i = 0; i < backend.workers_.size(); ++i)
      if (backend.workers_[i]->poll_once()) return true;
    return false;
  }
  /// Goes to the next deadline, not beyond `end`, and does what is due there. False if there is
  /// none.
  auto jump(time_point end) -> bool {
    std::lock_guard const lock{backend.mutex_};
    auto const next = backend.store_.next_deadline();
    if (!next || *next > end) return false;
    if (*next > backend.virtual_now_) backend.virtual_now_ = *next;
    engine::notices news{};
    while (backend.engine_.fire_next(backend.virtual_now_, news)) {
    }
    backend.pass_on(news, nullptr);
    return true;
  }
};

} // namespace perdure::inline v0::detail
