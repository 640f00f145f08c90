// A large fan-out whose results are big: 200 frames of 1 MiB each are rendered, and the best one is chosen.
// History never holds a frame, and the workflow never loads one: it passes on where they are kept.
#include <perdure/external_storage.hpp>
#include <perdure/sqlite.hpp>

#include <algorithm>
#include <iostream>
#include <numeric>
#include <string>
#include <vector>

using namespace std::chrono_literals;
using perdure::blob;

struct frame {
    int number{};
    std::string pixels{};
};

blob<frame> render(int number) {                                  // big enough, it goes to the store by itself
    return blob<frame>{{number, std::string(1'048'576, static_cast<char>('a' + number % 26))}};
}
int judge(blob<frame> rendered) {                                 // who wants the frame loads it
    frame const loaded = rendered.load();
    return loaded.pixels.front() * 1'000 - loaded.number;
}

struct film { std::vector<blob<frame>> frames{}; int best{}; };

perdure::workflow<film> make_film(int length) {
    perdure::activity_options const limits{.start_to_close_timeout = 60s};
    std::vector<int> numbers(static_cast<std::size_t>(length));
    std::iota(numbers.begin(), numbers.end(), 0);

    film made{};
    made.frames = co_await perdure::map<render>(numbers, {.max_concurrency = 16}, limits);
    auto const grades = co_await perdure::map<judge>(made.frames, {.max_concurrency = 16}, limits);
    made.best = static_cast<int>(std::max_element(grades.begin(), grades.end()) - grades.begin());
    co_return made;
}

int main() {
    perdure::sqlite_backend file{"film.db"};
    auto const frames = std::make_shared<perdure::file_blob_store>("frames");
    perdure::coded_backend backend{file, {.codecs = {std::make_shared<perdure::external_storage>(
                                              perdure::external_storage_options{.store = frames})}}};

    perdure::worker worker{backend, {.task_queue = "studio"}};
    worker.add<make_film, render, judge>();
    worker.start();

    perdure::client client{backend};
    auto const made = client.execute_workflow<make_film>(200, {.id = "film", .task_queue = "studio"});
    auto const history = client.get_handle("film").describe().history_size_bytes;
    std::cout << made.frames.size() << " frames of " << made.frames.front().size() / 1'048'576 << " MiB; the best is "
              << made.frames.at(static_cast<std::size_t>(made.best)).load().number << '\n'
              << "History has less than 1 MB: " << (history < 1'000'000 ? "yes" : "no") << '\n';

    // Blobs live as long as the histories that name them.
    client.get_handle("film").delete_run();
    auto const collected = perdure::collect_blobs(backend, *frames, {.grace = 0s});
    std::cout << "Removed with the run: " << collected.removed << " blobs\n";
}
