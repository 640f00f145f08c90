#include "perdure/backend/temporal/call_loop.hpp"

#include <unordered_set>

#include <grpcpp/alarm.h>

#include "perdure/backend/temporal/channel.hpp"

namespace perdure::inline v0::temporal {

/// What the queue hands back: a call or an alarm.
struct call_loop::running {
  running() = default;
  running(running const&) = delete;
  auto operator=(running const&) -> running& = delete;

  // Of a call.
  std::unique_ptr<pending_call> call{};
  std::unique_ptr<grpc::ClientContext> context{};
  std::unique_ptr<grpc::GenericClientAsyncResponseReader> reader{};
  grpc::ByteBuffer buffer{};
  grpc::Status status{};
  bool is_poll{false};
  // Of an alarm.
  std::unique_ptr<alarm_call> rings{};
  std::unique_ptr<grpc::Alarm> alarm{};
};

struct call_loop::impl {
  explicit impl(connection& to) : over{&to} {}

  connection* over;
  grpc::CompletionQueue queue;
  mutable std::mutex mutex; ///< Guards what follows.
  std::unordered_set<running*> all;
  std::size_t calls{0};

  void add(running* one) {
    std::lock_guard const lock{mutex};
    all.insert(one);
    if (one->call) ++calls;
  }
  void remove(running* one) {
    std::lock_guard const lock{mutex};
    all.erase(one);
    if (one->call) --calls;
  }
  template <class Which>
  void cancel(Which&& which) {
    std::lock_guard const lock{mutex};
    for (running* const each : all)
      if (which(*each)) {
        if (each->context) each->context->TryCancel();
        if (each->alarm) each->alarm->Cancel();
      }
  }
  void handle(void* tag, bool ok) {
    std::unique_ptr<running> const ended{static_cast<running*>(tag)};
    remove(ended.get());
    if (ended->call)
      ended->call->done(take_answer(ended->status, ended->buffer, ended->call->response()));
    else if (ok && ended->rings)
      ended->rings->rings();
  }
};

call_loop::call_loop(connection& over) : impl_{std::make_unique<impl>(over)} {}

call_loop::~call_loop() {
  cancel_all();
  impl_->queue.Shutdown();
  void* tag = nullptr;
  bool ok = false;
  while (impl_->queue.Next(&tag, &ok)) {
    std::unique_ptr<running> const dropped{static_cast<running*>(tag)};
    impl_->remove(dropped.get());
  }
}

void call_loop::start(std::string_view name, google::protobuf::MessageLite const& request,
                      duration deadline, std::unique_ptr<pending_call> call, bool is_poll) {
  auto begun = std::make_unique<running>();
  begun->call = std::move(call);
  begun->is_poll = is_poll;
  begun->context = std::make_unique<grpc::ClientContext>();
  connection::channel& channel = *impl_->over->channel_;
  channel.prepare(*begun->context, deadline);
  begun->reader = channel.begin(*begun->context, name, request, impl_->queue);
  running* const tag = begun.release();
  impl_->add(tag);
  tag->reader->Finish(&tag->buffer, &tag->status, tag);
}

void call_loop::set_alarm(duration wait, std::unique_ptr<alarm_call> call) {
  auto set = std::make_unique<running>();
  set->rings = std::move(call);
  set->alarm = std::make_unique<grpc::Alarm>();
  running* const tag = set.release();
  impl_->add(tag);
  tag->alarm->Set(&impl_->queue, std::chrono::system_clock::now() + wait, tag);
}

void call_loop::wake() { set_alarm(duration{}, nullptr); }

void call_loop::cancel_polls() {
  impl_->cancel([](running const& each) { return each.is_poll; });
}
void call_loop::cancel_all() {
  impl_->cancel([](running const&) { return true; });
}

auto call_loop::step(time_point until) -> bool {
  void* tag = nullptr;
  bool ok = false;
  if (until == time_point::max()) {
    if (!impl_->queue.Next(&tag, &ok)) return false;
  } else if (impl_->queue.AsyncNext(&tag, &ok, until) != grpc::CompletionQueue::GOT_EVENT) {
    return false;
  }
  impl_->handle(tag, ok);
  return true;
}

auto call_loop::calls() const -> std::size_t {
  std::lock_guard const lock{impl_->mutex};
  return impl_->calls;
}

} // namespace perdure::inline v0::temporal
