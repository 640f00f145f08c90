// What all combinators share: several operands, each an operation or a coroutine of its own strand,
// and the rule that says when the await on them is over.
#pragma once

#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "perdure/config.hpp"
#include "perdure/workflow/operation.hpp"
#include "perdure/workflow/workflow.hpp"

namespace perdure::inline v0::detail {

/// When an await on several operands is over.
enum class group_goal : std::uint8_t {
  all,     ///< All succeeded, or one failed.
  settled, ///< All are over, whatever came of them.
  any,     ///< One is over.
};

/// A strand that a combinator started: one coroutine operand and what that awaits in line.
struct child_strand : strand {
  promise_base* promise{nullptr};
  std::coroutine_handle<> start{};
  bool cancelled{false}; ///< By its group: once is enough, its cleanup may await.
};

/// One operand, without its type.
struct operand_slot {
  replay::operation_index operation{replay::no_operation};
  child_strand* child{nullptr};
};

/// The slots of a range's operands.
class slot_list {
public:
  slot_list() noexcept = default;
  slot_list(slot_list&& other) noexcept
      : slots_{std::exchange(other.slots_, nullptr)}, count_{other.count_} {}
  auto operator=(slot_list&&) -> slot_list& = delete;
  ~slot_list() { delete[] slots_; }

  /// \pre it was not called before
  [[nodiscard]] auto make(std::size_t count) -> operand_slot* {
    count_ = count;
    return slots_ = new operand_slot[count];
  }
  [[nodiscard]] auto all() const noexcept -> std::span<operand_slot> { return {slots_, count_}; }

private:
  operand_slot* slots_{nullptr};
  std::size_t count_{0};
};

/// Has the processor fetch the results that are taken after the one of `slots[at]`: those of many
/// operations are in no near cache. Step by step, since one thing leads to the next.
void fetch_results(run_context const& run, std::span<operand_slot const> slots,
                   std::size_t at) noexcept;

/// Waits for operands. Operations that are left behind go on; coroutines are cancelled and joined
/// before the await ends, since they may hold references into the frame that awaits.
class operand_group : public waiter, public strand_owner {
public:
  static constexpr std::size_t none = static_cast<std::size_t>(-1);

  operand_group(strand& owner, group_goal goal, bool cancel_rest) noexcept
      : owner_{&owner}, goal_{goal}, cancel_rest_{cancel_rest} {}
  operand_group(operand_group const&) = delete;
  auto operator=(operand_group const&) -> operand_group& = delete;

  void await_suspend(std::coroutine_handle<> handle) noexcept;
  void on_resolved(replay::operation_index index) final;
  void on_strand_done(strand& ended) final;
  void on_cancel() final;
  [[nodiscard]] auto waits_for() const noexcept -> wait_facts final;

protected:
  ~operand_group() = default;

  /// For destructors, while the operands live: nobody comes back to this await.
  void abandon() noexcept;

  [[nodiscard]] auto begin() -> bool;
  /// Takes in the operands, issued in their order. True if the await is over at once.
  [[nodiscard]] auto watch_all(std::span<operand_slot> slots) -> bool;
  [[nodiscard]] auto run() const noexcept -> run_context& { return *owner_->run; }
  /// The operand that failed first (all) or was over first (any); `none` if there is none.
  [[nodiscard]] auto first() const noexcept -> std::size_t { return first_; }
  void throw_if_cancelled() const {
    if (cancelled_) throw_failure(cancelled_failure());
  }

private:
  static void cancel_child(child_strand& child);
  void count(std::size_t ordinal, bool operand_failed);
  void watch_operations();
  void stop_watching() noexcept;
  void leave_rest();
  void end_if_over();

