// Workflows under test: virtual time, functions in place of activities, and replay of every step.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <source_location>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "perdure/client/client.hpp"
#include "perdure/testing/call_record.hpp"
#include "perdure/testing/mocked_activity.hpp"
#include "perdure/testing/mocked_workflow.hpp"
#include "perdure/testing/test_backend.hpp"
#include "perdure/testing/test_starts.hpp"
#include "perdure/worker/worker.hpp"

namespace perdure::inline v0 {

struct test_environment_options {
  time_point start_time{memory_backend_options{}.start_time}; ///< Of virtual time: 2020-01-01.
  std::uint64_t seed{1};           ///< Of run ids, and so of `random()` and `uuid4()`.
  std::string task_queue{"tests"}; ///< Where a start says no other.
  /// Replays each run from its first event after each of its workflow tasks, and fails the call
  /// that waits if its code does not do the same again. Beyond the first 1,000 events: whenever it
  /// has grown by a tenth, and at its end. Twice the work of the workflow code.
  bool replay_after_every_task{true};
  std::size_t max_cached_workflows{10'000}; ///< Live runs kept; 0: each task replays its run.
  std::vector<std::string> fail_run_on{};   ///< As in `worker_options`.
  worker_interceptors interceptors{};       ///< Of the workers.
  client_interceptors around_client{};      ///< Interceptors of the client.
  /// Of the workers, the client and the replays.
  std::shared_ptr<perdure::data_converter const> data_converter{};
  engine_limits limits{}; ///< `engine_limits::temporal()` makes them errors.
};

/// A backend in memory whose time is virtual, its workers and a client, in one object:
///
///     perdure::test_environment env;
///     env.add<order>();
///     env.mock<charge>([&](payment p) { return receipt{p.amount}; });
///     env.after(1h, [](auto& client) { client.get_handle("o").signal(approve, true); });
///     auto const result = env.execute_workflow<order>({.amount = 5}, {.id = "o"});
///
/// Time stands still while there is anything to do and then jumps: a year of sleeping takes no
/// time. Everything runs on the calling thread, in the same order each time. Tasks of every task
/// queue are worked on. A call that waits throws as soon as something is wrong that a run cannot
/// mend by itself: `nondeterminism_error` (a replay differs), `error` (not_registered: something is
/// neither added nor mocked; stalled: workflow code threw what is no failure, or nothing is left
/// that could happen, but for what schedules start for ever).
/// Use it from one thread. It must outlive its handles.
class test_environment : public detail::test_starts<test_environment> {
public:
  using client_type = client<test_backend>;

  explicit test_environment(test_environment_options options = {})
      : options_{std::move(options)},
        backend_{{.clock = clock_mode::virtual_time,
                  .seed = options_.seed,
                  .start_time = options_.start_time,
                  .limits = options_.limits}} {
    known().answer_unknown(std::make_shared<detail::unknown_activity>([this](std::string why) {
      backend_.complain(std::make_exception_ptr(error{errc::not_registered, why}));
    }));
    backend_.known = &replayer_;
    backend_.replays_tasks = options_.replay_after_every_task;
    backend_.on_queue = [this](std::string const& queue) { serve(queue); };
  }
  test_environment(test_environment const&) = delete;
  auto operator=(test_environment const&) -> test_environment& = delete;
  ~test_environment() { backend_.agenda = {}; } // answers that were held back are dropped

  // ------------------------------------------------------------------------------- what there is
  /// Registers workflows and activities, at any time. Where a mock has the name, it stays.
  /// \throws error (already_registered)
  template <auto... F>
  void add(std::source_location source = std::source_location::current()) {
    (add_one<F>(source), ...);
  }
  /// Registers member functions of an object as activities; the object must outlive this.
  template <auto... F, class Object>
  void add(Object& object, std::source_location source = std::source_location::current()) {
    (add_member<F>(object, source), ...);
  }

