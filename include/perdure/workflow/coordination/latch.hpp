// A count down that coroutines of one run wait for.
#pragma once

#include <coroutine>
#include <cstddef>
#include <source_location>

#include "perdure/config.hpp"
#include "perdure/error.hpp"
#include "perdure/workflow/coordination/waiting_line.hpp"

namespace perdure::inline v0 {

/// Opens for good when it has been counted down to zero. Lives in a workflow's frame or object;
/// leaves no history.
class latch {
public:
  explicit latch(std::size_t count) noexcept : left_{count} {}
  latch(latch const&) = delete;
  auto operator=(latch const&) -> latch& = delete;
  ~latch() = default;

  /// Who waits goes on when nothing is left, in the order in which they came.
  /// \throws error (invalid_argument) if less is left than that
  void count_down(std::size_t by = 1);
  /// What is left of the count.
  [[nodiscard]] auto count() const noexcept -> std::size_t { return left_; }

  class waiting;
  /// `co_await l.wait()`: until nothing is left. Errors at the await: `cancelled_error`.
  [[nodiscard]] auto wait() noexcept -> waiting;

private:
  class wait_await;
  std::size_t left_;
  detail::waiting_line line_;
};

class [[nodiscard]] latch::wait_await final : public detail::line_waiter {
public:
  wait_await(latch& at, detail::strand& owner) noexcept : line_waiter{"a latch", owner}, at_{&at} {}
  ~wait_await() = default;
  [[nodiscard]] auto await_ready() -> bool { return is_cancelled_before() || at_->left_ == 0; }
  void await_suspend(std::coroutine_handle<> handle) { wait_in(at_->line_, handle); }
  void await_resume() const { throw_if_cancelled(); }

private:
  latch* at_;
};

/// See `latch::wait`.
class [[nodiscard("nothing is waited for until this is awaited")]] latch::waiting {
public:
  explicit waiting(latch& at) noexcept : at_{&at} {}
  [[nodiscard]] auto make_awaiter(detail::strand& owner, std::source_location) && noexcept
      -> wait_await {
    return {*at_, owner};
  }

private:
  latch* at_;
};

inline auto latch::wait() noexcept -> waiting { return waiting{*this}; }

#if PERDURE_DEFINES
PERDURE_INLINE void latch::count_down(std::size_t by) {
  (void)detail::require_run_to_change("latch::count_down");
  if (by > left_)
    throw error{errc::invalid_argument, "latch::count_down: " + std::to_string(by) +
                                            " is more than the " + std::to_string(left_) +
                                            " that are left"};
  left_ -= by;
  if (left_ != 0) return;
  while (detail::line_waiter* const first = line_.first()) first->serve();
}
#endif

} // namespace perdure::inline v0
