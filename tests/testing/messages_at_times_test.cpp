// What reaches workflows from outside at chosen times, and the edges of the environment.
#include <perdure/testing.hpp>

#include "support/catch.hpp"

#include <memory>
#include <string>
#include <tuple>
#include <vector>

using namespace std::chrono_literals;

namespace {

class cart {
public:
  auto run() -> perdure::workflow<int> {
    co_await perdure::wait_until([this] { return closed_; });
    co_return total_;
  }
  void close() { closed_ = true; }
  auto total() const -> int { return total_; }
  auto add(int price) -> perdure::workflow<int> {
    co_await perdure::sleep(1min);
    total_ += price;
    co_return total_;
  }
  using messages = perdure::messages<&cart::close, &cart::total, &cart::add>;

private:
  int total_{0};
  bool closed_{false};
};

struct mailer {
  std::vector<std::string> sent{};
  auto send(std::string text) -> std::size_t {
    sent.push_back(std::move(text));
    return sent.size();
  }
};
perdure::workflow<std::size_t> mail(std::string text) {
  co_return co_await perdure::execute_activity<&mailer::send>(text,
                                                              {.start_to_close_timeout = 60s});
}
auto fetch(int page) -> perdure::activity<int> { co_return page; }
perdure::workflow<int> crawl(int pages) {
  int sum = 0;
  for (int i = 0; i < pages; ++i)
    sum += co_await perdure::execute_activity<fetch>(i, {.start_to_close_timeout = 60s});
  co_return sum;
}
perdure::workflow<int> fan_out(int n) {
  std::vector<perdure::activity_handle<int>> all;
  for (int i = 0; i < n; ++i)
    all.push_back(perdure::start_activity<fetch>(i, {.start_to_close_timeout = 1h}));
  int sum = 0;
  for (int const each : co_await perdure::when_all(all)) sum += each;
  co_return sum;
}
perdure::workflow<int> local_page() {
  co_return co_await perdure::execute_local_activity<fetch>(3, {.start_to_close_timeout = 60s});
}
perdure::workflow<int> countdown(int left) {
  co_await perdure::sleep(1h);
  if (left > 0) co_await perdure::continue_as_new<countdown>(left - 1);
  co_return left;
}
perdure::workflow<int> waits_for_ever() {
  co_await perdure::wait_until([] { return false; });
  co_return 0;
}
auto runs_of_late() -> int& {
  static int runs = 0;
  return runs;
}
/// Does something else when its code runs again, but only after many steps.
perdure::workflow<int> late(int steps) {
  int const mine = ++runs_of_late();
  for (int i = 0; i < steps; ++i) co_await perdure::sleep(1s);
  if (mine == 1)
    co_await perdure::sleep(1s);
  else
    co_await perdure::wait_until([] { return true; });
  co_return steps;
}
perdure::workflow<int> steady(int steps) {
  ++runs_of_late();
  for (int i = 0; i < steps; ++i) co_await perdure::sleep(1s);
  co_return steps;
}

template <class F>
auto code_of(F&& f) -> perdure::errc {
  try {
    f();
  } catch (perdure::error const& e) {
    return e.code();
  }
  return {};
}

} // namespace

TEST_CASE("updates that take time are sent at chosen times", "[testing]") {
  perdure::test_environment env;
  env.add<&cart::run>();
  auto const handle = env.start_workflow<&cart::run>({.id = "c"});
  std::vector<int> totals;
  env.at(1h, [&] { totals.push_back(handle.update<&cart::add>(5)); });
  env.at(1h, [&] { totals.push_back(handle.query<&cart::total>()); });
  env.at(2h, [&](auto& client) {
    auto const same = client.template get_handle<&cart::run>("c");
    totals.push_back(same.template update<&cart::add>(7));
    same.template signal<&cart::close>();
  });
  CHECK(handle.result() == 12);
  CHECK(totals.size() == 3);
  CHECK(totals.back() == 12);
  CHECK(env.elapsed() == 2h + 1min);
}

TEST_CASE("activities of objects are registered, counted and mocked", "[testing]") {
  perdure::test_environment env;
  mailer real;
  env.add<mail>();
  env.add<&mailer::send>(real);
  CHECK(env.execute_workflow<mail>("hello") == 1);
  CHECK(real.sent == std::vector<std::string>{"hello"});
  CHECK(env.calls<&mailer::send>().argument(0) == "hello");
  env.mock<&mailer::send>([](std::string const&) { return std::size_t{9}; });
  CHECK(env.execute_workflow<mail>("again") == 9);
  CHECK(real.sent.size() == 1);
}

TEST_CASE("a mock may be move-only in what it captures, and stands for coroutines", "[testing]") {
  perdure::test_environment env;
  env.add<crawl>();
  env.mock<fetch>([step = std::make_unique<int>(10)](int page) { return page * *step; });
  CHECK(env.execute_workflow<crawl>(4) == 60);
}

TEST_CASE("a mock may replace itself while it runs", "[testing]") {
  perdure::test_environment env;
  env.add<crawl>();
  env.mock<fetch>([&env](int page) {
    env.mock<fetch>([](int) { return 1; });
    return page + 100;
  });
  CHECK(env.execute_workflow<crawl>(3) == 102);
}

