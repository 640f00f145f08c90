// A value from the outside world, drawn once and recorded.
#pragma once

#include <new>
#include <source_location>
#include <type_traits>
#include <utility>

#include "perdure/workflow/callable.hpp"
#include "perdure/workflow/operation.hpp"

namespace perdure::inline v0 {
namespace detail {

template <class F>
class side_effect_call final : public local_function {
public:
  explicit side_effect_call(F function) : function_{std::move(function)} {}
  auto run() -> payloads override {
    if constexpr (std::is_void_v<std::invoke_result_t<F&>>) {
      function_();
      return {};
    } else {
      auto&& value = function_();
      try {
        return to_payloads(value);
      } catch (std::bad_alloc const&) { // ours, not the function's: it is no answer to be kept
        throw no_memory_for_result{};
      }
    }
  }

private:
  F function_;
};

template <class F>
class [[nodiscard]] side_effect_await final : public operation_await {
  using result = std::invoke_result_t<F&>;

public:
  side_effect_await(operation_request&& request, F function, strand& owner)
      : operation_await{std::move(request), owner}, function_{std::move(function)} {}

  [[nodiscard]] auto await_ready() -> bool {
    bool const over = operation_await::await_ready();
    if (index_ != replay::no_operation && !over && !owner_->run->machine.replaying())
      owner_->run->call_locally(index_, make_owned<side_effect_call<F>>(std::move(function_)));
    return over;
  }
  auto await_resume() -> result {
    before_result();
    return take_result<result>(*owner_->run, index_);
  }

private:
  F function_;
};

} // namespace detail

/// A function whose result is recorded; see `side_effect`.
template <class F>
class [[nodiscard("nothing is called until this is awaited")]] recorded_call {
public:
  recorded_call(F function, std::source_location source)
      : function_{std::move(function)}, source_{source} {}
  [[nodiscard]] auto make_awaiter(detail::strand& owner,
                                  std::source_location) && -> detail::side_effect_await<F> {
    events::activity_task_scheduled asked{};
    asked.activity_type = detail::side_effect_type;
    return {{replay::operation_kind::local_activity,
             replay::cancellation_type::wait_cancellation_completed,
             event_attributes::make(std::move(asked)), source_},
            std::move(function_),
            owner};
  }

private:
  F function_;
  std::source_location source_;
};

/// `T value = co_await side_effect(f)`: calls f once, when the run gets here for the first time,
/// and records its result (as a local activity, which every SDK's replayer knows); a replay takes
/// the recorded one. For what is quick and cannot fail for long: a setting, a clock, a file name.
/// If the worker dies before the workflow task ends, f is called again. Errors at the await: what f
/// threw, as `application_error`; not retried.
template <class F>
[[nodiscard]] auto side_effect(F function,
                               std::source_location source = std::source_location::current())
    -> recorded_call<F> {
  if constexpr (!std::is_void_v<std::invoke_result_t<F&>>)
    require_payload_type<std::invoke_result_t<F&>>();
  return {std::move(function), source};
}

} // namespace perdure::inline v0
