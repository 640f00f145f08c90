// The oracle's waits for what a run's own code brings about: its state, and the end of a coroutine.
#pragma once

#include "generated/oracle/coroutine.hpp"

namespace oracle {

/// Waits until something holds of the run's state; see `conditions`.
struct await_condition {
  loop& all;
  line& mine;
  struct conditions& others;
  std::function<bool()> holds;
  std::function<operation_ptr()> limit{}; ///< Makes a timer.
  operation_ptr timer{};
  std::coroutine_handle<> self{};
  bool stopped{false};
  bool late{false};

  [[nodiscard]] auto await_ready() -> bool {
    stopped = mine.take();
    if (stopped || holds()) return true;
    if (limit) timer = limit();
    return false;
  }
  inline void await_suspend(std::coroutine_handle<> handle);
  inline void go_on();
  /// Whether it holds; it may have come true together with the timer.
  auto await_resume() const -> bool {
    if (stopped) throw cancelled();
    return !late || holds();
  }
  void drop_timer() const {
    if (!timer) return;
    timer->on_over = nullptr;
    (void)timer->cancel();
  }
};
/// Those of a run that do not hold yet. They are looked at when nothing else can go on, in a ring;
/// after one that holds, what it wakes goes first.
struct conditions {
  std::deque<await_condition*> ring{};

  auto wake_one() -> bool {
    for (std::size_t i = 0; i < ring.size(); ++i) {
      if (!ring[i]->holds()) continue;
      await_condition* const found = ring[i];
      std::deque<await_condition*> next;
      for (std::size_t k = 1; k < ring.size(); ++k) next.push_back(ring[(i + k) % ring.size()]);
      ring = std::move(next);
      found->drop_timer();
      found->go_on();
      return true;
    }
    return false;
  }
};
inline void await_condition::await_suspend(std::coroutine_handle<> handle) {
  self = handle;
  others.ring.push_back(this);
  mine.cancel_wait = [this] {
    stopped = true;
    drop_timer();
    go_on();
    return true;
  };
  if (timer)
    timer->on_over = [this] {
      late = true;
      go_on();
    };
}
inline void await_condition::go_on() {
  std::erase(others.ring, this);
  mine.cancel_wait = nullptr;
  all.ready.push_back(self);
}

/// Waits for a coroutine, and cancels it when a timer fires.
struct await_limited {
  loop& all;
  line& mine;
  std::function<operation_ptr()> limit; ///< Makes the timer.
  std::function<co(line&)> make;
  line own{};
  co code{};
  operation_ptr timer{};
  std::coroutine_handle<> self{};
  bool stopped{false};
  bool cancelled_here{false};
  bool late{false};
  bool told{false};

  [[nodiscard]] auto await_ready() -> bool {
    stopped = mine.take();
    if (stopped) return true;
    timer = limit();
    own = line{mine.inner, mine.inner, false, {}};
    code = make(own);
    all.ready.push_back(code.handle());
    return false;
  }
  void await_suspend(std::coroutine_handle<> handle) {
    self = handle;
    code.handle().promise().done = [this] {
      if (!late) {
        timer->on_over = nullptr;
        (void)timer->cancel();
      }
      mine.cancel_wait = nullptr;
      all.ready.push_back(self);
    };
    timer->on_over = [this] {
      late = true;
      stop();
    };
    mine.cancel_wait = [this] {
      cancelled_here = true;
      stop();
      return true;
    };
  }
  void await_resume() const {
    if (stopped) throw cancelled();
    try {
      code.rethrow();
    } catch (failure const& why) {
      if (why.cancelled && late && !cancelled_here) throw failure{"timeout:start_to_close"};
      throw;
    }
  }
  void stop() {
    if (!std::exchange(told, true)) own.cancel();
  }
};

} // namespace oracle
