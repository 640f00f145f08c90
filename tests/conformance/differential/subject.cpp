#include "conformance/differential/subject.hpp"

#include <algorithm>
#include <cctype>
#include <utility>

namespace perdure_test::conformance {

using namespace std::chrono_literals;
namespace e = perdure::events;

namespace {

constexpr std::size_t recent = 12; ///< Tasks that were handed out, open or not, to choose from.

template <class Task>
[[nodiscard]] auto any_of(dice& random, std::vector<Task> const& handed_out, std::size_t percent)
    -> Task const* {
  if (handed_out.empty()) return nullptr;
  if (random.chance(percent)) return &handed_out.back();
  return &handed_out[handed_out.size() - 1 - random.roll(std::min(recent, handed_out.size()))];
}

[[nodiscard]] auto is_uuid(std::string_view text) -> bool {
  for (std::size_t i = 0; i < 36; ++i) {
    bool const dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : std::isxdigit(static_cast<unsigned char>(text[i])) == 0)
      return false;
  }
  return true;
}
[[nodiscard]] auto text_of(perdure::workflow_execution const& run) -> std::string {
  return run.workflow_id.str() + (run.run_id.empty() ? "" : "@" + run.run_id.str());
}
[[nodiscard]] auto text_of(perdure::workflow_task const& task) -> std::string {
  return "task of " + text_of(task.execution) + " " +
         std::to_string(task.token.scheduled_event_id) + "/" +
         std::to_string(task.token.started_event_id) + " attempt " +
         std::to_string(task.token.attempt);
}
[[nodiscard]] auto text_of(perdure::activity_task const& task) -> std::string {
  std::string text = "attempt " + std::to_string(task.token.attempt) + " of " +
                     std::to_string(task.token.scheduled_event_id) + " of " +
                     text_of(task.execution) + " details";
  for (auto const& each : task.heartbeat_details) text += " " + each.data;
  return text + " queued " + std::to_string(since_start(task.attempt_scheduled_time).count());
}
[[nodiscard]] auto text_of(perdure::workflow_description const& d) -> std::string {
  std::string text =
      text_of(d.execution) + " " + d.workflow_type + " " + d.task_queue + " status " +
      std::to_string(static_cast<int>(d.status)) + " from " +
      std::to_string(d.start_time.time_since_epoch().count()) + " to " +
      std::to_string(d.close_time.time_since_epoch().count()) + " events " +
      std::to_string(d.history_length) + " bytes " + std::to_string(d.history_size_bytes) +
      " parent " + text_of(d.parent) + " task attempt " + std::to_string(d.workflow_task_attempt) +
      " (" + d.workflow_task_failure + ") children " + std::to_string(d.pending_children_count) +
      " timers " + std::to_string(d.pending_timers_count) + " activities";
  for (auto const& each : d.pending_activities)
    text += " " + each.activity_id + "#" + std::to_string(each.attempt) +
            (each.started ? "+" : "-") + "(" + each.last_failure + ")";
  return text;
}
[[nodiscard]] auto text_of(std::vector<perdure::event> events) -> std::string {
  perdure::history seen{};
  seen.events = std::move(events);
  return seen.to_json();
}

} // namespace

auto run_names::normalise(std::string_view text) -> std::string {
  std::string named;
  for (std::size_t i = 0; i < text.size();) {
    if (text.size() - i < 36 || !is_uuid(text.substr(i, 36))) {
      named += text[i++];
      continue;
    }
    auto const id = text.substr(i, 36);
    auto known = names_.find(id);
    if (known == names_.end())
      known = names_.emplace(id, "run" + std::to_string(names_.size() + 1)).first;
    named += known->second;
    i += 36;
  }
  return named;
}

subject::subject(std::unique_ptr<any_backend> fresh, reopening how)
    : backend_{std::move(fresh)}, reopening_{how} {
  start_workers();
}
subject::~subject() = default;

void subject::start_workers() {
  for (char const* const queue : {"q0", "q0", "q1"})
    workers_.push_back(std::make_unique<worker>(*backend_, queue));
}

