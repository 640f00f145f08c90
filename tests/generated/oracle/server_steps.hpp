// What the oracle's server does for a run: one task of its code, and each kind of operation.
#pragma once

#include "generated/oracle/server.hpp"

namespace oracle {

/// One task: what is new is told, signals first, then the code goes on until nothing in it can.
inline void run::do_task() {
  if (!open()) return;
  task_queued_ = false;
  auto const inbox = std::exchange(inbox_, {});
  auto const letters = std::exchange(letters_, {});
  auto const updates = std::exchange(updates_, {});
  if (!std::exchange(started_, true)) {
    code_ = w_.code(*this);
    all.ready.push_back(code_.handle());
    for (auto const& [kind, letter] : brought_) hear(kind, letter);
  }
  for (auto const& [kind, letter] : letters) hear(kind, letter);
  for (auto const& each : updates)
    if (listening)
      handle(each->value, each);
    else
      unheard_.push_back(each);
  for (news const& each : inbox) {
    if (!each.op) {
      cancel_seen_ = true;
      main.cancel();
    } else if (each.op->over) {
      continue; // its run has left it
    } else if (each.begun) {
      each.op->begun = true;
      if (auto const told = std::exchange(each.op->on_begun, nullptr)) told();
    } else {
      each.op->failed = each.failed;
      each.op->why = each.why;
      each.op->value = each.value;
      each.op->finish();
    }
  }
  drain();
  run_locals();
  for (auto const& each : std::exchange(unheard_, {})) each->fate = "UpdateHandlerNotFound";
  finish_task();
}

/// Side effects first, then one attempt of a local activity after the other.
inline void run::run_locals() {
  while ((!locals_.empty() || !local_calls_.empty()) && !ended && !code_.done()) {
    if (locals_.empty()) {
      auto const next = local_calls_.front();
      local_calls_.pop_front();
      try_locally(next);
    }
    for (auto const& each : std::exchange(locals_, {})) each->finish();
    drain();
  }
}
inline void run::try_locally(local_attempt const& next) {
  if (next.op->over) return;
  step const& s = next.what;
  if (next.attempt > s.failures) {
    next.op->value = "a" + std::to_string(s.id) + "#" + std::to_string(next.attempt);
    return next.op->finish();
  }
  if (s.hard || next.attempt >= s.attempts) {
    next.op->failed = true; // its marker does not say why it is not tried again
    next.op->why = {"activity(unset,boom" + std::to_string(s.id) + (s.hard ? "!)" : ")")};
    return next.op->finish();
  }
  auto const wait = timer(delay_after(s.delay, next.attempt));
  wait->on_over = [this, next] {
    local_calls_.push_back({next.op, next.what, next.attempt + 1});
    next.op->send_stop = [] {};
  };
  next.op->send_stop = [wait] {
    wait->on_over = nullptr;
    (void)wait->cancel();
  };
}

inline void run::finish_task() {
  first_call_ = true;
  for (auto& each : std::exchange(commands_, {})) {
    if (each.op && each.op->withdrawn) continue;
    if (each.op) each.op->sent = true;
    each.carry_out();
  }
  handling const* const broken = std::exchange(broken_, nullptr);
  if (broken != nullptr && !ended) {
    try {
      broken->code.rethrow();
    } catch (failure const& what) {
      fail(what);
    }
  } else if (ended) {
    close(state::continued, "", std::nullopt);
    go_on(*next_job, 1, 0);
  } else if (code_.done()) {
    try {
      code_.rethrow();
      close(state::completed, "", news{{}, false, false, {}, result});
    } catch (failure const& what) {
      if (what.cancelled && cancel_seen_)
        close(state::cancelled, "", news{{}, false, true, cancelled(), {}});
      else
        fail(what);
    }
  }
  w_.settle();
  if (open()) schedule(true);
}

// ---- operations

struct run::attempts_of_call {
  operation_ptr op;
  step what;
  int attempt{1};
  std::int64_t since{};
  bool trying{false};
  bool closed{false};
  bool asked_to_stop{false};
};

inline auto run::call(step const& s) -> operation_ptr {
  auto const op = make(operation::type::activity, s.on_cancel);
  auto const mine_too = std::make_shared<attempts_of_call>(attempts_of_call{op, s});
  op->send_stop = [this, mine_too] {
    ask({}, [this, mine_too] {
      if (mine_too->closed) return;
      mine_too->asked_to_stop = true;
      if (mine_too->trying) return; // it goes on until it ends or times out
      mine_too->closed = true;
      learn({mine_too->op, false, true, cancelled(), {}});
    });
  };
  ask(op, [this, mine_too] {
    mine_too->since = w_.now;
    queue([this, mine_too] { try_call(mine_too); }, std::exchange(first_call_, false));
  });
  return op;
}

inline void run::try_call(std::shared_ptr<attempts_of_call> const& call) {
  if (!open() || call->closed) return;
  step const& s = call->what;
  if (s.what == generated::kind::stuck) {
    call->trying = true;
    bool const last = s.limit > 0 && call->since + s.limit <= w_.now + s.delay;
    w_.at(last ? call->since + s.limit : w_.now + s.delay, [this, call, last] {
      if (!open()) return;
      call->trying = false;
      if (!last) return end_attempt(call, {"timeout:start_to_close"});
      call->closed = true;
      // Whether it was asked to stop or has no time left: it is not tried again.
      learn({call->op, false, true, {"activity(timeout,timeout:schedule_to_close)"}, {}});
    });
  } else if (call->attempt <= s.failures) {
    end_attempt(call, {"boom" + std::to_string(s.id) + (s.hard ? "!" : ""), s.hard});
  } else {
    call->closed = true;
    learn({call->op,
           false,
           false,
           {},
           "a" + std::to_string(s.id) + "#" + std::to_string(call->attempt)},
          true);
  }
}

inline void run::end_attempt(std::shared_ptr<attempts_of_call> const& call, failure const& what) {
  step const& s = call->what;
  std::string reason;
  std::int64_t const delay = delay_after(s.delay, call->attempt);
  if (call->asked_to_stop)
    reason = "cancel";
  else if (what.hard)
    reason = "non_retryable";
  else if (s.attempts != 0 && call->attempt >= s.attempts)
    reason = "max";
  else if (s.limit > 0 && w_.now + delay >= call->since + s.limit)
    reason = "timeout";
  if (reason.empty()) {
    ++call->attempt;
    w_.at(w_.now + delay, [this, call] {
      if (open() && !call->closed) queue([this, call] { try_call(call); }, false);
    });
    return;
  }
  call->closed = true;
  learn({call->op, false, true, {"activity(" + reason + "," + what.text + ")"}, {}});
}

inline auto run::timer(std::int64_t delay) -> operation_ptr {
  auto const op = make(operation::type::timer, 0);
  op->send_stop = [] {}; // left by its run: whether it fires makes no difference
  ask(op, [this, op, delay] {
    w_.at(w_.now + delay, [this, op] {
      if (!op->over) learn({op, false, false, {}, "done"});
    });
  });
  return op;
}

inline auto run::child(step const& s) -> operation_ptr {
  auto const op = make(operation::type::child, s.on_cancel);
  auto const link = std::make_shared<child_link>(child_link{op, this, nullptr, s});
  op->send_stop = [this, link] {
    ask({}, [this, link] {
      w_.then([this, link] {
        if (link->first == nullptr || !link->first->last()->open())
          begin_children(); // it may stand in line
        auto const answered = make(operation::type::message, 0);
        answered->over = true; // nobody waits for it, but it is news
        learn({answered, false, false, {}, {}});
        if (link->first != nullptr) link->first->last()->request_cancel();
      });
    });
  };
  ask(op, [this, link] {
    children_.push_back(link);
    w_.then([this, link] {
      if (open()) w_.make_ready([this, link] { begin_child(link); }, false);
    });
  });
  return op;
}

/// Begins a child that has not begun, unless its parent has closed.
inline void run::begin_child(std::shared_ptr<child_link> const& link) {
  if (!open() || link->first != nullptr || link->op->begun) return;
  if (std::find(children_.begin(), children_.end(), link) == children_.end()) return;
  if (!try_begin(link)) {
    std::erase(children_, link);
    return learn(
        {link->op, false, true, {"child(non_retryable,WorkflowExecutionAlreadyStarted!)"}, {}});
  }
  learn({link->op, true, false, {}, {}});
}
inline auto run::try_begin(std::shared_ptr<child_link> const& link) -> bool {
  step const& s = link->what;
  std::string const name = generated::child_id(id, s);
  run* const other = find(name);
  if (other != nullptr && other->open()) return false;
  terms const how{s.attempts, s.delay, s.limit};
  w_.runs.push_back(std::make_unique<run>(w_, name, job{s.parts, 0, {}}, how, 1, 0, link, true));
  link->first = w_.runs.back().get();
  w_.current[name] = link->first;
  return true;
}

/// The open run that a message is for, which is not this one. Children that still stand in line are
/// begun if it is not there.
inline auto run::receiver(std::string const& to, bool child_only) -> run* {
  if (to == id) return nullptr;
  run* other = find(to);
  if (other == nullptr || !other->open()) {
    begin_children();
    other = find(to);
  }
  bool const is_child = other != nullptr && other->link_ && other->link_->parent == this;
  return other == nullptr || !other->open() || (child_only && !is_child) ? nullptr : other;
}

inline auto run::tell(std::string to, int kind, int letter, bool child_only) -> operation_ptr {
  auto const op = make(operation::type::message, 0);
  ask(op, [this, op, to, kind, letter, child_only] {
    w_.then([this, op, to, kind, letter, child_only] {
      run* const other = receiver(to, child_only);
      if (other == nullptr)
        return learn({op, false, true, {"ExternalWorkflowExecutionNotFound"}, {}});
      other->signal(kind, letter);
      learn({op, false, false, {}, "done"});
    });
  });
  return op;
}

inline auto run::stop_other(std::string to) -> operation_ptr {
  auto const op = make(operation::type::message, 0);
  ask(op, [this, op, to] {
    w_.then([this, op, to] {
      run* const other = receiver(to, false);
      if (other == nullptr)
        return learn({op, false, true, {"ExternalWorkflowExecutionNotFound"}, {}});
      learn({op, false, false, {}, "done"});
      other->request_cancel();
    });
  });
  return op;
}

} // namespace oracle
