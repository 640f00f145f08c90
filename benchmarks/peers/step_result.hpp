// The value whose JSON is measured, that of ../codec_bench.cpp, and the loops that measure it.
#pragma once

#include <string>

#include <benchmark/benchmark.h>

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

/// `Encoded(step_result)` gives its JSON.
template <auto Encoded>
void encode_struct(benchmark::State& state) {
  auto const value = one_step();
  std::string made;
  for (auto _ : state) {
    made = Encoded(value);
    benchmark::DoNotOptimize(made);
  }
  if (made != json_of_one_step) state.SkipWithError("a wrong text");
}

/// `Decoded(text)` gives the value that a JSON holds.
template <auto Decoded>
void decode_struct(benchmark::State& state) {
  std::string const text = json_of_one_step;
  step_result read;
  for (auto _ : state) {
    read = Decoded(text);
    benchmark::DoNotOptimize(read);
  }
  if (!(read == one_step())) state.SkipWithError("a wrong value");
}

} // namespace bench
