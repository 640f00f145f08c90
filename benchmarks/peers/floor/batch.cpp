// The batch in memory without an engine: what recording its histories takes by itself.
//
// The same payloads are encoded and decoded, the same events appended to histories, the same ids
// looked up (run ids are of their length, and not random), each run is a coroutine, and what is to
// be done waits in a queue. Nothing of it can be retried, replayed, cancelled, asked or refused, and
// there is no other kind of event.
#include "json.hpp"

#include <coroutine>
#include <cstdint>
#include <deque>
#include <exception>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

#include <benchmark/benchmark.h>

namespace {

using payload = std::shared_ptr<std::string const>;

enum class kind : std::uint8_t {
  run_started,
  task_scheduled,
  task_started,
  task_completed,
  activity_scheduled,
  activity_started,
  activity_completed,
  child_initiated,
  child_started,
  child_completed,
  run_completed,
};

struct event {
  std::int64_t id{}, time{}, of{}; ///< `of`: the event that it answers.
  kind what{};
  payload data{};
  std::string name{}; ///< Of a child or an activity: its id.
};

/// A run's coroutine: stops where it waits.
struct flow {
  struct promise_type {
    auto get_return_object() -> flow {
      return flow{std::coroutine_handle<promise_type>::from_promise(*this)};
    }
    auto initial_suspend() noexcept -> std::suspend_never { return {}; }
    auto final_suspend() noexcept -> std::suspend_always { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };
  explicit flow(std::coroutine_handle<promise_type> of = nullptr) : frame{of} {}
  flow(flow&& other) noexcept : frame{std::exchange(other.frame, nullptr)} {}
  auto operator=(flow&& other) noexcept -> flow& {
    std::swap(frame, other.frame);
    return *this;
  }
  ~flow() {
    if (frame) frame.destroy();
  }
  std::coroutine_handle<promise_type> frame;
};

struct run {
  std::string workflow_id{}, run_id{};
  std::vector<event> history{};
  flow code{};
  payload arguments{};
  payload result{};
  payload activity_result{};
  run* parent{};
  std::int64_t initiated{}; ///< The event of the parent.

  auto record(kind what, std::int64_t of = 0, payload data = {}, std::string name = {})
      -> std::int64_t {
    auto const id = static_cast<std::int64_t>(history.size()) + 1;
    history.push_back({id, 1'700'000'000'000'000'000 + id, of, what, std::move(data),
                       std::move(name)});
    return id;
  }
};

struct task {
  run* of{};
  std::int64_t scheduled{};
  bool is_activity{};
};

struct arguments {
  std::string arg1{}, arg2{};
};

auto payload_of(std::string text) -> payload {
  return std::make_shared<std::string const>(std::move(text));
}

auto encoded(arguments const& value) -> std::string {
  std::string out;
  out.reserve(128);
  floor_json::append_strings(out, value.arg1, value.arg2);
  out += '}';
  return out;
}

auto read(std::string_view text, arguments& into) -> std::string_view {
  return floor_json::after(floor_json::read_strings(text, into.arg1, into.arg2), "}");
}

auto encoded_result(bench::step_result const& value) -> std::string {
  std::string out;
  out.reserve(144);
  out += R"({"result":)";
  floor_json::append(out, value);
  out += '}';
  return out;
}

auto read_result(std::string_view text, bench::step_result& into) -> std::string_view {
  return floor_json::after(floor_json::read(floor_json::after(text, R"({"result":)"), into), "}");
}

template <class T, class Write>
auto encoded_all(std::vector<T> const& values, Write write) -> std::string {
  std::string out{"["};
  for (auto const& each : values) {
    if (out.size() > 1) out += ',';
    out += write(each);
  }
  return out += ']';
}

template <class T, class Read>
auto decoded_all(std::string_view text, Read read_one) -> std::vector<T> {
  std::vector<T> values;
  for (text = floor_json::after(text, "["); text != "]";) {
    text = read_one(text, values.emplace_back());
    if (text.starts_with(',')) text.remove_prefix(1);
  }
  return values;
}

class batch {
public:
  auto execute(std::vector<arguments> const& inputs) -> std::vector<bench::step_result> {
    run& parent = start("batch", payload_of(encoded_all(inputs, encoded)), nullptr, 0);
    while (!queue_.empty()) {
      task const next = queue_.front();
      queue_.pop_front();
      next.is_activity ? work(next) : advance(next);
    }
    return decoded_all<bench::step_result>(*parent.result, read_result);
  }
  [[nodiscard]] auto events() const -> std::size_t {
    std::size_t count = 0;
    for (auto const& [id, each] : runs_) count += each.history.size();
    return count;
  }

private:
  auto start(std::string id, payload given, run* parent, std::int64_t initiated) -> run& {
    auto const [at, is_new] = runs_.try_emplace(id);
    if (!is_new) throw std::runtime_error{id + " runs"};
    run& made = at->second;
    made.workflow_id = std::move(id);
    made.run_id.assign(36, static_cast<char>('a' + runs_.size() % 6));
    made.arguments = given;
    made.parent = parent;
    made.initiated = initiated;
    made.record(kind::run_started, initiated, std::move(given), made.run_id);
    schedule(made);
    return made;
  }

