// The little language of generated programs: a tree of steps that travels as the argument of a
// workflow.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace generated {

/// What a step does. Durations are nanoseconds of virtual time.
enum class kind : std::uint8_t {
  activity, ///< Fails `failures` times, waits `delay` (doubled each time) before it is tried again.
  stuck,    ///< An activity that never answers: each attempt times out after `delay`.
  timer,    ///< Sleeps `delay`.
  child,    ///< Runs `parts` as a child workflow.
  receive,  ///< Waits for the signal `number`.
  tell,     ///< Signals `target`.
  stop,     ///< Asks `target` to cancel itself.
  effect,   ///< A side effect.
  facts, ///< Notes what a run knows at once: a patch, its attempt, that a random number is there.
  fail,  ///< Fails with an application error; `hard`: one that is not retried.
  again, ///< Continues as new, `number` times at most. Only as the last step of a run's first
         ///< sequence.
  sequence,    ///< `parts`, one after the other.
  together,    ///< `parts` at the same time: see joining and operands.
  scope,       ///< parts[0] in a cancellation scope, which a sibling cancels after `delay`.
  self_cancel, ///< A scope that is cancelled between parts[0] and parts[1]; parts[2], shielded,
               ///< cleans up.
  shield,      ///< parts[0], deaf to cancellation.
  outcome,     ///< parts[0], whose failure is noted instead of thrown.
  put,         ///< Adds `number` to the state of the run.
  listen,  ///< From now on the run has a handler of the signal `set_signal`, of the update, and of
           ///< the query. Both handlers change the state.
  hold,    ///< Waits until the state is at least `number`; `limit`: not for longer.
  finish,  ///< Waits until no handler is at work.
  limited, ///< parts[0], for `delay` at most.
  local,   ///< A local activity: as `activity`, but that each retry follows a timer.
  change,  ///< A timer where the program's first build has an activity; patched.
  handle,  ///< Starts parts[0] (activity, stuck, timer, child), does the rest, and then what `end`
           ///< says.
};
enum class joining : std::uint8_t { all, all_or_cancel, settled, any, race };
enum class operands : std::uint8_t {
  coroutines, ///< Each part is a coroutine.
  lazy,       ///< `execute_activity` of each part (activity, stuck).
  handles,    ///< `start_activity` of each part; those that the combinator leaves are awaited after
              ///< it.
  children,   ///< `start_child_workflow` of each part (child).
  mixed,      ///< An activity, a timer and a coroutine, as arguments of one call.
};
enum class ending : std::uint8_t { await, cancel_and_await, drop };
enum class someone : std::uint8_t { parent, root, self, nobody };

struct step {
  kind what{};
  int id{}; ///< Unique in its program.
  std::int64_t delay{};
  std::int64_t
      limit{}; ///< Of an activity: schedule to close. Of a child: its run timeout. 0: none.
  int failures{};
  int attempts{1}; ///< The most there may be.
  int number{};
  int on_cancel{}; ///< perdure::cancellation_type
  int on_close{};  ///< perdure::parent_close_policy; 0: unset.
  bool hard{};
  joining join{};
  operands form{};
  ending end{};
  someone target{};
  std::vector<step> parts{};
};

/// The argument of the workflow: what to do, how often it continued as new, what was noted before.
struct job {
  std::vector<step> steps{};
  int round{};
  std::vector<std::string> before{};
};

enum class errand : std::uint8_t {
  signal,
  cancel,
  update,
  query,
  deploy, ///< The worker stops, and one with the second build of the program starts.
};
/// What comes from outside, at a time. `target` is a workflow id.
struct outside {
  std::int64_t at{};
  errand what{};
  std::string target{};
  int number{};
  int value{};
};

struct program {
  std::uint64_t seed{};
  std::vector<step> steps{};
  std::vector<outside> events{};
};

inline constexpr char const* root_id = "p";
inline constexpr int signal_kinds = 3; ///< Those that steps receive.
inline constexpr int set_signal = 3;   ///< The one that has a handler.
/// What handlers do with the value that a message carries.
[[nodiscard]] constexpr auto is_refused(int value) -> bool { return value % 5 == 4; }
[[nodiscard]] constexpr auto is_fatal(int value) -> bool { return value % 7 == 3; }
[[nodiscard]] constexpr auto waits(int value) -> bool { return value % 3 != 1; }
[[nodiscard]] constexpr auto weight(int value) -> int { return value % 4; }
[[nodiscard]] constexpr auto wait_of(int value) -> std::int64_t {
  return (1 + value % 40) * std::int64_t{1'000'003};
}
/// After this time whoever still runs is asked to stop, and after this time again, terminated.
inline constexpr std::int64_t patience = 3'600'000'000'000;

[[nodiscard]] inline auto count_steps(std::vector<step> const& steps) -> std::size_t {
  std::size_t all = steps.size();
  for (step const& each : steps) all += count_steps(each.parts);
  return all;
}

