// expect-error: perdure: this cannot be awaited in a workflow, because its outcome is not recorded
#include "perdure/workflow/workflow.hpp"

#include <coroutine>

auto inner() -> perdure::workflow<int> { co_return 1; }

auto outer() -> perdure::workflow<int> {
#ifdef PERDURE_MUST_FAIL
  co_await std::suspend_always{};
#endif
  co_return co_await inner();
}
