#include "support/hand_worker.hpp"

namespace {

using namespace std::chrono_literals;
using namespace perdure_test;
using perdure::errc;
using perdure::event_type;
using perdure::workflow_execution_status;
using reuse = perdure::workflow_id_reuse_policy;
using conflict = perdure::workflow_id_conflict_policy;

auto with(reuse policy, conflict open_policy = {}) -> perdure::start_workflow_request {
  perdure::start_workflow_request request{};
  request.id_reuse_policy = policy;
  request.id_conflict_policy = open_policy;
  return request;
}

TEST_CASE("while a run is open its id is refused, shared or taken over, by conflict policy",
          "[engine][start]") {
  server server;
  auto const first = server.start().execution;
  CHECK(error_of([&] { server.start(); }) == errc::already_started);
  CHECK(error_of([&] { server.start(with({}, conflict::fail)); }) == errc::already_started);
  auto const shared = server.start(with({}, conflict::use_existing));
  CHECK_FALSE(shared.started);
  CHECK(shared.execution.run_id == first.run_id);
  auto const taken = server.start(with({}, conflict::terminate_existing));
  CHECK(taken.started);
  CHECK_FALSE(taken.execution.run_id == first.run_id);
  CHECK(server.backend.describe_workflow(first).status == workflow_execution_status::terminated);
  CHECK(server.status() == workflow_execution_status::running);
}

TEST_CASE("the reuse policy terminate_if_running replaces an open run", "[engine][start]") {
  server server;
  auto const first = server.start().execution;
  server.start(with(reuse::terminate_if_running));
  CHECK(server.backend.describe_workflow(first).status == workflow_execution_status::terminated);
}

TEST_CASE("after a run has completed its id is free, unless the reuse policy says otherwise",
          "[engine][start]") {
  server server;
  server.start();
  server.hand.decide({commands::complete()});
  CHECK(error_of([&] { server.start(with(reuse::reject_duplicate)); }) == errc::already_started);
  CHECK(error_of([&] { server.start(with(reuse::allow_duplicate_failed_only)); }) ==
        errc::already_started);
  CHECK(server.start(with(reuse::allow_duplicate)).started);
  server.hand.decide({commands::complete()});
  CHECK(server.start().started);
}

TEST_CASE("allow_duplicate_failed_only lets the id of a failed or terminated run be used again",
          "[engine][start]") {
  server server;
  server.start();
  server.hand.decide({commands::fail(application_failure("Odd"))});
  CHECK(server.start(with(reuse::allow_duplicate_failed_only)).started);
  server.client.get_handle("w").terminate();
  CHECK(server.start(with(reuse::allow_duplicate_failed_only)).started);
  CHECK(server.client.list({.workflow_id = "w"}).size() == 3);
}

TEST_CASE("a refused start names the id and its run and says what to do", "[engine][start]") {
  server server;
  auto const first = server.start().execution;
  CHECK_THROWS_WITH(server.start(), contains("'w'") && contains(first.run_id.str()) &&
                                        contains(".id_conflict_policy"));
}

TEST_CASE("the same request id finds the run that it started", "[engine][start]") {
  server server;
  perdure::start_workflow_request request{};
  request.request_id = "once";
  auto const first = server.start(request);
  auto const second = server.start(request);
  CHECK(second.execution.run_id == first.execution.run_id);
  CHECK(server.client.list().size() == 1);
  server.hand.decide({commands::complete()});
  CHECK(server.start(request).execution.run_id == first.execution.run_id);
  request.request_id = "twice";
  CHECK_FALSE(server.start(request).execution.run_id == first.execution.run_id);
}

TEST_CASE("starts with missing or impossible values are refused and change nothing",
          "[engine][start]") {
  server server;
  auto const refused = [&](auto change) {
    perdure::start_workflow_request request{};
    request.workflow_id = "w";
    request.workflow_type = "workflow";
    request.task_queue = "tests";
    change(request);
    return error_of([&] { server.backend.start_workflow(request); }) == errc::invalid_argument;
  };
  CHECK(refused([](auto& r) { r.workflow_id = ""; }));
  CHECK(refused([](auto& r) { r.workflow_id = std::string(1'001, 'x'); }));
  CHECK(refused([](auto& r) { r.workflow_type = ""; }));
  CHECK(refused([](auto& r) { r.task_queue = ""; }));
  CHECK(refused([](auto& r) { r.workflow_run_timeout = -1s; }));
  CHECK(refused([](auto& r) { r.workflow_execution_timeout = -1s; }));
  CHECK(refused([](auto& r) { r.workflow_task_timeout = -1s; }));
  CHECK(refused([](auto& r) { r.start_delay = -1s; }));
  CHECK(refused([](auto& r) { r.retry_policy.backoff_coefficient = 0.5; }));
  CHECK(server.client.list().empty());
  perdure::start_workflow_request longest{};
  longest.workflow_id = std::string(1'000, 'x');
  CHECK(server.start(longest).started);
}

TEST_CASE("start_delay holds back the first workflow task, and a signal does not hasten it",
          "[engine][start]") {
  server server;
  perdure::start_workflow_request request{};
  request.start_delay = 10s;
  server.start(request);
  server.backend.signal_workflow({"w", {}}, "wake", {}, "");
  server.pass(10s - 1ns);
  CHECK_FALSE(server.hand.poll_workflow());
  server.pass(1ns);
  auto const task = server.hand.workflow();
  CHECK(task.events.back().type == event_type::workflow_task_started);
  CHECK(since_start(task.events.back().time) == 10s);
}

TEST_CASE("an unknown id or run is not_found, a run that is over takes no more",
          "[engine][start]") {
  server server;
  auto const first = server.start().execution;
  for (perdure::workflow_execution const& target :
       {perdure::workflow_execution{"x", {}}, perdure::workflow_execution{"w", "no-such-run"}}) {
    CHECK(error_of([&] { server.backend.signal_workflow(target, "s", {}, ""); }) ==
          errc::not_found);
    CHECK(error_of([&] { server.backend.cancel_workflow(target, "", ""); }) == errc::not_found);
    CHECK(error_of([&] { server.backend.terminate_workflow(target, "", ""); }) == errc::not_found);
    CHECK(error_of([&] { (void)server.backend.describe_workflow(target); }) == errc::not_found);
    CHECK(error_of([&] { (void)server.backend.read_history(target); }) == errc::not_found);
    CHECK(error_of([&] { (void)server.backend.wait_for_close(target); }) == errc::not_found);
  }
  server.hand.decide({commands::complete()});
  CHECK(error_of([&] { server.backend.signal_workflow(first, "s", {}, ""); }) ==
        errc::already_closed);
  CHECK(error_of([&] { server.backend.cancel_workflow(first, "", ""); }) == errc::already_closed);
  CHECK(error_of([&] { server.backend.terminate_workflow(first, "", ""); }) ==
        errc::already_closed);
}

TEST_CASE("terminate ends a run at once and says why", "[engine][close]") {
  server server;
  server.start();
  auto const task = server.hand.workflow();
  server.client.get_handle("w").terminate("too slow");
  CHECK(server.last().as<perdure::events::workflow_execution_terminated>().reason == "too slow");
  CHECK(error_of([&] { server.hand.answer(task); }) == errc::task_lost);
  CHECK_THROWS_WITH(server.client.get_handle("w").result(), contains("too slow"));
  CHECK_THROWS_AS(server.client.get_handle("w").result(), perdure::terminated_error);
}

// ----------------------------------------------------------------------------------- describe,
// list

TEST_CASE("list gives runs oldest first, by id, type, queue and status, up to a limit",
          "[engine][list]") {
  server server;
  for (char const* const id : {"a", "b", "c"}) {
    perdure::start_workflow_request request{};
    request.workflow_id = id;
    request.workflow_type = std::string{id} == "b" ? "other" : "workflow";
    request.task_queue = std::string{id} == "c" ? "elsewhere" : "tests";
    server.start(request);
  }
  server.hand.decide({commands::complete()});
  auto const ids = [&](perdure::list_filter const& filter) {
    std::string all;
    for (auto const& each : server.client.list(filter)) all += each.execution.workflow_id.str();
    return all;
  };
  CHECK(ids({}) == "abc");
  CHECK(ids({.workflow_id = "b"}) == "b");
  CHECK(ids({.workflow_type = "workflow"}) == "ac");
  CHECK(ids({.task_queue = "tests"}) == "ab");
  CHECK(ids({.status = workflow_execution_status::completed}) == "a");
  CHECK(ids({.task_queue = "tests", .status = workflow_execution_status::running}) == "b");
  CHECK(ids({.limit = 2}) == "ab");
}

TEST_CASE("describe counts what is pending", "[engine][list]") {
  server server;
  server.start();
  perdure::activity_options options{};
  options.start_to_close_timeout = 1s;
  server.hand.decide({commands::activity("1", options), commands::timer("1", 1h),
                      commands::timer("2", 2h), commands::child("kid", "elsewhere")});
  auto const seen = server.client.get_handle("w").describe();
  CHECK(seen.pending_activities.size() == 1);
  CHECK(seen.pending_timers_count == 2);
  CHECK(seen.pending_children_count == 1);
  CHECK(seen.workflow_type == "workflow");
  CHECK(seen.task_queue == "tests");
  CHECK(seen.history_length == static_cast<perdure::event_id>(server.history().size()));
  CHECK(seen.history_size_bytes > 0);
  CHECK(seen.close_time == perdure::time_point{});
  server.pass(5s);
  server.client.get_handle("w").terminate();
  CHECK(since_start(server.client.get_handle("w").describe().close_time) == 5s);
}

TEST_CASE("tasks go to the queue that they were asked for, and to its workers alone",
          "[engine][queue]") {
  server server;
  hand_worker elsewhere{server.backend, "elsewhere"};
  server.start();
  perdure::activity_options options{};
  options.start_to_close_timeout = 1s;
  CHECK_FALSE(elsewhere.poll_workflow());
  server.hand.decide({commands::activity("1", options, "elsewhere"),
                      commands::activity("2", options), commands::child("kid", "elsewhere")});
  auto const here = server.hand.activity();
  CHECK(here.scheduled.get<perdure::events::activity_task_scheduled>().activity_id == "2");
  CHECK_FALSE(server.hand.poll_activity());
  auto const there = elsewhere.activity();
  CHECK(there.scheduled.get<perdure::events::activity_task_scheduled>().activity_id == "1");
  CHECK(elsewhere.workflow().execution.workflow_id == "kid");
}

TEST_CASE("activities of one task are handed out in the order in which they were asked for",
          "[engine][queue]") {
  server server;
  server.start();
  perdure::activity_options options{};
  options.start_to_close_timeout = 1s;
  std::vector<perdure::command> decided;
  for (char const* const id : {"1", "2", "3", "4", "5"})
    decided.push_back(commands::activity(id, options));
  server.hand.decide(std::move(decided));
  std::string order;
  while (auto const task = server.hand.poll_activity())
    order += task->scheduled.get<perdure::events::activity_task_scheduled>().activity_id;
  CHECK(order == "12345");
}

} // namespace
