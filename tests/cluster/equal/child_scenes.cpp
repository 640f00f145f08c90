// Child workflows: results, failures, cancellation, ids, policies, many. The same in Python:
// child_scenes.py.
#include "stage.hpp"

namespace equal {
namespace {

using perdure::as_outcome;

inline constexpr perdure::signal<int> go{"go"};
inline constexpr perdure::signal<std::string> word{"word"};
inline constexpr perdure::signal<> stop{"stop"};

/// The id of a child.
auto own(std::string const& name) -> std::string {
  return perdure::info().workflow_id + "/" + name;
}

/// Gives what it is told with `go`; when it is cancelled, it still waits for that.
perdure::workflow<int> waits_for_go() {
  int words = 0;
  auto const counting =
      perdure::on(word, [&](std::string text) { words += static_cast<int>(text.size()); });
  auto const told = co_await as_outcome(perdure::receive(go));
  if (!told) {
    (void)co_await perdure::receive(go);
    perdure::throw_failure(told.error());
  }
  if (*told < 0)
    throw perdure::application_error{"below zero",
                                     {.type = "Negative", .details = perdure::to_payloads(*told)}};
  co_return *told + words;
}

perdure::workflow<int> parent() {
  co_return co_await perdure::execute_child_workflow<waits_for_go>({.id = own("kid")}) + 1;
}
template <int Value>
void play_parent(stage& on) {
  auto const handle = on.start<parent>();
  auto const child = on.child_of(handle, "kid");
  child.signal(go, Value);
  on.finish(handle);
}

perdure::workflow<std::string> handles_failure() {
  auto const got =
      co_await as_outcome(perdure::execute_child_workflow<waits_for_go>({.id = own("kid")}));
  if (got) co_return "no failure";
  perdure::application_error const cause{*got.error().cause};
  int const detail = std::get<0>(perdure::from_payloads<int>(cause.details()));
  co_return cause.type() + " " + std::to_string(detail);
}
void play_failure_handled(stage& on) {
  auto const handle = on.start<handles_failure>();
  auto const child = on.child_of(handle, "kid");
  child.signal(go, -5);
  on.finish(handle);
}

perdure::workflow<std::string> cancels_child() {
  auto child = perdure::start_child_workflow<waits_for_go>({.id = own("kid")});
  co_await child.started();
  co_await perdure::receive(stop);
  child.cancel();
  auto const got = co_await as_outcome(child);
  co_return got ? "gave " + std::to_string(*got) : std::string{"cancelled"};
}
/// What is left when the child has been asked to cancel itself.
void finish_cancellation(stage& on, auto const& handle, untyped_handle const& child) {
  on.until_tasks(handle, 4); // the last one, when the child has been asked
  on.until_tasks(child, 2);
  child.signal(go, 5);
  on.finish(handle);
}
void play_child_cancelled(stage& on) {
  auto const handle = on.start<cancels_child>();
  auto const child = on.child_of(handle, "kid");
  handle.signal(stop);
  finish_cancellation(on, handle, child);
}
void play_parent_cancelled(stage& on) {
  auto const handle = on.start<parent>();
  auto const child = on.child_of(handle, "kid");
  handle.cancel();
  finish_cancellation(on, handle, child);
}

perdure::workflow<std::string> child_id_taken() {
  auto first = perdure::start_child_workflow<waits_for_go>({.id = own("kid")});
  co_await first.started();
  auto second = perdure::start_child_workflow<waits_for_go>({.id = own("kid")});
  auto const refused = co_await as_outcome(second.started());
  int const got = co_await first;
  co_return std::to_string(got) + (refused ? " started" : " refused");
}
void play_id_taken(stage& on) {
  auto const handle = on.start<child_id_taken>();
  auto const child = on.child_of(handle, "kid");
  on.until_tasks(handle, 3);
  child.signal(go, 5);
  on.finish(handle);
}

perdure::workflow<int> signals_child() {
  auto child = perdure::start_child_workflow<waits_for_go>({.id = own("kid")});
  co_await child.started();
  co_await perdure::receive(stop);
  co_await child.signal(word, "hello");
  co_return co_await child;
}
void play_child_signalled(stage& on) {
  auto const handle = on.start<signals_child>();
  auto const child = on.child_of(handle, "kid");
  handle.signal(stop);
  on.until_tasks(handle, 4);
  on.until_tasks(child, 2);
  child.signal(go, 5);
  on.finish(handle);
}

/// Ends while its children run, each with another policy.
perdure::workflow<int> leaves_children() {
  using policy = perdure::parent_close_policy;
  std::pair<char const*, policy> const all[]{{"terminated", policy::terminate},
                                             {"cancelled", policy::request_cancel},
                                             {"abandoned", policy::abandon}};
  for (auto const& [name, closing] : all) {
    auto const child = perdure::start_child_workflow<waits_for_go>(
        {.id = own(name), .parent_close_policy = closing});
    co_await child.started();
  }
  co_await perdure::receive(stop);
  co_return 3;
}
void play_leaves_children(stage& on) {
  auto const handle = on.start<leaves_children>();
  auto const first = on.child_of(handle, "terminated");
  auto const second = on.child_of(handle, "cancelled");
  auto const third = on.child_of(handle, "abandoned");
  on.until_tasks(handle, 4);
  handle.signal(stop);
  on.until_tasks(second, 2);
  second.signal(go, 5);
  third.signal(go, 5);
  on.finish(handle);
  for (auto const& each : {first, second, third}) on.finish(each);
}

perdure::workflow<int> counts_down(int left, int sum) {
  sum += co_await perdure::receive(go);
  if (left > 0) co_await perdure::continue_as_new<counts_down>(left - 1, sum);
  co_return sum;
}
perdure::workflow<int> child_continues_as_new() {
  co_return co_await perdure::execute_child_workflow<counts_down>(
      1, 0, {.id = own("kid"), .workflow_run_timeout = 1h});
}
void play_child_continues(stage& on) {
  auto const handle = on.start<child_continues_as_new>();
  auto const child = on.child_of(handle, "kid");
  child.signal(go, 5);
  on.next_of(child).signal(go, 7);
  on.finish(handle);
}

perdure::workflow<int> child_with_options() {
  perdure::child_workflow_options options{};
  options.id = own("kid");
  options.workflow_execution_timeout = 3h;
  options.workflow_run_timeout = 2h;
  options.workflow_task_timeout = 20s;
  options.retry_policy = {.maximum_attempts = 3, .non_retryable_error_types = {"Broken"}};
  options.memo = {{"stage", perdure::to_payload(std::string{"early"})}};
  options.search_attributes = {
      perdure::search_attribute<perdure::keyword>{"CustomKeywordField"}("acme")};
  options.static_summary = "waits";
  options.static_details = "It *waits*.";
  options.priority = {.priority_key = 4};
  co_return co_await perdure::execute_child_workflow<waits_for_go>(options);
}
void play_child_with_options(stage& on) {
  auto const handle = on.start<child_with_options>();
  auto const child = on.child_of(handle, "kid");
  child.signal(go, 5);
  on.finish(handle);
}

// ---- the batch of the README

struct my_good_activity_args {
  std::string arg1{}, arg2{};
};
struct my_good_activity_result {
  std::string arg1{}, arg2{};
  double random_val{};
};
auto my_good_activity(my_good_activity_args args) -> my_good_activity_result {
  return {args.arg1, args.arg2, 0.7307825};
}

struct my_good_workflow_args {
  std::string arg1{}, arg2{};
};
struct my_good_workflow_result {
  my_good_activity_result result{};
};
perdure::workflow<my_good_workflow_result> my_good_workflow(my_good_workflow_args args) {
  co_return {co_await perdure::execute_activity<my_good_activity>(
      {.arg1 = "activity arg1: " + args.arg1, .arg2 = "activity arg2: " + args.arg2},
      {.schedule_to_close_timeout = 60s})};
}

struct batch_args {
  std::vector<my_good_workflow_args> inputs{};
};
struct batch_result {
  std::vector<my_good_workflow_result> results{};
};
perdure::workflow<batch_result> my_batch_workflow(batch_args args) {
  std::vector<perdure::child_workflow_handle<my_good_workflow_result>> children;
  for (std::size_t i = 0; i < args.inputs.size(); ++i)
    children.push_back(perdure::start_child_workflow<my_good_workflow>(
        args.inputs[i], {.id = own("my_good_workflow_" + std::to_string(i)),
                         .retry_policy = {.maximum_attempts = 3}}));
  auto results = co_await perdure::when_all(children);
  co_return {std::move(results)};
}
void play_fan_out(stage& on) {
  batch_args args{};
  for (int i = 0; i < 8; ++i)
    args.inputs.push_back({"a" + std::to_string(i), "b" + std::to_string(i)});
  on.finish(on.start<my_batch_workflow>(args));
}

template <class To>
void add_workflows(To& to) {
  to.template add<waits_for_go, parent, handles_failure, cancels_child, child_id_taken,
                  signals_child, leaves_children, counts_down, child_continues_as_new,
                  child_with_options, my_good_workflow, my_batch_workflow>();
}

} // namespace

auto child_part() -> part {
  return {{{"child", play_parent<5>},
           {"child_fails", play_parent<-5>},
           {"child_failure_handled", play_failure_handled},
           {"child_cancelled", play_child_cancelled},
           {"parent_cancelled", play_parent_cancelled},
           {"child_id_taken", play_id_taken},
           {"child_signalled", play_child_signalled},
           {"leaves_children", play_leaves_children},
           {"child_continues_as_new", play_child_continues},
           {"child_with_options", play_child_with_options},
           {"fan_out", play_fan_out}},
          [](worker& to) {
            to.add<my_good_activity>();
            add_workflows(to);
          },
          add_workflows<perdure::replayer>};
}

} // namespace equal
