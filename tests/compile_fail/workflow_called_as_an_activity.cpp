// expect-error: perdure: this is a workflow: use execute_child_workflow
#include "perdure/workflow/child_workflow.hpp"
#include "perdure/workflow/execute_activity.hpp"

auto child(int n) -> perdure::workflow<int> { co_return n; }

auto parent() -> perdure::workflow<int> {
#ifdef PERDURE_MUST_FAIL
  co_return co_await perdure::execute_activity<child>(1, {.start_to_close_timeout = std::chrono::seconds{1}});
#else
  co_return co_await perdure::execute_child_workflow<child>(1, {.id = "child"});
#endif
}
