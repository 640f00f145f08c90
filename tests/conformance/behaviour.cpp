#include "conformance/behaviour.hpp"

namespace perdure_test::conformance {

auto world::start_on(std::string id, std::string queue) -> perdure::workflow_execution {
  perdure::start_workflow_request request{};
  request.workflow_id = id;
  request.task_queue = queue;
  return start(std::move(request)).execution;
}
void world::signal(std::string name, perdure::payloads input, std::string id) {
  backend.signal_workflow({id, {}}, name, std::move(input), "tester");
}
void world::cancel(std::string reason, std::string id) {
  backend.cancel_workflow({id, {}}, reason, "tester");
}
void world::terminate(std::string reason, std::string id) {
  backend.terminate_workflow({id, {}}, reason, "tester");
}
auto world::update(perdure::update_workflow_request request) -> perdure::update_status {
  if (request.execution.workflow_id.empty()) request.execution = {"w", {}};
  if (request.update.input.name.empty()) request.update.input.name = "set";
  request.update.meta.identity = "tester";
  return backend.update_workflow(request);
}
auto world::update(std::string update_id, perdure::payloads input, std::string id)
    -> perdure::update_status {
  perdure::update_workflow_request request{};
  request.execution = {id, {}};
  request.update.meta.update_id = update_id;
  request.update.input.args = std::move(input);
  request.wait_for = perdure::update_stage::admitted;
  return update(std::move(request));
}
auto world::poll_update(std::string update_id, perdure::workflow_execution const& run)
    -> perdure::update_status {
  perdure::poll_update_request request{};
  request.execution = run;
  request.update_id = update_id;
  return backend.poll_update(request);
}
auto world::poll_update(std::string update_id) -> perdure::update_status {
  return poll_update(std::move(update_id), {"w", {}});
}
auto world::query(std::string type, perdure::payloads arguments,
                  perdure::workflow_execution const& run) -> perdure::query_result {
  perdure::query_workflow_request request{};
  request.execution = run;
  request.type = std::move(type);
  request.arguments = std::move(arguments);
  return backend.query_workflow(request);
}
auto world::describe(std::string id) -> perdure::workflow_description {
  return backend.describe_workflow({id, {}});
}
auto world::describe(perdure::workflow_execution const& run) -> perdure::workflow_description {
  return backend.describe_workflow(run);
}
auto world::ids(perdure::list_filter const& filter) -> std::string {
  std::string all;
  for (auto const& each : client.list(filter))
    (all += all.empty() ? "" : " ") += each.execution.workflow_id.view();
  return all;
}
auto world::runs(std::string id) -> std::vector<perdure::workflow_execution> {
  perdure::list_filter filter{};
  filter.workflow_id = std::move(id);
  std::vector<perdure::workflow_execution> all;
  for (auto const& each : client.list(filter)) all.push_back(each.execution);
  return all;
}

void world::begin(std::vector<perdure::command> decided, perdure::start_workflow_request request) {
  start(std::move(request));
  hand.decide(std::move(decided));
}
void world::wake_and_decide(std::vector<perdure::command> decided) {
  signal();
  hand.decide(std::move(decided));
}
void world::begin_activity(perdure::activity_options const& options) {
  begin({commands::activity("1", options)});
}
void world::begin_child(perdure::command asked) {
  begin({std::move(asked)});
  settle_children();
}

auto world::events_of(perdure::workflow_execution const& run) -> std::vector<perdure::event> {
  return backend.read_history(run).events;
}
auto world::tail(std::size_t count, std::string const& id) -> event_types {
  event_types all = types_of(history(id));
  REQUIRE(all.size() >= count);
  return {all.end() - static_cast<std::ptrdiff_t>(count), all.end()};
}
auto world::count(event_type type, std::string const& id) -> std::size_t {
  std::size_t found = 0;
  for (auto const& each : history(id)) found += each.type == type ? 1 : 0;
  return found;
}
auto world::when(event_type type, std::string const& id) -> perdure::duration {
  return since_start(last(type, id).time);
}
auto world::signals(std::string const& id) -> std::string {
  std::string all;
  for (auto const& each : history(id))
    if (each.type == event_type::workflow_execution_signaled)
      all += each.as<e::workflow_execution_signaled>().signal_name.view();
  return all;
}
auto world::fired(std::string const& id) -> std::string {
  std::string all;
  for (auto const& each : history(id))
    if (each.type == event_type::timer_fired) all += each.as<e::timer_fired>().timer_id;
  return all;
}

auto types_of(std::span<perdure::event const> events) -> event_types {
  event_types all;
  for (auto const& each : events) all.push_back(each.type);
  return all;
}
auto quick() -> perdure::activity_options {
  perdure::activity_options options{};
  options.start_to_close_timeout = 1h;
  return options;
}
auto failure_of(std::string message) -> perdure::failure {
  perdure::failure why = application_failure("Odd");
  why.message = std::move(message);
  return why;
}
auto id_of(perdure::activity_task const& task) -> std::string {
  return task.scheduled.get<e::activity_task_scheduled>().activity_id;
}

auto naughty_strings() -> std::vector<std::string> const& {
  using namespace std::string_literals;
  static std::vector<std::string> const all{
      "'; DROP TABLE runs; --",
      "\"quoted\" and 'quoted'",
      "100%s %n %d %%",
      "a\0b"s,
      "\0"s,
      "line\nbreak\r\n\ttab",
      " leading and trailing ",
      "*",
      "_%",
      "../../etc/passwd",
      "C:\\temp\\",
      "{\"json\":[1,null]}",
      "\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x92\xBB", // a woman at her computer, joined
      "\xE2\x80\xAE"
      "desrever",                                 // right-to-left override
      "\xC3\xA9",                                 // e acute in one
      "e\xCC\x81",                                // and in two characters
      "\xEF\xBB\xBF",                             // byte order mark
      "\xED\x9F\xBF\xEE\x80\x80\xF4\x8F\xBF\xBF", // around the surrogates, and the last one
      "NULL",
      "0",
      "-1",
      "1e1000",
      std::string(1'000, 'x'),
      std::string(500, '\0'),
      [] {
        std::string long_and_wide;
        for (int i = 0; i < 250; ++i) long_and_wide += "\xF0\x9F\x98\x80";
        return long_and_wide;
      }()};
  return all;
}

void check_order(std::span<perdure::event const> events) {
  for (std::size_t i = 0; i < events.size(); ++i) {
    CHECK(events[i].id == static_cast<perdure::event_id>(i + 1));
    if (i > 0) CHECK(events[i].time >= events[i - 1].time);
  }
}

void check_same_after_reopening(world& w) {
  auto const before = w.backend.read_history({"w", {}});
  auto const described = w.describe();
  w.reopen();
  auto const after = w.backend.read_history({"w", {}});
  REQUIRE(after.events.size() == before.events.size());
  for (std::size_t i = 0; i < before.events.size(); ++i) CHECK(after.events[i] == before.events[i]);
  auto const again = w.describe();
  CHECK(again.execution == described.execution);
  CHECK(again.status == described.status);
  CHECK(again.start_time == described.start_time);
  CHECK(again.close_time == described.close_time);
  CHECK(again.history_size_bytes == described.history_size_bytes);
  CHECK(again.pending_activities.size() == described.pending_activities.size());
  CHECK(again.pending_timers_count == described.pending_timers_count);
  CHECK(again.pending_children_count == described.pending_children_count);
  CHECK(again.pending_updates_count == described.pending_updates_count);
}

auto in_virtual_time() -> world_options { return {}; }
auto in_real_time() -> world_options { return {perdure::clock_mode::real, {}}; }

void run(behaviour which, std::unique_ptr<any_backend> fresh) {
  world w{std::move(fresh)};
  which(w);
}

} // namespace perdure_test::conformance
