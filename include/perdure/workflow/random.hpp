// Random numbers and UUIDs that are the same on every replay of a run.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

namespace perdure::inline v0 {

namespace detail {

[[nodiscard]] constexpr auto rotate_left(std::uint64_t x, int by) noexcept -> std::uint64_t {
  return (x << by) | (x >> (64 - by));
}

/// SipHash-1-3 with a zero key over `text` followed by the byte 0xff: how Temporal's Core makes the
/// seed of a run from its run id.
[[nodiscard]] constexpr auto seed_of(std::string_view text) noexcept -> std::uint64_t {
  std::uint64_t v0 = 0x736f6d6570736575U;
  std::uint64_t v1 = 0x646f72616e646f6dU;
  std::uint64_t v2 = 0x6c7967656e657261U;
  std::uint64_t v3 = 0x7465646279746573U;
  auto const round = [&] {
    v0 += v1;
    v1 = rotate_left(v1, 13);
    v1 ^= v0;
    v0 = rotate_left(v0, 32);
    v2 += v3;
    v3 = rotate_left(v3, 16);
    v3 ^= v2;
    v0 += v3;
    v3 = rotate_left(v3, 21);
    v3 ^= v0;
    v2 += v1;
    v1 = rotate_left(v1, 17);
    v1 ^= v2;
    v2 = rotate_left(v2, 32);
  };
  std::uint64_t word = 0;
  std::size_t const size = text.size() + 1;
  for (std::size_t i = 0; i < size; ++i) {
    auto const byte =
        static_cast<std::uint64_t>(i < text.size() ? static_cast<unsigned char>(text[i]) : 0xffU);
    word |= byte << (8 * (i % 8));
    if (i % 8 == 7) {
      v3 ^= word;
      round();
      v0 ^= word;
      word = 0;
    }
  }
  word |= static_cast<std::uint64_t>(size & 0xffU) << 56U;
  v3 ^= word;
  round();
  v0 ^= word;
  v2 ^= 0xff;
  round();
  round();
  round();
  return v0 ^ v1 ^ v2 ^ v3;
}
static_assert(seed_of("f55c00d7-735f-4543-b08c-0d601ea20e8f") == 16623422669430316098U);
static_assert(seed_of("") == 3476900567878811119U);
static_assert(seed_of("00000000-0000-0000-0000-000000000000") == 13908316863725478721U);

} // namespace detail

/// A uniform random bit generator (xoshiro256**, by Blackman and Vigna) that satisfies
/// std::uniform_random_bit_generator. Standard distributions differ between standard libraries: use
/// `below` and `uniform` in workflow code.
class random_stream {
public:
  using result_type = std::uint64_t;

  explicit constexpr random_stream(std::uint64_t seed = 0) noexcept {
    for (std::uint64_t& word : state_) { // splitmix64, as its authors advise for seeding
      seed += 0x9e3779b97f4a7c15U;
      std::uint64_t z = seed;
      z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
      z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
      word = z ^ (z >> 31U);
    }
  }

  [[nodiscard]] static constexpr auto min() noexcept -> result_type { return 0; }
  [[nodiscard]] static constexpr auto max() noexcept -> result_type {
    return std::numeric_limits<result_type>::max();
  }
  constexpr auto operator()() noexcept -> result_type {
    std::uint64_t const result = detail::rotate_left(state_[1] * 5, 7) * 9;
    std::uint64_t const t = state_[1] << 17U;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= t;
    state_[3] = detail::rotate_left(state_[3], 45);
    return result;
  }
  /// A whole number from 0 to `bound` - 1, without bias. \pre bound > 0
  constexpr auto below(std::uint64_t bound) noexcept -> std::uint64_t {
    std::uint64_t const skewed = (0 - bound) % bound;
    std::uint64_t drawn = (*this)();
    while (drawn < skewed) drawn = (*this)();
    return drawn % bound;
  }
  /// A double from 0 (inclusive) to 1 (exclusive), in steps of 2^-53.
  constexpr auto uniform() noexcept -> double {
    return static_cast<double>((*this)() >> 11U) * 0x1.0p-53;
  }

private:
  std::uint64_t state_[4]{};
};

namespace detail {

/// The text of a UUID.
struct uuid_digits {
  char text[36];
  [[nodiscard]] constexpr auto view() const noexcept -> std::string_view {
    return {text, sizeof text};
  }
};

/// The 8 digits of 32 bits, the first one in the highest byte.
[[nodiscard]] constexpr auto hex_digits(std::uint64_t word) noexcept -> std::uint64_t {
  word = (word | word << 16U) & 0x0000'ffff'0000'ffffU;
  word = (word | word << 8U) & 0x00ff'00ff'00ff'00ffU;
  word = (word | word << 4U) & 0x0f0f'0f0f'0f0f'0f0fU;
  std::uint64_t const letters = (word + 0x0606'0606'0606'0606U) >> 4U & 0x0101'0101'0101'0101U;
  return word + 0x3030'3030'3030'3030U + letters * ('a' - '9' - 1);
}

/// A version 4 UUID from 16 random bytes, in lower case.
[[nodiscard]] constexpr auto uuid_of(std::uint64_t high, std::uint64_t low) noexcept
    -> uuid_digits {
  high = (high & 0xffff'ffff'ffff'0fffU) | 0x4000U;
  low = (low & 0x3fff'ffff'ffff'ffffU) | 0x8000'0000'0000'0000U;
  std::uint64_t const digits[4]{hex_digits(high >> 32U), hex_digits(high & 0xffff'ffffU),
                                hex_digits(low >> 32U), hex_digits(low & 0xffff'ffffU)};
  uuid_digits made{};
  char* at = made.text;
  for (unsigned word = 0; word < 4; ++word)
    for (unsigned i = 0; i < 8; ++i) {
      if (i % 4 == 0 && word * 8 + i >= 8 && word * 8 + i <= 20) *at++ = '-';
      *at++ = static_cast<char>(digits[word] >> (56U - i * 8U));
    }
  return made;
}
[[nodiscard]] inline auto uuid_text(std::uint64_t high, std::uint64_t low) -> std::string {
  return std::string{uuid_of(high, low).view()};
}

} // namespace detail
} // namespace perdure::inline v0
