// expect-error: perdure: a mock takes the parameters of what it stands for
#include "perdure/testing/test_environment.hpp"

auto twice(int n) -> int { return 2 * n; }

void test() {
  perdure::test_environment env;
#ifdef PERDURE_MUST_FAIL
  env.mock<twice>([](std::string text) { return text; });
#else
  env.mock<twice>([](int n) { return n; });
#endif
}
