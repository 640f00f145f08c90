// Fixed pieces of work for guard.py: `benchmark_guard WORKLOAD` does one of them, and prints how
// many items it has and what it allocated meanwhile, as JSON. One thread, virtual time: the same
// each time and on each machine. Ends with 1 if a result is wrong.
#include "../support/allocations.hpp"
#include "../support/folder.hpp"
#include "../support/programs.hpp"

#include <iostream>
#include <memory>

#include <perdure/sqlite.hpp>

namespace {

/// Done once to warm up, then once more to be measured. `prepare` is not measured.
class workload {
public:
  workload() = default;
  workload(workload const&) = delete;
  auto operator=(workload const&) -> workload& = delete;
  virtual ~workload() = default;
  virtual void prepare() = 0;
  virtual void run() = 0;
  [[nodiscard]] virtual auto is_right() -> bool = 0;
  [[nodiscard]] virtual auto items() const -> int = 0;
};

/// The backend on a file, as `bench::environment` is the one in memory.
struct file_environment {
  bench::folder place;
  perdure::sqlite_backend backend{place.file("guard.db"),
                                  {.clock = perdure::clock_mode::virtual_time}};
  perdure::worker<perdure::sqlite_backend> worker{backend, {.task_queue = "bench"}};
  perdure::client<perdure::sqlite_backend> client{backend};
  file_environment() {
    worker.add<bench::batch, bench::my_good_workflow, bench::my_good_activity>();
    worker.start();
  }
};

/// A run of W, from its start to its end.
template <auto W, class Environment, class Input>
class one_run : public workload {
public:
  one_run(Input input, int items, std::size_t events)
      : input_{std::move(input)}, items_{items}, events_{events} {}
  void prepare() override { env_ = std::make_unique<Environment>(); }
  void run() override {
    result_ =
        env_->client.template execute_workflow<W>(input_, {.id = "run", .task_queue = "bench"});
  }
  [[nodiscard]] auto is_right() -> bool override {
    benchmark::DoNotOptimize(result_);
    auto const problem = bench::check_run(env_->client, "run", {events_, 100});
    if (!problem.empty()) std::cerr << problem << '\n';
    return problem.empty();
  }
  [[nodiscard]] auto items() const -> int override { return items_; }

private:
  Input input_;
  int items_;
  std::size_t events_;
  std::unique_ptr<Environment> env_;
  perdure::detail::result_of<W> result_{};
};

class replay final : public workload {
public:
  replay() { replayer_.add<bench::sequence>(); }
  void prepare() override {
    bench::environment env;
    (void)env.client.execute_workflow<bench::sequence>(1'000, {.id = "run", .task_queue = "bench"});
    history_ = env.client.get_handle("run").fetch_history();
  }
  void run() override {
    auto const replayed = replayer_.replay(history_);
    is_right_ = replayed.ok() && replayed.finished;
  }
  [[nodiscard]] auto is_right() -> bool override { return is_right_ && items() == 6'005; }
  [[nodiscard]] auto items() const -> int override {
    return static_cast<int>(history_.events.size());
  }

private:
  perdure::history history_;
  perdure::replayer replayer_;
  bool is_right_{false};
};

/// A struct to JSON and back.
class json final : public workload {
public:
  void prepare() override {}
  void run() override {
    for (int i = 0; i < items(); ++i) {
      auto const made = perdure::to_payload(given_);
      benchmark::DoNotOptimize(made);
      read_ = perdure::from_payload<bench::activity_result>(made);
      benchmark::DoNotOptimize(read_);
    }
  }
  [[nodiscard]] auto is_right() -> bool override {
    return read_.arg1 == given_.arg1 && read_.arg2 == given_.arg2 &&
           read_.random_val == given_.random_val;
  }
  [[nodiscard]] auto items() const -> int override { return 1'000; }

private:
  bench::activity_result given_{"activity arg1: workflow arg one",
                                "activity arg2: workflow arg two", 0.8414709848078965};
  bench::activity_result read_{};
};

auto make(std::string_view name) -> std::unique_ptr<workload> {
  using args = std::vector<bench::args>;
  if (name == "batch_in_memory")
    return std::make_unique<one_run<bench::batch, bench::environment, args>>(bench::inputs(500),
                                                                             500, 1'508);
  if (name == "sequence_in_memory")
    return std::make_unique<one_run<bench::sequence, bench::environment, int>>(1'000, 1'000, 6'005);
  if (name == "batch_on_sqlite")
    return std::make_unique<one_run<bench::batch, file_environment, args>>(bench::inputs(200), 200,
                                                                           608);
  if (name == "timers_in_virtual_time")
    return std::make_unique<one_run<bench::parallel_timers, bench::environment, int>>(1'000, 1'000,
                                                                                      2'005);
  if (name == "replay_of_a_long_history") return std::make_unique<replay>();
  if (name == "json_of_a_struct") return std::make_unique<json>();
  return nullptr;
}

} // namespace

/// guard.py has instructions counted while this runs.
extern "C" [[gnu::noinline]] void perdure_guard_measured(workload& work) { work.run(); }

int main(int argc, char** argv) {
  auto const work = argc == 2 ? make(argv[1]) : nullptr;
  if (work == nullptr) {
    std::cerr << "usage: benchmark_guard WORKLOAD; guard.py knows them\n";
    return 2;
  }
  bench::allocation_count before{};
  bench::allocation_count after{};
  for (bool const is_measured : {false, true}) {
    work->prepare();
    bench::count_allocations(true);
    before = bench::allocations();
    if (is_measured)
      perdure_guard_measured(*work);
    else
      work->run();
    after = bench::allocations();
    if (!work->is_right()) {
      std::cerr << argv[1] << ": a wrong result\n";
      return 1;
    }
  }
  std::cout << "{\"items\": " << work->items()
            << ", \"allocations\": " << after.calls - before.calls
            << ", \"bytes\": " << after.bytes - before.bytes << ", \"made_with\": \"Clang "
            << __clang_version__ << ", libstdc++ " << _GLIBCXX_RELEASE << ", SQLite "
            << sqlite3_libversion() << "\"}\n";
}
