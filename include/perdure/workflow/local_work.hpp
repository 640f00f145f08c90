// The local activities of a run that have no outcome yet.
#pragma once

#include <cstdint>
#include <optional>
#include <source_location>
#include <string>
#include <utility>
#include <vector>

#include "perdure/config.hpp"
#include "perdure/data/detail/owned.hpp"
#include "perdure/history/failure.hpp"
#include "perdure/replay/workflow_machine.hpp"
#include "perdure/workflow/info.hpp"
#include "perdure/workflow/strand.hpp"

namespace perdure::inline v0::detail {

/// A local activity that was asked for.
struct local_work {
  replay::operation_index operation{};
  std::uint32_t sequence{};
  std::uint32_t first_sequence{};      ///< Of the attempts before a backoff timer.
  std::uint32_t attempt{1};            ///< The one to begin with.
  time_point original_schedule_time{}; ///< Of the first attempt, in the run's time.
  time_point begun{};                  ///< In the run's time.
  bool carried{false};                 ///< It goes on after a backoff timer.
  bool handed_out{false};              ///< To whoever runs local activities.
  bool cancel_requested{false};        ///< And its outcome is waited for.
  owned<local_function> function{};    ///< A side effect: called on the workflow's thread.
};

/// A local activity whose outcome is not waited for any more, or that should stop.
struct local_stop {
  std::uint32_t sequence{};
  bool ask{true};      ///< The attempt should stop.
  bool awaited{false}; ///< Its outcome still counts.
};

/// A local activity between two of its attempts that a timer divides.
class local_chain : public waiter {
public:
  virtual ~local_chain() = default;
  /// The operation that workflow code knows.
  [[nodiscard]] virtual auto whole() const noexcept -> replay::operation_index = 0;
  /// Cancels it: the timer, or the attempt after it.
  virtual void cancel(std::source_location source) = 0;
};

/// What a run with local activities has beside others. `round`: of the code in this workflow task,
/// 0 until the first local activity has ended in it; see local_activity_marker.
struct local_state {
  std::vector<local_work> works{}; ///< Without an outcome, in the order in which they were begun.
  std::vector<local_stop> stops{}; ///< Not passed on yet.
  std::vector<owned<local_chain>> chains{};
  std::uint32_t round{0};

  [[nodiscard]] auto find(replay::operation_index operation) noexcept -> local_work*;
  [[nodiscard]] auto find_sequence(std::uint32_t sequence) noexcept -> local_work*;
  auto take(replay::operation_index operation) -> local_work;
};

/// The marker of a local activity that ended in `round`, without its outcome.
[[nodiscard]] auto marker_of(local_work const& work, replay::operation const& op,
                             std::uint32_t round) -> replay::local_activity_marker;

#if PERDURE_DEFINES
PERDURE_INLINE auto local_state::find(replay::operation_index operation) noexcept -> local_work* {
  for (local_work& each : works)
    if (each.operation == operation) return &each;
  return nullptr;
}
PERDURE_INLINE auto local_state::find_sequence(std::uint32_t sequence) noexcept -> local_work* {
  for (local_work& each : works)
    if (each.sequence == sequence) return &each;
  return nullptr;
}
PERDURE_INLINE auto local_state::take(replay::operation_index operation) -> local_work {
  for (auto each = works.begin(); each != works.end(); ++each)
    if (each->operation == operation) {
      local_work taken = std::move(*each);
      works.erase(each);
      return taken;
    }
  return {};
}
PERDURE_INLINE auto marker_of(local_work const& work, replay::operation const& op,
                              std::uint32_t round) -> replay::local_activity_marker {
  auto const& asked = op.command.get<events::activity_task_scheduled>();
  replay::local_activity_marker marker{};
  marker.sequence = op.sequence;
  marker.attempt = work.attempt;
  marker.activity_id = asked.activity_id;
  marker.activity_type = asked.activity_type.str();
  marker.original_schedule_time = work.original_schedule_time;
  marker.activation_index = round;
  return marker;
}
#endif

} // namespace perdure::inline v0::detail
