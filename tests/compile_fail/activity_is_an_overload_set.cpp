// expect-error-clang: incompatible initializer of type '<overloaded function type>'
// expect-error-gcc: unable to deduce 'auto' from 'twice'
#include "perdure/workflow/execute_activity.hpp"

auto twice(int n) -> int { return 2 * n; }
auto twice(double n) -> double { return 2 * n; }

auto doubled() -> perdure::workflow<int> {
#ifdef PERDURE_MUST_FAIL
  co_return co_await perdure::execute_activity<twice>(1, {.start_to_close_timeout = std::chrono::seconds{1}});
#else
  co_return co_await perdure::execute_activity<static_cast<int (*)(int)>(twice)>(
      1, {.start_to_close_timeout = std::chrono::seconds{1}});
#endif
}