  /// Puts a function in the place of an activity or a workflow, a declaration of one that lives
  /// elsewhere included: `env.mock<charge>([&](payment p) { ... return receipt{}; })`. It takes
  /// F's parameters and gives F's result (of a workflow<T> the T), and may capture, and throw as an
  /// activity does. It runs once for each attempt of the activity or run of the workflow. The mock
  /// of a workflow takes no messages. A later mock replaces an earlier one.
  template <auto F, class Call>
  void mock(Call call, std::source_location source = std::source_location::current()) {
    using signature = typename detail::callable<F>::signature;
    static_assert(detail::callable<F>::is_checked);
    static_assert(is_mock_of<Call>(std::type_identity<signature>{}),
                  "perdure: a mock takes the parameters of what it stands for, and gives its "
                  "result (of a workflow<T>: a T)");
    std::string const name{detail::registered_name<F>()};
    std::string const activity = activity_name<F>();
    put_activity(activity,
                 std::make_shared<detail::mocked_activity<Call, signature>>(std::move(call)),
                 source);
    if constexpr (detail::callable<F>::is_workflow_function)
      each_registry([&](detail::registry& r) {
        r.replace_workflow(name, detail::mocked_workflow<F>::starter(), source);
      });
    mocked_[activity] = true;
  }

  /// The calls of F so far: of an activity its attempts, of a workflow its runs. Linear.
  template <auto F>
  [[nodiscard]] auto calls() const -> call_record<F> {
    constexpr bool is_workflow = detail::callable<F>::is_workflow_function;
    auto const& plans = is_workflow ? backend_.workflows : backend_.activities;
    auto const found = plans.find(detail::registered_name<F>());
    return found == plans.end() ? call_record<F>{} : call_record<F>{found->second.calls()};
  }

  // ------------------------------------------------------------------------- what goes otherwise
  static constexpr std::int32_t always = detail::function_plan::always;

  /// Lets the next `times` attempts of an activity, real or mocked, fail with an exception instead
  /// of running: `env.fail<charge>(application_error{"no answer"}, 2)`. What comes of it is the
  /// retry policy's business. Of a mocked workflow: its next runs.
  template <auto F, class Thrown>
  void fail(Thrown const& thrown, std::int32_t times = 1) {
    plan<F>().fail(failure_of(thrown), times);
  }
  /// The same for the call with a number, counted from 1 over all calls of F.
  template <auto F, class Thrown>
  void fail_call(std::size_t number, Thrown const& thrown) {
    plan<F>().fail_call(number, failure_of(thrown));
  }
  /// Lets the answers of the next `times` attempts of an activity, or of runs of a mocked workflow,
  /// come so much later, in virtual time: what the function did is done, and nobody knows. Its
  /// timeouts count; it sends no heartbeats meanwhile and is deaf to cancellation. Not for local
  /// activities, which block their worker.
  template <auto F>
  void delay(duration by, std::int32_t times = always) {
    plan<F>().delay(by, times);
  }

  // ----------------------------------------------------------------------------------- what
  // happens
  /// Calls `action(client)`, or `action()`, at a virtual time: so long after the environment's
  /// start. It may signal, query, update, cancel, start and wait for others. Timers that are due
  /// then have fired, and what they caused has not run yet; actions of one time run in the order in
  /// which they were added. It runs while something waits (`result`, `advance`, ...); what it
  /// throws leaves that call.
  template <class Action>
  void at(duration since_start, Action action) {
    at(engine::later(options_.start_time, since_start), std::move(action));
  }
  template <class Action>
  void at(time_point when, Action action) {
    backend_.agenda.add(when, [&client = client_, action = std::move(action)]() mutable {
      if constexpr (std::invocable<Action&, client_type&>)
        action(client);
      else
        static_cast<void>(client), action();
    });
  }
  /// The same, so long after now.
  template <class Action>
  void after(duration wait, Action action) {
    at(engine::later(now(), wait), std::move(action));
  }
  /// Lets everything happen that is due within `wait`, then stands at that time.
  void advance(duration wait) { backend_.advance(wait); }
  [[nodiscard]] auto now() -> time_point { return backend_.now(); }
  /// How much virtual time has passed since the environment's start.
  [[nodiscard]] auto elapsed() -> duration { return now() - options_.start_time; }

  // `start_workflow<f>(arguments..., options)` and `execute_workflow<f>(arguments..., options)` are
  // those of `client`, with options that may be left out: the id is then "f-1", "f-2", ..., the
  // task queue that of the environment.

  [[nodiscard]] auto get_client() noexcept -> client_type& { return client_; }
  /// A handle of a run by its id. Nothing is looked up.
  template <class T = void>
  [[nodiscard]] auto get_handle(std::string id) const -> workflow_handle<T, test_backend> {
    return client_.template get_handle<T>(std::move(id));
  }
  [[nodiscard]] auto get_backend() noexcept -> test_backend& { return backend_; }
  /// Knows the workflows of this environment.
  [[nodiscard]] auto get_replayer() const noexcept -> replayer const& { return replayer_; }

private:
  friend detail::test_starts<test_environment>;

