// A queue in which some come first.
#pragma once

#include <cstddef>
#include <deque>
#include <vector>

namespace perdure::inline v0::engine {

/// First in, first out, but for those that jump the queue: they come before all others, the latest
/// of them first. Not a std::deque alone, which takes a block of memory and gives it back each time
/// that its front goes to and fro over the edge of one.
template <class T>
class jumped_queue {
public:
  [[nodiscard]] auto empty() const noexcept -> bool { return jumpers_.empty() && line_.empty(); }
  [[nodiscard]] auto size() const noexcept -> std::size_t { return jumpers_.size() + line_.size(); }
  /// \pre !empty()
  [[nodiscard]] auto front() const noexcept -> T const& {
    return jumpers_.empty() ? line_.front() : jumpers_.back();
  }
  /// \pre !empty()
  [[nodiscard]] auto back() const noexcept -> T const& {
    return line_.empty() ? jumpers_.front() : line_.back();
  }
  void push_front(T item) { jumpers_.push_back(item); }
  void push_back(T item) { line_.push_back(item); }
  /// \pre !empty()
  void pop_front() noexcept {
    if (jumpers_.empty())
      line_.pop_front();
    else
      jumpers_.pop_back();
  }

private:
  std::vector<T> jumpers_{}; ///< The first is at its end.
  std::deque<T> line_{};
};

} // namespace perdure::inline v0::engine
