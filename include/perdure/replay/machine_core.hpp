// The deterministic machine of one run: what it holds and what workflow code may ask of it. What
// history does to it is defined in workflow_machine.hpp, which is the file to include.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <source_location>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "perdure/config.hpp"
#include "perdure/history/command.hpp"
#include "perdure/history/event.hpp"
#include "perdure/history/task.hpp"
#include "perdure/replay/divergence.hpp"
#include "perdure/replay/event_index.hpp"
#include "perdure/replay/flags.hpp"
#include "perdure/replay/markers.hpp"
#include "perdure/replay/operation.hpp"
#include "perdure/replay/operation_machine.hpp"
#include "perdure/replay/task_sequence.hpp"

namespace perdure::inline v0::replay {

struct job_list; // see job_list.hpp

/// What the rest of history tells about the task being replayed.
struct look_ahead {
  bool replaying{false}; ///< The task's completion is in history.
  std::vector<patch_marker> patches{};
  std::vector<local_activity_marker> local_activities{};
};

/// See the top of this file. What history drives are templates on an unused parameter, so that a
/// file which runs no workflow does not pay for compiling them.
class workflow_machine {
public:
  // -------------------------------------------------------------------------- workflow code asks
  /// Begins an operation and queues its command. `attributes` is its event-to-be; an empty activity
  /// or timer id becomes the sequence number.
  auto begin(operation_kind kind, event_attributes attributes, cancellation_type on_cancel,
             std::source_location source, indirect<user_metadata> metadata = {}) -> operation_index;

  /// Asks for the cancellation of an operation, by its type. True if that resolved it here and now.
  auto cancel(operation_index index, std::source_location source) -> bool;

  /// Queues a command that nothing answers: upserts, markers, the end of the run.
  void record(command_type type, event_attributes attributes, std::source_location source);

  /// The queued command with which the run continues as new; null if there is none.
  [[nodiscard]] auto queued_continuation() noexcept -> event_attributes*;

  /// Whether the run has the patch; records its marker the first time. One command per id and run.
  template <class Unused = void>
  auto patched(std::string_view id, bool deprecated, std::source_location source) -> bool;
  /// Whether `patched` would say so of an id that was not asked for yet.
  [[nodiscard]] auto has_patch(std::string_view id) const -> bool;

  /// Gives an operation back: nobody will ask for its outcome again.
  void release(operation_index index);

  /// Notes that workflow code knows the outcome: cancelling the operation does nothing from now on.
  void delivered(operation_index index) noexcept { operations_[index].delivered = true; }

  [[nodiscard]] auto at(operation_index index) const noexcept -> operation const& {
    return operations_[index];
  }
  [[nodiscard]] auto at(operation_index index) noexcept -> operation& { return operations_[index]; }

  /// What random numbers, and ids of children that have none of their own, are made from.
  void set_run_id(shared_string run_id) { run_id_ = std::move(run_id); }
  [[nodiscard]] auto run_id() const noexcept -> shared_string const& { return run_id_; }

  // -------------------------------------------------------------------------------- history speaks
  /// Takes in the events of one logical task and adds the jobs they cause to `jobs`.
  /// \throws nondeterminism_error if the queued commands are not those of history.
  /// \throws error (history_corrupt) for events that cannot be: gaps, unknown kinds, wrong order.
  template <class Unused = void>
  void feed(std::span<event const> events, job_list& jobs);

  /// Tells what is known of the task about to run, before workflow code runs.
  void begin_turn(look_ahead ahead, flag_set governing);

  /// Where the next command would stand.
  [[nodiscard]] auto command_count() const noexcept -> std::size_t { return queue_.size(); }
  /// The code ended when so many commands were there, and its end is recorded next. What others
  /// issued after that counts where the flag says so: it is sent before the end.
  void end_code(std::size_t command_count);
  /// Ends a turn of workflow code: with the flag, terminal commands go last; after the first, none.
  template <class Unused = void>
  void end_turn();

