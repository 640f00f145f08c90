// The value whose JSON is measured: that of ../codec_bench.cpp.
#pragma once

#include <string>

namespace bench {

struct step_result {
  std::string arg1{}, arg2{};
  double random_val{};
  friend auto operator==(step_result const&, step_result const&) -> bool = default;
};

inline auto one_step() -> step_result {
  return {"activity arg1: workflow arg one", "activity arg2: workflow arg two", 0.8414709848078965};
}
inline constexpr char const* json_of_one_step =
    R"({"arg1":"activity arg1: workflow arg one","arg2":"activity arg2: workflow arg two",)"
    R"("random_val":0.8414709848078965})";

} // namespace bench
