// Waiting for the end of a run, and of those that follow it.
#include "conformance/behaviour.hpp"

namespace perdure_test::conformance {

BEHAVIOUR("waiting for a run that is over gives its last event at once", "[wait]") {
  w.begin({commands::complete(to_payloads(7))});
  auto const end = w.backend.wait_for_close({"w", {}});
  CHECK(end.type == event_type::workflow_execution_completed);
  CHECK(end.as<e::workflow_execution_completed>().result == to_payloads(7));
}

BEHAVIOUR("waiting lets time pass until the run ends", "[wait]") {
  perdure::start_workflow_request request{};
  request.workflow_run_timeout = 24h;
  w.start(request);
  CHECK(w.backend.wait_for_close({"w", {}}).type == event_type::workflow_execution_timed_out);
  CHECK(w.now() == 24h);
}

BEHAVIOUR("waiting for a run follows its chain to the last run", "[wait][chain]") {
  auto const first = w.start().execution;
  w.hand.decide({commands::continue_as_new()});
  w.hand.decide({commands::complete(to_payloads(2))});
  CHECK(w.backend.wait_for_close(first).as<e::workflow_execution_completed>().result ==
        to_payloads(2));
}

BEHAVIOUR("waiting for a run that is retried follows it", "[wait][chain][retry]") {
  perdure::start_workflow_request request{};
  request.retry_policy = {.initial_interval = 1s, .maximum_attempts = 2};
  auto const first = w.start(request).execution;
  w.hand.decide({commands::fail(failure_of("first"))});
  w.pass(1s);
  w.hand.decide({commands::fail(failure_of("second"))});
  CHECK(w.backend.wait_for_close(first).as<e::workflow_execution_failed>().failure->message ==
        "second");
}

BEHAVIOUR("a later start of the same workflow id is not waited for", "[wait]") {
  auto const first = w.start().execution;
  w.hand.decide({commands::complete()});
  w.start();
  CHECK(w.backend.wait_for_close(first).type == event_type::workflow_execution_completed);
}

BEHAVIOUR("where nothing is left that could end a run, waiting says so", "[wait]") {
  w.start();
  CHECK(error_of([&] { (void)w.backend.wait_for_close({"w", {}}); }) == errc::stalled);
  CHECK_THROWS_WITH(w.backend.wait_for_close({"w", {}}), contains("'w'"));
}

BEHAVIOUR("a wait that stalled can be taken up again", "[wait]") {
  w.start();
  CHECK(error_of([&] { (void)w.backend.wait_for_close({"w", {}}); }) == errc::stalled);
  w.hand.decide({commands::complete()});
  CHECK(w.backend.wait_for_close({"w", {}}).type == event_type::workflow_execution_completed);
}

BEHAVIOUR("waiting does what is due on the way, for other runs too", "[wait]") {
  w.begin({commands::timer("1", 5s)});
  perdure::start_workflow_request request{};
  request.workflow_id = "other";
  request.workflow_run_timeout = 10s;
  w.start(request);
  (void)w.backend.wait_for_close({"other", {}});
  CHECK(w.fired() == "1");
  CHECK(w.when(event_type::timer_fired) == 5s);
}

} // namespace perdure_test::conformance
