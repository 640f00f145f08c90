// A queue of tasks with leases, in bare SQLite: several processes work on it.
#pragma once

#include "subject.hpp"

namespace reliability {

/// `fenced`: a completion counts only from the worker that holds the task's last lease. Without
/// that, a worker that was paused past its lease completes what another has completed already.
auto make_raw_queue(std::uint64_t seed, bool fenced) -> std::unique_ptr<subject>;

} // namespace reliability
