// Signals across continue-as-new: a chain of runs counts what many senders send, and nothing may be
// lost, doubled or reordered; see README.md here.
//
//     signals --n=1000000 --senders=16 --mode=virtual|threads [--backend=memory|sqlite]
//             [--flood] [--carry] [--seed=1] [--canary]
#include <cstdio>
#include <exception>
#include <string>

#include "metrics.hpp"
#include "options.hpp"
#include "signal_chain.hpp"

namespace {

using namespace reliability;

struct sums {
  chain_result all{};
  metric_context context{};
};

/// As many chains as it takes for n signals, of some ten thousands each: with caches of every size,
/// and in memory what a chain leaves is gone with it.
auto run_chains(chain_plan plan, std::int64_t n) -> sums {
  sums made{};
  made.context.seed = std::to_string(plan.seed);
  std::size_t const caches[] = {10'000, 0, 1};
  for (std::int64_t left = n; left > 0; ++plan.seed) {
    plan.signals = std::min<std::int64_t>(left, plan.mode == chain_mode::threads ? left : 25'000);
    plan.cached = caches[plan.seed % 3];
    chain_result const one = run_chain(plan);
    made.all.add(one);
    made.context.cases += plan.signals;
    left -= plan.signals;
  }
  return made;
}

auto report(std::string const& name, sums const& s) -> bool {
  chain_result const& r = s.all;
  print_metric(name + "_lost", static_cast<double>(r.lost), "signals", s.context);
  print_metric(name + "_duplicated", static_cast<double>(r.duplicated), "signals", s.context);
  print_metric(name + "_reordered", static_cast<double>(r.reordered), "signals", s.context);
  print_metric(name + "_refused", static_cast<double>(r.refused), "signals", s.context);
  print_metric(name + "_runs", static_cast<double>(r.runs), "runs", s.context);
  print_metric(name + "_tasks_to_continue_max", r.tasks_to_continue, "workflow tasks", s.context);
  return r.lost == 0 && r.duplicated == 0 && r.reordered == 0 && r.refused == 0;
}

/// Senders with a fault: each must be seen, as what it is.
auto canaries(chain_plan const& plan) -> bool {
  bool all_found = true;
  for (planted const each : {planted::loss, planted::duplicate, planted::swap}) {
    chain_plan faulty = plan;
    faulty.fault = each;
    sums const s = run_chains(faulty, 2'000);
    bool const found = each == planted::loss        ? s.all.lost == 1
                       : each == planted::duplicate ? s.all.duplicated == 1
                                                    : s.all.reordered == 1;
    std::string const name = each == planted::loss        ? "loss"
                             : each == planted::duplicate ? "duplicate"
                                                          : "swap";
    print_metric("signals_canary_" + name, found ? 1 : 0, "found", s.context);
    all_found = all_found && found;
  }
  return all_found;
}

} // namespace

auto main(int count, char** words) -> int {
  try {
    options given{count, words};
    chain_plan plan{};
    plan.seed = static_cast<std::uint64_t>(given.number("seed", 1));
    plan.senders = static_cast<int>(given.number("senders", 16));
    plan.mode =
        given.text("mode", "virtual") == "threads" ? chain_mode::threads : chain_mode::virtual_time;
    plan.on_file = given.text("backend", "memory") == "sqlite";
    plan.flood = given.flag("flood");
    plan.carry = given.flag("carry");
    std::int64_t const n = given.number("n", 1'000'000);
    (void)given.number("patience", 60);
    bool const canary = given.flag("canary");
    given.done();
    if (canary) return canaries(plan) ? 0 : 1;
    sums const s = run_chains(plan, n);
    bool const well = report("signals", s);
    if (!well) std::fprintf(stderr, "signals were lost, doubled, reordered or refused\n");
    bool const lively = !plan.flood || s.all.tasks_to_continue <= 2;
    if (!lively)
      std::fprintf(stderr, "a run needed %d workflow tasks to continue as new\n",
                   s.all.tasks_to_continue);
    return well && lively ? 0 : 1;
  } catch (std::exception const& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 1;
  }
}
