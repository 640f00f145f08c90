// Goal: whoever runs the loop is told of every end, and of nothing after it is gone. Method: a
// server in the process that holds calls open for as long as a test wants.
#include "perdure/backend/temporal/call_loop.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <google/protobuf/wrappers.pb.h>

#include "support/catch.hpp"
#include "temporal/scripted_server.hpp"

namespace {

using namespace perdure_test;
using namespace std::chrono_literals;
using perdure::temporal::call_loop;
using perdure::temporal::call_status;
using perdure::temporal::connection;
using perdure::temporal::status_code;
using text = google::protobuf::StringValue;
using text_method = perdure::temporal::method<text, text>;

constexpr text_method echo{"Echo"};
constexpr text_method poll{"Poll"};
constexpr perdure::duration long_enough = 60s;

/// A server and a loop over one connection.
struct world {
  scripted_server server{};
  connection over{{.address = server.address()}};
  call_loop loop{over};
};

/// How a call ended, and where.
struct ending {
  std::optional<call_status> status{};
  std::string value{};
  std::thread::id thread{};

  /// What to call at the end.
  [[nodiscard]] auto taking() {
    return [this](text const& response, call_status how) {
      status = std::move(how);
      value = response.value();
      thread = std::this_thread::get_id();
    };
  }
};

TEST_CASE("a call ends on the thread that runs the loop", "[temporal][call_loop]") {
  world on;
  text answer;
  answer.set_value("there");
  on.server.script("Echo", {giving(answer)});
  ending end;
  std::jthread{[&] { on.loop.start(echo, {}, long_enough, end.taking()); }}.join();
  CHECK(on.loop.calls() == 1);
  CHECK(on.loop.step());
  REQUIRE(end.status.has_value());
  CHECK(end.status->ok());
  CHECK(end.value == "there");
  CHECK(end.thread == std::this_thread::get_id());
  CHECK(on.loop.calls() == 0);
}

TEST_CASE("a call of a loop is tried once, and its error is whole", "[temporal][call_loop]") {
  world on;
  on.server.script("Echo", {failing(grpc::UNAVAILABLE, "for a reason", "details")});
  ending end;
  on.loop.start(echo, {}, long_enough, end.taking());
  CHECK(on.loop.step());
  REQUIRE(end.status.has_value());
  CHECK(end.status->code == status_code::unavailable);
  CHECK(end.status->message == "for a reason");
  CHECK(end.status->details == "details");
  CHECK(on.server.calls().size() == 1);
}

TEST_CASE("a call of a loop ends at its deadline", "[temporal][call_loop]") {
  world on;
  on.server.script("Poll", {held()});
  ending end;
  on.loop.start(poll, {}, 50ms, end.taking());
  CHECK(on.loop.step());
  REQUIRE(end.status.has_value());
  CHECK(end.status->code == status_code::deadline_exceeded);
}

TEST_CASE("to cancel the polls cancels nothing else", "[temporal][call_loop]") {
  world on;
  on.server.script("Poll", {held(), held()});
  on.server.script("Echo", {held()});
  ending first, second, other;
  bool rang = false;
  on.loop.start(poll, {}, long_enough, first.taking(), true);
  on.loop.start(poll, {}, long_enough, second.taking(), true);
  on.loop.start(echo, {}, long_enough, other.taking());
  on.loop.after(long_enough, [&] { rang = true; });
  on.server.wait_for("Poll", 2);
  on.server.wait_for("Echo");

  on.loop.cancel_polls();
  CHECK(on.loop.step());
  CHECK(on.loop.step());
  REQUIRE(first.status.has_value());
  REQUIRE(second.status.has_value());
  CHECK(first.status->code == status_code::cancelled);
  CHECK(second.status->code == status_code::cancelled);
  CHECK_FALSE(other.status.has_value());
  CHECK(on.loop.calls() == 1);
  on.server.wait_for_cancelled(2);

  on.loop.cancel_all();
  CHECK(on.loop.step()); // the call and the alarm, in either order
  CHECK(on.loop.step());
  REQUIRE(other.status.has_value());
  CHECK(other.status->code == status_code::cancelled);
  CHECK_FALSE(rang);
  CHECK(on.loop.calls() == 0);
}

TEST_CASE("an alarm rings on the thread that runs the loop", "[temporal][call_loop]") {
  world on;
  std::vector<int> rang;
  std::thread::id where{};
  on.loop.after(30ms, [&] { rang.push_back(2); });
  on.loop.after(1ms, [&] {
    rang.push_back(1);
    where = std::this_thread::get_id();
  });
  CHECK(on.loop.calls() == 0);
  CHECK(on.loop.step());
  CHECK(on.loop.step());
  CHECK(rang == std::vector{1, 2});
  CHECK(where == std::this_thread::get_id());
}

TEST_CASE("a step ends when it is woken", "[temporal][call_loop]") {
  world on;
  std::jthread const other{[&] { on.loop.wake(); }};
  CHECK(on.loop.step());
}

TEST_CASE("a step ends at its time when nothing comes", "[temporal][call_loop]") {
  world on;
  on.server.script("Poll", {held()});
  ending end;
  on.loop.start(poll, {}, long_enough, end.taking());
  CHECK_FALSE(on.loop.step(std::chrono::system_clock::now()));
  CHECK_FALSE(on.loop.step(std::chrono::system_clock::now() + 5ms));
  CHECK(on.loop.calls() == 1);
  CHECK_FALSE(end.status.has_value());
}

TEST_CASE("what is told of an end may begin the next call", "[temporal][call_loop]") {
  world on;
  int left = 100;
  std::function<void()> const begin = [&] {
    on.loop.start(echo, {}, long_enough, [&](text const&, call_status const& status) {
      CHECK(status.ok());
      if (--left > 0) begin();
    });
  };
  begin();
  while (on.loop.calls() > 0) CHECK(on.loop.step());
  CHECK(left == 0);
  CHECK(on.server.calls_of("Echo") == 100);
}

TEST_CASE("calls may begin on many threads while one runs the loop", "[temporal][call_loop]") {
  world on;
  int ended = 0;
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      for (int n = 0; n < 50; ++n) {
        on.loop.start(echo, {}, long_enough, [&](text const&, call_status const& status) {
          if (status.ok()) ++ended;
        });
        on.loop.wake();
      }
    });
  while (ended < 200) CHECK(on.loop.step());
  CHECK(on.loop.calls() == 0);
}

