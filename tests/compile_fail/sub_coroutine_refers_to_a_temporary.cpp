// expect-error-clang: temporary whose address is used as value of local variable 'late'
// A sub-coroutine may take references, but not to what is gone when it begins. GCC cannot tell.
#include "perdure/workflow/workflow.hpp"

#if defined(__clang__)
  #pragma clang diagnostic error "-Wdangling"
#endif

auto adds(int const& a, int const& b) -> perdure::workflow<int> { co_return a + b; }

auto caller() -> perdure::workflow<int> {
  int const one = 1;
#ifdef PERDURE_MUST_FAIL
  auto late = adds(one, 2);
#else
  int const two = 2;
  auto late = adds(one, two);
#endif
  co_return co_await std::move(late);
}
