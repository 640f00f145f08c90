// The way from a client and its handles to the backend, through interceptors if there are any.
#pragma once

#include <exception>
#include <memory>
#include <string_view>
#include <type_traits>
#include <utility>

#include "perdure/backend/backend.hpp"
#include "perdure/client/client_interceptor.hpp"
#include "perdure/config.hpp"
#include "perdure/data/converter.hpp"
#include "perdure/history/failure_error.hpp"
#include "perdure/metrics.hpp"
#include "perdure/workflow/operation.hpp"

namespace perdure::inline v0 {

/// How a client works. What it holds lives as long as the client and all handles that came from it.
struct client_options {
  /// Stand around the client's calls, the first one outermost.
  client_interceptors interceptors{};
  /// Where measurements go; none: nothing is measured.
  std::shared_ptr<metric_sink> metrics{};
  /// How arguments and results become payloads, and failures exceptions; none: as usual.
  std::shared_ptr<perdure::data_converter const> data_converter{};
};

namespace detail {

/// The service's name of a call, as Temporal's metrics have it.
template <class Request>
[[nodiscard]] consteval auto name_of_request() -> std::string_view {
  if constexpr (std::is_same_v<Request, start_workflow_request>)
    return "StartWorkflowExecution";
  else if constexpr (std::is_same_v<Request, signal_with_start_request>)
    return "SignalWithStartWorkflowExecution";
  else if constexpr (std::is_same_v<Request, update_with_start_request>)
    return "ExecuteMultiOperation";
  else if constexpr (std::is_same_v<Request, signal_workflow_request>)
    return "SignalWorkflowExecution";
  else if constexpr (std::is_same_v<Request, update_workflow_request>)
    return "UpdateWorkflowExecution";
  else if constexpr (std::is_same_v<Request, poll_update_request>)
    return "PollWorkflowExecutionUpdate";
  else if constexpr (std::is_same_v<Request, query_workflow_request>)
    return "QueryWorkflow";
  else if constexpr (std::is_same_v<Request, cancel_workflow_request>)
    return "RequestCancelWorkflowExecution";
  else if constexpr (std::is_same_v<Request, terminate_workflow_request>)
    return "TerminateWorkflowExecution";
  else if constexpr (std::is_same_v<Request, describe_workflow_request>)
    return "DescribeWorkflowExecution";
  else
    return "CreateSchedule";
}

/// Measures one call to a backend, from its making to its end.
class request_meter {
public:
  request_meter(metric_sink* sink, std::string_view operation);
  request_meter(request_meter const&) = delete;
  auto operator=(request_meter const&) -> request_meter& = delete;
  ~request_meter();

private:
  void record(metric_kind kind, std::string_view name, double value) const noexcept;
  metric_sink* sink_;
  std::string_view operation_;
  int thrown_before_{0};
  std::chrono::steady_clock::time_point begun_{};
};

/// A backend, with what its client puts before it. Cheap to copy; keeps the options alive.
template <backend B>
class client_route {
public:
  client_route(B& backend) noexcept : backend_{&backend} {}
  client_route(B& backend, client_options options) : backend_{&backend} {
    if (!options.interceptors.empty() || options.metrics || options.data_converter)
      options_ = std::make_shared<client_options const>(std::move(options));
  }

  /// The backend itself, for calls that go straight to it.
  [[nodiscard]] auto operator->() const noexcept -> B* { return backend_; }
  /// For handles.
  [[nodiscard]] auto operator*() const noexcept -> client_route const& { return *this; }
  operator B&() const noexcept { return *backend_; }

  /// While it lives, this thread converts as the client does. Not around calls of the backend,
  /// which may run a worker's code.
  [[nodiscard]] auto converting() const noexcept -> converter_scope {
    return converter_scope{options_ ? options_->data_converter.get() : nullptr};
  }
  /// Arguments as payloads.
  template <class... A>
  [[nodiscard]] auto encode(A const&... arguments) const -> payloads {
    auto const scope = converting();
    return to_payloads(arguments...);
  }
  /// What a signal, query or update takes, as payloads.
  template <class Message, class... A>
  [[nodiscard]] auto encode_for(Message const& which, A const&... arguments) const -> payloads {
    auto const scope = converting();
    return which.encode(arguments...);
  }
  template <class T>
  auto decode(payloads const& result) const -> T {
    auto const scope = converting();
    return decode_result<T>(result);
  }
  [[noreturn]] void throw_failure(failure why) const {
    auto const scope = converting();
    perdure::throw_failure(std::move(why));
  }

