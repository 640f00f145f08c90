// Signals, queries and updates from a client to the code of workflows, with a worker that runs it.
#include "conformance/behaviour.hpp"

#include <future>
#include <stdexcept>
#include <thread>

namespace perdure_test::conformance {

namespace {

class basket {
public:
  explicit basket(int limit) : limit_{limit} {}
  auto run(int) -> perdure::workflow<int> {
    co_await perdure::wait_until([this] { return closed_; });
    co_await perdure::wait_until(perdure::all_handlers_finished);
    co_return sum_;
  }
  void close() { closed_ = true; }
  auto put_later(int more) -> perdure::workflow<void> {
    co_await perdure::sleep(1h);
    sum_ += more;
  }
  [[nodiscard]] auto sum() const -> int { return sum_; }
  auto put(int more) -> perdure::workflow<int> {
    co_await perdure::sleep(1s);
    sum_ += more;
    co_return sum_;
  }
  void check_put(int more) const {
    if (sum_ + more > limit_) throw perdure::application_error{"full", {.type = "Full"}};
  }
  auto empty() -> int { return std::exchange(sum_, 0); }
  using messages =
      perdure::messages<&basket::close, &basket::put_later, &basket::sum,
                        perdure::validated<&basket::put, &basket::check_put>, &basket::empty>;

private:
  int limit_;
  int sum_{0};
  bool closed_{false};
};

constexpr perdure::signal<int> number{"number"};
constexpr perdure::query<int()> total{"total"};
constexpr perdure::update<int(int)> add{"add"};

auto adds_up(int until) -> perdure::workflow<int> {
  int sum = 0;
  auto const numbers = perdure::on(number, [&](int n) { sum += n; });
  auto const totals = perdure::handle(total, [&] { return sum; });
  auto const adds = perdure::handle(add, [&](int n) { return sum += n; });
  co_await perdure::wait_until([&] { return sum >= until; });
  co_return sum;
}

using code_worker = perdure::worker<any_backend>;

/// A worker for the queue "code" that knows the workflows of this file.
struct running_code {
  explicit running_code(world& w, std::size_t cached = 1'000)
      : worker{w.backend, {.task_queue = "code", .max_cached_workflows = cached}} {
    worker.add<&basket::run, adds_up>();
    worker.start();
  }
  code_worker worker;
};

auto start_basket(world& w) {
  return w.client.start_workflow<&basket::run>(100, {.id = "w", .task_queue = "code"});
}
void check_replay(world& w) {
  perdure::replayer replayer;
  replayer.add<&basket::run, adds_up>();
  auto const replayed = replayer.replay(w.client.get_handle("w").fetch_history());
  INFO(replayed.problem);
  CHECK(replayed.ok());
}

void uses_a_basket(world& w, std::size_t cached) {
  running_code const code{w, cached};
  auto const handle = start_basket(w);
  CHECK(handle.query<&basket::sum>() == 0);
  CHECK(handle.update<&basket::put>(7) == 7);
  CHECK(handle.update<&basket::put>(2) == 9);
  auto const slow = handle.start_update<&basket::put>(1);
  handle.signal<&basket::put_later>(5);
  CHECK(handle.query<&basket::sum>() == 9);
  CHECK(slow.result() == 10);
  CHECK(handle.update<&basket::empty>() == 10);
  handle.signal<&basket::close>();
  CHECK(handle.result() == 5);
  CHECK(handle.query<&basket::sum>() == 5); // by a replay: the run is closed
  CHECK(w.count(event_type::workflow_execution_update_completed) == 4);
  check_replay(w);
}

} // namespace

BEHAVIOUR("a workflow class is signalled, asked and updated", "[signal][query][update]") {
  uses_a_basket(w, 1'000);
}
BEHAVIOUR("a workflow class is signalled, asked and updated while every task replays it",
          "[signal][query][update]") {
  uses_a_basket(w, 0);
}

BEHAVIOUR("a rejected update leaves no history, and the run goes on as if it had never been",
          "[update]") {
  running_code const code{w};
  auto const handle = start_basket(w);
  CHECK(handle.update<&basket::put>(1) == 1);
  auto const before = w.types();
  for (int i = 0; i < 3; ++i)
    CHECK_THROWS_AS(handle.update<&basket::put>(1'000), perdure::application_error);
  CHECK(w.types() == before);
  CHECK(handle.update<&basket::put>(1) == 2);
  handle.signal<&basket::close>();
  CHECK(handle.result() == 2);
  check_replay(w);
}

BEHAVIOUR("handlers of a workflow function get a client's messages, an update may end the run",
          "[signal][query][update]") {
  running_code const code{w};
  auto const handle = w.client.start_workflow<adds_up>(10, {.id = "w", .task_queue = "code"});
  handle.signal(number, 3);
  CHECK(handle.query(total) == 3);
  CHECK(handle.update(add, 4) == 7);
  CHECK(handle.update(add, 4) == 11);
  CHECK(handle.result() == 11);
  CHECK(w.last().type == event_type::workflow_execution_completed);
  CHECK_THROWS_WITH(handle.query(total), contains("was registered by a function that has ended"));
  check_replay(w);
}

BEHAVIOUR("messages that wait before the first task are handled in it", "[signal][update]") {
  auto const handle = w.client.start_workflow<adds_up>(10, {.id = "w", .task_queue = "code"});
  handle.signal(number, 3);
  w.update([] {
    perdure::update_workflow_request request{};
    request.update.meta.update_id = "u";
    request.update.input.name = "add";
    request.update.input.args = to_payloads(7);
    request.wait_for = perdure::update_stage::admitted;
    return request;
  }());
  running_code const code{w};
  CHECK(handle.get_update_handle<int>("u").result() == 10);
  CHECK(handle.result() == 10);
  check_replay(w);
}

DURABLE_BEHAVIOUR("an accepted update goes on where it was when the place is opened again",
                  "[update][query]") {
  {
    running_code const code{w};
    auto const handle = start_basket(w);
    CHECK(handle.update<&basket::put>(7) == 7);
    CHECK(handle.start_update<&basket::put>(2, perdure::update_options{.id = "u"}).stage() ==
          perdure::update_stage::accepted);
    handle.signal<&basket::put_later>(5);
  }
  w.reopen();
  running_code const code{w};
  auto const handle = w.client.get_handle<&basket::run>("w");
  CHECK(handle.get_update_handle<int>("u").result() == 9);
  CHECK(handle.query<&basket::sum>() == 9);
  handle.signal<&basket::close>();
  CHECK(handle.result() == 14);
  check_replay(w);
}

REAL_TIME_BEHAVIOUR("nothing is lost when many clients update, signal and ask one run at once",
                    "[threads][signal][query][update]") {
  running_code const code{w};
  auto const handle =
      w.client.start_workflow<adds_up>(4 * 25 * 3, {.id = "w", .task_queue = "code"});
  std::vector<std::future<void>> clients;
  for (int c = 0; c < 4; ++c)
    clients.push_back(std::async(std::launch::async, [&handle] {
      int seen = 0;
      for (int i = 0; i < 25; ++i) {
        handle.signal(number, 1);
        int const now = i % 2 == 0 ? handle.update(add, 2) : (handle.signal(number, 2), 0);
        if (now == 0 || i == 24) continue;
        int const asked = handle.query(total);
        if (now <= seen || asked < now) throw std::logic_error{"a sum went back"};
        seen = now;
      }
    }));
  for (auto& each : clients) each.get();
  CHECK(handle.result() == 4 * 25 * 3);
  check_replay(w);
}

} // namespace perdure_test::conformance
