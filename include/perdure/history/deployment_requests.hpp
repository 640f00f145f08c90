// What clients ask about worker deployments, in Temporal's service terms.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace perdure::inline v0 {

/// DescribeWorkerDeployment: the builds of a deployment, and who still needs them.
struct deployment_description {
  /// One build whose workers have polled some task queue.
  struct version {
    std::string build_id{};
    std::vector<std::string> task_queues{};
    /// Open runs that are pinned to it. 0, and it is not current: drained, its workers may stop.
    std::size_t open_pinned_runs{};
  };
  std::string name{};
  std::string current_build_id{};  ///< Empty: none; unversioned workers take new runs.
  std::vector<version> versions{}; ///< In the order in which they were first seen.
};

} // namespace perdure::inline v0
