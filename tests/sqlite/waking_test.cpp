// Goal: nothing that is ready waits for a clock. A lost wake-up would end in the timeout of the
// attempt, which its second attempt shows.
#include "sqlite/programs.hpp"
#include "support/temporary_folder.hpp"
#include "support/catch.hpp"

#include <thread>

namespace {

using namespace perdure_test;

auto attempts_of(durable_world& world, std::string const& id) -> int {
  int attempts = 0;
  for (auto const& each : world.client.get_handle(id).fetch_history().events)
    if (each.type == perdure::event_type::activity_task_started)
      attempts = std::max(
          attempts, static_cast<int>(each.as<perdure::events::activity_task_started>().attempt));
  return attempts;
}

TEST_CASE("an attempt is begun at once, whoever's commit hands it out", "[sqlite]") {
  temporary_folder const place;
  durable_world world{place.file(), {.synchronous = perdure::sqlite_synchronous::normal}};
  std::vector<std::thread> clients;
  for (int client = 0; client < 3; ++client)
    clients.emplace_back([&, client] {
      for (int i = 0; i < 100; ++i) {
        std::string const id = std::to_string(client) + "/" + std::to_string(i);
        (void)world.client.execute_workflow<steps>(3, {.id = id, .task_queue = "tests"});
      }
    });
  for (std::thread& each : clients) each.join();
  for (int client = 0; client < 3; ++client)
    for (int i = 0; i < 100; ++i)
      CHECK(attempts_of(world, std::to_string(client) + "/" + std::to_string(i)) == 1);
}

TEST_CASE("batches of every small size finish without a timeout", "[sqlite]") {
  temporary_folder const place;
  durable_world world{place.file(), {.synchronous = perdure::sqlite_synchronous::normal}};
  for (int count = 0; count <= 40; ++count) {
    std::string const id = std::to_string(count);
    CHECK(world.client.execute_workflow<fan_out>(count, {.id = id, .task_queue = "tests"}) ==
          count * (count - 1));
    for (int i = 0; i < count; ++i) CHECK(attempts_of(world, id + "/" + std::to_string(i)) == 1);
  }
}

} // namespace
