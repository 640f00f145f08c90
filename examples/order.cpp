// An order is a workflow with state: it can be asked, changed within limits, and approved, for as long as it
// takes. The class is the workflow; its members are the messages that it takes.
#include <perdure/perdure.hpp>
#include <iostream>

using namespace std::chrono_literals;

struct line {
    std::string item{};
    int price{};
};

int charge(std::string customer, int amount) {
    std::cout << "charging " << customer << ": " << amount << '\n';
    return amount;
}

class order {
public:
    order(std::string customer, int limit) : customer_{std::move(customer)}, limit_{limit} {}

    perdure::workflow<int> run(std::string customer, int) {
        bool const in_time = co_await perdure::wait_until([this] { return approved_; }, 72h);
        co_await perdure::wait_until(perdure::all_handlers_finished);
        if (!in_time) throw perdure::application_error{"nobody approved it", {.type = "Expired"}};
        co_return co_await perdure::execute_activity<charge>(customer, total(), {.start_to_close_timeout = 1min});
    }

    void approve() { approved_ = true; }                        // not const, void: a signal
    int total() const {                                         // const: a query
        int sum = 0;
        for (auto const& each : lines_) sum += each.price;
        return sum;
    }
    perdure::workflow<int> add(line more) {                     // not const, gives something: an update
        co_await perdure::sleep(2s);                            // it may await what a workflow may
        lines_.push_back(std::move(more));
        co_return total();
    }
    void check_add(line const& more) const {                    // asked first, only when it is new
        if (total() + more.price > limit_)
            throw perdure::application_error{customer_ + " cannot pay for a " + more.item};
    }
    using messages = perdure::messages<&order::approve, &order::total,
                                       perdure::validated<&order::add, &order::check_add>>;

private:
    std::string customer_;
    int limit_;
    std::vector<line> lines_{};
    bool approved_{false};
};

int main() {
    perdure::memory_backend backend{{.clock = perdure::clock_mode::virtual_time}};
    perdure::worker worker{backend, {.task_queue = "orders"}};
    worker.add<&order::run, charge>();
    worker.start();

    perdure::client client{backend};
    auto const handle = client.start_workflow<&order::run>("Ada", 100, {.id = "order-7", .task_queue = "orders"});
    std::cout << "total: " << handle.update<&order::add>(line{"pen", 3}) << '\n';
    std::cout << "total: " << handle.update<&order::add>(line{"lamp", 40}) << '\n';
    try {
        handle.update<&order::add>(line{"piano", 4000});
    } catch (perdure::application_error const& rejected) {
        std::cout << rejected.message() << '\n';
    }
    std::cout << "asked: " << handle.query<&order::total>() << '\n';
    handle.signal<&order::approve>();
    auto const paid = handle.result();
    std::cout << "paid: " << paid << '\n';
    std::cout << "asked afterwards: " << handle.query<&order::total>() << '\n';
}
