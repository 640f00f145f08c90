// expect-error: perdure: the handler of a query is a plain function .*no mutable lambda
#include "perdure/workflow/handle_query.hpp"

inline constexpr perdure::query<int()> status{"status"};

auto answers() -> perdure::workflow<void> {
  int asked = 0;
#ifdef PERDURE_MUST_FAIL
  auto const handler = perdure::handle(status, [asked]() mutable { return ++asked; });
#else
  auto const handler = perdure::handle(status, [asked] { return asked + 1; });
#endif
  co_return;
}
