#include "perdure/backend/temporal/translation/task_translation.hpp"

#include <cstdint>
#include <utility>

#include "perdure/backend/temporal/translation/event_translation.hpp"
#include "perdure/backend/temporal/translation/schema_translation.hpp"
#include "perdure/backend/temporal/translation/wire_reader.hpp"
#include "temporal/api/workflowservice/v1/service.pb.h"

namespace perdure::inline v0::temporal {

namespace {

using workflow_answer = api::workflowservice::v1::PollWorkflowTaskQueueResponse;
using activity_answer = api::workflowservice::v1::PollActivityTaskQueueResponse;

/// The fields of a workflow task's message that hold neither bytes nor what is rarely there.
struct told_of_workflow {
  workflow_execution execution{};
  shared_string type{};
  event_id previous_started{};
  event_id started{};
  std::int32_t attempt{};

  template <class Self, class On>
  static void fields(Self& self, On&& on) {
    on("workflowExecution", self.execution);
    on("workflowType", "name", self.type);
    on("previousStartedEventId", self.previous_started);
    on("startedEventId", self.started);
    on("attempt", self.attempt);
  }
};

/// The fields of an activity task's message that hold no bytes. What it says of the activity has
/// the names that the event has in which it was scheduled.
struct told_of_activity {
  workflow_execution execution{};
  shared_string workflow_type{};
  payloads heartbeat_details{};
  std::optional<time_point> scheduled{};
  std::optional<time_point> attempt_scheduled{};
  std::optional<time_point> started{};
  std::int32_t attempt{};
  events::activity_task_scheduled activity{};

