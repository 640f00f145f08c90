// Calling activities from a workflow.
#pragma once

#include <optional>
#include <source_location>
#include <string>
#include <type_traits>
#include <utility>

#include "perdure/config.hpp"
#include "perdure/history/retry_policy.hpp"
#include "perdure/workflow/callable.hpp"
#include "perdure/workflow/operation.hpp"
#include "perdure/workflow/priority_options.hpp"

namespace perdure::inline v0 {

using replay::cancellation_type;

/// How an activity is run. Names, meanings and defaults are Temporal's; a zero duration is unset.
/// One of `schedule_to_close_timeout` and `start_to_close_timeout` must be set.
struct activity_options {
  duration schedule_to_close_timeout{}; ///< Of all attempts, queueing and backoff included.
  duration schedule_to_start_timeout{}; ///< In the task queue, per attempt; never retried.
  duration start_to_close_timeout{};    ///< Of one attempt.
  duration heartbeat_timeout{};         ///< Longest silence between two heartbeats.
  perdure::retry_policy retry_policy{}; ///< Unset: 1 s, doubled up to 100 s, without end.
  std::string task_queue{};             ///< Empty: that of the workflow.
  std::string activity_id{};            ///< Empty: numbered by the run.
  /// What cancelling the await does. Unset: try_cancel.
  std::optional<perdure::cancellation_type> cancellation_type{};
  perdure::priority priority{}; ///< Unset: that of the workflow, field by field.
  std::string summary{};        ///< Says in one line what this call is for; shown by tools.
};

/// The options of an activity where a call leaves them unset; those that the call sets win, one by
/// one. Specialise it right after the function's declaration, so that all calls agree:
///
///     template <> inline auto const perdure::default_activity_options<charge> =
///         perdure::activity_options{.start_to_close_timeout = 10s};
///
/// It is read when a workflow makes the call, and recorded with it: a change is safe for runs that
/// live.
template <auto F>
inline constexpr auto default_activity_options = nullptr;

/// An activity that was started; `co_await` it once for its result.
/// Errors of the await: `activity_error` (its `cause()` says why), `cancelled_error`.
template <class T>
class [[nodiscard("its failure is unobserved if nobody awaits it")]] activity_handle
    : public operation_handle<T> {
public:
  using operation_handle<T>::operation_handle;
  /// The activity's id within its run.
  [[nodiscard]] auto id() const -> std::string {
    return this->issued_.operation()
        .command.template get<events::activity_task_scheduled>()
        .activity_id;
  }
};

namespace detail {

inline auto set_or_absent(duration d) -> std::optional<duration> {
  return d == duration{} ? std::nullopt : std::optional{d};
}

/// Fills in what a call left unset.
template <class T>
void fill_in(T& value, T const& otherwise) {
  if (value == T{}) value = otherwise;
}
void fill_in(activity_options& options, activity_options const& defaults);
/// The options of a call of `F`: its own, or those that are the default for F.
template <auto F, class Options, class Defaults>
auto options_for(Options&& options, Defaults const& defaults) -> Options&& {
  if constexpr (!std::is_null_pointer_v<Defaults>) fill_in(options, defaults);
  return std::move(options);
}

void check_timeouts(activity_options const& options, shared_string const& type,
                    std::source_location source);

/// The event-to-be of an activity call. Run-dependent defaults are taken from the running workflow.
auto activity_request(shared_string const& type, payloads input, activity_options&& options,
                      std::source_location source) -> operation_request;

template <auto F, class Signature = typename callable<F>::signature>
struct execute_activity_call;
template <auto F, class R, class... A>
struct execute_activity_call<F, signature<R, A...>> {
  static_assert(callable<F>::is_checked && !callable<F>::is_workflow_function,
                "perdure: this is a workflow: use execute_child_workflow");
  [[nodiscard("nothing is asked for until this is awaited")]] auto
  operator()(A... arguments, activity_options options = {},
             std::source_location source = std::source_location::current()) const
      -> lazy_operation<typename callable<F>::result> {
    return lazy_operation<typename callable<F>::result>{
        activity_request(shared_wire_name<F>(), to_payloads(arguments...),
                         options_for<F>(std::move(options), default_activity_options<F>), source)};
  }
};

template <auto F, class Signature = typename callable<F>::signature>
struct start_activity_call;
template <auto F, class R, class... A>
struct start_activity_call<F, signature<R, A...>> {
  static_assert(callable<F>::is_checked && !callable<F>::is_workflow_function,
                "perdure: this is a workflow: use start_child_workflow");
  auto operator()(A const&... arguments, activity_options options = {},
                  std::source_location source = std::source_location::current()) const
      -> activity_handle<typename callable<F>::result> {
    return activity_handle<typename callable<F>::result>{
        activity_request(shared_wire_name<F>(), to_payloads(arguments...),
                         options_for<F>(std::move(options), default_activity_options<F>), source)
            .issue(require_run("start_activity"))};
  }
};

} // namespace detail

/// `execute_activity<f>(arguments..., {.start_to_close_timeout = 10s})`: runs an activity and waits
/// for it. Lazy: the command is issued when this is awaited, or when a combinator takes it, in
/// operand order. Errors at the call: `error` (invalid_argument) for missing or negative timeouts.
/// Errors at the await: `activity_error`, whose cause is the `application_error`, `timeout_error`
/// or `terminated_error` that ended the last attempt; `cancelled_error`.
template <auto F>
inline constexpr detail::execute_activity_call<F> execute_activity{};

/// `start_activity<f>(arguments..., options)`: issues the command at once and gives a handle.
template <auto F>
inline constexpr detail::start_activity_call<F> start_activity{};

} // namespace perdure::inline v0

