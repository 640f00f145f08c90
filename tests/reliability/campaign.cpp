#include "campaign.hpp"

#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <algorithm>
#include <chrono>
#include <new>
#include <stdexcept>

namespace reliability {
namespace {

using steady = std::chrono::steady_clock;

/// Keeps so many of the trials as are wanted, the same ones for the same seed.
void sample(std::vector<trial>& all, std::int64_t wanted, std::uint64_t seed) {
  dice roll{seed ^ 0x5EED};
  for (std::size_t i = all.size(); i > 1; --i) std::swap(all[i - 1], all[roll.next() % i]);
  if (static_cast<std::int64_t>(all.size()) > wanted) all.resize(static_cast<std::size_t>(wanted));
}

class campaign_worker {
public:
  campaign_worker(campaign_plan const& plan, campaign_result& result, std::string const& directory,
                  steady::time_point deadline)
      : plan_{plan},
        result_{result},
        cases_{directory, plan.patience, plan.keeps},
        deadline_{deadline} {}

  void run(std::uint64_t first, std::uint64_t step) {
    for (std::uint64_t seed = first; seed <= plan_.last_seed && goes_on(); seed += step)
      run_scenario(seed);
  }

private:
  [[nodiscard]] auto goes_on() const -> bool {
    if (result_.violations >= plan_.violations_max) return false;
    if (steady::now() < deadline_) return true;
    result_.out_of_time = true;
    return false;
  }
  void run_scenario(std::uint64_t seed) {
    auto const what = make_subject(plan_.subject, seed);
    if (!what) throw std::runtime_error{"there is no subject " + plan_.subject};
    cases_.prepare(*what);
    io_plan undisturbed{};
    undisturbed.calls = plan_.calls;
    case_result const whole = cases_.run(*what, undisturbed);
    if (!whole.violation.empty()) return report(seed, "", whole.violation);
    auto trials = plan_.trials(cases_.trace(), seed);
    if (plan_.points > 0) sample(trials, plan_.points, seed);
    ++result_.scenarios;
    result_.calls += whole.calls;
    for (trial& each : trials) {
      if (!goes_on()) return;
      each.plan.calls = plan_.calls;
      case_result const one = cases_.run(*what, each.plan);
      (one.reached || !one.violation.empty() ? result_.points : result_.missed) += 1;
      result_.acks += static_cast<std::int64_t>(one.acks);
      result_.finished += one.reached && one.finished ? 1 : 0;
      if (!one.violation.empty()) report(seed, each.again, one.violation);
    }
  }
  void report(std::uint64_t seed, std::string const& again, std::string const& what) {
    ++result_.violations;
    if (plan_.quiet) return;
    std::string const line = "VIOLATION " + what + "\n  again: " + plan_.tool +
                             " --subject=" + plan_.subject + " --seeds=" + std::to_string(seed) +
                             " " + again + "\n";
    (void)!write(STDOUT_FILENO, line.data(), line.size());
  }

  campaign_plan const& plan_;
  campaign_result& result_;
  case_runner cases_;
  steady::time_point deadline_;
};

auto shared_result() -> campaign_result& {
  void* const memory = mmap(nullptr, sizeof(campaign_result), PROT_READ | PROT_WRITE,
                            MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::runtime_error{"mmap"};
  return *new (memory) campaign_result;
}

} // namespace

auto make_work_directory() -> std::string {
  char const* const wanted = std::getenv("TMPDIR");
  for (std::string root : {std::string{wanted == nullptr ? "" : wanted}, std::string{"/dev/shm"},
                           std::string{"/tmp"}}) {
    root += "/perdure-reliability-XXXXXX";
    if (root.front() == '/' && root != "/perdure-reliability-XXXXXX" &&
        mkdtemp(root.data()) != nullptr)
      return root;
  }
  throw std::runtime_error{"no place for temporary files"};
}

auto run_campaign(campaign_plan const& plan) -> campaign_result const& {
  campaign_result& result = shared_result();
  auto const deadline = steady::now() + std::chrono::duration_cast<steady::duration>(
                                            std::chrono::duration<double>{plan.budget});
  std::string const root = make_work_directory();
  std::vector<pid_t> workers;
  std::fflush(stdout);
  for (int job = 0; job < plan.jobs; ++job) {
    pid_t const id = fork();
    if (id < 0) throw std::runtime_error{"fork"};
    if (id != 0) {
      workers.push_back(id);
      continue;
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    try {
      campaign_worker worker{plan, result, root + "/" + std::to_string(job), deadline};
      worker.run(plan.first_seed + static_cast<std::uint64_t>(job),
                 static_cast<std::uint64_t>(plan.jobs));
    } catch (std::exception const& e) {
      std::fprintf(stderr, "%s\n", e.what());
      _exit(1);
    }
    _exit(0);
  }
  for (pid_t const id : workers) {
    int status = 0;
    (void)waitpid(id, &status, 0);
    if (status == 0) continue;
    std::fprintf(stderr, "a process of the tool itself failed (status %d)\n", status);
    ++result.violations;
  }
  (void)rmdir(root.c_str());
  return result;
}

auto campaign_from(options& given) -> campaign_plan {
  campaign_plan plan{};
  plan.subject = given.text("subject", "perdure");
  auto const [first, last] = given.range("seeds", "1..1000000");
  plan.first_seed = first;
  plan.last_seed = last;
  plan.budget = static_cast<double>(given.number("budget", 60));
  plan.patience = static_cast<double>(given.number("patience", 20));
  plan.jobs = static_cast<int>(given.number("jobs", 2));
  plan.violations_max = given.number("violations", 10);
  plan.keeps = given.flag("keep");
  std::string const points = given.text("points", "all");
  plan.points = points == "all" ? 0 : std::strtoll(points.c_str(), nullptr, 10);
  return plan;
}

} // namespace reliability
