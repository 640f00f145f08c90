// Goal: a task that is read straight from a poll's answer is the task that its message says, and
// no bytes do more than throw. Method: answers as servers send them, then with what they rarely
// hold, then cut and changed at random. What is expected is written here, field by field.
//
//     PERDURE_SEED=n  runs one random seed
#include "support/catch.hpp"

#include <cstdlib>
#include <string>

#include <google/protobuf/any.pb.h>

#include "perdure/backend/temporal/translation/event_translation.hpp"
#include "perdure/backend/temporal/translation/task_translation.hpp"
#include "temporal/api/history/v1/message.pb.h"
#include "temporal/api/update/v1/message.pb.h"
#include "temporal/api/workflowservice/v1/service.pb.h"
#include "temporal/held_by.hpp"
#include "temporal/quiet.hpp"

using namespace perdure;
using namespace std::chrono_literals;
using namespace ::temporal::api::enums::v1;
using perdure::temporal::activity_task_bytes;
using perdure::temporal::outcome_of;
using perdure::temporal::read_task;
using perdure::temporal::read_usual_task;
using perdure::temporal::told_workflow_task;
using perdure::temporal::workflow_task_bytes;
using ::temporal::api::workflowservice::v1::PollActivityTaskQueueResponse;
using ::temporal::api::workflowservice::v1::PollWorkflowTaskQueueResponse;

