// Signals, updates, queries, conditions, other runs. The same in Python: message_scenes.py.
#include "stage.hpp"

#include <stdexcept>

namespace equal {
namespace {

using perdure::as_outcome;

void require(bool holds, char const* what) {
  if (!holds) throw std::runtime_error{what};
}

// ---- signals and queries

class receives_words {
public:
  perdure::workflow<std::string> run() {
    co_await perdure::wait_until([this] { return is_done_; });
    co_await perdure::wait_until(perdure::all_handlers_finished);
    std::string all;
    for (auto const& each : words_) all += (all.empty() ? "" : " ") + each;
    co_return all;
  }
  void word(std::string text) { words_.push_back(std::move(text)); }
  perdure::workflow<void> word_later(std::string text) {
    co_await perdure::sleep(5ms);
    words_.push_back(text);
  }
  void done() { is_done_ = true; }
  [[nodiscard]] auto count() const -> int { return static_cast<int>(words_.size()); }

  using messages = perdure::messages<&receives_words::word, &receives_words::word_later,
                                     &receives_words::done, &receives_words::count>;

private:
  std::vector<std::string> words_{};
  bool is_done_{false};
};

void play_signals(stage& on) {
  auto const handle = on.start<&receives_words::run>();
  on.until_tasks(handle, 1);
  handle.signal<&receives_words::word>(std::string{"first"});
  on.until_tasks(handle, 2);
  handle.signal<&receives_words::word_later>(std::string{"second"});
  on.until_tasks(handle, 4);
  handle.signal<&receives_words::done>();
  on.finish(handle);
}

void play_signal_with_start(stage& on) {
  auto const& word = perdure::message_of<&receives_words::word>;
  auto const handle = on.began(on.client.signal_with_start<&receives_words::run>(
      on.options(), word, std::string{"with the start"}));
  on.until_tasks(handle, 1);
  auto const existing =
      on.options({.id_conflict_policy = perdure::workflow_id_conflict_policy::use_existing});
  (void)on.client.signal_with_start<&receives_words::run>(existing, word,
                                                          std::string{"to the run that is there"});
  on.until_tasks(handle, 2);
  handle.signal<&receives_words::done>();
  on.finish(handle);
}

void play_queries(stage& on) {
  auto const handle = on.start<&receives_words::run>();
  on.until_tasks(handle, 1);
  require(handle.query<&receives_words::count>() == 0, "a query before the signal");
  handle.signal<&receives_words::word>(std::string{"one"});
  require(handle.query<&receives_words::count>() == 1, "a query after the signal");
  handle.signal<&receives_words::done>();
  on.finish(handle);
  require(handle.query<&receives_words::count>() == 1, "a query after the end");
}

// ---- updates

class ledger {
public:
  perdure::workflow<int> run() {
    co_await perdure::wait_until([this] { return is_done_; });
    co_await perdure::wait_until(perdure::all_handlers_finished);
    co_return sum_;
  }
  auto add(int more) -> int { return sum_ += more; }
  void check_add(int more) const {
    if (more > 100) throw perdure::application_error{"too much", {.type = "TooMuch"}};
  }
  perdure::workflow<int> add_later(int more) {
    co_await perdure::execute_activity<say>(std::to_string(more), {.start_to_close_timeout = 1min});
    co_return sum_ += more;
  }
  void refuse() { throw perdure::application_error{"never", {.type = "Never"}}; }
  void done() { is_done_ = true; }

  using messages =
      perdure::messages<perdure::validated<&ledger::add, &ledger::check_add>, &ledger::add_later,
                        perdure::as_update<&ledger::refuse>, &ledger::done>;

private:
  int sum_{0};
  bool is_done_{false};
};

void play_updates(stage& on) {
  auto const handle = on.start<&ledger::run>();
  on.until_tasks(handle, 1);
  require(handle.update<&ledger::add>(1, perdure::update_options{.id = "first"}) == 1, "an update");
  auto const later =
      handle.start_update<&ledger::add_later>(10, perdure::update_options{.id = "second"});
  require(later.result() == 11, "an update that waits");
  handle.signal<&ledger::done>();
  on.finish(handle);
}

void play_updates_that_fail(stage& on) {
  auto const handle = on.start<&ledger::run>();
  on.until_tasks(handle, 1);
  for (bool const is_rejected : {true, false}) {
    bool failed = false;
    try {
      if (is_rejected)
        (void)handle.update<&ledger::add>(500, perdure::update_options{.id = "add"});
      else
        handle.update<perdure::as_update<&ledger::refuse>>(perdure::update_options{.id = "refuse"});
    } catch (perdure::application_error const&) {
      failed = true;
    }
    require(failed, "an update has not failed");
  }
  require(handle.update<&ledger::add>(5, perdure::update_options{.id = "good"}) == 5, "an update");
  handle.signal<&ledger::done>();
  on.finish(handle);
}

void play_update_with_start(stage& on) {
  auto const made =
      on.client.update_with_start<&ledger::run>(on.options(), perdure::message_of<&ledger::add>, 5);
  require(made.update.result() == 5, "an update with a start");
  on.began(made.workflow).signal<&ledger::done>();
  on.finish(made.workflow);
}

// ---- conditions

inline constexpr perdure::signal<std::string> answers{"answers"};

perdure::workflow<std::string> approval(int milliseconds) {
  std::string answer;
  auto const listening = perdure::on(answers, [&](std::string text) { answer = text; });
  bool const held = co_await perdure::wait_until([&] { return !answer.empty(); },
                                                 std::chrono::milliseconds{milliseconds});
  if (!held) answer = "nobody";
  co_return co_await perdure::execute_activity<say>(answer, {.start_to_close_timeout = 1min});
}
void play_in_time(stage& on) {
  auto const handle = on.start<approval>(3'600'000);
  on.until_tasks(handle, 1);
  handle.signal(answers, "yes");
  on.finish(handle);
}

// ---- to other runs

inline constexpr perdure::signal<std::string> word{"word"};
inline constexpr perdure::signal<> done{"done"};

perdure::workflow<std::string> talks_to_others() {
  auto const other = perdure::external_workflow(perdure::info().workflow_id + "/other");
  auto const nobody = perdure::external_workflow("nobody");
  co_await other.signal(word, "hello");
  auto const first = co_await as_outcome(nobody.signal(word, "hello?"));
  auto const second = co_await as_outcome(nobody.cancel());
  co_await perdure::receive(done);
  co_await other.cancel();
  co_return std::string{first ? "reached" : "lost"} + (second ? " reached" : " lost");
}
void play_talk(stage& on) {
  auto const other = on.start_with<&receives_words::run>({.id = on.name + "/other"});
  on.until_tasks(other, 1);
  auto const handle = on.start<talks_to_others>();
  on.until_tasks(handle, 4);
  on.until_tasks(other, 2);
  handle.signal(done);
  on.finish(handle);
  on.finish(other);
}

template <class To>
void add_workflows(To& to) {
  to.template add<&receives_words::run, &ledger::run, approval, talks_to_others>();
}

} // namespace

auto message_part() -> part {
  return {{{"signals", play_signals},
           {"signal_with_start", play_signal_with_start},
           {"queries", play_queries},
           {"updates", play_updates},
           {"updates_that_fail", play_updates_that_fail},
           {"update_with_start", play_update_with_start},
           {"answered_in_time", play_in_time},
           {"answered_too_late", plays<approval, 30>},
           {"talks_to_others", play_talk}},
          add_workflows<worker>,
          add_workflows<perdure::replayer>};
}

} // namespace equal
