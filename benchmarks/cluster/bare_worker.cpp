// The floor under batch.cpp: the same calls with much the same contents, by a worker that is
// written for this one batch: one thread, no history, nothing checked but results. What it costs,
// no library over gRPC C++ and generated messages goes below on this server.
//     benchmark_cluster_bare_worker ADDRESS run N      one batch of N children
// Prints one line of JSON. Ends with 1, saying why, if something is not as it must be.
#include <chrono>
#include <cstdio>
#include <functional>
#include <iostream>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <unordered_set>

#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/impl/codegen/proto_utils.h>
#include <grpcpp/security/credentials.h>
#include <temporal/api/history/v1/message.pb.h>
#include <temporal/api/workflowservice/v1/service.pb.h>

#include "process.hpp"

namespace {

namespace api = temporal::api;
namespace service = temporal::api::workflowservice::v1;

constexpr std::size_t warm_up = 50; // children before anything is measured
constexpr int polls_at_a_time = 4;  // of each queue

void require(bool holds, std::string const& otherwise) {
  if (!holds) throw std::runtime_error{otherwise};
}

auto random_name() -> std::string {
  std::random_device random;
  return std::to_string(random()) + std::to_string(random());
}

/// Calls under way, whose ends one thread waits for.
class calls {
public:
  explicit calls(std::string const& address)
      : stub_{grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), frugal())} {}
  calls(calls const&) = delete;
  auto operator=(calls const&) -> calls& = delete;
  ~calls() {
    is_ending_ = true;
    for (running* each : all_) each->context.TryCancel();
    while (!all_.empty()) step();
  }

  /// Begins one; `then(answer)` is called at its end.
  template <class Answer, class Request>
  void start(char const* name, Request const& request, std::function<void(Answer const&)> then) {
    auto owned = std::make_unique<running>();
    running& one = *owned;
    one.name = name;
    one.then = [then = std::move(then)](grpc::ByteBuffer& bytes) {
      Answer answer;
      auto const read = grpc::SerializationTraits<Answer>::Deserialize(&bytes, &answer);
      require(read.ok(), "an answer cannot be read: " + read.error_message());
      then(answer);
    };
    one.context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds{70});
    grpc::ByteBuffer bytes;
    bool is_owned = false;
    auto const written = grpc::SerializationTraits<Request>::Serialize(request, &bytes, &is_owned);
    require(written.ok(), "a request cannot be written: " + written.error_message());
    one.reader = stub_.PrepareUnaryCall(
        &one.context, "/temporal.api.workflowservice.v1.WorkflowService/" + std::string{name},
        bytes, &queue_);
    one.reader->StartCall();
    one.reader->Finish(&one.answer, &one.status, &one);
    all_.insert(owned.release());
  }

  /// Waits for the end of one.
  void step() {
    void* tag = nullptr;
    bool ok = false;
    require(queue_.Next(&tag, &ok), "the queue has ended");
    std::unique_ptr<running> const one{static_cast<running*>(tag)};
    all_.erase(one.get());
    if (is_ending_) return;
    require(one->status.ok(), one->name + std::string{" failed: "} + one->status.error_message());
    one->then(one->answer);
  }

private:
  /// What a call can do without.
  static auto frugal() -> grpc::ChannelArguments {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
    arguments.SetInt(GRPC_ARG_ENABLE_CHANNELZ, 0);
    return arguments;
  }
  struct running {
    char const* name{nullptr};
    grpc::ClientContext context{};
    std::unique_ptr<grpc::GenericClientAsyncResponseReader> reader{};
    grpc::ByteBuffer answer{};
    grpc::Status status{};
    std::function<void(grpc::ByteBuffer&)> then{};
  };

  grpc::GenericStub stub_;
  grpc::CompletionQueue queue_{};
  std::unordered_set<running*> all_{};
  bool is_ending_{false};
};

void set_json(api::common::v1::Payloads& into, std::string const& json) {
  api::common::v1::Payload& one = *into.add_payloads();
  (*one.mutable_metadata())["encoding"] = "json/plain";
  one.set_data(json);
}

auto input_of(std::size_t i) -> std::string {
  return R"({"arg1":"workflow arg1 of )" + std::to_string(i) + R"(","arg2":"workflow arg2 of )" +
         std::to_string(i) + R"("})";
}

/// The project's messages leave a history as the bytes that it comes in.
void add_events(api::history::v1::History& to, std::string const& bytes) {
  require(to.MergeFromString(bytes), "a history cannot be read");
}

/// The batch, its children and their activities, as what the server is answered.
class batch_worker {
public:
  explicit batch_worker(std::string const& address) : calls_{address} {
    for (int i = 0; i < polls_at_a_time; ++i) {
      poll_workflow_tasks(false);
      poll_workflow_tasks(true);
      poll_activities();
    }
  }

