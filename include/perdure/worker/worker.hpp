// A worker: takes tasks from one queue and runs workflows and activities.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <source_location>
#include <string>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include "perdure/backend/backend.hpp"
#include "perdure/execution/registry.hpp"
#include "perdure/execution/workflow_executor.hpp"
#include "perdure/history/describe.hpp"
#include "perdure/process_identity.hpp"
#include "perdure/worker/execution_cache.hpp"
#include "perdure/worker/running_attempts.hpp"
#include "perdure/worker/shutdown_signal.hpp"
#include "perdure/worker/worker_options.hpp"
#include "perdure/worker/workflow_replays.hpp"

namespace perdure::inline v0 {

/// Takes tasks from a queue of a backend and runs what is registered with it. Register first, then
/// `start()` (threads of its own), `run()` (until SIGINT or SIGTERM) or `poll_once()` (your own
/// loop). Stops, finishing what it began, when it is destroyed.
template <backend B>
class worker final : private worker_link, private detail::heartbeat_target {
public:
  /// \throws error (invalid_argument) without a task queue.
  worker(B& backend, worker_options options)
      : backend_{&backend},
        options_{std::move(options)},
        cache_{options_.max_cached_workflows, options_.max_cached_bytes} {
    if (options_.task_queue.empty()) throw error{errc::invalid_argument, "worker: set .task_queue"};
    id = detail::next_worker_id();
    worker_link::task_queue = options_.task_queue;
    worker_link::identity =
        options_.identity.empty() ? detail::process_identity() : options_.identity;
  }
  worker(worker const&) = delete;
  auto operator=(worker const&) -> worker& = delete;
  ~worker() { stop(); }

  /// Registers workflows and activities: `worker.add<my_workflow, my_activity>()`.
  /// \throws error (already_registered) if two have the same wire name; (invalid_argument) once it
  /// polls.
  template <auto... F>
  void add(std::source_location source = std::source_location::current()) {
    require_idle();
    (registry_.template add<F>(source), ...);
  }
  /// Registers member functions of an object as activities; the object must outlive the worker.
  template <auto... F, class Object>
  void add(Object& object, std::source_location source = std::source_location::current()) {
    require_idle();
    (registry_.template add<F>(object, source), ...);
  }
  /// Finds a workflow under a second name too, for histories from before it was renamed.
  template <auto F>
  void add_alias(std::string_view name,
                 std::source_location source = std::source_location::current()) {
    require_idle();
    registry_.template alias<F>(name, source);
  }

  /// Starts polling, on threads of its own (in virtual time the backend drives the worker instead).
  void start() {
    if (attached_) return;
    bool const driven = backend_->attach(*this);
    attached_ = true;
    if (driven) return;
    unsigned const cores = std::thread::hardware_concurrency();
    std::lock_guard const lock{mutex_};
    for (unsigned i = 0; i < (cores == 0 ? 1 : cores); ++i) add_thread();
    supervisor_ = std::thread{[this] { supervise(); }};
  }

  /// Starts, and stops when the process gets SIGINT or SIGTERM, which it catches meanwhile.
  void run() {
    detail::shutdown_signal signals;
    start();
    signals.wait();
    stop();
  }

  /// Takes one task, if there is one, and works on it, on this thread. False if there was none.
  /// For a host with a loop of its own; do not call it between `start()` and `stop()`.
  auto poll_once() -> bool override {
    if (!attached_) {
      (void)backend_->attach(*this);
      attached_ = true;
    }
    polled_task task = backend_->poll(*this, {.wait = false});
    if (task.index() == 0) return false;
    work_on(std::move(task));
    return true;
  }

  /// Stops polling, waits for what is running (asking activities to stop after the grace period),
  /// and drops cached runs: other workers, or this one later, replay them. Safe to call twice.
  void stop() {
    if (!attached_) return;
    backend_->stop_polling(*this);
    attempts_.finish(options_.graceful_shutdown_timeout);
    std::vector<std::thread> threads;
    {
      std::lock_guard const lock{mutex_};
      stopping_ = true;
      threads.swap(threads_);
    }
    supervisor_wakes_.notify_all();
    if (supervisor_.joinable()) supervisor_.join();
    for (std::thread& each : threads) each.join();
    {
      std::lock_guard const lock{mutex_};
      for (std::thread& each : threads_) each.join();
      threads_.clear();
      thread_count_ = 0;
      stopping_ = false;
    }
    backend_->detach(*this);
    cache_.clear();
    attached_ = false;
  }

  /// Live runs in the cache.
  [[nodiscard]] auto cached_workflows() const -> std::size_t {
    std::lock_guard const lock{mutex_};
    return cache_.size();
  }
  [[nodiscard]] auto cached_bytes() const -> std::size_t {
    std::lock_guard const lock{mutex_};
    return cache_.bytes();
  }

private:
  /// An attempt that runs here: on the stack of its thread, or, for a coroutine, on the heap.
  struct attempt final : detail::running_attempt {
    worker* owner{nullptr};
    bool on_heap{false};
    detail::activity_outcome outcome{};
    void finish(detail::activity_outcome ended) override {
      if (!on_heap) {
        outcome = std::move(ended);
        return;
      }
      std::unique_ptr<attempt> const self{this};
      owner->report(*this, std::move(ended), false);
    }
  };

