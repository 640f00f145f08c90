// Histories: their order, and which operation writes which event.
#include "conformance/behaviour.hpp"

namespace perdure_test::conformance {

BEHAVIOUR("a run begins with its first event and a scheduled task", "[history]") {
  w.start();
  CHECK(w.types() ==
        event_types{event_type::workflow_execution_started, event_type::workflow_task_scheduled});
}

BEHAVIOUR("ids are 1, 2, 3 and times never go back, whatever happens", "[history]") {
  perdure::activity_options options = quick();
  options.heartbeat_timeout = 3s;
  w.begin({commands::activity("1", options), commands::timer("1", 2s), commands::timer("2", 9s),
           commands::child("kid", "kids")});
  auto const attempt = w.hand.activity();
  w.signal();
  auto const task = w.hand.workflow();
  w.pass(2s);
  w.signal();
  w.hand.complete(attempt);
  w.settle_children();
  w.hand.fail_task(task, "broken");
  w.pass(1s);
  w.signal();
  w.pass(30s);
  w.hand.decide({commands::cancel_timer("2", 7), commands::marker("m")});
  w.cancel();
  w.terminate();
  check_order(w.history());
  check_order(w.history("kid"));
}

BEHAVIOUR("times never go back when a signal comes between a failed task and its next attempt",
          "[history]") {
  w.start();
  w.hand.fail_task(w.hand.workflow(), "broken");
  w.pass(1s);
  w.signal();
  w.pass(1s);
  auto const task = w.hand.workflow();
  check_order(task.events);
  w.hand.answer(task);
  check_order(w.history());
}

BEHAVIOUR("each event has the time at which it happened", "[history]") {
  w.pass(3s);
  w.start();
  w.pass(2s);
  w.hand.decide({commands::timer("1", 5s)});
  w.pass(7s);
  CHECK(w.when(event_type::workflow_execution_started) == 3s);
  CHECK(w.when(event_type::timer_started) == 5s);
  CHECK(w.when(event_type::timer_fired) == 10s);
}

BEHAVIOUR("a task that is answered leaves three events that name each other", "[history]") {
  w.begin({});
  CHECK(w.tail(3) == event_types{event_type::workflow_task_scheduled,
                                 event_type::workflow_task_started,
                                 event_type::workflow_task_completed});
  CHECK(w.get<e::workflow_task_started>().scheduled_event_id == 2);
  CHECK(w.get<e::workflow_task_started>().identity == "by hand");
  auto const completed = w.get<e::workflow_task_completed>();
  CHECK(completed.scheduled_event_id == 2);
  CHECK(completed.started_event_id == 3);
  CHECK(completed.identity == "by hand");
}

BEHAVIOUR("commands become events in their order, after the task that decided them", "[history]") {
  w.begin({commands::timer("1", 1h), commands::activity("1", quick()), commands::marker("m"),
           commands::child("kid", "kids"), commands::timer("2", 1h)});
  auto const all = w.history();
  REQUIRE(all.size() >= 9);
  CHECK(event_types{all[4].type, all[5].type, all[6].type, all[7].type, all[8].type} ==
        event_types{event_type::timer_started, event_type::activity_task_scheduled,
                    event_type::marker_recorded,
                    event_type::start_child_workflow_execution_initiated,
                    event_type::timer_started});
  CHECK(all[4].as<e::timer_started>().workflow_task_completed_event_id == 4);
  CHECK(all[5].as<e::activity_task_scheduled>().workflow_task_completed_event_id == 4);
  CHECK(all[6].as<e::marker_recorded>().workflow_task_completed_event_id == 4);
  CHECK(all[7].as<e::start_child_workflow_execution_initiated>().workflow_task_completed_event_id ==
        4);
}

BEHAVIOUR("a marker keeps its name and its details", "[history]") {
  auto noted = commands::marker("side effect");
  perdure::payloads_map details{{"data", to_payloads(1, std::string{"two"})}};
  noted.attributes.edit<e::marker_recorded>().details = details;
  w.begin({noted});
  auto const marker = w.get<e::marker_recorded>();
  CHECK(marker.marker_name == "side effect");
  REQUIRE(marker.details);
  CHECK(*marker.details == details);
}

BEHAVIOUR("a change of search attributes or memo by the workflow is an event", "[history]") {
  e::upsert_workflow_search_attributes attributes{};
  attributes.search_attributes = perdure::payload_map{{"Customer", to_payloads(1)[0]}};
  e::workflow_properties_modified memo{};
  memo.upserted_memo = perdure::payload_map{{"note", to_payloads(2)[0]}};
  w.begin({commands::of(perdure::command_type::upsert_workflow_search_attributes, attributes),
           commands::of(perdure::command_type::modify_workflow_properties, memo)});
  CHECK(*w.get<e::upsert_workflow_search_attributes>().search_attributes ==
        *attributes.search_attributes);
  CHECK(*w.get<e::workflow_properties_modified>().upserted_memo == *memo.upserted_memo);
}

BEHAVIOUR("a command's summary for people is kept with its event", "[history]") {
  auto waits = commands::timer("1", 1h);
  waits.user_metadata.make().summary = to_payloads(std::string{"until tomorrow"})[0];
  w.begin({waits});
  auto const timer = w.last(event_type::timer_started);
  REQUIRE(timer.extras);
  REQUIRE(timer.extras->user_metadata);
  CHECK(*timer.extras->user_metadata->summary == *waits.user_metadata->summary);
}

BEHAVIOUR("flags of the SDK are kept with the task that names them", "[history]") {
  w.start();
  perdure::workflow_task_completion answer{};
  answer.sdk.make().lang_used_flags = {3, 7};
  w.hand.answer_with(w.hand.workflow(), std::move(answer));
  auto const completed = w.get<e::workflow_task_completed>();
  REQUIRE(completed.sdk_metadata);
  CHECK(completed.sdk_metadata->lang_used_flags == std::vector<std::uint32_t>{3, 7});
}

BEHAVIOUR("an earlier run of a workflow id is read by its run id", "[history]") {
  auto const first = w.start().execution;
  w.hand.decide({commands::complete()});
  auto const second = w.start().execution;
  CHECK(types_of(w.events_of(first)).back() == event_type::workflow_execution_completed);
  CHECK(types_of(w.events_of(second)).back() == event_type::workflow_task_scheduled);
  CHECK(w.events_of({"w", {}}).size() == 2);
}

BEHAVIOUR("a history that was read is JSON that reads back as the same events", "[history]") {
  w.begin({commands::activity("1", quick()), commands::timer("1", 1h)});
  w.hand.complete(w.hand.activity(), to_payloads(std::string{"done"}));
  auto const read = w.backend.read_history({"w", {}});
  CHECK(read.workflow_id == "w");
  auto const again = perdure::history::from_json(read.to_json());
  REQUIRE(again.events.size() == read.events.size());
  for (std::size_t i = 0; i < read.events.size(); ++i) CHECK(again.events[i] == read.events[i]);
}

BEHAVIOUR("a workflow id or run id that nobody has is not_found for every operation",
          "[history][start]") {
  w.start();
  for (perdure::workflow_execution const& target :
       {perdure::workflow_execution{"x", {}}, perdure::workflow_execution{"w", "no-such-run"},
        perdure::workflow_execution{"", {}}}) {
    CHECK(error_of([&] { w.backend.signal_workflow(target, "s", {}, ""); }) == errc::not_found);
    CHECK(error_of([&] { w.backend.cancel_workflow(target, "", ""); }) == errc::not_found);
    CHECK(error_of([&] { w.backend.terminate_workflow(target, "", ""); }) == errc::not_found);
    CHECK(error_of([&] { (void)w.backend.describe_workflow(target); }) == errc::not_found);
    CHECK(error_of([&] { (void)w.backend.read_history(target); }) == errc::not_found);
    CHECK(error_of([&] { (void)w.backend.wait_for_close(target); }) == errc::not_found);
  }
}

BEHAVIOUR("a run id does not name a run of another workflow id", "[history]") {
  w.start_on("a");
  auto const other = w.start_on("b");
  CHECK(error_of([&] { (void)w.describe({"a", other.run_id}); }) == errc::not_found);
}

} // namespace perdure_test::conformance
