// Fact: destroying a suspended frame destroys every local in scope, once. GCC 15 skips the destructor of
// `auto [a, b] = co_await ...` when the binding uses the tuple protocol; what is pinned here is the spelling
// that documentation and examples use, which is right everywhere.
#include "mini_coroutine.hpp"

#include <tuple>

namespace {

auto bound_in_two_steps() -> fact::coroutine<int> {
  auto both = co_await fact::later<std::tuple<fact::counted, fact::counted>>{};
  auto& [a, b] = both;
  (void)a;
  (void)b;
  co_await fact::later<int>{};
  co_return 1;
}

auto with_a_parameter(fact::counted kept) -> fact::coroutine<int> {
  (void)kept;
  fact::counted const local{};
  for (int i = 0; i < 3; ++i) {
    fact::counted const inner{};
    co_await fact::later<int>{};
  }
  co_return 1;
}

} // namespace

auto main() -> int {
  {
    auto suspended = bound_in_two_steps();
    suspended.resume();
    if (suspended.done() || fact::alive != 2) return 1;
  }
  if (fact::alive != 0) return 2;
  for (int resumes = 0; resumes < 3; ++resumes) {
    {
      auto suspended = with_a_parameter(fact::counted{});
      for (int i = 0; i < resumes; ++i) suspended.resume();
      if (suspended.done() || fact::alive != 3) return 3;
    }
    if (fact::alive != 0) return 4;
  }
  return 0;
}
