// Which schedules are run, and how one that fails is made small.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "perdure/testing/explorer_world.hpp"
#include "perdure/workflow/random.hpp"

namespace perdure::inline v0 {

/// What an exploration found.
struct exploration {
  std::size_t schedules{0}; ///< That were run, without those that made a failing one smaller.
  std::size_t distinct{0};  ///< Of these, those in which something else happened.
  std::size_t random{0};    ///< Of these, the random ones.
  bool exhausted{false};    ///< All schedules of up to `max_deviations` deviations were run.
  std::uint32_t max_deviations{0};
  std::uint64_t seed{0};                      ///< Of the random ones.
  std::optional<explored_schedule> failure{}; ///< The first that failed, as small as it got.
  std::string workflow{};                     ///< The name of what was explored.
  std::string arguments{}; ///< Of its call, as C++ where that is simple, else as JSON.

  [[nodiscard]] auto ok() const noexcept -> bool { return !failure; }
  /// A sentence or two, and for a failure the C++ text of a test that shows it again.
  [[nodiscard]] auto text() const -> std::string {
    std::string all = workflow + ": " + std::to_string(schedules) + " schedules (" +
                      std::to_string(distinct) + " distinct, " + std::to_string(random) +
                      " random of seed " + std::to_string(seed) + "); " +
                      (exhausted ? "all" : "not all") + " of up to " +
                      std::to_string(max_deviations) + " deviations";
    return failure ? all + "\n" + test() : all + "; nothing found";
  }
  /// C++ for a test: `auto const again = my_explorer.replay_schedule<w>("...", arguments)`. Empty
  /// if nothing was found.
  [[nodiscard]] auto test() const -> std::string {
    if (!failure) return {};
    std::string problem;
    for (char const c : failure->problem)
      problem += c == '\n' ? std::string{"\n// "} : std::string{c};
    return "// " + problem + "\nauto const again = my_explorer.replay_schedule<" + workflow +
           ">(\n    \"" + failure->schedule + "\"" + (arguments.empty() ? "" : ", ") + arguments +
           ");\nassert(again.ok());\n";
  }
};

namespace detail {

/// Where a schedule leaves the usual course, in the order of the steps.
struct explorer_deviation {
  std::size_t step{};
  explorer_move move{};
};
using explorer_plan = std::vector<explorer_deviation>;

/// Does what a plan says, where that is possible.
class planned_chooser final : public explorer_chooser {
public:
  explicit planned_chooser(explorer_plan const& plan) noexcept : plan_{&plan} {}
  [[nodiscard]] auto choose(std::size_t step, explorer_move const* moves, std::size_t count)
      -> std::size_t override {
    for (explorer_deviation const& each : *plan_)
      if (each.step == step) return find_move(each.move, moves, count).value_or(0);
    return 0;
  }

private:
  explorer_plan const* plan_;
};

/// Does exactly what a text says, and then the usual.
class exact_chooser final : public explorer_chooser {
public:
  explicit exact_chooser(std::vector<explorer_move> moves) noexcept : moves_{std::move(moves)} {}
  [[nodiscard]] auto choose(std::size_t step, explorer_move const* moves, std::size_t count)
      -> std::size_t override {
    done = step + 1;
    if (step >= moves_.size() || !unfit.empty()) return 0;
    if (auto const found = find_move(moves_[step], moves, count)) return *found;
    unfit = "move " + std::to_string(step + 1) + ", '" + text_of(moves_[step]) +
            "', is not possible; these are:";
    for (std::size_t i = 0; i < count; ++i) unfit += (i == 0 ? " " : ", ") + text_of(moves[i]);
    return 0;
  }
  [[nodiscard]] auto asked() const noexcept -> std::size_t { return moves_.size(); }
  std::string unfit{};
  std::size_t done{0};

private:
  std::vector<explorer_move> moves_;
};

/// Leaves the usual course at one step in 2, 4, ..., 64: often in some schedules, late in others.
class random_chooser final : public explorer_chooser {
public:
  explicit random_chooser(std::uint64_t seed) noexcept
      : stream_{seed}, rarity_{std::uint64_t{2} << (stream_() % 6U)} {}
  [[nodiscard]] auto choose(std::size_t, explorer_move const*, std::size_t count)
      -> std::size_t override {
    return stream_.below(rarity_) != 0 ? 0 : static_cast<std::size_t>(stream_.below(count));
  }

private:
  random_stream stream_;
  std::uint64_t rarity_;
};

class explorer_search {
public:
  explorer_search(explorer_program& program, explorer_target target)
      : program_{&program}, target_{std::move(target)} {}

