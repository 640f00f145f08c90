#include "schedule_subject.hpp"

#include <perdure/perdure.hpp>

#include "durable_subject.hpp"

#include <algorithm>
#include <chrono>
#include <stdexcept>

namespace reliability {
namespace {

using namespace std::chrono_literals;
using perdure::schedule_overlap_policy;
using perdure::workflow_execution_status;

constexpr schedule_overlap_policy policies[] = {
    schedule_overlap_policy::allow_all, schedule_overlap_policy::terminate_other,
    schedule_overlap_policy::buffer_all, schedule_overlap_policy::skip};
constexpr int hours = 6;      // that the victim lets pass
constexpr int hours_more = 4; // that the checker does

/// A schedule "s" that acts every hour, and a cron workflow "c" whose runs time out.
class schedule_subject final : public subject {
public:
  explicit schedule_subject(std::uint64_t seed)
      : policy_{policies[seed % std::size(policies)]}, pause_{seed / 4 % 3} {}

  void prepare(place const& where) override { (void)kind_.open(where, 500); }

  void run(place const& where, reporter const& acked) override {
    auto const backend = kind_.open(where, 1);
    create(*backend, false);
    acked.say("created");
    start_cron(*backend, false);
    acked.say("started");
    for (int hour = 1; hour <= hours; ++hour) {
      // Times of others lie between those of the schedule.
      if (pause_ != 0) backend->advance(std::chrono::minutes{10 * pause_});
      backend->advance(1h - std::chrono::minutes{10 * pause_});
      acked.say("passed " + std::to_string(hour));
    }
    acked.end_of_run();
  }

  auto check(place const& where, std::vector<std::string> const& acked) -> std::string override {
    auto const backend = kind_.open(where, 1'000);
    auto const said = [&](char const* line) {
      return std::find(acked.begin(), acked.end(), line) != acked.end();
    };
    if (!create(*backend, true) && said("created")) return "lost: the schedule";
    if (!start_cron(*backend, true) && said("started")) return "lost: the cron workflow";
    int passed = 0;
    for (std::string const& line : acked)
      if (line.starts_with("passed ")) passed = std::stoi(line.substr(7));
    auto const start = perdure::sqlite_backend_options{}.start_time;
    if (backend->now() < start + passed * 1h) return "lost: time";
    if (std::string const wrong = wrong_with(*backend, (backend->now() - start) / 1h, false);
        !wrong.empty())
      return "after the fault: " + wrong;
    backend->advance(start + (hours + hours_more) * 1h - backend->now());
    if (std::string const wrong = wrong_with(*backend, hours + hours_more, true); !wrong.empty())
      return "at the end: " + wrong;
    return kind_.check_file(where);
  }

private:
  using backend_type = perdure::sqlite_backend;

  /// Whether it was there before.
  auto create(backend_type& backend, bool resumed) const -> bool {
    perdure::create_schedule_request request{};
    request.id = "s";
    request.schedule.action.workflow_id = "job";
    request.schedule.action.workflow_type = "nobody's";
    request.schedule.action.task_queue = "q";
    request.schedule.spec.intervals = {{1h, 0s}};
    request.schedule.policies.overlap = policy_;
    try {
      backend.create_schedule(request);
      return false;
    } catch (perdure::error const& e) {
      if (!resumed || e.code() != perdure::errc::schedule_exists) throw;
      return true;
    }
  }
  static auto start_cron(backend_type& backend, bool resumed) -> bool {
    perdure::start_workflow_request request{};
    request.workflow_id = "c";
    request.workflow_type = "nobody's";
    request.task_queue = "q";
    request.cron_schedule = "@hourly";
    request.workflow_run_timeout = 10min;
    try {
      backend.start_workflow(request);
      return false;
    } catch (perdure::error const& e) {
      if (!resumed || e.code() != perdure::errc::already_started) throw;
      return true;
    }
  }
  static auto count(backend_type& backend, std::string id, workflow_execution_status status = {})
      -> std::int64_t {
    perdure::list_filter filter{};
    filter.workflow_id_prefix = std::move(id);
    filter.status = status;
    return static_cast<std::int64_t>(backend.count_workflows(filter));
  }
  /// `due`: so many actions have come due. `all`: all of them must have been taken by now; else
  /// those that are due at this moment may wait for the next look at the clock.
  auto wrong_with(backend_type& backend, std::int64_t due, bool all) const -> std::string {
    auto const info = backend.describe_schedule("s").info;
    bool const overlaps = policy_ == schedule_overlap_policy::allow_all ||
                          policy_ == schedule_overlap_policy::terminate_other;
    std::int64_t const dealt_with =
        info.action_count + info.skipped_overlap_count + info.waiting_count;
    if (dealt_with > due || dealt_with < due - (all ? 0 : 1))
      return std::to_string(dealt_with) + " actions of " + std::to_string(due);
    if (info.missed_catchup_window_count + info.dropped_count != 0) return "actions were given up";
    std::int64_t const runs = count(backend, "job-");
    if (runs != info.action_count ||
        runs != (overlaps ? dealt_with : std::min(due, dealt_with) > 0))
      return std::to_string(runs) + " runs";
    for (std::int64_t hour = 1; overlaps && hour <= runs; ++hour)
      if (count(backend, std::string{"job-2020-01-01T"} + (hour < 10 ? "0" : "") +
                             std::to_string(hour) + ":00:00Z") != 1)
        return "no run, or two, at " + std::to_string(hour) + ":00";
    std::int64_t const open = count(backend, "job-", workflow_execution_status::running);
    if (open != (policy_ == schedule_overlap_policy::terminate_other
                     ? std::min<std::int64_t>(runs, 1)
                     : runs))
      return std::to_string(open) + " runs are open";
    std::int64_t const chain = count(backend, "c");
    std::int64_t const ended = count(backend, "c", workflow_execution_status::timed_out);
    // The run of the last hour still waits for its timeout.
    if (chain != ended + 1 || (all && ended != due - 1)) return "the cron chain is broken";
    return {};
  }

  sqlite_kind<true> kind_{};
  schedule_overlap_policy policy_;
  std::uint64_t pause_;
};

} // namespace

auto make_schedule_subject(std::uint64_t seed) -> std::unique_ptr<subject> {
  return std::make_unique<schedule_subject>(seed);
}

} // namespace reliability
