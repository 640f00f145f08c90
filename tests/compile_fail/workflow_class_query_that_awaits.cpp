// expect-error: perdure: a const member is a query, which cannot await: return the value itself
#include "perdure/execution/replayer.hpp"

class order {
public:
  auto run() -> perdure::workflow<int> { co_return total_; }
#ifdef PERDURE_MUST_FAIL
  auto total() const -> perdure::workflow<int> { co_return total_; }
#else
  auto total() const -> int { return total_; }
#endif
  using messages = perdure::messages<&order::total>;

private:
  int total_{0};
};

void adds(perdure::replayer& to) { to.add<&order::run>(); }
