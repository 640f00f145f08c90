// An immutable string that is cheap to copy: names and ids appear in many events and are never
// edited.
#pragma once

#include "perdure/config.hpp"
#include "perdure/data/detail/block_pool.hpp"
#include "perdure/data/detail/owners.hpp"
#include "perdure/error.hpp"

#include <atomic>
#include <compare>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <string>
#include <string_view>

namespace perdure::inline v0 {

/// Immutable, reference-counted text; one pointer wide, empty by default, safe to share between
/// threads. A copy costs one atomic increment and no allocation. Converts to `std::string_view`.
/// \throws error (limit_exceeded) if it is made of a text of 4 GiB or more.
class shared_string {
public:
  shared_string() noexcept = default;
  shared_string(std::string_view text) : rep_{text.empty() ? nullptr : make(text)} {}
  shared_string(std::string const& text) : shared_string{std::string_view{text}} {}
  shared_string(char const* text) : shared_string{std::string_view{text}} {}
  shared_string(shared_string const& other) noexcept : rep_{other.rep_} {
    if (rep_ != nullptr && !rep_->permanent()) rep_->count.fetch_add(1, std::memory_order_relaxed);
  }
  shared_string(shared_string&& other) noexcept : rep_{other.rep_} { other.rep_ = nullptr; }
  auto operator=(shared_string other) noexcept -> shared_string& {
    auto* const mine = rep_;
    rep_ = other.rep_;
    other.rep_ = mine;
    return *this;
  }
  ~shared_string() {
    if (rep_ != nullptr) release(rep_);
  }

  /// The text, never freed, so that its copies are not counted: for the few names that a program
  /// has and that all events repeat. To be kept in a static.
  [[nodiscard]] static auto permanent(std::string_view text) -> shared_string {
    shared_string made{text};
    if (!made.empty()) made.rep_->count.store(permanent_bit, std::memory_order_relaxed);
    return made;
  }

  [[nodiscard]] auto view() const noexcept -> std::string_view {
    return rep_ == nullptr ? std::string_view{} : rep_->view();
  }
  operator std::string_view() const noexcept { return view(); }
  [[nodiscard]] auto str() const -> std::string { return std::string{view()}; }
  [[nodiscard]] auto empty() const noexcept -> bool { return rep_ == nullptr; }
  [[nodiscard]] auto size() const noexcept -> std::size_t {
    return rep_ == nullptr ? 0 : rep_->size;
  }

  friend auto operator==(shared_string const& a, shared_string const& b) noexcept -> bool {
    return a.rep_ == b.rep_ || a.view() == b.view();
  }
  template <class T>
    requires std::convertible_to<T const&, std::string_view>
  friend auto operator==(shared_string const& a, T const& b) noexcept -> bool {
    return a.view() == std::string_view{b};
  }
  friend auto operator<=>(shared_string const& a, shared_string const& b) noexcept
      -> std::strong_ordering {
    return a.view() <=> b.view();
  }
  friend auto operator<=>(shared_string const& a, std::string_view b) noexcept
      -> std::strong_ordering {
    return a.view() <=> b;
  }

private:
  static constexpr std::uint32_t permanent_bit = 1U << 31U; ///< Of a count: it does not count.
  struct rep {
    std::atomic<std::uint32_t> count;
    std::uint32_t size;
    [[nodiscard]] auto permanent() const noexcept -> bool {
      return (count.load(std::memory_order_relaxed) & permanent_bit) != 0;
    }
    [[nodiscard]] auto text() noexcept -> char* { return reinterpret_cast<char*>(this + 1); }
    [[nodiscard]] auto view() const noexcept -> std::string_view {
      return {reinterpret_cast<char const*>(this + 1), std::size_t{size}};
    }
  };
  [[noreturn, gnu::cold]] static void refuse(std::size_t size);
  static auto make(std::string_view text) -> rep* {
    if (text.size() > UINT32_MAX) [[unlikely]]
      refuse(text.size());
    auto* const memory = detail::take_block(sizeof(rep) + text.size());
    auto* const made = ::new (memory) rep{{1}, static_cast<std::uint32_t>(text.size())};
    std::memcpy(made->text(), text.data(), text.size());
    return made;
  }
  [[gnu::noinline]] static void release(rep* held) noexcept {
    if (held->permanent() || !detail::was_last_owner(held->count)) return;
    std::size_t const size = sizeof(rep) + held->size;
    held->~rep();
    detail::give_block(held, size);
  }

  rep* rep_{nullptr};
};

#if PERDURE_DEFINES
[[gnu::cold]] PERDURE_INLINE void shared_string::refuse(std::size_t size) {
  throw error{errc::limit_exceeded,
              "a text of " + std::to_string(size) +
                  " bytes is too long: 4,294,967,295 is the most" +
                  " that a name or the data of a payload can have; keep it elsewhere, and pass" +
                  " where it is"};
}
#endif

} // namespace perdure::inline v0

template <>
struct std::hash<perdure::shared_string> {
  auto operator()(perdure::shared_string const& text) const noexcept -> std::size_t {
    return std::hash<std::string_view>{}(text.view());
  }
};
