// What the oracle makes of each step of a program.
#pragma once

#include "generated/oracle/server_steps.hpp"

namespace oracle {

using generated::ending;
using generated::joining;
using generated::kind;
using generated::operands;

auto do_step(step const& s, run& r, line& mine) -> co;

[[nodiscard]] inline auto wait_for(run& r, line& mine, operation_ptr op) -> await_operation {
  return {r.all, mine, std::move(op)};
}
[[nodiscard]] inline auto ask_and_wait(run& r, line& mine, std::function<operation_ptr()> ask)
    -> await_operation {
  return {r.all, mine, nullptr, std::move(ask)};
}
[[nodiscard]] inline auto ask_for(step const& s, run& r) -> operation_ptr {
  if (s.what == kind::timer) return r.timer(s.delay);
  return s.what == kind::child ? r.child(s) : r.call(s);
}

/// Runs something in the same line and gives what came of it, in words.
template <class Awaited>
auto settle(Awaited awaited, std::string& text) -> co {
  try {
    if constexpr (std::is_same_v<Awaited, co>) {
      co_await std::move(awaited);
      text = "done";
    } else {
      operation_ptr const got = co_await awaited;
      text = got->value;
    }
  } catch (failure const& why) {
    text = why.text;
  }
}

/// The coroutine of one member has a line of its own, which exists only once it has begun.
struct member_code {
  static auto make(std::vector<member>& members, std::size_t i, std::function<co(line&)> code)
      -> co {
    co_await code(*members[i].own);
  }
};

inline auto in_words(member const& each) -> std::string {
  try {
    return each.take();
  } catch (failure const& why) {
    return why.text;
  }
}

/// Joins members by the rule of the step, and notes what came of it. Mixed ones note less.
inline auto join(step const& s, run& r, line& mine, std::vector<member>& members, bool mixed,
                 bool silent_all) -> co {
  goal const wanted = s.join == joining::settled                          ? goal::settled
                      : s.join == joining::any || s.join == joining::race ? goal::any
                                                                          : goal::all;
  bool const cancel_rest = s.join == joining::race || s.join == joining::all_or_cancel;
  std::size_t const first = co_await await_group{r.all, mine, wanted, cancel_rest, members};
  std::string text;
  if (wanted == goal::any) {
    text = (s.join == joining::race ? "race " : "any ") + std::to_string(first);
    text += " " + members[first].take();
  } else if (wanted == goal::all && mixed) {
    for (std::size_t i = members.size(); i-- > 0;) text = members[i].take();
    text = "all " + text;
  } else {
    for (member const& each : members)
      text += (text.empty() ? "" : ", ") + (wanted == goal::all ? each.take() : in_words(each));
    if (!mixed) text = "[" + text + "]";
    text = wanted == goal::all ? (silent_all ? "all" : "all " + text) : "settled " + text;
  }
  r.note(s, text);
}

inline auto join_handles(step const& s, run& r, line& mine, std::vector<member>& members) -> co {
  std::string text;
  co_await settle(join(s, r, mine, members, false, false), text);
  r.note(s, "joined " + text);
  for (member& each : members) {
    if (each.op->used) continue;
    co_await settle(wait_for(r, mine, each.op), text);
    r.note(s, "left " + text);
  }
}

inline auto do_together(step const& s, run& r, line& mine) -> co {
  std::vector<member> members(s.parts.size());
  bool const mixed = s.form == operands::mixed;
  for (std::size_t i = 0; i < members.size(); ++i) {
    step const& part = s.parts[i];
    if (s.form == operands::coroutines || (mixed && i == 2))
      members[i].code =
          member_code::make(members, i, [&part, &r](line& own) { return do_step(part, r, own); });
    else if (s.form == operands::lazy || mixed)
      members[i].ask = [&part, &r] { return ask_for(part, r); };
    else
      members[i].op = ask_for(part, r);
  }
  if (s.form == operands::handles || s.form == operands::children)
    co_await join_handles(s, r, mine, members);
  else
    co_await join(s, r, mine, members, mixed, s.form == operands::coroutines);
}

/// A level of the line, for as long as this object lives.
struct inside {
  line& mine;
  level here;
  inside(line& which, bool shield) : mine{which}, here{which.inner, false, shield} {
    mine.inner = &here;
  }
  inside(inside const&) = delete;
  auto operator=(inside const&) -> inside& = delete;
  ~inside() { mine.inner = here.outer; }

