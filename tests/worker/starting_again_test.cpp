// Goal: work that is to be done once is done once, whoever asks for it, however often.
#include "support/catch.hpp"
#include "support/real_world.hpp"

namespace {

using namespace std::chrono_literals;
using namespace perdure_test;

inline constexpr perdure::signal<int> number{"number"};
perdure::workflow<int> receives() { co_return co_await perdure::receive(number); }
perdure::workflow<int> fails() {
  throw perdure::application_error{"no", {.type = "refused"}};
  co_return 1;
}

auto once(bool error_when_already_started = false) -> perdure::workflow_options {
  return {.id = "once",
          .task_queue = "tests",
          .id_reuse_policy = perdure::workflow_id_reuse_policy::reject_duplicate,
          .error_when_already_started = error_when_already_started};
}

TEST_CASE("what is started again is attached to while it runs and when it is over", "[client]") {
  perdure::memory_backend backend;
  real_worker worker{backend, {.task_queue = "tests"}};
  worker.add<receives>();
  worker.start();
  perdure::client const client{backend};
  auto const first = client.start_workflow<receives>(once());
  auto const running = client.start_workflow<receives>(once());
  CHECK(running.run_id() == first.run_id());
  first.signal(number, 42);
  CHECK(running.result() == 42);
  auto const over = client.start_workflow<receives>(once());
  CHECK(over.run_id() == first.run_id());
  CHECK(client.execute_workflow<receives>(once()) == 42);
  CHECK(client.count_workflows() == 1);
}

TEST_CASE("what is started again is an error unless asked otherwise", "[client]") {
  perdure::memory_backend backend;
  perdure::client const client{backend};
  (void)client.start_workflow<receives>(once());
  try {
    (void)client.start_workflow<receives>(once(true));
    FAIL("started twice");
  } catch (perdure::error const& why) {
    CHECK(why.code() == perdure::errc::already_started);
  }
}

TEST_CASE("other errors of a start stay errors", "[client]") {
  perdure::memory_backend backend;
  perdure::client const client{backend};
  auto options = once();
  options.task_queue = "";
  try {
    (void)client.start_workflow<receives>(options);
    FAIL("started without a queue");
  } catch (perdure::error const& why) {
    CHECK(why.code() == perdure::errc::invalid_argument);
  }
}

TEST_CASE("what failed is not done again, and fails again", "[client]") {
  perdure::memory_backend backend;
  real_worker worker{backend, {.task_queue = "tests"}};
  worker.add<fails>();
  worker.start();
  perdure::client const client{backend};
  for (int i = 0; i < 2; ++i)
    CHECK_THROWS_AS(client.execute_workflow<fails>(once()), perdure::application_error);
  CHECK(client.count_workflows() == 1);
}

} // namespace
