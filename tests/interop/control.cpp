// The course of a run: timers, scopes, cancellation, failures, continue-as-new, patches, side
// effects, facts. The same in Python: control.py.
#include "interop/stage.hpp"

namespace interop {
namespace {

using perdure::as_outcome;
using texts = std::vector<std::string>;

perdure::activity_options const quick{.start_to_close_timeout = std::chrono::minutes{1}};
auto say(std::string text) -> std::string { return "said " + text; }

// ---- timers

perdure::workflow<std::string> timers() {
  co_await perdure::sleep(1s);
  auto first = perdure::start_timer(3s);
  auto second = perdure::start_timer(2s);
  co_await perdure::when_all(first, second, perdure::sleep(1ms));
  co_await perdure::sleep_until(perdure::now() + 5s);
  auto const passed = perdure::now() - perdure::info().start_time;
  co_return std::to_string(passed / 1s);
}

perdure::workflow<std::string> timer_cancelled() {
  auto timer = perdure::start_timer(1h);
  co_await perdure::sleep(1s);
  timer.cancel();
  auto const got = co_await as_outcome(timer);
  auto unsent = perdure::start_timer(1h);
  unsent.cancel();
  auto const also = co_await as_outcome(unsent);
  co_await perdure::sleep(1s);
  co_return std::string{got ? "fired" : "cancelled"} + (also ? " fired" : " cancelled");
}

perdure::workflow<std::string> first_of_timers() {
  auto slow = perdure::start_timer(9s);
  auto fast = perdure::start_timer(2s);
  auto const first = co_await perdure::when_any(slow, fast);
  co_await perdure::execute_activity<say>(std::string{"between"}, quick);
  co_await slow;
  co_return std::to_string(first.index);
}

// ---- cancellation

perdure::workflow<std::string> cancelled_with_cleanup() {
  std::string text = "not cancelled";
  try {
    co_await perdure::sleep(1h);
  } catch (perdure::cancelled_error const&) {
    text = "cancelled";
  }
  co_await perdure::execute_activity<say>(std::string{"cleaned"}, quick);
  co_await perdure::sleep(5s);
  co_return text;
}
perdure::workflow<int> cancelled_run() {
  co_await perdure::sleep(1h);
  co_return 1;
}
perdure::workflow<std::string> shielded_part() {
  std::string text;
  try {
    text = co_await perdure::shield(perdure::execute_activity<say>(
        std::string{"shielded"}, {.start_to_close_timeout = 1min, .task_queue = "elsewhere"}));
    co_await perdure::sleep(1h);
  } catch (perdure::cancelled_error const&) {
    text += ", then cancelled";
  }
  co_return text;
}
template <auto W>
void plays_cancelled(stage& on) {
  on.worker.template add<W, say>();
  auto const handle = on.start<W>();
  on.backend->advance(1s);
  handle.cancel("enough");
  stage::finish(handle);
}
void plays_shielded(stage& on) {
  elsewhere other{on};
  on.worker.add<shielded_part>();
  auto const handle = on.start<shielded_part>();
  on.settle();
  auto const token = other.take();
  on.backend->advance(1s);
  handle.cancel("enough");
  on.backend->advance(1s);
  on.backend->complete_activity({}, token, perdure::to_payloads(std::string{"answered"}));
  stage::finish(handle);
}

/// Two sleepers in a group that is cancelled whole when a third part fails.
perdure::workflow<std::string> sleeps_for(perdure::duration d, std::string name) {
  co_await perdure::sleep(d);
  co_return name;
}
perdure::workflow<std::string> fails_after_two() {
  co_await perdure::sleep(2s);
  throw perdure::application_error{"planned", {.type = "Planned"}};
}
perdure::workflow<std::string> group_cancelled() {
  std::string text;
  try {
    co_await perdure::when_all(sleeps_for(10s, "a"), fails_after_two(), sleeps_for(20s, "b"));
  } catch (perdure::application_error const& e) {
    text = e.type();
  }
  co_await perdure::sleep(1s);
  co_return text;
}
perdure::workflow<std::string> race_of_coroutines() {
  auto const got = co_await perdure::race(sleeps_for(3s, "slow"), sleeps_for(1s, "fast"));
  co_await perdure::sleep(1s);
  co_return std::get<1>(got.value);
}

// ---- ends

perdure::workflow<int> failed_run() {
  co_await perdure::sleep(1s);
  perdure::indirect<perdure::failure> why{};
  why = perdure::application_error{"deep", {.type = "Deep"}}.failure();
  throw perdure::application_error{"top",
                                   {.type = "Top",
                                    .non_retryable = true,
                                    .details = perdure::to_payloads(1, std::string{"two"}),
                                    .cause = why}};
}
perdure::workflow<int> retried_run() {
  co_await perdure::sleep(1s);
  if (perdure::info().attempt < 3) throw perdure::application_error{"not yet", {.type = "NotYet"}};
  co_return perdure::info().attempt;
}
perdure::workflow<int> continued_run(int left, int sum) {
  sum += left;
  if (left > 0) {
    co_await perdure::sleep(1s);
    co_await perdure::continue_as_new<continued_run>(left - 1, sum);
  }
  co_return sum;
}

// ---- change

perdure::workflow<std::string> patched_run() {
  std::string text;
  if (perdure::patched<"first">())
    text = co_await perdure::execute_activity<say>(std::string{"new"}, quick);
  else
    co_await perdure::sleep(1s);
  co_await perdure::sleep(1s);
  if (perdure::patched<"second">()) text += "!";
  if (perdure::patched<"first">()) text += "!";
  perdure::deprecate_patch<"third">();
  co_await perdure::sleep(1s);
  co_return text;
}

/// The markers of a value that came from outside; in Python, of a local activity of that name.
perdure::workflow<texts> side_effects() {
  texts all;
  all.push_back(co_await perdure::side_effect([] { return std::string{"one"}; }));
  co_await perdure::sleep(1s);
  for (int i = 0; i < 3; ++i)
    all.push_back(co_await perdure::side_effect([i] { return std::to_string(i); }));
  auto const failed = co_await as_outcome(perdure::side_effect(
      []() -> std::string { throw perdure::application_error{"no file", {.type = "NoFile"}}; }));
  all.push_back(failed ? "read" : "failed");
  all.push_back(co_await perdure::execute_activity<say>(all.back(), quick));
  co_return all;
}

perdure::workflow<std::string> upserts() {
  perdure::upsert_memo({{"stage", perdure::to_payload(std::string{"paid"})}});
  perdure::upsert_search_attributes(
      {{"CustomKeywordField", perdure::to_payload(std::string{"customer"})}});
  co_await perdure::sleep(1s);
  perdure::upsert_memo({{"stage", perdure::to_payload(std::string{"sent"})}});
  co_return "done";
}

perdure::workflow<std::string> facts() {
  auto const& me = perdure::info();
  std::string text = me.workflow_id + " " + me.workflow_type + " " + std::to_string(me.attempt);
  text += " " + std::to_string(me.workflow_run_timeout / 1s);
  co_await perdure::sleep(1500ms);
  text += " " + std::to_string((perdure::now() - me.start_time) / 1ms);
  text += " " + std::to_string(perdure::info().history_length);
  co_return text + " " + me.run_id + " " + me.first_execution_run_id;
}

} // namespace

auto control_scenes() -> std::vector<scene> {
  return {
      {"timers", plays<timers>},
      {"timer_cancelled", plays<timer_cancelled>},
      {"first_of_timers", plays<first_of_timers, say>},
      {"cancelled_with_cleanup", plays_cancelled<cancelled_with_cleanup>},
      {"cancelled_run", plays_cancelled<cancelled_run>},
      {"shielded_part", plays_shielded},
      {"group_cancelled", plays<group_cancelled>},
      {"race_of_coroutines", plays<race_of_coroutines>},
      {"failed_run", plays<failed_run>},
      {"retried_run",
       [](stage& on) {
         on.worker.add<retried_run>();
         stage::finish(on.start_with<retried_run>({.retry_policy = {.maximum_attempts = 5}}));
       }},
      {"continued_run",
       [](stage& on) {
         on.worker.add<continued_run>();
         on.run<continued_run>(3, 0);
       }},
      {"patched_run", plays<patched_run, say>},
      {"side_effects", plays<side_effects, say>},
      {"upserts", plays<upserts>},
      {"facts",
       [](stage& on) {
         on.worker.add<facts>();
         stage::finish(on.start_with<facts>({.workflow_run_timeout = 90s}));
       }},
  };
}

} // namespace interop
