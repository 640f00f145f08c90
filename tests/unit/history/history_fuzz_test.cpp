// Goal: no document, however broken, does more than throw. Method: cut recorded histories at every
// length and change random bytes of them; what still reads must survive being written and read
// again.
#include "support/catch.hpp"

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "perdure/history/history.hpp"

using namespace perdure;

namespace {

auto recorded(char const* name) -> std::string {
  std::ifstream file{std::filesystem::path{PERDURE_GOLDEN_DIR} / name, std::ios::binary};
  REQUIRE(file);
  return {std::istreambuf_iterator<char>{file}, {}};
}

/// xorshift64*: the same numbers on every machine, so that a seed is all it takes to repeat a run.
class numbers {
public:
  explicit numbers(std::uint64_t seed) : state_{seed} {}
  auto below(std::size_t bound) -> std::size_t {
    state_ ^= state_ >> 12;
    state_ ^= state_ << 25;
    state_ ^= state_ >> 27;
    return static_cast<std::size_t>((state_ * 0x2545F4914F6CDD1DU) >> 33) % bound;
  }

private:
  std::uint64_t state_;
};

/// Answers whether `text` reads as histories.
auto read_safely(std::string const& text) -> bool {
  std::vector<history> histories;
  try {
    histories = history::list_from_json(text);
  } catch (error const& thrown) {
    bool const expected = thrown.code() == errc::bad_json || thrown.code() == errc::history_corrupt;
    CHECK(expected);
    return false;
  }
  for (auto const& each : histories) {
    auto const again = history::from_json(each.to_json());
    CHECK(again == each);
  }
  return true;
}

constexpr char const* documents[]{
    "generated-core-1.35/failure_chain.json", "generated-core-1.35/messages.json",
    "go-lineage/nexus-cancel-after-start.json", "features/retry_on_error.go.v1.5.0.json"};

} // namespace

TEST_CASE("a history that was cut off anywhere is an error", "[history][fuzz]") {
  auto const text = recorded("generated-core-1.35/continue_as_new.json");
  auto const end = text.find_last_of('}');
  for (std::size_t size = 0; size <= end; ++size) {
    CAPTURE(size);
    REQUIRE_FALSE(read_safely(text.substr(0, size)));
  }
  CHECK(read_safely(text));
}

TEST_CASE("a history with changed bytes is read or refused", "[history][fuzz]") {
  constexpr std::uint64_t seed = 20'260'101;
  CAPTURE(seed);
  numbers random{seed};
  constexpr std::string_view telling = "\"{}[]:,0-9\\.eE+ntfsZ\xff_";
  int refused = 0;
  for (auto const* name : documents) {
    auto const original = recorded(name);
    for (int round = 0; round < 400; ++round) {
      auto text = original;
      for (auto changes = random.below(4) + 1; changes != 0; --changes) {
        auto const at = random.below(text.size());
        switch (random.below(4)) {
        case 0: text[at] = telling[random.below(telling.size())]; break;
        case 1: text[at] = static_cast<char>(random.below(256)); break;
        case 2: text.erase(at, random.below(8)); break;
        default: text.insert(at, text.substr(random.below(text.size()), random.below(40))); break;
        }
      }
      CAPTURE(name, round);
      refused += read_safely(text) ? 0 : 1;
    }
  }
  CHECK(refused > 100); // else the changes changed nothing
}

TEST_CASE("a history with values of the wrong kind is read or refused", "[history][fuzz]") {
  constexpr std::uint64_t seed = 20'260'102;
  CAPTURE(seed);
  numbers random{seed};
  constexpr char const* values[]{"null",
                                 "true",
                                 "0",
                                 "-1",
                                 "1e999",
                                 "\"\"",
                                 "\"x\"",
                                 "{}",
                                 "[]",
                                 "[{}]",
                                 "[null]",
                                 "{\"a\":{}}",
                                 "\"9223372036854775808\"",
                                 "\"-1s\"",
                                 "\"0001-01-01T00:00:00Z\""};
  for (auto const* name : documents) {
    auto const original = recorded(name);
    for (int round = 0; round < 400; ++round) {
      auto text = original;
      auto const colon = text.find(':', random.below(text.size()));
      auto const end = text.find_first_of(",}]\n", colon);
      if (colon == std::string::npos || end == std::string::npos) continue;
      text.replace(colon + 1, end - colon - 1, values[random.below(std::size(values))]);
      CAPTURE(name, round);
      (void)read_safely(text);
    }
  }
}
