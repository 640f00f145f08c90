// expect-error: perdure: wait_until takes a predicate: what can be called with nothing and gives a bool
#include "perdure/workflow/wait_until.hpp"
#include "perdure/workflow/workflow.hpp"

auto waits() -> perdure::workflow<void> {
  bool ready = true;
#ifdef PERDURE_MUST_FAIL
  co_await perdure::wait_until([&](int) { return ready; });
#else
  co_await perdure::wait_until([&] { return ready; });
#endif
}
