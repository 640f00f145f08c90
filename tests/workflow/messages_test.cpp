// Messages from a client to the code of a run, through a backend and a worker.
#include "support/log_collector.hpp"
#include "support/virtual_world.hpp"

namespace {

using namespace std::chrono_literals;
using namespace perdure_test;

/// A workflow class with messages of every kind.
class basket {
public:
  explicit basket(int limit) : limit_{limit} {}
  perdure::workflow<int> run(int) {
    co_await perdure::wait_until([this] { return closed_; });
    co_await perdure::wait_until(perdure::all_handlers_finished);
    co_return sum_;
  }
  void close() { closed_ = true; }
  perdure::workflow<void> put_later(int more) {
    co_await perdure::sleep(1h);
    sum_ += more;
  }
  [[nodiscard]] auto sum() const -> int { return sum_; }
  [[nodiscard]] auto plus(int more) const -> int { return sum_ + more; }
  perdure::workflow<int> put(int more) {
    co_await perdure::sleep(1s);
    sum_ += more;
    if (more == 13) throw perdure::application_error{"unlucky"};
    co_return sum_;
  }
  void check_put(int more) const {
    if (sum_ + more > limit_) throw perdure::application_error{"full", {.type = "Full"}};
  }
  int empty() { return std::exchange(sum_, 0); }

  using messages =
      perdure::messages<&basket::close, &basket::put_later, &basket::sum, &basket::plus,
                        perdure::validated<&basket::put, &basket::check_put>, &basket::empty>;

private:
  int limit_;
  int sum_{0};
  bool closed_{false};
};

using world_of_baskets = virtual_world<&basket::run>;

TEST_CASE("a client signals, asks and updates a workflow class by its members",
          "[workflow][messages]") {
  live_and_replayed<world_of_baskets>([](auto& world) {
    auto const handle = world.template start<&basket::run>(100);
    CHECK(handle.template query<&basket::sum>() == 0);
    CHECK(handle.template update<&basket::put>(7) == 7);
    CHECK(handle.template query<&basket::plus>(3) == 10);
    CHECK(handle.template update<&basket::empty>() == 7);
    handle.template signal<&basket::put_later>(5);
    handle.template signal<&basket::close>();
    CHECK(handle.result() == 5);
    CHECK(handle.template query<&basket::sum>() == 5); // the run is closed
    world.check_replay();
  });
}

TEST_CASE("a client learns why an update was rejected, or has failed", "[workflow][messages]") {
  live_and_replayed<world_of_baskets>([](auto& world) {
    auto const handle = world.template start<&basket::run>(100);
    auto const before = world.history().events.size();
    try {
      (void)handle.template update<&basket::put>(101);
      FAIL("the update was not rejected");
    } catch (perdure::application_error const& e) {
      CHECK(e.type() == "Full");
    }
    CHECK(world.count(perdure::event_type::workflow_execution_update_accepted) == 0);
    CHECK(world.history().events.size() >= before);
    CHECK_THROWS_WITH(handle.template update<&basket::put>(13), contains("unlucky"));
    CHECK(handle.template query<&basket::sum>() == 13);
    handle.template signal<&basket::close>();
    CHECK(handle.result() == 13);
    world.check_replay();
  });
}

TEST_CASE("updates that were started run at the same time", "[workflow][messages]") {
  live_and_replayed<world_of_baskets>([](auto& world) {
    auto const handle = world.template start<&basket::run>(100);
    auto const first = handle.template start_update<&basket::put>(1);
    auto const second = handle.template start_update<&basket::put>(2);
    CHECK(second.result() == 3);
    CHECK(first.result() == 1);
    handle.template signal<&basket::close>();
    CHECK(handle.result() == 3);
    world.check_replay();
  });
}

inline constexpr perdure::signal<int> number{"number"};
inline constexpr perdure::query<std::string(int)> describe_it{"describe_it"};
inline constexpr perdure::update<std::string(std::string)> say{"say"};

perdure::workflow<std::string> listens() {
  std::string log;
  int sum = 0;
  auto const numbers = perdure::on(number, [&](int n) { sum += n; });
  auto const describes =
      perdure::handle(describe_it, [&](int with) { return log + std::to_string(sum + with); });
  auto const says = perdure::handle(say, [&](std::string text) -> perdure::workflow<std::string> {
    co_await perdure::sleep(1s);
    log += text;
    co_return log;
  });
  co_await perdure::wait_until([&] { return sum >= 10; });
  co_await perdure::wait_until(perdure::all_handlers_finished);
  co_return log;
}

TEST_CASE("handlers of a workflow function get a client's messages", "[workflow][messages]") {
  live_and_replayed<virtual_world<listens>>([](auto& world) {
    auto const handle = world.template start<listens>();
    handle.signal(number, 3);
    CHECK(handle.query(describe_it, 1) == "4");
    CHECK(handle.update(say, "a") == "a");
    CHECK(handle.update(say, "b") == "ab");
    CHECK(handle.query(describe_it, 0) == "ab3");
    CHECK_THROWS_WITH(handle.query(perdure::query<int()>{"unknown"}),
                      contains("no handler of query 'unknown'"));
    CHECK_THROWS_WITH(handle.update(perdure::update<int()>{"unknown"}),
                      contains("no handler of update 'unknown'"));
    handle.signal(number, 7);
    CHECK(handle.result() == "ab");
    CHECK_THROWS_WITH(handle.query(describe_it, 0), contains("was registered by a function"));
    world.check_replay();
  });
}

TEST_CASE("a query is answered by a replay when the live run is gone", "[workflow][messages]") {
  perdure::memory_backend backend{{.clock = perdure::clock_mode::virtual_time}};
  perdure::client<perdure::memory_backend> const client{backend};
  auto const handle = client.start_workflow<listens>({.id = "w", .task_queue = "tests"});
  {
    virtual_worker first{backend, {.task_queue = "tests"}};
    first.add<listens>();
    first.start();
    handle.signal(number, 4);
    CHECK(handle.update(say, "x") == "x");
  }
  virtual_worker second{backend, {.task_queue = "tests"}};
  second.add<listens>();
  second.start();
  CHECK(handle.query(describe_it, 0) == "x4");
  CHECK(second.cached_workflows() == 1); // and the run goes on from there
  handle.signal(number, 6);
  CHECK(handle.result() == "x");
}

perdure::workflow<int> sleeps_once() {
  co_await perdure::sleep(1s);
  co_return 1;
}
perdure::workflow<int> sleeps_never() { co_return 1; }

TEST_CASE("a query on a run that cannot be replayed is answered by the divergence",
          "[workflow][messages]") {
  perdure::memory_backend backend{{.clock = perdure::clock_mode::virtual_time}};
  perdure::client<perdure::memory_backend> const client{backend};
  auto const handle = client.start_workflow<sleeps_once>({.id = "w", .task_queue = "tests"});
  {
    virtual_worker first{backend, {.task_queue = "tests"}};
    first.add<sleeps_once>();
    first.start();
    CHECK(handle.result() == 1);
  }
  virtual_worker changed{backend, {.task_queue = "tests"}};
  changed.add_alias<sleeps_never>("sleeps_once");
  changed.start();
  CHECK_THROWS_WITH(handle.query(describe_it, 0), contains("history holds event 5 TimerStarted"));
}

} // namespace
