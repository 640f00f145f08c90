// Programs that have found a fault in the library, made small: each is run again for ever.
#include "support/catch.hpp"

#include <initializer_list>
#include <string>

#include "generated/judge.hpp"

namespace {

using generated::kind;
using generated::step;

/// Numbers the steps, which makes children's ids unique.
void number(std::vector<step>& steps, int& last) {
  for (step& each : steps) {
    each.id = ++last;
    number(each.parts, last);
  }
}
auto verdict_on(std::vector<step> steps) -> std::string {
  perdure::set_log_sink(nullptr);
  int last = 0;
  number(steps, last);
  generated::program const p{1, steps, {}};
  auto const judged = generated::judge(p);
  perdure::set_log_sink(&perdure::log_to_stderr);
  return judged.what == generated::verdict::same ? "" : to_text(p) + "\n" + judged.why;
}

constexpr std::int64_t millisecond = 1'000'000;

auto with_parts(kind what, std::vector<step> parts) -> step {
  step s{};
  s.what = what;
  s.parts = std::move(parts);
  return s;
}
auto timer(std::int64_t delay) -> step {
  step s{};
  s.what = kind::timer;
  s.delay = delay;
  return s;
}
auto failing(int failures, int attempts) -> step {
  step s{};
  s.what = kind::activity;
  s.delay = 20 * millisecond;
  s.failures = failures;
  s.attempts = attempts;
  return s;
}
/// A child that outlives its parent and waits for ever.
auto lasting_child() -> step {
  step receive{};
  receive.what = kind::receive;
  receive.number = 1; // not the one that handles send
  step s = with_parts(kind::child, {receive});
  s.on_cancel = 2;
  s.on_close = static_cast<int>(perdure::parent_close_policy::abandon);
  return s;
}
auto once_more() -> step {
  step s{};
  s.what = kind::again;
  s.number = 1;
  return s;
}

} // namespace

TEST_CASE("an activity cancelled while it backs off ends after the commands of the task",
          "[generated]") {
  step both = with_parts(kind::together, {failing(2, 3), failing(1, 1)});
  both.form = generated::operands::lazy;
  both.join = generated::joining::all_or_cancel;
  CHECK(verdict_on({with_parts(kind::outcome, {both}), timer(5 * millisecond)}) == "");
}

TEST_CASE("a child that is signalled in the task that starts it is started once", "[generated]") {
  step handle = with_parts(kind::handle, {with_parts(kind::child, {timer(5 * millisecond)})});
  handle.number = 2;
  CHECK(verdict_on({handle}) == "");
}

TEST_CASE("a message to nobody does not start the children of its task twice", "[generated]") {
  step tell{};
  tell.what = kind::tell;
  tell.target = generated::someone::parent;
  step both = with_parts(kind::together, {with_parts(kind::child, {timer(5 * millisecond)}), tell});
  both.join = generated::joining::settled;
  CHECK(verdict_on({both}) == "");
}

TEST_CASE("a message to nobody beside a child whose id is taken fails, and nothing else",
          "[generated]") {
  step tell{};
  tell.what = kind::tell;
  tell.target = generated::someone::nobody;
  step scope = with_parts(kind::scope, {lasting_child()});
  scope.delay = 5 * millisecond;
  step both = with_parts(kind::together, {tell, scope});
  both.join = generated::joining::settled;
  CHECK(verdict_on({both, once_more()}) == "");
}

TEST_CASE("a child's handle reaches no other run that has the child's id", "[generated]") {
  step handle = with_parts(kind::handle, {lasting_child()});
  handle.number = 2;
  handle.end = generated::ending::drop;
  CHECK(verdict_on({handle, once_more()}) == "");
}

TEST_CASE("an activity cancelled in the task that continues as new ends with its run",
          "[generated]") {
  step both = with_parts(kind::together, {failing(0, 1), failing(0, 1)});
  both.form = generated::operands::lazy;
  both.join = generated::joining::race;
  CHECK(verdict_on({both, once_more()}) == "");
}
