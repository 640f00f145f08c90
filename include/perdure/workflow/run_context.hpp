// One run as its code sees it: the machine, the coroutines that are ready, and who waits for what.
// Everything here happens on one thread at a time; nothing blocks.
#pragma once

#include <coroutine>
#include <cstdint>
#include <source_location>
#include <string>
#include <string_view>
#include <vector>

#include "perdure/config.hpp"
#include "perdure/data/converter.hpp"
#include "perdure/data/detail/owned.hpp"
#include "perdure/log.hpp"
#include "perdure/replay/workflow_machine.hpp"
#include "perdure/workflow/info.hpp"
#include "perdure/workflow/random.hpp"
#include "perdure/workflow/run_parts.hpp"
#include "perdure/workflow/strand.hpp"
#include "perdure/workflow/workflow_interceptor.hpp"
#if PERDURE_DEFINES
  #include "perdure/workflow/local_work.hpp"
#endif

namespace perdure::inline v0::detail {

class run_context {
public:
  run_context() = default;
  run_context(run_context const&) = delete;
  auto operator=(run_context const&) -> run_context& = delete;

  replay::workflow_machine machine;
  run_identity identity;

  // ------------------------------------------------------------------------------- operations
  auto begin(replay::operation_kind kind, event_attributes attributes,
             replay::cancellation_type on_cancel, std::source_location source,
             indirect<user_metadata> metadata = {}) -> replay::operation_index;
  void watch(replay::operation_index index, waiter* who) noexcept {
    watchers_[index].outcome = who;
  }
  [[nodiscard]] auto watched(replay::operation_index index) const noexcept -> bool {
    return watchers_[index].outcome != nullptr;
  }
  void unwatch(replay::operation_index index, waiter const* who) noexcept {
    if (watchers_[index].outcome == who) watchers_[index].outcome = nullptr;
  }
  void watch_start(replay::operation_index index, waiter* who) noexcept {
    watchers_[index].start = who;
  }

  /// Cancels an operation by its own type and wakes who waits for it, if that resolved it.
  void cancel(replay::operation_index index, std::source_location source);

  /// Hands the news about an operation to who waits for it.
  void deliver(replay::job const& news);

  /// The queue this run was started on: the default of what it starts.
  [[nodiscard]] auto task_queue() const -> shared_string const& {
    return machine.started().get<events::workflow_execution_started>().task_queue.name;
  }

  // --------------------------------------------------------------------------------- coroutines
  void make_ready(std::coroutine_handle<> handle, strand* owner);
  /// A call or a return inside the running strand: it goes on there at once.
  void resume_next(std::coroutine_handle<> handle) noexcept { next_ = handle; }

  /// Resumes coroutines in the order in which they became ready, until none is. Never recursive: a
  /// coroutine that awaits another returns here, so a long loop does not grow the stack.
  void drain();
  /// For a coroutine that is destroyed before its end: it is not resumed.
  void forget(strand const& owner) noexcept;

  // ------------------------------------------------------------------------------------ signals
  /// The buffer of one signal name. The reference is good until another name is asked for.
  auto signals(std::string_view name) -> signal_buffer&;
  [[nodiscard]] auto all_signals() noexcept -> std::vector<signal_buffer>& { return signals_; }
  void deliver_signal(events::workflow_execution_signaled const& signal);

  // --------------------------------------------------------------------------- local activities
  owned<local_state> local{}; ///< Null in a run that has had none.
  /// What the local activity `index` calls, which has begun.
  void call_locally(replay::operation_index index, owned<local_function> function);

