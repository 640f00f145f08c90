// Worker processes on one file are stopped for longer than their lease, at calls to the disk,
// inside of activities and at any time, and go on as zombies.
#include <sys/mman.h>
#include <sys/stat.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <new>

#include "campaign.hpp"
#include "crowd.hpp"
#include "metrics.hpp"

namespace reliability {
namespace {

struct totals {
  std::atomic<std::int64_t> rounds{0};
  std::atomic<std::int64_t> pauses{0};
  std::atomic<std::int64_t> kills{0};
  std::atomic<std::int64_t> later_attempts{0};
  std::atomic<std::int64_t> violations{0};
};

struct zombie_plan {
  campaign_plan base{};
  int workers{4};
  double lease{0.05};
  std::int64_t pauses{0}; ///< Then it is enough; 0: until the time is up.
};

void run_rounds(zombie_plan const& plan, totals& all, place const& where, std::uint64_t first) {
  auto const deadline =
      std::chrono::steady_clock::now() + std::chrono::duration<double>{plan.base.budget};
  for (std::uint64_t seed = first; seed <= plan.base.last_seed;
       seed += static_cast<std::uint64_t>(plan.base.jobs)) {
    if (std::chrono::steady_clock::now() >= deadline) return;
    if (plan.pauses != 0 && all.pauses >= plan.pauses) return;
    if (all.violations >= plan.base.violations_max) return;
    auto const what = make_subject(plan.base.subject, seed);
    if (!what) throw std::runtime_error{"there is no subject " + plan.base.subject};
    crowd_result const one =
        run_crowd(*what, where, {plan.workers, plan.lease, plan.base.patience, seed});
    ++all.rounds;
    all.pauses += one.pauses;
    all.kills += one.kills;
    all.later_attempts += one.later_attempts;
    if (one.violation.empty()) continue;
    ++all.violations;
    if (plan.base.quiet) continue;
    std::string const line =
        "VIOLATION " + one.violation + "\n  again (times differ): " + plan.base.tool +
        " --subject=" + plan.base.subject + " --seeds=" + std::to_string(seed) + "\n";
    (void)!write(STDOUT_FILENO, line.data(), line.size());
  }
}

auto run_zombies(zombie_plan const& plan) -> totals const& {
  void* const memory =
      mmap(nullptr, sizeof(totals), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::runtime_error{"mmap"};
  auto& all = *new (memory) totals;
  std::string const root = make_work_directory();
  std::vector<child_process> jobs;
  for (int job = 0; job < plan.base.jobs; ++job)
    jobs.push_back(start_child([&](int) {
      place const where{root + "/" + std::to_string(job)};
      (void)mkdir(where.directory.c_str(), 0700);
      try {
        run_rounds(plan, all, where, plan.base.first_seed + static_cast<std::uint64_t>(job));
      } catch (std::exception const& e) {
        std::fprintf(stderr, "%s\n", e.what());
        return 1;
      }
      where.clean();
      (void)rmdir(where.directory.c_str());
      return 0;
    }));
  for (child_process const& each : jobs)
    if (finish_child(each, plan.base.budget + plan.base.patience * 2 + 10).status != 0) {
      std::fprintf(stderr, "a process of the tool itself failed\n");
      ++all.violations;
    }
  (void)rmdir(root.c_str());
  return all;
}

auto run_pair_of_canaries(zombie_plan plan) -> int {
  int wrong = 0;
  for (bool const sick : {false, true}) {
    plan.base.subject = sick ? "raw-queue-unfenced" : "raw-queue";
    plan.base.quiet = sick;
    zombie_plan mine = plan;
    mine.base.budget = plan.base.budget / 2;
    metric_context context{};
    totals const& all = run_zombies(mine);
    context.seed = std::to_string(plan.base.first_seed) + "..";
    context.cases = all.pauses;
    bool const right = all.pauses != 0 && (all.violations != 0) == sick;
    print_metric("canary.zombie." + mine.base.subject, static_cast<double>(all.violations),
                 right ? "violations, as expected" : "violations, UNEXPECTED", context);
    if (!right) ++wrong;
  }
  return wrong == 0 ? 0 : 1;
}

auto run(int argc, char** argv) -> int {
  options given{argc, argv};
  zombie_plan plan{};
  plan.base = campaign_from(given);
  plan.workers = static_cast<int>(given.number("workers", 4));
  plan.pauses = given.number("pauses", 0);
  plan.lease = static_cast<double>(given.number("lease-ms", 50)) / 1000;
  plan.base.tool = "tests/reliability/zombie --workers=" + std::to_string(plan.workers) +
                   " --lease-ms=" + std::to_string(static_cast<int>(plan.lease * 1000));
  bool const canary = given.flag("canary");
  given.done();
  if (canary) return run_pair_of_canaries(plan);

  metric_context context{};
  totals const& all = run_zombies(plan);
  context.seed = std::to_string(plan.base.first_seed) + "..";
  context.cases = all.pauses;
  print_metric("zombie.violations", static_cast<double>(all.violations), "rounds", context);
  print_metric("zombie.pauses", static_cast<double>(all.pauses), "pauses", context);
  print_metric("zombie.rounds", static_cast<double>(all.rounds), "rounds", context);
  print_metric("zombie.kills", static_cast<double>(all.kills), "processes", context);
  print_metric("zombie.later_attempts", static_cast<double>(all.later_attempts), "attempts",
               context);
  print_metric("zombie.speed", static_cast<double>(all.pauses) / context.seconds(), "pauses/s",
               context);
  if (all.pauses == 0) std::fprintf(stderr, "nobody was paused\n");
  return all.violations != 0 || all.pauses == 0 ? 1 : 0;
}

} // namespace
} // namespace reliability

auto main(int argc, char** argv) -> int { return reliability::run(argc, argv); }
