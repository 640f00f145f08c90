// What workers ask of the server, by hand and with threads, and time that really passes.
#include "cluster/conformance/server_calling.hpp"
#include "cluster/conformance/server_world.hpp"

namespace perdure_test::conformance {

namespace e = perdure::events;
using perdure::event_type;

using clock = std::chrono::steady_clock;

namespace {

constexpr auto patience_for_task = 5s;              ///< That must come.
constexpr auto patience_for_nothing = 150ms;        ///< In which one that is there would have come.
constexpr auto patience_for_turn = 1'500ms;         ///< Of a poll that waits.
constexpr perdure::duration longest_wait = 1'500ms; ///< Of one behaviour, for time to pass.
constexpr auto margin = 120ms;                      ///< In which a server does what has become due.

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

/// Lets each worker take a task. False: there was none.
auto server_world::work_by_hand() -> bool {
  std::vector<perdure::worker_link*> hands;
  {
    std::lock_guard const lock{mutex_};
    hands = hands_;
  }
  bool worked = false;
  for (perdure::worker_link* const each : hands) worked = each->poll_once() || worked;
  return worked;
}

void server_world::advance(perdure::duration time) {
  this_test::check_goes_on();
  if (real_time_)
    throw perdure::error{perdure::errc::invalid_argument, "a server has a clock of its own"};
  passed_ += std::min(time, 2 * longest_wait);
  if (passed_ > longest_wait || time % 1ms != 0ns) this_test::end(needs_virtual_time);
  settle();
  for (auto const end = clock::now() + time + margin; clock::now() < end;)
    if (!work_by_hand()) std::this_thread::sleep_for(5ms);
  touched_ = true;
}

} // namespace perdure_test::conformance
