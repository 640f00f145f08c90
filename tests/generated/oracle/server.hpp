// The oracle's server: runs, their operations and virtual time, with nothing recorded and nothing
// replayed.
#pragma once

#include <optional>

#include "generated/oracle/group.hpp"
#include "generated/oracle/world.hpp"
#include "generated/program.hpp"

namespace oracle {

using generated::job;
using generated::step;

enum class state : std::uint8_t {
  running,
  completed,
  failed,
  cancelled,
  terminated,
  timed_out,
  continued
};

/// What a parent keeps of a child.
struct child_link {
  operation_ptr op{};
  run* parent{};
  run* first{}; ///< Null while it stands in line.
  step what{};
};
/// Something that a run learns with its next task.
struct news {
  operation_ptr op{};
  bool begun{false};
  bool failed{false};
  failure why{};
  std::string value{};
};

/// How a run is tried again, and how long it may take.
struct terms {
  int attempts{1}; ///< 1: no policy.
  std::int64_t delay{};
  std::int64_t limit{};
};

/// One run. `code_*` is what its code asks for, the rest is the server's side of it.
class run {
public:
  run(world& w, std::string name, job what, terms how, int nth_attempt, std::int64_t wait,
      std::shared_ptr<child_link> link, bool at_once = false)
      : w_{w},
        id{std::move(name)},
        mine{std::move(what)},
        attempt{nth_attempt},
        link_{std::move(link)},
        how_{how} {
    notes = mine.before;
    if (how_.limit > 0) w_.at(w_.now + wait + how_.limit, [this] { time_out(); });
    if (wait > 0)
      w_.at(w_.now + wait, [this] {
        asleep_ = false;
        schedule(false);
      });
    asleep_ = wait > 0;
    task_due_ = true;
    schedule(at_once);
  }
  run(run const&) = delete;
  auto operator=(run const&) -> run& = delete;
  ~run() {
    for (auto const& each : made_) each->send_stop = nullptr; // holds what holds the operation
  }

private:
  world& w_;

public:
  std::string const id;
  job const mine;
  int const attempt;
  state now{state::running};
  std::string why{};
  std::vector<std::string> notes{};
  loop all{};
  level root{};
  line main{&root, &root, false, {}};
  bool ended{false};
  std::map<int, mailbox> boxes{};
  std::optional<job> next_job{};
  int sum{0}; ///< Its state.
  conditions held{};
  bool listening{false};
  int handlers_at_work{0};
  std::optional<bool> changed{}; ///< Which branch of the change it has taken.
  std::string result{};

  /// From now on there are handlers, also for what has come before.
  void listen() {
    if (std::exchange(listening, true)) return;
    for (int const letter : std::exchange(boxes[generated::set_signal].letters, {}))
      handle(letter, nullptr);
    for (auto const& each : std::exchange(unheard_, {})) handle(each->value, each);
  }
  /// Whether there is somebody to ask: also in a run that was closed while its code still waited.
  [[nodiscard]] auto answers() const -> bool { return listening && !over(); }
  /// Whether its own code has ended, and with it the handlers, whatever they had in flight.
  [[nodiscard]] auto over() const -> bool { return code_.done(); }
  [[nodiscard]] auto open() const -> bool { return now == state::running; }
  [[nodiscard]] auto time() const -> std::int64_t { return w_.now; }
  [[nodiscard]] auto parent_id() const -> std::string { return link_ ? link_->parent->id : ""; }
  [[nodiscard]] auto build() const -> int { return w_.build; }
  void note(step const& s, std::string const& what) { note("#" + std::to_string(s.id), what); }
  void note(std::string const& who, std::string const& what) {
    notes.push_back(who + " " + what + " @" + std::to_string(w_.now));
  }

