// Ending a run by starting the next one, with a fresh history.
#pragma once

#include <coroutine>
#include <optional>
#include <source_location>
#include <string>
#include <utility>

#include "perdure/config.hpp"
#include "perdure/history/retry_policy.hpp"
#include "perdure/workflow/callable.hpp"
#include "perdure/workflow/execute_activity.hpp"
#include "perdure/workflow/operation.hpp"
#include "perdure/workflow/run_values.hpp"

namespace perdure::inline v0 {

/// What becomes of signals that have arrived and that the code has not received.
enum class unread_signals : unsigned char {
  carry, ///< The next run has them before all others, in their order.
  drop,  ///< They are gone, as with Temporal's SDKs.
};

/// What the next run changes; an unset member is taken over from this one.
struct continue_as_new_options {
  std::string task_queue{};
  duration workflow_run_timeout{};
  duration workflow_task_timeout{};
  duration backoff_start_interval{};    ///< Before its first workflow task; unset: none.
  perdure::retry_policy retry_policy{}; ///< Unset: that of this run.
  std::optional<payload_map> memo{};    ///< Unset: what the memo has become.
  /// Unset: what they have become, but for those that the library sets for patches.
  std::optional<payload_map> search_attributes{};
  perdure::unread_signals unread_signals{};
  /// Which worker version the next run begins on.
  continue_as_new_versioning_behavior versioning_behavior{};
};

namespace detail {

class [[nodiscard]] continue_as_new_await {
public:
  continue_as_new_await(strand& owner, event_attributes next, bool carries_signals,
                        std::source_location source) noexcept
      : owner_{&owner},
        next_{std::move(next)},
        source_{source},
        carries_signals_{carries_signals} {}

  /// A cancellation that nobody was told of yet would be lost with the run.
  [[nodiscard]] auto await_ready() noexcept -> bool;
  void await_suspend(std::coroutine_handle<>);
  void await_resume() const {
    if (cancelled_) throw_failure(cancelled_failure());
  }

private:
  strand* owner_;
  event_attributes next_;
  std::source_location source_;
  bool carries_signals_;
  bool cancelled_{false};
};

} // namespace detail

/// The next run, described; see `continue_as_new`.
class [[nodiscard("nothing happens until this is awaited")]] next_run {
public:
  next_run(event_attributes next, bool carries_signals, std::source_location source)
      : next_{std::move(next)}, source_{source}, carries_signals_{carries_signals} {}
  [[nodiscard]] auto make_awaiter(detail::strand& owner,
                                  std::source_location) && -> detail::continue_as_new_await {
    return {owner, std::move(next_), carries_signals_, source_};
  }

private:
  event_attributes next_;
  std::source_location source_;
  bool carries_signals_;
};

namespace detail {

/// What the next run shall have as this one has it is said in words: a server takes what is left
/// out for nothing.
void keep_values(run_context& run, events::workflow_execution_continued_as_new& next);

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
    next.backoff_start_interval = set_or_absent(options.backoff_start_interval);
    if (options.retry_policy.is_set()) {
      validate(options.retry_policy, "continue_as_new");
      next.retry_policy = std::move(options.retry_policy);
    }
    if (options.memo) next.memo = std::move(*options.memo);
    if (options.search_attributes) next.search_attributes = std::move(*options.search_attributes);
    keep_values(run, next);
    next.initial_versioning_behavior = options.versioning_behavior;
    next.initiator = continue_as_new_initiator::workflow;
    bool const carries = options.unread_signals == unread_signals::carry;
    return {event_attributes::make(std::move(next)), carries, source};
  }
};

} // namespace detail

/// `co_await continue_as_new<w>(arguments..., options)`: ends this run and starts the next under
/// the same workflow id, with a history of its own. Do it when `info().continue_as_new_suggested`.
/// The await never resumes; locals are destroyed when the run is closed. Signals: those that
/// arrived and were not received go to the next run with its header
/// (`perdure-carried-signals`): there they come before all others, in their order. They are written
/// once more with each run that leaves them unread, so a run had better receive most of what is
/// there. A signal that arrives while this is decided makes the server refuse it: the code then
/// sees that signal first. Cancellation: a request that the code was not told of, for a `shield`
/// held it back, is told here: `cancelled_error`. One that it was told of, and
/// `shield(continue_as_new<w>())`, stays with this run: the next one is not cancelled.
template <auto F>
inline constexpr detail::continue_as_new_call<F> continue_as_new{};

} // namespace perdure::inline v0

#if PERDURE_DEFINES
namespace perdure::inline v0::detail {
PERDURE_INLINE auto continue_as_new_await::await_ready() noexcept -> bool {
  cancelled_ = owner_->take_cancellation();
  return cancelled_;
}
PERDURE_INLINE void continue_as_new_await::await_suspend(std::coroutine_handle<>) {
  run_context& run = *owner_->run;
  run.machine.record(command_type::continue_as_new_workflow_execution, std::move(next_), source_);
  run.carry_signals = carries_signals_;
  run.ended = true; // never resumed: the frame goes when the run is closed
}
PERDURE_INLINE void keep_values(run_context& run,
                                events::workflow_execution_continued_as_new& next) {
  if (!next.memo)
    if (named_values const mine = seen_memo(run); !mine.empty()) next.memo = mine.entries();
  if (!next.search_attributes)
    if (named_values const mine = seen_search_attributes(run); !mine.empty())
      next.search_attributes = mine.entries();
  auto const& started = run.machine.started().get<events::workflow_execution_started>();
  if (!next.retry_policy) next.retry_policy = started.retry_policy;
}
} // namespace perdure::inline v0::detail
#endif
