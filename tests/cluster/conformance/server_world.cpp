#include "cluster/conformance/server_world.hpp"

#include <algorithm>

namespace perdure_test::conformance {

namespace e = perdure::events;
using perdure::event_type;
using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

namespace {

constexpr auto patience_for_task = 5s;       ///< That must come.
constexpr auto patience_for_nothing = 150ms; ///< In which one that is there would have come.
constexpr auto patience_for_turn = 1'500ms;  ///< Of a poll that waits.
constexpr auto patience_for_call = 4s;       ///< That waits, while no worker does anything.
constexpr auto patience_in_real_time = 20s;  ///< The same, where threads of a test work.
constexpr std::chrono::milliseconds time_to_arrive{200}; ///< For what a worker has answered.
constexpr auto head_start = 40ms; ///< Of a call that waits, before workers look for it.
constexpr perdure::duration longest_wait = 1'500ms; ///< Of one behaviour, for time to pass.
constexpr auto margin_of_versions = 500ms;
constexpr auto margin = 120ms; ///< In which a server does what has become due.

} // namespace

// -------------------------------------------------------------------------------------- one_poll
one_poll::one_poll(perdure::worker_link& by, perdure::poll_request what) : hand{&by} {
  static std::atomic<std::uint64_t> last{2'000'000'000};
  id = ++last;
  task_queue = by.task_queue;
  version = by.version;
  identity = by.identity;
  runs_workflows = what.workflow_tasks;
  runs_activities = what.activity_tasks;
  keeps_runs = false;
}
void one_poll::cancel_attempt(perdure::activity_task_token const& token,
                              perdure::activity_cancel_reason reason) noexcept {
  if (perdure::worker_link* const told = hand) told->cancel_attempt(token, reason);
}

// --------------------------------------------------------------------------------------- calling
server_world::server_world(perdure::temporal_options options, perdure::clock_mode clock)
    : real_{std::make_shared<perdure::temporal_backend>(std::move(options))},
      real_time_{clock == perdure::clock_mode::real},
      runs_{*real_} {}

server_world::~server_world() {
  for (auto const& each : polls_) real_->detach(*each);
}

/// Any call: what Temporal cannot do ends the behaviour.
template <class Call>
auto server_world::ask(Call call) {
  this_test::check_goes_on();
  touched_ = true;
  try {
    return call(*real_);
  } catch (perdure::error const& why) {
    if (why.code() == perdure::errc::not_supported) this_test::end(no_such_call);
    throw;
  }
}

/// A call of a worker, which may have threads of its own: they go on until they are stopped.
template <class Call>
auto server_world::serve(Call call) {
  touched_ = true;
  return call(*real_);
}

/// A call that looks: first everything that is on its way arrives.
template <class Call>
auto server_world::look(Call call) {
  this_test::check_goes_on();
  settle();
  bool const touched = touched_;
  struct undo {
    std::atomic<bool>& flag;
    bool was;
    ~undo() { flag = was; }
  } const untouched{touched_, touched};
  return ask(std::move(call));
}

void server_world::settle() {
  if (!touched_.exchange(false)) return;
  std::lock_guard const lock{runs_mutex_};
  runs_.settle();
}

/// A call that may wait for what workers do: they work meanwhile, if the test works them by hand.
template <class Call>
auto server_world::wait_for(Call call) {
  this_test::check_goes_on();
  touched_ = true;
  using result = decltype(call(*real_));
  auto const task = std::make_shared<std::packaged_task<result()>>(
      [server = real_, call = std::move(call)] { return call(*server); });
  auto waiting = task->get_future();
  std::thread{[task] { (*task)(); }}.detach();
  auto const patience = real_time_ ? clock::duration{patience_in_real_time} : patience_for_call;
  auto end = clock::now() + patience;
  auto ready = waiting.wait_for(head_start);
  while (ready != std::future_status::ready) {
    if (clock::now() > end) this_test::end(waits_for_ever);
    std::vector<perdure::worker_link*> hands;
    if (!real_time_) {
      std::lock_guard const lock{mutex_};
      hands = hands_;
    }
    bool worked = false;
    for (perdure::worker_link* const each : hands) worked = each->poll_once() || worked;
    if (worked) end = clock::now() + patience;
    ready = waiting.wait_for(worked ? time_to_arrive : 2ms);
  }
  return ask([&](auto&) { return waiting.get(); });
}

auto server_world::keep(perdure::start_workflow_result result) -> perdure::start_workflow_result {
  keep(result.execution);
  return result;
}
auto server_world::keep(perdure::workflow_execution run) -> perdure::workflow_execution {
  std::lock_guard const lock{runs_mutex_};
  runs_.add(run);
  return run;
}

// --------------------------------------------------------------------------------------- clients
auto server_world::start_workflow(perdure::start_workflow_request const& request)
    -> perdure::start_workflow_result {
  return keep(ask([&](auto& to) { return to.start_workflow(request); }));
}
void server_world::signal_workflow(perdure::workflow_execution const& run, std::string_view name,
                                   perdure::payloads input, std::string_view identity) {
  ask([&](auto& to) { to.signal_workflow(run, name, std::move(input), identity); });
}
void server_world::cancel_workflow(perdure::workflow_execution const& run, std::string_view reason,
                                   std::string_view identity) {
  settle();
  ask([&](auto& to) { to.cancel_workflow(run, reason, identity); });
}
void server_world::terminate_workflow(perdure::workflow_execution const& run,
                                      std::string_view reason, std::string_view identity) {
  settle();
  ask([&](auto& to) { to.terminate_workflow(run, reason, identity); });
}
auto server_world::query_workflow(perdure::query_workflow_request const& request)
    -> perdure::query_result {
  settle();
  return wait_for([=](auto& to) { return to.query_workflow(request); });
}
auto server_world::update_workflow(perdure::update_workflow_request const& request)
    -> perdure::update_status {
  return wait_for([=](auto& to) { return to.update_workflow(request); });
}
auto server_world::poll_update(perdure::poll_update_request const& request)
    -> perdure::update_status {
  return wait_for([=](auto& to) { return to.poll_update(request); });
}
auto server_world::signal_with_start_workflow(perdure::signal_with_start_request const& request)
    -> perdure::start_workflow_result {
  return keep(ask([&](auto& to) { return to.signal_with_start_workflow(request); }));
}
auto server_world::update_with_start_workflow(perdure::update_with_start_request const& request)
    -> perdure::update_with_start_result {
  auto made = wait_for([=](auto& to) { return to.update_with_start_workflow(request); });
  keep(made.start.execution);
  return made;
}
auto server_world::describe_workflow(perdure::workflow_execution const& run)
    -> perdure::workflow_description {
  return look([&](auto& to) { return to.describe_workflow(run); });
}
auto server_world::list_workflows(perdure::list_filter const& filter) -> perdure::list_page {
  settle();
  {
    std::lock_guard const lock{runs_mutex_};
    runs_.await_listing();
  }
  return look([&](auto& to) { return to.list_workflows(filter); });
}
auto server_world::count_workflows(perdure::list_filter const& filter) -> std::size_t {
  settle();
  {
    std::lock_guard const lock{runs_mutex_};
    runs_.await_listing();
  }
  return look([&](auto& to) { return to.count_workflows(filter); });
}
auto server_world::read_history(perdure::workflow_execution const& run) -> perdure::history {
  auto told = look([&](auto& to) { return to.read_history(run); });
  // A server shows the task that is tried again at the end, though history does not hold it.
  auto& all = told.events;
  auto tail = all.size();
  while (tail > 0 && (all[tail - 1].type == event_type::workflow_task_scheduled ||
                      all[tail - 1].type == event_type::workflow_task_started))
    --tail;
  if (tail > 0 && (all[tail - 1].type == event_type::workflow_task_failed ||
                   all[tail - 1].type == event_type::workflow_task_timed_out))
    all.resize(tail);
  return told;
}
auto server_world::wait_for_close(perdure::workflow_execution const& run) -> perdure::event {
  return wait_for([=](auto& to) { return to.wait_for_close(run); });
}
auto server_world::answer_async_activity(perdure::async_activity_answer const& answer) -> bool {
  auto given = answer;
  if (given.what != perdure::async_activity_answer::kind::detached && given.opaque.empty()) {
    std::lock_guard const lock{mutex_};
    given.opaque = name_of_[given.token.lease]; // how a process that has not polled it knows it
  }
  return ask([&](auto& to) { return to.answer_async_activity(given); });
}

// ------------------------------------------------------------------------------------- operators
auto server_world::reset_workflow(perdure::reset_request const& request)
    -> perdure::workflow_execution {
  settle();
  return keep(ask([&](auto& to) { return to.reset_workflow(request); }));
}
auto server_world::fork_workflow(perdure::fork_request const& request)
    -> perdure::workflow_execution {
  return ask([&](auto& to) { return to.fork_workflow(request); });
}
auto server_world::override_activity_result(perdure::override_request const& request)
    -> perdure::workflow_execution {
  return ask([&](auto& to) { return to.override_activity_result(request); });
}
void server_world::retry_activity_now(perdure::workflow_execution const& run,
                                      std::string_view activity_id, std::string_view reason,
                                      std::string_view identity) {
  ask([&](auto& to) { to.retry_activity_now(run, activity_id, reason, identity); });
}
void server_world::pause_workflow(perdure::workflow_execution const& run, std::string_view reason,
                                  std::string_view identity) {
  ask([&](auto& to) { to.pause_workflow(run, reason, identity); });
}
void server_world::unpause_workflow(perdure::workflow_execution const& run, std::string_view reason,
                                    std::string_view identity) {
  ask([&](auto& to) { to.unpause_workflow(run, reason, identity); });
}
void server_world::delete_workflow(perdure::workflow_execution const& run, std::string_view reason,
                                   std::string_view identity) {
  auto const which = run.run_id.empty() ? describe_workflow(run).execution : run;
  ask([&](auto& to) { to.delete_workflow(run, reason, identity); });
  std::lock_guard const lock{runs_mutex_};
  runs_.forget(which);
}
auto server_world::read_audit(perdure::workflow_execution const& run)
    -> std::vector<perdure::audit_record> {
  return ask([&](auto& to) { return to.read_audit(run); });
}
void server_world::create_schedule(perdure::create_schedule_request const& request) {
  ask([&](auto& to) { to.create_schedule(request); });
  ++schedules_;
}
auto server_world::describe_schedule(std::string_view id) -> perdure::schedule_description {
  return ask([&](auto& to) { return to.describe_schedule(id); });
}
void server_world::update_schedule(perdure::update_schedule_request const& request) {
  ask([&](auto& to) { to.update_schedule(request); });
}
void server_world::patch_schedule(std::string_view id, perdure::schedule_patch const& patch) {
  ask([&](auto& to) { to.patch_schedule(id, patch); });
}
void server_world::delete_schedule(std::string_view id) {
  ask([&](auto& to) { to.delete_schedule(id); });
  --schedules_;
}
auto server_world::list_schedules(perdure::schedule_filter const& filter)
    -> perdure::schedule_page {
  auto const listed = [&] {
    perdure::schedule_filter all{};
    return ask([&](auto& to) { return to.list_schedules(all); }).schedules.size();
  };
  for (auto const end = clock::now() + 2s; clock::now() < end && listed() != schedules_;)
    std::this_thread::sleep_for(10ms);
  return ask([&](auto& to) { return to.list_schedules(filter); });
}
auto server_world::list_matching_times(std::string_view id, perdure::time_point from,
                                       perdure::time_point to_)
    -> std::vector<perdure::time_point> {
  return ask([&](auto& to) { return to.list_matching_times(id, from, to_); });
}
void server_world::set_current_version(std::string_view deployment, std::string_view build_id) {
  ask([&](auto& to) { to.set_current_version(deployment, build_id); });
  // The queues learn of it a moment later, and nothing tells when they have.
  std::this_thread::sleep_for(margin_of_versions);
}
auto server_world::describe_deployment(std::string_view name) -> perdure::deployment_description {
  return ask([&](auto& to) { return to.describe_deployment(name); });
}

// --------------------------------------------------------------------------------------- workers
auto server_world::attach(perdure::worker_link& worker) -> bool {
  {
    std::lock_guard const lock{mutex_};
    hands_.push_back(&worker);
    std::erase(stopped_, &worker);
  }
  if (!worker.version) return false;
  // A server knows a build, and what it works on, by its polls.
  auto came = poll(worker, {}, patience_for_nothing);
  std::lock_guard const lock{mutex_};
  if (came.index() != 0) kept_.push_front({&worker, std::move(came)});
  return false;
}

void server_world::detach(perdure::worker_link& worker) {
  std::lock_guard const lock{mutex_};
  std::erase(hands_, &worker);
  std::erase_if(kept_, [&](waiting_task const& each) { return each.hand == &worker; });
  for (auto const& each : polls_)
    if (each->hand == &worker) each->hand = nullptr;
}

void server_world::stop_polling(perdure::worker_link& worker) {
  std::lock_guard const lock{mutex_};
  stopped_.push_back(&worker);
}
auto server_world::has_stopped(perdure::worker_link const& worker) -> bool {
  std::lock_guard const lock{mutex_};
  return std::ranges::find(stopped_, &worker) != stopped_.end();
}

auto server_world::poll(perdure::worker_link& worker, perdure::poll_request what)
    -> perdure::polled_task {
  return what.wait ? poll_in_turns(worker, what, patience_in_real_time)
                   : poll(worker, what, patience_for_nothing);
}
auto server_world::poll_for_sure(perdure::worker_link& worker, perdure::poll_request what)
    -> perdure::polled_task {
  return poll_in_turns(worker, what, patience_for_task);
}

/// What one poll brings beside its task is for others that wait.
auto server_world::poll_in_turns(perdure::worker_link& worker, perdure::poll_request what,
                                 milliseconds patience) -> perdure::polled_task {
  for (auto const end = clock::now() + patience; clock::now() < end;) {
    auto task = poll(worker, what, patience_for_turn);
    if (task.index() != 0 || this_test::is_over() || has_stopped(worker)) return task;
  }
  return {};
}

/// By a worker that comes for this poll alone.
auto server_world::poll(perdure::worker_link& worker, perdure::poll_request what,
                        milliseconds patience) -> perdure::polled_task {
  touched_ = true;
  if (this_test::is_over() || has_stopped(worker)) return {};
  if (auto kept = take_kept(worker, what); kept.index() != 0) return kept;
  auto made = std::make_unique<one_poll>(worker, what);
  one_poll& link = *made;
  {
    std::lock_guard const lock{mutex_};
    polls_.push_back(std::move(made));
  }
  real_->attach(link);
  perdure::poll_request wait = what;
  wait.wait = true;
  auto polled = std::async(std::launch::async, [&] { return real_->poll(link, wait); });
  (void)polled.wait_for(patience);
  real_->stop_polling(link);
  auto task = polled.get();
  {
    std::lock_guard const lock{mutex_};
    note(link, task);
  }
  keep_what_came(link);
  return task;
}

/// Waits until all answers of a worker that has stopped are taken, and keeps its other tasks.
void server_world::keep_what_came(one_poll& from) {
  while (true) {
    auto more = real_->poll(from, {true, true, true});
    if (more.index() == 0) return;
    std::lock_guard const lock{mutex_};
    note(from, more);
    kept_.push_back({from.hand, std::move(more)});
  }
}

/// With the lock.
void server_world::note(one_poll& from, perdure::polled_task const& task) {
  if (auto const* attempt = std::get_if<perdure::activity_task>(&task))
    name_of_[attempt->token.lease] = attempt->opaque_token.str();
  auto const* found = std::get_if<perdure::workflow_task>(&task);
  if (found == nullptr) return;
  poll_of_[found->token.lease] = &from;
  run_of_[found->token.lease] = found->execution;
}

auto server_world::take_kept(perdure::worker_link const& worker, perdure::poll_request what)
    -> perdure::polled_task {
  std::lock_guard const lock{mutex_};
  auto const found = std::ranges::find_if(kept_, [&](waiting_task const& each) {
    return each.hand == &worker &&
           (each.task.index() == 1 ? what.workflow_tasks : what.activity_tasks);
  });
  if (found == kept_.end()) return {};
  auto task = std::move(found->task);
  kept_.erase(found);
  return task;
}

auto server_world::poll_of(perdure::task_lease lease) -> one_poll& {
  std::lock_guard const lock{mutex_};
  auto const found = poll_of_.find(lease);
  if (found == poll_of_.end())
    throw perdure::error{perdure::errc::task_lost, "no poll has brought it"};
  return *found->second;
}

auto server_world::read_history(perdure::workflow_task_token const& task)
    -> std::vector<perdure::event> {
  return look([&](auto& to) { return to.read_history(task); });
}

/// Whether an answer that the server did not go along with had come too late. Otherwise the task
/// has failed, or has never been: with all its updates rejected it leaves nothing.
auto server_world::is_lost(perdure::workflow_task_token const& token) -> bool {
  using cause = perdure::workflow_task_failed_cause;
  auto const all = real_->read_history(run_of_[token.lease]).events;
  auto const after = static_cast<std::size_t>(token.started_event_id);
  if (all.size() <= after || all[after - 1].type != event_type::workflow_task_started) return false;
  if (all[after].type == event_type::workflow_task_completed) return false;
  auto const* failed = all[after].attributes.get_if<e::workflow_task_failed>();
  return failed == nullptr || failed->cause == cause::force_close_command;
}

void server_world::complete_workflow_task(perdure::worker_link&,
                                          perdure::workflow_task_token const& token,
                                          perdure::workflow_task_completion answer) {
  one_poll& by = poll_of(token.lease);
  serve([&](auto& to) { to.complete_workflow_task(by, token, std::move(answer)); });
  keep_what_came(by);
  if (by.evicted.exchange(false) && is_lost(token))
    throw perdure::error{perdure::errc::task_lost, "the server has not taken the answer"};
}

void server_world::fail_workflow_task(perdure::worker_link&,
                                      perdure::workflow_task_token const& token,
                                      perdure::workflow_task_failure why) {
  one_poll& by = poll_of(token.lease);
  serve([&](auto& to) { to.fail_workflow_task(by, token, std::move(why)); });
  // Later attempts are left to time out.
  if (token.attempt > 1) this_test::end(needs_virtual_time);
  keep_what_came(by);
}

void server_world::answer_query_task(perdure::worker_link&,
                                     perdure::workflow_task_token const& token,
                                     perdure::query_answer answer) {
  one_poll& by = poll_of(token.lease);
  serve([&](auto& to) { to.answer_query_task(by, token, std::move(answer)); });
  keep_what_came(by);
}

void server_world::complete_activity(perdure::activity_answerer,
                                     perdure::activity_task_token const& token,
                                     perdure::payloads result) {
  serve([&](auto& to) { to.complete_activity({}, token, std::move(result)); });
}
void server_world::fail_activity(perdure::activity_answerer,
                                 perdure::activity_task_token const& token, perdure::failure why) {
  serve([&](auto& to) { to.fail_activity({}, token, std::move(why)); });
}
void server_world::cancel_activity(perdure::activity_answerer,
                                   perdure::activity_task_token const& token,
                                   perdure::payloads details, perdure::failure why) {
  serve([&](auto& to) { to.cancel_activity({}, token, std::move(details), std::move(why)); });
}
auto server_world::record_heartbeat(perdure::activity_task_token const& token,
                                    perdure::payloads details) -> bool {
  return serve([&](auto& to) { return to.record_heartbeat(token, std::move(details)); });
}

void server_world::advance(perdure::duration time) {
  this_test::check_goes_on();
  if (real_time_)
    throw perdure::error{perdure::errc::invalid_argument, "a server has a clock of its own"};
  passed_ += std::min(time, 2 * longest_wait);
  if (passed_ > longest_wait || time % 1ms != 0ns) this_test::end(needs_virtual_time);
  settle();
  for (auto const end = clock::now() + time + margin; clock::now() < end;) {
    std::vector<perdure::worker_link*> hands;
    {
      std::lock_guard const lock{mutex_};
      hands = hands_;
    }
    bool worked = false;
    for (perdure::worker_link* const each : hands) worked = each->poll_once() || worked;
    if (!worked) std::this_thread::sleep_for(5ms);
  }
  touched_ = true;
}

} // namespace perdure_test::conformance