  // ---- what its code asks for; carried out when the task ends
  auto call(step const& s) -> operation_ptr;
  auto timer(std::int64_t delay) -> operation_ptr;
  auto child(step const& s) -> operation_ptr;
  auto tell(std::string to, int kind, int letter, bool child_only = false) -> operation_ptr;
  auto stop_other(std::string to) -> operation_ptr;
  auto local_call(step const& s) -> operation_ptr {
    auto const op = make(operation::type::timer, 0); // left at once when it is cancelled
    op->sent = true;
    op->send_stop = [] {};
    local_calls_.push_back({op, s, 1});
    return op;
  }
  auto local(std::string value) -> operation_ptr {
    auto const op = make(operation::type::local, 1);
    op->value = std::move(value);
    locals_.push_back(op);
    return op;
  }

  // ---- what reaches it from outside
  void learn(news what, bool at_once = false) {
    if (!open()) return;
    inbox_.push_back(std::move(what));
    task_due_ = true;
    schedule(at_once);
  }
  void signal(int kind, int letter) {
    if (!open()) return;
    letters_.emplace_back(kind, letter);
    task_due_ = true;
    schedule(false);
  }
  void send(update_ptr const& what) {
    updates_.push_back(what);
    task_due_ = true;
    schedule(false);
  }
  void request_cancel() {
    if (!open() || std::exchange(cancel_requested_, true)) return;
    learn({}); // no operation: the run itself
  }
  void terminate() {
    if (open())
      close(state::terminated, "terminated",
            news{{}, false, true, {"child(non_retryable,terminated)"}, {}});
  }
  /// The last run of the chain that began with this one.
  auto last() -> run* { return next_ == nullptr ? this : next_->last(); }

private:
  struct command {
    operation_ptr op;
    std::function<void()> carry_out;
  };
  struct attempts_of_call;

  /// The next attempt of a local activity, which is made within the task.
  struct local_attempt {
    operation_ptr op;
    step what;
    int attempt;
  };
  void try_locally(local_attempt const& next);
  void run_locals();

  auto make(operation::type what, int on_cancel) -> operation_ptr {
    auto op = std::make_shared<operation>();
    op->what = what;
    op->on_cancel = on_cancel;
    made_.push_back(op);
    return op;
  }
  void ask(operation_ptr const& op, std::function<void()> carry_out) {
    commands_.push_back({op, std::move(carry_out)});
  }
  void queue(std::function<void()> what, bool at_once) {
    bool const first = at_once && streak_ < 64;
    streak_ = first ? streak_ + 1 : 0;
    w_.make_ready(std::move(what), first);
  }
  void schedule(bool at_once) {
    if (!task_due_ || task_queued_ || asleep_ || !open()) return;
    task_due_ = false;
    task_queued_ = true;
    queue([this] { do_task(); }, at_once);
  }

