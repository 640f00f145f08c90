// Random operations on two backends: what comes of each, and all that can be seen, must be equal.
//   PERDURE_DIFF_SEED  the first seed; the one that a failure names gives that failure again
//   PERDURE_DIFF_OPS   how many operations in all: 1000000 takes some minutes
#include "conformance/differential/compare.hpp"
#include "conformance/worlds.hpp"

#include <cstdlib>

namespace perdure_test::conformance {

namespace {

constexpr std::size_t operations_per_seed = 400;

[[nodiscard]] auto from_environment(char const* name, std::uint64_t otherwise) -> std::uint64_t {
  char const* const set = std::getenv(name);
  return set == nullptr ? otherwise : std::strtoull(set, nullptr, 10);
}
/// Fails the test with a report if the backends part anywhere.
void check_equal(pair_of_backends const& both, std::uint64_t operations) {
  operations = from_environment("PERDURE_DIFF_OPS", operations);
  std::uint64_t const first = from_environment("PERDURE_DIFF_SEED", 1);
  std::uint64_t const seeds = (operations + operations_per_seed - 1) / operations_per_seed;
  for (std::uint64_t seed = first; seed < first + seeds; ++seed) {
    auto const report = differ(both, seed, operations_per_seed);
    if (!report.empty()) FAIL(report);
  }
}
[[nodiscard]] auto in_memory() -> std::unique_ptr<any_backend> { return worlds::memory({}); }
[[nodiscard]] auto in_file() -> std::unique_ptr<any_backend> { return worlds::sqlite({}); }
[[nodiscard]] auto in_journal() -> std::unique_ptr<any_backend> { return worlds::journal({}); }

TEST_CASE("a backend in memory does the same whenever it is told the same", "[differential]") {
  check_equal({in_memory, in_memory}, 4'000);
}

TEST_CASE("a backend that is closed and opened again goes on as one that was not: the journal",
          "[differential]") {
  check_equal({in_memory, in_journal, true}, 4'000);
}

TEST_CASE("a backend in a file does what one in memory does", "[differential]") {
  check_equal({in_memory, in_file}, 8'000);
}

TEST_CASE("a backend in a file that is opened again and again does what one in memory does",
          "[differential]") {
  check_equal({in_memory, in_file, true}, 8'000);
}

// ------------------------------------------------------- planted differences, which must be found

using memory = erased<perdure::memory_backend>;

[[nodiscard]] auto fresh_memory() -> std::unique_ptr<perdure::memory_backend> {
  perdure::memory_backend_options options{};
  options.clock = perdure::clock_mode::virtual_time;
  return std::make_unique<perdure::memory_backend>(options);
}
/// Whether a backend in memory and the faulty one part within a few seeds.
template <class Faulty>
[[nodiscard]] auto is_found() -> bool {
  auto const faulty = [] { return std::make_unique<Faulty>(fresh_memory); };
  for (std::uint64_t seed = 1; seed <= 20; ++seed)
    if (find_divergence({in_memory, faulty}, random_operations(seed, 4 * operations_per_seed)))
      return true;
  return false;
}

struct drops_a_signal : memory {
  using memory::memory;
  int sent{0};
  void signal_workflow(perdure::workflow_execution const& run, std::string_view name,
                       perdure::payloads input, std::string_view identity,
                       perdure::indirect<perdure::payload_map> header) override {
    if (++sent % 50 == 0) return;
    memory::signal_workflow(run, name, std::move(input), identity, std::move(header));
  }
};
struct swaps_two_events : memory {
  using memory::memory;
  auto read_history(perdure::workflow_execution const& run) -> perdure::history override {
    auto read = memory::read_history(run);
    if (read.events.size() > 30) std::swap(read.events[20].attributes, read.events[21].attributes);
    if (read.events.size() > 30) std::swap(read.events[20].type, read.events[21].type);
    return read;
  }
};
struct forgets_heartbeats : memory {
  using memory::memory;
  auto record_heartbeat(perdure::activity_task_token const& task, perdure::payloads)
      -> bool override {
    return memory::record_heartbeat(task, {});
  }
};
struct takes_late_answers : memory {
  using memory::memory;
  void complete_activity(perdure::activity_answerer who, perdure::activity_task_token const& task,
                         perdure::payloads result) override {
    try {
      memory::complete_activity(who, task, std::move(result));
    } catch (perdure::error const&) {
      // As if it counted.
    }
  }
};
struct is_late_by_a_nanosecond : memory {
  using memory::memory;
  void advance(perdure::duration time) override {
    memory::advance(time);
    if (time > std::chrono::minutes{1}) memory::advance(perdure::duration{1});
  }
};
struct ignores_request_ids : memory {
  using memory::memory;
  auto start_workflow(perdure::start_workflow_request const& request)
      -> perdure::start_workflow_result override {
    auto other = request;
    other.request_id = "";
    return memory::start_workflow(other);
  }
};

TEST_CASE("a backend that drops every 50th signal is found out", "[differential][canary]") {
  CHECK(is_found<drops_a_signal>());
}
TEST_CASE("a backend that swaps two events of a long history is found out",
          "[differential][canary]") {
  CHECK(is_found<swaps_two_events>());
}
TEST_CASE("a backend that forgets heartbeat details is found out", "[differential][canary]") {
  CHECK(is_found<forgets_heartbeats>());
}
TEST_CASE("a backend that takes late answers is found out", "[differential][canary]") {
  CHECK(is_found<takes_late_answers>());
}
TEST_CASE("a backend whose clock is wrong by a nanosecond is found out", "[differential][canary]") {
  CHECK(is_found<is_late_by_a_nanosecond>());
}
TEST_CASE("a backend that ignores request ids is found out", "[differential][canary]") {
  CHECK(is_found<ignores_request_ids>());
}

TEST_CASE("a difference is reported with its seed and a short way to it",
          "[differential][canary]") {
  auto const faulty = [] { return std::make_unique<forgets_heartbeats>(fresh_memory); };
  std::string report;
  for (std::uint64_t seed = 1; report.empty() && seed <= 20; ++seed)
    report = differ({in_memory, faulty}, seed, 4 * operations_per_seed);
  CHECK_THAT(report, contains("PERDURE_DIFF_SEED"));
  CHECK(std::count(report.begin(), report.end(), '\n') < 30);
}

} // namespace

} // namespace perdure_test::conformance
