// Handling updates: whether they may run, and running them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include "perdure/workflow/handler_registration.hpp"

namespace perdure::inline v0 {
namespace detail {

/// No validator: every update with arguments of the right types is accepted.
struct accept_all {
  template <class... A>
  void operator()(A const&...) const noexcept {}
};

/// Whether a handler's function, called with these, gives an R, at once or as a coroutine.
template <class F, class R, class... A>
concept handles_update = std::is_invocable_v<F&, A...> && requires {
  requires std::is_convertible_v<std::invoke_result_t<F&, A...>, R> ||
               std::is_same_v<std::invoke_result_t<F&, A...>, workflow<R>>;
};
template <class V, class... A>
concept validates_update = std::is_invocable_r_v<void, V const&, A const&...>;

/// The life of one update: decoded, validated and accepted, or rejected; run; answered. All of it
/// up to the first await happens in one piece, as the commands must follow each other.
template <class F, class V, class R, class... A>
class typed_update_handler final : public update_handler {
  using given = std::invoke_result_t<F&, A...>;

public:
  typed_update_handler(std::string_view named, F&& function, V&& validator, handler_options&& with)
      : update_handler{named, std::move(with)},
        function_(std::move(function)),
        validator_(std::move(validator)) {}
  [[nodiscard]] PERDURE_CORO_WRAPPER auto start(update_call call) -> workflow<void> override {
    return run(*this, std::move(call), std::index_sequence_for<A...>{});
  }

private:
  template <std::size_t... I>
  static auto run(typed_update_handler& self, update_call call, std::index_sequence<I...>)
      -> workflow<void> {
    std::optional<std::tuple<A...>> arguments;
    try {
      arguments.emplace(from_payloads<A...>(call.input()));
      if (call.live()) self.validate(call, *arguments);
    } catch (...) {
      call.reject();
      co_return;
    }
    call.accept();
    try {
      if constexpr (std::is_same_v<given, workflow<void>>) {
        co_await self.function_(std::get<I>(*std::move(arguments))...);
        call.respond({});
      } else if constexpr (is_workflow<given>) {
        R const result = co_await self.function_(std::get<I>(*std::move(arguments))...);
        call.respond(to_payloads(result));
      } else if constexpr (std::is_void_v<R>) {
        self.function_(std::get<I>(*std::move(arguments))...);
        call.respond({});
      } else {
        R const result = self.function_(std::get<I>(*std::move(arguments))...);
        call.respond(to_payloads(result));
      }
    } catch (failure_error const& failed) {
      call.fail(failed.failure());
    }
  }
  void validate(update_call const& call, std::tuple<A...> const& arguments) const {
    enter_read_only const section{*call.run(), "the validator of update", call.name()};
    std::apply(validator_, arguments);
  }
  F function_;
  V validator_;
};

template <class F, class V>
class any_update_handler final : public update_handler {
  using given = std::invoke_result_t<F&, std::string, payloads>;

public:
  any_update_handler(F&& function, V&& validator, handler_options&& with)
      : update_handler{{}, std::move(with)},
        function_(std::move(function)),
        validator_(std::move(validator)) {}
  [[nodiscard]] PERDURE_CORO_WRAPPER auto start(update_call call) -> workflow<void> override {
    return run(*this, std::move(call));
  }

private:
  static auto run(any_update_handler& self, update_call call) -> workflow<void> {
    try {
      if (call.live()) self.validate(call);
    } catch (...) {
      call.reject();
      co_return;
    }
    call.accept();
    try {
      if constexpr (is_workflow<given>) {
        payloads result = co_await self.function_(call.name().str(), call.input());
        call.respond(std::move(result));
      } else {
        call.respond(self.function_(call.name().str(), call.input()));
      }
    } catch (failure_error const& failed) {
      call.fail(failed.failure());
    }
  }
  void validate(update_call const& call) const {
    enter_read_only const section{*call.run(), "the validator of update", call.name()};
    validator_(call.name().str(), call.input());
  }
  F function_;
  V validator_;
};

template <class F, class V, class R, class... A>
auto make_update_handler(std::string_view named, F function, V validator, handler_options&& with)
    -> owned<update_handler> {
  static_assert(handles_update<F, R, A...>,
                "perdure: the handler of an update is called with the update's arguments and "
                "returns its result, or workflow<> of it");
  static_assert(validates_update<V, A...>,
                "perdure: the validator of an update is called with the update's arguments, const, "
                "changes nothing and throws to reject");
  if constexpr (handles_update<F, R, A...> && validates_update<V, A...>)
    return make_owned<typed_update_handler<F, V, R, A...>>(named, std::move(function),
                                                           std::move(validator), std::move(with));
  else
    return nullptr;
}

} // namespace detail

/// `auto registration = handle(add_item, f, validator)`: updates of that name are given to the
/// validator, which looks and throws to reject them (a rejection leaves no history, and nothing is
/// asked in a replay), and then to f, whose result the sender gets. f returns the update's result,
/// or workflow<> of it: then each call is a line of its own beside the workflow, and several run at
/// once. f belongs to the registration, as with `on`. A failure (`application_error`, ...) that
/// leaves f is the update's result, another exception fails the workflow task. An update for which
/// no handler was registered by the end of the workflow task that brings it is rejected. A
/// cancellation of the run does not reach handlers.
/// \throws error (already_registered; invalid_argument for a name that begins with __temporal_)
template <class R, class... A, class F, class V>
auto handle(update<R(A...)> const& which, F f, V validator, handler_options options = {})
    -> handler_registration {
  return detail::register_handler(
      "handle", detail::make_update_handler<F, V, R, std::remove_cvref_t<A>...>(
                    which.name, std::move(f), std::move(validator), std::move(options)));
}
/// Without a validator: all updates with arguments of the right types are accepted.
template <class R, class... A, class F>
auto handle(update<R(A...)> const& which, F f, handler_options options = {})
    -> handler_registration {
  return handle(which, std::move(f), detail::accept_all{}, std::move(options));
}

/// The same for all updates that have no handler of their own: `f(std::string name, payloads
/// input)` returns payloads or workflow<payloads>.
template <class F, class V>
  requires std::is_invocable_v<V const&, std::string, payloads>
auto handle_any_update(F f, V validator, handler_options options = {}) -> handler_registration {
  static_assert(detail::handles_update<F, payloads, std::string, payloads>,
                "perdure: the handler of any update is called with a std::string and payloads, and "
                "returns payloads or workflow<payloads>");
  return detail::register_handler("handle_any_update",
                                  detail::make_owned<detail::any_update_handler<F, V>>(
                                      std::move(f), std::move(validator), std::move(options)));
}
template <class F>
auto handle_any_update(F f, handler_options options = {}) -> handler_registration {
  return handle_any_update(std::move(f), detail::accept_all{}, std::move(options));
}

} // namespace perdure::inline v0
