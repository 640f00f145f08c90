// What a worker does with activity tasks.
#pragma once

#include <atomic>
#include <exception>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "perdure/activity/heartbeat_throttle.hpp"
#include "perdure/backend/backend.hpp"
#include "perdure/engine/token_bucket.hpp"
#include "perdure/execution/activity_interception.hpp"
#include "perdure/execution/local_schedule.hpp"
#include "perdure/execution/registry.hpp"
#include "perdure/worker/attempt_courier.hpp"
#include "perdure/worker/running_attempts.hpp"
#include "perdure/worker/serving_threads.hpp"
#include "perdure/worker/worker_meter.hpp"
#include "perdure/worker/worker_options.hpp"

namespace perdure::inline v0::detail {

/// Runs attempts of activities and reports how they ended. Thread-safe.
template <class B>
class activity_side final : private heartbeat_target, private attempt_courier::sender {
public:
  /// All of these must outlive it.
  activity_side(B& backend, worker_link& link, worker_options const& options, registry const& known)
      : backend_{&backend}, link_{&link}, options_{&options}, registry_{&known}, meter_{options} {
    link.queue_activities_per_second = options.max_task_queue_activities_per_second;
    link.has_rate = options.max_activities_per_second > 0;
    if (link.has_rate) rate_.emplace(options.max_activities_per_second);
  }

  /// `driven`: the backend drives the worker, in virtual time.
  void begin(bool driven) noexcept {
    driven_ = driven;
    attempts_.open();
    courier_.begin(driven);
  }

  /// Runs an attempt; a coroutine may still be on its way when this returns.
  void work_on(activity_task& task) {
    auto const& asked = task.scheduled.template get<events::activity_task_scheduled>();
    activity_function* const function = registry_->activity(asked.activity_type.view());
    if (function == nullptr) return refuse(task, asked.activity_type.str());
    if (function->asynchronous()) return begin_coroutine(*function, task);
    function_attempt here;
    if (!try_begin(here, task)) return;
    try {
      run_attempt(*function, here, options_->interceptors);
    } catch (...) { // not the function: what is around it
      here.outcome = detail::outcome_of_exception();
    }
    report(here, std::move(here.outcome), true);
  }

  /// Waits until the threads that bring attempts have ended, which get no more tasks, and none
  /// runs; those that still do after `grace`, or only begin then, are asked to stop. Where nobody
  /// but this thread can bring an end about, there is nothing to wait for before that.
  void finish(duration grace, serving_threads& threads) {
    if (driven_) grace = duration{};
    time_point const end = later(attempt_courier::now(), grace);
    if (!threads.wait_for_end(grace) || !attempts_.wait_for_none(end - attempt_courier::now()))
      ask_all_to_stop();
    threads.join();
    attempts_.wait_for_none(); // coroutines
    courier_.stop();
  }
  void cancel(activity_task_token const& token, activity_cancel_reason reason) noexcept {
    courier_.post(attempts_.cancel(token, reason));
  }
  /// Tells stop tokens what they should know. False if there is nothing to tell.
  auto tell_stops() -> bool { return courier_.tell_stops(); }

  /// Called by the backend with its lock, as all about slots.
  auto take_slot() noexcept -> bool {
    if (rate_ && !rate_->is_ready(link_->asked_at)) {
      link_->ready_at = rate_->ready_at();
      return false;
    }
    if (!take_free_slot()) return false;
    if (rate_) rate_->take(link_->asked_at);
    return true;
  }
  /// There was no activity for it.
  void return_slot() noexcept {
    if (rate_) rate_->give_back();
    free_slot();
  }
  void free_slot() noexcept { slots_taken_.fetch_sub(1, std::memory_order_relaxed); }

private:
  void ask_all_to_stop() noexcept {
    try {
      for (std::stop_source const& each : attempts_.close(activity_cancel_reason::worker_shutdown))
        (void)each.request_stop();
    } catch (...) { // no memory for their tokens: they find out by asking
    }
  }
  auto take_free_slot() noexcept -> bool {
    if (slots_taken_.fetch_add(1, std::memory_order_relaxed) < options_->max_concurrent_activities)
      return true;
    free_slot();
    return false;
  }
  /// An attempt that runs here.
  struct attempt : running_attempt {
    activity_side* owner{nullptr};
    time_point begun{}; ///< By the clock of `worker_meter`, if that measures.

  protected:
    ~attempt() = default;
  };
  /// On the stack of its thread.
  struct function_attempt final : attempt {
    activity_outcome outcome{};
    void finish(activity_outcome&& ended) override { outcome = std::move(ended); }
  };
  /// On the heap, until it has ended.
  struct coroutine_attempt final : attempt {
    void finish(activity_outcome&& ended) override {
      std::unique_ptr<coroutine_attempt> const self{this};
      this->owner->report(*this, std::move(ended), false);
    }
  };

