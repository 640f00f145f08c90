#include "perdure/backend/temporal/calls/open_calls.hpp"

#include <cstdint>
#include <optional>

#include <google/protobuf/message_lite.h>

#include "perdure/backend/temporal/calls/channel.hpp"
#include "perdure/backend/temporal/calls/loop_queue.hpp"

namespace perdure::inline v0::temporal {

/// A call, or an alarm.
struct open_calls::running final : loop_event {
  explicit running(open_calls& whose) : of{&whose} {}
  void came(bool ok) noexcept override { of->ended(*this, ok); }
  void cancel() {
    if (context) context->TryCancel();
    if (alarm) alarm->Cancel();
  }

  open_calls* of;
  std::list<running>::iterator place{};
  bool is_poll{false};
  // Of a call.
  std::unique_ptr<pending_call> call{};
  std::optional<grpc::ClientContext> context{};
  std::unique_ptr<grpc::GenericClientAsyncResponseReader> reader{};
  grpc::ByteBuffer buffer{};
  grpc::Status status{};
  // Of an alarm.
  std::unique_ptr<alarm_call> rings{};
  std::optional<grpc::Alarm> alarm{};
};

open_calls::open_calls(connection& over) : over_{&over} {}
open_calls::~open_calls() { end(); }

auto open_calls::loop() const noexcept -> call_loop& { return over_->loop_; }

/// With the lock.
auto open_calls::add() -> running& {
  running& made = all_.emplace_back(*this);
  made.place = std::prev(all_.end());
  return made;
}

void open_calls::start(std::string_view name, google::protobuf::MessageLite const& request,
                       duration deadline, std::unique_ptr<pending_call> call, bool is_poll) {
  grpc::Slice const bytes{request.ByteSizeLong()};
  // The slice is ours alone until the call begins.
  (void)request.SerializeWithCachedSizesToArray(const_cast<std::uint8_t*>(bytes.begin()));
  begin(name, grpc::ByteBuffer{&bytes, 1}, deadline, std::move(call), is_poll);
}

void open_calls::start(std::string_view name, std::string_view request, duration deadline,
                       std::unique_ptr<pending_call> call, bool is_poll) {
  grpc::Slice const bytes{request.data(), request.size()};
  begin(name, grpc::ByteBuffer{&bytes, 1}, deadline, std::move(call), is_poll);
}

void open_calls::begin(std::string_view name, grpc::ByteBuffer const& request, duration deadline,
                       std::unique_ptr<pending_call> call, bool is_poll) {
  channel& channel = *over_->channel_;
  std::unique_lock lock{mutex_};
  if (is_ending_) return;
  running& begun = add();
  ++count_;
  begun.call = std::move(call);
  begun.is_poll = is_poll;
  channel.prepare(begun.context.emplace(), deadline);
  lock.unlock();
  // Only its end removes it, and that comes after this.
  begun.reader = channel.begin(*begun.context, name, request, over_->loop_.impl_->queue);
  begun.reader->Finish(&begun.buffer, &begun.status, static_cast<loop_event*>(&begun));
}

void open_calls::set_alarm(duration wait, std::unique_ptr<alarm_call> call) {
  std::lock_guard const lock{mutex_};
  if (is_ending_) return;
  running& set = add();
  set.rings = std::move(call);
  set.alarm.emplace().Set(&over_->loop_.impl_->queue, std::chrono::system_clock::now() + wait,
                          static_cast<loop_event*>(&set));
}

void open_calls::ended(running& one, bool ok) {
  std::unique_lock lock{mutex_};
  if (one.call) --count_;
  bool const is_told = !is_ending_;
  lock.unlock();
  if (is_told && one.call) {
    grpc::Slice bytes;
    call_status status = take_answer(one.status, one.buffer, bytes);
    one.call->done(std::move(status), {reinterpret_cast<char const*>(bytes.begin()), bytes.size()});
  } else if (is_told && ok) {
    one.rings->rings();
  }
  lock.lock();
  all_.erase(one.place);
  if (all_.empty() && waits_for_the_last_ != nullptr) loop().call(*waits_for_the_last_);
}

void open_calls::cancel_polls() {
  std::lock_guard const lock{mutex_};
  for (running& each : all_)
    if (each.is_poll) each.cancel();
}

void open_calls::cancel_all() {
  std::lock_guard const lock{mutex_};
  for (running& each : all_) each.cancel();
}

void open_calls::end() {
  loop_waiter me{loop_waiter::rank::caller};
  {
    std::lock_guard const lock{mutex_};
    is_ending_ = true;
    for (running& each : all_) each.cancel();
    if (all_.empty()) return;
    waits_for_the_last_ = &me;
  }
  (void)loop().wait(me);
  loop().hand_over();
  std::lock_guard const last{mutex_}; // who called is out of `ended`
}

auto open_calls::count() const -> std::size_t {
  std::lock_guard const lock{mutex_};
  return count_;
}

} // namespace perdure::inline v0::temporal
