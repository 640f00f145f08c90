#include "support/catch.hpp"

#include <set>
#include <string>

#include "perdure/history/enum_names.hpp"

using namespace perdure;

static_assert(name_of(event_type::timer_started) == "TimerStarted");
static_assert(enum_from_name<event_type>("TimerStarted") == event_type::timer_started);
static_assert(enum_from_name<event_type>("EVENT_TYPE_TIMER_STARTED") == event_type::timer_started);
static_assert(static_cast<int>(event_type::workflow_execution_update_admitted) == 47);
static_assert(static_cast<int>(event_type::workflow_execution_time_skipping_transitioned) == 60);
static_assert(static_cast<int>(workflow_task_failed_cause::reset_workflow) == 20);
static_assert(static_cast<int>(workflow_task_failed_cause::non_deterministic_error) == 24);
static_assert(static_cast<int>(command_type::modify_workflow_properties) == 16);

namespace {

/// Every named number of `E` is found again by both spellings, and no two share a name. Answers how
/// many.
template <class E>
auto check_names() -> std::size_t {
  std::set<std::string> seen;
  for (int number = 0; number < 100; ++number) {
    auto const value = static_cast<E>(number);
    if (name_of(value).empty()) {
      CHECK(wire_name_of(value) == std::to_string(number));
      continue;
    }
    CAPTURE(number, wire_name_of(value));
    CHECK(seen.insert(std::string{name_of(value)}).second);
    CHECK(enum_from_name<E>(name_of(value)) == value);
    CHECK(enum_from_name<E>(wire_name_of(value)) == value);
    CHECK(wire_name_of(value).starts_with(detail::enum_names<E>::prefix));
  }
  return seen.size();
}

} // namespace

TEST_CASE("every enumerator has two spellings that name it alone", "[history]") {
  CHECK(check_names<event_type>() == 61);
  CHECK(check_names<command_type>() == 18);
  CHECK(check_names<timeout_type>() == 5);
  CHECK(check_names<retry_state>() == 8);
  CHECK(check_names<parent_close_policy>() == 4);
  CHECK(check_names<task_queue_kind>() == 4);
  CHECK(check_names<workflow_task_failed_cause>() == 41);
  CHECK(check_names<activity_task_failed_cause>() == 4);
  CHECK(check_names<workflow_id_reuse_policy>() == 5);
  CHECK(check_names<workflow_id_conflict_policy>() == 4);
  CHECK(check_names<workflow_execution_status>() == 9);
  CHECK(check_names<continue_as_new_initiator>() == 4);
  CHECK(check_names<continue_as_new_versioning_behavior>() == 3);
  CHECK(check_names<suggest_continue_as_new_reason>() == 4);
  CHECK(check_names<versioning_behavior>() == 3);
  CHECK(check_names<application_error_category>() == 2);
  CHECK(check_names<nexus_handler_error_retry_behavior>() == 3);
  CHECK(check_names<update_admitted_event_origin>() == 2);
  CHECK(check_names<start_child_workflow_execution_failed_cause>() == 4);
  CHECK(check_names<signal_external_workflow_execution_failed_cause>() == 4);
  CHECK(check_names<cancel_external_workflow_execution_failed_cause>() == 3);
}

TEST_CASE("a name that only looks like an enumerator is none", "[history]") {
  for (char const* text :
       {"", "EVENT_TYPE_", "TIMER_STARTED", "timerStarted", "EVENT_TYPE_TIMER__STARTED",
        "EVENT_TYPE_TIMERSTARTED", "EVENT_TYPE_TIMER_STARTED_", "EVENT_TYPE_TimerStarted",
        "EVENT_TYPE_TIMER", "TimerStarted ", "17"}) {
    CAPTURE(text);
    CHECK_FALSE(enum_from_name<event_type>(text).has_value());
  }
  CHECK_FALSE(enum_from_name<command_type>("").has_value()); // number 15 has no name
  CHECK(name_of(static_cast<event_type>(-1)).empty());
  CHECK(name_of(static_cast<event_type>(999)).empty());
  CHECK(wire_name_of(static_cast<event_type>(-1)) == "-1");
}
