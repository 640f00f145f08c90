// What clients and operators ask of a real server: lists, starts, updates that move on, activities
// from outside.
#include "cluster/cluster_world.hpp"

#include <string>
#include <thread>
#include <utility>

#include "cluster/soon.hpp"

namespace {

using namespace std::chrono_literals;
using namespace perdure_test;
using perdure::errc;
using perdure::event_type;
using perdure::list_filter;
using perdure::list_order;
using perdure::workflow_execution_status;
using stage = perdure::update_stage;

inline constexpr perdure::search_attribute<perdure::keyword> field{"CustomKeywordField"};
inline constexpr perdure::signal<> finish{"finish"};
inline constexpr perdure::signal<> move_on{"move_on"};
inline constexpr perdure::update<int(int)> put{"put"};
inline constexpr perdure::update<int(int)> put_at_end{"put_at_end"};

/// Goes on as a new run when it is told to, and ends when it is told to.
perdure::workflow<int> keeps(int sum) {
  bool over = false;
  bool moves = false;
  auto const puts = perdure::handle(put, [&](int more) { return sum += more; });
  auto const later = perdure::handle(put_at_end, [&](int more) -> perdure::workflow<int> {
    co_await perdure::wait_until([&] { return over; });
    co_return sum += more;
  });
  auto const ends = perdure::on(finish, [&] { over = true; });
  auto const turns = perdure::on(move_on, [&] { moves = true; });
  co_await perdure::wait_until([&] { return over || moves; });
  co_await perdure::wait_until(perdure::all_handlers_finished);
  if (!over) co_await perdure::continue_as_new<keeps>(sum);
  co_return sum;
}
using world = cluster_world<keeps>;

// ------------------------------------------------------------------------------------------ lists
/// Workflows 0 to 4, of which 1 and 3 were terminated; those with even numbers are "acme's".
struct shop : world {
  shop() {
    for (char const n : {'0', '1', '2', '3', '4'}) {
      auto asked = options();
      asked.id = id("") + n;
      asked.search_attributes = {field(n % 2 == 0 ? "acme" : "O'Neill & sons")};
      client.start_workflow<keeps>(0, asked);
    }
    for (char const n : {'3', '1'}) client.get_handle(id("") + n).terminate();
    list_filter terminated{};
    terminated.workflow_id_prefix = id("");
    terminated.status = workflow_execution_status::terminated;
    REQUIRE(holds_soon([&] { return client.count(terminated) == 2; }));
  }
  ~shop() {
    for (char const n : {'0', '2', '4'}) client.get_handle(id("") + n).terminate();
  }
  auto id(std::string const& name) const -> std::string { return world::id("shop") + name; }
};
auto listed(shop& s, list_filter filter) -> std::string {
  filter.workflow_id_prefix = s.id("");
  std::string all;
  for (auto const& each : s.client.list(filter)) all += each.execution.workflow_id.view().back();
  CHECK(s.client.count(filter) == all.size());
  return all;
}
auto where(perdure::run_condition condition) -> list_filter {
  list_filter made{};
  made.where = std::move(condition);
  return made;
}

TEST_CASE("runs are listed by what they are, oldest first, and counted", "[cluster][list]") {
  shop s;
  CHECK(listed(s, {}) == "01234");
  CHECK(listed(s, {.page_size = 2}) == "01234");
  list_filter three{.limit = 3};
  three.workflow_id_prefix = s.id("");
  CHECK(s.client.list(three).size() == 3);
  CHECK(listed(s, {.workflow_type = "keeps"}) == "01234");
  CHECK(listed(s, {.task_queue = "elsewhere"}).empty());
  CHECK(listed(s, {.status = workflow_execution_status::running}) == "024");
  CHECK(listed(s, where(field == "acme")) == "024");
  CHECK(listed(s, where(!(field == "acme"))) == "13");
  CHECK(listed(s, where(field == "O'Neill & sons")) == "13");
  CHECK(listed(s, where(field.starts_with("O'"))) == "13");
  CHECK(listed(s, where(field.in({}))).empty());
  CHECK(listed(s, where(perdure::parse_run_query("CloseTime IS NULL").where)) == "024");
}

TEST_CASE("the newest runs are listed first, open ones before closed ones", "[cluster][list]") {
  shop s;
  CHECK(listed(s, {.order = list_order::newest_first, .page_size = 2}) == "42013");
}

TEST_CASE("a list that a server cannot give says why", "[cluster][list]") {
  world w;
  constexpr perdure::search_attribute<perdure::keyword> unknown{"NoSuchField"};
  CHECK(code_of([&] { (void)w.client.count(field == "back\\slash"); }) == errc::not_supported);
  CHECK_THROWS_WITH(w.client.list(unknown == "x"), contains("NoSuchField"));
  CHECK(code_of([&] { (void)w.client.list(unknown == "x"); }) == errc::invalid_argument);
}

TEST_CASE("a run that is deleted is gone", "[cluster][operator]") {
  world w;
  auto const handle = w.start<keeps>(0);
  handle.delete_run();
  CHECK(holds_soon([&] { return code_of([&] { (void)handle.describe(); }) == errc::not_found; }));
}

// ------------------------------------------------------------------------------------------ starts
TEST_CASE("the same request is one start", "[cluster][start]") {
  world w;
  perdure::start_workflow_request request{};
  request.workflow_id = w.id();
  request.workflow_type = "keeps";
  request.task_queue = w.queue();
  request.input = perdure::to_payloads(0);
  request.request_id = "once";
  auto const first = w.backend.start_workflow(request).execution;
  CHECK(w.backend.start_workflow(request).execution == first);
  w.client.get_handle(w.id()).terminate();
  CHECK(w.backend.start_workflow(request).execution == first);
  request.request_id = "twice";
  CHECK_FALSE(w.backend.start_workflow(request).execution == first);
  w.client.get_handle(w.id()).terminate();
}

TEST_CASE("what is too large for a server is refused", "[cluster][start]") {
  world w;
  CHECK(code_of([&] {
          w.client.start_workflow<keeps>(0, [&] {
            auto asked = w.options();
            asked.memo = {{"large", perdure::to_payload(std::string(3U << 20U, 'x'))}};
            return asked;
          }());
        }) == errc::limit_exceeded);
}

TEST_CASE("a run that is over takes no cancellation", "[cluster][cancel]") {
  world w;
  auto const handle = w.start<keeps>(0);
  handle.terminate();
  CHECK(code_of([&] { handle.cancel(); }) == errc::already_closed);
  CHECK(code_of([&] { handle.terminate(); }) == errc::already_closed);
}

TEST_CASE("who waits for a run that is reset gets the end of the new one", "[cluster][reset]") {
  world w;
  auto const handle = w.start<keeps>(7);
  REQUIRE(holds_soon([&] { return w.count(event_type::workflow_task_completed) == 1; }));
  CHECK(code_of([&] { (void)handle.reset(1); }) == errc::invalid_argument);
  CHECK(code_of([&] { (void)handle.reset(99); }) == errc::invalid_argument);
  auto const again = handle.reset(4, "again");
  again.signal(finish);
  CHECK(handle.result() == 7);
  CHECK(handle.describe().status == workflow_execution_status::terminated);
}

TEST_CASE("an update that came after the point of a reset is taken in again",
          "[cluster][reset][update]") {
  world w;
  auto const handle = w.start<keeps>(7);
  CHECK(handle.update(put, 1, {.id = "u"}) == 8);
  auto const again = handle.reset(4, "again");
  CHECK(again.get_update_handle<int>("u").result() == 8);
  again.signal(finish);
  CHECK(again.result() == 8);
}

// ----------------------------------------------------------------------------------------- updates
TEST_CASE("an update is waited for as long as it takes, or not so long", "[cluster][update]") {
  world w;
  auto const handle = w.start<keeps>(1);
  auto const update = handle.start_update(put_at_end, 2);
  CHECK(update.stage() == stage::accepted);
  perdure::poll_update_request poll{};
  poll.execution = handle.execution();
  poll.update_id = update.id();
  poll.wait_for = stage::completed;
  poll.wait_timeout = 200ms;
  CHECK(w.backend.poll_update(poll).stage == stage::accepted);
  std::thread waiting{[&] { CHECK(update.result() == 3); }};
  handle.signal(finish);
  waiting.join();
  CHECK(handle.result() == 3);
  CHECK(update.result() == 3);
}

TEST_CASE("an update that nobody takes is admitted, and gone with its run", "[cluster][update]") {
  world w;
  w.worker.stop();
  auto const handle = w.start<keeps>(0);
  auto const update = handle.start_update(put, 1, {.wait_for = stage::admitted});
  CHECK(update.stage() == stage::admitted);
  CHECK(code_of([&] { (void)handle.get_update_handle("other").stage(); }) == errc::not_found);
  handle.terminate();
  CHECK(code_of([&] { (void)update.result(); }) == errc::already_closed);
  CHECK(code_of([&] { (void)handle.update(put, 1); }) == errc::already_closed);
}

TEST_CASE("an update is sent to the run that continues the one it was for", "[cluster][update]") {
  world w;
  auto const handle = w.start<keeps>(1);
  auto const current = w.client.get_handle<keeps>(w.id());
  for (int i = 0; i < 5; ++i) {
    std::thread turning{[&] { current.signal(move_on); }};
    CHECK(current.update(put, 1) == 2 + i);
    turning.join();
  }
  current.signal(finish);
  CHECK(handle.result() == 6);
}

TEST_CASE("an update may begin the run that it is for, or find it", "[cluster][update][start]") {
  world w;
  auto options = w.options();
  options.id_conflict_policy = perdure::workflow_id_conflict_policy::fail;
  auto const begin = [&](std::string id, stage wanted = stage::accepted) {
    return w.client.update_with_start<keeps>(1, options, put, 2,
                                             perdure::update_options{std::move(id), wanted});
  };
  auto const made = begin("u");
  CHECK(made.started);
  CHECK(made.update.result() == 3);
  CHECK(begin("u").update.result() == 3); // the run knows it
  CHECK(code_of([&] { begin("other"); }) == errc::already_started);
  options.id_conflict_policy = perdure::workflow_id_conflict_policy::use_existing;
  auto const found = begin("other", stage::admitted);
  CHECK_FALSE(found.started);
  CHECK(found.update.result() == 5);
  made.workflow.signal(finish);
  CHECK(made.workflow.result() == 5);
}

// -------------------------------------------------------------------------------------- activities
auto odd() -> int { throw perdure::application_error{"odd"}; }
perdure::workflow<int> tries(std::string queue) {
  co_return co_await perdure::execute_activity<odd>({.start_to_close_timeout = 60s,
                                                     .retry_policy = {.initial_interval = 1h},
                                                     .task_queue = queue});
}

TEST_CASE("an activity that waits for its next attempt is hurried, or completed from outside",
          "[cluster][activity]") {
  cluster_world<tries, odd> w;
  auto const handle = w.start<tries>(w.queue());
  auto const failed = [&] {
    auto const open = handle.describe().pending_activities;
    return open.size() == 1 && !open[0].started && open[0].last_failure == "odd";
  };
  REQUIRE(holds_soon(failed));
  handle.retry_activity_now("1");
  REQUIRE(holds_soon(failed));
  CHECK(code_of([&] { handle.retry_activity_now("2"); }) == errc::not_found);
  w.client.get_async_activity_handle(w.id(), "", "1").complete(12);
  CHECK(handle.result() == 12);
  CHECK(code_of([&] { handle.retry_activity_now("1"); }) == errc::already_closed);
}

TEST_CASE("an activity that waits for a worker has no attempt to fail", "[cluster][activity]") {
  cluster_world<tries> w;
  auto const handle = w.start<tries>(w.queue() + "-nobody");
  REQUIRE(holds_soon([&] { return handle.describe().pending_activities.size() == 1; }));
  auto const activity = w.client.get_async_activity_handle(w.id(), "", "1");
  CHECK(code_of([&] { activity.heartbeat(); }) == errc::task_lost);
  CHECK(code_of([&] { activity.fail(perdure::application_error{"odd"}); }) == errc::task_lost);
  CHECK(code_of([&] { handle.retry_activity_now("1"); }) == errc::invalid_argument);
  activity.complete(7);
  CHECK(handle.result() == 7);
  CHECK(code_of([&] { activity.complete(7); }) == errc::already_closed);
}

// ---------------------------------------------------------------------------------------- batches
TEST_CASE("a batch operation signals all runs that match, and another one ends them",
          "[cluster][batch]") {
  using request = perdure::temporal_batch_request;
  using state = perdure::temporal_batch_description::state;
  cluster_world<keeps> w;
  std::vector<decltype(w.start<keeps>(0))> runs;
  for (int i = 0; i < 5; ++i)
    runs.push_back(w.client.start_workflow<keeps>(i, w.options("batch-" + std::to_string(i))));
  auto const other = w.start<keeps>(0);
  list_filter all{.workflow_id_prefix = "batch-"};
  all.task_queue = w.queue();
  REQUIRE(holds_soon([&] { return w.client.count(all) == 5; }));
  auto const job = w.backend.start_batch({.what = request::operation::signal,
                                          .which = all,
                                          .reason = "all of them are over",
                                          .signal_name = "finish"});
  for (int i = 0; i < 5; ++i) CHECK(runs[static_cast<std::size_t>(i)].result() == i);
  CHECK(holds_soon([&] { return w.backend.describe_batch(job).status == state::completed; }));
  auto const done = w.backend.describe_batch(job);
  CHECK(done.completed_count == 5);
  CHECK(done.failed_count == 0);
  CHECK(done.reason == "all of them are over");
  CHECK(other.describe().status == workflow_execution_status::running);

  list_filter rest{.workflow_type = "keeps"};
  rest.task_queue = w.queue();
  rest.status = workflow_execution_status::running;
  (void)w.backend.start_batch(
      {.what = request::operation::terminate, .which = rest, .reason = "enough"});
  CHECK_THROWS_AS(other.result(), perdure::terminated_error);
  CHECK_THROWS_MATCHES(w.backend.describe_batch("no-such-job"), perdure::error,
                       has_code<perdure::error>(errc::not_found));
  CHECK_THROWS_MATCHES(
      w.backend.start_batch({.what = request::operation::cancel, .which = {}, .reason = "all"}),
      perdure::error, has_code<perdure::error>(errc::invalid_argument));
}

} // namespace
