// Goal: a worker asks for no more workflow tasks than it may work on, and asks again when it may.
// Method: a worker of a server with a script, which holds the polls that it is not to answer.
#include "support/stays_inside.hpp"

#include <perdure/temporal.hpp>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "temporal/api/history/v1/message.pb.h"
#include "temporal/api/workflowservice/v1/service.pb.h"
#include "temporal/scripted_server.hpp"

namespace {

using namespace perdure_test;
namespace service = ::temporal::api::workflowservice::v1;
namespace enums = ::temporal::api::enums::v1;
constexpr char const* poll = "PollWorkflowTaskQueue";

/// The first task of a run of `stays_inside_its_task`.
auto first_task() -> scripted_answer {
  service::PollWorkflowTaskQueueResponse task;
  task.set_task_token("token");
  task.mutable_workflow_execution()->set_workflow_id("w");
  task.mutable_workflow_execution()->set_run_id("run");
  task.mutable_workflow_type()->set_name("stays_inside_its_task");
  task.set_started_event_id(3);
  task.set_attempt(1);
  ::temporal::api::history::v1::History recorded;
  auto const add = [&](enums::EventType type) -> auto& {
    auto& made = *recorded.add_events();
    made.set_event_id(recorded.events_size());
    made.set_event_type(type);
    made.mutable_event_time()->set_seconds(1'700'000'000);
    return made;
  };
  auto& started = *add(enums::EVENT_TYPE_WORKFLOW_EXECUTION_STARTED)
                       .mutable_workflow_execution_started_event_attributes();
  started.mutable_workflow_type()->set_name("stays_inside_its_task");
  started.mutable_task_queue()->set_name("tests");
  started.set_original_execution_run_id("run");
  started.set_first_execution_run_id("run");
  started.set_attempt(1);
  add(enums::EVENT_TYPE_WORKFLOW_TASK_SCHEDULED)
      .mutable_workflow_task_scheduled_event_attributes()
      ->set_attempt(1);
  add(enums::EVENT_TYPE_WORKFLOW_TASK_STARTED)
      .mutable_workflow_task_started_event_attributes()
      ->set_scheduled_event_id(2);
  task.set_history(recorded.SerializeAsString());
  return giving(task);
}

struct polled_server {
  /// `first`: the answers of the first polls for workflow tasks; the others are held.
  explicit polled_server(std::vector<scripted_answer> first = {}) {
    first.resize(200, held());
    server.script(poll, std::move(first));
    server.script("PollActivityTaskQueue", std::vector<scripted_answer>(200, held()));
  }
  [[nodiscard]] auto options() const -> perdure::temporal_options {
    perdure::temporal_options made{};
    made.address = server.address();
    made.namespace_ = "shop";
    return made;
  }
  /// Polls for workflow tasks so far, of the worker's own queue.
  [[nodiscard]] auto sticky_polls() const -> std::ptrdiff_t {
    auto const all = server.calls();
    return std::count_if(all.begin(), all.end(), [](received_call const& call) {
      service::PollWorkflowTaskQueueRequest asked;
      return call.method == poll && asked.ParseFromString(call.request) &&
             asked.task_queue().kind() == enums::TASK_QUEUE_KIND_STICKY;
    });
  }
  scripted_server server{};
};

struct polling_worker {
  polling_worker(polled_server const& of, std::size_t slots) : backend{of.options()} {
    worker_options.max_concurrent_workflow_tasks = slots;
    worker.emplace(backend, worker_options);
    worker->add<stays_inside_its_task, stays_inside>();
    worker->start();
  }
  perdure::temporal_backend backend;
  perdure::worker_options worker_options{.task_queue = "tests"};
  std::optional<perdure::worker<perdure::temporal_backend>> worker{};
};

TEST_CASE("no more workflow tasks are polled for than there are slots", "[temporal][worker]") {
  struct row {
    std::size_t slots;
    std::size_t polls;
    std::ptrdiff_t sticky;
  };
  // One slot cannot wait at two queues; no limit is as many as the worker likes.
  for (auto const [slots, polls, sticky] :
       {row{1, 1, 0}, row{2, 2, 1}, row{4, 4, 2}, row{0, 5, 3}}) {
    CAPTURE(slots);
    polled_server const of;
    polling_worker const polling{of, slots};
    of.server.wait_for(poll, polls);
    of.server.wait_for("PollActivityTaskQueue", 5); // which are opened after those
    CHECK(of.server.calls_of(poll) == polls);
    CHECK(of.sticky_polls() == sticky);
  }
}

TEST_CASE("a poll that brought nothing gives its slot back", "[temporal][worker]") {
  polled_server const of{{giving(service::PollWorkflowTaskQueueResponse{})}};
  polling_worker const polling{of, 2};
  of.server.wait_for(poll, 3); // two, and one for the first of them
  of.server.wait_for("PollActivityTaskQueue", 5);
  CHECK(of.server.calls_of(poll) == 3);
}

TEST_CASE("while a task is worked on, its slot is not polled for", "[temporal][worker]") {
  entered.reset();
  released.reset();
  polled_server const of{{first_task()}};
  polling_worker const polling{of, 2};
  REQUIRE(entered.reached(1));
  of.server.wait_for(poll, 2);
  of.server.wait_for("PollActivityTaskQueue", 5);
  CHECK(of.server.calls_of(poll) == 2);
  released.add();
  of.server.wait_for("RespondWorkflowTaskCompleted");
  of.server.wait_for(poll, 3);
  CHECK(of.server.calls_of(poll) == 3);
}

} // namespace
