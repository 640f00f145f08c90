// expect-error: perdure: the handler of a signal is called with what the signal carries and returns void or workflow<void>
#include "perdure/workflow/on_signal.hpp"

#include <string>

inline constexpr perdure::signal<std::string> approve{"approve"};

auto listens() -> perdure::workflow<void> {
#ifdef PERDURE_MUST_FAIL
  auto const handler = perdure::on(approve, [](int) {});
#else
  auto const handler = perdure::on(approve, [](std::string const&) {});
#endif
  co_return;
}
