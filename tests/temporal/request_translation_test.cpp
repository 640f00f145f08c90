// Goal: what a client asks for arrives at a server as it was meant: every member in its field, what
// is unset unset. Method: protobuf's own JSON of the requests, and journeys there and back.
#include "support/catch.hpp"

#include <chrono>
#include <string>
#include <utility>

#include "perdure/backend/temporal/translation/description_translation.hpp"
#include "perdure/backend/temporal/translation/request_translation.hpp"
#include "perdure/data/converter.hpp"
#include "perdure/error.hpp"
#include "perdure/history/metadata_text.hpp"
#include "perdure/history/search_attribute.hpp"
#include "temporal/api/workflowservice/v1/service.pb.h"
#include "temporal/held_by.hpp"

using namespace perdure;
using namespace perdure::temporal;
using namespace std::chrono_literals;
using perdure_test::has_code;
using perdure_test::json;
using perdure_test::json_of;
using perdure_test::sent;

namespace {

namespace service = ::temporal::api::workflowservice::v1;

request_sender const self{"shop", "1@here"};

auto plain_start() -> start_workflow_request {
  start_workflow_request made{};
  made.workflow_id = "w";
  made.workflow_type = "order";
  made.task_queue = "q";
  made.request_id = "r";
  return made;
}
auto full_start() -> start_workflow_request {
  start_workflow_request made = plain_start();
  made.input = to_payloads(7, std::string{"x"});
  made.workflow_execution_timeout = 3h;
  made.workflow_run_timeout = 2h;
  made.workflow_task_timeout = 1500ms;
  made.retry_policy = {.initial_interval = 2s, .maximum_attempts = 4};
  made.id_reuse_policy = workflow_id_reuse_policy::reject_duplicate;
  made.id_conflict_policy = workflow_id_conflict_policy::use_existing;
  made.start_delay = 1ns;
  made.memo = payload_map{{"why", to_payload(1)}};
  made.search_attributes = payload_map{search_attribute<keyword>{"Customer"}("acme")};
  made.priority = priority{.priority_key = 2, .fairness_weight = 0.5F, .fairness_key = "f"};
  made.user_metadata = metadata_of("sum", "det");
  made.header = payload_map{{"tenant", to_payload(7)}};
  made.identity = "somebody";
  return made;
}
template <class Message, class Request>
auto written(Request const& from) -> Message {
  Message made;
  write_start(from, self, made);
  return sent(made);
}
auto start_message(start_workflow_request const& from) -> service::StartWorkflowExecutionRequest {
  return written<service::StartWorkflowExecutionRequest>(from);
}
auto update_of(std::string id, std::string name = "set") -> update_request {
  update_request made{};
  made.meta.update_id = std::move(id);
  made.input.name = std::move(name);
  made.input.args = to_payloads(7);
  return made;
}

constexpr char const* payload_of_7 =
    R"({"metadata": {"encoding": "anNvbi9wbGFpbg=="}, "data": "Nw=="})";

/// The parts of a full start that an action of a schedule has, too.
auto common_json() -> json {
  return json::parse(R"({
    "workflowId": "w", "workflowType": {"name": "order"},
    "taskQueue": {"name": "q", "kind": "TASK_QUEUE_KIND_NORMAL"},
    "input": {"payloads": [{"metadata": {"encoding": "anNvbi9wbGFpbg=="}, "data": "Nw=="},
                           {"metadata": {"encoding": "anNvbi9wbGFpbg=="}, "data": "Ingi"}]},
    "workflowExecutionTimeout": "10800s", "workflowRunTimeout": "7200s",
    "workflowTaskTimeout": "1.500s",
    "header": {"fields": {"tenant": {"metadata": {"encoding": "anNvbi9wbGFpbg=="}, "data": "Nw=="}}},
    "workflowIdReusePolicy": "WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE",
    "retryPolicy": {"initialInterval": "2s", "maximumAttempts": 4},
    "memo": {"fields": {"why": {"metadata": {"encoding": "anNvbi9wbGFpbg=="}, "data": "MQ=="}}},
    "searchAttributes": {"indexedFields": {"Customer": {
      "metadata": {"encoding": "anNvbi9wbGFpbg==", "type": "S2V5d29yZA=="}, "data": "ImFjbWUi"}}},
    "userMetadata": {
      "summary": {"metadata": {"encoding": "anNvbi9wbGFpbg=="}, "data": "InN1bSI="},
      "details": {"metadata": {"encoding": "anNvbi9wbGFpbg=="}, "data": "ImRldCI="}},
    "priority": {"priorityKey": 2, "fairnessKey": "f", "fairnessWeight": 0.5}})");
}
auto beginning_json() -> json {
  json made = common_json();
  made.update(json::parse(R"({
    "namespace": "shop", "identity": "somebody", "requestId": "r",
    "workflowIdConflictPolicy": "WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING",
    "workflowStartDelay": "0.000000001s"})"));
  return made;
}

} // namespace

