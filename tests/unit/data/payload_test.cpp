#include "perdure/data/payload.hpp"

#include "support/catch.hpp"

#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

using perdure::byte_size;
using perdure::payload;
using perdure::payload_metadata;
using perdure::payloads;

namespace {

auto entries(payload_metadata const& metadata) -> std::string {
  std::string text;
  metadata.for_each([&](std::string_view name, std::string_view bytes) {
    ((text += name) += '=') += bytes, text += ';';
  });
  return text;
}

} // namespace

TEST_CASE("the shared encodings are held without an allocation, and others like them",
          "[data][payload]") {
  for (std::string_view const encoding :
       {"binary/null", "binary/plain", "json/plain", "json/protobuf", "binary/protobuf",
        "binary/encrypted", "", "json/plai", "json/plainx"}) {
    CAPTURE(encoding);
    payload_metadata const metadata{encoding};
    CHECK(metadata.encoding() == encoding);
    CHECK(metadata.find("encoding") == encoding);
    CHECK(metadata.size() == 1);
    CHECK_FALSE(metadata.empty());
    CHECK(metadata.byte_size() == 8 + encoding.size());
  }
  CHECK(sizeof(payload_metadata) == 2 * sizeof(void*));
  CHECK(payload_metadata{}.encoding().empty());
  CHECK(payload_metadata{}.empty());
  CHECK_FALSE(payload_metadata{}.find("encoding").has_value());
}

TEST_CASE("metadata is walked in the order of its names, the encoding among them",
          "[data][payload]") {
  for (std::string_view const encoding : {"json/plain", "binary/encrypted"}) {
    payload_metadata metadata{encoding};
    metadata.set("zeta", "1");
    metadata.set("alpha", "2");
    metadata.set("encoding-key-id", "3");
    CHECK(entries(metadata) ==
          "alpha=2;encoding=" + std::string{encoding} + ";encoding-key-id=3;zeta=1;");
    metadata.set("alpha", std::string_view{"\0\xff", 2});
    CHECK(metadata.find("alpha") == std::string_view{"\0\xff", 2});
    CHECK(metadata.size() == 4);
    metadata.erase("alpha");
    metadata.erase("nothing");
    CHECK(entries(metadata) == "encoding=" + std::string{encoding} + ";encoding-key-id=3;zeta=1;");
  }
}

TEST_CASE("metadata is equal by its entries, whatever its past", "[data][payload]") {
  payload_metadata changed{"binary/encrypted"};
  changed.set("messageType", "m");
  changed.erase("messageType");
  changed.set("encoding", "json/plain");
  CHECK(changed == payload_metadata{"json/plain"});
  changed.set("encoding", "binary/encrypted");
  CHECK(changed == payload_metadata{"binary/encrypted"});
  CHECK(changed.size() == 1);
  changed.erase("encoding");
  CHECK(changed == payload_metadata{});
  auto copy = changed;
  copy.set("a", "b");
  CHECK(changed.empty());
  CHECK(copy != changed);
}

TEST_CASE("a payload compares by data and metadata", "[data][payload]") {
  payload const one{"1", {"json/plain"}};
  CHECK(one == payload{"1", {"json/plain"}});
  CHECK(one != payload{"2", {"json/plain"}});
  CHECK(one != payload{"1", {"binary/plain"}});
  CHECK(payload::null() == payload{"", {"binary/null"}});
  CHECK(byte_size(one) == 1 + 8 + 10);
}

TEST_CASE("copies of a list share one block, which dies with the last of them", "[data][payload]") {
  payloads outlives;
  payload const* block = nullptr;
  {
    std::vector<payload> list;
    for (int i = 0; i < 3; ++i)
      list.push_back({std::string(100, static_cast<char>('a' + i)), {"json/plain"}});
    payloads const made{std::move(list)};
    block = made.begin();
    auto const copy = made;
    outlives = copy;
    CHECK(copy.begin() == block);
  }
  REQUIRE(outlives.begin() == block);
  REQUIRE(outlives.size() == 3);
  CHECK(outlives[2].data == std::string(100, 'c'));
  CHECK(byte_size(outlives) == 3 * (100 + 18));
  auto moved = std::move(outlives);
  CHECK(moved.begin() == block);
  auto& self = moved;
  moved = self;
  CHECK(moved.size() == 3);
  moved = {};
  CHECK(moved.empty());
}

TEST_CASE("lists are equal by their payloads", "[data][payload]") {
  payloads const one{payload{"1", {"json/plain"}}};
  CHECK(one.size() == 1);
  CHECK(one == payloads{payload{"1", {"json/plain"}}});
  CHECK(one != payloads{});
  CHECK(one != payloads{payload{"2", {"json/plain"}}});
  CHECK(one != payloads{std::vector<payload>(2, one[0])});
  CHECK(payloads{} == payloads{std::vector<payload>{}});
  CHECK(payloads{}.begin() == payloads{}.end());
  CHECK(byte_size(payloads{}) == 0);
}

// Goal: counting owners is safe between threads. Method: copies made and dropped by two of them at
// once; a lost count is a use after free or a leak, which the sanitizers see.
TEST_CASE("threads may copy and drop one list at the same time", "[data][payload]") {
  payloads const shared{payload{std::string(1'000, 'x'), {"json/plain"}}};
  auto const copy_often = [&] {
    std::size_t sum = 0;
    for (int i = 0; i < 10'000; ++i) {
      auto const mine = shared;
      sum += mine[0].data.size();
    }
    return sum;
  };
  std::size_t other = 0;
  std::thread thread{[&] { other = copy_often(); }};
  auto const here = copy_often();
  thread.join();
  CHECK(here == 10'000'000);
  CHECK(other == here);
}
