#include "support/hand_worker.hpp"

namespace {

using namespace std::chrono_literals;
using namespace perdure_test;
using perdure::list_filter;
using perdure::list_order;
using perdure::workflow_execution_status;

/// Workflows order-0 to order-4, a minute apart; those with even numbers have completed 10 minutes
/// later.
struct shop : server {
  perdure::time_point opened{backend.now()};
  shop() {
    for (int i = 0; i < 5; ++i) {
      perdure::start_workflow_request request{};
      request.workflow_id = "order-" + std::to_string(i);
      request.workflow_type = i < 3 ? "order" : "return";
      start(request);
      pass(1min);
    }
    pass(10min);
    while (auto const task = hand.poll_workflow())
      hand.answer(*task, (task->execution.workflow_id.view().back() - '0') % 2 == 0
                             ? std::vector{commands::complete()}
                             : std::vector<perdure::command>{});
  }
  auto numbers(list_filter const& filter) -> std::string {
    std::string all;
    for (auto const& each : client.list(filter)) all += each.execution.workflow_id.view().back();
    CHECK(client.count_workflows(filter) == all.size());
    return all;
  }
};

TEST_CASE("runs are listed by what they are", "[engine][list]") {
  shop shop;
  CHECK(shop.numbers({}) == "01234");
  CHECK(shop.numbers({.workflow_id = "order-3"}) == "3");
  CHECK(shop.numbers({.workflow_type = "return"}) == "34");
  CHECK(shop.numbers({.task_queue = "tests"}) == "01234");
  CHECK(shop.numbers({.task_queue = "others"}).empty());
  CHECK(shop.numbers({.status = workflow_execution_status::completed}) == "024");
  CHECK(shop.numbers({.workflow_type = "return", .status = workflow_execution_status::running}) ==
        "3");
  list_filter prefix{};
  prefix.workflow_id_prefix = "order-";
  CHECK(shop.numbers(prefix) == "01234");
  prefix.workflow_id_prefix = "order-31";
  CHECK(shop.numbers(prefix).empty());
}

TEST_CASE("runs are listed by when they started and ended", "[engine][list]") {
  shop shop;
  list_filter filter{};
  filter.started_from = shop.opened + 1min;
  CHECK(shop.numbers(filter) == "1234");
  filter.started_before = shop.opened + 3min;
  CHECK(shop.numbers(filter) == "12");
  list_filter closed{};
  closed.closed_from = shop.opened + 15min;
  CHECK(shop.numbers(closed) == "024");
  closed.closed_before = shop.opened + 15min;
  CHECK(shop.numbers(closed).empty());
}

TEST_CASE("the newest can come first", "[engine][list]") {
  shop shop;
  list_filter filter{};
  filter.order = list_order::newest_first;
  CHECK(shop.numbers(filter) == "43210");
  filter.limit = 2;
  CHECK(shop.client.list(filter).size() == 2);
  CHECK(shop.client.list(filter)[1].execution.workflow_id == "order-3");
}

TEST_CASE("children are listed by their parent", "[engine][list]") {
  server server;
  auto const parent = server.start().execution;
  server.hand.decide({commands::child("kid"), commands::child("kid2")});
  server.settle_children();
  list_filter filter{};
  filter.parent = parent;
  CHECK(server.client.count_workflows(filter) == 2);
  filter.parent.run_id = {};
  CHECK(server.client.count_workflows(filter) == 2);
  filter.parent.run_id = "another";
  CHECK(server.client.count_workflows(filter) == 0);
  filter.parent = {"kid", {}};
  CHECK(server.client.count_workflows(filter) == 0);
}

TEST_CASE("pages of every size give the same list, in both orders", "[engine][list]") {
  shop shop;
  for (auto const order : {list_order::oldest_first, list_order::newest_first})
    for (std::size_t size = 1; size <= 6; ++size) {
      CAPTURE(size);
      list_filter filter{};
      filter.order = order;
      filter.page_size = size;
      std::string all;
      int pages = 0;
      do {
        auto const page = shop.client.list_workflows(filter);
        CHECK(page.workflows.size() <= size);
        for (auto const& each : page.workflows) all += each.execution.workflow_id.view().back();
        filter.next_page_token = page.next_page_token;
        ++pages;
      } while (!filter.next_page_token.empty());
      CHECK(all == (order == list_order::oldest_first ? "01234" : "43210"));
      CHECK(pages == static_cast<int>((5 + size - 1) / size));
      filter.next_page_token.clear();
      CHECK(shop.numbers(filter) == all);
    }
}

TEST_CASE("runs that start or go while somebody turns pages shift nothing", "[engine][list]") {
  shop shop;
  list_filter filter{};
  filter.page_size = 2;
  filter.order = list_order::newest_first;
  auto const first = shop.client.list_workflows(filter);
  shop.start();
  shop.client.get_handle("order-3").delete_run();
  filter.next_page_token = first.next_page_token;
  auto const second = shop.client.list_workflows(filter);
  REQUIRE(second.workflows.size() == 2);
  CHECK(second.workflows[0].execution.workflow_id == "order-2");
}

TEST_CASE("a page of nothing and a token from nowhere are refused", "[engine][list]") {
  server server;
  server.start();
  CHECK(error_of([&] { (void)server.client.list_workflows({.page_size = 0}); }) ==
        perdure::errc::invalid_argument);
  CHECK(error_of([&] { (void)server.client.list_workflows({.next_page_token = "x"}); }) ==
        perdure::errc::invalid_argument);
}

} // namespace
