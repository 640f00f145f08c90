// What it costs to record a value and to read it back, in time and in allocations. A wrong result
// fails the run.
#include "support/allocations.hpp"

#include <cstddef>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>
#include <perdure/data/converter.hpp>

namespace {

struct step_result {
  std::string arg1{}, arg2{};
  double random_val{};
  friend auto operator==(step_result const&, step_result const&) -> bool = default;
};

struct batch_result {
  std::vector<step_result> results{};
  friend auto operator==(batch_result const&, batch_result const&) -> bool = default;
};

auto one_step() -> step_result {
  return {"activity arg1: workflow arg one", "activity arg2: workflow arg two", 0.8414709848078965};
}

auto batch_of(std::int64_t count) -> batch_result {
  return {std::vector<step_result>(static_cast<std::size_t>(count), one_step())};
}

/// An item is what one iteration does; the last result must be the expected one.
void conclude(benchmark::State& state, bench::allocation_meter const& meter, bool is_right) {
  if (!is_right) return state.SkipWithError("a wrong result");
  meter.report(state, 1);
}

template <class T>
void encode(benchmark::State& state, T const& value) {
  perdure::payload made;
  bench::allocation_meter meter;
  meter.resume();
  for (auto _ : state) {
    made = perdure::to_payload(value);
    benchmark::DoNotOptimize(made);
  }
  meter.pause();
  state.SetBytesProcessed(static_cast<std::int64_t>(made.data.size()) *
                          static_cast<std::int64_t>(state.iterations()));
  conclude(state, meter, perdure::from_payload<T>(made) == value);
}

template <class T>
void decode(benchmark::State& state, T const& value, std::string const& json) {
  perdure::payload const recorded{json, {"json/plain"}};
  T read;
  bench::allocation_meter meter;
  meter.resume();
  for (auto _ : state) {
    read = perdure::from_payload<T>(recorded);
    benchmark::DoNotOptimize(read);
  }
  meter.pause();
  state.SetBytesProcessed(static_cast<std::int64_t>(json.size()) *
                          static_cast<std::int64_t>(state.iterations()));
  conclude(state, meter, read == value);
}

void encode_struct(benchmark::State& state) { encode(state, one_step()); }
void decode_struct(benchmark::State& state) {
  decode(state, one_step(), perdure::to_json(one_step()));
}
void encode_batch(benchmark::State& state) { encode(state, batch_of(state.range(0))); }
void decode_batch(benchmark::State& state) {
  decode(state, batch_of(state.range(0)), perdure::to_json(batch_of(state.range(0))));
}

// As another language may write it: keys in another order, spaces, a field that this program does
// not know.
void decode_foreign(benchmark::State& state) {
  decode(
      state, one_step(),
      R"({"extra": [1, {"a": null}], "random_val": 0.8414709848078965, )"
      R"("arg2": "activity arg2: workflow arg two", "arg1": "activity arg1: workflow arg one"})");
}

void share_payloads(benchmark::State& state) {
  auto const original = perdure::to_payloads(one_step(), 1, std::string{"three"});
  perdure::payloads copy;
  bench::allocation_meter meter;
  meter.resume();
  for (auto _ : state) {
    copy = original;
    benchmark::DoNotOptimize(copy);
  }
  meter.pause();
  conclude(state, meter, copy == original && copy.begin() == original.begin());
}

} // namespace

BENCHMARK(encode_struct);
BENCHMARK(decode_struct);
BENCHMARK(decode_foreign);
BENCHMARK(encode_batch)->Arg(100);
BENCHMARK(decode_batch)->Arg(100);
BENCHMARK(share_payloads);
BENCHMARK_MAIN();
