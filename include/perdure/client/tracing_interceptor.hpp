// Spans of all calls between clients, workflows and activities, in one trace.
#pragma once

#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "perdure/client/client_interceptor.hpp"
#include "perdure/client/traced_run.hpp"
#include "perdure/execution/worker_interceptor.hpp"
#include "perdure/tracing.hpp"

namespace perdure::inline v0 {

/// Makes the spans of Temporal's tracing interceptors, under their names: StartWorkflow:,
/// RunWorkflow:, StartActivity:, RunActivity:, StartChildWorkflow:, SignalWorkflow:, HandleSignal:,
/// ... each with the type or name after the colon, and hands the trace on in headers. One object
/// serves clients and workers:
///
///     auto const tracing = std::make_shared<perdure::tracing_interceptor>(my_tracer);
///     client{backend, {.interceptors = {tracing}}};
///     worker{backend, {.task_queue = "q", .interceptors = {tracing}}};
///
/// Spans of workflows are recorded by the first execution alone: RunWorkflow: when the run ends,
/// with its whole time; the others at one point in time. A replay records nothing.
class tracing_interceptor final : public client_interceptor, public worker_interceptor {
public:
  /// Keeps the tracer.
  explicit tracing_interceptor(std::shared_ptr<tracer> to) noexcept : to_{std::move(to)} {}

  auto start_workflow(start_workflow_request& request,
                      next_call<start_workflow_request, start_workflow_result> next)
      -> start_workflow_result override {
    return called("StartWorkflow:", request.workflow_type, request.workflow_id, request.header,
                  [&] { return next(request); });
  }
  auto signal_with_start_workflow(signal_with_start_request& request,
                                  next_call<signal_with_start_request, start_workflow_result> next)
      -> start_workflow_result override {
    return called("SignalWithStartWorkflow:", request.start.workflow_type,
                  request.start.workflow_id, request.start.header, [&] { return next(request); });
  }
  auto
  update_with_start_workflow(update_with_start_request& request,
                             next_call<update_with_start_request, update_with_start_result> next)
      -> update_with_start_result override {
    return called("StartUpdateWithStartWorkflow:", request.start.workflow_type,
                  request.start.workflow_id, request.start.header, [&] {
                    request.update.input.header.make()[std::string{trace_header}] =
                        request.start.header->at(std::string{trace_header});
                    return next(request);
                  });
  }
  void signal_workflow(signal_workflow_request& request,
                       next_call<signal_workflow_request, void> next) override {
    called("SignalWorkflow:", request.name, request.execution.workflow_id, request.header,
           [&] { next(request); });
  }
  auto update_workflow(update_workflow_request& request,
                       next_call<update_workflow_request, update_status> next)
      -> update_status override {
    return called("StartWorkflowUpdate:", request.update.input.name, request.execution.workflow_id,
                  request.update.input.header, [&] { return next(request); });
  }
  auto query_workflow(query_workflow_request& request,
                      next_call<query_workflow_request, query_result> next)
      -> query_result override {
    return called("QueryWorkflow:", request.type, request.execution.workflow_id, request.header,
                  [&] { return next(request); });
  }
  void create_schedule(create_schedule_request& request,
                       next_call<create_schedule_request, void> next) override {
    start_workflow_request& action = request.schedule.action;
    called("CreateSchedule:", request.id, action.workflow_id, action.header,
           [&] { next(request); });
  }

  auto execute_activity(activity_call& call, next_activity next) -> payloads override {
    detail::live_span running{*to_, attempt(call)};
    span_scope const scope{running.context()};
    return running.watch([&] { return next(call); });
  }
  [[nodiscard]] auto execute_activity(activity_call& call, next_activity_coroutine next)
      -> activity<payloads> override {
    return traced(to_, call, next);
  }
  [[nodiscard]] auto intercept_workflow() -> std::unique_ptr<workflow_interceptor> override {
    return std::make_unique<detail::traced_run>(*to_);
  }

private:
  template <class Call>
  auto called(char const* what, std::string_view name, std::string_view workflow_id,
              indirect<payload_map>& header, Call&& call) -> decltype(call()) {
    span begun = detail::begin_span(std::string{what}.append(name), span_kind::client,
                                    perdure::current_span());
    begun.attributes = {{"temporalWorkflowID", std::string{workflow_id}}};
    detail::write_trace(header, begun.context);
    detail::live_span running{*to_, std::move(begun)};
    return running.watch(std::forward<Call>(call));
  }
  [[nodiscard]] static auto attempt(activity_call const& call) -> span {
    activity_info const who = activity_info_now();
    span begun = detail::begin_span("RunActivity:" + who.activity_type, span_kind::server,
                                    detail::read_trace(call.header));
    begun.attributes = {{"temporalWorkflowID", who.workflow_id},
                        {"temporalRunID", who.workflow_run_id},
                        {"temporalActivityID", who.activity_id}};
    return begun;
  }
  static auto traced(std::shared_ptr<tracer> to, activity_call& call, next_activity_coroutine next)
      -> activity<payloads> {
    detail::live_span running{*to, attempt(call)};
    try {
      co_return co_await next(call);
    } catch (std::exception const& e) {
      running.fail(e.what());
      throw;
    }
  }

  std::shared_ptr<tracer> to_;
};

} // namespace perdure::inline v0
