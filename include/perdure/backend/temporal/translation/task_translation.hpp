// Tasks straight from the bytes that polls are answered with.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "perdure/data/shared_string.hpp"
#include "perdure/history/task.hpp"

namespace perdure::inline v0::temporal {

/// A `PollWorkflowTaskQueueResponse` as it came, from whichever call.
struct workflow_task_bytes {
  std::string message{};
};
/// A `PollActivityTaskQueueResponse`, likewise.
struct activity_task_bytes {
  std::string message{};
};

/// What is to be known of a poll's answer at once; its task is read by the thread that takes it on.
struct poll_outcome {
  bool has_task{};  ///< False: there was nothing to do for as long as a poll may last.
  int more_polls{}; ///< That the server suggests; below 0: fewer.
};
/// None: the bytes are not those of a message. O(fields of the message), without looking into them.
[[nodiscard]] auto outcome_of(workflow_task_bytes const& polled) -> std::optional<poll_outcome>;
[[nodiscard]] auto outcome_of(activity_task_bytes const& polled) -> std::optional<poll_outcome>;

/// A workflow task or a query task, without a lease and a number of its run.
struct told_workflow_task {
  workflow_task task{};
  std::string token{};     ///< The server's, any bytes.
  std::string next_page{}; ///< Of its history, where the events are not all there is; else empty.
};
/// Bytes that hold more than servers usually send (an update, a query, what `wire_reader` leaves
/// alone) are read as a message. \throws error (history_corrupt)
[[nodiscard]] auto read_task(workflow_task_bytes const& polled) -> told_workflow_task;

/// One attempt, without a lease and a number of its run. `queue`: the one that was polled, which
/// the server does not name. \throws error (history_corrupt)
[[nodiscard]] auto read_task(activity_task_bytes const& polled, shared_string const& queue)
    -> activity_task;

/// What the two above try first. False: it takes a message to read the task.
[[nodiscard]] auto read_usual_task(std::string_view message, told_workflow_task& to) -> bool;
[[nodiscard]] auto read_usual_task(std::string_view message, shared_string const& queue,
                                   activity_task& to) -> bool;

} // namespace perdure::inline v0::temporal
