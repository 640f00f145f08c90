// Goal: big values stay out of histories, and a store that fails, loses or alters one is told of.
#include "codec/coded_world.hpp"

#include <perdure/external_storage.hpp>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace {

using namespace perdure_test;
using perdure::blob;
using perdure::errc;

constexpr std::size_t big = 100'000;

/// A store on files that does what a test tells it to.
class moody_store final : public perdure::blob_store {
public:
  explicit moody_store(std::string folder) : blob_store{"moody"}, files_{std::move(folder)} {}
  auto put(std::string_view bytes) -> std::string override {
    ++puts;
    if (fails > 0 && fails-- > 0) throw perdure::error{errc::storage_failed, "no mood to put"};
    return files_.put(bytes);
  }
  auto get(std::string_view key) -> std::string override {
    ++gets;
    if (fails > 0 && fails-- > 0) throw perdure::error{errc::storage_failed, "no mood to get"};
    return files_.get(key);
  }
  auto list() -> std::vector<perdure::blob_info> override { return files_.list(); }
  auto erase(std::string_view key, perdure::time_point before) -> bool override {
    return files_.erase(key, before);
  }
  std::atomic<int> fails{0};
  std::atomic<int> puts{0};
  std::atomic<int> gets{0};

private:
  perdure::file_blob_store files_;
};

auto make_text(int size) -> std::string { return std::string(static_cast<std::size_t>(size), 'b'); }
auto make_blob(int size) -> blob<std::string> { return blob<std::string>{make_text(size)}; }
auto count(std::string text) -> std::size_t { return text.size(); }
auto measure(blob<std::string> text) -> std::size_t { return text.load().size(); }

/// Hands a value from one activity to the next without loading it.
auto lazy(int size) -> perdure::workflow<std::size_t> {
  auto const made =
      co_await perdure::execute_activity<make_blob>(size, {.start_to_close_timeout = 60s});
  co_return co_await perdure::execute_activity<measure>(made, {.start_to_close_timeout = 60s});
}
/// Loads it.
auto eager(int size) -> perdure::workflow<std::size_t> {
  std::string const made =
      co_await perdure::execute_activity<make_text>(size, {.start_to_close_timeout = 60s});
  co_return made.size() +
      co_await perdure::execute_activity<count>(made, {.start_to_close_timeout = 60s});
}
/// Blobs as parts of values.
auto several(int size) -> perdure::workflow<std::vector<blob<std::string>>> {
  std::vector<blob<std::string>> all;
  for (int i = 0; i < 3; ++i)
    all.push_back(
        co_await perdure::execute_activity<make_blob>(size + i, {.start_to_close_timeout = 60s}));
  co_return all;
}

