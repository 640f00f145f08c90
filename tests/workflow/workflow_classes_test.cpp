#include "support/hand_run.hpp"
#include "support/log_collector.hpp"
#include "support/virtual_world.hpp"

namespace {

using namespace std::chrono_literals;
using namespace perdure_test;
using strings = std::vector<std::string>;

struct item {
  std::string name{};
  int price{};
};

/// A workflow with state, and with messages of every kind.
class order {
public:
  explicit order(std::string const& customer, int limit) : customer_{customer}, limit_{limit} {
    log_ = "made for " + customer + ",";
  }

  perdure::workflow<std::string> run(std::string customer, int) {
    log_ += "runs,";
    co_await perdure::wait_until([this] { return approved_; });
    co_await perdure::wait_until(perdure::all_handlers_finished);
    co_return log_ + customer + std::to_string(total());
  }

  void approve() { approved_ = true; }
  perdure::workflow<void> note(std::string text, int times) {
    for (int i = 0; i < times; ++i) log_ += text + ",";
    co_await perdure::sleep(1s);
  }
  [[nodiscard]] auto total() const -> int {
    int sum = 0;
    for (item const& each : items_) sum += each.price;
    return sum;
  }
  [[nodiscard]] auto log() const -> std::string { return log_; }
  [[nodiscard]] auto costs_more(int than) const -> bool { return total() > than; }
  perdure::workflow<int> add_item(item more) {
    items_.push_back(std::move(more));
    co_await perdure::sleep(1s);
    co_return total();
  }
  void check_item(item const& more) const {
    if (total() + more.price > limit_)
      throw perdure::application_error{customer_ + " cannot pay that"};
  }
  std::size_t clear() { return std::exchange(items_, {}).size(); }
  void shout() { log_ += "SHOUT,"; }

