// Goal: updates and queries pass between a server and a worker as Temporal's protocol has them.
#include "support/catch.hpp"

#include <string>
#include <utility>

#include "perdure/backend/temporal/translation/event_translation.hpp"
#include "perdure/history/history_json.hpp"
#include "temporal/api/protocol/v1/message.pb.h"
#include "temporal/api/query/v1/message.pb.h"
#include "temporal/api/update/v1/message.pb.h"
#include "temporal/held_by.hpp"

using namespace perdure;
using perdure_test::json;
using perdure_test::sent;

namespace {

using message = ::temporal::api::protocol::v1::Message;

auto request() -> update_request {
  return {.meta = {.update_id = "u", .identity = "me"},
          .input = {.name = "set", .args = payload{"1", {encodings::json}}},
          .request_id = {}};
}
json const request_json = json::parse(
    R"({"meta":{"updateId":"u","identity":"me"},"input":{"name":"set",)"
    R"("args":{"payloads":[{"metadata":{"encoding":"anNvbi9wbGFpbg=="},"data":"MQ=="}]}}})");

auto written(update_message const& from) -> json {
  message made;
  perdure::temporal::write_update_message(from, made);
  return perdure_test::json_of(sent(made));
}

auto body(std::string const& type, json members) -> json {
  members["@type"] = "type.googleapis.com/temporal.api.update.v1." + type;
  return members;
}

} // namespace

TEST_CASE("an update is delivered with its id, its place and its request",
          "[temporal][translation]") {
  ::temporal::api::update::v1::Request theirs;
  perdure::temporal::write_update_request(request(), theirs);
  message delivered;
  delivered.set_id("u/request");
  delivered.set_protocol_instance_id("u");
  delivered.set_event_id(12);
  delivered.mutable_body()->PackFrom(theirs);
  auto const read = perdure::temporal::read_update(sent(delivered));
  CHECK(read.id == "u");
  CHECK(read.sequencing_event_id == 12);
  CHECK(read.request == request());
}

TEST_CASE("a message that is no update's request is refused", "[temporal][translation]") {
  message delivered;
  delivered.set_id("m");
  CHECK_THROWS_WITH(perdure::temporal::read_update(delivered),
                    perdure_test::contains("message 'm': its body is not the request"));
  delivered.mutable_body()->PackFrom(::temporal::api::update::v1::Rejection{});
  CHECK_THROWS_WITH(perdure::temporal::read_update(delivered),
                    perdure_test::contains("temporal.api.update.v1.Rejection"));
  delivered.mutable_body()->PackFrom(::temporal::api::update::v1::Request{});
  delivered.mutable_body()->set_value("\xff\xff\xff");
  CHECK_THROWS_MATCHES(perdure::temporal::read_update(delivered), error,
                       perdure_test::has_code<error>(errc::history_corrupt));
}

TEST_CASE("an update is accepted by its request and its place", "[temporal][translation]") {
  CHECK(written({.what = update_message::kind::acceptance,
                 .message_id = "u/accept",
                 .update_id = "u",
                 .sequencing_event_id = 12,
                 .request = request(),
                 .outcome = {}}) ==
        json{{"id", "u/accept"},
             {"protocolInstanceId", "u"},
             {"body", body("Acceptance", {{"acceptedRequestMessageId", "u/request"},
                                          {"acceptedRequestSequencingEventId", "12"},
                                          {"acceptedRequest", request_json}})}});
}

TEST_CASE("an update is rejected with a failure", "[temporal][translation]") {
  CHECK(written({.what = update_message::kind::rejection,
                 .message_id = "u/reject",
                 .update_id = "u",
                 .sequencing_event_id = 12,
                 .request = {},
                 .outcome = {.success = {}, .failure = failure{.message = "no"}}}) ==
        json{{"id", "u/reject"},
             {"protocolInstanceId", "u"},
             {"body", body("Rejection", {{"rejectedRequestMessageId", "u/request"},
                                         {"rejectedRequestSequencingEventId", "12"},
                                         {"failure", {{"message", "no"}}}})}});
}

TEST_CASE("an update ends with a result, with none, or with a failure", "[temporal][translation]") {
  auto const response = [](update_outcome outcome) {
    return written({.what = update_message::kind::response,
                    .message_id = "u/complete",
                    .update_id = "u",
                    .sequencing_event_id = {},
                    .request = {.meta = request().meta},
                    .outcome = std::move(outcome)});
  };
  auto const expected = [](json outcome) {
    return json{{"id", "u/complete"},
                {"protocolInstanceId", "u"},
                {"body", body("Response",
                              {{"meta", request_json["meta"]}, {"outcome", std::move(outcome)}})}};
  };
  CHECK(response({.success = payload{"1", {encodings::json}}, .failure = {}}) ==
        expected({{"success", request_json["input"]["args"]}}));
  CHECK(response({}) == expected({{"success", json::object()}}));
  CHECK(response({.success = {}, .failure = failure{.message = "no"}}) ==
        expected({{"failure", {{"message", "no"}}}}));
}

TEST_CASE("a query is read, and its answer is a result or a failure", "[temporal][translation]") {
  ::temporal::api::query::v1::WorkflowQuery query;
  query.set_query_type("state");
  perdure::temporal::write_payloads(payload{"1", {encodings::json}}, *query.mutable_query_args());
  (*query.mutable_header()->mutable_fields())["tenant"].set_data("acme");
  auto const read = perdure::temporal::read_query(sent(query));
  CHECK(read.header->at("tenant").data == "acme");
  CHECK(read.id.empty());
  CHECK(read.type == "state");
  CHECK(read.arguments == payloads{payload{"1", {encodings::json}}});

  auto const answer = [](query_answer const& from) {
    ::temporal::api::query::v1::WorkflowQueryResult made;
    perdure::temporal::write_query_answer(from, made);
    return perdure_test::json_of(sent(made));
  };
  CHECK(answer({.id = "q", .result = payload{"1", {encodings::json}}, .failed = {}}) ==
        json{{"resultType", "QUERY_RESULT_TYPE_ANSWERED"},
             {"answer", request_json["input"]["args"]}});
  CHECK(answer({.id = "q", .result = {}, .failed = failure{.message = "no"}}) ==
        json{{"resultType", "QUERY_RESULT_TYPE_FAILED"},
             {"errorMessage", "no"},
             {"failure", {{"message", "no"}}}});
}
