// A rover drives to its sites and drills at each, and loses its power twice: on its way, and just after a drill. Start
// this three times in one folder. Each start goes on where the rover stands: no metre is driven twice, no hole drilled
// twice, and a site that cannot be reached costs the mission nothing but this site.
#include <perdure/perdure.hpp>
#include <perdure/sqlite.hpp>
#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iostream>

using namespace std::chrono_literals;

struct site { std::string name{}; int metre{}; };
struct sample { std::string from{}; double iron{}; };
struct report { std::vector<sample> samples{}; std::vector<std::string> not_reached{}; };

/// What the rover itself remembers without power: its wheels and its arm, each in a file.
namespace rover {
auto count(char const* part) -> int {
    std::ifstream lines{part};
    return static_cast<int>(std::count(std::istreambuf_iterator<char>{lines}, {}, '\n'));
}
void turn_wheels() { std::ofstream{"wheels", std::ios::app} << "a metre\n"; }
auto has_hole(std::string const& at) -> bool {
    std::ifstream holes{"arm"};
    for (std::string hole; std::getline(holes, hole);)
        if (hole == at) return true;
    return false;
}
void drill_hole(std::string const& at) { std::ofstream{"arm", std::ios::app} << at << '\n'; }
void lose_power() { std::raise(SIGKILL); }
} // namespace rover

// An activity may be tried again, so it says where to be, and not how far to go from here.
void drive_to(site target) {
    if (target.name == "cliff") throw perdure::application_error{"a cliff", {.type = "NoWay", .non_retryable = true}};
    for (int metre = rover::count("wheels"); metre < target.metre; ++metre) {
        perdure::heartbeat(metre); // the rover is alive; throws if the mission was called off
        rover::turn_wheels();
        if (metre == 99) rover::lose_power();
    }
}
sample drill(std::string at) {
    if (!rover::has_hole(at)) {
        rover::drill_hole(at);
        if (at == "ridge") rover::lose_power(); // the hole is there, and nobody was told
    }
    return {at, static_cast<double>(at.size()) / 10};
}

perdure::workflow<report> mission(std::vector<site> sites) {
    report written;
    for (site const& next : sites) {
        bool reached = true;
        try {
            co_await perdure::execute_activity<drive_to>(next, {.start_to_close_timeout = 24h, .heartbeat_timeout = 1min});
        } catch (perdure::activity_error const&) {
            reached = false;
        }
        if (!reached) {
            written.not_reached.push_back(next.name);
            continue;
        }
        written.samples.push_back(co_await perdure::execute_activity<drill>(next.name, {.start_to_close_timeout = 1h}));
    }
    co_return written;
}

int main() {
    perdure::sqlite_backend backend{"mission.db"};
    perdure::worker worker{backend, {.task_queue = "rover"}};
    worker.add<mission, drive_to, drill>();
    std::cout << "The rover stands at metre " << rover::count("wheels") << std::endl;
    worker.start();

    perdure::client client{backend};
    std::vector<site> const sites{{"crater", 60}, {"cliff", 90}, {"dune", 140}, {"ridge", 200}};
    report const result = client.execute_workflow<mission>(
        sites, {.id = "sol 42",
                .task_queue = "rover",
                .id_reuse_policy = perdure::workflow_id_reuse_policy::reject_duplicate,
                .id_conflict_policy = perdure::workflow_id_conflict_policy::use_existing,
                .error_when_already_started = false});
    for (sample const& each : result.samples) std::cout << each.from << ": " << each.iron << " iron\n";
    for (std::string const& name : result.not_reached) std::cout << name << ": not reached\n";
    std::cout << rover::count("wheels") << " metres, " << rover::count("arm") << " holes\n";
}
