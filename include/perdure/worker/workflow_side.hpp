// What a worker does with workflow tasks.
#pragma once

#include <atomic>
#include <exception>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "perdure/backend/backend.hpp"
#include "perdure/execution/registry.hpp"
#include "perdure/execution/workflow_executor.hpp"
#include "perdure/history/describe.hpp"
#include "perdure/worker/execution_cache.hpp"
#include "perdure/worker/local_activities.hpp"
#include "perdure/worker/worker_meter.hpp"
#include "perdure/worker/worker_options.hpp"
#include "perdure/worker/workflow_replays.hpp"

namespace perdure::inline v0::detail {

/// Runs the code of workflows for their tasks and keeps the live runs. Thread-safe.
template <class B>
class workflow_side {
public:
  /// All of these must outlive it.
  workflow_side(B& backend, worker_link& link, worker_options const& options, registry const& known)
      : backend_{&backend},
        link_{&link},
        options_{&options},
        registry_{&known},
        meter_{options},
        cache_{options.max_cached_workflows, options.max_cached_bytes},
        at_work_{options.max_cached_workflows > runs_at_work_max ? options.max_cached_workflows
                                                                 : runs_at_work_max,
                 std::numeric_limits<std::size_t>::max()},
        pool_{options.max_concurrent_local_activities} {}

  /// `driven`: the backend drives the worker, in virtual time.
  void begin(bool driven) noexcept {
    driven_ = driven;
    stop_at_.store(time_point::max());
    pool_.begin(driven);
  }

  /// Answers a task; or, where the worker is driven, holds it while local activities run.
  void work_on(workflow_task& task) {
    if (task.query) return answer_query(task);
    if (!meter_) [[likely]]
      return decide(task);
    meter_.took_workflow_task(task);
    shared_string const type = task.workflow_type;
    time_point const begun = worker_meter::now();
    decide(task);
    meter_.observe("temporal_workflow_task_execution_latency", worker_meter::now() - begun,
                   {{"workflow_type", type}});
    meter_.set("temporal_sticky_cache_size", static_cast<double>(cached_workflows()));
  }
  /// Goes on with the tasks that are held, where the worker is driven. False if none could.
  auto go_on() -> bool {
    for (std::size_t i = 0; i < held_.size(); ++i) {
      held_task& held = *held_[i];
      if (held.wakes_at > backend_->now() && !held.run->locals->mailbox()->has_letters()) continue;
      attempt(held.task, held.run, [&] { (void)advance(held); });
      if (!held.run) held_.erase(held_.begin() + static_cast<std::ptrdiff_t>(i));
      return true;
    }
    return false;
  }
  /// When `go_on` will have something to do; the end of time if it does not know.
  [[nodiscard]] auto next_wakeup() const noexcept -> time_point {
    time_point next = time_point::max();
    for (auto const& each : held_) next = each->wakes_at < next ? each->wakes_at : next;
    return next;
  }
  /// Lets tasks that are held end within `grace`; then those that still wait for local activities
  /// are answered without them, for another worker to go on.
  void begin_stop(duration grace) {
    time_point const now = backend_->now();
    stop_at_.store(driven_ ? now : later(now, grace));
    if (driven_) {
      while (!held_.empty()) {
        held_.back()->wakes_at = now;
        (void)go_on();
      }
      return;
    }
    std::lock_guard const lock{mutex_};
    for (auto const& each : waiting_) each->wake();
  }
  void finish_stop() {
    evict_all(); // local activities that outlived their tasks are asked to stop
    pool_.stop();
  }

  auto take_slot() noexcept -> bool {
    std::size_t const most = options_->max_concurrent_workflow_tasks;
    if (most == 0) return true;
    if (slots_taken_.fetch_add(1, std::memory_order_relaxed) < most) return true;
    free_slot();
    return false;
  }
  void free_slot() noexcept {
    if (options_->max_concurrent_workflow_tasks != 0)
      slots_taken_.fetch_sub(1, std::memory_order_relaxed);
  }

