#include <perdure/perdure.hpp>
#include <perdure/sqlite.hpp>
#include <iostream>
#include <random>

using namespace std::chrono_literals;

struct my_good_activity_args   { std::string arg1{}, arg2{}; };
struct my_good_activity_result { std::string arg1{}, arg2{}; double random_val{}; };

my_good_activity_result my_good_activity(my_good_activity_args args) {
    perdure::log().info("Running my good activity");
    thread_local std::mt19937_64 engine{std::random_device{}()};       // plain code: an activity may do anything
    return {args.arg1, args.arg2, std::uniform_real_distribution{}(engine)};
}

struct my_good_workflow_args   { std::string arg1{}, arg2{}; };
struct my_good_workflow_result { my_good_activity_result result{}; };

perdure::workflow<my_good_workflow_result> my_good_workflow(my_good_workflow_args args) {
    co_return {co_await perdure::execute_activity<my_good_activity>(
        {.arg1 = "activity arg1: " + args.arg1, .arg2 = "activity arg2: " + args.arg2},
        {.schedule_to_close_timeout = 60s})};
}

struct batch_args   { std::vector<my_good_workflow_args> inputs{}; };
struct batch_result { std::vector<my_good_workflow_result> results{}; };

perdure::workflow<batch_result> my_batch_workflow(batch_args args) {
    std::vector<perdure::child_workflow_handle<my_good_workflow_result>> children;
    for (std::size_t i = 0; i < args.inputs.size(); ++i)
        children.push_back(perdure::start_child_workflow<my_good_workflow>(
            args.inputs[i], {.id = perdure::info().workflow_id + "/my_good_workflow_" + std::to_string(i),
                             .retry_policy = {.maximum_attempts = 3}}));
    auto results = co_await perdure::when_all(children);
    perdure::log().info("Completed my_good_workflow workflows", {{"count", results.size()}});
    co_return {std::move(results)};
}

int main() {
    perdure::sqlite_backend backend{"batch.db"};              // or perdure::memory_backend backend;
                                                              // or perdure::temporal_backend backend{{.address = "localhost:7233"}};
    perdure::worker worker{backend, {.task_queue = "good"}};
    worker.add<my_batch_workflow, my_good_workflow, my_good_activity>();
    worker.start();                                           // stops, draining, when it leaves scope

    perdure::client client{backend};
    auto result = client.execute_workflow<my_batch_workflow>(
        {.inputs = {{"workflow arg1", "workflow arg2"}, {"workflow arg3", "workflow arg4"}}},
        {.id = perdure::random_uuid(), .task_queue = "good"});
    std::cout << "Batch workflow completed with results: " << perdure::to_text(result) << '\n';
}