auto subject::apply(operation const& what) -> std::string {
  if (what.kind == operation_kind::look) return observe();
  dice random{what.seed};
  std::string said;
  call act = do_as_client(what.kind, random, said);
  if (!act) act = do_as_worker(what.kind, random, said);
  if (!act) act = do_as_operator(what.kind, random, said);
  std::string came;
  try {
    came = act ? act() : "nothing to do";
  } catch (perdure::error const& failed) {
    came = "error " + std::to_string(static_cast<unsigned>(failed.code()));
  }
  // Children that stand in line start at the latest when a client looks. How much sooner is a
  // backend's own affair, and no part of what is compared.
  (void)backend_->count_workflows({});
  // Nor is the order in which runs reach deadlines that are equal, after a place was opened: what
  // different operations set is never due at one moment.
  if (reopening_ != reopening::never) backend_->advance(1us);
  return names_.normalise(said + " -> " + came);
}

auto subject::observe() -> std::string {
  std::string all = "now " + std::to_string(since_start(backend_->now()).count()) + "\n";
  perdure::client<any_backend> const client{*backend_};
  for (auto const& each : client.list()) {
    all += text_of(each) + "\n";
    all += text_of(backend_->read_history(each.execution).events) + "\n";
  }
  for (char const* const id : {"w0", "w1", "w2", "w3", "kid0", "kid1", "kid2"})
    for (auto const& each : backend_->read_audit({id, {}}))
      all += text_of(each.run) + " " + each.what + " by " + each.who + " because " + each.why +
             ": " + each.details + " at " + std::to_string(since_start(each.time).count()) + "\n";
  return names_.normalise(all);
}

// ----------------------------------------------------------------------------------------- clients

auto subject::do_as_client(operation_kind what, dice& random, std::string& said) -> call {
  switch (what) {
  case operation_kind::start: {
    auto const request = any_start(random);
    said = "start " + request.workflow_id.str();
    return [this, request] {
      auto const made = backend_->start_workflow(request);
      runs_.push_back(made.execution);
      return (made.started ? "started " : "found ") + made.execution.run_id.str();
    };
  }
  case operation_kind::signal: {
    auto const target = any_target(random);
    auto const name = std::string(1, static_cast<char>('a' + random.roll(5)));
    auto const value = random.roll(100);
    said = "signal " + text_of(target) + " " + name;
    return [=, this] {
      backend_->signal_workflow(target, name, perdure::to_payloads(value), "somebody");
      return std::string{"ok"};
    };
  }
  case operation_kind::cancel:
  case operation_kind::terminate: {
    auto const target = any_target(random);
    said = (what == operation_kind::cancel ? "cancel " : "terminate ") + text_of(target);
    return [=, this] {
      if (what == operation_kind::cancel)
        backend_->cancel_workflow(target, "why not", "somebody");
      else
        backend_->terminate_workflow(target, "enough", "somebody");
      return std::string{"ok"};
    };
  }
  case operation_kind::describe: {
    auto const target = any_target(random);
    said = "describe " + text_of(target);
    return [=, this] { return text_of(backend_->describe_workflow(target)); };
  }
  case operation_kind::read: {
    auto const target = any_target(random);
    said = "read " + text_of(target);
    return [=, this] { return text_of(backend_->read_history(target).events); };
  }
  case operation_kind::list: {
    auto const filter = any_filter(random);
    said = "list";
    return [=, this] {
      std::string all;
      perdure::client<any_backend> const client{*backend_};
      for (auto const& each : client.list(filter)) all += text_of(each.execution) + " ";
      return all;
    };
  }
  case operation_kind::count: {
    auto const filter = any_filter(random);
    said = "count";
    return [=, this] { return std::to_string(backend_->count_workflows(filter)); };
  }
  case operation_kind::wait: {
    auto const target = any_target(random);
    said = "wait for " + text_of(target);
    return [=, this] {
      auto const end = backend_->wait_for_close(target);
      return std::to_string(end.id) + " " + std::string{perdure::name_of(end.type)};
    };
  }
  default: return {};
  }
}

