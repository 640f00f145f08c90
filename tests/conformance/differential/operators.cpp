// What an operator does in a random program.
#include "conformance/differential/subject.hpp"
#include "conformance/differential/texts.hpp"

namespace perdure_test::conformance {

auto subject::do_as_operator(operation_kind what, dice& random, std::string& said) -> call {
  auto const target = any_target(random);
  switch (what) {
  case operation_kind::reset: {
    perdure::reset_request const request{.execution = target,
                                         .event = any_event(random, target),
                                         .reason = "again",
                                         .identity = "operator",
                                         .reapply_signals = random.chance(70),
                                         .reapply_cancel_requests = random.chance(50),
                                         .reapply_updates = random.chance(70)};
    said = "reset " + text_of(target) + " to " + std::to_string(request.event);
    return [=, this] { return text_of(backend_->reset_workflow(request)); };
  }
  case operation_kind::fork: {
    perdure::fork_request const request{.execution = target,
                                        .event = any_event(random, target),
                                        .workflow_id = "w" + std::to_string(random.roll(4)),
                                        .reason = "what if",
                                        .identity = "operator",
                                        .reapply_signals = random.chance(50),
                                        .reapply_updates = random.chance(30)};
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
