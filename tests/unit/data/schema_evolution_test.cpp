// Goal: what an older or a newer program recorded can be read, and what cannot says why. Method:
// one type in three versions, each reading what the others wrote.
#include "perdure/data/json.hpp"

#include "support/catch.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <vector>

namespace {

namespace first {
struct order {
  std::string customer{};
  int qty{};
  bool gift{};
};
} // namespace first

namespace second {
struct address {
  std::string street{"unknown"};
  int floor{1};
};
struct order {
  std::string customer{"nobody"};
  int quantity{1};
  std::optional<std::string> note{};
  address to{.street = "office"};
  std::vector<int> sizes{1, 2};
};
} // namespace second

} // namespace

template <>
inline constexpr auto perdure::renamed_fields<second::order> =
    std::array{perdure::renamed{"qty", "quantity"}, perdure::renamed{"count", "quantity"},
               perdure::renamed{"client", "customer"}};

TEST_CASE("a newer program reads what an older one wrote", "[data][json][evolution]") {
  auto const read =
      perdure::from_json<second::order>(perdure::to_json(first::order{"Ada", 3, true}));
  CHECK(read.customer == "Ada");
  CHECK(read.quantity == 3);
  CHECK_FALSE(read.note.has_value());
  CHECK(read.to.street == "office");
  CHECK(read.sizes == std::vector<int>{1, 2});
}

TEST_CASE("an older program reads what a newer one wrote", "[data][json][evolution]") {
  auto const read = perdure::from_json<first::order>(perdure::to_json(second::order{}));
  CHECK(read.customer == "nobody");
  CHECK(read.qty == 0);
  CHECK_FALSE(read.gift);
}

TEST_CASE("a missing field keeps its initialiser, at every level", "[data][json][evolution]") {
  auto const read = perdure::from_json<second::order>(R"({"to":{"floor":7},"sizes":[]})");
  CHECK(read.customer == "nobody");
  CHECK(read.to.street == "office");
  CHECK(read.to.floor == 7);
  CHECK(read.sizes.empty());
}

TEST_CASE("every listed old name is taken, and the new one is written", "[data][json][evolution]") {
  CHECK(perdure::from_json<second::order>(R"({"count":5})").quantity == 5);
  CHECK(perdure::from_json<second::order>(R"({"client":"Bob"})").customer == "Bob");
  CHECK(perdure::to_json(second::order{}).find("qty") == std::string::npos);
  CHECK_THROWS_WITH(perdure::from_json<second::order>(R"({"qty":1,"quantity":2})"),
                    perdure_test::contains(".quantity: the field is there twice"));
  CHECK_THROWS_WITH(perdure::from_json<second::order>(R"({"quantity":1,"count":2})"),
                    perdure_test::contains("twice"));
}

TEST_CASE("unknown fields are checked as strictly as known ones", "[data][json][evolution]") {
  CHECK_NOTHROW(
      perdure::from_json<first::order>(R"({"future":{"a":[{"b":1e400}]},"qty":1,"more":"x"})"));
  for (auto const* const json :
       {R"({"future":{"a":[}})", R"({"future":01})", R"({"future":"\ud800"})",
        "{\"future\":\"\xff\"}", R"({"future":{"a":1,"a":2}})", R"({"future":1,"future":2})"}) {
    CAPTURE(json);
    CHECK_THROWS_AS(perdure::from_json<first::order>(json), perdure::error);
  }
}

TEST_CASE("fields may come in any order", "[data][json][evolution]") {
  std::array<std::string, 4> parts{R"("customer":"Ada")", R"("quantity":9)", R"("note":"n")",
                                   R"("unknown":[])"};
  std::array<std::size_t, 4> order{0, 1, 2, 3};
  int permutations = 0;
  do {
    ++permutations;
    auto const json = "{" + parts[order[0]] + "," + parts[order[1]] + "," + parts[order[2]] + "," +
                      parts[order[3]] + "}";
    CAPTURE(json);
    auto const read = perdure::from_json<second::order>(json);
    CHECK(read.customer == "Ada");
    CHECK(read.quantity == 9);
    CHECK(read.note == "n");
  } while (std::next_permutation(order.begin(), order.end()));
  CHECK(permutations == 24);
}