TEST_CASE("as many answers as there are may be held back at a time", "[testing]") {
  perdure::test_environment env;
  env.add<fan_out>();
  env.mock<fetch>([](int page) { return page; });
  env.delay<fetch>(10min);
  CHECK(env.execute_workflow<fan_out>(500) == 499 * 250);
  CHECK(env.elapsed() == 10min);
}

TEST_CASE("a local activity that is to be delayed says that it cannot be", "[testing]") {
  perdure::test_environment env;
  env.add<local_page>();
  env.mock<fetch>([](int page) { return page; });
  env.delay<fetch>(1min);
  CHECK_THROWS_AS(env.execute_workflow<local_page>(), perdure::activity_error);
}

TEST_CASE("an environment may go while answers are held back", "[testing]") {
  perdure::test_environment env;
  env.add<fan_out>();
  env.mock<fetch>([](int page) { return page; });
  env.delay<fetch>(10min);
  auto const handle = env.start_workflow<fan_out>(3);
  env.advance(1min);
  CHECK(env.calls<fetch>().count() == 3);
  CHECK(handle.describe().status == perdure::workflow_execution_status::running);
}

TEST_CASE("runs that continue as new are replayed each", "[testing]") {
  perdure::test_environment env{{.max_cached_workflows = 0}};
  env.add<countdown>();
  CHECK(env.execute_workflow<countdown>(3) == 0);
  CHECK(env.elapsed() == 4h);
  CHECK(env.calls<countdown>().count() == 4);
}

TEST_CASE("a run that nothing can end is said so", "[testing]") {
  perdure::test_environment env;
  env.add<waits_for_ever>();
  CHECK(code_of([&] { env.execute_workflow<waits_for_ever>(); }) == perdure::errc::stalled);
}

auto does_nothing() -> perdure::workflow<void> { co_return; }
auto naps_often() -> perdure::workflow<int> {
  for (int i = 0; i < 20; ++i) co_await perdure::sleep(90s);
  co_return 1;
}
auto waits_for_a_child() -> perdure::workflow<int> {
  co_await perdure::execute_child_workflow<waits_for_ever>({.id = "child"});
  co_return 1;
}
auto sleeps_long() -> perdure::workflow<int> {
  co_await perdure::sleep(24h * 365);
  co_return 1;
}
auto minutely(perdure::test_environment& env, perdure::start_workflow_request action) {
  perdure::schedule made{.action = std::move(action), .spec = {.intervals = {{.every = 1min}}}};
  made.policies.overlap = perdure::schedule_overlap_policy::allow_all;
  return env.get_client().create_schedule("minutely", std::move(made));
}

TEST_CASE("a run that nothing can end is said so though schedules have no end", "[testing]") {
  perdure::test_environment env{{.replay_after_every_task = false}};
  env.add<waits_for_ever, waits_for_a_child, does_nothing, naps_often>();
  SECTION("and start runs that end at once") {
    minutely(env, perdure::start_workflow_action<does_nothing>({.id = "s", .task_queue = "tests"}));
  }
  SECTION("and start runs of which some always sleep") {
    minutely(env, perdure::start_workflow_action<naps_often>({.id = "s", .task_queue = "tests"}));
  }
  auto const told = [&](auto const& call) -> std::string {
    try {
      call();
    } catch (perdure::error const& why) {
      CHECK(why.code() == perdure::errc::stalled);
      return why.what();
    }
    return "nothing was thrown";
  };
  CHECK_THAT(told([&] { env.execute_workflow<waits_for_ever>({.id = "stuck"}); }),
             perdure_test::contains("workflow 'stuck' can go no further") &&
                 perdure_test::contains("for schedules alone"));
  CHECK_THAT(told([&] { env.execute_workflow<waits_for_a_child>({.id = "parent"}); }),
             perdure_test::contains("workflow 'parent' can go no further") &&
                 perdure_test::contains("1 child workflows are open"));
}

TEST_CASE("a run that sleeps for long while a schedule acts often is waited for", "[testing]") {
  perdure::test_environment env{{.replay_after_every_task = false}};
  env.add<sleeps_long, does_nothing>();
  perdure::schedule often{
      .action = perdure::start_workflow_action<does_nothing>({.id = "s", .task_queue = "tests"}),
      .spec = {.intervals = {{.every = 30min}}}};
  (void)env.get_client().create_schedule("often", std::move(often));
  CHECK(env.execute_workflow<sleeps_long>() == 1); // after 17,520 actions
}

TEST_CASE("a divergence late in a long run is found", "[testing]") {
  runs_of_late() = 0;
  perdure::test_environment env;
  env.add<late>();
  CHECK_THROWS_AS(env.execute_workflow<late>(1'000), perdure::nondeterminism_error);
}

TEST_CASE("a long run is replayed less often than after each task", "[testing]") {
  runs_of_late() = 0;
  perdure::test_environment env;
  env.add<steady>();
  CHECK(env.execute_workflow<steady>(2'000) == 2'000);
  CHECK(runs_of_late() > 150);
  CHECK(runs_of_late() < 500);
}

TEST_CASE("the same program takes the same course, run ids included", "[testing]") {
  std::vector<std::string> ids;
  for (int i = 0; i < 2; ++i) {
    perdure::test_environment env{{.seed = 7}};
    env.add<countdown>();
    auto const handle = env.start_workflow<countdown>(1);
    ids.push_back(handle.run_id());
    handle.result();
  }
  CHECK(ids[0] == ids[1]);
}
