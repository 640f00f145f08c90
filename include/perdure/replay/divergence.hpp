// What is said when a program and its history disagree: both lists of commands, side by side.
#pragma once

#include <cstddef>
#include <source_location>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "perdure/config.hpp"
#include "perdure/data/indirect.hpp"
#include "perdure/error.hpp"
#include "perdure/history/command.hpp"
#include "perdure/history/event.hpp"
#include "perdure/history/history_json.hpp"
#include "perdure/replay/markers.hpp"

PERDURE_SELDOM_BEGIN

namespace perdure::inline v0 {

/// Why a replay failed, in a form for people. `text()` is the whole report.
struct divergence_report {
  enum class change : unsigned char {
    same,     ///< History and program agree.
    changed,  ///< Same kind of command, other content that matters.
    missing,  ///< History holds it; the program did not issue it.
    inserted, ///< The program issued it; history does not hold it.
  };
  struct row {
    change what{change::same};
    std::string recorded{};                 ///< The event, with its id; empty if inserted.
    std::string current{};                  ///< The command; empty if missing.
    std::string source{};                   ///< `file:line` of the call that issued `current`.
    std::vector<std::string> differences{}; ///< `field: recorded -> current`, for `changed`.
  };

  std::string reason{};    ///< One line: what was met first.
  event_id event{};        ///< The event at which it was found.
  std::vector<row> rows{}; ///< The commands of that task, aligned.

