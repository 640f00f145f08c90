// From the id of the event that began an operation to the operation: a small open-addressing hash
// map.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include "perdure/config.hpp"

namespace perdure::inline v0::replay {

/// Maps event ids (> 0) to 32-bit indices. With at most one entry it holds no memory; insert, find
/// and erase are O(1).
class event_index {
public:
  event_index() noexcept = default;
  event_index(event_index&& other) noexcept { swap(other); }
  auto operator=(event_index&& other) noexcept -> event_index& {
    swap(other);
    return *this;
  }
  ~event_index() { delete[] table_; }

  static constexpr std::uint32_t none = 0xffff'ffffU;

  /// \pre the id is not there
  void insert(std::int64_t id, std::uint32_t index);

  [[nodiscard]] auto find(std::int64_t id) const noexcept -> std::uint32_t;

  /// Has the processor fetch what `find` will read.
  void fetch(std::int64_t id) const noexcept {
    if (table_ != nullptr) __builtin_prefetch(&table_[home(id)]);
  }
  void erase(std::int64_t id) noexcept;

  [[nodiscard]] auto size() const noexcept -> std::size_t { return count_; }
  /// Bytes on the heap, for the budget of cached runs.
  [[nodiscard]] auto heap_bytes() const noexcept -> std::size_t { return slots() * sizeof(slot); }

private:
  struct slot {
    std::int64_t id{};
    std::uint32_t index{};
  };

  [[nodiscard]] auto slots() const noexcept -> std::size_t {
    return table_ != nullptr ? std::size_t{mask_} + 1 : 0;
  }
  void swap(event_index& other) noexcept;
  [[nodiscard]] auto home(std::int64_t id) const noexcept -> std::size_t;
  void place(slot entry) noexcept;
  void grow();

  slot* table_{nullptr}; ///< Owned.
  slot only_{};          ///< The one entry, where there is no table.
  std::uint32_t mask_{0};
  std::uint32_t count_{0};
};

#if PERDURE_DEFINES
PERDURE_INLINE void event_index::insert(std::int64_t id, std::uint32_t index) {
  if (table_ == nullptr && count_ == 0) {
    only_ = {id, index};
    count_ = 1;
    return;
  }
  if ((count_ + std::size_t{1}) * 4 > slots() * 3) grow();
  place({id, index});
  ++count_;
}
PERDURE_INLINE auto event_index::find(std::int64_t id) const noexcept -> std::uint32_t {
  if (id == 0) return none;
  if (table_ == nullptr) return only_.id == id ? only_.index : none;
  for (std::size_t at = home(id); table_[at].id != 0; at = (at + 1) & mask_)
    if (table_[at].id == id) return table_[at].index;
  return none;
}
PERDURE_INLINE void event_index::erase(std::int64_t id) noexcept {
  if (id == 0) return;
  if (table_ == nullptr) {
    if (only_.id != id) return;
    only_ = {};
    count_ = 0;
    return;
  }
  std::size_t at = home(id);
  while (table_[at].id != id) {
    if (table_[at].id == 0) return;
    at = (at + 1) & mask_;
  }
  // Close the gap, so that probing never meets a hole before its goal.
  for (std::size_t next = (at + 1) & mask_; table_[next].id != 0; next = (next + 1) & mask_) {
    std::size_t const wanted = home(table_[next].id);
    if (((next - wanted) & mask_) >= ((next - at) & mask_)) {
      table_[at] = table_[next];
      at = next;
    }
  }
  table_[at] = {};
  --count_;
}
PERDURE_INLINE void event_index::swap(event_index& other) noexcept {
  std::swap(table_, other.table_);
  std::swap(only_, other.only_);
  std::swap(mask_, other.mask_);
  std::swap(count_, other.count_);
}
PERDURE_INLINE auto event_index::home(std::int64_t id) const noexcept -> std::size_t {
  return static_cast<std::size_t>((static_cast<std::uint64_t>(id) * 0x9e37'79b9'7f4a'7c15U) >>
                                  20U) &
         mask_;
}
PERDURE_INLINE void event_index::place(slot entry) noexcept {
  std::size_t at = home(entry.id);
  while (table_[at].id != 0) at = (at + 1) & mask_;
  table_[at] = entry;
}
PERDURE_INLINE void event_index::grow() {
  std::size_t const before = slots();
  std::size_t const wider = before == 0 ? 4 : before * 2;
  slot const* const old = std::exchange(table_, new slot[wider]);
  mask_ = static_cast<std::uint32_t>(wider - 1);
  if (only_.id != 0) place(std::exchange(only_, {}));
  for (std::size_t i = 0; i < before; ++i)
    if (old[i].id != 0) place(old[i]);
  delete[] old;
}
#endif

} // namespace perdure::inline v0::replay
