// Goal: the parts of requests and histories survive the way to a server and back, at their limits
// too; and what a server would refuse to read is never written.
#include "support/catch.hpp"

#include <chrono>
#include <limits>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

#include <google/protobuf/duration.pb.h>
#include <google/protobuf/timestamp.pb.h>

#include "perdure/backend/temporal/translation/part_translation.hpp"
#include "perdure/history/history_json.hpp"
#include "temporal/api/common/v1/message.pb.h"
#include "temporal/api/failure/v1/message.pb.h"
#include "temporal/api/sdk/v1/message.pb.h"
#include "temporal/api/update/v1/message.pb.h"
#include "temporal/held_by.hpp"

using namespace perdure;
using namespace perdure::temporal;
using perdure_test::sent;
using std::chrono::nanoseconds;
using std::chrono::seconds;

namespace {

template <class M>
auto clock_message(std::int64_t whole, std::int32_t nanos) -> M {
  M made;
  made.set_seconds(whole);
  made.set_nanos(nanos);
  return made;
}
auto span(std::int64_t whole, std::int32_t nanos) -> google::protobuf::Duration {
  return clock_message<google::protobuf::Duration>(whole, nanos);
}
auto instant(std::int64_t whole, std::int32_t nanos) -> google::protobuf::Timestamp {
  return clock_message<google::protobuf::Timestamp>(whole, nanos);
}

auto written(duration from) -> google::protobuf::Duration {
  google::protobuf::Duration made;
  write_duration(from, made);
  return sent(made);
}
auto written(time_point from) -> google::protobuf::Timestamp {
  google::protobuf::Timestamp made;
  write_time(from, made);
  return sent(made);
}
auto written(failure const& from) -> ::temporal::api::failure::v1::Failure {
  ::temporal::api::failure::v1::Failure made;
  write_failure(from, made);
  return sent(made);
}

constexpr auto least = std::numeric_limits<std::int64_t>::min();
constexpr auto most = std::numeric_limits<std::int64_t>::max();

auto json_payload(std::string text) -> payload { return {std::move(text), {encodings::json}}; }

} // namespace

