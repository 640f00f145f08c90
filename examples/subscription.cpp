// A subscription that is paid on the first of every month until it is cancelled, or its year is over. The timers last a
// year; in virtual time, where the clock jumps to whatever is due next, the program takes milliseconds.
#include <perdure/perdure.hpp>
#include <chrono>
#include <iostream>

using namespace std::chrono_literals;

inline constexpr perdure::signal<std::string> cancel{"cancel"};

std::string month_of(perdure::time_point time) {
    std::string text;
    return perdure::append_time(text, time) ? text.substr(0, 7) : "?";
}
/// The first of the next month.
perdure::time_point next_month(perdure::time_point time) {
    std::chrono::year_month_day const day{std::chrono::floor<std::chrono::days>(time)};
    return std::chrono::sys_days{day.year() / day.month() / 1 + std::chrono::months{1}};
}

std::string charge(std::string customer, std::string month) {
    std::cout << "charged " << customer << " for " << month << '\n';
    return month;
}

struct receipt { std::vector<std::string> paid{}; std::string ended_because{}; };

perdure::workflow<receipt> subscription(std::string customer) {
    receipt result{.paid = {}, .ended_because = "the year is over"};
    for (int month = 0; month < 12; ++month) {
        auto const now = month_of(perdure::now());
        perdure::activity_options const day{.schedule_to_close_timeout = 24h};
        result.paid.push_back(co_await perdure::execute_activity<charge>(customer, now, day));
        auto const first = co_await perdure::race(perdure::receive(cancel),
                                                  perdure::sleep_until(next_month(perdure::now())));
        if (first.index == 0) {
            result.ended_because = std::get<0>(first.value);
            break;
        }
    }
    co_return result;
}

int main() {
    perdure::memory_backend backend{{.clock = perdure::clock_mode::virtual_time}};
    perdure::worker worker{backend, {.task_queue = "billing"}};
    worker.add<subscription, charge>();
    worker.start();

    perdure::client client{backend};
    auto const ada = client.start_workflow<subscription>("Ada", {.id = "ada", .task_queue = "billing"});
    auto const bob = client.start_workflow<subscription>("Bob", {.id = "bob", .task_queue = "billing"});
    backend.advance(75 * 24h);
    bob.signal(cancel, "no time to read");
    for (auto const& each : {bob, ada}) {
        auto const result = each.result();
        std::cout << each.id() << " paid " << result.paid.size() << " months: " << result.ended_because << '\n';
    }
}
