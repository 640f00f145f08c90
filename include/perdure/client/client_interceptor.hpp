// What a client's user may put around its calls.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "perdure/config.hpp"
#include "perdure/history/message_requests.hpp"
#include "perdure/history/requests.hpp"
#include "perdure/history/schedule.hpp"

namespace perdure::inline v0 {

/// SignalWorkflowExecution.
struct signal_workflow_request {
  workflow_execution execution{}; ///< Without a run id: the current run.
  std::string name{};
  payloads input{};
  indirect<payload_map> header{};
};

/// RequestCancelWorkflowExecution.
struct cancel_workflow_request {
  workflow_execution execution{}; ///< Without a run id: the current run.
  std::string reason{};
};
/// TerminateWorkflowExecution.
struct terminate_workflow_request {
  workflow_execution execution{}; ///< Without a run id: the current run.
  std::string reason{};
};

/// DescribeWorkflowExecution.
struct describe_workflow_request {
  workflow_execution execution{}; ///< Without a run id: the current run.
};

class client_interceptor;
/// Interceptors, the outermost one first.
using client_interceptors = std::vector<std::shared_ptr<client_interceptor>>;

/// The rest of a call: the interceptors after this one, then the backend.
template <class Request, class Result>
class next_call {
public:
  using hook = Result (client_interceptor::*)(Request&, next_call);
  using ending = Result (*)(void const* state, Request const& request);

  /// `hook`: the function of interceptors that the call goes through; `last(state, request)` is
  /// called in the end.
  next_call(client_interceptors const& around, std::size_t from, hook through, ending last,
            void const* state) noexcept
      : around_{&around}, from_{from}, through_{through}, last_{last}, state_{state} {}

  /// \throws what the call throws
  auto operator()(Request& request) const -> Result {
    if (from_ == around_->size()) return last_(state_, request);
    return ((*around_)[from_].get()->*through_)(
        request, next_call{*around_, from_ + 1, through_, last_, state_});
  }

private:
  client_interceptors const* around_;
  std::size_t from_;
  hook through_;
  ending last_;
  void const* state_;
};

/// Stands around the calls of a client and of its handles; see `client_options::interceptors`.
/// Called in the order in which they are listed there, the first one outermost, from all threads
/// that use the client. Each function calls `next(request)`, or does not, and gives its result, or
/// another; it may change the request before: add to its header, for one. Headers reach the code
/// that is called: `workflow_info::header`, `incoming_call::header`.
class client_interceptor {
public:
  client_interceptor() = default;
  client_interceptor(client_interceptor const&) = delete;
  auto operator=(client_interceptor const&) -> client_interceptor& = delete;
  virtual ~client_interceptor() = default;

  virtual auto start_workflow(start_workflow_request& request,
                              next_call<start_workflow_request, start_workflow_result> next)
      -> start_workflow_result;
  /// The header of the start is also that of the signal.
  virtual auto
  signal_with_start_workflow(signal_with_start_request& request,
                             next_call<signal_with_start_request, start_workflow_result> next)
      -> start_workflow_result;
  /// The start and the update have a header each.
  virtual auto
  update_with_start_workflow(update_with_start_request& request,
                             next_call<update_with_start_request, update_with_start_result> next)
      -> update_with_start_result;
  virtual void signal_workflow(signal_workflow_request& request,
                               next_call<signal_workflow_request, void> next);
  /// The header is `request.update.input.header`.
  virtual auto update_workflow(update_workflow_request& request,
                               next_call<update_workflow_request, update_status> next)
      -> update_status;
  /// Waiting for an update's result, or asking how far it has come.
  virtual auto poll_update(poll_update_request& request,
                           next_call<poll_update_request, update_status> next) -> update_status;
  virtual auto query_workflow(query_workflow_request& request,
                              next_call<query_workflow_request, query_result> next) -> query_result;
  virtual void cancel_workflow(cancel_workflow_request& request,
                               next_call<cancel_workflow_request, void> next);
  virtual void terminate_workflow(terminate_workflow_request& request,
                                  next_call<terminate_workflow_request, void> next);
  virtual auto describe_workflow(describe_workflow_request& request,
                                 next_call<describe_workflow_request, workflow_description> next)
      -> workflow_description;
  /// The header of all runs that it starts is `request.schedule.action.header`.
  virtual void create_schedule(create_schedule_request& request,
                               next_call<create_schedule_request, void> next);
};

#if PERDURE_DEFINES
PERDURE_INLINE auto
client_interceptor::start_workflow(start_workflow_request& request,
                                   next_call<start_workflow_request, start_workflow_result> next)
    -> start_workflow_result {
  return next(request);
}
PERDURE_INLINE auto client_interceptor::signal_with_start_workflow(
    signal_with_start_request& request,
    next_call<signal_with_start_request, start_workflow_result> next) -> start_workflow_result {
  return next(request);
}
PERDURE_INLINE auto client_interceptor::update_with_start_workflow(
    update_with_start_request& request,
    next_call<update_with_start_request, update_with_start_result> next)
    -> update_with_start_result {
  return next(request);
}
PERDURE_INLINE void
client_interceptor::signal_workflow(signal_workflow_request& request,
                                    next_call<signal_workflow_request, void> next) {
  next(request);
}
PERDURE_INLINE auto
client_interceptor::update_workflow(update_workflow_request& request,
                                    next_call<update_workflow_request, update_status> next)
    -> update_status {
  return next(request);
}
PERDURE_INLINE auto
client_interceptor::poll_update(poll_update_request& request,
                                next_call<poll_update_request, update_status> next)
    -> update_status {
  return next(request);
}
PERDURE_INLINE auto
client_interceptor::query_workflow(query_workflow_request& request,
                                   next_call<query_workflow_request, query_result> next)
    -> query_result {
  return next(request);
}
PERDURE_INLINE void
client_interceptor::cancel_workflow(cancel_workflow_request& request,
                                    next_call<cancel_workflow_request, void> next) {
  next(request);
}
PERDURE_INLINE void
client_interceptor::terminate_workflow(terminate_workflow_request& request,
                                       next_call<terminate_workflow_request, void> next) {
  next(request);
}
PERDURE_INLINE auto client_interceptor::describe_workflow(
    describe_workflow_request& request,
    next_call<describe_workflow_request, workflow_description> next) -> workflow_description {
  return next(request);
}
PERDURE_INLINE void
client_interceptor::create_schedule(create_schedule_request& request,
                                    next_call<create_schedule_request, void> next) {
  next(request);
}
#endif

} // namespace perdure::inline v0
