// expect-error: perdure: this type cannot be a payload: it holds a pointer or reference
#include "perdure/workflow/execute_activity.hpp"

struct order {
#ifdef PERDURE_MUST_FAIL
  int* count{};
#else
  int count{};
#endif
};

auto ship(order const given) -> int { return given.count != 0 ? 1 : 0; }

auto shipping() -> perdure::workflow<int> {
  co_return co_await perdure::execute_activity<ship>(order{}, {.start_to_close_timeout = std::chrono::seconds{1}});
}
