// Failures as exceptions: what an await throws, and what user code throws to fail with a reason.
#pragma once

#include <atomic>
#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "perdure/config.hpp"
#include "perdure/data/data_converter.hpp"
#include "perdure/data/detail/owners.hpp"
#include "perdure/history/describe.hpp"
#include "perdure/history/failure.hpp"
#include "perdure/history/failure_converter.hpp"

PERDURE_SELDOM_BEGIN

namespace perdure::inline v0 {

/// A recorded failure, thrown. The base of the typed ones below; thrown as itself for a failure
/// that says no more than its message. Copies share the failure and do not throw; safe to copy
/// between threads.
class failure_error : public std::exception {
public:
  explicit failure_error(perdure::failure why);
  failure_error(failure_error const& other) noexcept
      : std::exception{other}, shared_{other.shared_} {
    shared_->owners.fetch_add(1, std::memory_order_relaxed);
  }
  auto operator=(failure_error const& other) noexcept -> failure_error& {
    failure_error copy{other};
    std::swap(shared_, copy.shared_);
    return *this;
  }
  ~failure_error() override;

  /// The failure and its causes in words; see `describe`.
  [[nodiscard]] auto what() const noexcept -> char const* override { return shared_->text.c_str(); }
  [[nodiscard]] auto failure() const noexcept -> perdure::failure const& { return shared_->why; }
  [[nodiscard]] auto message() const noexcept -> std::string const& { return shared_->why.message; }
  /// What caused it, or null.
  [[nodiscard]] auto cause() const noexcept -> perdure::failure const* {
    return shared_->why.cause.get();
  }
  /// The last failure of the chain of causes: what went wrong in the first place.
  [[nodiscard]] auto root_cause() const noexcept -> perdure::failure const& {
    auto const* at = &shared_->why;
    while (at->cause) at = at->cause.get();
    return *at;
  }

protected:
  /// The info of a typed error, which its constructor has made sure of.
  template <class Info>
  [[nodiscard]] auto info() const noexcept -> Info const&;
  template <class Info>
  [[nodiscard]] static auto with(perdure::failure why) -> perdure::failure;
  template <class Info>
  [[nodiscard]] static auto make(std::string message, Info info) -> perdure::failure;

private:
  struct shared {
    std::atomic<std::uint32_t> owners;
    perdure::failure why;
    std::string text;
  };
  shared* shared_;
};

/// What a thrown `application_error` says besides its message.
struct application_error_options {
  /// For a retry policy's non-retryable types, and for the catcher.
  std::string type{};
  bool non_retryable{};                       ///< The backend does not try again.
  std::optional<duration> next_retry_delay{}; ///< Replaces the retry policy's delay, once.
  payloads details{};                         ///< For the catcher.
  application_error_category category{};
  indirect<perdure::failure> cause{};
};

/// User code failed. Throw it from an activity to have the attempt fail, from a workflow to fail
/// the run.
///
///     throw application_error{"card declined", {.type = "CardDeclined", .non_retryable = true}};
class application_error : public failure_error {
public:
  explicit application_error(perdure::failure why);
  explicit application_error(std::string message, application_error_options options = {});

  [[nodiscard]] auto type() const noexcept -> std::string const& { return mine().type; }
  [[nodiscard]] auto non_retryable() const noexcept -> bool { return mine().non_retryable; }
  [[nodiscard]] auto next_retry_delay() const noexcept -> std::optional<duration> {
    return mine().next_retry_delay;
  }
  [[nodiscard]] auto details() const noexcept -> payloads const& { return mine().details; }

private:
  [[nodiscard]] auto mine() const noexcept -> application_failure_info const& {
    return info<application_failure_info>();
  }
  static auto from(std::string message, application_error_options options) -> perdure::failure;
};

/// An activity failed for good; `cause()` says why.
class activity_error : public failure_error {
public:
  explicit activity_error(perdure::failure why);

