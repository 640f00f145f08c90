// The one workflow that runs generated programs.
#pragma once

#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "generated/context.hpp"
#include "generated/program.hpp"
#include "generated/words.hpp"

namespace generated {

auto interpret(job mine) -> perdure::workflow<std::vector<std::string>>;
auto run_step(step const& s, context& c) -> perdure::workflow<void>;

inline auto call_of(step const& s) -> call { return {s.id, s.failures, s.hard}; }
inline auto activity_options_of(step const& s) -> perdure::activity_options {
  perdure::activity_options options{};
  options.schedule_to_close_timeout = perdure::duration{s.limit};
  options.start_to_close_timeout = perdure::duration{s.what == kind::stuck ? s.delay : patience};
  options.retry_policy.initial_interval = perdure::duration{s.delay};
  options.retry_policy.maximum_attempts = static_cast<std::uint32_t>(s.attempts);
  options.cancellation_type = static_cast<perdure::cancellation_type>(s.on_cancel);
  if (s.number == 1)
    options.activity_id = perdure::uuid4(); // compared with history by every replay
  return options;
}
inline auto local_call(step const& s) -> perdure::lazy_operation<std::string> {
  perdure::local_activity_options options{};
  options.start_to_close_timeout = perdure::duration{patience};
  options.local_retry_threshold = perdure::duration{1};
  options.retry_policy.initial_interval = perdure::duration{s.delay};
  options.retry_policy.maximum_attempts = static_cast<std::uint32_t>(s.attempts);
  options.cancellation_type = static_cast<perdure::cancellation_type>(s.on_cancel);
  return perdure::execute_local_activity<work>(call_of(s), std::move(options));
}
inline auto child_options_of(step const& s) -> perdure::child_workflow_options {
  perdure::child_workflow_options options{};
  options.id = child_id(perdure::info().workflow_id, s);
  options.workflow_run_timeout = perdure::duration{s.limit};
  if (s.attempts > 1)
    options.retry_policy = {.initial_interval = perdure::duration{s.delay},
                            .maximum_attempts = static_cast<std::uint32_t>(s.attempts)};
  options.cancellation_type = static_cast<perdure::cancellation_type>(s.on_cancel);
  options.parent_close_policy = static_cast<perdure::parent_close_policy>(s.on_close);
  return options;
}
inline auto lazy_call(step const& s) -> perdure::lazy_operation<std::string> {
  return s.what == kind::stuck
             ? perdure::execute_activity<never>(call_of(s), activity_options_of(s))
             : perdure::execute_activity<work>(call_of(s), activity_options_of(s));
}
inline auto started_call(step const& s) -> perdure::activity_handle<std::string> {
  return s.what == kind::stuck ? perdure::start_activity<never>(call_of(s), activity_options_of(s))
                               : perdure::start_activity<work>(call_of(s), activity_options_of(s));
}

/// One combinator over a range: the caller's (handles), or one that it takes.
template <class Range>
auto join_range(step const& s, context& c, Range&& range) -> perdure::workflow<void> {
  frame_mark const mark;
  using element = typename std::remove_cvref_t<Range>::value_type::value_type;
  switch (s.join) {
  case joining::all:
  case joining::all_or_cancel: {
    perdure::when_all_options options{};
    if (s.join == joining::all_or_cancel) options.on_failure = perdure::failure_policy::cancel;
    if constexpr (std::is_void_v<element>) {
      co_await perdure::when_all(std::forward<Range>(range), options);
      c.note(s, "all");
    } else {
      auto const got = co_await perdure::when_all(std::forward<Range>(range), options);
      c.note(s, "all " + show(got));
    }
    break;
  }
  case joining::settled: {
    auto const got = co_await perdure::when_all_settled(std::forward<Range>(range));
    c.note(s, "settled " + show(got));
    break;
  }
  case joining::any: {
    auto const got = co_await perdure::when_any(std::forward<Range>(range));
    c.note(s, "any " + std::to_string(got.index) + " " + show(got.value));
    break;
  }
  case joining::race: {
    auto const got = co_await perdure::race(std::forward<Range>(range));
    c.note(s, "race " + std::to_string(got.index) + " " + show(got.value));
    break;
  }
  }
}

/// The same over handles, and then an await on each that the combinator has left.
template <class Handle>
auto join_handles(step const& s, context& c, std::vector<Handle>& handles)
    -> perdure::workflow<void> {
  frame_mark const mark;
  auto const first = co_await perdure::as_outcome(join_range(s, c, handles));
  c.note(s, "joined " + show(first));
  for (auto& each : handles) {
    if (each.used_mark()) continue;
    auto const got = co_await perdure::as_outcome(each);
    c.note(s, "left " + show(got));
  }
}

inline auto join_mixed(step const& s, context& c) -> perdure::workflow<void> {
  frame_mark const mark;
  auto a = lazy_call(s.parts[0]);
  auto b = perdure::sleep(perdure::duration{s.parts[1].delay});
  auto d = run_step(s.parts[2], c);
  switch (s.join) {
  case joining::all: {
    auto const got = co_await perdure::when_all(std::move(a), std::move(b), std::move(d));
    c.note(s, "all " + std::get<0>(got));
    break;
  }
  case joining::all_or_cancel: {
    perdure::when_all_options const options{perdure::failure_policy::cancel};
    auto const got = co_await perdure::when_all(options, std::move(a), std::move(b), std::move(d));
    c.note(s, "all " + std::get<0>(got));
    break;
  }
  case joining::settled: {
    auto const got = co_await perdure::when_all_settled(std::move(a), std::move(b), std::move(d));
    c.note(s, "settled " + show(std::get<0>(got)) + ", " + show(std::get<1>(got)) + ", " +
                  show(std::get<2>(got)));
    break;
  }
  case joining::any: {
    auto const got = co_await perdure::when_any(std::move(a), std::move(b), std::move(d));
    c.note(s, "any " + std::to_string(got.index) +
                  (got.index == 0 ? " " + std::get<0>(got.value) : " done"));
    break;
  }
  case joining::race: {
    auto const got = co_await perdure::race(std::move(a), std::move(b), std::move(d));
    c.note(s, "race " + std::to_string(got.index) +
                  (got.index == 0 ? " " + std::get<0>(got.value) : " done"));
    break;
  }
  }
}

inline auto run_together(step const& s, context& c) -> perdure::workflow<void> {
  frame_mark const mark;
  switch (s.form) {
  case operands::coroutines: {
    std::vector<perdure::workflow<void>> all;
    for (step const& part : s.parts) all.push_back(run_step(part, c));
    co_await join_range(s, c, std::move(all));
    break;
  }
  case operands::lazy: {
    std::vector<perdure::lazy_operation<std::string>> all;
    for (step const& part : s.parts) all.push_back(lazy_call(part));
    co_await join_range(s, c, std::move(all));
    break;
  }
  case operands::handles: {
    std::vector<perdure::activity_handle<std::string>> all;
    for (step const& part : s.parts) all.push_back(started_call(part));
    co_await join_handles(s, c, all);
    break;
  }
  case operands::children: {
    std::vector<perdure::child_workflow_handle<std::vector<std::string>>> all;
    for (step const& part : s.parts) {
      job const work_of_child{part.parts, 0, {}};
      all.push_back(
          perdure::start_child_workflow<interpret>(work_of_child, child_options_of(part)));
    }
    co_await join_handles(s, c, all);
    break;
  }
  case operands::mixed: co_await join_mixed(s, c); break;
  }
}

/// A body inside a scope that someone else may cancel as long as it is there.
inline auto run_scoped(step const& body, context& c, perdure::cancellation_scope*& shared)
    -> perdure::workflow<void> {
  frame_mark const mark;
  perdure::cancellation_scope scope;
  shared = &scope;
  struct leaving {
    perdure::cancellation_scope*& shared;
    ~leaving() { shared = nullptr; }
  } const leaving{shared};
  co_await run_step(body, c);
}
inline auto cancel_later(step const& s, context& c, perdure::cancellation_scope*& shared)
    -> perdure::workflow<void> {
  frame_mark const mark;
  co_await perdure::sleep(perdure::duration{s.delay});
  c.note(s, shared == nullptr ? "left before" : "cancels");
  if (shared != nullptr) shared->cancel();
}
inline auto run_scope(step const& s, context& c) -> perdure::workflow<void> {
  frame_mark const mark;
  perdure::cancellation_scope* shared = nullptr;
  std::vector<perdure::workflow<void>> both;
  both.push_back(run_scoped(s.parts[0], c, shared));
  both.push_back(cancel_later(s, c, shared));
  auto const got = co_await perdure::when_all_settled(std::move(both));
  c.note(s, "scope " + show(got));
}
inline auto run_self_cancel(step const& s, context& c) -> perdure::workflow<void> {
  frame_mark const mark;
  perdure::cancellation_scope scope;
  co_await run_step(s.parts[0], c);
  scope.cancel();
  auto const got = co_await perdure::as_outcome(run_step(s.parts[1], c));
  c.note(s, "inside " + show(got));
  co_await perdure::shield(run_step(s.parts[2], c));
  c.note(s, "cleaned up");
}

template <class Handle>
auto run_with(step const& s, context& c, Handle handle) -> perdure::workflow<void> {
  frame_mark const mark;
  for (std::size_t i = 1; i < s.parts.size(); ++i) co_await run_step(s.parts[i], c);
  if (s.end == ending::drop) {
    c.note(s, "dropped");
    co_return;
  }
  if (s.end == ending::cancel_and_await) handle.cancel();
  auto const got = co_await perdure::as_outcome(handle);
  c.note(s, "handle " + show(got));
}
inline auto run_with_child(step const& s, context& c) -> perdure::workflow<void> {
  frame_mark const mark;
  job const work_of_child{s.parts[0].parts, 0, {}};
  auto child =
      perdure::start_child_workflow<interpret>(work_of_child, child_options_of(s.parts[0]));
  if ((s.number & 1) != 0) {
    auto const started = co_await child.started();
    c.note(s, "started " + started.workflow_id.str());
  }
  if ((s.number & 2) != 0) {
    auto const told = co_await perdure::as_outcome(child.signal(signals[0], s.id));
    c.note(s, "told " + show(told));
  }
  co_await run_with(s, c, std::move(child));
}

/// A step without parts that run here.
inline auto run_leaf(step const& s, context& c) -> perdure::workflow<void> {
  frame_mark const mark;
  switch (s.what) {
  case kind::activity:
  case kind::stuck:
  case kind::local: {
    auto const got = co_await (s.what == kind::local ? local_call(s) : lazy_call(s));
    c.note(s, got);
    break;
  }
  case kind::timer:
    co_await perdure::sleep(perdure::duration{s.delay});
    c.note(s, "slept");
    break;
  case kind::child: {
    job const work_of_child{s.parts, 0, {}};
    auto const got =
        co_await perdure::execute_child_workflow<interpret>(work_of_child, child_options_of(s));
    c.note(s, show(got));
    break;
  }
  case kind::receive: {
    int const got = co_await perdure::receive(signals[s.number]);
    c.note(s, "received " + std::to_string(got));
    break;
  }
  case kind::tell: {
    auto const to = perdure::external_workflow(
        id_of(s.target, perdure::info().workflow_id, perdure::info().parent_workflow_id));
    co_await to.signal(signals[s.number], s.id);
    c.note(s, "told");
    break;
  }
  case kind::stop: {
    auto const to = perdure::external_workflow(
        id_of(s.target, perdure::info().workflow_id, perdure::info().parent_workflow_id));
    co_await to.cancel("asked by a sibling");
    c.note(s, "asked to stop");
    break;
  }
  case kind::effect: {
    int const id = s.id;
    auto const got = co_await perdure::side_effect([id] { return "e" + std::to_string(id); });
    c.note(s, got);
    break;
  }
  case kind::facts: {
    bool const is_new = perdure::patched<"first">();
    std::string const drawn = perdure::uuid4();
    int const version = perdure::get_version("second", perdure::default_version, 2);
    c.note(s, "facts " + std::to_string(is_new) + std::to_string(drawn.size()) +
                  std::to_string(version) + " attempt " + std::to_string(perdure::info().attempt));
    if (observed().planted && ++observed().draws % 2 == 0)
      co_await perdure::sleep(perdure::duration{1'000'000});
    break;
  }
  case kind::put: c.state += s.number; break;
  case kind::listen: listen(c); break;
  case kind::hold: {
    auto const enough = [&c, &s] { return c.state >= s.number; };
    bool held = true;
    if (s.limit == 0)
      co_await perdure::wait_until(enough);
    else
      held = co_await perdure::wait_until(enough, perdure::duration{s.limit});
    c.note(s, held ? "held" : "did not hold");
    break;
  }
  case kind::finish:
    co_await perdure::wait_until([] { return perdure::all_handlers_finished(); });
    c.note(s, "no handler is at work");
    break;
  case kind::change:
    if (observed().build == 2 && perdure::patched<"swap">()) {
      co_await perdure::sleep(perdure::duration{s.delay});
      c.note(s, "new");
    } else {
      auto const got = co_await lazy_call(s);
      c.note(s, "old " + got);
    }
    break;
  case kind::fail:
    throw perdure::application_error{
        "as planned", {.type = "fail" + std::to_string(s.id), .non_retryable = s.hard}};
  case kind::again: {
    if (c.mine->round >= s.number) break;
    c.note(s, "again");
    job const next{c.mine->steps, c.mine->round + 1, c.notes};
    co_await perdure::continue_as_new<interpret>(next);
    break;
  }
  default: break;
  }
}

inline auto run_step(step const& s, context& c) -> perdure::workflow<void> {
  frame_mark const mark;
  switch (s.what) {
  case kind::sequence:
    for (step const& part : s.parts) co_await run_step(part, c);
    break;
  case kind::together: co_await run_together(s, c); break;
  case kind::scope: co_await run_scope(s, c); break;
  case kind::self_cancel: co_await run_self_cancel(s, c); break;
  case kind::shield:
    co_await perdure::shield(run_step(s.parts[0], c));
    c.note(s, "shielded");
    break;
  case kind::limited:
    co_await perdure::with_timeout(run_step(s.parts[0], c), perdure::duration{s.delay});
    c.note(s, "in time");
    break;
  case kind::outcome: {
    auto const got = co_await perdure::as_outcome(run_step(s.parts[0], c));
    c.note(s, "outcome " + show(got));
    break;
  }
  case kind::handle: {
    step const& first = s.parts[0];
    if (first.what == kind::child)
      co_await run_with_child(s, c);
    else if (first.what == kind::timer)
      co_await run_with(s, c, perdure::start_timer(perdure::duration{first.delay}));
    else
      co_await run_with(s, c, started_call(first));
    break;
  }
  default: co_await run_leaf(s, c); break;
  }
}

inline auto interpret(job mine) -> perdure::workflow<std::vector<std::string>> {
  frame_mark const mark;
  context c{&mine, mine.before, perdure::info().run_id, 0, {}};
  for (step const& each : mine.steps) co_await run_step(each, c);
  co_return c.notes;
}

} // namespace generated
