// The life of a schedule: what is due is started, waits or is skipped, and time is set for the
// next.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "perdure/config.hpp"
#include "perdure/engine/closing.hpp"
#include "perdure/engine/schedule/compiled_spec.hpp"
#include "perdure/engine/schedule/overlap.hpp"
#include "perdure/engine/schedule/scheduled_run.hpp"

PERDURE_SELDOM_BEGIN

namespace perdure::inline v0::engine {

/// Works on one record within one step. Whoever makes it keeps the record afterwards, also when
/// nothing was due. The order of things is that of a Temporal server's scheduler.
template <store S>
class schedule_machine {
public:
  schedule_machine(step_context<S>& step, schedule_record& record) : step_{step}, record_{record} {
    compile();
  }

  /// Does what is due, and sets when the schedule wakes next.
  void run() {
    bool const caught_up = take_due();
    if (caught_up) {
      take_backfills();
      while (take_waiting()) {
      }
    }
    constexpr duration a_moment{1'000'000}; // others may have something to do
    record_.wakes_at = caught_up ? next_wake() : std::optional{later(step_.now, a_moment)};
  }
  /// Whether it has had nothing to do for so long that it is to be forgotten.
  [[nodiscard]] auto is_over() -> bool {
    auto const end = retention_end(next_by_time());
    return end && *end <= step_.now;
  }

  /// \pre what is due was taken
  void patch(schedule_patch const& asked) {
    if (asked.trigger) add(step_.now, step_.now, asked.trigger_overlap, true);
    for (schedule_backfill each : asked.backfills) {
      if (record_.progress.backfills.size() >= schedule_waiting_max) {
        ++record_.info.dropped_count;
        continue;
      }
      if (each.start_at > time_point::min()) each.start_at -= duration{1}; // it is included
      record_.progress.backfills.push_back(each);
    }
    if (!asked.pause.empty()) set_paused(true, asked.pause);
    if (!asked.unpause.empty()) set_paused(false, asked.unpause);
  }
  /// Actions of the old definition that are due are taken first.
  void update(perdure::schedule changed) {
    (void)take_due();
    record_.schedule = std::move(changed);
    record_.info.updated_at = step_.now;
    ++record_.progress.conflict_token;
    compile();
  }
  /// Takes what time has brought. False if there is more than one step should do.
  auto take_due() -> bool {
    schedule_progress& progress = record_.progress;
    time_point const now =
        step_.now > progress.processed_until ? step_.now : progress.processed_until;
    if (!spec_) return true; // when it is right again, what was due is within the window or not
    if (!may_act(false, false)) {
      progress.processed_until = now;
      return true;
    }
    duration const window = record_.schedule.policies.catchup_window;
    constexpr int most = 10'000;
    for (int i = 0; i < most; ++i) {
      auto const next = next_after(base());
      if (!next || next->actual > now) return true;
      progress.processed_until = next->actual;
      if (is_before_update(next->actual)) continue;
      if (now - next->actual > window)
        ++record_.info.missed_catchup_window_count;
      else
        add(next->nominal, next->actual, schedule_overlap_policy::unspecified, false);
    }
    return false;
  }
  /// A run that this schedule waits for has ended, and nothing continues it.
  void run_ended(run_state const& run) {
    auto& running = record_.info.running;
    auto const& first = run.started().first_execution_run_id;
    std::size_t at = 0;
    while (at < running.size() &&
           !(running[at].workflow_id == run.execution.workflow_id && running[at].run_id == first))
      ++at;
    if (at == running.size()) return; // it was allowed to overlap, or is somebody else's
    running.erase(running.begin() + static_cast<std::ptrdiff_t>(at));
    for (schedule_action_result& each : record_.info.recent_actions)
      if (each.started.run_id == first) each.status = run.status;
    take_result(run);
  }

