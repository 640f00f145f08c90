// The calls of clients and operators, made to a server with a script.
#pragma once

#include "support/catch.hpp"

#include <string>
#include <string_view>
#include <vector>

#include "temporal/api/perdure/rpc/status.pb.h"
#include "perdure/backend/temporal/client/client_calls.hpp"
#include "perdure/backend/temporal/calls/connection.hpp"
#include "perdure/backend/temporal/client/operator_calls.hpp"
#include "temporal/api/errordetails/v1/message.pb.h"
#include "temporal/api/workflowservice/v1/service.pb.h"
#include "temporal/scripted_server.hpp"

namespace perdure_test {

namespace service = ::temporal::api::workflowservice::v1;

struct scripted_client {
  scripted_server server{};
  perdure::temporal::connection over{options()};
  perdure::temporal::client_calls clients{over};
  perdure::temporal::operator_calls operators{over};

  void script(std::string const& method, std::vector<scripted_answer> answers) {
    server.script(method, std::move(answers));
  }
  /// The requests of a method, as they came.
  template <class Request>
  [[nodiscard]] auto requests(std::string_view method) const -> std::vector<Request> {
    std::vector<Request> all;
    for (auto const& call : server.calls())
      if (call.method == method) REQUIRE(all.emplace_back().ParseFromString(call.request));
    return all;
  }

private:
  [[nodiscard]] auto options() const -> perdure::temporal_options {
    perdure::temporal_options made{};
    made.address = server.address();
    made.namespace_ = "shop";
    made.identity = "1@here";
    return made;
  }
};

/// A refusal with a detail, as servers send them.
inline auto failing_with(grpc::StatusCode code, std::string const& message,
                         google::protobuf::Message const& detail) -> scripted_answer {
  ::temporal::api::perdure::rpc::Status status;
  status.set_code(code);
  status.set_message(message);
  status.add_details()->PackFrom(detail);
  return failing(code, message, status.SerializeAsString());
}
inline auto not_found(std::string const& message) -> scripted_answer {
  return failing_with(grpc::StatusCode::NOT_FOUND, message,
                      ::temporal::api::errordetails::v1::NotFoundFailure{});
}
inline auto closed() -> scripted_answer {
  return not_found("workflow execution already completed");
}
inline auto away() -> scripted_answer { return failing(grpc::StatusCode::UNAVAILABLE); }

/// A run as DescribeWorkflowExecution tells of it.
inline auto described(::temporal::api::enums::v1::WorkflowExecutionStatus status,
                      std::string const& reset_to = {}) -> scripted_answer {
  service::DescribeWorkflowExecutionResponse told;
  auto& info = *told.mutable_workflow_execution_info();
  info.set_status(status);
  if (status != ::temporal::api::enums::v1::WORKFLOW_EXECUTION_STATUS_RUNNING)
    info.mutable_close_time()->set_seconds(1);
  told.mutable_workflow_extended_info()->set_reset_run_id(reset_to);
  return giving(told);
}
inline auto open_run() -> scripted_answer {
  return described(::temporal::api::enums::v1::WORKFLOW_EXECUTION_STATUS_RUNNING);
}
inline auto closed_run() -> scripted_answer {
  return described(::temporal::api::enums::v1::WORKFLOW_EXECUTION_STATUS_COMPLETED);
}

/// What `act` is refused with.
template <class Act>
auto refusal(Act act) -> perdure::errc {
  try {
    act();
  } catch (perdure::error const& why) {
    return why.code();
  }
  FAIL("it was not refused");
  return {};
}

} // namespace perdure_test
