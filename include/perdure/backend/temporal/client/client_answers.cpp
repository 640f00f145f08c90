// Answers of activity attempts that no worker runs.
#include "perdure/backend/temporal/calls/call_errors.hpp"
#include "perdure/backend/temporal/calls/connection.hpp"
#include "perdure/backend/temporal/calls/methods.hpp"
#include "perdure/backend/temporal/client/client_calls.hpp"
#include "perdure/backend/temporal/translation/part_translation.hpp"
#include "temporal/api/workflowservice/v1/service.pb.h"

namespace perdure::inline v0::temporal {

namespace {

namespace service = api::workflowservice::v1;
using kind = async_activity_answer::kind;

/// One answer, to be sent under the name of the attempt or under the id of the activity.
struct answering {
  connection& server;
  request_sender const& by;
  async_activity_answer const& said;

  [[nodiscard]] auto is_by_token() const noexcept -> bool { return !said.opaque.empty(); }

  template <class Request>
  [[nodiscard]] auto by_token() const -> Request {
    Request message;
    message.set_namespace_(by.namespace_);
    message.set_identity(by.identity);
    message.set_task_token(said.opaque);
    return message;
  }
  template <class Request>
  [[nodiscard]] auto by_id() const -> Request {
    Request message;
    message.set_namespace_(by.namespace_);
    message.set_identity(by.identity);
    message.set_workflow_id(checked_utf8(said.execution.workflow_id.view(), "the workflow id"));
    message.set_run_id(checked_utf8(said.execution.run_id.view(), "the run id"));
    message.set_activity_id(checked_utf8(said.activity_id, "the activity id"));
    return message;
  }
  /// Makes one of the two calls; `fill(request)` adds what they both have.
  template <class A, class AR, class B, class BR, class Fill>
  void call(method<A, AR> const& with_token, method<B, BR> const& with_id, Fill fill) const {
    if (is_by_token()) {
      A message = by_token<A>();
      fill(message);
      (void)server.call(with_token, message);
    } else {
      B message = by_id<B>();
      fill(message);
      (void)server.call(with_id, message);
    }
  }

  void complete() const {
    call(respond_activity_task_completed, respond_activity_task_completed_by_id,
         [&](auto& to) { write_payloads(said.data, *to.mutable_result()); });
  }
  void fail() const {
    call(respond_activity_task_failed, respond_activity_task_failed_by_id,
         [&](auto& to) { write_attempt_failure(said.why, *to.mutable_failure()); });
  }
  void cancel() const {
    call(respond_activity_task_canceled, respond_activity_task_canceled_by_id,
         [&](auto& to) { write_payloads(said.data, *to.mutable_details()); });
  }
  [[nodiscard]] auto heartbeat() const -> bool {
    auto const send = [&](auto const& which, auto message) {
      write_payloads(said.data, *message.mutable_details());
      auto const told = server.call(which, message);
      return told.cancel_requested() || told.activity_paused() || told.activity_reset();
    };
    if (is_by_token())
      return send(record_activity_task_heartbeat,
                  by_token<service::RecordActivityTaskHeartbeatRequest>());
    return send(record_activity_task_heartbeat_by_id,
                by_id<service::RecordActivityTaskHeartbeatByIdRequest>());
  }

  auto send() const -> bool {
    switch (said.what) {
    case kind::detached: return false; // a server needs not know
    case kind::heartbeat: return heartbeat();
    case kind::completed: return complete(), false;
    case kind::failed: return fail(), false;
    case kind::cancelled: break;
    }
    try {
      cancel();
    } catch (call_failed const& why) {
      // Nobody has asked for it: the attempt has failed.
      if (why.code() != status_code::invalid_argument) throw;
      fail();
    }
    return false;
  }
};

} // namespace

auto client_calls::answer_async_activity(async_activity_answer const& given) -> bool {
  bool const is_by_token = !given.opaque.empty();
  if (!is_by_token && given.token.lease != 0)
    throw error{errc::invalid_argument, "the activity token is of another backend: a Temporal "
                                        "server's is text that begins with t1."};
  try {
    return answering{*server_, self_, given}.send();
  } catch (call_failed const& why) {
    std::string const what = is_by_token ? std::string{"cannot answer the attempt of an activity"}
                                         : "cannot answer activity '" + given.activity_id +
                                               "' of " + name_of(given.execution);
    // An open activity that no attempt of runs has an answer of its own, of some texts.
    bool const is_lost = why.code() == status_code::not_found &&
                         (is_by_token || says(why.status(), "invalid activityID"));
    if (is_lost) throw_as(errc::task_lost, what, why);
    throw_refused(what, why);
  }
}

} // namespace perdure::inline v0::temporal
