// What clients ask of a backend that has the engine inside: the same for every store.
#pragma once

#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

#include "perdure/backend/backend.hpp"
#include "perdure/engine/async_activities.hpp"
#include "perdure/engine/deployment_steps.hpp"
#include "perdure/engine/engine.hpp"
#include "perdure/engine/listing.hpp"
#include "perdure/engine/override.hpp"
#include "perdure/engine/run_control.hpp"
#include "perdure/engine/schedule/schedule_reports.hpp"
#include "perdure/log.hpp"

namespace perdure::inline v0 {

/// Base of embedded backends. `Backend` gives `change(f)`: calls f(engine, now, notices) as one
/// step (again if it was undone), and returns when what it did is kept; with `children::start`,
/// children that stand in line are started first, so that a client can talk to them; with
/// `children::if_missed` at the latest when `f` found no open run.
template <class Backend>
class embedded_operations {
public:
  /// Whether children that stand in line begin before a client's call is carried out.
  enum class children : unsigned char { wait, if_missed, start };

  auto start_workflow(start_workflow_request const& request) -> start_workflow_result {
    return self().change(children::wait, [&](auto& engine, time_point now, auto& news) {
      return engine.start_workflow(now, request, news);
    });
  }
  void signal_workflow(workflow_execution const& run, std::string_view name, payloads input,
                       std::string_view identity, indirect<payload_map> header = {}) {
    self().change(children::if_missed, [&](auto& engine, time_point now, auto& news) {
      engine.signal_workflow(now, run, name, input, identity, header, news);
    });
  }
  void cancel_workflow(workflow_execution const& run, std::string_view reason,
                       std::string_view identity) {
    self().change(children::start, [&](auto& engine, time_point now, auto& news) {
      engine.cancel_workflow(now, run, reason, identity, news);
    });
  }
  void terminate_workflow(workflow_execution const& run, std::string_view reason,
                          std::string_view identity) {
    self().change(children::start, [&](auto& engine, time_point now, auto& news) {
      engine.terminate_workflow(now, run, reason, identity, news);
    });
  }

  /// Lets the workflow go on from an earlier point, in a new run that begins with the history up to
  /// there; the current run is terminated if it is open. Signals, cancellations and the ends of
  /// children that came later are taken in again; activities open at the point begin anew, timers
  /// keep their deadlines, and children that were asked for later stay alone, until the new run
  /// asks for the same workflow ids. Linear in the length of history.
  /// \throws error (not_found; invalid_argument, which names the event and what it is)
  auto reset_workflow(reset_request const& request) -> workflow_execution {
    return act([&](auto& step) { return engine::reset_workflow(step, request); });
  }
  /// Begins another workflow with the history up to a point; the workflow itself is left alone.
  /// Code whose commands before that point depend on `info().workflow_id` does not replay there.
  /// \throws error (not_found, already_started; invalid_argument: also for a point at which a child
  ///         was open that still is)
  auto fork_workflow(fork_request const& request) -> workflow_execution {
    return act([&](auto& step) { return engine::fork_workflow(step, request); });
  }
  /// Gives an activity a result by hand, and the run that goes on with it: the same one if the
  /// activity is open; else one that begins with a copy of history in which the result is this one.
  /// \throws error (not_found, invalid_argument, already_closed, backend_busy, limit_exceeded)
  auto override_activity_result(override_request const& request) -> workflow_execution {
    return act([&](auto& step) { return engine::override_activity_result(step, request); });
  }
  /// Queues an activity that waits for its next attempt.
  /// \throws error (not_found, already_closed; invalid_argument if it does not wait)
  void retry_activity_now(workflow_execution const& run, std::string_view activity_id,
                          std::string_view reason, std::string_view identity) {
    act([&](auto& step) { engine::retry_activity_now(step, run, activity_id, reason, identity); });
  }
  /// Hands no task of the run out until it is unpaused. Timers and signals are recorded, timeouts
  /// of the run and of its activities count on.
  /// \throws error (not_found, already_closed; invalid_argument if it is paused)
  void pause_workflow(workflow_execution const& run, std::string_view reason,
                      std::string_view identity) {
    act([&](auto& step) { engine::pause_workflow(step, run, reason, identity); });
  }
  /// \throws error (not_found, already_closed; invalid_argument if it is not paused)
  void unpause_workflow(workflow_execution const& run, std::string_view reason,
                        std::string_view identity) {
    act([&](auto& step) { engine::unpause_workflow(step, run, reason, identity); });
  }
  /// Deletes a run and its history; terminates it first if it is open. Its audit records stay.
  /// \throws error (not_found)
  void delete_workflow(workflow_execution const& run, std::string_view reason,
                       std::string_view identity) {
    act([&](auto& step) { engine::delete_workflow(step, run, reason, identity); });
  }

