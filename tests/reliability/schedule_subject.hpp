// Schedules as a subject: every action is taken once, whatever strikes the process down.
#pragma once

#include <cstdint>
#include <memory>

#include "subject.hpp"

namespace reliability {

/// In virtual time, on an SQLite file, for the tool `crash`. The seed chooses the overlap policy.
auto make_schedule_subject(std::uint64_t seed) -> std::unique_ptr<subject>;

} // namespace reliability