  void require_idle() const {
    if (attached_)
      throw error{errc::invalid_argument, "worker: register everything before it starts"};
  }

  // --------------------------------------------------------------------------------------- threads
  void add_thread() {
    threads_.emplace_back([this] { serve(); });
    ++thread_count_;
  }
  void serve() {
    while (true) {
      polled_task task = backend_->poll(*this, {});
      if (task.index() == 0) return;
      if (busy_.fetch_add(1, std::memory_order_relaxed) == 0 &&
          supervisor_sleeps_.exchange(false)) {
        std::lock_guard const lock{mutex_};
        supervisor_wakes_.notify_one();
      }
      work_on(std::move(task));
      busy_.fetch_sub(1, std::memory_order_relaxed);
      progress_.fetch_add(1, std::memory_order_relaxed);
    }
  }
  /// Adds threads while all are held up by long activities. Sleeps while nothing runs; looks every
  /// two milliseconds while something does.
  void supervise() {
    std::unique_lock lock{mutex_};
    std::uint64_t seen = 0;
    while (!stopping_) {
      if (busy_.load() == 0) {
        supervisor_sleeps_.store(true);
        supervisor_wakes_.wait(lock, [&] { return stopping_ || busy_.load() != 0; });
        supervisor_sleeps_.store(false);
      }
      seen = progress_.load();
      supervisor_wakes_.wait_for(lock, std::chrono::milliseconds{2}, [&] { return stopping_; });
      bool const stuck = busy_.load() >= thread_count_ && progress_.load() == seen;
      if (!stuck || stopping_) continue;
      std::size_t const most =
          options_.max_concurrent_activities + 1; // one is left for workflow tasks
      for (std::size_t more = thread_count_ / 2 + 1; more > 0 && thread_count_ < most; --more)
        add_thread();
    }
  }

  // ---------------------------------------------------------------------------------------- tasks
  void work_on(polled_task task) {
    auto* const workflow = std::get_if<workflow_task>(&task);
    return workflow != nullptr ? work_on(*workflow) : work_on(std::get<activity_task>(task));
  }

  void work_on(workflow_task& task) {
    if (task.query) return answer_query(task);
    auto executor = take(task.token.run);
    auto const place = [&] { return executor ? executor->place() : std::string{}; };
    try {
      if (!executor || executor->last_event_id() + 1 != task.events.front().id)
        executor = replayable(task);
      executor->process(task.events, detail::workflow_executor::never, task.updates);
      // The run is in the cache before its answer is given: with that, another thread may get its
      // next task, and the backend may call `evict` when it cannot keep the answer.
      workflow_task_completion answer = executor->completion(task.queries);
      if (!executor->ended()) keep(task.token.run, std::move(executor));
      backend_->complete_workflow_task(*this, task.token, std::move(answer));
    } catch (nondeterminism_error const& e) {
      return fail(task, workflow_task_failed_cause::non_deterministic_error, e.what());
    } catch (error const& e) {
      evict(task.token.run);
      if (e.code() == errc::task_lost) return; // it was taken from us: someone else goes on
      return fail(task, workflow_task_failed_cause::workflow_worker_unhandled_failure,
                  e.what() + place());
    } catch (...) {
      return fail(task, workflow_task_failed_cause::workflow_worker_unhandled_failure,
                  describe(detail::failure_of_current_exception()) + place());
    }
  }

  void answer_query(workflow_task& task) {
    auto executor = take(task.token.run);
    query_answer given = detail::answer_query_task(
        executor, task, [this](workflow_task& whole) { return replayable(whole); });
    if (detail::is_current(executor.get(), task) && !executor->ended())
      keep(task.token.run, std::move(executor));
    answer([&] { backend_->answer_query_task(*this, task.token, std::move(given)); });
  }

  void keep(run_number run, std::unique_ptr<detail::workflow_executor> executor) {
    std::unique_ptr<detail::workflow_executor> evicted; // destroyed outside of the lock
    std::lock_guard const lock{mutex_};
    evicted = cache_.put(run, std::move(executor));
  }
  auto take(run_number run) -> std::unique_ptr<detail::workflow_executor> {
    std::lock_guard const lock{mutex_};
    return cache_.take(run);
  }
  void evict(run_number run) noexcept override { (void)take(run); }
  [[nodiscard]] auto replayable(workflow_task& task) -> std::unique_ptr<detail::workflow_executor> {
    return detail::replayable(registry_, options_, *backend_, task);
  }