  /// Starts a batch, and works until it is done.
  void run(std::size_t count) {
    wanted_ = count;
    completed_ = 0;
    is_done_ = false;
    batch_id_ = "bare-" + random_name();
    service::StartWorkflowExecutionRequest request;
    request.set_namespace_("default");
    request.set_workflow_id(batch_id_);
    request.mutable_workflow_type()->set_name("bare_batch");
    request.mutable_task_queue()->set_name(queue_name_);
    request.set_identity(identity_);
    request.set_request_id(random_name());
    calls_.start<service::StartWorkflowExecutionResponse>("StartWorkflowExecution", request,
                                                          [](auto const&) {});
    while (!is_done_) calls_.step();
    require(completed_ == count, std::to_string(completed_) + " children have completed");
  }

private:
  void poll_workflow_tasks(bool is_sticky) {
    service::PollWorkflowTaskQueueRequest request;
    request.set_namespace_("default");
    request.set_identity(identity_);
    set_queue(*request.mutable_task_queue(), is_sticky);
    calls_.start<service::PollWorkflowTaskQueueResponse>(
        "PollWorkflowTaskQueue", request,
        [this, is_sticky](service::PollWorkflowTaskQueueResponse const& task) {
          poll_workflow_tasks(is_sticky);
          if (!task.task_token().empty()) answer(task);
        });
  }
  void poll_activities() {
    service::PollActivityTaskQueueRequest request;
    request.set_namespace_("default");
    request.set_identity(identity_);
    request.mutable_task_queue()->set_name(queue_name_);
    calls_.start<service::PollActivityTaskQueueResponse>(
        "PollActivityTaskQueue", request,
        [this](service::PollActivityTaskQueueResponse const& task) {
          poll_activities();
          if (!task.task_token().empty()) answer(task);
        });
  }
  void set_queue(api::taskqueue::v1::TaskQueue& queue, bool is_sticky) const {
    queue.set_name(is_sticky ? sticky_name_ : queue_name_);
    if (!is_sticky) return;
    queue.set_kind(api::enums::v1::TASK_QUEUE_KIND_STICKY);
    queue.set_normal_name(queue_name_);
  }

  void answer(service::PollWorkflowTaskQueueResponse const& task) {
    auto history = std::make_shared<api::history::v1::History>();
    add_events(*history, task.history());
    if (task.next_page_token().empty())
      answer(task, *history);
    else
      read_on(std::make_shared<service::PollWorkflowTaskQueueResponse>(task), std::move(history),
              task.next_page_token());
  }
  /// A batch's history comes in pages.
  void read_on(std::shared_ptr<service::PollWorkflowTaskQueueResponse const> task,
               std::shared_ptr<api::history::v1::History> history, std::string const& page) {
    service::GetWorkflowExecutionHistoryRequest request;
    request.set_namespace_("default");
    *request.mutable_execution() = task->workflow_execution();
    request.set_next_page_token(page);
    calls_.start<service::GetWorkflowExecutionHistoryResponse>(
        "GetWorkflowExecutionHistory", request,
        [=, this](service::GetWorkflowExecutionHistoryResponse const& read) {
          add_events(*history, read.history());
          if (read.next_page_token().empty())
            answer(*task, *history);
          else
            read_on(task, history, read.next_page_token());
        });
  }
  void answer(service::PollWorkflowTaskQueueResponse const& task,
              api::history::v1::History const& history) {
    service::RespondWorkflowTaskCompletedRequest request;
    request.set_namespace_("default");
    request.set_identity(identity_);
    request.set_task_token(task.task_token());
    auto& sticky = *request.mutable_sticky_attributes();
    set_queue(*sticky.mutable_worker_task_queue(), true);
    sticky.mutable_schedule_to_start_timeout()->set_seconds(10);
    bool const is_batch = task.workflow_type().name() == "bare_batch";
    if (is_batch)
      go_on_with_batch(task, history, request);
    else
      go_on_with_child(history, request);
    bool const ends = is_batch && completed_ == wanted_;
    calls_.start<service::RespondWorkflowTaskCompletedResponse>(
        "RespondWorkflowTaskCompleted", request,
        [this, ends](service::RespondWorkflowTaskCompletedResponse const& answered) {
          for (auto const& eager : answered.activity_tasks()) answer(eager);
          is_done_ = is_done_ || ends;
        });
  }

