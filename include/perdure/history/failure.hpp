// How user code fails: data that is recorded and replayed, in Temporal's form.
#pragma once

#include <concepts>
#include <cstddef>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

#include "perdure/config.hpp"
#include "perdure/data/indirect.hpp"
#include "perdure/data/payload.hpp"
#include "perdure/data/shared_string.hpp"
#include "perdure/history/enums.hpp"
#include "perdure/history/ids.hpp"
#include "perdure/history/raw_json.hpp"
#include "perdure/time.hpp"

namespace perdure::inline v0 {

/// User code failed, by its own account.
struct application_failure_info {
  /// What a retry policy's non-retryable types are compared with.
  std::string type{};
  payloads details{};
  std::optional<duration> next_retry_delay{}; ///< Replaces the retry policy's delay, once.
  bool non_retryable{};
  application_error_category category{};

  friend auto operator==(application_failure_info const&, application_failure_info const&)
      -> bool = default;

  template <class Self, class On>
  static void fields(Self& self, On&& on) {
    on("type", self.type);
    on("nonRetryable", self.non_retryable);
    on("details", self.details);
    on("nextRetryDelay", self.next_retry_delay);
    on("category", self.category);
  }
};

/// A timeout of an activity, a child or the run passed.
struct timeout_failure_info {
  payloads last_heartbeat_details{};
  perdure::timeout_type timeout_type{};

  friend auto operator==(timeout_failure_info const&, timeout_failure_info const&)
      -> bool = default;

  template <class Self, class On>
  static void fields(Self& self, On&& on) {
    on("timeoutType", self.timeout_type);
    on("lastHeartbeatDetails", self.last_heartbeat_details);
  }
};

struct canceled_failure_info {
  payloads details{};
  shared_string identity{}; ///< Who asked for it.

  friend auto operator==(canceled_failure_info const&, canceled_failure_info const&)
      -> bool = default;

  template <class Self, class On>
  static void fields(Self& self, On&& on) {
    on("details", self.details);
    on("identity", self.identity);
  }
};

struct terminated_failure_info {
  shared_string identity{}; ///< Who did it.

  friend auto operator==(terminated_failure_info const&, terminated_failure_info const&)
      -> bool = default;

  template <class Self, class On>
  static void fields(Self& self, On&& on) {
    on("identity", self.identity);
  }
};

/// The backend failed.
struct server_failure_info {
  bool non_retryable{};

  friend auto operator==(server_failure_info const&, server_failure_info const&) -> bool = default;

  template <class Self, class On>
  static void fields(Self& self, On&& on) {
    on("nonRetryable", self.non_retryable);
  }
};

/// The run was reset to an earlier event while the activity ran.
struct reset_workflow_failure_info {
  payloads last_heartbeat_details{};

  friend auto operator==(reset_workflow_failure_info const&, reset_workflow_failure_info const&)
      -> bool = default;

  template <class Self, class On>
  static void fields(Self& self, On&& on) {
    on("lastHeartbeatDetails", self.last_heartbeat_details);
  }
};

/// Wraps the failure of an activity; the failure itself is the cause.
struct activity_failure_info {
  event_id scheduled_event_id{};
  event_id started_event_id{};
  shared_string identity{};
  shared_string activity_type{};
  std::string activity_id{};
  perdure::retry_state retry_state{};

  friend auto operator==(activity_failure_info const&, activity_failure_info const&)
      -> bool = default;

  template <class Self, class On>
  static void fields(Self& self, On&& on) {
    on("scheduledEventId", self.scheduled_event_id);
    on("startedEventId", self.started_event_id);
    on("identity", self.identity);
    on("activityType", "name", self.activity_type);
    on("activityId", self.activity_id);
    on("retryState", self.retry_state);
  }
};

/// Wraps the failure of a child workflow; the failure itself is the cause.
struct child_workflow_failure_info {
  shared_string namespace_{};
  perdure::workflow_execution workflow_execution{};
  shared_string workflow_type{};
  event_id initiated_event_id{};
  event_id started_event_id{};
  perdure::retry_state retry_state{};

  friend auto operator==(child_workflow_failure_info const&, child_workflow_failure_info const&)
      -> bool = default;

  template <class Self, class On>
  static void fields(Self& self, On&& on) {
    on("namespace", self.namespace_);
    on("workflowExecution", self.workflow_execution);
    on("workflowType", "name", self.workflow_type);
    on("initiatedEventId", self.initiated_event_id);
    on("startedEventId", self.started_event_id);
    on("retryState", self.retry_state);
  }
};

/// Wraps the failure of a Nexus operation; the failure itself is the cause.
struct nexus_operation_failure_info {
  event_id scheduled_event_id{};
  shared_string endpoint{};
  shared_string service{};
  shared_string operation{};
  shared_string operation_id{}; ///< Older name of the token.
  shared_string operation_token{};

