#include "signal_chain.hpp"

#include <perdure/perdure.hpp>
#include <perdure/sqlite.hpp>

#include <atomic>
#include <filesystem>
#include <functional>
#include <map>
#include <set>
#include <thread>
#include <vector>

#include "subject.hpp"

namespace reliability {
namespace {

using namespace std::chrono_literals;

/// One signal. After the last one comes one from the sender -1.
struct note {
  int sender{};
  std::int64_t number{};
};
inline constexpr perdure::signal<note> noted{"noted"};

/// What the chain has seen of one sender: everything below `next`, but for what is missing.
struct account {
  std::int64_t next{};
  std::vector<std::int64_t> missing{};
};
struct counted {
  std::vector<account> senders{};
  std::int64_t duplicated{};
  std::int64_t reordered{};
  std::int64_t runs{};
};

void count(counted& all, note const& got) {
  auto& mine = all.senders.at(static_cast<std::size_t>(got.sender));
  if (got.number >= mine.next) {
    for (; mine.next < got.number; ++mine.next) mine.missing.push_back(mine.next);
    ++mine.next;
    return;
  }
  auto const gap = std::find(mine.missing.begin(), mine.missing.end(), got.number);
  if (gap == mine.missing.end()) {
    ++all.duplicated;
  } else {
    mine.missing.erase(gap);
    ++all.reordered;
  }
}

/// What happens when a run is about to continue as new. No part of the workflow: what it does is
/// seen from outside alone.
std::function<void(std::string const& run_id)> about_to_continue;

/// Whether a run takes in all that has come before it continues as new; or leaves it to the next.
bool drains = true;

perdure::workflow<void> nothing() { co_return; }

perdure::workflow<counted> counts(counted so_far, std::uint64_t seed) {
  ++so_far.runs;
  dice roll{seed};
  bool ended = false;
  for (int left = roll.between(1, 400); left > 0 && !ended; --left) {
    note const got = co_await perdure::receive(noted);
    ended = got.sender < 0;
    if (!ended) count(so_far, got);
  }
  while (!ended && drains) {
    auto const first = co_await perdure::race(perdure::receive(noted), nothing());
    if (first.index == 1) break;
    note const& got = std::get<0>(first.value);
    ended = got.sender < 0;
    if (!ended) count(so_far, got);
  }
  if (ended) co_return so_far;
  if (about_to_continue) about_to_continue(perdure::info().run_id);
  std::uint64_t const next = roll.next();
  co_await perdure::continue_as_new<counts>(so_far, next);
  co_return so_far; // never comes here
}

/// The numbers that one sender sends, with the fault that was asked for.
auto numbers(std::int64_t n, planted fault) -> std::vector<std::int64_t> {
  std::vector<std::int64_t> all;
  for (std::int64_t i = 0; i < n; ++i) all.push_back(i);
  auto const middle = all.begin() + n / 2;
  if (fault == planted::loss) all.erase(middle);
  if (fault == planted::duplicate) all.insert(middle, *middle);
  if (fault == planted::swap) std::swap(*middle, *(middle + 1));
  return all;
}

template <class Backend>
class senders {
public:
  senders(chain_plan const& plan, Backend& backend) : plan_{plan}, client_{backend} {
    for (int i = 0; i < plan.senders; ++i) {
      std::int64_t const share = plan.signals / plan.senders + (i < plan.signals % plan.senders);
      queues_.push_back(numbers(share, i == 0 ? plan.fault : planted::nothing));
      sent_.push_back(0);
    }
  }

