// Goal: no bytes, however broken, do more than throw; and what is refused is named. Method: bytes
// of recorded histories are cut and changed at random; what still parses and reads must survive
// being written and read again. Then single things that are wrong.
#include "support/catch.hpp"

#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include "perdure/backend/temporal/translation/event_translation.hpp"
#include "perdure/backend/temporal/translation/schema_plan.hpp"
#include "perdure/history/history.hpp"
#include "temporal/api/history/v1/message.pb.h"
#include "temporal/held_by.hpp"
#include "temporal/quiet.hpp"

using namespace perdure;
using namespace ::temporal::api::enums::v1;
using perdure::temporal::append_events;
using perdure::temporal::read_event;
using perdure::temporal::write_event;
using ::temporal::api::history::v1::History;
using ::temporal::api::history::v1::HistoryEvent;

namespace {

auto recorded(std::string const& name) -> std::string {
  std::ifstream file{std::string{PERDURE_GOLDEN_DIR} + "/" + name + ".json", std::ios::binary};
  REQUIRE(file);
  History message;
  for (auto const& each :
       history::from_json(std::string{std::istreambuf_iterator<char>{file}, {}}).events)
    write_event(each, *message.add_events());
  std::string bytes;
  google::protobuf::io::StringOutputStream to{&bytes};
  google::protobuf::io::CodedOutputStream out{&to};
  out.SetSerializationDeterministic(true); // maps too: a seed is all it takes to repeat a run
  REQUIRE(message.SerializeToCodedStream(&out));
  out.Trim();
  return bytes;
}

/// Answers whether the bytes are events.
auto read_safely(std::string const& bytes) -> bool {
  std::vector<event> read;
  try {
    append_events(bytes, read);
  } catch (error const& thrown) {
    CHECK(thrown.code() == errc::history_corrupt);
    return false;
  }
  for (auto const& each : read) {
    HistoryEvent again;
    write_event(each, again);
    auto const twice = read_event(again);
    std::string first;
    std::string second;
    append_event_json(first, each);
    append_event_json(second, twice);
    CHECK(perdure_test::json::parse(first) == perdure_test::json::parse(second));
  }
  return true;
}

auto event_of(EventType type) -> HistoryEvent {
  HistoryEvent made;
  made.set_event_id(12);
  made.set_event_type(type);
  return made;
}

void check_refused(HistoryEvent const& message, std::string const& text) {
  CHECK_THROWS_MATCHES(read_event(message), error,
                       perdure_test::has_code<error>(errc::history_corrupt));
  CHECK_THROWS_WITH(read_event(message), perdure_test::contains(text));
}

} // namespace

TEST_CASE("broken bytes of a history throw at most", "[temporal][translation]") {
  perdure_test::quiet const silence;
  std::size_t good = 0;
  std::size_t bad = 0;
  for (auto const* const name :
       {"generated-core-1.35/failure_chain", "generated-core-1.35/messages",
        "go-lineage/nexus-cancel-after-start"}) {
    auto const whole = recorded(name);
    perdure_test::numbers random{17};
    for (std::size_t i = 0; i < 700; ++i) {
      auto bytes = whole.substr(0, random.one_in(3) ? random.below(whole.size()) : whole.size());
      for (auto count = random.below(4); count != 0 && !bytes.empty(); --count)
        bytes[random.below(bytes.size())] = static_cast<char>(random.below(256));
      ++(read_safely(bytes) ? good : bad);
    }
  }
  CHECK(good > 100);
  CHECK(bad > 100);
}

