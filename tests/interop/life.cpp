// A run among others and in time: versions, attributes of every type, deadlines, chains of runs,
// messages with a start and without a name. The same in Python: life.py.
#include "interop/stage.hpp"

namespace interop {
namespace {

using texts = std::vector<std::string>;

inline constexpr perdure::signal<std::string> word{"word"};
inline constexpr perdure::signal<int> poke{"poke"};
inline constexpr perdure::signal<> done{"done"};
inline constexpr perdure::update<int(int)> add{"add"};
inline constexpr perdure::update<int(int)> twice{"twice"};

perdure::activity_options const quick{.start_to_close_timeout = std::chrono::minutes{1}};
auto say(std::string text) -> std::string { return "said " + text; }

// ---- change

/// A version is the patch `<id>-<version>`.
perdure::workflow<std::string> versions() {
  int const pay = perdure::get_version("pay", perdure::default_version, 2);
  std::string text = co_await perdure::execute_activity<say>(std::to_string(pay), quick);
  co_await perdure::sleep(1s);
  int const ship = perdure::get_version("ship", 1, 7);
  if (perdure::get_version("pay", 1, 2) == pay) text += " and " + std::to_string(ship);
  co_await perdure::sleep(1s);
  co_return text;
}

// ---- what tools see

perdure::workflow<int> attributes_of_every_type() {
  perdure::upsert_search_attributes(
      {perdure::search_attribute<perdure::keyword>{"Customer"}("acme"),
       perdure::search_attribute<int>{"Total"}(5), perdure::search_attribute<bool>{"Paid"}(true),
       perdure::search_attribute<double>{"Rate"}(0.5),
       perdure::search_attribute<perdure::time_point>{"Due"}(perdure::now()),
       perdure::search_attribute<perdure::keyword_list>{"Tags"}({"a", "b"}),
       perdure::search_attribute<perdure::text>{"Notes"}("some words")});
  co_await perdure::sleep(1s);
  (void)perdure::patched<"first">(); // whose attribute comes beside them
  perdure::upsert_search_attributes(
      {perdure::search_attribute<perdure::keyword>{"Customer"}.unset()});
  perdure::upsert_memo("stage", std::string{"paid"});
  co_await perdure::sleep(1s);
  co_return 1;
}

// ---- deadlines

/// Reminds three times of what has no answer, each time a day later.
perdure::workflow<texts> reminders() {
  texts answers;
  auto const listening = perdure::on(word, [&](std::string text) { answers.push_back(text); });
  texts all;
  for (int round = 0; round < 3; ++round) {
    std::size_t const before = answers.size();
    bool const held = co_await perdure::wait_until([&] { return answers.size() > before; }, 24h);
    all.push_back(held ? answers.back() : "nothing");
    co_await perdure::execute_activity<say>(all.back(), quick);
  }
  bool const at_once = co_await perdure::wait_until([&] { return all.size() == 3; }, 24h);
  all.push_back(at_once ? "three" : "not three");
  co_return all;
}
void plays_reminders(stage& on) {
  on.worker.add<reminders, say>();
  auto const handle = on.start<reminders>();
  on.backend->advance(36h);
  handle.signal(word, "yes");
  stage::finish(handle);
}

perdure::workflow<std::string> works_for_long(int steps) {
  std::string text;
  for (int i = 0; i < steps; ++i)
    text += co_await perdure::execute_activity<say>(std::to_string(i), quick),
        co_await perdure::sleep(4s);
  co_return text;
}
/// A coroutine that takes too long is cancelled at its await, and cleaned up after.
perdure::workflow<std::string> limited_coroutine() {
  std::string text = co_await perdure::with_timeout(works_for_long(1), 10s);
  try {
    text += co_await perdure::with_timeout(works_for_long(9), 10s);
  } catch (perdure::timeout_error const&) {
    text += ", timeout";
  }
  co_await perdure::sleep(1s);
  co_return text;
}

// ---- chains

perdure::workflow<int> other_kind(int sum);
perdure::workflow<int> one_kind(int sum) {
  co_await perdure::sleep(1s);
  co_await perdure::continue_as_new<other_kind>(
      sum + 1, {.workflow_run_timeout = 1h, .backoff_start_interval = 1min});
  co_return 0;
}
perdure::workflow<int> other_kind(int sum) {
  co_await perdure::execute_activity<say>(std::to_string(sum), quick);
  co_return sum;
}

perdure::workflow<int> nightly() {
  int const before = perdure::last_completion_result<int>().value_or(0);
  co_await perdure::sleep(1min);
  bool const failed_before = perdure::last_failure().has_value();
  if (before == 2 && !failed_before)
    throw perdure::application_error{"not tonight", {.type = "NotTonight"}};
  co_return before + (failed_before ? 10 : 1);
}
void plays_nightly(stage& on) {
  on.worker.add<nightly>();
  (void)on.start_with<nightly>({.cron_schedule = "0 2 * * *"});
  on.backend->advance(24h * 5);
  on.client.get_handle("w").terminate("enough");
}

// ---- messages

/// Takes whatever it is told, under any name.
perdure::workflow<std::string> takes_anything() {
  std::string log;
  auto const any_signal = perdure::on_any_signal([&](std::string name, perdure::payloads input) {
    log += name + std::to_string(input.size());
  });
  auto const any_update = perdure::handle_any_update(
      [&](std::string name, perdure::payloads input) -> perdure::workflow<perdure::payloads> {
        co_await perdure::sleep(1s);
        log += name;
        co_return input;
      });
  co_await perdure::wait_until([&] { return log.ends_with("done0"); });
  co_return log;
}
void plays_anything(stage& on) {
  on.worker.add<takes_anything>();
  auto const handle = on.start<takes_anything>();
  handle.signal(word, "a");
  (void)handle.update(add, 3);
  handle.signal(poke, 4);
  (void)handle.update(twice, 3);
  handle.signal(done);
  stage::finish(handle);
}

perdure::workflow<int> counter(int sum) {
  auto const adds = perdure::handle(add, [&](int more) { return sum += more; });
  sum += 100 * co_await perdure::receive(poke);
  co_return sum;
}
auto counter_options() -> perdure::workflow_options {
  return {.id = "w",
          .task_queue = queue,
          .id_conflict_policy = perdure::workflow_id_conflict_policy::use_existing};
}
void plays_start_with_update(stage& on) {
  on.worker.add<counter>();
  on.worker.start();
  auto const made = on.client.update_with_start<counter>(1, counter_options(), add, 5);
  (void)made.update.result();
  (void)on.client.update_with_start<counter>(1, counter_options(), add, 6).update.result();
  made.workflow.signal(poke, 2);
  stage::finish(made.workflow);
}
void plays_start_with_signal(stage& on) {
  on.worker.add<counter>();
  on.worker.start();
  stage::finish(on.client.signal_with_start<counter>(1, counter_options(), poke, 3));
}

} // namespace

auto life_scenes() -> std::vector<scene> {
  return {
      {"versions", plays<versions, say>},
      {"attributes_of_every_type", plays<attributes_of_every_type>},
      {"reminders", plays_reminders},
      {"limited_coroutine", plays<limited_coroutine, say>},
      {"continues_as_another",
       [](stage& on) {
         on.worker.add<one_kind, other_kind, say>();
         on.run<one_kind>(1);
       }},
      {"nightly", plays_nightly},
      {"takes_anything", plays_anything},
      {"start_with_update", plays_start_with_update},
      {"start_with_signal", plays_start_with_signal},
  };
}

} // namespace interop
