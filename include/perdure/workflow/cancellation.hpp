// Cancelling a part of a workflow, and protecting a part from cancellation.
#pragma once

#include <optional>
#include <source_location>
#include <utility>

#include "perdure/config.hpp"
#include "perdure/history/outcome.hpp"
#include "perdure/workflow/timer.hpp"
#include "perdure/workflow/workflow.hpp"

namespace perdure::inline v0 {

/// A part of a coroutine that can be cancelled on its own: from where this object is made to where
/// it is destroyed. Once cancelled it stays so: the await that is pending inside it throws
/// `cancelled_error`, and so does every later one until it is left. Cleanup that must await in
/// there needs `shield`. Scopes nest: an outer one cancels what is in the inner ones.
class [[nodiscard]] cancellation_scope final : detail::waiter {
public:
  cancellation_scope();
  /// Cancels itself when so much time has passed. The timer is cancelled when the scope is left.
  explicit cancellation_scope(duration limit,
                              std::source_location source = std::source_location::current());
  cancellation_scope(cancellation_scope const&) = delete;
  auto operator=(cancellation_scope const&) -> cancellation_scope& = delete;
  ~cancellation_scope();

  /// Cancels what is inside. Doing it again does nothing.
  void cancel();
  [[nodiscard]] auto cancelled() const noexcept -> bool { return node_.cancelled; }
  /// Its time was over before it was left.
  [[nodiscard]] auto timed_out() const noexcept -> bool { return timed_out_; }

private:
  void on_resolved(replay::operation_index) override;
  void on_cancel() override {} // no coroutine is suspended at a scope
  [[nodiscard]] auto waits_for() const noexcept -> detail::wait_facts override {
    return {.what = detail::wait_facts::kind::operation, .operation = timer_.index()};
  }

  detail::run_context* run_;
  detail::strand* owner_;
  detail::scope_node node_{};
  detail::operation_ref timer_{};
  bool timed_out_{false};
};

namespace detail {

/// Awaits `A` behind a shield that stands from the start of the await to its end.
template <durable_awaitable A>
class [[nodiscard]] shielded_await {
  using inner_type =
      decltype(std::declval<A>().make_awaiter(std::declval<strand&>(), std::source_location{}));

public:
  shielded_await(A&& awaited, strand& owner, std::source_location source)
      : owner_{&owner},
        awaited_(std::forward<A>(awaited)),
        inner_(std::move(awaited_).make_awaiter(owner, source)) {}
  shielded_await(shielded_await const&) = delete;
  auto operator=(shielded_await const&) -> shielded_await& = delete;
  ~shielded_await() {
    if (entered_ && !owner_->run->closing) leave();
  }

  [[nodiscard]] auto await_ready() -> bool {
    node_ = {.parent = owner_->scope, .cancelled = false, .shield = true};
    owner_->scope = &node_;
    entered_ = true;
    return inner_.await_ready();
  }
  void await_suspend(std::coroutine_handle<> handle) { inner_.await_suspend(handle); }
  auto await_resume() -> decltype(auto) {
    leave();
    return inner_.await_resume();
  }

private:
  void leave() noexcept {
    owner_->scope = node_.parent;
    entered_ = false;
  }
  strand* owner_;
  A awaited_;
  inner_type inner_;
  scope_node node_{};
  bool entered_{false};
};

} // namespace detail

/// Something that is awaited to its end whatever is cancelled around it; see `shield`.
template <durable_awaitable A>
class [[nodiscard("nothing happens until this is awaited")]] shielded {
public:
  explicit shielded(A&& awaited) : awaited_(std::forward<A>(awaited)) {}
  [[nodiscard]] auto make_awaiter(detail::strand& owner,
                                  std::source_location source) && -> detail::shielded_await<A> {
    return {std::forward<A>(awaited_), owner, source};
  }

private:
  A awaited_;
};

/// `co_await shield(x)`: awaits x to its end, deaf to cancellation of the run and of the scopes
/// around. The cancellation is not lost: the next await outside of the shield throws.
template <class A>
  requires detail::operand_form<A>
[[nodiscard]] auto shield(A&& awaited) -> shielded<A> {
  return shielded<A>{std::forward<A>(awaited)};
}

namespace detail {

template <durable_awaitable A>
class [[nodiscard]] outcome_await {
  using inner_type =
      decltype(std::declval<A>().make_awaiter(std::declval<strand&>(), std::source_location{}));
  using value_type = await_result_t<A>;

public:
  outcome_await(A&& awaited, strand& owner, std::source_location source)
      : awaited_(std::forward<A>(awaited)),
        inner_(std::move(awaited_).make_awaiter(owner, source)) {}
  outcome_await(outcome_await const&) = delete;
  auto operator=(outcome_await const&) -> outcome_await& = delete;
  ~outcome_await() = default;

  [[nodiscard]] auto await_ready() -> bool { return inner_.await_ready(); }
  void await_suspend(std::coroutine_handle<> handle) { inner_.await_suspend(handle); }
  auto await_resume() -> outcome<value_type> {
    try {
      if constexpr (std::is_void_v<value_type>) {
        inner_.await_resume();
        return outcome<void>{};
      } else {
        return outcome<value_type>{inner_.await_resume()};
      }
    } catch (failure_error const& failed) {
      return outcome<value_type>{failed.failure()};
    }
  }

private:
  A awaited_;
  inner_type inner_;
};

} // namespace detail

/// Something whose failure is a value; see `as_outcome`.
template <durable_awaitable A>
class [[nodiscard("nothing happens until this is awaited")]] with_outcome {
public:
  explicit with_outcome(A&& awaited) : awaited_(std::forward<A>(awaited)) {}
  [[nodiscard]] auto make_awaiter(detail::strand& owner,
                                  std::source_location source) && -> detail::outcome_await<A> {
    return {std::forward<A>(awaited_), owner, source};
  }

private:
  A awaited_;
};

/// `co_await as_outcome(x)`: an `outcome<T>` that holds x's result or the failure that awaiting x
/// would have thrown (`failure_error` and what derives from it; other exceptions pass).
template <class A>
  requires detail::operand_form<A>
[[nodiscard]] auto as_outcome(A&& awaited) -> with_outcome<A> {
  return with_outcome<A>{std::forward<A>(awaited)};
}

#if PERDURE_DEFINES
PERDURE_INLINE cancellation_scope::cancellation_scope()
    : run_{&detail::require_run_to_change("cancellation_scope")}, owner_{run_->current} {
  node_.parent = owner_->scope;
  owner_->scope = &node_;
}
PERDURE_INLINE cancellation_scope::cancellation_scope(duration limit, std::source_location source)
    : cancellation_scope{} {
  timer_ = detail::timer_request(limit, {}, source).issue(*run_);
  run_->watch(timer_.index(), this);
}
PERDURE_INLINE cancellation_scope::~cancellation_scope() {
  if (run_->closing) return;
  owner_->scope = node_.parent;
  if (!timer_ || timed_out_) return;
  run_->unwatch(timer_.index(), this);
  run_->cancel(timer_.index(), {});
}
PERDURE_INLINE void cancellation_scope::cancel() {
  if (std::exchange(node_.cancelled, true)) return;
  if (owner_->pending == nullptr) return;
  for (detail::scope_node const* s = owner_->scope; s != &node_; s = s->parent)
    if (s->shield) return;
  owner_->pending->on_cancel();
}
PERDURE_INLINE void cancellation_scope::on_resolved(replay::operation_index) {
  timed_out_ = true;
  cancel();
}
#endif

} // namespace perdure::inline v0
