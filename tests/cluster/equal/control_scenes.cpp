// The course of a run: timers, cancellation, ends, chains, patches, attributes. The same in Python:
// control_scenes.py.
#include "stage.hpp"

#include <atomic>
#include <stdexcept>

namespace equal {
namespace {

using perdure::as_outcome;

perdure::search_attribute<perdure::keyword> const keyword{"CustomKeywordField"};

perdure::workflow<std::string> timers() {
  co_await perdure::sleep(10ms);
  auto quick = perdure::start_timer(10ms);
  auto slow = perdure::start_timer(1h);
  co_await quick;
  slow.cancel();
  auto const got = co_await as_outcome(slow);
  if (got) co_return "fired";
  co_await perdure::sleep(1500us);
  co_return "cancelled";
}

perdure::workflow<int> cancelled_with_cleanup() {
  auto const got = co_await as_outcome(perdure::sleep(1h));
  if (!got) {
    co_await perdure::execute_activity<say>(std::string{"cleaned"},
                                            {.start_to_close_timeout = 1min});
    perdure::throw_failure(got.error());
  }
  co_return 1;
}
void play_cancelled(stage& on) {
  auto const handle = on.start<cancelled_with_cleanup>();
  on.until_tasks(handle, 1);
  handle.cancel();
  on.finish(handle);
}
void play_terminated(stage& on) {
  auto const handle = on.start<cancelled_with_cleanup>();
  on.until_tasks(handle, 1);
  handle.terminate("enough");
  on.finish(handle);
}

perdure::workflow<int> fails_with_details() {
  perdure::indirect<perdure::failure> deep{};
  deep = perdure::application_error{"deep", {.type = "Deep"}}.failure();
  throw perdure::application_error{"top",
                                   {.type = "Top",
                                    .non_retryable = true,
                                    .details = perdure::to_payloads(1, std::string{"two"}),
                                    .cause = deep}};
  co_return 0;
}

perdure::workflow<int> continued_run(int left, int sum) {
  sum += left;
  if (left == 2) {
    perdure::upsert_search_attributes({keyword("again")});
    co_await perdure::sleep(10ms);
  }
  if (left > 0) co_await perdure::continue_as_new<continued_run>(left - 1, sum);
  co_return sum;
}
void play_continued(stage& on) {
  perdure::workflow_options with{};
  with.workflow_run_timeout = 1h;
  with.workflow_task_timeout = 5s;
  with.retry_policy = {.maximum_attempts = 3};
  with.memo = {{"stage", perdure::to_payload(std::string{"early"})}};
  with.search_attributes = {keyword("first")};
  on.finish(on.start_with<continued_run>(with, 3, 0));
}

perdure::workflow<std::string> other_kind(int sum, std::string text) {
  co_return text + " " + std::to_string(sum);
}
perdure::workflow<int> one_kind(int sum) {
  perdure::continue_as_new_options options{};
  options.workflow_run_timeout = 1h;
  options.workflow_task_timeout = 20s;
  options.retry_policy = {.maximum_attempts = 2};
  options.memo = perdure::payload_map{{"stage", perdure::to_payload(std::string{"other"})}};
  co_await perdure::continue_as_new<other_kind>(sum + 1, "carried", options);
  co_return 0;
}

void play_continues_as_another(stage& on) {
  auto const handle = on.start<one_kind>(1);
  on.finish(on.client.get_handle<other_kind>(handle.id(), handle.run_id()));
}

perdure::workflow<std::string> patched_run() {
  std::string text;
  if (perdure::patched<"first">())
    text = co_await perdure::execute_activity<say>(std::string{"new"},
                                                   {.start_to_close_timeout = 1min});
  co_await perdure::sleep(10ms);
  if (perdure::patched<"second">()) text += "!";
  if (perdure::patched<"first">()) text += "!";
  perdure::deprecate_patch<"third">();
  co_await perdure::sleep(10ms);
  co_return text;
}

perdure::workflow<std::string> upserts() {
  perdure::upsert_memo(
      {{"stage", perdure::to_payload(std::string{"paid"})}, {"count", perdure::to_payload(3)}});
  perdure::upsert_search_attributes({keyword("customer")});
  co_await perdure::sleep(10ms);
  perdure::upsert_search_attributes({keyword.unset()});
  perdure::upsert_memo("stage", std::optional<std::string>{});
  co_await perdure::sleep(10ms);
  co_return std::to_string(perdure::memo<int>("count").value());
}

perdure::workflow<std::string> described_run() {
  perdure::set_current_details("in no history");
  co_await perdure::sleep(10ms, {.summary = "a moment"});
  co_return co_await perdure::execute_activity<say>(
      std::string{"described"}, {.start_to_close_timeout = 1min, .summary = "says it"});
}
void play_described(stage& on) {
  perdure::workflow_options with{};
  with.workflow_execution_timeout = 2h;
  with.workflow_run_timeout = 1h;
  with.workflow_task_timeout = 5s;
  with.memo = {{"stage", perdure::to_payload(std::string{"early"})}};
  with.search_attributes = {keyword("acme")};
  with.static_summary = "tells of itself";
  with.static_details = "With *details*.";
  with.priority = {.priority_key = 2, .fairness_weight = 0.5, .fairness_key = "acme"};
  on.finish(on.start_with<described_run>(with));
}

perdure::workflow<int> fails_twice() {
  int const attempt = perdure::info().attempt;
  if (attempt < 3)
    throw perdure::application_error{"not yet",
                                     {.type = "NotYet", .details = perdure::to_payloads(attempt)}};
  co_return attempt;
}
void play_run_retried(stage& on) {
  on.finish(on.start_with<fails_twice>(
      {.retry_policy = {.initial_interval = 10ms, .maximum_attempts = 5}}));
}

perdure::workflow<int> too_late_at_first() {
  if (perdure::info().attempt == 1) co_await perdure::sleep(1h);
  co_return perdure::info().attempt;
}
void play_run_times_out(stage& on) {
  on.finish(on.start_with<too_late_at_first>(
      {.workflow_run_timeout = 1500ms,
       .retry_policy = {.initial_interval = 10ms, .maximum_attempts = 2}}));
}

/// The first workflow task comes with the answer to the start, as worker and client share one
/// connection.
void play_start_eager(stage& on) {
  on.finish(on.began(on.near_client.start_workflow<timers>(on.options())));
}
void play_start_delayed(stage& on) { on.finish(on.start_with<timers>({.start_delay = 200ms})); }

perdure::workflow<int> nightly() {
  int const before = perdure::last_completion_result<int>().value_or(0);
  if (before == 1) co_await perdure::sleep(1h);
  co_return before + 1;
}
void play_cron(stage& on) {
  auto const handle = on.start_with<nightly>({.cron_schedule = "@every 1s"});
  on.next_of(handle).cancel();
  on.finish(handle);
}

std::atomic<int> mistakes_left{0};

struct mistake : std::runtime_error {
  using std::runtime_error::runtime_error;
};

perdure::workflow<std::string> mends_itself() {
  co_await perdure::sleep(10ms);
  if (mistakes_left > 0) {
    --mistakes_left;
    throw mistake{"a mistake in the code, which a later deployment has mended"};
  }
  co_return co_await perdure::execute_activity<say>(std::string{"mended"},
                                                    {.start_to_close_timeout = 1min});
}
void play_task_fails(stage& on) {
  mistakes_left = 1;
  on.finish(on.start<mends_itself>());
}

template <class To>
void add_workflows(To& to) {
  perdure::register_failure_type<mistake>("RuntimeError");
  to.template add<timers, cancelled_with_cleanup, fails_with_details, continued_run, one_kind,
                  other_kind, patched_run, upserts, described_run, fails_twice, too_late_at_first,
                  nightly, mends_itself>();
}

} // namespace

auto control_part() -> part {
  return {{{"timers", plays<timers>},
           {"cancelled_with_cleanup", play_cancelled},
           {"terminated", play_terminated},
           {"fails_with_details", plays<fails_with_details>},
           {"continued_run", play_continued},
           {"continues_as_another", play_continues_as_another},
           {"patched_run", plays<patched_run>},
           {"upserts", plays<upserts>},
           {"described_run", play_described},
           {"run_retried", play_run_retried},
           {"run_times_out", play_run_times_out},
           {"start_eager", play_start_eager},
           {"start_delayed", play_start_delayed},
           {"cron", play_cron},
           {"task_fails", play_task_fails}},
          add_workflows<worker>,
          add_workflows<perdure::replayer>};
}

} // namespace equal
