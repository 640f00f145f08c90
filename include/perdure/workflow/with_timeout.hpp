// A limit in time for anything that can be awaited.
#pragma once

#include <coroutine>
#include <source_location>
#include <string>
#include <type_traits>
#include <utility>

#include "perdure/data/detail/duration_text.hpp"
#include "perdure/workflow/operand.hpp"
#include "perdure/workflow/timer.hpp"

namespace perdure::inline v0 {
namespace detail {

template <class H>
auto handle_as_coroutine(H& handle) -> workflow<await_result_t<H&>> {
  co_return co_await handle;
}
/// Runs a coroutine in a strand of its own beside a timer, which cancels it.
template <class T>
class [[nodiscard]] timeout_await final : public waiter, public strand_owner {
public:
  timeout_await(workflow<T>&& coroutine, operation_request&& limit, duration after, strand& owner)
      : owner_{&owner}, coroutine_{std::move(coroutine)}, limit_{std::move(limit)}, after_{after} {}
  timeout_await(timeout_await const&) = delete;
  auto operator=(timeout_await const&) -> timeout_await& = delete;
  ~timeout_await() {
    if (!handle_ || owner_->pending != this) return;
    owner_->pending = nullptr;
    if (run().closing) return;
    run().unwatch(timer_.index(), this);
    run().forget(child_);
  }

  [[nodiscard]] auto await_ready() -> bool {
    cancelled_ = owner_->take_cancellation();
    if (cancelled_) return true;
    timer_ = std::move(limit_).issue(run());
    static_cast<strand&>(child_) = {
        .run = owner_->run, .scope = owner_->scope, .base = owner_->scope, .root = owner_->root};
    auto& promise = coroutine_.handle().promise();
    child_.promise = &promise;
    promise.owner = &child_;
    promise.done = this;
    run().make_ready(coroutine_.handle(), &child_);
    return false;
  }
  void await_suspend(std::coroutine_handle<> handle) noexcept {
    handle_ = handle;
    owner_->pending = this;
    run().watch(timer_.index(), this);
  }
  auto await_resume() -> T {
    if (cancelled_ && !handle_) throw_failure(cancelled_failure());
    try {
      return coroutine_.handle().promise().take();
    } catch (cancelled_error const&) {
      if (!timed_out_ || cancelled_) throw;
    }
    std::string limit = "not over within ";
    append_duration(limit, after_);
    throw timeout_error{std::move(limit), timeout_type::start_to_close};
  }
  void on_resolved(replay::operation_index) override {
    timed_out_ = true;
    stop_child();
  }
  void on_cancel() override {
    cancelled_ = true;
    stop_child();
  }
  void on_strand_done(strand&) override {
    if (!timed_out_) {
      run().unwatch(timer_.index(), this);
      run().cancel(timer_.index(), {});
    }
    owner_->pending = nullptr;
    run().make_ready(handle_, owner_);
  }
  [[nodiscard]] auto waits_for() const noexcept -> wait_facts override {
    return {.what = wait_facts::kind::strand, .inner = &child_};
  }

private:
  void stop_child() {
    if (!std::exchange(child_.cancelled, true)) child_.cancel();
  }
  [[nodiscard]] auto run() const noexcept -> run_context& { return *owner_->run; }

  strand* owner_;
  workflow<T> coroutine_;
  operation_request limit_;
  duration after_;
  child_strand child_{};
  operation_ref timer_{};
  std::coroutine_handle<> handle_{};
  bool timed_out_{false};
  bool cancelled_{false};
};

} // namespace detail

/// Something with a limit in time; see `with_timeout`.
template <class T>
class [[nodiscard("nothing is asked for until this is awaited")]] timed {
public:
  timed(workflow<T> coroutine, duration after, std::source_location source)
      : coroutine_{std::move(coroutine)}, after_{after}, source_{source} {}
  [[nodiscard]] auto make_awaiter(detail::strand& owner,
                                  std::source_location) && -> detail::timeout_await<T> {
    return {std::move(coroutine_), detail::timer_request(after_, {}, source_), after_, owner};
  }

private:
  workflow<T> coroutine_;
  duration after_;
  std::source_location source_;
};

/// `T value = co_await with_timeout(x, 5min)`: awaits x, but not for longer. The timer starts
/// first, and is cancelled when x is over. When it fires, x is cancelled: an operation by its
/// cancellation type, a coroutine at its await, and joined, so this takes as long as its cleanup.
/// What x gives all the same is given; a failure of its own is rethrown. Errors at the await: those
/// of x; `timeout_error` if x ended because of the timer; `cancelled_error` if this await was
/// cancelled.
template <class A>
  requires detail::operand_form<A>
[[nodiscard]] auto with_timeout(A&& awaited, duration limit,
                                std::source_location source = std::source_location::current()) {
  using result = timed<detail::await_result_t<A>>;
  if constexpr (std::is_lvalue_reference_v<A>)
    return result{detail::handle_as_coroutine(awaited), limit, source};
  else if constexpr (detail::is_workflow<A>)
    return result{std::move(awaited), limit, source};
  else
    return result{detail::as_coroutine(std::move(awaited)), limit, source};
}

} // namespace perdure::inline v0
