// A workflow task that lasts until a test lets it end.
#pragma once

#include "support/real_world.hpp"

#include <stdexcept>

namespace perdure_test {

inline gate entered;
inline gate released;

inline auto stays_inside(int a) -> int {
  entered.add();
  if (!released.reached(1)) throw std::runtime_error{"nobody released it"};
  return a;
}
inline auto stays_inside_its_task() -> perdure::workflow<int> {
  co_return co_await perdure::execute_local_activity<stays_inside>(
      1, {.start_to_close_timeout = std::chrono::minutes{10}});
}

} // namespace perdure_test
