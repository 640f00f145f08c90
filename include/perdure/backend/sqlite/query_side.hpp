// Queries on a file: asked and answered in one process without a word in the file, or passed from
// one process to another through it; and the waits of those who ask or update.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "perdure/backend/message_operations.hpp"
#include "perdure/backend/sqlite/session.hpp"
#include "perdure/data/detail/idle_wait.hpp"

namespace perdure::inline v0::sqlite {

/// A query stays in its process if that has a worker for the run's queue. An answer is given to
/// whoever asked once what it is based on is kept.
template <class Unused>
class query_side : protected session<Unused> {
public:
  using session<Unused>::session;

  /// \throws error (task_lost) if nobody waits for the answer any more
  void answer_query_task(worker_link&, workflow_task_token const& token, query_answer answer) {
    this->take_part([&](engine::notices& news) {
      if (!queries().take(token, std::move(answer)))
        throw error{errc::task_lost, "nobody waits for the answer of the query any more"};
      pass_answers_on(news);
    });
  }

protected:
  [[nodiscard]] auto query(query_workflow_request const& request) -> query_result {
    asking own{*this};
    this->perform([&](engine::notices& news) { ask(request, own, news); });
    if (own.ruled_out != workflow_execution_status{}) return {{}, {}, own.ruled_out};
    auto const end = *perdure::detail::end_of_wait(std::max(request.timeout, duration{1}));
    if (own.row == 0) {
      std::unique_lock lock{this->mutex_};
      wait_here(lock, *own.local, end);
      return perdure::detail::result_of_query(*own.local, request, own.queue);
    }
    engine::pending_query seen{};
    wait_for_others(own.row, end, seen);
    return perdure::detail::result_of_query(seen, request, own.queue);
  }

  // ------------------------------------------------- for polls and answers; a transaction is open
  /// A query for a worker to answer, if one can be asked.
  [[nodiscard]] auto take_query(std::uint32_t queue, std::uint64_t worker)
      -> std::optional<workflow_task> {
    if (std::exchange(this->messages_.others_ask, false)) take_in_queries();
    if (queries().empty()) return std::nullopt;
    engine::pending_query* const next =
        queries().next(queue, [&](run_number run) { return this->store_.find_run(run); });
    if (next == nullptr) return std::nullopt;
    next->now = engine::pending_query::phase::asked;
    next->seen = true;
    return engine::make_query_task(*this->store_.find_run(next->run), worker, *next);
  }
  /// A workflow task was answered: so may be the queries on it, and others can be asked.
  void after_task(workflow_task_token const& task, std::vector<query_answer> answers,
                  engine::notices& news) {
    if (queries().empty()) return;
    queries().take(task, std::move(answers));
    engine::run_state const* const run = this->store_.find_run(task.run);
    if (run == nullptr) return;
    if (std::string const why = engine::why_unanswerable(*run); !why.empty())
      queries().fail(task.run, why);
    pass_answers_on(news);
    look_again(run->queue);
  }
  /// A worker is gone: what it was asked is asked again.
  void after_worker(std::uint32_t queue) {
    queries().ask_again(queue);
    look_again(queue);
  }

  // ---------------------------------------------------------------------- for message_operations
  [[nodiscard]] auto update_news() -> std::uint64_t {
    std::lock_guard const lock{this->mutex_};
    this->keeper_.start();
    return this->messages_.news;
  }
  auto wait_for_news(std::uint64_t seen, std::optional<time_point> end) -> bool {
    std::unique_lock lock{this->mutex_};
    auto const come = [&] { return this->messages_.news != seen; };
    return perdure::detail::idle_wait(this->messages_.wakes, lock, come,
                                      end.value_or(time_point::max()));
  }

private:
  /// What one caller has asked, and where: here, or in the file.
  struct asking {
    explicit asking(query_side& owner) : side{owner} {}
    asking(asking const&) = delete;
    auto operator=(asking const&) -> asking& = delete;
    ~asking() {
      std::lock_guard const lock{side.mutex_};
      if (local != nullptr) side.queries().remove(*local);
    }
    query_side& side;
    engine::pending_query* local{nullptr};
    std::int64_t row{0};
    std::string queue{};
    workflow_execution_status ruled_out{};
  };

  [[nodiscard]] auto queries() noexcept -> engine::query_book& { return this->messages_.queries; }

