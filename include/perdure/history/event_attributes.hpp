// What an event records, behind one pointer: 55 structs share one type without a variant of them
// all.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>

#include "perdure/data/detail/block_pool.hpp"
#include "perdure/data/detail/owners.hpp"
#include "perdure/error.hpp"
#include "perdure/history/enum_names.hpp"
#include "perdure/history/event_type.hpp"

namespace perdure::inline v0 {

namespace detail {

/// The start of every box: how many share it, what it holds, how to destroy it.
struct attributes_header {
  using destroyer = void (*)(attributes_header*) noexcept;

  std::atomic<std::uint32_t> count{1};
  event_type type;
  destroyer destroy;
};

template <class A>
struct attributes_box : attributes_header {
  template <class... From>
  explicit attributes_box(From&&... attributes)
      : attributes_header{1, A::type, &destroy_box}, value{std::forward<From>(attributes)...} {}
  static void destroy_box(attributes_header* header) noexcept {
    delete static_cast<attributes_box*>(header);
  }
  static auto operator new(std::size_t size) -> void* { return take_block(size); }
  static void operator delete(void* box, std::size_t size) noexcept { give_block(box, size); }
  A value;
};

template <class Unused = void>
[[noreturn, gnu::cold]] void throw_wrong_attributes(event_type wanted, event_type found) {
  auto const name = [](event_type type) {
    return name_of(type).empty() ? std::to_string(static_cast<int>(type))
                                 : std::string{name_of(type)};
  };
  throw error{errc::history_corrupt,
              "the attributes of an event are of type " + name(found) + ", not " + name(wanted)};
}

} // namespace detail

/// The attributes of an event or a command: one of the structs of `perdure::events`, shared and
/// reference-counted, one pointer wide, empty by default. A copy costs one atomic increment.
/// Immutable once an event is published; see `edit`.
class event_attributes {
public:
  event_attributes() noexcept = default;
  event_attributes(event_attributes const& other) noexcept : box_{other.box_} {
    if (box_ != nullptr) box_->count.fetch_add(1, std::memory_order_relaxed);
  }
  event_attributes(event_attributes&& other) noexcept : box_{std::exchange(other.box_, nullptr)} {}
  auto operator=(event_attributes other) noexcept -> event_attributes& {
    std::swap(box_, other.box_);
    return *this;
  }
  ~event_attributes() {
    if (box_ != nullptr && detail::was_last_owner(box_->count)) box_->destroy(box_);
  }

  /// Holds `attributes`. One allocation.
  template <class A>
  [[nodiscard]] static auto make(A&& attributes) -> event_attributes {
    event_attributes made;
    made.box_ = new detail::attributes_box<std::remove_cvref_t<A>>(std::forward<A>(attributes));
    return made;
  }

  /// Holds an A that `fill(a)` has made of a fresh one, in its place. One allocation.
  template <class A, class Fill>
  [[nodiscard]] static auto build(Fill&& fill) -> event_attributes {
    auto* const box = new detail::attributes_box<A>;
    event_attributes made;
    made.box_ = box;
    fill(box->value);
    return made;
  }

  /// What is held, if it is an `A`; else nothing.
  template <class A>
  [[nodiscard]] auto get_if() const noexcept -> A const* {
    if (box_ == nullptr || box_->type != A::type) return nullptr;
    return &static_cast<detail::attributes_box<A> const*>(box_)->value;
  }

  /// What is held. \throws error errc::history_corrupt if it is not an `A`.
  template <class A>
  [[nodiscard]] auto get() const -> A const& {
    auto const* const held = get_if<A>();
    if (held == nullptr) detail::throw_wrong_attributes(A::type, type());
    return *held;
  }

  /// What is held, to be changed in place. Every copy sees the change, so this is for whoever made
  /// the attributes and has not yet passed them on. \throws error errc::history_corrupt if it is
  /// not an `A`.
  template <class A>
  [[nodiscard]] auto edit() -> A& {
    return const_cast<A&>(get<A>());
  }

  [[nodiscard]] explicit operator bool() const noexcept { return box_ != nullptr; }

  /// Has the processor fetch the first `bytes` of what is held.
  void fetch(std::size_t bytes) const noexcept {
    for (std::size_t at = 0; at < bytes; at += 64)
      __builtin_prefetch(reinterpret_cast<char const*>(box_) + at);
  }

  /// Whether both share one object. Cheaper than `==`, which compares what is recorded.
  [[nodiscard]] auto same(event_attributes const& other) const noexcept -> bool {
    return box_ == other.box_;
  }

  /// Which struct is held: `unspecified` when empty, and for an `events::unknown_event` and a
  /// `protocol_message_command` their own negative numbers.
  [[nodiscard]] auto type() const noexcept -> event_type {
    return box_ == nullptr ? event_type::unspecified : box_->type;
  }

private:
  detail::attributes_header* box_{nullptr};
};

} // namespace perdure::inline v0
