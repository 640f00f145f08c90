// Goal: each command tells the server what its workflow decided, and nothing that is the server's
// to decide. Method: commands with every member set, events' own ones too, are written and compared
// with the JSON that protobuf makes of the message.
#include "support/catch.hpp"

#include <chrono>
#include <set>
#include <string>
#include <utility>

#include "perdure/backend/temporal/translation/event_translation.hpp"
#include "perdure/backend/temporal/translation/schema_plan.hpp"
#include "perdure/history/history.hpp"
#include "temporal/api/command/v1/message.pb.h"
#include "temporal/held_by.hpp"

using namespace perdure;
using perdure_test::json;
using std::chrono::seconds;
using ::temporal::api::command::v1::Command;

namespace {

template <class A>
auto written(command_type type, A attributes, indirect<user_metadata> metadata = {}) -> json {
  Command message;
  perdure::temporal::write_command(
      {type, event_attributes::make(std::move(attributes)), std::move(metadata)}, "own", message);
  return perdure_test::json_of(perdure_test::sent(message));
}

/// What the message is to say: the attributes, and the type whose name they bear.
auto expected(std::string const& type, std::string const& key, std::string const& attributes)
    -> json {
  return {{"commandType", "COMMAND_TYPE_" + type},
          {key + "CommandAttributes", json::parse(attributes)}};
}

auto text_payload(std::string text) -> payload { return {std::move(text), {encodings::json}}; }
std::string const one = R"({"metadata":{"encoding":"anNvbi9wbGFpbg=="},"data":"MQ=="})";
std::string const ones = R"({"payloads":[)" + one + "]}";
std::string const named_one = R"({"k":)" + one + "}";

/// A failure and its JSON.
auto boom() -> failure {
  failure made{.message = "boom", .source = "perdure"};
  made.info = application_failure_info{.type = "T", .non_retryable = true};
  return made;
}
std::string const boom_text =
    R"({"message":"boom","source":"perdure","applicationFailureInfo":{"type":"T",)"
    R"("nonRetryable":true}})";

auto every_second() -> retry_policy {
  return {.initial_interval = seconds{1},
          .backoff_coefficient = 1,
          .maximum_attempts = 3,
          .non_retryable_error_types = {"T"}};
}
std::string const every_second_text =
    R"({"initialInterval":"1s","backoffCoefficient":1,"maximumAttempts":3,)"
    R"("nonRetryableErrorTypes":["T"]})";

auto one_of_each() -> payload_map { return {{"k", text_payload("1")}}; }

} // namespace

TEST_CASE("the command that schedules an activity carries what was asked for, and no timeout that "
          "was not",
          "[temporal][translation]") {
  events::activity_task_scheduled a;
  a.activity_id = "5";
  a.activity_type = "charge";
  a.task_queue = {.name = "q", .kind = task_queue_kind::normal};
  a.header = one_of_each();
  a.input = text_payload("1");
  a.start_to_close_timeout = seconds{9};
  a.heartbeat_timeout = duration{}; // set to zero is not unset
  a.workflow_task_completed_event_id = 4;
  a.retry_policy = every_second();
  a.priority = priority{.priority_key = 2};
  a.use_workflow_build_id = true;
  CHECK(written(command_type::schedule_activity_task, a) ==
        expected("SCHEDULE_ACTIVITY_TASK", "scheduleActivityTask",
                 R"({"activityId":"5","activityType":{"name":"charge"},)"
                 R"("taskQueue":{"name":"q","kind":"TASK_QUEUE_KIND_NORMAL"},)"
                 R"("header":{"fields":)" +
                     named_one + R"(},"input":)" + ones +
                     R"(,"startToCloseTimeout":"9s","heartbeatTimeout":"0s","retryPolicy":)" +
                     every_second_text +
                     R"(,"useWorkflowBuildId":true,"priority":{"priorityKey":2}})"));
}

