// Draws programs: many small ones, few large ones, the same for the same seed everywhere.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

#include "generated/program.hpp"

namespace generated {

/// SplitMix64: <random>'s distributions differ between standard libraries.
class dice {
public:
  explicit dice(std::uint64_t seed) : state_{seed} {}
  auto draw() -> std::uint64_t {
    std::uint64_t z = (state_ += 0x9e37'79b9'7f4a'7c15U);
    z = (z ^ (z >> 30U)) * 0xbf58'476d'1ce4'e5b9U;
    z = (z ^ (z >> 27U)) * 0x94d0'49bb'1331'11ebU;
    return z ^ (z >> 31U);
  }
  auto below(int bound) -> int {
    return static_cast<int>(draw() % static_cast<std::uint64_t>(bound));
  }
  auto chance(int percent) -> bool { return below(100) < percent; }

private:
  std::uint64_t state_;
};

class generator {
public:
  explicit generator(std::uint64_t seed) : seed_{seed}, dice_{seed} {}

  [[nodiscard]] auto make() -> program {
    int const size = dice_.below(100);
    left_ = size < 50   ? 2 + dice_.below(6)
            : size < 80 ? 8 + dice_.below(12)
            : size < 95 ? 20 + dice_.below(20)
                        : 40 + dice_.below(20);
    program made{seed_, {}, {}};
    if (dice_.chance(55)) made.steps.push_back(fresh(kind::listen));
    while (left_ > 0 && made.steps.size() < 8) made.steps.push_back(top_step());
    if (dice_.chance(15)) made.steps.push_back(again());
    add_events(made);
    return made;
  }

private:
  auto fresh(kind what) -> step {
    --left_;
    step s{};
    s.what = what;
    s.id = ++last_id_;
    return s;
  }
  /// Mostly a time that no other step has; sometimes one that many have.
  auto delay() -> std::int64_t {
    if (dice_.chance(10)) return (1 + dice_.below(3)) * std::int64_t{10'000'000};
    return (1 + dice_.below(60)) * std::int64_t{1'000'000} + dice_.below(1'000'000);
  }
  auto again() -> step {
    step s = fresh(kind::again);
    s.number = 1 + dice_.below(2);
    return s;
  }

  /// A step that may fail without ending the run.
  auto top_step() -> step {
    if (dice_.chance(50)) return any_step(0, 0);
    step s = fresh(kind::outcome);
    s.parts = {any_step(1, 0)};
    return s;
  }

  auto call() -> step {
    step s = fresh(dice_.chance(12) ? kind::stuck : kind::activity);
    s.delay = delay();
    s.on_cancel = dice_.below(3);
    s.number = dice_.chance(25) ? 1 : 0;
    if (dice_.chance(15)) s.limit = delay() * 2;
    if (s.what == kind::stuck) {
      s.attempts = 1 + dice_.below(2);
    } else if (dice_.chance(60)) {
      s.failures = 1 + dice_.below(3);
      s.attempts = dice_.chance(80) ? s.failures + 1 : s.failures;
      s.hard = dice_.chance(8);
    }
    return s;
  }
  auto timer() -> step {
    step s = fresh(kind::timer);
    s.delay = dice_.chance(4) ? 0 : delay();
    return s;
  }
  auto child(int depth, int generation) -> step {
    step s = fresh(kind::child);
    s.delay = delay();
    s.on_cancel = dice_.below(3);
    s.on_close = dice_.below(4);
    if (dice_.chance(12)) s.limit = delay() * 2;
    if (dice_.chance(25)) s.attempts = 2 + dice_.below(2);
    if (dice_.chance(60)) s.parts.push_back(timer());
    if (dice_.chance(25)) s.parts.push_back(fresh(kind::listen));
    for (int n = 1 + dice_.below(3); n > 0; --n)
      s.parts.push_back(any_step(depth + 1, generation + 1));
    if (dice_.chance(10)) s.parts.push_back(again());
    return s;
  }
  /// A step that waits for a signal, but seldom for ever.
  auto receive() -> step {
    step s = fresh(kind::receive);
    s.number = dice_.below(signal_kinds);
    if (dice_.chance(25)) return s;
    step both = fresh(kind::together);
    both.join = dice_.chance(50) ? joining::any : joining::race;
    both.parts = {s, timer()};
    return both;
  }

  auto local() -> step {
    step s = fresh(kind::local);
    s.delay = delay();
    s.on_cancel = dice_.chance(50) ? 2 : 0;
    if (dice_.chance(50)) return s;
    s.failures = 1 + dice_.below(3);
    s.attempts = dice_.chance(80) ? s.failures + 1 : s.failures;
    s.hard = dice_.chance(8);
    return s;
  }
  auto change() -> step {
    step s = fresh(kind::change);
    s.delay = delay();
    return s;
  }
  /// A step that changes the run's state, or waits for a change.
  auto state_step() -> step {
    int const which = dice_.below(10);
    if (which < 1) return fresh(kind::listen);
    if (which < 3) return fresh(kind::finish);
    step s = fresh(which < 6 ? kind::put : kind::hold);
    s.number = 1 + dice_.below(4);
    if (s.what == kind::hold && dice_.chance(80)) s.limit = delay();
    return s;
  }

