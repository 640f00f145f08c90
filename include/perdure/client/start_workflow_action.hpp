// What a schedule starts, typed by the workflow.
#pragma once

#include <utility>

#include "perdure/client/client.hpp"
#include "perdure/data/converter.hpp"

namespace perdure::inline v0 {

namespace detail {

template <auto F, class Signature = typename callable<F>::signature>
struct start_workflow_action_call;
template <auto F, class R, class... A>
struct start_workflow_action_call<F, signature<R, A...>> {
  [[nodiscard("a schedule takes it as its action")]] auto operator()(A const&... arguments,
                                                                     workflow_options options) const
      -> start_workflow_request {
    return start_request<F>(to_payloads(arguments...), std::move(options));
  }
  [[nodiscard("a schedule takes it as its action")]] auto
  operator()(A const&... arguments, workflow_options options, data_converter const& by) const
      -> start_workflow_request {
    converter_scope const scope{&by};
    return start_request<F>(to_payloads(arguments...), std::move(options));
  }
};

} // namespace detail

/// `start_workflow_action<w>(arguments..., options)`: the action of a schedule, see
/// `client::create_schedule`. The id of each run is `<options.id>-<its time>`. It is made before a
/// client sees it: `start_workflow_action<w>(arguments..., options, converter)` converts the
/// arguments as the data_converter of the client and the workers does.
template <auto F>
inline constexpr detail::start_workflow_action_call<F> start_workflow_action{};

} // namespace perdure::inline v0