namespace {

shared_string const queue{"orders"};

auto history() -> std::string {
  ::temporal::api::history::v1::History made;
  auto& started = *made.add_events();
  started.set_event_id(1);
  started.set_version(4);
  started.set_task_id(1'048'576);
  started.set_event_type(EVENT_TYPE_WORKFLOW_EXECUTION_STARTED);
  started.mutable_workflow_execution_started_event_attributes()->set_attempt(1);
  auto& scheduled = *made.add_events();
  scheduled.set_event_id(2);
  scheduled.set_event_type(EVENT_TYPE_WORKFLOW_TASK_SCHEDULED);
  return made.SerializeAsString();
}

auto workflow_answer() -> PollWorkflowTaskQueueResponse {
  PollWorkflowTaskQueueResponse made;
  made.set_task_token(std::string{"\xff\0t", 3});
  made.mutable_workflow_execution()->set_workflow_id("order-1");
  made.mutable_workflow_execution()->set_run_id("run-1");
  made.mutable_workflow_type()->set_name("order");
  made.set_previous_started_event_id(7);
  made.set_started_event_id(9);
  made.set_attempt(2);
  made.set_backlog_count_hint(3);
  made.set_history(history());
  made.set_next_page_token(std::string{"\0page", 5});
  made.mutable_workflow_execution_task_queue()->set_name("orders");
  made.mutable_scheduled_time()->set_seconds(5);
  made.mutable_started_time()->set_seconds(6);
  made.mutable_poller_scaling_decision()->set_poll_request_delta_suggestion(-2);
  return made;
}

auto activity_answer() -> PollActivityTaskQueueResponse {
  PollActivityTaskQueueResponse made;
  made.set_task_token(std::string{"\xfe\0t", 3});
  made.set_workflow_namespace("default");
  made.mutable_workflow_type()->set_name("order");
  made.mutable_workflow_execution()->set_workflow_id("order-1");
  made.mutable_workflow_execution()->set_run_id("run-1");
  made.mutable_activity_type()->set_name("pack");
  made.set_activity_id("12");
  (*made.mutable_header()->mutable_fields())["tenant"].set_data("\"a\"");
  made.mutable_input()->add_payloads()->set_data("1");
  made.mutable_heartbeat_details()->add_payloads()->set_data("2");
  made.mutable_heartbeat_details()->add_payloads()->set_data("3");
  made.mutable_scheduled_time()->set_seconds(5);
  made.mutable_current_attempt_scheduled_time()->set_seconds(6);
  made.mutable_started_time()->set_seconds(7);
  made.set_attempt(3);
  made.mutable_schedule_to_close_timeout()->set_seconds(60);
  made.mutable_start_to_close_timeout()->set_seconds(10);
  made.mutable_heartbeat_timeout()->set_nanos(500'000'000);
  made.mutable_retry_policy()->set_maximum_attempts(4);
  made.mutable_priority()->set_priority_key(2);
  made.mutable_poller_scaling_decision()->set_poll_request_delta_suggestion(1);
  return made;
}

void check_workflow(told_workflow_task const& told) {
  CHECK(told.token == std::string{"\xff\0t", 3});
  CHECK(told.next_page == std::string{"\0page", 5});
  workflow_task const& task = told.task;
  CHECK(task.execution == workflow_execution{"order-1", "run-1"});
  CHECK(task.workflow_type == "order");
  CHECK(task.previous_started_event_id == 7);
  CHECK(task.token.started_event_id == 9);
  CHECK(task.token.attempt == 2);
  REQUIRE(task.events.size() == 2);
  CHECK(task.events[0].as<events::workflow_execution_started>().attempt == 1);
  CHECK(task.events[1].type == event_type::workflow_task_scheduled);
}

void check_activity(activity_task const& task) {
  time_point const epoch{};
  CHECK(task.opaque_token == std::string{"\xfe\0t", 3});
  CHECK(task.execution == workflow_execution{"order-1", "run-1"});
  CHECK(task.workflow_type == "order");
  CHECK(task.token.attempt == 3);
  CHECK(task.scheduled_time == epoch + 5s);
  CHECK(task.attempt_scheduled_time == epoch + 6s);
  CHECK(task.started_time == epoch + 7s);
  REQUIRE(task.heartbeat_details.size() == 2);
  CHECK(task.heartbeat_details[1].data == "3");
  auto const& asked = task.scheduled.get<events::activity_task_scheduled>();
  CHECK(asked.activity_id == "12");
  CHECK(asked.activity_type == "pack");
  CHECK(asked.task_queue.name == queue);
  CHECK(asked.header->at("tenant").data == "\"a\"");
  CHECK(asked.input[0].data == "1");
  CHECK(asked.schedule_to_close_timeout == duration{60s});
  CHECK_FALSE(asked.schedule_to_start_timeout);
  CHECK(asked.start_to_close_timeout == duration{10s});
  CHECK(asked.heartbeat_timeout == duration{500ms});
  CHECK(asked.retry_policy->maximum_attempts == 4);
  CHECK(asked.priority->priority_key == 2);
}

/// That the bytes are refused, or read as a message has them where they are one. Answers whether
/// they were read.
template <class Message, class Read>
auto check_read(std::string const& bytes, Read read) -> bool {
  try {
    auto const [execution, attempt, token] = read(bytes);
    Message message;
    if (!message.ParseFromString(bytes)) return true; // broken in what is passed over
    CHECK(execution.workflow_id == message.workflow_execution().workflow_id());
    CHECK(execution.run_id == message.workflow_execution().run_id());
    CHECK(attempt == message.attempt());
    CHECK(token == message.task_token());
    return true;
  } catch (error const& thrown) {
    CHECK(thrown.code() == errc::history_corrupt);
    return false;
  }
}

struct told {
  workflow_execution execution{};
  std::int32_t attempt{};
  std::string token{};
};
auto workflow_in(std::string const& bytes) -> told {
  auto const read = read_task(workflow_task_bytes{bytes});
  return {read.task.execution, read.task.token.attempt, read.token};
}
auto activity_in(std::string const& bytes) -> told {
  auto const read = read_task(activity_task_bytes{bytes}, queue);
  return {read.execution, read.token.attempt, read.opaque_token.str()};
}

} // namespace

TEST_CASE("a workflow task is read from its bytes", "[temporal][translation]") {
  auto const bytes = workflow_answer().SerializeAsString();
  told_workflow_task usual;
  REQUIRE(read_usual_task(bytes, usual));
  check_workflow(usual);
  CHECK_FALSE(usual.task.events[0].extras); // numbers that are the server's own
  check_workflow(read_task(workflow_task_bytes{bytes}));

  told_workflow_task more;
  CHECK(read_usual_task(bytes + std::string{"\xf2\x3f\x03xyz", 6}, more)); // an unknown field
}

