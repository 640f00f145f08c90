// The end of a child as its parent sees it, and the end of a parent as its children see it.
#include "conformance/behaviour.hpp"

namespace perdure_test::conformance {

using perdure::parent_close_policy;

/// A parent "w" whose child "kid" has started; `kids` works the child's queue.
struct family {
  explicit family(world& seen, perdure::command asked = commands::child("kid", "kids")) : w{seen} {
    w.begin_child(std::move(asked));
    w.hand.decide(); // the parent knows of the start
  }
  world& w;
  by_hand kids{w.backend, "kids"};
};

static auto with(parent_close_policy policy) -> perdure::command {
  auto asked = commands::child("kid", "kids");
  asked.attributes.edit<e::start_child_workflow_execution_initiated>().parent_close_policy = policy;
  return asked;
}
/// What has become of the child when its parent has ended in some way.
static auto child_after(world& w, parent_close_policy policy, void (*end)(world&))
    -> workflow_execution_status {
  w.begin_child(with(policy));
  end(w);
  auto const status = w.status("kid");
  if (status == workflow_execution_status::running) w.terminate("", "kid");
  return status;
}
static void terminate(world& w) { w.terminate(); }
static void complete(world& w) { w.hand.decide({commands::complete()}); }
static void fail(world& w) { w.hand.decide({commands::fail(failure_of("odd"))}); }
static void cancel(world& w) { w.hand.decide({commands::cancel()}); }

BEHAVIOUR("a parent gets the result of its child", "[child]") {
  family f{w};
  f.kids.decide({commands::complete(to_payloads(7))});
  auto const completed = w.get<e::child_workflow_execution_completed>();
  CHECK(completed.result == to_payloads(7));
  CHECK(completed.initiated_event_id == 5);
  CHECK(completed.started_event_id == w.last(event_type::child_workflow_execution_started).id);
  CHECK(completed.workflow_execution == w.describe("kid").execution);
  CHECK(completed.workflow_type == "child");
  CHECK(w.types().back() == event_type::workflow_task_scheduled);
}

BEHAVIOUR("a parent gets the failure of its child", "[child]") {
  family f{w};
  f.kids.decide({commands::fail(failure_of("odd"))});
  auto const failed = w.get<e::child_workflow_execution_failed>();
  CHECK(*failed.failure == failure_of("odd"));
  CHECK(failed.retry_state == retry_state::retry_policy_not_set);
}

BEHAVIOUR("a parent learns that its child gave in to a cancellation", "[child]") {
  family f{w};
  f.kids.decide({commands::cancel(to_payloads(3))});
  CHECK(w.get<e::child_workflow_execution_canceled>().details == to_payloads(3));
}

BEHAVIOUR("a parent learns that its child was terminated", "[child]") {
  family const f{w};
  w.terminate("enough", "kid");
  CHECK(w.get<e::child_workflow_execution_terminated>().initiated_event_id == 5);
}

BEHAVIOUR("a parent learns that its child timed out", "[child]") {
  auto asked = commands::child("kid", "kids");
  asked.attributes.edit<e::start_child_workflow_execution_initiated>().workflow_run_timeout = 5s;
  family const f{w, asked};
  w.pass(5s);
  CHECK(w.get<e::child_workflow_execution_timed_out>().initiated_event_id == 5);
  CHECK(w.when(event_type::child_workflow_execution_timed_out) == 5s);
}

BEHAVIOUR("the end of a child that comes while its parent's task is worked on is kept",
          "[child][task]") {
  family f{w};
  w.signal();
  auto const task = w.hand.workflow();
  f.kids.decide({commands::complete(to_payloads(7))});
  CHECK(w.count(event_type::child_workflow_execution_completed) == 0);
  w.hand.answer(task);
  CHECK(w.get<e::child_workflow_execution_completed>().result == to_payloads(7));
}

BEHAVIOUR("a child that continues as new is one child to its parent", "[child]") {
  family f{w};
  f.kids.decide({commands::continue_as_new("kids")});
  CHECK(w.types().back() == event_type::workflow_task_completed);
  CHECK(w.describe().pending_children_count == 1);
  f.kids.decide({commands::complete(to_payloads(2))});
  auto const completed = w.get<e::child_workflow_execution_completed>();
  CHECK(completed.result == to_payloads(2));
  CHECK(completed.initiated_event_id == 5);
}

BEHAVIOUR("a child that is retried is one child to its parent", "[child][retry]") {
  auto asked = commands::child("kid", "kids");
  asked.attributes.edit<e::start_child_workflow_execution_initiated>().retry_policy =
      perdure::retry_policy{.initial_interval = 1s, .maximum_attempts = 2};
  family f{w, asked};
  f.kids.decide({commands::fail(failure_of("first"))});
  CHECK(w.count(event_type::child_workflow_execution_failed) == 0);
  w.pass(1s);
  f.kids.decide({commands::fail(failure_of("second"))});
  auto const failed = w.get<e::child_workflow_execution_failed>();
  CHECK(failed.failure->message == "second");
  CHECK(failed.retry_state == retry_state::maximum_attempts_reached);
}

BEHAVIOUR("a child whose parent has ended tells nobody", "[child]") {
  family f{w, with(parent_close_policy::abandon)};
  w.terminate();
  f.kids.decide({commands::complete()});
  CHECK(w.types().back() == event_type::workflow_execution_terminated);
  CHECK(w.status("kid") == workflow_execution_status::completed);
}

BEHAVIOUR("a later run of the child's id is not the child", "[child]") {
  family f{w};
  f.kids.decide({commands::complete()});
  auto const length = w.history().size();
  w.start_on("kid", "kids");
  f.kids.decide({commands::complete()});
  CHECK(w.history().size() == length);
}

BEHAVIOUR("however a parent ends, an unset or terminate policy ends its child", "[child][close]") {
  for (auto const policy : {parent_close_policy::unspecified, parent_close_policy::terminate})
    for (auto const end : {terminate, complete, fail, cancel})
      CHECK(child_after(w, policy, end) == workflow_execution_status::terminated);
}

BEHAVIOUR("an abandoned child goes on however its parent ends", "[child][close]") {
  for (auto const end : {terminate, complete, fail, cancel})
    CHECK(child_after(w, parent_close_policy::abandon, end) == workflow_execution_status::running);
}

BEHAVIOUR("the request_cancel policy asks the child to cancel itself, in the parent's name",
          "[child][close]") {
  w.begin_child(with(parent_close_policy::request_cancel));
  auto const parent = w.describe().execution;
  w.terminate();
  CHECK(w.status("kid") == workflow_execution_status::running);
  CHECK(w.get<e::workflow_execution_cancel_requested>("kid").external_workflow_execution == parent);
}

BEHAVIOUR("a parent that times out has its children's policies kept", "[child][close]") {
  perdure::start_workflow_request request{};
  request.workflow_run_timeout = 5s;
  w.begin({with(parent_close_policy::terminate)}, request);
  w.settle_children();
  w.pass(5s);
  CHECK(w.status("kid") == workflow_execution_status::terminated);
}

BEHAVIOUR("a parent that continues as new leaves its children to their policy", "[child][close]") {
  w.begin_child(with(parent_close_policy::terminate));
  w.hand.decide({commands::continue_as_new()});
  CHECK(w.status("kid") == workflow_execution_status::terminated);
}

BEHAVIOUR("an abandoned child starts though its parent ended in the task that asked for it",
          "[child][close]") {
  w.begin({with(parent_close_policy::abandon), commands::complete()});
  CHECK(w.status("kid") == workflow_execution_status::running);
}

BEHAVIOUR("a child to be terminated never runs if its parent ended in the task that asked for it",
          "[child][close]") {
  w.begin({with(parent_close_policy::terminate), commands::complete()});
  by_hand kids{w.backend, "kids"};
  CHECK_FALSE(kids.poll_workflow());
}

BEHAVIOUR("the close policy reaches grandchildren", "[child][close]") {
  family f{w};
  f.kids.decide({commands::child("grandkid", "kids")});
  w.settle_children();
  w.terminate();
  CHECK(w.status("kid") == workflow_execution_status::terminated);
  CHECK(w.status("grandkid") == workflow_execution_status::terminated);
}

BEHAVIOUR("the close policy reaches the run that a child has continued as", "[child][close]") {
  family f{w};
  f.kids.decide({commands::continue_as_new("kids")});
  w.terminate();
  CHECK(w.status("kid") == workflow_execution_status::terminated);
}

BEHAVIOUR("a child that is over is left alone when its parent ends", "[child][close]") {
  family f{w};
  f.kids.decide({commands::complete()});
  w.terminate();
  CHECK(w.status("kid") == workflow_execution_status::completed);
}

} // namespace perdure_test::conformance