TEST_CASE("what is wrong with an event is named", "[temporal][translation]") {
  perdure_test::quiet const silence;
  HistoryEvent nothing;
  check_refused(nothing, "event 0: .eventId: the event has none, or one below 1");
  nothing.set_event_id(-5);
  check_refused(nothing, "event -5: .eventId");
  nothing.set_event_id(12);
  check_refused(nothing, "event 12: .eventType: the event has none");

  auto time = event_of(EVENT_TYPE_TIMER_FIRED);
  time.mutable_event_time()->set_nanos(-1);
  check_refused(time, "event 12: .eventTime: not a time");

  auto other = event_of(EVENT_TYPE_TIMER_FIRED);
  other.mutable_timer_started_event_attributes()->set_timer_id("1");
  check_refused(other,
                "event 12: .timerStartedEventAttributes: these are not the attributes of the "
                "event's type, EVENT_TYPE_TIMER_FIRED");

  auto span = event_of(EVENT_TYPE_TIMER_STARTED);
  span.mutable_timer_started_event_attributes()->mutable_start_to_fire_timeout()->set_nanos(
      2'000'000'000);
  check_refused(span, "event 12: .startToFireTimeout: not a duration");

  auto deep = event_of(EVENT_TYPE_ACTIVITY_TASK_FAILED);
  deep.mutable_activity_task_failed_event_attributes()
      ->mutable_failure()
      ->mutable_cause()
      ->mutable_application_failure_info()
      ->mutable_next_retry_delay()
      ->set_nanos(-1'000'000'000);
  check_refused(deep, "event 12: .failure.cause.applicationFailureInfo.nextRetryDelay: not a "
                      "duration");

  auto policy = event_of(EVENT_TYPE_ACTIVITY_TASK_SCHEDULED);
  policy.mutable_activity_task_scheduled_event_attributes()
      ->mutable_retry_policy()
      ->set_maximum_attempts(-1);
  check_refused(policy, "event 12: .retryPolicy.maximumAttempts: the number is below 0");

  auto expiration = event_of(EVENT_TYPE_WORKFLOW_EXECUTION_STARTED);
  expiration.mutable_workflow_execution_started_event_attributes()
      ->mutable_workflow_execution_expiration_time()
      ->set_seconds(std::numeric_limits<std::int64_t>::max());
  check_refused(expiration, "event 12: .workflowExecutionExpirationTime: ");
}

TEST_CASE("an event without attributes has those of its type, empty", "[temporal][translation]") {
  auto const read = read_event(event_of(EVENT_TYPE_TIMER_FIRED));
  CHECK(read.as<events::timer_fired>().timer_id.empty());
}

TEST_CASE("failures nested past every limit are refused", "[temporal][translation]") {
  auto message = event_of(EVENT_TYPE_WORKFLOW_EXECUTION_FAILED);
  auto* at = message.mutable_workflow_execution_failed_event_attributes()->mutable_failure();
  for (int i = 0; i < 10'000; ++i) at = at->mutable_cause();
  check_refused(message, "the message is nested too deeply");
}

TEST_CASE("events that do not follow each other are refused", "[temporal][translation]") {
  History message;
  for (auto const id : {5, 6, 8}) {
    *message.add_events() = event_of(EVENT_TYPE_TIMER_FIRED);
    message.mutable_events()->rbegin()->set_event_id(id);
  }
  std::vector<event> read;
  CHECK_THROWS_WITH(append_events(message.SerializeAsString(), read),
                    perdure_test::contains("event 8: .eventId: the event stands where event 7 is "
                                           "due"));
  message.mutable_events()->RemoveLast();
  read.clear();
  append_events(message.SerializeAsString(), read);
  CHECK(read.size() == 2);
}

TEST_CASE("JSON that a field cannot hold is refused where it is written",
          "[temporal][translation]") {
  event made{.id = 12, .time = {}, .type = event_type::timer_fired};
  made.attributes = event_attributes::make(events::timer_fired{});
  made.extras.make().links = raw_json{R"(["not a link"])"};
  HistoryEvent message;
  CHECK_THROWS_WITH(write_event(made, message), perdure_test::contains("event 12: .links: "));
  made.extras.make().links = raw_json{"[{\"workflowEvent\":"};
  CHECK_THROWS_MATCHES(write_event(made, message), error,
                       perdure_test::has_code<error>(errc::history_corrupt));
}

TEST_CASE("plans are made once, whoever asks first", "[temporal][translation]") {
  std::vector<perdure::temporal::schema_plan const*> made(8);
  std::vector<std::thread> threads;
  for (auto& each : made)
    threads.emplace_back([&each] {
      HistoryEvent message;
      message.set_event_id(1);
      message.set_event_type(EVENT_TYPE_ACTIVITY_TASK_FAILED);
      message.mutable_activity_task_failed_event_attributes()->mutable_failure()->set_message("m");
      (void)read_event(message);
      each = &perdure::temporal::plan_of(detail::schema_of<failure>(),
                                         *::temporal::api::failure::v1::Failure::descriptor());
    });
  for (auto& each : threads) each.join();
  for (auto const* const each : made) CHECK(each == made.front());
}
