// A person is asked, reminded once a day, and given up on after three days. Time is virtual here, so that
// the days pass at once; with the real clock the same workflow waits for days, and costs a timer.
#include <perdure/perdure.hpp>
#include <iostream>

using namespace std::chrono_literals;

inline constexpr perdure::signal<std::string> answer{"answer"};

void remind(std::string who, int times) {
    std::cout << "dear " << who << ", reminder " << times << '\n';
}

perdure::workflow<std::string> ask(std::string who) {
    for (int reminders = 0; reminders < 3; ++reminders) {
        auto first = co_await perdure::race(perdure::receive(answer), perdure::sleep(24h));
        if (first.index == 0) co_return std::get<0>(first.value);
        co_await perdure::execute_activity<remind>(who, reminders + 1, {.start_to_close_timeout = 1min});
    }
    co_return "no answer";
}

int main() {
    perdure::memory_backend backend{{.clock = perdure::clock_mode::virtual_time}};
    perdure::worker worker{backend, {.task_queue = "people"}};
    worker.add<ask, remind>();
    worker.start();

    perdure::client client{backend};
    auto ada = client.start_workflow<ask>("Ada", {.id = "ask-ada", .task_queue = "people"});
    auto bob = client.start_workflow<ask>("Bob", {.id = "ask-bob", .task_queue = "people"});
    backend.advance(30h);
    ada.signal(answer, std::string{"yes"});
    for (auto const& asked : {ada, bob}) {
        auto const said = asked.result();
        std::cout << asked.id() << ": " << said << '\n';
    }
}
