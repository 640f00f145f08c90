#include "cluster/conformance/this_test.hpp"

#include <atomic>
#include <stdexcept>

#include <sys/mman.h>

namespace perdure_test::conformance {

namespace {

constexpr std::size_t behaviours_max = 4'096;
using taken = std::atomic<bool>;
static_assert(taken::is_always_lock_free);

/// In memory that all parts share. Null: there is one part.
taken* all_taken = nullptr;

} // namespace

void share_behaviours() {
  void* const memory = ::mmap(nullptr, behaviours_max * sizeof(taken), PROT_READ | PROT_WRITE,
                              MAP_SHARED | MAP_ANONYMOUS, -1, 0); // zeros: nothing is taken
  if (memory == MAP_FAILED) throw std::runtime_error{"no memory to share"};
  all_taken = static_cast<taken*>(memory);
}

auto take_behaviour(std::size_t number) -> bool {
  if (number >= behaviours_max) throw std::runtime_error{"so many behaviours are not foreseen"};
  return all_taken == nullptr || !all_taken[number].exchange(true);
}

} // namespace perdure_test::conformance