  strand* owner_;
  std::coroutine_handle<> handle_{};
  std::span<operand_slot> slots_{};
  std::size_t left_{0};
  std::size_t live_{0};
  std::size_t first_{none};
  group_goal goal_;
  bool cancel_rest_;
  bool decided_{false};
  bool cancelled_{false};
};

#if PERDURE_DEFINES
PERDURE_INLINE void fetch_results(run_context const& run, std::span<operand_slot const> slots,
                                  std::size_t at) noexcept {
  auto const outcome_at = [&](std::size_t index) -> event_attributes const* {
    if (index >= slots.size() || slots[index].operation == replay::no_operation) return nullptr;
    return &run.machine.at(slots[index].operation).outcome;
  };
  auto const result_at = [&](std::size_t index) -> payloads const* {
    auto const* const outcome = outcome_at(index);
    if (outcome == nullptr) return nullptr;
    if (auto const* const child = outcome->get_if<events::child_workflow_execution_completed>())
      return &child->result;
    auto const* const activity = outcome->get_if<events::activity_task_completed>();
    return activity == nullptr ? nullptr : &activity->result;
  };
  if (auto const* const outcome = outcome_at(at + 6)) outcome->fetch(64);
  if (auto const* const result = result_at(at + 4)) __builtin_prefetch(result->begin());
  if (auto const* const result = result_at(at + 2); result != nullptr && !result->empty())
    for (std::size_t byte = 0; byte < 192; byte += 64)
      __builtin_prefetch(result->begin()->data.data() + byte);
}
PERDURE_INLINE void operand_group::await_suspend(std::coroutine_handle<> handle) noexcept {
  handle_ = handle;
  owner_->pending = this;
}
PERDURE_INLINE void operand_group::on_resolved(replay::operation_index index) {
  if (decided_) return;
  std::size_t ordinal = none;
  bool const bad = is_failure(owner_->run->machine.at(index));
  if (goal_ == group_goal::any || bad)
    for (ordinal = 0; slots_[ordinal].operation != index;) ++ordinal;
  count(ordinal, bad);
  end_if_over();
}
PERDURE_INLINE void operand_group::on_strand_done(strand& ended) {
  --live_;
  if (!decided_) {
    std::size_t ordinal = 0;
    auto& child = static_cast<child_strand&>(ended);
    if (goal_ == group_goal::any || child.promise->thrown)
      while (slots_[ordinal].child != &child) ++ordinal;
    count(ordinal, child.promise->thrown != nullptr);
  }
  end_if_over();
}
PERDURE_INLINE void operand_group::on_cancel() {
  // The others learn of it by an operand that fails; outcomes as values would hide it.
  cancelled_ = cancelled_ || goal_ == group_goal::settled;
  for (operand_slot& slot : slots_) {
    if (slot.child != nullptr)
      cancel_child(*slot.child);
    else if (slot.operation != replay::no_operation)
      owner_->run->cancel(slot.operation, {});
  }
}
PERDURE_INLINE auto operand_group::waits_for() const noexcept -> wait_facts {
  return {.what = wait_facts::kind::operands,
          .operands = slots_.data(),
          .count = static_cast<std::uint32_t>(slots_.size())};
}
PERDURE_INLINE void operand_group::abandon() noexcept {
  if (!handle_ || owner_->pending != this) return;
  owner_->pending = nullptr;
  if (owner_->run->closing) return;
  stop_watching();
  for (operand_slot const& slot : slots_)
    if (slot.child != nullptr) owner_->run->forget(*slot.child);
}
PERDURE_INLINE auto operand_group::begin() -> bool {
  cancelled_ = owner_->take_cancellation();
  return !cancelled_;
}
PERDURE_INLINE auto operand_group::watch_all(std::span<operand_slot> slots) -> bool {
  slots_ = slots;
  left_ = slots.size();
  if (left_ == 0) decided_ = true;
  watch_operations();
  for (std::size_t i = 0; i < slots.size(); ++i) {
    if (child_strand* const child = slots[i].child) {
      static_cast<strand&>(*child) = {
          .run = owner_->run, .scope = owner_->scope, .base = owner_->scope, .root = owner_->root};
      child->promise->owner = child;
      child->promise->done = this;
      if (decided_) continue; // never started: an operand before it has decided
      ++live_;
      owner_->run->make_ready(child->start, child);
    } else if (owner_->run->machine.at(slots[i].operation).resolved) {
      if (!decided_) count(i, is_failure(owner_->run->machine.at(slots[i].operation)));
    }
  }
  return decided_ && live_ == 0;
}
PERDURE_INLINE void operand_group::cancel_child(child_strand& child) {
  if (child.promise->owner == nullptr || child.start.done()) return;
  if (!std::exchange(child.cancelled, true)) child.cancel();
}
PERDURE_INLINE void operand_group::count(std::size_t ordinal, bool operand_failed) {
  --left_;
  if (goal_ == group_goal::any || (goal_ == group_goal::all && operand_failed)) {
    first_ = ordinal;
    decided_ = true;
    stop_watching();
    leave_rest();
  } else if (left_ == 0) {
    decided_ = true;
  }
}
PERDURE_INLINE void operand_group::watch_operations() {
  for (operand_slot const& slot : slots_) {
    if (slot.operation == replay::no_operation || owner_->run->machine.at(slot.operation).resolved)
      continue;
    if (owner_->run->watched(slot.operation)) {
      stop_watching();
      throw_used_twice();
    }
    owner_->run->watch(slot.operation, this);
  }
}
PERDURE_INLINE void operand_group::stop_watching() noexcept {
  for (operand_slot const& slot : slots_)
    if (slot.operation != replay::no_operation) owner_->run->unwatch(slot.operation, this);
}
PERDURE_INLINE void operand_group::leave_rest() {
  for (operand_slot const& slot : slots_) {
    if (slot.child != nullptr)
      cancel_child(*slot.child);
    else if (cancel_rest_ && slot.operation != replay::no_operation)
      owner_->run->cancel(slot.operation, {});
  }
}
PERDURE_INLINE void operand_group::end_if_over() {
  if (!decided_ || live_ != 0 || owner_->pending != this) return;
  owner_->pending = nullptr;
  owner_->run->make_ready(handle_, owner_);
}
#endif

} // namespace perdure::inline v0::detail
