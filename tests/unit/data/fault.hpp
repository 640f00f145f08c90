// For tests of error texts: runs a call that must throw, and a source of reproducible random
// numbers.
#pragma once

#include "perdure/error.hpp"

#include <cstdint>
#include <string>

namespace perdure_test {

/// The text of the perdure::error that `call` throws; a text that no test expects if it throws
/// none.
template <class Call>
auto fault_of(Call const& call) -> std::string {
  try {
    call();
  } catch (perdure::error const& thrown) {
    return thrown.what();
  }
  return "nothing was thrown";
}

/// Random bits that are the same on every machine (splitmix64).
class random_bits {
public:
  explicit random_bits(std::uint64_t seed) : state_{seed} {}
  auto operator()() -> std::uint64_t {
    auto z = state_ += 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
  }
  auto below(std::uint64_t bound) -> std::uint64_t { return (*this)() % bound; }

private:
  std::uint64_t state_;
};

} // namespace perdure_test
