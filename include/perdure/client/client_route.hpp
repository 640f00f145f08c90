// The way from a client and its handles to the backend, through interceptors if there are any.
#pragma once

#include <memory>
#include <utility>

#include "perdure/backend/backend.hpp"
#include "perdure/client/client_interceptor.hpp"

namespace perdure::inline v0 {

/// How a client works. What it holds lives as long as the client and all handles that came from it.
struct client_options {
  /// Stand around the client's calls, the first one outermost.
  client_interceptors interceptors{};
};

namespace detail {

/// A backend, with what its client puts before it. Cheap to copy; keeps the options alive.
template <backend B>
class client_route {
public:
  client_route(B& backend) noexcept : backend_{&backend} {}
  client_route(B& backend, client_options options) : backend_{&backend} {
    if (!options.interceptors.empty())
      options_ = std::make_shared<client_options const>(std::move(options));
  }

  /// The backend itself, for calls that go straight to it.
  [[nodiscard]] auto operator->() const noexcept -> B* { return backend_; }
  /// For handles.
  [[nodiscard]] auto operator*() const noexcept -> client_route const& { return *this; }
  operator B&() const noexcept { return *backend_; }

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
  auto query_workflow(query_workflow_request& request) const -> query_result {
    return pass(request, &client_interceptor::query_workflow,
                [](B& to, auto const& asked) { return to.query_workflow(asked); });
  }
  void cancel_workflow(end_workflow_request request) const {
    pass(request, &client_interceptor::cancel_workflow,
         [](B& to, auto const& asked) { to.cancel_workflow(asked.execution, asked.reason, ""); });
  }
  void terminate_workflow(end_workflow_request request) const {
    pass(request, &client_interceptor::terminate_workflow, [](B& to, auto const& asked) {
      to.terminate_workflow(asked.execution, asked.reason, "");
    });
  }

private:
  /// `last`: a function without state.
  template <class Request, class Result, class Last>
  auto pass(Request& request,
            Result (client_interceptor::*through)(Request&, next_call<Request, Result>), Last) const
      -> Result {
    if (!options_) [[likely]]
      return Last{}(*backend_, request);
    return next_call<Request, Result>{
        options_->interceptors, 0, through,
        [](void const* self, Request const& asked) -> Result {
          return Last{}(*static_cast<client_route const*>(self)->backend_, asked);
        },
        this}(request);
  }

  B* backend_;
  std::shared_ptr<client_options const> options_{}; ///< Null: there is nothing in it.
};

} // namespace detail
} // namespace perdure::inline v0
