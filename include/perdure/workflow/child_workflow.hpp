// Starting child workflows, and what a parent can do with them.
#pragma once

#include <source_location>
#include <string>
#include <utility>

#include "perdure/config.hpp"
#include "perdure/history/retry_policy.hpp"
#include "perdure/workflow/callable.hpp"
#include "perdure/workflow/execute_activity.hpp"
#include "perdure/workflow/external_workflow.hpp"
#include "perdure/workflow/member_message.hpp"
#include "perdure/workflow/operation.hpp"
#include "perdure/workflow/priority_options.hpp"

namespace perdure::inline v0 {

/// How a child workflow is started. Names, meanings and defaults are Temporal's; a zero duration is
/// unset.
struct child_workflow_options {
  std::string id{};                      ///< Empty: `<run id of the parent>_<n>`.
  std::string task_queue{};              ///< Empty: that of the parent.
  duration workflow_execution_timeout{}; ///< Of all runs: retries and continue-as-new included.
  duration workflow_run_timeout{};       ///< Of one run.
  duration workflow_task_timeout{};      ///< Of one workflow task; unset: 10 s.
  perdure::retry_policy retry_policy{};  ///< Unset: a failed child is not retried.
  perdure::parent_close_policy parent_close_policy{}; ///< Unset: terminate.
  workflow_id_reuse_policy id_reuse_policy{};         ///< Unset: allow_duplicate.
  /// Runs the child again and again, as in workflow_options: awaiting it waits for the last run,
  /// which is there when it is cancelled, terminated or past its execution timeout.
  std::string cron_schedule{};
  /// What cancelling the await does.
  perdure::cancellation_type cancellation_type{
      perdure::cancellation_type::wait_cancellation_completed};
  perdure::priority priority{};    ///< Unset: that of the parent, field by field.
  payload_map memo{};              ///< Of the child alone.
  payload_map search_attributes{}; ///< Likewise; see `search_attribute`.
  std::string static_summary{};    ///< Says in one line what the child is for; shown by tools.
  std::string static_details{};    ///< More of that, in Markdown.
};

/// A child workflow that was started; `co_await` it once for its result.
/// Errors of the await: `child_workflow_error` (its `cause()` says why), `cancelled_error`.
template <class T>
class [[nodiscard("its failure is unobserved if nobody awaits it")]] child_workflow_handle
    : public operation_handle<T> {
public:
  using operation_handle<T>::operation_handle;

  /// The child's workflow id.
  [[nodiscard]] auto id() const -> std::string {
    return this->issued_.operation()
        .command.template get<events::start_child_workflow_execution_initiated>()
        .workflow_id.str();
  }
  /// Awaitable: done when the child was started; gives its ids.
  /// Errors: `child_workflow_error` if it could not be started.
  [[nodiscard]] auto started() const -> detail::child_started {
    return detail::child_started{this->issued_.run(), this->issued_.index()};
  }
  /// Sends a signal to the child: lazy, done when the backend has taken it.
  template <class S, class... V>
  [[nodiscard]] auto signal(S const& which, V const&... value) const -> detail::outgoing_signal {
    return detail::signal_request(id(), {}, which.name, which.encode(value...), true);
  }
  /// The same for a signal that is a member function of the child's class:
  /// `child.signal<&order::approve>(value)`.
  template <auto Member, class... V>
  [[nodiscard]] auto signal(V const&... value) const -> detail::outgoing_signal {
    return signal(detail::signal_member<Member>(), value...);
  }
};

namespace detail {

auto child_request(shared_string const& type, payloads input, child_workflow_options&& options,
                   std::source_location source) -> operation_request;

template <auto F, class Signature = typename callable<F>::signature>
struct execute_child_workflow_call;
template <auto F, class R, class... A>
struct execute_child_workflow_call<F, signature<R, A...>> {
  static_assert(callable<F>::is_checked && callable<F>::is_workflow_function,
                "perdure: a child workflow is a function that returns workflow<T>");
  [[nodiscard("nothing is asked for until this is awaited")]] auto
  operator()(A... arguments, child_workflow_options options = {},
             std::source_location source = std::source_location::current()) const
      -> lazy_operation<typename callable<F>::result> {
    return lazy_operation<typename callable<F>::result>{child_request(
        shared_wire_name<F>(), to_payloads(arguments...), std::move(options), source)};
  }
};

template <auto F, class Signature = typename callable<F>::signature>
struct start_child_workflow_call;
template <auto F, class R, class... A>
struct start_child_workflow_call<F, signature<R, A...>> {
  static_assert(callable<F>::is_checked && callable<F>::is_workflow_function,
                "perdure: a child workflow is a function that returns workflow<T>");
  auto operator()(A const&... arguments, child_workflow_options options = {},
                  std::source_location source = std::source_location::current()) const
      -> child_workflow_handle<typename callable<F>::result> {
    return child_workflow_handle<typename callable<F>::result>{
        child_request(shared_wire_name<F>(), to_payloads(arguments...), std::move(options), source)
            .issue(require_run("start_child_workflow"))};
  }
};

} // namespace detail

/// `execute_child_workflow<w>(arguments..., options)`: runs a child workflow and waits for its
/// result. Lazy: the command is issued when this is awaited, or when a combinator takes it. Errors
/// at the await: `child_workflow_error`, `cancelled_error`.
template <auto F>
inline constexpr detail::execute_child_workflow_call<F> execute_child_workflow{};

/// `start_child_workflow<w>(arguments..., options)`: issues the command at once and gives a handle.
template <auto F>
inline constexpr detail::start_child_workflow_call<F> start_child_workflow{};

} // namespace perdure::inline v0

