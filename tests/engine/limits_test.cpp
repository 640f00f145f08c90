// Each limit just below it, at it, and just above it.
#include "support/hand_worker.hpp"
#include "support/log_collector.hpp"

namespace {

using namespace std::chrono_literals;
using namespace perdure_test;
using cause = perdure::workflow_task_failed_cause;
using perdure::engine_limits;
using perdure::errc;
using perdure::workflow_execution_status;
using enum perdure::event_type;

/// A server that keeps limits.
struct strict_server {
  explicit strict_server(engine_limits limits = engine_limits::temporal())
      : backend{{.clock = perdure::clock_mode::virtual_time, .limits = limits}} {}
  perdure::memory_backend backend;
  hand_worker hand{backend};
  perdure::client<perdure::memory_backend> client{backend};

  void start(std::size_t input_bytes = 0) {
    perdure::start_workflow_request request{};
    request.workflow_id = "w";
    request.workflow_type = "workflow";
    request.task_queue = "tests";
    request.input = blob(input_bytes);
    backend.start_workflow(request);
  }
  /// A payload of so many bytes in all; none for 0.
  static auto blob(std::size_t bytes) -> perdure::payloads {
    if (bytes == 0) return {};
    auto made = perdure::to_payloads(std::string{});
    std::size_t const own = perdure::byte_size(made);
    made = perdure::to_payloads(std::string(bytes - own, 'x'));
    REQUIRE(perdure::byte_size(made) == bytes);
    return made;
  }
  auto last() { return client.get_handle("w").fetch_history().events.back(); }
  auto status() { return client.get_handle("w").describe().status; }
  auto failed_task() -> cause {
    for (auto const& each : client.get_handle("w").fetch_history().events)
      if (each.type == workflow_task_failed)
        return each.as<perdure::events::workflow_task_failed>().cause;
    return cause::unspecified;
  }
};

auto quick() -> perdure::activity_options {
  perdure::activity_options options{};
  options.start_to_close_timeout = 1h;
  return options;
}
constexpr std::size_t bound = engine_limits{}.payload_bytes_max;

TEST_CASE("the standard limits are Temporal's, and warn", "[engine][limits]") {
  constexpr engine_limits standard{};
  STATIC_REQUIRE(standard.payload_bytes_max == 2u * 1024 * 1024);
  STATIC_REQUIRE(standard.history_events_max == 51'200);
  STATIC_REQUIRE(standard.history_bytes_max == 50u * 1024 * 1024);
  STATIC_REQUIRE(standard.pending_activities_max == 2'000);
  STATIC_REQUIRE_FALSE(standard.enforced);
  STATIC_REQUIRE(engine_limits::temporal().enforced);
}

TEST_CASE("an input of a client up to the limit is taken, a larger one refused",
          "[engine][limits]") {
  for (std::size_t const bytes : {bound - 1, bound}) {
    strict_server server;
    server.start(bytes);
    server.backend.signal_workflow({"w", {}}, "s", strict_server::blob(bytes), "");
    CHECK(server.last().type == workflow_execution_signaled);
  }
  strict_server server;
  CHECK(error_of([&] { server.start(bound + 1); }) == errc::limit_exceeded);
  CHECK(server.client.list().empty());
  server.start();
  CHECK(error_of([&] {
          server.backend.signal_workflow({"w", {}}, "s", strict_server::blob(bound + 1), "");
        }) == errc::limit_exceeded);
  CHECK(server.last().type == workflow_task_scheduled);
}

TEST_CASE("a command with a payload above the limit fails its task and ends the run",
          "[engine][limits]") {
  for (std::size_t const bytes : {bound - 1, bound, bound + 1}) {
    CAPTURE(bytes);
    strict_server server;
    server.start();
    auto asked = commands::activity("a", quick());
    asked.attributes.edit<perdure::events::activity_task_scheduled>().input =
        strict_server::blob(bytes);
    server.hand.decide({asked});
    if (bytes <= bound) {
      CHECK(server.last().type == activity_task_scheduled);
      continue;
    }
    CHECK(server.failed_task() == cause::bad_schedule_activity_attributes);
    CHECK(server.status() == workflow_execution_status::terminated);
    CHECK_THAT(server.last().as<perdure::events::workflow_execution_terminated>().reason.str(),
               contains("exceeds size limit"));
    CHECK_FALSE(server.hand.poll_workflow());
  }
}

TEST_CASE("an activity whose result is above the limit fails for good", "[engine][limits]") {
  for (std::size_t const bytes : {bound - 1, bound, bound + 1}) {
    CAPTURE(bytes);
    strict_server server;
    server.start();
    server.hand.decide({commands::activity("a", quick())});
    auto const task = server.hand.activity();
    server.backend.complete_activity({}, task.token, strict_server::blob(bytes));
    auto const events = server.client.get_handle("w").fetch_history().events;
    auto const& outcome = events[events.size() - 2];
    CHECK(outcome.type == (bytes <= bound ? activity_task_completed : activity_task_failed));
    if (bytes > bound)
      CHECK(outcome.as<perdure::events::activity_task_failed>().failure->message ==
            "Complete result exceeds size limit.");
  }
}

/// The cause with which a task fails that asks for `count` things of which `max` may be pending.
template <class Make>
auto asked_for(std::size_t count, engine_limits limits, Make make) -> cause {
  strict_server server{limits};
  server.start();
  std::vector<perdure::command> all;
  for (std::size_t i = 0; i < count; ++i) all.push_back(make(std::to_string(i + 1)));
  server.hand.decide(std::move(all));
  CHECK(server.status() == workflow_execution_status::running);
  return server.failed_task();
}
auto signal_command(std::string id) -> perdure::command {
  perdure::events::signal_external_workflow_execution_initiated asked{};
  asked.workflow_execution.workflow_id = id;
  asked.signal_name = "s";
  return commands::of(perdure::command_type::signal_external_workflow_execution,
                      perdure::event_attributes::make(std::move(asked)));
}
auto cancel_command(std::string id) -> perdure::command {
  perdure::events::request_cancel_external_workflow_execution_initiated asked{};
  asked.workflow_execution.workflow_id = id;
  return commands::of(perdure::command_type::request_cancel_external_workflow_execution,
                      perdure::event_attributes::make(std::move(asked)));
}

TEST_CASE("a task that would have more pending than allowed fails, and is tried again",
          "[engine][limits]") {
  auto const limits = engine_limits::temporal();
  for (std::size_t const count : {1'999u, 2'000u, 2'001u}) {
    CAPTURE(count);
    auto const expected = [&](cause above) { return count <= 2'000 ? cause::unspecified : above; };
    CHECK(asked_for(count, limits, [](auto id) { return commands::activity(id, quick()); }) ==
          expected(cause::pending_activities_limit_exceeded));
    CHECK(asked_for(count, limits, [](auto id) { return commands::child(id); }) ==
          expected(cause::pending_child_workflows_limit_exceeded));
    CHECK(asked_for(count, limits, signal_command) ==
          expected(cause::pending_signals_limit_exceeded));
    CHECK(asked_for(count, limits, cancel_command) ==
          expected(cause::pending_request_cancel_limit_exceeded));
  }
}

TEST_CASE("what earlier tasks have pending counts, what has ended does not", "[engine][limits]") {
  auto limits = engine_limits::temporal();
  limits.pending_activities_max = 2;
  strict_server server{limits};
  server.start();
  server.hand.decide({commands::activity("1", quick()), commands::activity("2", quick())});
  server.hand.complete(server.hand.activity());
  server.hand.decide({commands::activity("3", quick())});
  CHECK(server.failed_task() == cause::unspecified);
  server.backend.signal_workflow({"w", {}}, "s", {}, "");
  auto const full = server.hand.workflow();
  server.hand.answer(full, {commands::activity("4", quick())});
  CHECK(server.failed_task() == cause::pending_activities_limit_exceeded);
}

TEST_CASE("a run whose history passes its limit is terminated", "[engine][limits]") {
  auto limits = engine_limits::temporal();
  limits.history_events_max = 20;
  strict_server server{limits};
  server.start();
  auto const send = [&] { server.backend.signal_workflow({"w", {}}, "s", {}, ""); };
  while (server.client.get_handle("w").describe().history_length < 19) send();
  CHECK(server.status() == workflow_execution_status::running);
  send();
  CHECK(server.status() == workflow_execution_status::running);
  send();
  CHECK(server.status() == workflow_execution_status::terminated);
  CHECK(server.last().as<perdure::events::workflow_execution_terminated>().reason ==
        "Workflow history count exceeds limit.");
}

TEST_CASE("the standard limit of events holds exactly", "[engine][limits]") {
  strict_server server;
  server.start();
  for (int i = 2; i < 51'200; ++i) server.backend.signal_workflow({"w", {}}, "s", {}, "");
  CHECK(server.client.get_handle("w").describe().history_length == 51'200);
  CHECK(server.status() == workflow_execution_status::running);
  server.backend.signal_workflow({"w", {}}, "s", {}, "");
  CHECK(server.status() == workflow_execution_status::terminated);
}

TEST_CASE("a history of too many bytes ends its run", "[engine][limits]") {
  auto limits = engine_limits::temporal();
  for (int const spare : {1, 0, -1}) {
    CAPTURE(spare);
    limits.history_bytes_max = 10'000;
    strict_server server{limits};
    server.start();
    auto const used = server.client.get_handle("w").describe().history_size_bytes;
    auto const payload = 10'000 - used - 64 - spare;
    server.backend.signal_workflow({"w", {}}, "s",
                                   strict_server::blob(static_cast<std::size_t>(payload)), "");
    CHECK(server.status() == (spare >= 0 ? workflow_execution_status::running
                                         : workflow_execution_status::terminated));
  }
}

TEST_CASE("by default limits warn, once for each run, and suggest to continue as new",
          "[engine][limits]") {
  log_collector lines;
  engine_limits limits{};
  limits.pending_activities_max = 2;
  limits.payload_bytes_warn = 100;
  limits.history_events_warn = limits.history_events_max = 15;
  strict_server server{limits};
  server.start();
  auto const suggested = [&] {
    server.backend.signal_workflow({"w", {}}, "s", {}, "");
    auto const task = server.hand.workflow();
    server.hand.answer(task);
    return task.events.back().as<perdure::events::workflow_task_started>().suggest_continue_as_new;
  };
  CHECK_FALSE(suggested());
  server.backend.signal_workflow({"w", {}}, "s", strict_server::blob(100), "");
  CHECK(lines.with("passed a limit").size() == 0);
  server.backend.signal_workflow({"w", {}}, "s", strict_server::blob(101), "");
  CHECK(lines.with("passed a limit").size() == 1);
  CHECK(suggested());
  server.backend.signal_workflow({"w", {}}, "s", strict_server::blob(200), "");
  server.hand.decide({commands::activity("1", quick()), commands::activity("2", quick()),
                      commands::activity("3", quick())});
  CHECK(lines.with("passed a limit").size() == 3); // payload, pending activities, events
  CHECK(server.status() == workflow_execution_status::running);
}

} // namespace
