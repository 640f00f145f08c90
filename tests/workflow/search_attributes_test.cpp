// Memo and search attributes as workflow code sets and sees them.
#include "support/virtual_world.hpp"

namespace {

using namespace std::chrono_literals;
using namespace perdure_test;

inline constexpr perdure::search_attribute<perdure::keyword> customer{"Customer"};
inline constexpr perdure::search_attribute<int> total{"Total"};
inline constexpr perdure::search_attribute<double> rate{"Rate"};
inline constexpr perdure::search_attribute<bool> paid{"Paid"};
inline constexpr perdure::search_attribute<perdure::time_point> due{"Due"};
inline constexpr perdure::search_attribute<perdure::keyword_list> tags{"Tags"};
inline constexpr perdure::search_attribute<perdure::text> notes{"Notes"};

auto show(std::optional<std::string> const& text) -> std::string { return text.value_or("-"); }

perdure::workflow<std::string> looks_at_itself() {
  std::string seen = show(perdure::info().search_attributes.get(customer));
  perdure::upsert_search_attributes({customer("other"), total(5), paid(true), rate(0.5),
                                     due(perdure::now()), tags({"a", "b"}), notes("some words")});
  seen += " " + show(perdure::info().search_attributes.get(customer));
  co_await perdure::sleep(1s);
  auto const& now = perdure::info().search_attributes;
  seen += " " + std::to_string(now.get(total).value_or(0));
  seen += now.get(paid).value_or(false) && now.get(rate) == 0.5 && now.get(due) &&
                  now.get(tags)->size() == 2 && now.get(notes) == "some words"
              ? " all"
              : " ?";
  (void)perdure::patched<"p">(); // its own search attribute is not the workflow's
  perdure::upsert_search_attributes({customer.unset()});
  co_await perdure::sleep(1s);
  seen += " " + show(perdure::info().search_attributes.get(customer));
  co_return seen + " " + std::to_string(perdure::info().search_attributes.entries().size());
}

TEST_CASE("a workflow sees the search attributes of its start with its own changes",
          "[workflow][search_attributes]") {
  live_and_replayed<virtual_world<looks_at_itself>>([](auto& world) {
    auto const handle = world.template start_with<looks_at_itself>(
        {.search_attributes = {customer("acme"), total(1)}});
    CHECK(handle.result() == "acme other 5 all - 6");
    world.check_replay();
    auto const seen = handle.describe().search_attributes;
    CHECK(seen.get(total) == 5);
    CHECK_FALSE(seen.get(customer));
    CHECK(world.client.list("Total = 5 AND TemporalChangeVersion = 'p'").size() == 1);
    CHECK(world.client.count("Customer IS NULL") == 1);
    CHECK(world.client.count({.where = total == 4}) == 0);
  });
}

perdure::workflow<std::string> keeps_a_memo() {
  std::string seen = show(perdure::memo<std::string>("stage"));
  perdure::upsert_memo("stage", std::string{"paid"});
  perdure::upsert_memo("count", 3);
  co_await perdure::sleep(1s);
  seen += " " + show(perdure::memo<std::string>("stage")) + " " +
          std::to_string(perdure::memo<int>("count").value_or(0));
  perdure::upsert_memo("count", std::optional<int>{});
  co_return seen + (perdure::memo<int>("count") ? " ?" : " gone");
}

TEST_CASE("a workflow sees the memo of its start with its own changes",
          "[workflow][search_attributes]") {
  live_and_replayed<virtual_world<keeps_a_memo>>([](auto& world) {
    auto const handle = world.template start_with<keeps_a_memo>(
        {.memo = {{"stage", perdure::to_payload(std::string{"new"})}}});
    CHECK(handle.result() == "new paid 3 gone");
    world.check_replay();
    CHECK(handle.describe().memo.template get<std::string>("stage") == "paid");
    CHECK(handle.describe().memo.entries().size() == 1);
  });
}

perdure::workflow<std::string> gives_a_wrong_value() {
  auto wrong = total(5);
  wrong.second.metadata.set("type", "Bool");
  try {
    perdure::upsert_search_attributes({wrong});
  } catch (perdure::error const& why) {
    co_return why.what();
  }
  co_return "taken";
}

TEST_CASE("a value that is not of the type it says is refused where it is given",
          "[workflow][search_attributes]") {
  virtual_world<gives_a_wrong_value> world;
  CHECK_THAT(world.run<gives_a_wrong_value>(), contains("search attribute 'Total': not a Bool"));
}

perdure::workflow<std::string> child_with_attributes() {
  co_return show(perdure::info().search_attributes.get(customer)) + " " +
      show(perdure::memo<std::string>("from"));
}
perdure::workflow<std::string> parent_with_attributes() {
  co_return co_await perdure::execute_child_workflow<child_with_attributes>(
      {.id = "kid",
       .memo = {{"from", perdure::to_payload(std::string{"parent"})}},
       .search_attributes = {customer("of the child")}});
}

TEST_CASE("a child gets the memo and search attributes of its options, not those of its parent",
          "[workflow][search_attributes]") {
  live_and_replayed<virtual_world<parent_with_attributes, child_with_attributes>>([](auto& world) {
    CHECK(world
              .template start_with<parent_with_attributes>(
                  {.search_attributes = {customer("acme"), total(1)}})
              .result() == "of the child parent");
    CHECK(world.client.list("Customer = 'of the child'").size() == 1);
    CHECK(world.client.count("Total = 1") == 1);
  });
}

TEST_CASE("a query that cannot be read is an error that names the place",
          "[workflow][search_attributes]") {
  virtual_world<keeps_a_memo> world;
  try {
    (void)world.client.list("Customer = acme");
    FAIL("the query was taken");
  } catch (perdure::error const& why) {
    CHECK(why.code() == perdure::errc::invalid_argument);
    CHECK_THAT(why.what(), contains("at character 12 ('acme')"));
  }
}

} // namespace
