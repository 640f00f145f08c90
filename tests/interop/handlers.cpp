// Handlers of signals and updates, conditions, limits in time, workflow classes. The same in
// Python: handlers.py.
#include "interop/stage.hpp"

namespace interop {
namespace {

using texts = std::vector<std::string>;

inline constexpr perdure::signal<std::string> word{"word"};
inline constexpr perdure::signal<> done{"done"};
inline constexpr perdure::update<int(int)> add{"add"};
inline constexpr perdure::update<int(int)> add_later{"add_later"};
inline constexpr perdure::update<void()> refuse{"refuse"};
inline constexpr perdure::query<int()> total{"total"};

perdure::activity_options const quick{.start_to_close_timeout = std::chrono::minutes{1}};
auto say(std::string text) -> std::string { return "said " + text; }
inline constexpr perdure::remote_activity<"answers_elsewhere", int()> answers_elsewhere;

// ---- conditions

perdure::workflow<std::string> approval() {
  std::string answer;
  auto const listening = perdure::on(word, [&](std::string text) { answer = text; });
  bool const held = co_await perdure::wait_until([&] { return !answer.empty(); }, 1h);
  std::string const text = held ? answer : "nobody";
  co_return co_await perdure::execute_activity<say>(text, quick);
}
template <bool InTime>
void plays_approval(stage& on) {
  on.worker.add<approval, say>();
  auto const handle = on.start<approval>();
  on.backend->advance(10min);
  if (InTime) handle.signal(word, "yes");
  stage::finish(handle);
}
void plays_approval_at_once(stage& on) {
  on.worker.add<approval, say>();
  auto const handle = on.start<approval>();
  handle.signal(word, "before the first task");
  stage::finish(handle);
}

// ---- handlers that await

perdure::workflow<texts> greets() {
  texts all;
  bool is_done = false;
  auto const words = perdure::on(word, [&](std::string text) -> perdure::workflow<void> {
    co_await perdure::sleep(1s);
    all.push_back(co_await perdure::execute_activity<say>(text, quick));
  });
  auto const ends = perdure::on(done, [&] { is_done = true; });
  co_await perdure::wait_until([&] { return is_done; });
  co_await perdure::wait_until(perdure::all_handlers_finished);
  co_return all;
}
void plays_greets(stage& on) {
  on.worker.add<greets, say>();
  auto const handle = on.start<greets>();
  handle.signal(word, "one");
  on.settle();
  handle.signal(word, "two");
  handle.signal(word, "three");
  on.settle();
  handle.signal(done);
  stage::finish(handle);
}

// ---- updates

perdure::workflow<int> ledger() {
  int sum = 0;
  bool is_done = false;
  auto const small = [&](int more) {
    if (more > 100) throw perdure::application_error{"too much", {.type = "TooMuch"}};
  };
  auto const adds = perdure::handle(add, [&](int more) { return sum += more; }, small);
  auto const adds_later = perdure::handle(
      add_later,
      [&](int more) -> perdure::workflow<int> {
        co_await perdure::sleep(1s);
        sum += more;
        (void)co_await perdure::execute_activity<say>(std::to_string(sum), quick);
        co_return sum;
      },
      small);
  auto const refuses =
      perdure::handle(refuse, [] { throw perdure::application_error{"never", {.type = "Never"}}; });
  auto const tells = perdure::handle(total, [&] { return sum; });
  auto const ends = perdure::on(done, [&] { is_done = true; });
  co_await perdure::wait_until([&] { return is_done; });
  co_await perdure::wait_until(perdure::all_handlers_finished);
  co_return sum;
}
void plays_updates(stage& on) {
  on.worker.add<ledger, say>();
  auto const handle = on.start<ledger>();
  (void)handle.update(add, 1);
  auto const first = handle.start_update(add_later, 10);
  auto const second = handle.start_update(add_later, 20);
  (void)handle.query(total);
  stage::finish(first);
  stage::finish(second);
  handle.signal(done);
  stage::finish(handle);
}
void plays_bad_updates(stage& on) {
  on.worker.add<ledger, say>();
  auto const handle = on.start<ledger>();
  on.settle();
  for (int const each : {5, 500}) {
    try {
      (void)handle.update(add, each);
    } catch (perdure::failure_error const&) {
      // As is to be: it was rejected.
    }
  }
  try {
    handle.update(refuse);
  } catch (perdure::failure_error const&) {
    // As is to be: its handler failed.
  }
  handle.signal(done);
  stage::finish(handle);
}
void plays_updates_at_the_start(stage& on) {
  on.worker.add<ledger, say>();
  auto const handle = on.start<ledger>();
  handle.signal(done);
  stage::finish(handle.start_update(add_later, 7));
  stage::finish(handle);
}

// ---- limits in time

perdure::workflow<std::string> limited_activity() {
  std::string text;
  for (char const* each : {"elsewhere", queue}) {
    perdure::activity_options options{};
    options.start_to_close_timeout = 1h;
    options.task_queue = each;
    try {
      if (text.empty())
        (void)co_await perdure::with_timeout(perdure::execute_activity<answers_elsewhere>(options),
                                             5s);
      else
        text += co_await perdure::with_timeout(
            perdure::execute_activity<say>(std::string{"quick"}, options), 5s);
    } catch (perdure::timeout_error const&) {
      text += "timeout, then ";
    }
  }
  co_return text;
}

// ---- a class

class purchase {
public:
  explicit purchase(std::string customer) : customer_{std::move(customer)} {}

  perdure::workflow<std::string> run(std::string) {
    co_await perdure::wait_until([this] { return is_closed_; });
    co_await perdure::wait_until(perdure::all_handlers_finished);
    co_return customer_ + " " + std::to_string(items_.size());
  }
  void close() { is_closed_ = true; }
  [[nodiscard]] auto size() const -> int { return static_cast<int>(items_.size()); }
  perdure::workflow<int> put(std::string item) {
    items_.push_back(co_await perdure::execute_activity<say>(std::move(item), quick));
    co_return size();
  }
  void check(std::string const& item) const {
    if (item.empty()) throw perdure::application_error{"it has no name"};
  }
  int clear() {
    int const before = size();
    items_.clear();
    return before;
  }

  using messages = perdure::messages<&purchase::close, &purchase::size, &purchase::clear,
                                     perdure::validated<&purchase::put, &purchase::check>>;

private:
  std::string customer_;
  std::vector<std::string> items_{};
  bool is_closed_{false};
};
void plays_purchase(stage& on) {
  using perdure::message_of;
  on.worker.add<&purchase::run, say>();
  auto const handle = on.start<&purchase::run>(std::string{"Ada"});
  (void)handle.update(message_of<&purchase::put>, std::string{"pen"});
  (void)handle.update(message_of<&purchase::clear>);
  (void)handle.update(message_of<&purchase::put>, std::string{"ink"});
  (void)handle.query(message_of<&purchase::size>);
  handle.signal(message_of<&purchase::close>);
  stage::finish(handle);
}

} // namespace

auto handler_scenes() -> std::vector<scene> {
  return {
      {"approval_in_time", plays_approval<true>},
      {"approval_too_late", plays_approval<false>},
      {"approval_at_once", plays_approval_at_once},
      {"handlers_that_await", plays_greets},
      {"updates", plays_updates},
      {"bad_updates", plays_bad_updates},
      {"updates_at_the_start", plays_updates_at_the_start},
      {"limited_activity",
       [](stage& on) {
         elsewhere const other{on};
         plays<limited_activity, say>(on);
       }},
      {"purchase", plays_purchase},
  };
}

} // namespace interop
