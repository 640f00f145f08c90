// expect-error: perdure: C\+\+ leaves the order of arguments open, so start_\* calls
#include "perdure/workflow/execute_activity.hpp"
#include "perdure/workflow/when_all.hpp"

auto a(int n) -> int { return n; }
auto b(int n) -> int { return n; }

auto both() -> perdure::workflow<int> {
  perdure::activity_options const options{.start_to_close_timeout = std::chrono::seconds{1}};
#ifdef PERDURE_MUST_FAIL
  co_await perdure::when_all(perdure::start_activity<a>(1, options), perdure::start_activity<b>(2, options));
#else
  auto first = perdure::start_activity<a>(1, options);
  auto second = perdure::start_activity<b>(2, options);
  co_await perdure::when_all(first, second);
  co_await perdure::when_all(perdure::execute_activity<a>(1, options), perdure::execute_activity<b>(2, options));
#endif
  co_return 1;
}
