// Children: their start, and what their parent learns of it.
#include "conformance/behaviour.hpp"

namespace perdure_test::conformance {

using asked_child = e::start_child_workflow_execution_initiated;

static auto kid(std::string id = "kid") -> perdure::command { return commands::child(id, "kids"); }
static auto kid_with(perdure::workflow_id_reuse_policy policy) -> perdure::command {
  auto asked = kid();
  asked.attributes.edit<asked_child>().workflow_id_reuse_policy = policy;
  return asked;
}

BEHAVIOUR("a child runs under the id that its parent chose", "[child]") {
  w.begin_child();
  CHECK(w.status("kid") == workflow_execution_status::running);
  CHECK(w.get<e::workflow_execution_started>("kid").workflow_type == "child");
}

BEHAVIOUR("a parent learns of its child's start by event, with the child's run", "[child]") {
  w.begin_child();
  auto const started = w.get<e::child_workflow_execution_started>();
  CHECK(started.initiated_event_id == 5);
  CHECK(started.workflow_execution == w.describe("kid").execution);
  CHECK(started.workflow_type == "child");
  CHECK(w.types().back() == event_type::workflow_task_scheduled);
}

BEHAVIOUR("the first event of a child names its parent and the root of the tree", "[child]") {
  auto const parent = w.start().execution;
  w.hand.decide({kid()});
  by_hand kids{w.backend, "kids"};
  kids.decide({commands::child("grandkid", "kids")});
  (void)kids.workflow();
  auto const first = w.get<e::workflow_execution_started>("kid");
  CHECK(first.parent_workflow_execution == parent);
  CHECK(first.parent_initiated_event_id == 5);
  CHECK(first.root_workflow_execution == parent);
  auto const second = w.get<e::workflow_execution_started>("grandkid");
  CHECK(second.parent_workflow_execution == w.describe("kid").execution);
  CHECK(second.root_workflow_execution == parent);
}

BEHAVIOUR("a child's first event holds what its parent asked for", "[child]") {
  auto asked = kid();
  auto& options = asked.attributes.edit<asked_child>();
  options.input = to_payloads(1, std::string{"two"});
  options.workflow_run_timeout = 1h;
  options.workflow_task_timeout = 3s;
  options.retry_policy = perdure::retry_policy{.maximum_attempts = 2};
  options.memo = perdure::payload_map{{"m", to_payloads(1)[0]}};
  w.begin_child(asked);
  auto const first = w.get<e::workflow_execution_started>("kid");
  CHECK(first.input == to_payloads(1, std::string{"two"}));
  CHECK(first.workflow_run_timeout == 1h);
  CHECK(first.workflow_task_timeout == 3s);
  CHECK(first.retry_policy->maximum_attempts == 2);
  CHECK(first.memo->size() == 1);
}

BEHAVIOUR("children of one task start in the order in which they were asked for", "[child]") {
  w.begin({kid("a"), kid("b"), kid("c")});
  by_hand kids{w.backend, "kids"};
  std::string order;
  while (auto const task = kids.poll_workflow()) order += task->execution.workflow_id.view();
  CHECK(order == "abc");
}

BEHAVIOUR("children that start because a client looks keep their order", "[child]") {
  by_hand kids{w.backend, "kids"};
  w.begin({kid("a"), kid("b"), kid("c")});
  w.settle_children();
  std::string order;
  while (auto const task = kids.poll_workflow()) order += task->execution.workflow_id.view();
  CHECK(order == "abc");
}

BEHAVIOUR("children that start while a worker asks for activities alone keep their order",
          "[child]") {
  by_hand kids{w.backend, "kids"};
  w.begin({kid("a"), kid("b"), kid("c")});
  CHECK_FALSE(kids.poll_activity());
  std::string order;
  while (auto const task = kids.poll_workflow()) order += task->execution.workflow_id.view();
  CHECK(order == "abc");
}

BEHAVIOUR("a child has started when anybody looks, though nobody polls its queue", "[child]") {
  w.begin({kid()});
  CHECK(w.status("kid") == workflow_execution_status::running);
  CHECK(w.count(event_type::child_workflow_execution_started) == 1);
}

BEHAVIOUR("a description of a child names its parent", "[child]") {
  w.begin_child();
  CHECK(w.describe("kid").parent == w.describe().execution);
  CHECK(w.describe().pending_children_count == 1);
}

BEHAVIOUR("a child whose id is taken by an open run does not start, and its parent is told",
          "[child]") {
  w.start_on("kid", "elsewhere");
  w.begin_child();
  auto const failed = w.get<e::start_child_workflow_execution_failed>();
  CHECK(failed.initiated_event_id == 5);
  CHECK(failed.workflow_id == "kid");
  CHECK(failed.workflow_type == "child");
  CHECK(failed.cause ==
        perdure::start_child_workflow_execution_failed_cause::workflow_already_exists);
  CHECK(w.types().back() == event_type::workflow_task_scheduled);
  CHECK(w.describe().pending_children_count == 0);
}

BEHAVIOUR("the reuse policies of children are those of any start", "[child]") {
  by_hand elsewhere{w.backend, "elsewhere"};
  w.start_on("kid", "elsewhere");
  elsewhere.decide({commands::complete()});
  w.begin({kid_with(perdure::workflow_id_reuse_policy::reject_duplicate)});
  w.settle_children();
  CHECK(w.count(event_type::start_child_workflow_execution_failed) == 1);
  w.hand.decide({kid_with(perdure::workflow_id_reuse_policy::allow_duplicate_failed_only)});
  w.settle_children();
  CHECK(w.count(event_type::start_child_workflow_execution_failed) == 2);
  w.hand.decide({kid_with(perdure::workflow_id_reuse_policy::allow_duplicate)});
  w.settle_children();
  CHECK(w.count(event_type::child_workflow_execution_started) == 1);
}

BEHAVIOUR("a child with the policy terminate_if_running takes the id over", "[child]") {
  auto const before = w.start_on("kid", "elsewhere");
  w.begin_child(kid_with(perdure::workflow_id_reuse_policy::terminate_if_running));
  CHECK(w.describe(before).status == workflow_execution_status::terminated);
  CHECK(w.count(event_type::child_workflow_execution_started) == 1);
}

BEHAVIOUR("a child cannot take the id of its own parent, whatever its policy", "[child]") {
  auto asked = kid_with(perdure::workflow_id_reuse_policy::terminate_if_running);
  asked.attributes.edit<asked_child>().workflow_id = "w";
  w.begin_child(asked);
  CHECK(w.count(event_type::start_child_workflow_execution_failed) == 1);
  CHECK(w.status() == workflow_execution_status::running);
  CHECK(w.runs().size() == 1);
}

BEHAVIOUR("a second child with the id of an open one does not start", "[child]") {
  w.begin_child();
  w.hand.decide({kid()});
  w.settle_children();
  CHECK(w.count(event_type::start_child_workflow_execution_failed) == 1);
  CHECK(w.describe().pending_children_count == 1);
}

BEHAVIOUR("a child may have the id of its parent's child that has ended", "[child]") {
  w.begin_child();
  w.terminate("", "kid");
  w.hand.decide({kid()});
  w.settle_children();
  CHECK(w.count(event_type::child_workflow_execution_started) == 2);
  CHECK(w.runs("kid").size() == 2);
}

BEHAVIOUR("a parent may have many children open at once", "[child]") {
  constexpr int many = 300;
  std::vector<perdure::command> decided;
  for (int i = 0; i < many; ++i) decided.push_back(kid(std::to_string(i)));
  w.begin(std::move(decided));
  by_hand kids{w.backend, "kids"};
  for (int i = 0; i < many; ++i) kids.decide({commands::complete(to_payloads(i))});
  CHECK(w.count(event_type::child_workflow_execution_completed) == many);
  CHECK(w.describe().pending_children_count == 0);
}

BEHAVIOUR("a child starts on the queue that was asked for", "[child][queue]") {
  w.begin_child();
  CHECK(w.describe("kid").task_queue == "kids");
  w.hand.decide();
  CHECK_FALSE(w.hand.poll_workflow());
  by_hand kids{w.backend, "kids"};
  CHECK(kids.workflow().execution.workflow_id == "kid");
}

} // namespace perdure_test::conformance
