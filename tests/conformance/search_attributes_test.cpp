// Memo and search attributes: what is kept, what is refused, and lists that are filtered by them.
#include "conformance/behaviour.hpp"

#include <perdure/history/run_query.hpp>

namespace perdure_test::conformance {

inline constexpr perdure::search_attribute<perdure::keyword> customer{"Customer"};
inline constexpr perdure::search_attribute<perdure::text> notes{"Notes"};
inline constexpr perdure::search_attribute<perdure::keyword_list> tags{"Tags"};
inline constexpr perdure::search_attribute<int> total{"Total"};
inline constexpr perdure::search_attribute<double> rate{"Rate"};
inline constexpr perdure::search_attribute<bool> paid{"Paid"};
inline constexpr perdure::search_attribute<perdure::time_point> due{"Due"};

static auto with(std::string id, perdure::payload_map attributes)
    -> perdure::start_workflow_request {
  perdure::start_workflow_request request{};
  request.workflow_id = id;
  request.workflow_type = "order";
  request.task_queue = "tests";
  request.search_attributes = std::move(attributes);
  return request;
}
static auto upsert(perdure::payload_map attributes) -> perdure::command {
  e::upsert_workflow_search_attributes asked{};
  asked.search_attributes = std::move(attributes);
  return commands::of(perdure::command_type::upsert_workflow_search_attributes, std::move(asked));
}
static auto at(int seconds) -> perdure::time_point {
  return perdure::time_point{1'700'000'000s + std::chrono::seconds{seconds}};
}
static auto found(world& w, perdure::run_condition where) -> std::string {
  perdure::list_filter filter{};
  filter.where = where;
  CHECK(w.backend.count_workflows(filter) == w.backend.list_workflows(filter).workflows.size());
  return w.ids(filter);
}
static auto found(world& w, std::string const& query) -> std::string {
  return found(w, perdure::parse_run_query(query).where);
}
static void start_four(world& w) {
  w.start(with("a", {customer("acme"), total(1), rate(0.5), paid(true), due(at(0)),
                     tags({"red", "blue"}), notes("Call the buyer, soon")}));
  w.pass(1s);
  w.start(with("b", {customer("acorn"), total(20), rate(2.0), paid(false), due(at(60)),
                     tags({"blue"}), notes("soon enough")}));
  w.pass(1s);
  w.start(with("c", {customer("zoo"), total(-3), rate(20), due(at(120))}));
  w.pass(1s);
  w.start(with("d", {}));
}

BEHAVIOUR("lists are filtered by search attributes of every type", "[search_attributes]") {
  start_four(w);
  CHECK(found(w, customer == "acme") == "a");
  CHECK(found(w, customer != "acme") == "b c");
  CHECK(found(w, customer.starts_with("ac")) == "a b");
  CHECK(found(w, customer.in({"zoo", "acme"})) == "a c");
  CHECK(found(w, customer.is_set()) == "a b c");
  CHECK(found(w, customer.is_not_set()) == "d");
  CHECK(found(w, total >= 1) == "a b");
  CHECK(found(w, total.between(-3, 1)) == "a c");
  CHECK(found(w, rate < 2.0) == "a");
  CHECK(found(w, paid == false) == "b");
  CHECK(found(w, due > at(30)) == "b c");
  CHECK(found(w, due == at(60)) == "b");
  CHECK(found(w, tags == "blue") == "a b");
  CHECK(found(w, tags != "red") == "b");
  CHECK(found(w, notes == "SOON") == "a b");
  CHECK(found(w, notes == "buyer call") == "a");
  CHECK(found(w, !(customer == "acme")) == "b c d");
  CHECK(found(w, customer == "acme" || total == -3) == "a c");
  CHECK(found(w, customer == "acme" && total == 20) == "");
}

BEHAVIOUR("lists are filtered by queries in text", "[search_attributes]") {
  start_four(w);
  w.terminate({}, "b");
  CHECK(found(w, "Customer = 'acme'") == "a");
  CHECK(found(w, "Total > 0.5 AND Rate <= 2") == "a b");
  CHECK(found(w, "Due BETWEEN '2023-11-14T22:13:20Z' AND '2023-11-14T22:14:20Z'") == "a b");
  CHECK(found(w, "ExecutionStatus = 'Terminated'") == "b");
  CHECK(found(w, "ExecutionStatus != 'Terminated' AND WorkflowType = 'order'") == "a c d");
  CHECK(found(w, "WorkflowId IN ('a', 'd') OR Customer STARTS_WITH 'z'") == "a c d");
  CHECK(found(w, "CloseTime IS NULL") == "a c d");
  CHECK(found(w, "TaskQueue = 'tests' AND NOT (Tags = 'blue' OR Customer IS NULL)") == "c");
  CHECK(found(w, "HistoryLength >= 3") == "b");
  CHECK(found(w, "ParentWorkflowId IS NULL AND Total = 20.0") == "b");
  auto const second = w.describe("b").start_time;
  perdure::list_filter filter{};
  filter.where.what = perdure::run_condition::kind::compare;
  filter.where.how = perdure::run_condition::comparison::less;
  filter.where.field = "StartTime";
  filter.where.value = perdure::literal_of(second);
  CHECK(w.ids(filter) == "a");
}

BEHAVIOUR("the execution time of a run is after its start delay", "[search_attributes]") {
  auto request = with("late", {});
  request.start_delay = 1h;
  w.start(request);
  w.start(with("now", {}));
  perdure::list_filter filter{};
  filter.where.what = perdure::run_condition::kind::compare;
  filter.where.how = perdure::run_condition::comparison::greater;
  filter.where.field = "ExecutionTime";
  filter.where.value = perdure::literal_of(w.describe("now").start_time + 30min);
  CHECK(w.ids(filter) == "late");
}

BEHAVIOUR("a page of a filtered list holds what it was asked for", "[search_attributes]") {
  for (int i = 0; i < 30; ++i)
    w.start(with("r" + std::to_string(i), {total(i), customer(i % 3 == 0 ? "x" : "y")}));
  perdure::list_filter filter{};
  filter.where = customer == "x" && total > 2;
  filter.page_size = 4;
  std::string all;
  std::size_t pages = 0;
  do {
    auto const page = w.backend.list_workflows(filter);
    ++pages;
    CHECK(page.workflows.size() <= 4);
    for (auto const& each : page.workflows) (all += each.execution.workflow_id.view()) += ' ';
    filter.next_page_token = page.next_page_token;
  } while (!filter.next_page_token.empty());
  CHECK(all == "r3 r6 r9 r12 r15 r18 r21 r24 r27 ");
  CHECK(pages >= 3);
}

BEHAVIOUR("upserts change what a run is found by, and stay when it closes", "[search_attributes]") {
  w.start(with("w", {customer("acme"), total(1)}));
  w.hand.decide({upsert({customer("other"), tags({"x"}), total.unset()})});
  auto const seen = w.describe();
  CHECK(seen.search_attributes.get(customer) == "other");
  CHECK(seen.search_attributes.get(tags) == std::vector<std::string>{"x"});
  CHECK_FALSE(seen.search_attributes.get(total));
  CHECK(found(w, customer == "acme") == "");
  CHECK(found(w, customer == "other" && tags == "x") == "w");
  CHECK(found(w, total.is_set()) == "");
  w.terminate();
  CHECK(found(w, customer == "other") == "w");
  w.backend.delete_workflow({"w", {}}, {}, {});
  CHECK(found(w, customer == "other") == "");
}

BEHAVIOUR("a memo is set at the start, changed by the run, and seen in descriptions and lists",
          "[search_attributes]") {
  perdure::start_workflow_request request{};
  request.memo = perdure::payload_map{{"stage", perdure::to_payload(std::string{"new"})},
                                      {"gone", perdure::to_payload(1)}};
  w.start(request);
  CHECK(w.describe().memo.get<std::string>("stage") == "new");
  e::workflow_properties_modified asked{};
  asked.upserted_memo = perdure::payload_map{{"stage", perdure::to_payload(std::string{"paid"})},
                                             {"gone", perdure::payload::null()}};
  w.hand.decide({commands::of(perdure::command_type::modify_workflow_properties, asked)});
  CHECK(w.describe().memo.get<std::string>("stage") == "paid");
  CHECK(w.backend.list_workflows({}).workflows.front().memo.entries().size() == 1);
}

static auto refused(world& w, perdure::payload_map attributes) -> std::string {
  try {
    w.start(with("w", std::move(attributes)));
  } catch (perdure::error const& why) {
    return why.what();
  }
  return "none";
}

BEHAVIOUR("search attributes that are too many, too large or of another type are refused",
          "[search_attributes]") {
  CHECK_THAT(refused(w, {customer(std::string(2'047, 'x'))}),
             contains("search attribute 'Customer': a size of 2049 is above the limit of 2048"));
  CHECK_THAT(refused(w, {{std::string(1'001, 'n'), total(1).second}}),
             contains("name of 1001 is above the limit of 1000"));
  perdure::payload_map many;
  for (int i = 0; i <= 100; ++i) many.emplace("k" + std::to_string(i), total(i).second);
  CHECK_THAT(refused(w, many), contains("101 is above the limit of 100"));
  many.clear();
  for (int i = 0; i < 21; ++i)
    many.emplace("k" + std::to_string(i), customer(std::string(2'000, 'x')).second);
  CHECK_THAT(refused(w, many), contains("above the limit of 40960"));
  auto wrong = total(5).second;
  wrong.metadata.set("type", "Keyword");
  CHECK_THAT(refused(w, {{"Customer", wrong}}), contains("'Customer': not a Keyword"));
  wrong.metadata.set("type", "Money");
  CHECK_THAT(refused(w, {{"Customer", wrong}}), contains("its type is none of"));
  CHECK_THAT(refused(w, {{"WorkflowId", total(1).second}}), contains("a field of this name"));
  CHECK(refused(w, {{"Raw", perdure::to_payload(7)}}) == "none"); // the type is that of its JSON
  CHECK(found(w, "Raw = 7") == "w");
}

BEHAVIOUR("an upsert that is refused fails the workflow task with what is wrong",
          "[search_attributes]") {
  w.start();
  w.hand.decide({upsert({customer(std::string(3'000, 'x'))})});
  auto const failed = w.get<e::workflow_task_failed>();
  CHECK(failed.cause == perdure::workflow_task_failed_cause::bad_search_attributes);
  CHECK_THAT(failed.failure->message, contains("'Customer'"));
  CHECK(w.describe().search_attributes.empty());
}

BEHAVIOUR("what runs are found by does not depend on what is in their values",
          "[search_attributes]") {
  int n = 0;
  for (std::string const& text : naughty_strings()) {
    if (text.empty() || perdure::to_json(text).size() > 2'000) continue;
    w.start(with("n" + std::to_string(n), {customer(text)}));
    CAPTURE(text);
    CHECK(found(w, customer == text) == "n" + std::to_string(n));
    ++n;
  }
  CHECK(n > 5);
}

BEHAVIOUR("a reset run has the search attributes and the memo of its history",
          "[search_attributes]") {
  w.start(with("w", {customer("acme")}));
  w.hand.decide({upsert({total(7)}), commands::timer("1", 1s)});
  w.pass(1s);
  w.hand.decide({upsert({total(8)})});
  perdure::reset_request reset{};
  reset.execution.workflow_id = "w";
  reset.event = 9; // the second task
  auto const again = w.backend.reset_workflow(reset);
  CHECK(w.describe(again).search_attributes.get(total) == 7);
  CHECK(w.describe(again).search_attributes.get(customer) == "acme");
}

DURABLE_BEHAVIOUR("search attributes are there after the place was opened again",
                  "[search_attributes]") {
  start_four(w);
  w.reopen();
  CHECK(found(w, customer == "acme") == "a");
  CHECK(w.describe("a").search_attributes.get(due) == at(0));
}

} // namespace perdure_test::conformance
