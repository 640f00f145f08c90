// A change of code under runs that live: what has begun ends as it began, what begins later does it the new way, and
// the program can tell when the old way may go.
#include <perdure/perdure.hpp>
#include <iostream>

using namespace std::chrono_literals;

perdure::activity_options const quick{.start_to_close_timeout = 10s};
std::string ship(std::string item) { return "shipped " + item; }
std::string charge(std::string item) { return "charged for " + item; }

// The first release ships, and takes the money a day later.
perdure::workflow<std::string> order_v1(std::string item) {
    co_await perdure::sleep(1h);
    auto const shipped = co_await perdure::execute_activity<ship>(item, quick);
    co_await perdure::sleep(24h);
    auto const charged = co_await perdure::execute_activity<charge>(item, quick);
    co_return shipped + ", then " + charged;
}
// The second one takes the money first.
perdure::workflow<std::string> order_v2(std::string item) {
    co_await perdure::sleep(1h);
    if (perdure::patched<"pay-first", perdure::release<2>>()) {
        auto const charged = co_await perdure::execute_activity<charge>(item, quick);
        auto const shipped = co_await perdure::execute_activity<ship>(item, quick);
        co_return charged + ", then " + shipped;
    }
    auto const shipped = co_await perdure::execute_activity<ship>(item, quick);
    co_await perdure::sleep(24h);
    auto const charged = co_await perdure::execute_activity<charge>(item, quick);
    co_return shipped + ", then " + charged;
}
// Both are the workflow "order".
template <> inline constexpr auto perdure::wire_name<order_v1> = "order";
template <> inline constexpr auto perdure::wire_name<order_v2> = "order";

int main() {
    perdure::memory_backend backend{{.clock = perdure::clock_mode::virtual_time}};
    perdure::client client{backend};
    auto early = client.get_handle<order_v1>("1");
    {
        perdure::worker release_1{backend, {.task_queue = "shop"}};
        release_1.add<order_v1, ship, charge>();
        release_1.start();
        early = client.start_workflow<order_v1>("a book", {.id = "1", .task_queue = "shop"});
        backend.advance(2h);
    }
    perdure::worker release_2{backend, {.task_queue = "shop"}};
    release_2.add<order_v2, ship, charge>();
    release_2.start();
    auto const late = client.start_workflow<order_v2>("a lamp", {.id = "2", .task_queue = "shop"});
    backend.advance(90min);
    std::cout << "still the old way: " << client.count_runs_needing_patch("pay-first", {"order"}) << '\n';
    std::cout << late.result() << '\n' << early.result() << '\n';
    std::cout << "still the old way: " << client.count_runs_needing_patch("pay-first", {"order"}) << '\n';
}