  [[nodiscard]] auto activity_type() const noexcept -> shared_string const& {
    return info<activity_failure_info>().activity_type;
  }
  [[nodiscard]] auto activity_id() const noexcept -> std::string const& {
    return info<activity_failure_info>().activity_id;
  }
  /// Why it was not tried again.
  [[nodiscard]] auto retry_state() const noexcept -> perdure::retry_state {
    return info<activity_failure_info>().retry_state;
  }
};

/// A child workflow failed, or could not be started; `cause()` says why.
class child_workflow_error : public failure_error {
public:
  explicit child_workflow_error(perdure::failure why);

  [[nodiscard]] auto workflow_type() const noexcept -> shared_string const& {
    return info<child_workflow_failure_info>().workflow_type;
  }
  [[nodiscard]] auto execution() const noexcept -> workflow_execution const& {
    return info<child_workflow_failure_info>().workflow_execution;
  }
  /// Why it was not tried again.
  [[nodiscard]] auto retry_state() const noexcept -> perdure::retry_state {
    return info<child_workflow_failure_info>().retry_state;
  }
};

/// A Nexus operation failed for good; `cause()` says why.
class nexus_operation_error : public failure_error {
public:
  explicit nexus_operation_error(perdure::failure why);

  [[nodiscard]] auto operation() const noexcept -> shared_string const& {
    return info<nexus_operation_failure_info>().operation;
  }
};

/// A timeout passed.
class timeout_error : public failure_error {
public:
  explicit timeout_error(perdure::failure why);
  timeout_error(std::string message, timeout_type type);

  /// Which timeout it was.
  [[nodiscard]] auto type() const noexcept -> timeout_type {
    return info<timeout_failure_info>().timeout_type;
  }
  /// What the last attempt reported before it was given up.
  [[nodiscard]] auto last_heartbeat_details() const noexcept -> payloads const& {
    return info<timeout_failure_info>().last_heartbeat_details;
  }
};

/// It was asked to cancel, and did.
class cancelled_error : public failure_error {
public:
  explicit cancelled_error(perdure::failure why);
  explicit cancelled_error(std::string message, payloads details = {});

  [[nodiscard]] auto details() const noexcept -> payloads const& {
    return info<canceled_failure_info>().details;
  }
};

/// It was ended from outside.
class terminated_error : public failure_error {
public:
  explicit terminated_error(perdure::failure why);
};

/// The backend failed.
class server_error : public failure_error {
public:
  explicit server_error(perdure::failure why);

