// Deadlines in order: a binary heap whose entries know where they are, so that any can be taken
// out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "perdure/engine/run_state.hpp"

namespace perdure::inline v0::engine {

/// Timers by deadline; equal deadlines in the order in which they were set. Setting and clearing
/// cost O(log n), and O(1) for a deadline behind all others; looking at the first is O(1).
class timer_queue {
public:
  /// Sets the timer in `slot`, or moves it. If it throws nothing has changed.
  void set(timer_slot& slot, timer_key key, time_point at) {
    if (heap_.size() == heap_.capacity()) heap_.reserve(2 * heap_.size() + 8);
    if (slot != unset_timer) {
      if (heap_[where_[slot]].at == at) return;
      remove(slot);
    } else if (free_.empty()) {
      where_.push_back(0);
      if (free_.capacity() < where_.size()) free_.reserve(where_.capacity()); // to clear them all
      slot = static_cast<timer_slot>(where_.size() - 1);
    } else {
      slot = free_.back();
      free_.pop_back();
    }
    heap_.push_back({at, ++order_, slot, key});
    where_[slot] = static_cast<std::uint32_t>(heap_.size() - 1);
    rise(heap_.size() - 1);
  }
  void clear(timer_slot& slot) noexcept {
    if (slot == unset_timer) return;
    remove(slot);
    free_.push_back(slot);
    slot = unset_timer;
  }
  [[nodiscard]] auto first() const noexcept -> std::optional<time_point> {
    // What is due at the end of time is due later than can be said, and never comes.
    return heap_.empty() || heap_.front().at == time_point::max() ? std::nullopt
                                                                  : std::optional{heap_.front().at};
  }
  /// Takes the first timer off if its time has come. Its slot is then free: its owner must forget
  /// it.
  auto pop_due(time_point now) -> std::optional<timer_key> {
    if (auto const next = first(); !next || *next > now) return std::nullopt;
    entry const due = heap_.front();
    remove(due.slot);
    free_.push_back(due.slot);
    return due.key;
  }
  /// Whether `f(key)` holds of every timer that will ever be due. Linear.
  template <class F>
  [[nodiscard]] auto all_of(F&& f) const -> bool {
    for (entry const& each : heap_)
      if (each.at != time_point::max() && !f(each.key)) return false;
    return true;
  }
  [[nodiscard]] auto size() const noexcept -> std::size_t { return heap_.size(); }
  /// When the timer in a slot is due. \pre it is set
  [[nodiscard]] auto deadline(timer_slot slot) const noexcept -> time_point {
    return heap_[where_[slot]].at;
  }
  [[nodiscard]] auto key(timer_slot slot) const noexcept -> timer_key const& {
    return heap_[where_[slot]].key;
  }

private:
  struct entry {
    time_point at;
    std::uint64_t order;
    timer_slot slot;
    timer_key key;
  };
  [[nodiscard]] static auto before(entry const& a, entry const& b) noexcept -> bool {
    return a.at != b.at ? a.at < b.at : a.order < b.order;
  }
  void put(std::size_t at, entry const& e) noexcept {
    heap_[at] = e;
    where_[e.slot] = static_cast<std::uint32_t>(at);
  }
  void rise(std::size_t at) noexcept {
    entry const moving = heap_[at];
    for (; at > 0; at = (at - 1) / 2) {
      std::size_t const parent = (at - 1) / 2;
      if (!before(moving, heap_[parent])) break;
      put(at, heap_[parent]);
    }
    put(at, moving);
  }
  void sink(std::size_t at) noexcept {
    entry const moving = heap_[at];
    while (true) {
      std::size_t child = 2 * at + 1;
      if (child >= heap_.size()) break;
      if (child + 1 < heap_.size() && before(heap_[child + 1], heap_[child])) ++child;
      if (!before(heap_[child], moving)) break;
      put(at, heap_[child]);
      at = child;
    }
    put(at, moving);
  }
  void remove(timer_slot slot) noexcept {
    std::size_t const at = where_[slot];
    entry const last = heap_.back();
    heap_.pop_back();
    if (at == heap_.size()) return;
    put(at, last);
    rise(at);
    sink(where_[last.slot]);
  }

  std::vector<entry> heap_;
  std::vector<std::uint32_t> where_; ///< By slot: its place in the heap.
  std::vector<timer_slot> free_;
  std::uint64_t order_{0};
};

} // namespace perdure::inline v0::engine
