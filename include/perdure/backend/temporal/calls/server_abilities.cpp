#include "perdure/backend/temporal/calls/server_abilities.hpp"

#include "perdure/backend/temporal/calls/call_status.hpp"
#include "perdure/backend/temporal/calls/connection.hpp"
#include "perdure/backend/temporal/calls/methods.hpp"

namespace perdure::inline v0::temporal {

auto ask_abilities(connection& server) -> server_abilities {
  std::string const where =
      "namespace '" + server.options().namespace_ + "' at " + server.options().address;
  api::workflowservice::v1::DescribeNamespaceRequest request;
  request.set_namespace_(server.options().namespace_);
  request.set_weak_consistency(true);
  try {
    auto const told = server.call(describe_namespace, request);
    auto const& info = told.namespace_info();
    server_abilities able{};
    if (info.limits().blob_size_limit_error() > 0)
      able.blob_bytes_max = info.limits().blob_size_limit_error();
    able.poller_autoscaling = info.capabilities().poller_autoscaling();
    able.worker_heartbeats = info.capabilities().worker_heartbeats();
    able.poll_complete_on_shutdown = info.capabilities().worker_poll_complete_on_shutdown();
    return able;
  } catch (call_failed const& why) {
    throw_error("cannot use " + where, why);
  }
}

} // namespace perdure::inline v0::temporal
