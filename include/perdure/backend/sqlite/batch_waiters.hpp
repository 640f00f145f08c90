// Callers that wait for the end of a transaction.
#pragma once

#include <cstdint>
#include <optional>

#include "perdure/error.hpp"

namespace perdure::inline v0::sqlite {

/// Who waits for which batch. Each place is on its caller's stack: to say that a batch was not kept
/// takes no memory.
class batch_waiters {
public:
  /// From when a caller has taken part until it knows.
  class place {
  public:
    place(batch_waiters& among, std::uint64_t batch) noexcept : among_{among}, batch_{batch} {
      enter();
    }
    place(place const&) = delete;
    auto operator=(place const&) -> place& = delete;
    ~place() {
      (before_ != nullptr ? before_->next_ : among_.first_) = next_;
      if (next_ != nullptr) next_->before_ = before_;
    }
    /// Why the batch was not kept; none if nobody said so.
    [[nodiscard]] auto why() const noexcept -> std::optional<error> const& { return why_; }

  private:
    friend class batch_waiters;
    /// Where it is inlined, GCC 14 warns that a pointer to a local variable stays:
    /// -Wdangling-pointer.
    [[gnu::noinline]] void enter() noexcept {
      next_ = among_.first_;
      if (next_ != nullptr) next_->before_ = this;
      among_.first_ = this;
    }
    batch_waiters& among_;
    std::uint64_t batch_;
    std::optional<error> why_{};
    place* next_{nullptr};
    place* before_{nullptr};
  };

  [[nodiscard]] auto empty() const noexcept -> bool { return first_ == nullptr; }
  void fail(std::uint64_t batch, error const& why) noexcept {
    for (place* each = first_; each != nullptr; each = each->next_)
      if (each->batch_ == batch) each->why_ = why;
  }

private:
  place* first_{nullptr};
};

} // namespace perdure::inline v0::sqlite
