// From a client's signal to the activity that a workflow runs in answer, on a Temporal server.
//     benchmark_cluster_latency ADDRESS N   N signals, one after the other, some hundreds to a run
// Prints one line of JSON. Ends with 1, saying why, if something is not as it must be.
#include <perdure/temporal.hpp>

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <stdexcept>
#include <string>
#include <vector>

#include "../support/reactions.hpp"

namespace {

constexpr char const* queue = "latency-cpp";
constexpr int signals_per_run = 250;
constexpr int warm_up = 50;

void measure(std::string const& address, int count) {
  perdure::temporal_options options{};
  options.address = address;
  perdure::temporal_backend backend{options};
  perdure::worker worker{backend, {.task_queue = queue}};
  worker.add<bench::reacting, bench::react>();
  worker.start();
  perdure::client client{backend};

  auto const one_run = [&](int signals, std::vector<double>& into) {
    auto const problem =
        bench::measure_reactions(client, "latency-" + perdure::random_uuid(), queue, signals, into);
    if (!problem.empty()) throw std::runtime_error{problem};
  };
  std::vector<double> seconds;
  one_run(warm_up, seconds);
  seconds.clear();
  for (int left = count; left > 0; left -= signals_per_run)
    one_run(std::min(left, signals_per_run), seconds);
  std::sort(seconds.begin(), seconds.end());
  std::printf(R"({"n": %zu, "p50_us": %.0f, "p99_us": %.0f, "p99.9_us": %.0f, "max_us": %.0f})"
              "\n",
              seconds.size(), bench::quantile_us(seconds, 0.5), bench::quantile_us(seconds, 0.99),
              bench::quantile_us(seconds, 0.999), 1e6 * seconds.back());
}

} // namespace

int main(int argument_count, char** arguments) {
  std::vector<std::string> const given(arguments + 1, arguments + argument_count);
  if (given.size() != 2) {
    std::cerr << "usage: benchmark_cluster_latency ADDRESS N\n";
    return 2;
  }
  try {
    measure(given[0], std::stoi(given[1]));
  } catch (std::exception const& why) {
    std::cerr << "benchmark_cluster_latency: " << why.what() << '\n';
    return 1;
  }
  return 0;
}
