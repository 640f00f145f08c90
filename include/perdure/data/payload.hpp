// One recorded value: bytes, and metadata that says what they are. Lists of them are shared, never
// copied.
#pragma once

#include "perdure/data/detail/block_pool.hpp"
#include "perdure/data/detail/owners.hpp"
#include "perdure/data/payload_metadata.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <new>
#include <string>
#include <utility>
#include <vector>

namespace perdure::inline v0 {

/// A value as histories hold it: Temporal's `Payload`.
struct payload {
  std::string data{};          ///< Encoded as `metadata.encoding()` says. Any bytes.
  payload_metadata metadata{}; ///< At least `encoding`, unless a foreign program forgot it.

  /// No value: encoding `binary/null`, no data.
  template <class Unused = void>
  [[nodiscard]] static auto null() -> payload {
    return {{}, {encodings::null}};
  }

  friend auto operator==(payload const&, payload const&) -> bool = default;
};

static_assert(sizeof(payload) <= 48);

/// Bytes of data, metadata names and metadata values: what limits count.
[[nodiscard]] inline auto byte_size(payload const& value) noexcept -> std::size_t {
  return value.data.size() + value.metadata.byte_size();
}

/// An immutable list of payloads: arguments, results, details. One pointer wide, empty by default.
/// A copy is one atomic increment, and events share one list between runs and threads.
class payloads {
public:
  using value_type = payload;

  payloads() noexcept = default;
  payloads(payload only) : payloads{&only, 1} {}
  payloads(std::vector<payload> list) : payloads{list.data(), list.size()} {}
  /// Moves `count` payloads from `first`: one allocation.
  payloads(payload* first, std::size_t count) : block_{count == 0 ? nullptr : make(first, count)} {}
  payloads(payloads const& other) noexcept : block_{other.block_} {
    if (block_ != nullptr) block_->owners.fetch_add(1, std::memory_order_relaxed);
  }
  payloads(payloads&& other) noexcept : block_{std::exchange(other.block_, nullptr)} {}
  auto operator=(payloads other) noexcept -> payloads& {
    std::swap(block_, other.block_);
    return *this;
  }
  ~payloads() {
    if (block_ != nullptr) release(block_);
  }

  [[nodiscard]] auto begin() const noexcept -> payload const* {
    return block_ == nullptr ? nullptr : block_->items();
  }
  [[nodiscard]] auto end() const noexcept -> payload const* { return begin() + size(); }
  [[nodiscard]] auto size() const noexcept -> std::size_t {
    return block_ == nullptr ? 0 : block_->count;
  }
  [[nodiscard]] auto empty() const noexcept -> bool { return block_ == nullptr; }
  /// \pre index < size()
  [[nodiscard]] auto operator[](std::size_t index) const noexcept -> payload const& {
    return begin()[index];
  }

  friend auto operator==(payloads const& a, payloads const& b) noexcept -> bool {
    if (a.block_ == b.block_) return true;
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i)
      if (!(a[i] == b[i])) return false;
    return true;
  }

private:
  struct block {
    std::atomic<std::uint32_t> owners;
    std::uint32_t count;
    [[nodiscard]] auto items() noexcept -> payload* { return reinterpret_cast<payload*>(this + 1); }
  };
  static_assert(alignof(payload) <= sizeof(block));

  static auto make(payload* first, std::size_t count) -> block* {
    auto* const memory = detail::take_block(sizeof(block) + count * sizeof(payload));
    auto* const made = ::new (memory) block{{1}, static_cast<std::uint32_t>(count)};
    for (std::size_t i = 0; i < count; ++i) ::new (made->items() + i) payload(std::move(first[i]));
    return made;
  }
  [[gnu::noinline]] static void release(block* held) noexcept {
    if (!detail::was_last_owner(held->owners)) return;
    for (std::uint32_t i = 0; i < held->count; ++i) held->items()[i].~payload();
    std::size_t const size = sizeof(block) + held->count * sizeof(payload);
    held->~block();
    detail::give_block(held, size);
  }

  block* block_{nullptr};
};

static_assert(sizeof(payloads) == sizeof(void*));

[[nodiscard]] inline auto byte_size(payloads const& list) noexcept -> std::size_t {
  std::size_t sum = 0;
  for (auto const& value : list) sum += byte_size(value);
  return sum;
}

} // namespace perdure::inline v0
