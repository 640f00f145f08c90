// expect-error: renamed_fields names a field that the type does not have
#include "perdure/data/converter.hpp"

#include <array>

struct order {
  int quantity{};
};

#ifdef PERDURE_MUST_FAIL
template <>
inline constexpr auto perdure::renamed_fields<order> =
    std::array{perdure::renamed{"qty", "quantitty"}};
#else
template <>
inline constexpr auto perdure::renamed_fields<order> =
    std::array{perdure::renamed{"qty", "quantity"}};
#endif

auto const decoded = perdure::from_payload<order>(perdure::payload{"{}", {"json/plain"}});
