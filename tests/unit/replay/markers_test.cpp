// Markers as values: what is written is read back, and both are what Temporal's SDKs wrote.
#include "support/catch.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>
#include <vector>

#include "perdure/replay/markers.hpp"
#include "support/replay_checks.hpp"

using namespace perdure;
using namespace perdure::replay;
using perdure_test::contains;
using perdure_test::golden;

namespace {

auto markers(history const& of) -> std::vector<event_attributes> {
  std::vector<event_attributes> all;
  for (event const& e : of.events)
    if (e.type == event_type::marker_recorded) all.push_back(e.attributes);
  return all;
}
auto data_of(events::marker_recorded const& marker, std::string const& name) -> std::string {
  return marker.details->at(name)[0].data;
}
auto with_data(std::string_view marker, std::string data) -> events::marker_recorded {
  events::marker_recorded made{};
  made.marker_name = marker;
  made.details.make().emplace(marker == patch_marker_name ? "patch-data" : "data",
                              payloads{payload{std::move(data), {"json/plain"}}});
  return made;
}
auto instant(nlohmann::json const& at) -> time_point {
  return time_point{duration{at.at("seconds").get<std::int64_t>() * 1'000'000'000 +
                             at.at("nanos").get<std::int64_t>()}};
}

} // namespace

TEST_CASE("a patch marker is written as Core writes it", "[replay][markers]") {
  auto const recorded = markers(golden("generated-core-1.35/patches"));
  REQUIRE(recorded.size() == 3);
  char const* const names[] = {"p1", "p2", "p3"};
  for (std::size_t i = 0; i < 3; ++i) {
    auto const& was = recorded[i].get<events::marker_recorded>();
    auto const read = parse_patch_marker(was);
    CHECK(read.id == names[i]);
    CHECK(read.deprecated == (i == 2));
    auto const made = make_patch_marker(read);
    CHECK(made.marker_name == was.marker_name);
    CHECK(*made.details == *was.details);
  }
}

TEST_CASE("the old form of a patch marker is read", "[replay][markers]") {
  auto const recorded = markers(golden("core-lineage/old_change_marker_format"));
  REQUIRE(recorded.size() == 1);
  auto const read = parse_patch_marker(recorded[0].get<events::marker_recorded>());
  CHECK(read.id == "integ_test_change_name");
  CHECK_FALSE(read.deprecated);

  auto deprecated = recorded[0].get<events::marker_recorded>();
  deprecated.details.make()["deprecated"] = payloads{payload{std::string(1, '\x01'), {}}};
  CHECK(parse_patch_marker(deprecated).deprecated);
  CHECK(same_marker(deprecated, make_patch_marker({"integ_test_change_name", false})));
}

TEST_CASE("a patch marker that names no patch is refused", "[replay][markers]") {
  events::marker_recorded empty{};
  empty.marker_name = patch_marker_name;
  CHECK_THROWS_WITH(parse_patch_marker(empty), contains("names no patch"));
  CHECK_THROWS_AS(parse_patch_marker(with_data(patch_marker_name, "{\"id\":")), error);
  CHECK_THROWS_AS(parse_patch_marker(with_data(patch_marker_name, "[]")), error);
  CHECK_THROWS_AS(parse_patch_marker(with_data(patch_marker_name, "{\"id\":7}")), error);
}

TEST_CASE("patch ids need no escaping by whoever chooses them", "[replay][markers]") {
  for (std::string const id : {"", "a \"quoted\" one", "line\nbreak", "größer", "{\"id\":\"x\"}"})
    CHECK(parse_patch_marker(make_patch_marker({id, false})).id == id);
}

TEST_CASE("two markers are the same if they stand for the same patch", "[replay][markers]") {
  CHECK(same_marker(make_patch_marker({"a", false}), make_patch_marker({"a", true})));
  CHECK_FALSE(same_marker(make_patch_marker({"a", false}), make_patch_marker({"b", false})));
  CHECK_FALSE(same_marker(make_patch_marker({"a", false}), with_data("core_local_activity", "{}")));
}

TEST_CASE("the search attribute of patches lists all of them, sorted", "[replay][markers]") {
  auto const upsert = make_change_version_upsert({"p2", "p10", "p1"});
  REQUIRE(upsert);
  auto const& list = upsert->search_attributes->at("TemporalChangeVersion");
  CHECK(list.data == R"(["p1","p10","p2"])");
  CHECK(list.metadata.encoding() == "json/plain");

  // As recorded, byte by byte.
  auto recorded = golden("generated-core-1.35/patches");
  CHECK(*perdure_test::nth<events::upsert_workflow_search_attributes>(recorded, 1)
             .as<events::upsert_workflow_search_attributes>()
             .search_attributes == *make_change_version_upsert({"p2", "p1"})->search_attributes);
}

TEST_CASE("the search attribute of patches is left out where servers would refuse it",
          "[replay][markers]") {
  // ["..."] is 4 bytes longer than the id.
  CHECK(make_change_version_upsert({std::string(change_version_bytes_max - 5, 'x')}));
  CHECK_FALSE(make_change_version_upsert({std::string(change_version_bytes_max - 4, 'x')}));
}

