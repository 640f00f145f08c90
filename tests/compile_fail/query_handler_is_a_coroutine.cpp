// expect-error: perdure: the handler of a query is a plain function of the query's arguments that returns its result
#include "perdure/workflow/handle_query.hpp"

inline constexpr perdure::query<int()> status{"status"};

auto answers() -> perdure::workflow<void> {
#ifdef PERDURE_MUST_FAIL
  auto const handler = perdure::handle(status, []() -> perdure::workflow<int> { co_return 1; });
#else
  auto const handler = perdure::handle(status, [] { return 1; });
#endif
  co_return;
}
