// expect-error: perdure: a child workflow is a function that returns workflow<T>
#include "perdure/workflow/child_workflow.hpp"
#include "perdure/workflow/execute_activity.hpp"

auto twice(int n) -> int { return 2 * n; }

auto parent() -> perdure::workflow<int> {
#ifdef PERDURE_MUST_FAIL
  co_return co_await perdure::execute_child_workflow<twice>(1, {.id = "child"});
#else
  co_return co_await perdure::execute_activity<twice>(1, {.start_to_close_timeout = std::chrono::seconds{1}});
#endif
}
