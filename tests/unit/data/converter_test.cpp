#include "perdure/data/converter.hpp"

#include "support/catch.hpp"
#include "unit/data/fault.hpp"

#include <array>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <variant>
#include <vector>

using perdure::from_payload;
using perdure::from_payloads;
using perdure::payload;
using perdure::payloads;
using perdure::to_payload;
using perdure::to_payloads;
using perdure_test::fault_of;

namespace {

struct greeting {
  std::string text{};
  int times{1};
  friend auto operator==(greeting const&, greeting const&) -> bool = default;
};
/// Recorded in an encoding of its own.
struct sealed {
  std::string text{};
  friend auto operator==(sealed const&, sealed const&) -> bool = default;
};
struct ticket {
  int number{};
  friend auto operator==(ticket const&, ticket const&) -> bool = default;
};

template <class T>
void check(T const& value, std::string_view encoding, std::string_view data) {
  auto const made = to_payload(value);
  CHECK(made.metadata == perdure::payload_metadata{encoding});
  CHECK(made.data == data);
  CHECK(from_payload<T>(made) == value);
}

} // namespace

template <>
struct perdure::payload_traits<sealed> {
  static auto to(sealed const& s) -> payload { return {"<" + s.text + ">", {"binary/sealed"}}; }
  static auto from(payload const& p) -> sealed { return {p.data.substr(1, p.data.size() - 2)}; }
};
template <>
struct perdure::payload_traits<ticket> {
  static auto to(ticket const& t) -> std::optional<int> {
    return t.number == 0 ? std::nullopt : std::optional{t.number};
  }
  static auto from(std::optional<int> number) -> ticket { return {number.value_or(0)}; }
};

TEST_CASE("the type decides the encoding: null, bytes, JSON, in this order", "[data][converter]") {
  check(std::monostate{}, "binary/null", "");
  check(nullptr, "binary/null", "");
  check(std::optional<int>{}, "binary/null", "");
  check(std::optional<std::vector<std::byte>>{}, "binary/null", "");
  check(std::vector<std::byte>{std::byte{0}, std::byte{255}}, "binary/plain",
        std::string_view{"\0\xff", 2});
  check(std::vector<std::byte>{}, "binary/plain", "");
  check(std::array<std::byte, 2>{std::byte{'h'}, std::byte{'i'}}, "binary/plain", "hi");
  check(std::optional<std::vector<std::byte>>{{std::byte{'x'}}}, "binary/plain", "x");
  check(std::optional<int>{5}, "json/plain", "5");
  check(greeting{"hi", 2}, "json/plain", R"({"text":"hi","times":2})");
  check(std::string{"text"}, "json/plain", "\"text\"");
  check(std::variant<std::monostate, int>{}, "json/plain", R"({"type":"null","value":null})");
  CHECK(to_payload(std::nullopt) == payload::null());
  CHECK(to_payload(std::string_view{"view"}).data == "\"view\"");
}

TEST_CASE("a payload passes through untouched", "[data][converter]") {
  payload odd{std::string{"\xff\0", 2}, {"binary/encrypted"}};
  odd.metadata.set("encryption-key-id", "k1");
  CHECK(to_payload(odd) == odd);
  CHECK(from_payload<payload>(odd) == odd);
  CHECK(from_payload<payload>(payload{}) == payload{});
  CHECK(std::get<0>(from_payloads<payload>(to_payloads(odd))) == odd);
}

TEST_CASE("payload_traits may choose an encoding of their own", "[data][converter]") {
  check(sealed{"secret"}, "binary/sealed", "<secret>");
  check(ticket{0}, "binary/null", "");
  check(ticket{7}, "json/plain", "7");
}

TEST_CASE("decoding looks at the encoding", "[data][converter]") {
  CHECK(from_payload<std::optional<int>>({"null", {"json/plain"}}) == std::nullopt);
  CHECK(from_payload<std::optional<int>>({" null ", {"json/plain"}}) == std::nullopt);
  CHECK(from_payload<std::optional<int>>({" 4 ", {"json/plain"}}) == 4);
  CHECK(from_payload<std::monostate>({"null", {"json/plain"}}) == std::monostate{});
  CHECK(from_payload<std::vector<std::byte>>({"\"aGk=\"", {"json/plain"}}) ==
        std::vector<std::byte>{std::byte{'h'}, std::byte{'i'}});
}

