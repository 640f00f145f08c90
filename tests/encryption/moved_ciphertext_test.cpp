// Goal: a ciphertext counts nowhere but where it was written. Method: a backend in between puts
// payloads into other rows, as somebody does who can write to the file.
#include "codec/coded_world.hpp"

#include <perdure/encryption.hpp>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace perdure_test;
using perdure::payload;
using perdure::payload_place;

auto key(std::string id, char fill = 'k') -> perdure::encryption_key {
  return {std::move(id), std::string(32, fill)};
}
auto codec(perdure::encryption_options options = {.keys = {key("k1")}})
    -> std::shared_ptr<perdure::encryption_codec const> {
  return std::make_shared<perdure::encryption_codec const>(std::move(options));
}
auto result_of_activity() -> payload_place {
  return {.namespace_ = "n",
          .workflow_id = "w",
          .run_id = "r",
          .subject = "activity",
          .subject_id = "7",
          .field = "result"};
}
template <class F>
void check_refused(F&& f) {
  try {
    f();
    FAIL_CHECK("it was taken");
  } catch (perdure::error const& e) {
    INFO(e.what());
    CHECK(e.code() == perdure::errc::payload_refused);
    CHECK(std::string_view{e.what()}.find("secret") == std::string_view::npos);
  }
}

} // namespace

TEST_CASE("a ciphertext is refused at every other place", "[encryption]") {
  auto const with = codec();
  payload_place const home = result_of_activity();
  payload const sealed = with->encode(perdure::to_payload(std::string{"secret"}), home);
  CHECK(sealed.data.find("secret") == std::string::npos);
  CHECK(sealed.metadata.encoding() == "binary/encrypted");
  CHECK(perdure::from_payload<std::string>(with->decode(sealed, home)) == "secret");

  std::vector<std::function<void(payload_place&)>> const moves{
      [](auto& p) { p.namespace_ = "m"; },
      [](auto& p) { p.workflow_id = "v"; },
      [](auto& p) { p.run_id = "s"; },
      [](auto& p) { p.run_id = {}; },
      [](auto& p) { p.subject = "signal"; },
      [](auto& p) { p.subject_id = "8"; },
      [](auto& p) { p.field = "heartbeat"; },
      [](auto& p) { p.key = "x"; },
      [](auto& p) { p.index = 1; },
      [](auto& p) {
        p.workflow_id = {};
        p.namespace_ = "nw";
      }};
  for (auto const& move : moves) {
    payload_place elsewhere = home;
    move(elsewhere);
    check_refused([&] { (void)with->decode(sealed, elsewhere); });
  }
}

TEST_CASE("a ciphertext is found in the runs that its history comes from", "[encryption]") {
  auto const with = codec();
  payload const sealed = with->encode(perdure::to_payload(1), result_of_activity());
  payload_place later = result_of_activity();
  later.run_id = "reset";
  std::vector<perdure::payload_home> const bases{{"w", "other"}, {"w", "r"}};
  later.other_homes = bases;
  CHECK(perdure::from_payload<int>(with->decode(sealed, later)) == 1);
}

TEST_CASE("every changed byte of a ciphertext is found", "[encryption]") {
  auto const with = codec();
  payload const sealed =
      with->encode(perdure::to_payload(std::string{"secret"}), result_of_activity());
  for (std::size_t i = 0; i < sealed.data.size(); ++i) {
    payload changed = sealed;
    changed.data[i] = static_cast<char>(changed.data[i] ^ 1);
    check_refused([&] { (void)with->decode(changed, result_of_activity()); });
  }
  for (std::size_t size = 0; size < sealed.data.size(); ++size) {
    payload cut = sealed;
    cut.data.resize(size);
    check_refused([&] { (void)with->decode(cut, result_of_activity()); });
  }
  payload renamed = sealed;
  renamed.metadata.set("encryption-key-id", "k2");
  check_refused([&] { (void)with->decode(renamed, result_of_activity()); });
  payload unbound = sealed;
  unbound.metadata.erase("encryption-binding");
  check_refused([&] { (void)with->decode(unbound, result_of_activity()); });
}

TEST_CASE("the same value is never the same ciphertext twice", "[encryption]") {
  auto const with = codec();
  auto const value = perdure::to_payload(1);
  CHECK(with->encode(value, result_of_activity()) != with->encode(value, result_of_activity()));
}

TEST_CASE("keys rotate: new ones encrypt, old ones still decrypt", "[encryption]") {
  auto const place = result_of_activity();
  auto const before = codec({.keys = {key("k1", 'a')}});
  auto const between = codec({.keys = {key("k1", 'a'), key("k2", 'b')}});
  auto const after = codec({.keys = {key("k2", 'b')}});
  auto const old = before->encode(perdure::to_payload(1), place);
  auto const fresh = between->encode(perdure::to_payload(2), place);
  CHECK(fresh.metadata.find("encryption-key-id") == "k2");
  CHECK(perdure::from_payload<int>(between->decode(old, place)) == 1);
  CHECK(perdure::from_payload<int>(after->decode(fresh, place)) == 2);
  check_refused([&] { (void)after->decode(old, place); });
  auto const held_back = codec({.keys = {key("k1", 'a'), key("k2", 'b')}, .current = "k1"});
  CHECK(held_back->encode(perdure::to_payload(3), place).metadata.find("encryption-key-id") ==
        "k1");
}

TEST_CASE("what is in clear is read as it is unless encryption is required", "[encryption]") {
  auto const clear = perdure::to_payload(5);
  CHECK(codec()->decode(clear, result_of_activity()) == clear);
  auto const strict = codec({.keys = {key("k1")}, .require_encryption = true});
  check_refused([&] { (void)strict->decode(clear, result_of_activity()); });
}

TEST_CASE("keys without a name or of another size are not taken", "[encryption]") {
  CHECK_THROWS_WITH(codec({}), contains("there is no key"));
  CHECK_THROWS_WITH(codec({.keys = {{"k", "short"}}}), contains("32 bytes"));
  CHECK_THROWS_WITH(codec({.keys = {key("")}}), contains("name"));
  CHECK_THROWS_WITH(codec({.keys = {key("a")}, .current = "b"}), contains("there is no key 'b'"));
}

TEST_CASE("envelopes of any bytes are read or refused, and never crash", "[encryption]") {
  std::uint64_t seed = 20'240'601;
  auto const next = [&] {
    seed = seed * 6'364'136'223'846'793'005U + 1'442'695'040'888'963'407U;
    return static_cast<unsigned char>(seed >> 56U);
  };
  auto const with = codec({.keys = {key("k1")}, .accept_unbound = true});
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes(next() % 64, '\0');
    for (char& c : bytes) c = static_cast<char>(next() % 2 == 0 ? next() % 32 : next());
    CAPTURE(round, bytes);
    if (auto const read = perdure::detail::read_envelope(bytes)) {
      auto const again = perdure::detail::read_envelope(perdure::detail::write_envelope(*read));
      REQUIRE(again);
      CHECK(*again == *read);
    }
    payload odd{bytes, {"binary/encrypted"}};
    odd.metadata.set("encryption-key-id", "k1");
    CHECK_THROWS_AS(with->decode(odd, result_of_activity()), perdure::error);
    CHECK_THROWS_AS(perdure::load_payload({bytes, {perdure::encodings::external}}), perdure::error);
    CHECK_FALSE(perdure::detail::read_attempt_name(bytes));
  }
}