  // -------------------------------------------------------------------------------------- state
  scope_node root_scope{};
  strand main{.run = this, .scope = &root_scope, .base = &root_scope, .root = &main};
  strand* current{nullptr}; ///< The strand that runs; null between turns.
  time_point start_time{};  ///< Of the run: its first event.
  bool ended{false};        ///< Continued as new: workflow code is over, though not returned.
  bool carry_signals{true}; ///< To the run that continues this one.
  std::source_location last_await{}; ///< For reports: the await that began last.
  bool closing{false}; ///< Frames are being destroyed: their destructors may not call in.
  std::uint64_t calls_while_closing{0};
  char const* call_while_closing{""}; ///< The first of them, and where it stands, if that is known.
  std::source_location place_of_call{};
  std::size_t frame_bytes{0};    ///< Of its live coroutines.
  owned<random_stream> random{}; ///< Made when asked for.
  owned<run_hooks> hooks{};      ///< Null: nobody looks into it.
  log_context log{};
  data_converter const* converter{nullptr}; ///< Of the worker.
  owned<workflow_info> info{};              ///< Made when asked for.
  owned<run_values> values{};               ///< Made when asked for, or changed.
  std::coroutine_handle<> main_coroutine{}; ///< Null before the start.
  condition* conditions{nullptr}; ///< A ring of those that wait; the next one to be looked at.
  read_only_section const* read_only{nullptr}; ///< While a query, a validator or a condition runs.

  /// \throws error (read_only): what was called would change the run.
  [[noreturn, gnu::cold]] void refuse_change(char const* what) const;

  [[nodiscard]] auto heap_bytes() const noexcept -> std::size_t;

private:
  [[nodiscard]] static auto name_of_begin(replay::operation_kind kind) noexcept -> char const*;

  void begin_local(replay::operation_index index);
  /// False if it is no local activity without an outcome.
  auto cancel_local(replay::operation_index index, std::source_location source) -> bool;

