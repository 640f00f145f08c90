// The guard against what no replay would get again: each call is found in workflow code, with its
// stack, and none is found elsewhere.
#include <perdure/perdure.hpp>
#include <perdure/testing/guard.hpp>
#include <perdure/testing/guard_hooks.hpp>

#include "support/catch.hpp"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <fcntl.h>
#include <fstream>
#include <random>
#include <string>
#include <thread>
#include <vector>

using namespace std::chrono_literals;

namespace guarded {

enum class forbidden {
  system_clock,
  steady_clock,
  c_time,
  c_rand,
  random_device,
  thread,
  sleep_for,
  c_sleep,
  environment,
  ifstream,
  file
};
inline constexpr forbidden all[] = {
    forbidden::system_clock,  forbidden::steady_clock, forbidden::c_time,    forbidden::c_rand,
    forbidden::random_device, forbidden::thread,       forbidden::sleep_for, forbidden::c_sleep,
    forbidden::environment,   forbidden::ifstream,     forbidden::file};

static long sink = 0; // what is called is used

/// Does what a workflow must not do. Not inlined, so that it is a frame of its own.
[[gnu::noinline]] void do_forbidden(forbidden what) {
  switch (what) {
  case forbidden::system_clock:
    sink += std::chrono::system_clock::now().time_since_epoch().count();
    break;
  case forbidden::steady_clock:
    sink += std::chrono::steady_clock::now().time_since_epoch().count();
    break;
  case forbidden::c_time: sink += std::time(nullptr); break;
  case forbidden::c_rand: sink += std::rand(); break;
  case forbidden::random_device: sink += static_cast<long>(std::random_device{}()); break;
  case forbidden::thread: std::thread{[] { sink += 1; }}.join(); break;
  case forbidden::sleep_for: std::this_thread::sleep_for(1ns); break;
  case forbidden::c_sleep: sink += ::sleep(0); break;
  case forbidden::environment: sink += std::getenv("HOME") != nullptr ? 1 : 0; break;
  case forbidden::ifstream: {
    std::ifstream file{"/proc/self/stat"};
    sink += file.get();
    break;
  }
  case forbidden::file: {
    int const file = ::open("/dev/null", O_RDONLY);
    ::close(file);
    break;
  }
  }
}

} // namespace guarded

using guarded::do_forbidden;
using guarded::forbidden;

namespace {

void dirty_activity(int what) { do_forbidden(static_cast<forbidden>(what)); }

perdure::activity_options const one_minute{.start_to_close_timeout = 1min};

perdure::workflow<void> dirty_workflow(int what) {
  do_forbidden(static_cast<forbidden>(what));
  co_await perdure::sleep(1s);
}
perdure::workflow<void> dirty_after_an_await(int what) {
  co_await perdure::sleep(1s);
  do_forbidden(static_cast<forbidden>(what));
}
perdure::workflow<int> clean_workflow(int what) {
  perdure::log().info("clean", {{"what", what}});
  co_await perdure::execute_activity<dirty_activity>(what, one_minute);
  int const drawn = co_await perdure::side_effect([=] {
    do_forbidden(static_cast<forbidden>(what));
    return what;
  });
  co_await perdure::execute_local_activity<dirty_activity>(
      what, perdure::local_activity_options{.start_to_close_timeout = 1min});
  perdure::log().info("at", {{"uuid", perdure::uuid4()}});
  bool const late = perdure::now() > perdure::time_point{};
  co_await perdure::sleep(1h);
  co_return late ? drawn : 0;
}

struct program {
  perdure::memory_backend backend{{.clock = perdure::clock_mode::virtual_time}};
  perdure::worker<perdure::memory_backend> worker{
      backend, {.task_queue = "guarded", .max_cached_workflows = 0}};
  perdure::client<perdure::memory_backend> client{backend};

  program() {
    worker.add<dirty_workflow, dirty_after_an_await, clean_workflow, dirty_activity>();
    worker.start();
  }
  template <auto W>
  void run(forbidden what) {
    client.execute_workflow<W>(static_cast<int>(what), {.id = "w", .task_queue = "guarded"});
  }
};

} // namespace

TEST_CASE("Each call that a workflow must not make is found in it, with its stack",
          "[testing_guard]") {
  std::vector<std::string> const names{"clock_gettime (std::chrono::system_clock::now)",
                                       "clock_gettime (std::chrono::steady_clock::now)",
                                       "time",
                                       "rand",
                                       "std::random_device",
                                       "pthread_create (std::thread)",
                                       "nanosleep (std::this_thread::sleep_for)",
                                       "sleep",
                                       "getenv",
                                       "fopen",
                                       "open"};
  for (forbidden const what : guarded::all) {
    std::string const& name = names[static_cast<std::size_t>(what)];
    CAPTURE(name);
    perdure::determinism_guard const guard;
    program{}.run<dirty_workflow>(what);
    auto const findings = guard.findings();
    REQUIRE(!findings.empty());
    CHECK(findings.front().call == name);
    CHECK(findings.front().workflow_type == "dirty_workflow");
    CHECK(!guard.ok());
    bool named = false;
    for (std::string const& frame : findings.front().stack)
      named = named || frame.find("guarded::do_forbidden") != std::string::npos;
    INFO(guard.text());
    CHECK(named);
  }
}

TEST_CASE("What is found names the await before it", "[testing_guard]") {
  perdure::determinism_guard const guard;
  program{}.run<dirty_after_an_await>(forbidden::steady_clock);
  auto const findings = guard.findings();
  REQUIRE(findings.size() == 1);
  CHECK(findings.front().after.find("guard_test.cpp:") != std::string::npos);
  CHECK(guard.text().find("workflow 'dirty_after_an_await' called clock_gettime") == 0);
}

TEST_CASE("Nothing is found in activities, side effects, local activities and clients",
          "[testing_guard]") {
  for (forbidden const what : guarded::all) {
    CAPTURE(static_cast<int>(what));
    perdure::determinism_guard const guard;
    do_forbidden(what);
    program{}.run<clean_workflow>(what);
    do_forbidden(what);
    INFO(guard.text());
    CHECK(guard.ok());
  }
}

TEST_CASE("Nothing is found with the real clock and the threads of a worker", "[testing_guard]") {
  perdure::determinism_guard const guard;
  perdure::memory_backend backend;
  perdure::worker worker{backend, {.task_queue = "guarded"}};
  worker.add<clean_workflow, dirty_workflow, dirty_activity>();
  worker.start();
  perdure::client client{backend};
  auto const handle = client.start_workflow<dirty_workflow>(
      static_cast<int>(forbidden::environment), {.id = "dirty", .task_queue = "guarded"});
  handle.result();
  INFO(guard.text());
  CHECK(guard.findings().size() == 1);
}

TEST_CASE("An exempt scope is not looked at", "[testing_guard]") {
  perdure::determinism_guard const guard;
  static auto const sink_with_a_clock = [](perdure::log_record const&) {
    perdure::guard_exemption const here;
    do_forbidden(forbidden::system_clock);
  };
  perdure::set_log_sink(sink_with_a_clock);
  program{}.run<clean_workflow>(forbidden::system_clock);
  perdure::set_log_sink(&perdure::log_to_stderr);
  INFO(guard.text());
  CHECK(guard.ok());
}

TEST_CASE("Calls from one place are one finding", "[testing_guard]") {
  perdure::determinism_guard const guard;
  program fresh;
  fresh.run<dirty_workflow>(forbidden::c_rand); // no run is cached: it is replayed once
  REQUIRE(guard.findings().size() == 1);
  CHECK(guard.findings().front().count == 2);
}
