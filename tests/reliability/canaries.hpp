// Planted bugs: a tool that does not find them proves nothing.
#pragma once

#include <functional>
#include <string>

#include "campaign.hpp"

namespace reliability {

/// Runs every planted bug that the tool must catch, and its healthy twin, in which it must find
/// nothing. Prints a metric for each. 0 if all is as it must be.
auto run_canaries(std::string const& tool, campaign_plan const& plan,
                  std::function<void(campaign_plan&, std::int64_t)> const& set_skipped_sync) -> int;

} // namespace reliability
