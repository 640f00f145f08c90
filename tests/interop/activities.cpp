// Activities: results, retries, timeouts, cancellation, parallel groups. The same in Python:
// activities.py.
#include "interop/stage.hpp"

namespace interop {
namespace {

using perdure::as_outcome;
using perdure::cancellation_type;
using texts = std::vector<std::string>;

perdure::activity_options const quick{.start_to_close_timeout = std::chrono::minutes{1}};

// ---- activities

auto say(std::string text) -> std::string { return "said " + text; }
auto fails_until(int attempt) -> int {
  if (perdure::activity_info_now().attempt < attempt)
    throw perdure::application_error{"not yet", {.type = "NotYet"}};
  return perdure::activity_info_now().attempt;
}
auto fails(std::string type) -> int {
  throw perdure::application_error{"as asked", {.type = type, .details = perdure::to_payloads(7)}};
}
inline constexpr perdure::remote_activity<"answers_elsewhere", int()> answers_elsewhere;

// ---- workflows

perdure::workflow<std::string> one_activity(std::string name) {
  std::string const said = co_await perdure::execute_activity<say>(name, quick);
  co_return said + "!";
}

perdure::workflow<int> retried_activity() {
  perdure::activity_options const patient{.start_to_close_timeout = 1min,
                                          .retry_policy = {.maximum_attempts = 5}};
  co_return co_await perdure::execute_activity<fails_until>(4, patient);
}

perdure::workflow<int> unhandled_activity_failure() {
  perdure::activity_options const once{.start_to_close_timeout = 1min,
                                       .retry_policy = {.maximum_attempts = 1}};
  co_return co_await perdure::execute_activity<fails>(std::string{"Broken"}, once);
}

perdure::workflow<std::string> handled_activity_failure() {
  perdure::activity_options const picky{.start_to_close_timeout = 1min,
                                        .retry_policy = {.non_retryable_error_types = {"Broken"}}};
  auto const got =
      co_await as_outcome(perdure::execute_activity<fails>(std::string{"Broken"}, picky));
  perdure::application_error const why{*got.error().cause};
  int const detail = std::get<0>(perdure::from_payloads<int>(why.details()));
  co_await perdure::execute_activity<say>(std::string{"sorry"}, quick);
  co_return chain_of(got.error()) + " " + std::to_string(detail);
}

perdure::workflow<texts> activity_timeouts() {
  texts all;
  for (int which = 0; which < 4; ++which) {
    perdure::activity_options options{};
    options.task_queue = which < 2 ? "nobody" : "elsewhere";
    options.retry_policy.maximum_attempts = 1;
    options.start_to_close_timeout = 1h;
    if (which == 0) options.schedule_to_start_timeout = 5s;
    if (which == 1) options.schedule_to_close_timeout = 6s;
    if (which == 2) options.start_to_close_timeout = 7s;
    if (which == 3) options.heartbeat_timeout = 8s;
    auto const got = co_await as_outcome(perdure::execute_activity<answers_elsewhere>(options));
    all.push_back(chain_of(got.error()));
  }
  co_return all;
}
void plays_timeouts(stage& on) {
  on.worker.add<activity_timeouts>();
  elsewhere other{on};
  auto const handle = on.start<activity_timeouts>();
  on.backend->advance(11s);
  (void)other.take();
  on.backend->advance(7s);
  (void)other.take();
  stage::finish(handle);
}

perdure::workflow<int> loop_of_activities() {
  int sum = 0;
  for (int i = 0; i < 20; ++i) sum += co_await perdure::execute_activity<fails_until>(i % 3, quick);
  co_return sum;
}

perdure::workflow<texts> activities_in_parallel() {
  std::vector<perdure::activity_handle<std::string>> all;
  for (int i = 0; i < 10; ++i)
    all.push_back(perdure::start_activity<say>(std::to_string(i), quick));
  co_return co_await perdure::when_all(all);
}

perdure::workflow<std::string> sleeps_and_says(std::string text) {
  co_await perdure::sleep(3s);
  co_return co_await perdure::execute_activity<say>(text, quick);
}
perdure::workflow<std::string> mixed_group() {
  auto const all = co_await perdure::when_all(
      perdure::execute_activity<say>(std::string{"first"}, quick), perdure::sleep(2s),
      sleeps_and_says("second"), sleeps_and_says("third"));
  co_return std::get<0>(all) + ", " + std::get<2>(all) + ", " + std::get<3>(all);
}

perdure::workflow<std::string> first_failure_of_a_group() {
  perdure::activity_options const once{.start_to_close_timeout = 1min,
                                       .retry_policy = {.maximum_attempts = 1}};
  auto slow = perdure::start_timer(10s);
  auto broken = perdure::start_activity<fails>(std::string{"Broken"}, once);
  auto const all = co_await perdure::when_all_settled(broken);
  auto const why = chain_of(std::get<0>(all).error());
  std::string const said = co_await perdure::execute_activity<say>(why, quick);
  co_await slow;
  co_return said;
}

perdure::workflow<std::string> activity_with_an_id() {
  perdure::activity_options named = quick;
  named.activity_id = "mine";
  auto first = perdure::start_activity<say>(std::string{"named"}, named);
  auto second = perdure::start_activity<say>(std::string{"numbered"}, quick);
  auto const both = co_await perdure::when_all(first, second);
  co_return std::get<0>(both) + " " + std::get<1>(both) + " " + second.id();
}

/// Cancels an activity that runs elsewhere, and waits for it.
auto cancels_activity(cancellation_type how) -> perdure::workflow<std::string> {
  perdure::activity_options options{};
  options.start_to_close_timeout = 1h;
  options.task_queue = "elsewhere";
  options.cancellation_type = how;
  auto running = perdure::start_activity<answers_elsewhere>(options);
  co_await perdure::sleep(1s);
  running.cancel();
  auto const got = co_await as_outcome(running);
  co_await perdure::sleep(5s);
  co_return got ? "gave " + std::to_string(*got) : std::string{"cancelled"};
}
perdure::workflow<std::string> activity_try_cancel() {
  co_return co_await cancels_activity(cancellation_type::try_cancel);
}
perdure::workflow<std::string> activity_wait_cancelled() {
  co_return co_await cancels_activity(cancellation_type::wait_cancellation_completed);
}
perdure::workflow<std::string> activity_wait_completed() {
  co_return co_await cancels_activity(cancellation_type::wait_cancellation_completed);
}
perdure::workflow<std::string> activity_abandon() {
  co_return co_await cancels_activity(cancellation_type::abandon);
}
template <auto W, bool Completes>
void plays_cancellation(stage& on) {
  on.worker.template add<W>();
  elsewhere other{on};
  auto const handle = on.start<W>();
  on.settle();
  auto const token = other.take();
  on.backend->advance(2s);
  if (Completes)
    on.backend->complete_activity({}, token, perdure::to_payloads(4));
  else
    on.backend->cancel_activity({}, token, perdure::to_payloads(1), {});
  stage::finish(handle);
}

perdure::workflow<std::string> activity_cancelled_unsent() {
  auto never = perdure::start_activity<say>(std::string{"never"}, quick);
  never.cancel();
  auto const got = co_await as_outcome(never);
  std::string const said = co_await perdure::execute_activity<say>(std::string{"now"}, quick);
  co_return got ? "not cancelled" : "cancelled " + said;
}

perdure::workflow<std::string> race_of_activity_and_timer() {
  perdure::activity_options options{};
  options.start_to_close_timeout = 1h;
  options.task_queue = "elsewhere";
  auto const lost = co_await perdure::race(perdure::execute_activity<answers_elsewhere>(options),
                                           perdure::sleep(5s));
  auto const won = co_await perdure::race(
      perdure::execute_activity<say>(std::string{"quick"}, quick), perdure::sleep(5s));
  co_return std::to_string(lost.index) + std::to_string(won.index);
}

void plays_race(stage& on) {
  elsewhere const other{on};
  plays<race_of_activity_and_timer, say>(on);
}

} // namespace

auto activity_scenes() -> std::vector<scene> {
  return {
      {"one_activity",
       [](stage& on) {
         on.worker.add<one_activity, say>();
         on.run<one_activity>(std::string{"hello"});
       }},
      {"retried_activity", plays<retried_activity, fails_until>},
      {"unhandled_activity_failure", plays<unhandled_activity_failure, fails>},
      {"handled_activity_failure", plays<handled_activity_failure, fails, say>},
      {"activity_timeouts", plays_timeouts},
      {"loop_of_activities", plays<loop_of_activities, fails_until>},
      {"activities_in_parallel", plays<activities_in_parallel, say>},
      {"mixed_group", plays<mixed_group, say>},
      {"first_failure_of_a_group", plays<first_failure_of_a_group, fails, say>},
      {"activity_with_an_id", plays<activity_with_an_id, say>},
      {"activity_try_cancel", plays_cancellation<activity_try_cancel, true>},
      {"activity_wait_cancelled", plays_cancellation<activity_wait_cancelled, false>},
      {"activity_wait_completed", plays_cancellation<activity_wait_completed, true>},
      {"activity_abandon", plays_cancellation<activity_abandon, true>},
      {"activity_cancelled_unsent", plays<activity_cancelled_unsent, say>},
      {"race_of_activity_and_timer", plays_race},
  };
}

} // namespace interop