  void fail(workflow_task const& task, workflow_task_failed_cause cause, std::string why) {
    if (task.token.attempt == 1) // later attempts fail alike: one report is enough
      log().error("workflow task failed; it is tried again until the program is mended",
                  {{"reason", why},
                   {"workflow_type", task.workflow_type},
                   {"workflow_id", task.execution.workflow_id},
                   {"run_id", task.execution.run_id}});
    failure reason{};
    reason.message = std::move(why);
    reason.source = "perdure";
    try {
      backend_->fail_workflow_task(*this, task.token, {cause, std::move(reason)});
    } catch (error const&) {
      // The task timed out meanwhile: the backend hands it out again by itself.
    }
  }

  void work_on(activity_task& task) {
    auto const& asked = task.scheduled.template get<events::activity_task_scheduled>();
    detail::activity_function* const function = registry_.activity(asked.activity_type.view());
    if (function == nullptr) return refuse(task, asked.activity_type.str());
    if (function->asynchronous()) {
      auto* const made = new attempt; // destroys itself when it has finished
      made->on_heap = true;
      begin(*made, std::move(task));
      function->run(
          made->context.task.scheduled.template get<events::activity_task_scheduled>().input,
          *made);
      return;
    }
    attempt here;
    begin(here, std::move(task));
    function->run(asked.input, here);
    report(here, std::move(here.outcome), true);
  }

  void refuse(activity_task const& task, std::string const& type) {
    failure why{};
    why.message = "no activity is registered as '" + type + "' with the worker of queue '" +
                  options_.task_queue + "' (registered: " + registry_.activity_names() + ")";
    why.source = "perdure";
    why.info = application_failure_info{.type = "NotFoundError"};
    if (task.token.attempt == 1)
      log().error(why.message, {{"workflow_id", task.execution.workflow_id}});
    free_activity_slot();
    answer([&] { backend_->fail_activity({this, true}, task.token, std::move(why)); });
  }

  void begin(attempt& started, activity_task&& task) {
    started.owner = this;
    started.context.task = std::move(task);
    started.context.heartbeats = this;
    auto const& given = started.context.task;
    auto const& asked = given.scheduled.template get<events::activity_task_scheduled>();
    log_record& tags = started.context.log.tags;
    tags.workflow_type = given.workflow_type;
    tags.workflow_id = given.execution.workflow_id;
    tags.run_id = given.execution.run_id;
    tags.activity_type = asked.activity_type;
    tags.attempt = given.token.attempt;
    attempts_.add(started);
  }

  /// The attempt has ended: tells the backend. `polls_next`: this is one of the worker's threads.
  void report(attempt& ended, detail::activity_outcome outcome, bool polls_next) {
    activity_answerer const who{this, polls_next};
    activity_task_token const token = ended.context.task.token;
    free_activity_slot(); // first: the answer wakes whoever can use it
    answer([&] {
      switch (outcome.what) {
      case detail::activity_outcome::kind::completed:
        backend_->complete_activity(who, token, std::move(outcome.result));
        break;
      case detail::activity_outcome::kind::failed:
        backend_->fail_activity(who, token, std::move(outcome.why));
        break;
      case detail::activity_outcome::kind::cancelled:
        backend_->cancel_activity(who, token, std::move(outcome.result), std::move(outcome.why));
        break;
      }
    });
    attempts_.remove(ended);
  }
  /// An answer that comes too late is dropped: the backend has gone on without it.
  template <class Call>
  static void answer(Call&& call) {
    try {
      call();
    } catch (error const& e) {
      if (e.code() != errc::task_lost)
        log().error("an activity's answer was not taken", {{"reason", e.what()}});
    }
  }

  void cancel_attempt(activity_task_token const& token) noexcept override {
    attempts_.cancel(token);
  }
  auto take_activity_slot() noexcept -> bool override {
    if (slots_taken_.fetch_add(1, std::memory_order_relaxed) < options_.max_concurrent_activities)
      return true;
    free_activity_slot();
    return false;
  }
  void free_activity_slot() noexcept override {
    slots_taken_.fetch_sub(1, std::memory_order_relaxed);
  }
  auto record_heartbeat(activity_task_token const& token, payloads details) -> bool override {
    try {
      return backend_->record_heartbeat(token, std::move(details));
    } catch (error const& e) {
      if (e.code() == errc::task_lost) return true;
      throw;
    }
  }

  B* backend_;
  worker_options options_;
  detail::registry registry_;
  mutable std::mutex mutex_; ///< Guards the cache and the threads.
  detail::execution_cache<detail::workflow_executor> cache_;
  std::vector<std::thread> threads_;
  std::thread supervisor_;
  std::condition_variable supervisor_wakes_;
  std::size_t thread_count_{0};
  std::atomic<bool> supervisor_sleeps_{false};
  std::atomic<std::size_t> busy_{0};
  std::atomic<std::uint64_t> progress_{0};
  detail::running_attempts attempts_;       ///< Until their answers were given.
  std::atomic<std::size_t> slots_taken_{0}; ///< By attempts whose function has not ended.
  bool attached_{false};
  bool stopping_{false};
};

template <backend B>
worker(B&, worker_options) -> worker<B>;

} // namespace perdure::inline v0
