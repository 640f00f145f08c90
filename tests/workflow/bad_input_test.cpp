#include "support/hand_worker.hpp"
#include "support/log_collector.hpp"
#include "support/virtual_world.hpp"

namespace {

using namespace std::chrono_literals;
using namespace perdure_test;
using perdure::event_type;

struct item {
  std::string name{};
  int count{};
};
perdure::workflow<int> takes_an_item(item what, int times) { co_return what.count* times; }
perdure::workflow<std::string> gives_text(bool broken) {
  co_return broken ? std::string{"\xff\xfe"} : std::string{"fine"};
}
auto gives_bad_text() -> std::string { return "\xc3("; }
auto takes_text(std::string text) -> int { return static_cast<int>(text.size()); }

auto raw(std::string json) -> perdure::payload {
  perdure::payload made = perdure::to_payload(0);
  made.data = std::move(json);
  return made;
}

TEST_CASE(
    "a run whose input cannot be read stays open, says why, and goes on with a program that can",
    "[workflow][input]") {
  struct {
    std::vector<perdure::payload> input;
    char const* says;
  } const cases[] = {
      {{raw(R"({"name": "a", "count": "many"})"), raw("2")}, "count"},
      {{raw(R"({"name": "a", "cou)"), raw("2")}, "argument 1"},
      {{raw(R"({"name": "a", "count": 99999999999})"), raw("2")}, "count"},
      {{raw(R"({"name": "a", "count": 1})"), raw("\"two\"")}, "argument 2"},
      {{raw(R"({"name": "a", "count": 1})")}, "expected 2 arguments"},
      {{}, "expected 2 arguments"},
  };
  for (auto const& each : cases) {
    log_collector const log;
    virtual_world<takes_an_item> world;
    world.worker.start();
    perdure::start_workflow_request request{};
    request.workflow_id = "w";
    request.workflow_type = "takes_an_item";
    request.task_queue = "tests";
    request.input = each.input;
    world.backend.start_workflow(request);
    auto const handle = world.client.get_handle<takes_an_item>("w");
    CHECK_THROWS_WITH(handle.result(), contains(each.says));
    CHECK(handle.describe().status == perdure::workflow_execution_status::running);
    CHECK_THAT(handle.describe().workflow_task_failure, contains(each.says));
    CHECK(world.history().events.front().as<perdure::events::workflow_execution_started>().input ==
          perdure::payloads{each.input});
  }
}

TEST_CASE("a result that is not UTF-8 fails the task, not the run", "[workflow][input]") {
  log_collector const log;
  virtual_world<gives_text> world;
  CHECK(world.run<gives_text>(false) == "fine");
  auto const handle = world.start<gives_text>(true);
  CHECK_THROWS_WITH(handle.result(), contains("UTF-8"));
  CHECK(handle.describe().status == perdure::workflow_execution_status::running);
}

perdure::workflow<std::string> hears_of_bad_text() {
  perdure::activity_options options{};
  options.start_to_close_timeout = 1s;
  options.retry_policy.maximum_attempts = 2;
  auto const got = co_await perdure::as_outcome(perdure::execute_activity<gives_bad_text>(options));
  co_return got ? "fine" : perdure::describe(got.error());
}

TEST_CASE("an activity's result that is not UTF-8 fails the attempt and says so",
          "[workflow][input]") {
  virtual_world<hears_of_bad_text, gives_bad_text> world;
  CHECK_THAT(world.run<hears_of_bad_text>(), contains("gives_bad_text") && contains("UTF-8"));
}

perdure::workflow<std::string> sends_bad_text() {
  try {
    co_await perdure::execute_activity<takes_text>(std::string{"\xff"},
                                                   {.start_to_close_timeout = 1s});
  } catch (perdure::error const& e) {
    co_return e.what();
  }
  co_return "sent";
}

TEST_CASE("an argument that is not UTF-8 is refused at the call", "[workflow][input]") {
  virtual_world<sends_bad_text, takes_text> world;
  CHECK_THAT(world.run<sends_bad_text>(), contains("UTF-8"));
}

inline constexpr perdure::remote_activity<"by_hand", item()> by_hand;
perdure::workflow<std::string> reads_a_result() {
  perdure::activity_options options{};
  options.start_to_close_timeout = 1h;
  options.task_queue = "hand";
  try {
    item const got = co_await perdure::execute_activity<by_hand>(options);
    co_return got.name;
  } catch (perdure::error const& e) {
    co_return std::string{e.code() == perdure::errc::bad_payload ? "bad payload: " : "?: "} +
        e.what();
  }
}

TEST_CASE("a recorded result of another type is a bad_payload error at the await",
          "[workflow][input]") {
  live_and_replayed<virtual_world<reads_a_result>>([](auto& world) {
    hand_worker hand{world.backend, "hand"};
    auto const handle = world.template start<reads_a_result>();
    world.settle();
    auto const task = hand.activity();
    world.backend.complete_activity({}, task.token, {raw(R"({"name": 5})")});
    CHECK_THAT(handle.result(), contains("bad payload: ") && contains("name"));
    world.check_replay();
  });
}

// ----------------------------------------------------------------------------------------- heartbeats

auto resumes_work() -> int {
  int done = 0;
  if (perdure::has_heartbeat_details()) done = std::get<0>(perdure::heartbeat_details<int>());
  for (; done < 10; ++done) {
    perdure::heartbeat(done);
    if (done == 4 && perdure::activity_info_now().attempt == 1)
      throw perdure::application_error{"lost power"};
  }
  return 100 * perdure::activity_info_now().attempt + done;
}
perdure::workflow<int> survives() {
  co_return co_await perdure::execute_activity<resumes_work>(
      {.start_to_close_timeout = 1s, .heartbeat_timeout = 1s});
}

TEST_CASE("an attempt reads the details of the last heartbeat before it", "[workflow][activity]") {
  virtual_world<survives, resumes_work> world;
  CHECK(world.run<survives>() == 210);
}

// ------------------------------------------------------------------------- memo over continue-as-new

perdure::workflow<int> marks_and_continues(int left) {
  if (left == 2) {
    perdure::upsert_memo({{"stage", perdure::to_payload(1)}, {"kept", perdure::to_payload(2)}});
    perdure::upsert_memo({{"stage", perdure::to_payload(3)}});
    perdure::upsert_search_attributes({{"Colour", perdure::to_payload(4)}});
  }
  if (left == 0) co_return 0;
  co_await perdure::continue_as_new<marks_and_continues>(left - 1);
  co_return -1;
}

TEST_CASE("memo and search attributes, as upserted, go on in the next run",
          "[workflow][continue_as_new]") {
  virtual_world<marks_and_continues> world;
  perdure::workflow_options options{};
  options.memo = {{"first", perdure::to_payload(0)}};
  world.start_with<marks_and_continues>(options, 2).result();
  auto const began =
      world.history().events.front().as<perdure::events::workflow_execution_started>();
  REQUIRE(began.memo);
  REQUIRE(began.search_attributes);
  auto const value_of = [](perdure::payload_map const& map, std::string_view key) {
    for (auto const& [name, value] : map)
      if (name == key) return perdure::from_payload<int>(value);
    return -1;
  };
  CHECK(began.memo->size() == 3);
  CHECK(value_of(*began.memo, "first") == 0);
  CHECK(value_of(*began.memo, "stage") == 3);
  CHECK(value_of(*began.memo, "kept") == 2);
  CHECK(value_of(*began.search_attributes, "Colour") == 4);
}

} // namespace
