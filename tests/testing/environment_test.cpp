#include <perdure/testing.hpp>

#include "support/catch.hpp"

#include <string>
#include <vector>

using namespace std::chrono_literals;

namespace {

struct payment {
  std::string card{};
  int amount{};
};
struct receipt {
  std::string id{};
};

auto charge(payment p) -> receipt { return {"real-" + p.card}; }
auto real_calls() -> int& {
  static int calls = 0;
  return calls;
}
auto ship(std::string id, int weight) -> int {
  ++real_calls();
  return static_cast<int>(id.size()) + weight;
}
inline constexpr perdure::remote_activity<"notify", bool(std::string)> notify;
inline constexpr perdure::remote_workflow<"invoice", std::string(int)> invoice;
inline constexpr perdure::signal<bool> approve{"approve"};
inline constexpr perdure::query<int()> steps{"steps"};

perdure::workflow<std::string> pay(payment p) {
  auto const got = co_await perdure::execute_activity<charge>(p, {.start_to_close_timeout = 60s});
  co_return got.id;
}
perdure::workflow<int> pack(int weight) {
  co_return co_await perdure::execute_activity<ship>("abc", weight,
                                                     {.start_to_close_timeout = 60s});
}
perdure::workflow<int> parent(int weight) {
  co_return co_await perdure::execute_child_workflow<pack>(weight) + 1;
}
perdure::workflow<std::string> billed(int amount) {
  auto const text = co_await perdure::execute_child_workflow<invoice>(amount);
  bool const sent =
      co_await perdure::execute_activity<notify>(text, {.start_to_close_timeout = 60s});
  co_return sent ? text : "not sent";
}
perdure::workflow<int> year() {
  int days = 0;
  for (; days < 365; ++days) co_await perdure::sleep(24h);
  co_return days;
}
perdure::workflow<std::string> approval() {
  int seen = 0;
  auto const asked = perdure::handle(steps, [&] { return seen; });
  ++seen;
  bool const yes = co_await perdure::receive(approve);
  ++seen;
  co_return yes ? "approved" : "refused";
}
auto process_calls() -> int& {
  static int calls = 0;
  return calls;
}
perdure::workflow<int> unstable() { // does something else each time its code runs
  if (++process_calls() % 2 == 1)
    co_await perdure::sleep(1h);
  else
    co_await perdure::execute_activity<ship>("abc", 1, {.start_to_close_timeout = 60s});
  co_return 1;
}
perdure::workflow<int> broken() {
  throw std::logic_error{"a bug"};
  co_return 1;
}
perdure::workflow<int> elsewhere() {
  co_return co_await perdure::execute_activity<ship>(
      "abc", 4, {.start_to_close_timeout = 60s, .task_queue = "gpu"});
}
perdure::workflow<int> local() {
  co_return co_await perdure::execute_local_activity<ship>("abc", 4,
                                                           {.start_to_close_timeout = 60s});
}

template <class F>
auto message_of(F&& f) -> std::string {
  try {
    f();
  } catch (std::exception const& e) {
    return e.what();
  }
  return "nothing was thrown";
}
auto holds(std::string const& text, std::string const& part) -> bool {
  return text.find(part) != std::string::npos;
}

} // namespace

TEST_CASE("a year of sleeping passes at once", "[testing]") {
  perdure::test_environment env;
  env.add<year>();
  CHECK(env.execute_workflow<year>() == 365);
  CHECK(env.elapsed() == 365 * 24h);
}

TEST_CASE("a mock takes the place of an activity, and its calls are counted", "[testing]") {
  perdure::test_environment env;
  env.add<pay>();
  std::vector<int> amounts;
  env.mock<charge>([&](payment p) {
    amounts.push_back(p.amount);
    return receipt{"mocked"};
  });
  env.add<charge>(); // in whatever order
  CHECK(env.execute_workflow<pay>({"4242", 5}) == "mocked");
  CHECK(env.execute_workflow<pay>({"4243", 6}, {.id = "second"}) == "mocked");
  CHECK(amounts == std::vector{5, 6});
  auto const calls = env.calls<charge>();
  REQUIRE(calls.count() == 2);
  CHECK(calls.argument(0).card == "4242");
  CHECK(calls[1].workflow_id == "second");
  CHECK(env.calls<pay>().count() == 2);
  CHECK(env.calls<pay>().argument(1).amount == 6);
}

