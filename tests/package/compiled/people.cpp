#include "people.hpp"

namespace {
struct place { // main.cpp has another one of this name
  std::string street{};
  int number{};
};

auto find(std::string name) -> place { return {name + " Street", 7}; }
} // namespace

auto greet(std::string name) -> std::string { return "Hello, " + name; }

auto greeting(std::string name) -> perdure::workflow<std::string> {
  perdure::activity_options const patience{.schedule_to_close_timeout = std::chrono::seconds{60}};
  std::string const hello = co_await perdure::execute_activity<greet>(name, patience);
  place const where = co_await perdure::execute_activity<find>(name, patience);
  co_await perdure::sleep(std::chrono::milliseconds{1});
  co_return hello + " of " + where.street + " " + std::to_string(where.number);
}

auto ask(perdure::memory_backend& backend, std::string name) -> std::string {
  perdure::client const client{backend};
  return client.execute_workflow<greeting>(name, {.id = name, .task_queue = "people"});
}

void serve(perdure::worker<perdure::memory_backend>& worker) { worker.add<greeting, greet, find>(); }
