// Who waits at a semaphore, a latch or a channel: first come, first served.
#pragma once

#include <coroutine>
#include <string_view>

#include "perdure/config.hpp"
#include "perdure/history/failure_error.hpp"
#include "perdure/workflow/resolution.hpp"
#include "perdure/workflow/run_context.hpp"

namespace perdure::inline v0::detail {

class waiting_line;

/// Where somebody stands. For the line alone.
struct line_place {
  waiting_line* line{nullptr}; ///< Null: in none.
  line_place* before{nullptr};
  line_place* after{nullptr};
};

/// One coroutine that waits in a line. Lives in its frame; leaves the line when it is destroyed.
class line_waiter : public waiter, public line_place {
public:
  line_waiter(std::string_view what, strand& owner) noexcept : owner_{&owner}, what_{what} {}
  line_waiter(line_waiter const&) = delete;
  auto operator=(line_waiter const&) -> line_waiter& = delete;

  /// Goes on: what was waited for is there.
  void serve();

  void on_resolved(replay::operation_index) override {} // it watches none
  void on_cancel() override;
  [[nodiscard]] auto waits_for() const noexcept -> wait_facts override {
    return {.what = wait_facts::kind::line, .name = what_};
  }

protected:
  ~line_waiter();
  [[nodiscard]] auto run() const noexcept -> run_context& { return *owner_->run; }
  /// Whether the await must throw, and not wait.
  [[nodiscard]] auto is_cancelled_before() -> bool {
    return cancelled_ = owner_->take_cancellation();
  }
  void wait_in(waiting_line& at, std::coroutine_handle<> handle);
  void throw_if_cancelled() const {
    if (cancelled_) throw_failure(cancelled_failure());
  }
  /// It was served, whether or not it has gone on.
  [[nodiscard]] auto is_served() const noexcept -> bool { return served_; }

private:
  void leave() noexcept;
  void go_on();

  strand* owner_;
  std::string_view what_;
  std::coroutine_handle<> handle_{};
  bool served_{false};
  bool cancelled_{false};
};

/// Who waits, in the order in which they came.
class waiting_line {
public:
  waiting_line() = default;
  waiting_line(waiting_line const&) = delete;
  auto operator=(waiting_line const&) -> waiting_line& = delete;
  /// Who still waits is never served.
  ~waiting_line() {
    for (line_place* each = first_; each != nullptr; each = each->after) each->line = nullptr;
  }

  [[nodiscard]] auto empty() const noexcept -> bool { return first_ == nullptr; }
  /// Null: nobody waits.
  [[nodiscard]] auto first() const noexcept -> line_waiter* {
    return static_cast<line_waiter*>(first_);
  }
  void add(line_waiter& one) noexcept;
  void remove(line_waiter& one) noexcept;

private:
  line_place* first_{nullptr};
  line_place* last_{nullptr};
};

inline void line_waiter::leave() noexcept {
  if (line != nullptr) line->remove(*this);
}

#if PERDURE_DEFINES
PERDURE_INLINE void line_waiter::on_cancel() {
  cancelled_ = true;
  go_on();
}
PERDURE_INLINE line_waiter::~line_waiter() {
  leave(); // also while the run is let go, in whatever order its frames die
  if (handle_ && owner_->pending == this) owner_->pending = nullptr;
}
PERDURE_INLINE void line_waiter::go_on() {
  leave();
  owner_->pending = nullptr;
  run().make_ready(handle_, owner_);
}
PERDURE_INLINE void waiting_line::add(line_waiter& one) noexcept {
  one.line = this;
  one.before = last_;
  (last_ == nullptr ? first_ : last_->after) = &one;
  last_ = &one;
}
PERDURE_INLINE void waiting_line::remove(line_waiter& one) noexcept {
  (one.before == nullptr ? first_ : one.before->after) = one.after;
  (one.after == nullptr ? last_ : one.after->before) = one.before;
  static_cast<line_place&>(one) = {};
}
PERDURE_INLINE void line_waiter::serve() {
  served_ = true;
  go_on();
}
PERDURE_INLINE void line_waiter::wait_in(waiting_line& at, std::coroutine_handle<> handle) {
  handle_ = handle;
  owner_->pending = this;
  at.add(*this);
}
#endif

} // namespace perdure::inline v0::detail