TEST_CASE("activities that are registered run, and are counted too", "[testing]") {
  perdure::test_environment env;
  env.add<parent, pack, ship>();
  CHECK(env.execute_workflow<parent>(4) == 8);
  REQUIRE(env.calls<ship>().count() == 1);
  CHECK(env.calls<ship>().argument<1>(0) == 4);
  CHECK(env.calls<pack>().count() == 1);
  CHECK(env.calls<notify>().empty());
}

TEST_CASE("a mock stands for a child workflow, and throws as one", "[testing]") {
  perdure::test_environment env;
  env.add<parent>();
  env.mock<pack>([](int weight) { return weight * 10; });
  CHECK(env.execute_workflow<parent>(4) == 41);
  env.mock<pack>(
      [](int) -> int { throw perdure::application_error{"too heavy", {.type = "TooHeavy"}}; });
  CHECK(holds(message_of([&] { env.execute_workflow<parent>(5); }), "too heavy"));
  CHECK(env.calls<pack>().count() == 2);
}

TEST_CASE("what lives in other programs is mocked by its declaration", "[testing]") {
  perdure::test_environment env;
  env.add<billed>();
  env.mock<invoice>([](int amount) { return "invoice of " + std::to_string(amount); });
  env.mock<notify>([](std::string const& text) { return !text.empty(); });
  CHECK(env.execute_workflow<billed>(7) == "invoice of 7");
  CHECK(env.calls<notify>().argument(0) == "invoice of 7");
}

TEST_CASE("attempts fail as planned and are tried again by the retry policy", "[testing]") {
  perdure::test_environment env;
  env.add<pay>();
  env.mock<charge>([](payment) { return receipt{"paid"}; });
  env.fail<charge>(perdure::application_error{"no answer"}, 2);
  CHECK(env.execute_workflow<pay>({}) == "paid");
  CHECK(env.calls<charge>().count() == 3);
  CHECK(env.calls<charge>()[2].attempt == 3);
  CHECK(env.elapsed() == 3s); // 1 s, then 2 s
  env.fail_call<charge>(5, perdure::application_error{"declined", {.non_retryable = true}});
  CHECK(env.execute_workflow<pay>({}) == "paid");
  CHECK(holds(message_of([&] { env.execute_workflow<pay>({}); }), "declined"));
}

TEST_CASE("answers come later in virtual time, and may come too late", "[testing]") {
  perdure::test_environment env;
  env.add<pay>();
  env.mock<charge>([](payment) { return receipt{"paid"}; });
  env.delay<charge>(40s);
  CHECK(env.execute_workflow<pay>({}) == "paid");
  CHECK(env.elapsed() == 40s);
  env.delay<charge>(10min, 1); // beyond the timeout of a minute: tried again
  CHECK(env.execute_workflow<pay>({}) == "paid");
  CHECK(env.elapsed() == 40s + 60s + 1s);
  CHECK(env.calls<charge>().count() == 3);
}

TEST_CASE("a mocked child workflow is delayed and fails as planned", "[testing]") {
  perdure::test_environment env;
  env.add<parent>();
  CHECK(holds(message_of([&] { env.delay<pack>(1h); }), "not mocked"));
  env.mock<pack>([](int weight) { return weight; });
  env.delay<pack>(48h, 1);
  CHECK(env.execute_workflow<parent>(4) == 5);
  CHECK(env.elapsed() == 48h);
  env.fail<pack>(perdure::application_error{"lost"});
  CHECK(holds(message_of([&] { env.execute_workflow<parent>(4); }), "lost"));
}

