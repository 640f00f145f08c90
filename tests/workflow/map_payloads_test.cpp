// How shards of a map keep many payloads: in few bytes, and each as it was.
#include "support/virtual_world.hpp"

namespace {

using perdure::payload;
using perdure::detail::pack_form;

auto json(std::string text) -> payload { return {std::move(text), {perdure::encodings::json}}; }

/// Packs behind one other payload, unpacks, and gives the form.
auto check_comes_back(std::vector<payload> const& all) -> pack_form {
  std::vector<payload> list{json("\"head\"")};
  list.insert(list.end(), all.begin(), all.end());
  auto const form = perdure::detail::pack_payloads(list, 1);
  CHECK(list[0] == json("\"head\""));
  perdure::detail::payload_unpacker back{list, 1, form};
  for (auto const& each : all) {
    auto const given = back.next();
    REQUIRE(given);
    CHECK(*given == each);
  }
  if (form != pack_form::nulls) CHECK_FALSE(back.next());
  return form;
}

} // namespace

TEST_CASE("payloads of JSON are packed into one array", "[workflow][map]") {
  CHECK(check_comes_back({json("1"), json("{\"a\":[1,2]}"), json("\"],[\""), json("null")}) ==
        pack_form::array);
  CHECK(check_comes_back({json("[]")}) == pack_form::array);
}

TEST_CASE("payloads of nothing take no room", "[workflow][map]") {
  CHECK(check_comes_back({payload::null(), payload::null()}) == pack_form::nulls);
}

TEST_CASE("payloads of other kinds are left as they are", "[workflow][map]") {
  payload named = json("1");
  named.metadata.set("key", "value");
  CHECK(check_comes_back({json("1"), named}) == pack_form::list);
  CHECK(check_comes_back({json("1"), payload::null()}) == pack_form::list);
  CHECK(check_comes_back({{"\xff", {perdure::encodings::plain}}}) == pack_form::list);
}

TEST_CASE("what calls itself JSON and is none is left as it is", "[workflow][map]") {
  CHECK(check_comes_back({json("1"), json("{")}) == pack_form::list);
  CHECK(check_comes_back({json("1,2")}) == pack_form::list);
  CHECK(check_comes_back({json("")}) == pack_form::list);
  CHECK(check_comes_back({json("1]")}) == pack_form::list);
  auto const depth = perdure::limits::json_depth_max;
  CHECK(check_comes_back({json(std::string(depth, '[') + std::string(depth, ']'))}) ==
        pack_form::list);
}
