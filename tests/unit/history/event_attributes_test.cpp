#include "support/catch.hpp"

#include <string>

#include "perdure/history/command.hpp"
#include "perdure/history/compare.hpp"
#include "perdure/history/event.hpp"

using namespace perdure;

static_assert(sizeof(event_attributes) == sizeof(void*));
static_assert(sizeof(event) == 40);
// What an event of each of the commonest types costs besides the event: these are kept by the
// million.
static_assert(sizeof(events::timer_started) <= 64);
static_assert(sizeof(events::timer_fired) <= 48);
static_assert(sizeof(events::activity_task_scheduled) <= 184);
static_assert(sizeof(events::activity_task_started) <= 64);
static_assert(sizeof(events::activity_task_completed) <= 48);
static_assert(sizeof(events::workflow_task_scheduled) <= 56);
static_assert(sizeof(events::workflow_task_started) <= 72);
static_assert(sizeof(events::workflow_task_completed) <= 104);
static_assert(sizeof(events::child_workflow_execution_started) <= 64);
static_assert(sizeof(events::child_workflow_execution_completed) <= 72);

TEST_CASE("attributes are read as the type they were made of, and as no other", "[history]") {
  auto const held = event_attributes::make(events::timer_started{.timer_id = "7"});
  CHECK(held.type() == event_type::timer_started);
  CHECK(held.get<events::timer_started>().timer_id == "7");
  REQUIRE(held.get_if<events::timer_started>() != nullptr);
  CHECK(held.get_if<events::timer_fired>() == nullptr);
  CHECK_THROWS_MATCHES(held.get<events::timer_fired>(), error,
                       perdure_test::has_code<error>(errc::history_corrupt));
  CHECK_THROWS_WITH(held.get<events::timer_fired>(),
                    perdure_test::contains("of type TimerStarted, not TimerFired"));
}

TEST_CASE("empty attributes hold nothing", "[history]") {
  event_attributes const empty;
  CHECK_FALSE(empty);
  CHECK(empty.type() == event_type::unspecified);
  CHECK(empty.get_if<events::timer_started>() == nullptr);
  CHECK_THROWS_AS(empty.get<events::timer_started>(), error);
  CHECK(empty == event_attributes{});
}

TEST_CASE("copies of attributes share one object that lives as long as the last of them",
          "[history]") {
  event_attributes last;
  {
    auto made = event_attributes::make(events::marker_recorded{.marker_name = "core_patch"});
    auto copy = made;
    CHECK(copy.same(made));
    made.edit<events::marker_recorded>().workflow_task_completed_event_id = 4;
    last = copy;
    auto moved = std::move(copy);
    CHECK(moved.same(last));
    auto const& itself = last;
    last = itself;
  }
  CHECK(last.get<events::marker_recorded>().workflow_task_completed_event_id == 4);
  CHECK(last.get<events::marker_recorded>().marker_name == "core_patch");
}

TEST_CASE("attributes compare by what they record, not by where they are", "[history]") {
  auto const make = [](char const* id) {
    return event_attributes::make(
        events::activity_task_scheduled{.activity_id = id,
                                        .input = payload{"1", {encodings::json}},
                                        .retry_policy = retry_policy{}});
  };
  CHECK(make("1") == make("1"));
  CHECK_FALSE(make("1").same(make("1")));
  CHECK_FALSE(make("1") == make("2"));
  CHECK_FALSE(make("1") == event_attributes::make(events::timer_started{.timer_id = "1"}));
  CHECK_FALSE(make("1") == event_attributes{});
}

TEST_CASE("an event gives its attributes by type", "[history]") {
  event const fired{.id = 5,
                    .type = event_type::timer_fired,
                    .attributes = event_attributes::make(events::timer_fired{.timer_id = "1"})};
  CHECK(fired.as<events::timer_fired>().timer_id == "1");
  CHECK_THROWS_AS(fired.as<events::timer_started>(), error);
  auto other = fired;
  CHECK(other == fired);
  other.extras.make().task_id = 9;
  CHECK_FALSE(other == fired);
}

TEST_CASE("a command is the event it becomes", "[history]") {
  for (int number = 1; number <= 18; ++number) {
    auto const type = static_cast<command_type>(number);
    if (name_of(type).empty() || type == command_type::protocol_message) continue;
    CAPTURE(number);
    auto const becomes = event_type_of(type);
    CHECK(becomes != event_type::unspecified);
    CHECK(command_type_of(becomes) == type);
  }
  CHECK(event_type_of(command_type::unspecified) == event_type::unspecified);
  CHECK(event_type_of(command_type::protocol_message) == event_type::unspecified);
  CHECK(command_type_of(event_type::workflow_execution_update_accepted) ==
        command_type::protocol_message);
  CHECK(command_type_of(event_type::workflow_execution_update_completed) ==
        command_type::protocol_message);
  CHECK(command_type_of(event_type::activity_task_completed) == command_type::unspecified);
  CHECK(command_type_of(event_type::unspecified) == command_type::unspecified);
}

TEST_CASE("a protocol message names its message", "[history]") {
  command const c{.type = command_type::protocol_message,
                  .attributes = event_attributes::make(protocol_message_command{"u1/accept"})};
  CHECK(c.attributes.get<protocol_message_command>().message_id == "u1/accept");
  CHECK(c.attributes == event_attributes::make(protocol_message_command{"u1/accept"}));
  CHECK_FALSE(c.attributes == event_attributes::make(protocol_message_command{"u2/accept"}));
}
