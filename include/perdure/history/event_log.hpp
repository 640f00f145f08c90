// The events of a run as an engine keeps them, and gives parts of them to others to read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <span>
#include <utility>
#include <vector>

#include "perdure/config.hpp"
#include "perdure/data/detail/owned.hpp"
#include "perdure/history/event.hpp"
#include "perdure/history/event_view.hpp"

namespace perdure::inline v0 {

/// The history of a run, to be added to, of which views can be given away. Its events are in
/// blocks: one while there are few. An event never moves once a view shows it. Adding one is
/// amortized constant; reading one is constant near both ends, else logarithmic.
class event_log {
public:
  using value_type = event;

  /// For reading.
  class iterator {
  public:
    using value_type = event;
    using difference_type = std::ptrdiff_t;
    using reference = event const&;
    using pointer = event const*;
    using iterator_category = std::bidirectional_iterator_tag;

    iterator() noexcept = default;
    iterator(event_log const* of, std::size_t at) noexcept : of_{of}, at_{at} {}
    [[nodiscard]] auto operator*() const noexcept -> event const& { return (*of_)[at_]; }
    [[nodiscard]] auto operator->() const noexcept -> event const* { return &(*of_)[at_]; }
    auto operator++() noexcept -> iterator& { return ++at_, *this; }
    auto operator++(int) noexcept -> iterator { return {of_, at_++}; }
    auto operator--() noexcept -> iterator& { return --at_, *this; }
    auto operator--(int) noexcept -> iterator { return {of_, at_--}; }
    [[nodiscard]] friend auto operator==(iterator a, iterator b) noexcept -> bool {
      return a.at_ == b.at_;
    }

  private:
    event_log const* of_{nullptr};
    std::size_t at_{0};
  };

  event_log() noexcept = default;
  event_log(std::vector<event> events) { append(std::move(events)); }
  event_log(event_log const& other) : event_log{other.to_vector()} {}
  event_log(event_log&& other) noexcept
      : last_{std::exchange(other.last_, nullptr)},
        start_{std::exchange(other.start_, 0)},
        shown_{std::exchange(other.shown_, 0)},
        before_{std::move(other.before_)} {}
  auto operator=(event_log other) noexcept -> event_log& {
    std::swap(last_, other.last_);
    std::swap(start_, other.start_);
    std::swap(shown_, other.shown_);
    std::swap(before_, other.before_);
    return *this;
  }
  ~event_log() {
    if (before_)
      for (piece const& each : *before_) detail::event_block::release(each.block);
    if (last_ != nullptr) detail::event_block::release(last_);
  }

  [[nodiscard]] auto size() const noexcept -> std::size_t {
    return last_ == nullptr ? 0 : start_ + last_->size;
  }
  [[nodiscard]] auto empty() const noexcept -> bool { return size() == 0; }
  [[nodiscard]] auto begin() const noexcept -> iterator { return {this, 0}; }
  [[nodiscard]] auto end() const noexcept -> iterator { return {this, size()}; }
  [[nodiscard]] auto rbegin() const noexcept { return std::reverse_iterator{end()}; }
  [[nodiscard]] auto rend() const noexcept { return std::reverse_iterator{begin()}; }
  /// \pre index < size()
  [[nodiscard]] auto operator[](std::size_t index) const noexcept -> event const& {
    return *place_of(index);
  }
  [[nodiscard]] auto front() const noexcept -> event const& { return *place_of(0); }
  [[nodiscard]] auto back() const noexcept -> event const& { return *place_of(size() - 1); }
  /// Calls `fn(std::span<event const>)` with the events from the `from`-th up to the `to`-th, which
  /// is not one of them, as far as they are together.
  template <class Fn>
  void for_each_block(std::size_t from, std::size_t to, Fn&& fn) const {
    while (from < to) {
      piece const in = piece_of(from);
      std::size_t const end = in.start + in.block->size < to ? in.start + in.block->size : to;
      fn(std::span<event const>{in.block->items() + (from - in.start), end - from});
      from = end;
    }
  }
  /// Copies of them.
  [[nodiscard]] auto copy(std::size_t from, std::size_t to) const -> std::vector<event>;
  [[nodiscard]] auto to_vector() const -> std::vector<event> { return copy(0, size()); }

  /// An event that was just added and that no view shows yet.
  [[nodiscard]] auto edit(std::size_t index) noexcept -> event& { return *place_of(index); }
  [[nodiscard]] auto edit_back() noexcept -> event& { return edit(size() - 1); }

