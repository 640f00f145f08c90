// expect-error-gcc: perdure: a function template has no name of its own: name this instance
// Clang spells twice<int> without its arguments, and so cannot be told.
#include "perdure/workflow/execute_activity.hpp"

template <class T>
auto twice(T n) -> T {
  return 2 * n;
}

#ifndef PERDURE_MUST_FAIL
template <>
inline constexpr auto perdure::wire_name<twice<int>> = "Twice";
#endif

auto doubled() -> perdure::workflow<int> {
  co_return co_await perdure::execute_activity<twice<int>>(1, {.start_to_close_timeout = std::chrono::seconds{1}});
}
