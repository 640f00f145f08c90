// Durable programs under the tools.
#pragma once

#include "subject.hpp"

namespace reliability {

/// `perdure` (virtual time: the same calls each time), `perdure-real` (threads and the real clock),
/// `perdure-crowd` (the same with a lease of 50 ms), `perdure-normal` (commits do not wait for the
/// disk), and `memory`, which shows that programs and checks are right where nothing can go wrong.
/// Null for another name.
auto make_perdure_subject(std::string_view name, std::uint64_t seed) -> std::unique_ptr<subject>;

} // namespace reliability
