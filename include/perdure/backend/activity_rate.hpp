// Whether a worker may be given an activity now: its own rate, and that of the queue.
#pragma once

#include <memory>
#include <string>

#include "perdure/backend/backend.hpp"
#include "perdure/engine/token_bucket.hpp"

namespace perdure::inline v0::detail {

/// Takes a slot of the worker for an activity of a queue. When a rate refuses,
/// `worker.ready_at` says when it will not.
template <class Clock>
[[nodiscard]] auto take_activity_slot(worker_link& worker,
                                      std::unique_ptr<engine::token_bucket> const& queue_rate,
                                      Clock&& clock) -> bool {
  if (!worker.has_rate && !queue_rate) [[likely]]
    return worker.take_activity_slot();
  worker.asked_at = clock();
  worker.ready_at = time_point::max();
  if (queue_rate && !queue_rate->is_ready(worker.asked_at)) {
    worker.ready_at = queue_rate->ready_at();
    return false;
  }
  return worker.take_activity_slot();
}

/// Sets the rate of a queue as a worker that polls it wants it. False if it wants nothing.
/// \throws error (invalid_argument)
inline auto set_rate(std::unique_ptr<engine::token_bucket>& queue_rate, worker_link const& worker)
    -> bool {
  double const wanted = worker.queue_activities_per_second;
  if (!(wanted > 0)) return false;
  if (queue_rate)
    queue_rate->set_rate(wanted);
  else
    queue_rate = std::make_unique<engine::token_bucket>(wanted);
  return true;
}

} // namespace perdure::inline v0::detail