  /// Of all runs of one workflow, under each of its names.
  void set_versioning_behavior(workflow_starter which, versioning_behavior how) {
    behaviors_[which] = how;
  }

  /// Forgets a live run. May be called with locks held: the run goes at the next task.
  void evict(run_number number) noexcept {
    std::lock_guard const lock{mutex_};
    if (auto run = find(number)) evicted_.add(std::move(run));
  }
  void evict_all() {
    live_runs gone; // here and below: destroyed outside of the lock
    std::lock_guard const lock{mutex_};
    gone = std::move(evicted_);
    while (auto run = cache_.take_oldest()) gone.add(std::move(run));
    while (auto run = at_work_.take_oldest()) gone.add(std::move(run));
  }
  [[nodiscard]] auto cached_workflows() const -> std::size_t {
    std::lock_guard const lock{mutex_};
    return cache_.size() + at_work_.size();
  }
  [[nodiscard]] auto cached_bytes() const -> std::size_t {
    std::lock_guard const lock{mutex_};
    return cache_.bytes() + at_work_.bytes();
  }

private:
  /// How many stay live for their local activities though nothing is to be cached. A bound because
  /// nobody says so when such a run is terminated.
  static constexpr std::size_t runs_at_work_max = 10'000;

  /// A live run, with its local activities if it has had any.
  struct live_run : workflow_executor {
    using workflow_executor::workflow_executor;
    static auto operator new(std::size_t size) -> void* { return take_block(size); }
    static void operator delete(void* run, std::size_t size) noexcept { give_block(run, size); }
    std::unique_ptr<local_activities> locals{};
    std::unique_ptr<live_run> next_gone{};
  };
  /// Live runs to be destroyed where no lock is held: that runs code of users.
  class live_runs {
  public:
    live_runs() = default;
    live_runs(live_runs const&) = delete;
    auto operator=(live_runs const&) -> live_runs& = delete;
    auto operator=(live_runs&&) noexcept -> live_runs& = default;
    ~live_runs() {
      while (first_) first_ = std::move(first_->next_gone);
    }
    void add(std::unique_ptr<live_run> run) noexcept {
      run->next_gone = std::move(first_);
      first_ = std::move(run);
    }
    [[nodiscard]] auto empty() const noexcept -> bool { return !first_; }

  private:
    std::unique_ptr<live_run> first_{};
  };
  /// A task whose answer waits for local activities.
  struct held_task {
    workflow_task task{};
    std::unique_ptr<live_run> run{}; ///< Null once it was answered.
    time_point heartbeat_at{};       ///< It is answered then, and goes on as another task.
    time_point wakes_at{};
  };

