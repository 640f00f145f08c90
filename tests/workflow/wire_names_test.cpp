#include "support/virtual_world.hpp"

// The names that functions have in histories. They outlive compilers: every compiler must give these.

auto wire_name_global(int a) -> int { return a; }
auto wire_name_noexcept() noexcept -> int { return 1; }
perdure::workflow<int> wire_name_workflow() { co_return 1; }

namespace wire_names::inner {
auto nested() -> int { return 1; }
inline namespace v3 {
auto versioned() -> int { return 1; }
} // namespace v3
namespace {
auto hidden() -> int { return 1; }
} // namespace

struct service {
  auto call() -> int { return 1; }
  [[nodiscard]] auto read() const -> int { return 1; }
  [[nodiscard]] auto safe() const noexcept -> int { return 1; }
  static auto shared() -> int { return 1; }
  perdure::activity<int> later() { co_return 1; }
};
template <class T>
struct box {
  static auto open() -> int { return 1; }
  auto close() -> int { return 1; }
};
template <class T>
auto shaped() -> int {
  return 1;
}
auto returns_a_function() -> std::vector<std::map<int, std::string>> { return {}; }
inline constexpr auto lambda = [](int a) -> int { return a; };
auto renamed() -> int { return 1; }
auto renamed_by_string() -> int { return 1; }
} // namespace wire_names::inner

inline constexpr perdure::remote_activity<"some.Name/42", int(int)> wire_name_remote;
inline constexpr perdure::remote_workflow<"Other", int(int)> wire_name_remote_workflow;

template <>
inline constexpr auto perdure::wire_name<wire_names::inner::renamed> = "Renamed.By.Hand";
template <>
inline constexpr std::string_view perdure::wire_name<wire_names::inner::renamed_by_string> = "view";
template <>
inline constexpr auto perdure::wire_name<wire_names::inner::shaped<int>> = "shaped_int";

namespace {

using namespace wire_names::inner;

template <auto F>
constexpr auto named(std::string_view expected) -> bool {
  return std::string_view{perdure::wire_name<F>} == expected;
}

static_assert(named<wire_name_global>("wire_name_global"));
static_assert(named<&wire_name_global>("wire_name_global"));
static_assert(named<wire_name_noexcept>("wire_name_noexcept"));
static_assert(named<wire_name_workflow>("wire_name_workflow"));
static_assert(named<nested>("nested"));
static_assert(named<versioned>("versioned"));
static_assert(named<hidden>("hidden"));
static_assert(named<&service::call>("call"));
static_assert(named<&service::read>("read"));
static_assert(named<&service::safe>("safe"));
static_assert(named<service::shared>("shared"));
static_assert(named<&service::later>("later"));
static_assert(named<box<int>::open>("open"));
static_assert(named<box<std::map<int, std::string>>::open>("open"));
static_assert(named<&box<int>::close>("close"));
static_assert(named<returns_a_function>("returns_a_function"));
static_assert(named<renamed>("Renamed.By.Hand"));
static_assert(named<renamed_by_string>("view"));
static_assert(named<shaped<int>>("shaped_int"));
static_assert(named<wire_name_remote>("some.Name/42"));
static_assert(named<wire_name_remote_workflow>("Other"));

auto local_activity_function() -> int { return 7; }
perdure::workflow<int> calls_by_name() {
  co_return co_await perdure::execute_activity<local_activity_function>(
      {.start_to_close_timeout = std::chrono::seconds{1}});
}

TEST_CASE("workflows and activities have their functions' unqualified names in history",
          "[workflow][names]") {
  perdure_test::virtual_world<calls_by_name, local_activity_function> world;
  CHECK(world.run<calls_by_name>() == 7);
  CHECK(world.first(perdure::event_type::workflow_execution_started)
            .as<perdure::events::workflow_execution_started>()
            .workflow_type == "calls_by_name");
  CHECK(world.first(perdure::event_type::activity_task_scheduled)
            .as<perdure::events::activity_task_scheduled>()
            .activity_type == "local_activity_function");
}

perdure::workflow<int> has_a_new_name() { co_return 8; }

TEST_CASE("an alias lets a worker go on with runs from before a workflow was renamed",
          "[workflow][names]") {
  perdure_test::virtual_world<has_a_new_name> world;
  world.worker.add_alias<has_a_new_name>("OldName");
  world.worker.start();
  perdure::start_workflow_request request{};
  request.workflow_id = "w";
  request.workflow_type = "OldName";
  request.task_queue = "tests";
  world.backend.start_workflow(request);
  CHECK(world.client.get_handle<has_a_new_name>("w").result() == 8);
}

auto with_one_name() -> int { return 1; }
auto with_the_same_name() -> int { return 1; }

} // namespace

template <>
inline constexpr auto perdure::wire_name<with_one_name> = "the_name";
template <>
inline constexpr auto perdure::wire_name<with_the_same_name> = "the_name";

namespace {

TEST_CASE("two registered functions with one name throw, naming both places", "[workflow][names]") {
  perdure::memory_backend backend;
  perdure::worker worker{backend, {.task_queue = "tests"}};
  worker.add<with_one_name>();
  auto const first = __LINE__ - 1;
  try {
    worker.add<with_the_same_name>();
    FAIL("it was accepted");
  } catch (perdure::error const& e) {
    auto const second = first + 3;
    CHECK(e.code() == perdure::errc::already_registered);
    CHECK_THAT(e.what(), perdure_test::contains("'the_name'"));
    CHECK_THAT(e.what(), perdure_test::contains("wire_names_test.cpp:" + std::to_string(first)));
    CHECK_THAT(e.what(), perdure_test::contains("wire_names_test.cpp:" + std::to_string(second)));
  }
  CHECK_THROWS_AS((worker.add<wire_name_global, wire_name_global>()), perdure::error);
}

} // namespace
