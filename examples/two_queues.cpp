// Two kinds of machine: films are cut by whoever polls the queue "desk", and rendered where the graphics cards are, by
// whoever polls "cards". Each worker knows only its own work; a queue's name in an activity's options says where it goes.
#include <perdure/perdure.hpp>
#include <iostream>

using namespace std::chrono_literals;

std::string where() { return perdure::activity_info_now().task_queue; }

struct scene { int number{}; std::string made_by{}; };

std::vector<scene> cut(std::string film) {
    std::vector<scene> scenes;
    for (int i = 1; i <= 3; ++i) scenes.push_back({i, "cut " + film + " at the " + where()});
    return scenes;
}
scene render(scene cut) { return {cut.number, cut.made_by + ", rendered by the " + where()}; }

perdure::workflow<std::vector<scene>> make_film(std::string film) {
    perdure::activity_options const here{.start_to_close_timeout = 1min};
    perdure::activity_options const at_the_cards{.start_to_close_timeout = 1h, .task_queue = "cards"};
    auto const scenes = co_await perdure::execute_activity<cut>(film, here);
    std::vector<perdure::activity_handle<scene>> rendering;
    for (auto const& each : scenes) rendering.push_back(perdure::start_activity<render>(each, at_the_cards));
    co_return co_await perdure::when_all(rendering);
}

int main() {
    perdure::memory_backend backend;
    perdure::worker desk{backend, {.task_queue = "desk"}};
    desk.add<make_film, cut>();
    perdure::worker cards{backend, {.task_queue = "cards", .max_concurrent_activities = 1}}; // one card, one scene
    cards.add<render>();
    desk.start();
    cards.start();

    perdure::client client{backend};
    auto const film = client.execute_workflow<make_film>("Metropolis", {.id = "metropolis", .task_queue = "desk"});
    for (auto const& each : film) std::cout << each.number << ": " << each.made_by << '\n';
}
