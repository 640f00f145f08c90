// What it takes to open an SQLite file that holds a great many runs, in a process of its own: the
// time until it is open, and until a run that waited in it has answered; and the memory.
#include "support/folder.hpp"
#include "support/process.hpp"
#include "support/programs.hpp"

#include <algorithm>
#include <iostream>
#include <optional>
#include <span>
#include <sstream>

#include <perdure/sqlite.hpp>

namespace {

using namespace std::chrono_literals;

inline constexpr perdure::signal<int> go{"go"};

auto closes_at_once(int number) -> perdure::workflow<int> { co_return number; }
auto waits(int number) -> perdure::workflow<int> {
  co_return number + co_await perdure::receive(go);
}

/// Starts runs from one number to another, and ends when those of them that close have closed.
auto starts(int from, int to, bool they_wait) -> perdure::workflow<int> {
  std::vector<perdure::child_workflow_handle<int>> children;
  for (int i = from; i < to; ++i) {
    perdure::child_workflow_options options{};
    options.id = (they_wait ? "waits-" : "closed-") + std::to_string(i);
    options.parent_close_policy = perdure::parent_close_policy::abandon;
    children.push_back(they_wait
                           ? perdure::start_child_workflow<waits>(i, std::move(options))
                           : perdure::start_child_workflow<closes_at_once>(i, std::move(options)));
  }
  if (they_wait)
    for (auto& each : children) co_await each.started();
  else
    (void)co_await perdure::when_all(children);
  co_return to - from;
}

struct census {
  int closed{};
  int waiting{};
};

/// A file with so many runs, besides the hundreds that started them.
class full_file {
public:
  explicit full_file(census of) : of_{of} {
    perdure::sqlite_backend_options options{};
    options.synchronous = perdure::sqlite_synchronous::normal; // only until it is made
    perdure::sqlite_backend backend{path(), options};
    perdure::worker worker{backend, {.task_queue = "bench"}};
    worker.add<starts, closes_at_once, waits>();
    worker.start();
    perdure::client client{backend};
    fill(client, of.closed, false);
    fill(client, of.waiting, true);
  }
  [[nodiscard]] auto path() const -> std::string { return place_.file("full.db"); }
  [[nodiscard]] auto starters() const -> int { return starters_; }
  [[nodiscard]] auto bytes() const -> double {
    return static_cast<double>(std::filesystem::file_size(path()));
  }
  [[nodiscard]] auto content() const -> census { return of_; }

private:
  template <class Client>
  void fill(Client const& client, int count, bool they_wait) {
    for (int from = 0; from < count; from += 1'000) {
      int const to = std::min(from + 1'000, count);
      std::string const id =
          (they_wait ? "starts-waiting-" : "starts-closed-") + std::to_string(from);
      (void)client.template execute_workflow<starts>(from, to, they_wait,
                                                     {.id = id, .task_queue = "bench"});
      ++starters_;
    }
  }

  bench::folder place_;
  census of_{};
  int starters_{0};
};

/// In a process of its own: opens the file, lets one of the waiting runs go on, and counts them
/// all. Prints seconds until it is open, its memory then, seconds until the run has answered, and
/// how many runs have completed and are running.
void open_file(std::string const& path, std::string const& which, bool is_checked) {
  double const empty = bench::status_bytes("VmRSS");
  auto const begin = std::chrono::steady_clock::now();
  perdure::sqlite_backend backend{path, {.quick_check = is_checked}};
  double const opened = bench::seconds_since(begin);
  double const resident = bench::status_bytes("VmRSS") - empty;
  perdure::worker worker{backend, {.task_queue = "bench"}};
  worker.add<starts, closes_at_once, waits>();
  worker.start();
  perdure::client client{backend};
  auto const handle = client.get_handle<waits>(which);
  handle.signal(go, 1);
  int const answer = handle.result();
  double const answered = bench::seconds_since(begin);
  double const peak = bench::status_bytes("VmHWM") - empty;
  perdure::list_filter filter{};
  filter.status = perdure::workflow_execution_status::completed;
  auto const completed = client.count_workflows(filter);
  filter.status = perdure::workflow_execution_status::running;
  std::cout << opened << ' ' << resident << ' ' << answered << ' ' << peak << ' ' << answer << ' '
            << completed << ' ' << client.count_workflows(filter) << std::endl;
}

std::optional<full_file> file; // made once, for all measurements
int answered_runs = 0;

void opening_a_full_file(benchmark::State& state) {
  bool const is_checked = state.range(2) != 0;
  if (!file)
    file.emplace(census{static_cast<int>(bench::size(state.range(0))),
                        static_cast<int>(bench::size(state.range(1)))});
  auto const [closed, waiting] = file->content();
  double resident_sum = 0;
  double answered_sum = 0;
  double peak_sum = 0;
  for (auto _ : state) {
    int const number = answered_runs++;
    bench::other_process other{{"open", file->path(), "waits-" + std::to_string(number),
                                is_checked ? "checked" : "unchecked"}};
    std::istringstream said{other.read_line()};
    double opened = 0;
    double resident = 0;
    double answered = 0;
    double peak = 0;
    int answer = 0;
    int completed = 0;
    int running = 0;
    said >> opened >> resident >> answered >> peak >> answer >> completed >> running;
    if (!said || !other.end()) return state.SkipWithError("the process has failed");
    if (answer != number + 1) return state.SkipWithError("a wrong answer");
    if (completed != closed + file->starters() + answered_runs ||
        running != waiting - answered_runs)
      return state.SkipWithError("runs are missing");
    state.SetIterationTime(opened);
    resident_sum += resident;
    answered_sum += answered;
    peak_sum += peak;
  }
  auto const of_one = benchmark::Counter::kAvgIterations;
  state.counters["resident_MiB"] = {resident_sum / (1 << 20), of_one};
  state.counters["until_answer_ms"] = {1e3 * answered_sum, of_one};
  state.counters["peak_MiB"] = {peak_sum / (1 << 20), of_one};
  state.SetItemsProcessed(state.iterations() * (closed + waiting));
  state.counters["file_MiB"] = file->bytes() / (1 << 20);
}
BENCHMARK(opening_a_full_file)
    ->ArgsProduct({{1'000'000}, {100'000}, {0, 1}})
    ->ArgNames({"closed", "waiting", "checked"})
    ->Iterations(3)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);

} // namespace

int main(int argc, char** argv) {
  std::span const words{argv, static_cast<std::size_t>(argc)};
  if (words.size() == 5 && std::string_view{words[1]} == "open") {
    open_file(words[2], words[3], std::string_view{words[4]} == "checked");
    return 0;
  }
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  file.reset();
}
