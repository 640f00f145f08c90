// Time: nothing happens before it is due, and what is due happens, for every duration from a
// nanosecond to 292 years and whatever the clock does; see README.md here.
//
//     time [--only=durations|jumps|backoff] [--cases=20000] [--seed=1] [--canary]
#include <cstdio>
#include <exception>
#include <string>

#include "clock_checks.hpp"
#include "metrics.hpp"
#include "options.hpp"

namespace {

using namespace reliability;

auto run(std::string const& name, clock_findings (*check)(clock_plan const&),
         clock_plan const& plan) -> bool {
  metric_context context{};
  context.seed = std::to_string(plan.seed);
  clock_findings const found = check(plan);
  context.cases = found.cases;
  print_metric("time_" + name + "_early", static_cast<double>(found.early), "fires", context);
  print_metric("time_" + name + "_missing", static_cast<double>(found.missing), "fires", context);
  print_metric("time_" + name + "_backwards", static_cast<double>(found.backwards), "readings",
               context);
  for (auto const& each : found.what) std::fprintf(stderr, "%s\n", each.c_str());
  return found.early == 0 && found.missing == 0 && found.backwards == 0;
}

} // namespace

auto main(int count, char** words) -> int {
  try {
    options given{count, words};
    clock_plan plan{};
    plan.seed = static_cast<std::uint64_t>(given.number("seed", 1));
    plan.cases = given.number("cases", 20'000);
    plan.canary = given.flag("canary");
    std::string const only = given.text("only", "");
    (void)given.number("patience", 60);
    given.done();
    bool well = true;
    if (only.empty() || only == "durations") well = run("durations", check_durations, plan) && well;
    if (only.empty() || only == "backoff") well = run("backoff", check_backoff, plan) && well;
    if (only.empty() || only == "jumps") well = run("jumps", check_jumps, plan) && well;
    if (plan.canary) std::fprintf(stderr, well ? "nothing was found\n" : "found, as planted\n");
    return well == plan.canary ? 1 : 0;
  } catch (std::exception const& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 1;
  }
}
