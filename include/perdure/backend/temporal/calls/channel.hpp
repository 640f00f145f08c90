// What connection.cpp and open_calls.cpp share of gRPC. Nothing else includes it.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/completion_queue.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/slice.h>
#include <grpcpp/support/status.h>

#include "perdure/backend/temporal/calls/connection.hpp"

namespace perdure::inline v0::temporal {

struct channel {
  explicit channel(temporal_options const& options);

  void prepare(grpc::ClientContext& context, duration deadline) const;
  [[nodiscard]] auto begin(grpc::ClientContext& context, std::string_view name,
                           grpc::ByteBuffer const& request, grpc::CompletionQueue& queue)
      -> std::unique_ptr<grpc::GenericClientAsyncResponseReader>;

  std::shared_ptr<grpc::Channel> raw;
  grpc::GenericStub stub;
  std::string authorization;
  temporal_options const* options;
};

/// How a call ended, and the bytes of its answer in `bytes`.
[[nodiscard]] auto take_answer(grpc::Status const& status, grpc::ByteBuffer& buffer,
                               grpc::Slice& bytes) -> call_status;

} // namespace perdure::inline v0::temporal