#if PERDURE_DEFINES
namespace perdure::inline v0::detail {
PERDURE_INLINE auto child_request(shared_string const& type, payloads input,
                                  child_workflow_options&& options, std::source_location source)
    -> operation_request {
  run_context& run = require_run("start_child_workflow");
  for (duration d : {options.workflow_execution_timeout, options.workflow_run_timeout,
                     options.workflow_task_timeout})
    if (d < duration{})
      throw error{errc::invalid_argument,
                  "child workflow '" + type.str() + "': a timeout is negative"};
  if (options.id.size() > limits::id_bytes_max)
    throw error{errc::invalid_argument,
                "child workflow '" + type.str() + "': its id is longer than 1000 bytes"};
  if (is_set(options.priority))
    check_priority(options.priority, "child workflow '" + type.str() + "'");
  if (options.retry_policy.is_set()) validate(options.retry_policy, "child workflow", type.view());
  using initiated = events::start_child_workflow_execution_initiated;
  auto const fill = [&](initiated& asked) {
    if (!options.id.empty()) asked.workflow_id = options.id;
    if (is_set(options.priority)) asked.priority = std::move(options.priority);
    asked.workflow_type = type;
    asked.task_queue.name =
        options.task_queue.empty() ? run.task_queue() : shared_string{options.task_queue};
    asked.task_queue.kind = task_queue_kind::normal;
    asked.input = std::move(input);
    asked.workflow_execution_timeout = set_or_absent(options.workflow_execution_timeout);
    asked.workflow_run_timeout = set_or_absent(options.workflow_run_timeout);
    asked.workflow_task_timeout = set_or_absent(options.workflow_task_timeout);
    if (options.retry_policy.is_set()) asked.retry_policy = std::move(options.retry_policy);
    if (!options.cron_schedule.empty()) asked.cron_schedule = options.cron_schedule;
    asked.parent_close_policy = options.parent_close_policy == parent_close_policy::unspecified
                                    ? parent_close_policy::terminate
                                    : options.parent_close_policy;
    asked.workflow_id_reuse_policy =
        options.id_reuse_policy == workflow_id_reuse_policy::unspecified
            ? workflow_id_reuse_policy::allow_duplicate
            : options.id_reuse_policy;
    if (!options.memo.empty()) asked.memo = std::move(options.memo);
    if (!options.search_attributes.empty())
      asked.search_attributes = std::move(options.search_attributes);
  };
  operation_request request{replay::operation_kind::child_workflow, options.cancellation_type,
                            event_attributes::build<initiated>(fill), source};
  request.metadata = metadata_of(options.static_summary, options.static_details);
  return request;
}
} // namespace perdure::inline v0::detail
#endif
