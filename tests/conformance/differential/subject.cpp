#include "conformance/differential/subject.hpp"

#include <algorithm>
#include <utility>

namespace perdure_test::conformance {

using namespace std::chrono_literals;

namespace {

constexpr std::size_t recent = 12; ///< Tasks that were handed out, open or not, to choose from.

template <class Task>
[[nodiscard]] auto any_of(dice& random, std::vector<Task> const& handed_out, std::size_t percent)
    -> Task const* {
  if (handed_out.empty()) return nullptr;
  if (random.chance(percent)) return &handed_out.back();
  return &handed_out[handed_out.size() - 1 - random.roll(std::min(recent, handed_out.size()))];
}

} // namespace

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
  if (!act) act = do_with_messages(what.kind, random, said);
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
    auto decided = std::make_shared<perdure::workflow_task_completion>(any_answer(random, *task));
    said = "answer " + text_of(*task) + " with";
    for (auto const& each : decided->commands)
      said += " " + std::string{perdure::name_of(each.type)};
    for (auto const& each : decided->updates) said += " " + each.message_id;
    return [&hand, task, decided] {
      hand.answer_with(*task, std::move(*decided));
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
    auto const* const type = random.chance(50) ? "Odd" : "Bad";
    auto const why = application_failure(type, random.chance(20));
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

} // namespace perdure_test::conformance
