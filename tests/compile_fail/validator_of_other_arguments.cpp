// expect-error: perdure: the validator of an update is called with the update's arguments, const, changes nothing and throws to reject
#include "perdure/workflow/handle_update.hpp"

inline constexpr perdure::update<int(int)> add{"add"};

auto counts() -> perdure::workflow<void> {
#ifdef PERDURE_MUST_FAIL
  auto const handler = perdure::handle(add, [](int n) { return n; }, [](int, int) {});
#else
  auto const handler = perdure::handle(add, [](int n) { return n; }, [](int) {});
#endif
  co_return;
}
