// Small durable programs, made from a seed: what workflows do, what clients do to them, and what
// must come out whatever happens on the way.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "subject.hpp"

namespace reliability {

enum class step_kind : unsigned char {
  activity,
  retried,    ///< An activity that fails `count` times first.
  parallel,   ///< `count` activities at once.
  children,   ///< `count` child workflows at once.
  sleep,      ///< `value` milliseconds.
  signals,    ///< Receives `count` signals.
  local,      ///< A side effect.
  start_anew, ///< Continues as new.
};

struct step {
  step_kind what{};
  int count{1};
  int value{0};
};

enum class ending : unsigned char {
  returns,
  fails,
  is_cancelled, ///< Waits until a client cancels it.
  cleans_up,    ///< The same, and then runs an activity and returns.
};

/// What one workflow is to do. Passed on when it continues as new.
struct job {
  std::string name{}; ///< Its workflow id.
  std::vector<step> steps{};
  ending last{};
  std::int64_t so_far{1}; ///< The value it has computed.
  int next{0};            ///< The step that it goes on with.
};

/// One value out of two; not commutative, so that order matters.
constexpr auto mix(std::int64_t a, std::int64_t b) -> std::int64_t {
  return (a * 1'000'003 + b * 7 + 1) % 1'000'000'007;
}
constexpr auto activity_value(std::int64_t given) -> std::int64_t { return mix(given, 41); }
constexpr auto local_value(std::int64_t given) -> std::int64_t { return mix(given, 43); }
constexpr std::int64_t cancelled_value = 99;

/// The n-th child of a step: one or two steps of its own.
inline auto child_job(job const& parent, int at, int n) -> job {
  step const& s = parent.steps[static_cast<std::size_t>(at)];
  job child{};
  child.name = parent.name + "/" + std::to_string(at) + "." + std::to_string(n);
  child.steps.push_back({step_kind::activity, 1, s.value + n});
  if ((s.value + n) % 3 == 0) child.steps.push_back({step_kind::sleep, 1, 1});
  if ((s.value + n) % 4 == 0) child.steps.push_back({step_kind::retried, 1, s.value});
  return child;
}

/// The value that a job has after its steps, computed without any workflow.
inline auto expected_value(job const& j) -> std::int64_t {
  std::int64_t v = j.so_far;
  for (int at = 0; at < static_cast<int>(j.steps.size()); ++at) {
    step const& s = j.steps[static_cast<std::size_t>(at)];
    switch (s.what) {
    case step_kind::activity:
    case step_kind::retried: v = mix(v, activity_value(s.value)); break;
    case step_kind::parallel:
      for (int n = 0; n < s.count; ++n) v = mix(v, activity_value(s.value + n));
      break;
    case step_kind::children:
      for (int n = 0; n < s.count; ++n) v = mix(v, expected_value(child_job(j, at, n)));
      break;
    case step_kind::sleep: v = mix(v, 2); break;
    case step_kind::signals:
      for (int n = 0; n < s.count; ++n) v = mix(v, s.value + n);
      break;
    case step_kind::local: v = mix(v, local_value(s.value)); break;
    case step_kind::start_anew: v = mix(v, 3); break;
    }
  }
  return v;
}
/// What a client must learn of a job's end.
inline auto expected_end(job const& j) -> std::string {
  std::int64_t const v = expected_value(j);
  switch (j.last) {
  case ending::fails: return "failed: value " + std::to_string(v);
  case ending::is_cancelled: return "cancelled";
  case ending::cleans_up: return "=" + std::to_string(mix(v, activity_value(cancelled_value)));
  default: return "=" + std::to_string(v);
  }
}

/// What the client does, in order.
struct client_step {
  enum class kind : unsigned char { start, signal, cancel, settle, result };
  kind what{};
  std::size_t which{}; ///< Of the jobs.
  int value{};         ///< Of a signal.
};

struct program {
  std::vector<job> jobs{};
  std::vector<client_step> script{};
};

namespace program_parts {

inline auto random_step(dice& roll, int& signals) -> step {
  int const value = roll.between(1, 1000);
  switch (roll.between(0, 9)) {
  case 0: return {step_kind::retried, roll.between(1, 2), value};
  case 1: return {step_kind::parallel, roll.between(2, 4), value};
  case 2: return {step_kind::children, roll.between(1, 3), value};
  case 3: return {step_kind::sleep, 1, roll.between(1, 4)};
  case 4: {
    // Values rise over the whole run, so that each is told from the others.
    int const count = roll.between(1, 3);
    step const s{step_kind::signals, count, signals};
    signals += count;
    return s;
  }
  case 5: return {step_kind::local, 1, value};
  case 6: return {step_kind::start_anew, 1, 0};
  default: return {step_kind::activity, 1, value};
  }
}

} // namespace program_parts

inline auto make_program(std::uint64_t seed) -> program {
  dice roll{seed};
  program made{};
  std::vector<std::vector<client_step>> streams;
  int const jobs = (roll.between(1, 4) + 2) / 3; // mostly one
  for (int i = 0; i < jobs; ++i) {
    auto const which = static_cast<std::size_t>(i);
    job j{};
    j.name = "w" + std::to_string(i);
    int signals = 0;
    for (int n = roll.between(1, jobs == 1 ? 4 : 2); n > 0; --n)
      j.steps.push_back(program_parts::random_step(roll, signals));
    int const last = roll.between(0, 9);
    j.last = last == 0   ? ending::fails
             : last == 1 ? ending::is_cancelled
             : last == 2 ? ending::cleans_up
                         : ending::returns;
    // What is sent to a run before it continues as new would be lost with it if it were not
    // received: signals come first.
    std::vector<step> in_order;
    for (step const& s : j.steps)
      if (s.what == step_kind::signals) in_order.push_back(s);
    for (step const& s : j.steps)
      if (s.what != step_kind::signals) in_order.push_back(s);
    bool const anew = !signals || roll.between(0, 1) == 0;
    if (anew)
      j.steps = in_order;
    else
      std::erase_if(j.steps, [](step const& s) { return s.what == step_kind::start_anew; });
    std::vector<client_step> stream{{client_step::kind::start, which, 0}};
    for (int n = 0; n < signals; ++n) stream.push_back({client_step::kind::signal, which, n});
    if (j.last == ending::is_cancelled || j.last == ending::cleans_up)
      stream.push_back({client_step::kind::cancel, which, 0});
    stream.push_back({client_step::kind::result, which, 0});
    streams.push_back(std::move(stream));
    made.jobs.push_back(std::move(j));
  }
  // The client's steps for each job stay in their order; those of different jobs are mixed.
  for (std::vector<std::size_t> at(streams.size(), 0);;) {
    std::vector<std::size_t> left;
    for (std::size_t i = 0; i < streams.size(); ++i)
      if (at[i] < streams[i].size()) left.push_back(i);
    if (left.empty()) break;
    std::size_t const i = left[roll.next() % left.size()];
    made.script.push_back(streams[i][at[i]++]);
    if (roll.between(0, 2) == 0) made.script.push_back({client_step::kind::settle, i, 0});
  }
  return made;
}

} // namespace reliability
