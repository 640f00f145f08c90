// Goal: whoever runs the loop is told of every end, and of nothing after the calls were ended;
// there is one that runs it while somebody waits. Method: a server in the process that holds calls
// open for as long as a test wants.
#include "perdure/backend/temporal/calls/open_calls.hpp"

#include <atomic>
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
using perdure::temporal::loop_waiter;
using perdure::temporal::open_calls;
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
  open_calls calls{over};
  call_loop& loop{over.loop()};
  loop_waiter me{loop_waiter::rank::worker};

  /// Runs the loop on this thread until it holds, which is looked at when something has ended.
  template <class Holds>
  void run_until(Holds holds) {
    while (!holds()) REQUIRE(loop.wait(me, std::chrono::system_clock::now() + long_enough));
  }
};

/// How a call ended, and where; the world's waiter is called.
struct ending {
  world* on;
  std::optional<call_status> status{};
  std::string value{};
  std::thread::id thread{};

  /// What to call at the end.
  [[nodiscard]] auto taking() {
    return [this](text const& response, call_status how) {
      status = std::move(how);
      value = response.value();
      thread = std::this_thread::get_id();
      on->loop.call(on->me);
    };
  }
  void wait() {
    on->run_until([this] { return status.has_value(); });
  }
};

TEST_CASE("a call ends on the thread that runs the loop", "[temporal][call_loop]") {
  world on;
  text answer;
  answer.set_value("there");
  on.server.script("Echo", {giving(answer)});
  ending end{&on};
  std::jthread{[&] { on.calls.start(echo, {}, long_enough, end.taking()); }}.join();
  CHECK(on.calls.count() == 1);
  end.wait();
  CHECK(end.status->ok());
  CHECK(end.value == "there");
  CHECK(end.thread == std::this_thread::get_id());
  CHECK(on.calls.count() == 0);
}

TEST_CASE("a call of a loop is tried once, and its error is whole", "[temporal][call_loop]") {
  world on;
  on.server.script("Echo", {failing(grpc::UNAVAILABLE, "for a reason", "details")});
  ending end{&on};
  on.calls.start(echo, {}, long_enough, end.taking());
  end.wait();
  CHECK(end.status->code == status_code::unavailable);
  CHECK(end.status->message == "for a reason");
  CHECK(end.status->details == "details");
  CHECK(on.server.calls().size() == 1);
}

TEST_CASE("a call of a loop ends at its deadline", "[temporal][call_loop]") {
  world on;
  on.server.script("Poll", {held()});
  ending end{&on};
  on.calls.start(poll, {}, 50ms, end.taking());
  end.wait();
  CHECK(end.status->code == status_code::deadline_exceeded);
}

TEST_CASE("to cancel the polls cancels nothing else", "[temporal][call_loop]") {
  world on;
  on.server.script("Poll", {held(), held()});
  on.server.script("Echo", {held()});
  ending first{&on}, second{&on}, other{&on};
  bool rang = false;
  on.calls.start(poll, {}, long_enough, first.taking(), true);
  on.calls.start(poll, {}, long_enough, second.taking(), true);
  on.calls.start(echo, {}, long_enough, other.taking());
  on.calls.after(long_enough, [&] { rang = true; });
  on.server.wait_for("Poll", 2);
  on.server.wait_for("Echo");

  on.calls.cancel_polls();
  first.wait();
  second.wait();
  CHECK(first.status->code == status_code::cancelled);
  CHECK(second.status->code == status_code::cancelled);
  CHECK_FALSE(other.status.has_value());
  CHECK(on.calls.count() == 1);
  on.server.wait_for_cancelled(2);

  on.calls.cancel_all();
  other.wait();
  CHECK(other.status->code == status_code::cancelled);
  CHECK_FALSE(rang);
  CHECK(on.calls.count() == 0);
}

TEST_CASE("an alarm rings on the thread that runs the loop", "[temporal][call_loop]") {
  world on;
  std::vector<int> rang;
  std::thread::id where{};
  on.calls.after(30ms, [&] {
    rang.push_back(2);
    on.loop.call(on.me);
  });
  on.calls.after(1ms, [&] {
    rang.push_back(1);
    where = std::this_thread::get_id();
  });
  CHECK(on.calls.count() == 0);
  on.run_until([&] { return rang.size() == 2; });
  CHECK(rang == std::vector{1, 2});
  CHECK(where == std::this_thread::get_id());
}

TEST_CASE("to look does what has ended, and waits for nothing", "[temporal][call_loop]") {
  world on;
  on.server.script("Poll", {held()});
  ending end{&on};
  CHECK_FALSE(on.loop.look());
  on.calls.start(poll, {}, long_enough, end.taking());
  CHECK_FALSE(on.loop.look());
  CHECK_FALSE(end.status.has_value());
  bool rang = false;
  on.calls.after(0s, [&] { rang = true; });
  while (!rang) (void)on.loop.look();
  CHECK(on.calls.count() == 1);
}

// ---------------------------------------------------------------------------------------- turns
TEST_CASE("a wait ends when it is called from another thread", "[temporal][call_loop]") {
  world on;
  loop_waiter other{loop_waiter::rank::worker};
  bool const first_runs_the_loop = GENERATE(true, false);
  std::jthread const thread{[&] { (void)on.loop.wait(other); }};
  while (on.loop.leader() != &other) std::this_thread::yield();
  if (first_runs_the_loop) {
    on.loop.call(other);
    return;
  }
  std::jthread const third{[&] {
    on.loop.call(on.me);
    on.loop.call(other);
  }};
  CHECK(on.loop.wait(on.me));
}