TEST_CASE("commands of timers and of cancelled activities carry ids", "[temporal][translation]") {
  events::timer_started started{.timer_id = "1",
                                .start_to_fire_timeout = std::chrono::milliseconds{1'500},
                                .workflow_task_completed_event_id = 4};
  user_metadata summary{.summary = text_payload("1")};
  auto with_summary =
      expected("START_TIMER", "startTimer", R"({"timerId":"1","startToFireTimeout":"1.500s"})");
  with_summary["userMetadata"] = json::parse(R"({"summary":)" + one + "}");
  CHECK(written(command_type::start_timer, started, summary) == with_summary);

  events::timer_canceled canceled{.timer_id = "1",
                                  .started_event_id = 5,
                                  .workflow_task_completed_event_id = 4,
                                  .identity = "me"};
  CHECK(written(command_type::cancel_timer, canceled) ==
        expected("CANCEL_TIMER", "cancelTimer", R"({"timerId":"1"})"));

  events::activity_task_cancel_requested activity{.scheduled_event_id = 6,
                                                  .workflow_task_completed_event_id = 4};
  CHECK(written(command_type::request_cancel_activity_task, activity) ==
        expected("REQUEST_CANCEL_ACTIVITY_TASK", "requestCancelActivityTask",
                 R"({"scheduledEventId":"6"})"));
}

TEST_CASE("commands that end a run carry its outcome alone", "[temporal][translation]") {
  events::workflow_execution_completed completed{.result = text_payload("1"),
                                                 .workflow_task_completed_event_id = 4,
                                                 .new_execution_run_id = "r"};
  CHECK(written(command_type::complete_workflow_execution, completed) ==
        expected("COMPLETE_WORKFLOW_EXECUTION", "completeWorkflowExecution",
                 R"({"result":)" + ones + "}"));

  events::workflow_execution_failed failed{.failure = boom(),
                                           .workflow_task_completed_event_id = 4,
                                           .new_execution_run_id = "r",
                                           .retry_state = retry_state::in_progress};
  CHECK(written(command_type::fail_workflow_execution, failed) ==
        expected("FAIL_WORKFLOW_EXECUTION", "failWorkflowExecution",
                 R"({"failure":)" + boom_text + "}"));

  events::workflow_execution_canceled canceled{.workflow_task_completed_event_id = 4,
                                               .details = text_payload("1")};
  CHECK(written(command_type::cancel_workflow_execution, canceled) ==
        expected("CANCEL_WORKFLOW_EXECUTION", "cancelWorkflowExecution",
                 R"({"details":)" + ones + "}"));
}

TEST_CASE("continuing as new carries the retry policy of the next run, and no initiator",
          "[temporal][translation]") {
  events::workflow_execution_continued_as_new next;
  next.new_execution_run_id = "r";
  next.workflow_type = "w";
  next.task_queue = {.name = "q"};
  next.input = text_payload("1");
  next.workflow_run_timeout = seconds{5};
  next.workflow_task_timeout = seconds{6};
  next.workflow_task_completed_event_id = 4;
  next.backoff_start_interval = seconds{7};
  next.header = one_of_each();
  next.memo = one_of_each();
  next.search_attributes = one_of_each();
  next.retry_policy = every_second();
  next.initiator = continue_as_new_initiator::workflow;
  next.initial_versioning_behavior = continue_as_new_versioning_behavior::auto_upgrade;
  CHECK(written(command_type::continue_as_new_workflow_execution, next) ==
        expected("CONTINUE_AS_NEW_WORKFLOW_EXECUTION", "continueAsNewWorkflowExecution",
                 R"({"workflowType":{"name":"w"},"taskQueue":{"name":"q"},"input":)" + ones +
                     R"(,"workflowRunTimeout":"5s","workflowTaskTimeout":"6s",)"
                     R"("backoffStartInterval":"7s","retryPolicy":)" +
                     every_second_text + R"(,"header":{"fields":)" + named_one +
                     R"(},"memo":{"fields":)" + named_one +
                     R"(},"searchAttributes":{"indexedFields":)" + named_one +
                     R"(},"initialVersioningBehavior":)"
                     R"("CONTINUE_AS_NEW_VERSIONING_BEHAVIOR_AUTO_UPGRADE"})"));
}

TEST_CASE("commands to other runs name their target where the message has it",
          "[temporal][translation]") {
  events::request_cancel_external_workflow_execution_initiated cancel;
  cancel.workflow_task_completed_event_id = 4;
  cancel.namespace_ = "n";
  cancel.workflow_execution = {.workflow_id = "w", .run_id = "r"};
  cancel.reason = "why";
  cancel.child_workflow_only = true;
  CHECK(written(command_type::request_cancel_external_workflow_execution, cancel) ==
        expected("REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION",
                 "requestCancelExternalWorkflowExecution",
                 R"({"namespace":"n","workflowId":"w","runId":"r","childWorkflowOnly":true,)"
                 R"("reason":"why"})"));

  events::signal_external_workflow_execution_initiated signal;
  signal.workflow_task_completed_event_id = 4;
  signal.workflow_execution = {.workflow_id = "w", .run_id = "r"};
  signal.signal_name = "s";
  signal.input = text_payload("1");
  signal.header = one_of_each();
  signal.child_workflow_only = true;
  CHECK(written(command_type::signal_external_workflow_execution, signal) ==
        expected("SIGNAL_EXTERNAL_WORKFLOW_EXECUTION", "signalExternalWorkflowExecution",
                 R"({"namespace":"own","execution":{"workflowId":"w","runId":"r"},)"
                 R"("signalName":"s","input":)" +
                     ones + R"(,"childWorkflowOnly":true,"header":{"fields":)" + named_one + "}}"));
}

TEST_CASE("the command that starts a child carries its options", "[temporal][translation]") {
  events::start_child_workflow_execution_initiated child;
  child.namespace_ = "n";
  child.workflow_id = "c";
  child.workflow_type = "w";
  child.task_queue = {.name = "q"};
  child.input = text_payload("1");
  child.workflow_execution_timeout = seconds{4};
  child.workflow_run_timeout = seconds{5};
  child.workflow_task_timeout = seconds{6};
  child.workflow_task_completed_event_id = 4;
  child.retry_policy = every_second();
  child.cron_schedule = "@daily";
  child.header = one_of_each();
  child.memo = one_of_each();
  child.search_attributes = one_of_each();
  child.priority = priority{.priority_key = 2, .fairness_weight = 0.5F, .fairness_key = "k"};
  child.versioning_override = raw_json{R"({"autoUpgrade":true})"};
  child.parent_close_policy = parent_close_policy::abandon;
  child.workflow_id_reuse_policy = workflow_id_reuse_policy::reject_duplicate;
  CHECK(written(command_type::start_child_workflow_execution, child) ==
        expected("START_CHILD_WORKFLOW_EXECUTION", "startChildWorkflowExecution",
                 R"({"workflowId":"c","workflowType":{"name":"w"},"taskQueue":{"name":"q"},)"
                 R"("input":)" +
                     ones +
                     R"(,"workflowExecutionTimeout":"4s","workflowRunTimeout":"5s",)"
                     R"("workflowTaskTimeout":"6s",)"
                     R"("parentClosePolicy":"PARENT_CLOSE_POLICY_ABANDON",)"
                     R"("workflowIdReusePolicy":"WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE",)"
                     R"("retryPolicy":)" +
                     every_second_text + R"(,"cronSchedule":"@daily","header":{"fields":)" +
                     named_one + R"(},"memo":{"fields":)" + named_one +
                     R"(},"searchAttributes":{"indexedFields":)" + named_one +
                     R"(},"priority":{"priorityKey":2,"fairnessKey":"k","fairnessWeight":0.5},)"
                     R"("versioningOverride":{"autoUpgrade":true}})"));
}

TEST_CASE("commands that record something carry it", "[temporal][translation]") {
  events::marker_recorded marker;
  marker.marker_name = "core_patch";
  marker.details = payloads_map{{"k", payloads{text_payload("1")}}};
  marker.workflow_task_completed_event_id = 4;
  marker.header = one_of_each();
  marker.failure = boom();
  CHECK(written(command_type::record_marker, marker) ==
        expected("RECORD_MARKER", "recordMarker",
                 R"({"markerName":"core_patch","details":{"k":)" + ones +
                     R"(},"header":{"fields":)" + named_one + R"(},"failure":)" + boom_text + "}"));

  events::upsert_workflow_search_attributes attributes{.workflow_task_completed_event_id = 4,
                                                       .search_attributes = one_of_each()};
  CHECK(written(command_type::upsert_workflow_search_attributes, attributes) ==
        expected("UPSERT_WORKFLOW_SEARCH_ATTRIBUTES", "upsertWorkflowSearchAttributes",
                 R"({"searchAttributes":{"indexedFields":)" + named_one + "}}"));

  events::workflow_properties_modified memo{.workflow_task_completed_event_id = 4,
                                            .upserted_memo = one_of_each()};
  CHECK(written(command_type::modify_workflow_properties, memo) ==
        expected("MODIFY_WORKFLOW_PROPERTIES", "modifyWorkflowProperties",
                 R"({"upsertedMemo":{"fields":)" + named_one + "}}"));

  CHECK(written(command_type::protocol_message, protocol_message_command{"u/accept"}) ==
        expected("PROTOCOL_MESSAGE", "protocolMessage", R"({"messageId":"u/accept"})"));
}

TEST_CASE("commands of Nexus operations carry what was asked for", "[temporal][translation]") {
  events::nexus_operation_scheduled scheduled;
  scheduled.endpoint = "e";
  scheduled.service = "s";
  scheduled.operation = "o";
  scheduled.input = text_payload("1");
  scheduled.schedule_to_close_timeout = seconds{5};
  scheduled.nexus_header = string_map{{"h", "v"}};
  scheduled.workflow_task_completed_event_id = 4;
  scheduled.request_id = "r";
  scheduled.endpoint_id = "i";
  scheduled.schedule_to_start_timeout = seconds{6};
  scheduled.start_to_close_timeout = seconds{7};
  CHECK(written(command_type::schedule_nexus_operation, scheduled) ==
        expected("SCHEDULE_NEXUS_OPERATION", "scheduleNexusOperation",
                 R"({"endpoint":"e","service":"s","operation":"o","input":)" + one +
                     R"(,"scheduleToCloseTimeout":"5s","nexusHeader":{"h":"v"},)"
                     R"("scheduleToStartTimeout":"6s","startToCloseTimeout":"7s"})"));

  events::nexus_operation_cancel_requested cancel{.scheduled_event_id = 6,
                                                  .workflow_task_completed_event_id = 4};
  CHECK(written(command_type::request_cancel_nexus_operation, cancel) ==
        expected("REQUEST_CANCEL_NEXUS_OPERATION", "requestCancelNexusOperation",
                 R"({"scheduledEventId":"6"})"));
}

TEST_CASE("a command whose attributes are another's is refused", "[temporal][translation]") {
  Command message;
  auto const write = [&](command_type type, event_attributes attributes) {
    perdure::temporal::write_command({type, std::move(attributes), {}}, "own", message);
  };
  auto const refused = perdure_test::has_code<error>(errc::invalid_argument);
  CHECK_THROWS_MATCHES(
      write(command_type::start_timer, event_attributes::make(events::timer_canceled{})), error,
      refused);
  CHECK_THROWS_MATCHES(write(command_type::start_timer, {}), error, refused);
  CHECK_THROWS_MATCHES(write(static_cast<command_type>(15), {}), error, refused);
  CHECK_THROWS_MATCHES(write(command_type::unspecified, {}), error, refused);
}

// What a message of a command has and the event's structure has not would be forgotten silently.
TEST_CASE("the names that only commands or only their events have are those that are known",
          "[temporal][translation]") {
  std::set<std::string> of_messages;
  std::set<std::string> of_structures;
  auto const& fields = *Command::descriptor()->FindOneofByName("attributes");
  for (auto const& event : detail::event_schemas<>()) {
    auto const type = command_type_of(event.type);
    if (type == command_type::unspecified || type == command_type::protocol_message) continue;
    std::string key{name_of(type)};
    key = static_cast<char>(key.front() - 'A' + 'a') + key.substr(1) + "CommandAttributes";
    for (int i = 0; i < fields.field_count(); ++i) {
      if (fields.field(i)->json_name() != key) continue;
      auto const& plan =
          perdure::temporal::plan_of(event.schema(), *fields.field(i)->message_type());
      std::string const package = "temporal.api.command.v1.";
      for (auto const& each : plan.unmatched) {
        auto const name = each.substr(package.size(), each.find(' ') - package.size());
        if (each.ends_with("(of the message)"))
          of_messages.insert(name);
        else
          of_structures.insert(name.substr(name.find('.') + 1));
      }
    }
  }
  CHECK(of_messages == std::set<std::string>{
                           // written by hand: called something else in the events, or not in them
                           "ContinueAsNewWorkflowExecutionCommandAttributes.retryPolicy",
                           "RequestCancelExternalWorkflowExecutionCommandAttributes.workflowId",
                           "RequestCancelExternalWorkflowExecutionCommandAttributes.runId",
                           "SignalExternalWorkflowExecutionCommandAttributes.execution",
                           // of whoever sends the command: whether a slot is free
                           "ScheduleActivityTaskCommandAttributes.requestEagerExecution",
                           // a run that has one continues by it without a command
                           "ContinueAsNewWorkflowExecutionCommandAttributes.cronSchedule"});
  CHECK(of_structures ==
        std::set<std::string>{// the server's to fill in
                              "workflowTaskCompletedEventId", "startedEventId", "identity",
                              "newExecutionRunId", "retryState", "requestId", "endpointId",
                              // deprecated by Temporal
                              "namespace", "namespaceId", "control", "inheritBuildId",
                              // see above
                              "workflowExecution"});
}
