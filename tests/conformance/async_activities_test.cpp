// Attempts that somebody else than their worker answers.
#include "conformance/behaviour.hpp"

namespace perdure_test::conformance {

namespace {

/// The answer of a worker whose part of the attempt is over.
void detach(world& w, perdure::activity_task const& task) {
  perdure::async_activity_answer detached{};
  detached.what = perdure::async_activity_answer::kind::detached;
  detached.token = task.token;
  bool const stop = w.backend.answer_async_activity(detached);
  CHECK_FALSE(stop);
}
auto by_token(world& w, perdure::activity_task const& task) {
  return w.client.get_async_activity_handle(perdure::detail::make_token(task.token));
}
auto by_id(world& w, std::string id = "1", std::string workflow = "w") {
  return w.client.get_async_activity_handle(std::move(workflow), "", std::move(id));
}
template <class Call>
auto refusal(Call call) -> errc {
  try {
    call();
  } catch (perdure::error const& why) {
    return why.code();
  }
  FAIL("it was taken");
  return {};
}

} // namespace

BEHAVIOUR("an attempt is completed by whoever has its token", "[activity][async]") {
  w.begin_activity(quick());
  auto const task = w.hand.activity();
  detach(w, task);
  CHECK_FALSE(w.hand.poll_activity());
  by_token(w, task).complete(7);
  CHECK(w.get<e::activity_task_completed>().result == to_payloads(7));
  CHECK(w.types().back() == event_type::workflow_task_scheduled);
}

BEHAVIOUR("a token counts before the worker has said that it ends its part", "[activity][async]") {
  w.begin_activity(quick());
  auto const task = w.hand.activity();
  by_token(w, task).complete();
  CHECK(w.get<e::activity_task_completed>().result.empty());
  CHECK(refusal([&] { detach(w, task); }) == errc::task_lost);
}

BEHAVIOUR("an attempt that is failed by its token is tried again, under another token",
          "[activity][async]") {
  w.begin_activity(quick());
  auto const first = w.hand.activity();
  detach(w, first);
  by_token(w, first).fail(failure_of("odd"));
  w.pass(1s);
  auto const second = w.hand.activity();
  CHECK(second.token.attempt == 2);
  CHECK(refusal([&] { by_token(w, first).complete(1); }) == errc::task_lost);
  by_token(w, second).complete(2);
  CHECK(w.get<e::activity_task_completed>().result == to_payloads(2));
}

BEHAVIOUR("heartbeats by token keep an attempt alive, and their details last",
          "[activity][async]") {
  w.begin_activity({.start_to_close_timeout = 1h, .heartbeat_timeout = 10s});
  auto const task = w.hand.activity();
  detach(w, task);
  w.pass(9s);
  by_token(w, task).heartbeat(1);
  w.pass(9s);
  by_token(w, task).heartbeat(2, std::string{"half"});
  CHECK(w.count(event_type::activity_task_timed_out) == 0);
  w.pass(12s);
  auto const next = w.hand.activity();
  CHECK(next.token.attempt == 2);
  CHECK(next.heartbeat_details == to_payloads(2, std::string{"half"}));
  CHECK(refusal([&] { by_token(w, task).heartbeat(3); }) == errc::task_lost);
}

BEHAVIOUR("a heartbeat by token tells that the activity was cancelled", "[activity][async]") {
  w.begin_activity(quick());
  auto const task = w.hand.activity();
  detach(w, task);
  by_token(w, task).heartbeat();
  w.wake_and_decide({commands::cancel_activity(5)});
  CHECK(w.hand.cancelled.empty()); // the worker has no part in it any more
  CHECK_THROWS_AS(by_token(w, task).heartbeat(), perdure::cancelled_error);
  by_token(w, task).report_cancellation(std::string{"clean"});
  CHECK(w.get<e::activity_task_canceled>().details == to_payloads(std::string{"clean"}));
}

BEHAVIOUR("who reports a cancellation that nobody asked for has failed the attempt",
          "[activity][async]") {
  w.begin_activity(quick());
  auto const task = w.hand.activity();
  detach(w, task);
  by_token(w, task).report_cancellation();
  CHECK(w.count(event_type::activity_task_canceled) == 0);
  w.pass(1s);
  CHECK(w.hand.activity().token.attempt == 2);
}

BEHAVIOUR("an attempt without a worker still times out", "[activity][async]") {
  w.begin_activity({.schedule_to_close_timeout = 10s});
  auto const task = w.hand.activity();
  detach(w, task);
  w.pass(10s);
  CHECK(w.count(event_type::activity_task_timed_out) == 1);
  CHECK(refusal([&] { by_token(w, task).complete(); }) == errc::task_lost);
}

BEHAVIOUR("an activity is completed by its id", "[activity][async]") {
  w.begin_activity(quick());
  auto const task = w.hand.activity();
  by_id(w).heartbeat(1);
  by_id(w).complete(7);
  CHECK(w.get<e::activity_task_completed>().result == to_payloads(7));
  CHECK(refusal([&] { w.hand.complete(task); }) == errc::task_lost);
  CHECK(refusal([&] { by_id(w).complete(8); }) == errc::not_found);
}

BEHAVIOUR("an activity that waits for a worker can be completed by its id, and not be failed",
          "[activity][async]") {
  w.begin_activity(quick());
  CHECK(refusal([&] { by_id(w).fail(failure_of("odd")); }) == errc::task_lost);
  CHECK(refusal([&] { by_id(w).heartbeat(); }) == errc::task_lost);
  CHECK(refusal([&] { by_id(w).report_cancellation(); }) == errc::task_lost);
  by_id(w).complete(7);
  CHECK(w.get<e::activity_task_completed>().result == to_payloads(7));
  CHECK(w.tail(3) == event_types{event_type::activity_task_started,
                                 event_type::activity_task_completed,
                                 event_type::workflow_task_scheduled});
  CHECK_FALSE(w.hand.poll_activity());
}

BEHAVIOUR("an activity is failed by its id, and its last attempt ends it", "[activity][async]") {
  w.begin_activity({.start_to_close_timeout = 1h, .retry_policy = {.maximum_attempts = 2}});
  (void)w.hand.activity();
  by_id(w).fail(perdure::application_error{"odd"});
  w.pass(1s);
  (void)w.hand.activity();
  by_id(w).fail(perdure::application_error{"odd again"});
  CHECK(w.get<e::activity_task_failed>().failure->message == "odd again");
}

BEHAVIOUR("what is not there cannot be answered by id", "[activity][async]") {
  w.begin_activity(quick());
  CHECK(refusal([&] { by_id(w, "2").complete(); }) == errc::not_found);
  CHECK(refusal([&] { by_id(w, "1", "none").complete(); }) == errc::not_found);
  w.terminate();
  CHECK(refusal([&] { by_id(w).complete(); }) == errc::already_closed);
}

DURABLE_BEHAVIOUR("an attempt without a worker outlives the process", "[activity][async]") {
  w.begin({commands::activity("1", quick()), commands::activity("2", quick())});
  auto const first = w.hand.activity();
  (void)w.hand.activity();
  detach(w, first);
  w.reopen();
  w.pass(1s);
  CHECK(id_of(w.hand.activity()) == "2"); // its worker was gone
  CHECK_FALSE(w.hand.poll_activity());
  by_token(w, first).heartbeat(1);
  by_token(w, first).complete(7);
  CHECK(w.get<e::activity_task_completed>().result == to_payloads(7));
}

} // namespace perdure_test::conformance