  template <class Call, class R, class... A>
  static consteval auto is_mock_of(std::type_identity<detail::signature<R, A...>>) -> bool {
    return std::is_invocable_r_v<typename detail::unwrap_result<R>::type, Call&, A...>;
  }
  template <auto F>
  [[nodiscard]] static auto activity_name() -> std::string {
    std::string const name{detail::registered_name<F>()};
    return detail::callable<F>::is_workflow_function ? detail::name_of_mock(name) : name;
  }
  template <class Thrown>
  [[nodiscard]] static auto failure_of(Thrown const& thrown) -> failure {
    try {
      throw thrown;
    } catch (...) {
      return detail::failure_of_current_exception();
    }
  }

  [[nodiscard]] auto known() noexcept -> detail::registry& {
    return detail::registry_access::of(replayer_);
  }
  template <class Change>
  void each_registry(Change&& change) {
    change(known());
    for (auto& [queue, each] : workers_) change(detail::registry_access::of(*each));
  }
  void put_activity(std::string const& name, std::shared_ptr<detail::activity_function> inner,
                    std::source_location source) {
    auto const spied =
        std::make_shared<detail::spied_activity>(std::move(inner), backend_.activities[name]);
    each_registry([&](detail::registry& r) { r.replace_activity(name, spied, source); });
    functions_.push_back(spied); // a mock may replace itself while it runs
  }
  template <auto F>
  void add_one(std::source_location source) {
    if (mocked_.contains(activity_name<F>())) return;
    known().template add<F>(source); // says so if another one has the name
    std::string const name{detail::registered_name<F>()};
    if constexpr (detail::callable<F>::is_workflow_function)
      each_registry([&](detail::registry& r) {
        r.replace_workflow(name, &detail::workflow_entry<F>::start, source);
      });
    else
      put_activity(name, std::make_shared<detail::free_activity<F>>(), source);
  }
  template <auto F, class Object>
  void add_member(Object& object, std::source_location source) {
    if (mocked_.contains(activity_name<F>())) return;
    known().template add<F>(object, source);
    put_activity(activity_name<F>(), std::make_shared<detail::member_activity<F, Object>>(object),
                 source);
  }
  template <auto F>
  [[nodiscard]] auto plan() -> detail::function_plan& {
    std::string const name = activity_name<F>();
    if (detail::callable<F>::is_workflow_function && !mocked_.contains(name))
      throw error{errc::invalid_argument,
                  "test_environment: workflow '" + std::string{detail::registered_name<F>()} +
                      "' is not mocked: a real one fails and takes its time by itself"};
    return backend_.activities[name];
  }

  /// Works on the tasks of a queue.
  void serve(std::string const& queue) {
    auto& served = workers_[queue];
    if (served) return;
    served = std::make_unique<worker<test_backend>>(
        backend_, worker_options{.task_queue = queue,
                                 .max_concurrent_activities = 1'000'000,
                                 .max_cached_workflows = options_.max_cached_workflows,
                                 .fail_run_on = options_.fail_run_on,
                                 .interceptors = options_.interceptors,
                                 .data_converter = options_.data_converter});
    detail::registry_access::of(*served) = known();
    served->start();
  }
  template <auto F>
  [[nodiscard]] auto with_defaults(workflow_options options) -> workflow_options {
    if (options.id.empty())
      options.id =
          std::string{detail::registered_name<F>()} + "-" + std::to_string(++started_count_);
    if (options.task_queue.empty()) options.task_queue = options_.task_queue;
    return options;
  }

  test_environment_options options_;
  /// Its registry is the one that all workers have a copy of.
  replayer replayer_{{.fail_run_on = options_.fail_run_on,
                      .data_converter = options_.data_converter,
                      .interceptors = options_.interceptors}};
  test_backend backend_;
  client_type client_{
      backend_,
      {.interceptors = options_.around_client, .data_converter = options_.data_converter}};
  std::map<std::string, bool, std::less<>> mocked_{}; ///< By the name of their activity.
  std::vector<std::shared_ptr<detail::spied_activity>> functions_{};
  std::size_t started_count_{0};
  std::map<std::string, std::unique_ptr<worker<test_backend>>> workers_{}; ///< By queue.
};

} // namespace perdure::inline v0
