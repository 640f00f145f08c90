// A change under orders that are being worked on. The old program packs, then asks for the money; the new one asks
// first. An order that is past that place goes on in the old way, and all others take the new one.
#include <perdure/perdure.hpp>
#include <iostream>

using namespace std::chrono_literals;

std::string pack(std::string order) { return "packed " + order; }
std::string pay(std::string order) { return "paid " + order; }
perdure::activity_options const soon{.start_to_close_timeout = std::chrono::minutes{1}};

namespace january { // the program as it was

perdure::workflow<std::string> order(std::string name) {
    std::string const packed = co_await perdure::execute_activity<pack>(name, soon);
    co_await perdure::sleep(24h); // the courier comes once a day
    std::string const paid = co_await perdure::execute_activity<pay>(name, soon);
    co_return packed + ", " + paid;
}

} // namespace january
namespace february { // the program as it is deployed while orders wait for the courier

perdure::workflow<std::string> order(std::string name) {
    std::string paid;
    bool const pays_first = perdure::patched<"pay-first">();
    if (pays_first) paid = co_await perdure::execute_activity<pay>(name, soon) + ", ";
    std::string const packed = co_await perdure::execute_activity<pack>(name, soon);
    co_await perdure::sleep(24h);
    if (!pays_first) co_return packed + ", " + co_await perdure::execute_activity<pay>(name, soon);
    co_return paid + packed;
}

} // namespace february

int main() {
    perdure::memory_backend backend{{.clock = perdure::clock_mode::virtual_time}};
    perdure::client client{backend};
    auto const start = [&](std::string name) {
        return client.start_workflow<february::order>(name, {.id = name, .task_queue = "orders"});
    };

    auto const book = start("book");
    {
        perdure::worker worker{backend, {.task_queue = "orders"}};
        worker.add<january::order, pack, pay>();
        worker.start();
        backend.advance(1h);
    }
    perdure::worker worker{backend, {.task_queue = "orders"}};
    worker.add<february::order, pack, pay>();
    worker.start();
    auto const lamp = start("lamp");
    std::cout << book.result() << '\n' << lamp.result() << '\n';

    // What is deployed can be tried beforehand against what was recorded.
    perdure::replayer replayer;
    replayer.add<february::order>();
    std::cout << "replays: " << replayer.replay(book.fetch_history()).ok() << '\n';
    perdure::replayer careless;
    careless.add<january::order>();
    std::cout << "the old program with a new order: " << careless.replay(lamp.fetch_history()).ok() << '\n';
}
