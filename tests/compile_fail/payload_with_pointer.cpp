// expect-error: this type cannot be a payload: it holds a pointer or reference
#include "perdure/data/converter.hpp"

#include <vector>

struct order {
#ifdef PERDURE_MUST_FAIL
  int* quantity{};
#else
  int quantity{};
#endif
};

auto const recorded = perdure::to_payload(std::vector<order>{});
