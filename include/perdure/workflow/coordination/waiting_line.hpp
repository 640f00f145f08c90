// Who waits at a semaphore, a latch or a channel: first come, first served.
#pragma once

#include <coroutine>
#include <string_view>

#include "perdure/workflow/run_context.hpp"

namespace perdure::inline v0::detail {

class waiting_line;

/// One coroutine that waits in a line. Lives in its frame; leaves the line when it is destroyed.
class line_waiter : public waiter {
public:
  line_waiter(std::string_view what, strand& owner) noexcept : owner_{&owner}, what_{what} {}
  line_waiter(line_waiter const&) = delete;
  auto operator=(line_waiter const&) -> line_waiter& = delete;

  /// Goes on: what was waited for is there.
  void serve();

  void on_resolved(replay::operation_index) override {} // it watches none
  void on_cancel() override {
    cancelled_ = true;
    go_on();
  }
  [[nodiscard]] auto waits_for() const noexcept -> wait_facts override {
    return {.what = wait_facts::kind::line, .name = what_};
  }

protected:
  ~line_waiter() {
    if (!handle_ || owner_->pending != this) return;
    owner_->pending = nullptr;
    if (!run().closing) leave();
  }
  [[nodiscard]] auto run() const noexcept -> run_context& { return *owner_->run; }
  /// Whether the await must throw, and not wait.
  [[nodiscard]] auto is_cancelled_before() -> bool {
    return cancelled_ = owner_->take_cancellation();
  }
  void wait_in(waiting_line& line, std::coroutine_handle<> handle);
  void throw_if_cancelled() const {
    if (cancelled_) throw_failure(cancelled_failure());
  }
  /// It was served, whether or not it has gone on.
  [[nodiscard]] auto is_served() const noexcept -> bool { return served_; }

private:
  friend class waiting_line;
  void leave() noexcept;
  void go_on() {
    leave();
    owner_->pending = nullptr;
    run().make_ready(handle_, owner_);
  }

  strand* owner_;
  std::string_view what_;
  std::coroutine_handle<> handle_{};
  waiting_line* line_{nullptr};
  line_waiter* before_{nullptr};
  line_waiter* after_{nullptr};
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
    for (line_waiter* each = first_; each != nullptr; each = each->after_) each->line_ = nullptr;
  }

  [[nodiscard]] auto empty() const noexcept -> bool { return first_ == nullptr; }
  /// Null: nobody waits.
  [[nodiscard]] auto first() const noexcept -> line_waiter* { return first_; }

private:
  friend class line_waiter;
  void add(line_waiter& one) noexcept {
    one.line_ = this;
    one.before_ = last_;
    (last_ == nullptr ? first_ : last_->after_) = &one;
    last_ = &one;
  }
  void remove(line_waiter& one) noexcept {
    (one.before_ == nullptr ? first_ : one.before_->after_) = one.after_;
    (one.after_ == nullptr ? last_ : one.after_->before_) = one.before_;
    one.line_ = nullptr;
    one.before_ = one.after_ = nullptr;
  }

  line_waiter* first_{nullptr};
  line_waiter* last_{nullptr};
};

inline void line_waiter::serve() {
  served_ = true;
  go_on();
}
inline void line_waiter::wait_in(waiting_line& line, std::coroutine_handle<> handle) {
  handle_ = handle;
  owner_->pending = this;
  line.add(*this);
}
inline void line_waiter::leave() noexcept {
  if (line_ != nullptr) line_->remove(*this);
}

} // namespace perdure::inline v0::detail
