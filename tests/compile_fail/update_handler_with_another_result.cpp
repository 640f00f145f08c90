// expect-error: perdure: the handler of an update is called with the update's arguments and returns its result, or workflow<> of it
#include "perdure/workflow/handle_update.hpp"

#include <string>

inline constexpr perdure::update<int(std::string)> add{"add"};

auto counts() -> perdure::workflow<void> {
#ifdef PERDURE_MUST_FAIL
  auto const handler = perdure::handle(add, [](std::string text) { return text; });
#else
  auto const handler =
      perdure::handle(add, [](std::string text) { return static_cast<int>(text.size()); });
#endif
  co_return;
}
