// The local activities of one live run.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "perdure/execution/local_schedule.hpp"
#include "perdure/execution/registry.hpp"
#include "perdure/execution/workflow_executor.hpp"
#include "perdure/history/task.hpp"
#include "perdure/worker/local_activity_pool.hpp"
#include "perdure/worker/worker_meter.hpp"

namespace perdure::inline v0::detail {

/// Runs what the code of one run asks for, and brings it the results. Used by whoever has the run.
/// When it goes, with its run, the attempts that still run are asked to stop, and are forgotten.
/// (A template, so that a file that runs no worker does not pay for compiling it.)
template <class Unused>
class basic_local_activities {
public:
  /// All of these must outlive it.
  basic_local_activities(registry const& known, local_activity_pool& pool,
                         worker_options const& options, worker_meter const& meter)
      : registry_{&known},
        pool_{&pool},
        options_{&options},
        meter_{&meter},
        mailbox_{std::make_shared<local_mailbox>()} {}
  basic_local_activities(basic_local_activities const&) = delete;
  auto operator=(basic_local_activities const&) -> basic_local_activities& = delete;
  ~basic_local_activities() { give_up_all(activity_cancel_reason::not_found); }

  [[nodiscard]] auto mailbox() const noexcept -> std::shared_ptr<local_mailbox> const& {
    return mailbox_;
  }
  /// Begins and ends what is due, and runs the code that waits for it, until nothing more happens
  /// by itself. `Run`: a workflow_executor. \throws as its `process`
  template <class Run>
  void advance(Run& run, workflow_task const& task, time_point now) {
    while (run.has_local_wishes()) {
      take_wishes(run, now);
      collect(now);
      if (auto const done = schedule_.take_result()) {
        running_.erase(done->sequence);
        run.finish_local_activity(*done);
      } else if (auto const next = schedule_.take_start(now)) {
        begin(*next, task, now);
      } else if (!mailbox_->has_letters()) {
        return;
      }
    }
    if (run.ended()) give_up_all(activity_cancel_reason::not_found);
  }
  /// When `advance` has something to do though no attempt has ended.
  [[nodiscard]] auto next_deadline(time_point now) -> time_point {
    note_begun(now);
    time_point next = schedule_.next_deadline();
    // One that has not begun when it is looked at may begin right then: it is looked at again
    // before it can have taken too long.
    for (auto const& [sequence, each] : running_) {
      auto const& limit = asked(*each).start_to_close_timeout;
      if (each->has_begun() || !limit || *limit <= duration{}) continue;
      next = later(now, *limit) < next ? later(now, *limit) : next;
    }
    return next;
  }
  void give_up_all(activity_cancel_reason reason) {
    for (auto const& [sequence, each] : std::exchange(running_, {})) each->give_up(reason);
  }

private:
  [[nodiscard]] static auto asked(local_attempt const& of)
      -> events::activity_task_scheduled const& {
    return of.context.task.scheduled.get<events::activity_task_scheduled>();
  }
  template <class Run>
  void take_wishes(Run& run, time_point now) {
    note_begun(now);
    for (local_call& each : run.take_local_calls()) schedule_.add(std::move(each), now);
    for (local_stop const& each : run.take_local_stops()) {
      if (each.awaited)
        schedule_.cancel(each.sequence, now);
      else
        schedule_.drop(each.sequence);
      auto const attempt = running_.find(each.sequence);
      if (attempt == running_.end()) continue;
      auto const told = attempt->second;
      if (!each.awaited) running_.erase(attempt);
      if (each.ask) told->give_up(activity_cancel_reason::cancelled);
    }
  }
  void note_begun(time_point now) {
    for (auto const& [sequence, each] : running_)
      if (each->has_begun())
        schedule_.on_begun(sequence, static_cast<std::uint32_t>(each->context.task.token.attempt),
                           now);
  }
  void collect(time_point now) {
    note_begun(now);
    for (local_mailbox::letter& each : mailbox_->take()) {
      if (*meter_) [[unlikely]]
        measure(each, now);
      schedule_.on_end(each.sequence, each.attempt, std::move(each.outcome), now);
    }
    while (auto const late = schedule_.take_expired(now))
      if (auto const attempt = running_.find(late->sequence); attempt != running_.end()) {
        auto const told = attempt->second;
        running_.erase(attempt);
        told->give_up(activity_cancel_reason::timed_out);
      }
  }
  void measure(local_mailbox::letter const& news, time_point now) const {
    auto const found = running_.find(news.sequence);
    if (found == running_.end()) return;
    activity_task const& task = found->second->context.task;
    worker_meter::tags const of{{"workflow_type", task.workflow_type},
                                {"activity_type", asked(*found->second).activity_type}};
    meter_->observe("temporal_local_activity_execution_latency", now - task.started_time, of);
    switch (news.outcome.what) {
    case activity_outcome::kind::failed:
      return meter_->count("temporal_local_activity_execution_failed", of);
    case activity_outcome::kind::cancelled:
      return meter_->count("temporal_local_activity_execution_cancelled", of);
    default:
      return meter_->observe("temporal_local_activity_succeed_endtoend_latency",
                             now - task.scheduled_time, of);
    }
  }
  void begin(local_schedule::start const& what, workflow_task const& task, time_point now) {
    auto const& wanted = what.call->asked.get<events::activity_task_scheduled>();
    activity_function* const function = registry_->activity(wanted.activity_type.view());
    if (function == nullptr) {
      activity_outcome refused{};
      refused.what = activity_outcome::kind::failed;
      failure& why = refused.why.make();
      why.message =
          "no activity is registered as '" + wanted.activity_type.str() +
          "' with the worker that runs its workflow (registered: " + registry_->activity_names() +
          ")";
      why.source = "perdure";
      why.info = application_failure_info{.type = "NotFoundError"};
      return schedule_.on_end(what.sequence, what.attempt, std::move(refused), now);
    }
    auto made = std::make_shared<local_attempt>(*function, options_->interceptors, mailbox_,
                                                what.sequence, what.attempt);
    activity_task& given = made->context.task;
    given.token.run = task.token.run;
    given.token.scheduled_event_id = static_cast<event_id>(what.call->first_sequence);
    given.token.attempt = static_cast<std::int32_t>(what.attempt);
    given.execution = task.execution;
    given.workflow_type = task.workflow_type;
    given.scheduled = what.call->asked;
    given.scheduled_time = what.scheduled_time;
    given.attempt_scheduled_time = given.started_time = now;
    made->context.equip(meter_->route(), options_->data_converter.get());
    if (*meter_) [[unlikely]]
      meter_->count("temporal_local_activity_total", {{"workflow_type", given.workflow_type},
                                                      {"activity_type", wanted.activity_type}});
    running_[what.sequence] = made;
    pool_->submit(std::move(made));
  }

  registry const* registry_;
  local_activity_pool* pool_;
  worker_options const* options_;
  worker_meter const* meter_;
  std::shared_ptr<local_mailbox> mailbox_;
  local_schedule schedule_;
  std::map<std::uint32_t, std::shared_ptr<local_attempt>> running_; ///< By sequence: the last one.
};
using local_activities = basic_local_activities<void>;

} // namespace perdure::inline v0::detail
