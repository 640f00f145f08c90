// From the id of the event that began an operation to the operation: a small open-addressing hash
// map.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace perdure::inline v0::replay {

/// Maps event ids (> 0) to 32-bit indices. Empty it holds no memory; insert, find and erase are
/// O(1).
class event_index {
public:
  static constexpr std::uint32_t none = 0xffff'ffffU;

  void insert(std::int64_t id, std::uint32_t index) {
    if ((count_ + 1) * 4 > slots_.size() * 3) grow();
    std::size_t at = home(id);
    while (slots_[at].id != 0) at = (at + 1) & mask();
    slots_[at] = {id, index};
    ++count_;
  }

  [[nodiscard]] auto find(std::int64_t id) const noexcept -> std::uint32_t {
    if (slots_.empty() || id == 0) return none;
    for (std::size_t at = home(id); slots_[at].id != 0; at = (at + 1) & mask())
      if (slots_[at].id == id) return slots_[at].index;
    return none;
  }

  void erase(std::int64_t id) noexcept {
    if (slots_.empty() || id == 0) return;
    std::size_t at = home(id);
    while (slots_[at].id != id) {
      if (slots_[at].id == 0) return;
      at = (at + 1) & mask();
    }
    // Close the gap, so that probing never meets a hole before its goal.
    for (std::size_t next = (at + 1) & mask(); slots_[next].id != 0; next = (next + 1) & mask()) {
      std::size_t const wanted = home(slots_[next].id);
      if (((next - wanted) & mask()) >= ((next - at) & mask())) {
        slots_[at] = slots_[next];
        at = next;
      }
    }
    slots_[at] = {};
    --count_;
  }

  [[nodiscard]] auto size() const noexcept -> std::size_t { return count_; }
  /// Bytes on the heap, for the budget of cached runs.
  [[nodiscard]] auto heap_bytes() const noexcept -> std::size_t {
    return slots_.capacity() * sizeof(slot);
  }

private:
  struct slot {
    std::int64_t id{};
    std::uint32_t index{};
  };

  [[nodiscard]] auto mask() const noexcept -> std::size_t { return slots_.size() - 1; }
  [[nodiscard]] auto home(std::int64_t id) const noexcept -> std::size_t {
    return static_cast<std::size_t>((static_cast<std::uint64_t>(id) * 0x9e37'79b9'7f4a'7c15U) >>
                                    20U) &
           mask();
  }
  void grow() {
    std::vector<slot> old(slots_.empty() ? 4 : slots_.size() * 2);
    old.swap(slots_);
    count_ = 0;
    for (slot const& each : old)
      if (each.id != 0) insert(each.id, each.index);
  }

  std::vector<slot> slots_;
  std::size_t count_{0};
};

} // namespace perdure::inline v0::replay