auto subject::any_start(dice& random) -> perdure::start_workflow_request {
  perdure::start_workflow_request request{};
  request.workflow_id = "w" + std::to_string(random.roll(4));
  request.workflow_type = random.chance(50) ? "big" : "small";
  request.task_queue = random.chance(75) ? "q0" : "q1";
  request.input = perdure::to_payloads(random.roll(1'000));
  request.id_reuse_policy = static_cast<perdure::workflow_id_reuse_policy>(random.roll(5));
  request.id_conflict_policy = static_cast<perdure::workflow_id_conflict_policy>(random.roll(4));
  if (random.chance(20))
    request.workflow_run_timeout = random.pick<perdure::duration>({5s, 30s, 10min});
  if (random.chance(10)) request.workflow_execution_timeout = 1min;
  if (random.chance(20)) request.workflow_task_timeout = 3s;
  if (random.chance(10)) request.start_delay = 2s;
  if (random.chance(30)) request.retry_policy = {.initial_interval = 1s, .maximum_attempts = 3};
  if (random.chance(20)) request.request_id = "request" + std::to_string(random.roll(3));
  if (random.chance(20))
    request.memo = perdure::payload_map{{"memo", perdure::to_payloads(random.roll(9))[0]}};
  if (random.chance(2)) request.task_queue = "";
  return request;
}
auto subject::any_target(dice& random) -> perdure::workflow_execution {
  if (!runs_.empty() && random.chance(30)) return runs_[random.roll(runs_.size())];
  if (random.chance(2)) return {"w0", "no such run"};
  auto const number = std::to_string(random.roll(random.chance(80) ? 3 : 4));
  return {(random.chance(75) ? "w" : "kid") + number, {}};
}
auto subject::any_filter(dice& random) -> perdure::list_filter {
  perdure::list_filter filter{};
  if (random.chance(30)) filter.workflow_type = "big";
  if (random.chance(30)) filter.task_queue = "q0";
  if (random.chance(30)) filter.workflow_id_prefix = random.chance(50) ? "w" : "kid";
  if (random.chance(30))
    filter.status = static_cast<perdure::workflow_execution_status>(random.roll(9));
  if (random.chance(30)) filter.order = perdure::list_order::newest_first;
  if (random.chance(20)) filter.started_from = backend_->now() - 1s * random.roll(1'000);
  if (random.chance(20)) filter.closed_before = backend_->now() - 1s * random.roll(1'000);
  if (random.chance(20)) filter.parent = any_target(random);
  filter.page_size = 1 + random.roll(7);
  return filter;
}

// ----------------------------------------------------------------------------------------- workers

template <class Task, class Poll>
auto subject::take(std::vector<Task>& into, Poll poll) -> std::string {
  std::vector<Task> taken;
  while (auto task = poll()) {
    taken.push_back(std::move(*task));
    if (reopening_ == reopening::never) break;
  }
  auto const key = [](Task const& task) { // run ids differ between the two
    return std::pair{task.execution.workflow_id, task.token.scheduled_event_id};
  };
  std::sort(taken.begin(), taken.end(),
            [&](Task const& a, Task const& b) { return key(a) < key(b); });
  std::string all;
  for (Task& each : taken) {
    all += text_of(each) + "; ";
    runs_.push_back(each.execution);
    into.push_back(std::move(each));
  }
  return all.empty() ? "none" : all;
}

auto subject::do_as_worker(operation_kind what, dice& random, std::string& said) -> call {
  worker& hand = *workers_[random.roll(workers_.size())];
  switch (what) {
  case operation_kind::poll_workflow:
    said = "poll " + hand.task_queue.str() + " for workflow tasks";
    return [this, &hand] { return take(tasks_, [&] { return hand.poll_workflow(); }); };
  case operation_kind::poll_activity:
    said = "poll " + hand.task_queue.str() + " for activities";
    return [this, &hand] { return take(attempts_, [&] { return hand.poll_activity(); }); };
  case operation_kind::answer_workflow: {
    auto const* const task = any_of(random, tasks_, 70);
    if (task == nullptr) return {};
    auto decided = std::make_shared<std::vector<perdure::command>>(any_commands(random, *task));
    said = "answer " + text_of(*task) + " with";
    for (auto const& each : *decided) said += " " + std::string{perdure::name_of(each.type)};
    return [&hand, task, decided] {
      hand.answer(*task, std::move(*decided));
      return std::string{"ok"};
    };
  }
  case operation_kind::fail_workflow: {
    auto const* const task = any_of(random, tasks_, 70);
    if (task == nullptr) return {};
    said = "fail " + text_of(*task);
    return [&hand, task] { return hand.fail_task(*task, "broken"), std::string{"ok"}; };
  }
  case operation_kind::complete_activity:
  case operation_kind::fail_activity:
  case operation_kind::stop_activity:
  case operation_kind::heartbeat: {
    auto const* const task = any_of(random, attempts_, 50);
    if (task == nullptr) return {};
    auto const value = random.roll(100);
    auto const why = application_failure(random.chance(50) ? "Odd" : "Bad", random.chance(20));
    said = std::string{what == operation_kind::heartbeat           ? "heartbeat of "
                       : what == operation_kind::complete_activity ? "complete "
                       : what == operation_kind::fail_activity     ? "fail "
                                                                   : "stop "} +
           text_of(*task);
    return [&hand, task, what, value, why]() -> std::string {
      auto const details = perdure::to_payloads(value);
      if (what == operation_kind::heartbeat)
        return hand.heartbeat(*task, details) ? "stop" : "go on";
      if (what == operation_kind::complete_activity) hand.complete(*task, details);
      if (what == operation_kind::fail_activity) hand.fail(*task, why);
      if (what == operation_kind::stop_activity) hand.stop(*task, details, why);
      return "ok";
    };
  }
  case operation_kind::advance: {
    auto const time = random.pick<perdure::duration>(
        {0s, 1ns, 1ms, 100ms, 1s, 1s, 2s, 5s, 10s, 11s, 1min, 10min, 1h, 24h});
    said = "advance " + std::to_string(time.count());
    return [this, time] { return backend_->advance(time), std::string{"ok"}; };
  }
  case operation_kind::restart_worker: {
    auto const which = random.roll(workers_.size());
    said = "restart worker " + std::to_string(which);
    return [this, which] {
      std::string const queue = workers_[which]->task_queue.str();
      backend_->stop_polling(*workers_[which]);
      workers_[which].reset();
      workers_[which] = std::make_unique<worker>(*backend_, queue);
      return std::string{"ok"};
    };
  }
  case operation_kind::reopen:
    said = "reopen";
    return [this] {
      return give_up_tasks(), reopening_ == reopening::here ? backend_->reopen() : void(),
             std::string{"ok"};
    };
  default: return {};
  }
}

/// Before a place is opened again workers hold nothing: what is lost with them is no part of what
/// is compared.
void subject::give_up_tasks() {
  for (auto const& each : tasks_) try {
      workers_[0]->fail_task(each, "given up");
    } catch (perdure::error const&) {
      // It was answered.
    }
  for (auto const& each : attempts_) try {
      workers_[0]->fail(each, application_failure("GivenUp"));
    } catch (perdure::error const&) {
      // It was answered.
    }
  tasks_.clear();
  attempts_.clear();
}

auto subject::any_commands(dice& random, perdure::workflow_task const& task)
    -> std::vector<perdure::command> {
  std::vector<perdure::event> seen;
  try {
    seen = backend_->read_history(task.token);
  } catch (perdure::error const&) {
    // Its run is gone.
  }
  std::vector<perdure::command> decided;
  for (std::size_t left = random.roll(5); left > 0; --left)
    decided.push_back(any_command(random, seen));
  if (!random.chance(35)) return decided;
  switch (random.roll(4)) {
  case 0: decided.push_back(commands::complete(perdure::to_payloads(random.roll(9)))); break;
  case 1: decided.push_back(commands::fail(application_failure("Odd", random.chance(30)))); break;
  case 2: decided.push_back(commands::cancel()); break;
  default: decided.push_back(commands::continue_as_new(random.chance(75) ? "q0" : "q1")); break;
  }
  return decided;
}

auto subject::any_command(dice& random, std::vector<perdure::event> const& seen)
    -> perdure::command {
  auto const begun = [&](perdure::event_type type) -> perdure::event_id {
    std::vector<perdure::event_id> ids;
    for (auto const& each : seen)
      if (each.type == type) ids.push_back(each.id);
    return ids.empty() ? 3 : random.pick(ids); // 3: no activity and no timer
  };
  auto const id = [&] {
    return random.chance(90) ? std::to_string(++fresh_) : "id" + std::to_string(random.roll(3));
  };
  auto const queue = [&] { return std::string{random.chance(75) ? "q0" : "q1"}; };
  switch (random.roll(12)) {
  case 0:
  case 1:
  case 2: {
    perdure::activity_options options{};
    options.start_to_close_timeout = random.pick<perdure::duration>({3s, 20s, 1h});
    if (random.chance(30)) options.schedule_to_close_timeout = 30s;
    if (random.chance(20)) options.schedule_to_start_timeout = 5s;
    if (random.chance(30)) options.heartbeat_timeout = 2s;
    if (random.chance(50))
      options.retry_policy = {.initial_interval = 1s,
                              .maximum_attempts = static_cast<std::uint32_t>(1 + random.roll(3)),
                              .non_retryable_error_types = {"Bad"}};
    return commands::activity(id(), options, queue());
  }
  case 3: return commands::cancel_activity(begun(perdure::event_type::activity_task_scheduled));
  case 4:
  case 5: return commands::timer(id(), random.pick<perdure::duration>({0s, 1s, 1s, 5s, 10s, 1h}));
  case 6: return commands::cancel_timer("t", begun(perdure::event_type::timer_started));
  case 7:
  case 8: {
    auto asked = commands::child("kid" + std::to_string(random.roll(3)), queue());
    auto& child = asked.attributes.edit<e::start_child_workflow_execution_initiated>();
    child.parent_close_policy = static_cast<perdure::parent_close_policy>(random.roll(4));
    child.workflow_id_reuse_policy = static_cast<perdure::workflow_id_reuse_policy>(random.roll(5));
    if (random.chance(20)) child.workflow_run_timeout = 20s;
    if (random.chance(20))
      child.retry_policy = perdure::retry_policy{.initial_interval = 1s, .maximum_attempts = 2};
    return asked;
  }
  case 9: return commands::signal(any_target(random), "s", perdure::to_payloads(random.roll(9)));
  case 10: return commands::cancel_workflow(any_target(random), "please");
  default: return commands::marker("marker");
  }
}

// --------------------------------------------------------------------------------------- operators

auto subject::any_event(dice& random, perdure::workflow_execution const& run) -> perdure::event_id {
  std::vector<perdure::event_id> ids;
  try {
    for (auto const& each : backend_->read_history(run).events)
      if (each.type == perdure::event_type::workflow_task_started ||
          each.type == perdure::event_type::workflow_task_completed || random.chance(5))
        ids.push_back(each.id);
  } catch (perdure::error const&) {
    // There is no such run.
  }
  return ids.empty() ? 3 : random.pick(ids);
}

auto subject::do_as_operator(operation_kind what, dice& random, std::string& said) -> call {
  auto const target = any_target(random);
  switch (what) {
  case operation_kind::reset: {
    perdure::reset_request const request{.execution = target,
                                         .event = any_event(random, target),
                                         .reason = "again",
                                         .identity = "operator",
                                         .reapply_signals = random.chance(70),
                                         .reapply_cancel_requests = random.chance(50)};
    said = "reset " + text_of(target) + " to " + std::to_string(request.event);
    return [=, this] { return text_of(backend_->reset_workflow(request)); };
  }
  case operation_kind::fork: {
    perdure::fork_request const request{.execution = target,
                                        .event = any_event(random, target),
                                        .workflow_id = "w" + std::to_string(random.roll(4)),
                                        .reason = "what if",
                                        .identity = "operator",
                                        .reapply_signals = random.chance(50)};
    said = "fork " + text_of(target) + " at " + std::to_string(request.event) + " as " +
           request.workflow_id;
    return [=, this] { return text_of(backend_->fork_workflow(request)); };
  }
  case operation_kind::override_result: {
    perdure::override_request request{.execution = target,
                                      .result = perdure::to_payloads(random.roll(9)),
                                      .reason = "by hand",
                                      .identity = "operator"};
    if (random.chance(50))
      request.activity_id = std::to_string(1 + random.roll(fresh_ + 1));
    else
      request.scheduled_event_id = static_cast<perdure::event_id>(5 + random.roll(6));
    said = "override in " + text_of(target);
    return [=, this] { return text_of(backend_->override_activity_result(request)); };
  }
  case operation_kind::retry_now: {
    auto const id = std::to_string(1 + random.roll(fresh_ + 1));
    said = "retry " + id + " of " + text_of(target);
    return [=, this] {
      return backend_->retry_activity_now(target, id, "now", "operator"), std::string{"ok"};
    };
  }
  case operation_kind::pause:
    said = "pause " + text_of(target);
    return [=, this] {
      return backend_->pause_workflow(target, "wait", "operator"), std::string{"ok"};
    };
  case operation_kind::unpause:
    said = "unpause " + text_of(target);
    return [=, this] {
      return backend_->unpause_workflow(target, "go", "operator"), std::string{"ok"};
    };
  case operation_kind::erase:
    said = "delete " + text_of(target);
    return [=, this] {
      return backend_->delete_workflow(target, "gone", "operator"), std::string{"ok"};
    };
  default: return {};
  }
}

} // namespace perdure_test::conformance