  /// A handler begins, in a line of its own.
  void handle(int value, update_ptr const& of) {
    handlings_.push_back(std::make_unique<handling>());
    handling& made = *handlings_.back();
    made.own = line{&root, &root, false, {}};
    made.of = of;
    made.code = w_.handler(*this, made, value);
    ++handlers_at_work;
    made.code.handle().promise().done = [this, &made] {
      --handlers_at_work;
      if (made.code.handle().promise().thrown == nullptr || broken_) return;
      broken_ = &made;
    };
    all.ready.push_back(made.code.handle());
  }
  /// Runs what can go on. Conditions are looked at when nothing else can.
  void drain() {
    do {
      all.drain();
    } while (held.wake_one());
  }
  void hear(int kind, int letter) {
    if (kind == generated::set_signal && listening) return handle(letter, nullptr);
    deliver(boxes[kind], letter);
  }
  void do_task();
  void finish_task();
  void try_call(std::shared_ptr<attempts_of_call> const& call);
  void end_attempt(std::shared_ptr<attempts_of_call> const& call, failure const& what);
  void begin_child(std::shared_ptr<child_link> const& link);
  auto try_begin(std::shared_ptr<child_link> const& link) -> bool;
  void begin_children() {
    for (auto const& each : std::vector{children_}) begin_child(each);
  }
  auto receiver(std::string const& to, bool child_only) -> run*;
  [[nodiscard]] auto find(std::string const& which) const -> run* {
    return w_.current.contains(which) ? w_.current[which] : nullptr;
  }
  void go_on(job next, int next_attempt, std::int64_t wait) {
    w_.runs.push_back(
        std::make_unique<run>(w_, id, std::move(next), how_, next_attempt, wait, link_));
    next_ = w_.runs.back().get();
    w_.current[id] = next_;
    for (auto const& each : std::exchange(updates_, {})) next_->send(each); // not accepted here
    next_->brought_ = brought_; // a retry begins with what this one began with
    if (!ended) return;
    next_->brought_.clear();
    for (auto const& [kind, box] : boxes)
      for (int const letter : box.letters) next_->brought_.emplace_back(kind, letter);
  }
  void close(state how, std::string text, std::optional<news> for_parent) {
    now = how;
    why = std::move(text);
    for (auto const& each : children_)
      w_.then([this, each] {
        if (each->what.on_close == 2) { // it outlives its parent, begun or not
          if (each->first == nullptr) (void)try_begin(each);
        } else if (each->first != nullptr) {
          if (each->what.on_close == 3)
            each->first->last()->request_cancel();
          else
            each->first->last()->terminate();
        }
      });
    children_.clear();
    for (auto const& each : handlings_)
      if (each->of && each->of->fate == "accepted")
        each->of->fate = "AcceptedUpdateCompletedWorkflow!";
    if (link_ && for_parent) {
      for_parent->op = link_->op;
      w_.then([link = link_, told = *for_parent] {
        std::erase(link->parent->children_, link);
        link->parent->learn(told);
      });
    }
  }
  void fail(failure const& what) {
    std::string reason = "no_policy";
    if (how_.attempts > 1) {
      reason = what.hard ? "non_retryable" : attempt >= how_.attempts ? "max" : "";
      if (reason.empty()) {
        close(state::failed, what.text, std::nullopt);
        return go_on(mine, attempt + 1, delay_after(how_.delay, attempt));
      }
    }
    close(state::failed, what.text,
          news{{}, false, true, {"child(" + reason + "," + what.text + ")"}, {}});
  }
  void time_out() {
    if (!open()) return;
    if (how_.attempts > 1 && attempt < how_.attempts) {
      close(state::timed_out, "", std::nullopt);
      return go_on(mine, attempt + 1, delay_after(how_.delay, attempt));
    }
    std::string const reason = how_.attempts > 1 ? "max" : "no_policy";
    close(state::timed_out, "",
          news{{}, false, true, {"child(" + reason + ",timeout:start_to_close)"}, {}});
  }
  /// Doubled each time, up to a hundredfold; unset: one second.
  [[nodiscard]] static auto delay_after(std::int64_t first, int attempt) -> std::int64_t {
    if (first == 0) first = 1'000'000'000;
    std::int64_t delay = first;
    for (int i = 1; i < attempt && delay < first * 100; ++i) delay *= 2;
    return std::min(delay, first * 100);
  }

  std::shared_ptr<child_link> link_; ///< What the parent has of it; null for the root.
  terms how_;
  run* next_{nullptr};
  co code_{};
  bool started_{false};
  bool asleep_{false};
  bool task_due_{false};
  bool task_queued_{false};
  bool cancel_requested_{false};
  bool cancel_seen_{false};
  int streak_{0};
  bool first_call_{true}; ///< Of this task: it goes first.
  std::vector<news> inbox_{};
  std::vector<std::pair<int, int>> letters_{};
  std::vector<update_ptr> updates_{};
  std::vector<update_ptr> unheard_{}; ///< In this task, for want of a handler.
  std::vector<std::unique_ptr<handling>> handlings_{};
  handling* broken_{nullptr};                  ///< The first that failed.
  std::vector<std::pair<int, int>> brought_{}; ///< Signals that the run before left unread.
  std::vector<command> commands_{};
  std::vector<operation_ptr> locals_{};
  std::deque<local_attempt> local_calls_{};
  std::vector<operation_ptr> made_{};
  std::vector<std::shared_ptr<child_link>> children_{};
};

} // namespace oracle