  template <class Self, class On>
  static void fields(Self& self, On&& on) {
    on("workflowExecution", self.execution);
    on("workflowType", "name", self.workflow_type);
    on("heartbeatDetails", self.heartbeat_details);
    on("scheduledTime", self.scheduled);
    on("currentAttemptScheduledTime", self.attempt_scheduled);
    on("startedTime", self.started);
    on("attempt", self.attempt);
    events::activity_task_scheduled::fields(self.activity, on);
  }
};

template <class Told, class Message>
[[nodiscard]] auto plan_for() -> schema_plan const& {
  static schema_plan const& plan =
      plan_of(detail::schema_of<Told>(), *Message::descriptor(), other_fields::left_alone);
  return plan;
}

/// Reads what has a plan; `read_other` is asked first, and answers whether the field is its own.
template <class Message, class Told, class Read>
[[nodiscard]] auto read_told(std::string_view message, Told& to, Read read_other) -> bool {
  schema_plan const& plan = plan_for<Told, Message>();
  wire_reader reader{recent_names::of_this_thread()};
  std::uint64_t seen = 0;
  wire_fields fields{message};
  for (wire_field each; fields.next(each);)
    if (!read_other(each) && !reader.read_field(plan, each, &to, seen)) return false;
  return fields.is_whole();
}

template <class Message>
[[nodiscard]] auto parsed(std::string const& bytes, char const* what) -> Message {
  Message made;
  if (!made.ParseFromString(bytes))
    throw error{errc::history_corrupt, std::string{"the bytes of "} + what + " are not a message"};
  return made;
}

[[nodiscard]] auto read_events(std::string_view history) -> std::vector<event> {
  std::vector<event> events;
  append_events(history, events, server_numbers::passed_over);
  return events;
}

void put(told_of_workflow told, workflow_task& to) {
  to.execution = std::move(told.execution);
  to.workflow_type = std::move(told.type);
  to.previous_started_event_id = told.previous_started;
  to.token.started_event_id = told.started;
  to.token.attempt = told.attempt;
}

void put(told_of_activity told, shared_string const& queue, activity_task& to) {
  to.execution = std::move(told.execution);
  to.workflow_type = std::move(told.workflow_type);
  to.heartbeat_details = std::move(told.heartbeat_details);
  to.scheduled_time = told.scheduled.value_or(time_point{});
  to.attempt_scheduled_time = told.attempt_scheduled.value_or(time_point{});
  to.started_time = told.started.value_or(time_point{});
  to.token.attempt = told.attempt;
  told.activity.task_queue.name = queue;
  told.activity.task_queue.kind = task_queue_kind::normal;
  to.scheduled = event_attributes::make(std::move(told.activity));
}

void read_message_of(workflow_answer const& from, told_workflow_task& to) {
  told_of_workflow told;
  read_message(plan_for<told_of_workflow, workflow_answer>(), from, &told,
               {.what = "the task of a workflow"});
  put(std::move(told), to.task);
  to.token = from.task_token();
  to.next_page = from.next_page_token();
  to.task.events = read_events(from.history());
  for (auto const& each : from.messages()) to.task.updates.push_back(read_update(each));
  for (auto const& [id, query] : from.queries()) {
    to.task.queries.push_back(read_query(query));
    to.task.queries.back().id = id;
  }
  if (from.has_query()) to.task.query = read_query(from.query());
}

template <class Message>
[[nodiscard]] auto outcome_in(std::string_view message) -> std::optional<poll_outcome> {
  using decision = api::taskqueue::v1::PollerScalingDecision;
  poll_outcome made;
  wire_fields fields{message};
  for (wire_field each; fields.next(each);) {
    if (each.number == Message::kTaskTokenFieldNumber) made.has_task = !each.bytes.empty();
    if (each.number != Message::kPollerScalingDecisionFieldNumber) continue;
    wire_fields inside{each.bytes};
    for (wire_field one; inside.next(one);)
      if (one.number == decision::kPollRequestDeltaSuggestionFieldNumber)
        made.more_polls = static_cast<std::int32_t>(one.value);
  }
  if (!fields.is_whole()) return std::nullopt;
  return made;
}

} // namespace

auto outcome_of(workflow_task_bytes const& polled) -> std::optional<poll_outcome> {
  return outcome_in<workflow_answer>(polled.message);
}
auto outcome_of(activity_task_bytes const& polled) -> std::optional<poll_outcome> {
  return outcome_in<activity_answer>(polled.message);
}

auto read_usual_task(std::string_view message, told_workflow_task& to) -> bool {
  told_of_workflow told;
  std::string_view history;
  bool const read = read_told<workflow_answer>(message, told, [&](wire_field const& from) {
    switch (from.number) {
    case workflow_answer::kTaskTokenFieldNumber: to.token = from.bytes; return from.has_bytes();
    case workflow_answer::kHistoryFieldNumber: history = from.bytes; return from.has_bytes();
    case workflow_answer::kNextPageTokenFieldNumber:
      to.next_page = from.bytes;
      return from.has_bytes();
    case workflow_answer::kBacklogCountHintFieldNumber:
    case workflow_answer::kWorkflowExecutionTaskQueueFieldNumber:
    case workflow_answer::kScheduledTimeFieldNumber:
    case workflow_answer::kStartedTimeFieldNumber:
    case workflow_answer::kPollerScalingDecisionFieldNumber:
    case workflow_answer::kPollerGroupIdFieldNumber:
    case workflow_answer::kPollerGroupsInfoFieldNumber: return true;
    default: return false;
    }
  });
  if (!read) return false;
  put(std::move(told), to.task);
  to.task.events = read_events(history);
  return true;
}

auto read_usual_task(std::string_view message, shared_string const& queue, activity_task& to)
    -> bool {
  told_of_activity told;
  bool const read = read_told<activity_answer>(message, told, [&](wire_field const& from) {
    switch (from.number) {
    case activity_answer::kTaskTokenFieldNumber:
      to.opaque_token = from.bytes;
      return from.has_bytes();
    case activity_answer::kWorkflowNamespaceFieldNumber:
    case activity_answer::kPollerScalingDecisionFieldNumber:
    case activity_answer::kActivityRunIdFieldNumber:
    case activity_answer::kPollerGroupsInfoFieldNumber: return true;
    default: return false;
    }
  });
  if (read) put(std::move(told), queue, to);
  return read;
}

auto read_task(workflow_task_bytes const& polled) -> told_workflow_task {
  told_workflow_task usual;
  if (read_usual_task(polled.message, usual)) return usual;
  told_workflow_task made;
  read_message_of(parsed<workflow_answer>(polled.message, "a workflow task"), made);
  return made;
}

auto read_task(activity_task_bytes const& polled, shared_string const& queue) -> activity_task {
  activity_task made;
  if (!read_usual_task(polled.message, queue, made)) {
    auto const message = parsed<activity_answer>(polled.message, "an activity's task");
    told_of_activity told;
    read_message(plan_for<told_of_activity, activity_answer>(), message, &told,
                 {.what = "the task of an activity"});
    made = {};
    put(std::move(told), queue, made);
    made.opaque_token = message.task_token();
  }
  return made;
}

} // namespace perdure::inline v0::temporal
