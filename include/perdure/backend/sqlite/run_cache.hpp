// Runs in memory, by number and by workflow id, in the order of their last use.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "perdure/backend/sqlite/stored_run.hpp"

namespace perdure::inline v0::sqlite {

/// Owns the runs that are in memory; they stay where they are. Knows the current run of each
/// workflow id of which it has one. O(1) each.
class run_cache {
public:
  run_cache() { ends_.newer = ends_.older = &ends_; }
  run_cache(run_cache const&) = delete;
  auto operator=(run_cache const&) -> run_cache& = delete;

  [[nodiscard]] auto find(run_number number) noexcept -> stored_run* {
    auto const found = runs_.find(number);
    return found == runs_.end() ? nullptr : found->second.get();
  }
  /// Whether it is here, as the file has it or newer, and has not ended.
  [[nodiscard]] auto is_open(run_number number) noexcept -> bool {
    stored_run const* const known = find(number);
    return known != nullptr && !known->stale && !known->dropped && known->run.open();
  }
  [[nodiscard]] auto find_current(std::string_view workflow_id) const noexcept -> run_number {
    auto const found = current_.find(workflow_id);
    return found == current_.end() ? 0 : found->second->run.number;
  }
  auto add(std::unique_ptr<stored_run> made) -> stored_run& {
    stored_run& added = *made;
    runs_[added.run.number] = std::move(made);
    link(added);
    return added;
  }
  void set_current(stored_run& run) {
    forget_current(run); // the key is a view of the run's own text
    if (auto const other = current_.find(run.run.execution.workflow_id.view());
        other != current_.end())
      current_.erase(other);
    current_.emplace(run.run.execution.workflow_id.view(), &run);
  }
  void forget_current(stored_run& run) noexcept {
    auto const found = current_.find(run.run.execution.workflow_id.view());
    if (found != current_.end() && found->second == &run) current_.erase(found);
  }
  /// The run was used just now.
  void refresh(stored_run& run) noexcept {
    unlink(run);
    link(run);
  }
  void drop(stored_run& run) noexcept {
    forget_current(run);
    unlink(run);
    runs_.erase(run.run.number);
  }
  /// The run whose last use is longest ago. \pre there is one
  [[nodiscard]] auto oldest() noexcept -> stored_run& { return *ends_.newer; }
  [[nodiscard]] auto size() const noexcept -> std::size_t { return runs_.size(); }
  template <class F>
  void for_each(F&& f) {
    for (auto& [number, run] : runs_) f(*run);
  }

private:
  void link(stored_run& run) noexcept {
    run.older = ends_.older;
    run.newer = &ends_;
    ends_.older->newer = &run;
    ends_.older = &run;
  }
  static void unlink(stored_run& run) noexcept {
    run.older->newer = run.newer;
    run.newer->older = run.older;
  }

  std::unordered_map<run_number, std::unique_ptr<stored_run>> runs_;
  std::unordered_map<std::string_view, stored_run*> current_;
  stored_run ends_{}; ///< A ring: `newer` of it is the oldest.
};

} // namespace perdure::inline v0::sqlite
