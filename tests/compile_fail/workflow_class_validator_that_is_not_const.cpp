// expect-error: perdure: the validator of an update is a const member with the update's parameters
#include "perdure/execution/replayer.hpp"

class order {
public:
  auto run() -> perdure::workflow<int> { co_return 1; }
  auto add(int n) -> int { return n; }
#ifdef PERDURE_MUST_FAIL
  void check(int) {}
#else
  void check(int) const {}
#endif
  using messages = perdure::messages<perdure::validated<&order::add, &order::check>>;
};

void adds(perdure::replayer& to) { to.add<&order::run>(); }
