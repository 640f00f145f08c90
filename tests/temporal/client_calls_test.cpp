// Goal: a call does its work once, however often it is tried, and mistakes are told as embedded
// backends tell them. Method: a server in the process with a script.
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
using perdure::event_type;
namespace details = ::temporal::api::errordetails::v1;
namespace enums = ::temporal::api::enums::v1;

auto start_of(std::string const& request_id = "r") -> perdure::start_workflow_request {
  perdure::start_workflow_request made{};
  made.workflow_id = "w";
  made.workflow_type = "order";
  made.task_queue = "q";
  made.request_id = request_id;
  return made;
}
auto taken(std::string const& by_request) -> scripted_answer {
  details::WorkflowExecutionAlreadyStartedFailure other;
  other.set_run_id("other-run");
  other.set_start_request_id(by_request);
  return failing_with(grpc::StatusCode::ALREADY_EXISTS, "running", other);
}
auto started(std::string const& run_id) -> scripted_answer {
  service::StartWorkflowExecutionResponse told;
  told.set_run_id(run_id);
  told.set_started(true);
  return giving(told);
}

TEST_CASE("a start that is tried again is the same request", "[temporal][client]") {
  scripted_client c;
  c.script("StartWorkflowExecution", {away(), away(), started("run")});
  auto const made = c.clients.start_workflow(start_of(""));
  CHECK(made.started);
  CHECK(made.execution == perdure::workflow_execution{"w", "run"});
  auto const tries = c.requests<service::StartWorkflowExecutionRequest>("StartWorkflowExecution");
  REQUIRE(tries.size() == 3);
  CHECK(tries[0].request_id().size() == 36);
  CHECK(tries[2].request_id() == tries[0].request_id());
  CHECK(tries[0].identity() == "1@here");
  CHECK(tries[0].namespace_() == "shop");
}

TEST_CASE("a run that an earlier try of the start began is that run", "[temporal][client]") {
  scripted_client c;
  c.script("StartWorkflowExecution", {away(), taken("r")});
  auto const made = c.clients.start_workflow(start_of());
  CHECK(made.started);
  CHECK(made.execution.run_id == "other-run");
}

TEST_CASE("a refused start names the run that is in the way", "[temporal][client]") {
  scripted_client c;
  c.script("StartWorkflowExecution", {taken("another"), taken("another")});
  CHECK(refusal([&] { c.clients.start_workflow(start_of()); }) == errc::already_started);
  CHECK_THROWS_WITH(c.clients.start_workflow(start_of()),
                    contains("'w'") && contains("other-run") && contains("running"));
}

TEST_CASE("an existing run is used where the server says so", "[temporal][client]") {
  scripted_client c;
  service::StartWorkflowExecutionResponse told;
  told.set_run_id("there");
  told.set_status(enums::WORKFLOW_EXECUTION_STATUS_RUNNING);
  c.script("StartWorkflowExecution", {giving(told)});
  CHECK_FALSE(c.clients.start_workflow(start_of()).started);
  told.clear_status(); // an older server, which never says that it has started one
  c.script("StartWorkflowExecution", {giving(told), giving(told)});
  CHECK(c.clients.start_workflow(start_of()).started);
  auto existing = start_of();
  existing.id_conflict_policy = perdure::workflow_id_conflict_policy::use_existing;
  CHECK_FALSE(c.clients.start_workflow(existing).started);
}

TEST_CASE("what is too large is a limit that was passed", "[temporal][client]") {
  scripted_client c;
  c.script("StartWorkflowExecution",
           {failing(grpc::StatusCode::INVALID_ARGUMENT, "Blob data size exceeds limit."),
            failing(grpc::StatusCode::RESOURCE_EXHAUSTED, "received message larger than max"),
            failing(grpc::StatusCode::INVALID_ARGUMENT,
                    "WorkflowId exceeds maximum allowed length (1001/1000)")});
  CHECK(refusal([&] { c.clients.start_workflow(start_of()); }) == errc::limit_exceeded);
  CHECK(refusal([&] { c.clients.start_workflow(start_of()); }) == errc::limit_exceeded);
  CHECK(refusal([&] { c.clients.start_workflow(start_of()); }) == errc::invalid_argument);
}

TEST_CASE("a signal that is tried again is one signal", "[temporal][client]") {
  scripted_client c;
  c.script("SignalWorkflowExecution", {away()});
  c.clients.signal_workflow({"w", "run"}, "hello", perdure::to_payloads(7), "somebody",
                            perdure::payload_map{{"tenant", perdure::to_payload(1)}});
  auto const tries = c.requests<service::SignalWorkflowExecutionRequest>("SignalWorkflowExecution");
  REQUIRE(tries.size() == 2);
  CHECK_FALSE(tries[0].request_id().empty());
  CHECK(json_of(tries[1]) == json_of(tries[0]));
  CHECK(tries[0].workflow_execution().run_id() == "run");
  CHECK(tries[0].signal_name() == "hello");
  CHECK(tries[0].input().payloads_size() == 1);
  CHECK(tries[0].header().fields().at("tenant").data() == "1");
  CHECK(tries[0].identity() == "somebody");
}

