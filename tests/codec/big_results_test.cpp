// Goal: big results never enter history or memory. Method: a batch of results of 1 MiB each; 200 as
// a test, any number with PERDURE_BIG_RESULTS (10,000 need 10 GB of disk).
#include "codec/coded_world.hpp"

#include <perdure/external_storage.hpp>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include <sys/resource.h>

namespace {

using namespace perdure_test;
using perdure::blob;

constexpr std::size_t mebibyte = 1'048'576;

auto render(int number) -> std::string {
  std::string frame(mebibyte, '.');
  frame.replace(0, 8, std::to_string(10'000'000 + number));
  return frame;
}
inline constexpr perdure::remote_activity<"render", blob<std::string>(int)> render_lazily;

/// The frames, none of which it has seen.
auto film(int frames) -> perdure::workflow<std::vector<blob<std::string>>> {
  std::vector<perdure::activity_handle<blob<std::string>>> running;
  std::vector<blob<std::string>> done;
  constexpr std::size_t at_once = 100;
  for (int i = 0; i < frames; ++i) {
    running.push_back(perdure::start_activity<render_lazily>(i, {.start_to_close_timeout = 60s}));
    if (running.size() < at_once && i + 1 < frames) continue;
    for (auto& each : co_await perdure::when_all(running)) done.push_back(std::move(each));
    running.clear();
  }
  co_return done;
}

/// The same, as one writes it: beyond 2,000 frames their events are in the histories of shards.
auto mapped_film(int frames) -> perdure::workflow<std::vector<blob<std::string>>> {
  std::vector<int> numbers;
  for (int i = 0; i < frames; ++i) numbers.push_back(i);
  perdure::activity_options const once{.start_to_close_timeout = 60s};
  co_return co_await perdure::map<render_lazily>(numbers, {.max_concurrency = 100}, once);
}

auto peak_memory() -> std::int64_t {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  return std::int64_t{used.ru_maxrss} * 1'024;
}

template <auto Film>
void check_film() {
  char const* const asked = std::getenv("PERDURE_BIG_RESULTS");
  int const frames = asked == nullptr ? 200 : std::atoi(asked);
  temporary_folder const blobs;
  auto const store = std::make_shared<perdure::file_blob_store>(
      blobs.path(), perdure::file_blob_store_options{.durable = false});
  coded_world<perdure::sqlite_backend> w{{std::make_shared<perdure::external_storage const>(
      perdure::external_storage_options{.store = store})}};
  w.worker.add<Film, render>();
  auto const all = w.start<Film>("film", int{frames}).result();
  REQUIRE(all.size() == static_cast<std::size_t>(frames));
  CHECK(all.back().load() == render(frames - 1));
  CHECK(all.front().size() >= mebibyte);

  std::int64_t const history = w.client.get_handle("film").describe().history_size_bytes;
  std::int64_t const peak = peak_memory();
  std::printf("%d results of 1 MiB: history %.2f MiB, peak memory %.0f MiB\n", frames,
              static_cast<double>(history) / double{mebibyte},
              static_cast<double>(peak) / double{mebibyte});
  // 5 MiB for 10,000. The result, a list of references, goes to the store only when it is big too.
  std::int64_t const list = frames < 1'000 ? 100'000 : 0;
  CHECK(history < 5 * std::int64_t{mebibyte} * frames / 10'000 + list);
#if defined(__has_feature)
  #if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
  return; // they keep what was freed
  #endif
#endif
  CHECK(peak < 256 * std::int64_t{mebibyte});
}

} // namespace

TEST_CASE("results of 1 MiB each pass through a batch with a small history", "[codec][blob]") {
  check_film<film>();
}

TEST_CASE("results of 1 MiB each pass through a map with a small history", "[codec][blob]") {
  check_film<mapped_film>();
}