TEST_CASE("a start without anything optional has nothing optional", "[temporal][request]") {
  CHECK(json_of(start_message(plain_start())) == json::parse(R"({
    "namespace": "shop", "workflowId": "w", "workflowType": {"name": "order"},
    "taskQueue": {"name": "q", "kind": "TASK_QUEUE_KIND_NORMAL"}, "identity": "1@here",
    "requestId": "r"})"));
}

TEST_CASE("every member of a start arrives", "[temporal][request]") {
  CHECK(json_of(start_message(full_start())) == beginning_json());
  start_workflow_request periodic = plain_start();
  periodic.cron_schedule = "@daily";
  CHECK(start_message(periodic).cron_schedule() == "@daily");
}

TEST_CASE("a start that names no request gets a random one, which is kept when it is repeated",
          "[temporal][request]") {
  start_workflow_request unnamed = plain_start();
  unnamed.request_id = "";
  auto const first = start_message(unnamed).request_id();
  CHECK(first.size() == 36);
  CHECK(start_message(unnamed).request_id() != first);
}

TEST_CASE("timeouts as long as can be are written as they are", "[temporal][request]") {
  start_workflow_request endless = plain_start();
  endless.workflow_run_timeout = duration::max();
  auto const made = start_message(endless);
  CHECK(made.workflow_run_timeout().seconds() == 9'223'372'036);
  CHECK(made.workflow_run_timeout().nanos() == 854'775'807);
}

TEST_CASE("names that are not UTF-8 are refused, texts for people are mended",
          "[temporal][request]") {
  auto const refusal = [](auto change) {
    start_workflow_request asked = plain_start();
    change(asked);
    CHECK_THROWS_MATCHES(start_message(asked), error, has_code<error>(errc::invalid_argument));
  };
  refusal([](auto& r) { r.workflow_id = "caf\xe9"; });
  refusal([](auto& r) { r.workflow_type = "caf\xe9"; });
  refusal([](auto& r) { r.task_queue = "caf\xe9"; });
  refusal([](auto& r) { r.request_id = "caf\xe9"; });
  start_workflow_request asked = plain_start();
  asked.identity = "caf\xe9";
  CHECK(start_message(asked).identity() == "caf\xef\xbf\xbd");
}

TEST_CASE("a start with a signal is a start and a signal", "[temporal][request]") {
  json expected = beginning_json();
  expected["signalName"] = "hello";
  expected["signalInput"] = {{"payloads", {json::parse(payload_of_7)}}};
  signal_with_start_request const asked{full_start(), "hello", to_payloads(7)};
  CHECK(json_of(written<service::SignalWithStartWorkflowExecutionRequest>(asked)) == expected);
}

TEST_CASE("a start with an update is two operations", "[temporal][request]") {
  update_with_start_request asked{};
  asked.start = full_start();
  asked.update = update_of("u");
  asked.wait_for = update_stage::completed;
  json const made = json_of(written<service::ExecuteMultiOperationRequest>(asked));
  CHECK(made["namespace"] == "shop");
  REQUIRE(made["operations"].size() == 2);
  CHECK(made["operations"][0]["startWorkflow"] == beginning_json());
  json const expected = json::parse(R"({
    "namespace": "shop", "workflowExecution": {"workflowId": "w"},
    "waitPolicy": {"lifecycleStage": "UPDATE_WORKFLOW_EXECUTION_LIFECYCLE_STAGE_COMPLETED"},
    "request": {"meta": {"updateId": "u", "identity": "1@here"}, "input": {"name": "set",
      "args": {"payloads": [{"metadata": {"encoding": "anNvbi9wbGFpbg=="}, "data": "Nw=="}]}}}})");
  CHECK(made["operations"][1]["updateWorkflow"] == expected);
}

TEST_CASE("a start with an update says what happens to a run that is there",
          "[temporal][request]") {
  update_with_start_request asked{};
  asked.start = plain_start();
  asked.update = update_of("u");
  json const made = json_of(written<service::ExecuteMultiOperationRequest>(asked));
  CHECK(made["operations"][0]["startWorkflow"]["workflowIdConflictPolicy"] ==
        "WORKFLOW_ID_CONFLICT_POLICY_FAIL");
}

TEST_CASE("an update waits for nothing less than that it is accepted", "[temporal][request]") {
  auto const stage = [](update_stage wanted) {
    update_workflow_request asked{};
    asked.update = update_of("u");
    asked.wait_for = wanted;
    service::UpdateWorkflowExecutionRequest made;
    write_update(asked, self, made);
    return static_cast<update_stage>(made.wait_policy().lifecycle_stage());
  };
  CHECK(stage(update_stage::unspecified) == update_stage::accepted);
  CHECK(stage(update_stage::admitted) == update_stage::accepted);
  CHECK(stage(update_stage::accepted) == update_stage::accepted);
  CHECK(stage(update_stage::completed) == update_stage::completed);
}

