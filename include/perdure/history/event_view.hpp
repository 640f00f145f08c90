// Events of a run in a row, to be read while their history grows.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <new>
#include <span>
#include <utility>
#include <vector>

#include "perdure/config.hpp"
#include "perdure/data/detail/block_pool.hpp"
#include "perdure/data/detail/owners.hpp"
#include "perdure/history/event.hpp"

namespace perdure::inline v0 {

namespace detail {

/// Room for events. The events follow it in memory.
struct event_block {
  std::atomic<std::uint32_t> owners;
  std::uint32_t size; ///< Events that were made.
  std::size_t capacity;

  [[nodiscard]] auto items() noexcept -> event* { return reinterpret_cast<event*>(this + 1); }
  /// One owner, no events.
  [[nodiscard]] static auto make(std::size_t capacity) -> event_block* {
    return ::new (take_block(sizeof(event_block) + capacity * sizeof(event)))
        event_block{{1}, 0, capacity};
  }
  template <class... Parts>
  void add(Parts&&... parts) noexcept {
    ::new (items() + size++) event{std::forward<Parts>(parts)...};
  }
  /// Gives up one owner.
  [[gnu::noinline]] static void release(event_block* held) noexcept {
    if (!was_last_owner(held->owners)) return;
    for (std::uint32_t i = 0; i < held->size; ++i) held->items()[i].~event();
    std::size_t const size = sizeof(event_block) + held->capacity * sizeof(event);
    held->~event_block();
    give_block(held, size);
  }
};
static_assert(alignof(event) <= sizeof(event_block) && sizeof(event_block) % alignof(event) == 0);

} // namespace detail

/// Events in a row, to be read: those of a workflow task. Shares them with the history that they
/// come from, which may grow meanwhile, and keeps them alive. A copy is one atomic increment.
class event_view {
public:
  using value_type = event;

  event_view() noexcept = default;
  /// Takes the events over. \throws std::bad_alloc
  event_view(std::vector<event> events);
  event_view(event_view const& other) noexcept : block_{other.block_}, events_{other.events_} {
    if (block_ != nullptr) block_->owners.fetch_add(1, std::memory_order_relaxed);
  }
  event_view(event_view&& other) noexcept
      : block_{std::exchange(other.block_, nullptr)}, events_{std::exchange(other.events_, {})} {}
  auto operator=(event_view other) noexcept -> event_view& {
    std::swap(block_, other.block_);
    std::swap(events_, other.events_);
    return *this;
  }
  ~event_view() {
    if (block_ != nullptr) detail::event_block::release(block_);
  }

  [[nodiscard]] auto begin() const noexcept -> event const* { return events_.data(); }
  [[nodiscard]] auto end() const noexcept -> event const* { return begin() + size(); }
  [[nodiscard]] auto size() const noexcept -> std::size_t { return events_.size(); }
  [[nodiscard]] auto empty() const noexcept -> bool { return events_.empty(); }
  /// \pre index < size()
  [[nodiscard]] auto operator[](std::size_t index) const noexcept -> event const& {
    return events_[index];
  }
  [[nodiscard]] auto front() const noexcept -> event const& { return events_.front(); }
  [[nodiscard]] auto back() const noexcept -> event const& { return events_.back(); }
  [[nodiscard]] auto to_vector() const -> std::vector<event>;

private:
  friend class event_log;
  event_view(detail::event_block* block, std::span<event const> events) noexcept
      : block_{block}, events_{events} {
    block_->owners.fetch_add(1, std::memory_order_relaxed);
  }

  detail::event_block* block_{nullptr};
  std::span<event const> events_{};
};

#if PERDURE_DEFINES
PERDURE_INLINE event_view::event_view(std::vector<event> events) {
  if (events.empty()) return;
  block_ = detail::event_block::make(events.size());
  for (event& each : events) block_->add(std::move(each));
  events_ = {block_->items(), events.size()};
}
PERDURE_INLINE auto event_view::to_vector() const -> std::vector<event> { return {begin(), end()}; }
#endif

} // namespace perdure::inline v0
