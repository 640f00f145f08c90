// Changing code under runs that live: patches and versions.
#include "support/deployment.hpp"

namespace {

using namespace std::chrono_literals;
using namespace perdure_test;
using perdure::event_type;

perdure::activity_options const quick{.start_to_close_timeout = std::chrono::seconds{1}};
auto echo(int a) -> int { return a; }

// ------------------------------------------------------------------------------ patches

perdure::workflow<int> deprecates_early() {
  perdure::deprecate_patch<"late">();
  co_await perdure::sleep(1s);
  co_return co_await perdure::execute_activity<echo>(1, quick);
}
perdure::workflow<int> asks_late() {
  co_await perdure::sleep(1s);
  if (!perdure::patched<"late">()) co_return 0;
  co_return co_await perdure::execute_activity<echo>(1, quick);
}
perdure::workflow<int> asks_late_for_another() {
  co_await perdure::sleep(1s);
  if (perdure::patched<"later still">()) co_return 0;
  co_return co_await perdure::execute_activity<echo>(1, quick);
}

TEST_CASE("a run knows the patches of all its tasks, not of the one alone that runs",
          "[workflow][patch]") {
  virtual_world<deprecates_early, echo> world;
  CHECK(world.run<deprecates_early>() == 1);
  perdure::replayer replayer;
  replayer.add_as<asks_late>("deprecates_early");
  auto const replayed = replayer.replay(world.history());
  INFO(replayed.problem);
  CHECK(replayed.ok());
  perdure::replayer other;
  other.add_as<asks_late_for_another>("deprecates_early");
  CHECK(other.replay(world.history()).ok()); // no marker: the old branch
}

// ----------------------------------------------------------------------------- versions

perdure::workflow<std::string> version_none() {
  co_await perdure::sleep(1s);
  int const a = co_await perdure::execute_activity<echo>(1, quick);
  co_await perdure::sleep(1s);
  co_return "none" + std::to_string(a);
}
template <int Oldest, int Newest>
perdure::workflow<std::string> version_of() {
  co_await perdure::sleep(1s);
  int const version = perdure::get_version("pay", Oldest, Newest);
  int a = 0;
  for (int i = 0; i <= version + 1; ++i) a += co_await perdure::execute_activity<echo>(1, quick);
  co_await perdure::sleep(1s);
  bool const same = perdure::get_version("pay", Oldest, Newest) == version;
  co_return "v" + std::to_string(version) + " " + std::to_string(a) + (same ? "" : "?");
}

} // namespace

template <>
inline constexpr auto perdure::wire_name<version_none> = "code";
template <>
inline constexpr auto perdure::wire_name<version_of<-1, 0>> = "code";
template <>
inline constexpr auto perdure::wire_name<version_of<-1, 1>> = "code";
template <>
inline constexpr auto perdure::wire_name<version_of<-1, 5>> = "code";
template <>
inline constexpr auto perdure::wire_name<version_of<1, 2>> = "code";

namespace {

TEST_CASE("a new run has the newest version and records it", "[workflow][version]") {
  live_and_replayed<virtual_world<version_of<-1, 1>, echo>>([](auto& world) {
    CHECK(world.template run<version_of<-1, 1>>() == "v1 3");
    CHECK(world.count(event_type::marker_recorded) == 1);
    CHECK(world.client.count("TemporalChangeVersion = 'pay-1'") == 1);
  });
}

TEST_CASE("a run that passed before the first change has the default version",
          "[workflow][version]") {
  CHECK(deployed_in_between<version_none, version_of<-1, 1>, echo>() == "v-1 1");
}

TEST_CASE("a run keeps the version it recorded when there is a newer one", "[workflow][version]") {
  CHECK(deployed_in_between<version_of<-1, 0>, version_of<-1, 5>, echo>() == "v0 2");
  CHECK(deployed_in_between<version_of<-1, 1>, version_of<1, 2>, echo>() == "v1 3");
}

TEST_CASE("a run whose version the program does not know any more waits for one that does",
          "[workflow][version]") {
  CHECK_THAT((deployed_in_between<version_of<-1, 0>, version_of<1, 2>, echo>()),
             contains("get_version(\"pay\", 1, 2): the run has version 0"));
  CHECK_THAT((deployed_in_between<version_none, version_of<1, 2>, echo>()),
             contains("the run has version -1, which this program does not know"));
  CHECK_THAT((deployed_in_between<version_of<-1, 5>, version_of<1, 2>, echo>()),
             contains("the run has version -1")); // a newer one: no marker that this code looks for
}

perdure::workflow<std::string> asks_wrongly() {
  std::string refused;
  for (auto const& [oldest, newest] :
       std::vector<std::pair<int, int>>{{2, 1}, {-2, 1}, {-1, -1}, {0, 1'001}}) {
    try {
      (void)perdure::get_version("pay", oldest, newest);
      refused += "taken ";
    } catch (perdure::error const& why) {
      refused += why.code() == perdure::errc::invalid_argument ? "refused " : "? ";
    }
  }
  co_return refused;
}

TEST_CASE("versions that cannot be are refused", "[workflow][version]") {
  virtual_world<asks_wrongly> world;
  CHECK(world.run<asks_wrongly>() == "refused refused refused refused ");
}

// -------------------------------------------------------------------------- who needs it

perdure::workflow<void> waits_without() { co_await perdure::sleep(24h); }
perdure::workflow<void> waits_with() {
  (void)perdure::patched<"p">();
  co_await perdure::sleep(24h);
}

TEST_CASE("a client counts the open runs that still need a patch", "[workflow][patch]") {
  virtual_world<waits_without, waits_with> world;
  auto const start = [&](std::string id, bool with) {
    if (with)
      (void)world.start_with<waits_with>({.id = id});
    else
      (void)world.start_with<waits_without>({.id = id});
    world.backend.advance(1s);
  };
  start("a", false);
  start("b", true);
  start("c", false);
  auto const later = world.backend.now();
  start("d", false);
  CHECK(world.client.count_runs_needing_patch("p") == 3);
  CHECK(world.client.count_runs_needing_patch("p", {"waits_with"}) == 0);
  CHECK(world.client.count_runs_needing_patch("p", {"waits_without", "waits_with"}) == 3);
  CHECK(world.client.count_runs_needing_patch("p", {}, later) == 2);
  CHECK(world.client.count_runs_needing_patch("q") == 4);
  world.client.get_handle("a").pause();
  world.client.get_handle("c").terminate();
  CHECK(world.client.count_runs_needing_patch("p") == 2);
}

} // namespace

// The program's oldest live release has reached the one that "paid" came with.
struct some_program;
template <>
inline constexpr int perdure::oldest_live_release<some_program> = 2;

namespace {

perdure::workflow<bool> has_a_release() {
  co_return perdure::patched<"next", perdure::release<3>, some_program>() &&
      perdure::patched<"any", perdure::release<1>>();
}

TEST_CASE("a patch may say which release brought it", "[workflow][patch]") {
  virtual_world<has_a_release> world;
  CHECK(world.run<has_a_release>());
}

} // namespace
