// Signals: in, out, and beside other things. The same in Python: messages.py.
#include "interop/stage.hpp"

namespace interop {
namespace {

using perdure::as_outcome;
using texts = std::vector<std::string>;

inline constexpr perdure::signal<std::string> word{"word"};
inline constexpr perdure::signal<> done{"done"};

perdure::activity_options const quick{.start_to_close_timeout = std::chrono::minutes{1}};
auto say(std::string text) -> std::string { return "said " + text; }

/// Receives words until it is told that this was all.
perdure::workflow<std::string> receives_words() {
  std::string text;
  for (int i = 0; i < 4; ++i) text += co_await perdure::receive(word) + " ";
  co_await perdure::receive(done);
  co_return text;
}
void plays_words(stage& on) {
  on.worker.add<receives_words>();
  auto const handle = on.start<receives_words>();
  handle.signal(word, "before");
  on.settle();
  handle.signal(word, "first");
  handle.signal(word, "second");
  on.settle();
  handle.signal(done);
  handle.signal(word, "last");
  stage::finish(handle);
}

perdure::workflow<std::string> answers_words() {
  std::string const first = co_await perdure::receive(word);
  std::string const said = co_await perdure::execute_activity<say>(first, quick);
  auto const got = co_await perdure::race(perdure::receive(word), perdure::sleep(5s));
  co_return said + (got.index == 0 ? " in time" : " too late");
}
void plays_answers(stage& on) {
  on.worker.add<answers_words, say>();
  auto const handle = on.start<answers_words>();
  on.settle();
  handle.signal(word, "hello");
  stage::finish(handle);
}
void plays_answers_in_time(stage& on) {
  on.worker.add<answers_words, say>();
  auto const handle = on.start<answers_words>();
  on.settle();
  handle.signal(word, "hello");
  on.backend->advance(2s);
  handle.signal(word, "early");
  stage::finish(handle);
}

// ---- to other runs

perdure::workflow<std::string> talks_to_others() {
  auto const other = perdure::external_workflow("other");
  co_await other.signal(word, std::string{"hello"});
  auto const nobody = perdure::external_workflow("nobody");
  auto const lost = co_await as_outcome(nobody.signal(word, std::string{"hello?"}));
  auto const refused = co_await as_outcome(nobody.cancel("stop"));
  co_await other.cancel("no need");
  co_return std::string{lost ? "reached" : "lost"} + (refused ? " reached" : " lost");
}
perdure::workflow<std::string> is_talked_to() {
  std::string text = co_await perdure::receive(word);
  try {
    text += co_await perdure::receive(word);
  } catch (perdure::cancelled_error const&) {
    text += " cancelled";
  }
  co_return text;
}
void plays_talk(stage& on) {
  on.worker.add<talks_to_others, is_talked_to>();
  auto const other = on.start_with<is_talked_to>({.id = "other"});
  on.run<talks_to_others>();
  stage::finish(other);
}

/// Which no server grants: a run is no other run to itself.
perdure::workflow<std::string> signals_itself() {
  auto const me = perdure::external_workflow(perdure::info().workflow_id);
  auto const told = co_await perdure::as_outcome(me.signal(word, std::string{"from me"}));
  co_return std::string{told ? "told" : "refused"};
}

/// A signal that came before a continue-as-new belongs to the run that has it.
perdure::workflow<std::string> words_then_continues(int left, std::string text) {
  text += co_await perdure::receive(word) + " ";
  if (left > 0) co_await perdure::continue_as_new<words_then_continues>(left - 1, text);
  co_return text;
}
void plays_words_then_continues(stage& on) {
  on.worker.add<words_then_continues>();
  auto const handle = on.start<words_then_continues>(2, std::string{});
  for (char const* each : {"one", "two", "three"}) {
    on.client.get_handle("w").signal(word, each);
    on.settle();
  }
  stage::finish(handle);
}
/// What is unread when a run continues goes to the next one.
void plays_carried_words(stage& on) {
  on.worker.add<words_then_continues>();
  auto const handle = on.start<words_then_continues>(3, std::string{});
  for (char const* each : {"one", "two", "three", "four"}) handle.signal(word, each);
  stage::finish(handle);
}

} // namespace

auto message_scenes() -> std::vector<scene> {
  return {
      {"receives_words", plays_words},
      {"answers_words", plays_answers},
      {"answers_words_in_time", plays_answers_in_time},
      {"talks_to_others", plays_talk},
      {"signals_itself", plays<signals_itself>},
      {"words_then_continues", plays_words_then_continues},
      {"carried_words", plays_carried_words},
  };
}

} // namespace interop