  /// Fails if workflow code issued commands beyond the end of a finished history.
  template <class Unused = void>
  void expect_no_commands_left() const;

  /// Appends the queued commands to `out`, for the server.
  void collect(std::vector<command>& out) const;

  /// The commands that wait for history's word; dropped ones included.
  [[nodiscard]] auto queued() const noexcept -> std::span<pending_command const>;

  /// Queues the marker of a local activity, which moves time to `completed` if it says so.
  void record_local_activity(operation_index index, event_attributes marker,
                             std::optional<time_point> completed);
  /// Ends an operation whose outcome is no event of its own: a local activity, by its marker. True
  /// if somebody may want to know.
  auto resolve(operation_index index, event_attributes outcome) -> bool;
  /// The same, as cancelled by this run itself.
  auto resolve_as_cancelled(operation_index index) -> bool;

  [[nodiscard]] auto replaying() const noexcept -> bool { return ahead_.replaying; }
  [[nodiscard]] auto ahead() const noexcept -> look_ahead const& { return ahead_; }
  [[nodiscard]] auto now() const noexcept -> time_point { return now_; }
  [[nodiscard]] auto first_event_time() const noexcept -> time_point { return first_event_time_; }
  void advance_time(time_point at) noexcept { now_ = at > now_ ? at : now_; }
  /// The flags that history lists so far.
  [[nodiscard]] auto recorded_flags() const noexcept -> flag_set { return recorded_; }
  [[nodiscard]] auto last_event_id() const noexcept -> event_id { return last_event_id_; }
  [[nodiscard]] auto started() const noexcept -> event_attributes const& { return started_; }
  [[nodiscard]] auto task_started() const noexcept -> event_attributes const& {
    return task_started_;
  }
  [[nodiscard]] auto closed() const noexcept -> bool { return closed_; }
  [[nodiscard]] auto heap_bytes() const noexcept -> std::size_t;

private:
  [[nodiscard]] static constexpr auto sequence_of(operation_kind kind) noexcept -> std::size_t {
    return kind == operation_kind::local_activity
               ? 0
               : static_cast<std::size_t>(kind); // they share one
  }
  [[nodiscard]] static constexpr auto command_of(operation_kind kind) noexcept -> command_type {
    switch (kind) {
    case operation_kind::timer: return command_type::start_timer;
    case operation_kind::child_workflow: return command_type::start_child_workflow_execution;
    case operation_kind::signal_external: return command_type::signal_external_workflow_execution;
    case operation_kind::cancel_external:
      return command_type::request_cancel_external_workflow_execution;
    default: return command_type::schedule_activity_task;
    }
  }
  auto allocate() -> operation_index;
  void free(operation_index index);
  void enqueue(command_type type, event_attributes attributes, operation_index operation,
               std::source_location source, indirect<user_metadata> metadata = {});
  [[nodiscard]] static auto resolve_cancelled(operation& op) noexcept -> bool;
  template <class Unused = void>
  void issue_cancel(operation_index index, std::source_location source);
  template <class Unused = void>
  void close(operation_index index, event const& e, job_list& jobs,
             operation_input input = operation_input::saw_close);
  template <class Unused = void>
  void on_event(event const& e, job_list& jobs);
  template <class Unused = void>
  void on_command_event(event const& e);
  template <class Unused = void>
  void match(event const& e, pending_command& front);
  template <class Unused = void>
  [[nodiscard]] auto skip_deprecated_patch(event const& e) -> bool;
  template <class Unused = void>
  [[nodiscard]] auto find(event_id command_event, event const& e) const -> operation_index;
  template <class Unused = void>
  [[noreturn, gnu::cold]] void diverge(event const* e, pending_command const& front,
                                       std::string_view why) const;
  template <class Unused = void>
  [[noreturn, gnu::cold]] void diverge(event const& e, std::string_view why) const;
  shared_string run_id_;
  std::vector<operation, perdure::detail::block_allocator<operation>> operations_;
  operation_index first_free_{no_operation};
  event_index by_event_;
  std::vector<pending_command, perdure::detail::block_allocator<pending_command>> queue_;
  std::size_t head_{0};
  std::uint32_t sequences_[6]{};
  look_ahead ahead_;
  flag_set flags_;    ///< Of the turn being run.
  flag_set recorded_; ///< Listed by the completions seen so far.
  time_point now_{};
  time_point first_event_time_{};
  event_id last_event_id_{0};
  event_attributes started_;
  event_attributes task_started_;
  std::span<event const> block_{}; ///< While a task is fed: its events from the first command on.
  bool commands_due_{false};       ///< A completion was seen: its commands must be all there.
  bool skip_upsert_{false};        ///< The upsert of a skipped patch marker comes next.
  bool closed_{false};
  std::vector<std::pair<std::string, bool>> patches_; ///< Ids asked for, with the answers given.
  std::vector<std::string> announced_; ///< Ids whose markers history has shown so far.
};

#if PERDURE_DEFINES
PERDURE_INLINE auto workflow_machine::begin(operation_kind kind, event_attributes attributes,
                                            cancellation_type on_cancel,
                                            std::source_location source,
                                            indirect<user_metadata> metadata) -> operation_index {
  operation_index const index = allocate();
  operation& op = operations_[index];
  op.kind = kind;
  op.on_cancel = on_cancel;
  op.source = source;
  op.sequence = ++sequences_[sequence_of(kind)];
  if (kind == operation_kind::activity || kind == operation_kind::local_activity) {
    auto& activity = attributes.edit<events::activity_task_scheduled>();
    if (activity.activity_id.empty()) activity.activity_id = std::to_string(op.sequence);
  } else if (kind == operation_kind::timer) {
    attributes.edit<events::timer_started>().timer_id = std::to_string(op.sequence);
  } else if (kind == operation_kind::child_workflow) {
    auto& child = attributes.edit<events::start_child_workflow_execution_initiated>();
    if (child.workflow_id.empty())
      child.workflow_id = run_id_.str() + "_" + std::to_string(op.sequence);
  }
  op.command = std::move(attributes);
  op.queue_slot = static_cast<std::uint32_t>(queue_.size());
  if (kind != operation_kind::local_activity)
    enqueue(command_of(kind), op.command, index, source, std::move(metadata));
  return index;
}
PERDURE_INLINE auto workflow_machine::cancel(operation_index index, std::source_location source)
    -> bool {
  operation& op = operations_[index];
  if (op.resolved) {
    // A cancellation that history holds before the outcome comes first, though one task brings
    // both.
    bool const in_time = !op.delivered && !op.cancelled;
    return in_time && op.on_cancel != cancellation_type::wait_cancellation_completed &&
           resolve_cancelled(op);
  }
  static constexpr operation_input inputs[] = {
      operation_input::cancel_try, operation_input::cancel_wait, operation_input::cancel_abandon};
  switch (step(op.kind, op.state, inputs[static_cast<std::size_t>(op.on_cancel)])) {
  case operation_output::drop_command:
    queue_[op.queue_slot].dropped = true;
    return resolve_cancelled(op);
  case operation_output::cancel: issue_cancel(index, source); return false;
  case operation_output::cancel_and_resolve:
    issue_cancel(index, source);
    return resolve_cancelled(operations_[index]);
  case operation_output::resolve_cancelled: return resolve_cancelled(op);
  default: return false;
  }
}
PERDURE_INLINE void workflow_machine::record(command_type type, event_attributes attributes,
                                             std::source_location source) {
  enqueue(type, std::move(attributes), no_operation, source);
}
PERDURE_INLINE auto workflow_machine::queued_continuation() noexcept -> event_attributes* {
  for (std::size_t i = head_; i < queue_.size(); ++i)
    if (queue_[i].type == command_type::continue_as_new_workflow_execution)
      return &queue_[i].attributes;
  return nullptr;
}
PERDURE_INLINE auto workflow_machine::has_patch(std::string_view id) const -> bool {
  if (!ahead_.replaying) return true;
  for (std::string const& known : announced_)
    if (known == id) return true;
  return false;
}
PERDURE_INLINE void workflow_machine::release(operation_index index) {
  operation& op = operations_[index];
  op.released = true;
  if (op.state == operation_state::closed) free(index);
}
PERDURE_INLINE void workflow_machine::begin_turn(look_ahead ahead, flag_set governing) {
  ahead_ = std::move(ahead);
  flags_ = governing;
  for (patch_marker const& each : ahead_.patches)
    if (!has_patch(each.id)) announced_.push_back(each.id);
}
PERDURE_INLINE void workflow_machine::end_code(std::size_t command_count) {
  if (!flags_.has(core_flag::move_terminal_commands)) queue_.resize(command_count);
}
template <class Unused>
void workflow_machine::expect_no_commands_left() const {
  for (std::size_t i = head_; i < queue_.size(); ++i)
    if (!queue_[i].dropped)
      diverge(nullptr, queue_[i],
              "the workflow issued " + detail::describe_command(queue_[i]) +
                  ", which history does not hold at event " + std::to_string(last_event_id_));
}
PERDURE_INLINE void workflow_machine::collect(std::vector<command>& out) const {
  out.reserve(out.size() + queue_.size() - head_);
  for (std::size_t i = head_; i < queue_.size(); ++i)
    if (!queue_[i].dropped)
      out.push_back({queue_[i].type, queue_[i].attributes, queue_[i].metadata});
}
PERDURE_INLINE auto workflow_machine::queued() const noexcept -> std::span<pending_command const> {
  return std::span{queue_}.subspan(head_);
}
PERDURE_INLINE void workflow_machine::record_local_activity(operation_index index,
                                                            event_attributes marker,
                                                            std::optional<time_point> completed) {
  record(command_type::record_marker, std::move(marker), operations_[index].source);
  if (completed) advance_time(*completed);
}
PERDURE_INLINE auto workflow_machine::resolve(operation_index index, event_attributes outcome)
    -> bool {
  operation& op = operations_[index];
  if (step(op.kind, op.state, operation_input::saw_close) != operation_output::resolve)
    return false;
  op.closed_by = event_type::marker_recorded;
  op.outcome = std::move(outcome);
  op.resolved = true;
  if (op.released) free(index);
  return operations_[index].resolved;
}
PERDURE_INLINE auto workflow_machine::resolve_as_cancelled(operation_index index) -> bool {
  operation& op = operations_[index];
  op.state = operation_state::closed;
  if (op.released)
    free(index);
  else
    (void)resolve_cancelled(op);
  return operations_[index].resolved;
}
PERDURE_INLINE auto workflow_machine::heap_bytes() const noexcept -> std::size_t {
  return operations_.capacity() * sizeof(operation) + queue_.capacity() * sizeof(pending_command) +
         by_event_.heap_bytes();
}
PERDURE_INLINE auto workflow_machine::allocate() -> operation_index {
  if (first_free_ == no_operation) {
    operations_.emplace_back();
    return static_cast<operation_index>(operations_.size() - 1);
  }
  operation_index const index = first_free_;
  first_free_ = std::exchange(operations_[index].queue_slot, 0);
  return index;
}
PERDURE_INLINE void workflow_machine::free(operation_index index) {
  operations_[index] = {};
  operations_[index].queue_slot = std::exchange(first_free_, index);
}
PERDURE_INLINE void workflow_machine::enqueue(command_type type, event_attributes attributes,
                                              operation_index operation,
                                              std::source_location source,
                                              indirect<user_metadata> metadata) {
  queue_.push_back({type, std::move(attributes), operation, false, source, std::move(metadata)});
}
PERDURE_INLINE auto workflow_machine::resolve_cancelled(operation& op) noexcept -> bool {
  op.cancelled = true;
  op.resolved = true;
  return true;
}
  #ifdef PERDURE_SOURCE
template void workflow_machine::expect_no_commands_left<void>() const;
  #endif
#endif

} // namespace perdure::inline v0::replay