TEST_CASE("a run that is over is told from one that is not there", "[temporal][client]") {
  scripted_client c;
  auto const signal = [&] { c.clients.signal_workflow({"w", {}}, "s", {}, ""); };
  c.script("SignalWorkflowExecution", {closed(), not_found("workflow not found for ID: w"),
                                       failing(grpc::StatusCode::PERMISSION_DENIED, "no")});
  CHECK(refusal(signal) == errc::already_closed);
  CHECK(refusal(signal) == errc::not_found);
  CHECK(refusal(signal) == errc::access_denied);
  c.script("TerminateWorkflowExecution", {closed()});
  CHECK(refusal([&] { c.clients.terminate_workflow({"w", {}}, "", ""); }) == errc::already_closed);
}

TEST_CASE("the cancellation of a run that is over is refused, which servers do not do",
          "[temporal][client]") {
  scripted_client c;
  c.script("DescribeWorkflowExecution", {closed_run(), open_run()});
  auto const cancel = [&] { c.clients.cancel_workflow({"w", {}}, "why", ""); };
  CHECK(refusal(cancel) == errc::already_closed);
  CHECK(c.server.calls_of("RequestCancelWorkflowExecution") == 0);
  cancel();
  auto const asked =
      c.requests<service::RequestCancelWorkflowExecutionRequest>("RequestCancelWorkflowExecution");
  REQUIRE(asked.size() == 1);
  CHECK(asked[0].reason() == "why");
  CHECK_FALSE(asked[0].request_id().empty());
}

// ------------------------------------------------------------------------------------------ ends
using history_response = service::GetWorkflowExecutionHistoryResponse;

auto ending(enums::EventType type, std::string const& next_run = {}) -> history_response {
  ::temporal::api::history::v1::History history;
  auto& end = *history.add_events();
  end.set_event_id(5);
  end.set_event_type(type);
  switch (type) {
  case enums::EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW:
    end.mutable_workflow_execution_continued_as_new_event_attributes()->set_new_execution_run_id(
        next_run);
    break;
  case enums::EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED:
    end.mutable_workflow_execution_completed_event_attributes()->set_new_execution_run_id(next_run);
    break;
  case enums::EVENT_TYPE_WORKFLOW_EXECUTION_FAILED:
    end.mutable_workflow_execution_failed_event_attributes()->set_new_execution_run_id(next_run);
    break;
  case enums::EVENT_TYPE_WORKFLOW_EXECUTION_TIMED_OUT:
    end.mutable_workflow_execution_timed_out_event_attributes()->set_new_execution_run_id(next_run);
    break;
  default: end.mutable_workflow_execution_terminated_event_attributes(); break;
  }
  history_response told;
  told.set_history(history.SerializeAsString());
  return told;
}

TEST_CASE("who waits for a run waits for those that follow it", "[temporal][client][wait]") {
  scripted_client c;
  c.script("GetWorkflowExecutionHistory",
           {giving(ending(enums::EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW, "2")),
            giving(ending(enums::EVENT_TYPE_WORKFLOW_EXECUTION_FAILED, "3")),
            giving(ending(enums::EVENT_TYPE_WORKFLOW_EXECUTION_TIMED_OUT, "4")),
            giving(ending(enums::EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED, "5")),
            giving(ending(enums::EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED)),
            giving(ending(enums::EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED))});
  c.script("DescribeWorkflowExecution",
           {described(enums::WORKFLOW_EXECUTION_STATUS_TERMINATED, "6")}); // it was reset
  CHECK(c.clients.wait_for_close({"w", "1"}).type == event_type::workflow_execution_completed);
  std::string runs;
  for (auto const& each :
       c.requests<service::GetWorkflowExecutionHistoryRequest>("GetWorkflowExecutionHistory")) {
    runs += each.execution().run_id() + " ";
    CHECK(each.wait_new_event());
    CHECK(each.history_event_filter_type() == enums::HISTORY_EVENT_FILTER_TYPE_CLOSE_EVENT);
  }
  CHECK(runs == "1 2 3 4 5 6 ");
}

TEST_CASE("a wait goes on after an empty answer and while the server is away",
          "[temporal][client][wait]") {
  scripted_client c;
  history_response empty;
  empty.set_next_page_token("token");
  c.script("GetWorkflowExecutionHistory",
           {giving(empty), away(), giving(empty),
            giving(ending(enums::EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED))});
  (void)c.clients.wait_for_close({"w", {}});
  auto const asked =
      c.requests<service::GetWorkflowExecutionHistoryRequest>("GetWorkflowExecutionHistory");
  REQUIRE(asked.size() == 4);
  CHECK(asked[0].next_page_token().empty());
  CHECK(asked[3].next_page_token() == "token");
}

TEST_CASE("a run that was terminated and not reset has ended", "[temporal][client][wait]") {
  scripted_client c;
  c.script("GetWorkflowExecutionHistory",
           {giving(ending(enums::EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED))});
  c.script("DescribeWorkflowExecution", {described(enums::WORKFLOW_EXECUTION_STATUS_TERMINATED)});
  CHECK(c.clients.wait_for_close({"w", {}}).type == event_type::workflow_execution_terminated);
}

