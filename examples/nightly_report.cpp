// A report every working night, in local time: what a schedule does by itself, and what people do to it. Time is
// virtual here, so that two weeks pass at once; with an SQLite file the same schedule survives restarts, and takes
// what downtime has made late.
#include <perdure/perdure.hpp>
#include <iostream>

using namespace std::chrono_literals;

// Writes the report of a team, and gives its number.
perdure::workflow<int> report(std::string team) {
    int const number = perdure::last_completion_result<int>().value_or(0) + 1;
    if (number == 4 && !perdure::last_failure()) throw perdure::application_error{"no paper for " + team};
    co_return number;
}

void show(perdure::client<perdure::memory_backend> const& client) {
    for (auto const& run : client.list())
        std::cout << run.execution.workflow_id.view() << ' '
                  << (run.status == perdure::workflow_execution_status::failed ? "failed" : "done") << '\n';
}

int main() {
    perdure::time_point const monday{1'710'720'000s}; // 2024-03-18
    perdure::memory_backend backend{{.clock = perdure::clock_mode::virtual_time, .start_time = monday}};
    perdure::worker worker{backend, {.task_queue = "reports"}};
    worker.add<report>();
    worker.start();

    perdure::client client{backend};
    perdure::schedule nightly{};
    nightly.action = perdure::start_workflow_action<report>("sales", {.id = "sales", .task_queue = "reports"});
    nightly.spec.cron_strings = {"30 2 * * MON-FRI # when nobody is there"};
    nightly.spec.time_zone_name = "Europe/Berlin"; // whose clocks change on Sunday, the 31st
    perdure::schedule_calendar holiday{};          // 2:30 on Wednesday, the 20th
    holiday.month = {{3}};
    holiday.day_of_month = {{20}};
    holiday.hour = {{0, 23}};
    holiday.minute = {{0, 59}};
    nightly.spec.exclude_calendars = {holiday};
    nightly.policies.pause_on_failure = true;
    auto const schedule = client.create_schedule("nightly", nightly);

    backend.advance(24h * 7);
    auto const found = schedule.describe();
    std::cout << (found.schedule.state.paused ? "paused: " : "goes on: ") << found.schedule.state.note << '\n';

    schedule.unpause("paper is there");
    schedule.trigger(); // tonight's, by day
    backend.advance(24h * 8);
    show(client);
}
