// What a server is told of a worker now and then, for those who watch it.
#pragma once

#include <atomic>
#include <cstddef>
#include <string>

#include "perdure/backend/backend.hpp"
#include "perdure/time.hpp"

namespace temporal::api::worker::v1 {
class WorkerHeartbeat;
} // namespace temporal::api::worker::v1

namespace perdure::inline v0::temporal {

/// Between two of them.
inline constexpr duration worker_heartbeat_interval = std::chrono::seconds{60};

/// Of one kind of task. Counted by whoever hands them out and answers them.
struct task_counts {
  std::atomic<int> begun{0};
  std::atomic<int> ended{0};
  std::atomic<int> failed{0};
};

/// What a worker's session knows of it.
struct worker_facts {
  std::string instance_key{};
  time_point started_at{};
  time_point told_at{}; ///< 1970: never before.
  int workflow_polls{};
  int sticky_polls{};
  int activity_polls{};
  task_counts const* workflow_tasks{};
  task_counts const* activities{};
  bool stopping{};
};

void write_worker_heartbeat(worker_link const& worker, worker_facts const& facts, time_point now,
                            ::temporal::api::worker::v1::WorkerHeartbeat& to);

} // namespace perdure::inline v0::temporal
