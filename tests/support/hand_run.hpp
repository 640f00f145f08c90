// One run and the server for it, by hand: a test says what happens, a workflow task shows what the
// code decides, and that becomes history. No backend, no threads.
#pragma once

#include <perdure/perdure.hpp>

#include "support/catch.hpp"

#include <exception>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace perdure_test {

template <auto F>
class hand_run {
public:
  /// `cached`: the live run is kept from task to task; else every task replays it.
  template <class... A>
  explicit hand_run(bool cached, A const&... arguments) : cached_{cached} {
    registry_.add<F>(std::source_location::current());
    perdure::events::workflow_execution_started started{};
    started.workflow_type = type();
    started.task_queue.name = std::string_view{"queue"};
    started.original_execution_run_id = std::string_view{"run"};
    started.workflow_id = std::string_view{"id"};
    started.input = perdure::to_payloads(arguments...);
    add(std::move(started));
  }

  [[nodiscard]] static auto type() -> std::string {
    return std::string{perdure::detail::registered_name<F>()};
  }

  // ------------------------------------------------------------------------------ what happens to
  // it
  template <class S, class... V>
  void signal(S const& which, V const&... value) {
    perdure::events::workflow_execution_signaled sent{};
    sent.signal_name = which.name;
    sent.input = which.encode(value...);
    add(std::move(sent));
  }
  /// Is delivered with the next task.
  template <class R, class... A>
  void update(std::string const& id, perdure::update<R(A...)> const& which,
              std::remove_cvref_t<A> const&... arguments) {
    perdure::delivered_update sent{};
    sent.id = id;
    sent.request.meta = {.update_id = id, .identity = "sender of " + id};
    sent.request.input.name = which.name;
    sent.request.input.args = which.encode(arguments...);
    updates_.push_back(std::move(sent));
    sequenced_.push_back(static_cast<perdure::event_id>(events_.size()));
  }
  void cancel() { add(perdure::events::workflow_execution_cancel_requested{}); }
  void fire_timer(std::string const& id) {
    perdure::event_id started = 0;
    for (perdure::event const& e : events_)
      if (auto const* t = e.attributes.get_if<perdure::events::timer_started>();
          t && t->timer_id == id)
        started = e.id;
    REQUIRE(started != 0);
    add(perdure::events::timer_fired{.timer_id = id, .started_event_id = started});
  }

  // -------------------------------------------------------------------------------------- its
  // tasks
  /// A workflow task that completes; what its answer becomes is appended to history.
  auto task(std::span<perdure::workflow_query const> queries = {})
      -> perdure::workflow_task_completion {
    auto answer = work(queries);
    apply(answer);
    return answer;
  }
  /// A workflow task that fails: what was thrown, as a failure.
  auto failing_task() -> std::string {
    std::string why;
    try {
      (void)work({});
    } catch (...) {
      why = perdure::describe(perdure::detail::failure_of_current_exception());
    }
    REQUIRE(!why.empty());
    executor_.reset();
    add(perdure::events::workflow_task_failed{});
    seen_ = 0; // the next executor starts from the first event
    return why;
  }
  /// A query task, answered by the live run or by a replay.
  template <class R, class... A>
  auto ask(perdure::query<R(A...)> const& which, std::remove_cvref_t<A> const&... arguments)
      -> perdure::query_answer {
    return ask(std::string{which.name}, which.encode(arguments...));
  }
  auto ask(std::string name, perdure::payloads arguments = {}) -> perdure::query_answer {
    if (executor_ && cached_) return executor_->answer({"", std::move(name), std::move(arguments)});
    auto fresh = make();
    fresh->catch_up(events_);
    return fresh->answer({"", std::move(name), std::move(arguments)});
  }
  /// The value that answers a query. Fails the test if there is none.
  template <class R, class... A>
  auto value_of(perdure::query<R(A...)> const& which, std::remove_cvref_t<A> const&... arguments)
      -> R {
    auto const answer = ask(which, arguments...);
    std::string const why = answer.failed ? perdure::describe(*answer.failed) : std::string{};
    INFO(why);
    REQUIRE(!answer.failed);
    return std::get<0>(perdure::from_payloads<R>(answer.result));
  }

