// What a worker keeps of live runs stays within its bounds.
#include "support/real_world.hpp"

#include <cstddef>
#include <string>

namespace {

using namespace perdure_test;

inline constexpr perdure::signal<int> go{"go"};

auto takes_little() -> perdure::workflow<int> { co_return co_await perdure::receive(go); }
auto takes_much() -> perdure::workflow<int> {
  char room[100'000];
  room[0] = 1;
  int const got = co_await perdure::receive(go);
  co_return got + room[0];
}

TEST_CASE("however many small runs a big one takes the place of, the bound of bytes holds",
          "[worker]") {
  constexpr std::size_t most = 400'000;
  perdure::memory_backend backend{{.clock = perdure::clock_mode::virtual_time}};
  real_worker worker{backend, {.task_queue = "tests", .max_cached_bytes = most}};
  worker.add<takes_little, takes_much>();
  for (int i = 0; i < 100; ++i) {
    start_on<takes_little>(backend, "little " + std::to_string(i));
    REQUIRE(worker.poll_once());
  }
  CHECK(worker.cached_workflows() == 100);
  for (int i = 0; i < 10; ++i) {
    auto const handle = start_on<takes_much>(backend, "much " + std::to_string(i));
    REQUIRE(worker.poll_once());
    CHECK(worker.cached_bytes() <= most);
    CHECK(worker.cached_workflows() > 0);
  }
  CHECK(worker.cached_workflows() == 3); // all small ones are older
}

} // namespace
