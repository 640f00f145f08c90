// Looking into the runs of workflows: what starts and ends them, what reaches them, what they send.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "perdure/config.hpp"
#include "perdure/data/indirect.hpp"
#include "perdure/history/event_attributes.hpp"
#include "perdure/history/event_parts.hpp"
#include "perdure/history/failure.hpp"
#include "perdure/history/search_attribute.hpp"

namespace perdure::inline v0 {

/// The beginning of a run, or a signal, query or update that has reached it. Views are good during
/// the call.
struct incoming_call {
  std::string_view name{}; ///< The type of the workflow; the name of the message.
  payloads const& input;
  named_values header{}; ///< What was sent along: `header.get<std::string>("tenant")`.
  bool replaying{};      ///< History holds what comes of it: this is not the first time.
};

/// What a command asks for that can carry a header.
enum class outgoing_kind : std::uint8_t {
  activity,
  local_activity,
  child_workflow,
  signal_child,    ///< By its handle.
  signal_external, ///< To any other run.
  continue_as_new,
};

/// A command that workflow code has just asked for. Views are good during the call.
struct outgoing_call {
  outgoing_kind kind{};
  std::string_view name{}; ///< The type of the activity or workflow; the name of the signal.
  payloads const& input;
  bool replaying{};
  /// What goes with it; entries may be added: `header.make()["tenant"] = to_payload(text)`.
  indirect<payload_map>& header;
};

/// How the handler of an update has ended. Views are good during the call.
struct update_end {
  std::string_view name{}; ///< Of the update.
  std::string_view id{};
  payloads const& result;      ///< Nothing if it failed.
  failure const* why{nullptr}; ///< What it failed with; else null.
  bool replaying{};
};

enum class workflow_ending : std::uint8_t { completed, failed, cancelled, continued_as_new };

/// How the code of a run has ended.
struct workflow_end {
  workflow_ending how{};
  failure const* why{nullptr}; ///< Of `failed`; else null.
  bool replaying{};
};

/// Looks into one run. Made by `worker_interceptor::intercept_workflow` when the run becomes live
/// in a worker, and again when it is replayed there or elsewhere; destroyed when the run ends or
/// leaves the worker's memory. So what it keeps is made from what it is told, the same on every
/// replay.
///
/// All of it is workflow code: it must be deterministic, and is called by one thread at a time,
/// with the run as the current one: `info()`, `now()`, `log()` and `metrics()` work, what would
/// change the run (`random()`, `start_timer`, ...) throws error (read_only). What leaves a function
/// fails the workflow task, or, of `outgoing`, is thrown where the workflow's code asked.
class workflow_interceptor {
public:
  workflow_interceptor() = default;
  workflow_interceptor(workflow_interceptor const&) = delete;
  auto operator=(workflow_interceptor const&) -> workflow_interceptor& = delete;
  virtual ~workflow_interceptor() = default;

  /// Before the workflow's first line.
  virtual void started(incoming_call const& call) { (void)call; }
  /// A signal is in history, whether code waits for it or not. Those that `continue_as_new` carried
  /// over were told of in the run that they reached.
  virtual void signaled(incoming_call const& call) { (void)call; }
  /// An update has passed its validator. A rejected one is not told of: history does not hold it.
  virtual void updated(incoming_call const& call) { (void)call; }
  /// The handler of an update that was accepted has ended, and whoever sent it is told.
  virtual void update_ended(update_end const& end) { (void)end; }
  /// A query was answered; `failed` says what went wrong, null if nothing did. Not at any known
  /// place among the others: a query leaves no history, so nothing may be remembered of it.
  virtual void queried(incoming_call const& call, failure const* failed);
  /// A command goes out. Headers are not copied from the run to what it starts unless this does it.
  virtual void outgoing(outgoing_call& call) { (void)call; }
  /// The workflow's code has ended.
  virtual void ended(workflow_end const& end) { (void)end; }
  /// The run leaves this worker's memory and goes on later, by replay. Not replayed, and told by
  /// whichever thread needs the room: nothing of the workflow's API works.
  virtual void evicted() noexcept {}
};

namespace detail {

class run_context;

/// The way from a run to who looks into it; null in runs into which nobody does.
class run_hooks {
public:
  virtual ~run_hooks() = default;
  /// `attributes`: of a command that is about to be issued; `local`: of a local activity.
  virtual void outgoing(run_context& run, event_attributes& attributes, bool local) = 0;
  virtual void updated(run_context& run, update_input const& input) = 0;
  virtual void update_ended(run_context& run, update_request const& which,
                            update_outcome const& outcome) = 0;
};

} // namespace detail

#if PERDURE_DEFINES
PERDURE_INLINE void workflow_interceptor::queried(incoming_call const& call,
                                                  failure const* failed) {
  (void)call;
  (void)failed;
}
#endif

} // namespace perdure::inline v0
