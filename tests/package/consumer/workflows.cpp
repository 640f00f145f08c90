#include "workflows.hpp"

using namespace std::chrono_literals;

auto greet(std::string name) -> std::string { return "Hello, " + name; }

auto greeting(std::string name) -> perdure::workflow<std::string> {
  co_return co_await perdure::execute_activity<greet>(name, {.schedule_to_close_timeout = 60s});
}

#ifdef CONSUMER_IS_DURABLE
auto read_result(std::string const& file, std::string const& workflow_id) -> std::string {
  perdure::sqlite_backend backend{file};
  return perdure::client{backend}.get_handle<greeting>(workflow_id).result();
}
#endif
