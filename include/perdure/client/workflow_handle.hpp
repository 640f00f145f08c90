// One run from the outside.
#pragma once

#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "perdure/backend/backend.hpp"
#include "perdure/client/client_route.hpp"
#include "perdure/client/message_calls.hpp"
#include "perdure/error.hpp"
#include "perdure/history/failure_error.hpp"
#include "perdure/workflow/operation.hpp"
#include "perdure/workflow/resolution.hpp"

namespace perdure::inline v0 {

/// A workflow whose result is a T. Cheap to copy; the run goes on without it.
template <class T, backend B>
class workflow_handle : public detail::message_calls<workflow_handle<T, B>, B> {
public:
  /// `route`: as its client makes it; a backend alone will do.
  workflow_handle(detail::client_route<B> route, workflow_execution run)
      : backend_{std::move(route)}, run_{std::move(run)} {}

  [[nodiscard]] auto id() const -> std::string { return run_.workflow_id.str(); }
  /// Empty for a handle that stands for whichever run is the current one.
  [[nodiscard]] auto run_id() const -> std::string { return run_.run_id.str(); }

  /// Waits for the end of the workflow, runs that continue or retry it included, and gives its
  /// result.
  /// \throws what the workflow failed with (`application_error`, `activity_error`, ...),
  /// `cancelled_error`,
  ///         `timeout_error`, `terminated_error`; `error` (not_found), and in virtual time
  ///         (stalled) when nothing is left that could end it.
  auto result() const -> T {
    event const end = backend_->wait_for_close(run_);
    switch (end.type) {
    case event_type::workflow_execution_completed:
      return backend_.template decode<T>(end.as<events::workflow_execution_completed>().result);
    case event_type::workflow_execution_failed:
      backend_.throw_failure(
          detail::failure_of(end.as<events::workflow_execution_failed>().failure));
    case event_type::workflow_execution_canceled: {
      failure why = detail::cancelled_failure("workflow cancelled");
      std::get<canceled_failure_info>(why.info).details =
          end.as<events::workflow_execution_canceled>().details;
      backend_.throw_failure(std::move(why));
    }
    case event_type::workflow_execution_timed_out:
      backend_.throw_failure(
          detail::make_timeout(timeout_type::start_to_close, "workflow timed out"));
    default: {
      failure why{};
      why.message = "workflow terminated";
      if (end.type == event_type::workflow_execution_terminated) {
        auto const& e = end.as<events::workflow_execution_terminated>();
        if (!e.reason.empty()) why.message += ": " + e.reason.str();
      }
      why.info = terminated_failure_info{};
      backend_.throw_failure(std::move(why));
    }
    }
  }

  /// Sends a signal; it is in history when this returns. \throws error (not_found, already_closed)
  template <class S, class... V>
  void signal(S const& which, V const&... value) const {
    backend_.signal_workflow(
        {run_, std::string{which.name}, backend_.encode_for(which, value...), {}});
  }
  /// The same for a signal that is a member function of the workflow's class:
  /// `handle.signal<&order::approve>(value)`.
  template <auto Member, class... V>
  void signal(V const&... value) const {
    signal(detail::signal_member<Member>(), value...);
  }
  /// A handle of an update that somebody has sent. Nothing is looked up.
  template <class R = void>
  [[nodiscard]] auto get_update_handle(std::string update_id) const -> update_handle<R, B> {
    return {*backend_, run_, update_id};
  }
  /// Asks the workflow to cancel itself. \throws error (not_found, already_closed)
  void cancel(std::string_view reason = {}) const {
    backend_.cancel_workflow({run_, std::string{reason}});
  }
  /// Ends the workflow at once; its code is not asked. \throws error (not_found, already_closed)
  void terminate(std::string_view reason = {}) const {
    backend_.terminate_workflow({run_, std::string{reason}});
  }
  /// \throws error (not_found)
  [[nodiscard]] auto describe() const -> workflow_description {
    return backend_.describe_workflow({run_});
  }
  /// Lets the workflow go on from an event at which a workflow task started, completed, failed or
  /// timed out, in a new run, whose handle this gives; the current run is terminated if it is open.
  /// \throws error (not_found; invalid_argument if the event is no such point)
  auto reset(event_id to, std::string_view reason = {}) const -> workflow_handle {
    reset_request request{};
    request.execution = run_;
    request.event = to;
    request.reason = reason;
    return reset(std::move(request));
  }
  /// The same with all that can be chosen; the execution is this one.
  auto reset(reset_request request) const -> workflow_handle {
    request.execution = run_;
    return {*backend_, backend_->reset_workflow(request)};
  }
  /// Begins another workflow with this one's history up to such an event.
  /// \throws error (not_found, already_started, invalid_argument)
  auto fork(event_id at, std::string_view new_workflow_id, std::string_view reason = {}) const
      -> workflow_handle {
    fork_request request{};
    request.execution = run_;
    request.event = at;
    request.workflow_id = new_workflow_id;
    request.reason = reason;
    return {*backend_, backend_->fork_workflow(request)};
  }
  /// Holds the run: no task of it is handed out, until `unpause`. Timers and signals are recorded.
  /// \throws error (not_found, already_closed, invalid_argument)
  void pause(std::string_view reason = {}) const { backend_->pause_workflow(run_, reason, ""); }
  void unpause(std::string_view reason = {}) const { backend_->unpause_workflow(run_, reason, ""); }
  /// Queues an activity that waits for its next attempt.
  /// \throws error (not_found, already_closed, invalid_argument)
  void retry_activity_now(std::string_view activity_id, std::string_view reason = {}) const {
    backend_->retry_activity_now(run_, activity_id, reason, "");
  }
  /// Deletes the run and its history; terminates it first if it is open. \throws error (not_found)
  void delete_run(std::string_view reason = {}) const {
    backend_->delete_workflow(run_, reason, "");
  }
  /// What was done to the run from outside, oldest first; without a run id, to all of its id.
  [[nodiscard]] auto fetch_audit() const -> std::vector<audit_record> {
    return backend_->read_audit(run_);
  }
  [[nodiscard]] auto execution() const -> workflow_execution const& { return run_; }
  /// What has happened so far, in Temporal's form: `fetch_history().to_json()`. \throws error
  /// (not_found)
  [[nodiscard]] auto fetch_history() const -> history { return backend_->read_history(run_); }

private:
  friend detail::message_calls<workflow_handle, B>;
  template <class R>
  auto ask(std::string_view name, payloads arguments, query_options const& options) const -> R {
    query_workflow_request request{};
    request.execution = run_;
    request.type = name;
    request.arguments = std::move(arguments);
    request.reject = options.reject;
    request.timeout = options.timeout;
    query_result answer = backend_.query_workflow(request);
    if (answer.rejected != workflow_execution_status{})
      throw error{errc::query_rejected, "query '" + request.type + "': workflow '" + id() +
                                            "' is " + std::string{name_of(answer.rejected)} +
                                            ", which the caller rules out"};
    if (answer.failed) backend_.throw_failure(*answer.failed);
    return backend_.template decode<R>(answer.result);
  }
  auto send(std::string_view name, payloads arguments, update_options const& options) const
      -> update_status {
    update_workflow_request request{};
    request.execution = run_;
    request.update = detail::make_update(options.id, name, std::move(arguments));
    request.wait_for = options.wait_for;
    return backend_.update_workflow(request);
  }

  detail::client_route<B> backend_;
  workflow_execution run_;
};

} // namespace perdure::inline v0