#if PERDURE_DEFINES
namespace perdure::inline v0::detail {
PERDURE_INLINE void fill_in(activity_options& options, activity_options const& defaults) {
  fill_in(options.schedule_to_close_timeout, defaults.schedule_to_close_timeout);
  fill_in(options.schedule_to_start_timeout, defaults.schedule_to_start_timeout);
  fill_in(options.start_to_close_timeout, defaults.start_to_close_timeout);
  fill_in(options.heartbeat_timeout, defaults.heartbeat_timeout);
  if (!options.retry_policy.is_set()) options.retry_policy = defaults.retry_policy;
  fill_in(options.task_queue, defaults.task_queue);
  fill_in(options.activity_id, defaults.activity_id);
  fill_in(options.cancellation_type, defaults.cancellation_type);
  fill_in(options.priority.priority_key, defaults.priority.priority_key);
  fill_in(options.priority.fairness_key, defaults.priority.fairness_key);
  if (!(options.priority.fairness_weight > 0))
    options.priority.fairness_weight = defaults.priority.fairness_weight;
}
PERDURE_INLINE void check_timeouts(activity_options const& options, shared_string const& type,
                                   std::source_location source) {
  auto const reject = [&](std::string const& why) {
    throw error{errc::invalid_argument, "activity '" + type.str() + "' (called at " +
                                            source.file_name() + ":" +
                                            std::to_string(source.line()) + "): " + why};
  };
  if (options.schedule_to_close_timeout == duration{} &&
      options.start_to_close_timeout == duration{})
    reject("set .schedule_to_close_timeout or .start_to_close_timeout, so that it cannot run for "
           "ever");
  for (duration d : {options.schedule_to_close_timeout, options.schedule_to_start_timeout,
                     options.start_to_close_timeout, options.heartbeat_timeout})
    if (d < duration{}) reject("a timeout is negative");
  if (options.activity_id.size() > limits::id_bytes_max) reject("its id is longer than 1000 bytes");
}
PERDURE_INLINE auto activity_request(shared_string const& type, payloads input,
                                     activity_options&& options, std::source_location source)
    -> operation_request {
  run_context& run = require_run("execute_activity");
  check_timeouts(options, type, source);
  if (options.retry_policy.is_set()) validate(options.retry_policy, "activity", type.view());
  if (is_set(options.priority)) check_priority(options.priority, "activity '" + type.str() + "'");
  auto const fill = [&](events::activity_task_scheduled& asked) {
    asked.activity_id = std::move(options.activity_id);
    asked.activity_type = type;
    asked.task_queue.name =
        options.task_queue.empty() ? run.task_queue() : shared_string{options.task_queue};
    asked.task_queue.kind = task_queue_kind::normal;
    asked.input = std::move(input);
    asked.schedule_to_close_timeout = set_or_absent(options.schedule_to_close_timeout);
    asked.schedule_to_start_timeout = set_or_absent(options.schedule_to_start_timeout);
    asked.start_to_close_timeout = set_or_absent(options.start_to_close_timeout);
    asked.heartbeat_timeout = set_or_absent(options.heartbeat_timeout);
    if (options.retry_policy.is_set()) asked.retry_policy = std::move(options.retry_policy);
    if (is_set(options.priority)) asked.priority = std::move(options.priority);
  };
  operation_request request{replay::operation_kind::activity,
                            options.cancellation_type.value_or(cancellation_type::try_cancel),
                            event_attributes::build<events::activity_task_scheduled>(fill), source};
  if (!options.summary.empty()) request.metadata = metadata_of(options.summary);
  return request;
}
} // namespace perdure::inline v0::detail
#endif
