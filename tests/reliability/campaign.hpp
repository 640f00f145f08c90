// Many cases, over several processes and within a budget of time, and what came of them.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "one_case.hpp"
#include "options.hpp"

namespace reliability {

/// One thing to try on a scenario, and how to say on the command line that it is to be tried again.
struct trial {
  io_plan plan{};
  std::string again{}; ///< `--at=12 --variation=3`.
};

struct campaign_plan {
  std::string tool{};    ///< `crash --mode=kill`: how to call it again.
  std::string subject{}; ///< See subjects.cpp.
  std::uint64_t first_seed{1};
  std::uint64_t last_seed{1};
  double budget{60};   ///< Seconds.
  int jobs{2};         ///< Processes.
  double patience{20}; ///< Seconds that a victim or checker may take.
  unsigned calls{io_changes};
  std::int64_t points{0};          ///< Of each scenario, by the scenario's seed; 0: all.
  std::int64_t violations_max{10}; ///< Then it stops: one fault shows at many points.
  bool keeps{false};               ///< Leaves the files of the last case.
  bool quiet{false};               ///< Does not say each violation (of a planted bug).
  /// All there is to try on a scenario with this trace.
  std::function<std::vector<trial>(std::vector<io_record> const& trace, std::uint64_t seed)>
      trials{};
};

/// Shared between the processes.
struct campaign_result {
  std::atomic<std::int64_t> scenarios{0};
  std::atomic<std::int64_t> points{0}; ///< Of trials whose call was reached.
  std::atomic<std::int64_t> missed{0}; ///< Trials whose call never came.
  std::atomic<std::int64_t> violations{0};
  std::atomic<std::int64_t> calls{0}; ///< Of the undisturbed scenarios, together.
  std::atomic<std::int64_t> acks{0};
  std::atomic<std::int64_t> finished{0}; ///< Victims that were disturbed and got to their end.
  std::atomic<bool> out_of_time{false};
};

/// Runs it. The result lives until the process ends.
auto run_campaign(campaign_plan const& plan) -> campaign_result const&;

/// A new directory for temporary files, in memory if there is room for it: a sync is simulated.
auto make_work_directory() -> std::string;

/// What options say that all campaigns have.
auto campaign_from(options& given) -> campaign_plan;

} // namespace reliability
