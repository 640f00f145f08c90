// Waiting for the workflow's own state: until a predicate over it holds.
#pragma once

#include <concepts>
#include <coroutine>
#include <exception>
#include <source_location>
#include <type_traits>
#include <utility>

#include "perdure/workflow/timer.hpp"

namespace perdure::inline v0 {
namespace detail {

/// Waits for a predicate, and, if `Limited`, for a timer.
template <class P, bool Limited>
class [[nodiscard]] condition_await final : public condition {
public:
  condition_await(P&& predicate, operation_request&& limit, strand& owner)
      : owner_{&owner}, predicate_(std::move(predicate)), limit_{std::move(limit)} {}
  condition_await(condition_await&&) = default;
  auto operator=(condition_await&&) -> condition_await& = delete;
  ~condition_await() {
    if (!handle_ || owner_->pending != this) return;
    owner_->pending = nullptr;
    unlink(run());
    if (timer_ && !run().closing) run().unwatch(timer_.index(), this);
  }

  [[nodiscard]] auto await_ready() -> bool {
    cancelled_ = owner_->take_cancellation();
    if (cancelled_ || check()) return true;
    if constexpr (Limited) timer_ = std::move(limit_).issue(run());
    return false;
  }
  void await_suspend(std::coroutine_handle<> handle) noexcept {
    handle_ = handle;
    owner_->pending = this;
    link(run());
    if constexpr (Limited) run().watch(timer_.index(), this);
  }
  auto await_resume() -> std::conditional_t<Limited, bool, void> {
    if (cancelled_) throw_failure(cancelled_failure());
    if (thrown_) std::rethrow_exception(thrown_);
    // What came with the timer may have made it true.
    if constexpr (Limited) return !timed_out_ || check();
  }
  void on_resolved(replay::operation_index) override {
    timed_out_ = true;
    resume();
  }
  void on_cancel() override {
    cancelled_ = true;
    drop_timer();
    resume();
  }
  [[nodiscard]] auto waits_for() const noexcept -> wait_facts override {
    return {.what = wait_facts::kind::condition};
  }

private:
  [[nodiscard]] auto holds() noexcept -> bool override {
    try {
      return check();
    } catch (...) {
      thrown_ = std::current_exception();
      return true;
    }
  }
  void wake() override {
    drop_timer();
    resume();
  }
  [[nodiscard]] auto check() -> bool {
    enter_read_only const section{run(), "the condition of wait_until", {}};
    return static_cast<bool>(predicate_());
  }
  void drop_timer() {
    if (!timer_) return;
    run().unwatch(timer_.index(), this);
    run().cancel(timer_.index(), {});
  }
  void resume() {
    unlink(run());
    owner_->pending = nullptr;
    run().make_ready(handle_, owner_);
  }
  [[nodiscard]] auto run() const noexcept -> run_context& { return *owner_->run; }

  strand* owner_;
  P predicate_;
  operation_request limit_;
  operation_ref timer_{};
  std::coroutine_handle<> handle_{};
  std::exception_ptr thrown_{};
  bool timed_out_{false};
  bool cancelled_{false};
};

} // namespace detail

/// A wait for a predicate; see `wait_until`.
template <class P, bool Limited>
class [[nodiscard("nothing is waited for until this is awaited")]] awaited_condition {
public:
  awaited_condition(P predicate, detail::operation_request limit)
      : predicate_(std::move(predicate)), limit_{std::move(limit)} {}
  [[nodiscard]] auto make_awaiter(detail::strand& owner, std::source_location) && {
    return detail::condition_await<P, Limited>{std::move(predicate_), std::move(limit_), owner};
  }

private:
  P predicate_;
  detail::operation_request limit_;
};

/// `co_await wait_until([&] { return ready; })`: waits until the predicate holds; it does when the
/// await is over. It looks at the workflow's state, which only code of this run changes: it is
/// evaluated at once, and then whenever such code has run, in the order of registration. Leaves no
/// history. It must not change anything. Errors at the await: `cancelled_error`; what the predicate
/// threw; `error` (read_only). A step of the run costs one call of each predicate that waits.
template <class P>
[[nodiscard]] auto wait_until(P predicate) -> awaited_condition<P, false> {
  static_assert(std::is_invocable_r_v<bool, P&>,
                "perdure: wait_until takes a predicate: what can be called with nothing and gives "
                "a bool");
  return {std::move(predicate), {}};
}

/// `bool held = co_await wait_until(predicate, 5min)`: the same, for at most a duration; whether
/// the predicate holds. If it holds at once there is no timer; the timer is cancelled when it comes
/// true.
template <class P>
[[nodiscard]] auto wait_until(P predicate, duration limit,
                              std::source_location source = std::source_location::current())
    -> awaited_condition<P, true> {
  static_assert(std::is_invocable_r_v<bool, P&>,
                "perdure: wait_until takes a predicate: what can be called with nothing and gives "
                "a bool");
  return {std::move(predicate), detail::timer_request(limit, {}, source)};
}

} // namespace perdure::inline v0
