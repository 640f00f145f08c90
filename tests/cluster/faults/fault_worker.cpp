// What faults.py makes life hard for: a worker that runs batches, and a client that asks for one.
//     perdure_cluster_fault_worker work ADDRESS QUEUE FILE RATE LINES
//         a worker, until SIGTERM; begins RATE activities a second at most (0: no limit), each of
//         which adds a line "<number of the child> <pid>" to FILE, or LINES of them: a planted bug
//     perdure_cluster_fault_worker ask ADDRESS QUEUE ID CHILDREN LIMIT
//         runs one batch and checks its result; LIMIT is how many seconds a task may take
#include <perdure/temporal.hpp>

#include <chrono>
#include <cstdint>
#include <iostream>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

namespace {

/// Known to faults.py, too.
constexpr auto value_of(std::int64_t child) -> std::int64_t { return child * 7'919 + 13; }

/// The file that says which activities were run. Lines of several processes are never mixed.
class execution_log {
public:
  execution_log(std::string const& path, int lines)
      : file_{::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644)},
        lines_{lines} {
    if (file_ < 0) throw std::system_error{errno, std::generic_category(), path};
  }
  execution_log(execution_log const&) = delete;
  auto operator=(execution_log const&) -> execution_log& = delete;
  ~execution_log() { ::close(file_); }

  auto record(std::int64_t child) -> std::int64_t { // an activity
    std::string const line = std::to_string(child) + " " + std::to_string(::getpid()) + "\n";
    for (int i = 0; i < lines_; ++i)
      if (::write(file_, line.data(), line.size()) != static_cast<::ssize_t>(line.size()))
        throw std::system_error{errno, std::generic_category(), "the log of executions"};
    return value_of(child);
  }

private:
  int file_;
  int lines_;
};

struct child_args {
  std::int64_t number{};
  std::chrono::seconds limit{}; ///< Of a task, after which it counts as lost.
};

auto one_of_batch(child_args args) -> perdure::workflow<std::int64_t> {
  co_return co_await perdure::execute_activity<&execution_log::record>(
      args.number, {.start_to_close_timeout = args.limit,
                    .retry_policy = {.initial_interval = std::chrono::milliseconds{100},
                                     .maximum_interval = std::chrono::seconds{1}}});
}

struct batch_args {
  std::int64_t children{};
  std::chrono::seconds limit{};
};

auto batch(batch_args args) -> perdure::workflow<std::vector<std::int64_t>> {
  std::vector<perdure::child_workflow_handle<std::int64_t>> children;
  for (std::int64_t i = 0; i < args.children; ++i)
    children.push_back(perdure::start_child_workflow<one_of_batch>(
        {.number = i, .limit = args.limit},
        {.id = perdure::info().workflow_id + "/" + std::to_string(i),
         .workflow_task_timeout = args.limit}));
  co_return co_await perdure::when_all(children);
}

auto options_of(std::string const& address) -> perdure::temporal_options {
  perdure::temporal_options options{};
  options.address = address;
  return options;
}

void work(std::vector<std::string> const& given) {
  execution_log log{given[3], std::stoi(given[5])};
  perdure::temporal_backend backend{options_of(given[1])};
  perdure::worker worker{
      backend, {.task_queue = given[2], .max_activities_per_second = std::stod(given[4])}};
  worker.add<batch, one_of_batch>();
  worker.add<&execution_log::record>(log);
  worker.run();
}

void ask(std::vector<std::string> const& given) {
  std::int64_t const children = std::stoll(given[4]);
  std::chrono::seconds const limit{std::stoll(given[5])};
  perdure::temporal_backend backend{options_of(given[1])};
  perdure::client client{backend};
  auto const result = client.execute_workflow<batch>(
      {.children = children, .limit = limit},
      {.id = given[3], .task_queue = given[2], .workflow_task_timeout = limit});
  if (std::ssize(result) != children)
    throw std::runtime_error{"the batch has " + std::to_string(result.size()) + " results"};
  for (std::int64_t i = 0; i < children; ++i)
    if (std::int64_t const got = result[static_cast<std::size_t>(i)]; got != value_of(i))
      throw std::runtime_error{"child " + std::to_string(i) + " gave " + std::to_string(got)};
}

} // namespace

int main(int count, char** words) {
  std::vector<std::string> const given(words + 1, words + count);
  try {
    if (given.size() == 6 && given[0] == "work")
      work(given);
    else if (given.size() == 6 && given[0] == "ask")
      ask(given);
    else {
      std::cerr << "usage: perdure_cluster_fault_worker work ADDRESS QUEUE FILE RATE LINES\n"
                   "       perdure_cluster_fault_worker ask ADDRESS QUEUE ID CHILDREN LIMIT\n";
      return 2;
    }
  } catch (std::exception const& why) {
    std::cerr << "perdure_cluster_fault_worker: " << why.what() << '\n';
    return 1;
  }
  return 0;
}
