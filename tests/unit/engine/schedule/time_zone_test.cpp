#include <perdure/backend/zone_files.hpp>
#include <perdure/engine/schedule/time_zone.hpp>

#include "support/catch.hpp"
#include "unit/engine/schedule/tzif.hpp"

#include <random>

namespace {

using perdure::errc;
using perdure::engine::is_zone_name;
using perdure::engine::time_zone;
using perdure::engine::zone_period;
using perdure_test::tzif;

auto why_refused(std::string const& bytes) -> std::string {
  try {
    (void)time_zone::parse(bytes, "Some/Where");
  } catch (perdure::error const& e) {
    CHECK(e.code() == errc::bad_time_zone);
    return e.what();
  }
  return "accepted";
}

auto two_changes() -> tzif {
  tzif file{};
  file.offsets = {-600, 3'600, 7'200};
  file.changes = {{1'000, 1}, {2'000, 2}};
  return file;
}

TEST_CASE("a zone has an offset before, between and after its transitions", "[unit][engine]") {
  time_zone const zone = time_zone::parse(two_changes().bytes(), "x");
  CHECK(zone.find(999).offset_seconds == -600);
  CHECK(zone.find(1'000).offset_seconds == 3'600);
  CHECK(zone.find(1'999).until == 2'000);
  CHECK(zone.find(2'000).offset_seconds == 7'200);
  CHECK(zone.find(9'000'000'000).offset_seconds == 7'200);
  CHECK(zone.find(9'000'000'000).from == 2'000);
}

TEST_CASE("version 1 files are read, with 32 bits", "[unit][engine]") {
  tzif file = two_changes();
  file.version = '\0';
  file.changes.front().first = -1'000;
  CHECK(time_zone::parse(file.bytes(), "x").find(-1'000).offset_seconds == 3'600);
}

TEST_CASE("versions 2, 3 and 4 are read, and later ones too", "[unit][engine]") {
  for (char const version : {'2', '3', '4', '5'}) {
    tzif file = two_changes();
    file.version = version;
    file.changes.front().first = -10'000'000'000;
    CHECK(time_zone::parse(file.bytes(), "x").find(-10'000'000'000).offset_seconds == 3'600);
  }
}

TEST_CASE("the footer's rule holds beyond the last transition", "[unit][engine]") {
  tzif file = two_changes();
  file.footer = "CET-1CEST,M3.5.0,M10.5.0/3";
  time_zone const zone = time_zone::parse(file.bytes(), "x");
  CHECK(zone.find(4'102'444'800).offset_seconds == 3'600); // 2100-01-01
  CHECK(zone.find(4'118'083'200).offset_seconds == 7'200); // 2100-07-01
  CHECK(zone.find(2'001).from == 2'000); // the rule's period began before the file's
}

TEST_CASE("a zone that was never parsed is UTC", "[unit][engine]") {
  zone_period const always = time_zone{}.find(0);
  CHECK(always.offset_seconds == 0);
  CHECK(always.from == INT64_MIN);
  CHECK(always.until == INT64_MAX);
}

TEST_CASE("what is wrong with a zone's bytes is said", "[unit][engine]") {
  std::string const good = two_changes().bytes();
  CHECK(why_refused("").ends_with("time zone 'Some/Where': its data ends inside of its header"));
  CHECK(why_refused("TZjf" + good.substr(4)).ends_with("does not begin with 'TZif'"));
  CHECK(why_refused(good.substr(0, good.size() - 3)).ends_with("is shorter than its header says"));
  CHECK(why_refused(good.substr(0, good.size() - 1)).ends_with("has no end of its footer"));
  tzif file = two_changes();
  file.changes.back().second = 3;
  CHECK(why_refused(file.bytes()).ends_with("has a transition to a type that is not there"));
  file = two_changes();
  file.changes.back().first = 1'000;
  CHECK(why_refused(file.bytes()).ends_with("has transitions out of order"));
  file = two_changes();
  file.offsets[1] = 100'000;
  CHECK(why_refused(file.bytes()).ends_with("has an offset of more than 25 hours"));
  file = two_changes();
  file.offsets.clear();
  CHECK(why_refused(file.bytes()).ends_with("has no local time types"));
  file = two_changes();
  file.footer = "nonsense";
  CHECK(why_refused(file.bytes()).ends_with("has a rule in its footer that is none"));
  file = two_changes();
  file.leaps = 1;
  CHECK(why_refused(file.bytes()).find("counts leap seconds") != std::string::npos);
}

TEST_CASE("counts of a header that lie cost no memory", "[unit][engine]") {
  std::string bytes = two_changes().bytes();
  for (std::size_t count = 20; count < 44; count += 4) {
    std::string lying = bytes;
    for (std::size_t i = 0; i < 4; ++i) lying[count + i] = '\xff';
    CHECK(why_refused(lying).ends_with("is shorter than its header says"));
  }
}

// Method: bytes of good files are changed, cut and repeated at random; a zone or a typed error must
// come of it, and a zone must answer for any time with a period that holds it.
TEST_CASE("damaged zone files give zones or typed errors", "[unit][engine][generated]") {
  std::uint64_t const seed = 20'240'331;
  CAPTURE(seed);
  std::mt19937_64 draw{seed};
  tzif file = two_changes();
  file.footer = "CET-1CEST,M3.5.0,M10.5.0/3";
  std::string const good = file.bytes();
  std::size_t accepted = 0;
  for (int i = 0; i < 30'000; ++i) {
    std::string bytes = good;
    for (auto changes = draw() % 4; changes > 0; --changes)
      bytes[draw() % bytes.size()] = static_cast<char>(draw());
    if (draw() % 4 == 0) bytes.resize(draw() % (bytes.size() + 1));
    if (draw() % 8 == 0 && !bytes.empty()) bytes += bytes.substr(draw() % bytes.size());
    try {
      time_zone const zone = time_zone::parse(bytes, "x");
      ++accepted;
      for (int n = 0; n < 8; ++n) {
        auto const at = static_cast<std::int64_t>(draw() % 18'000'000'000) - 9'000'000'000;
        zone_period const found = zone.find(at);
        REQUIRE(found.from <= at);
        REQUIRE(at < found.until);
        REQUIRE(found.offset_seconds >= -604'800);
        REQUIRE(found.offset_seconds <= 604'800);
      }
    } catch (perdure::error const& e) {
      REQUIRE(e.code() == errc::bad_time_zone);
    }
  }
  CHECK(accepted > 1'000);
}

TEST_CASE("names of zones lead to no other files", "[unit][engine]") {
  for (char const* const name :
       {"UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires", "Etc/GMT+5", "GMT0", "EST5EDT"})
    CHECK(is_zone_name(name));
  for (char const* const name :
       {"", "/etc/passwd", "..", "../passwd", "Europe/../../x", "Europe/", "Europe//Berlin",
        ".hidden", "Europe/.x", "Eur ope", "x\ny", "\xc3\xa9"})
    CHECK_FALSE(is_zone_name(name));
  CHECK_FALSE(is_zone_name(std::string(256, 'a')));
  CHECK_FALSE(is_zone_name(std::string_view{"a\0b", 3}));
}

TEST_CASE("zones are found in their folder, and others are refused by name", "[unit][engine]") {
  perdure::zone_files<> zones{};
  CHECK(zones.find("Europe/Berlin")->find(1'720'000'000).offset_seconds == 7'200);
  CHECK(zones.find("Europe/Berlin") == zones.find("Europe/Berlin"));
  CHECK(zones.find("UTC")->find(0).offset_seconds == 0);
  auto const refused = [&](std::string const& name) {
    try {
      (void)zones.find(name);
    } catch (perdure::error const& e) {
      return e.code() == errc::bad_time_zone &&
             std::string{e.what()}.find(name) != std::string::npos;
    }
    return false;
  };
  CHECK(refused("Mars/Olympus_Mons"));
  CHECK(refused("../../../etc/passwd"));
  CHECK(refused("Europe")); // a folder
}

} // namespace
