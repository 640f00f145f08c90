// Child workflows: results, failures, ids, signals, cancellation, policies. The same in Python:
// children.py.
#include "interop/stage.hpp"

namespace interop {
namespace {

using perdure::as_outcome;
using perdure::cancellation_type;
using texts = std::vector<std::string>;

inline constexpr perdure::signal<int> poke{"poke"};

// ---- children

perdure::workflow<int> doubles(int a) { co_return 2 * a; }
perdure::workflow<int> waits_for_poke() { co_return co_await perdure::receive(poke); }
perdure::workflow<int> fails_as(std::string type) {
  co_await perdure::sleep(1s);
  throw perdure::application_error{"no luck", {.type = type, .non_retryable = type == "Final"}};
}
perdure::workflow<int> fails_twice() {
  if (perdure::info().attempt < 3) throw perdure::application_error{"not yet", {.type = "NotYet"}};
  co_return perdure::info().attempt;
}
perdure::workflow<int> tidies_up() {
  auto const got = co_await as_outcome(perdure::receive(poke));
  if (got) co_return *got;
  co_await perdure::sleep(10s);
  perdure::throw_failure(got.error());
}
perdure::workflow<int> sleeps_long() {
  co_await perdure::sleep(1h);
  co_return 1;
}

// ---- parents

perdure::workflow<int> child_result(int a) {
  co_return co_await perdure::execute_child_workflow<doubles>(a, {.id = "kid"}) + 1;
}

perdure::workflow<std::string> children_in_parallel() {
  std::vector<perdure::child_workflow_handle<int>> children;
  for (int i = 0; i < 5; ++i)
    children.push_back(
        perdure::start_child_workflow<doubles>(i, {.id = "kid-" + std::to_string(i)}));
  std::string text;
  for (int const each : co_await perdure::when_all(children)) text += std::to_string(each);
  co_return text;
}

perdure::workflow<int> grandparent() {
  co_return co_await perdure::execute_child_workflow<child_result>(20, {.id = "parent"});
}

perdure::workflow<std::string> child_failure() {
  auto const got = co_await as_outcome(
      perdure::execute_child_workflow<fails_as>(std::string{"Unlucky"}, {.id = "kid"}));
  co_return chain_of(got.error());
}

perdure::workflow<int> unhandled_child_failure() {
  co_return co_await perdure::execute_child_workflow<fails_as>(std::string{"Final"}, {.id = "kid"});
}

perdure::workflow<int> child_retried() {
  co_return co_await perdure::execute_child_workflow<fails_twice>(
      {.id = "kid", .retry_policy = {.initial_interval = 1s, .maximum_attempts = 5}});
}

perdure::workflow<std::string> child_times_out() {
  auto const got = co_await as_outcome(
      perdure::execute_child_workflow<sleeps_long>({.id = "kid", .workflow_run_timeout = 30s}));
  co_return chain_of(got.error());
}

perdure::workflow<std::string> child_terminated() {
  auto const got = co_await as_outcome(perdure::execute_child_workflow<sleeps_long>({.id = "kid"}));
  co_return chain_of(got.error());
}
void plays_terminated(stage& on) {
  on.worker.add<child_terminated, sleeps_long>();
  auto const handle = on.start<child_terminated>();
  on.backend->advance(1s);
  on.client.get_handle("kid").terminate("by hand");
  stage::finish(handle);
}

perdure::workflow<std::string> child_id_taken() {
  auto first = perdure::start_child_workflow<waits_for_poke>({.id = "kid"});
  co_await first.started();
  auto second = perdure::start_child_workflow<waits_for_poke>({.id = "kid"});
  auto const refused = co_await as_outcome(second.started());
  co_await first.signal(poke, 1);
  int const got = co_await first;
  co_return std::to_string(got) + (refused ? " twice" : " refused");
}

perdure::workflow<int> child_signalled() {
  auto child = perdure::start_child_workflow<waits_for_poke>({.id = "kid"});
  co_await child.started();
  co_await child.signal(poke, 5);
  co_return co_await child;
}

/// Cancels a child that has been started, and waits for it.
auto cancels_child(cancellation_type how) -> perdure::workflow<std::string> {
  perdure::child_workflow_options options{};
  options.id = "kid";
  options.parent_close_policy = perdure::parent_close_policy::abandon;
  options.cancellation_type = how;
  auto child = perdure::start_child_workflow<tidies_up>(options);
  co_await child.started();
  child.cancel();
  auto const got = co_await as_outcome(child);
  co_await perdure::sleep(1s);
  co_return got ? "done" : "cancelled";
}
perdure::workflow<std::string> child_try_cancel() {
  co_return co_await cancels_child(cancellation_type::try_cancel);
}
perdure::workflow<std::string> child_wait_cancelled() {
  co_return co_await cancels_child(cancellation_type::wait_cancellation_completed);
}
perdure::workflow<std::string> child_abandon() {
  co_return co_await cancels_child(cancellation_type::abandon);
}

perdure::workflow<std::string> child_cancelled_unsent() {
  auto child = perdure::start_child_workflow<doubles>(1, {.id = "kid"});
  child.cancel();
  auto const got = co_await as_outcome(child);
  co_await perdure::sleep(1s);
  co_return got ? "done" : "cancelled";
}

/// Ends while its children run, each with another policy.
perdure::workflow<int> leaves_children() {
  using policy = perdure::parent_close_policy;
  auto first = perdure::start_child_workflow<sleeps_long>(
      {.id = "terminated", .parent_close_policy = policy::terminate});
  auto second = perdure::start_child_workflow<sleeps_long>(
      {.id = "cancelled", .parent_close_policy = policy::request_cancel});
  auto third = perdure::start_child_workflow<sleeps_long>(
      {.id = "abandoned", .parent_close_policy = policy::abandon});
  co_await first.started();
  co_await second.started();
  co_await third.started();
  co_return 3;
}
void plays_leaving(stage& on) {
  plays<leaves_children, sleeps_long>(on);
  on.backend->advance(2h);
}

perdure::workflow<int> counts_down(int left, int sum) {
  if (left == 0) co_return sum;
  co_await perdure::sleep(1s);
  co_await perdure::continue_as_new<counts_down>(left - 1, sum + left);
  co_return -1;
}
perdure::workflow<int> child_continues_as_new() {
  co_return co_await perdure::execute_child_workflow<counts_down>(3, 0, {.id = "kid"});
}

} // namespace

auto child_scenes() -> std::vector<scene> {
  return {
      {"child_result",
       [](stage& on) {
         on.worker.add<child_result, doubles>();
         on.run<child_result>(4);
       }},
      {"children_in_parallel", plays<children_in_parallel, doubles>},
      {"grandparent", plays<grandparent, child_result, doubles>},
      {"child_failure", plays<child_failure, fails_as>},
      {"unhandled_child_failure", plays<unhandled_child_failure, fails_as>},
      {"child_retried", plays<child_retried, fails_twice>},
      {"child_times_out", plays<child_times_out, sleeps_long>},
      {"child_terminated", plays_terminated},
      {"child_id_taken", plays<child_id_taken, waits_for_poke>},
      {"child_signalled", plays<child_signalled, waits_for_poke>},
      {"child_try_cancel", plays<child_try_cancel, tidies_up>},
      {"child_wait_cancelled", plays<child_wait_cancelled, tidies_up>},
      {"child_abandon", plays<child_abandon, tidies_up>},
      {"child_cancelled_unsent", plays<child_cancelled_unsent, doubles>},
      {"leaves_children", plays_leaving},
      {"child_continues_as_new", plays<child_continues_as_new, counts_down>},
  };
}

} // namespace interop
