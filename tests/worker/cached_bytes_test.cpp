// Goal: what the cache is bounded by is what live runs take. Method: many of a kind are made, and
// what the library counts for them is compared with what the allocator says.
#include "support/real_world.hpp"

#include <perdure/execution/workflow_executor.hpp>

#include <memory>
#include <vector>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  #define PERDURE_ALLOCATOR_TELLS 0
#elif defined(__has_feature)
  #define PERDURE_ALLOCATOR_TELLS                                                                  \
    !(__has_feature(address_sanitizer) || __has_feature(thread_sanitizer))
#else
  #define PERDURE_ALLOCATOR_TELLS 1
#endif

#if PERDURE_ALLOCATOR_TELLS && defined(__GLIBC__)
  #include <malloc.h>

namespace {

using namespace perdure_test;

inline constexpr perdure::signal<std::string> go{"go"};
inline constexpr perdure::query<int()> asked{"asked"};
inline constexpr perdure::update<int(int)> told{"told"};

auto waits() -> perdure::workflow<void> { co_await perdure::receive(go); }
auto has_handlers() -> perdure::workflow<void> {
  bool done = false;
  auto const query = perdure::handle(asked, [] { return 1; });
  auto const update = perdure::handle(told, [](int n) { return n; });
  auto const signal = perdure::on(go, [&](std::string) { done = true; });
  co_await perdure::wait_until([&] { return done; });
}
auto has_looked_around() -> perdure::workflow<void> {
  (void)perdure::info();
  (void)perdure::random()();
  co_await perdure::sleep(std::chrono::hours{1});
  co_await perdure::receive(go);
}

auto heap() -> double {
  auto const all = mallinfo2();
  return static_cast<double>(all.uordblks) + static_cast<double>(all.hblkhd);
}

using live_run = perdure::detail::workflow_executor;
using live_runs = std::vector<std::unique_ptr<live_run>>;

/// What is counted of what a live run takes, which has got so many signals. The runs stay: their
/// memory would be used again for others, and be missed there.
template <auto F>
auto part_counted(live_runs& runs, int signals) -> double {
  perdure::memory_backend backend{{.clock = perdure::clock_mode::virtual_time}};
  real_worker worker{backend, {.task_queue = "tests"}};
  worker.add<F>();
  auto const handle = start_on<F>(backend, "w");
  for (int i = 0; i < signals; ++i)
    handle.signal(go, "a text that is not short enough for a string");
  REQUIRE(worker.poll_once());
  std::vector<perdure::event> const events = handle.fetch_history().events;
  auto const& first = events.at(0).as<perdure::events::workflow_execution_started>();

  constexpr std::size_t most = 2'000;
  constexpr std::size_t warm_up = 100;
  std::size_t const first_run = runs.size();
  runs.reserve(first_run + most + warm_up);
  double before = 0;
  double counted = 0;
  while (runs.size() < first_run + most + warm_up) {
    if (runs.size() == first_run + warm_up) before = heap();
    runs.push_back(std::make_unique<live_run>(
        &perdure::detail::workflow_entry<F>::start,
        perdure::workflow_execution{"w", first.original_execution_run_id}, "type"));
    runs.back()->process(events);
    (void)runs.back()->completion();
    if (runs.size() > first_run + warm_up)
      counted += static_cast<double>(runs.back()->heap_bytes());
  }
  return counted / (heap() - before);
}

TEST_CASE("what live runs are counted as is most of what they take", "[worker]") {
  live_runs runs;
  for (double const part :
       {part_counted<waits>(runs, 0), part_counted<has_handlers>(runs, 0),
        part_counted<has_looked_around>(runs, 0), part_counted<has_looked_around>(runs, 20)}) {
    CHECK(part > 0.8);
    CHECK(part < 1.05);
  }
}

} // namespace
#endif