  void ask(query_workflow_request const& request, asking& own, engine::notices& news) {
    if (own.local != nullptr) queries().remove(*std::exchange(own.local, nullptr)); // once more
    own.row = 0;
    engine::run_state& run = this->engine_.find(request.execution);
    (void)engine::queue_of(this->store_, run); // it may have moved since its last task
    own.ruled_out =
        engine::rules_out(request.reject, run) ? run.status : workflow_execution_status{};
    if (own.ruled_out != workflow_execution_status{}) return;
    own.queue = run.started().task_queue.name.str();
    std::string const why = engine::why_unanswerable(run);
    if (why.empty() && !this->is_virtual() && !has_worker(run.queue)) {
      this->store_.queries().purge(this->clock());
      own.row =
          this->store_.queries().add(run.number, engine::later(this->clock(), request.timeout),
                                     {request.type, request.arguments, request.header});
      news.updates_changed = true; // others look
      return;
    }
    own.local = &queries().add(run, {{}, request.type, request.arguments, request.header});
    if (!why.empty()) queries().fail(run.number, why);
  }
  [[nodiscard]] auto has_worker(std::uint32_t queue) const noexcept -> bool {
    return std::any_of(this->workers_.begin(), this->workers_.end(),
                       [&](worker_link const* each) { return each->queue_number == queue; });
  }
  void wait_here(std::unique_lock<std::mutex>& lock, engine::pending_query const& asked,
                 time_point end) {
    // The run may be with another process, which does not say when it is done with it.
    constexpr auto patience = std::chrono::milliseconds{50};
    auto const done = [&] { return asked.now == engine::pending_query::phase::done; };
    while (!done() && (this->is_virtual() || this->clock() < end)) {
      if (this->is_virtual()) { // no time passes: whoever can answer does so now
        lock.unlock();
        bool const busy = run_one();
        lock.lock();
        this->commit_or_throw(lock); // an answer is told with it
        if (!busy) return;
        continue;
      }
      look_again(asked.queue);
      this->messages_.wakes.wait_until(lock, std::min(end, this->clock() + patience), done);
    }
  }
  void wait_for_others(std::int64_t row, time_point end, engine::pending_query& seen) {
    for (bool in_time = true;;) {
      std::uint64_t const news = update_news();
      auto found = this->reader_.read([&](connection& db) { return query_table::look(db, row); });
      seen.seen = found.taken;
      if (found.answer) {
        seen.answer = std::move(*found.answer);
        seen.now = engine::pending_query::phase::done;
      }
      if (found.answer || !in_time) return;
      in_time = wait_for_news(news, end);
    }
  }
  [[nodiscard]] auto run_one() -> bool {
    for (std::size_t i = 0; i < this->workers_.size(); ++i)
      if (this->workers_[i]->poll_once()) return true;
    return false;
  }
  void look_again(std::uint32_t queue) {
    if (queue >= this->pollers_.size() || !queries().has_open(queue)) return;
    this->pollers_[queue].look = true;
    if (this->pollers_[queue].waiting > 0) this->pollers_[queue].wakes.notify_one();
  }

  /// What other processes ask, and a worker of this one may answer.
  void take_in_queries() {
    if (this->store_.member() == 0) return;
    for (auto& each : this->store_.queries().open(this->clock())) {
      bool known = false;
      queries().for_each([&](auto const& q) { known = known || q.remote == each.id; });
      engine::run_state* const run = known ? nullptr : this->store_.find_run(each.run);
      if (run == nullptr || !has_worker(engine::queue_of(this->store_, *run))) continue;
      this->store_.queries().claim(each.id, this->store_.member());
      auto& taken = queries().add(*run, {{},
                                         std::move(each.query.type),
                                         std::move(each.query.arguments),
                                         std::move(each.query.header)});
      taken.remote = each.id;
      taken.until = each.until;
    }
  }
  /// Answers to what other processes asked go into the file.
  void pass_answers_on(engine::notices& news) {
    queries().for_each([&](engine::pending_query& each) {
      if (each.remote == 0 || each.now != engine::pending_query::phase::answered) return;
      this->store_.queries().answer(each.remote, each.answer);
      news.updates_changed = true;
    });
  }
};

} // namespace perdure::inline v0::sqlite