/// Whether a step of that kind is anywhere in there.
[[nodiscard]] inline auto has(kind what, std::vector<step> const& steps) -> bool {
  for (step const& each : steps)
    if (each.what == what || has(what, each.parts)) return true;
  return false;
}
/// Whether the program begins with its first build.
[[nodiscard]] inline auto is_deployed_over(program const& p) -> bool {
  for (outside const& each : p.events)
    if (each.what == errand::deploy) return true;
  return false;
}

/// The id that a run gives its child.
[[nodiscard]] inline auto child_id(std::string const& parent, step const& child) -> std::string {
  return parent + "/" + std::to_string(child.id);
}
/// Who is meant, seen from the run `self` with that parent (empty: none).
[[nodiscard]] inline auto id_of(someone target, std::string const& self, std::string const& parent)
    -> std::string {
  switch (target) {
  case someone::parent: return parent.empty() ? "nobody" : parent;
  case someone::root: return root_id;
  case someone::self: return self;
  default: return "nobody";
  }
}

/// Whether a step has the parts that its kind needs; the shrinker tries some that have not.
[[nodiscard]] inline auto well_formed(std::vector<step> const& steps, bool may_end = true) -> bool {
  auto const is_call = [](step const& s) {
    return s.what == kind::activity || s.what == kind::stuck;
  };
  for (step const& s : steps) {
    std::size_t const n = s.parts.size();
    switch (s.what) {
    case kind::again:
      if (!may_end || &s != &steps.back()) return false;
      break;
    case kind::scope:
    case kind::shield:
    case kind::outcome:
    case kind::limited:
      if (n != 1) return false;
      break;
    case kind::self_cancel:
      if (n != 3) return false;
      break;
    case kind::handle:
      if (n < 1 || !(is_call(s.parts[0]) || s.parts[0].what == kind::timer ||
                     s.parts[0].what == kind::child))
        return false;
      break;
    case kind::together:
      if (n < 1) return false;
      if (s.form == operands::mixed &&
          !(n == 3 && is_call(s.parts[0]) && s.parts[1].what == kind::timer))
        return false;
      for (step const& part : s.parts) {
        if ((s.form == operands::lazy || s.form == operands::handles) && !is_call(part))
          return false;
        if (s.form == operands::children && part.what != kind::child) return false;
      }
      break;
    default: break;
    }
    if (!well_formed(s.parts, s.what == kind::child)) return false;
  }
  return true;
}

namespace detail {

inline void print(std::string& out, step const& s) {
  static constexpr char const* kinds[] = {
      "activity",    "stuck",  "timer",   "child", "receive",  "tell",     "stop",
      "effect",      "facts",  "fail",    "again", "sequence", "together", "scope",
      "self_cancel", "shield", "outcome", "put",   "listen",   "hold",     "finish",
      "limited",     "local",  "change",  "handle"};

  static constexpr char const* joins[] = {"all", "all_or_cancel", "settled", "any", "race"};
  static constexpr char const* forms[] = {"coroutines", "lazy", "handles", "children", "mixed"};
  static constexpr char const* ends[] = {"await", "cancel_and_await", "drop"};
  static constexpr char const* targets[] = {"parent", "root", "self", "nobody"};
  out += kinds[static_cast<std::size_t>(s.what)];
  out += "#" + std::to_string(s.id);
  std::string facts;
  auto const fact = [&](char const* name, auto value) {
    ((facts += facts.empty() ? "" : " ") += name) += "=" + std::to_string(value);
  };
  if (s.delay != 0) fact("delay", s.delay);
  if (s.limit != 0) fact("limit", s.limit);
  if (s.failures != 0) fact("failures", s.failures);
  if (s.attempts != 1) fact("attempts", s.attempts);
  if (s.number != 0) fact("number", s.number);
  if (s.on_cancel != 0) fact("on_cancel", s.on_cancel);
  if (s.on_close != 0) fact("on_close", s.on_close);
  if (s.hard) fact("hard", 1);
  if (s.what == kind::together)
    ((facts += std::string{joins[static_cast<std::size_t>(s.join)]}) += " of ") +=
        forms[static_cast<std::size_t>(s.form)];
  if (s.what == kind::handle)
    facts += std::string{" then "} + ends[static_cast<std::size_t>(s.end)];
  if (s.what == kind::tell || s.what == kind::stop)
    facts += std::string{" to "} + targets[static_cast<std::size_t>(s.target)];
  if (!facts.empty()) out += "(" + facts + ")";
  if (s.parts.empty()) return;
  out += "{";
  for (step const& part : s.parts) {
    if (&part != &s.parts.front()) out += "; ";
    print(out, part);
  }
  out += "}";
}

} // namespace detail

[[nodiscard]] inline auto to_text(program const& p) -> std::string {
  std::string out = "seed " + std::to_string(p.seed) + ": ";
  for (step const& each : p.steps) {
    if (&each != &p.steps.front()) out += "; ";
    detail::print(out, each);
  }
  for (outside const& e : p.events) {
    static constexpr char const* errands[] = {"signal", "cancel", "update", "query", "deploy"};
    out += "\n  at " + std::to_string(e.at) + " " + errands[static_cast<std::size_t>(e.what)] +
           " " + std::to_string(e.number) + " to " + e.target + ", value " +
           std::to_string(e.value);
  }
  return out;
}

} // namespace generated
