#include <perdure/testing.hpp>

#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <array>
#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

using namespace std::chrono_literals;

// Two releases of one program.
namespace release_1 {
namespace {
enum class color { red, green, blue };
struct circle {
  double radius{};
};
struct square {
  double side{};
};
struct node {
  std::string name{};
  std::vector<node> children{};
};
struct line {
  std::string article{};
  std::int32_t count{};
  color paint{};
  std::variant<circle, square> form{};
  std::chrono::seconds due{};
  std::string note{};
  std::map<std::string, std::array<int, 2>> sizes{};
};
auto charge(line) -> std::string { return {}; }
auto ship(std::string, int) -> node { return {}; }
auto removed(int) -> int { return 1; }
class order {
public:
  auto run(std::vector<line>) -> perdure::workflow<int> { co_return 0; }
  void approve(bool) {}
  auto total() const -> int { return 0; }
  auto add(line) -> int { return 0; }
  using messages = perdure::messages<&order::approve, &order::total, &order::add>;
};
} // namespace
} // namespace release_1
namespace release_2 {
namespace {
enum class color { red, blue, black };
struct circle {
  double radius{};
};
struct triangle {
  double side{};
};
struct line {
  std::string article{};
  std::int64_t quantity{};
  color paint{};
  std::variant<circle, triangle> form{};
  std::chrono::milliseconds due{};
  std::optional<std::string> note{};
  std::map<std::string, std::array<int, 3>> sizes{};
  bool gift{};
};
auto charge(line) -> std::string { return {}; }
auto ship(std::string, std::string, std::optional<int>, int) -> release_1::node { return {}; }
auto added(int) -> int { return 1; }
} // namespace
} // namespace release_2
template <>
inline constexpr auto perdure::renamed_fields<release_2::line> =
    std::array{perdure::renamed{"count", "quantity"}};

namespace {

inline constexpr perdure::signal<release_1::color> repaint{"repaint"};
inline constexpr perdure::query<int(std::string)> count_of{"count_of"};

auto first() -> perdure::contract {
  perdure::contract made;
  made.add<release_1::charge, release_1::ship, release_1::removed>();
  return made;
}
auto second() -> perdure::contract {
  perdure::contract made;
  made.add<release_2::charge, release_2::ship, release_2::added>();
  return made;
}
auto count(std::vector<std::string> const& in, std::string const& start) -> int {
  int found = 0;
  for (auto const& each : in) found += each.find(start) == 0 ? 1 : 0;
  return found;
}

} // namespace

TEST_CASE("a contract is sorted lines of what is on the wire", "[testing]") {
  perdure::contract made;
  made.add<release_1::ship, &release_1::order::run>().add_messages(repaint, count_of);
  std::string const text = made.text();
  for (char const* const line :
       {"activity ship: declared\n", "activity ship argument 2: int32\n",
        "activity ship result .children[]: recursive\n", "workflow order argument 1[]: object\n",
        "workflow order argument 1[].count: int32\n",
        "workflow order argument 1[].paint=green: enumerator\n",
        "workflow order argument 1[].form<circle>.radius: double\n",
        "workflow order argument 1[].due: duration in 1/1 s\n",
        "workflow order argument 1[].sizes{}: array of 2\n",
        "workflow order signal approve argument 1: bool\n",
        "workflow order query total result: int32\n",
        "workflow order update add argument 1 .article: string\n",
        "signal repaint argument 1=blue: enumerator\n", "query count_of argument 1: string\n"}) {
    CAPTURE(line);
    CHECK(text.find(line) != std::string::npos);
  }
  CHECK(perdure::contract::from_text(text).text() == text);
  CHECK_THROWS_AS(perdure::contract::from_text("something else\n"), perdure::error);
}

TEST_CASE("a comparison of contracts names what breaks, and what does not", "[testing]") {
  auto const found = second().compare_with(first());
  CAPTURE(found.text());
  CHECK_FALSE(found.ok());
  CHECK(count(found.incompatible, "activity removed is gone") == 1);
  CHECK(count(found.incompatible, "activity charge argument 1 .paint=green is gone") == 1);
  CHECK(count(found.incompatible, "activity charge argument 1 .form<square> is gone") == 1);
  CHECK(count(found.incompatible, "activity charge argument 1 .sizes{} was array of 2") == 1);
  CHECK(count(found.incompatible, "activity ship argument 2 was int32 and is string") == 1);
  CHECK(count(found.incompatible, "activity ship argument 4 (int32) is new") == 1);
  CHECK(found.incompatible.size() == 6);
  CHECK(count(found.compatible, "activity added (declared) is new") == 1);
  CHECK(count(found.compatible, "activity charge argument 1 .gift (bool) is new") == 1);
  CHECK(count(found.compatible, "activity charge argument 1 .paint=black") == 1);
  CHECK(count(found.compatible, "activity charge argument 1 .form<triangle>") == 1);
  CHECK(count(found.compatible, "activity charge argument 1 .note was string") == 1);
  CHECK(count(found.compatible, "activity charge argument 1 .due was duration") == 1);
  CHECK(count(found.compatible, "activity charge argument 1 .quantity was int32") == 1);
  CHECK(count(found.compatible, "activity charge argument 1 .count is read as quantity") == 1);
  CHECK(count(found.compatible, "activity ship argument 3 (optional int32) is new") == 1);
  CHECK(found.compatible.size() == 9);
}

TEST_CASE("a contract that has not changed says nothing", "[testing]") {
  auto const found = first().compare_with(perdure::contract::from_text(first().text()));
  CHECK(found.ok());
  CHECK(found.text().empty());
}

TEST_CASE("a narrower type, a lost field and an old name given up are incompatible", "[testing]") {
  auto const found = first().compare_with(second());
  CAPTURE(found.text());
  CHECK(count(found.incompatible, "activity charge argument 1 .quantity (int64) is gone") == 1);
  CHECK(count(found.incompatible, "activity charge argument 1 .note was optional string") == 1);
  CHECK(count(found.incompatible, "activity charge argument 1 .due was duration") == 1);
  CHECK(count(found.incompatible, "activity charge argument 1 .gift (bool) is gone") == 1);
}

TEST_CASE("a check of a contract compares with a file, and writes it when asked", "[testing]") {
  using perdure::contract_update;
  ::unsetenv("PERDURE_UPDATE_CONTRACT");
  perdure_test::temporary_folder const folder;
  auto const path = folder.path("contracts/shop.txt");
  auto const missing = perdure::check_contract<release_1::charge>(path);
  CHECK_FALSE(missing.ok());
  CHECK(missing.text().find("PERDURE_UPDATE_CONTRACT=1") != std::string::npos);
  CHECK(perdure::check_contract<release_1::charge>(path, contract_update::always).written);
  CHECK(perdure::check_contract<release_1::charge>(path).text().empty());
  auto const broken = perdure::check_contract<release_2::charge>(path);
  CHECK_FALSE(broken.ok());
  CHECK(broken.text().find("incompatible: ") == 0);
  ::setenv("PERDURE_UPDATE_CONTRACT", "1", 1);
  CHECK_FALSE(perdure::check_contract<release_2::charge>(path, contract_update::never).ok());
  CHECK(perdure::check_contract<release_2::charge>(path).ok());
  ::unsetenv("PERDURE_UPDATE_CONTRACT");
  CHECK(perdure::check_contract<release_2::charge>(path).ok());
}
