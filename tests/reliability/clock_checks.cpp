#include "clock_checks.hpp"

#include <perdure/perdure.hpp>

#include <algorithm>
#include <array>

#include "subject.hpp"

namespace reliability {
namespace {

using namespace std::chrono_literals;
using perdure::duration;
using perdure::event_type;
using perdure::time_point;

/// What is measured: something that begins, and something that happens that long after.
enum class happening : std::uint8_t {
  timer,
  schedule_to_start,
  schedule_to_close,
  start_to_close,
  heartbeat,
  run_timeout,
  execution_timeout,
  retry, ///< Of an activity: the second attempt.
  start_delay,
};
constexpr int happenings = 9;

struct asked {
  int what{};
  std::int64_t wait{}; ///< Nanoseconds.
};

/// Something has to be set, and this ends after the end of time.
constexpr duration no_limit = duration::max() - 1ns;

inline constexpr perdure::remote_activity<"nobody_does", void()> nobody_does;
void fails_once() {
  if (perdure::activity_info_now().attempt == 1) throw perdure::application_error{"once"};
}

perdure::workflow<void> waits(asked mine) {
  auto const what = static_cast<happening>(mine.what);
  duration const wait{mine.wait};
  if (what == happening::timer) co_await perdure::sleep(wait);
  perdure::activity_options options{};
  options.task_queue = "by hand";
  options.retry_policy.maximum_attempts = 1;
  if (what == happening::schedule_to_start) options.schedule_to_start_timeout = wait;
  if (what == happening::schedule_to_close) options.schedule_to_close_timeout = wait;
  if (what == happening::start_to_close) options.start_to_close_timeout = wait;
  if (what == happening::heartbeat) options.heartbeat_timeout = wait;
  if (what != happening::schedule_to_close && what != happening::start_to_close)
    options.start_to_close_timeout = no_limit;
  if (what == happening::schedule_to_start || what == happening::schedule_to_close ||
      what == happening::start_to_close || what == happening::heartbeat)
    (void)co_await perdure::as_outcome(perdure::execute_activity<nobody_does>(options));
  if (what == happening::retry) {
    perdure::retry_policy policy{};
    policy.initial_interval = wait;
    policy.maximum_interval = wait;
    policy.backoff_coefficient = 1;
    co_await perdure::execute_activity<fails_once>(
        {.start_to_close_timeout = no_limit, .retry_policy = policy});
  }
  if (what == happening::run_timeout || what == happening::execution_timeout)
    co_await perdure::receive(perdure::signal<>{"never"});
}

/// Takes one attempt and never answers.
struct silent_worker final : perdure::worker_link {
  auto poll_once() -> bool override { return false; }
  void cancel_attempt(perdure::activity_task_token const&,
                      perdure::activity_cancel_reason) noexcept override {}
};

/// One case: a fresh backend that begins at `from`.
class measured {
public:
  measured(time_point from, asked what)
      : options_{at(from)}, retries_{what.what == static_cast<int>(happening::retry)} {
    worker_.add<waits, fails_once>();
    worker_.start();
    perdure::workflow_options begun{};
    begun.id = "w";
    begun.task_queue = "time";
    duration const wait{what.wait};
    if (what.what == static_cast<int>(happening::run_timeout)) begun.workflow_run_timeout = wait;
    if (what.what == static_cast<int>(happening::execution_timeout))
      begun.workflow_execution_timeout = wait;
    if (what.what == static_cast<int>(happening::start_delay)) begun.start_delay = wait;
    (void)client_.start_workflow<waits>(what, begun);
    backend_.advance(duration{});
    if (what.what == static_cast<int>(happening::start_to_close) ||
        what.what == static_cast<int>(happening::heartbeat))
      begin_by_hand();
  }
  void advance(duration d) { backend_.advance(d); }
  [[nodiscard]] auto happened() const -> bool {
    auto const run = client_.get_handle("w").describe();
    // A retry that would come after the end of time is given up at once: the run fails.
    if (retries_) return run.status == perdure::workflow_execution_status::completed;
    return run.status != perdure::workflow_execution_status::running;
  }

private:
  static auto at(time_point from) -> perdure::memory_backend_options {
    perdure::memory_backend_options options{};
    options.clock = perdure::clock_mode::virtual_time;
    options.start_time = from;
    return options;
  }
  void begin_by_hand() {
    silent_worker hand{};
    hand.id = 1'000'000;
    hand.task_queue = "by hand";
    (void)backend_.attach(hand);
    (void)backend_.poll(hand, {false, true, false});
    // It is gone: in virtual time nobody misses it.
    backend_.detach(hand);
  }

