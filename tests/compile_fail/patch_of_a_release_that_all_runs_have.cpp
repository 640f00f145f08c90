// expect-error: every live run has this patch, its old branch is dead
#include <perdure/perdure.hpp>

#ifdef PERDURE_MUST_FAIL
inline constexpr int oldest = 2;
#else
inline constexpr int oldest = 1;
#endif

template <>
inline constexpr int perdure::oldest_live_release<perdure::this_program> = oldest;

perdure::workflow<int> pays() {
  if (perdure::patched<"pay-first", perdure::release<2>>()) co_return 1;
  co_return 2;
}
