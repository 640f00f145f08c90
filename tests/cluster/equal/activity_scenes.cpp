// Activities: results, retries, failures, limits in time, cancellation. The same in Python:
// activity_scenes.py.
#include "stage.hpp"

#include <thread>

namespace equal {

auto say(std::string text) -> std::string { return "said " + text; }

namespace {

using perdure::as_outcome;

inline constexpr perdure::signal<> stop{"stop"};

perdure::retry_policy const once{.maximum_attempts = 1};

// ---- activities

auto waits(std::string name) -> std::string {
  gate_of(name).pass(perdure::activity_stop_token());
  return "went through " + name;
}
auto fails_until(int attempt) -> int {
  int const now = perdure::activity_info_now().attempt;
  if (now < attempt) throw perdure::application_error{"not yet", {.type = "NotYet"}};
  return now;
}
auto fails(std::string kind) -> int {
  throw perdure::application_error{
      "as asked", {.type = kind, .details = perdure::to_payloads(7, std::string{"seven"})}};
}
/// The first attempt beats once, and then no more; the next one goes on where that was.
auto falls_silent(std::string name) -> int {
  if (perdure::activity_info_now().attempt > 1)
    return std::get<0>(perdure::heartbeat_details<int>()) + 1;
  perdure::heartbeat(7);
  return static_cast<int>(waits(name).size());
}
void works_until_cancelled(std::string name) {
  gate_of(name).reach();
  while (true) {
    perdure::heartbeat(std::string{"at work"});
    std::this_thread::sleep_for(20ms);
  }
}
auto is_completed_elsewhere(std::string name) -> int {
  (void)perdure::complete_asynchronously();
  gate_of(name).reach();
  return 0;
}

// ---- workflows

perdure::workflow<std::string> one_activity(std::string name) {
  std::string const said =
      co_await perdure::execute_activity<say>(name, {.start_to_close_timeout = 1min});
  co_return said + "!";
}
void play_one_activity(stage& on) { on.finish(on.start<one_activity>(std::string{"hello"})); }

perdure::workflow<std::string> sequence(int steps) {
  std::string text = "it";
  for (int i = 0; i < steps; ++i)
    text = co_await perdure::execute_activity<say>(text, {.schedule_to_close_timeout = 1min});
  co_return text;
}

perdure::workflow<int> activity_retried() {
  perdure::activity_options const patient{
      .start_to_close_timeout = 1min,
      .retry_policy = {.initial_interval = 10ms, .maximum_attempts = 5}};
  co_return co_await perdure::execute_activity<fails_until>(3, patient);
}

perdure::workflow<int> activity_fails() {
  perdure::activity_options const options{.start_to_close_timeout = 1min, .retry_policy = once};
  co_return co_await perdure::execute_activity<fails>(std::string{"Broken"}, options);
}

perdure::workflow<std::string> activity_failure_handled() {
  perdure::activity_options const picky{.start_to_close_timeout = 1min,
                                        .retry_policy = {.non_retryable_error_types = {"Broken"}}};
  auto const got =
      co_await as_outcome(perdure::execute_activity<fails>(std::string{"Broken"}, picky));
  perdure::application_error const cause{*got.error().cause};
  int const detail = std::get<0>(perdure::from_payloads<int, std::string>(cause.details()));
  co_return co_await perdure::execute_activity<say>(cause.type() + " " + std::to_string(detail),
                                                    {.start_to_close_timeout = 1min});
}

perdure::workflow<int> activity_times_out() {
  try {
    co_await perdure::execute_activity<say>(std::string{"nothing"},
                                            {.schedule_to_start_timeout = 10ms,
                                             .start_to_close_timeout = 1min,
                                             .task_queue = "nobody"});
  } catch (perdure::activity_error const&) {
  }
  perdure::activity_options const brief{.start_to_close_timeout = 200ms, .retry_policy = once};
  co_await perdure::execute_activity<waits>(std::string{"late"}, brief);
  co_return 0;
}
void play_times_out(stage& on) {
  plays<activity_times_out>(on);
  gate_of("late").open();
}

perdure::workflow<int> activity_falls_silent() {
  perdure::activity_options const patient{.start_to_close_timeout = 1min,
                                          .heartbeat_timeout = 1s,
                                          .retry_policy = {.initial_interval = 10ms}};
  int const first =
      co_await perdure::execute_activity<falls_silent>(std::string{"silent"}, patient);
  perdure::activity_options const strict{
      .start_to_close_timeout = 1min, .heartbeat_timeout = 1s, .retry_policy = once};
  co_return first +
      co_await perdure::execute_activity<falls_silent>(std::string{"silent for good"}, strict);
}
void play_falls_silent(stage& on) {
  plays<activity_falls_silent>(on);
  gate_of("silent").open();
  gate_of("silent for good").open();
}

perdure::workflow<std::string> activity_cancelled() {
  auto running = perdure::start_activity<works_until_cancelled>(
      std::string{"cancelled"},
      {.start_to_close_timeout = 1min,
       .heartbeat_timeout = 1min,
       .cancellation_type = perdure::cancellation_type::wait_cancellation_completed});
  co_await perdure::receive(stop);
  running.cancel();
  auto const got = co_await as_outcome(running);
  co_return got ? "done" : "cancelled";
}
void play_activity_cancelled(stage& on) {
  auto const handle = on.start<activity_cancelled>();
  gate_of("cancelled").wait_until_reached();
  on.until_tasks(handle, 1);
  handle.signal(stop);
  on.finish(handle);
}

perdure::workflow<std::string> activity_beside_timer() {
  perdure::activity_options const options{.start_to_close_timeout = 1h};
  auto const lost = co_await perdure::race(
      perdure::execute_activity<waits>(std::string{"race"}, options), perdure::sleep(500ms));
  auto const won = co_await perdure::race(
      perdure::execute_activity<say>(std::string{"quick"}, options), perdure::sleep(1h));
  co_return std::to_string(lost.index) + std::to_string(won.index);
}
void play_beside_timer(stage& on) {
  plays<activity_beside_timer>(on);
  gate_of("race").open();
}

perdure::workflow<std::vector<std::string>> side_by_side() {
  std::vector<perdure::activity_handle<std::string>> all;
  for (std::string const name : {"left", "middle", "right"})
    all.push_back(perdure::start_activity<waits>(name, {.start_to_close_timeout = 1min}));
  co_return co_await perdure::when_all(all);
}
void play_side_by_side(stage& on) {
  auto const handle = on.start<side_by_side>();
  for (char const* name : {"left", "middle", "right"}) gate_of(name).wait_until_reached();
  int tasks = 0;
  for (char const* name : {"right", "left", "middle"}) {
    on.until_tasks(handle, ++tasks);
    gate_of(name).open();
  }
  on.finish(handle);
}

perdure::workflow<std::string> local_activities() {
  perdure::local_activity_options const quick{.start_to_close_timeout = 1min};
  std::string text = co_await perdure::execute_local_activity<say>(std::string{"first"}, quick);
  int const attempts = co_await perdure::execute_local_activity<fails_until>(
      2, {.start_to_close_timeout = 1min, .retry_policy = {.initial_interval = 10ms}});
  co_await perdure::sleep(10ms);
  perdure::local_activity_options const strict{.start_to_close_timeout = 1min,
                                               .retry_policy = once};
  auto const got =
      co_await as_outcome(perdure::execute_local_activity<fails>(std::string{"Broken"}, strict));
  perdure::application_error const cause{*got.error().cause};
  text += " " + cause.type() + " " + std::to_string(attempts);
  co_return text;
}

perdure::workflow<int> completed_elsewhere() {
  co_return co_await perdure::execute_activity<is_completed_elsewhere>(
      std::string{"elsewhere"}, {.start_to_close_timeout = 1min, .activity_id = "mine"});
}
void play_completed_elsewhere(stage& on) {
  auto const handle = on.start<completed_elsewhere>();
  gate_of("elsewhere").wait_until_reached();
  on.client.get_async_activity_handle(handle.id(), handle.run_id(), "mine").complete(7);
  on.finish(handle);
}

perdure::workflow<std::string> activity_with_options() {
  perdure::activity_options options{};
  options.activity_id = "mine";
  options.schedule_to_close_timeout = 2h;
  options.schedule_to_start_timeout = 1h;
  options.start_to_close_timeout = 1min;
  options.heartbeat_timeout = 10s;
  options.retry_policy = {.initial_interval = 2s,
                          .backoff_coefficient = 1.5,
                          .maximum_interval = 20s,
                          .maximum_attempts = 7,
                          .non_retryable_error_types = {"Broken", "Lost"}};
  options.priority = {.priority_key = 2, .fairness_weight = 0.5, .fairness_key = "acme"};
  options.summary = "says all of it";
  co_return co_await perdure::execute_activity<say>(std::string{"all of it"}, options);
}

template <class To>
void add_workflows(To& to) {
  to.template add<one_activity, sequence, activity_retried, activity_fails,
                  activity_failure_handled, activity_times_out, activity_falls_silent,
                  activity_cancelled, activity_beside_timer, side_by_side, local_activities,
                  completed_elsewhere, activity_with_options>();
}

} // namespace

auto activity_part() -> part {
  return {{{"one_activity", play_one_activity},
           {"sequence", plays<sequence, 3>},
           {"activity_retried", plays<activity_retried>},
           {"activity_fails", plays<activity_fails>},
           {"activity_failure_handled", plays<activity_failure_handled>},
           {"activity_times_out", play_times_out},
           {"activity_falls_silent", play_falls_silent},
           {"activity_cancelled", play_activity_cancelled},
           {"activity_beside_timer", play_beside_timer},
           {"side_by_side", play_side_by_side},
           {"local_activities", plays<local_activities>},
           {"completed_elsewhere", play_completed_elsewhere},
           {"activity_with_options", plays<activity_with_options>}},
          [](worker& to) {
            to.add<say, waits, fails_until, fails, falls_silent, works_until_cancelled,
                   is_completed_elsewhere>();
            add_workflows(to);
          },
          add_workflows<perdure::replayer>};
}

} // namespace equal
