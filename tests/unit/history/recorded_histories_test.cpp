#include "support/catch.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include "perdure/history/history.hpp"
#include "proto_json_equal.hpp"

using namespace perdure;
using perdure_test::json;

namespace {

auto recorded_files() -> std::vector<std::filesystem::path> {
  std::set<std::filesystem::path> sorted;
  for (auto const& entry : std::filesystem::recursive_directory_iterator{PERDURE_GOLDEN_DIR})
    if (entry.path().extension() == ".json") sorted.insert(entry.path());
  return {sorted.begin(), sorted.end()};
}

auto text_of(std::filesystem::path const& path) -> std::string {
  std::ifstream file{path, std::ios::binary};
  REQUIRE(file);
  return {std::istreambuf_iterator<char>{file}, {}};
}

auto recorded(std::string const& name) -> history {
  return history::from_json(text_of(std::filesystem::path{PERDURE_GOLDEN_DIR} / (name + ".json")));
}

} // namespace

// Goal: what the official SDKs and servers write is read whole. Method: read each recording, write
// it, and compare both documents by a third party's parser, after bringing both into one form.
TEST_CASE("every recorded history is read and written back without a loss", "[history][golden]") {
  auto const files = recorded_files();
  REQUIRE(files.size() >= 75);
  for (auto const& path : files) {
    CAPTURE(path.string());
    auto const text = text_of(path);
    auto original = json::parse(text);
    if (!original.is_array()) original = json::array({original});
    auto const histories = history::list_from_json(text);
    REQUIRE(histories.size() == original.size());
    for (std::size_t i = 0; i < histories.size(); ++i) {
      auto const written = histories[i].to_json();
      auto const expected = perdure_test::normal(original[i]);
      auto const found = perdure_test::normal(json::parse(written));
      if (expected != found) FAIL_CHECK(json::diff(expected, found).dump(1));
      REQUIRE(expected.at("events").size() == histories[i].events.size());
      CHECK(history::from_json(written) == histories[i]);
      CHECK(written.find('\n') == std::string::npos); // one line, whatever was kept as text
    }
  }
}

// What a field table forgot would be kept as an unknown field and still survive the round trip
// above.
TEST_CASE("recorded histories hold only fields that the tables know or leave out on purpose",
          "[history][golden]") {
  std::set<std::string> paths;
  for (auto const& path : recorded_files())
    for (auto const& each : history::list_from_json(text_of(path)))
      for (auto const& event : each.events) {
        if (auto const view = detail::view_of(event.attributes);
            view.schema != nullptr && view.schema->unknown != detail::object_schema::none)
          if (auto const& unknown =
                  detail::member_at<indirect<unknown_fields>>(view.object, view.schema->unknown))
            for (auto const& member : unknown->members)
              paths.insert(std::string{name_of(event.type)} + member.path);
        if (event.extras && event.extras->unknown)
          for (auto const& member : event.extras->unknown->members) paths.insert(member.path);
      }
  // Names that Temporal has dropped since, what an engine never looks at, a time in the year 1, and
  // an enumerator that was renamed.
  std::set<std::string> const on_purpose{
      "ActivityTaskScheduled/namespace",
      "ActivityTaskScheduled/useCompatibleVersion",
      "StartChildWorkflowExecutionInitiated/useCompatibleVersion",
      "WorkflowExecutionStarted/prevAutoResetPoints",
      "WorkflowExecutionStarted/sourceVersionStamp",
      "WorkflowExecutionStarted/workflowExecutionExpirationTime",
      "WorkflowExecutionUpdateAdmitted/origin",
      "WorkflowTaskCompleted/workerVersioningId",
  };
  for (auto const& path : paths) {
    CAPTURE(path);
    CHECK(on_purpose.count(path) == 1);
  }
}

TEST_CASE("a recorded history has the events that its document lists", "[history][golden]") {
  auto const run = recorded("generated-core-1.35/timer_activity");
  REQUIRE(run.events.size() > 8);
  CHECK(run.events[0].type == event_type::workflow_execution_started);
  auto const& started = run.events[0].as<events::workflow_execution_started>();
  CHECK(started.workflow_type == "GenTimerActivity");
  CHECK(started.attempt == 1);
  CHECK(started.original_execution_run_id.size() == 36);
  CHECK(run.workflow_id == started.workflow_id);
  bool timer = false;
  for (auto const& event : run.events)
    if (auto const* fired = event.attributes.get_if<events::timer_fired>()) {
      timer = true;
      auto const index = static_cast<std::size_t>(fired->started_event_id - 1);
      CHECK(run.events.at(index).as<events::timer_started>().timer_id == fired->timer_id);
    }
  CHECK(timer);
}

TEST_CASE("failure chains of a recorded history keep their causes", "[history][golden]") {
  auto const run = recorded("generated-core-1.35/failure_chain");
  auto const& last = run.events.back().as<events::workflow_execution_failed>();
  REQUIRE(last.failure);
  CHECK(std::holds_alternative<application_failure_info>(last.failure->info));
  REQUIRE(last.failure->cause);
  CHECK(std::holds_alternative<activity_failure_info>(last.failure->cause->info));
  REQUIRE(last.failure->cause->cause);
  CHECK(std::holds_alternative<application_failure_info>(last.failure->cause->cause->info));
}

TEST_CASE("an event of an unknown type is kept with all it holds", "[history][golden]") {
  for (auto const* name :
       {"go-lineage/workflow_with_unknown_event", "go-lineage/workflow_with_bad_unknown_event"}) {
    auto const run = recorded(name);
    event const* found = nullptr;
    for (auto const& each : run.events)
      if (each.attributes.get_if<events::unknown_event>() != nullptr) found = &each;
    CAPTURE(name);
    REQUIRE(found != nullptr);
    auto const& unknown = found->as<events::unknown_event>();
    CHECK(unknown.name == "UnknownEvent");
    CHECK(unknown.attributes_key == "workflowTaskScheduledEventAttributes");
    CHECK(json::parse(unknown.attributes).at("startToCloseTimeout") == "10s");
    CHECK(found->type == event_type::unspecified);
    CHECK(found->worker_may_ignore == (std::string{name}.find("bad") == std::string::npos));
  }
}

TEST_CASE("a document that lists several histories is read as a list", "[history][golden]") {
  auto const text = text_of(std::filesystem::path{PERDURE_GOLDEN_DIR} /
                            "generated-core-1.35/timer_activity.json");
  auto const two = history::list_from_json("[" + text + "," + text + "]");
  REQUIRE(two.size() == 2);
  CHECK(two[0] == two[1]);
  CHECK(history::from_json("[" + text + "]") == two[0]);
  CHECK_THROWS_WITH(history::from_json("[" + text + "," + text + "]"),
                    perdure_test::contains("list of 2 histories"));
  CHECK_THROWS_WITH(history::from_json("[]"), perdure_test::contains("list of 0 histories"));
}