  void cancel() {
    if (std::exchange(here.cancelled, true)) return;
    for (level* each = mine.inner; each != &here; each = each->outer)
      if (each->shield) return;
    if (mine.cancel_wait) (void)std::function{mine.cancel_wait}();
  }
};

inline auto do_shielded(step const& s, run& r, line& mine) -> co {
  inside const shield{mine, true};
  co_await do_step(s, r, mine);
}
inline auto do_scoped(step const& body, run& r, line& mine, inside*& shared) -> co {
  inside scope{mine, false};
  shared = &scope;
  struct leaving {
    inside*& shared;
    ~leaving() { shared = nullptr; }
  } const leaving{shared};
  co_await do_step(body, r, mine);
}
inline auto cancel_later(step const& s, run& r, line& mine, inside*& shared) -> co {
  co_await ask_and_wait(r, mine, [&] { return r.timer(s.delay); });
  r.note(s, shared == nullptr ? "left before" : "cancels");
  if (shared != nullptr) shared->cancel();
}
inline auto do_scope(step const& s, run& r, line& mine) -> co {
  inside* shared = nullptr;
  std::vector<member> members(2);
  members[0].code = member_code::make(
      members, 0, [&](line& own) { return do_scoped(s.parts[0], r, own, shared); });
  members[1].code =
      member_code::make(members, 1, [&](line& own) { return cancel_later(s, r, own, shared); });
  (void)co_await await_group{r.all, mine, goal::settled, false, members};
  r.note(s, "scope [" + in_words(members[0]) + ", " + in_words(members[1]) + "]");
}
inline auto do_self_cancel(step const& s, run& r, line& mine) -> co {
  inside scope{mine, false};
  co_await do_step(s.parts[0], r, mine);
  scope.cancel();
  std::string text;
  co_await settle(do_step(s.parts[1], r, mine), text);
  r.note(s, "inside " + text);
  co_await do_shielded(s.parts[2], r, mine);
  r.note(s, "cleaned up");
}

inline auto do_handle(step const& s, run& r, line& mine) -> co {
  step const& first = s.parts[0];
  operation_ptr const op = ask_for(first, r);
  std::string text;
  if (first.what == kind::child) {
    std::string const name = generated::child_id(r.id, first);
    if ((s.number & 1) != 0) {
      co_await await_begun{r.all, mine, op};
      r.note(s, "started " + name);
    }
    if ((s.number & 2) != 0) {
      co_await settle(ask_and_wait(r, mine, [&] { return r.tell(name, 0, s.id, true); }), text);
      r.note(s, "told " + text);
    }
  }
  for (std::size_t i = 1; i < s.parts.size(); ++i) co_await do_step(s.parts[i], r, mine);
  if (s.end == ending::drop) {
    r.note(s, "dropped");
    co_return;
  }
  if (s.end == ending::cancel_and_await) (void)op->cancel();
  co_await settle(wait_for(r, mine, op), text);
  r.note(s, "handle " + text);
}

/// Ends the code that awaits it here, without an end of its own.
struct stop_here {
  [[nodiscard]] static auto await_ready() noexcept -> bool { return false; }
  static void await_suspend(std::coroutine_handle<>) noexcept {}
  static void await_resume() noexcept {}
};

/// A step without parts that run here.
inline auto do_leaf(step const& s, run& r, line& mine) -> co {
  switch (s.what) {
  case kind::activity:
  case kind::stuck:
  case kind::child: {
    operation_ptr const got = co_await ask_and_wait(r, mine, [&] { return ask_for(s, r); });
    r.note(s, got->value);
    break;
  }
  case kind::timer:
    co_await ask_and_wait(r, mine, [&] { return r.timer(s.delay); });
    r.note(s, "slept");
    break;
  case kind::receive: {
    int const got = co_await await_letter{r.all, mine, r.boxes[s.number]};
    r.note(s, "received " + std::to_string(got));
    break;
  }
  case kind::tell: {
    std::string const to = id_of(s.target, r.id, r.parent_id());
    co_await ask_and_wait(r, mine, [&] { return r.tell(to, s.number, s.id); });
    r.note(s, "told");
    break;
  }
  case kind::stop: {
    std::string const to = id_of(s.target, r.id, r.parent_id());
    co_await ask_and_wait(r, mine, [&] { return r.stop_other(to); });
    r.note(s, "asked to stop");
    break;
  }
  case kind::effect: {
    operation_ptr const got =
        co_await ask_and_wait(r, mine, [&] { return r.local("e" + std::to_string(s.id)); });
    r.note(s, got->value);
    break;
  }
  case kind::put: r.sum += s.number; break;
  case kind::listen: r.listen(); break;
  case kind::hold: {
    std::function<operation_ptr()> limit;
    if (s.limit > 0) limit = [&] { return r.timer(s.limit); };
    bool const is = co_await await_condition{r.all, mine, r.held, [&] { return r.sum >= s.number; },
                                             std::move(limit)};
    r.note(s, is ? "held" : "did not hold");
    break;
  }
  case kind::finish:
    (void)co_await await_condition{r.all, mine, r.held, [&] { return r.handlers_at_work == 0; },
                                   nullptr};
    r.note(s, "no handler is at work");
    break;
  case kind::change: {
    if (!r.changed) r.changed = r.build() == 2;
    if (*r.changed) {
      co_await ask_and_wait(r, mine, [&] { return r.timer(s.delay); });
      r.note(s, "new");
    } else {
      operation_ptr const got = co_await ask_and_wait(r, mine, [&] { return r.call(s); });
      r.note(s, "old " + got->value);
    }
    break;
  }
  case kind::local: {
    operation_ptr const got = co_await ask_and_wait(r, mine, [&] { return r.local_call(s); });
    r.note(s, got->value);
    break;
  }
  case kind::facts: r.note(s, "facts 1362 attempt " + std::to_string(r.attempt)); break;
  case kind::fail: throw failure{"fail" + std::to_string(s.id) + (s.hard ? "!" : ""), s.hard};
  case kind::again:
    if (r.mine.round >= s.number) break;
    r.note(s, "again");
    if (mine.take()) throw cancelled();
    r.next_job = job{r.mine.steps, r.mine.round + 1, r.notes};
    r.ended = true;
    co_await stop_here{};
    break;
  default: break;
  }
}

inline auto do_step(step const& s, run& r, line& mine) -> co {
  switch (s.what) {
  case kind::sequence:
    for (step const& part : s.parts) co_await do_step(part, r, mine);
    break;
  case kind::together: co_await do_together(s, r, mine); break;
  case kind::scope: co_await do_scope(s, r, mine); break;
  case kind::self_cancel: co_await do_self_cancel(s, r, mine); break;
  case kind::shield:
    co_await do_shielded(s.parts[0], r, mine);
    r.note(s, "shielded");
    break;
  case kind::outcome: {
    std::string text;
    co_await settle(do_step(s.parts[0], r, mine), text);
    r.note(s, "outcome " + text);
    break;
  }
  case kind::limited: {
    await_limited limited{r.all, mine, [&] { return r.timer(s.delay); },
                          [&](line& own) { return do_step(s.parts[0], r, own); }};
    co_await limited;
    r.note(s, "in time");
    break;
  }
  case kind::handle: co_await do_handle(s, r, mine); break;
  default: co_await do_leaf(s, r, mine); break;
  }
}
inline auto do_run(run& r) -> co {
  for (step const& each : r.mine.steps) co_await do_step(each, r, r.main);
  r.result = "[";
  for (auto const& each : r.notes) r.result += (r.result.size() == 1 ? "" : ", ") + each;
  r.result += "]";
}

inline auto do_message(run& r, line& mine, std::string name, int value) -> co {
  if (r.over()) co_await stop_here{};
  r.sum += generated::weight(value);
  r.note(name, std::to_string(value));
  if (generated::waits(value)) {
    co_await ask_and_wait(r, mine, [&] { return r.timer(generated::wait_of(value)); });
    if (r.over()) co_await stop_here{};
    ++r.sum;
    r.note(name, std::to_string(value) + " is over");
  }
  if (generated::is_fatal(value)) throw failure{"bad " + name};
}
inline auto do_handler(run& r, handling& h, int value) -> co {
  if (!h.of) {
    co_await do_message(r, h.own, "set", value);
    co_return;
  }
  if (r.over()) co_return;
  if (generated::is_refused(value)) {
    h.of->fate = "refused";
    co_return;
  }
  h.of->fate = "accepted";
  try {
    co_await do_message(r, h.own, "add", value);
    h.of->fate = "gave " + std::to_string(r.sum);
  } catch (failure const& why) {
    h.of->fate = why.text;
  }
}

} // namespace oracle
