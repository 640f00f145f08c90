// How many activities of a queue are handed out in a second.
#include "conformance/behaviour.hpp"

namespace perdure_test::conformance {

namespace {

/// A worker that wants the queue "limited" to have a rate.
class limiting final : public perdure::worker_link {
public:
  limiting(any_backend& backend, double per_second) : backend_{&backend} {
    id = next_hand_id();
    task_queue = "limited";
    identity = "limiting";
    queue_activities_per_second = per_second;
    backend.attach(*this);
  }
  limiting(limiting const&) = delete;
  auto operator=(limiting const&) -> limiting& = delete;
  ~limiting() { backend_->detach(*this); }
  auto poll_once() -> bool override { return false; }
  void cancel_attempt(perdure::activity_task_token const&,
                      perdure::activity_cancel_reason) noexcept override {}
  /// How many activities it is given now.
  auto take_all() -> int {
    int count = 0;
    while (
        std::holds_alternative<perdure::activity_task>(backend_->poll(*this, {false, true, false})))
      ++count;
    return count;
  }

private:
  any_backend* backend_;
};

void begin_many(world& w, int count) {
  std::vector<perdure::command> asked;
  for (int i = 0; i < count; ++i)
    asked.push_back(commands::activity(std::to_string(i), quick(), "limited"));
  w.begin(std::move(asked));
}

} // namespace

BEHAVIOUR("a queue with a rate hands activities out at that rate", "[rate]") {
  limiting worker{w.backend, 2};
  begin_many(w, 10);
  CHECK(worker.take_all() == 1);
  w.pass(499ms);
  CHECK(worker.take_all() == 0);
  w.pass(1ms);
  CHECK(worker.take_all() == 1);
  w.pass(10s);
  CHECK(worker.take_all() == 1); // what was not used is not saved up
}

BEHAVIOUR("the rate of a queue is that of all its workers together", "[rate]") {
  limiting first{w.backend, 1};
  limiting second{w.backend, 0}; // has no wish of its own
  begin_many(w, 10);
  CHECK(first.take_all() + second.take_all() == 1);
  w.pass(1s);
  CHECK(second.take_all() + first.take_all() == 1);
}

BEHAVIOUR("the worker that was attached last decides about the rate", "[rate]") {
  limiting first{w.backend, 1};
  begin_many(w, 10);
  CHECK(first.take_all() == 1);
  limiting second{w.backend, 4};
  w.pass(1s);
  CHECK(first.take_all() == 1);
  w.pass(250ms);
  CHECK(second.take_all() == 1);
}

BEHAVIOUR("a rate holds up neither workflow tasks nor other queues", "[rate]") {
  limiting worker{w.backend, 1};
  begin_many(w, 2);
  CHECK(worker.take_all() == 1);
  CHECK(worker.take_all() == 0);
  w.start_on("other");
  auto const task = w.hand.workflow();
  w.hand.answer(task, {commands::activity("1", quick()), commands::activity("2", quick())});
  CHECK(w.hand.poll_activity());
  CHECK(w.hand.poll_activity());
}

} // namespace perdure_test::conformance