  /// Where to go on from: before it, all is dealt with, or was overtaken by an update.
  [[nodiscard]] auto base() const noexcept -> time_point {
    time_point const done = record_.progress.processed_until;
    if (!record_.info.updated_at) return done;
    time_point const updated = *record_.info.updated_at - record_.schedule.spec.jitter;
    return done < updated ? updated - duration{1} : done;
  }
  [[nodiscard]] auto next_after(time_point after) -> std::optional<action_time> {
    if (!spec_) return std::nullopt;
    try {
      return spec_->next(after, record_.id);
    } catch (error const& why) {
      record_.info.invalid_because = why.what();
      spec_.reset();
      return std::nullopt;
    }
  }
  [[nodiscard]] auto is_before_update(time_point at) const noexcept -> bool {
    return record_.info.updated_at && *record_.info.updated_at > at;
  }

private:
  void compile() {
    record_.info.invalid_because.clear();
    spec_.reset();
    try {
      spec_ = compiled_spec::compile(record_.schedule.spec, [&](std::string_view name) {
        return step_.store.find_zone(name);
      });
    } catch (error const& why) {
      record_.info.invalid_because = why.what();
    }
  }
  void set_paused(bool paused, std::string const& note) {
    record_.schedule.state.paused = paused;
    record_.schedule.state.note = note;
    ++record_.progress.conflict_token;
  }
  void add(time_point nominal, time_point actual, schedule_overlap_policy overlap, bool manual) {
    if (record_.progress.waiting.size() >= schedule_waiting_max)
      ++record_.info.dropped_count;
    else
      record_.progress.waiting.push_back({nominal, actual, overlap, manual});
  }
  /// Whether an action may be taken now; `take`: it is.
  [[nodiscard]] auto may_act(bool manual, bool take) -> bool {
    schedule_state& state = record_.schedule.state;
    if (manual) return true;
    if (state.paused) return false;
    if (!state.limited_actions) return true;
    if (state.remaining_actions <= 0) return false;
    if (take) {
      --state.remaining_actions;
      ++record_.progress.conflict_token;
    }
    return true;
  }
  void take_backfills() {
    auto& backfills = record_.progress.backfills;
    int left = 10; // at a time
    while (!backfills.empty() && left > 0 &&
           record_.progress.waiting.size() < schedule_waiting_max / 2) {
      schedule_backfill& first = backfills.front();
      auto next = next_after(first.start_at);
      for (; next && next->actual <= first.end_at && left > 0; --left) {
        add(next->nominal, next->actual, first.overlap, true);
        first.start_at = next->actual;
        next = next_after(next->actual);
      }
      if (!next || next->actual > first.end_at) backfills.erase(backfills.begin());
    }
  }
  /// Decides about what waits. True if more can be decided now.
  [[nodiscard]] auto take_waiting() -> bool {
    auto& waiting = record_.progress.waiting;
    if (waiting.empty()) return false;
    auto decided =
        decide_overlap(waiting, !record_.info.running.empty(), record_.schedule.policies.overlap);
    waiting = std::move(decided.keep);
    record_.info.skipped_overlap_count += decided.skipped_count;
    bool again = false;
    for (due_start const& each : decided.side_by_side)
      if (!may_act(each.manual, true) || !start(each, false)) again = true;
    if (decided.alone && (!may_act(decided.alone->manual, true) || !start(*decided.alone, true)))
      again = true;
    if (decided.terminate || decided.cancel) end_running(decided.terminate);
    return again;
  }
  void end_running(bool terminate) {
    for (workflow_execution const& each : record_.info.running) {
      run_state* const run = step_.store.current_run(each.workflow_id.view());
      if (run == nullptr || !run->open()) continue;
      if (terminate) {
        terminate_run(step_, *run, "terminated by schedule overlap policy", identity());
        continue;
      }
      events::workflow_execution_cancel_requested asked{};
      asked.cause = "cancelled by schedule overlap policy";
      asked.identity = identity();
      request_cancel(step_, *run, std::move(asked));
    }
  }
  [[nodiscard]] auto identity() const -> shared_string {
    return shared_string{"schedule " + record_.id};
  }
  /// False if its workflow id is taken: the action is lost, as one that came twice.
  [[nodiscard]] auto start(due_start const& due, bool alone) -> bool {
    start_workflow_request const& action = record_.schedule.action;
    time_point const nominal = at_second(seconds_of(due.nominal));
    shared_string const id{action.workflow_id.str() + '-' + time_label(nominal)};
    run_state* const current = step_.store.current_run(id.view());
    auto const reuse = due.manual ? workflow_id_reuse_policy::allow_duplicate
                                  : workflow_id_reuse_policy::reject_duplicate;
    if (judge_id(current, reuse, workflow_id_conflict_policy::fail) != id_verdict::free)
      return false;
    auto started = first_event(action, step_.now);
    started.identity = identity();
    auto& attributes = started.search_attributes.make();
    attributes[schedule_attributes::by_id] = search_attribute(to_json(record_.id), "Keyword");
    attributes[schedule_attributes::start_time] =
        search_attribute('"' + time_label(nominal) + '"', "Datetime");
    if (alone) {
      started.last_completion_result = record_.last_completion_result;
      started.continued_failure = record_.continued_failure;
    }
    run_state& run = begin_run(step_, id, step_.store.new_run_id(), std::move(started),
                               current == nullptr ? 0 : current->number);
    if (action.user_metadata)
      run.history.edit(0).extras.make().user_metadata = action.user_metadata;
    workflow_execution const made = run.execution;
    ++record_.info.action_count;
    auto& recent = record_.info.recent_actions;
    constexpr std::size_t recent_max = 10;
    if (recent.size() >= recent_max) recent.erase(recent.begin());
    recent.push_back({due.actual, step_.now, made, workflow_execution_status::running});
    if (alone) record_.info.running.push_back(made);
    return true;
  }
  void take_result(run_state const& run) {
    std::string note;
    event const& last = run.history.back();
    switch (run.status) {
    case workflow_execution_status::completed: {
      auto const& result = last.as<events::workflow_execution_completed>().result;
      if (!result.empty()) record_.last_completion_result = result;
      record_.continued_failure.reset();
      return;
    }
    case workflow_execution_status::failed:
      record_.continued_failure = last.as<events::workflow_execution_failed>().failure;
      note = "paused due to workflow failure: " + run.execution.workflow_id.str() + ": " +
             (record_.continued_failure ? record_.continued_failure->message : std::string{});
      break;
    case workflow_execution_status::timed_out:
      note = "paused due to workflow timeout: " + run.execution.workflow_id.str();
      break;
    default: return;
    }
    if (record_.schedule.policies.pause_on_failure && !record_.schedule.state.paused)
      set_paused(true, note);
  }
  /// The next action that time brings.
  [[nodiscard]] auto next_by_time() -> std::optional<time_point> {
    if (!may_act(false, false)) return std::nullopt;
    for (auto next = next_after(base()); next; next = next_after(next->actual))
      if (!is_before_update(next->actual)) return next->actual;
    return std::nullopt;
  }
  [[nodiscard]] auto next_wake() -> std::optional<time_point> {
    auto const soon = later(step_.now, duration{nanos_per_second});
    auto const& backfills = record_.progress.backfills;
    if (!backfills.empty()) {
      auto const overlap = backfills.front().overlap == schedule_overlap_policy::unspecified
                               ? record_.schedule.policies.overlap
                               : backfills.front().overlap;
      // A server waits for the next action here if nothing runs: that may be in a year.
      if (overlap == schedule_overlap_policy::allow_all || record_.info.running.empty())
        return soon;
    }
    auto const next = next_by_time();
    // Its time zone may be there again after an upgrade of the system.
    if (!spec_) return later(step_.now, duration{3'600 * nanos_per_second});
    if (auto const end = retention_end(next)) return end;
    return next;
  }
  /// When a schedule that will do nothing more is forgotten.
  [[nodiscard]] auto retention_end(std::optional<time_point> next) const
      -> std::optional<time_point> {
    schedule_progress const& progress = record_.progress;
    if (record_.schedule.state.paused || next || !spec_ || !progress.backfills.empty() ||
        !progress.waiting.empty() || !record_.info.running.empty())
      return std::nullopt;
    time_point last = record_.info.created_at;
    if (record_.info.updated_at && *record_.info.updated_at > last) last = *record_.info.updated_at;
    if (!record_.info.recent_actions.empty() && record_.info.recent_actions.back().taken_at > last)
      last = record_.info.recent_actions.back().taken_at;
    return later(last, schedule_retention);
  }

  step_context<S>& step_;
  schedule_record& record_;
  std::optional<compiled_spec> spec_;
};

} // namespace perdure::inline v0::engine

PERDURE_SELDOM_END
