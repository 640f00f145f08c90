// The struct of ../step_result.hpp to JSON and back with nlohmann/json.
#include "../step_result.hpp"

#include <benchmark/benchmark.h>
#include <nlohmann/json.hpp>

namespace bench {
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(step_result, arg1, arg2, random_val)
} // namespace bench

namespace {

auto encoded(bench::step_result const& value) -> std::string {
  return nlohmann::json(value).dump();
}
auto decoded(std::string const& text) -> bench::step_result {
  return nlohmann::json::parse(text).get<bench::step_result>();
}
BENCHMARK(bench::encode_struct<encoded>)->Name("encode_struct");
BENCHMARK(bench::decode_struct<decoded>)->Name("decode_struct");

} // namespace

auto main(int argc, char** argv) -> int {
  benchmark::AddCustomContext("peer_version", std::to_string(NLOHMANN_JSON_VERSION_MAJOR) + "." +
                                                  std::to_string(NLOHMANN_JSON_VERSION_MINOR) +
                                                  "." +
                                                  std::to_string(NLOHMANN_JSON_VERSION_PATCH));
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}
