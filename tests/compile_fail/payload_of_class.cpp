// expect-error: specialise perdure::payload_traits for it
#include "perdure/data/converter.hpp"

#include <memory>

#ifdef PERDURE_MUST_FAIL
auto const recorded = perdure::from_payload<std::unique_ptr<int>>(perdure::payload::null());
#else
auto const recorded = perdure::from_payload<std::optional<int>>(perdure::payload::null());
#endif