  using messages = perdure::messages<&order::approve, perdure::abandonable<&order::note>,
                                     &order::total, &order::log, &order::costs_more,
                                     perdure::validated<&order::add_item, &order::check_item>,
                                     &order::clear, perdure::as_update<&order::shout>>;

private:
  std::string customer_;
  int limit_;
  std::string log_{};
  std::vector<item> items_{};
  bool approved_{false};
};

using perdure::message_of;

TEST_CASE("a workflow class is known by its name and its messages by theirs", "[workflow][class]") {
  STATIC_REQUIRE(perdure::detail::registered_name<&order::run>() == "order");
  CHECK(message_of<&order::approve>.name == "approve");
  CHECK(message_of<&order::costs_more>.name == "costs_more");
  CHECK(message_of<perdure::as_update<&order::shout>>.name == "shout");
}

TEST_CASE("the messages of a workflow class reach its members", "[workflow][class]") {
  kept_and_replayed<&order::run>(
      [](auto& run) {
        run.task();
        run.update("a", message_of<&order::add_item>, item{"pen", 7});
        run.update("b", message_of<&order::add_item>, item{"car", 700});
        run.update("c", message_of<perdure::as_update<&order::shout>>);
        run.signal(message_of<&order::note>, std::string{"hm"}, 2);
        auto const answer = run.task();
        CHECK(said(answer) == strings{"accept a", "accept c", "complete c", "reject b"});
        CHECK(answer.updates.back().outcome.failure->message == "ann cannot pay that");
        CHECK(run.value_of(message_of<&order::total>) == 7);
        CHECK(run.value_of(message_of<&order::costs_more>, 6));
        run.fire_timer("1");
        run.fire_timer("2");
        CHECK(said(run.task()) == strings{"complete a"});
        run.signal(message_of<&order::approve>);
        run.task();
        CHECK(run.template result<std::string>() == "made for ann,runs,SHOUT,hm,hm,ann7");
      },
      std::string{"ann"}, 100);
}

TEST_CASE("what a workflow class gets before its first task is handled before it runs",
          "[workflow][class]") {
  kept_and_replayed<&order::run>(
      [](auto& run) {
        run.signal(message_of<&order::note>, std::string{"early"}, 1);
        run.update("a", message_of<&order::clear>);
        CHECK(said(run.task()) == strings{"accept a", "complete a"});
        CHECK(run.value_of(message_of<&order::log>) == "made for ann,early,runs,");
        run.signal(message_of<&order::approve>);
        run.fire_timer("1");
        run.task();
      },
      std::string{"ann"}, 100);
}

TEST_CASE("a closed run of a workflow class still answers queries", "[workflow][class]") {
  kept_and_replayed<&order::run>(
      [](auto& run) {
        run.signal(message_of<&order::approve>);
        run.task();
        CHECK(run.template result<std::string>() == "made for ann,runs,ann0");
        CHECK(run.value_of(message_of<&order::log>) == "made for ann,runs,");
        CHECK_THAT(
            std::get<0>(perdure::from_payloads<std::string>(run.ask("__stack_trace").result)),
            contains("no coroutine of this run is alive"));
      },
      std::string{"ann"}, 100);
}

struct plain_state {
  int seen{};
  perdure::workflow<int> run(int least) {
    co_await perdure::wait_until([&] { return seen >= least; });
    co_return seen;
  }
  void see(int const& what) { seen += what; }
  using messages = perdure::messages<&plain_state::see>;
};

TEST_CASE("a plain struct can be a workflow: its members are state, not start arguments",
          "[workflow][class]") {
  kept_and_replayed<&plain_state::run>(
      [](auto& run) {
        run.task();
        run.signal(message_of<&plain_state::see>, 3);
        run.task();
        CHECK(run.template result<int>() == 3);
      },
      2);
}

class fails_at_birth {
public:
  explicit fails_at_birth(int what) {
    if (what == 1) throw perdure::application_error{"not born"};
    if (what == 2) throw std::out_of_range{"a bug"};
  }
  perdure::workflow<int> run(int what) { co_return what; }
};

TEST_CASE(
    "a failure that leaves a workflow's constructor fails the run, another exception the task",
    "[workflow][class]") {
  hand_run<&fails_at_birth::run> failed{true, 1};
  failed.task();
  CHECK(failed.last<perdure::events::workflow_execution_failed>().failure->message == "not born");
  failed.check_replay();
  hand_run<&fails_at_birth::run> broken{true, 2};
  CHECK_THAT(broken.failing_task(), contains("a bug"));
  hand_run<&fails_at_birth::run> fine{true, 3};
  fine.task();
  CHECK(fine.result<int>() == 3);
}

class registers_itself {
public:
  registers_itself()
      : any_{perdure::on_any_signal(
            [this](std::string name, perdure::payloads) { log_ += name; })} {}
  perdure::workflow<std::string> run() {
    co_await perdure::wait_until([this] { return log_.ends_with("end"); });
    co_return log_ + std::to_string(perdure::random().below(1));
  }

private:
  std::string log_{};
  perdure::handler_registration any_;
};

TEST_CASE("a workflow's constructor may register handlers of its own", "[workflow][class]") {
  kept_and_replayed<&registers_itself::run>([](auto& run) {
    run.signal(perdure::signal<>{"x"});
    run.signal(perdure::signal<>{"end"});
    run.task();
    CHECK(run.template result<std::string>() == "xend0");
  });
}

class leaves_work {
public:
  perdure::workflow<void> run() {
    co_await perdure::wait_until([this] { return over_; });
  }
  perdure::workflow<int> slow() {
    co_await perdure::sleep(1h);
    co_return 1;
  }
  void end() { over_ = true; }
  using messages = perdure::messages<&leaves_work::slow, &leaves_work::end>;

private:
  bool over_{false};
};

TEST_CASE("a workflow class that ends while its handlers are at work says so in the log",
          "[workflow][class]") {
  log_collector const log;
  hand_run<&leaves_work::run> run{true};
  run.update("a", message_of<&leaves_work::slow>);
  run.task();
  run.signal(message_of<&leaves_work::end>);
  run.task();
  auto const lines = log.with("the workflow ended while handlers were at work");
  REQUIRE(lines.size() == 1);
  CHECK(lines.front().fields.at("handlers") == "update 'slow'");
  run.check_replay();
}

class approves {
public:
  perdure::workflow<std::string> run(std::string name) {
    co_await perdure::wait_until([this] { return approved_; });
    co_return name + " approved";
  }
  void approve() { approved_ = true; }
  using messages = perdure::messages<&approves::approve>;

private:
  bool approved_{false};
};

perdure::workflow<std::string> starts_a_class() {
  auto child = perdure::start_child_workflow<&approves::run>("it", {.id = "child"});
  co_await child.started();
  co_await child.signal<&approves::approve>();
  auto const first = co_await child;
  auto other = perdure::start_child_workflow<&approves::run>("that", {.id = "other"});
  co_await other.started();
  co_await perdure::external_workflow("other").signal<&approves::approve>();
  co_return first + ", " + co_await other;
}

TEST_CASE("a workflow class is started and signalled by its members, from clients and workflows",
          "[workflow][class]") {
  live_and_replayed<virtual_world<starts_a_class, &approves::run>>([](auto& world) {
    CHECK(world.template run<starts_a_class>() == "it approved, that approved");
    auto const direct = world.client.template start_workflow<&approves::run>(
        "direct", {.id = "direct", .task_queue = "tests"});
    direct.signal(message_of<&approves::approve>);
    CHECK(direct.result() == "direct approved");
    world.check_replay("direct");
    CHECK(world.first(perdure::event_type::workflow_execution_started, "direct")
              .template as<perdure::events::workflow_execution_started>()
              .workflow_type == "approves");
  });
}

class has_another_name {
public:
  perdure::workflow<int> run() { co_return 1; }
};

} // namespace

template <>
inline constexpr auto perdure::wire_name<&has_another_name::run> = "AnotherName";

namespace {

TEST_CASE("a workflow class can be given another name", "[workflow][class]") {
  hand_run<&has_another_name::run> run{true};
  CHECK(run.type() == "AnotherName");
  run.task();
  CHECK(run.result<int>() == 1);
}

} // namespace