TEST_CASE("a wait ends at its time, whoever runs the loop", "[temporal][call_loop]") {
  world on;
  CHECK_FALSE(on.loop.wait(on.me, std::chrono::system_clock::now()));
  CHECK_FALSE(on.loop.wait(on.me, std::chrono::system_clock::now() + 5ms));
  loop_waiter other{loop_waiter::rank::worker};
  std::jthread const thread{[&] { (void)on.loop.wait(other); }};
  while (on.loop.leader() != &other) std::this_thread::yield();
  CHECK_FALSE(on.loop.wait(on.me, std::chrono::system_clock::now() + 5ms));
  on.loop.call(other);
}

TEST_CASE("a call before the wait is not lost", "[temporal][call_loop]") {
  world on;
  on.loop.call(on.me);
  CHECK(on.loop.wait(on.me));
  CHECK_FALSE(on.loop.wait(on.me, std::chrono::system_clock::now())); // once
}

TEST_CASE("who waits while another runs the loop is served by it", "[temporal][call_loop]") {
  world on;
  loop_waiter other{loop_waiter::rank::worker};
  std::jthread const thread{[&] { (void)on.loop.wait(other); }};
  while (on.loop.leader() != &other) std::this_thread::yield();
  ending end{&on};
  on.calls.start(echo, {}, long_enough, end.taking());
  CHECK(on.loop.wait(on.me));
  CHECK(end.thread == thread.get_id());
  on.loop.call(other);
}

TEST_CASE("whoever runs the loop and leaves hands it over to who waits", "[temporal][call_loop]") {
  world on;
  on.server.script("Poll", {held()});
  std::atomic<bool> is_over{false};
  on.calls.start(
      poll, {}, long_enough,
      [&](text const&, call_status const&) {
        is_over = true;
        on.loop.call(on.me);
      },
      true);
  loop_waiter first{loop_waiter::rank::worker};
  std::jthread const leaver{[&] {
    (void)on.loop.wait(first);
    on.loop.hand_over();
  }};
  while (on.loop.leader() != &first) std::this_thread::yield();
  std::jthread const follower{[&] { on.run_until([&] { return is_over.load(); }); }};
  on.loop.call(first);
  while (on.loop.leader() != &on.me) std::this_thread::yield();
  on.calls.cancel_polls();
}

TEST_CASE("who waits for a call lets a worker's thread run the loop", "[temporal][call_loop]") {
  world on;
  on.server.script("Poll", {held()});
  std::thread::id served_on{};
  loop_waiter caller{loop_waiter::rank::caller};
  on.calls.start(
      poll, {}, long_enough,
      [&](text const&, call_status const&) {
        served_on = std::this_thread::get_id();
        on.loop.call(caller);
        on.loop.call(on.me);
      },
      true);
  std::jthread const thread{[&] { CHECK(on.loop.wait(caller)); }};
  while (on.loop.leader() != &caller) std::this_thread::yield();
  std::jthread const ends{[&] {
    while (on.loop.leader() != &on.me) std::this_thread::yield();
    on.calls.cancel_polls();
  }};
  CHECK(on.loop.wait(on.me));
  CHECK(served_on == std::this_thread::get_id());
}

TEST_CASE("many threads that wait for calls of their own are all served", "[temporal][call_loop]") {
  world on;
  std::atomic<int> done{0};
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i)
      threads.emplace_back([&] {
        for (int n = 0; n < 50; ++n)
          if (on.over.call(echo, {}).value().empty()) ++done;
      });
  }
  CHECK(done == 400);
  CHECK(on.loop.leader() == nullptr);
}

// ----------------------------------------------------------------------------------------- ends
TEST_CASE("what is told of an end may begin the next call", "[temporal][call_loop]") {
  world on;
  int left = 100;
  std::function<void()> const begin = [&] {
    on.calls.start(echo, {}, long_enough, [&](text const&, call_status const& status) {
      CHECK(status.ok());
      if (--left > 0)
        begin();
      else
        on.loop.call(on.me);
    });
  };
  begin();
  on.run_until([&] { return left == 0; });
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
        on.calls.start(echo, {}, long_enough, [&](text const&, call_status const& status) {
          if (status.ok() && ++ended == 200) on.loop.call(on.me);
        });
      }
    });
  on.run_until([&] { return ended == 200; });
  CHECK(on.calls.count() == 0);
}

TEST_CASE("calls that are ended under way are cancelled, and nobody is told",
          "[temporal][call_loop]") {
  auto const kept = std::make_shared<int>(0);
  scripted_server server;
  server.script("Poll", {held()});
  server.script("Echo", {held()});
  connection over{{.address = server.address()}};
  {
    open_calls calls{over};
    auto const counting = [kept](text const&, call_status const&) { ++*kept; };
    calls.start(poll, {}, long_enough, counting, true);
    calls.start(echo, {}, long_enough, counting);
    calls.after(long_enough, [kept] { ++*kept; });
    calls.after(0s, [kept] { ++*kept; });
    server.wait_for("Poll");
    server.wait_for("Echo");
  }
  server.wait_for_cancelled(2);
  CHECK(*kept == 0);
  CHECK(kept.use_count() == 1);
}

TEST_CASE("calls that are ended before they are sent are forgotten", "[temporal][call_loop]") {
  auto const kept = std::make_shared<int>(0);
  std::optional<scripted_server> server{std::in_place};
  connection over{{.address = server->address()}};
  server.reset();
  {
    open_calls calls{over};
    for (int i = 0; i < 10; ++i)
      calls.start(echo, {}, long_enough, [kept](text const&, call_status const&) { ++*kept; });
  }
  CHECK(*kept == 0);
  CHECK(kept.use_count() == 1);
}

} // namespace