  auto leaf(int depth, int generation) -> step {
    int const which = dice_.below(100);
    if (which < 38) return call();
    if (which < 58) return timer();
    if (which < 68 && generation < 2 && depth < 5) return child(depth, generation);
    if (which < 76) return receive();
    if (which < 81 || (which < 84 && generation > 0)) {
      step s = fresh(which < 81 ? kind::tell : kind::stop);
      s.number = dice_.below(signal_kinds + 1);
      s.target = static_cast<someone>(dice_.below(4));
      return s;
    }
    if (which < 86) return dice_.chance(50) ? local() : fresh(kind::effect);
    if (which < 91) return state_step();
    if (which < 93) return change();
    if (which < 96) return fresh(kind::facts);
    step s = fresh(kind::fail);
    s.hard = dice_.chance(30);
    return s;
  }

  auto any_step(int depth, int generation) -> step {
    if (depth >= 4 || left_ < 3 || dice_.chance(45)) return leaf(depth, generation);
    switch (dice_.below(10)) {
    case 9: {
      step s = with_parts(kind::limited, 1, depth, generation);
      s.delay = delay();
      return s;
    }
    case 0: return with_parts(kind::sequence, 2 + dice_.below(3), depth, generation);
    case 1: {
      step s = with_parts(kind::scope, 1, depth, generation);
      s.delay = delay();
      return s;
    }
    case 2: return with_parts(kind::self_cancel, 3, depth, generation);
    case 3: return with_parts(kind::shield, 1, depth, generation);
    case 4: return with_parts(kind::outcome, 1, depth, generation);
    case 5: return handle(depth, generation);
    default: return together(depth, generation);
    }
  }
  auto with_parts(kind what, int n, int depth, int generation) -> step {
    step s = fresh(what);
    for (; n > 0; --n) s.parts.push_back(any_step(depth + 1, generation));
    return s;
  }
  auto handle(int depth, int generation) -> step {
    step s = fresh(kind::handle);
    s.end = static_cast<ending>(dice_.below(3));
    s.number = dice_.below(4);
    int const which = dice_.below(3);
    s.parts.push_back(which == 0                      ? call()
                      : which == 1 || generation >= 2 ? timer()
                                                      : child(depth, generation));
    for (int n = dice_.below(3); n > 0; --n) s.parts.push_back(any_step(depth + 1, generation));
    return s;
  }
  auto together(int depth, int generation) -> step {
    step s = fresh(kind::together);
    s.join = static_cast<joining>(dice_.below(5));
    s.form = static_cast<operands>(dice_.below(5));
    if (s.form == operands::children && generation >= 2) s.form = operands::coroutines;
    if (s.form == operands::mixed) {
      s.parts = {call(), timer()};
      s.parts.push_back(any_step(depth + 1, generation));
      return s;
    }
    for (int n = 1 + dice_.below(4); n > 0; --n) {
      if (s.form == operands::coroutines)
        s.parts.push_back(any_step(depth + 1, generation));
      else if (s.form == operands::children)
        s.parts.push_back(child(depth, generation));
      else
        s.parts.push_back(call());
    }
    return s;
  }

  static void children_of(std::vector<step> const& steps, std::string const& parent,
                          std::vector<std::string>& ids) {
    for (step const& each : steps) {
      bool const is_child = each.what == kind::child;
      if (is_child) ids.push_back(child_id(parent, each));
      children_of(each.parts, is_child ? child_id(parent, each) : parent, ids);
    }
  }
  void add_events(program& made) {
    std::vector<std::string> ids{root_id, root_id};
    children_of(made.steps, root_id, ids);
    for (int n = dice_.below(8); n > 0; --n) {
      outside e{};
      e.at = dice_.below(300) * std::int64_t{1'000'000} + dice_.below(1'000'000);
      int const which = dice_.below(100);
      e.what = which < 14   ? errand::cancel
               : which < 40 ? errand::update
               : which < 55 ? errand::query
                            : errand::signal;
      e.target = ids[static_cast<std::size_t>(dice_.below(static_cast<int>(ids.size())))];
      e.number = dice_.below(signal_kinds + 1);
      e.value = 1000 + n + 10 * dice_.below(100);
      made.events.push_back(e);
    }
    if (has(kind::change, made.steps) && !has(kind::stuck, made.steps)) {
      outside deploy{};
      deploy.what = errand::deploy;
      deploy.at = dice_.below(150) * std::int64_t{1'000'000} + dice_.below(1'000'000);
      deploy.target = root_id;
      made.events.push_back(deploy);
    }
    // Not std::stable_sort: libstdc++ 12 uses something deprecated in it.
    std::sort(made.events.begin(), made.events.end(), [](outside const& a, outside const& b) {
      return std::pair{a.at, a.value} < std::pair{b.at, b.value};
    });
  }

  std::uint64_t seed_;
  dice dice_;
  int left_{0};
  int last_id_{0};
};

} // namespace generated
