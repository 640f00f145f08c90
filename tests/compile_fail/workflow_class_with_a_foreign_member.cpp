// expect-error: perdure: messages lists a member function of another class
#include "perdure/execution/replayer.hpp"

class other {
public:
  void approve() {}
};
class order {
public:
  auto run() -> perdure::workflow<int> { co_return 1; }
  void approve() {}
#ifdef PERDURE_MUST_FAIL
  using messages = perdure::messages<&other::approve>;
#else
  using messages = perdure::messages<&order::approve>;
#endif
};

void adds(perdure::replayer& to) { to.add<&order::run>(); }
