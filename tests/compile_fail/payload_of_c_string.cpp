// expect-error: cannot be a payload: use std::string
#include "perdure/data/converter.hpp"

#include <string>

#ifdef PERDURE_MUST_FAIL
auto const recorded = perdure::to_payload("text");
#else
auto const recorded = perdure::to_payload(std::string{"text"});
#endif
