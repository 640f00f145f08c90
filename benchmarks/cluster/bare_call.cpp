// What one unary call of gRPC costs the processor, with nothing of ours around it, when another
// follows at once. A child of batch.cpp takes five calls, and its parent a part of one: polls and
// answers of two workflow tasks, and the answer of an activity. A server takes milliseconds from
// one to the next, in which other programs have the caches: bare_worker.cpp has what they cost
// then.
//     benchmark_cluster_bare_call ADDRESS run N      N calls, one after the other
// Prints one line of JSON. Ends with 1, saying why, if a call fails.
#include <cstdio>
#include <iostream>
#include <stdexcept>
#include <string>

#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/security/credentials.h>

#include "process.hpp"

namespace {

/// GetSystemInfo, whose request is empty and whose answer is short.
void call(grpc::GenericStub& stub, grpc::CompletionQueue& queue) {
  grpc::ClientContext context;
  grpc::ByteBuffer const nothing{nullptr, 0};
  auto const reader = stub.PrepareUnaryCall(
      &context, "/temporal.api.workflowservice.v1.WorkflowService/GetSystemInfo", nothing, &queue);
  reader->StartCall();
  grpc::ByteBuffer answer;
  grpc::Status status;
  reader->Finish(&answer, &status, &status);
  void* tag = nullptr;
  bool ok = false;
  if (!queue.Next(&tag, &ok) || !status.ok() || answer.Length() == 0)
    throw std::runtime_error{"GetSystemInfo failed: " + status.error_message()};
}

void run(std::string const& address, std::size_t count) {
  grpc::GenericStub stub{grpc::CreateChannel(address, grpc::InsecureChannelCredentials())};
  grpc::CompletionQueue queue;
  for (int i = 0; i < 200; ++i) call(stub, queue);
  double const began = bench::wall_seconds();
  double const cpu = bench::processor_seconds();
  for (std::size_t i = 0; i < count; ++i) call(stub, queue);
  double const used = bench::processor_seconds() - cpu;
  std::printf(R"({"n": %zu, "seconds": %.6f, "cpu_us_per_call": %.1f})"
              "\n",
              count, bench::wall_seconds() - began, used / static_cast<double>(count) * 1e6);
}

} // namespace

int main(int argument_count, char** arguments) {
  if (argument_count != 4 || std::string{arguments[2]} != "run") {
    std::cerr << "usage: benchmark_cluster_bare_call ADDRESS run N\n";
    return 2;
  }
  try {
    bench::check_no_lock_orders();
    run(arguments[1], std::stoul(arguments[3]));
  } catch (std::exception const& why) {
    std::cerr << "benchmark_cluster_bare_call: " << why.what() << '\n';
    return 1;
  }
  return 0;
}