  void begin_coroutine(activity_function& function, activity_task& task) {
    activity_task_token const token = task.token;
    auto* const made = new (std::nothrow) coroutine_attempt; // destroys itself when it has finished
    if (made == nullptr) {
      free_slot();
      return fail_unanswered({link_, true}, token);
    }
    if (!try_begin(*made, task)) return delete made;
    run_attempt(function, *made, options_->interceptors);
  }
  [[gnu::cold]] void refuse(activity_task const& task, std::string const& type) {
    free_slot();
    failure why{};
    why.message = "no activity is registered as '" + type + "' with the worker of queue '" +
                  options_->task_queue + "' (registered: " + registry_->activity_names() + ")";
    why.source = "perdure";
    why.info = application_failure_info{.type = "NotFoundError"};
    if (task.token.attempt == 1)
      log().error(why.message, {{"workflow_id", task.execution.workflow_id}});
    if (meter_)
      meter_.count("temporal_unregistered_activity_invocation",
                   {{"workflow_type", task.workflow_type}, {"activity_type", type}});
    answer({link_, true}, task.token,
           [&] { backend_->fail_activity({link_, true}, task.token, std::move(why)); });
  }
  /// False if there is no memory for it: then the attempt has failed.
  [[nodiscard]] auto try_begin(attempt& started, activity_task& task) noexcept -> bool {
    activity_task_token const token = task.token;
    try {
      begin(started, std::move(task));
      return true;
    } catch (...) {
      free_slot();
      fail_unanswered({link_, true}, token);
      return false;
    }
  }

  void begin(attempt& started, activity_task&& task) {
    started.owner = this;
    started.context.task = std::move(task);
    started.context.heartbeats = this;
    started.context.equip(meter_.route(), options_->data_converter.get());
    if (meter_) [[unlikely]]
      measure_begin(started);
    attempts_.add(started);
  }

  [[nodiscard]] static auto type_of(attempt const& which) -> shared_string const& {
    return which.context.task.scheduled.template get<events::activity_task_scheduled>()
        .activity_type;
  }
  void measure_begin(attempt& started) const {
    activity_task const& task = started.context.task;
    worker_meter::tags const of{{"workflow_type", task.workflow_type},
                                {"activity_type", type_of(started)}};
    meter_.count("temporal_activity_task_received", of);
    meter_.observe("temporal_activity_schedule_to_start_latency",
                   task.started_time - task.attempt_scheduled_time, of);
    started.begun = worker_meter::now();
    measure_slots();
  }
  void measure_end(attempt const& ended, activity_outcome::kind how) const {
    activity_task const& task = ended.context.task;
    worker_meter::tags const of{{"workflow_type", task.workflow_type},
                                {"activity_type", type_of(ended)}};
    meter_.observe("temporal_activity_execution_latency", worker_meter::now() - ended.begun, of);
    if (how == activity_outcome::kind::failed)
      meter_.count("temporal_activity_execution_failed", of);
    else if (how == activity_outcome::kind::cancelled)
      meter_.count("temporal_activity_execution_cancelled", of);
    else if (how == activity_outcome::kind::completed)
      meter_.observe("temporal_activity_succeed_endtoend_latency",
                     backend_->now() - task.scheduled_time, of);
    measure_slots(1);
  }
  /// `ending`: attempts that keep their slots only a moment longer.
  void measure_slots(std::size_t ending = 0) const {
    std::size_t const taken = slots_taken_.load(std::memory_order_relaxed);
    std::size_t const used = taken < ending ? 0 : taken - ending;
    std::size_t const most = options_->max_concurrent_activities;
    meter_.set("temporal_worker_task_slots_used", static_cast<double>(used),
               {{"worker_type", "ActivityWorker"}});
    meter_.set("temporal_worker_task_slots_available",
               static_cast<double>(used < most ? most - used : 0),
               {{"worker_type", "ActivityWorker"}});
  }

