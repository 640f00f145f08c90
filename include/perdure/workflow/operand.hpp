// One operand of a combinator, with its type: how it is issued and how its result is taken.
#pragma once

#include <exception>
#include <type_traits>
#include <utility>
#include <variant>

#include "perdure/workflow/operand_group.hpp"

namespace perdure::inline v0::detail {

/// void as a value, where results stand in a tuple or vector.
template <class T>
using regular = std::conditional_t<std::is_void_v<T>, std::monostate, T>;

/// An operation: lazy, or a handle that someone else keeps.
template <class T>
class operation_operand {
public:
  using value_type = T;
  explicit operation_operand(lazy_operation<T>&& lazy) noexcept : lazy_{std::move(lazy)} {}
  explicit operation_operand(operation_handle<T>& handle)
      : index_{handle.borrow()}, used_{&handle.used_mark()} {}

  [[nodiscard]] auto issue(run_context& run) -> operand_slot {
    if (used_ == nullptr) {
      mine_ = std::move(lazy_).issue(run);
      index_ = mine_.index();
    }
    return {index_, nullptr};
  }
  auto take(run_context& run) -> regular<T> {
    use_up();
    if constexpr (std::is_void_v<T>)
      return take_result<T>(run, index_), std::monostate{};
    else
      return take_result<T>(run, index_);
  }
  auto settle(run_context& run) -> outcome<T> {
    use_up();
    return take_outcome<T>(run, index_);
  }

private:
  void use_up() {
    if (used_ != nullptr && std::exchange(*used_, true)) throw_used_twice();
  }

  lazy_operation<T> lazy_{operation_request{}};
  operation_ref mine_{};
  replay::operation_index index_{replay::no_operation};
  bool* used_{nullptr};
};

/// A coroutine, run in a strand of its own.
template <class T>
class coroutine_operand {
public:
  using value_type = T;
  explicit coroutine_operand(workflow<T>&& coroutine) noexcept : coroutine_{std::move(coroutine)} {}

  [[nodiscard]] auto issue(run_context&) noexcept -> operand_slot {
    strand_.promise = &coroutine_.handle().promise();
    strand_.start = coroutine_.handle();
    return {replay::no_operation, &strand_};
  }
  auto take(run_context&) -> regular<T> {
    if constexpr (std::is_void_v<T>)
      return coroutine_.handle().promise().take(), std::monostate{};
    else
      return coroutine_.handle().promise().take();
  }
  auto settle(run_context& run) -> outcome<T> {
    try {
      if constexpr (std::is_void_v<T>)
        return (void)take(run), outcome<void>{};
      else
        return outcome<T>{take(run)};
    } catch (failure_error const& failed) {
      return outcome<T>{failed.failure()};
    }
  }

private:
  workflow<T> coroutine_;
  child_strand strand_{};
};

/// Makes a coroutine of any other awaitable, so that it can be an operand.
template <class A>
auto as_coroutine(A awaited) -> workflow<await_result_t<A>> {
  co_return co_await std::move(awaited);
}

template <class T>
auto operand_for(lazy_operation<T>&&) -> operation_operand<T>;
template <class T>
auto operand_for(operation_handle<T>&) -> operation_operand<T>;
template <class T>
auto operand_for(workflow<T>&&) -> coroutine_operand<T>;

template <class A>
consteval void check_operand() {
  using plain = std::remove_cvref_t<A>;
  static_assert(durable_awaitable<A>,
                "perdure: a combinator takes what can be awaited in a workflow: "
                "activities, child workflows, timers, handles, workflow<T>");
  if constexpr (requires { typename plain::awaitable_as_lvalue; })
    static_assert(
        std::is_lvalue_reference_v<A>,
        "perdure: C++ leaves the order of arguments open, so start_* calls inside a combinator's "
        "arguments would give a history that replays on one compiler only. Use execute_*, which "
        "the combinator issues in order, or start them on the lines before and pass the handles");
  else
    static_assert(!std::is_lvalue_reference_v<A>,
                  "perdure: move this into the combinator: std::move(x)");
}

/// The operand that stands for `a`.
template <class A>
auto make_operand(A&& a) {
  if constexpr (requires { operand_for(std::forward<A>(a)); })
    return decltype(operand_for(std::forward<A>(a))){std::forward<A>(a)};
  else
    return coroutine_operand<await_result_t<A>>{as_coroutine(std::move(a))};
}
template <class A>
using operand_t = decltype(make_operand(std::declval<A>()));

} // namespace perdure::inline v0::detail
