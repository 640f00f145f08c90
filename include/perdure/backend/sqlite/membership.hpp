// The place of this process among those that work on one file.
#pragma once

#include <cstdint>
#include <string_view>

#include "perdure/backend/sqlite/members.hpp"
#include "perdure/history/task.hpp"
#include "perdure/time.hpp"

namespace perdure::inline v0::sqlite {

/// Base of the store, which has `members()`, the table, and `signal()`. A member may be handed
/// tasks; each handing-out has a lease with the member's number in it.
template <class Store>
class membership {
public:
  /// Becomes a member, in this transaction: leases are numbered from here on.
  void join(std::string_view identity, time_point until) {
    member_ = store().members().add(identity, until);
    last_lease_ = 0;
    store().signal().hold(member_);
  }
  /// 0: it is none.
  [[nodiscard]] auto member() const noexcept -> std::int64_t { return member_; }
  /// Whether this process's membership was ended by others: it was paused for too long.
  [[nodiscard]] auto is_expelled() -> bool {
    return member_ != 0 && !store().members().exists(member_);
  }
  void renew(time_point until) { store().members().renew(member_, until); }
  void leave() {
    store().members().erase(member_);
    store().signal().release(member_);
    member_ = 0;
  }
  /// Leaves without a word in the file: the next to look sees that nobody holds the mark.
  void vanish() noexcept {
    if (member_ != 0) store().signal().release(member_);
    member_ = 0;
  }
  [[nodiscard]] auto new_lease() noexcept -> task_lease {
    return (static_cast<task_lease>(member_) << lease_bits) | ++last_lease_;
  }

private:
  [[nodiscard]] auto store() noexcept -> Store& { return static_cast<Store&>(*this); }

  std::int64_t member_{0};
  task_lease last_lease_{0};
};

} // namespace perdure::inline v0::sqlite
