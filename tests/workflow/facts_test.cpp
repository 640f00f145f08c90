#include "support/deployment.hpp"
#include "support/log_collector.hpp"

namespace {

using namespace std::chrono_literals;
using namespace perdure_test;
using perdure::event_type;

perdure::activity_options const quick{.start_to_close_timeout = std::chrono::seconds{1}};
auto echo(int a) -> int { return a; }

// ----------------------------------------------------------------------------------------------
// patches

perdure::workflow<std::string> old_code() {
  co_await perdure::sleep(1s);
  int const a = co_await perdure::execute_activity<echo>(1, quick);
  co_await perdure::sleep(1s);
  co_return "old" + std::to_string(a);
}
perdure::workflow<std::string> new_code() {
  bool const early = perdure::patched<"early">();
  co_await perdure::sleep(1s);
  int a = 0;
  if (perdure::patched<"two-steps">()) a += co_await perdure::execute_activity<echo>(1, quick);
  a += co_await perdure::execute_activity<echo>(1, quick);
  bool const same = perdure::patched<"early">() == early;
  co_await perdure::sleep(1s);
  co_return (early ? "new" : "old") + std::to_string(a) + (same ? "" : "?");
}
perdure::workflow<std::string> newest_code() {
  perdure::deprecate_patch<"early">();
  co_await perdure::sleep(1s);
  perdure::deprecate_patch<"two-steps">();
  int a = co_await perdure::execute_activity<echo>(1, quick);
  a += co_await perdure::execute_activity<echo>(1, quick);
  co_await perdure::sleep(1s);
  co_return "new" + std::to_string(a);
}

} // namespace

template <>
inline constexpr auto perdure::wire_name<old_code> = "code";
template <>
inline constexpr auto perdure::wire_name<new_code> = "code";
template <>
inline constexpr auto perdure::wire_name<newest_code> = "code";

