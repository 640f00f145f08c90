#include "perdure/backend/temporal/calls/call_loop.hpp"

#include <utility>

#include "perdure/backend/temporal/calls/loop_queue.hpp"

namespace perdure::inline v0::temporal {

namespace {

/// Part of the time that threads are away from the loop, above which more of them are to share it.
constexpr double busy_share = 0.25;

} // namespace

void call_loop::impl::wake() {
  // One that rings already does it.
  if (!rings.exchange(true)) alarm.Set(&queue, std::chrono::system_clock::now(), nullptr);
}

auto call_loop::impl::step(time_point until) -> bool {
  void* tag = nullptr;
  bool ok = false;
  auto const began = clock::now();
  if (until == time_point::max()) {
    if (!queue.Next(&tag, &ok)) return false;
  } else if (queue.AsyncNext(&tag, &ok, until) != grpc::CompletionQueue::GOT_EVENT) {
    return false;
  }
  auto const came = clock::now();
  auto const average = [](double& of, clock::duration next) {
    of += (std::chrono::duration<double>(next).count() - of) / 16;
  };
  average(away, began - left);
  average(waited, came - began);
  load.store(away / (away + waited), std::memory_order_relaxed);
  if (tag == nullptr)
    rings.store(false);
  else
    static_cast<loop_event*>(tag)->came(ok);
  left = clock::now();
  return true;
}

auto call_loop::impl::lead(loop_waiter& me, time_point until, std::unique_lock<std::mutex>& lock)
    -> bool {
  leader = &me;
  leading_thread = std::this_thread::get_id();
  lock.unlock();
  bool const came = step(until);
  lock.lock();
  leader = nullptr;
  if (!came) return false;
  if (!gives_way || me.is_called_) return true;
  gives_way = false;
  loop_waiter* const next = next_leader();
  if (next == nullptr || next->rank_ != loop_waiter::rank::worker) return true;
  next->wakes_->notify_one();
  return follow(me, until, lock);
}

auto call_loop::impl::follow(loop_waiter& me, time_point until, std::unique_lock<std::mutex>& lock)
    -> bool {
  if (leader != nullptr && leader->rank_ < me.rank_ && !gives_way) {
    gives_way = true;
    wake();
  }
  if (places.empty()) places.push_back(std::make_unique<std::condition_variable>());
  auto place = std::move(places.back());
  places.pop_back();
  me.wakes_ = place.get();
  parked.push_back(&me);
  bool in_time = true;
  if (until == time_point::max())
    me.wakes_->wait(lock);
  else
    in_time = me.wakes_->wait_until(lock, until) == std::cv_status::no_timeout;
  std::erase(parked, &me);
  me.wakes_ = nullptr;
  places.push_back(std::move(place));
  return in_time;
}

auto call_loop::impl::next_leader() const -> loop_waiter* {
  loop_waiter* next = nullptr;
  for (loop_waiter* const each : parked)
    if (!each->is_called_ && (next == nullptr || next->rank_ < each->rank_)) next = each;
  return next;
}

call_loop::call_loop() : impl_{std::make_unique<impl>()} {}

call_loop::~call_loop() {
  impl_->alarm.Cancel();
  impl_->queue.Shutdown();
  void* tag = nullptr;
  bool ok = false;
  while (impl_->queue.Next(&tag, &ok)) {
  }
}

auto call_loop::wait(loop_waiter& me, time_point until) -> bool {
  std::unique_lock lock{impl_->mutex};
  bool in_time = true;
  while (!me.is_called_ && in_time)
    in_time =
        impl_->leader == nullptr ? impl_->lead(me, until, lock) : impl_->follow(me, until, lock);
  return std::exchange(me.is_called_, false);
}

auto call_loop::look() -> bool {
  loop_waiter me{loop_waiter::rank::worker};
  std::unique_lock lock{impl_->mutex};
  return impl_->leader == nullptr && impl_->lead(me, time_point{}, lock);
}

void call_loop::call(loop_waiter& who) {
  std::unique_lock lock{impl_->mutex};
  who.is_called_ = true;
  std::condition_variable* const wakes = who.wakes_;
  if (impl_->leader == &who && impl_->leading_thread != std::this_thread::get_id()) impl_->wake();
  lock.unlock();
  if (wakes != nullptr) wakes->notify_one();
}

void call_loop::hand_over() {
  std::unique_lock lock{impl_->mutex};
  if (impl_->leader != nullptr) return;
  loop_waiter* const next = impl_->next_leader();
  if (next == nullptr) return;
  std::condition_variable& wakes = *next->wakes_;
  lock.unlock();
  wakes.notify_one();
}

auto call_loop::leader() const -> loop_waiter* {
  std::lock_guard const lock{impl_->mutex};
  return impl_->leader;
}

auto call_loop::is_busy() const noexcept -> bool {
  return impl_->load.load(std::memory_order_relaxed) > busy_share;
}

} // namespace perdure::inline v0::temporal
