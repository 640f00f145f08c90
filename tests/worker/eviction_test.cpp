// A backend may forget a live run with its lock held; nothing of the user's runs with that lock.
#include "support/real_world.hpp"
#include "support/until_stopped.hpp"

#include <atomic>
#include <stop_token>

namespace {

using namespace std::chrono_literals;
using namespace perdure_test;

gate entered;
gate told;
std::atomic<bool> locked;
std::atomic<bool> told_with_lock;

auto waits_for_its_token() -> int {
  std::stop_callback const says{perdure::activity_stop_token(), [] {
                                  told_with_lock = told_with_lock || locked;
                                  told.add();
                                }};
  entered.add();
  perdure_test::wait_until_stopped();
  return 1;
}
perdure::workflow<int> waits_for_it() {
  co_return co_await perdure::execute_local_activity<waits_for_its_token>(
      {.start_to_close_timeout = 10min});
}

/// Has the worker forget each run just before it takes an answer for it.
struct forgetful_backend : perdure::memory_backend {
  void complete_workflow_task(perdure::worker_link& worker,
                              perdure::workflow_task_token const& token,
                              perdure::workflow_task_completion answer) {
    locked = true;
    worker.evict(token.run);
    locked = false;
    perdure::memory_backend::complete_workflow_task(worker, token, std::move(answer));
  }
};

TEST_CASE("local activities of a run that is forgotten are told so when no lock is held",
          "[worker][local]") {
  forgetful_backend backend;
  perdure::worker<forgetful_backend> worker{backend, {.task_queue = "tests"}};
  worker.add<waits_for_it, waits_for_its_token>();
  worker.start();
  perdure::client const client{static_cast<perdure::memory_backend&>(backend)};
  auto const handle = client.start_workflow<waits_for_it>(
      {.id = "w", .task_queue = "tests", .workflow_task_timeout = 1s});
  REQUIRE(entered.reached(1));
  CHECK(told.reached(1)); // its task is answered with another one, for which it is not there
  CHECK_FALSE(told_with_lock);
  handle.terminate();
  worker.stop();
}

} // namespace
