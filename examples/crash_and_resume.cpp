// A batch that loses its power half way. Start it three times in one folder: the first time it kills itself while it
// works; the second time it goes on where it was; the third time it has nothing left to do but to give the result.
// Every photo that is developed leaves a line in album.trace, by which the program checks what was done how often.
#include <perdure/perdure.hpp>
#include <perdure/sqlite.hpp>
#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>

using namespace std::chrono_literals;

constexpr int photos = 100;
constexpr int at_a_time = 10;
bool power_fails = false; // on the first start, half way

int develop(int photo) {
    if (power_fails && photo == photos / 2 + 5) std::raise(SIGKILL); // nobody can catch or clean up after this
    std::ofstream{"album.trace", std::ios::app} << std::to_string(photo) + "\n" << std::flush;
    return photo * photo;
}

perdure::workflow<int> develop_photo(int photo) {
    co_return co_await perdure::execute_activity<develop>(photo, {.start_to_close_timeout = 1min});
}

perdure::workflow<int> album(int count) {
    int total = 0;
    for (int first = 0; first < count; first += at_a_time) {
        std::vector<perdure::child_workflow_handle<int>> group;
        for (int photo = first; photo < std::min(first + at_a_time, count); ++photo)
            group.push_back(perdure::start_child_workflow<develop_photo>(
                photo, {.id = perdure::info().workflow_id + "/" + std::to_string(photo)}));
        auto const developed = co_await perdure::when_all(group);
        for (int const each : developed) total += each;
    }
    co_return total;
}

/// How often each photo was developed so far.
std::map<int, int> read_trace() {
    std::map<int, int> times;
    std::ifstream trace{"album.trace"};
    for (int photo = 0; trace >> photo;) ++times[photo];
    return times;
}

int main() {
    power_fails = !std::filesystem::exists("album.db");
    auto const before = read_trace();

    perdure::sqlite_backend backend{"album.db"};
    perdure::client client{backend};
    auto const kept = client.list(
        {.workflow_type = "develop_photo", .status = perdure::workflow_execution_status::completed});
    std::cout << "In the file: " << kept.size() << " of " << photos << " photos" << std::endl;

    perdure::worker worker{backend, {.task_queue = "photos"}};
    worker.add<album, develop_photo, develop>();
    worker.start();

    // Done once, whoever asks for it: a run that is there is joined, and one that is over gives its result again.
    auto const total = client.execute_workflow<album>(
        photos, {.id = "album",
                 .task_queue = "photos",
                 .id_reuse_policy = perdure::workflow_id_reuse_policy::reject_duplicate,
                 .id_conflict_policy = perdure::workflow_id_conflict_policy::use_existing,
                 .error_when_already_started = false});
    std::cout << "The album is complete: " << total << '\n';

    // What was in the file is never done again. What was being done when the power failed is: an activity is tried
    // until its end is known.
    auto const after = read_trace();
    int again = 0;
    for (auto const& photo : kept) {
        int const number = std::stoi(photo.execution.workflow_id.str().substr(6));
        again += after.at(number) - before.at(number);
    }
    std::cout << "Photos that were in the file and were developed again: " << again << '\n'
              << "Photos developed in all: " << after.size() << '\n';
    return again == 0 && after.size() == photos ? 0 : 1;
}