TEST_CASE("signals and queries come at chosen times", "[testing]") {
  perdure::test_environment env;
  env.add<approval>();
  int before = 0;
  std::vector<std::string> order;
  auto const handle = env.start_workflow<approval>({.id = "a"});
  env.at(10min, [&](auto& client) {
    order.push_back("second");
    client.get_handle("a").signal(approve, true);
  });
  env.at(5min, [&] {
    order.push_back("first");
    before = handle.query(steps);
  });
  env.at(10min, [&] { order.push_back("third"); });
  CHECK(handle.result() == "approved");
  CHECK(env.elapsed() == 10min);
  CHECK(before == 1);
  env.advance(0s);
  CHECK(order == std::vector<std::string>{"first", "second", "third"});
}

TEST_CASE("a cancel at a chosen time reaches the workflow", "[testing]") {
  perdure::test_environment env;
  env.add<year>();
  auto const handle = env.start_workflow<year>({.id = "y"});
  env.after(30 * 24h + 1h, [&] { handle.cancel(); });
  CHECK_THROWS_AS(handle.result(), perdure::cancelled_error);
  CHECK(env.elapsed() == 30 * 24h + 1h);
}

TEST_CASE("what an action throws leaves the call that waits", "[testing]") {
  perdure::test_environment env;
  env.add<year>();
  env.at(1h, [] { throw std::runtime_error{"the test's own"}; });
  CHECK(message_of([&] { env.execute_workflow<year>(); }) == "the test's own");
}

TEST_CASE("what is neither registered nor mocked is said at once", "[testing]") {
  perdure::test_environment first;
  first.add<pay, local>();
  auto const activity = message_of([&] { first.execute_workflow<pay>({}); });
  CHECK(holds(activity, "called activity 'charge', which is neither registered"));
  auto const in_worker = message_of([&] { first.execute_workflow<local>(); });
  CHECK(holds(in_worker, "called activity 'ship'"));
  CHECK(first.elapsed() == 0s);
  perdure::test_environment second;
  second.add<parent>();
  auto const child = message_of([&] { second.execute_workflow<parent>(1); });
  CHECK(holds(child, "workflow 'pack'"));
  CHECK(holds(child, "neither registered"));
  CHECK(second.elapsed() == 0s);
}

TEST_CASE("code that does not replay fails the test at once", "[testing]") {
  process_calls() = 0;
  perdure::test_environment env;
  env.add<unstable, ship>();
  auto const handle = env.start_workflow<unstable>();
  try {
    handle.result();
    FAIL("nothing was thrown");
  } catch (perdure::nondeterminism_error const& e) {
    CHECK(holds(e.what(), "workflow 'unstable' (id 'unstable-1')"));
    CHECK(holds(e.what(), "environment_test.cpp"));
  }
  CHECK(env.elapsed() == 0s);
}

TEST_CASE("without replay after every task such code gets through", "[testing]") {
  process_calls() = 0;
  perdure::test_environment env{{.replay_after_every_task = false}};
  env.add<unstable, ship>();
  CHECK(env.execute_workflow<unstable>() == 1);
  CHECK(process_calls() == 1);
}

TEST_CASE("an exception of workflow code that is no failure fails the test", "[testing]") {
  perdure::test_environment env;
  env.add<broken>();
  auto const text = message_of([&] { env.execute_workflow<broken>(); });
  CHECK(holds(text, "a workflow task of workflow 'broken'"));
  CHECK(holds(text, "a bug"));
}

TEST_CASE("tasks of other queues are worked on, and local activities are mocked", "[testing]") {
  perdure::test_environment env;
  env.add<elsewhere, local>();
  env.mock<ship>([](std::string, int weight) { return weight; });
  CHECK(env.execute_workflow<elsewhere>() == 4);
  env.fail<ship>(perdure::application_error{"once"});
  CHECK(env.execute_workflow<local>() == 4);
  CHECK(env.calls<ship>().count() == 3);
}
