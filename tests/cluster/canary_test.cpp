// Goal: with encryption on, nothing that a program says goes over the wire to a Temporal server, or
// comes back from it, in clear. Method: a program says a word of its own in every place there is,
// through a proxy that keeps all bytes. The same program without encryption shows each of the
// words, so that none is missed because nobody said it, or because it was not looked for in the
// right way.
//
// The capture is searched as it is and, since frames may break words, message by message. What that
// cannot see are words in headers that the server sends, which are Huffman codes: it has no key,
// and knows only what it was sent before.
#include "cluster/canary_program.hpp"
#include "cluster/cluster_world.hpp"
#include "cluster/grpc_capture.hpp"
#include "cluster/soon.hpp"

#include <perdure/encryption.hpp>

#include "support/log_collector.hpp"

#include <string>
#include <vector>

namespace {

using namespace perdure_test;
using canary::word;

auto encrypting() -> perdure::payload_codecs {
  perdure::encryption_options options{.keys = {{"k1", std::string(32, 'q')}}};
  options.require_encryption = true;
  return {std::make_shared<perdure::encryption_codec const>(std::move(options))};
}

/// A coded backend on the server, by way of the proxy.
class tapped_world {
  using coded = perdure::coded_backend<perdure::temporal_backend>;

public:
  explicit tapped_world(perdure::payload_codecs codecs, std::string const& address)
      : server_{options_for(address)}, backend_{server_, {std::move(codecs), "default"}} {
    using namespace canary;
    worker_.add<says_all, last_run, child, failing_child, listener, cancelled_one,
                waits_for_an_attempt>();
    worker_.add<says, fails, fails_for_now, stops, is_completed_elsewhere, says_locally,
                fails_locally>();
    canary::fails_a_task = true;
    canary::detached.reset();
    worker_.start();
  }

  [[nodiscard]] auto id() const -> std::string const& { return id_; }

  void say_all() {
    auto const run = client_.start_workflow<canary::says_all>(word("start-argument"), options());
    complete_elsewhere();
    CHECK(run.query(canary::asked, word("query-argument")) == word("query-result"));
    CHECK_THROWS_WITH(run.query(canary::asked_in_vain), contains(word("query-failure")));
    CHECK(run.update(canary::change, word("update-argument")) == word("update-result"));
    CHECK_THROWS_WITH(run.update(canary::change, word("rejected-argument")),
                      contains(word("update-rejection")));
    CHECK_THROWS_WITH(run.update(canary::change_in_vain, ""), contains(word("update-failure")));
    perdure::query_workflow_request about{};
    about.execution = run.execution();
    about.type = "__temporal_workflow_metadata";
    auto const metadata = backend_.query_workflow(about).result;
    REQUIRE(metadata.size() == 1);
    CHECK(metadata[0].data.find(word("current-details")) != std::string::npos);
    run.signal(canary::told, word("signal"));
    CHECK_THROWS_WITH(run.result(), contains(word("workflow-failure")));
    auto const described = run.describe();
    CHECK(described.static_summary == word("static-summary"));
    CHECK(described.memo.get<std::string>("m") == word("memo"));
    CHECK(described.memo.get<std::string>("note") == word("upserted-memo"));
    CHECK(run.fetch_history().events.size() > 60);
  }
  void start_otherwise() {
    auto options = named("-otherwise");
    auto const run =
        client_.signal_with_start<canary::listener>(1, options, canary::told, word("start-signal"));
    CHECK(run.result() == word("start-signal"));
    options.id_conflict_policy = perdure::workflow_id_conflict_policy::use_existing;
    auto const made = client_.update_with_start<canary::listener>(1, options, canary::change,
                                                                  word("start-update"));
    CHECK(made.update.result() == word("start-update"));
    made.workflow.cancel();
    CHECK_THROWS_AS(made.workflow.result(), perdure::cancelled_error);
    auto const cancelled = client_.start_workflow<canary::cancelled_one>(named("-cancelled"));
    cancelled.cancel();
    CHECK_THROWS_AS(cancelled.result(), perdure::cancelled_error);
    auto const waiting = client_.start_workflow<canary::waits_for_an_attempt>(named("-waiting"));
    CHECK(holds_soon([&] {
      auto const open = waiting.describe().pending_activities;
      return open.size() == 1 &&
             open[0].last_failure.find(word("pending-failure")) != std::string::npos;
    }));
    waiting.terminate();
  }
  void schedule() {
    perdure::schedule made{};
    auto options = named("-scheduled");
    options.memo = {{"m", canary::payload_of("schedule-run-memo")}};
    made.action = perdure::start_workflow_action<canary::child>(word("schedule-argument"), options);
    auto const schedule = client_.create_schedule(
        id_, made,
        {.trigger_immediately = true, .memo = {{"m", canary::payload_of("schedule-memo")}}});
    CHECK(holds_soon([&] { return schedule.describe().info.recent_actions.size() == 1; }));
    schedule.remove();
  }

private:
  [[nodiscard]] static auto options_for(std::string const& address) -> perdure::temporal_options {
    perdure::temporal_options made{};
    made.address = address;
    made.headers = {{"x-said", "in the clear"}};
    return made;
  }
  [[nodiscard]] auto named(std::string const& suffix) const -> perdure::workflow_options {
    perdure::workflow_options made{};
    made.id = id_ + suffix;
    made.task_queue = id_;
    return made;
  }
  [[nodiscard]] auto options() const -> perdure::workflow_options {
    auto made = named("");
    made.memo = {{"m", canary::payload_of("memo")}};
    made.static_summary = word("static-summary");
    made.static_details = word("static-details");
    return made;
  }
  void complete_elsewhere() {
    REQUIRE(canary::detached.reached(1));
    auto const attempt = client_.get_async_activity_handle(id_, "", "elsewhere");
    attempt.heartbeat(word("async-heartbeat"));
    attempt.complete(word("async-result"));
  }

