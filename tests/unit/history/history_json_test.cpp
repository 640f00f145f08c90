#include "support/catch.hpp"

#include <limits>
#include <string>

#include "perdure/history/history.hpp"

using namespace perdure;
using perdure_test::contains;

namespace {

auto timer_event(std::string const& id, std::string const& attributes) -> std::string {
  return R"({"eventId":)" + id + R"(,"eventType":"TimerStarted","timerStartedEventAttributes":)" +
         attributes + "}";
}

auto document(std::string const& events) -> std::string { return "{\"events\":[" + events + "]}"; }

void fails(std::string const& text, errc code, std::string const& about) {
  CAPTURE(text);
  CHECK_THROWS_MATCHES(history::from_json(text), error, perdure_test::has_code<error>(code));
  CHECK_THROWS_WITH(history::from_json(text), contains(about));
}

auto timer(std::string const& attributes) -> events::timer_started {
  return event_from_json(timer_event("1", attributes)).as<events::timer_started>();
}

} // namespace

TEST_CASE("numbers of 64 bits are read as strings and as numbers", "[history]") {
  CHECK(timer(R"({"workflowTaskCompletedEventId":"9007199254740993"})")
            .workflow_task_completed_event_id == 9'007'199'254'740'993);
  CHECK(timer(R"({"workflowTaskCompletedEventId":9007199254740993})")
            .workflow_task_completed_event_id == 9'007'199'254'740'993);
  CHECK(timer(R"({"workflowTaskCompletedEventId":"-9223372036854775808"})")
            .workflow_task_completed_event_id == std::numeric_limits<std::int64_t>::min());
  CHECK(
      event_from_json(
          R"({"eventId":"1","eventType":5,"workflowTaskScheduledEventAttributes":{"attempt":"3"}})")
          .as<events::workflow_task_scheduled>()
          .attempt == 3);
}

TEST_CASE("null is what is not there", "[history]") {
  auto const read =
      event_from_json(R"({"eventId":1,"eventTime":null,"eventType":"TimerStarted","version":null,
    "workerMayIgnore":null,"userMetadata":null,"links":null,
    "timerStartedEventAttributes":
      {"timerId":null,"startToFireTimeout":null,"workflowTaskCompletedEventId":null}})");
  CHECK(read == event_from_json(timer_event("1", "{}")));
  CHECK_FALSE(read.extras);
  auto const scheduled = event_from_json(R"({"eventId":1,"eventType":"ActivityTaskScheduled",
    "activityTaskScheduledEventAttributes":
      {"activityType":{"name":null},"header":null,"input":{"payloads":null},
    "retryPolicy":null,"taskQueue":{"name":null}}})");
  CHECK(scheduled.attributes == event_attributes::make(events::activity_task_scheduled{}));
  CHECK(history::from_json(R"({"events":null})").events.empty());
}

TEST_CASE("a zero duration is not an absent one", "[history]") {
  CHECK(timer(R"({"startToFireTimeout":"0s"})").start_to_fire_timeout == duration{});
  CHECK(timer("{}").start_to_fire_timeout == std::nullopt);
}

TEST_CASE("an empty header is not an absent one", "[history]") {
  auto const read = event_from_json(
      R"({"eventId":1,"eventType":10,"activityTaskScheduledEventAttributes":{"header":{}}})");
  REQUIRE(read.as<events::activity_task_scheduled>().header);
  CHECK(read.as<events::activity_task_scheduled>().header->empty());
}

TEST_CASE("members are read in any order", "[history]") {
  auto const forward = event_from_json(
      R"({"eventId":"1","eventType":"EVENT_TYPE_TIMER_STARTED","taskId":"8",)"
      R"("timerStartedEventAttributes":{"timerId":"a","startToFireTimeout":"1s"}})");
  auto const backward =
      event_from_json(R"({"timerStartedEventAttributes":{"startToFireTimeout":"1s","timerId":"a"},)"
                      R"("taskId":"8","eventType":"TimerStarted","eventId":1})");
  CHECK(forward == backward);
}

TEST_CASE("what is unknown is kept where it was, at every depth", "[history]") {
  std::string const text =
      R"({"events":[{"eventId":"1","eventType":"EVENT_TYPE_ACTIVITY_TASK_SCHEDULED",)"
      R"("newer":{"x":1},)"
      R"("activityTaskScheduledEventAttributes":{"activityType":{"name":"a","v":2},)"
      R"("taskQueue":{"name":"q","kind":"TASK_QUEUE_KIND_FROM_THE_FUTURE","more":[1]},)"
      R"("header":{"fields":{"a/b~c":{"data":"AA==","e":1}},"also":true},)"
      R"("input":{"payloads":[{},{"data":"AA==","externalPayloads":[{"sizeBytes":"9"}]}],)"
      R"("also":false},)"
      R"("retryPolicy":{"jitter":0.5},"later":null}}],"nextPageToken":"x"})";
  auto const read = history::from_json(text);
  CHECK(read.to_json() == text);
  CHECK(history::from_json(read.to_json()) == read);
}