struct stored_world {
  temporary_folder blobs;
  std::shared_ptr<moody_store> store{std::make_shared<moody_store>(blobs.path())};
  coded_world<perdure::memory_backend> world{{std::make_shared<perdure::external_storage const>(
      perdure::external_storage_options{.store = store, .threshold = 1'000})}};
  stored_world() { world.worker.add<lazy, eager, several, make_text, make_blob, count, measure>(); }

  [[nodiscard]] auto history_bytes() -> std::int64_t {
    return world.client.get_handle("w").describe().history_size_bytes;
  }
  /// The file of the only blob.
  [[nodiscard]] auto file() const -> std::string {
    auto const key = store->list().at(0).key;
    return blobs.path() + "/" + key.substr(0, 2) + "/" + key.substr(2);
  }
};

template <class F>
auto code_of(F&& f) -> errc {
  try {
    f();
  } catch (perdure::error const& e) {
    return e.code();
  }
  return errc{};
}

} // namespace

TEST_CASE("the name of a blob is its SHA-256", "[codec][blob]") {
  // FIPS 180-2, appendix B, and the empty message.
  CHECK(perdure::detail::sha256_hex("abc") ==
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(perdure::detail::sha256_hex("") ==
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(perdure::detail::sha256_hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(perdure::detail::sha256_hex(std::string(1'000'000, 'a')) ==
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("workflow code passes a blob on without loading it", "[codec][blob]") {
  stored_world w;
  CHECK(w.world.start<lazy>("w", int{big}).result() == big);
  CHECK(w.store->gets == 1); // by the activity that asked for the value
  CHECK(w.history_bytes() < 5'000);
  CHECK(w.store->list().size() == 1);
}

TEST_CASE("who declares the value itself gets it loaded", "[codec][blob]") {
  stored_world w;
  CHECK(w.world.start<eager>("w", int{big}).result() == 2 * big);
  CHECK(w.store->gets == 2);
  CHECK(w.history_bytes() < 5'000);
}

TEST_CASE("small values stay in history", "[codec][blob]") {
  stored_world w;
  CHECK(w.world.start<lazy>("w", 10).result() == 10);
  CHECK(w.store->puts == 0);
}

TEST_CASE("blobs are parts of other values", "[codec][blob]") {
  stored_world w;
  auto const all = w.world.start<several>("w", int{big}).result();
  REQUIRE(all.size() == 3);
  CHECK(all[2].load().size() == big + 2);
  CHECK(all[2].is_stored());
  CHECK(w.history_bytes() < 10'000);

  auto const small = perdure::from_payload<std::vector<blob<int>>>(
      perdure::to_payload(std::vector<blob<int>>{blob<int>{7}, blob<int>::store(8)}));
  CHECK(small.at(0).load() == 7);
  CHECK(small.at(1).load() == 8);
  CHECK_FALSE(small.at(0).is_stored());
  CHECK(small.at(1).is_stored());
}

TEST_CASE("while a store fails, workflow tasks and attempts are tried again", "[codec][blob]") {
  stored_world w;
  auto const run = w.world.start<eager>("w", int{big});
  w.store->fails = 2; // the first attempt's put, and the workflow's first look
  CHECK(run.result() == 2 * big);
  CHECK(w.store->fails == 0);
}

TEST_CASE("a blob that is lost or altered is a typed error", "[codec][blob]") {
  stored_world w;
  auto const kept = blob<std::string>::store(make_text(int{big}));
  CHECK(kept.load().size() == big);
  {
    std::fstream file{w.file(), std::ios::in | std::ios::out | std::ios::binary};
    file.seekp(50);
    file.put('!');
  }
  CHECK(code_of([&] { (void)kept.load(); }) == errc::blob_damaged);
  std::filesystem::resize_file(w.file(), 10);
  CHECK(code_of([&] { (void)kept.load(); }) == errc::blob_damaged);
  // Put again, it is whole again.
  CHECK(blob<std::string>::store(make_text(int{big})) == kept);
  CHECK(kept.load().size() == big);
  std::filesystem::remove(w.file());
  CHECK(code_of([&] { (void)kept.load(); }) == errc::blob_lost);
  CHECK(code_of([&] { (void)w.store->get("../../etc/passwd"); }) == errc::blob_lost);
}

TEST_CASE("a store that this process does not have is a typed error", "[codec][blob]") {
  auto const kept = [] {
    stored_world const w;
    return blob<int>::store(1);
  }();
  CHECK(code_of([&] { (void)kept.load(); }) == errc::blob_lost);
  CHECK(code_of([] { (void)blob<int>::store(1); }) == errc::invalid_argument);
}

TEST_CASE("blobs live as long as the histories that name them", "[codec][blob]") {
  stored_world w;
  CHECK(w.world.start<lazy>("w", int{big}).result() == big);
  CHECK(w.world.start<several>("v", int{big}).result().size() == 3); // one is the same as that of w
  (void)blob<std::string>::store(make_text(77));                     // nobody's
  REQUIRE(w.store->list().size() == 4);
  auto& backend = w.world.backend;

  auto const lately = perdure::collect_blobs(backend, *w.store);
  CHECK(lately.removed == 0);
  perdure::blob_collection_options const now{.grace = -1h};
  auto const first = perdure::collect_blobs(backend, *w.store, now);
  CHECK(first.histories == 2);
  CHECK(first.removed == 1);
  CHECK(first.removed_bytes == 79);
  CHECK(first.kept == 3);

  w.world.client.get_handle("v").delete_run();
  CHECK(perdure::collect_blobs(backend, *w.store, now).removed == 2);
  CHECK(w.world.client.get_handle<lazy>("w").result() == big);
  w.world.client.get_handle("w").delete_run();
  CHECK(perdure::collect_blobs(backend, *w.store, now).removed == 1);
  CHECK(w.store->list().empty());
}
