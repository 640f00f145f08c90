// A checksum for rows: finds what a disk has changed, not what an attacker has.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace perdure::inline v0::sqlite {

/// Takes in numbers and texts, eight bytes at a time. Each step is a bijection of the state, so
/// that two rows which differ in one place never agree.
class checksum {
public:
  auto add(std::int64_t number) noexcept -> checksum& {
    state_ = mix(state_ ^ static_cast<std::uint64_t>(number));
    return *this;
  }
  auto add(std::string_view text) noexcept -> checksum& {
    add(static_cast<std::int64_t>(text.size()));
    std::size_t at = 0;
    for (; at + 8 <= text.size(); at += 8) {
      std::int64_t word{};
      std::memcpy(&word, text.data() + at, 8);
      add(word);
    }
    std::int64_t rest = 0;
    if (at < text.size()) std::memcpy(&rest, text.data() + at, text.size() - at);
    return add(rest);
  }
  [[nodiscard]] auto value() const noexcept -> std::int64_t {
    return static_cast<std::int64_t>(state_ ^ (state_ >> 29));
  }

private:
  [[nodiscard]] static constexpr auto mix(std::uint64_t x) noexcept -> std::uint64_t {
    x *= 0x9e37'79b9'7f4a'7c15ULL; // odd: a bijection
    return x ^ (x >> 32);
  }
  std::uint64_t state_{0x7065'7264'7572'6531ULL};
};

} // namespace perdure::inline v0::sqlite
