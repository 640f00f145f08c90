// Each call to the disk fails in turn: a program must say so, or go on, and must not lose, repeat
// or hang.
#include <cerrno>
#include <cstdio>
#include <utility>

#include "campaign.hpp"
#include "canaries.hpp"
#include "metrics.hpp"

namespace reliability {
namespace {

/// How a call can fail, by the name it has on the command line.
struct failing {
  std::string name{};
  int error{};
  io_fault fault{};
  std::int64_t times{1};
  unsigned calls{~0U}; ///< Which kinds it makes sense for.
};

constexpr std::int64_t for_ever = 1'000'000'000;

auto failings_of(std::vector<std::string> const& errors, std::vector<std::string> const& modes,
                 std::int64_t storm) -> std::vector<failing> {
  std::vector<failing> all;
  for (std::string const& mode : modes)
    for (std::string const& error : errors) {
      bool const sticky = mode == "sticky";
      failing f{mode + "-" + error, EIO, io_fault::error, sticky ? storm : 1};
      if (error == "ENOSPC") f.error = ENOSPC, f.calls = io_write | io_truncate | io_open | io_sync;
      // SQLite repeats what was interrupted, without end if need be: so a storm must pass.
      if (error == "EINTR") f.error = EINTR, f.times = sticky ? 50 : 1;
      if (error == "EINTR") f.calls = io_write | io_read | io_truncate | io_open;
      // Then the rest of the disk is full.
      if (error == "SHORT") f.error = ENOSPC, f.fault = io_fault::short_write, f.calls = io_write;
      all.push_back(std::move(f));
    }
  return all;
}
/// What a call did is not what it said: a sync or a write that happened and was said to have
/// failed, and a sync that failed and left its pages unwritten for good.
auto ambiguous_failings(std::int64_t storm) -> std::vector<failing> {
  return {{"done-anyway", EIO, io_fault::done_anyway, 1, io_changes},
          {"done-anyway-sticky", EIO, io_fault::done_anyway, storm, io_sync},
          {"sync-dropped", EIO, io_fault::sync_dropped, 1, io_sync}};
}

auto trials_of(std::vector<io_record> const& trace, std::vector<failing> const& failings)
    -> std::vector<trial> {
  std::vector<trial> all;
  for (std::size_t i = 0; i < trace.size(); ++i)
    for (failing const& f : failings) {
      if ((f.calls & trace[i].kind) == 0) continue;
      io_plan plan{};
      plan.mode = io_mode::fault;
      plan.at = static_cast<std::int64_t>(i) + 1;
      plan.error = f.error;
      plan.fault = f.fault;
      plan.times = f.times;
      all.push_back({plan, "--at=" + std::to_string(plan.at) + " --only=" + f.name});
    }
  return all;
}

auto run(int argc, char** argv) -> int {
  options given{argc, argv};
  campaign_plan plan = campaign_from(given);
  bool const ambiguous = given.flag("ambiguous");
  // With threads, a client waits until the disk is back: so it must come back.
  std::int64_t const storm = given.number("storm", plan.subject == "perdure-real" ? 8 : for_ever);
  auto const failings = ambiguous ? ambiguous_failings(storm)
                                  : failings_of(given.list("errno", "EIO,ENOSPC,EINTR,SHORT"),
                                                given.list("mode", "once,sticky"), storm);
  std::string const at = given.text("at", "");
  std::string const only = at.empty() ? "" : "--at=" + at + " --only=" + given.text("only", "");
  bool const canary = given.flag("canary");
  given.done();
  plan.calls = io_changes | io_open | io_read;
  plan.tool = std::string{"tests/reliability/iofault"} + (ambiguous ? " --ambiguous" : "");
  plan.trials = [=](std::vector<io_record> const& trace, std::uint64_t) {
    auto all = trials_of(trace, failings);
    if (!only.empty()) std::erase_if(all, [&](trial const& each) { return each.again != only; });
    return all;
  };
  std::string const name = ambiguous ? "iofault.ambiguous" : "iofault";
  if (canary) return run_canaries(name, plan, [](campaign_plan&, std::int64_t) {});

  metric_context context{};
  campaign_result const& result = run_campaign(plan);
  context.seed = std::to_string(plan.first_seed) + "..";
  context.cases = result.points;
  auto const share = [&](std::int64_t of) {
    return result.points == 0 ? 0.0 : static_cast<double>(of) / static_cast<double>(result.points);
  };
  print_metric(name + ".violations", static_cast<double>(result.violations), "cases", context);
  print_metric(name + ".points", static_cast<double>(result.points), "points", context);
  print_metric(name + ".scenarios", static_cast<double>(result.scenarios), "scenarios", context);
  print_metric(name + ".ended_normally", share(result.finished), "share of cases", context);
  print_metric(name + ".speed", static_cast<double>(result.points) / context.seconds(), "points/s",
               context);
  if (result.out_of_time) std::fprintf(stderr, "the budget did not suffice for all\n");
  if (result.points == 0) std::fprintf(stderr, "nothing was tried\n");
  return result.violations != 0 || result.points == 0 ? 1 : 0;
}

} // namespace
} // namespace reliability

auto main(int argc, char** argv) -> int { return reliability::run(argc, argv); }
