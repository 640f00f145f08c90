// A trip of three bookings. When one fails for good, those before it are taken back, the latest first; when the customer
// cancels, too. Each booking is taken back even if the process dies meanwhile: the steps back are durable like all others.
#include <perdure/perdure.hpp>
#include <iostream>

using namespace std::chrono_literals;

std::string book(std::string what) {
    if (what == "car") throw perdure::application_error{"no cars left", {.type = "SoldOut", .non_retryable = true}};
    std::cout << "booked " << what << '\n';
    return what + " #1";
}
void cancel_booking(std::string number) { std::cout << "cancelled " << number << '\n'; }

perdure::workflow<std::string> trip(std::vector<std::string> parts) {
    co_return co_await perdure::with_compensations(
        [&](perdure::compensations& undo) -> perdure::workflow<std::string> {
            std::string all;
            for (std::string const& part : parts) {
                // Whoever cancels meanwhile waits for it: what is booked must be known, to be taken back.
                std::string const number = co_await perdure::shield(
                    perdure::execute_activity<book>(part, {.start_to_close_timeout = 1min}));
                undo.add([=] {
                    return perdure::execute_activity<cancel_booking>(number, {.start_to_close_timeout = 1min});
                });
                all += (all.empty() ? "" : ", ") + number;
            }
            co_await perdure::sleep(24h); // the customer may cancel for a day
            undo.clear();                 // and no longer
            co_return all;
        });
}

int main() {
    perdure::memory_backend backend{{.clock = perdure::clock_mode::virtual_time}};
    perdure::worker worker{backend, {.task_queue = "trips"}};
    worker.add<trip, book, cancel_booking>();
    worker.start();

    perdure::client client{backend};
    auto const start = [&](std::string id, std::vector<std::string> parts) {
        return client.start_workflow<trip>(parts, {.id = id, .task_queue = "trips"});
    };
    std::cout << start("good", {"hotel", "flight"}).result() << '\n';

    auto const sold_out = start("sold out", {"hotel", "flight", "car"});
    try {
        (void)sold_out.result();
    } catch (perdure::activity_error const& failed) {
        std::cout << failed.cause()->message << '\n';
    }

    auto const regretted = start("regretted", {"hotel"});
    backend.advance(1h);
    regretted.cancel();
    try {
        (void)regretted.result();
    } catch (perdure::cancelled_error const&) {
        std::cout << "called off\n";
    }
}