  void push_back(event made) { add(std::move(made)); }
  /// Makes the event in its place, of its members.
  template <class... Parts>
  void add(Parts&&... parts) {
    if (last_ == nullptr || last_->size == last_->capacity) [[unlikely]]
      begin_block(size(), 1);
    last_->add(std::forward<Parts>(parts)...);
  }
  void append(std::vector<event> events) {
    reserve(size() + events.size());
    for (event& each : events) add(std::move(each));
  }
  /// Has the events that are added next in one block, up to `capacity` in all.
  void reserve(std::size_t capacity) {
    if (capacity <= size()) return;
    if (last_ == nullptr || last_->capacity - last_->size < capacity - size())
      begin_block(size(), capacity - size());
  }

  /// The events from the `from`-th to the last one there is now. Shares them, but for such that are
  /// in several blocks and were shown before: those are copied. Leaves room for some more, which
  /// then need no block of their own. \pre from < size()
  [[nodiscard]] auto view(std::size_t from) -> event_view;

private:
  struct piece {
    detail::event_block* block;
    std::size_t start;
  };
  /// Blocks have as many events as there were before, up to this many; or as many as must be
  /// together.
  static constexpr std::size_t usual_block = 2'048;

  /// The block that holds an event.
  [[nodiscard]] auto piece_of(std::size_t index) const noexcept -> piece {
    if (index >= start_) [[likely]]
      return {last_, start_};
    std::size_t low = 0;
    for (std::size_t high = before_->size(); index != 0 && high - low > 1;) {
      std::size_t const middle = low + (high - low) / 2;
      ((*before_)[middle].start <= index ? low : high) = middle;
    }
    return (*before_)[low];
  }
  [[nodiscard]] auto place_of(std::size_t index) const noexcept -> event* {
    piece const in = piece_of(index);
    return in.block->items() + (index - in.start);
  }

  /// Goes on in a new block that has room for `more` events after those from the `from`-th on,
  /// which move there. \pre no view shows these
  void begin_block(std::size_t from, std::size_t more);

  detail::event_block* last_{nullptr};
  std::size_t start_{0}; ///< Of the first event in `last_`.
  std::size_t shown_{0}; ///< Those before it were shown by views.
  detail::owned<std::vector<piece>> before_{};
};

#if PERDURE_DEFINES
PERDURE_INLINE auto event_log::copy(std::size_t from, std::size_t to) const -> std::vector<event> {
  std::vector<event> events;
  events.reserve(to - from);
  for_each_block(from, to, [&](std::span<event const> part) {
    for (event const& each : part) events.push_back(each);
  });
  return events;
}
PERDURE_INLINE auto event_log::view(std::size_t from) -> event_view {
  constexpr std::size_t some = 2;
  if (from < shown_ && from < start_) return copy(from, size());
  if (from < start_ || (last_->capacity - last_->size < some && from >= shown_))
    begin_block(from, some);
  shown_ = size();
  return {last_, std::span<event const>{last_->items() + (from - start_), size() - from}};
}
[[gnu::noinline]] PERDURE_INLINE void event_log::begin_block(std::size_t from, std::size_t more) {
  std::size_t const length = size();
  std::size_t const moved = length - from;
  std::size_t capacity = length < 8 ? 8 : length < usual_block ? length : usual_block;
  if (capacity < moved + more) capacity = moved + more + moved / 2;
  if (from != 0 && !before_) before_ = detail::make_owned<std::vector<piece>>();
  if (from != 0 && before_->size() == before_->capacity())
    before_->reserve(before_->size() < 4 ? 8 : before_->size() * 2);
  auto* const made = detail::event_block::make(capacity);
  for (std::size_t left = moved; left != 0;) { // the last events first, block by block
    std::size_t const here = last_->size < left ? last_->size : left;
    last_->size -= static_cast<std::uint32_t>(here);
    left -= here;
    // An event is words and owning pointers: its bytes may move.
    std::memcpy(static_cast<void*>(made->items() + left),
                static_cast<void const*>(last_->items() + last_->size), here * sizeof(event));
    if (left == 0) break;
    detail::event_block::release(last_);
    last_ = before_->back().block;
    start_ = before_->back().start;
    before_->pop_back();
  }
  made->size = static_cast<std::uint32_t>(moved);
  if (last_ != nullptr && last_->size == 0)
    detail::event_block::release(last_);
  else if (last_ != nullptr)
    before_->push_back({last_, start_});
  last_ = made;
  start_ = from;
}
#endif

} // namespace perdure::inline v0