  void schedule(run& of) {
    if (of.history.back().what != kind::task_scheduled)
      queue_.push_back({&of, of.record(kind::task_scheduled), false});
  }

  /// A workflow task.
  void advance(task const& next) {
    run& of = *next.of;
    auto const started = of.record(kind::task_started, next.scheduled);
    of.record(kind::task_completed, started);
    if (!of.code.frame)
      of.code = of.parent == nullptr ? parent_code(of) : child_code(of);
    else
      of.code.frame.resume();
    if (!of.code.frame.done()) return;
    of.record(kind::run_completed, started, of.result);
    if (of.parent == nullptr) return;
    of.parent->record(kind::child_completed, of.initiated, of.result, of.workflow_id);
    if (++completed_ == children_) schedule(*of.parent);
  }

  /// An activity task.
  void work(task const& next) {
    run& of = *next.of;
    arguments given;
    read(*of.history[static_cast<std::size_t>(next.scheduled) - 1].data, given);
    bench::step_result const result{std::move(given.arg1), std::move(given.arg2),
                                    0.84442185152504812};
    auto const started = of.record(kind::activity_started, next.scheduled);
    of.activity_result = payload_of(floor_json::encoded(result));
    of.record(kind::activity_completed, started, of.activity_result);
    schedule(of);
  }

  auto child_code(run& of) -> flow {
    arguments given;
    read(*of.arguments, given);
    auto const scheduled = of.record(
        kind::activity_scheduled, 0,
        payload_of(encoded({"activity arg1: " + given.arg1, "activity arg2: " + given.arg2})), "1");
    queue_.push_back({&of, scheduled, true});
    co_await std::suspend_always{};
    of.result = payload_of(encoded_result(floor_json::decoded(*of.activity_result)));
  }

  auto parent_code(run& of) -> flow {
    auto const inputs = decoded_all<arguments>(*of.arguments, read);
    children_ = inputs.size();
    std::vector<run*> started;
    started.reserve(children_);
    for (std::size_t i = 0; i < children_; ++i) {
      auto id = of.workflow_id + "/my_good_workflow_" + std::to_string(i);
      auto given = payload_of(encoded(inputs[i]));
      auto const initiated = of.record(kind::child_initiated, 0, given, id);
      started.push_back(&start(std::move(id), std::move(given), &of, initiated));
      of.record(kind::child_started, initiated, {}, started.back()->run_id);
    }
    co_await std::suspend_always{};
    std::vector<bench::step_result> results(children_);
    for (std::size_t i = 0; i < children_; ++i) read_result(*started[i]->result, results[i]);
    of.result = payload_of(encoded_all(results, encoded_result));
  }

  std::unordered_map<std::string, run> runs_{};
  std::deque<task> queue_{};
  std::size_t children_{};
  std::size_t completed_{};
};

/// Items are children.
void batch_in_memory(benchmark::State& state) {
  auto const count = static_cast<std::size_t>(state.range(0));
  std::vector<arguments> inputs;
  for (std::size_t i = 0; i < count; ++i)
    inputs.push_back(
        {"workflow arg1 of " + std::to_string(i), "workflow arg2 of " + std::to_string(i)});
  for (auto _ : state) {
    state.PauseTiming();
    auto world = std::make_unique<batch>();
    state.ResumeTiming();
    auto const results = world->execute(inputs);
    state.PauseTiming();
    // As many events as perdure records, which its benchmark checks.
    bool const is_right = world->events() == 14 * count + 8 && results.size() == count &&
                          results.back().arg1 == "activity arg1: " + inputs.back().arg1;
    world.reset();
    state.ResumeTiming();
    if (!is_right) return state.SkipWithError("a wrong result");
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(batch_in_memory)->Arg(1'000)->Unit(benchmark::kMillisecond);

} // namespace