  struct watcher {
    waiter* outcome{nullptr};
    waiter* start{nullptr};
  };
  std::vector<watcher, block_allocator<watcher>> watchers_; ///< By operation.
  std::vector<ready_coroutine, block_allocator<ready_coroutine>> ready_;
  std::size_t head_{0};
  std::coroutine_handle<> next_{};
  std::vector<signal_buffer> signals_; ///< By name.
  std::uint64_t signals_seen_{0};

public:
  /// Made when the first handler is registered. Goes first: handlers refer to all of the above.
  owned<message_receiver> messages{};
};

/// The run whose code this thread is running; null elsewhere.
inline constinit thread_local run_context* current_run = nullptr;

/// The current run, for a call named `what`. While frames are being destroyed by an eviction a call
/// from a destructor is let through: what it asks for goes to a machine that is about to be
/// dropped.
/// \throws error (outside_workflow) if this thread runs no workflow code.
[[nodiscard]] auto require_run(char const* what) -> run_context&;

/// The same for a call that changes the run. \throws error (read_only) where it may not be changed.
[[nodiscard]] auto require_run_to_change(char const* what) -> run_context&;

/// While it lives, code of the run may not change it.
class enter_read_only {
public:
  // Out of line: GCC 14, which sees no end of it, would warn that the section's address is kept.
  [[gnu::noinline]] enter_read_only(run_context& run, char const* what,
                                    std::string_view name) noexcept
      : run_{&run}, before_{run.read_only}, section_{what, name} {
    run.read_only = &section_;
  }
  enter_read_only(enter_read_only const&) = delete;
  auto operator=(enter_read_only const&) -> enter_read_only& = delete;
  ~enter_read_only() { run_->read_only = before_; }

private:
  run_context* run_;
  read_only_section const* before_;
  read_only_section section_;
};

/// Makes a run the current one of this thread for a while.
class enter_run {
public:
  explicit enter_run(run_context& run) noexcept;
  enter_run(enter_run const&) = delete;
  auto operator=(enter_run const&) -> enter_run& = delete;
  ~enter_run();

private:
  run_context* before_;
  log_context const* log_before_;
  converter_scope converter_;
};

#if PERDURE_DEFINES
PERDURE_INLINE auto run_context::begin(replay::operation_kind kind, event_attributes attributes,
                                       replay::cancellation_type on_cancel,
                                       std::source_location source,
                                       indirect<user_metadata> metadata)
    -> replay::operation_index {
  if (read_only != nullptr) refuse_change(name_of_begin(kind));
  if (closing && place_of_call.line() == 0) place_of_call = source;
  if (hooks) [[unlikely]]
    hooks->outgoing(*this, attributes, kind == replay::operation_kind::local_activity);
  auto const index =
      machine.begin(kind, std::move(attributes), on_cancel, source, std::move(metadata));
  if (index >= watchers_.size()) watchers_.resize(index + 1);
  watchers_[index] = {};
  if (kind == replay::operation_kind::local_activity) begin_local(index);
  return index;
}
PERDURE_INLINE void run_context::cancel(replay::operation_index index,
                                        std::source_location source) {
  if (read_only != nullptr) refuse_change("cancel()");
  if (local && cancel_local(index, source)) return;
  if (machine.cancel(index, source)) deliver({replay::job::kind::resolve, index});
}
PERDURE_INLINE void run_context::deliver(replay::job const& news) {
  watcher& w = watchers_[news.operation];
  if (waiter* const who = std::exchange(w.start, nullptr)) who->on_resolved(news.operation);
  if (news.what != replay::job::kind::resolve) return;
  machine.delivered(news.operation);
  if (waiter* const who = std::exchange(watchers_[news.operation].outcome, nullptr))
    who->on_resolved(news.operation);
}
PERDURE_INLINE void run_context::make_ready(std::coroutine_handle<> handle, strand* owner) {
  ready_.push_back({handle, owner});
}
PERDURE_INLINE void run_context::drain() {
  while (true) {
    if (next_) {
      std::exchange(next_, nullptr).resume();
    } else if (head_ < ready_.size()) {
      ready_coroutine const item = ready_[head_++];
      current = item.owner;
      item.handle.resume();
    } else if (conditions == nullptr || !conditions->wake_one(*this)) {
      break;
    }
  }
  ready_.clear();
  head_ = 0;
  current = nullptr;
}
PERDURE_INLINE void run_context::forget(strand const& owner) noexcept {
  for (std::size_t i = head_; i < ready_.size(); ++i)
    if (ready_[i].owner == &owner) ready_[i].handle = std::noop_coroutine();
}
PERDURE_INLINE auto run_context::signals(std::string_view name) -> signal_buffer& {
  std::size_t low = 0;
  for (std::size_t high = signals_.size(); low < high;) {
    std::size_t const middle = (low + high) / 2;
    if (signals_[middle].name.view() < name)
      low = middle + 1;
    else
      high = middle;
  }
  if (low == signals_.size() || signals_[low].name != name)
    signals_.insert(signals_.begin() + static_cast<std::ptrdiff_t>(low),
                    signal_buffer{shared_string{name}, {}, {}, false});
  return signals_[low];
}
PERDURE_INLINE void run_context::deliver_signal(events::workflow_execution_signaled const& signal) {
  if (messages && messages->take_signal(signal.signal_name, signal.input)) return;
  signal_buffer& buffer = signals(signal.signal_name);
  buffer.arrived.push_back({signal.input, signal.header, signals_seen_++});
  if (buffer.receivers.empty()) return;
  waiter* const first = buffer.receivers.front();
  buffer.receivers.pop_front();
  first->on_resolved(replay::no_operation);
}
PERDURE_INLINE void run_context::call_locally(replay::operation_index index,
                                              owned<local_function> function) {
  local->find(index)->function = std::move(function);
}
PERDURE_INLINE void run_context::refuse_change(char const* what) const {
  std::string where = read_only->what;
  if (!read_only->name.empty()) where += " '" + std::string{read_only->name} + "'";
  throw error{errc::read_only, "perdure::" + std::string{what} + " was called in " + where +
                                   ", which may look at the workflow but not change it"};
}
PERDURE_INLINE auto run_context::heap_bytes() const noexcept -> std::size_t {
  std::size_t bytes = frame_bytes + machine.heap_bytes() + watchers_.capacity() * sizeof(watcher) +
                      ready_.capacity() * sizeof(ready_coroutine) +
                      signals_.capacity() * sizeof(signal_buffer);
  for (signal_buffer const& each : signals_)
    bytes += each.arrived.heap_bytes() + each.receivers.heap_bytes();
  if (messages) [[unlikely]]
    bytes += messages->heap_bytes();
  if (random) bytes += sizeof(random_stream);
  if (info) bytes += sizeof(workflow_info);
  if (values) bytes += sizeof(run_values);
  return bytes;
}
PERDURE_INLINE auto run_context::name_of_begin(replay::operation_kind kind) noexcept
    -> char const* {
  switch (kind) {
  case replay::operation_kind::timer: return "start_timer";
  case replay::operation_kind::child_workflow: return "start_child_workflow";
  case replay::operation_kind::activity: return "start_activity";
  default: return "an operation";
  }
}
PERDURE_INLINE void run_context::begin_local(replay::operation_index index) {
  if (!local) local = make_owned<local_state>();
  local_work made{};
  made.operation = index;
  made.sequence = made.first_sequence = machine.at(index).sequence;
  made.begun = made.original_schedule_time = machine.now();
  local->works.push_back(std::move(made));
}
PERDURE_INLINE auto run_context::cancel_local(replay::operation_index index,
                                              std::source_location source) -> bool {
  for (auto const& each : local->chains)
    if (each->whole() == index) return each->cancel(source), true;
  local_work* const work = local->find(index);
  if (work == nullptr) return false;
  if (work->cancel_requested) return true;
  bool const over = machine.cancel(index, source);
  bool const ask = machine.at(index).on_cancel != replay::cancellation_type::abandon;
  local->stops.push_back({work->sequence, ask, !over});
  work->cancel_requested = true;
  if (!over) return true;
  // It is recorded, though nobody waits for it, and in the round after this one: a replay must
  // not come upon it before the code that cancels.
  local_work const gone = local->take(index);
  auto const marker = marker_of(gone, machine.at(index), local->round + 1);
  failure why{};
  why.message = "local activity cancelled";
  why.info = canceled_failure_info{};
  machine.record_local_activity(
      index, event_attributes::make(replay::make_local_activity_marker(marker, {}, why)), {});
  deliver({replay::job::kind::resolve, index});
  return true;
}
PERDURE_INLINE auto condition::wake_one(run_context& run) -> bool {
  condition* at = this;
  do {
    condition* const next = at->after_;
    if (at->holds()) {
      run.conditions = next;
      at->wake();
      return true;
    }
    at = next;
  } while (at != this);
  return false;
}
PERDURE_INLINE void condition::link(run_context& run) noexcept {
  condition* const first = run.conditions == nullptr ? this : run.conditions;
  before_ = first == this ? this : first->before_;
  after_ = first;
  before_->after_ = first->before_ = this;
  run.conditions = first;
}
PERDURE_INLINE void condition::unlink(run_context& run) noexcept {
  if (after_ == nullptr) return;
  before_->after_ = after_;
  after_->before_ = before_;
  if (run.conditions == this) run.conditions = after_ == this ? nullptr : after_;
  before_ = after_ = nullptr;
}
PERDURE_INLINE auto require_run(char const* what) -> run_context& {
  if (current_run == nullptr)
    throw error{errc::outside_workflow, "perdure::" + std::string{what} +
                                            " was called outside of workflow code: call it from a "
                                            "coroutine that returns workflow<T>"};
  if (current_run->closing && ++current_run->calls_while_closing == 1)
    current_run->call_while_closing = what;
  return *current_run;
}
PERDURE_INLINE auto require_run_to_change(char const* what) -> run_context& {
  run_context& run = require_run(what);
  if (run.read_only != nullptr) run.refuse_change(what);
  return run;
}
PERDURE_INLINE enter_run::enter_run(run_context& run) noexcept
    : before_{current_run}, log_before_{current_log_context}, converter_{run.converter} {
  current_run = &run;
  current_log_context = &run.log;
}
PERDURE_INLINE enter_run::~enter_run() {
  current_run = before_;
  current_log_context = log_before_;
}
#endif

} // namespace perdure::inline v0::detail
