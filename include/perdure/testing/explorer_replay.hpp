// A replay that takes nothing for granted: every command is compared with what is recorded, the
// values too.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "perdure/execution/workflow_executor.hpp"
#include "perdure/history/compare.hpp"
#include "perdure/history/describe.hpp"
#include "perdure/replay/task_sequence.hpp"
#include "perdure/testing/explorer_program.hpp"

namespace perdure::inline v0::detail {

/// Members of commands that a replay must give alike, though histories may differ in them when code
/// was changed: a divergence report is about what must never change.
inline constexpr std::string_view values_compared[] = {
    "activityId",   "activityType", "input",      "timerId", "startToFireTimeout", "workflowId",
    "workflowType", "signalName",   "markerName", "result",  "scheduledEventId"};

[[nodiscard]] inline auto value_in(event_attributes const& of, std::string_view field)
    -> std::string {
  std::string found = "(not set)";
  for_each_field(of, [&](std::string_view name, std::string const& value) {
    if (name == field) found = value;
  });
  return found;
}

/// The first difference between a command and what is recorded; empty if there is none.
[[nodiscard]] inline auto difference_of(event const& recorded, command const& now) -> std::string {
  std::string text;
  if (!now.attributes || event_type_of(now.type) != recorded.type) return text;
  for_each_field_difference(
      recorded.attributes, now.attributes,
      [&](std::string_view field, std::string const&, std::string const&) {
        for (std::string_view const compared : values_compared)
          if (compared == field && text.empty())
            text = std::string{name_of(recorded.type)} + " (event " + std::to_string(recorded.id) +
                   ") has " + std::string{field} + " " + value_in(recorded.attributes, field) +
                   ", the replay " + value_in(now.attributes, field) +
                   ": was a clock, a random number, an address or the state of the process used?";
      });
  return text;
}

struct replay_problem {
  exploration_fault fault{};
  std::string text{};
};

/// Replays a run from its first event. Linear in its history.
[[nodiscard]] inline auto replay_strictly(workflow_executor& fresh, std::span<event const> events)
    -> std::optional<replay_problem> {
  try {
    std::size_t done = 0;
    for (std::size_t from = 0; from < events.size();) {
      replay::task_sequence const task = replay::next_sequence(events, from);
      from = task.end;
      if (task.how != replay::task_sequence::ending::completed) continue;
      fresh.process(events.subspan(done), events[from - 1].id);
      done = from;
      std::vector<command> commands;
      fresh.machine().collect(commands);
      for (std::size_t i = 0; i < commands.size() && from + 1 + i < events.size(); ++i)
        if (std::string text = difference_of(events[from + 1 + i], commands[i]); !text.empty())
          return replay_problem{exploration_fault::divergence, std::move(text)};
    }
    fresh.process(events.subspan(done));
  } catch (nondeterminism_error const& e) {
    return replay_problem{exploration_fault::divergence, e.what()};
  } catch (...) {
    return replay_problem{exploration_fault::task_failed, describe(failure_of_current_exception())};
  }
  return std::nullopt;
}

} // namespace perdure::inline v0::detail
