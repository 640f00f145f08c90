// One program, three engines: where its workflows live is a word on its command line.
//     anywhere memory              nothing outlives the program
//     anywhere sqlite FILE         one machine: what began is finished by the next start
//     anywhere temporal [ADDRESS]  a Temporal cluster (default: TEMPORAL_ADDRESS, or localhost:7233)
#include <perdure/perdure.hpp>
#include <perdure/sqlite.hpp>
#include <perdure/temporal.hpp>
#include <iostream>
#include <span>

using namespace std::chrono_literals;

std::string greet(std::string name) { return "Hello, " + name; }

perdure::workflow<std::string> greet_one(std::string name) {
    co_return co_await perdure::execute_activity<greet>(name, {.schedule_to_close_timeout = 60s});
}

perdure::workflow<std::vector<std::string>> greet_all(std::vector<std::string> names) {
    std::vector<perdure::child_workflow_handle<std::string>> children;
    for (auto const& name : names) children.push_back(perdure::start_child_workflow<greet_one>(name));
    co_return co_await perdure::when_all(children);
}

// The rest of the program does not know which backend it is (and so C++ wants the word `template`).
template <perdure::backend B>
int run_on(B& backend) {
    perdure::worker worker{backend, {.task_queue = "anywhere"}};
    worker.template add<greet_all, greet_one, greet>();
    worker.start();

    perdure::client client{backend};
    std::vector<std::string> const names{"Ada", "Grace", "Barbara"};
    auto const greetings = client.template execute_workflow<greet_all>(
        names, {.id = perdure::random_uuid(), .task_queue = "anywhere"});
    for (auto const& greeting : greetings) std::cout << greeting << '\n';
    return 0;
}

int main(int count, char** words) {
    std::vector<std::string> const given(words + 1, words + count);
    std::string const engine = given.empty() ? "memory" : given[0];
    try {
        if (engine == "memory") {
            perdure::memory_backend backend;
            return run_on(backend);
        }
        if (engine == "sqlite" && given.size() == 2) {
            perdure::sqlite_backend backend{given[1]};
            return run_on(backend);
        }
        if (engine == "temporal") {
            auto options = perdure::load_temporal_options();
            if (given.size() == 2) options.address = given[1];
            perdure::temporal_backend backend{options};
            return run_on(backend);
        }
    } catch (perdure::error const& why) {
        std::cerr << why.what() << '\n';
        return 1;
    }
    std::cerr << "usage: anywhere memory | sqlite FILE | temporal [ADDRESS]\n";
    return 2;
}