namespace {

TEST_CASE("new runs take the patched branch and record it", "[workflow][patch]") {
  live_and_replayed<virtual_world<new_code, echo>>([](auto& world) {
    CHECK(world.template run<new_code>() == "new2");
    CHECK(world.count(event_type::marker_recorded) == 2); // one for each id
  });
}

TEST_CASE("a run that passed the place of a patch before it was deployed keeps the old branch",
          "[workflow][patch]") {
  CHECK(deployed_in_between<old_code, new_code, echo>() == "old1");
}

TEST_CASE("a run with the marker goes on under code that has deprecated the patch",
          "[workflow][patch]") {
  CHECK(deployed_in_between<new_code, newest_code, echo>() == "new2");
  CHECK(deployed_in_between<newest_code, newest_code, echo>() == "new2");
}

// ----------------------------------------------------------------------------------------------
// upserts

perdure::workflow<std::string> upserts() {
  perdure::upsert_memo({{"stage", perdure::to_payload(std::string{"paid"})}});
  perdure::upsert_search_attributes({{"CustomerId", perdure::to_payload(7)}});
  std::string refused;
  for (bool const memo : {true, false}) {
    try {
      if (memo)
        perdure::upsert_memo({});
      else
        perdure::upsert_search_attributes({});
    } catch (perdure::error const& e) {
      refused += e.code() == perdure::errc::invalid_argument ? "refused " : "? ";
    }
  }
  co_await perdure::sleep(1s);
  co_return refused;
}

TEST_CASE("memo and search attributes are set by commands of their own, empty ones are refused",
          "[workflow][upsert]") {
  live_and_replayed<virtual_world<upserts>>([](auto& world) {
    CHECK(world.template run<upserts>() == "refused refused ");
    auto const memo = world.first(event_type::workflow_properties_modified)
                          .template as<perdure::events::workflow_properties_modified>();
    REQUIRE(memo.upserted_memo);
    CHECK(memo.upserted_memo->size() == 1);
    auto const found = world.first(event_type::upsert_workflow_search_attributes)
                           .template as<perdure::events::upsert_workflow_search_attributes>();
    REQUIRE(found.search_attributes);
    CHECK(perdure::from_payload<int>(found.search_attributes->begin()->second) == 7);
  });
}

// --------------------------------------------------------------------------------------------------
// log

auto logs_too(int a) -> int {
  perdure::log().warning("in the activity", {{"a", a}});
  return a;
}

perdure::workflow<void> logs() {
  perdure::log().info("began", {{"text", "value"}, {"number", 42}, {"yes", true}});
  co_await perdure::execute_activity<logs_too>(5, quick);
  perdure::log().debug("went on");
  co_await perdure::sleep(1s);
  perdure::log().error("over");
}

TEST_CASE(
    "log lines carry fields and the ids of where they come from, and are silent during replay",
    "[workflow][log]") {
  live_and_replayed<virtual_world<logs, logs_too>>([](auto& world) {
    log_collector const log;
    world.template run<logs>();
    auto const lines = log_collector::lines();
    REQUIRE(lines.size() ==
            4); // each once, though the run was replayed up to three times and once more after
    CHECK(lines[0].message == "began");
    CHECK(lines[0].level == perdure::log_level::info);
    CHECK(lines[0].fields ==
          std::map<std::string, std::string>{{"text", "value"}, {"number", "42"}, {"yes", "true"}});
    CHECK(lines[0].workflow_type == "logs");
    CHECK(lines[0].workflow_id == "w");
    CHECK(lines[0].run_id.size() == 36);
    CHECK(lines[0].activity_type.empty());
    CHECK(lines[1].activity_type == "logs_too");
    CHECK(lines[1].attempt == 1);
    CHECK(lines[1].workflow_id == "w");
    CHECK(lines[1].fields.at("a") == "5");
    CHECK(lines[2].message == "went on");
    CHECK(lines[3].level == perdure::log_level::error);
  });
}

TEST_CASE("log lines below the level that was asked for are dropped", "[workflow][log]") {
  log_collector const log{perdure::log_level::warning};
  virtual_world<logs, logs_too> world;
  world.start<logs>().result();
  CHECK(log_collector::lines().size() == 2);
}

TEST_CASE("outside of workflows the log has no tags", "[workflow][log]") {
  log_collector const log;
  perdure::log().info("plain");
  REQUIRE(log_collector::lines().size() == 1);
  CHECK(log_collector::lines()[0].workflow_id.empty());
}

struct logs_at_its_end {
  ~logs_at_its_end() { perdure::log().info("local destroyed"); }
};
struct calls_at_its_end {
  bool armed{true};
  ~calls_at_its_end() {
    if (armed) (void)perdure::start_timer(1s);
  }
};
perdure::workflow<void> has_a_logging_local() {
  logs_at_its_end const local;
  co_await perdure::sleep(1h);
}
perdure::workflow<void> has_a_calling_local() {
  calls_at_its_end local;
  co_await perdure::sleep(1h);
  local.armed = false;
}

TEST_CASE("an eviction is silent, and a call from a destructor then is counted, reported and "
          "without effect",
          "[workflow][log]") {
  log_collector const log;
  {
    virtual_world<has_a_logging_local> world;
    world.start<has_a_logging_local>();
    world.settle();
  }
  CHECK(log_collector::lines().empty());
  virtual_world<has_a_calling_local> world{0};
  auto const handle = world.start<has_a_calling_local>();
  world.settle();
  auto const lines = log_collector::with("a destructor called the workflow API");
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].level == perdure::log_level::warning);
  CHECK(lines[0].workflow_id == "w");
  CHECK(lines[0].fields.at("first_call") == "start_timer");
  CHECK_THAT(lines[0].fields.at("at"), contains("facts_test.cpp:"));
  handle.result();
  CHECK(world.count(event_type::timer_started) == 1);
}

} // namespace
