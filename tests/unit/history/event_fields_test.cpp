#include "support/catch.hpp"

#include <cstdint>
#include <cstring>
#include <map>
#include <set>
#include <string>
#include <type_traits>
#include <vector>

#include "perdure/history/history.hpp"

using namespace perdure;
using detail::field;
using detail::field_kind;
using detail::object_schema;

namespace {

// Gives members values that are not their defaults, and differ from each other.
class filler {
public:
  explicit filler(int which_alternative = 0) : alternative_{which_alternative} {}

  void fill(void* object, object_schema const& schema) {
    int alternative = 0;
    for (auto const& each : schema.fields) {
      if (each.kind == field_kind::alternative && alternative++ != alternative_) continue;
      fill(each, object);
    }
    if (schema.unknown != object_schema::none)
      detail::member_at<indirect<unknown_fields>>(object, schema.unknown).make().members = {
          {"/newField", "{\"a\":[1,null]}"}, {"/new~1er", "7"}};
  }

  void fill(field const& which, void* object) {
    auto* const holder = &detail::member_at<char>(object, which.offset);
    detail::with_member_type(which.kind, [&]<class T>(T*) {
      if constexpr (std::is_same_v<T, detail::object_member>) {
        if (depth_ == 3) return; // failures have causes that have causes
        ++depth_;
        fill(which.kind == field_kind::object ? holder : which.access->make(holder),
             which.access->schema());
        --depth_;
      } else if constexpr (std::is_same_v<T, detail::enum_member>) {
        auto const last = static_cast<std::int16_t>(which.names->count - 1);
        std::memcpy(holder, &last, sizeof last);
      } else {
        set(detail::member_at<T>(object, which.offset));
      }
    });
  }

private:
  void set(bool& to) { to = true; }
  void set(float& to) { to = 0.25F; }
  void set(double& to) { to = 1.1; }
  template <class Number>
    requires std::is_arithmetic_v<Number>
  void set(Number& to) {
    to = static_cast<Number>(++next_ * 1'000);
  }
  void set(std::string& to) { to = "text " + std::to_string(++next_) + " \"\\\n\xc3\xa9"; }
  void set(shared_string& to) { to = shared_string{"name-" + std::to_string(++next_)}; }
  void set(duration& to) { to = duration{++next_ * 1'000'000'007}; }
  void set(std::optional<duration>& to) { to = duration{}; } // zero is not "absent"
  void set(std::optional<time_point>& to) {
    to = time_point{duration{++next_ * 1'000'000'000'123}};
  }
  void set(std::vector<std::uint32_t>& to) { to = {1, 4'294'967'295U}; }
  void set(std::vector<std::string>& to) { to = {"", "b"}; }
  void set(detail::reason_list& to) {
    to = std::vector{suggest_continue_as_new_reason::too_many_updates,
                     static_cast<suggest_continue_as_new_reason>(99)};
  }
  void set(payload& to) {
    to.data = "data " + std::to_string(++next_) + std::string("\0\xff", 2);
    to.metadata = {encodings::json};
    to.metadata.set("extra", "\x01\x02");
  }
  void set(indirect<payload>& to) { set(to.make()); }
  void set(payloads& to) {
    payload filled;
    set(filled);
    to = payloads{std::vector{filled, payload{}}};
  }
  template <class Value>
  void set(indirect<std::map<std::string, Value>>& to) {
    set(to.make()["key/" + std::to_string(++next_)]);
    to.make()[""];
  }
  void set(indirect<raw_json>& to) { to = raw_json{"[1,{\"b\":null}]"}; }

  int alternative_;
  std::int64_t next_{0};
  int depth_{0};
};

auto filled(detail::event_schema const& schema, int alternative = 0) -> event_attributes {
  auto made = schema.make();
  filler{alternative}.fill(const_cast<void*>(schema.get(made)), schema.schema());
  return made;
}

template <class Check>
void for_each_event_type(Check check) {
  for (auto const& schema : detail::event_schemas()) {
    if (schema.schema == nullptr) continue;
    CAPTURE(schema.attributes_key);
    check(schema);
  }
}

} // namespace

TEST_CASE("every event type keeps every field through JSON", "[history]") {
  int count = 0;
  for_each_event_type([&](detail::event_schema const& schema) {
    ++count;
    event const original{.id = 3, .type = schema.type, .attributes = filled(schema)};
    std::string text;
    append_event_json(text, original);
    CAPTURE(text);
    auto const back = event_from_json(text);
    CHECK(back == original);
    std::string again;
    append_event_json(again, back);
    CHECK(again == text);
  });
  CHECK(count == 60);
}

TEST_CASE("every event type with nothing set is an empty object, and reads as such", "[history]") {
  for_each_event_type([&](detail::event_schema const& schema) {
    event const original{.id = 1, .type = schema.type, .attributes = schema.make()};
    std::string text;
    append_event_json(text, original);
    CHECK(text == "{\"eventId\":\"1\",\"eventType\":\"" + schema.wire_name + "\",\"" +
                      schema.attributes_key + "\":{}}");
    CHECK(event_from_json(text) == original);
    CHECK(event_from_json("{\"eventId\":1,\"eventType\":\"" + schema.wire_name + "\"}") ==
          original);
  });
}

TEST_CASE("every field that differs is reported, once and by name", "[history]") {
  for_each_event_type([&](detail::event_schema const& schema) {
    std::multiset<std::string> reported;
    auto const collect = [&](std::string_view name, std::string const& a, std::string const& b) {
      CHECK(a != b);
      CHECK(a.find("data ") == std::string::npos); // payloads are shown by their size
      reported.emplace(name);
    };
    for_each_field_difference(filled(schema), schema.make(), collect);
    for (auto const& each : schema.schema().fields) {
      CAPTURE(each.name);
      CHECK(reported.count(std::string{each.name}) == 1);
    }
    CHECK(reported.size() == schema.schema().fields.size() + 1); // and the unknown ones
    reported.clear();
    for_each_field_difference(filled(schema), filled(schema), collect);
    CHECK(reported.empty());
  });
}

TEST_CASE("one field that differs is shown with both values", "[history]") {
  std::string text;
  auto const a = event_attributes::make(
      events::activity_task_scheduled{.activity_id = "1",
                                      .activity_type = "charge",
                                      .input = payload{"secret", {encodings::json}}});
  auto const b = event_attributes::make(
      events::activity_task_scheduled{.activity_id = "1",
                                      .activity_type = "refund",
                                      .start_to_close_timeout = duration{5'000'000'000}});
  for_each_field_difference(
      a, b, [&](std::string_view name, std::string const& in_a, std::string const& in_b) {
        text += std::string{name} + ": " + in_a + " -> " + in_b + "\n";
      });
  CHECK(text == "activityType: {\"name\":\"charge\"} -> {\"name\":\"refund\"}\n"
                "input: \"1 payload, 24 bytes\" -> (not set)\n"
                "startToCloseTimeout: (not set) -> \"5s\"\n");
}

TEST_CASE("fields are shown as what they hold, for people to read", "[history]") {
  std::string text;
  auto const collect = [&](std::string_view name, std::string const& value) {
    text += std::string{name} + "=" + value + "\n";
  };
  for_each_field(event_attributes::make(events::activity_task_scheduled{
                     .activity_id = "1",
                     .activity_type = "charge",
                     .input = payloads{{payload{"{\"a\":1}", {encodings::json}},
                                        payload{"\x01\x02", {encodings::plain}}, payload::null()}},
                     .start_to_close_timeout = duration{5'000'000'000}}),
                 collect);
  CHECK(text == "activityId=\"1\"\n"
                "activityType=\"charge\"\n"
                "input=[{\"a\":1},\"1 payload, 22 bytes\",null]\n"
                "startToCloseTimeout=\"5s\"\n");
  text.clear();
  for_each_field(event_attributes{}, collect);
  CHECK(text.empty());
  for_each_field(event_attributes::make(events::unknown_event{{}, "newEventAttributes", "{}"}),
                 collect);
  CHECK(text == "newEventAttributes={}\n");
}

TEST_CASE("every field that is set is shown, once and by name", "[history]") {
  for_each_event_type([&](detail::event_schema const& schema) {
    std::vector<std::string_view> shown;
    std::vector<std::string_view> all;
    auto const collect = [&](std::string_view name, std::string const&) { shown.push_back(name); };
    for_each_field(schema.make(), collect);
    CHECK(shown.empty());
    for_each_field(filled(schema), collect);
    for (auto const& each : schema.schema().fields) all.push_back(each.name);
    CHECK(shown == all);
  });
}

TEST_CASE("attributes of two types differ in their type", "[history]") {
  std::string text;
  for_each_field_difference(event_attributes::make(events::timer_started{}), event_attributes{},
                            [&](std::string_view name, std::string const& a, std::string const& b) {
                              text += std::string{name} + ": " + a + " -> " + b;
                            });
  CHECK(text == "type: EVENT_TYPE_TIMER_STARTED -> (not set)");
}

TEST_CASE("every kind of failure keeps every field through JSON", "[history]") {
  for (int alternative = 0; alternative < 10; ++alternative) {
    CAPTURE(alternative);
    failure original{};
    filler{alternative}.fill(&original, detail::schema_of<failure>());
    REQUIRE(original.info.index() == static_cast<std::size_t>(alternative + 1));
    REQUIRE(original.cause);
    auto const text = struct_to_json(original);
    CAPTURE(text);
    CHECK(struct_from_json<failure>(text) == original);
  }
}

TEST_CASE("the extras of an event keep every field through JSON", "[history]") {
  event original{.id = 1, .worker_may_ignore = true};
  original.type = event_type::timer_fired;
  original.time = time_point{duration{1'596'069'002'971'655'189}};
  original.attributes =
      event_attributes::make(events::timer_fired{.timer_id = "1", .started_event_id = 5});
  filler{}.fill(&original.extras.make(), detail::schema_of<event_extras>());
  std::string text;
  append_event_json(text, original);
  CAPTURE(text);
  CHECK(event_from_json(text) == original);
}
