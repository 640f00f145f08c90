#include "workflows.hpp"

using namespace std::chrono_literals;

auto greet(std::string name) -> std::string { return "Hello, " + name; }

auto greeting(std::string name) -> perdure::workflow<std::string> {
  co_return co_await perdure::execute_activity<greet>(name, {.schedule_to_close_timeout = 60s});
}
