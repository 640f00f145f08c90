// Random numbers that a seed gives again.
#pragma once

#include <cstddef>
#include <cstdint>

namespace perdure_test {

/// xorshift64*: the same numbers on every machine, so that a seed is all it takes to repeat a run.
class numbers {
public:
  explicit numbers(std::uint64_t seed) : state_{seed * 0x9E3779B97F4A7C15U + 1} {}
  auto next() -> std::uint64_t {
    state_ ^= state_ >> 12;
    state_ ^= state_ << 25;
    state_ ^= state_ >> 27;
    return state_ * 0x2545F4914F6CDD1DU;
  }
  auto below(std::size_t bound) -> std::size_t {
    return static_cast<std::size_t>(next() >> 33) % bound;
  }
  auto one_in(std::size_t n) -> bool { return below(n) == 0; }

private:
  std::uint64_t state_;
};

} // namespace perdure_test
