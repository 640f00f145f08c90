#include "cluster/conformance/this_test.hpp"

#include <atomic>
#include <new>
#include <stdexcept>

#include <sys/mman.h>

namespace perdure_test::conformance {

namespace {

constexpr std::size_t behaviours_max = 4'096;
using counter = std::atomic<std::size_t>;
using flag = std::atomic<bool>;
static_assert(counter::is_always_lock_free && flag::is_always_lock_free);

struct board {
  counter namespaces{0};
  flag taken[behaviours_max]{};
};

/// In memory that all parts share. Null: there is one part.
board* all_parts = nullptr;

} // namespace

void offer_behaviours() {
  if (all_parts == nullptr) {
    void* const memory =
        ::mmap(nullptr, sizeof(board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw std::runtime_error{"no memory to share"};
    all_parts = ::new (memory) board{};
  }
  for (flag& each : all_parts->taken) each = false;
}

auto take_behaviour(std::size_t number) -> bool {
  if (number >= behaviours_max) throw std::runtime_error{"so many behaviours are not foreseen"};
  return all_parts == nullptr || !all_parts->taken[number].exchange(true);
}

auto take_namespace() -> std::size_t {
  static counter alone{0};
  return ++(all_parts == nullptr ? alone : all_parts->namespaces);
}

} // namespace perdure_test::conformance
