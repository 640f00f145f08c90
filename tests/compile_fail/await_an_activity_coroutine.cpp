// expect-error: perdure: this cannot be awaited in a workflow, because its outcome is not recorded
#include "perdure/workflow/execute_activity.hpp"

auto fetch(int page) -> perdure::activity<int> { co_return page; }

auto pages() -> perdure::workflow<int> {
#ifdef PERDURE_MUST_FAIL
  co_return co_await fetch(1);
#else
  co_return co_await perdure::execute_activity<fetch>(1, {.start_to_close_timeout = std::chrono::seconds{1}});
#endif
}
