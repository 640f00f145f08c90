#include "conformance/differential/operation.hpp"

namespace perdure_test::conformance {

auto random_operations(std::uint64_t seed, std::size_t count) -> std::vector<operation> {
  using kind = operation_kind;
  struct share {
    operation_kind what;
    int weight;
  };
  static constexpr share shares[] = {{kind::look, 5},
                                     {kind::start, 10},
                                     {kind::signal, 10},
                                     {kind::cancel, 2},
                                     {kind::update, 10},
                                     {kind::poll_update, 4},
                                     {kind::query, 4},
                                     {kind::signal_with_start, 2},
                                     {kind::update_with_start, 2},
                                     {kind::terminate, 2},
                                     {kind::poll_workflow, 20},
                                     {kind::poll_activity, 14},
                                     {kind::answer_workflow, 20},
                                     {kind::fail_workflow, 3},
                                     {kind::complete_activity, 8},
                                     {kind::fail_activity, 6},
                                     {kind::stop_activity, 2},
                                     {kind::heartbeat, 4},
                                     {kind::advance, 10},
                                     {kind::describe, 2},
                                     {kind::read, 2},
                                     {kind::list, 2},
                                     {kind::count, 1},
                                     {kind::wait, 1},
                                     {kind::reset, 2},
                                     {kind::fork, 1},
                                     {kind::override_result, 1},
                                     {kind::retry_now, 2},
                                     {kind::pause, 2},
                                     {kind::unpause, 3},
                                     {kind::erase, 1},
                                     {kind::restart_worker, 1},
                                     {kind::reopen, 1}};
  std::vector<operation_kind> deck;
  for (share const& each : shares)
    deck.insert(deck.end(), static_cast<std::size_t>(each.weight), each.what);
  dice random{seed};
  std::vector<operation> made;
  for (std::size_t i = 0; i < count; ++i) {
    operation_kind const next = random.pick(deck);
    made.push_back({next, random.number()});
  }
  return made;
}

} // namespace perdure_test::conformance
