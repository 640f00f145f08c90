// Runs that could not be read.
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <utility>

#include "perdure/history/task.hpp"
#include "perdure/log.hpp"

namespace perdure::inline v0::sqlite {

/// Damaged runs, with what was found: they take part in nothing any more, and are left as they are.
/// Few, so that looking one up is linear.
class damage_list {
public:
  using entries = std::deque<std::pair<run_number, std::string>>;

  void add(run_number run, std::string why, std::string const& file) {
    if (find(run) != nullptr) return;
    log().error("a run is damaged: it is left as it is",
                {{"file", file}, {"run", run}, {"reason", why}});
    entries_.emplace_back(run, std::move(why));
    met_ = &entries_.back().second;
  }
  /// What is wrong with a run; null if nothing is known to be.
  [[nodiscard]] auto find(run_number run) noexcept -> std::string const* {
    for (auto const& [number, why] : entries_)
      if (number == run) return met_ = &why;
    return nullptr;
  }
  /// What is wrong with a run that was looked for since this was called last; null if none was.
  [[nodiscard]] auto take_met() noexcept -> std::string const* {
    return std::exchange(met_, nullptr);
  }
  [[nodiscard]] auto all() const noexcept -> entries const& { return entries_; }

private:
  entries entries_;
  std::string const* met_{nullptr};
};

} // namespace perdure::inline v0::sqlite
