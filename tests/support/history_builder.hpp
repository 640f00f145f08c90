// Histories made by hand, event by event, for tests of what reads them.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "perdure/history/history.hpp"

namespace perdure_test {

/// Gives events their ids and times: event n happens at second n.
class history_builder {
public:
  explicit history_builder(std::string const& workflow_type = "Workflow") {
    perdure::events::workflow_execution_started started{};
    started.workflow_type = workflow_type;
    started.task_queue.name = std::string_view{"queue"};
    started.original_execution_run_id = std::string_view{"run"};
    started.workflow_id = std::string_view{"id"};
    made_.workflow_id = started.workflow_id;
    add(std::move(started));
  }

  /// Adds an event. Gives its id.
  template <class A>
  auto add(A attributes) -> perdure::event_id {
    perdure::event e{};
    e.id = static_cast<perdure::event_id>(made_.events.size()) + 1;
    e.time = perdure::time_point{perdure::duration{e.id * 1'000'000'000}};
    e.type = A::type;
    e.attributes = perdure::event_attributes::make(std::move(attributes));
    made_.events.push_back(std::move(e));
    return made_.events.back().id;
  }

  auto task_scheduled() -> perdure::event_id {
    return add(perdure::events::workflow_task_scheduled{});
  }
  auto task_started() -> perdure::event_id { return add(perdure::events::workflow_task_started{}); }
  auto task_completed(std::vector<std::uint32_t> core_flags = {}) -> perdure::event_id {
    perdure::events::workflow_task_completed completed{};
    if (!core_flags.empty()) completed.sdk_metadata.make().core_used_flags = std::move(core_flags);
    return add(std::move(completed));
  }
  auto task_failed() -> perdure::event_id { return add(perdure::events::workflow_task_failed{}); }
  auto task_timed_out() -> perdure::event_id {
    return add(perdure::events::workflow_task_timed_out{});
  }
  /// Scheduled and started.
  auto task_begins() -> perdure::event_id { return task_scheduled(), task_started(); }
  /// Scheduled, started and completed.
  auto task(std::vector<std::uint32_t> core_flags = {}) -> perdure::event_id {
    return task_begins(), task_completed(std::move(core_flags));
  }

  auto activity(std::string id, std::string const& type) -> perdure::event_id {
    perdure::events::activity_task_scheduled scheduled{};
    scheduled.activity_id = std::move(id);
    scheduled.activity_type = type;
    return add(std::move(scheduled));
  }
  auto activity_completed(perdure::event_id scheduled, perdure::payloads result = {})
      -> perdure::event_id {
    perdure::events::activity_task_completed completed{};
    completed.result = std::move(result);
    completed.scheduled_event_id = scheduled;
    return add(std::move(completed));
  }
  auto timer(std::string id) -> perdure::event_id {
    return add(perdure::events::timer_started{.timer_id = std::move(id)});
  }
  auto timer_fired(std::string id, perdure::event_id started) -> perdure::event_id {
    return add(
        perdure::events::timer_fired{.timer_id = std::move(id), .started_event_id = started});
  }
  auto cancel_requested() -> perdure::event_id {
    return add(perdure::events::workflow_execution_cancel_requested{});
  }
  auto signal(std::string const& name) -> perdure::event_id {
    perdure::events::workflow_execution_signaled sent{};
    sent.signal_name = name;
    return add(std::move(sent));
  }
  auto update_accepted(perdure::event_id sequenced_at) -> perdure::event_id {
    perdure::events::workflow_execution_update_accepted accepted{};
    accepted.accepted_request_sequencing_event_id = sequenced_at;
    return add(std::move(accepted));
  }
  auto completed() -> perdure::event_id {
    return add(perdure::events::workflow_execution_completed{});
  }

  [[nodiscard]] auto events() const noexcept -> std::vector<perdure::event> const& {
    return made_.events;
  }
  [[nodiscard]] auto events() noexcept -> std::vector<perdure::event>& { return made_.events; }
  [[nodiscard]] auto build() const -> perdure::history { return made_; }

private:
  perdure::history made_{};
};

} // namespace perdure_test
