// expect-error: perdure: await this where it is made, or move it
#include "perdure/workflow/workflow.hpp"

auto inner() -> perdure::workflow<int> { co_return 1; }

auto outer() -> perdure::workflow<int> {
  auto named = inner();
#ifdef PERDURE_MUST_FAIL
  co_return co_await named;
#else
  co_return co_await std::move(named);
#endif
}
