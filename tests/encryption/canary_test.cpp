// Goal: with encryption on, nothing that a program says can be read where it is kept. Method: a
// string that is in every kind of payload is looked for in the bytes of the file, its log and what
// was logged; it is found there without encryption. Then rows of the backend are exchanged.
#include "codec/coded_world.hpp"

#include <perdure/encryption.hpp>

#include "support/log_collector.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace {

using namespace perdure_test;

std::string const canary = "canary-0815-canary";

auto secret_codecs() -> perdure::payload_codecs {
  perdure::encryption_options options{.keys = {{"k1", std::string(32, 'q')}}};
  options.require_encryption = true;
  return {std::make_shared<perdure::encryption_codec const>(std::move(options))};
}

auto echo(std::string text) -> std::string {
  perdure::heartbeat(text);
  return text;
}
auto fails(std::string text) -> std::string {
  perdure::heartbeat(text);
  throw perdure::application_error{text,
                                   {.type = "Planned", .details = perdure::to_payloads(text)}};
}
inline constexpr perdure::signal<std::string> told{"told"};

auto secretive(std::string text) -> perdure::workflow<std::string> {
  auto const said = co_await perdure::execute_activity<echo>(
      text, {.start_to_close_timeout = 60s, .summary = text});
  auto const failed = co_await perdure::as_outcome(perdure::execute_activity<fails>(
      text, {.start_to_close_timeout = 60s, .retry_policy = {.maximum_attempts = 1}}));
  perdure::upsert_memo({{"note", perdure::to_payload(text)}});
  perdure::log().info("one step is done");
  auto const heard = co_await perdure::receive(told);
  if (!failed) throw perdure::application_error{said + heard};
  co_return said;
}

/// How many files below the folder hold the text; log lines count too.
auto leaks(temporary_folder const& folder, std::string const& text) -> std::size_t {
  std::size_t found = 0;
  for (auto const& each : std::filesystem::recursive_directory_iterator{folder.path()}) {
    if (!each.is_regular_file()) continue;
    std::ifstream file{each.path(), std::ios::binary};
    std::string const bytes{std::istreambuf_iterator<char>{file}, {}};
    found += bytes.find(text) != std::string::npos ? 1U : 0U;
  }
  for (auto const& line : log_collector::lines()) {
    bool holds = line.message.find(text) != std::string::npos;
    for (auto const& [name, value] : line.fields)
      holds = holds || value.find(text) != std::string::npos;
    found += holds ? 1 : 0;
  }
  return found;
}

/// Runs the workflow to its failure, and gives what the client is told.
auto failure_of(coded_world<perdure::sqlite_backend>& w) -> std::string {
  w.worker.add<secretive, echo, fails>();
  w.worker.start();
  auto const run =
      w.client.start_workflow<secretive>(canary, {.id = "w",
                                                  .task_queue = "tests",
                                                  .memo = {{"m", perdure::to_payload(canary)}},
                                                  .static_summary = canary});
  run.signal(told, canary);
  w.settle();
  CHECK(w.client.get_handle("w").describe().static_summary == canary);
  try {
    (void)run.result();
  } catch (perdure::application_error const& e) {
    return e.what();
  }
  return {};
}

} // namespace

TEST_CASE("a canary is nowhere in the file, its log and what is logged", "[encryption]") {
  log_collector const collector;
  coded_world<perdure::sqlite_backend> w{secret_codecs()};
  CHECK(failure_of(w).find(canary) != std::string::npos);
  CHECK(leaks(w.folder, canary) == 0);
  CHECK(leaks(w.folder, "Encoded failure") != 0); // the files are those that hold the run
  CHECK(w.client.get_handle("w").fetch_history().to_json().find(canary) != std::string::npos);
}

TEST_CASE("without encryption the canary is found", "[encryption]") {
  log_collector const collector;
  coded_world<perdure::sqlite_backend> w{{}};
  CHECK(failure_of(w).find(canary) != std::string::npos);
  CHECK(leaks(w.folder, canary) != 0);
}

TEST_CASE("other keys in the client give a typed error", "[encryption]") {
  coded_world<perdure::memory_backend> w{secret_codecs()};
  w.worker.add<secretive, echo, fails>();
  auto const run = w.start<secretive>("w", canary);
  w.settle();
  perdure::payload_codecs const others{std::make_shared<perdure::encryption_codec const>(
      perdure::encryption_options{.keys = {{"k2", std::string(32, 'z')}}})};
  perdure::coded_backend stranger{*w.inner, {others, "tests"}};
  perdure::client client{stranger};
  try {
    (void)client.get_handle("w").fetch_history();
    FAIL_CHECK("it could be read");
  } catch (perdure::error const& e) {
    CHECK(e.code() == perdure::errc::payload_refused);
    CHECK(std::string{e.what()}.find("'k1'") != std::string::npos);
  }
}

TEST_CASE("a worker without the key fails the task, and the run goes on with one that has it",
          "[encryption]") {
  log_collector const collector;
  coded_world<perdure::memory_backend> w{secret_codecs()};
  perdure::payload_codecs const others{std::make_shared<perdure::encryption_codec const>(
      perdure::encryption_options{.keys = {{"k2", std::string(32, 'z')}}})};
  perdure::coded_backend stranger{*w.inner, {others, "tests"}};
  perdure::client<perdure::coded_backend<perdure::memory_backend>> const client{w.backend};
  auto const run = client.start_workflow<secretive>(canary, {.id = "w", .task_queue = "tests"});
  {
    perdure::worker wrong{stranger, {.task_queue = "tests"}};
    wrong.add<secretive, echo, fails>();
    wrong.start();
    w.settle();
    CHECK_FALSE(log_collector::with("could not be decoded").empty());
  }
  CHECK(client.get_handle("w").describe().status == perdure::workflow_execution_status::running);
  w.worker.add<secretive, echo, fails>();
  w.worker.start();
  run.signal(told, canary);
  CHECK_THROWS_AS(run.result(), perdure::application_error);
}