  [[nodiscard]] auto non_retryable() const noexcept -> bool {
    return info<server_failure_info>().non_retryable;
  }
};

namespace detail {

/// Whether it says, at whatever depth, that something was cancelled.
[[nodiscard]] auto is_cancellation(failure const& why) noexcept -> bool;

} // namespace detail

/// Throws `why` as the exception that matches its info; as `failure_error` when there is no such
/// one. The `failure_converter` of the client, workflow or activity that calls may throw another.
template <class Unused = void>
[[noreturn]] void throw_failure(failure why);

#if PERDURE_DEFINES
PERDURE_INLINE failure_error::failure_error(perdure::failure why)
    : shared_{new shared{{1}, std::move(why), {}}} {
  try {
    shared_->text = describe(shared_->why);
  } catch (...) {
    delete shared_;
    throw;
  }
}
PERDURE_INLINE failure_error::~failure_error() {
  if (detail::was_last_owner(shared_->owners)) delete shared_;
}
template <class Info>
auto failure_error::info() const noexcept -> Info const& {
  return *std::get_if<Info>(&shared_->why.info);
}
template <class Info>
auto failure_error::with(perdure::failure why) -> perdure::failure {
  if (!std::holds_alternative<Info>(why.info)) why.info.template emplace<Info>();
  return why;
}
template <class Info>
auto failure_error::make(std::string message, Info info) -> perdure::failure {
  perdure::failure why{};
  why.message = std::move(message);
  why.source = "perdure";
  why.info = std::move(info);
  return why;
}
PERDURE_INLINE auto detail::is_cancellation(failure const& why) noexcept -> bool {
  for (failure const* at = &why; at != nullptr; at = at->cause.get())
    if (std::holds_alternative<canceled_failure_info>(at->info)) return true;
  return false;
}
PERDURE_INLINE application_error::application_error(perdure::failure why)
    : failure_error{with<application_failure_info>(std::move(why))} {}
PERDURE_INLINE activity_error::activity_error(perdure::failure why)
    : failure_error{with<activity_failure_info>(std::move(why))} {}
PERDURE_INLINE child_workflow_error::child_workflow_error(perdure::failure why)
    : failure_error{with<child_workflow_failure_info>(std::move(why))} {}
PERDURE_INLINE nexus_operation_error::nexus_operation_error(perdure::failure why)
    : failure_error{with<nexus_operation_failure_info>(std::move(why))} {}
PERDURE_INLINE timeout_error::timeout_error(perdure::failure why)
    : failure_error{with<timeout_failure_info>(std::move(why))} {}
PERDURE_INLINE cancelled_error::cancelled_error(perdure::failure why)
    : failure_error{with<canceled_failure_info>(std::move(why))} {}
PERDURE_INLINE terminated_error::terminated_error(perdure::failure why)
    : failure_error{with<terminated_failure_info>(std::move(why))} {}
PERDURE_INLINE server_error::server_error(perdure::failure why)
    : failure_error{with<server_failure_info>(std::move(why))} {}
PERDURE_INLINE application_error::application_error(std::string message,
                                                    application_error_options options)
    : failure_error{from(std::move(message), std::move(options))} {}
PERDURE_INLINE auto application_error::from(std::string message, application_error_options options)
    -> perdure::failure {
  auto why = make(std::move(message),
                  application_failure_info{std::move(options.type), std::move(options.details),
                                           options.next_retry_delay, options.non_retryable,
                                           options.category});
  why.cause = std::move(options.cause);
  return why;
}
PERDURE_INLINE timeout_error::timeout_error(std::string message, timeout_type type)
    : failure_error{make(std::move(message), timeout_failure_info{.timeout_type = type})} {}
PERDURE_INLINE cancelled_error::cancelled_error(std::string message, payloads details)
    : failure_error{
          make(std::move(message), canceled_failure_info{.details = std::move(details)})} {}
template <class Unused>
void throw_failure(failure why) {
  if (auto const* const converter = detail::current_converter) [[unlikely]]
    if (converter->failures() != nullptr && !detail::is_cancellation(why))
      converter->failures()->throw_failure(why);
  if (std::holds_alternative<application_failure_info>(why.info))
    throw application_error{std::move(why)};
  if (std::holds_alternative<activity_failure_info>(why.info)) throw activity_error{std::move(why)};
  if (std::holds_alternative<child_workflow_failure_info>(why.info))
    throw child_workflow_error{std::move(why)};
  if (std::holds_alternative<nexus_operation_failure_info>(why.info))
    throw nexus_operation_error{std::move(why)};
  if (std::holds_alternative<timeout_failure_info>(why.info)) throw timeout_error{std::move(why)};
  if (std::holds_alternative<canceled_failure_info>(why.info))
    throw cancelled_error{std::move(why)};
  if (std::holds_alternative<terminated_failure_info>(why.info))
    throw terminated_error{std::move(why)};
  if (std::holds_alternative<server_failure_info>(why.info)) throw server_error{std::move(why)};
  throw failure_error{std::move(why)};
}
  #ifdef PERDURE_SOURCE
template auto failure_error::info<application_failure_info>() const noexcept
    -> application_failure_info const&;
template auto failure_error::info<activity_failure_info>() const noexcept
    -> activity_failure_info const&;
template auto failure_error::info<child_workflow_failure_info>() const noexcept
    -> child_workflow_failure_info const&;
template auto failure_error::info<nexus_operation_failure_info>() const noexcept
    -> nexus_operation_failure_info const&;
template auto failure_error::info<timeout_failure_info>() const noexcept
    -> timeout_failure_info const&;
template auto failure_error::info<canceled_failure_info>() const noexcept
    -> canceled_failure_info const&;
template auto failure_error::info<server_failure_info>() const noexcept
    -> server_failure_info const&;
template void throw_failure<void>(failure why);
  #endif
#endif

} // namespace perdure::inline v0

PERDURE_SELDOM_END