  perdure::memory_backend_options options_;
  bool retries_;
  perdure::memory_backend backend_{options_};
  perdure::worker<perdure::memory_backend> worker_{backend_, {.task_queue = "time"}};
  perdure::client<perdure::memory_backend> client_{backend_};
};

auto describe_case(time_point from, asked const& what) -> std::string {
  static constexpr std::array<char const*, happenings> names{
      "timer",      "schedule_to_start", "schedule_to_close", "start_to_close",
      "heartbeat",  "run timeout",       "execution timeout", "retry",
      "start delay"};
  return std::string{names[static_cast<std::size_t>(what.what)]} + " of " +
         std::to_string(what.wait) + " ns from " + std::to_string(from.time_since_epoch().count());
}

void check_one(clock_plan const& plan, time_point from, asked what, clock_findings& found) {
  ++found.cases;
  duration const wait{what.wait};
  duration const until_the_end = time_point::max() - from;
  measured world{from, what};
  bool const ever = wait < until_the_end;
  duration const before = (ever ? wait : until_the_end) - (plan.canary ? 0ns : 1ns);
  world.advance(before);
  if (world.happened()) {
    found.say(found.early, "early: " + describe_case(from, what));
    return;
  }
  world.advance(1ns);
  if (world.happened() && !ever)
    found.say(found.early, "at the end of time: " + describe_case(from, what));
  if (!world.happened() && ever && !plan.canary)
    found.say(found.missing, "not when it was due: " + describe_case(from, what));
}

} // namespace

auto check_durations(clock_plan const& plan) -> clock_findings {
  clock_findings found{};
  perdure::set_log_sink(nullptr); // it would speak of queues that nobody polls
  std::array const froms{time_point{}, time_point{duration{1'577'836'800'000'000'000}},
                         time_point{duration{9'000'000'000'000'000'000}}};
  for (int what = 0; what < happenings; ++what)
    for (time_point const from : froms)
      for (int bits = 0; bits < 63; ++bits)
        for (std::int64_t const off : {std::int64_t{-1}, std::int64_t{0}, std::int64_t{1}}) {
          std::int64_t const wait = (std::int64_t{1} << bits) + off;
          if (wait > 0) check_one(plan, from, {what, wait}, found);
        }
  dice roll{plan.seed};
  while (found.cases < plan.cases) {
    int const what = roll.between(0, happenings - 1);
    int const bits = roll.between(1, 63);
    std::uint64_t const drawn = roll.next() >> static_cast<unsigned>(64 - bits);
    std::size_t const from = roll.next() % froms.size();
    auto const wait = std::max(std::int64_t{1}, static_cast<std::int64_t>(drawn));
    check_one(plan, froms[from], {what, wait}, found);
  }
  return found;
}

auto check_backoff(clock_plan const& plan) -> clock_findings {
  clock_findings found{};
  for (double const coefficient : {1.0, 1.0001, 1.5, 2.0, 10.0, 1e300})
    for (int bits = 0; bits < 63; ++bits)
      for (bool const bounded : {true, false}) {
        perdure::retry_policy policy{};
        policy.initial_interval = duration{std::int64_t{1} << bits};
        policy.backoff_coefficient = coefficient;
        duration most = duration::max();
        if (bounded) policy.maximum_interval = most = duration{std::int64_t{1} << 62};
        duration last{plan.canary ? duration::max() : duration{1}};
        for (int power = 0; power <= 31; ++power)
          for (std::uint32_t const off : {0U, 1U, 2U}) {
            std::uint32_t const attempt = (std::uint32_t{1} << power) + off;
            ++found.cases;
            auto const delay = perdure::next_delay(policy, attempt);
            if (!delay || *delay <= duration{} || *delay < last || *delay > most)
              found.say(found.early, "delay before attempt " + std::to_string(attempt + 1) +
                                         " at coefficient " + std::to_string(coefficient) + ": " +
                                         (delay ? std::to_string(delay->count()) : "none"));
            if (delay && power > 1) last = std::max(last, *delay);
          }
      }
  return found;
}

} // namespace reliability
