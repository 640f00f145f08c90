// Goal: a call is made again as long as that may help, and what the server says reaches the caller
// whole. Method: a server in the process with a script.
#include "perdure/backend/temporal/calls/connection.hpp"

#include <chrono>
#include <initializer_list>
#include <optional>
#include <string>

#include <google/protobuf/empty.pb.h>
#include <google/protobuf/wrappers.pb.h>

#include "perdure/version.hpp"
#include "support/catch.hpp"
#include "temporal/scripted_server.hpp"

namespace {

using namespace perdure_test;
using namespace std::chrono_literals;
using perdure::temporal::call_failed;
using perdure::temporal::call_terms;
using perdure::temporal::connection;
using perdure::temporal::status_code;
using text = google::protobuf::StringValue;

constexpr perdure::temporal::method<text, text> echo{"Echo"};
/// Tries again at once, for as long as the server may take.
constexpr call_terms patient{20s, 20s, 1ms, 2ms};
constexpr call_terms impatient{20s, 30ms, 1ms, 2ms};

[[nodiscard]] auto saying(std::string const& what) -> text {
  text message;
  message.set_value(what);
  return message;
}
/// How a call fails.
[[nodiscard]] auto failure_of(connection& over, call_terms const& terms) -> call_failed {
  try {
    (void)over.call(echo, saying("x"), terms);
  } catch (call_failed const& why) {
    return why;
  }
  return {"Echo", {}};
}

TEST_CASE("a call takes its request there and its response back", "[temporal][connection]") {
  scripted_server server;
  server.script("Echo", {giving(saying("there"))});
  connection over{{.address = server.address()}};
  CHECK(over.call(echo, saying("here")).value() == "there");
  received_call const call = server.calls().at(0);
  CHECK(call.path == "/temporal.api.workflowservice.v1.WorkflowService/Echo");
  CHECK(call.request == saying("here").SerializeAsString());
}

TEST_CASE("every call says who makes it, and for which namespace", "[temporal][connection]") {
  scripted_server server;
  connection over{{.address = server.address(),
                   .namespace_ = "orders",
                   .headers = {{"a-header", "its value"}}}};
  (void)over.call(echo, {});
  received_call const call = server.calls().at(0);
  CHECK(call.header("client-name") == "perdure-cpp");
  CHECK(call.header("client-version") == perdure::version);
  CHECK(call.header("temporal-namespace") == "orders");
  CHECK(call.header("a-header") == "its value");
  CHECK(call.header("authorization").empty());
}

TEST_CASE("a header authorization goes before the API key", "[temporal][connection]") {
  scripted_server server;
  connection over{{.address = server.address(),
                   .api_key = "key",
                   .tls = perdure::tls_options{.disabled = true},
                   .headers = {{"authorization", "Basic x"}}}};
  (void)over.call(echo, {});
  CHECK(server.calls().at(0).header("authorization") == "Basic x");
}

TEST_CASE("a call that may succeed later is made again until it does", "[temporal][connection]") {
  auto const code =
      GENERATE(grpc::UNAVAILABLE, grpc::CANCELLED, grpc::UNKNOWN, grpc::DEADLINE_EXCEEDED,
               grpc::ABORTED, grpc::OUT_OF_RANGE, grpc::INTERNAL, grpc::DATA_LOSS);
  CAPTURE(code);
  scripted_server server;
  server.script("Echo", {failing(code), failing(code), giving(saying("at last"))});
  connection over{{.address = server.address()}};
  CHECK(over.call(echo, {}, patient).value() == "at last");
  CHECK(server.calls_of("Echo") == 3);
}

TEST_CASE("a call that would fail alike is made once", "[temporal][connection]") {
  auto const code = GENERATE(grpc::INVALID_ARGUMENT, grpc::NOT_FOUND, grpc::ALREADY_EXISTS,
                             grpc::PERMISSION_DENIED, grpc::FAILED_PRECONDITION,
                             grpc::UNIMPLEMENTED, grpc::UNAUTHENTICATED);
  CAPTURE(code);
  scripted_server server;
  server.script("Echo", {failing(code, "for a reason")});
  connection over{{.address = server.address()}};
  call_failed const why = failure_of(over, patient);
  CHECK(static_cast<int>(why.code()) == static_cast<int>(code));
  CHECK(why.status().message == "for a reason");
  CHECK(server.calls_of("Echo") == 1);
}

TEST_CASE("an overloaded server is given a second", "[temporal][connection]") {
  perdure::temporal::call_status const overloaded{status_code::resource_exhausted, "RPS", {}};
  CHECK(perdure::temporal::is_retryable(overloaded));
  CHECK(backoff_after(perdure::temporal::brief, 1, overloaded) == 1s);
  CHECK(backoff_after(perdure::temporal::brief, 2, overloaded) == 1700ms);
  CHECK(backoff_after(perdure::temporal::brief, 100, overloaded) == 10s);

  scripted_server server;
  server.script("Echo", {failing(grpc::RESOURCE_EXHAUSTED)});
  connection over{{.address = server.address()}};
  CHECK(failure_of(over, impatient).code() == status_code::resource_exhausted);
  CHECK(server.calls_of("Echo") == 1);
}

TEST_CASE("the wait between two tries grows to its bound", "[temporal][connection]") {
  call_terms const terms{1s, 0s, 100ms, 1s};
  perdure::temporal::call_status const down{status_code::unavailable, {}, {}};
  CHECK(backoff_after(terms, 1, down) == 100ms);
  CHECK(backoff_after(terms, 2, down) == 170ms);
  CHECK(backoff_after(terms, 3, down) == 289ms);
  CHECK(backoff_after(terms, 1'000'000, down) == 1s);
}

TEST_CASE("waits are spread by a fifth either way", "[temporal][connection]") {
  perdure::duration least = 10s;
  perdure::duration most{};
  for (int i = 0; i < 10'000; ++i) {
    perdure::duration const wait = perdure::temporal::spread(1s);
    least = std::min(least, wait);
    most = std::max(most, wait);
  }
  CHECK((least >= 800ms && least < 820ms));
  CHECK((most <= 1'200ms && most > 1'180ms));
  CHECK(perdure::temporal::spread(0s) == 0s);
}

TEST_CASE("a message that is too large is not sent again", "[temporal][connection]") {
  auto const message = GENERATE("grpc: received message larger than max (5 vs. 4)",
                                "grpc: message after decompression larger than max");
  scripted_server server;
  server.script("Echo", {failing(grpc::RESOURCE_EXHAUSTED, message)});
  connection over{{.address = server.address()}};
  call_failed const why = failure_of(over, patient);
  CHECK(is_too_large(why.status()));
  CHECK(server.calls_of("Echo") == 1);
  CHECK_THROWS_MATCHES(perdure::temporal::throw_error("it could not be sent", why), perdure::error,
                       has_code<perdure::error>(perdure::errc::limit_exceeded));
}

TEST_CASE("the details of an error reach the caller whole", "[temporal][connection]") {
  std::string details = "a google.rpc.Status, serialized: ";
  for (int byte = 0; byte < 256; ++byte) details += static_cast<char>(byte);
  scripted_server server;
  server.script("Echo", {failing(grpc::NOT_FOUND, "no such workflow: \xC3\xA4 %", details)});
  connection over{{.address = server.address()}};
  call_failed const why = failure_of(over, patient);
  CHECK(why.status().details == details);
  CHECK(why.status().message == "no such workflow: \xC3\xA4 %");
  CHECK(why.method() == "Echo");
  CHECK(std::string{why.what()} == "Echo: NOT_FOUND: no such workflow: \xC3\xA4 %");
}

TEST_CASE("a server that is down is given up when patience ends", "[temporal][connection]") {
  std::optional<scripted_server> server{std::in_place};
  std::string const address = server->address();
  server.reset();
  connection over{{.address = address}};
  call_failed const why = failure_of(over, impatient);
  CHECK(why.code() == status_code::unavailable);
  CHECK_THROWS_MATCHES(perdure::temporal::throw_error("nothing can be done", why), perdure::error,
                       has_code<perdure::error>(perdure::errc::backend_busy));
}

TEST_CASE("a server that comes back is talked to again", "[temporal][connection]") {
  std::optional<scripted_server> server{std::in_place};
  int const port = server->port();
  connection over{{.address = server->address()}};
  (void)over.call(echo, {});
  server.reset();
  CHECK(failure_of(over, impatient).code() == status_code::unavailable);
  server.emplace(grpc::InsecureServerCredentials(), port);
  server->script("Echo", {giving(saying("here again"))});
  CHECK(over.call(echo, {}, patient).value() == "here again");
}

TEST_CASE("a call that is not answered ends at its deadline", "[temporal][connection]") {
  scripted_server server;
  server.script("Echo", {held()});
  connection over{{.address = server.address()}};
  text response;
  CHECK(over.try_once("Echo", text{}, response, 50ms).code == status_code::deadline_exceeded);
  server.wait_for_cancelled(1);
}

TEST_CASE("messages above 4 MiB pass both ways", "[temporal][connection]") {
  std::string const large(5 << 20, 'x');
  scripted_server server;
  server.script("Echo", {giving(saying(large))});
  connection over{{.address = server.address()}};
  CHECK(over.call(echo, saying(large)).value().size() == large.size());
  CHECK(server.calls().at(0).request.size() > large.size());
}

TEST_CASE("an answer of another type is an error", "[temporal][connection]") {
  scripted_server server;
  server.script("Echo", {{{}, "\xFF\xFF\xFF", false}});
  connection over{{.address = server.address()}};
  text response;
  CHECK(over.try_once("Echo", text{}, response, 20s).code == status_code::internal);
}

} // namespace