  void go_on_with_batch(service::PollWorkflowTaskQueueResponse const& task,
                        api::history::v1::History const& history,
                        service::RespondWorkflowTaskCompletedRequest& request) {
    require(task.workflow_execution().workflow_id() == batch_id_, "a batch that was not started");
    for (auto const& event : history.events()) {
      if (event.has_workflow_execution_started_event_attributes()) {
        for (std::size_t i = 0; i < wanted_; ++i) start_child(i, request);
      } else if (event.has_child_workflow_execution_completed_event_attributes()) {
        ++completed_;
        api::common::v1::Payload const& result =
            event.child_workflow_execution_completed_event_attributes().result().payloads(0);
        require(result.data().starts_with(R"({"result":{"arg1":"workflow arg1 of )"),
                "a child's result is " + result.data());
        *results_.add_payloads() = result;
      }
    }
    if (completed_ < wanted_) return;
    api::command::v1::Command& command = *request.add_commands();
    command.set_command_type(api::enums::v1::COMMAND_TYPE_COMPLETE_WORKFLOW_EXECUTION);
    std::string all = R"({"results":[)";
    for (auto const& each : results_.payloads())
      all += (all.back() == '[' ? "" : ",") + each.data();
    results_.clear_payloads();
    set_json(*command.mutable_complete_workflow_execution_command_attributes()->mutable_result(),
             all + "]}");
  }
  void start_child(std::size_t i, service::RespondWorkflowTaskCompletedRequest& request) const {
    api::command::v1::Command& command = *request.add_commands();
    command.set_command_type(api::enums::v1::COMMAND_TYPE_START_CHILD_WORKFLOW_EXECUTION);
    auto& child = *command.mutable_start_child_workflow_execution_command_attributes();
    child.set_workflow_id(batch_id_ + "/my_good_workflow_" + std::to_string(i));
    child.mutable_workflow_type()->set_name("bare_child");
    child.mutable_task_queue()->set_name(queue_name_);
    set_json(*child.mutable_input(), input_of(i));
    child.mutable_retry_policy()->set_maximum_attempts(3);
  }

  void go_on_with_child(api::history::v1::History const& history,
                        service::RespondWorkflowTaskCompletedRequest& request) const {
    for (auto const& event : history.events()) {
      if (event.has_workflow_execution_started_event_attributes()) {
        api::command::v1::Command& command = *request.add_commands();
        command.set_command_type(api::enums::v1::COMMAND_TYPE_SCHEDULE_ACTIVITY_TASK);
        auto& activity = *command.mutable_schedule_activity_task_command_attributes();
        activity.set_activity_id("1");
        activity.mutable_activity_type()->set_name("bare_activity");
        activity.mutable_task_queue()->set_name(queue_name_);
        activity.mutable_schedule_to_close_timeout()->set_seconds(60);
        activity.set_request_eager_execution(true);
        *activity.mutable_input() = event.workflow_execution_started_event_attributes().input();
      } else if (event.has_activity_task_completed_event_attributes()) {
        api::command::v1::Command& command = *request.add_commands();
        command.set_command_type(api::enums::v1::COMMAND_TYPE_COMPLETE_WORKFLOW_EXECUTION);
        std::string const& result =
            event.activity_task_completed_event_attributes().result().payloads(0).data();
        set_json(
            *command.mutable_complete_workflow_execution_command_attributes()->mutable_result(),
            R"({"result":)" + result + "}");
      }
    }
  }

  void answer(service::PollActivityTaskQueueResponse const& task) {
    std::string const& input = task.input().payloads(0).data();
    require(input.starts_with(R"({"arg1":"workflow arg1 of )"), "an activity is given " + input);
    service::RespondActivityTaskCompletedRequest request;
    request.set_namespace_("default");
    request.set_identity(identity_);
    request.set_task_token(task.task_token());
    set_json(*request.mutable_result(),
             input.substr(0, input.size() - 1) + R"(,"random_val":0.123456789})");
    calls_.start<service::RespondActivityTaskCompletedResponse>("RespondActivityTaskCompleted",
                                                                request, [](auto const&) {});
  }

  std::string identity_ = "bare-worker-" + random_name();
  std::string queue_name_ = identity_ + "-batch";
  std::string sticky_name_ = identity_ + "-sticky";
  std::string batch_id_{};
  std::size_t wanted_{0};
  std::size_t completed_{0};
  api::common::v1::Payloads results_{};
  bool is_done_{false};
  calls calls_;
};

void run(std::string const& address, std::size_t count) {
  batch_worker worker{address};
  worker.run(warm_up);
  double const began = bench::wall_seconds();
  double const cpu = bench::processor_seconds();
  worker.run(count);
  double const seconds = bench::wall_seconds() - began;
  double const used = bench::processor_seconds() - cpu;
  auto const n = static_cast<double>(count);
  std::printf(
      R"({"n": %zu, "seconds": %.6f, "children_per_second": %.1f, "cpu_us_per_child": %.1f})"
      "\n",
      count, seconds, n / seconds, used / n * 1e6);
}

} // namespace

int main(int argument_count, char** arguments) {
  if (argument_count != 4 || std::string{arguments[2]} != "run") {
    std::cerr << "usage: benchmark_cluster_bare_worker ADDRESS run N\n";
    return 2;
  }
  try {
    bench::check_no_lock_orders();
    run(arguments[1], std::stoul(arguments[3]));
  } catch (std::exception const& why) {
    std::cerr << "benchmark_cluster_bare_worker: " << why.what() << '\n';
    return 1;
  }
  return 0;
}
