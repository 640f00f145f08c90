// Each allocation fails in turn: a program must say so, or go on, and must not lose, repeat, hang
// or end.
#include <cstdio>
#include <utility>

#include "campaign.hpp"
#include "canaries.hpp"
#include "metrics.hpp"
#include "oom_messages.hpp"
#include "oom_subject.hpp"

namespace reliability {

auto make_subject(std::string_view name, std::uint64_t seed) -> std::unique_ptr<subject> {
  if (name == "memory") return std::make_unique<oom_subject<memory_kind>>(memory_kind{}, seed);
  if (name == "memory-real")
    return std::make_unique<oom_subject<real_memory_kind>>(real_memory_kind{}, seed);
  if (name == "perdure")
    return std::make_unique<oom_subject<sqlite_kind<true>>>(sqlite_kind<true>{}, seed);
  if (name == "perdure-real")
    return std::make_unique<oom_subject<sqlite_kind<false>>>(sqlite_kind<false>{}, seed);
  if (name == "memory-messages")
    return std::make_unique<message_subject<memory_kind>>(memory_kind{});
  if (name == "perdure-messages")
    return std::make_unique<message_subject<sqlite_kind<true>>>(sqlite_kind<true>{});
  if (name == "perdure-messages-real")
    return std::make_unique<message_subject<sqlite_kind<false>>>(sqlite_kind<false>{});
  if (name == "list") return std::make_unique<oom_canary>(false);
  if (name == "list-loses-lines") return std::make_unique<oom_canary>(true);
  return nullptr;
}

namespace {

/// Each allocation, and so many from it on.
auto trials_of(std::size_t allocations, std::vector<std::string> const& lengths)
    -> std::vector<trial> {
  std::vector<trial> all;
  for (std::size_t i = 1; i <= allocations; ++i)
    for (std::string const& length : lengths) {
      io_plan plan{};
      plan.mode = io_mode::fault;
      plan.at = static_cast<std::int64_t>(i);
      plan.times = std::strtoll(length.c_str(), nullptr, 10);
      all.push_back({plan, "--at=" + std::to_string(i) + " --lengths=" + length});
    }
  return all;
}

auto run(int argc, char** argv) -> int {
  options given{argc, argv};
  campaign_plan plan = campaign_from(given);
  // With threads, long ones last until something is due.
  auto const lengths =
      given.list("lengths", plan.subject.ends_with("-real") ? "1,10" : "1,10,1000");
  std::string const at = given.text("at", "");
  bool const canary = given.flag("canary");
  given.done();
  plan.calls = io_allocation;
  plan.tool = "tests/reliability/oom";
  plan.trials = [=](std::vector<io_record> const& trace, std::uint64_t) {
    auto all = trials_of(trace.size(), lengths);
    if (!at.empty())
      std::erase_if(all, [&](trial const& each) { return std::to_string(each.plan.at) != at; });
    return all;
  };
  if (canary) return run_canaries("oom", plan, [](campaign_plan&, std::int64_t) {});

  metric_context context{};
  campaign_result const& result = run_campaign(plan);
  context.seed = std::to_string(plan.first_seed) + "..";
  context.cases = result.points;
  print_metric("oom.violations", static_cast<double>(result.violations), "cases", context);
  print_metric("oom.points", static_cast<double>(result.points), "points", context);
  print_metric("oom.scenarios", static_cast<double>(result.scenarios), "scenarios", context);
  print_metric("oom.allocations_per_scenario",
               result.scenarios == 0
                   ? 0
                   : static_cast<double>(result.calls) / static_cast<double>(result.scenarios),
               "allocations", context);
  print_metric("oom.speed", static_cast<double>(result.points) / context.seconds(), "points/s",
               context);
  if (result.out_of_time) std::fprintf(stderr, "the budget did not suffice for all\n");
  if (result.points == 0) std::fprintf(stderr, "nothing was tried\n");
  return result.violations != 0 || result.points == 0 ? 1 : 0;
}

} // namespace
} // namespace reliability

auto main(int argc, char** argv) -> int { return reliability::run(argc, argv); }
