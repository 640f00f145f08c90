// expect-error: perdure: a const member is a query and gives something; a signal changes the workflow and is not const
#include "perdure/execution/replayer.hpp"

class order {
public:
  auto run() -> perdure::workflow<int> { co_return 1; }
#ifdef PERDURE_MUST_FAIL
  void approve() const {}
#else
  void approve() {}
#endif
  using messages = perdure::messages<&order::approve>;
};

void adds(perdure::replayer& to) { to.add<&order::run>(); }