  /// Several lines; the first is the reason.
  [[nodiscard]] auto text() const -> std::string;
};

/// Thrown inside the library when replay and history disagree; fails the workflow task, not the
/// run.
class nondeterminism_error : public error {
public:
  explicit nondeterminism_error(divergence_report report);
  [[nodiscard]] auto report() const noexcept -> divergence_report const& { return *report_; }

private:
  indirect<divergence_report> report_;
};

namespace replay {

/// A command that the program issued and that history has not confirmed yet.
struct pending_command {
  command_type type{};
  event_attributes attributes{};
  std::uint32_t operation{0xffff'ffffU};
  bool dropped{false};
  std::source_location source{};
  indirect<perdure::user_metadata> metadata{};
};

/// The event that a queued command becomes: a protocol message is an update's acceptance or its
/// end.
[[nodiscard]] auto expected_event(pending_command const& c) -> event_type;

namespace detail {

/// What a command is about: the one or two fields that identify it for a reader.
auto subject(event_attributes const& what) -> std::string;

auto describe_event(event const& e) -> std::string;

inline auto describe_command(pending_command const& c) -> std::string {
  return std::string{name_of(expected_event(c))} + subject(c.attributes);
}

auto describe_source(pending_command const& c) -> std::string;

auto alike(event const& recorded, pending_command const& current) -> bool;

template <class Unused = void>
auto changed_row(event const& recorded, pending_command const& current) -> divergence_report::row;

} // namespace detail

/// Aligns what history recorded in one task with what the program issued: the fewest insertions and
/// removals (longest common subsequence; a same-kind pair in a gap is shown as changed).
/// Quadratic in the commands of one task that differ; common ends are skipped first, 200 at most
/// compared.
template <class Unused = void>
auto align_commands(std::span<event const> recorded, std::span<pending_command const> current)
    -> std::vector<divergence_report::row>;

} // namespace replay

} // namespace perdure::inline v0

PERDURE_SELDOM_END

#if PERDURE_DEFINES
namespace perdure::inline v0 {
PERDURE_SELDOM_BEGIN
PERDURE_INLINE auto divergence_report::text() const -> std::string {
  std::string out = reason;
  for (row const& each : rows) {
    constexpr std::string_view marks = " ~-+";
    out += "\n  ";
    out += marks[static_cast<std::size_t>(each.what)];
    out += " recorded: " + (each.recorded.empty() ? std::string{"(nothing)"} : each.recorded);
    out += " | current: " + (each.current.empty() ? std::string{"(nothing)"} : each.current);
    if (!each.source.empty()) out += "  [" + each.source + "]";
    for (std::string const& difference : each.differences) out += "\n      " + difference;
  }
  if (!rows.empty())
    out += "\n  Likely causes: workflow code changed under a live run without patched(); a "
           "clock, random "
           "number, address or unordered container was used; two draws or awaits in one argument "
           "list.";
  return out;
}
PERDURE_INLINE nondeterminism_error::nondeterminism_error(divergence_report report)
    : error{errc::nondeterminism, report.text()}, report_{std::move(report)} {}
PERDURE_SELDOM_END
} // namespace perdure::inline v0
namespace perdure::inline v0::replay {
PERDURE_SELDOM_BEGIN
PERDURE_INLINE auto expected_event(pending_command const& c) -> event_type {
  auto const* const message = c.attributes.get_if<protocol_message_command>();
  if (message == nullptr) return event_type_of(c.type);
  return message->message_id.view().ends_with("/accept")
             ? event_type::workflow_execution_update_accepted
             : event_type::workflow_execution_update_completed;
}
PERDURE_SELDOM_END
} // namespace perdure::inline v0::replay
namespace perdure::inline v0::replay::detail {
PERDURE_SELDOM_BEGIN
PERDURE_INLINE auto subject(event_attributes const& what) -> std::string {
  if (auto const* a = what.get_if<events::activity_task_scheduled>())
    return " '" + a->activity_type.str() + "' (activity id " + a->activity_id + ")";
  if (auto const* t = what.get_if<events::timer_started>())
    return " (timer id " + t->timer_id + ")";
  if (auto const* t = what.get_if<events::timer_canceled>())
    return " (timer id " + t->timer_id + ")";
  if (auto const* c = what.get_if<events::start_child_workflow_execution_initiated>())
    return " '" + c->workflow_type.str() + "' (workflow id " + c->workflow_id.str() + ")";
  if (auto const* m = what.get_if<events::marker_recorded>())
    return " '" + m->marker_name.str() + "'" + marker_subject(*m);
  if (auto const* s = what.get_if<events::signal_external_workflow_execution_initiated>())
    return " '" + s->signal_name.str() + "' (to " + s->workflow_execution.workflow_id.str() + ")";
  if (auto const* c = what.get_if<events::activity_task_cancel_requested>())
    return " (of event " + std::to_string(c->scheduled_event_id) + ")";
  if (auto const* u = what.get_if<events::workflow_execution_update_accepted>())
    return " (update id " + u->protocol_instance_id.str() + ")";
  if (auto const* u = what.get_if<events::workflow_execution_update_completed>())
    return " (update id " + u->meta.update_id.str() + ")";
  if (auto const* m = what.get_if<protocol_message_command>()) {
    std::string const id = m->message_id.str(); // <update id>/accept or <update id>/complete
    return " (update id " + id.substr(0, id.rfind('/')) + ")";
  }
  return {};
}
PERDURE_INLINE auto describe_event(event const& e) -> std::string {
  auto const* const unknown = e.attributes.get_if<events::unknown_event>();
  return "event " + std::to_string(e.id) + " " +
         (unknown != nullptr ? "'" + unknown->name + "'" : std::string{name_of(e.type)}) +
         subject(e.attributes);
}
PERDURE_INLINE auto describe_source(pending_command const& c) -> std::string {
  if (c.source.line() == 0) return {};
  return std::string{c.source.file_name()} + ":" + std::to_string(c.source.line());
}
PERDURE_INLINE auto alike(event const& recorded, pending_command const& current) -> bool {
  return recorded.type == expected_event(current) &&
         subject(recorded.attributes) == subject(current.attributes);
}
template <class Unused>
auto changed_row(event const& recorded, pending_command const& current) -> divergence_report::row {
  divergence_report::row row{alike(recorded, current) ? divergence_report::change::same
                                                      : divergence_report::change::changed,
                             describe_event(recorded),
                             describe_command(current),
                             describe_source(current),
                             {}};
  if (row.what == divergence_report::change::changed &&
      recorded.attributes.type() == current.attributes.type())
    for_each_field_difference(
        recorded.attributes, current.attributes,
        [&](std::string_view field, std::string_view was, std::string_view is) {
          if (field == "workflowTaskCompletedEventId") return;
          row.differences.push_back(std::string{field} + ": " + std::string{was} + " -> " +
                                    std::string{is});
        });
  return row;
}
PERDURE_SELDOM_END
  #ifdef PERDURE_SOURCE
template auto changed_row<void>(event const& recorded, pending_command const& current)
    -> divergence_report::row;
  #endif
} // namespace perdure::inline v0::replay::detail
namespace perdure::inline v0::replay {
PERDURE_SELDOM_BEGIN
template <class Unused>
auto align_commands(std::span<event const> recorded, std::span<pending_command const> current)
    -> std::vector<divergence_report::row> {
  using change = divergence_report::change;
  std::size_t head = 0;
  while (head < recorded.size() && head < current.size() &&
         detail::alike(recorded[head], current[head]))
    ++head;
  std::size_t const shown_before = head < 2 ? head : 2;
  std::vector<divergence_report::row> rows;
  for (std::size_t i = head - shown_before; i < head; ++i)
    rows.push_back(detail::changed_row(recorded[i], current[i]));
  auto const left = recorded.subspan(head, std::min<std::size_t>(recorded.size() - head, 200));
  auto const right = current.subspan(head, std::min<std::size_t>(current.size() - head, 200));

  std::vector<std::vector<unsigned>> common(left.size() + 1,
                                            std::vector<unsigned>(right.size() + 1));
  for (std::size_t i = left.size(); i-- > 0;)
    for (std::size_t j = right.size(); j-- > 0;)
      common[i][j] = detail::alike(left[i], right[j])
                         ? common[i + 1][j + 1] + 1
                         : std::max(common[i + 1][j], common[i][j + 1]);
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < left.size() || j < right.size()) {
    bool const both = i < left.size() && j < right.size();
    if (both && detail::alike(left[i], right[j])) {
      rows.push_back(detail::changed_row(left[i++], right[j++]));
    } else if (both && left[i].type == expected_event(right[j]) &&
               common[i + 1][j + 1] == common[i][j]) {
      rows.push_back(detail::changed_row(left[i++], right[j++]));
    } else if (j == right.size() || (both && common[i + 1][j] >= common[i][j + 1])) {
      rows.push_back({change::missing, detail::describe_event(left[i++]), {}, {}, {}});
    } else {
      rows.push_back({change::inserted,
                      {},
                      detail::describe_command(right[j]),
                      detail::describe_source(right[j]),
                      {}});
      ++j;
    }
  }
  return rows;
}
PERDURE_SELDOM_END
  #ifdef PERDURE_SOURCE
template auto align_commands<void>(std::span<event const> recorded,
                                   std::span<pending_command const> current)
    -> std::vector<divergence_report::row>;
  #endif
} // namespace perdure::inline v0::replay
#endif
