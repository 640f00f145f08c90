// Durations from one nanosecond to 292 years: no overflow, nothing early.
#include "conformance/behaviour.hpp"

namespace perdure_test::conformance {

static constexpr auto year = 365 * 24h;

static auto some_durations() -> std::vector<perdure::duration> {
  return {1ns, 999ns, 1us, 1ms, 1s, 1h, year, 50 * year, 200 * year};
}
/// The longest there is: it ends when time does.
static constexpr perdure::duration longest = perdure::duration::max();

BEHAVIOUR("a timer of any duration fires at its nanosecond", "[timer][durations]") {
  for (perdure::duration const each : some_durations()) {
    CAPTURE(each.count());
    w.begin({commands::timer("1", each)});
    w.pass(each - 1ns);
    CHECK(w.fired() == "");
    w.pass(1ns);
    CHECK(w.fired() == "1");
    w.terminate();
    w.backend.delete_workflow({"w", {}}, {}, {});
    if (each > year) break; // time itself ends in 2262
  }
  w.begin({commands::timer("1", longest)});
  w.pass(100 * year);
  CHECK(w.fired() == "");
  CHECK(w.describe().pending_timers_count == 1);
}

BEHAVIOUR("timeouts of any duration end a run at their nanosecond, or never",
          "[durations][timeouts]") {
  for (perdure::duration const each :
       {perdure::duration{1ns}, perdure::duration{1s}, perdure::duration{year}}) {
    perdure::start_workflow_request request{};
    request.workflow_run_timeout = each;
    w.start(request);
    w.pass(each - 1ns);
    CHECK(w.describe().status == workflow_execution_status::running);
    w.pass(1ns);
    CHECK(w.describe().status == workflow_execution_status::timed_out);
  }
  perdure::start_workflow_request request{};
  request.workflow_id = "long";
  request.workflow_run_timeout = request.workflow_execution_timeout = longest;
  w.start(request);
  w.pass(100 * year);
  CHECK(w.describe("long").status == workflow_execution_status::running);
}

BEHAVIOUR("a start delay of any duration holds the first task back", "[durations]") {
  for (perdure::duration const each : {perdure::duration{1ns}, perdure::duration{year}}) {
    perdure::start_workflow_request request{};
    request.start_delay = each;
    w.start(request);
    w.pass(each - 1ns);
    CHECK(w.describe().history_length == 1);
    w.pass(1ns);
    CHECK(w.describe().history_length == 2);
    w.terminate();
  }
  perdure::start_workflow_request request{};
  request.workflow_id = "never";
  request.start_delay = longest;
  request.workflow_run_timeout = longest;
  w.start(request);
  w.pass(100 * year);
  CHECK(w.describe("never").history_length == 1);
}

BEHAVIOUR("retry intervals of any duration pass before the next attempt", "[durations][retry]") {
  for (perdure::duration const each : {perdure::duration{1ns}, perdure::duration{year}, longest}) {
    CAPTURE(each.count());
    perdure::activity_options options{.start_to_close_timeout = longest};
    options.retry_policy = {.initial_interval = each, .maximum_interval = longest};
    w.begin_activity(options);
    w.hand.fail(w.hand.activity(), failure_of("again"));
    w.pass(each == longest ? 30 * year : each - 1ns);
    auto const waits = w.describe().pending_activities.at(0);
    CHECK(waits.attempt == 2);
    CHECK_FALSE(w.hand.poll_activity().has_value());
    if (each != longest) {
      w.pass(1ns);
      CHECK(w.hand.poll_activity().has_value());
    }
    w.terminate();
  }
}

BEHAVIOUR("a continued run begins after its backoff", "[durations]") {
  auto asked = commands::continue_as_new();
  auto next = asked.attributes.get<e::workflow_execution_continued_as_new>();
  next.backoff_start_interval = perdure::duration{year};
  next.retry_policy = perdure::retry_policy{.maximum_attempts = 7};
  asked.attributes = perdure::event_attributes::make(std::move(next));
  w.begin({asked});
  w.pass(year - 1ns);
  CHECK(w.describe().history_length == 1);
  CHECK(w.get<e::workflow_execution_started>().retry_policy->maximum_attempts == 7);
  w.pass(1ns);
  CHECK(w.describe().history_length == 2);
}

} // namespace perdure_test::conformance
