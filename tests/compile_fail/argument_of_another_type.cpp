// expect-error-clang: no matching function for call to object of type
// expect-error-gcc: no match for call to
#include "perdure/workflow/execute_activity.hpp"

auto twice(int n) -> int { return 2 * n; }

auto doubled() -> perdure::workflow<int> {
#ifdef PERDURE_MUST_FAIL
  co_return co_await perdure::execute_activity<twice>(nullptr, {.start_to_close_timeout = std::chrono::seconds{1}});
#else
  co_return co_await perdure::execute_activity<twice>(1, {.start_to_close_timeout = std::chrono::seconds{1}});
#endif
}
