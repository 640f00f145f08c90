// expect-error: perdure: the handler of a signal is called with what the signal carries and returns void or workflow<void>
#include "perdure/workflow/on_signal.hpp"

inline constexpr perdure::signal<int> number{"number"};

auto listens() -> perdure::workflow<void> {
#ifdef PERDURE_MUST_FAIL
  auto const handler = perdure::on(number, [](int n) { return n; });
#else
  auto const handler = perdure::on(number, [](int) {});
#endif
  co_return;
}
