// expect-error: perdure: only an update has a validator: a non-const member that returns a value
#include "perdure/execution/replayer.hpp"

class order {
public:
  auto run() -> perdure::workflow<int> { co_return 1; }
#ifdef PERDURE_MUST_FAIL
  void add(int) {}
#else
  auto add(int n) -> int { return n; }
#endif
  void check(int) const {}
  using messages = perdure::messages<perdure::validated<&order::add, &order::check>>;
};

void adds(perdure::replayer& to) { to.add<&order::run>(); }
