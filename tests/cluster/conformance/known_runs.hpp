// The runs that a behaviour has to do with, as their histories tell, and whether anything that they
// have begun is still on its way through the server.
#pragma once

#include <perdure/temporal.hpp>

#include <string>
#include <vector>

namespace perdure_test::conformance {

/// Not thread-safe.
class known_runs {
public:
  explicit known_runs(perdure::temporal_backend& server) : server_{&server} {}

  /// A run to look after. Those that follow it, and its children, are found in its history.
  void add(perdure::workflow_execution const& run);
  /// It is deleted: waits until it is gone.
  void forget(perdure::workflow_execution const& run);
  /// Waits until children have started, parents and signals have arrived where they go, and closed
  /// parents have dealt with their children.
  void settle();
  /// Waits until the server lists what it has.
  void await_listing();

private:
  struct known {
    perdure::workflow_execution run{};
    std::vector<perdure::event> events{};
    std::string next{}; ///< The run id of the one that follows.
    bool closed{};
    bool busy{}; ///< A task is with a worker: what happens is not in history yet.
    perdure::workflow_execution_status status{};
  };

  void refresh();
  void read(known& which);
  void add_orphans(std::vector<perdure::event> const& of_parent);
  [[nodiscard]] auto find(std::string_view run_id) const -> known const*;
  /// The last run of a chain, or null if it is not known.
  [[nodiscard]] auto last_of(perdure::workflow_execution const& run) const -> known const*;
  [[nodiscard]] auto is_settled(known const& which) const -> bool;
  [[nodiscard]] auto is_settled() const -> bool;
  [[nodiscard]] auto is_listed() const -> bool;

  perdure::temporal_backend* server_;
  std::vector<known> runs_{};
  std::vector<std::string> gone_{};
};

} // namespace perdure_test::conformance
