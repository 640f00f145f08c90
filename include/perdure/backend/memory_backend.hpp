// Everything in memory: for tests, and for measuring the scheduler.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "perdure/backend/activity_rate.hpp"
#include "perdure/backend/backend.hpp"
#include "perdure/backend/embedded_operations.hpp"
#include "perdure/backend/memory_messages.hpp"
#include "perdure/backend/memory_options.hpp"
#include "perdure/backend/memory_reading.hpp"
#include "perdure/backend/memory_store.hpp"
#include "perdure/backend/memory_tasks.hpp"
#include "perdure/backend/poller_group.hpp"
#include "perdure/backend/run_id_seed.hpp"
#include "perdure/backend/unpolled_queues.hpp"
#include "perdure/backend/virtual_time.hpp"
#include "perdure/engine/describe.hpp"
#include "perdure/engine/retention.hpp"

namespace perdure::inline v0 {

namespace detail {
struct explorer_access; // of the test kit, which decides itself when time passes
} // namespace detail

/// See `memory_backend`. A template: what a file does not use it does not compile.
template <class Unused>
class basic_memory_backend : public embedded_operations<basic_memory_backend<Unused>>,
                             public message_operations<basic_memory_backend<Unused>>,
                             public detail::memory_reading<basic_memory_backend<Unused>> {
  using operations = embedded_operations<basic_memory_backend>;
  using children = typename operations::children;

public:
  explicit basic_memory_backend(memory_backend_options options = {})
      : options_{options},
        store_{detail::run_id_seed(options.seed, options.clock)},
        engine_{store_, options.limits},
        virtual_now_{options.start_time} {}
  basic_memory_backend(basic_memory_backend const&) = delete;
  auto operator=(basic_memory_backend const&) -> basic_memory_backend& = delete;
  ~basic_memory_backend() {
    {
      std::lock_guard const lock{mutex_};
      stopped_ = true;
    }
    timekeeper_wakes_.notify_all();
    if (timekeeper_.joinable()) timekeeper_.join();
  }

  // ------------------------------------------------------------------------------------- clients
  using detail::memory_reading<basic_memory_backend>::read_history; // there is another one below

  /// Asks a run's code, open or closed. In virtual time no time passes meanwhile.
  /// \throws error (not_found; unanswered: no worker took it or answered in time, or the run's
  ///         workflow tasks keep failing)
  [[nodiscard]] auto query_workflow(query_workflow_request const& request) -> query_result {
    change(children::start, [](auto&, time_point, auto&) {});
    return messages{*this}.query(request);
  }

  // ------------------------------------------------------------------------------------- workers
  /// Lets a worker poll. True if the backend will drive it itself, so that it needs no threads.
  auto attach(worker_link& worker) -> bool {
    std::lock_guard const lock{mutex_};
    require_whole();
    guarded([&] {
      engine::notices news{};
      worker.queue_number = queue_of_worker(engine_, store_, clock(), worker, news);
      auto& queue = store_.queues()[worker.queue_number];
      queue.reported = false;
      (void)detail::set_rate(queue.rate, worker);
      while (pollers_.size() <= worker.queue_number) pollers_.emplace_back();
      workers_.push_back(&worker);
      pass_on(news, nullptr);
    });
    worker.stopping = false;
    polled_.workers_changed();
    return options_.clock == clock_mode::virtual_time;
  }
  void detach(worker_link& worker) noexcept {
    {
      std::lock_guard const lock{mutex_};
      std::erase(workers_, &worker);
      polled_.workers_changed();
    }
    try {
      call scope{*this};
      scope.step([&] { messages{*this}.after_worker(worker); });
      tasks{*this}.start_children(scope);
    } catch (...) { // the others are told so
    }
  }
  /// Makes the worker's polls return empty-handed, now and from now on.
  void stop_polling(worker_link& worker) {
    std::lock_guard const lock{mutex_};
    worker.stopping = true;
    pollers_[worker.queue_number].wakes.notify_all();
  }
  [[nodiscard]] auto poll(worker_link& worker, poll_request request) -> polled_task {
    std::unique_lock lock{mutex_};
    detail::poller_group& group = pollers_[worker.queue_number];
    while (!worker.stopping) {
      if (half_done_ && request.wait) break;
      require_whole();
      polled_task task = guarded([&] { return tasks{*this}.take(worker, request); });
      if (task.index() != 0) return task;
      // What is there is for others: they may have missed it, and each change is passed on once.
      auto const& queue = store_.queues()[worker.queue_number];
      if (group.waiting > 0 && queue.size() > 0 &&
          std::exchange(group.passed_on, queue.changes()) != queue.changes())
        group.wakes.notify_all();
      if (!request.wait) break;
      group.wait(lock, worker.ready_at);
    }
    return {};
  }
  /// All events of the run that a workflow task is for, up to the task's own.
  [[nodiscard]] auto read_history(workflow_task_token const& task) -> std::vector<event> {
    std::lock_guard const lock{mutex_};
    require_whole();
    engine::run_state const* const run = store_.find_run(task.run);
    if (run != nullptr) return run->history.to_vector();
    throw error{errc::task_lost, "the run of the workflow task is gone"};
  }
  void complete_workflow_task(worker_link& worker, workflow_task_token const& token,
                              workflow_task_completion answer) {
    call scope{*this, &worker};
    auto said = std::move(answer.queries);
    scope.step([&] {
      engine_.complete_workflow_task(scope.now, token, std::move(answer), scope.news);
      messages{*this}.after_task(token, std::move(said));
    });
  }
  /// \throws error (task_lost) if nobody waits for the answer any more
  void answer_query_task(worker_link&, workflow_task_token const& token, query_answer answer) {
    messages{*this}.answer(token, std::move(answer));
  }
  void fail_workflow_task(worker_link& worker, workflow_task_token const& token,
                          workflow_task_failure answer) {
    call scope{*this, &worker};
    std::string const why = answer.reason.message;
    scope.step([&] {
      engine_.fail_workflow_task(scope.now, token, std::move(answer), scope.news);
      messages{*this}.after_task(token, {});
    });
    engine::run_state const& run = *store_.find_run(token.run);
    if (run.open() && run.live->task.attempt > options_.task_attempts_max)
      failing_task_ = "workflow '" + run.execution.workflow_id.str() +
                      "' keeps failing its workflow task: " + why;
  }
  void complete_activity(activity_answerer who, activity_task_token const& token, payloads result) {
    call scope{*this, who};
    scope.step([&] { engine_.complete_activity(scope.now, token, std::move(result), scope.news); });
  }
  void fail_activity(activity_answerer who, activity_task_token const& token, failure why) {
    call scope{*this, who};
    scope.step([&] { engine_.fail_activity(scope.now, token, std::move(why), scope.news); });
  }
  void cancel_activity(activity_answerer who, activity_task_token const& token, payloads details,
                       failure why) {
    call scope{*this, who};
    scope.step([&] {
      engine_.cancel_activity_task(scope.now, token, std::move(details), std::move(why),
                                   scope.news);
    });
  }
  [[nodiscard]] auto record_heartbeat(activity_task_token const& token, payloads details) -> bool {
    call scope{*this};
    return scope.step(
        [&] { return engine_.record_heartbeat(scope.now, token, std::move(details)); });
  }
  [[nodiscard]] auto now() -> time_point {
    std::lock_guard const lock{mutex_};
    return clock();
  }

  /// Deletes runs that were closed before a time and whose end nobody waits for; gives how many.
  /// The option `retention` does this by itself. Linear in the runs deleted.
  auto delete_closed_before(time_point before) -> std::size_t {
    call scope{*this};
    return scope.step([&] { return engine::drop_closed_before(store_, before); });
  }

  /// In virtual time: lets everything happen that is due within `wait`, then stands at that time.
  /// \throws error (invalid_argument) with the real clock.
  void advance(duration wait) {
    if (options_.clock != clock_mode::virtual_time)
      throw error{errc::invalid_argument,
                  "memory_backend::advance needs .clock = clock_mode::virtual_time"};
    driver{*this}.advance_to(engine::later(now(), wait));
  }

private:
  using driver = detail::virtual_time<basic_memory_backend>;
  using messages = detail::memory_messages<basic_memory_backend>;
  using tasks = detail::memory_tasks<basic_memory_backend>;
  friend driver;
  friend messages;
  friend tasks;
  friend detail::explorer_access;
  friend message_operations<basic_memory_backend>;
  friend detail::memory_reading<basic_memory_backend>;
  friend operations;
  template <class F>
  auto change(children line, F&& f) {
    call scope{*this};
    if (line != children::wait) tasks{*this}.start_children(scope);
    return scope.step([&] { return f(engine_, scope.now, scope.news); });
  }

  // ---- for message_operations
  [[nodiscard]] auto is_virtual() const noexcept -> bool {
    return options_.clock == clock_mode::virtual_time;
  }
  template <class Done>
  void drive_until(Done&& done, duration wait, run_number run) {
    driver{*this}.drive_until(done, wait, run);
  }
  [[nodiscard]] auto update_news() -> std::uint64_t {
    std::lock_guard const lock{mutex_};
    return messages_.news;
  }
  auto wait_for_news(std::uint64_t seen, std::optional<time_point> end) -> bool {
    return messages{*this}.wait_for_news(seen, end);
  }

  // ---- for virtual_time
  /// Goes to the next deadline, not beyond `end`, and does what is due there. False if there is
  /// none.
  auto jump(time_point end) -> bool {
    std::lock_guard const lock{mutex_};
    require_whole();
    auto const next = detail::next_event(store_.next_deadline(), workers_, virtual_now_);
    if (!next || *next > end) return false;
    if (*next > virtual_now_) virtual_now_ = *next;
    guarded([&] {
      engine::notices news{};
      while (engine_.fire_next(virtual_now_, news)) {
      }
      pass_on(news, nullptr);
    });
    return true;
  }
  void stand_at(time_point now) {
    call scope{*this};
    scope.now = virtual_now_ = now;
  }

  /// One call into the engine: the lock, the time, and, at its end, waking whoever has to know.
  struct call {
    explicit call(basic_memory_backend& owner, worker_link const* worker = nullptr)
        : lock{owner.mutex_}, now{owner.clock()}, backend{owner}, caller{worker} {
      owner.require_whole();
    }
    /// For an answer. Who does not poll next leaves its slot to what waits.
    call(basic_memory_backend& owner, activity_answerer who)
        : call{owner, who.polls_next ? who.worker : nullptr} {
      if (!who.polls_next) detail::wake_all(owner.store_.queues(), owner.pollers_);
    }
    call(call const&) = delete;
    auto operator=(call const&) -> call& = delete;
    ~call() {
      if (backend.half_done_) return;
      std::vector<shared_string> unpolled;
      try {
        bool const all_polled = backend.polled_.all(backend.store_.queues(), backend.workers_);
        if (!all_polled) tasks{backend}.start_unpolled_children(*this);
        if (backend.options_.retention > duration{})
          (void)engine::drop_closed_before(backend.store_, now - backend.options_.retention);
        backend.pass_on(news, caller);
        if ((all_polled || news.tasks_added == 0) && backend.passed_limits_.empty()) return;
        unpolled = detail::newly_unpolled(backend.store_.queues(), backend.workers_);
      } catch (...) {
        backend.end_half_done();
        return;
      }
      auto const passed = std::exchange(backend.passed_limits_, {});
      lock.unlock(); // the log's sink may call back
      detail::report_unpolled(unpolled);
      report_limits(passed);
    }
    template <class F>
    [[gnu::always_inline]] auto step(F&& f) {
      return backend.guarded(f);
    }
    std::unique_lock<std::mutex> lock;
    time_point now;
    engine::notices news{};
    basic_memory_backend& backend;
    worker_link const* caller;
  };

  [[nodiscard]] auto clock() const -> time_point {
    if (options_.clock == clock_mode::virtual_time) return virtual_now_;
    return std::chrono::time_point_cast<duration>(std::chrono::system_clock::now());
  }

  /// Carries out a part of a step. What throws anything but an error has left it half done, and
  /// nothing undoes it.
  template <class F>
  [[gnu::always_inline]] auto guarded(F&& f) {
    try {
      return f();
    } catch (error const&) {
      throw;
    } catch (...) {
      end_half_done();
      throw;
    }
  }
  [[gnu::cold]] void end_half_done() noexcept {
    half_done_ = true;
    run_closed_.notify_all();
    messages{*this}.tell_of_updates();
    for (detail::poller_group& each : pollers_) each.wakes.notify_all();
  }
  void require_whole() const {
    if (half_done_) [[unlikely]]
      throw error{errc::stopped, "memory_backend: a step could not be done to its end (was there "
                                 "no memory?), and its runs may be half changed: make a new one"};
  }
  void pass_on(engine::notices const& news, worker_link const* caller) {
    for (auto const& passed : news.limits) passed_limits_.push_back(passed);
    for (stopped_attempt const& each : news.cancelled_activities)
      for (worker_link* const worker : workers_) worker->cancel_attempt(each.token, each.reason);
    if (news.updates_changed) messages{*this}.tell_of_updates();
    if (options_.clock == clock_mode::virtual_time) return;
    if (news.awaited_run_closed) run_closed_.notify_all();
    if (news.tasks_added != 0) detail::wake_one(store_.queues(), pollers_, caller);
    wake_timekeeper();
  }
  void wake_timekeeper() {
    if (options_.clock == clock_mode::virtual_time) return;
    auto const first = store_.next_deadline();
    if (!first || *first >= timekeeper_sleeps_until_) return;
    if (!timekeeper_.joinable()) timekeeper_ = std::thread{[this] { keep_time(); }};
    timekeeper_sleeps_until_ = *first;
    timekeeper_wakes_.notify_one();
  }
  void keep_time() noexcept {
    std::unique_lock lock{mutex_};
    while (!stopped_ && !half_done_) {
      try {
        engine::notices news{};
        while (engine_.fire_next(clock(), news)) {
        }
        pass_on(news, nullptr);
      } catch (...) {
        return end_half_done();
      }
      auto const first = store_.next_deadline();
      timekeeper_sleeps_until_ = first ? *first : time_point::max();
      detail::idle_wait(timekeeper_wakes_, lock, timekeeper_sleeps_until_);
    }
  }

  memory_backend_options options_;
  std::mutex mutex_;
  engine::memory_store store_;
  engine::engine<engine::memory_store> engine_;
  time_point virtual_now_;
  std::vector<worker_link*> workers_;
  detail::polled_queues polled_;
  std::deque<detail::poller_group> pollers_; ///< By queue number.
  std::condition_variable run_closed_;
  std::condition_variable timekeeper_wakes_;
  time_point timekeeper_sleeps_until_{time_point::max()};
  std::thread timekeeper_;
  detail::memory_message_state messages_;
  std::string failing_task_{};
  std::vector<engine::limit_notice> passed_limits_{}; ///< To be reported by the next call.
  bool stopped_{false};
  bool half_done_{false}; ///< A step threw: nothing is done any more.
};

#ifndef PERDURE_SEPARATE_COMPILATION // else see backend/compiled/memory_backend.hpp
/// Keeps runs in memory: they are gone when it is. Thread-safe. For tests, and for measuring. A
/// step for which there is no memory cannot be undone: its caller gets `std::bad_alloc`, and each
/// call after that error (stopped).
using memory_backend = basic_memory_backend<void>;
#endif

} // namespace perdure::inline v0
