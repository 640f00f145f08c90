// Driving a backend whose time is virtual: workers run on the caller's thread, time jumps when none
// can.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "perdure/backend/backend.hpp"
#include "perdure/engine/describe.hpp"
#include "perdure/engine/engine.hpp"
#include "perdure/error.hpp"

namespace perdure::inline v0::detail {

/// The next moment at which something happens by itself: a deadline, or a worker goes on.
[[nodiscard]] inline auto next_event(std::optional<time_point> deadline,
                                     std::vector<worker_link*> const& workers, time_point now)
    -> std::optional<time_point> {
  time_point next = deadline.value_or(time_point::max());
  for (worker_link* const worker : workers) {
    if (time_point const wakes = worker->next_wakeup(); wakes < next) next = wakes;
    if (worker->ready_at > now && worker->ready_at < next) next = worker->ready_at;
  }
  return next == time_point::max() ? std::nullopt : std::optional{next};
}

/// The virtual-time half of an embedded backend: a friend of it, and no more than a name for these
/// functions. The backend has `number_of(execution)`, `end_of(number)`, `jump(end)` and
/// `explain_stall(number)`; and it may have `events_of(number)` and `only_schedules_go_on(number)`,
/// without which a wait beside a schedule that has no end may have none.
template <class Backend>
struct virtual_time {
  Backend& backend;

  /// So often does time jump for schedules alone before a wait is given up.
  static constexpr std::size_t jumps_max = 10'000;

  /// Runs what is ready, and lets time jump, until the run (and what continues it) has ended.
  auto drive_to_close(workflow_execution const& target) -> event {
    run_number number = backend.number_of(target);
    stillness still{};
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
      give_up_if_still(number, still);
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
    stillness still{};
    while (!done()) {
      if (run_one()) {
        if (!backend.failing_task_.empty())
          throw error{errc::stalled, std::exchange(backend.failing_task_, {})};
        continue;
      }
      if (backend.jump(end)) {
        if (end == time_point::max()) give_up_if_still(run, still);
        continue;
      }
      if (end == time_point::max()) throw error{errc::stalled, backend.explain_stall(run)};
      return backend.stand_at(end);
    }
  }

  /// How time has jumped while a run stood still.
  struct stillness {
    run_number run{0};
    std::size_t events{0};
    std::size_t jumps{0};
  };
  /// \throws error (stalled) when schedules alone have gone on for long, as they would for ever
  void give_up_if_still(run_number number, stillness& still) {
    if constexpr (requires { backend.only_schedules_go_on(number); }) {
      if (still.jumps++ != 0 && still.jumps <= jumps_max) return;
      std::size_t const events = backend.events_of(number);
      bool const moves = number != still.run || events != still.events;
      still = {number, events, 1};
      if (moves || !backend.only_schedules_go_on(number)) return;
      for (worker_link* const worker : backend.workers_)
        if (worker->next_wakeup() != time_point::max()) return;
      throw error{errc::stalled, backend.explain_stall(number) +
                                     "; time goes on for schedules alone, and for what they start"};
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
