// The events of a run as an engine keeps them, and parts of them that others read meanwhile.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <iterator>
#include <new>
#include <span>
#include <utility>
#include <vector>

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
    return ::new (::operator new(sizeof(event_block) + capacity * sizeof(event)))
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
    held->~event_block();
    ::operator delete(held);
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
  event_view(std::vector<event> events) {
    if (events.empty()) return;
    block_ = detail::event_block::make(events.size());
    for (event& each : events) block_->add(std::move(each));
    events_ = {block_->items(), events.size()};
  }
  event_view(std::initializer_list<event> events) : event_view{std::vector<event>{events}} {}
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
  operator std::span<event const>() const noexcept { return events_; }
  [[nodiscard]] auto to_vector() const -> std::vector<event> { return {begin(), end()}; }

private:
  friend class event_log;
  event_view(detail::event_block* block, std::span<event const> events) noexcept
      : block_{block}, events_{events} {
    block_->owners.fetch_add(1, std::memory_order_relaxed);
  }

  detail::event_block* block_{nullptr};
  std::span<event const> events_{};
};

/// The history of a run, to be added to: as a vector of events, one pointer wide, of which views
/// can be given away. Adding an event is amortized constant; it never moves an event that a view
/// shows, but copies what views show when it must grow.
class event_log {
public:
  using value_type = event;

  event_log() noexcept = default;
  event_log(std::vector<event> events) {
    reserve(events.size());
    for (event& each : events) push_back(std::move(each));
  }
  event_log(event_log const& other) { assign(other.begin(), other.end()); }
  event_log(event_log&& other) noexcept : block_{std::exchange(other.block_, nullptr)} {}
  auto operator=(event_log other) noexcept -> event_log& {
    std::swap(block_, other.block_);
    return *this;
  }
  ~event_log() {
    if (block_ != nullptr) detail::event_block::release(block_);
  }

  [[nodiscard]] auto size() const noexcept -> std::size_t {
    return block_ == nullptr ? 0 : block_->size;
  }
  [[nodiscard]] auto empty() const noexcept -> bool { return size() == 0; }
  [[nodiscard]] auto capacity() const noexcept -> std::size_t {
    return block_ == nullptr ? 0 : block_->capacity;
  }
  [[nodiscard]] auto begin() const noexcept -> event const* {
    return block_ == nullptr ? nullptr : block_->items();
  }
  [[nodiscard]] auto end() const noexcept -> event const* { return begin() + size(); }
  [[nodiscard]] auto rbegin() const noexcept { return std::reverse_iterator{end()}; }
  [[nodiscard]] auto rend() const noexcept { return std::reverse_iterator{begin()}; }
  /// \pre index < size()
  [[nodiscard]] auto operator[](std::size_t index) const noexcept -> event const& {
    return begin()[index];
  }
  [[nodiscard]] auto front() const noexcept -> event const& { return *begin(); }
  [[nodiscard]] auto back() const noexcept -> event const& { return end()[-1]; }
  operator std::span<event const>() const noexcept { return {begin(), size()}; }
  [[nodiscard]] auto to_vector() const -> std::vector<event> { return {begin(), end()}; }

  /// An event that was just added and that no view shows yet.
  [[nodiscard]] auto edit(std::size_t index) noexcept -> event& { return block_->items()[index]; }
  [[nodiscard]] auto edit_back() noexcept -> event& { return edit(size() - 1); }

  void push_back(event made) { add(std::move(made)); }
  /// Makes the event in its place, of its members.
  template <class... Parts>
  void add(Parts&&... parts) {
    if (size() == capacity()) [[unlikely]]
      grow(capacity() < 4 ? 8 : capacity() * 2);
    block_->add(std::forward<Parts>(parts)...);
  }
  void assign(event const* first, event const* last) {
    event_log made;
    made.reserve(static_cast<std::size_t>(last - first));
    for (; first != last; ++first) made.push_back(*first);
    *this = std::move(made);
  }
  /// Room for `capacity` events in all.
  void reserve(std::size_t capacity) {
    if (capacity > this->capacity()) grow(capacity);
  }
  /// Room for some more events: cheap now, before a view is given away.
  void make_room(std::size_t more) {
    if (capacity() - size() < more)
      grow(size() + more > capacity() * 2 ? size() + more : capacity() * 2);
  }
  void shrink_to_fit() {
    if (size() < capacity()) grow(size());
  }

  /// The events from the `from`-th to the last one there is now. \pre from < size()
  [[nodiscard]] auto view(std::size_t from) const noexcept -> event_view {
    return {block_, std::span<event const>{begin() + from, size() - from}};
  }

private:
  [[gnu::noinline]] void grow(std::size_t capacity) {
    auto* const wider = detail::event_block::make(capacity);
    bool const alone = block_ == nullptr || block_->owners.load(std::memory_order_acquire) == 1;
    if (alone && block_ != nullptr) { // an event is words and owning pointers: its bytes may move
      std::memcpy(static_cast<void*>(wider->items()), static_cast<void const*>(block_->items()),
                  size() * sizeof(event));
      wider->size = std::exchange(block_->size, 0);
    } else {
      for (event const& each : *this) wider->add(each);
    }
    if (auto* const old = std::exchange(block_, wider)) detail::event_block::release(old);
  }

  detail::event_block* block_{nullptr};
};

static_assert(sizeof(event_log) == sizeof(void*));

} // namespace perdure::inline v0
