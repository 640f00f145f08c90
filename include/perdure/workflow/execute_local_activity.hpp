// Calling local activities from a workflow: activities that its own worker runs at once.
#pragma once

#include <optional>
#include <source_location>
#include <string>
#include <type_traits>
#include <utility>

#include "perdure/config.hpp"
#include "perdure/workflow/execute_activity.hpp"

namespace perdure::inline v0 {

/// How a local activity is run. Names, meanings and defaults are Temporal's; a zero duration is
/// unset. One of `schedule_to_close_timeout` and `start_to_close_timeout` must be set.
struct local_activity_options {
  duration schedule_to_close_timeout{}; ///< Of all attempts, backoff included.
  duration schedule_to_start_timeout{}; ///< Until the worker has room for it, per attempt.
  duration start_to_close_timeout{};    ///< Of one attempt.
  perdure::retry_policy retry_policy{}; ///< Unset: 1 s, doubled up to 100 s, without end.
  /// A backoff of up to this is waited for in the workflow task; a longer one is a timer in
  /// history. Unset: 60 s.
  duration local_retry_threshold{};
  std::string activity_id{}; ///< Empty: numbered by the run.
  /// What cancelling the await does. Unset: wait_cancellation_completed.
  std::optional<perdure::cancellation_type> cancellation_type{};
};

/// The same as `default_activity_options`, for local calls.
template <auto F>
inline constexpr auto default_local_activity_options = nullptr;

namespace detail {

void fill_in(local_activity_options& options, local_activity_options const& defaults);

template <auto F>
auto local_options_for(local_activity_options&& options) -> local_activity_options&& {
  if constexpr (!std::is_null_pointer_v<
                    std::remove_cv_t<decltype(default_local_activity_options<F>)>>)
    fill_in(options, default_local_activity_options<F>);
  return std::move(options);
}

auto local_activity_request(shared_string const& type, payloads input,
                            local_activity_options&& options, std::source_location source)
    -> operation_request;

template <auto F, class Signature = typename callable<F>::signature>
struct execute_local_activity_call;
template <auto F, class R, class... A>
struct execute_local_activity_call<F, signature<R, A...>> {
  static_assert(callable<F>::is_checked && !callable<F>::is_workflow_function,
                "perdure: this is a workflow: use execute_child_workflow");
  [[nodiscard("nothing is asked for until this is awaited")]] auto
  operator()(A... arguments, local_activity_options options = {},
             std::source_location source = std::source_location::current()) const
      -> lazy_operation<typename callable<F>::result> {
    return lazy_operation<typename callable<F>::result>{
        local_activity_request(shared_wire_name<F>(), to_payloads(arguments...),
                               local_options_for<F>(std::move(options)), source)};
  }
};

template <auto F, class Signature = typename callable<F>::signature>
struct start_local_activity_call;
template <auto F, class R, class... A>
struct start_local_activity_call<F, signature<R, A...>> {
  static_assert(callable<F>::is_checked && !callable<F>::is_workflow_function,
                "perdure: this is a workflow: use start_child_workflow");
  auto operator()(A const&... arguments, local_activity_options options = {},
                  std::source_location source = std::source_location::current()) const
      -> activity_handle<typename callable<F>::result> {
    return activity_handle<typename callable<F>::result>{
        local_activity_request(shared_wire_name<F>(), to_payloads(arguments...),
                               local_options_for<F>(std::move(options)), source)
            .issue(require_run("start_local_activity"))};
  }
};

} // namespace detail

/// `execute_local_activity<f>(arguments..., {.start_to_close_timeout = 1s})`: runs an activity on
/// the worker that runs the workflow, within its workflow task, and waits for it. Nothing is
/// recorded before it has ended, and it passes through no queue: for short calls. It must be
/// registered with the same worker. Its attempts are all made there, unless a backoff is longer
/// than `local_retry_threshold`; while they take longer than a workflow task may, the worker keeps
/// the task alive. If the worker dies or forgets the run meanwhile, the attempts begin anew.
/// Lazy. Errors as those of `execute_activity`.
template <auto F>
inline constexpr detail::execute_local_activity_call<F> execute_local_activity{};

/// `start_local_activity<f>(arguments..., options)`: the same at once, with a handle. It begins
/// when the running coroutines have come to their awaits.
template <auto F>
inline constexpr detail::start_local_activity_call<F> start_local_activity{};

} // namespace perdure::inline v0

#if PERDURE_DEFINES
namespace perdure::inline v0::detail {
PERDURE_INLINE void fill_in(local_activity_options& options,
                            local_activity_options const& defaults) {
  fill_in(options.schedule_to_close_timeout, defaults.schedule_to_close_timeout);
  fill_in(options.schedule_to_start_timeout, defaults.schedule_to_start_timeout);
  fill_in(options.start_to_close_timeout, defaults.start_to_close_timeout);
  if (!options.retry_policy.is_set()) options.retry_policy = defaults.retry_policy;
  fill_in(options.local_retry_threshold, defaults.local_retry_threshold);
  fill_in(options.activity_id, defaults.activity_id);
  fill_in(options.cancellation_type, defaults.cancellation_type);
}
PERDURE_INLINE auto local_activity_request(shared_string const& type, payloads input,
                                           local_activity_options&& options,
                                           std::source_location source) -> operation_request {
  (void)require_run("execute_local_activity");
  activity_options checked{};
  checked.schedule_to_close_timeout = options.schedule_to_close_timeout;
  checked.schedule_to_start_timeout = options.schedule_to_start_timeout;
  checked.start_to_close_timeout = options.start_to_close_timeout;
  checked.heartbeat_timeout = options.local_retry_threshold; // not negative either
  checked.activity_id = options.activity_id;
  check_timeouts(checked, type, source);
  if (options.retry_policy.is_set()) validate(options.retry_policy, "local activity", type.view());
  events::activity_task_scheduled asked{};
  asked.activity_id = std::move(options.activity_id);
  asked.activity_type = type;
  asked.input = std::move(input);
  asked.schedule_to_close_timeout = set_or_absent(options.schedule_to_close_timeout);
  asked.schedule_to_start_timeout = set_or_absent(options.schedule_to_start_timeout);
  asked.start_to_close_timeout = set_or_absent(options.start_to_close_timeout);
  asked.heartbeat_timeout = set_or_absent(options.local_retry_threshold); // see retry_threshold_of
  if (options.retry_policy.is_set()) asked.retry_policy = std::move(options.retry_policy);
  return {replay::operation_kind::local_activity,
          options.cancellation_type.value_or(cancellation_type::wait_cancellation_completed),
          event_attributes::make(std::move(asked)), source};
}
} // namespace perdure::inline v0::detail
#endif