  friend auto operator==(nexus_operation_failure_info const&, nexus_operation_failure_info const&)
      -> bool = default;

  template <class Self, class On>
  static void fields(Self& self, On&& on) {
    on("scheduledEventId", self.scheduled_event_id);
    on("endpoint", self.endpoint);
    on("service", self.service);
    on("operation", self.operation);
    on("operationId", self.operation_id);
    on("operationToken", self.operation_token);
  }
};

struct nexus_handler_failure_info {
  std::string type{};
  nexus_handler_error_retry_behavior retry_behavior{};

  friend auto operator==(nexus_handler_failure_info const&, nexus_handler_failure_info const&)
      -> bool = default;

  template <class Self, class On>
  static void fields(Self& self, On&& on) {
    on("type", self.type);
    on("retryBehavior", self.retry_behavior);
  }
};

namespace detail {

using failure_variant =
    std::variant<std::monostate, application_failure_info, timeout_failure_info,
                 canceled_failure_info, terminated_failure_info, server_failure_info,
                 reset_workflow_failure_info, activity_failure_info, child_workflow_failure_info,
                 nexus_operation_failure_info, nexus_handler_failure_info>;

template <class Variant, class T>
inline constexpr bool has_alternative = false;
template <class... Alternatives, class T>
inline constexpr bool has_alternative<std::variant<Alternatives...>, T> =
    (std::is_same_v<Alternatives, T> || ...);

} // namespace detail

/// What kind of failure it is: a variant. monostate: none was recorded (a plain message).
class failure_info : public detail::failure_variant {
public:
  failure_info() noexcept;
  template <class Info>
    requires detail::has_alternative<detail::failure_variant, Info>
  failure_info(Info info) : detail::failure_variant{std::move(info)} {}
  // Not where they are used: to make those of a variant takes a compiler long.
  failure_info(failure_info const& other);
  failure_info(failure_info&& other) noexcept;
  auto operator=(failure_info const& other) -> failure_info&;
  auto operator=(failure_info&& other) noexcept -> failure_info&;
  ~failure_info();
};

/// A failure of user code, of an attempt or of a run, with the failures that caused it.
struct failure {
  std::string message{};
  std::string source{}; ///< The SDK that made it, e.g. "PythonSDK".
  std::string stack_trace{};
  indirect<payload> encoded_attributes{}; ///< Message and stack trace, when a codec hides them.
  indirect<failure> cause{};
  failure_info info{};
  indirect<unknown_fields> unknown{};

  // A template, so that comparing variants costs nothing where nothing is compared.
  template <std::same_as<failure> F>
  friend auto operator==(F const& a, F const& b) -> bool {
    return a.message == b.message && a.source == b.source && a.stack_trace == b.stack_trace &&
           a.encoded_attributes == b.encoded_attributes && a.cause == b.cause && a.info == b.info &&
           a.unknown == b.unknown;
  }

  template <class Self, class On>
  static void fields(Self& self, On&& on) {
    on("message", self.message);
    on("source", self.source);
    on("stackTrace", self.stack_trace);
    on("encodedAttributes", self.encoded_attributes);
    on("cause", self.cause);
    on.template one_of<application_failure_info>("applicationFailureInfo", self.info);
    on.template one_of<timeout_failure_info>("timeoutFailureInfo", self.info);
    on.template one_of<canceled_failure_info>("canceledFailureInfo", self.info);
    on.template one_of<terminated_failure_info>("terminatedFailureInfo", self.info);
    on.template one_of<server_failure_info>("serverFailureInfo", self.info);
    on.template one_of<reset_workflow_failure_info>("resetWorkflowFailureInfo", self.info);
    on.template one_of<activity_failure_info>("activityFailureInfo", self.info);
    on.template one_of<child_workflow_failure_info>("childWorkflowExecutionFailureInfo", self.info);
    on.template one_of<nexus_operation_failure_info>("nexusOperationExecutionFailureInfo",
                                                     self.info);
    on.template one_of<nexus_handler_failure_info>("nexusHandlerFailureInfo", self.info);
  }
};

#if PERDURE_DEFINES
PERDURE_INLINE failure_info::failure_info() noexcept = default;
PERDURE_INLINE failure_info::failure_info(failure_info const& other) = default;
PERDURE_INLINE failure_info::failure_info(failure_info&& other) noexcept = default;
PERDURE_INLINE auto failure_info::operator=(failure_info const& other) -> failure_info& = default;
PERDURE_INLINE auto failure_info::operator=(failure_info&& other) noexcept
    -> failure_info& = default;
PERDURE_INLINE failure_info::~failure_info() = default;
#endif

} // namespace perdure::inline v0

template <>
struct std::variant_size<perdure::failure_info> : variant_size<perdure::detail::failure_variant> {};
template <std::size_t I>
struct std::variant_alternative<I, perdure::failure_info>
    : variant_alternative<I, perdure::detail::failure_variant> {};
