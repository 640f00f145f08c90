// Running an attempt of an activity with interceptors around it.
#pragma once

#include <atomic>
#include <coroutine>
#include <cstddef>
#include <exception>
#include <memory>
#include <utility>

#include "perdure/execution/activity_function.hpp"
#include "perdure/execution/worker_interceptor.hpp"

namespace perdure::inline v0::detail {

/// What the attempt is called with.
[[nodiscard]] inline auto call_of(activity_attempt const& attempt) -> activity_call {
  auto const& asked = attempt.context.task.scheduled.get<events::activity_task_scheduled>();
  return {asked.input, named_values{asked.header}};
}
/// How the function in the midst ended, as a value or an exception.
[[nodiscard]] inline auto take_result(activity_outcome& outcome) -> payloads {
  if (outcome.thrown) std::rethrow_exception(outcome.thrown);
  return std::move(outcome.result);
}

/// Around a function: all of it happens on this thread, before `run` returns.
class function_chain final : private activity_chain, private outcome_catcher {
public:
  static void run(activity_function& function, activity_attempt& attempt,
                  worker_interceptors const& around) {
    function_chain chain{function, attempt, around};
    activity_call call = call_of(attempt);
    activity_outcome outcome{};
    enter_activity(attempt.context);
    try {
      outcome.result = chain.call(0, call);
    } catch (...) {
      outcome = attempt.outcome_of_exception();
    }
    leave_activity();
    attempt.end(std::move(outcome));
  }

private:
  function_chain(activity_function& function, activity_attempt& attempt,
                 worker_interceptors const& around) noexcept
      : function_{&function}, attempt_{&attempt}, around_{&around} {}

  auto call(std::size_t from, activity_call& what) -> payloads override {
    if (from < around_->size())
      return (*around_)[from]->execute_activity(what, next_activity{*this, from + 1});
    attempt_->catcher = this;
    function_->run(what.input, *attempt_);
    enter_activity(attempt_->context); // which the function's end has left
    return take_result(caught_);
  }
  [[nodiscard]] auto begin(std::size_t, activity_call&) -> activity<payloads> override {
    std::terminate(); // a function is no coroutine
  }
  void on_end(activity_outcome&& outcome) override { caught_ = std::move(outcome); }

  activity_function* function_;
  activity_attempt* attempt_;
  worker_interceptors const* around_;
  activity_outcome caught_{};
};

/// Around a coroutine: lives on the heap until the outermost interceptor has ended.
class coroutine_chain final : private activity_chain {
public:
  static void run(activity_function& function, activity_attempt& attempt,
                  worker_interceptors const& around) {
    auto* const self = new coroutine_chain{function, attempt, around};
    enter_activity(attempt.context);
    try {
      self->outer_ = std::make_unique<activity<payloads>>(self->begin(0, self->call_));
    } catch (...) { // of an interceptor that is a function up to its first await
      std::unique_ptr<coroutine_chain> const dead{self};
      auto outcome = attempt.outcome_of_exception();
      leave_activity();
      return attempt.end(std::move(outcome));
    }
    auto& promise = self->outer_->handle().promise();
    promise.context = &attempt.context;
    promise.finished = &finished;
    promise.finished_argument = self;
    self->outer_->handle().resume();
    leave_activity();
  }

private:
  coroutine_chain(activity_function& function, activity_attempt& attempt,
                  worker_interceptors const& around)
      : function_{&function}, attempt_{&attempt}, around_{&around}, call_{call_of(attempt)} {}

  static void finished(void* argument) noexcept {
    std::unique_ptr<coroutine_chain> const self{static_cast<coroutine_chain*>(argument)};
    converter_scope const scope{self->attempt_->context.converter};
    activity_outcome outcome{};
    try {
      outcome.result = self->outer_->handle().promise().take();
    } catch (...) {
      outcome = self->attempt_->outcome_of_exception();
    }
    self->attempt_->end(std::move(outcome));
  }
  auto call(std::size_t, activity_call&) -> payloads override {
    std::terminate(); // a coroutine is no function
  }
  [[nodiscard]] auto begin(std::size_t from, activity_call& what) -> activity<payloads> override {
    if (from < around_->size())
      return (*around_)[from]->execute_activity(what, next_activity_coroutine{*this, from + 1});
    return run_function(*this, what);
  }
  static auto run_function(coroutine_chain& self, activity_call& what) -> activity<payloads> {
    co_return co_await function_end{self, what};
  }

  /// Runs the function and waits for its end, which may come on any thread, and before `run` has
  /// returned: whoever is second goes on.
  class function_end final : private outcome_catcher {
  public:
    function_end(coroutine_chain& chain, activity_call& what) noexcept
        : chain_{&chain}, what_{&what} {}
    [[nodiscard]] static auto await_ready() noexcept -> bool { return false; }
    [[nodiscard]] auto await_suspend(std::coroutine_handle<> waiting) -> bool {
      waiting_ = waiting;
      chain_->attempt_->catcher = this;
      chain_->function_->run(what_->input, *chain_->attempt_);
      return !is_second();
    }
    [[nodiscard]] auto await_resume() -> payloads { return take_result(caught_); }

  private:
    void on_end(activity_outcome&& outcome) override {
      caught_ = std::move(outcome);
      if (is_second()) waiting_.resume();
    }
    [[nodiscard]] auto is_second() noexcept -> bool {
      return one_was_here_.exchange(true, std::memory_order_acq_rel);
    }
    coroutine_chain* chain_;
    activity_call* what_;
    std::coroutine_handle<> waiting_{};
    activity_outcome caught_{};
    std::atomic<bool> one_was_here_{false};
  };

  activity_function* function_;
  activity_attempt* attempt_;
  worker_interceptors const* around_;
  activity_call call_;
  std::unique_ptr<activity<payloads>> outer_{};
};

/// Runs an attempt; see `activity_function::run`. `around` outlives the attempt.
inline void run_attempt(activity_function& function, activity_attempt& attempt,
                        worker_interceptors const& around) {
  if (around.empty()) [[likely]]
    function.run(attempt.context.task.scheduled.get<events::activity_task_scheduled>().input,
                 attempt);
  else if (function.asynchronous())
    coroutine_chain::run(function, attempt, around);
  else
    function_chain::run(function, attempt, around);
}

} // namespace perdure::inline v0::detail
