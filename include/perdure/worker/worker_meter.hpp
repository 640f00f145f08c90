// What a worker measures, under the names of Temporal's SDKs.
#pragma once

#include <initializer_list>
#include <memory>
#include <string_view>

#include "perdure/history/event.hpp"
#include "perdure/history/task.hpp"
#include "perdure/metrics.hpp"
#include "perdure/worker/worker_options.hpp"

namespace perdure::inline v0::detail {

/// Measures, if the worker has a sink: then it is true. Names, tags and units (milliseconds) are
/// those of Temporal's reference of SDK metrics, as the SDKs over Core have them.
/// Source: docs.temporal.io/references/sdk-metrics.
class worker_meter {
public:
  explicit worker_meter(worker_options const& options) noexcept
      : route_{options.metrics.get(), options.task_queue} {}

  [[nodiscard]] explicit operator bool() const noexcept { return route_.sink != nullptr; }
  /// For the log context of what the worker runs; null without a sink.
  [[nodiscard]] auto route() const noexcept -> metric_route const* {
    return route_.sink == nullptr ? nullptr : &route_;
  }

  using tags = std::initializer_list<metric_tag>;
  void count(std::string_view name, tags with = {}) const {
    record(metric_kind::counter, name, 1, with);
  }
  void set(std::string_view name, double value, tags with = {}) const {
    record(metric_kind::gauge, name, value, with);
  }
  void observe(std::string_view name, duration latency, tags with = {}) const {
    double const milliseconds = static_cast<double>(latency.count()) / 1e6;
    record(metric_kind::histogram, name, milliseconds < 0 ? 0 : milliseconds, with);
  }

  /// Real time that only grows, for latencies.
  [[nodiscard]] static auto now() -> time_point {
    return time_point{
        std::chrono::duration_cast<duration>(std::chrono::steady_clock::now().time_since_epoch())};
  }

  // ------------------------------------------------------------------------------ workflow tasks
  void took_workflow_task(workflow_task const& task) const {
    tags const of{{"workflow_type", task.workflow_type}};
    count("temporal_workflow_task_queue_poll_succeed", of);
    time_point scheduled{};
    for (event const& each : task.events) {
      if (each.type == event_type::workflow_task_scheduled) scheduled = each.time;
      if (each.type == event_type::workflow_task_started &&
          each.id == task.token.started_event_id && scheduled != time_point{})
        observe("temporal_workflow_task_schedule_to_start_latency", each.time - scheduled, of);
    }
  }
  void ended_workflow(workflow_task const& task, command_type how, duration since_start) const {
    std::string_view const name = name_of_ending(how);
    if (name.empty()) return;
    tags const of{{"workflow_type", task.workflow_type}};
    count(name, of);
    if (how == command_type::complete_workflow_execution)
      observe("temporal_workflow_endtoend_latency", since_start, of);
  }
  void failed_workflow_task(workflow_task const& task, workflow_task_failed_cause cause) const {
    count("temporal_workflow_task_execution_failed",
          {{"workflow_type", task.workflow_type},
           {"failure_reason", cause == workflow_task_failed_cause::non_deterministic_error
                                  ? "NonDeterminismError"
                                  : "WorkflowError"}});
  }

private:
  [[nodiscard]] static auto name_of_ending(command_type how) noexcept -> std::string_view {
    switch (how) {
    case command_type::complete_workflow_execution: return "temporal_workflow_completed";
    case command_type::fail_workflow_execution: return "temporal_workflow_failed";
    case command_type::cancel_workflow_execution: return "temporal_workflow_canceled";
    case command_type::continue_as_new_workflow_execution:
      return "temporal_workflow_continue_as_new";
    default: return {};
    }
  }
  void record(metric_kind kind, std::string_view name, double value, tags with) const {
    if (route_.sink == nullptr) return;
    metric_tag all[6]{};
    std::size_t number = 0;
    for (metric_tag const& each : with) all[number++] = each;
    all[number++] = {"task_queue", route_.task_queue};
    route_.sink->record({kind, name, value, {all, number}});
  }

  metric_route route_;
};

} // namespace perdure::inline v0::detail
