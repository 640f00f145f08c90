// expect-error: a search attribute is a keyword, text, keyword_list, an integer, double, bool
#include <perdure/perdure.hpp>

struct money {};
#ifdef PERDURE_MUST_FAIL
inline constexpr perdure::search_attribute<money> total{"Total"};
#else
inline constexpr perdure::search_attribute<double> total{"Total"};
#endif
