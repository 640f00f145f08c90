// Goal: lists are in the order that was asked for, whatever the server's is; changes are not lost
// silently; what a server cannot do is said. Method: a server in the process with a script.
#include "temporal/scripted_client.hpp"

#include <chrono>
#include <string>

#include "perdure/history/search_attribute.hpp"
#include "temporal/held_by.hpp"

namespace {

using namespace perdure_test;
using namespace std::chrono_literals;
using perdure::errc;
using perdure::list_filter;
using perdure::list_order;
using perdure::time_point;
namespace enums = ::temporal::api::enums::v1;

// ------------------------------------------------------------------------------------------ lists
/// A page with the runs whose numbers are given; run n started at second n.
auto page_of(std::string const& numbers, std::string const& token = {}) -> scripted_answer {
  service::ListWorkflowExecutionsResponse told;
  for (char const n : numbers) {
    auto& run = *told.add_executions();
    run.mutable_execution()->set_workflow_id(std::string{n});
    run.mutable_execution()->set_run_id("run-" + std::string{n});
    run.mutable_start_time()->set_seconds(n - '0');
  }
  told.set_next_page_token(token);
  return giving(told);
}
auto order_refused() -> scripted_answer {
  return failing(grpc::StatusCode::INVALID_ARGUMENT,
                 "invalid query: operation is not supported: 'ORDER BY' clause");
}
/// The numbers of all pages, with a bar between pages.
auto numbers(scripted_client& c, list_filter filter) -> std::string {
  std::string all;
  do {
    auto const page = c.operators.list_workflows(filter);
    for (auto const& each : page.workflows) all += each.execution.workflow_id.view();
    filter.next_page_token = page.next_page_token;
    if (!filter.next_page_token.empty()) all += '|';
  } while (!filter.next_page_token.empty());
  return all;
}
auto queries(scripted_client const& c) -> std::vector<service::ListWorkflowExecutionsRequest> {
  return c.requests<service::ListWorkflowExecutionsRequest>("ListWorkflowExecutions");
}

TEST_CASE("a server that can order is asked to", "[temporal][operator][list]") {
  scripted_client c;
  c.script("ListWorkflowExecutions", {page_of("12", "\x01\xff"), page_of("3")});
  CHECK(numbers(c, {.workflow_type = "order", .page_size = 2}) == "12|3");
  auto const asked = queries(c);
  REQUIRE(asked.size() == 2);
  CHECK(asked[0].query() == "WorkflowType = 'order' ORDER BY StartTime ASC");
  CHECK(asked[0].page_size() == 2);
  CHECK(asked[1].next_page_token() == "\x01\xff");
}

TEST_CASE("of a server that cannot, all that matches is read and ordered here",
          "[temporal][operator][list]") {
  scripted_client c;
  c.script("ListWorkflowExecutions",
           {order_refused(), page_of("531", "more"), page_of("42"), page_of("5342")});
  CHECK(numbers(c, {.page_size = 3}) == "123|45");
  auto const asked = queries(c);
  REQUIRE(asked.size() == 4);
  CHECK(asked[1].query().empty());
  CHECK(asked[1].page_size() == 1'000);
  CHECK(asked[2].next_page_token() == "more");
  CHECK(asked[3].query() == "StartTime >= '1970-01-01T00:00:02.999Z'");
  (void)c.operators.list_workflows({});
  CHECK(queries(c).back().query().empty()); // it is not asked for its order again
}

TEST_CASE("the newest first is the server's own order", "[temporal][operator][list]") {
  scripted_client c;
  c.script("ListWorkflowExecutions", {page_of("54", "x"), page_of("1")});
  CHECK(numbers(c, {.order = list_order::newest_first, .page_size = 2}) == "54|1");
  CHECK(queries(c)[0].query().empty());
}

TEST_CASE("runs that are too many to be ordered here are refused", "[temporal][operator][list]") {
  scripted_client c;
  std::vector<scripted_answer> pages{order_refused()};
  for (int i = 0; i < 11; ++i) pages.push_back(page_of(std::string(1'000, '1'), "more"));
  c.script("ListWorkflowExecutions", std::move(pages));
  CHECK_THROWS_WITH(c.operators.list_workflows({}), contains("newest_first"));
}

TEST_CASE("tokens that no page gave, and pages of nothing, are refused",
          "[temporal][operator][list]") {
  scripted_client c;
  auto const refused = [&](list_filter const& filter) {
    CHECK(refusal([&] { (void)c.operators.list_workflows(filter); }) == errc::invalid_argument);
  };
  refused({.page_size = 0});
  refused({.next_page_token = "no such token"});
  refused({.next_page_token = "p.!"});
  refused({.next_page_token = "s.1"});
  refused({.next_page_token = "s.x.run"});
  refused({.order = list_order::newest_first, .next_page_token = "s.1.run"});
  CHECK(c.server.calls().empty());
}

TEST_CASE("a server is not asked for what no run can match", "[temporal][operator][list]") {
  scripted_client c;
  constexpr perdure::search_attribute<int> total{"Total"};
  list_filter none{};
  none.where = total.in({});
  CHECK(c.operators.list_workflows(none).workflows.empty());
  CHECK(c.operators.count_workflows(none) == 0);
  CHECK(c.server.calls().empty());
}

TEST_CASE("runs are counted with the query of a list", "[temporal][operator][list]") {
  scripted_client c;
  service::CountWorkflowExecutionsResponse told;
  told.set_count(7);
  c.script("CountWorkflowExecutions", {giving(told)});
  CHECK(c.operators.count_workflows({.workflow_type = "order"}) == 7);
  CHECK(c.requests<service::CountWorkflowExecutionsRequest>("CountWorkflowExecutions")
            .at(0)
            .query() == "WorkflowType = 'order'");
}

// ------------------------------------------------------------------------------------ single runs
TEST_CASE("a reset says what comes again", "[temporal][operator]") {
  scripted_client c;
  service::ResetWorkflowExecutionResponse told;
  told.set_run_id("new");
  c.script("ResetWorkflowExecution",
           {giving(told), failing(grpc::StatusCode::INVALID_ARGUMENT, "no boundary")});
  perdure::reset_request asked{};
  asked.execution = {"w", "run"};
  asked.event = 4;
  asked.reason = "mended";
  asked.reapply_signals = false;
  asked.reapply_updates = false;
  asked.reapply_cancel_requests = false;
  CHECK(c.operators.reset_workflow(asked) == perdure::workflow_execution{"w", "new"});
  auto made = c.requests<service::ResetWorkflowExecutionRequest>("ResetWorkflowExecution").at(0);
  CHECK(made.request_id().size() == 36);
  made.clear_request_id();
  CHECK(json_of(made) == json::parse(R"({
    "namespace": "shop", "workflowExecution": {"workflowId": "w", "runId": "run"},
    "reason": "mended", "workflowTaskFinishEventId": "4", "identity": "1@here",
    "resetReapplyExcludeTypes": ["RESET_REAPPLY_EXCLUDE_TYPE_SIGNAL",
      "RESET_REAPPLY_EXCLUDE_TYPE_UPDATE", "RESET_REAPPLY_EXCLUDE_TYPE_CANCEL_REQUEST"]})"));
  CHECK(refusal([&] { (void)c.operators.reset_workflow({}); }) == errc::invalid_argument);
}

TEST_CASE("only an activity that waits for its next attempt is hurried", "[temporal][operator]") {
  scripted_client c;
  auto const pending = [](enums::PendingActivityState state, bool has_next) {
    service::DescribeWorkflowExecutionResponse told;
    auto& activity = *told.add_pending_activities();
    activity.set_activity_id("7");
    activity.set_state(state);
    if (has_next) activity.mutable_next_attempt_schedule_time()->set_seconds(1);
    return giving(told);
  };
  auto const hurry = [&](char const* id = "7") {
    c.operators.retry_activity_now({"w", {}}, id, "", "");
  };
  c.script("DescribeWorkflowExecution",
           {pending(enums::PENDING_ACTIVITY_STATE_STARTED, false),
            pending(enums::PENDING_ACTIVITY_STATE_SCHEDULED, false), closed_run(),
            pending(enums::PENDING_ACTIVITY_STATE_SCHEDULED, true),
            pending(enums::PENDING_ACTIVITY_STATE_SCHEDULED, true)});
  CHECK(refusal([&] { hurry(); }) == errc::invalid_argument);
  CHECK(refusal([&] { hurry(); }) == errc::invalid_argument);
  CHECK(refusal([&] { hurry(); }) == errc::already_closed);
  CHECK(refusal([&] { hurry("8"); }) == errc::not_found);
  CHECK(c.server.calls_of("ResetActivity") == 0);
  hurry();
  CHECK(c.requests<service::ResetActivityRequest>("ResetActivity").at(0).id() == "7");
}

TEST_CASE("what Temporal servers cannot is said, and that other backends can",
          "[temporal][operator]") {
  scripted_client c;
  auto& o = c.operators;
  CHECK(refusal([&] { (void)o.fork_workflow({}); }) == errc::not_supported);
  CHECK(refusal([&] { (void)o.override_activity_result({}); }) == errc::not_supported);
  CHECK(refusal([&] { o.pause_workflow({}, "", ""); }) == errc::not_supported);
  CHECK(refusal([&] { o.unpause_workflow({}, "", ""); }) == errc::not_supported);
  CHECK(refusal([&] { (void)o.read_audit({}); }) == errc::not_supported);
  CHECK_THROWS_WITH(o.fork_workflow({}), contains("fork_workflow") && contains("memory or SQLite"));
}

// ------------------------------------------------------------------------------------ deployments
TEST_CASE("a deployment is described by its builds, oldest first, and who is pinned to them",
          "[temporal][operator][deployment]") {
  scripted_client c;
  service::DescribeWorkerDeploymentResponse told;
  auto& info = *told.mutable_worker_deployment_info();
  info.mutable_routing_config()->mutable_current_deployment_version()->set_build_id("b2");
  for (int const n : {2, 1}) {
    auto& version = *info.add_version_summaries();
    version.mutable_deployment_version()->set_build_id("b" + std::to_string(n));
    version.mutable_create_time()->set_seconds(n);
  }
  c.script("DescribeWorkerDeployment", {giving(told), not_found("no such deployment")});
  service::CountWorkflowExecutionsResponse three;
  three.set_count(3);
  c.script("CountWorkflowExecutions", {giving(three)});
  auto const made = c.operators.describe_deployment("d");
  CHECK(made.name == "d");
  CHECK(made.current_build_id == "b2");
  REQUIRE(made.versions.size() == 2);
  CHECK(made.versions[0].build_id == "b1");
  CHECK(made.versions[0].open_pinned_runs == 3);
  CHECK(made.versions[1].open_pinned_runs == 0);
  CHECK(c.requests<service::CountWorkflowExecutionsRequest>("CountWorkflowExecutions")
            .at(0)
            .query() == "`TemporalWorkerDeploymentVersion` = 'd:b1' AND "
                        "`TemporalWorkflowVersioningBehavior` = 'Pinned' AND "
                        "(ExecutionStatus = 'Running' OR ExecutionStatus = 'Paused')");
  CHECK(refusal([&] { (void)c.operators.describe_deployment("d"); }) == errc::not_found);
}

TEST_CASE("the workers of a current build may come later", "[temporal][operator][deployment]") {
  scripted_client c;
  c.operators.set_current_version("d", "b");
  CHECK(json_of(c.requests<service::SetWorkerDeploymentCurrentVersionRequest>(
                     "SetWorkerDeploymentCurrentVersion")
                    .at(0)) ==
        json::parse(R"({"namespace": "shop", "deploymentName": "d", "buildId": "b",
          "identity": "1@here", "ignoreMissingTaskQueues": true, "allowNoPollers": true})"));
}

// ---------------------------------------------------------------------------------------- batches
TEST_CASE("a batch is of some runs, for a reason", "[temporal][operator][batch]") {
  scripted_client c;
  auto const refused = [&](auto change) {
    perdure::temporal_batch_request asked{};
    asked.which.workflow_type = "order";
    asked.reason = "because";
    change(asked);
    CHECK(refusal([&] { (void)c.operators.start_batch(asked); }) == errc::invalid_argument);
  };
  refused([](auto& r) { r.which = {}; });
  refused([](auto& r) { r.reason.clear(); });
  refused([](auto& r) { r.signal_name = "s"; });
  refused([](auto& r) { r.what = perdure::temporal_batch_request::operation::signal; });
  CHECK(c.server.calls().empty());
}

TEST_CASE("a batch is sent, described and stopped", "[temporal][operator][batch]") {
  scripted_client c;
  perdure::temporal_batch_request asked{};
  asked.what = perdure::temporal_batch_request::operation::signal;
  asked.which.workflow_type = "order";
  asked.reason = "because";
  asked.signal_name = "hello";
  asked.operations_per_second = 2;
  asked.job_id = "job";
  CHECK(c.operators.start_batch(asked) == "job");
  CHECK(json_of(c.requests<service::StartBatchOperationRequest>("StartBatchOperation").at(0)) ==
        json::parse(R"({"namespace": "shop", "visibilityQuery": "WorkflowType = 'order'",
          "jobId": "job", "reason": "because", "maxOperationsPerSecond": 2.0,
          "signalOperation": {"signal": "hello", "identity": "1@here"}})"));
  service::DescribeBatchOperationResponse told;
  told.set_job_id("job");
  told.set_state(enums::BATCH_OPERATION_STATE_RUNNING);
  told.set_total_operation_count(9);
  told.set_complete_operation_count(5);
  told.set_failure_operation_count(1);
  c.script("DescribeBatchOperation", {giving(told)});
  auto const now = c.operators.describe_batch("job");
  CHECK(now.status == perdure::temporal_batch_description::state::running);
  CHECK(now.total_count == 9);
  CHECK(now.completed_count == 5);
  CHECK(now.failed_count == 1);
  CHECK_FALSE(now.closed_at);
  c.operators.stop_batch("job", "enough");
  CHECK(c.requests<service::StopBatchOperationRequest>("StopBatchOperation").at(0).reason() ==
        "enough");
}

} // namespace
