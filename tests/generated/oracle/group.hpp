// The oracle's fan-out: several operations or coroutines at once, until a rule says that it is
// enough.
#pragma once

#include "generated/oracle/coroutine.hpp"

namespace oracle {

enum class goal : std::uint8_t { all, settled, any };

/// One of those that a group waits for.
struct member {
  operation_ptr op{};
  std::function<operation_ptr()> ask{}; ///< Makes the operation, if it is not there yet.
  std::unique_ptr<line> own{}; ///< Of the coroutine, which goes first; null until it was started.
  bool cancelled{false};       ///< By its group, which does that once.
  co code{};

  [[nodiscard]] auto is_code() const -> bool { return code.handle() != nullptr; }
  [[nodiscard]] auto bad() const -> bool {
    return is_code() ? code.handle().promise().thrown != nullptr : op->failed;
  }
  /// Its value; throws its failure.
  [[nodiscard]] auto take() const -> std::string {
    if (is_code()) return code.rethrow(), "done";
    op->take();
    return op->value;
  }
};

struct await_group {
  loop& all;
  line& mine;
  goal wanted;
  bool cancel_rest;
  std::vector<member>& members;
  std::coroutine_handle<> self{};
  std::size_t left{0};
  std::size_t running{0};
  std::size_t first{none};
  bool decided{false};
  bool stopped{false};
  bool waiting{false};
  static constexpr std::size_t none = static_cast<std::size_t>(-1);

  [[nodiscard]] auto await_ready() -> bool {
    stopped = mine.take();
    if (stopped) return true;
    for (member& each : members)
      if (each.ask) each.op = each.ask();
    left = members.size();
    decided = left == 0;
    for (std::size_t i = 0; i < members.size(); ++i) begin(i);
    return decided && running == 0;
  }
  void await_suspend(std::coroutine_handle<> handle) {
    self = handle;
    waiting = true;
    mine.cancel_wait = [this] {
      bool const hidden = wanted == goal::settled; // its members' failures are values
      stopped = stopped || hidden;
      return cancel_members(true) || hidden;
    };
  }
  /// The index of the member that decided: the first that is over (any) or that failed (all).
  auto await_resume() const -> std::size_t {
    if (stopped) throw cancelled();
    if (wanted == goal::all && first != none) (void)members[first].take();
    return first;
  }

private:
  void begin(std::size_t i) {
    member& each = members[i];
    if (decided) return;
    if (each.is_code()) {
      each.own = std::make_unique<line>(line{mine.inner, mine.inner, false, {}});
      each.code.handle().promise().done = [this, i] {
        --running;
        if (!decided) count(i);
        end_if_over();
      };
      ++running;
      all.ready.push_back(each.code.handle());
    } else if (each.op->over) {
      count(i);
    } else {
      each.op->on_over = [this, i] {
        if (!decided) count(i);
        end_if_over();
      };
    }
  }
  void count(std::size_t i) {
    --left;
    if (wanted == goal::any || (wanted == goal::all && members[i].bad())) {
      first = i;
      decided = true;
      for (member& each : members)
        if (each.op) each.op->on_over = nullptr;
      (void)cancel_members(cancel_rest);
    } else if (left == 0) {
      decided = true;
    }
  }
  auto cancel_members(bool operations_too) -> bool {
    bool taken = false;
    for (member& each : members) {
      if (each.is_code()) {
        if (!each.own || each.code.done()) continue;
        if (!std::exchange(each.cancelled, true)) each.own->cancel(); // once: its cleanup may await
        taken = true;
      } else if (operations_too && each.op->cancel()) {
        taken = true;
      }
    }
    return taken;
  }
  void end_if_over() {
    if (!decided || running != 0 || !waiting) return;
    waiting = false;
    mine.cancel_wait = nullptr;
    all.ready.push_back(self);
  }
};

} // namespace oracle
