#include "perdure/backend/temporal/worker/worker_heartbeat.hpp"

#include <unistd.h>

#include "perdure/backend/temporal/translation/event_translation.hpp"
#include "perdure/process_identity.hpp"
#include "perdure/version.hpp"
#include "temporal/api/worker/v1/message.pb.h"

namespace perdure::inline v0::temporal {

namespace {

void write_slots(task_counts const& counts, ::temporal::api::worker::v1::WorkerSlotsInfo& to) {
  int const ended = counts.ended.load();
  to.set_current_used_slots(counts.begun.load() - ended);
  to.set_total_processed_tasks(ended);
  to.set_total_failed_tasks(counts.failed.load());
  to.set_slot_supplier_kind("Fixed");
}

void write_polls(int open, ::temporal::api::worker::v1::WorkerPollerInfo& to) {
  to.set_current_pollers(open);
  to.set_is_autoscaling(true);
}

} // namespace

void write_worker_heartbeat(worker_link const& worker, worker_facts const& facts, time_point now,
                            ::temporal::api::worker::v1::WorkerHeartbeat& to) {
  to.set_worker_instance_key(facts.instance_key);
  to.set_worker_identity(worker.identity.str());
  to.mutable_host_info()->set_host_name(detail::host_name());
  to.mutable_host_info()->set_process_id(std::to_string(::getpid()));
  to.set_task_queue(worker.task_queue.str());
  if (worker.version) {
    to.mutable_deployment_version()->set_deployment_name(worker.version->deployment_name.str());
    to.mutable_deployment_version()->set_build_id(worker.version->build_id.str());
  }
  to.set_sdk_name("perdure");
  to.set_sdk_version(version);
  to.set_status(facts.stopping ? ::temporal::api::enums::v1::WORKER_STATUS_SHUTTING_DOWN
                               : ::temporal::api::enums::v1::WORKER_STATUS_RUNNING);
  write_time(facts.started_at, *to.mutable_start_time());
  write_time(now, *to.mutable_heartbeat_time());
  if (facts.told_at != time_point{})
    write_duration(now - facts.told_at, *to.mutable_elapsed_since_last_heartbeat());
  if (worker.runs_workflows) {
    write_slots(*facts.workflow_tasks, *to.mutable_workflow_task_slots_info());
    write_polls(facts.workflow_polls, *to.mutable_workflow_poller_info());
    write_polls(facts.sticky_polls, *to.mutable_workflow_sticky_poller_info());
  }
  if (worker.runs_activities) {
    write_slots(*facts.activities, *to.mutable_activity_task_slots_info());
    write_polls(facts.activity_polls, *to.mutable_activity_poller_info());
  }
}

} // namespace perdure::inline v0::temporal