TEST_CASE("a history is read page by page", "[temporal][client][history]") {
  scripted_client c;
  ::temporal::api::history::v1::History history;
  auto& begin = *history.add_events();
  begin.set_event_id(1);
  begin.set_event_type(enums::EVENT_TYPE_WORKFLOW_TASK_SCHEDULED);
  begin.mutable_workflow_task_scheduled_event_attributes();
  history_response first;
  first.set_history(history.SerializeAsString());
  first.set_next_page_token("more");
  begin.set_event_id(2);
  history_response second;
  second.set_history(history.SerializeAsString());
  c.script("GetWorkflowExecutionHistory", {giving(first), giving(second)});
  auto const read = c.clients.read_history({"w", {}});
  CHECK(read.workflow_id == "w");
  REQUIRE(read.events.size() == 2);
  CHECK(read.events[1].id == 2);
}

// ---------------------------------------------------------------- activities from somewhere else
using kind = perdure::async_activity_answer::kind;

auto answer_of(kind what, std::string const& token) -> perdure::async_activity_answer {
  perdure::async_activity_answer made{};
  made.what = what;
  made.opaque = token;
  made.execution = {"w", "run"};
  made.activity_id = "7";
  made.data = perdure::to_payloads(1);
  made.why.message = "odd";
  return made;
}

TEST_CASE("an attempt is answered by the server's token, or by ids", "[temporal][client][async]") {
  scripted_client c;
  for (char const* const token : {"token", ""})
    for (kind const what : {kind::heartbeat, kind::completed, kind::failed, kind::cancelled})
      CHECK_FALSE(c.clients.answer_async_activity(answer_of(what, token)));
  std::string methods;
  for (auto const& call : c.server.calls()) methods += call.method + " ";
  CHECK(methods == "RecordActivityTaskHeartbeat RespondActivityTaskCompleted "
                   "RespondActivityTaskFailed RespondActivityTaskCanceled "
                   "RecordActivityTaskHeartbeatById RespondActivityTaskCompletedById "
                   "RespondActivityTaskFailedById RespondActivityTaskCanceledById ");
  auto const by_token =
      c.requests<service::RespondActivityTaskFailedRequest>("RespondActivityTaskFailed").at(0);
  CHECK(by_token.task_token() == "token");
  CHECK(by_token.failure().message() == "odd");
  auto const by_id = c.requests<service::RespondActivityTaskCompletedByIdRequest>(
                          "RespondActivityTaskCompletedById")
                         .at(0);
  CHECK(by_id.workflow_id() == "w");
  CHECK(by_id.run_id() == "run");
  CHECK(by_id.activity_id() == "7");
  CHECK(by_id.result().payloads_size() == 1);
}

TEST_CASE("a heartbeat tells that the attempt should stop", "[temporal][client][async]") {
  scripted_client c;
  service::RecordActivityTaskHeartbeatResponse cancelled;
  cancelled.set_cancel_requested(true);
  service::RecordActivityTaskHeartbeatResponse paused;
  paused.set_activity_paused(true);
  c.script("RecordActivityTaskHeartbeat", {giving(cancelled), giving(paused)});
  CHECK(c.clients.answer_async_activity(answer_of(kind::heartbeat, "t")));
  CHECK(c.clients.answer_async_activity(answer_of(kind::heartbeat, "t")));
}

TEST_CASE("who reports a cancellation that nobody asked for has failed the attempt",
          "[temporal][client][async]") {
  scripted_client c;
  c.script("RespondActivityTaskCanceled",
           {failing(grpc::StatusCode::INVALID_ARGUMENT, "not requested")});
  (void)c.clients.answer_async_activity(answer_of(kind::cancelled, "t"));
  CHECK(c.server.calls_of("RespondActivityTaskFailed") == 1);
}

TEST_CASE("an attempt that counts no more is lost, and what is not there is not found",
          "[temporal][client][async]") {
  scripted_client c;
  auto const code = [&](std::string const& token) {
    return refusal([&] { (void)c.clients.answer_async_activity(answer_of(kind::failed, token)); });
  };
  c.script("RespondActivityTaskFailed", {not_found("workflow execution already completed")});
  CHECK(code("t") == errc::task_lost);
  c.script("RespondActivityTaskFailedById",
           {not_found("workflow not found for ID: w"), closed(),
            not_found("cannot find pending activity with ActivityID 7"),
            not_found("invalid activityID or activity already timed out")});
  CHECK(code("") == errc::not_found);
  CHECK(code("") == errc::already_closed);
  CHECK(code("") == errc::not_found);
  CHECK(code("") == errc::task_lost); // it is open, and no attempt of it runs
  auto of_another_backend = answer_of(kind::completed, "");
  of_another_backend.token.lease = 1;
  CHECK(refusal([&] { (void)c.clients.answer_async_activity(of_another_backend); }) ==
        errc::invalid_argument);
}

} // namespace
