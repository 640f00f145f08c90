// A queue that costs nothing while it is empty.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

namespace perdure::inline v0::detail {

/// First in, first out. Empty, it has no memory of its own, where std::deque has half a kilobyte.
/// Constant time at both ends, on average.
template <class T>
class fifo {
public:
  [[nodiscard]] auto empty() const noexcept -> bool { return first_ == items_.size(); }
  [[nodiscard]] auto size() const noexcept -> std::size_t { return items_.size() - first_; }
  [[nodiscard]] auto front() noexcept -> T& { return items_[first_]; }
  [[nodiscard]] auto front() const noexcept -> T const& { return items_[first_]; }
  [[nodiscard]] auto begin() noexcept { return items_.begin() + offset(); }
  [[nodiscard]] auto begin() const noexcept { return items_.begin() + offset(); }
  [[nodiscard]] auto end() noexcept { return items_.end(); }
  [[nodiscard]] auto end() const noexcept { return items_.end(); }

  /// \pre at < size()
  [[nodiscard]] auto operator[](std::size_t at) const noexcept -> T const& {
    return items_[first_ + at];
  }

  void push_back(T item) { items_.push_back(std::move(item)); }
  void pop_front() {
    items_[first_++] = T{};
    if (first_ * 2 < items_.size()) return;
    items_.erase(items_.begin(), begin());
    first_ = 0;
  }
  void erase(typename std::vector<T>::iterator at) { items_.erase(at); }
  /// Bytes on the heap, but for what the items themselves hold.
  [[nodiscard]] auto heap_bytes() const noexcept -> std::size_t {
    return items_.capacity() * sizeof(T);
  }

private:
  [[nodiscard]] auto offset() const noexcept { return static_cast<std::ptrdiff_t>(first_); }

  std::vector<T> items_{};
  std::size_t first_{0}; ///< Those before it have been taken.
};

} // namespace perdure::inline v0::detail
