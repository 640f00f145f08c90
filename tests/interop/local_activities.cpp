// Local activities: results, retries, timeouts, cancellation, beside other things. The same in
// Python: local_activities.py.
#include "interop/stage.hpp"

#include "support/until_stopped.hpp"

namespace interop {
namespace {

using perdure::as_outcome;
using perdure::cancellation_type;
using texts = std::vector<std::string>;

inline constexpr perdure::signal<std::string> word{"word"};
inline constexpr perdure::signal<> stop{"stop"};
inline constexpr perdure::update<int(int)> add{"add"};

perdure::local_activity_options const quick{.start_to_close_timeout = std::chrono::minutes{1}};

// ---- activities

auto say(std::string text) -> std::string { return "said " + text; }
void says_nothing() {}
auto fails_until(int attempt) -> int {
  if (perdure::activity_info_now().attempt < attempt)
    throw perdure::application_error{"not yet", {.type = "NotYet"}};
  return perdure::activity_info_now().attempt;
}
auto fails(std::string type) -> int {
  throw perdure::application_error{"as asked", {.type = type, .details = perdure::to_payloads(7)}};
}

perdure::activity<int> runs_on(std::string then) {
  co_await perdure_test::until_stopped{};
  if (then == "completes") co_return 7;
  throw perdure::cancelled_error{"as asked"};
}

/// The innermost failure: what is around it is each SDK's own.
auto root_of(perdure::failure const& why) -> std::string {
  return why.cause ? root_of(*why.cause) : chain_of(why);
}

// ---- workflows

perdure::workflow<std::string> local_results() {
  co_await perdure::execute_local_activity<says_nothing>(quick);
  std::string const said =
      co_await perdure::execute_local_activity<say>(std::string{"first"}, quick);
  co_await perdure::sleep(1s);
  co_return said + ", " +
      co_await perdure::execute_local_activity<say>(std::string{"second"}, quick);
}

/// Local and other activities are numbered together.
perdure::workflow<texts> local_in_parallel() {
  std::vector<perdure::activity_handle<std::string>> all;
  perdure::activity_options const far{.start_to_close_timeout = 1min};
  for (int i = 0; i < 6; ++i)
    all.push_back(i % 3 == 2 ? perdure::start_activity<say>(std::to_string(i), far)
                             : perdure::start_local_activity<say>(std::to_string(i), quick));
  auto said = co_await perdure::when_all(all);
  said.push_back(co_await perdure::execute_local_activity<say>(said.back(), quick));
  co_return said;
}

perdure::workflow<int> local_retries() {
  int const first = co_await perdure::execute_local_activity<fails_until>(3, quick);
  co_await perdure::sleep(1s);
  co_return 10 * first + co_await perdure::execute_local_activity<fails_until>(2, quick);
}

/// A backoff beyond the threshold is a timer of the run, and the next attempts have a new number.
perdure::workflow<int> local_retries_by_timer() {
  perdure::local_activity_options const slow{.start_to_close_timeout = 1min,
                                             .retry_policy = {.initial_interval = 1min},
                                             .local_retry_threshold = 30s};
  int const attempts = co_await perdure::execute_local_activity<fails_until>(4, slow);
  co_await perdure::sleep(1s);
  co_return attempts;
}

perdure::workflow<std::string> local_failures() {
  perdure::local_activity_options once = quick;
  once.retry_policy.maximum_attempts = 1;
  perdure::local_activity_options picky = quick;
  picky.retry_policy.non_retryable_error_types = {"Broken"};
  std::string text;
  for (auto const& options : {once, picky}) {
    auto const got =
        co_await as_outcome(perdure::execute_local_activity<fails>(std::string{"Broken"}, options));
    text += root_of(got.error()) + " ";
    co_await perdure::sleep(1s);
  }
  co_return text;
}

perdure::workflow<texts> local_timeouts() {
  texts all;
  for (int which = 0; which < 2; ++which) {
    perdure::local_activity_options options{.retry_policy = {.maximum_attempts = 1}};
    if (which == 0) options.start_to_close_timeout = 3s;
    if (which == 1) options.schedule_to_close_timeout = 20s; // several workflow tasks
    auto const got = co_await as_outcome(
        perdure::execute_local_activity<runs_on>(std::string{"stops"}, options));
    all.push_back(root_of(got.error()));
    co_await perdure::sleep(1s);
  }
  co_return all;
}

/// Cancels a local activity when it is told, and waits for it.
auto cancels_local(cancellation_type how, std::string then) -> perdure::workflow<std::string> {
  auto running = perdure::start_local_activity<runs_on>(
      then, {.start_to_close_timeout = 10min, .cancellation_type = how});
  co_await perdure::receive(stop);
  running.cancel();
  auto const got = co_await as_outcome(running);
  co_await perdure::sleep(5s);
  co_return got ? "gave " + std::to_string(*got) : std::string{"cancelled"};
}
perdure::workflow<std::string> local_wait_cancelled() {
  co_return co_await cancels_local(cancellation_type::wait_cancellation_completed, "stops");
}
perdure::workflow<std::string> local_wait_completed() {
  co_return co_await cancels_local(cancellation_type::wait_cancellation_completed, "completes");
}
perdure::workflow<std::string> local_try_cancel() {
  co_return co_await cancels_local(cancellation_type::try_cancel, "completes");
}
perdure::workflow<std::string> local_abandon() {
  co_return co_await cancels_local(cancellation_type::abandon, "completes");
}
template <auto W>
void plays_cancelled_local(stage& on) {
  on.worker.template add<W, runs_on>();
  auto const handle = on.start<W>();
  on.backend->advance(1s);
  handle.signal(stop);
  stage::finish(handle);
}

/// Its marker is written tasks later than it began; what comes meanwhile is heard meanwhile.
perdure::workflow<texts> local_beside_signals() {
  texts all;
  auto const listening = perdure::on(word, [&](std::string text) -> perdure::workflow<void> {
    all.push_back(text);
    co_await perdure::sleep(1s);
    all.push_back(text + " later");
  });
  auto const got = co_await as_outcome(perdure::execute_local_activity<runs_on>(
      std::string{"stops"},
      {.start_to_close_timeout = 25s, .retry_policy = {.maximum_attempts = 1}}));
  all.push_back(root_of(got.error()));
  co_await perdure::sleep(1s);
  co_return all;
}
void plays_local_beside_signals(stage& on) {
  on.worker.add<local_beside_signals, runs_on>();
  auto const handle = on.start<local_beside_signals>();
  on.backend->advance(2s);
  handle.signal(word, "one");
  on.backend->advance(10s);
  handle.signal(word, "two");
  stage::finish(handle);
}

/// A handler of updates calls one; the run ends while another is still at work.
perdure::workflow<int> local_in_handler() {
  int sum = 0;
  auto const adds = perdure::handle(add, [&](int more) -> perdure::workflow<int> {
    sum += more + co_await perdure::execute_local_activity<fails_until>(1, quick);
    co_return sum;
  });
  co_await perdure::receive(stop);
  auto const dropped = perdure::start_local_activity<runs_on>(std::string{"stops"}, quick);
  co_await perdure::sleep(1s);
  co_return sum;
}
void plays_local_in_handler(stage& on) {
  on.worker.add<local_in_handler, fails_until, runs_on>();
  auto const handle = on.start<local_in_handler>();
  (void)handle.update(add, 10);
  (void)handle.update(add, 20);
  handle.signal(stop);
  stage::finish(handle);
}

} // namespace

auto local_activity_scenes() -> std::vector<scene> {
  return {
      {"local_results", plays<local_results, say, says_nothing>},
      {"local_in_parallel", plays<local_in_parallel, say>},
      {"local_retries", plays<local_retries, fails_until>},
      {"local_retries_by_timer", plays<local_retries_by_timer, fails_until>},
      {"local_failures", plays<local_failures, fails>},
      {"local_timeouts", plays<local_timeouts, runs_on>},
      {"local_wait_cancelled", plays_cancelled_local<local_wait_cancelled>},
      {"local_wait_completed", plays_cancelled_local<local_wait_completed>},
      {"local_try_cancel", plays_cancelled_local<local_try_cancel>},
      {"local_abandon", plays_cancelled_local<local_abandon>},
      {"local_beside_signals", plays_local_beside_signals},
      {"local_in_handler", plays_local_in_handler},
  };
}

} // namespace interop
