// Which lines of a workflow's code the commands of its history come from.
#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <utility>

#include "perdure/error.hpp"
#include "perdure/execution/replayer.hpp"
#include "perdure/execution/workflow_executor.hpp"
#include "perdure/history/history.hpp"
#include "perdure/replay/divergence.hpp"
#include "perdure/replay/markers.hpp"
#include "perdure/replay/task_sequence.hpp"

namespace perdure::inline v0::detail {

/// Replays a history turn by turn, and notes between two turns what the code has asked for. The
/// machines know nothing of it: a command carries the place of its call anyway, for reports of
/// divergence.
struct replayed_calls {
  replayer const& code;
  std::map<event_id, std::string> places{};

  [[nodiscard]] auto replay(history const& recorded) -> replay_result {
    struct what {
      replayed_calls& calls;
      std::span<event const> events;
    } const whole{*this, recorded.events};
    return code.replay_by<void>(
        recorded,
        [](workflow_executor& executor, void const* with) {
          auto const& to = *static_cast<what const*>(with);
          to.calls.process(executor, to.events);
        },
        &whole);
  }

private:
  void process(workflow_executor& executor, std::span<event const> events) {
    std::size_t taken = 0;
    for (std::size_t at = 0; at < events.size();) {
      auto const turn = replay::next_sequence(events, at);
      at = turn.end;
      if (turn.how != replay::task_sequence::ending::completed) continue;
      executor.process(events.subspan(taken), events[at - 1].id);
      note(executor.machine().queued(), events.subspan(at));
      taken = at;
    }
    executor.process(events.subspan(taken));
  }
  /// `rest`: from the completion of the turn on. The replay has found, or will find, that they
  /// agree.
  void note(std::span<replay::pending_command const> queued, std::span<event const> rest) {
    std::size_t next = 0;
    bool skips_upsert = false;
    for (std::size_t i = 1; i < rest.size() && replay::is_command_event(rest[i].type); ++i) {
      while (next < queued.size() && queued[next].dropped) ++next;
      if (next == queued.size()) return;
      // A deprecated patch that the code does not ask for, and what an SDK notes beside it.
      if (std::exchange(skips_upsert, false) && replay::is_change_version_upsert(rest[i])) continue;
      if (!became(queued[next], rest[i])) {
        skips_upsert = true;
        continue;
      }
      if (std::string place = short_place(queued[next].source); !place.empty())
        places.emplace(rest[i].id, std::move(place));
      ++next;
    }
  }
  [[nodiscard]] static auto became(replay::pending_command const& command, event const& e) -> bool {
    if (replay::expected_event(command) != e.type) return false;
    auto const* const marker = e.attributes.get_if<events::marker_recorded>();
    return marker == nullptr ||
           replay::same_marker(*marker, command.attributes.get<events::marker_recorded>());
  }
};

/// The places of the calls whose commands a history holds, by the ids of their events.
/// \throws nondeterminism_error, error (nondeterminism, not_registered)
[[nodiscard]] inline auto places_of_calls(history const& recorded, replayer const& code)
    -> std::map<event_id, std::string> {
  replayed_calls calls{code};
  replay_result found = calls.replay(recorded);
  if (found.divergence) throw nondeterminism_error{std::move(*found.divergence)};
  if (!found.ok()) throw error{errc::nondeterminism, found.problem};
  return std::move(calls.places);
}

} // namespace perdure::inline v0::detail
