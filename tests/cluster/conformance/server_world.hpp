// A Temporal server as the suite sees its backends: it answers when what was asked has happened.
#pragma once

#include "cluster/conformance/known_runs.hpp"
#include "cluster/conformance/this_test.hpp"
#include "conformance/worlds.hpp"

#include <perdure/temporal.hpp>

#include <atomic>
#include <chrono>
#include <deque>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace perdure_test::conformance {

/// The worker that stands behind one poll of a worker by hand, and behind the task it brings. A
/// worker that stayed would poll all the time, and take tasks before the behaviour asks for them.
class one_poll final : public perdure::worker_link {
public:
  one_poll(perdure::worker_link& hand, perdure::poll_request what);
  auto poll_once() -> bool override { return false; }
  void cancel_attempt(perdure::activity_task_token const& token,
                      perdure::activity_cancel_reason reason) noexcept override;
  void evict(perdure::run_number) noexcept override { evicted = true; }
  /// One poll for activities.
  auto take_activity_slot() noexcept -> bool override { return !asked_.exchange(true); }

  std::atomic<perdure::worker_link*> hand; ///< Null: it has left.
  std::atomic<bool> evicted{false};

private:
  std::atomic<bool> asked_{false};
};

/// `perdure::backend`, with `advance` and `poll_for_sure`. Thread-safe.
class server_world {
public:
  server_world(perdure::temporal_options options, perdure::clock_mode clock);
  ~server_world();
  server_world(server_world const&) = delete;
  auto operator=(server_world const&) -> server_world& = delete;

  // ------------------------------------------------------------------------------------- clients
  auto start_workflow(perdure::start_workflow_request const& request)
      -> perdure::start_workflow_result;
  void signal_workflow(perdure::workflow_execution const& run, std::string_view name,
                       perdure::payloads input, std::string_view identity,
                       perdure::indirect<perdure::payload_map> const& header = {});
  void cancel_workflow(perdure::workflow_execution const& run, std::string_view reason,
                       std::string_view identity);
  void terminate_workflow(perdure::workflow_execution const& run, std::string_view reason,
                          std::string_view identity);
  auto query_workflow(perdure::query_workflow_request const& request) -> perdure::query_result;
  auto update_workflow(perdure::update_workflow_request const& request) -> perdure::update_status;
  auto poll_update(perdure::poll_update_request const& request) -> perdure::update_status;
  auto signal_with_start_workflow(perdure::signal_with_start_request const& request)
      -> perdure::start_workflow_result;
  auto update_with_start_workflow(perdure::update_with_start_request const& request)
      -> perdure::update_with_start_result;
  auto describe_workflow(perdure::workflow_execution const& run) -> perdure::workflow_description;
  auto list_workflows(perdure::list_filter const& filter) -> perdure::list_page;
  auto count_workflows(perdure::list_filter const& filter) -> std::size_t;
  auto read_history(perdure::workflow_execution const& run) -> perdure::history;
  auto wait_for_close(perdure::workflow_execution const& run) -> perdure::event;
  auto answer_async_activity(perdure::async_activity_answer const& answer) -> bool;

  // ----------------------------------------------------------------------------------- operators
  auto reset_workflow(perdure::reset_request const& request) -> perdure::workflow_execution;
  auto fork_workflow(perdure::fork_request const& request) -> perdure::workflow_execution;
  auto override_activity_result(perdure::override_request const& request)
      -> perdure::workflow_execution;
  void retry_activity_now(perdure::workflow_execution const& run, std::string_view activity_id,
                          std::string_view reason, std::string_view identity);
  void pause_workflow(perdure::workflow_execution const& run, std::string_view reason,
                      std::string_view identity);
  void unpause_workflow(perdure::workflow_execution const& run, std::string_view reason,
                        std::string_view identity);
  void delete_workflow(perdure::workflow_execution const& run, std::string_view reason,
                       std::string_view identity);
  auto read_audit(perdure::workflow_execution const& run) -> std::vector<perdure::audit_record>;

  void create_schedule(perdure::create_schedule_request const& request);
  auto describe_schedule(std::string_view id) -> perdure::schedule_description;
  void update_schedule(perdure::update_schedule_request const& request);
  void patch_schedule(std::string_view id, perdure::schedule_patch const& patch);
  void delete_schedule(std::string_view id);
  auto list_schedules(perdure::schedule_filter const& filter) -> perdure::schedule_page;
  auto list_matching_times(std::string_view id, perdure::time_point from, perdure::time_point to)
      -> std::vector<perdure::time_point>;
  void set_current_version(std::string_view deployment, std::string_view build_id);
  auto describe_deployment(std::string_view name) -> perdure::deployment_description;