  auto start_workflow(start_workflow_request& request) const -> start_workflow_result {
    return pass(request, &client_interceptor::start_workflow,
                [](B& to, auto const& asked) { return to.start_workflow(asked); });
  }
  auto signal_with_start_workflow(signal_with_start_request& request) const
      -> start_workflow_result {
    return pass(request, &client_interceptor::signal_with_start_workflow,
                [](B& to, auto const& asked) { return to.signal_with_start_workflow(asked); });
  }
  auto update_with_start_workflow(update_with_start_request& request) const
      -> update_with_start_result {
    return pass(request, &client_interceptor::update_with_start_workflow,
                [](B& to, auto const& asked) { return to.update_with_start_workflow(asked); });
  }
  void signal_workflow(signal_workflow_request request) const {
    pass(request, &client_interceptor::signal_workflow, [](B& to, auto const& asked) {
      to.signal_workflow(asked.execution, asked.name, asked.input, "", asked.header);
    });
  }
  auto update_workflow(update_workflow_request& request) const -> update_status {
    return pass(request, &client_interceptor::update_workflow,
                [](B& to, auto const& asked) { return to.update_workflow(asked); });
  }
  auto poll_update(poll_update_request& request) const -> update_status {
    return pass(request, &client_interceptor::poll_update,
                [](B& to, auto const& asked) { return to.poll_update(asked); });
  }
  auto query_workflow(query_workflow_request& request) const -> query_result {
    return pass(request, &client_interceptor::query_workflow,
                [](B& to, auto const& asked) { return to.query_workflow(asked); });
  }
  void cancel_workflow(cancel_workflow_request request) const {
    pass(request, &client_interceptor::cancel_workflow,
         [](B& to, auto const& asked) { to.cancel_workflow(asked.execution, asked.reason, ""); });
  }
  void terminate_workflow(terminate_workflow_request request) const {
    pass(request, &client_interceptor::terminate_workflow, [](B& to, auto const& asked) {
      to.terminate_workflow(asked.execution, asked.reason, "");
    });
  }
  auto describe_workflow(describe_workflow_request request) const -> workflow_description {
    return pass(request, &client_interceptor::describe_workflow,
                [](B& to, auto const& asked) { return to.describe_workflow(asked.execution); });
  }
  void create_schedule(create_schedule_request& request) const {
    pass(request, &client_interceptor::create_schedule,
         [](B& to, auto const& asked) { to.create_schedule(asked); });
  }

private:
  /// `last`: a function without state.
  template <class Request, class Result, class Last>
  auto pass(Request& request,
            Result (client_interceptor::*through)(Request&, next_call<Request, Result>), Last) const
      -> Result {
    if (!options_) [[likely]]
      return Last{}(*backend_, request);
    return next_call<Request, Result>{options_->interceptors, 0, through,
                                      [](void const* of, Request const& asked) -> Result {
                                        auto const& self = *static_cast<client_route const*>(of);
                                        request_meter const meter{self.options_->metrics.get(),
                                                                  name_of_request<Request>()};
                                        return Last{}(*self.backend_, asked);
                                      },
                                      this}(request);
  }

  B* backend_;
  std::shared_ptr<client_options const> options_{}; ///< Null: there is nothing in it.
};

} // namespace detail

} // namespace perdure::inline v0

#if PERDURE_DEFINES
namespace perdure::inline v0::detail {
PERDURE_INLINE request_meter::request_meter(metric_sink* sink, std::string_view operation)
    : sink_{sink}, operation_{operation} {
  if (sink_ == nullptr) return;
  thrown_before_ = std::uncaught_exceptions();
  begun_ = std::chrono::steady_clock::now();
}
PERDURE_INLINE request_meter::~request_meter() {
  if (sink_ == nullptr) return;
  std::chrono::duration<double, std::milli> const took = std::chrono::steady_clock::now() - begun_;
  record(metric_kind::counter, "temporal_request", 1);
  record(metric_kind::histogram, "temporal_request_latency", took.count());
  if (std::uncaught_exceptions() > thrown_before_)
    record(metric_kind::counter, "temporal_request_failure", 1);
}
PERDURE_INLINE void request_meter::record(metric_kind kind, std::string_view name,
                                          double value) const noexcept {
  metric_tag const tag{"operation", operation_};
  sink_->record({kind, name, value, {&tag, 1}});
}
} // namespace perdure::inline v0::detail
#endif
