// The struct of ../step_result.hpp to JSON and back with nlohmann/json.
#include "../step_result.hpp"

#include <benchmark/benchmark.h>
#include <nlohmann/json.hpp>

namespace bench {
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(step_result, arg1, arg2, random_val)
} // namespace bench

namespace {

void encode_struct(benchmark::State& state) {
  auto const value = bench::one_step();
  std::string made;
  for (auto _ : state) {
    made = nlohmann::json(value).dump();
    benchmark::DoNotOptimize(made);
  }
  if (made != bench::json_of_one_step) state.SkipWithError("a wrong text");
}
BENCHMARK(encode_struct);

void decode_struct(benchmark::State& state) {
  std::string const text = bench::json_of_one_step;
  bench::step_result read;
  for (auto _ : state) {
    read = nlohmann::json::parse(text).get<bench::step_result>();
    benchmark::DoNotOptimize(read);
  }
  if (!(read == bench::one_step())) state.SkipWithError("a wrong value");
}
BENCHMARK(decode_struct);

} // namespace

auto main(int argc, char** argv) -> int {
  benchmark::AddCustomContext("peer_version", std::to_string(NLOHMANN_JSON_VERSION_MAJOR) + "." +
                                                  std::to_string(NLOHMANN_JSON_VERSION_MINOR) +
                                                  "." +
                                                  std::to_string(NLOHMANN_JSON_VERSION_PATCH));
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}
