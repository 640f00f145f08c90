#include "conformance/worlds.hpp"

#include "cluster/cluster_world.hpp"
#include "cluster/conformance/server_world.hpp"

namespace perdure_test::conformance::worlds {

/// Each behaviour has a namespace of its own: workflow ids are the same in many of them.
auto temporal(world_options const& options) -> std::unique_ptr<any_backend> {
  static std::size_t seen = 0;
  if (!take_behaviour(seen++)) this_test::leave_to_another_part();
  this_test::check_goes_on();
  if (options.limits.enforced ||
      options.limits.updates_total_max != perdure::engine_limits{}.updates_total_max)
    this_test::end(other_limits);
  auto where = options_of_server();
  where.namespace_ = "conformance-" + std::to_string(take_namespace());
  return std::make_unique<erased<server_world>>(
      [=] { return std::make_unique<server_world>(where, options.clock); });
}

} // namespace perdure_test::conformance::worlds
