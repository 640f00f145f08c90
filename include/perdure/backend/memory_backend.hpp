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
    engine::notices news{};
    worker.queue_number = queue_of_worker(engine_, store_, clock(), worker, news);
    worker.stopping = false;
    workers_.push_back(&worker);
    polled_.workers_changed();
    auto& queue = store_.queues()[worker.queue_number];
    queue.reported = false;
    (void)detail::set_rate(queue.rate, worker);
    while (pollers_.size() <= worker.queue_number) pollers_.emplace_back();
    pass_on(news, nullptr);
    return options_.clock == clock_mode::virtual_time;
  }
  void detach(worker_link& worker) {
    call scope{*this};
    std::erase(workers_, &worker);
    polled_.workers_changed();
    messages{*this}.after_worker(worker);
    start_children(scope);
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
      polled_task task = take_task(worker, request);
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
    engine::run_state const* const run = store_.find_run(task.run);
    if (run != nullptr) return run->history.to_vector();
    throw error{errc::task_lost, "the run of the workflow task is gone"};
  }
  void complete_workflow_task(worker_link& worker, workflow_task_token const& token,
                              workflow_task_completion answer) {
    call scope{*this, &worker};
    auto said = std::move(answer.queries);
    engine_.complete_workflow_task(scope.now, token, std::move(answer), scope.news);
    messages{*this}.after_task(token, std::move(said));
  }
  /// \throws error (task_lost) if nobody waits for the answer any more
  void answer_query_task(worker_link&, workflow_task_token const& token, query_answer answer) {
    messages{*this}.answer(token, std::move(answer));
  }
  void fail_workflow_task(worker_link& worker, workflow_task_token const& token,
                          workflow_task_failure answer) {
    call scope{*this, &worker};
    std::string const why = answer.reason.message;
    engine_.fail_workflow_task(scope.now, token, std::move(answer), scope.news);
    messages{*this}.after_task(token, {});
    engine::run_state const& run = *store_.find_run(token.run);
    if (run.open() && run.live->task.attempt > options_.task_attempts_max)
      failing_task_ = "workflow '" + run.execution.workflow_id.str() +
                      "' keeps failing its workflow task: " + why;
  }
  void complete_activity(activity_answerer who, activity_task_token const& token, payloads result) {
    call scope{*this, who};
    engine_.complete_activity(scope.now, token, std::move(result), scope.news);
  }
  void fail_activity(activity_answerer who, activity_task_token const& token, failure why) {
    call scope{*this, who};
    engine_.fail_activity(scope.now, token, std::move(why), scope.news);
  }
  void cancel_activity(activity_answerer who, activity_task_token const& token, payloads details,
                       failure why) {
    call scope{*this, who};
    engine_.cancel_activity_task(scope.now, token, std::move(details), std::move(why), scope.news);
  }
  [[nodiscard]] auto record_heartbeat(activity_task_token const& token, payloads details) -> bool {
    call scope{*this};
    return engine_.record_heartbeat(scope.now, token, std::move(details));
  }
  [[nodiscard]] auto now() -> time_point {
    std::lock_guard const lock{mutex_};
    return clock();
  }

  /// Deletes runs that were closed before a time and whose end nobody waits for; gives how many.
  /// The option `retention` does this by itself. Linear in the runs deleted.
  auto delete_closed_before(time_point before) -> std::size_t {
    call scope{*this};
    return engine::drop_closed_before(store_, before);
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
  friend driver;
  friend messages;
  friend detail::explorer_access;
  friend message_operations<basic_memory_backend>;
  friend detail::memory_reading<basic_memory_backend>;
  friend operations;
  template <class F>
  auto change(children line, F&& f) {
    call scope{*this};
    if (line != children::wait) start_children(scope);
    return f(engine_, scope.now, scope.news);
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
  [[nodiscard]] auto number_of(workflow_execution const& target) -> run_number {
    return engine_.find(target).number;
  }
  /// The end of a run or of what continues it; `number` then is that of the last one.
  [[nodiscard]] auto end_of(run_number& number) -> std::optional<event> {
    engine::run_state const* run = store_.find_run(number);
    while (run != nullptr && !run->open() && run->next != 0) {
      number = run->next;
      run = store_.find_run(number);
    }
    if (run == nullptr) throw error{errc::not_found, "the run was deleted while it was waited for"};
    return run->open() ? std::nullopt : std::optional{run->history.back()};
  }
  [[nodiscard]] auto explain_stall(run_number number) -> std::string {
    return engine::explain_stall(*store_.find_run(number));
  }
  /// Goes to the next deadline, not beyond `end`, and does what is due there. False if there is
  /// none.
  auto jump(time_point end) -> bool {
    std::lock_guard const lock{mutex_};
    auto const next = detail::next_event(store_.next_deadline(), workers_, virtual_now_);
    if (!next || *next > end) return false;
    if (*next > virtual_now_) virtual_now_ = *next;
    engine::notices news{};
    while (engine_.fire_next(virtual_now_, news)) {
    }
    pass_on(news, nullptr);
    return true;
  }
  void stand_at(time_point now) {
    call scope{*this};
    scope.now = virtual_now_ = now;
  }

  /// One call into the engine: the lock, the time, and, at its end, waking whoever has to know.
  struct call {
    explicit call(basic_memory_backend& owner, worker_link const* worker = nullptr)
        : lock{owner.mutex_}, now{owner.clock()}, backend{owner}, caller{worker} {}
    /// For an answer. Who does not poll next leaves its slot to what waits.
    call(basic_memory_backend& owner, activity_answerer who)
        : call{owner, who.polls_next ? who.worker : nullptr} {
      if (!who.polls_next) detail::wake_all(owner.store_.queues(), owner.pollers_);
    }
    call(call const&) = delete;
    auto operator=(call const&) -> call& = delete;
    ~call() {
      bool const all_polled = backend.polled_.all(backend.store_.queues(), backend.workers_);
      if (!all_polled) backend.start_unpolled_children(*this);
      if (backend.options_.retention > duration{})
        (void)engine::drop_closed_before(backend.store_, now - backend.options_.retention);
      backend.pass_on(news, caller);
      if ((all_polled || news.tasks_added == 0) && backend.passed_limits_.empty()) return;
      auto const unpolled = detail::newly_unpolled(backend.store_.queues(), backend.workers_);
      auto const passed = std::exchange(backend.passed_limits_, {});
      lock.unlock(); // the log's sink may call back
      detail::report_unpolled(unpolled);
      report_limits(passed);
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

  /// Children that stand in line start now: a client may ask for them, or nobody polls their queue.
  void start_children(call& scope) {
    for (std::uint32_t queue = 0; queue < store_.queues().size(); ++queue)
      while (auto const queued = store_.pop_start(queue))
        engine_.start_child(scope.now, *queued, scope.news);
  }
  void start_unpolled_children(call& scope) {
    if (scope.news.tasks_added == 0) return;
    for (std::uint32_t queue = 0; queue < store_.queues().size(); ++queue)
      if (!detail::has_worker(workers_, queue))
        while (auto const queued = store_.pop_start(queue))
          engine_.start_child(scope.now, *queued, scope.news);
  }

  /// The next task that counts and that the worker has room for.
  [[nodiscard]] auto take_task(worker_link& worker, poll_request request) -> polled_task {
    detail::poller_group& group = pollers_[worker.queue_number];
    request.workflow_tasks = request.workflow_tasks && worker.take_workflow_slot();
    if (request.workflow_tasks && !messages_.queries.empty())
      if (auto query = messages{*this}.take(worker)) return std::move(*query);
    auto& rate = store_.queues()[worker.queue_number].rate;
    bool const slot = request.activity_tasks &&
                      detail::take_activity_slot(worker, rate, [this] { return clock(); });
    polled_task task{};
    while (auto const queued = store_.pop_task(worker.queue_number, request.workflow_tasks, slot)) {
      if (queued->what == engine::queued_task::kind::start_child) {
        engine::notices news{};
        engine_.start_child(clock(), *queued, news, request.workflow_tasks);
        pass_on(news, &worker);
        continue;
      }
      if (!start_task(worker, *queued, task)) continue; // it no longer counts
      // Whoever takes a task wakes one more if there is more to do.
      if (group.waiting > 0 && store_.queues()[worker.queue_number].size() > 0)
        group.wakes.notify_one();
      break;
    }
    bool const used = std::holds_alternative<activity_task>(task);
    if (slot && !used) worker.return_activity_slot();
    if (rate && used) rate->take(worker.asked_at);
    if (request.workflow_tasks && !std::holds_alternative<workflow_task>(task))
      worker.free_workflow_slot();
    return task;
  }
  [[nodiscard]] auto start_task(worker_link const& worker, engine::queued_task const& queued,
                                polled_task& given) -> bool {
    bool const of_workflow = queued.what == engine::queued_task::kind::workflow;
    bool const counts =
        of_workflow ? engine_.poll_workflow_task(clock(), queued, worker.id, worker.identity,
                                                 given.emplace<workflow_task>())
                    : engine_.poll_activity_task(clock(), queued, worker.identity,
                                                 given.emplace<activity_task>());
    if (counts && of_workflow) messages_.queries.ride(std::get<workflow_task>(given));
    if (!counts) given = {};
    wake_timekeeper();
    return counts;
  }

  void pass_on(engine::notices const& news, worker_link const* caller) noexcept {
    for (auto const& passed : news.limits) passed_limits_.push_back(passed);
    for (stopped_attempt const& each : news.cancelled_activities)
      for (worker_link* const worker : workers_) worker->cancel_attempt(each.token, each.reason);
    if (news.updates_changed) messages{*this}.tell_of_updates();
    if (options_.clock == clock_mode::virtual_time) return;
    if (news.awaited_run_closed) run_closed_.notify_all();
    if (news.tasks_added != 0) detail::wake_one(store_.queues(), pollers_, caller);
    wake_timekeeper();
  }
  void wake_timekeeper() noexcept {
    if (options_.clock == clock_mode::virtual_time) return;
    auto const first = store_.next_deadline();
    if (!first || *first >= timekeeper_sleeps_until_) return;
    if (!timekeeper_.joinable()) timekeeper_ = std::thread{[this] { keep_time(); }};
    timekeeper_sleeps_until_ = *first;
    timekeeper_wakes_.notify_one();
  }
  void keep_time() {
    std::unique_lock lock{mutex_};
    while (!stopped_) {
      engine::notices news{};
      while (engine_.fire_next(clock(), news)) {
      }
      pass_on(news, nullptr);
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
};

#ifndef PERDURE_SEPARATE_COMPILATION // else see backend/compiled/memory_backend.hpp
/// Keeps runs in memory: they are gone when it is. Thread-safe. For tests, and for measuring.
using memory_backend = basic_memory_backend<void>;
#endif

} // namespace perdure::inline v0
