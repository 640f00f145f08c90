// Ending a run by starting the next one, with a fresh history.
#pragma once

#include <coroutine>
#include <source_location>
#include <string>
#include <utility>

#include "perdure/history/retry_policy.hpp"
#include "perdure/workflow/callable.hpp"
#include "perdure/workflow/execute_activity.hpp"
#include "perdure/workflow/operation.hpp"

namespace perdure::inline v0 {

/// What the next run changes; an unset member is taken over from this one.
struct continue_as_new_options {
  std::string task_queue{};
  duration workflow_run_timeout{};
  duration workflow_task_timeout{};
};

namespace detail {

struct [[nodiscard]] continue_as_new_await {
  run_context* run;
  event_attributes next;
  std::source_location source;

  [[nodiscard]] auto await_ready() const noexcept -> bool { return false; }
  void await_suspend(std::coroutine_handle<>) {
    run->machine.record(command_type::continue_as_new_workflow_execution, std::move(next), source);
    run->ended = true; // never resumed: the frame goes when the run is closed
  }
  void await_resume() const noexcept {}
};

} // namespace detail

/// The next run, described; see `continue_as_new`.
class [[nodiscard("nothing happens until this is awaited")]] next_run {
public:
  next_run(event_attributes next, std::source_location source)
      : next_{std::move(next)}, source_{source} {}
  [[nodiscard]] auto make_awaiter(detail::strand& owner,
                                  std::source_location) && -> detail::continue_as_new_await {
    return {owner.run, std::move(next_), source_};
  }

private:
  event_attributes next_;
  std::source_location source_;
};

namespace detail {

template <auto F, class Signature = typename callable<F>::signature>
struct continue_as_new_call;
template <auto F, class R, class... A>
struct continue_as_new_call<F, signature<R, A...>> {
  static_assert(callable<F>::is_checked && callable<F>::is_workflow_function,
                "perdure: continue as a function that returns workflow<T>");
  [[nodiscard("nothing happens until this is awaited")]] auto
  operator()(A... arguments, continue_as_new_options options = {},
             std::source_location source = std::source_location::current()) const -> next_run {
    run_context& run = require_run("continue_as_new");
    events::workflow_execution_continued_as_new next{};
    next.workflow_type = shared_wire_name<F>();
    next.task_queue.name =
        options.task_queue.empty() ? run.task_queue() : shared_string{options.task_queue};
    next.task_queue.kind = task_queue_kind::normal;
    next.input = to_payloads(arguments...);
    next.workflow_run_timeout = set_or_absent(options.workflow_run_timeout);
    next.workflow_task_timeout = set_or_absent(options.workflow_task_timeout);
    next.initiator = continue_as_new_initiator::workflow;
    return {event_attributes::make(std::move(next)), source};
  }
};

} // namespace detail

/// `co_await continue_as_new<w>(arguments...)`: ends this run and starts the next under the same
/// workflow id, with a history of its own. The await never resumes and throws nothing; locals are
/// destroyed when the run is closed. Do it when `info().continue_as_new_suggested`, receive what is
/// buffered first.
template <auto F>
inline constexpr detail::continue_as_new_call<F> continue_as_new{};

} // namespace perdure::inline v0
