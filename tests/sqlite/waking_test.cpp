// Goal: nothing that is ready waits for a clock. A lost wake-up would end in the timeout of the
// attempt, which its second attempt shows.
#include "sqlite/programs.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

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

TEST_CASE("who asks for a run that has begun leaves children in line to those who work",
          "[sqlite]") {
  temporary_folder const place;
  perdure::sqlite_backend backend{place.file()};
  perdure::worker<perdure::sqlite_backend> worker{backend, {.task_queue = "tests"}};
  worker.add<one_step, fan_out, twice>();
  perdure::client<perdure::sqlite_backend> client{backend};
  (void)client.start_workflow<one_step>(4, {.id = "ended", .task_queue = "tests"});
  while (worker.poll_once()) {
  }
  (void)client.start_workflow<fan_out>(10, {.id = "parent", .task_queue = "tests"});
  CHECK(worker.poll_once()); // it asks for its children
  perdure::sqlite::connection file{place.file()};
  auto const in_line = [&] { return file.number("SELECT count(*) FROM tasks WHERE kind = 2"); };

  SECTION("describing it") {
    auto const seen = client.get_handle("parent").describe();
    CHECK(seen.status == perdure::workflow_execution_status::running);
    CHECK(in_line() == 10);
    CHECK(seen.history_length >= 14); // what the worker did is seen nevertheless
  }
  SECTION("reading its history") {
    CHECK(client.get_handle("parent").fetch_history().events.size() >= 14);
    CHECK(in_line() == 10);
  }
  SECTION("signalling it") {
    client.get_handle("parent").signal(number, 1);
    CHECK(in_line() == 10);
  }
  SECTION("waiting for its end without its run id") {
    CHECK(client.get_handle<one_step>("ended").result() == 8);
    CHECK(in_line() == 10);
  }
  SECTION("though a child that has not begun is found as before") {
    SECTION("described") {
      CHECK(client.get_handle("parent/3").describe().status ==
            perdure::workflow_execution_status::running);
    }
    SECTION("signalled") { client.get_handle("parent/3").signal(number, 1); }
    SECTION("read") { CHECK(client.get_handle("parent/3").fetch_history().events.size() >= 2); }
    CHECK(in_line() == 0);
  }
  SECTION("and nobody is found who is not there") {
    CHECK_THROWS_AS(client.get_handle("parent/77").describe(), perdure::error);
    CHECK_THROWS_AS(client.get_handle("parent/77").signal(number, 1), perdure::error);
  }
}

TEST_CASE("who waits for a run leaves children in line to those who work", "[sqlite]") {
  temporary_folder const place;
  perdure::sqlite_backend backend{place.file()};
  perdure::worker<perdure::sqlite_backend> worker{backend, {.task_queue = "tests"}};
  worker.add<one_step, fan_out, twice>();
  perdure::client<perdure::sqlite_backend> client{backend};
  auto const ended = client.start_workflow<one_step>(4, {.id = "ended", .task_queue = "tests"});
  while (worker.poll_once()) {
  }
  (void)client.start_workflow<fan_out>(10, {.id = "parent", .task_queue = "tests"});
  CHECK(worker.poll_once()); // it asks for its children

  CHECK(ended.result() == 8);
  backend.vacuum(); // commits
  perdure::sqlite::connection file{place.file()};
  CHECK(file.number("SELECT count(*) FROM tasks WHERE kind = 2") == 10);
  CHECK(client.count() == 12); // who asks for more than an end sees them begun
  CHECK(file.number("SELECT count(*) FROM tasks WHERE kind = 2") == 0);
}

} // namespace
