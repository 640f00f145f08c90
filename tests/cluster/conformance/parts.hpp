// The processes that share the behaviours: most of them wait, so several run at once.
#pragma once

#include "cluster/conformance/report.hpp"

#include <cstdio>
#include <set>
#include <string>

namespace perdure_test::conformance {

/// What one process is to do.
struct part {
  std::FILE* output{};          ///< For what comes of its behaviours: a file, which outlives it.
  std::set<std::string> only{}; ///< The behaviours to run; empty: whichever comes next.

  [[nodiscard]] auto may_run(std::string const& behaviour) const -> bool {
    return only.empty() || only.contains(behaviour);
  }
};

void write(part const& to, outcome const& what);

/// Gives each part, in a process of its own. The parent does not come back: it reports. `all`: not
/// some of the behaviours alone.
///
/// What should hold and has failed is run a second time, with nothing beside it, and that counts:
/// on a busy machine a call may reach the server later than the behaviour counts on, and nothing
/// tells when it has. The report says what held the second time only.
[[nodiscard]] auto split(bool all) -> part;

} // namespace perdure_test::conformance
