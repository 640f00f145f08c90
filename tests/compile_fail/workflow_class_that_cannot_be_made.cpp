// expect-error: perdure: a workflow class needs a constructor that takes the parameters of its run member, or one that takes nothing
#include "perdure/execution/replayer.hpp"

#include <string>

class order {
public:
#ifdef PERDURE_MUST_FAIL
  explicit order(std::string const& customer) : customer_{customer} {}
#else
  explicit order(int) {}
#endif
  auto run(int) -> perdure::workflow<std::string> { co_return customer_; }

private:
  std::string customer_{};
};

void adds(perdure::replayer& to) { to.add<&order::run>(); }