  /// Sends the next signal of a sender; false if it has none left.
  auto send(int sender) -> bool {
    auto const s = static_cast<std::size_t>(sender);
    if (sent_[s] == queues_[s].size()) return false;
    deliver({sender, queues_[s][sent_[s]++]});
    return true;
  }
  void deliver(note const& what) {
    try {
      client_.get_handle("chain").signal(noted, what);
    } catch (perdure::error const& e) {
      if (e.code() != perdure::errc::not_found && e.code() != perdure::errc::already_closed) throw;
      ++refused;
    }
  }
  [[nodiscard]] auto done() const -> bool {
    for (std::size_t i = 0; i < queues_.size(); ++i)
      if (sent_[i] < queues_[i].size()) return false;
    return true;
  }
  std::atomic<std::int64_t> refused{0};

private:
  chain_plan plan_;
  perdure::client<Backend> client_;
  std::vector<std::vector<std::int64_t>> queues_{};
  std::vector<std::size_t> sent_{};
};

/// Bursts of signals, with workflow tasks in between.
template <class Backend>
void send_in_turn(chain_plan const& plan, senders<Backend>& all, Backend& backend) {
  dice roll{plan.seed ^ 0x5eedU};
  while (!all.done()) {
    for (int burst = roll.between(1, 30); burst > 0; --burst)
      (void)all.send(roll.between(0, plan.senders - 1));
    if (roll.between(0, 2) != 0) backend.advance(perdure::duration{});
  }
}
template <class Backend>
void send_from_threads(chain_plan const& plan, senders<Backend>& all) {
  std::vector<std::thread> threads;
  for (int i = 0; i < plan.senders; ++i)
    threads.emplace_back([&all, i] {
      while (all.send(i)) {
      }
    });
  for (auto& each : threads) each.join();
}

template <class Backend>
auto play(chain_plan const& plan, Backend& backend) -> chain_result {
  chain_result result{};
  perdure::set_log_sink(nullptr); // it would speak of long histories and of tasks to be done again
  perdure::worker<Backend> worker{backend,
                                  {.task_queue = "chain", .max_cached_workflows = plan.cached}};
  worker.template add<counts>();
  worker.start();
  senders<Backend> all{plan, backend};
  std::map<std::string, int> tasks; // that wanted to continue as new, by run
  about_to_continue = nullptr;
  drains = !plan.carry;
  if (plan.flood)
    about_to_continue = [&](std::string const& run_id) {
      if (++tasks[run_id] > 20 || plan.mode == chain_mode::threads) return;
      dice roll{plan.seed ^ static_cast<std::uint64_t>(tasks.size())};
      (void)all.send(roll.between(0, plan.senders - 1));
    };
  perdure::client<Backend> client{backend};
  counted begun{};
  begun.senders.resize(static_cast<std::size_t>(plan.senders));
  auto const chain = client.template start_workflow<counts>(begun, plan.seed,
                                                            {.id = "chain", .task_queue = "chain"});
  if (plan.mode == chain_mode::threads)
    send_from_threads(plan, all);
  else
    send_in_turn(plan, all, backend);
  all.deliver({-1, 0});
  counted const end = chain.result();
  about_to_continue = nullptr;
  worker.stop();
  for (std::size_t i = 0; i < end.senders.size(); ++i) {
    std::int64_t const share =
        plan.signals / plan.senders + (static_cast<std::int64_t>(i) < plan.signals % plan.senders);
    result.lost += static_cast<std::int64_t>(end.senders[i].missing.size());
    result.lost += std::max<std::int64_t>(0, share - end.senders[i].next);
  }
  result.duplicated = end.duplicated;
  result.reordered = end.reordered;
  result.runs = end.runs;
  result.refused = all.refused;
  for (auto const& [run, n] : tasks)
    result.tasks_to_continue = std::max(result.tasks_to_continue, n);
  return result;
}

} // namespace

auto run_chain(chain_plan const& plan) -> chain_result {
  auto const clock = plan.mode == chain_mode::virtual_time ? perdure::clock_mode::virtual_time
                                                           : perdure::clock_mode::real;
  if (!plan.on_file) {
    perdure::memory_backend_options options{};
    options.clock = clock;
    options.seed = plan.seed;
    perdure::memory_backend backend{options};
    return play(plan, backend);
  }
  auto const folder =
      std::filesystem::temp_directory_path() / ("perdure-signals-" + perdure::random_uuid());
  std::filesystem::create_directories(folder);
  chain_result result{};
  {
    perdure::sqlite_backend_options options{};
    options.synchronous = perdure::sqlite_synchronous::normal;
    options.clock = clock;
    perdure::sqlite_backend backend{(folder / "chain.db").string(), options};
    result = play(plan, backend);
  }
  std::filesystem::remove_all(folder);
  return result;
}

} // namespace reliability
