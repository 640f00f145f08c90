// The loop on which the calls of a connection end, and the turns that threads take at running it.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>

#include "perdure/time.hpp"

namespace perdure::inline v0::temporal {

/// Who waits on a loop: one thread, until it is called.
class loop_waiter {
public:
  enum class rank : bool {
    caller, ///< Of a call. It runs the loop if nobody else does.
    worker, ///< Of tasks. It comes back to the loop after each, and runs it rather than callers.
  };
  explicit loop_waiter(rank its) noexcept : rank_{its} {}
  loop_waiter(loop_waiter const&) = delete;
  auto operator=(loop_waiter const&) -> loop_waiter& = delete;

private:
  friend class call_loop;
  std::condition_variable* wakes_{nullptr}; ///< While it is parked; of the loop.
  rank rank_;
  bool is_called_{false};
};

/// A completion queue. Whoever waits for what calls bring runs it meanwhile, one thread at a time,
/// and does itself what their ends bring about: while there is one that waits, no answer is handed
/// from thread to thread. Thread-safe.
class call_loop {
public:
  call_loop();
  call_loop(call_loop const&) = delete;
  auto operator=(call_loop const&) -> call_loop& = delete;
  /// Nothing may be on it any more.
  ~call_loop();

  /// Waits until `me` is called, and runs the loop meanwhile if it is its turn. False: it was not
  /// called until then. Who does not come back soon says `hand_over()` after it.
  auto wait(loop_waiter& me, time_point until = time_point::max()) -> bool;
  /// Does what one call has brought by now. False: none has, or somebody runs the loop.
  auto look() -> bool;
  /// Ends the wait of `who`, or its next one.
  void call(loop_waiter& who);
  /// Who waits runs the loop from now on, if nobody does.
  void hand_over();
  /// Who runs the loop; null: nobody at the moment.
  [[nodiscard]] auto leader() const -> loop_waiter*;
  /// Whether threads have lately been away from it for much of the time.
  [[nodiscard]] auto is_busy() const noexcept -> bool;

private:
  friend class open_calls;
  struct impl;
  std::unique_ptr<impl> impl_;
};

} // namespace perdure::inline v0::temporal