TEST_CASE("a loop that goes while calls are under way cancels and forgets them",
          "[temporal][call_loop]") {
  auto const kept = std::make_shared<int>(0);
  scripted_server server;
  server.script("Poll", {held()});
  server.script("Echo", {held()});
  connection over{{.address = server.address()}};
  {
    call_loop loop{over};
    auto const counting = [kept](text const&, call_status const&) { ++*kept; };
    loop.start(poll, {}, long_enough, counting, true);
    loop.start(echo, {}, long_enough, counting);
    loop.after(long_enough, [kept] { ++*kept; });
    loop.after(0s, [kept] { ++*kept; });
    server.wait_for("Poll");
    server.wait_for("Echo");
  }
  server.wait_for_cancelled(2);
  CHECK(*kept == 0);
  CHECK(kept.use_count() == 1);
}

TEST_CASE("a loop that goes before its calls are sent forgets them", "[temporal][call_loop]") {
  auto const kept = std::make_shared<int>(0);
  std::optional<scripted_server> server{std::in_place};
  connection over{{.address = server->address()}};
  server.reset();
  {
    call_loop loop{over};
    for (int i = 0; i < 10; ++i)
      loop.start(echo, {}, long_enough, [kept](text const&, call_status const&) { ++*kept; });
  }
  CHECK(*kept == 0);
  CHECK(kept.use_count() == 1);
}

} // namespace
