// Goal: an update reaches its run whatever happens on the way, and who asks is told what became of
// it. Method: a server in the process with a script.
#include "temporal/api/history/v1/message.pb.h"
#include "temporal/scripted_client.hpp"

#include <chrono>
#include <string>

#include "perdure/data/converter.hpp"
#include "temporal/held_by.hpp"

namespace {

using namespace perdure_test;
using namespace std::chrono_literals;
using perdure::errc;
using stage = perdure::update_stage;
namespace details = ::temporal::api::errordetails::v1;
namespace enums = ::temporal::api::enums::v1;

// ---------------------------------------------------------------------------------------- queries
auto query_of(perdure::query_reject_condition reject = {}) -> perdure::query_workflow_request {
  perdure::query_workflow_request made{};
  made.execution = {"w", {}};
  made.type = "state";
  made.arguments = perdure::to_payloads(7);
  made.header = perdure::payload_map{{"tenant", perdure::to_payload(1)}};
  made.reject = reject;
  return made;
}

TEST_CASE("a query takes its arguments there and its answer back", "[temporal][client][query]") {
  scripted_client c;
  service::QueryWorkflowResponse told;
  told.mutable_query_result()->add_payloads()->set_data("42");
  c.script("QueryWorkflow", {giving(told)});
  CHECK(c.clients.query_workflow(query_of()).result[0].data == "42");
  auto const asked = c.requests<service::QueryWorkflowRequest>("QueryWorkflow").at(0);
  CHECK(asked.query().query_type() == "state");
  CHECK(asked.query().query_args().payloads_size() == 1);
  CHECK(asked.query().header().fields().at("tenant").data() == "1");
  CHECK(asked.query_reject_condition() == enums::QUERY_REJECT_CONDITION_NONE);
}

TEST_CASE("what rules a run out is told", "[temporal][client][query]") {
  scripted_client c;
  service::QueryWorkflowResponse told;
  told.mutable_query_rejected()->set_status(enums::WORKFLOW_EXECUTION_STATUS_TERMINATED);
  c.script("QueryWorkflow", {giving(told)});
  CHECK(c.clients.query_workflow(query_of(perdure::query_reject_condition::not_open)).rejected ==
        perdure::workflow_execution_status::terminated);
  CHECK(c.requests<service::QueryWorkflowRequest>("QueryWorkflow").at(0).query_reject_condition() ==
        enums::QUERY_REJECT_CONDITION_NOT_OPEN);
}

TEST_CASE("what a run's code says instead of an answer is told", "[temporal][client][query]") {
  scripted_client c;
  details::QueryFailedFailure said;
  said.mutable_failure()->set_message("cannot say");
  c.script("QueryWorkflow", {failing_with(grpc::StatusCode::INVALID_ARGUMENT, "text", said),
                             failing_with(grpc::StatusCode::INVALID_ARGUMENT, "text",
                                          details::QueryFailedFailure{})});
  CHECK(c.clients.query_workflow(query_of()).failed->message == "cannot say");
  CHECK(c.clients.query_workflow(query_of()).failed->message == "text");
}

TEST_CASE("a query that nobody answers is given up at its time", "[temporal][client][query]") {
  scripted_client c;
  c.script("QueryWorkflow",
           {held(), failing(grpc::StatusCode::FAILED_PRECONDITION, "its task keeps failing")});
  auto asked = query_of();
  asked.timeout = 50ms;
  CHECK(refusal([&] { (void)c.clients.query_workflow(asked); }) == errc::unanswered);
  CHECK(refusal([&] { (void)c.clients.query_workflow(query_of()); }) == errc::unanswered);
}

// ---------------------------------------------------------------------------------------- updates
auto update_of(stage wanted, perdure::duration wait = {}, std::string const& run = {})
    -> perdure::update_workflow_request {
  perdure::update_workflow_request made{};
  made.execution = {"w", run};
  made.update.meta.update_id = "u";
  made.update.input.name = "set";
  made.wait_for = wanted;
  made.wait_timeout = wait;
  return made;
}
auto poll_of(stage wanted, std::string const& run = {}) -> perdure::poll_update_request {
  perdure::poll_update_request made{};
  made.execution = {"w", run};
  made.update_id = "u";
  made.wait_for = wanted;
  return made;
}
template <class Response>
auto at_stage(stage reached, std::string const& run = "run") -> scripted_answer {
  Response told;
  told.set_stage(static_cast<enums::UpdateWorkflowExecutionLifecycleStage>(reached));
  told.mutable_update_ref()->mutable_workflow_execution()->set_run_id(run);
  if (reached == stage::completed)
    told.mutable_outcome()->mutable_success()->add_payloads()->set_data("8");
  return giving(told);
}
auto updated(stage reached, std::string const& run = "run") {
  return at_stage<service::UpdateWorkflowExecutionResponse>(reached, run);
}
auto polled(stage reached, std::string const& run = "run") {
  return at_stage<service::PollWorkflowExecutionUpdateResponse>(reached, run);
}
auto closing() -> scripted_answer {
  return failing(grpc::StatusCode::RESOURCE_EXHAUSTED,
                 "workflow operation can not be applied because workflow is closing");
}
auto continued(std::string const& run) -> scripted_answer {
  ::temporal::api::history::v1::History history;
  auto& end = *history.add_events();
  end.set_event_id(5);
  end.set_event_type(enums::EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW);
  end.mutable_workflow_execution_continued_as_new_event_attributes()->set_new_execution_run_id(run);
  service::GetWorkflowExecutionHistoryResponse told;
  told.set_history(history.SerializeAsString());
  return giving(told);
}

TEST_CASE("an update is sent again until the server keeps it", "[temporal][client][update]") {
  scripted_client c;
  c.script("UpdateWorkflowExecution", {away(), updated(stage::unspecified, ""),
                                       updated(stage::admitted), updated(stage::accepted)});
  auto const now = c.clients.update_workflow(update_of(stage::accepted));
  CHECK(now.stage == stage::accepted);
  CHECK(now.execution == perdure::workflow_execution{"w", "run"});
  auto const tries = c.requests<service::UpdateWorkflowExecutionRequest>("UpdateWorkflowExecution");
  REQUIRE(tries.size() == 4);
  CHECK(json_of(tries[3]) == json_of(tries[0]));
}

TEST_CASE("an outcome is asked for once the update is accepted", "[temporal][client][update]") {
  scripted_client c;
  c.script("UpdateWorkflowExecution", {updated(stage::accepted)});
  c.script("PollWorkflowExecutionUpdate",
           {polled(stage::accepted), away(), polled(stage::completed)});
  auto const now = c.clients.update_workflow(update_of(stage::completed));
  CHECK(now.stage == stage::completed);
  CHECK(now.outcome.success[0].data == "8");
  CHECK(c.server.calls_of("UpdateWorkflowExecution") == 1);
  auto const asked =
      c.requests<service::PollWorkflowExecutionUpdateRequest>("PollWorkflowExecutionUpdate");
  REQUIRE(asked.size() == 3);
  CHECK(asked[0].update_ref().workflow_execution().run_id() == "run");
}

TEST_CASE("who waits for an update to be admitted looks a moment later",
          "[temporal][client][update]") {
  scripted_client c;
  c.script("UpdateWorkflowExecution", {held(), held()});
  c.script("PollWorkflowExecutionUpdate",
           {not_found("update \"u\" not found"), polled(stage::admitted)});
  CHECK(c.clients.update_workflow(update_of(stage::admitted)).stage == stage::admitted);
  CHECK(c.server.calls_of("UpdateWorkflowExecution") == 2);
}

TEST_CASE("who waits no longer is told how far the update is", "[temporal][client][update]") {
  scripted_client c;
  c.script("UpdateWorkflowExecution", {held(), updated(stage::accepted)});
  c.script("PollWorkflowExecutionUpdate",
           {polled(stage::admitted), held(), polled(stage::accepted)});
  CHECK(c.clients.update_workflow(update_of(stage::accepted, 50ms)).stage == stage::admitted);
  CHECK(c.clients.update_workflow(update_of(stage::completed, 50ms)).stage == stage::accepted);
}

TEST_CASE("an update moves on with its run until it is accepted", "[temporal][client][update]") {
  scripted_client c;
  c.script("UpdateWorkflowExecution", {closing(), closing(), updated(stage::accepted, "2")});
  c.script("DescribeWorkflowExecution", {open_run(), closed_run()}); // not yet; by now
  c.script("GetWorkflowExecutionHistory", {continued("2")});
  auto const now = c.clients.update_workflow(update_of(stage::accepted, {}, "1"));
  CHECK(now.execution.run_id == "2");
  auto const tries = c.requests<service::UpdateWorkflowExecutionRequest>("UpdateWorkflowExecution");
  REQUIRE(tries.size() == 3);
  CHECK(tries[1].workflow_execution().run_id() == "1");
  CHECK(tries[2].workflow_execution().run_id() == "2");
}

TEST_CASE("an update of a run that is over, or has too many, is refused at once",
          "[temporal][client][update]") {
  scripted_client c;
  auto const send = [&] { (void)c.clients.update_workflow(update_of(stage::accepted)); };
  c.script("UpdateWorkflowExecution",
           {closed(), not_found("workflow not found for ID: w"),
            failing(grpc::StatusCode::RESOURCE_EXHAUSTED,
                    "limit on number of concurrent in-flight updates has been reached (10)")});
  CHECK(refusal(send) == errc::already_closed);
  CHECK(refusal(send) == errc::not_found);
  CHECK(refusal(send) == errc::limit_exceeded);
  CHECK(c.server.calls().size() == 3);
}

TEST_CASE("an update that nobody knows was never sent, or has gone with its run",
          "[temporal][client][update]") {
  scripted_client c;
  auto const missing = [] { return not_found("update \"u\" not found"); };
  auto const poll = [&] { (void)c.clients.poll_update(poll_of(stage::completed)); };
  c.script("PollWorkflowExecutionUpdate", {missing(), missing()});
  c.script("DescribeWorkflowExecution", {open_run(), closed_run()});
  CHECK(refusal(poll) == errc::not_found);
  CHECK(refusal(poll) == errc::already_closed);
}

TEST_CASE("an update is looked for in the runs that follow its run", "[temporal][client][update]") {
  scripted_client c;
  c.script("PollWorkflowExecutionUpdate",
           {not_found("update \"u\" not found"), polled(stage::completed, "2")});
  c.script("DescribeWorkflowExecution", {closed_run()});
  c.script("GetWorkflowExecutionHistory", {continued("2")});
  CHECK(c.clients.poll_update(poll_of(stage::completed, "1")).execution.run_id == "2");
}

TEST_CASE("how an update stands is told without waiting", "[temporal][client][update]") {
  scripted_client c;
  c.script("PollWorkflowExecutionUpdate", {polled(stage::admitted)});
  CHECK(c.clients.poll_update(poll_of(stage::unspecified)).stage == stage::admitted);
  CHECK_FALSE(c.requests<service::PollWorkflowExecutionUpdateRequest>("PollWorkflowExecutionUpdate")
                  .at(0)
                  .has_wait_policy());
}

// ---------------------------------------------------------------------------- starts with updates
auto start_with_update(stage wanted = stage::accepted) -> perdure::update_with_start_request {
  perdure::update_with_start_request made{};
  made.start.workflow_id = "w";
  made.start.workflow_type = "order";
  made.start.task_queue = "q";
  made.start.request_id = "r";
  made.update = update_of(wanted).update;
  made.wait_for = wanted;
  return made;
}
auto both(stage reached) -> scripted_answer {
  service::ExecuteMultiOperationResponse told;
  auto& start = *told.add_responses()->mutable_start_workflow();
  start.set_run_id("run");
  start.set_started(true);
  told.add_responses()->mutable_update_workflow()->set_stage(
      static_cast<enums::UpdateWorkflowExecutionLifecycleStage>(reached));
  return giving(told);
}
/// One operation failed by itself, and the other with it.
auto one_failed(grpc::StatusCode code, std::string const& message,
                google::protobuf::Message const* detail = nullptr) -> scripted_answer {
  details::MultiOperationExecutionFailure all;
  auto& aborted = *all.add_statuses();
  aborted.set_code(grpc::StatusCode::ABORTED);
  aborted.set_message("Operation was aborted.");
  aborted.add_details()->set_type_url(
      "type.googleapis.com/temporal.api.failure.v1.MultiOperationExecutionAborted");
  auto& own = *all.add_statuses();
  own.set_code(code);
  own.set_message(message);
  if (detail != nullptr) own.add_details()->PackFrom(*detail);
  return failing_with(code, "Update-with-Start could not be executed.", all);
}

TEST_CASE("a start with an update is sent once, and its update waited for",
          "[temporal][client][with_start]") {
  scripted_client c;
  c.script("ExecuteMultiOperation", {away(), both(stage::admitted)});
  c.script("UpdateWorkflowExecution", {updated(stage::accepted)});
  c.script("PollWorkflowExecutionUpdate", {polled(stage::completed)});
  auto const made = c.clients.update_with_start_workflow(start_with_update(stage::completed));
  CHECK(made.start.started);
  CHECK(made.start.execution.run_id == "run");
  CHECK(made.update.stage == stage::completed);
  auto const tries = c.requests<service::ExecuteMultiOperationRequest>("ExecuteMultiOperation");
  REQUIRE(tries.size() == 2);
  CHECK(json_of(tries[1]) == json_of(tries[0]));
}

TEST_CASE("of a start with an update, the operation that failed by itself is told",
          "[temporal][client][with_start]") {
  scripted_client c;
  auto const send = [&] { (void)c.clients.update_with_start_workflow(start_with_update()); };
  c.script("ExecuteMultiOperation",
           {one_failed(grpc::StatusCode::INVALID_ARGUMENT, "no such attribute"),
            one_failed(grpc::StatusCode::NOT_FOUND, "workflow execution already completed")});
  CHECK_THROWS_WITH(send(), contains("no such attribute"));
  CHECK(refusal(send) == errc::already_closed);
}

TEST_CASE("a start with an update that is refused names the run that is there",
          "[temporal][client][with_start]") {
  scripted_client c;
  details::WorkflowExecutionAlreadyStartedFailure other;
  other.set_run_id("other-run");
  c.script("ExecuteMultiOperation",
           {one_failed(grpc::StatusCode::ALREADY_EXISTS, "running", &other)});
  c.script("PollWorkflowExecutionUpdate", {not_found("update \"u\" not found")});
  try {
    (void)c.clients.update_with_start_workflow(start_with_update());
    FAIL("it was started");
  } catch (perdure::error const& why) {
    CHECK(why.code() == errc::already_started);
    CHECK_THAT(why.what(), contains("other-run"));
  }
}

TEST_CASE("an update that the run which is there knows is that update",
          "[temporal][client][with_start]") {
  scripted_client c;
  details::WorkflowExecutionAlreadyStartedFailure other;
  other.set_run_id("other-run");
  c.script("ExecuteMultiOperation",
           {one_failed(grpc::StatusCode::ALREADY_EXISTS, "running", &other)});
  c.script("PollWorkflowExecutionUpdate", {polled(stage::completed, "other-run")});
  c.script("DescribeWorkflowExecution", {open_run()});
  auto const made = c.clients.update_with_start_workflow(start_with_update());
  CHECK_FALSE(made.start.started);
  CHECK(made.start.execution.run_id == "other-run");
  CHECK(made.update.outcome.success[0].data == "8");
}

TEST_CASE("a start whose answer was lost is found again, open or closed",
          "[temporal][client][with_start]") {
  scripted_client c;
  c.script("ExecuteMultiOperation", {away(), one_failed(grpc::StatusCode::UNAVAILABLE,
                                                        "Workflow was not started: StartDeduped")});
  c.script("PollWorkflowExecutionUpdate", {polled(stage::completed)});
  service::DescribeWorkflowExecutionResponse told;
  (*told.mutable_workflow_extended_info()->mutable_request_id_infos())["r"].set_event_type(
      enums::EVENT_TYPE_WORKFLOW_EXECUTION_STARTED);
  c.script("DescribeWorkflowExecution", {giving(told)});
  auto const made = c.clients.update_with_start_workflow(start_with_update());
  CHECK(made.start.started);
  CHECK(made.update.stage == stage::completed);
}

} // namespace