  /// The attempt has ended: tells the backend. `polls_next`: this is one of the worker's threads.
  void report(attempt& ended, activity_outcome&& outcome, bool polls_next) noexcept {
    activity_answerer const who{link_, polls_next};
    activity_task_token const token = ended.context.task.token;
    free_slot(); // first: the answer wakes whoever can use it
    answer(who, token, [&] {
      if (meter_) [[unlikely]]
        measure_end(ended, outcome.what);
      if (ended.context.beats && outcome.what != activity_outcome::kind::completed)
        send_last(token, *ended.context.beats);
      switch (outcome.what) {
      case activity_outcome::kind::completed:
        backend_->complete_activity(who, token, std::move(outcome.result));
        break;
      case activity_outcome::kind::failed:
        backend_->fail_activity(who, token, outcome.take_why());
        break;
      case activity_outcome::kind::cancelled:
        backend_->cancel_activity(who, token, std::move(outcome.result), outcome.take_why());
        break;
      case activity_outcome::kind::later: {
        async_activity_answer detached{};
        detached.what = async_activity_answer::kind::detached;
        detached.token = token;
        (void)backend_->answer_async_activity(detached);
        break;
      }
      }
    });
    attempts_.remove(ended);
  }
  /// An answer that comes too late is dropped: the backend has gone on without it. One for which
  /// there is no memory is lost with its attempt, which has failed then.
  template <class Call>
  void answer(activity_answerer who, activity_task_token const& token, Call&& call) noexcept {
    try {
      call();
    } catch (error const& e) {
      if (e.code() != errc::task_lost) report_untaken("an activity's answer was not taken", e);
    } catch (...) {
      fail_unanswered(who, token);
    }
  }
  [[gnu::cold]] void fail_unanswered(activity_answerer who,
                                     activity_task_token const& token) noexcept {
    constexpr int tries = 40; // for some ten seconds; then the attempt times out
    for (int n = 0; n < tries; ++n) {
      try {
        failure why{};
        why.message = "there was no memory to begin the attempt, or to give its answer";
        why.source = "perdure";
        return backend_->fail_activity(who, token, std::move(why));
      } catch (error const& e) {
        return report_untaken("an activity's answer was not taken", e);
      } catch (...) {
        if (!driven_) std::this_thread::sleep_for(std::chrono::milliseconds{n < 8 ? 1 << n : 256});
      }
    }
  }
  [[gnu::cold]] static void report_untaken(char const* what, std::exception const& why) noexcept {
    try {
      log().error(what, {{"reason", why.what()}});
    } catch (...) { // the log's sink failed, or there is no memory
    }
  }

  // ------------------------------------------------------------------------------ heartbeats
  void record_heartbeat(activity_context& context, payloads details) override {
    activity_task_token const& token = context.task.token;
    if (driven_) return learn(context, send(token, std::move(details)));
    if (!context.beats) context.beats = std::make_shared<heartbeat_state>(interval_of(context));
    std::lock_guard const lock{context.beats->mutex};
    bool const kept_before = context.beats->throttle.due() != time_point::max();
    if (auto now = context.beats->throttle.offer(attempt_courier::now(), std::move(details)))
      learn(context, send(token, std::move(*now)));
    else if (!kept_before)
      courier_.keep({token, context.beats}, context.beats->throttle.due());
  }
  [[nodiscard]] auto interval_of(activity_context const& context) const -> duration {
    auto const& asked = context.task.scheduled.template get<events::activity_task_scheduled>();
    return throttle_interval(asked.heartbeat_timeout.value_or(duration{}),
                             options_->default_heartbeat_throttle_interval,
                             options_->max_heartbeat_throttle_interval);
  }
  /// Gives why the attempt should stop; `none` if it should not.
  auto send(activity_task_token const& token, payloads details) -> activity_cancel_reason {
    try {
      return backend_->record_heartbeat(token, std::move(details))
                 ? activity_cancel_reason::cancelled
                 : activity_cancel_reason::none;
    } catch (error const& e) {
      if (e.code() == errc::task_lost) return activity_cancel_reason::not_found;
      throw;
    }
  }
  void learn(activity_context& context, activity_cancel_reason reason) {
    if (reason != activity_cancel_reason::none) courier_.post(context.cancel(reason));
  }
  void send_due(attempt_courier::kept_beats const& which, time_point now) noexcept override {
    std::lock_guard const lock{which.beats->mutex};
    auto due = which.beats->throttle.take_due(now);
    if (!due) return; // a later heartbeat was sent meanwhile, or the attempt has ended
    try {
      auto const reason = send(which.token, std::move(*due));
      if (reason != activity_cancel_reason::none) cancel(which.token, reason);
    } catch (std::exception const& e) {
      report_untaken("a heartbeat could not be sent", e);
    }
  }
  void send_last(activity_task_token const& token, heartbeat_state& beats) {
    std::lock_guard const lock{beats.mutex};
    auto last = beats.throttle.take_last();
    if (!last) return;
    try {
      (void)send(token, std::move(*last));
    } catch (std::exception const& e) {
      report_untaken("a heartbeat could not be sent", e);
    }
  }

  B* backend_;
  worker_link* link_;
  worker_options const* options_;
  registry const* registry_;
  worker_meter meter_;
  running_attempts attempts_; ///< Until their answers were given.
  attempt_courier courier_{*this};
  std::optional<engine::token_bucket> rate_;
  std::atomic<std::size_t> slots_taken_{0}; ///< By attempts whose function has not ended.
  bool driven_{false};
};

} // namespace perdure::inline v0::detail
