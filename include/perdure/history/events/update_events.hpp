// The life of an update.
#pragma once

#include "perdure/data/indirect.hpp"
#include "perdure/data/shared_string.hpp"
#include "perdure/history/enums.hpp"
#include "perdure/history/event_parts.hpp"
#include "perdure/history/event_type.hpp"
#include "perdure/history/failure.hpp"
#include "perdure/history/ids.hpp"
#include "perdure/history/raw_json.hpp"

namespace perdure::inline v0::events {

/// An update was written to history before any worker accepted it (after a reset).
struct workflow_execution_update_admitted {
  static constexpr event_type type{event_type::workflow_execution_update_admitted};

  update_request request{};
  indirect<unknown_fields> unknown{};
  update_admitted_event_origin origin{};

  template <class Self, class On>
  static void fields(Self& self, On&& on) {
    on("request", self.request);
    on("origin", self.origin);
  }
};

/// An update passed its validator and runs. Written by the command protocol_message.
struct workflow_execution_update_accepted {
  static constexpr event_type type{event_type::workflow_execution_update_accepted};

  shared_string protocol_instance_id{}; ///< The update id.
  shared_string accepted_request_message_id{};
  event_id accepted_request_sequencing_event_id{}; ///< The update ran after this event.
  update_request accepted_request{};
  indirect<unknown_fields> unknown{};

  template <class Self, class On>
  static void fields(Self& self, On&& on) {
    on("protocolInstanceId", self.protocol_instance_id);
    on("acceptedRequestMessageId", self.accepted_request_message_id);
    on("acceptedRequestSequencingEventId", self.accepted_request_sequencing_event_id);
    on("acceptedRequest", self.accepted_request);
  }
};

/// Reserved by Temporal: a rejected update leaves no event.
struct workflow_execution_update_rejected {
  static constexpr event_type type{event_type::workflow_execution_update_rejected};

  shared_string protocol_instance_id{}; ///< The update id.
  shared_string rejected_request_message_id{};
  event_id rejected_request_sequencing_event_id{};
  update_request rejected_request{};
  indirect<perdure::failure> failure{};
  indirect<unknown_fields> unknown{};

  template <class Self, class On>
  static void fields(Self& self, On&& on) {
    on("protocolInstanceId", self.protocol_instance_id);
    on("rejectedRequestMessageId", self.rejected_request_message_id);
    on("rejectedRequestSequencingEventId", self.rejected_request_sequencing_event_id);
    on("rejectedRequest", self.rejected_request);
    on("failure", self.failure);
  }
};

/// An update finished. Written by the command protocol_message.
struct workflow_execution_update_completed {
  static constexpr event_type type{event_type::workflow_execution_update_completed};

  update_meta meta{};
  event_id accepted_event_id{};
  update_outcome outcome{};
  indirect<unknown_fields> unknown{};

  template <class Self, class On>
  static void fields(Self& self, On&& on) {
    on("meta", self.meta);
    on("acceptedEventId", self.accepted_event_id);
    on("outcome", self.outcome);
  }
};

} // namespace perdure::inline v0::events