TEST_CASE("durations come through at their limits, with one sign for both parts",
          "[temporal][translation]") {
  for (auto const count : {std::int64_t{0}, std::int64_t{1}, std::int64_t{-1}, most, least,
                           std::int64_t{-999'999'999}, std::int64_t{1'000'000'000}}) {
    auto const message = written(duration{count});
    CAPTURE(count, message.seconds(), message.nanos());
    CHECK(read_duration(message) == duration{count});
    CHECK((message.seconds() >= 0) == (count > -1'000'000'000));
    CHECK((message.nanos() < 0) == (count < 0 && count % 1'000'000'000 != 0));
  }
  CHECK(written(duration{-1'500'000'000}).seconds() == -1);
  CHECK(written(duration{-1'500'000'000}).nanos() == -500'000'000);
}

TEST_CASE("durations past 292 years become that long, malformed ones are refused",
          "[temporal][translation]") {
  CHECK(read_duration(span(9'223'372'036, 854'775'807)) == duration{most});
  CHECK(read_duration(span(9'223'372'036, 854'775'808)) == duration{most});
  CHECK(read_duration(span(315'576'000'000, 0)) == duration{most});
  CHECK(read_duration(span(most, 999'999'999)) == duration{most});
  CHECK(read_duration(span(-9'223'372'036, -854'775'808)) == duration{least});
  CHECK(read_duration(span(-9'223'372'036, -854'775'809)) == duration{least});
  CHECK(read_duration(span(least, -999'999'999)) == duration{least});
  CHECK(read_duration(span(2, -1)) == duration{1'999'999'999}); // lenient: it is plain what it says
  auto const refused = perdure_test::has_code<error>(errc::history_corrupt);
  CHECK_THROWS_MATCHES(read_duration(span(0, 1'000'000'000)), error, refused);
  CHECK_THROWS_MATCHES(read_duration(span(0, -1'000'000'000)), error, refused);
  CHECK_THROWS_MATCHES(read_duration(span(0, std::numeric_limits<std::int32_t>::min())), error,
                       refused);
}

TEST_CASE("times come through at their limits, and beyond them become the nearest",
          "[temporal][translation]") {
  for (auto const count : {std::int64_t{0}, std::int64_t{1}, std::int64_t{-1}, most, least,
                           std::int64_t{-1'000'000'000}, std::int64_t{1'596'069'002'971'655'189}}) {
    auto const message = written(time_point{duration{count}});
    CAPTURE(count, message.seconds(), message.nanos());
    CHECK(read_time(message) == time_point{duration{count}});
    CHECK(message.nanos() >= 0);
  }
  CHECK(written(time_point{duration{-1}}).seconds() == -1);
  CHECK(written(time_point{duration{-1}}).nanos() == 999'999'999);
  CHECK(read_time(instant(-62'135'596'800, 0)) == time_point{duration{least}}); // the year 1
  CHECK(read_time(instant(253'402'300'799, 0)) == time_point{duration{most}});  // the year 9999
  CHECK(read_time(instant(least, 0)) == time_point{duration{least}});
  CHECK(read_time(instant(most, 999'999'999)) == time_point{duration{most}});
  auto const refused = perdure_test::has_code<error>(errc::history_corrupt);
  CHECK_THROWS_MATCHES(read_time(instant(0, -1)), error, refused);
  CHECK_THROWS_MATCHES(read_time(instant(0, 1'000'000'000)), error, refused);
}

TEST_CASE("payloads come through byte by byte, with their metadata", "[temporal][translation]") {
  payload binary{std::string{"\0\xff\xfe", 3}, {"own/codec"}};
  binary.metadata.set("key", std::string{"\0\x80", 2});
  payloads const list{std::vector<payload>{binary, payload::null(), payload{}, json_payload("1")}};
  ::temporal::api::common::v1::Payloads message;
  write_payloads(list, message);
  CHECK(read_payloads(sent(message)) == list);

  payload_map const map{{"a", binary}, {"", json_payload("2")}};
  ::temporal::api::common::v1::Memo memo;
  write_payload_map(map, *memo.mutable_fields());
  CHECK(read_payload_map(sent(memo).fields()) == map);

  ::temporal::api::common::v1::Payload one;
  write_payload(binary, one);
  CHECK(read_payload(sent(one)) == binary);
}

TEST_CASE("a failure of every kind comes through with its chain of causes",
          "[temporal][translation]") {
  std::vector<failure_info> const kinds{
      std::monostate{},
      application_failure_info{.type = "T",
                               .details = json_payload("1"),
                               .next_retry_delay = duration{},
                               .non_retryable = true,
                               .category = application_error_category::benign},
      timeout_failure_info{.last_heartbeat_details = json_payload("1"),
                           .timeout_type = timeout_type::heartbeat},
      canceled_failure_info{.details = json_payload("1"), .identity = "me"},
      terminated_failure_info{.identity = "me"},
      server_failure_info{.non_retryable = true},
      reset_workflow_failure_info{.last_heartbeat_details = json_payload("1")},
      activity_failure_info{.scheduled_event_id = 5,
                            .started_event_id = 6,
                            .identity = "me",
                            .activity_type = "charge",
                            .activity_id = "1",
                            .retry_state = retry_state::timeout},
      child_workflow_failure_info{.namespace_ = "n",
                                  .workflow_execution = {.workflow_id = "w", .run_id = "r"},
                                  .workflow_type = "t",
                                  .initiated_event_id = 7,
                                  .started_event_id = 8,
                                  .retry_state = retry_state::in_progress},
      nexus_operation_failure_info{.scheduled_event_id = 9,
                                   .endpoint = "e",
                                   .service = "s",
                                   .operation = "o",
                                   .operation_token = "t"},
      nexus_handler_failure_info{.type = "BAD_REQUEST",
                                 .retry_behavior =
                                     nexus_handler_error_retry_behavior::non_retryable}};
  REQUIRE(kinds.size() == std::variant_size_v<failure_info>);
  failure chain{.message = "the first"};
  for (auto const& kind : kinds) {
    failure around{.message = "m",
                   .source = "perdure",
                   .stack_trace = "at",
                   .encoded_attributes = json_payload("{}"),
                   .cause = chain};
    around.info = kind;
    chain = around;
    CAPTURE(kind.index());
    auto const message = written(chain);
    CHECK(read_failure(message) == chain);
    CHECK(perdure_test::normal(perdure_test::json_of(message)) ==
          perdure_test::normal(perdure_test::json::parse(struct_to_json(chain))));
  }
}

TEST_CASE("a failure with more causes than a message may nest is refused",
          "[temporal][translation]") {
  failure chain{.message = "the first"};
  for (int i = 0; i < 200; ++i) chain = failure{.message = "m", .cause = chain};
  ::temporal::api::failure::v1::Failure message;
  CHECK_THROWS_MATCHES(write_failure(chain, message), error,
                       perdure_test::has_code<error>(errc::bad_payload));
}

TEST_CASE("text that is not UTF-8 is written as text that is", "[temporal][translation]") {
  CHECK(utf8_of("") == "");
  CHECK(utf8_of("plain \"text\"\n") == "plain \"text\"\n");
  CHECK(utf8_of("漢字 😀 é") == "漢字 😀 é");
  CHECK(utf8_of("\xff") == "\xef\xbf\xbd");
  CHECK(utf8_of("a\xc3(b") == "a\xef\xbf\xbd(b");
  CHECK(utf8_of("é\xed\xa0\x80 after") == "é\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd after");
  CHECK(utf8_of(std::string{"a\0\xf0\x9f", 4}) == std::string{"a\0\xef\xbf\xbd\xef\xbf\xbd", 8});
  auto const message = written(failure{.message = "what \xff"}); // which would not parse otherwise
  CHECK(message.message() == "what \xef\xbf\xbd");
}

TEST_CASE("policies, metadata, priorities and requests come through", "[temporal][translation]") {
  retry_policy const policy{.initial_interval = seconds{1},
                            .backoff_coefficient = 1.5,
                            .maximum_interval = seconds{60},
                            .maximum_attempts = 5,
                            .non_retryable_error_types = {"A", "B"}};
  ::temporal::api::common::v1::RetryPolicy policy_message;
  write_retry_policy(policy, policy_message);
  CHECK(read_retry_policy(sent(policy_message)) == policy);
  policy_message.set_maximum_attempts(-1);
  CHECK_THROWS_WITH(
      read_retry_policy(policy_message),
      perdure_test::contains("retry policy: .maximumAttempts: the number is below 0"));
  ::temporal::api::common::v1::RetryPolicy largest;
  write_retry_policy({.maximum_attempts = 0xffff'ffff}, largest);
  CHECK(largest.maximum_attempts() == 0x7fff'ffff);
  ::temporal::api::common::v1::RetryPolicy unset;
  write_retry_policy({}, unset);
  CHECK(unset.SerializeAsString().empty());

  user_metadata const metadata{.summary = json_payload("1"), .details = payload{}};
  ::temporal::api::sdk::v1::UserMetadata metadata_message;
  write_user_metadata(metadata, metadata_message);
  CHECK(read_user_metadata(sent(metadata_message)) == metadata);

  priority const urgent{.priority_key = 1, .fairness_weight = 0.25F, .fairness_key = "k"};
  ::temporal::api::common::v1::Priority priority_message;
  write_priority(urgent, priority_message);
  CHECK(read_priority(sent(priority_message)) == urgent);

  sdk_metadata const sdk{.core_used_flags = {1, 2, 3},
                         .lang_used_flags = {4'294'967'295},
                         .sdk_name = "perdure",
                         .sdk_version = "1.0.0"};
  ::temporal::api::sdk::v1::WorkflowTaskCompletedMetadata sdk_message;
  write_sdk_metadata(sdk, sdk_message);
  CHECK(perdure_test::json_of(sdk_message) == perdure_test::json::parse(struct_to_json(sdk)));

  update_request const request{
      .meta = {.update_id = "u", .identity = "me"},
      .input = {.name = "n", .header = payload_map{}, .args = json_payload("1")},
      .request_id = "r"};
  ::temporal::api::update::v1::Request request_message;
  write_update_request(request, request_message);
  CHECK(read_update_request(sent(request_message)) == request);
}
