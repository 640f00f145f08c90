// Goal: a structure that is written straight to bytes is the message that protobuf makes of it.
// Method: random attributes of every event, and commands of every type, are written in both ways
// and compared as messages.
//
//     PERDURE_SEED=n  runs one random seed
#include "support/catch.hpp"

#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include <google/protobuf/util/message_differencer.h>

#include "perdure/backend/temporal/translation/event_translation.hpp"
#include "perdure/backend/temporal/translation/schema_plan.hpp"
#include "perdure/backend/temporal/translation/schema_translation.hpp"
#include "perdure/backend/temporal/translation/wire_writer.hpp"
#include "perdure/history/detail/event_schemas.hpp"
#include "support/random_structures.hpp"
#include "temporal/api/command/v1/message.pb.h"
#include "temporal/api/common/v1/message.pb.h"
#include "temporal/api/history/v1/message.pb.h"

using namespace perdure;
using google::protobuf::Message;
using google::protobuf::util::MessageDifferencer;
using ::temporal::api::command::v1::Command;
using ::temporal::api::history::v1::HistoryEvent;

namespace {

template <class M>
auto parsed(std::string_view bytes) -> M {
  M made;
  REQUIRE(made.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())));
  return made;
}

void check_equal(Message const& read, Message const& expected) {
  std::string difference;
  MessageDifferencer compare;
  compare.ReportDifferencesToString(&difference);
  bool const is_same = compare.Compare(expected, read);
  INFO(difference);
  CHECK(is_same);
}

/// The field of an event's message that has its attributes; null: messages do not know the event.
auto attributes_field(std::string_view key) -> google::protobuf::FieldDescriptor const* {
  auto const& fields = *HistoryEvent::descriptor()->FindOneofByName("attributes");
  for (int i = 0; i < fields.field_count(); ++i)
    if (fields.field(i)->json_name() == key) return fields.field(i);
  return nullptr;
}

auto text_payload(std::string text) -> payload { return {std::move(text), {encodings::json}}; }

/// As `append_command` writes it, and as `write_command` does.
void check_command(command const& which, bool eager = false) {
  std::string bytes;
  perdure::temporal::append_command(which, "own",
                                    eager ? perdure::temporal::eager_start::requested
                                          : perdure::temporal::eager_start::no,
                                    bytes);
  Command expected;
  perdure::temporal::write_command(which, "own", expected);
  if (eager)
    expected.mutable_schedule_activity_task_command_attributes()->set_request_eager_execution(true);
  check_equal(parsed<Command>(bytes), expected);
}

} // namespace

TEST_CASE("random structures are written to the bytes that their messages have",
          "[temporal][translation]") {
  char const* const given = std::getenv("PERDURE_SEED");
  std::uint64_t const first = given == nullptr ? 1 : std::strtoull(given, nullptr, 10);
  std::uint64_t const last = given == nullptr ? 30 : first;
  std::size_t usual = 0;
  std::size_t all = 0;
  for (auto seed = first; seed <= last; ++seed) {
    INFO("run it alone with PERDURE_SEED=" << seed);
    perdure_test::structure_filler random{seed};
    for (auto const& each : detail::event_schemas<>()) {
      if (each.schema == nullptr) continue;
      CAPTURE(each.wire_name);
      auto attributes = each.make();
      auto* const object = const_cast<void*>(each.get(attributes));
      random.fill(each.schema(), object);
      auto const* const field = attributes_field(each.attributes_key);
      if (field == nullptr) continue;
      auto const& plan = perdure::temporal::plan_of(each.schema(), *field->message_type());
      ++all;
      std::string bytes;
      perdure::temporal::wire_output output{bytes};
      if (!perdure::temporal::wire_writer{output}.write(plan, object)) continue;
      ++usual;
      HistoryEvent event;
      Message& expected = *event.GetReflection()->MutableMessage(&event, field);
      perdure::temporal::write_message(plan, object, expected, {.what = each.wire_name});
      std::unique_ptr<Message> const read{expected.New()};
      REQUIRE(read->ParseFromString(bytes));
      check_equal(*read, expected);
    }
  }
  CAPTURE(usual, all);
  CHECK(usual * 2 > all); // the others keep something as text
}

TEST_CASE("commands are written to the bytes that their messages have", "[temporal][translation]") {
  perdure_test::structure_filler random{7};
  for (auto const& each : detail::event_schemas<>()) {
    auto const type = command_type_of(each.type);
    if (type == command_type::unspecified || type == command_type::protocol_message) continue;
    CAPTURE(each.wire_name);
    for (int i = 0; i < 20; ++i) {
      command which{type, each.make(), {}};
      if (i != 0) random.fill(each.schema(), const_cast<void*>(each.get(which.attributes)));
      check_command(which);
      if (type == command_type::schedule_activity_task) check_command(which, true);
      which.user_metadata = user_metadata{.summary = text_payload("\"a summary\"")};
      check_command(which);
    }
  }
  check_command({command_type::protocol_message,
                 event_attributes::make(protocol_message_command{"u/accept"}),
                 {}});
}

TEST_CASE("what is longer than its length's first byte says is whole", "[temporal][translation]") {
  for (std::size_t const size : {0u, 1u, 127u, 128u, 129u, 16'383u, 16'384u, 3'000'000u}) {
    CAPTURE(size);
    payload one = text_payload(std::string(size, 'x'));
    std::string bytes;
    perdure::temporal::wire_output output{bytes};
    perdure::temporal::append_payloads(payloads{{one, one}}, output);
    ::temporal::api::common::v1::Payloads expected;
    for (int i = 0; i < 2; ++i) perdure::temporal::write_payload(one, *expected.add_payloads());
    check_equal(parsed<::temporal::api::common::v1::Payloads>(bytes), expected);
  }
}

TEST_CASE("text that is not UTF-8 is written as messages take it", "[temporal][translation]") {
  events::timer_started timer;
  timer.timer_id = "a\xff"
                   "b";
  timer.start_to_fire_timeout = std::chrono::seconds{-3};
  check_command({command_type::start_timer, event_attributes::make(timer), {}});
}