  [[nodiscard]] auto history() const -> perdure::history {
    perdure::history made{};
    made.workflow_id = std::string_view{"id"};
    made.events = events_;
    return made;
  }
  [[nodiscard]] auto types_after(perdure::event_type last) const
      -> std::vector<perdure::event_type> {
    std::size_t at = events_.size();
    while (at > 0 && events_[at - 1].type != last) --at;
    std::vector<perdure::event_type> all;
    for (; at < events_.size(); ++at) all.push_back(events_[at].type);
    return all;
  }
  template <class A>
  [[nodiscard]] auto last() const -> A {
    for (auto e = events_.rbegin(); e != events_.rend(); ++e)
      if (e->type == A::type) return e->template as<A>();
    FAIL("history has no such event");
    throw;
  }
  /// What the run returned. Fails the test if it did not.
  template <class T>
  [[nodiscard]] auto result() const -> T {
    return std::get<0>(
        perdure::from_payloads<T>(last<perdure::events::workflow_execution_completed>().result));
  }
  void check_replay() const {
    perdure::replayer replayer;
    replayer.add<F>();
    auto const replayed = replayer.replay(history());
    INFO(replayed.problem);
    CHECK(replayed.ok());
    CHECK(replayed.commands.empty());
  }
  [[nodiscard]] auto executor() -> perdure::detail::workflow_executor& { return *executor_; }

private:
  template <class A>
  auto add(A attributes) -> perdure::event_id {
    return add_event(A::type, perdure::event_attributes::make(std::move(attributes)));
  }
  auto add_event(perdure::event_type type, perdure::event_attributes attributes)
      -> perdure::event_id {
    perdure::event e{};
    e.id = static_cast<perdure::event_id>(events_.size()) + 1;
    e.time = perdure::time_point{perdure::duration{e.id * 1'000'000'000}};
    e.type = type;
    e.attributes = std::move(attributes);
    events_.push_back(std::move(e));
    return events_.back().id;
  }
  [[nodiscard]] auto make() const -> std::unique_ptr<perdure::detail::workflow_executor> {
    return std::make_unique<perdure::detail::workflow_executor>(
        registry_.workflow(type()), perdure::workflow_execution{"id", "run"}, type());
  }
  auto work(std::span<perdure::workflow_query const> queries) -> perdure::workflow_task_completion {
    add(perdure::events::workflow_task_scheduled{});
    add(perdure::events::workflow_task_started{});
    if (!executor_ || !cached_) {
      executor_ = make();
      seen_ = 0;
    }
    auto updates = updates_;
    for (std::size_t i = 0; i < updates.size(); ++i) updates[i].sequencing_event_id = sequenced_[i];
    auto const news = std::span{events_}.subspan(seen_);
    seen_ = events_.size();
    executor_->process(news, perdure::detail::workflow_executor::never, updates);
    return executor_->completion(queries);
  }
  void apply(perdure::workflow_task_completion const& answer) {
    perdure::events::workflow_task_completed completed{};
    completed.sdk_metadata = answer.sdk;
    add(std::move(completed));
    std::size_t said = 0;
    for (perdure::command const& each : answer.commands) {
      auto const* const message = each.attributes.get_if<perdure::protocol_message_command>();
      if (message == nullptr) {
        add_event(perdure::event_type_of(each.type), each.attributes);
        continue;
      }
      REQUIRE(each.type == perdure::command_type::protocol_message);
      for (perdure::update_message const& m : answer.updates)
        if (message->message_id == m.message_id) ++said, apply(m);
    }
    for (perdure::update_message const& m : answer.updates)
      said += m.what == perdure::update_message::kind::rejection ? 1U : 0U;
    CHECK(said == answer.updates.size()); // each has its place, and each place its message
    updates_.clear();
    sequenced_.clear();
  }
  void apply(perdure::update_message const& m) {
    if (m.what == perdure::update_message::kind::acceptance) {
      perdure::events::workflow_execution_update_accepted accepted{};
      accepted.protocol_instance_id = m.update_id;
      accepted.accepted_request_message_id = m.update_id.str() + "/request";
      accepted.accepted_request_sequencing_event_id = m.sequencing_event_id;
      accepted.accepted_request = m.request;
      add(std::move(accepted));
      return;
    }
    perdure::events::workflow_execution_update_completed completed{};
    completed.meta.update_id = m.update_id;
    completed.outcome = m.outcome;
    for (perdure::event const& e : events_)
      if (auto const* a =
              e.attributes.get_if<perdure::events::workflow_execution_update_accepted>();
          a != nullptr && a->protocol_instance_id == m.update_id)
        completed.accepted_event_id = e.id;
    CHECK(completed.accepted_event_id != 0);
    add(std::move(completed));
  }

  bool cached_;
  perdure::detail::registry registry_{};
  std::vector<perdure::event> events_{};
  std::size_t seen_{0};
  std::unique_ptr<perdure::detail::workflow_executor> executor_{};
  std::vector<perdure::delivered_update> updates_{};
  std::vector<perdure::event_id> sequenced_{};
};

/// Runs a test with a run that is kept alive, and with one that is replayed at every task.
template <auto F, class Test, class... A>
void kept_and_replayed(Test test, A const&... arguments) {
  for (bool const cached : {true, false}) {
    CAPTURE(cached);
    hand_run<F> run{cached, arguments...};
    test(run);
    run.check_replay();
  }
}

/// The update messages of an answer: `accept a`, `reject b`, `complete a`.
inline auto said(perdure::workflow_task_completion const& answer) -> std::vector<std::string> {
  static constexpr char const* kinds[] = {"accept ", "reject ", "complete "};
  std::vector<std::string> all;
  for (perdure::update_message const& m : answer.updates)
    all.push_back(kinds[static_cast<std::size_t>(m.what)] + m.update_id.str());
  return all;
}

} // namespace perdure_test
