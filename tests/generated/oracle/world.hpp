// The oracle's time: what is ready, what is due later, and all runs.
#pragma once

#include <algorithm>
#include <map>

#include "generated/oracle/conditions.hpp"

namespace oracle {

class run;
/// An update, as its sender sees it.
struct update {
  int value{};
  std::string fate{"admitted"};
};
using update_ptr = std::shared_ptr<update>;
/// A handler at work.
struct handling {
  line own{};
  update_ptr of{}; ///< Null for a signal.
  co code{};
};
/// Time, what is ready, and all runs. What is ready at one time has no order that is promised:
/// `order` 0 takes the one of the engine (what a step has caused comes first), odd ones stray from
/// it now and then, others draw one.
class world {
public:
  explicit world(std::uint64_t order)
      : random_{order}, drawn_{order != 0}, mostly_first_{order % 2 == 1} {}
  std::int64_t now{0};
  std::vector<std::unique_ptr<run>> runs{};
  std::map<std::string, run*> current{};
  std::function<co(run&)> code{};                    ///< What a run does.
  std::function<co(run&, handling&, int)> handler{}; ///< What it does with a message.
  int build{2};                                      ///< Of the program.

  void at(std::int64_t when, std::function<void()> what) {
    timers_.emplace(std::pair{when, ++set_}, std::move(what));
  }
  void make_ready(std::function<void()> what, bool at_once) {
    if (at_once)
      ready_.push_front(std::move(what));
    else
      ready_.push_back(std::move(what));
  }
  /// After the step that is being done.
  void then(std::function<void()> effect) { effects_.push_back(std::move(effect)); }
  void settle() {
    while (!effects_.empty()) {
      auto const effect = std::move(effects_.front());
      effects_.pop_front();
      effect();
    }
  }
  /// Lets everything happen that is due until `end`.
  void advance(std::int64_t end) {
    while (true) {
      while (!ready_.empty()) take_one();
      if (timers_.empty() || timers_.begin()->first.first > end) break;
      now = std::max(now, timers_.begin()->first.first);
      std::vector<std::function<void()>> due;
      for (; !timers_.empty() && timers_.begin()->first.first <= now;
           timers_.erase(timers_.begin()))
        due.push_back(std::move(timers_.begin()->second));
      if (drawn_ && !mostly_first_)
        for (std::size_t i = due.size(); i > 1; --i) std::swap(due[i - 1], due[draw(i)]);
      for (auto const& each : due) {
        each();
        settle();
      }
    }
    now = std::max(now, end);
  }

private:
  void take_one() {
    bool const first = !drawn_ || (mostly_first_ && draw(4) != 0);
    std::size_t const i = first ? 0 : draw(ready_.size());
    auto const what = std::move(ready_[i]);
    ready_.erase(ready_.begin() + static_cast<std::ptrdiff_t>(i));
    what();
    settle();
  }
  auto draw(std::size_t bound) -> std::size_t {
    random_ = random_ * 6'364'136'223'846'793'005U + 1'442'695'040'888'963'407U;
    return static_cast<std::size_t>((random_ >> 33U) % bound);
  }
  std::uint64_t random_;
  bool drawn_;
  bool mostly_first_;
  std::uint64_t set_{0};
  std::deque<std::function<void()>> ready_{};
  std::deque<std::function<void()>> effects_{};
  std::map<std::pair<std::int64_t, std::uint64_t>, std::function<void()>> timers_{};
};

} // namespace oracle
