// A number of permits that coroutines of one run share.
#pragma once

#include <coroutine>
#include <cstddef>
#include <optional>
#include <source_location>
#include <utility>

#include "perdure/config.hpp"
#include "perdure/workflow/coordination/waiting_line.hpp"

namespace perdure::inline v0 {

class semaphore;

/// A permit of a semaphore, or the lock of a mutex, which goes back when this is destroyed. Must
/// not outlive what it is of.
class [[nodiscard("the permit goes back at once")]] permit {
public:
  permit() = default;
  permit(permit&& other) noexcept
      : of_{std::exchange(other.of_, nullptr)}, run_{std::exchange(other.run_, nullptr)} {}
  auto operator=(permit&& other) noexcept -> permit& {
    if (this == &other) return *this;
    release();
    of_ = std::exchange(other.of_, nullptr);
    run_ = std::exchange(other.run_, nullptr);
    return *this;
  }
  ~permit() { release(); }

  /// Gives it back now: who waits longest goes on.
  void release() noexcept;
  [[nodiscard]] explicit operator bool() const noexcept { return of_ != nullptr; }

private:
  friend class semaphore;
  permit(semaphore& of, detail::run_context& run) noexcept : of_{&of}, run_{&run} {}
  semaphore* of_{nullptr};
  detail::run_context* run_{nullptr};
};

/// Permits for coroutines of one run, handed out in the order in which they were asked for. Lives
/// in a workflow's frame or object; leaves no history. Every call is constant in time.
///
///     perdure::semaphore few{10};
///     auto const one = co_await few.acquire(); // until the end of the block
class semaphore {
public:
  explicit semaphore(std::size_t permits) noexcept : free_{permits} {}
  semaphore(semaphore const&) = delete;
  auto operator=(semaphore const&) -> semaphore& = delete;
  ~semaphore() = default;

  class acquiring;
  /// `permit p = co_await s.acquire()`. Errors at the await: `cancelled_error`.
  [[nodiscard]] auto acquire() noexcept -> acquiring;
  /// Empty: none is free, or others wait for one.
  [[nodiscard]] auto try_acquire() -> std::optional<permit>;
  /// Permits that nobody has.
  [[nodiscard]] auto available() const noexcept -> std::size_t { return free_; }

private:
  friend class permit;
  class acquire_await;

  [[nodiscard]] auto take() noexcept -> bool;
  void give_back();

  std::size_t free_;
  detail::waiting_line line_;
};

class [[nodiscard]] semaphore::acquire_await final : public detail::line_waiter {
public:
  acquire_await(semaphore& from, detail::strand& owner) noexcept
      : line_waiter{"a semaphore", owner}, from_{&from} {}
  /// Destroyed between being served and going on: somebody else gets the permit.
  ~acquire_await() {
    if (is_served() && !taken_ && !run().closing) from_->give_back();
  }

  [[nodiscard]] auto await_ready() -> bool {
    return is_cancelled_before() || (at_once_ = from_->take());
  }
  void await_suspend(std::coroutine_handle<> handle) { wait_in(from_->line_, handle); }
  [[nodiscard]] auto await_resume() -> permit;

private:
  semaphore* from_;
  bool at_once_{false};
  bool taken_{false};
};

/// See `semaphore::acquire`.
class [[nodiscard("nothing is acquired until this is awaited")]] semaphore::acquiring {
public:
  explicit acquiring(semaphore& from) noexcept : from_{&from} {}
  [[nodiscard]] auto make_awaiter(detail::strand& owner, std::source_location) && noexcept
      -> acquire_await {
    return {*from_, owner};
  }

private:
  semaphore* from_;
};

inline auto semaphore::acquire() noexcept -> acquiring { return acquiring{*this}; }

/// Lets one coroutine of a run at a time go on.
///
///     auto const lock = co_await door.lock(); // until the end of the block
class mutex {
public:
  /// `permit l = co_await m.lock()`. Not recursive. Errors at the await: `cancelled_error`.
  [[nodiscard]] auto lock() noexcept -> semaphore::acquiring { return one_.acquire(); }
  /// Empty: another coroutine has it.
  [[nodiscard]] auto try_lock() -> std::optional<permit>;
  [[nodiscard]] auto is_locked() const noexcept -> bool { return one_.available() == 0; }

private:
  semaphore one_{1};
};

#if PERDURE_DEFINES
PERDURE_INLINE auto semaphore::try_acquire() -> std::optional<permit> {
  auto& run = detail::require_run_to_change("semaphore::try_acquire");
  if (!take()) return std::nullopt;
  return permit{*this, run};
}
PERDURE_INLINE auto mutex::try_lock() -> std::optional<permit> { return one_.try_acquire(); }
PERDURE_INLINE auto semaphore::take() noexcept -> bool {
  if (free_ == 0) return false; // and whenever one is free nobody waits
  --free_;
  return true;
}
PERDURE_INLINE void semaphore::give_back() {
  if (detail::line_waiter* const first = line_.first())
    first->serve(); // it has the permit now
  else
    ++free_;
}
PERDURE_INLINE auto semaphore::acquire_await::await_resume() -> permit {
  if (!at_once_) throw_if_cancelled();
  taken_ = true;
  return {*from_, run()};
}
PERDURE_INLINE void permit::release() noexcept {
  semaphore* const of = std::exchange(of_, nullptr);
  if (of != nullptr && !run_->closing) of->give_back();
}
#endif

} // namespace perdure::inline v0
