// Looks into a file of workflows, and acts on them; a program may be working on the file meanwhile.
#include <perdure/perdure.hpp>
#include <perdure/sqlite.hpp>
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iostream>

constexpr char usage[] = R"(usage: inspect FILE COMMAND
  list [--status S] [--type T] [--id PREFIX]   runs, oldest first. S: Running, Completed, Failed, ...
  show ID [RUN]                                what happened to a run, an event a line
  export ID [RUN]                              the same as JSON, as Temporal's tools have it
  describe ID [RUN]                            where a run stands
  audit ID [RUN]                               what was done to it from outside
  cancel ID [REASON]                           asks it to cancel itself
  terminate ID [REASON]                        ends it at once
  pause ID [REASON], unpause ID [REASON]       holds it, and lets it go on
  reset ID EVENT [REASON]                      goes on from the workflow task at that event, in a new run
Ends with 0; with 1 if it could not be done; with 2 if it was not understood.
)";

struct misunderstood : std::runtime_error { using runtime_error::runtime_error; };
using arguments = std::vector<std::string>;

std::string text_of(perdure::time_point time) {
    std::string text;
    return perdure::append_time(text, std::chrono::time_point_cast<std::chrono::milliseconds>(time)) ? text : "?";
}

/// One line of about 80 bytes that a terminal shows as it is.
std::string shortened(std::string text) {
    std::replace_if(text.begin(), text.end(), [](unsigned char c) { return c < ' ' || c == 127; }, ' ');
    std::size_t end = 80;
    while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) ++end; // a whole character
    return end < text.size() ? text.substr(0, end) + "..." : text;
}

perdure::list_filter filter_of(arguments const& options) {
    perdure::list_filter filter{.limit = SIZE_MAX};
    for (std::size_t i = 0; i < options.size(); i += 2) {
        std::string const value = i + 1 < options.size() ? options[i + 1] : "";
        auto const status = perdure::enum_from_name<perdure::workflow_execution_status>(value);
        if (options[i] == "--type") filter.workflow_type = value;
        else if (options[i] == "--id") filter.workflow_id_prefix = value;
        else if (options[i] == "--status" && status) filter.status = *status;
        else throw misunderstood{"list does not know '" + options[i] + " " + value + "'"};
    }
    return filter;
}

void list(std::vector<perdure::workflow_description> const& runs) {
    for (auto const& run : runs)
        std::cout << text_of(run.start_time) << "  " << perdure::name_of(run.status) << "  " << run.workflow_type
                  << "  " << run.execution.workflow_id.view() << "  " << run.execution.run_id.view() << '\n';
}

void show(perdure::history const& history) {
    std::string const less = " attempt firstExecutionRunId header historySizeBytes identity originalExecutionRunId "
                             "requestId retryPolicy rootWorkflowExecution sdkMetadata taskQueue "
                             "workflowTaskCompletedEventId workflowTaskTimeout ";
    for (auto const& event : history.events) {
        std::cout << event.id << "  " << text_of(event.time) << "  " << perdure::name_of(event.type);
        perdure::for_each_field(event.attributes, [&](std::string_view field, std::string const& value) {
            if (less.find(" " + std::string{field} + " ") == less.npos)
                std::cout << "  " << field << '=' << shortened(value);
        });
        std::cout << '\n';
    }
}

void describe(perdure::workflow_description const& run) {
    std::cout << "workflow  " << run.execution.workflow_id.view() << "\nrun       " << run.execution.run_id.view()
              << "\ntype      " << run.workflow_type << "\nqueue     " << run.task_queue << "\nstatus    "
              << perdure::name_of(run.status) << "\nstarted   " << text_of(run.start_time) << "\nclosed    "
              << (run.close_time == perdure::time_point{} ? "-" : text_of(run.close_time)) << "\nhistory   "
              << run.history_length << " events, " << run.history_size_bytes << " bytes\nwaits for "
              << run.pending_children_count << " children, " << run.pending_timers_count << " timers\n";
    for (auto const& each : run.pending_activities)
        std::cout << "activity  " << each.activity_id << " " << each.activity_type << ", attempt " << each.attempt
                  << (each.started ? ", begun  " : ", waiting  ") << shortened(each.last_failure) << '\n';
    if (!run.workflow_task_failure.empty())
        std::cout << "failing   attempt " << run.workflow_task_attempt << ": " << run.workflow_task_failure << '\n';
}

void act(std::string const& file, std::string const& command, arguments given) {
    if (!std::filesystem::exists(file)) throw std::runtime_error{"there is no file '" + file + "'"};
    perdure::sqlite_backend backend{file};
    perdure::client const client{backend};
    if (command == "list") return list(client.list(filter_of(given)));
    if (given.empty() || given.size() > 3) throw misunderstood{command + ": name one workflow"};
    given.resize(3);
    auto const run = client.get_handle(given[0]), chosen = client.get_handle(given[0], given[1]);
    if (command == "show") return show(chosen.fetch_history());
    if (command == "export") return void(std::cout << chosen.fetch_history().to_json() << '\n');
    if (command == "describe") return describe(chosen.describe());
    if (command == "cancel") return run.cancel(given[1]);
    if (command == "terminate") return run.terminate(given[1]);
    if (command == "pause") return run.pause(given[1]);
    if (command == "unpause") return run.unpause(given[1]);
    if (command == "audit")
        for (auto const& each : chosen.fetch_audit())
            std::cout << text_of(each.time) << "  " << each.run.run_id.view() << "  " << each.what
                      << (each.details.empty() ? "" : " ") << each.details << ": " << each.why << '\n';
    else if (command == "reset")
        std::cout << "goes on as run " + run.reset(std::atoll(given[1].c_str()), given[2]).run_id() + "\n";
    else throw misunderstood{"there is no command '" + command + "'"};
}

int main(int count, char** words) {
    arguments const given{words + std::min(count, 1), words + count};
    try {
        if (given.size() < 2) throw misunderstood{"name a file and a command"};
        act(given[0], given[1], {given.begin() + 2, given.end()});
    } catch (std::exception const& why) {
        bool const unclear = dynamic_cast<misunderstood const*>(&why) != nullptr;
        std::cerr << "inspect: " << why.what() << '\n' << (unclear ? usage : "");
        return unclear ? 2 : 1;
    }
}
