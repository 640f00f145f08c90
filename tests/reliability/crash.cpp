// The process dies, or the machine loses its power, before each change of the disk.
#include <cstdio>

#include "campaign.hpp"
#include "canaries.hpp"
#include "metrics.hpp"

namespace reliability {
namespace {

/// How the n-th variation of a position differs from the first.
struct variation {
  io_loss loss{};
  std::uint64_t seed{};
};

auto describe(std::int64_t at, std::int64_t n) -> std::string {
  return "--at=" + (at == io_plan::at_end ? "end" : std::to_string(at)) +
         " --variation=" + std::to_string(n);
}

auto kills(std::vector<io_record> const& trace) -> std::vector<trial> {
  std::vector<trial> all;
  auto const calls = static_cast<std::int64_t>(trace.size());
  for (std::int64_t at = 1; at <= calls + 1; ++at) {
    io_plan plan{};
    plan.mode = io_mode::kill;
    plan.at = at <= calls ? at : io_plan::at_end;
    all.push_back({plan, describe(plan.at, 0)});
  }
  return all;
}

/// The first half, the last half, and every whole number of sectors from the front; each once.
auto tears(std::vector<io_record> const& trace) -> std::vector<trial> {
  std::vector<trial> all;
  for (std::size_t i = 0; i < trace.size(); ++i) {
    std::size_t const size = trace[i].size;
    if (trace[i].kind != io_write || size < 2) continue;
    std::vector<std::pair<std::size_t, std::size_t>> parts{{0, size / 2},
                                                           {size / 2, size - size / 2}};
    for (std::size_t prefix = 512; prefix < size; prefix += prefix < 4096 ? 512 : 4096)
      if (prefix != size / 2) parts.push_back({0, prefix});
    for (std::size_t n = 0; n < parts.size(); ++n) {
      io_plan plan{};
      plan.mode = io_mode::torn;
      plan.at = static_cast<std::int64_t>(i) + 1;
      plan.torn_from = parts[n].first;
      plan.torn_size = parts[n].second;
      all.push_back({plan, describe(plan.at, static_cast<std::int64_t>(n))});
    }
  }
  return all;
}

/// All that is not synced is lost; or a seeded part of it, by writes and by sectors.
auto power_cuts(std::vector<io_record> const& trace, std::uint64_t seed, std::int64_t subsets)
    -> std::vector<trial> {
  std::vector<trial> all;
  auto const calls = static_cast<std::int64_t>(trace.size());
  std::int64_t unsynced = 0; // writes since any sync: with none, there is nothing to choose from
  for (std::int64_t at = 1; at <= calls + 1; ++at) {
    std::int64_t const choices = unsynced == 0 ? 0 : subsets * 2;
    for (std::int64_t n = 0; n <= choices; ++n) {
      io_plan plan{};
      plan.mode = io_mode::power;
      plan.at = at <= calls ? at : io_plan::at_end;
      plan.loss = n == 0 ? io_loss::all : n % 2 == 1 ? io_loss::writes : io_loss::sectors;
      plan.seed = dice{seed * 1'000'003 + static_cast<std::uint64_t>(at * 97 + n)}.next() >> 8;
      all.push_back({plan, describe(plan.at, n)});
    }
    if (at > calls) break;
    unsynced = trace[static_cast<std::size_t>(at - 1)].kind == io_sync ? 0 : unsynced + 1;
  }
  return all;
}

auto run(int argc, char** argv) -> int {
  options given{argc, argv};
  campaign_plan plan = campaign_from(given);
  std::string const mode = given.text("mode", "kill");
  std::int64_t const subsets = given.number("subsets", 1);
  std::int64_t const skipped_sync = given.number("skip-sync", 0);
  std::string const at = given.text("at", "");
  std::string const only =
      at.empty() ? "" : "--at=" + at + " --variation=" + given.text("variation", "0");
  bool const canary = given.flag("canary");
  given.done();
  if (mode != "kill" && mode != "torn" && mode != "power") {
    std::fprintf(stderr, "--mode is kill, torn or power\n");
    return 2;
  }
  plan.tool = "tests/reliability/crash --mode=" + mode + " --subsets=" + std::to_string(subsets);
  if (skipped_sync != 0) plan.tool += " --skip-sync=" + std::to_string(skipped_sync);
  auto const set_skipped_sync = [](campaign_plan& to, std::int64_t n) {
    to.trials = [inner = std::move(to.trials), n](auto const& trace, std::uint64_t seed) {
      auto all = inner(trace, seed);
      for (trial& each : all) each.plan.skipped_sync = n;
      return all;
    };
  };
  plan.trials = [=](std::vector<io_record> const& trace, std::uint64_t seed) {
    auto all = mode == "kill"   ? kills(trace)
               : mode == "torn" ? tears(trace)
                                : power_cuts(trace, seed, subsets);
    if (!only.empty()) std::erase_if(all, [&](trial const& each) { return each.again != only; });
    return all;
  };
  if (canary) return run_canaries("crash." + mode, plan, set_skipped_sync);
  set_skipped_sync(plan, skipped_sync);

  metric_context context{};
  campaign_result const& result = run_campaign(plan);
  context.seed = std::to_string(plan.first_seed) + "..";
  context.cases = result.points;
  print_metric("crash." + mode + ".violations", static_cast<double>(result.violations), "cases",
               context);
  print_metric("crash." + mode + ".points", static_cast<double>(result.points), "points", context);
  print_metric("crash." + mode + ".speed", static_cast<double>(result.points) / context.seconds(),
               "points/s", context);
  print_metric("crash." + mode + ".calls_per_scenario",
               result.scenarios == 0
                   ? 0
                   : static_cast<double>(result.calls) / static_cast<double>(result.scenarios),
               "calls", context);
  if (result.missed != 0)
    print_metric("crash." + mode + ".missed", static_cast<double>(result.missed), "cases", context);
  if (result.points == 0) std::fprintf(stderr, "nothing was tried\n");
  return result.violations != 0 || result.points == 0 ? 1 : 0;
}

} // namespace
} // namespace reliability

auto main(int argc, char** argv) -> int { return reliability::run(argc, argv); }
