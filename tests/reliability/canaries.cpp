#include "canaries.hpp"

#include <algorithm>

#include "metrics.hpp"

namespace reliability {
namespace {

struct canary {
  char const* tool;
  char const* subject;
  bool is_sick;    ///< False: the healthy twin.
  double share{0}; ///< Of the cases, at least this much must show it.
  std::int64_t skipped_sync{0};
};

constexpr canary all_canaries[] = {
    {"crash.kill", "raw", false},
    {"crash.kill", "raw-acks-early", true},
    {"crash.kill", "plain-file", false},
    {"crash.torn", "raw", false},
    {"crash.torn", "plain-file", true, 0.5},
    {"crash.power", "raw", false},
    {"crash.power", "raw-sync-normal", true, 0.15},
    {"crash.power", "raw-sync-off", true, 0.15},
    {"crash.power", "raw-sync-misspelt", true, 0.15},
    {"crash.power", "raw-acks-early", true},
    {"crash.power", "raw", true, 0, 6},            // one sync that is not done
    {"crash.power", "perdure-normal", true, 0.05}, // many points are before the first promise
    {"iofault", "raw", false},
    {"iofault", "raw-swallows-errors", true},
    {"iofault.ambiguous", "raw", false},
    {"iofault.ambiguous", "raw-rollback-journal", false},
    {"iofault.ambiguous", "raw-retries-blindly", true},
    {"oom", "list", false},
    {"oom", "list-loses-lines", true, 0.5},
};

} // namespace

auto run_canaries(std::string const& tool, campaign_plan const& plan,
                  std::function<void(campaign_plan&, std::int64_t)> const& set_skipped_sync)
    -> int {
  int wrong = 0;
  auto const ours = std::count_if(std::begin(all_canaries), std::end(all_canaries),
                                  [&](canary const& c) { return tool == c.tool; });
  for (canary const& each : all_canaries) {
    if (tool != each.tool) continue;
    campaign_plan mine = plan;
    mine.subject = each.subject;
    mine.budget = plan.budget / static_cast<double>(ours);
    if (each.share == 0) mine.last_seed = std::min(plan.last_seed, plan.first_seed + 19);
    mine.quiet = each.is_sick;
    if (each.share > 0) mine.violations_max = 1'000'000'000; // how many there are is the question
    if (each.skipped_sync != 0) set_skipped_sync(mine, each.skipped_sync);
    metric_context context{};
    campaign_result const& result = run_campaign(mine);
    context.seed = std::to_string(plan.first_seed) + "..";
    context.cases = result.points;
    auto const found = static_cast<double>(result.violations);
    double const share = result.points == 0 ? 0 : found / static_cast<double>(result.points);
    bool const right =
        result.points != 0 && (each.is_sick ? found > 0 && share >= each.share : found == 0);
    std::string const name =
        "canary." + tool + "." + each.subject + (each.skipped_sync != 0 ? "-skips-a-sync" : "");
    print_metric(name, share, right ? "share of cases, as expected" : "share of cases, UNEXPECTED",
                 context);
    if (!right) ++wrong;
  }
  if (ours == 0) std::fprintf(stderr, "no canaries for %s\n", tool.c_str());
  return wrong != 0 || ours == 0 ? 1 : 0;
}

} // namespace reliability
