// Queries, updates, and starts that come with a message, in a random program.
#include "conformance/differential/subject.hpp"
#include "conformance/differential/texts.hpp"

#include <algorithm>
#include <utility>

namespace perdure_test::conformance {

auto subject::any_update(dice& random) -> perdure::update_request {
  perdure::update_request made{};
  made.meta.update_id = "u" + std::to_string(random.roll(8));
  if (random.chance(50)) made.meta.update_id = "fresh" + std::to_string(++fresh_);
  made.input.name = random.chance(50) ? "set" : "add";
  made.input.args = perdure::to_payloads(random.roll(100));
  if (random.chance(1)) made.meta.update_id = "";
  return made;
}

auto subject::any_answer(dice& random, perdure::workflow_task const& task)
    -> perdure::workflow_task_completion {
  perdure::workflow_task_completion answer{};
  std::vector<std::string> accepted;
  for (auto const& each : task.updates) {
    auto const verdict = random.roll(10);
    if (verdict == 0) continue; // says nothing
    if (verdict < 4) {
      worker::say(answer, worker::reject(each, application_failure("No")));
      continue;
    }
    worker::say(answer, worker::accept(each));
    accepted.push_back(each.id.str());
  }
  try {
    for (auto const& each : backend_->read_history(task.token)) {
      if (each.type == perdure::event_type::workflow_execution_update_accepted)
        accepted.push_back(each.as<perdure::events::workflow_execution_update_accepted>()
                               .protocol_instance_id.str());
      if (each.type == perdure::event_type::workflow_execution_update_completed)
        std::erase(
            accepted,
            each.as<perdure::events::workflow_execution_update_completed>().meta.update_id.str());
    }
  } catch (perdure::error const&) {
    // Its run is gone.
  }
  for (auto const& id : accepted) {
    auto const ends = random.chance(50);
    auto const value = random.roll(100);
    if (ends) worker::say(answer, worker::complete(id, perdure::to_payloads(value)));
  }
  if (random.chance(2)) answer.commands.push_back(commands::message("nobody's"));
  for (auto& each : any_commands(random, task)) answer.commands.push_back(std::move(each));
  // Which worker has an update after a heartbeat is lost when a place is opened again.
  auto const heartbeat = random.chance(10);
  answer.force_create_new_workflow_task = heartbeat && reopening_ == reopening::never;
  return answer;
}

/// Workers answer queries by themselves; other tasks are theirs to answer later.
auto subject::ask(perdure::query_workflow_request const& request) -> std::string {
  std::vector<perdure::workflow_task> taken;
  auto const work = [&](worker& hand) {
    auto task = hand.poll_workflow();
    if (!task) return false;
    if (task->query) {
      hand.tell(*task, task->query->arguments);
    } else if (!task->queries.empty()) {
      perdure::workflow_task_completion answer{};
      for (auto const& q : task->queries) answer.queries.push_back({q.id, q.arguments, {}});
      hand.answer_with(*task, std::move(answer));
    } else {
      taken.push_back(std::move(*task));
    }
    return true;
  };
  for (auto& each : workers_)
    each->on_turn = [&, hand = each.get()] {
      if (reopening_ == reopening::never) return work(*hand);
      bool any = false; // whose turn comes first is not compared: all work until nothing is left
      for (auto& other : workers_)
        while (work(*other)) any = true;
      return any;
    };
  std::string said;
  try {
    auto const result = backend_->query_workflow(request);
    said = "rejected " + std::to_string(static_cast<int>(result.rejected));
    for (auto const& each : result.result) said += " " + each.data;
  } catch (perdure::error const& failed) {
    said = "error " + std::to_string(static_cast<unsigned>(failed.code()));
  }
  for (auto& each : workers_) each->on_turn = nullptr;
  if (reopening_ != reopening::never)
    std::sort(taken.begin(), taken.end(), [](auto const& a, auto const& b) {
      return std::pair{a.execution.workflow_id, a.token.scheduled_event_id} <
             std::pair{b.execution.workflow_id, b.token.scheduled_event_id};
    });
  for (auto& each : taken) {
    said += "; " + text_of(each);
    runs_.push_back(each.execution);
    tasks_.push_back(std::move(each));
  }
  return said;
}

auto subject::do_with_messages(operation_kind what, dice& random, std::string& said) -> call {
  switch (what) {
  case operation_kind::signal_with_start: {
    perdure::signal_with_start_request request{};
    request.start = any_start(random);
    request.signal_name = "x";
    request.signal_input = perdure::to_payloads(random.roll(100));
    said = "signal with start " + request.start.workflow_id.str();
    return [this, request] {
      auto const made = backend_->signal_with_start_workflow(request);
      runs_.push_back(made.execution);
      return (made.started ? "started " : "found ") + made.execution.run_id.str();
    };
  }
  case operation_kind::update: {
    perdure::update_workflow_request request{};
    request.execution = any_target(random);
    request.update = any_update(random);
    request.wait_for = perdure::update_stage::admitted;
    said = "update " + text_of(request.execution) + " " + request.update.meta.update_id.str();
    return [this, request] { return text_of(backend_->update_workflow(request)); };
  }
  case operation_kind::update_with_start: {
    perdure::update_with_start_request request{};
    request.start = any_start(random);
    request.update = any_update(random);
    request.wait_for = perdure::update_stage::admitted;
    said = "update with start " + request.start.workflow_id.str() + " " +
           request.update.meta.update_id.str();
    return [this, request] {
      auto const made = backend_->update_with_start_workflow(request);
      runs_.push_back(made.start.execution);
      return (made.start.started ? "started " : "found ") + text_of(made.update);
    };
  }
  case operation_kind::poll_update: {
    perdure::poll_update_request request{};
    request.execution = any_target(random);
    request.update_id = "u" + std::to_string(random.roll(8));
    said = "poll " + text_of(request.execution) + " " + request.update_id.str();
    return [this, request] { return text_of(backend_->poll_update(request)); };
  }
  case operation_kind::query: {
    perdure::query_workflow_request request{};
    request.execution = any_target(random);
    request.type = "state";
    request.arguments = perdure::to_payloads(random.roll(100));
    request.reject = static_cast<perdure::query_reject_condition>(random.roll(3));
    said = "query " + text_of(request.execution);
    return [this, request] { return ask(request); };
  }
  default: return {};
  }
}

} // namespace perdure_test::conformance