  /// Takes the answer of an attempt from somebody else than its worker. True if it was a heartbeat
  /// and the attempt should stop. \throws error (task_lost, not_found, already_closed,
  /// limit_exceeded)
  auto answer_async_activity(async_activity_answer const& answer) -> bool {
    return self().change(children::start, [&](auto& engine, time_point now, auto& news) -> bool {
      return engine::answer_async_activity(engine, now, news, answer);
    });
  }

  /// Starts a workflow again and again. \throws error (schedule_exists; invalid_argument, which
  /// names the part; bad_time_zone, limit_exceeded)
  void create_schedule(create_schedule_request const& request) {
    schedule_step([&](auto& step) { engine::create_schedule(step, request); });
  }
  /// \throws error (not_found)
  [[nodiscard]] auto describe_schedule(std::string_view id) -> schedule_description {
    return schedule_step(
        [&](auto& step) { return engine::describe(step, engine::find_schedule(step.store, id)); });
  }
  /// Changes all of a schedule; what is due by then is taken as it was.
  /// \throws error (not_found, schedule_conflict; as create_schedule)
  void update_schedule(update_schedule_request const& request) {
    schedule_step([&](auto& step) { engine::update_schedule(step, request); });
  }
  /// Acts now, acts for a time of the past, pauses, or goes on.
  /// \throws error (not_found, invalid_argument)
  void patch_schedule(std::string_view id, schedule_patch const& patch) {
    schedule_step([&](auto& step) { engine::patch_schedule(step, id, patch); });
  }
  /// The runs that it has started go on. \throws error (not_found)
  void delete_schedule(std::string_view id) {
    schedule_step([&](auto& step) { engine::delete_schedule(step, id); });
  }
  /// One page. Linear in the schedules that it looks at. \throws error (invalid_argument)
  [[nodiscard]] auto list_schedules(schedule_filter const& filter) -> schedule_page {
    return schedule_step([&](auto& step) { return engine::list_schedules(step, filter); });
  }
  /// When a schedule acts after `from` and up to `to`; at most 1,000 times.
  /// \throws error (not_found, invalid_argument, limit_exceeded)
  [[nodiscard]] auto list_matching_times(std::string_view id, time_point from, time_point to)
      -> std::vector<time_point> {
    return schedule_step(
        [&](auto& step) { return engine::list_matching_times(step, id, from, to); });
  }

  /// New runs, and those that upgrade by themselves, go on at this build of a deployment from their
  /// next task on; with an empty one, at workers without a version. The build's workers may come
  /// later: tasks wait for them. Linear in the tasks that wait in the deployment's queues.
  /// \throws error (invalid_argument)
  void set_current_version(std::string_view deployment, std::string_view build_id) {
    schedule_step([&](auto& step) { engine::set_current_version(step, deployment, build_id); });
  }
  /// \throws error (not_found)
  [[nodiscard]] auto describe_deployment(std::string_view name) -> deployment_description {
    return schedule_step([&](auto& step) { return engine::describe_deployment(step, name); });
  }

private:
  friend Backend;
  embedded_operations() = default;
  ~embedded_operations() = default;
  [[nodiscard]] auto self() noexcept -> Backend& { return static_cast<Backend&>(*this); }
  template <class Act>
  auto schedule_step(Act what) {
    return self().change(children::wait, [&](auto& engine, time_point now, auto& news) {
      return engine.perform(now, news, what);
    });
  }
  template <class Act>
  auto act(Act what) {
    return self().change(children::start, [&](auto& engine, time_point now, auto& news) {
      return engine.perform(now, news, what);
    });
  }
};

/// Has the engine know of a worker that is attached; gives the store's number of its queue.
template <class Engine, class Store>
[[nodiscard]] auto queue_of_worker(Engine& engine, Store& store, time_point now,
                                   worker_link const& worker, engine::notices& news)
    -> std::uint32_t {
  if (!worker.version) return store.queue_number(worker.task_queue.view());
  std::string_view const deployment = worker.version->deployment_name.view();
  std::string_view const build = worker.version->build_id.view();
  engine.perform(now, news, [&](auto& step) {
    engine::register_build(step, worker.task_queue.view(), deployment, build);
  });
  return store.queue_number(engine::versioned_queue(worker.task_queue.view(), deployment, build));
}

/// Says in the log which limits runs have passed.
[[gnu::cold]] inline void report_limits(std::vector<engine::limit_notice> const& passed) noexcept {
  static constexpr char const* names[] = {"payload_bytes", "history_bytes", "history_events",
                                          "pending_activities", "pending_children"};
  try {
    for (engine::limit_notice const& each : passed)
      log().warning("a run has passed a limit: it had better continue as new",
                    {{"limit", names[static_cast<std::size_t>(each.what)]},
                     {"value", each.value},
                     {"bound", each.bound},
                     {"workflow_type", each.workflow_type},
                     {"workflow_id", each.run.workflow_id},
                     {"run_id", each.run.run_id}});
  } catch (...) {
    // The log's sink failed: what it was to report happened all the same.
  }
}

} // namespace perdure::inline v0