TEST_CASE("an encoding that does not fit is named", "[data][converter]") {
  using bytes = std::vector<std::byte>;
  CHECK(fault_of([] { (void)from_payload<greeting>(payload::null()); }) ==
        "[perdure.3] greeting: the payload is null (binary/null)");
  CHECK(fault_of([] { (void)from_payload<std::string>({"x", {"binary/plain"}}); }) ==
        "[perdure.3] string: the payload is bytes (binary/plain): take std::vector<std::byte> or "
        "perdure::payload");
  CHECK(fault_of([] { (void)from_payload<greeting>({"x", {"binary/encrypted"}}); }) ==
        "[perdure.3] greeting: the payload's encoding is binary/encrypted: take perdure::payload, "
        "or set a codec for it");
  CHECK(fault_of([] { (void)from_payload<greeting>({"{}", {"json/protobuf"}}); }) ==
        "[perdure.3] greeting: the payload's encoding is json/protobuf: take perdure::payload, or "
        "set a codec for it");
  CHECK(fault_of([] { (void)from_payload<greeting>({"{}", {}}); }) ==
        "[perdure.3] greeting: the payload has no encoding");
  CHECK(fault_of([] { (void)from_payload<bytes>(payload::null()); }) ==
        "[perdure.3] bytes: the payload is null (binary/null)");
  CHECK(fault_of([] { (void)from_payload<std::monostate>({"", {"binary/plain"}}); }) ==
        "[perdure.3] null: the payload is bytes (binary/plain): take std::vector<std::byte> or "
        "perdure::payload");
  CHECK(fault_of([] { (void)from_payload<std::array<std::byte, 3>>({"hi", {"binary/plain"}}); }) ==
        "[perdure.3] bytes: expected 3 bytes");
  CHECK_THROWS_WITH(from_payload<int>({"1", {std::string(1'000, '\n')}}),
                    perdure_test::contains("encoding is " + std::string(64, '?') + ":"));
  CHECK_THROWS_WITH(from_payload<std::monostate>({"1", {"json/plain"}}),
                    perdure_test::contains("expected null, found a number"));
}

TEST_CASE("arguments go there and back in order", "[data][converter]") {
  auto const list = to_payloads(1, std::string{"two"}, greeting{"three", 3}, std::optional<int>{});
  REQUIRE(list.size() == 4);
  CHECK(list[3] == payload::null());
  CHECK(from_payloads<int, std::string, greeting, std::optional<int>>(list) ==
        std::tuple{1, std::string{"two"}, greeting{"three", 3}, std::optional<int>{}});
  CHECK(to_payloads().empty());
  CHECK(from_payloads<>({}) == std::tuple{});
}

TEST_CASE("missing trailing arguments are empty optionals, or an error that counts",
          "[data][converter]") {
  CHECK(from_payloads<int, std::optional<int>, std::optional<std::string>>(to_payloads(1)) ==
        std::tuple{1, std::optional<int>{}, std::optional<std::string>{}});
  CHECK(fault_of([] { (void)from_payloads<int, greeting>(to_payloads(1)); }) ==
        "[perdure.3] greeting (argument 2): missing: expected 2 arguments, found 1");
  CHECK(fault_of([] { (void)from_payloads<int>({}); }) ==
        "[perdure.3] int32 (argument 1): missing: expected 1 arguments, found 0");
  CHECK_THROWS_WITH((from_payloads<std::optional<int>, int>({})),
                    perdure_test::contains("int32 (argument 2): missing"));
}

TEST_CASE("arguments that the function does not take are ignored", "[data][converter]") {
  CHECK(from_payloads<int>(to_payloads(1, 2, std::string{"x"})) == std::tuple{1});
  CHECK(from_payloads<>(to_payloads(1)) == std::tuple{});
}

TEST_CASE("an error in an argument says which one", "[data][converter]") {
  CHECK(
      fault_of([] {
        (void)from_payloads<int, greeting>(to_payloads(1, std::map<std::string, int>{{"text", 5}}));
      }) == "[perdure.3] greeting (argument 2): .text: expected a string, found a number (byte 8)");
  CHECK(fault_of([] { (void)from_payloads<int>(payloads{payload{"{", {"json/plain"}}}); }) ==
        "[perdure.3] int32 (argument 1): expected a number, found an object (byte 0)");
  CHECK(fault_of([] { (void)from_payloads<int>(payloads{payload{"1", {"x"}}}); }) ==
        "[perdure.3] int32 (argument 1): the payload's encoding is x: take perdure::payload, or "
        "set a codec for it");
}
