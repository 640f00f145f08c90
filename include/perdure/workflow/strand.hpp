// Who runs inside one run of a workflow: strands (a coroutine and those it awaits in line), the
// scopes they are in, and what each is waiting for.
#pragma once

#include <coroutine>
#include <cstdint>
#include <source_location>
#include <string_view>

#include "perdure/config.hpp"
#include "perdure/replay/workflow_machine.hpp"

namespace perdure::inline v0::detail {

class run_context;
struct strand;
struct operand_slot;

/// One level of cancellation: awaits inside a cancelled scope throw, unless a shield stands
/// between.
struct scope_node {
  scope_node* parent{nullptr};
  bool cancelled{false};
  bool shield{false};
};

/// What a waiter waits for, for reports.
struct wait_facts {
  enum class kind : std::uint8_t { operation, start, signal, condition, operands, strand, line };
  kind what{};
  replay::operation_index operation{replay::no_operation}; ///< operation, start.
  std::string_view name{};                                 ///< signal; line: what stands there.
  operand_slot const* operands{nullptr};                   ///< operands: the first of them.
  std::uint32_t count{0};
  strand const* inner{nullptr}; ///< strand: what it does is what is waited for.
};

/// What a strand is suspended at. Lives in the coroutine's frame; unregisters itself when
/// destroyed.
class waiter {
public:
  /// An operation that this waiter watches was resolved.
  virtual void on_resolved(replay::operation_index index) = 0;
  /// The strand was cancelled at this await.
  virtual void on_cancel() = 0;
  [[nodiscard]] virtual auto waits_for() const noexcept -> wait_facts = 0;

protected:
  waiter() = default;
  waiter(waiter&&) = default;
  auto operator=(waiter&&) -> waiter& = default;
  ~waiter() = default;
};

/// An await of one coroutine on another, in line.
struct call_site {
  std::source_location source{};
  call_site* outer{nullptr};
};

/// A line of execution: one coroutine at a time runs, the others of the strand await it.
struct strand {
  run_context* run{nullptr};
  scope_node* scope{nullptr}; ///< The innermost scope entered.
  scope_node* base{nullptr};  ///< The scope it was born in.
  waiter* pending{nullptr};   ///< What it is suspended at; null while it is ready or runs.
  std::uint32_t depth{0};     ///< Coroutines awaiting each other.
  bool cancel_due{false};     ///< Cancelled while nothing was pending: the next await throws.
  strand* root{nullptr};      ///< The strand of the first coroutine: main, or a handler.
  call_site* call{nullptr};   ///< The innermost of the coroutines that await each other.
  std::source_location at{};  ///< Its last await.

  /// Whether a shield protects it from a cancellation of the whole strand.
  [[nodiscard]] auto shielded() const noexcept -> bool;
  /// Whether the next await must throw. A cancellation of the strand is used up by that.
  [[nodiscard]] auto take_cancellation() noexcept -> bool;
  /// Cancels once: at the await it is suspended at, or else at its next one.
  void cancel();
};

/// A coroutine to resume, and the strand it belongs to.
struct ready_coroutine {
  std::coroutine_handle<> handle;
  strand* owner;
};

#if PERDURE_DEFINES
PERDURE_INLINE auto strand::shielded() const noexcept -> bool {
  for (scope_node const* s = scope; s != base; s = s->parent)
    if (s->shield) return true;
  return false;
}
PERDURE_INLINE auto strand::take_cancellation() noexcept -> bool {
  for (scope_node const* s = scope; s != nullptr && !s->shield; s = s->parent)
    if (s->cancelled) return true;
  if (!cancel_due || shielded()) return false;
  cancel_due = false;
  return true;
}
PERDURE_INLINE void strand::cancel() {
  if (pending != nullptr && !shielded())
    pending->on_cancel();
  else
    cancel_due = true;
}
#endif

} // namespace perdure::inline v0::detail