  [[nodiscard]] auto search() -> exploration {
    explorer_quiet const quiet;
    found_.seed = program_->options.seed;
    found_.max_deviations = program_->options.max_deviations;
    enumerate();
    if (!found_.failure && !found_.exhausted) try_random();
    found_.distinct = seen_.size();
    return std::move(found_);
  }
  /// Runs the schedule that a text describes. \throws error (invalid_argument) if it is none
  [[nodiscard]] auto replay(std::string_view text) -> explored_schedule {
    exact_chooser chooser{parse_schedule(text)};
    explorer_quiet const quiet;
    explored_schedule result{};
    explorer_trace trace{};
    // Where memory lies may matter to what is wrong: it is tried more than once.
    for (std::uint64_t turn = 1; turn <= 5 && result.ok(); ++turn) {
      exact_chooser each = chooser;
      result = run(each, trace, turn);
      if (result.ok() && each.done < each.asked())
        each.unfit = "the run ended after " + std::to_string(each.done) + " moves";
      if (each.unfit.empty()) continue;
      result.fault = exploration_fault::unfit_schedule;
      result.problem = "the schedule does not fit the code: " + each.unfit;
    }
    return result;
  }

private:
  auto run(explorer_chooser& chooser, explorer_trace& trace, std::uint64_t memory)
      -> explored_schedule {
    explorer_world world{*program_, target_};
    world.memory = random_stream{memory};
    world.run(chooser);
    auto result = world.take_result();
    trace = std::move(world.trace);
    return result;
  }
  /// Runs one that counts. True if it failed.
  auto try_one(explorer_chooser& chooser, explorer_trace& trace) -> bool {
    auto result = run(chooser, trace, ++found_.schedules);
    seen_.insert(trace.hash());
    if (result.ok()) return false;
    found_.failure = shrink(std::move(result), trace);
    return true;
  }

  /// All schedules with one deviation, then with two, ...: each plan is made from one that was run,
  /// by one more deviation after its last.
  void enumerate() {
    std::deque<explorer_plan> plans{{}};
    bool all = true;
    explorer_trace trace{};
    while (!plans.empty()) {
      if (found_.schedules >= program_->options.max_schedules) return;
      explorer_plan const plan = std::move(plans.front());
      plans.pop_front();
      planned_chooser chooser{plan};
      if (try_one(chooser, trace)) return;
      if (plan.size() == program_->options.max_deviations) continue;
      for (std::size_t step = plan.empty() ? 0 : plan.back().step + 1; step < trace.steps.size();
           ++step)
        for (std::uint32_t other = 1; other < trace.steps[step].count; ++other) {
          if (found_.schedules + plans.size() >= program_->options.max_schedules) {
            all = false;
            break;
          }
          plans.push_back(plan);
          plans.back().push_back({step, trace.moves[trace.steps[step].first + other]});
        }
    }
    found_.exhausted = all;
  }
  void try_random() {
    random_stream seeds{program_->options.seed};
    explorer_trace trace{};
    for (std::size_t i = 0; i < program_->options.random_schedules; ++i) {
      random_chooser chooser{seeds()};
      ++found_.random;
      if (try_one(chooser, trace)) return;
    }
  }

  [[nodiscard]] static auto plan_of(explorer_trace const& trace) -> explorer_plan {
    explorer_plan plan;
    for (std::size_t i = 0; i < trace.steps.size(); ++i)
      if (trace.deviates(i)) plan.push_back({i, trace.steps[i].taken});
    return plan;
  }
  /// Leaves out deviations, one at a time, for as long as it fails in the same way. What comes
  /// after one that was left out may come some steps earlier, for it had steps of its own. What
  /// random schedules found may also be found with one deviation.
  [[nodiscard]] auto shrink(explored_schedule worst, explorer_trace const& of)
      -> explored_schedule {
    explorer_plan plan = plan_of(of);
    std::size_t budget = 1'000;
    for (bool smaller = true; smaller;) {
      smaller = false;
      for (std::size_t out = 0; out < plan.size() && !smaller; ++out)
        for (std::size_t earlier = 0; earlier < 5 && !smaller; ++earlier) {
          if (out + 1 < plan.size() && plan[out + 1].step < earlier) break;
          explorer_plan less;
          for (std::size_t i = 0; i < plan.size(); ++i)
            if (i != out) less.push_back({plan[i].step - (i > out ? earlier : 0), plan[i].move});
          smaller = is_smaller(less, worst, plan, budget);
          if (out + 1 == plan.size()) break;
        }
    }
    if (worst.deviations > 1) try_single(worst, plan, budget);
    return worst;
  }
  /// Runs a plan; takes it for the worst if it fails like that with fewer deviations.
  auto is_smaller(explorer_plan const& less, explored_schedule& worst, explorer_plan& plan,
                  std::size_t& budget) -> bool {
    if (budget == 0) return false;
    planned_chooser chooser{less};
    explorer_trace trace{};
    auto result = run(chooser, trace, budget--);
    if (result.fault != worst.fault || result.deviations >= worst.deviations) return false;
    worst = std::move(result);
    plan = plan_of(trace);
    return true;
  }
  void try_single(explored_schedule& worst, explorer_plan& plan, std::size_t& budget) {
    planned_chooser usual{no_deviation_};
    explorer_trace trace{};
    (void)run(usual, trace, budget);
    for (std::size_t step = 0; step < trace.steps.size(); ++step)
      for (std::uint32_t other = 1; other < trace.steps[step].count; ++other)
        if (is_smaller({{step, trace.moves[trace.steps[step].first + other]}}, worst, plan, budget))
          return;
  }

  explorer_plan no_deviation_{};
  explorer_program* program_;
  explorer_target target_;
  exploration found_{};
  std::unordered_set<std::uint64_t> seen_{};
};

} // namespace detail
} // namespace perdure::inline v0
