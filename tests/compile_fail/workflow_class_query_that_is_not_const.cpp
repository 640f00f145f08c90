// expect-error: perdure: a query is a const member: one that could change the workflow is none
#include <perdure/perdure.hpp>

class order {
public:
  auto run() -> perdure::workflow<int> { co_return 1; }
#ifdef PERDURE_MUST_FAIL
  auto total() -> int { return 1; }
#else
  auto total() const -> int { return 1; }
#endif
  using messages = perdure::messages<&order::total>;
};

auto asks(perdure::workflow_handle<int, perdure::memory_backend> const& handle) -> int {
  return handle.query<&order::total>();
}
