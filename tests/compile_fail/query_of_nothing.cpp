// expect-error: perdure: a query asks for something: give it a result
#include "perdure/workflow/query.hpp"

#ifdef PERDURE_MUST_FAIL
inline constexpr perdure::query<void(int)> status{"status"};
#else
inline constexpr perdure::query<int(int)> status{"status"};
#endif
