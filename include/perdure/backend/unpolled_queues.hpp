// Tasks that nobody polls: said once, for it is nearly always a misspelt queue.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "perdure/backend/backend.hpp"
#include "perdure/config.hpp"
#include "perdure/engine/deployments.hpp"
#include "perdure/log.hpp"

PERDURE_SELDOM_BEGIN

namespace perdure::inline v0::detail {

[[nodiscard]] inline auto has_worker(std::vector<worker_link*> const& workers,
                                     std::uint32_t queue) noexcept -> bool {
  for (worker_link const* const worker : workers)
    if (worker->queue_number == queue) return true;
  return false;
}

/// Whether each queue has a worker, as is usual: then none has to be looked for. Judged again when
/// there are more queues, or other workers.
class polled_queues {
public:
  void workers_changed() noexcept { judged_ = 0; }
  template <class Queues>
  [[nodiscard]] auto all(Queues const& queues, std::vector<worker_link*> const& workers) noexcept
      -> bool {
    if (judged_ == queues.size()) return all_;
    judged_ = queues.size();
    all_ = true;
    for (std::uint32_t queue = 0; queue < judged_; ++queue)
      all_ = all_ && has_worker(workers, queue);
    return all_;
  }

private:
  std::size_t judged_{0};
  bool all_{false};
};

/// Queues that have tasks and no worker, and were not reported since they last had one.
template <class Queues>
[[nodiscard]] auto newly_unpolled(Queues& queues, std::vector<worker_link*> const& workers)
    -> std::vector<shared_string> {
  std::vector<shared_string> names;
  std::uint32_t number = 0;
  for (auto& queue : queues) {
    std::uint32_t const mine = number++;
    if (queue.reported || has_worker(workers, mine) || queue.size() == 0) continue;
    queue.reported = true;
    names.push_back(queue.name);
  }
  return names;
}
[[gnu::cold]] inline void report_unpolled(std::vector<shared_string> const& queues) noexcept {
  try {
    for (shared_string const& queue : queues) {
      auto const [name, deployment, build] = engine::parts_of_queue(queue.view());
      if (build.empty())
        log().warning("no worker polls the task queue: tasks wait until one does",
                      {{"task_queue", queue}});
      else
        log().warning("no worker of the build polls the task queue: tasks wait until one does",
                      {{"task_queue", name}, {"deployment", deployment}, {"build_id", build}});
    }
  } catch (...) {
    // The log's sink failed: what it was to report happened all the same.
  }
}

} // namespace perdure::inline v0::detail

PERDURE_SELDOM_END
