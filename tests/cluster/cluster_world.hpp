// A world on a real server: a backend, a worker with a task queue of its own, and a client. Names
// of workflows are new in every run of a test, for the server outlives it.
#pragma once

#include "support/catch.hpp"
#include "support/real_world.hpp"

#include <perdure/temporal.hpp>

#include <cstdlib>
#include <fstream>
#include <string>
#include <utility>

namespace perdure_test {

/// `host:port` of the server that the tests are given.
[[nodiscard]] inline auto server_address() -> std::string {
  char const* const file = std::getenv("PERDURE_DEV_SERVER");
  if (file == nullptr)
    throw std::runtime_error{"PERDURE_DEV_SERVER does not name the file with the address"};
  std::ifstream in{file};
  std::string address;
  if (!(in >> address)) throw std::runtime_error{std::string{"no address in "} + file};
  return address;
}

[[nodiscard]] inline auto options_of_server() -> perdure::temporal_options {
  perdure::temporal_options options{};
  options.address = server_address();
  return options;
}

/// A worker that knows F, at work from the start.
template <auto... F>
class cluster_world {
public:
  explicit cluster_world(perdure::worker_options options = {})
      : backend{options_of_server()},
        name_{perdure::random_uuid()},
        worker{backend, on_queue(std::move(options))},
        client{backend} {
    worker.template add<F...>();
    worker.start();
  }

  /// "name-<unique>": of a workflow of this world.
  [[nodiscard]] auto id(std::string const& name = "w") const -> std::string {
    return name + "-" + name_;
  }
  [[nodiscard]] auto queue() const -> std::string { return "tests-" + name_; }
  [[nodiscard]] auto options(std::string const& name = "w") const -> perdure::workflow_options {
    perdure::workflow_options made{};
    made.id = id(name);
    made.task_queue = queue();
    return made;
  }
  template <auto W, class... A>
  auto start(A... arguments) {
    return client.template start_workflow<W>(std::move(arguments)..., options());
  }
  template <auto W, class... A>
  auto run(A... arguments) {
    return start<W>(std::move(arguments)...).result();
  }
  [[nodiscard]] auto history(std::string const& name = "w") -> perdure::history {
    return backend.read_history({id(name), {}});
  }
  [[nodiscard]] auto count(perdure::event_type type, std::string const& name = "w") -> std::size_t {
    std::size_t found = 0;
    for (auto const& each : history(name).events) found += each.type == type ? 1 : 0;
    return found;
  }
  /// What happened replays.
  void check_replay(std::string const& name = "w") {
    perdure::replayer program;
    (program.template add<F>(), ...);
    auto const result = program.replay(history(name));
    CHECK(result.problem == "");
    CHECK(!result.divergence);
  }

  perdure::temporal_backend backend;

private:
  auto on_queue(perdure::worker_options options) const -> perdure::worker_options {
    options.task_queue = queue();
    return options;
  }
  std::string name_;

public:
  perdure::worker<perdure::temporal_backend> worker;
  perdure::client<perdure::temporal_backend> client;
};

} // namespace perdure_test
