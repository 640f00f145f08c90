// Live runs that wait for their next workflow task, least recently used first.
#pragma once

#include <cstddef>
#include <memory>
#include <unordered_map>
#include <utility>

#include "perdure/history/task.hpp"

namespace perdure::inline v0::detail {

/// Keeps executors by run, within bounds of count and bytes. Not thread-safe. O(1) each.
template <class Executor>
class execution_cache {
public:
  execution_cache(std::size_t count_max, std::size_t bytes_max) noexcept
      : count_max_{count_max}, bytes_max_{bytes_max} {
    ends_.before = ends_.after = &ends_;
  }
  execution_cache(execution_cache const&) = delete;
  auto operator=(execution_cache const&) -> execution_cache& = delete;

  /// Takes a run out; null if it is not here.
  [[nodiscard]] auto take(run_number run) -> std::unique_ptr<Executor> {
    auto const found = entries_.find(run);
    if (found == entries_.end()) return nullptr;
    auto executor = std::move(found->second.executor);
    forget(found->second);
    spare_ = entries_.extract(found);
    return executor;
  }
  /// Puts a run in as the most recently used. Gives back what does not stay, to be destroyed by the
  /// caller outside of its lock: the oldest run, if they no longer fit; or, of two executors of one
  /// run (the next task may be answered elsewhere before this one comes back), the one that has
  /// seen less. When that was not enough, `take_excess` gives the others.
  [[nodiscard]] auto put(run_number run, std::unique_ptr<Executor> executor)
      -> std::unique_ptr<Executor> {
    if (count_max_ == 0) return executor;
    auto rival = take(run);
    if (rival != nullptr && rival->last_event_id() > executor->last_event_id())
      std::swap(rival, executor);
    std::size_t const size = executor->heap_bytes() + sizeof(entry) + 4 * sizeof(void*); // a node
    entry& made = add(run);
    made.executor = std::move(executor);
    made.bytes = size;
    made.run = run;
    made.before = ends_.before;
    made.after = &ends_;
    ends_.before->after = &made;
    ends_.before = &made;
    bytes_ += size;
    if (rival != nullptr) return rival;
    return take_excess();
  }
  /// Whether there is more than the bounds allow.
  [[nodiscard]] auto has_excess() const noexcept -> bool {
    return entries_.size() > count_max_ || bytes_ > bytes_max_;
  }
  /// Takes the oldest run out if there is more than the bounds allow; else gives null.
  [[nodiscard]] auto take_excess() -> std::unique_ptr<Executor> {
    return has_excess() ? take_oldest() : nullptr;
  }
  /// Takes the oldest run out; null if there is none.
  [[nodiscard]] auto take_oldest() -> std::unique_ptr<Executor> {
    return entries_.empty() ? nullptr : take(static_cast<entry*>(ends_.after)->run);
  }
  [[nodiscard]] auto size() const noexcept -> std::size_t { return entries_.size(); }
  [[nodiscard]] auto bytes() const noexcept -> std::size_t { return bytes_; }

private:
  /// A ring, oldest first; the ends are the one link that is no entry.
  struct link {
    link* before{nullptr};
    link* after{nullptr};
  };
  struct entry : link {
    std::unique_ptr<Executor> executor{};
    std::size_t bytes{};
    run_number run{};
  };
  /// A run is taken for each of its tasks and put back: in the node that it had.
  [[nodiscard]] auto add(run_number run) -> entry& {
    if (spare_.empty()) return entries_[run];
    spare_.key() = run;
    return entries_.insert(std::move(spare_)).position->second;
  }
  void forget(entry& gone) noexcept {
    gone.before->after = gone.after;
    gone.after->before = gone.before;
    bytes_ -= gone.bytes;
  }

  using entries = std::unordered_map<run_number, entry>;

  entries entries_; // nodes stay where they are
  typename entries::node_type spare_{};
  link ends_;
  std::size_t count_max_;
  std::size_t bytes_max_;
  std::size_t bytes_{0};
};

} // namespace perdure::inline v0::detail
