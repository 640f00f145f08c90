// Talking to other runs: signals and cancellations that leave this one, and the start of a child.
#pragma once

#include <coroutine>
#include <source_location>
#include <string>
#include <string_view>
#include <utility>

#include "perdure/config.hpp"
#include "perdure/workflow/member_message.hpp"
#include "perdure/workflow/operation.hpp"

namespace perdure::inline v0 {
namespace detail {

/// A signal to another run. The call takes as many values as there are, and so has no room for its
/// place: that of the await stands for it.
class [[nodiscard("nothing is sent until this is awaited")]] outgoing_signal
    : public lazy_operation<void> {
public:
  using lazy_operation<void>::lazy_operation;
  [[nodiscard]] auto make_awaiter(strand& owner, std::source_location source) && {
    this->request_.source = source;
    return std::move(*this).lazy_operation<void>::make_awaiter(owner, source);
  }
};

auto signal_request(std::string_view workflow_id, std::string_view run_id, std::string_view name,
                    payloads input, bool child_only) -> outgoing_signal;

/// Waits until a child was started; gives its ids.
class [[nodiscard]] child_started {
public:
  child_started(run_context& run, replay::operation_index index) noexcept
      : run_{&run}, index_{index} {}

  class awaiter final : public waiter {
  public:
    awaiter(run_context& run, replay::operation_index index, strand& owner) noexcept
        : run_{&run}, index_{index}, owner_{&owner} {}
    awaiter(awaiter&&) = default;
    ~awaiter();
    [[nodiscard]] auto await_ready() -> bool;
    void await_suspend(std::coroutine_handle<> handle) noexcept;
    auto await_resume() -> workflow_execution;
    void on_resolved(replay::operation_index) override;
    void on_cancel() override;
    [[nodiscard]] auto waits_for() const noexcept -> wait_facts override {
      return {.what = wait_facts::kind::start, .operation = index_};
    }

  private:
    [[nodiscard]] auto operation() const -> replay::operation const& {
      return run_->machine.at(index_);
    }
    run_context* run_;
    replay::operation_index index_;
    strand* owner_;
    std::coroutine_handle<> handle_{};
    bool cancelled_{false};
  };

  [[nodiscard]] auto make_awaiter(strand& owner, std::source_location) && -> awaiter {
    return {*run_, index_, owner};
  }

private:
  run_context* run_;
  replay::operation_index index_;
};

} // namespace detail

/// Another run, by its workflow id (and run id; empty: the current run with that workflow id).
class external_workflow_handle {
public:
  external_workflow_handle(std::string workflow_id, std::string run_id)
      : workflow_id_{std::move(workflow_id)}, run_id_{std::move(run_id)} {}

  /// Sends a signal: lazy, done when the other run has it in its history.
  /// Errors at the await: `application_error` when there is no such open run.
  template <class S, class... V>
  [[nodiscard]] auto signal(S const& which, V const&... value) const -> detail::outgoing_signal {
    return detail::signal_request(workflow_id_, run_id_, which.name, which.encode(value...), false);
  }
  /// The same for a signal that is a member function of the run's class:
  /// `external.signal<&order::approve>(value)`.
  template <auto Member, class... V>
  [[nodiscard]] auto signal(V const&... value) const -> detail::outgoing_signal {
    return signal(detail::signal_member<Member>(), value...);
  }
  /// Asks the run to cancel itself: lazy, done when the request is in its history.
  /// Errors at the await: `application_error` when there is no such open run.
  [[nodiscard]] auto cancel(std::string_view reason = {},
                            std::source_location source = std::source_location::current()) const
      -> lazy_operation<void>;

private:
  std::string workflow_id_;
  std::string run_id_;
};

/// A run that this workflow did not start. Nothing is looked up before it is signalled or
/// cancelled.
[[nodiscard]] inline auto external_workflow(std::string workflow_id, std::string run_id = {})
    -> external_workflow_handle {
  return {std::move(workflow_id), std::move(run_id)};
}

} // namespace perdure::inline v0

#if PERDURE_DEFINES
namespace perdure::inline v0::detail {
PERDURE_INLINE auto signal_request(std::string_view workflow_id, std::string_view run_id,
                                   std::string_view name, payloads input, bool child_only)
    -> outgoing_signal {
  events::signal_external_workflow_execution_initiated asked{};
  asked.workflow_execution = {workflow_id, run_id};
  asked.signal_name = name;
  asked.input = std::move(input);
  asked.child_workflow_only = child_only;
  return outgoing_signal{{replay::operation_kind::signal_external,
                          replay::cancellation_type::try_cancel,
                          event_attributes::make(std::move(asked)),
                          {}}};
}
PERDURE_INLINE child_started::awaiter::~awaiter() {
  if (!handle_ || owner_->pending != this) return;
  owner_->pending = nullptr;
  if (!run_->closing) run_->watch_start(index_, nullptr);
}
PERDURE_INLINE auto child_started::awaiter::await_ready() -> bool {
  cancelled_ = owner_->take_cancellation();
  return cancelled_ || operation().start || operation().resolved;
}
PERDURE_INLINE void child_started::awaiter::await_suspend(std::coroutine_handle<> handle) noexcept {
  handle_ = handle;
  owner_->pending = this;
  run_->watch_start(index_, this);
}
PERDURE_INLINE auto child_started::awaiter::await_resume() -> workflow_execution {
  if (cancelled_) throw_failure(cancelled_failure());
  if (operation().start)
    return operation().start.get<events::child_workflow_execution_started>().workflow_execution;
  throw_failure(resolution_of(*run_, index_).why); // resolved without a start: refused or cancelled
}
PERDURE_INLINE void child_started::awaiter::on_resolved(replay::operation_index) {
  owner_->pending = nullptr;
  run_->make_ready(handle_, owner_);
}
PERDURE_INLINE void child_started::awaiter::on_cancel() {
  run_->watch_start(index_, nullptr);
  cancelled_ = true;
  on_resolved(index_);
  run_->cancel(index_, {});
}
} // namespace perdure::inline v0::detail
namespace perdure::inline v0 {
PERDURE_INLINE auto external_workflow_handle::cancel(std::string_view reason,
                                                     std::source_location source) const
    -> lazy_operation<void> {
  events::request_cancel_external_workflow_execution_initiated asked{};
  asked.workflow_execution = {std::string_view{workflow_id_}, std::string_view{run_id_}};
  if (!reason.empty()) asked.reason = reason;
  return lazy_operation<void>{{replay::operation_kind::cancel_external,
                               replay::cancellation_type::try_cancel,
                               event_attributes::make(std::move(asked)), source}};
}
} // namespace perdure::inline v0
#endif
