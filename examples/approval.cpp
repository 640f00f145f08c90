// An expense waits for its manager, at most three days. The manager says yes or no with an update, which is refused if
// it makes no sense; anybody can ask meanwhile how it stands.
#include <perdure/perdure.hpp>
#include <iostream>

using namespace std::chrono_literals;

struct decision { std::string by{}; bool approved{}; };

inline constexpr perdure::update<std::string(decision)> decide{"decide"};
inline constexpr perdure::query<std::string()> status{"status"};

std::string pay(std::string what) { return "paid " + what; }

perdure::workflow<std::string> expense(std::string what, std::string manager) {
    std::optional<decision> made;
    auto const decisions = perdure::handle(
        decide,
        [&](decision given) {
            made = given;
            return std::string{given.approved ? "approved" : "declined"};
        },
        [&](decision const& given) { // looks before anything is recorded
            if (given.by != manager) throw perdure::application_error{given.by + " may not decide"};
            if (made) throw perdure::application_error{"it is decided"};
        });
    auto const answers = perdure::handle(status, [&] { return made ? "decided" : "waits for " + manager; });

    bool const in_time = co_await perdure::wait_until([&] { return made.has_value(); }, 72h);
    if (!in_time) co_return what + ": nobody decided";
    if (!made->approved) co_return what + ": declined";
    co_return co_await perdure::execute_activity<pay>(what, {.schedule_to_close_timeout = 24h});
}

int main() {
    perdure::memory_backend backend{{.clock = perdure::clock_mode::virtual_time}};
    perdure::worker worker{backend, {.task_queue = "office"}};
    worker.add<expense, pay>();
    worker.start();

    perdure::client client{backend};
    auto const chair = client.start_workflow<expense>("a chair", "Ada", {.id = "chair", .task_queue = "office"});
    auto const boat = client.start_workflow<expense>("a boat", "Ada", {.id = "boat", .task_queue = "office"});
    backend.advance(24h);
    std::cout << chair.query(status) << '\n';
    try {
        (void)chair.update(decide, {"Bob", true});
    } catch (perdure::application_error const& refused) {
        std::cout << refused.message() << '\n';
    }
    std::cout << chair.update(decide, {"Ada", true}) << '\n';
    std::cout << chair.result() << '\n' << boat.result() << '\n';
}
