// What a worker does with activity tasks.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <utility>

#include "perdure/backend/backend.hpp"
#include "perdure/execution/registry.hpp"
#include "perdure/worker/running_attempts.hpp"
#include "perdure/worker/worker_options.hpp"

namespace perdure::inline v0::detail {

/// Runs attempts of activities and reports how they ended. Thread-safe.
template <backend B>
class activity_side final : private heartbeat_target {
public:
  /// All of these must outlive it.
  activity_side(B& backend, worker_link& link, worker_options const& options, registry const& known)
      : backend_{&backend}, link_{&link}, options_{&options}, registry_{&known} {}

  /// Runs an attempt; a coroutine may still be on its way when this returns.
  void work_on(activity_task& task) {
    auto const& asked = task.scheduled.template get<events::activity_task_scheduled>();
    activity_function* const function = registry_->activity(asked.activity_type.view());
    if (function == nullptr) return refuse(task, asked.activity_type.str());
    if (function->asynchronous()) {
      auto* const made = new attempt; // destroys itself when it has finished
      made->on_heap = true;
      begin(*made, std::move(task));
      function->run(
          made->context.task.scheduled.template get<events::activity_task_scheduled>().input,
          *made);
      return;
    }
    attempt here;
    begin(here, std::move(task));
    function->run(asked.input, here);
    report(here, std::move(here.outcome), true);
  }

  /// Waits until none runs; those that still do after `grace` are asked to stop.
  void finish(duration grace) { attempts_.finish(grace); }
  void cancel(activity_task_token const& token) noexcept { attempts_.cancel(token); }

  auto take_slot() noexcept -> bool {
    if (slots_taken_.fetch_add(1, std::memory_order_relaxed) < options_->max_concurrent_activities)
      return true;
    free_slot();
    return false;
  }
  void free_slot() noexcept { slots_taken_.fetch_sub(1, std::memory_order_relaxed); }

private:
  /// An attempt that runs here: on the stack of its thread, or, for a coroutine, on the heap.
  struct attempt final : running_attempt {
    activity_side* owner{nullptr};
    bool on_heap{false};
    activity_outcome outcome{};
    void finish(activity_outcome ended) override {
      if (!on_heap) {
        outcome = std::move(ended);
        return;
      }
      std::unique_ptr<attempt> const self{this};
      owner->report(*this, std::move(ended), false);
    }
  };

  void refuse(activity_task const& task, std::string const& type) {
    failure why{};
    why.message = "no activity is registered as '" + type + "' with the worker of queue '" +
                  options_->task_queue + "' (registered: " + registry_->activity_names() + ")";
    why.source = "perdure";
    why.info = application_failure_info{.type = "NotFoundError"};
    if (task.token.attempt == 1)
      log().error(why.message, {{"workflow_id", task.execution.workflow_id}});
    free_slot();
    answer([&] { backend_->fail_activity({link_, true}, task.token, std::move(why)); });
  }

  void begin(attempt& started, activity_task&& task) {
    started.owner = this;
    started.context.task = std::move(task);
    started.context.heartbeats = this;
    auto const& given = started.context.task;
    auto const& asked = given.scheduled.template get<events::activity_task_scheduled>();
    log_record& tags = started.context.log.tags;
    tags.workflow_type = given.workflow_type;
    tags.workflow_id = given.execution.workflow_id;
    tags.run_id = given.execution.run_id;
    tags.activity_type = asked.activity_type;
    tags.attempt = given.token.attempt;
    attempts_.add(started);
  }

  /// The attempt has ended: tells the backend. `polls_next`: this is one of the worker's threads.
  void report(attempt& ended, activity_outcome outcome, bool polls_next) {
    activity_answerer const who{link_, polls_next};
    activity_task_token const token = ended.context.task.token;
    free_slot(); // first: the answer wakes whoever can use it
    answer([&] {
      switch (outcome.what) {
      case activity_outcome::kind::completed:
        backend_->complete_activity(who, token, std::move(outcome.result));
        break;
      case activity_outcome::kind::failed:
        backend_->fail_activity(who, token, std::move(outcome.why));
        break;
      case activity_outcome::kind::cancelled:
        backend_->cancel_activity(who, token, std::move(outcome.result), std::move(outcome.why));
        break;
      }
    });
    attempts_.remove(ended);
  }
  /// An answer that comes too late is dropped: the backend has gone on without it.
  template <class Call>
  static void answer(Call&& call) {
    try {
      call();
    } catch (error const& e) {
      if (e.code() != errc::task_lost)
        log().error("an activity's answer was not taken", {{"reason", e.what()}});
    }
  }

  auto record_heartbeat(activity_task_token const& token, payloads details) -> bool override {
    try {
      return backend_->record_heartbeat(token, std::move(details));
    } catch (error const& e) {
      if (e.code() == errc::task_lost) return true;
      throw;
    }
  }

  B* backend_;
  worker_link* link_;
  worker_options const* options_;
  registry const* registry_;
  running_attempts attempts_;               ///< Until their answers were given.
  std::atomic<std::size_t> slots_taken_{0}; ///< By attempts whose function has not ended.
};

} // namespace perdure::inline v0::detail