  std::string id_{"canary-" + perdure::random_uuid()};
  perdure::temporal_backend server_;
  coded backend_;
  perdure::worker<coded> worker_{
      backend_,
      {.task_queue = id_, .interceptors = {std::make_shared<canary::headers_of_worker>()}}};
  perdure::client<coded> client_{backend_,
                                 {.interceptors = {std::make_shared<canary::headers_of_client>()}}};
};

/// Runs the program, and gives what was said on the wire meanwhile.
auto capture(perdure::payload_codecs codecs) -> grpc_capture {
  log_collector const quiet; // of the task that is meant to fail
  recording_proxy proxy{server_address()};
  std::string id;
  {
    tapped_world w{std::move(codecs), proxy.address()};
    id = w.id();
    w.say_all();
    w.start_otherwise();
    w.schedule();
  }
  grpc_capture const made{proxy.close()};
  CHECK(made.message_has(id)); // ids are not secrets: this is the wire that the program used
  CHECK(made.count("in the clear") != 0); // and headers of requests are seen
  return made;
}

} // namespace

TEST_CASE("with encryption no word of a program is on the wire", "[cluster][encryption]") {
  auto const said = capture(encrypting());
  for (auto const place : canary::places) {
    CAPTURE(place);
    CHECK(said.count(word(place)) == 0);
  }
  CHECK(said.count(canary::mark) == 0); // in no place that is not listed either
  CHECK(said.message_has("Encoded failure"));
}

TEST_CASE("without encryption the wire shows what a program says in each place",
          "[cluster][encryption]") {
  auto const said = capture({});
  for (auto const place : canary::places) {
    CAPTURE(place);
    CHECK(said.message_has(word(place)));
  }
  for (auto const place : canary::kept_places) {
    CAPTURE(place);
    CHECK(said.count(word(place)) == 0);
  }
}

// --------------------------------------------------------------------------- the capture itself
namespace {

/// An HTTP/2 frame of stream 1.
auto frame(char type, std::string const& body) -> std::string {
  using namespace std::string_literals;
  return "\0\0"s + static_cast<char>(body.size()) + type + "\0\0\0\0\1"s + body;
}
auto captured(std::string const& received) -> grpc_capture {
  return grpc_capture{{recorded_connection{"", received}}};
}

} // namespace

TEST_CASE("a capture finds words that frames break", "[cluster][encryption]") {
  std::string const head("\0\0\0\0\x6", 5);
  std::string const other = frame(4, "settings");
  auto const broken = captured(frame(0, head + "can") + other + frame(0, "ary" + head + "secret"));
  CHECK(broken.count("canary") == 1);
  CHECK(broken.message_has("canary"));
  CHECK(broken.messages() == 2);
  CHECK_FALSE(broken.message_has("settings"));
  CHECK(broken.count("settings") == 1);
}

TEST_CASE("a capture says so when it could see nothing", "[cluster][encryption]") {
  std::string const compressed("\1\0\0\0\x6", 5);
  CHECK_THROWS_WITH(captured(frame(0, compressed + "canary")), contains("compressed"));
  CHECK_THROWS_WITH(grpc_capture({recorded_connection{"GET / HTTP/1.1", ""}}), contains("HTTP/2"));
}