  // ------------------------------------------------------------------------------------- workers
  auto attach(perdure::worker_link& worker) -> bool;
  void detach(perdure::worker_link& worker);
  void stop_polling(perdure::worker_link& worker);
  auto poll(perdure::worker_link& worker, perdure::poll_request what) -> perdure::polled_task;
  auto poll_for_sure(perdure::worker_link& worker, perdure::poll_request what)
      -> perdure::polled_task;
  auto read_history(perdure::workflow_task_token const& task) -> std::vector<perdure::event>;
  void complete_workflow_task(perdure::worker_link& worker,
                              perdure::workflow_task_token const& token,
                              perdure::workflow_task_completion answer);
  void fail_workflow_task(perdure::worker_link& worker, perdure::workflow_task_token const& token,
                          perdure::workflow_task_failure why);
  void answer_query_task(perdure::worker_link& worker, perdure::workflow_task_token const& token,
                         perdure::query_answer answer);
  void complete_activity(perdure::activity_answerer who, perdure::activity_task_token const& token,
                         perdure::payloads result);
  void fail_activity(perdure::activity_answerer who, perdure::activity_task_token const& token,
                     perdure::failure why);
  void cancel_activity(perdure::activity_answerer who, perdure::activity_task_token const& token,
                       perdure::payloads details, perdure::failure why);
  auto record_heartbeat(perdure::activity_task_token const& token, perdure::payloads details)
      -> bool;

  auto now() -> perdure::time_point { return real_->now(); }
  /// Time that is short enough really passes.
  void advance(perdure::duration time);

private:
  using milliseconds = std::chrono::milliseconds;
  struct waiting_task {
    perdure::worker_link* hand{};
    perdure::polled_task task{};
  };

  template <class Call>
  auto ask(Call call);
  template <class Call>
  auto serve(Call call);
  template <class Call>
  auto look(Call call);
  template <class Call>
  auto wait_for(Call call);
  auto keep(perdure::start_workflow_result result) -> perdure::start_workflow_result;
  auto keep(perdure::workflow_execution run) -> perdure::workflow_execution;
  void await_listing();
  [[nodiscard]] auto work_by_hand() -> bool;
  void settle();
  auto poll(perdure::worker_link& worker, perdure::poll_request what, milliseconds patience)
      -> perdure::polled_task;
  auto poll_in_turns(perdure::worker_link& worker, perdure::poll_request what,
                     milliseconds patience) -> perdure::polled_task;
  [[nodiscard]] auto has_stopped(perdure::worker_link const& worker) -> bool;
  void keep_what_came(one_poll& from);
  void note(one_poll& from, perdure::polled_task const& task);
  [[nodiscard]] auto take_kept(perdure::worker_link const& worker, perdure::poll_request what)
      -> perdure::polled_task;
  /// \throws error (task_lost)
  [[nodiscard]] auto poll_of(perdure::task_lease lease) -> one_poll&;
  [[nodiscard]] auto is_lost(perdure::workflow_task_token const& token) -> bool;

  std::shared_ptr<perdure::temporal_backend> real_; ///< Calls that were given up still hold it.
  bool real_time_; ///< Nobody works workers by hand while a call waits.
  std::atomic<bool> touched_{false};
  std::mutex runs_mutex_;
  known_runs runs_;
  perdure::duration passed_{};
  std::atomic<std::size_t> schedules_{0}; ///< How many there are.

  std::mutex mutex_; ///< Guards what follows.
  std::vector<perdure::worker_link*> hands_{};
  std::vector<perdure::worker_link*> stopped_{};
  std::vector<std::unique_ptr<one_poll>> polls_{};
  std::map<perdure::task_lease, one_poll*> poll_of_{}; ///< Of workflow tasks.
  std::map<perdure::task_lease, perdure::workflow_execution> run_of_{};
  std::map<perdure::task_lease, std::string> name_of_{}; ///< Of attempts.
  std::deque<waiting_task> kept_{}; ///< They came with a task that was asked for.
};

static_assert(perdure::backend<server_world>);

} // namespace perdure_test::conformance
