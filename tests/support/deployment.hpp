// A deployment of changed code under a run that lives, in virtual time.
#pragma once

#include "support/virtual_world.hpp"

#include <string>

namespace perdure_test {

/// Runs `First` for a second and a half, then a worker with `Second` takes over, which must have
/// the same name. The result, or why its workflow task fails.
template <auto First, auto Second, auto... F>
auto deployed_in_between() -> std::string {
  perdure::memory_backend backend{{.clock = perdure::clock_mode::virtual_time}};
  perdure::client<perdure::memory_backend> const client{backend};
  auto const handle = client.start_workflow<First>({.id = "w", .task_queue = "tests"});
  {
    virtual_worker before{backend, {.task_queue = "tests"}};
    before.add<First, F...>();
    before.start();
    backend.advance(perdure::duration{1'500'000'000});
  }
  virtual_worker after{backend, {.task_queue = "tests"}};
  after.add<Second, F...>();
  after.start();
  try {
    return handle.result();
  } catch (perdure::error const&) {
    return handle.describe().workflow_task_failure;
  }
}

} // namespace perdure_test
