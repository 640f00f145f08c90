// A test of a workflow, to copy: activities are functions of the test, three days of waiting pass at once, each step is
// replayed, and what was recorded is kept for the builds to come. Any test framework will do in place of `check`.
#include <perdure/testing.hpp>
#include <iostream>

using namespace std::chrono_literals;

// ---- what is tested
struct payment { std::string customer{}; int amount{}; };
struct receipt { std::string id{}; };

inline constexpr perdure::signal<std::string> approve{"approve"};
inline constexpr perdure::remote_activity<"notify", void(std::string)> notify; // another team's
receipt charge(payment) { throw std::runtime_error{"no test may charge anybody"}; }

perdure::workflow<std::string> order(payment due) {
    auto const first = co_await perdure::race(perdure::receive(approve), perdure::sleep(72h));
    if (first.index == 1) throw perdure::application_error{"nobody approved it", {.type = "Expired"}};
    auto const paid = co_await perdure::execute_activity<charge>(due, {.start_to_close_timeout = 1min});
    co_await perdure::execute_activity<notify>(due.customer, {.start_to_close_timeout = 1min});
    co_return paid.id + " for " + std::get<0>(first.value);
}

// ---- the tests
int failures = 0;
void check(bool ok, std::string const& what) {
    std::cout << (ok ? "passed: " : "FAILED: ") << what << '\n';
    failures += ok ? 0 : 1;
}

void an_approved_order_is_paid_once_whatever_fails_on_the_way() {
    perdure::test_environment env;
    env.add<order>();
    env.mock<charge>([](payment due) { return receipt{"receipt-" + std::to_string(due.amount)}; });
    env.mock<notify>([](std::string) {});
    env.fail<charge>(perdure::application_error{"the bank does not answer"}, 2);
    env.delay<notify>(30s);

    auto const handle = env.start_workflow<order>({.customer = "Ada", .amount = 7}, {.id = "order-1"});
    env.at(48h, [&] { handle.signal(approve, "Grace"); });
    check(handle.result() == "receipt-7 for Grace", "it is paid when it is approved");
    check(env.calls<charge>().count() == 3, "two failures are two more attempts");
    check(env.calls<notify>().argument(0) == "Ada", "the customer is told");
    check(env.elapsed() == 48h + 3s + 30s, "two days have passed, in no time");
    perdure::record_history(handle, "histories");
}

void an_order_expires() {
    perdure::test_environment env;
    env.add<order>();
    try {
        env.execute_workflow<order>({.customer = "Bob", .amount = 8});
        check(false, "it expires");
    } catch (perdure::application_error const& why) {
        check(why.type() == "Expired" && env.elapsed() == 72h, "it expires after three days");
    }
    check(env.calls<charge>().empty(), "nobody is charged");
}

void what_was_recorded_still_replays() {
    auto const found = perdure::replay_folder<order>("histories"); // a folder that is committed
    check(found.ok(), found.text());
}

void what_is_on_the_wire_has_not_changed() {
    perdure::contract wire;
    wire.add<order, charge, notify>().add_messages(approve);
    auto const found = wire.check("contract.txt", perdure::contract_update::always); // in earnest: without it
    check(found.ok(), found.text());
}

int main() {
    an_approved_order_is_paid_once_whatever_fails_on_the_way();
    an_order_expires();
    what_was_recorded_still_replays();
    what_is_on_the_wire_has_not_changed();
    return failures == 0 ? 0 : 1;
}