TEST_CASE("an enumerator that is unknown is kept by name or by number", "[history]") {
  auto const text = [](std::string const& kind) {
    return R"({"events":[{"eventId":"1","eventType":"EVENT_TYPE_WORKFLOW_TASK_SCHEDULED",)"
           R"("workflowTaskScheduledEventAttributes":{"taskQueue":{"kind":)" +
           kind + "}}}]}";
  };
  for (auto const* kind : {"77", "\"TASK_QUEUE_KIND_OTHER\"", "-5", "2147483647"}) {
    CAPTURE(kind);
    CHECK(history::from_json(text(kind)).to_json() == text(kind));
  }
  auto read = history::from_json(text("\"TASK_QUEUE_KIND_OTHER\""));
  auto& queue = read.events[0].attributes.edit<events::workflow_task_scheduled>().task_queue;
  CHECK(queue.kind == task_queue_kind::unspecified);
  queue.kind = task_queue_kind::sticky; // what is set later wins
  CHECK(read.to_json() == text("\"TASK_QUEUE_KIND_STICKY\""));
}

TEST_CASE("an event type that is unknown is kept by name or by number", "[history]") {
  for (auto const* type : {"\"EVENT_TYPE_FROM_THE_FUTURE\"", "\"Newer\"", "61", "32767"}) {
    auto const text =
        std::string{R"({"events":[{"eventId":"1","eventType":)"} + type +
        R"(,"workerMayIgnore":true,"newerEventAttributes":{"a":1},"otherEventAttributes":[]}]})";
    CAPTURE(text);
    auto const read = history::from_json(text);
    CHECK(read.events[0].worker_may_ignore);
    CHECK(read.events[0].as<events::unknown_event>().attributes == "{\"a\":1}");
    CHECK(history::from_json(read.to_json()) == read);
    auto const without = std::string{R"({"events":[{"eventId":"1","eventType":)"} + type + "}]}";
    CHECK(history::from_json(without).to_json() == without);
  }
}

TEST_CASE("a time that 64 bits cannot hold is kept as text", "[history]") {
  std::string const text =
      R"({"events":[{"eventId":"1","eventType":"EVENT_TYPE_WORKFLOW_EXECUTION_STARTED",)"
      R"("workflowExecutionStartedEventAttributes":)"
      R"({"workflowExecutionExpirationTime":"0001-01-01T00:00:00Z"}}]})";
  auto const read = history::from_json(text);
  CHECK(
      read.events[0].as<events::workflow_execution_started>().workflow_execution_expiration_time ==
      std::nullopt);
  CHECK(read.to_json() == text);
}

TEST_CASE("errors name the place in the document", "[history]") {
  auto const good = timer_event("1", "{}");
  fails(document(good + "," + timer_event("2", R"({"startToFireTimeout":"soon"})")),
        errc::history_corrupt,
        ".events[1].timerStartedEventAttributes.startToFireTimeout: not a duration");
  fails(document(timer_event("1", R"({"startToFireTimeout":"9999999999999999s"})")),
        errc::history_corrupt, "longer than 292 years");
  fails(document(timer_event("1", R"({"startToFireTimeout":5})")), errc::history_corrupt,
        ".events[0].timerStartedEventAttributes.startToFireTimeout: expected a string, found a "
        "number (byte 103)");
  fails(document(timer_event("1", R"({"workflowTaskCompletedEventId":"12x"})")),
        errc::history_corrupt, "whole number");
  fails(document(timer_event("1", R"({"workflowTaskCompletedEventId":"1.5"})")),
        errc::history_corrupt, "whole number");
  fails(document(timer_event("1", R"({"workflowTaskCompletedEventId":"9223372036854775808"})")),
        errc::history_corrupt, "out of range");
  fails(document(timer_event("1", R"({"workflowTaskCompletedEventId":1e400})")),
        errc::history_corrupt, "range");
  fails(document(R"({"eventId":1,"eventType":5,)"
                 R"("workflowTaskScheduledEventAttributes":{"attempt":3000000000}})"),
        errc::history_corrupt, ".attempt");
  fails(document(R"({"eventId":1,"eventTime":"yesterday","eventType":"TimerFired"})"),
        errc::history_corrupt, ".events[0].eventTime");
  fails(document(R"({"eventId":1,"eventTime":"9999-01-01T00:00:00Z","eventType":"TimerFired"})"),
        errc::history_corrupt, "1677 to 2262");
  fails(document(R"({"eventId":1,"eventType":70000})"), errc::history_corrupt,
        ".events[0].eventType");
  fails(document(R"({"eventId":1,"eventType":10,"activityTaskScheduledEventAttributes":)"
                 R"({"input":{"payloads":[{"data":"*"}]}}})"),
        errc::history_corrupt, ".input.payloads[0].data: not base64");
  fails(document(timer_event("1", "[]")), errc::history_corrupt, "expected an object");
}