TEST_CASE("an update without an id or a name is refused", "[temporal][request]") {
  for (auto const& update : {update_of(""), update_of(std::string(1'001, 'u')), update_of("u", ""),
                             update_of("caf\xe9"), update_of("u", "caf\xe9")}) {
    update_workflow_request asked{};
    asked.update = update;
    service::UpdateWorkflowExecutionRequest made;
    CHECK_THROWS_MATCHES(write_update(asked, self, made), error,
                         has_code<error>(errc::invalid_argument));
  }
}

TEST_CASE("the action of a schedule has what a start has, and survives the journey",
          "[temporal][request][schedule]") {
  ::temporal::api::workflow::v1::NewWorkflowExecutionInfo made;
  write_action(full_start(), made);
  CHECK(json_of(sent(made)) == common_json());
  start_workflow_request const back = read_action(sent(made));
  ::temporal::api::workflow::v1::NewWorkflowExecutionInfo again;
  write_action(back, again);
  CHECK(json_of(again) == common_json());
  CHECK(back.request_id.empty());
  CHECK(back.identity.empty());
}

TEST_CASE("an outcome is a result or a failure", "[temporal][request]") {
  ::temporal::api::update::v1::Outcome made;
  made.mutable_success()->add_payloads()->set_data("7");
  CHECK(read_outcome(made).success.size() == 1);
  CHECK_FALSE(read_outcome(made).failure);
  made.mutable_failure()->set_message("no");
  REQUIRE(read_outcome(made).failure);
  CHECK(read_outcome(made).failure->message == "no");
}

TEST_CASE("a description of a run is read, with what is pending", "[temporal][description]") {
  service::DescribeWorkflowExecutionResponse told;
  REQUIRE(google::protobuf::util::JsonStringToMessage(R"({
    "executionConfig": {"userMetadata": {
      "summary": {"metadata": {"encoding": "anNvbi9wbGFpbg=="}, "data": "InN1bSI="}}},
    "workflowExecutionInfo": {
      "execution": {"workflowId": "w", "runId": "r"}, "type": {"name": "order"},
      "startTime": "1970-01-01T00:00:01.000000002Z", "status": "WORKFLOW_EXECUTION_STATUS_RUNNING",
      "historyLength": "12", "historySizeBytes": "345", "taskQueue": "q",
      "parentExecution": {"workflowId": "p", "runId": "pr"},
      "memo": {"fields": {"why": {"metadata": {"encoding": "anNvbi9wbGFpbg=="}, "data": "MQ=="}}},
      "searchAttributes": {"indexedFields": {"TemporalReportedProblems": {
        "metadata": {"encoding": "anNvbi9wbGFpbg==", "type": "S2V5d29yZExpc3Q="},
        "data": "WyJjYXRlZ29yeT1hIiwiY2F1c2U9YiJd"}}},
      "versioningInfo": {"behavior": "VERSIONING_BEHAVIOR_PINNED",
        "deploymentVersion": {"buildId": "b", "deploymentName": "d"}}},
    "pendingActivities": [
      {"activityId": "1", "activityType": {"name": "charge"}, "attempt": 3,
       "state": "PENDING_ACTIVITY_STATE_STARTED",
       "lastFailure": {"message": "odd", "applicationFailureInfo": {"type": "Odd"}}},
      {"activityId": "2", "attempt": 1, "state": "PENDING_ACTIVITY_STATE_SCHEDULED"}],
    "pendingChildren": [{"workflowId": "kid"}],
    "pendingWorkflowTask": {"attempt": 7}})",
                                                      &told)
              .ok());
  workflow_description const made = read_description(told);
  CHECK(made.execution == workflow_execution{"w", "r"});
  CHECK(made.workflow_type == "order");
  CHECK(made.task_queue == "q");
  CHECK(made.status == workflow_execution_status::running);
  CHECK(made.start_time == time_point{1s + 2ns});
  CHECK(made.close_time == time_point{});
  CHECK(made.history_length == 12);
  CHECK(made.history_size_bytes == 345);
  CHECK(made.parent == workflow_execution{"p", "pr"});
  CHECK(made.memo.get<int>("why") == 1);
  CHECK(made.static_summary == "sum");
  CHECK(made.static_details.empty());
  REQUIRE(made.recorded_metadata); // what codecs are to decode
  CHECK(made.recorded_metadata->summary->data == R"("sum")");
  CHECK(made.versioning_behavior == versioning_behavior::pinned);
  CHECK(made.deployment_name == "d");
  CHECK(made.build_id == "b");
  CHECK(made.workflow_task_attempt == 7);
  CHECK(made.workflow_task_failure == "category=a, cause=b");
  CHECK(made.pending_children_count == 1);
  REQUIRE(made.pending_activities.size() == 2);
  CHECK(made.pending_activities[0].activity_type == "charge");
  CHECK(made.pending_activities[0].attempt == 3);
  CHECK(made.pending_activities[0].started);
  CHECK(made.pending_activities[0].last_failure == "odd (type Odd)");
  REQUIRE(made.pending_activities[0].recorded_failure);
  CHECK(made.pending_activities[0].recorded_failure->message == "odd");
  CHECK_FALSE(made.pending_activities[1].recorded_failure);
  CHECK_FALSE(made.pending_activities[1].started);
}
