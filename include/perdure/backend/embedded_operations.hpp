// What clients ask of a backend that has the engine inside: the same for every store.
#pragma once

#include <string_view>
#include <utility>

#include "perdure/backend/backend.hpp"
#include "perdure/engine/engine.hpp"

namespace perdure::inline v0 {

/// Base of embedded backends. `Backend` gives `change(f)`: calls f(engine, now, notices) as one
/// step, and returns when what it did is kept; with `children::start`, children that stand in line
/// are started first, so that a client can talk to them.
template <class Backend>
class embedded_operations {
public:
  /// Whether children that stand in line begin before a client's call is carried out.
  enum class children : bool { wait, start };

  auto start_workflow(start_workflow_request const& request) -> start_workflow_result {
    return self().change(children::wait, [&](auto& engine, time_point now, auto& news) {
      return engine.start_workflow(now, request, news);
    });
  }
  void signal_workflow(workflow_execution const& run, std::string_view name, payloads input,
                       std::string_view identity) {
    self().change(children::start, [&](auto& engine, time_point now, auto& news) {
      engine.signal_workflow(now, run, name, std::move(input), identity, news);
    });
  }
  void cancel_workflow(workflow_execution const& run, std::string_view reason,
                       std::string_view identity) {
    self().change(children::start, [&](auto& engine, time_point now, auto& news) {
      engine.cancel_workflow(now, run, reason, identity, news);
    });
  }
  void terminate_workflow(workflow_execution const& run, std::string_view reason,
                          std::string_view identity) {
    self().change(children::start, [&](auto& engine, time_point now, auto& news) {
      engine.terminate_workflow(now, run, reason, identity, news);
    });
  }

private:
  friend Backend;
  embedded_operations() = default;
  ~embedded_operations() = default;
  [[nodiscard]] auto self() noexcept -> Backend& { return static_cast<Backend&>(*this); }
};

} // namespace perdure::inline v0
