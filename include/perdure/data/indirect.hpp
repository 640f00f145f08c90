// A value kept behind one pointer, for parts of a struct that are rarely there.
#pragma once

#include "perdure/data/detail/block_pool.hpp"
#include "perdure/data/detail/owners.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace perdure::inline v0 {

/// An optional value on the heap: one pointer wide, empty by default, compared by value. Copies
/// share it until one is changed (by `make`), so that a copy costs one atomic increment. Safe to
/// copy and read from several threads.
template <class T>
class indirect {
public:
  indirect() noexcept = default;
  indirect(T value) : box_{new box{{1}, std::move(value)}} {}
  indirect(indirect const& other) noexcept : box_{other.box_} {
    if (box_ != nullptr) box_->count.fetch_add(1, std::memory_order_relaxed);
  }
  indirect(indirect&& other) noexcept : box_{std::exchange(other.box_, nullptr)} {}
  auto operator=(indirect other) noexcept -> indirect& {
    std::swap(box_, other.box_);
    return *this;
  }
  ~indirect() {
    if (box_ != nullptr) release(box_);
  }

  [[nodiscard]] explicit operator bool() const noexcept { return box_ != nullptr; }
  [[nodiscard]] auto has_value() const noexcept -> bool { return box_ != nullptr; }
  [[nodiscard]] auto operator*() const noexcept -> T const& { return box_->value; }
  [[nodiscard]] auto operator->() const noexcept -> T const* { return &box_->value; }
  [[nodiscard]] auto get() const noexcept -> T const* {
    return box_ == nullptr ? nullptr : &box_->value;
  }
  /// The value, to be changed: made (empty) if there is none yet, and no longer shared.
  [[nodiscard]] auto make() -> T& {
    if (box_ == nullptr)
      *this = indirect{T{}};
    else if (box_->count.load(std::memory_order_acquire) != 1)
      *this = indirect{T(box_->value)};
    return box_->value;
  }
  void reset() noexcept { *this = indirect{}; }

  friend auto operator==(indirect const& a, indirect const& b) -> bool {
    if (a.box_ == b.box_) return true;
    return a.box_ != nullptr && b.box_ != nullptr && *a == *b;
  }

private:
  struct box {
    std::atomic<std::uint32_t> count;
    T value;
    static auto operator new(std::size_t size) -> void* { return detail::take_block(size); }
    static void operator delete(void* held, std::size_t size) noexcept {
      detail::give_block(held, size);
    }
  };
  /// Out of line, for nearly all are empty.
  [[gnu::noinline]] static void release(box* held) noexcept {
    if (detail::was_last_owner(held->count)) delete held;
  }
  box* box_{nullptr};
};

} // namespace perdure::inline v0
