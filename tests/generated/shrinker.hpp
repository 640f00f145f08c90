// Makes a failing program smaller for as long as it still fails.
#pragma once

#include <functional>
#include <utility>
#include <vector>

#include "generated/program.hpp"

namespace generated {

/// Tries to remove steps and events, to put a part in the place of the step that holds it, and to
/// make steps plainer, until nothing of that leaves a failing program. `fails` is called `tries`
/// times at most.
class shrinker {
public:
  shrinker(std::function<bool(program const&)> fails, int tries)
      : fails_{std::move(fails)}, tries_{tries} {}

  [[nodiscard]] auto shrink(program from) -> program {
    best_ = std::move(from);
    while (tries_ > 0 && once()) {
    }
    return best_;
  }

private:
  auto once() -> bool {
    bool better = false;
    for (std::size_t i = best_.events.size(); i-- > 0;) {
      program less = best_;
      less.events.erase(less.events.begin() + static_cast<std::ptrdiff_t>(i));
      better = keep(std::move(less)) || better;
    }
    return in_list({}) || better;
  }
  /// The list of steps at a path of indices into `best_`, in a copy.
  static auto list_at(program& p, std::vector<std::size_t> const& path) -> std::vector<step>& {
    std::vector<step>* list = &p.steps;
    for (std::size_t const i : path) list = &(*list)[i].parts;
    return *list;
  }
  auto in_list(std::vector<std::size_t> const& path) -> bool {
    bool better = false;
    for (std::size_t i = list_at(best_, path).size(); i-- > 0;) {
      if (i >= list_at(best_, path).size()) continue;
      program less = best_;
      auto& list = list_at(less, path);
      list.erase(list.begin() + static_cast<std::ptrdiff_t>(i));
      if (keep(std::move(less)) || lift(path, i) || plainer(path, i)) {
        better = true;
        continue;
      }
      auto inner = path;
      inner.push_back(i);
      better = in_list(inner) || better;
    }
    return better;
  }
  /// Puts the parts of a step in its place: all of them, or one.
  auto lift(std::vector<std::size_t> const& path, std::size_t i) -> bool {
    auto const parts = list_at(best_, path)[i].parts;
    for (std::size_t k = 0; k <= parts.size() && !parts.empty(); ++k) {
      program less = best_;
      auto& list = list_at(less, path);
      auto const at = list.erase(list.begin() + static_cast<std::ptrdiff_t>(i));
      if (k == 0)
        list.insert(at, parts.begin(), parts.end());
      else
        list.insert(at, parts[k - 1]);
      if (keep(std::move(less))) return true;
    }
    return false;
  }
  auto plainer(std::vector<std::size_t> const& path, std::size_t i) -> bool {
    static constexpr int step::* numbers[] = {&step::failures, &step::number, &step::on_cancel,
                                              &step::on_close};
    for (auto const member : numbers) {
      program less = best_;
      step& s = list_at(less, path)[i];
      if (s.*member == 0) continue;
      s.*member = 0;
      if (keep(std::move(less))) return true;
    }
    program less = best_;
    if (std::exchange(list_at(less, path)[i].limit, 0) != 0 && keep(std::move(less))) return true;
    less = best_;
    return std::exchange(list_at(less, path)[i].attempts, 1) != 1 && keep(std::move(less));
  }
  auto keep(program less) -> bool {
    if (tries_ <= 0 || less.steps.empty() || !well_formed(less.steps)) return false;
    --tries_;
    if (!fails_(less)) return false;
    best_ = std::move(less);
    return true;
  }

  std::function<bool(program const&)> fails_;
  int tries_;
  program best_{};
};

} // namespace generated