TEST_CASE("a local activity's marker is written as Core writes it", "[replay][markers]") {
  auto all = markers(golden("generated-core-1.35/local_activities"));
  for (auto const* name : {"16", "23", "85"})
    for (auto& each : markers(golden("core-lineage/evict_while_la_running_no_interference-" +
                                     std::string{name} + "_history")))
      all.push_back(std::move(each));
  REQUIRE(all.size() == 9);
  for (auto const& each : all) {
    auto const& was = each.get<events::marker_recorded>();
    auto const json = nlohmann::json::parse(data_of(was, "data"));
    CAPTURE(json.dump());
    auto const read = parse_local_activity_marker(each);
    CHECK(read.sequence == json.at("seq").get<std::uint32_t>());
    CHECK(read.attempt == json.at("attempt").get<std::uint32_t>());
    CHECK(read.activity_id == json.at("activity_id").get<std::string>());
    CHECK(read.activity_type == json.at("activity_type").get<std::string>());
    CHECK(read.complete_time == instant(json.at("complete_time")));
    CHECK(read.activation_index.has_value() == json.contains("activation_index"));

    CHECK(read.original_schedule_time == instant(json.at("original_schedule_time")));
    CHECK_FALSE(read.backoff);

    auto const made = make_local_activity_marker(read, local_activity_result(was), was.failure);
    CHECK(made.marker_name == was.marker_name);
    CHECK(data_of(made, "data") == data_of(was, "data"));
    CHECK(local_activity_result(made) == local_activity_result(was));
  }
}

TEST_CASE("a failed local activity's marker holds the failure and no result", "[replay][markers]") {
  failure why{};
  why.message = "no";
  local_activity_marker done{};
  done.sequence = 3;
  done.complete_time = time_point{duration{-1}}; // before 1970: seconds are rounded down
  auto const made = make_local_activity_marker(done, to_payloads(7), why);
  REQUIRE(made.failure);
  CHECK(made.failure->message == "no");
  CHECK(local_activity_result(made).empty());
  CHECK_THAT(data_of(made, "data"), contains(R"({"seconds":-1,"nanos":999999999})"));
  auto const read = parse_local_activity_marker(event_attributes::make(made));
  CHECK(read.complete_time == done.complete_time);
  CHECK_FALSE(read.activation_index);
}

// Core makes a payload without an encoding of a missing result, which its SDKs cannot read.
TEST_CASE("the marker of a local activity that gives nothing holds a null result",
          "[replay][markers]") {
  auto const result = local_activity_result(make_local_activity_marker({}, {}, {}));
  REQUIRE(result.size() == 1);
  CHECK(result[0] == payload::null());
}

TEST_CASE("a local activity's marker may say that another attempt follows", "[replay][markers]") {
  local_activity_marker done{};
  done.sequence = 3;
  done.attempt = 2;
  done.backoff = duration{90'500'000'000};
  auto const made = make_local_activity_marker(done, {}, failure{});
  CHECK_THAT(data_of(made, "data"), contains(R"("backoff":{"seconds":90,"nanos":500000000})"));
  CHECK(parse_local_activity_marker(event_attributes::make(made)).backoff == done.backoff);
}

TEST_CASE("markers stand for the same local activity if number, id and type are the same",
          "[replay][markers]") {
  auto const marker = [](std::uint32_t sequence, std::string id, std::string type) {
    local_activity_marker done{};
    done.sequence = sequence;
    done.activity_id = std::move(id);
    done.activity_type = std::move(type);
    return make_local_activity_marker(done, {}, {});
  };
  CHECK(same_marker(marker(1, "1", "a"), marker(1, "1", "a"), true));
  CHECK_FALSE(same_marker(marker(1, "1", "a"), marker(2, "1", "a")));
  CHECK(same_marker(marker(1, "1", "a"), marker(1, "2", "b"))); // by histories without the flag
  CHECK_FALSE(same_marker(marker(1, "1", "a"), marker(1, "2", "a"), true));
  CHECK_FALSE(same_marker(marker(1, "1", "a"), marker(1, "1", "b"), true));
}

TEST_CASE("a local activity's marker that cannot be is refused", "[replay][markers]") {
  auto const parse = [](std::string data) {
    return parse_local_activity_marker(
        event_attributes::make(with_data(local_activity_marker_name, std::move(data))));
  };
  CHECK(parse("{}").attempt == 1);
  CHECK_FALSE(parse(R"({"complete_time":null,"activation_index":null})").complete_time);
  CHECK_THROWS_AS(parse(R"({"backoff":{"seconds":9223372036854775807}})"), error);
  CHECK_THROWS_AS(parse("null"), error);
  CHECK_THROWS_AS(parse(R"({"seq":-1})"), error);
  CHECK_THROWS_AS(parse(R"({"complete_time":{"seconds":9223372036854775807}})"), error);
  CHECK_THROWS_AS(parse(R"({"complete_time":{"seconds":1,"nanos":9223372036854775807}})"), error);
  CHECK_THROWS_AS(parse(R"({"complete_time":{"seconds":1,"nanos":-1}})"), error);
  events::marker_recorded empty{};
  empty.marker_name = local_activity_marker_name;
  CHECK_THROWS_WITH(parse_local_activity_marker(event_attributes::make(empty)),
                    contains("holds no data"));
}
