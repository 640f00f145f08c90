// What of a run's history tells to which runs and activities its payloads belong.
#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "perdure/data/payload_codec.hpp"
#include "perdure/history/event.hpp"
#include "perdure/history/forked_from.hpp"

namespace perdure::inline v0::detail {

/// The id without what a schedule appends to it: "report-2024-03-31T02:00:00Z" gives "report". Runs
/// of one schedule hand results on to each other.
[[nodiscard]] inline auto without_schedule_time(std::string_view workflow_id) noexcept
    -> std::string_view {
  constexpr std::string_view form = "-0000-00-00T00:00:00Z";
  if (workflow_id.size() <= form.size()) return workflow_id;
  auto const tail = workflow_id.substr(workflow_id.size() - form.size());
  for (std::size_t i = 0; i < form.size(); ++i)
    if (form[i] == '0' ? tail[i] < '0' || tail[i] > '9' : tail[i] != form[i]) return workflow_id;
  return workflow_id.substr(0, workflow_id.size() - form.size());
}

/// The runs whose events one history is made of, and the names of its activities. Runs that were
/// reset or forked begin with events of others; who those are is in their own events.
class run_lineage {
public:
  run_lineage() = default;
  explicit run_lineage(workflow_execution const& own) {
    workflow_ids_.push_back(own.workflow_id.str());
    run_ids_.push_back(own.run_id.str());
    if (auto const shorter = without_schedule_time(workflow_ids_[0]);
        shorter.size() != workflow_ids_[0].size())
      starter_ids_.emplace_back(shorter);
    update_homes();
  }

  /// Of all events from the first on, or of those that follow what it knows.
  void learn(std::span<event const> events) {
    for (event const& each : events) {
      last_ = each.id;
      if (auto const* const first = each.attributes.get_if<events::workflow_execution_started>()) {
        add(run_ids_, first->original_execution_run_id);
      } else if (auto const* const asked =
                     each.attributes.get_if<events::activity_task_scheduled>()) {
        activities_[each.id] = asked->activity_id;
      } else if (auto const* const failed =
                     each.attributes.get_if<events::workflow_task_failed>()) {
        if (failed->cause != workflow_task_failed_cause::reset_workflow) continue;
        add(run_ids_, failed->base_run_id);
        add(run_ids_, failed->new_run_id);
        if (failed->failure)
          for_each_fork_base(*failed->failure,
                             [this](std::string_view id) { add(workflow_ids_, id); });
      }
    }
    update_homes();
  }
  /// Drops the names of activities that these events end: nothing more comes of those.
  void forget_closed(std::span<event const> events) {
    for (event const& each : events) {
      if (auto const* const ended = each.attributes.get_if<events::activity_task_completed>())
        activities_.erase(ended->scheduled_event_id);
      else if (auto const* const failed = each.attributes.get_if<events::activity_task_failed>())
        activities_.erase(failed->scheduled_event_id);
      else if (auto const* const late = each.attributes.get_if<events::activity_task_timed_out>())
        activities_.erase(late->scheduled_event_id);
      else if (auto const* const given_up =
                   each.attributes.get_if<events::activity_task_canceled>())
        activities_.erase(given_up->scheduled_event_id);
    }
  }

  [[nodiscard]] auto last_event_id() const noexcept -> event_id { return last_; }
  [[nodiscard]] auto workflow_id() const noexcept -> std::string_view { return workflow_ids_[0]; }
  [[nodiscard]] auto run_id() const noexcept -> std::string_view { return run_ids_[0]; }
  /// Of what a run has written itself.
  [[nodiscard]] auto other_runs() const noexcept -> std::span<payload_home const> {
    return other_runs_;
  }
  /// Of what came from outside, or goes from run to run.
  [[nodiscard]] auto other_workflows() const noexcept -> std::span<payload_home const> {
    return other_workflows_;
  }
  /// The id of the activity that an event scheduled; empty if it is not known.
  [[nodiscard]] auto activity(event_id scheduled) const -> std::string_view {
    auto const found = activities_.find(scheduled);
    return found == activities_.end() ? std::string_view{} : std::string_view{found->second};
  }

private:
  static void add(std::vector<std::string>& to, std::string_view id) {
    if (id.empty()) return;
    for (auto const& each : to)
      if (each == id) return;
    to.emplace_back(id);
  }
  void update_homes() {
    if (run_ids_.size() * workflow_ids_.size() == other_runs_.size() + 1 &&
        workflow_ids_.size() + starter_ids_.size() == other_workflows_.size() + 1)
      return;
    other_runs_.clear();
    other_workflows_.clear();
    for (auto const& workflow : workflow_ids_) {
      for (auto const& run : run_ids_)
        if (&workflow != workflow_ids_.data() || &run != run_ids_.data())
          other_runs_.push_back({workflow, run});
      if (&workflow != workflow_ids_.data()) other_workflows_.push_back({workflow, {}});
    }
    for (auto const& each : starter_ids_) other_workflows_.push_back({each, {}});
  }

  std::vector<std::string> workflow_ids_{}; ///< Its own first.
  std::vector<std::string> run_ids_{};      ///< Likewise.
  std::vector<std::string> starter_ids_{};
  std::map<event_id, std::string> activities_{};
  std::vector<payload_home> other_runs_{};
  std::vector<payload_home> other_workflows_{};
  event_id last_{};
};

} // namespace perdure::inline v0::detail