  void decide(workflow_task& task) {
    std::unique_ptr<live_run> run = take(task.token.run);
    attempt(task, run, [&] {
      bool const live =
          run && run->last_event_id() + 1 == task.events.front().id && is_of(*run, task);
      if (meter_ && task.previous_started_event_id != 0) [[unlikely]]
        meter_.count(live ? "temporal_sticky_cache_hit" : "temporal_sticky_cache_miss");
      if (!live) run = replayable(task);
      run->process(task.events, live_run::never, task.updates);
      if (run->has_local_wishes()) [[unlikely]]
        hold(task, std::move(run));
      else
        answer(task, std::move(run));
    });
  }
  /// Fails the task if `work` throws.
  template <class Work>
  void attempt(workflow_task& task, std::unique_ptr<live_run>& run, Work&& work) {
    try {
      work();
    } catch (...) {
      fail_thrown(task, run);
    }
  }
  [[gnu::cold]] void fail_thrown(workflow_task& task, std::unique_ptr<live_run>& run) noexcept {
    auto cause = workflow_task_failed_cause::workflow_worker_unhandled_failure;
    bool lost = false; // it was taken from us: someone else goes on
    failure why{};
    try {
      why = describe_thrown(task, run.get(), cause, lost);
    } catch (...) {
      why.message = "no memory"; // needs none
    }
    run.reset();
    if (!lost) fail(task, cause, std::move(why));
  }
  [[nodiscard, gnu::cold]] auto describe_thrown(workflow_task& task, live_run const* run,
                                                workflow_task_failed_cause& cause, bool& lost)
      -> failure {
    failure why{};
    try {
      throw;
    } catch (nondeterminism_error const& e) {
      cause = workflow_task_failed_cause::non_deterministic_error;
      return program_fault(e);
    } catch (error const& e) {
      (void)take(task.token.run);
      lost = e.code() == errc::task_lost;
      why = program_fault(e);
      if (run != nullptr) why.stack_trace = run->place();
    } catch (...) {
      (void)take(task.token.run);
      why = failure_of_current_exception();
      if (run != nullptr && why.stack_trace.empty()) why.stack_trace = run->place();
    }
    return why;
  }
  /// The run is in the cache before its answer is given: with that, another thread may get its next
  /// task, and the backend may call `evict` when it cannot keep the answer.
  void answer(workflow_task const& task, std::unique_ptr<live_run> run, bool goes_on = false) {
    workflow_task_completion given = run->completion(task.queries);
    given.force_create_new_workflow_task = goes_on;
    if (link_->version) [[unlikely]] {
      given.versioning_behavior = behavior_of(task.workflow_type.view());
      given.deployment_version = link_->version;
    }
    bool const ends = meter_ && run->ended() && !given.commands.empty();
    command_type const last = ends ? given.commands.back().type : command_type::unspecified;
    duration const age = ends ? backend_->now() - run->machine().first_event_time() : duration{};
    if (!run->ended()) keep(goes_on ? at_work_ : cache_, task.token.run, std::move(run));
    backend_->complete_workflow_task(*link_, task.token, std::move(given));
    if (ends) [[unlikely]]
      meter_.ended_workflow(task, last, age);
  }
  [[nodiscard]] auto behavior_of(std::string_view type) const -> versioning_behavior {
    auto const found = behaviors_.find(registry_->workflow(type));
    return found == behaviors_.end() ? options_->deployment.default_versioning_behavior
                                     : found->second;
  }
  void answer_query(workflow_task& task) {
    std::unique_ptr<live_run> run = take(task.token.run);
    query_answer given = detail::answer_query_task(
        run, task, [this](workflow_task& whole) { return replayable(whole); });
    if (is_current(run.get(), task) && !run->ended()) keep(cache_, task.token.run, std::move(run));
    try {
      backend_->answer_query_task(*link_, task.token, std::move(given));
    } catch (error const& e) {
      if (e.code() != errc::task_lost) // nobody waits for it any more
        log().error("the answer of a query was not taken", {{"reason", e.what()}});
    }
  }
  auto take(run_number number) -> std::unique_ptr<live_run> {
    live_runs gone;
    std::lock_guard const lock{mutex_};
    if (!evicted_.empty()) [[unlikely]]
      gone = std::move(evicted_);
    return find(number);
  }
  auto find(run_number number) -> std::unique_ptr<live_run> {
    if (at_work_.size() != 0) [[unlikely]]
      if (auto found = at_work_.take(number)) return found;
    return cache_.take(number);
  }
  void keep(execution_cache<live_run>& where, run_number number, std::unique_ptr<live_run> run) {
    bool goes_on = true;
    while (goes_on) {
      std::unique_ptr<live_run> evicted; // destroyed outside of the lock
      std::lock_guard const lock{mutex_};
      evicted = run ? where.put(number, std::move(run)) : where.take_excess();
      goes_on = where.has_excess(); // one big run may take the place of many small ones
      if (meter_ && evicted) [[unlikely]]
        meter_.count("temporal_sticky_cache_total_forced_eviction");
    }
  }

