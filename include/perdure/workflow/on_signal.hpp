// Handling signals as they come.
#pragma once

#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

#include "perdure/workflow/handler_registration.hpp"

namespace perdure::inline v0 {
namespace detail {

/// Whether a handler's function, called with these, gives nothing, at once or as a coroutine.
template <class F, class... A>
concept handles_signal = std::is_invocable_v<F&, A...> && requires {
  requires std::is_void_v<std::invoke_result_t<F&, A...>> ||
               std::is_same_v<std::invoke_result_t<F&, A...>, workflow<void>>;
};

/// Calls F with the decoded arguments, which live as long as the coroutine: it may refer to them.
template <class F, class... A>
class typed_signal_handler final : public signal_handler {
public:
  typed_signal_handler(std::string_view named, F&& function, handler_options&& with)
      : signal_handler{named, std::move(with)}, function_(std::move(function)) {}
  [[nodiscard]] PERDURE_CORO_WRAPPER auto start(shared_string const&, payloads const& input)
      -> workflow<void> override {
    return run(*this, input, std::index_sequence_for<A...>{});
  }

private:
  template <std::size_t... I>
  static auto run(typed_signal_handler& self, payloads input, std::index_sequence<I...>)
      -> workflow<void> {
    [[maybe_unused]] auto arguments = from_payloads<A...>(input);
    if constexpr (std::is_void_v<std::invoke_result_t<F&, A...>>)
      self.function_(std::get<I>(std::move(arguments))...);
    else
      co_await self.function_(std::get<I>(std::move(arguments))...);
    co_return;
  }
  F function_;
};

template <class F>
class any_signal_handler final : public signal_handler {
public:
  any_signal_handler(F&& function, handler_options&& with)
      : signal_handler{{}, std::move(with)}, function_(std::move(function)) {}
  [[nodiscard]] PERDURE_CORO_WRAPPER auto start(shared_string const& named, payloads const& input)
      -> workflow<void> override {
    return run(*this, named.str(), input);
  }

private:
  static auto run(any_signal_handler& self, std::string named, payloads input) -> workflow<void> {
    if constexpr (std::is_void_v<std::invoke_result_t<F&, std::string, payloads>>)
      self.function_(std::move(named), std::move(input));
    else
      co_await self.function_(std::move(named), std::move(input));
    co_return;
  }
  F function_;
};

template <class F, class... A>
auto make_signal_handler(std::string_view named, F function, handler_options&& with)
    -> owned<signal_handler> {
  static_assert(handles_signal<F, A...>,
                "perdure: the handler of a signal is called with what the signal carries and "
                "returns void or workflow<void>");
  if constexpr (handles_signal<F, A...>)
    return make_owned<typed_signal_handler<F, A...>>(named, std::move(function), std::move(with));
  else
    return nullptr;
}

} // namespace detail

/// `auto registration = on(approve, f)`: from now on f is called with each signal of that name,
/// also with those that wait already, in the order of history. f returns void, or workflow<void>:
/// then each call is a line of its own beside the workflow, and several run at once; they are
/// started in order. f belongs to the registration, so a coroutine lambda may use its captures to
/// its end; what they refer to must outlive the registration. While it is registered `receive` gets
/// no signal of that name. What leaves a handler as a failure (`application_error`, ...) fails the
/// run, another exception, and a signal that carries the wrong type, fails the workflow task. A
/// cancellation of the run does not reach handlers.
/// \throws error (already_registered; invalid_argument for a name that begins with __temporal_)
template <class T, class F>
auto on(signal<T> const& which, F f, handler_options options = {}) -> handler_registration {
  if constexpr (std::is_void_v<T>)
    return detail::register_handler(
        "on", detail::make_signal_handler<F>(which.name, std::move(f), std::move(options)));
  else
    return detail::register_handler(
        "on", detail::make_signal_handler<F, T>(which.name, std::move(f), std::move(options)));
}

/// The same for all signals that no `on` takes and that the workflow never asked `receive` for:
/// `f(std::string name, payloads input)`.
template <class F>
auto on_any_signal(F f, handler_options options = {}) -> handler_registration {
  static_assert(detail::handles_signal<F, std::string, payloads>,
                "perdure: the handler of any signal is called with a std::string and payloads, and "
                "returns void or workflow<void>");
  return detail::register_handler(
      "on_any_signal",
      detail::make_owned<detail::any_signal_handler<F>>(std::move(f), std::move(options)));
}

} // namespace perdure::inline v0
