// A local activity that is tried again after a timer.
#pragma once

#include <utility>

#include "perdure/workflow/local_work.hpp"
#include "perdure/workflow/run_context.hpp"

namespace perdure::inline v0::detail {

/// Waits for the timer, begins the next attempts as a local activity of its own, and hands its
/// outcome to who waits for the whole. Kept by the run.
class local_retry final : public local_chain {
public:
  /// `whole`: what workflow code knows; `last`: the attempts that have ended, which is `whole` at
  /// first; `next_attempt` follows.
  static void begin(run_context& run, local_work const& last, std::uint32_t next_attempt,
                    duration backoff) {
    auto made = make_owned<local_retry>(run, last, next_attempt);
    events::timer_started asked{};
    asked.start_to_fire_timeout = backoff;
    made->current_ =
        run.begin(replay::operation_kind::timer, event_attributes::make(std::move(asked)),
                  replay::cancellation_type::try_cancel, run.machine.at(last.operation).source);
    run.watch(made->current_, made.get());
    run.local->chains.push_back(std::move(made));
  }
  local_retry(run_context& run, local_work const& last, std::uint32_t next_attempt) noexcept
      : run_{&run},
        whole_{last.operation},
        first_sequence_{last.first_sequence},
        attempt_{next_attempt},
        original_{last.original_schedule_time} {}

  [[nodiscard]] auto whole() const noexcept -> replay::operation_index override { return whole_; }

  void on_resolved(replay::operation_index) override {
    if (waits_for_timer_)
      begin_again();
    else
      end();
  }
  void on_cancel() override {} // no coroutine is suspended at it
  [[nodiscard]] auto waits_for() const noexcept -> wait_facts override {
    return {.operation = current_};
  }
  void cancel(std::source_location source) override {
    if (!waits_for_timer_) return run_->cancel(current_, source);
    run_->unwatch(current_, this);
    (void)run_->machine.cancel(current_, source);
    run_->machine.release(current_);
    bool const news = run_->machine.resolve_as_cancelled(whole_);
    tell_and_go(news);
  }

private:
  void begin_again() {
    run_->machine.release(current_);
    waits_for_timer_ = false;
    replay::operation const& asked = run_->machine.at(whole_);
    event_attributes command = asked.command;
    auto& what = command.edit<events::activity_task_scheduled>();
    if (what.activity_id == std::to_string(asked.sequence)) what.activity_id.clear(); // numbered
    current_ = run_->begin(replay::operation_kind::local_activity, std::move(command),
                           asked.on_cancel, asked.source);
    local_work& work = *run_->local->find(current_);
    work.first_sequence = first_sequence_;
    work.attempt = attempt_;
    work.original_schedule_time = original_;
    work.carried = true;
    run_->watch(current_, this);
  }
  void end() {
    replay::operation const& last = run_->machine.at(current_);
    bool const news = last.cancelled ? run_->machine.resolve_as_cancelled(whole_)
                                     : run_->machine.resolve(whole_, last.outcome);
    run_->machine.release(current_);
    tell_and_go(news);
  }
  void tell_and_go(bool news) {
    run_context& run = *run_;
    replay::operation_index const whole = whole_;
    owned<local_chain> self;
    for (auto each = run.local->chains.begin(); each != run.local->chains.end(); ++each)
      if (each->get() == this) {
        self = std::move(*each);
        run.local->chains.erase(each);
        break;
      }
    if (news) run.deliver({replay::job::kind::resolve, whole});
  }

  run_context* run_;
  replay::operation_index whole_;
  replay::operation_index current_{replay::no_operation};
  std::uint32_t first_sequence_;
  std::uint32_t attempt_;
  time_point original_;
  bool waits_for_timer_{true};
};

} // namespace perdure::inline v0::detail
