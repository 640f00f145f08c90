// Goal: whatever payload there is goes through the codecs, and comes back as it was. Method: the
// codec writes its place into each payload and refuses it elsewhere, and what is not coded; what
// the backend behind has recorded is searched for a canary. The conformance suite runs behind the
// same codec.
#include "codec/coded_world.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace perdure_test;

std::string const canary = "canary-4711";

auto echo(std::string text) -> std::string {
  perdure::heartbeat(text);
  return text + "/echo";
}
auto fails(std::string text) -> std::string {
  throw perdure::application_error{"it failed: " + text, {.type = "Planned"}};
}
auto local(std::string text) -> std::string { return text + "/local"; }

auto child(std::string text) -> perdure::workflow<std::string> { co_return text + "/child"; }
auto failing_child(std::string text) -> perdure::workflow<std::string> {
  throw perdure::application_error{"the child failed: " + text, {.type = "Planned"}};
  co_return text;
}

inline constexpr perdure::signal<std::string> told{"told"};
inline constexpr perdure::query<std::string(std::string)> ask{"ask"};
inline constexpr perdure::update<std::string(std::string)> change{"change"};

/// Uses every kind of payload once.
auto everything(std::string text) -> perdure::workflow<std::string> {
  std::string changed;
  auto const asks = perdure::handle(ask, [&](std::string of) { return of + "/" + changed; });
  auto const changes =
      perdure::handle(change, [&](std::string to) { return changed = to + "/changed"; });
  std::string sum = co_await perdure::execute_activity<echo>(
      text, {.start_to_close_timeout = 60s, .summary = "says " + text});
  sum += co_await perdure::execute_local_activity<local>(text, {.start_to_close_timeout = 60s});
  sum += co_await perdure::side_effect([&] { return std::string{"/side"}; });
  sum += co_await perdure::execute_child_workflow<child>(text, {.id = "child"});
  auto const failed = co_await perdure::as_outcome(perdure::execute_activity<fails>(
      text, {.start_to_close_timeout = 60s, .retry_policy = {.maximum_attempts = 2}}));
  auto const child_failed = co_await perdure::as_outcome(
      perdure::execute_child_workflow<failing_child>(text, {.id = "failing child"}));
  if (failed.has_value() || child_failed.has_value()) co_return "nothing failed";
  perdure::upsert_memo({{"note", perdure::to_payload(text)}});
  sum += co_await perdure::receive(told);
  co_await perdure::wait_until([&] { return !changed.empty(); });
  co_return sum + changed;
}

/// How often the text is in what the backend behind has recorded.
template <class Inner>
auto count_in(coded_world<Inner>& w, std::string_view text) -> int {
  int found = 0;
  for (auto const& run : w.raw.list())
    found += w.inner->read_history(run.execution).to_json().find(text) != std::string::npos ? 1 : 0;
  return found;
}
/// Payloads stand in base64 in that JSON: the inner bytes are compared instead.
template <class Inner>
auto holds(coded_world<Inner>& w, std::string const& text) -> bool {
  bool found = false;
  for (auto const& run : w.raw.list())
    for (auto const& each : w.inner->read_history(run.execution).events) {
      auto const note = [&](perdure::payload const& value) {
        found = found || value.data.find(text) != std::string::npos;
      };
      auto const view = perdure::detail::view_of(each.attributes);
      perdure::detail::for_each_payload(view.object, *view.schema, note);
      if (each.extras)
        perdure::detail::for_each_payload(
            each.extras.get(), perdure::detail::schema_of<perdure::event_extras>(), note);
    }
  return found || count_in(w, text) != 0;
}

template <class Inner>
void run_everything(perdure::payload_codecs codecs, std::size_t cached, bool hidden) {
  CAPTURE(cached, hidden);
  coded_world<Inner> w{std::move(codecs), cached};
  w.worker.template add<everything, child, failing_child, echo, fails, local>();
  auto const run = w.template start<everything>("w", canary);
  w.settle();
  CHECK(run.query(ask, canary) == canary + "/");
  run.signal(told, canary);
  CHECK(run.update(change, canary) == canary + "/changed");
  CHECK(run.result() == canary + "/echo" + canary + "/local/side" + canary + "/child" + canary +
                            canary + "/changed");
  CHECK(w.client.get_handle("w").describe().memo.template get<std::string>("note") == canary);
  CHECK(holds(w, canary) != hidden);

  perdure::replayer replayer;
  replayer.add<everything, child, failing_child>();
  auto const replayed = replayer.replay(w.client.get_handle("w").fetch_history());
  INFO(replayed.problem);
  CHECK(replayed.ok());
}

} // namespace

TEST_CASE("every kind of payload goes through the codecs and comes back", "[codec]") {
  for (std::size_t const cached : {std::size_t{10'000}, std::size_t{0}}) {
    perdure::payload_codecs const codecs{std::make_shared<binding_codec const>()};
    run_everything<perdure::memory_backend>(codecs, cached, true);
    run_everything<perdure::sqlite_backend>(codecs, cached, true);
  }
}

TEST_CASE("without codecs the same payloads lie open", "[codec]") {
  run_everything<perdure::memory_backend>({}, 10'000, false);
}

TEST_CASE("codecs encode in their order and decode in the reverse order", "[codec]") {
  perdure::payload_codecs const twice{std::make_shared<binding_codec const>(),
                                      std::make_shared<binding_codec const>()};
  run_everything<perdure::memory_backend>(twice, 10'000, true);
}

TEST_CASE("what was recorded before there were codecs is read as it is", "[codec]") {
  coded_world<perdure::memory_backend> w{{std::make_shared<binding_codec const>(false)}};
  w.worker.add<child>();
  w.worker.start();
  auto const run = w.raw.start_workflow<child>("clear", {.id = "c", .task_queue = "tests"});
  CHECK(w.client.get_handle<child>("c").result() == "clear/child");
}

TEST_CASE("a failure of the workflow reaches the client with its message", "[codec]") {
  coded_world<perdure::memory_backend> w{{std::make_shared<binding_codec const>()}};
  w.worker.add<failing_child>();
  auto const run = w.start<failing_child>("f", canary);
  CHECK_THROWS_WITH(run.result(), contains("the child failed: " + canary));
  auto const recorded = w.inner->wait_for_close({"f", {}});
  auto const& why = *recorded.as<perdure::events::workflow_execution_failed>().failure;
  CHECK(why.message == "Encoded failure");
  CHECK(why.stack_trace.empty());
}
