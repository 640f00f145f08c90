#include <google/protobuf/any.pb.h>

#include "perdure/backend/temporal/translation/event_translation.hpp"
#include "perdure/backend/temporal/translation/schema_translation.hpp"
#include "temporal/api/protocol/v1/message.pb.h"
#include "temporal/api/query/v1/message.pb.h"
#include "temporal/api/update/v1/message.pb.h"

namespace perdure::inline v0::temporal {

namespace {

/// The id that servers give the message that delivers an update.
[[nodiscard]] auto request_id_of(update_message const& answer) -> std::string {
  return utf8_of(answer.update_id) + "/request";
}

void write_outcome(update_message const& from, api::update::v1::Response& to) {
  to.mutable_meta()->set_update_id(utf8_of(from.update_id));
  auto const& meta = from.request.meta;
  if (!meta.identity.empty()) to.mutable_meta()->set_identity(utf8_of(meta.identity));
  if (from.outcome.failure)
    write_failure(*from.outcome.failure, *to.mutable_outcome()->mutable_failure());
  else // even when there is no value: the kind of outcome is what is told
    write_payloads(from.outcome.success, *to.mutable_outcome()->mutable_success());
}

[[nodiscard]] auto has_request(update_message const& in) -> bool {
  return !in.request.input.name.empty() || !in.request.meta.update_id.empty();
}

} // namespace

auto read_update(api::protocol::v1::Message const& from) -> delivered_update {
  api::update::v1::Request request;
  if (!from.body().UnpackTo(&request))
    throw error{errc::history_corrupt,
                "message '" + from.id() +
                    "': its body is not the request of an update: " + from.body().type_url()};
  return {.id = from.protocol_instance_id(),
          .sequencing_event_id = from.event_id(),
          .request = read_update_request(request)};
}

void write_update_message(update_message const& from, api::protocol::v1::Message& to) {
  to.set_id(utf8_of(from.message_id));
  to.set_protocol_instance_id(utf8_of(from.update_id));
  switch (from.what) {
  case update_message::kind::acceptance: {
    api::update::v1::Acceptance body;
    body.set_accepted_request_message_id(request_id_of(from));
    body.set_accepted_request_sequencing_event_id(from.sequencing_event_id);
    if (has_request(from)) write_update_request(from.request, *body.mutable_accepted_request());
    to.mutable_body()->PackFrom(body);
    return;
  }
  case update_message::kind::rejection: {
    api::update::v1::Rejection body;
    body.set_rejected_request_message_id(request_id_of(from));
    body.set_rejected_request_sequencing_event_id(from.sequencing_event_id);
    if (has_request(from)) write_update_request(from.request, *body.mutable_rejected_request());
    if (from.outcome.failure) write_failure(*from.outcome.failure, *body.mutable_failure());
    to.mutable_body()->PackFrom(body);
    return;
  }
  case update_message::kind::response: {
    api::update::v1::Response body;
    write_outcome(from, body);
    to.mutable_body()->PackFrom(body);
    return;
  }
  }
}

auto read_query(api::query::v1::WorkflowQuery const& from) -> workflow_query {
  workflow_query made{
      .id = {}, .type = from.query_type(), .arguments = read_payloads(from.query_args())};
  if (from.header().fields_size() != 0) made.header = read_payload_map(from.header().fields());
  return made;
}

void write_query_answer(query_answer const& from, api::query::v1::WorkflowQueryResult& to) {
  if (!from.failed) {
    to.set_result_type(api::enums::v1::QUERY_RESULT_TYPE_ANSWERED);
    write_payloads(from.result, *to.mutable_answer());
    return;
  }
  to.set_result_type(api::enums::v1::QUERY_RESULT_TYPE_FAILED);
  to.set_error_message(utf8_of(from.failed->message));
  write_failure(*from.failed, *to.mutable_failure());
}

} // namespace perdure::inline v0::temporal
