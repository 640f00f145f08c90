// expect-error-clang: is not a structural type
// expect-error-gcc: perdure: name a function, a member function
#include "perdure/workflow/execute_activity.hpp"

auto twice(int n) -> int { return 2 * n; }

#ifdef PERDURE_MUST_FAIL
constexpr int factor = 2;
inline constexpr auto called = [factor = factor](int n) { return factor * n; };
#else
inline constexpr auto called = &twice;
#endif

auto doubled() -> perdure::workflow<int> {
  co_return co_await perdure::execute_activity<called>(1, {.start_to_close_timeout = std::chrono::seconds{1}});
}