TEST_CASE("a workflow task with updates or queries is read as a message",
          "[temporal][translation]") {
  auto answer = workflow_answer();
  answer.mutable_query()->set_query_type("state");
  (*answer.mutable_queries())["q1"].set_query_type("total");
  auto& message = *answer.add_messages();
  message.set_protocol_instance_id("update-1");
  ::temporal::api::update::v1::Request request;
  request.mutable_input()->set_name("add");
  message.mutable_body()->PackFrom(request);
  auto const bytes = answer.SerializeAsString();
  told_workflow_task usual;
  CHECK_FALSE(read_usual_task(bytes, usual));
  auto const told = read_task(workflow_task_bytes{bytes});
  check_workflow(told);
  REQUIRE(told.task.query);
  CHECK(told.task.query->type == "state");
  REQUIRE(told.task.queries.size() == 1);
  CHECK(told.task.queries[0].id == "q1");
  REQUIRE(told.task.updates.size() == 1);
  CHECK(told.task.updates[0].id == "update-1");
}

TEST_CASE("an attempt of an activity is read from its bytes", "[temporal][translation]") {
  auto const bytes = activity_answer().SerializeAsString();
  activity_task usual{};
  REQUIRE(read_usual_task(bytes, queue, usual));
  check_activity(usual);
  check_activity(read_task(activity_task_bytes{bytes}, queue));
}

TEST_CASE("an attempt in two parts is read as a message, which merges them",
          "[temporal][translation]") {
  PollActivityTaskQueueResponse more;
  more.mutable_workflow_execution()->set_run_id("run-1");
  auto const bytes = activity_answer().SerializeAsString() + more.SerializeAsString();
  activity_task usual{};
  CHECK_FALSE(read_usual_task(bytes, queue, usual));
  check_activity(read_task(activity_task_bytes{bytes}, queue));
}

TEST_CASE("a poll's answer says at once whether there is a task, and how many polls are wanted",
          "[temporal][translation]") {
  auto const workflow = outcome_of(workflow_task_bytes{workflow_answer().SerializeAsString()});
  REQUIRE(workflow);
  CHECK(workflow->has_task);
  CHECK(workflow->more_polls == -2);
  auto const activity = outcome_of(activity_task_bytes{activity_answer().SerializeAsString()});
  REQUIRE(activity);
  CHECK(activity->has_task);
  CHECK(activity->more_polls == 1);
  auto const nothing = outcome_of(workflow_task_bytes{});
  REQUIRE(nothing);
  CHECK_FALSE(nothing->has_task);
  CHECK_FALSE(outcome_of(workflow_task_bytes{"\x0a\x7f"})); // it breaks off
}

TEST_CASE("bytes of a task that are cut or changed are refused, or read as their message is",
          "[temporal][translation]") {
  perdure_test::quiet const silence;
  char const* const given = std::getenv("PERDURE_SEED");
  std::uint64_t const seed = given == nullptr ? 1 : std::strtoull(given, nullptr, 10);
  INFO("run it alone with PERDURE_SEED=" << seed);
  perdure_test::numbers dice{seed};
  auto const workflow = workflow_answer().SerializeAsString();
  auto const activity = activity_answer().SerializeAsString();
  int read = 0;
  auto const change = [&](std::string bytes) {
    if (dice.one_in(2)) bytes.resize(dice.below(bytes.size()));
    for (auto count = dice.below(4); count != 0 && !bytes.empty(); --count)
      bytes[dice.below(bytes.size())] = static_cast<char>(dice.below(256));
    return bytes;
  };
  constexpr int rounds = 3'000;
  for (int i = 0; i < rounds; ++i) {
    if (check_read<PollWorkflowTaskQueueResponse>(change(workflow), workflow_in)) ++read;
    if (check_read<PollActivityTaskQueueResponse>(change(activity), activity_in)) ++read;
  }
  CHECK(read > rounds / 10);
  CHECK(read < 2 * rounds - rounds / 10);
}