  // --------------------------------------------------------------------------- local activities
  void hold(workflow_task& task, std::unique_ptr<live_run> run) {
    if (!run->locals)
      run->locals = std::make_unique<local_activities>(*registry_, pool_, *options_, meter_);
    auto held = std::make_unique<held_task>();
    auto const& started =
        run->machine().started().template get<events::workflow_execution_started>();
    duration const timeout =
        started.workflow_task_timeout.value_or(duration{std::chrono::seconds{10}});
    held->heartbeat_at = later(backend_->now(), timeout / 5 * 4);
    held->task = std::move(task);
    held->run = std::move(run);
    if (driven_) {
      attempt(held->task, held->run, [&] { (void)advance(*held); });
      if (held->run) held_.push_back(std::move(held));
      return;
    }
    auto const mailbox = held->run->locals->mailbox();
    {
      std::lock_guard const lock{mutex_};
      waiting_.push_back(mailbox);
    }
    attempt(held->task, held->run, [&] {
      while (!advance(*held)) mailbox->wait_for(held->wakes_at - backend_->now());
    });
    std::lock_guard const lock{mutex_};
    std::erase(waiting_, mailbox);
  }
  /// Goes on with a task as far as possible. True if it was answered.
  auto advance(held_task& held) -> bool {
    time_point const now = backend_->now();
    local_activities& locals = *held.run->locals;
    locals.advance(*held.run, held.task, now);
    bool const waits = held.run->waits_for_local_activities();
    time_point const stop = stop_at_.load();
    if (waits && now >= stop) locals.give_up_all(activity_cancel_reason::worker_shutdown);
    if (!waits || now >= stop || now >= held.heartbeat_at) {
      answer(held.task, std::move(held.run), waits);
      return true;
    }
    held.wakes_at = locals.next_deadline(now);
    if (held.heartbeat_at < held.wakes_at) held.wakes_at = held.heartbeat_at;
    if (stop < held.wakes_at) held.wakes_at = stop;
    return false;
  }

  [[nodiscard]] auto replayable(workflow_task& task) -> std::unique_ptr<live_run> {
    auto run = detail::replayable<live_run>(*registry_, *options_, *backend_, task);
    run->measure(meter_.route());
    return run;
  }

  [[nodiscard]] static auto program_fault(std::exception const& thrown) -> failure {
    failure why{};
    why.message = thrown.what();
    why.source = "perdure";
    return why;
  }
  void fail(workflow_task const& task, workflow_task_failed_cause cause, failure why) noexcept {
    report_failed(task, cause, why);
    try {
      backend_->fail_workflow_task(*link_, task.token, {cause, std::move(why)});
    } catch (...) {
      // The task timed out meanwhile, or will: the backend hands it out again by itself.
    }
  }
  [[gnu::cold]] void report_failed(workflow_task const& task, workflow_task_failed_cause cause,
                                   failure const& why) const noexcept {
    try {
      if (meter_) meter_.failed_workflow_task(task, cause);
      if (task.token.attempt == 1) // later attempts fail alike: one report is enough
        log().error("workflow task failed; it is tried again until the program is mended",
                    {{"reason", describe_with_place(why)},
                     {"workflow_type", task.workflow_type},
                     {"workflow_id", task.execution.workflow_id},
                     {"run_id", task.execution.run_id}});
    } catch (...) { // the log's sink failed, or there is no memory
    }
  }

  B* backend_;
  worker_link* link_;
  worker_options const* options_;
  registry const* registry_;
  worker_meter meter_;
  std::map<workflow_starter, versioning_behavior> behaviors_; ///< Where it is not the default.
  mutable std::mutex mutex_;                                  ///< Guards the cache, and who waits.
  execution_cache<live_run> cache_;
  /// Whose local activities outlast a workflow task: without their run they would begin again.
  execution_cache<live_run> at_work_;
  live_runs evicted_;
  std::vector<std::shared_ptr<local_mailbox>> waiting_;
  std::vector<std::unique_ptr<held_task>> held_; ///< Where the worker is driven.
  std::atomic<time_point> stop_at_{time_point::max()};
  local_activity_pool pool_;
  std::atomic<std::size_t> slots_taken_{0};
  bool driven_{false};
};

} // namespace perdure::inline v0::detail