TEST_CASE("an event needs an id and a type that fits its attributes", "[history]") {
  fails(document(R"({"eventType":"TimerFired"})"), errc::history_corrupt, ".events[0]");
  fails(document(R"({"eventType":"TimerFired"})"), errc::history_corrupt, "no eventId");
  fails(document(R"({"eventId":"0","eventType":"TimerFired"})"), errc::history_corrupt, "eventId");
  fails(document(R"({"eventId":1})"), errc::history_corrupt, "no eventType");
  fails(document(R"({"timerFiredEventAttributes":{},"eventId":1})"), errc::history_corrupt,
        "no eventType");
  fails(document(R"({"eventId":1,"eventType":"TimerFired","timerStartedEventAttributes":{}})"),
        errc::history_corrupt, "not the attributes of the event's type, TimerFired");
}

TEST_CASE("the ids of events follow each other from 1", "[history]") {
  fails(document(timer_event("2", "{}")), errc::history_corrupt,
        "event 2 stands where event 1 is due");
  fails(document(timer_event("1", "{}") + "," + timer_event("3", "{}")), errc::history_corrupt,
        "event 3 stands where event 2 is due");
  fails(document(timer_event("1", "{}") + "," + timer_event("1", "{}")), errc::history_corrupt,
        "event 1 stands where event 2 is due");

  auto const part = document(timer_event("7", "{}") + "," + timer_event("8", "{}"));
  CHECK(history::from_json(part, {.allow_partial = true}).events.size() == 2);
  CHECK_THROWS_AS(
      history::from_json(document(timer_event("7", "{}") + "," + timer_event("9", "{}")),
                         {.allow_partial = true}),
      error);
}

TEST_CASE("a failure has one kind of info", "[history]") {
  fails(document(R"({"eventId":1,"eventType":3,"workflowExecutionFailedEventAttributes":{"failure":
        {"canceledFailureInfo":{},"terminatedFailureInfo":{}}}})"),
        errc::history_corrupt, ".failure.terminatedFailureInfo: a failure has one kind of info");
}

TEST_CASE("text that is not JSON is an error, however deep it goes", "[history]") {
  fails("", errc::bad_json, "history");
  fails("{", errc::bad_json, "history");
  fails("?", errc::bad_json, "history");
  fails(document("") + "x", errc::bad_json, "after the end");
  fails(R"({"events":[],"events":[]})", errc::bad_json, "twice");
  fails("{\"events\":" + std::string(100'000, '['), errc::history_corrupt, "");
  fails("{\"unknown\":" + std::string(100'000, '['), errc::bad_json, "");
  std::string causes;
  for (int i = 0; i < 1'000; ++i) causes += "{\"cause\":";
  fails(document(
            R"({"eventId":1,"eventType":3,"workflowExecutionFailedEventAttributes":{"failure":)" +
            causes),
        errc::bad_json, "");
}

TEST_CASE("a failure with more causes than JSON may nest is refused when it is written",
          "[history]") {
  failure chain{.message = "end"};
  for (int i = 0; i < 200; ++i) {
    failure outer{};
    outer.cause = std::move(chain);
    chain = std::move(outer);
  }
  CHECK_THROWS_MATCHES(struct_to_json(chain), error,
                       perdure_test::has_code<error>(errc::bad_payload));
}

TEST_CASE("the document of a run is the one that Temporal writes", "[history]") {
  history run{.workflow_id = "w"};
  run.events.push_back({.id = 1,
                        .time = time_point{duration{1'596'069'002'500'000'000}},
                        .type = event_type::timer_started,
                        .attributes = event_attributes::make(
                            events::timer_started{.timer_id = "1",
                                                  .start_to_fire_timeout = duration{1'500'000'000},
                                                  .workflow_task_completed_event_id = 4})});
  run.events.back().extras.make().user_metadata.make().summary =
      payload{"\"s\"", {encodings::json}};
  CHECK(run.to_json() ==
        R"({"events":[{"eventId":"1","eventTime":"2020-07-30T00:30:02.500Z",)"
        R"("eventType":"EVENT_TYPE_TIMER_STARTED",)"
        R"("userMetadata":{"summary":{"metadata":{"encoding":"anNvbi9wbGFpbg=="},"data":"InMi"}},)"
        R"("timerStartedEventAttributes":{"timerId":"1","startToFireTimeout":"1.500s",)"
        R"("workflowTaskCompletedEventId":"4"}}]})");
  CHECK(history{}.to_json() == R"({"events":[]})");
}
