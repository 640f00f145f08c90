// Messages of Protocol Buffers as arguments and results. The messages are those that come with the
// protobuf library itself.
#include <perdure/external_storage.hpp>
#include <perdure/protobuf.hpp>

#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <google/protobuf/source_context.pb.h>
#include <google/protobuf/timestamp.pb.h>
#include <google/protobuf/type.pb.h>

#include <memory>
#include <string>

using google::protobuf::Field;
using google::protobuf::SourceContext;
using google::protobuf::Timestamp;
using perdure::payload;
using perdure_test::contains;
using namespace std::chrono_literals;

namespace {

auto named(std::string const& name) -> SourceContext {
  SourceContext made;
  made.set_file_name(name);
  return made;
}
auto read(payload const& from) -> std::string {
  return perdure::from_payload<SourceContext>(from).file_name();
}

SourceContext move_file(SourceContext from) { return named("moved/" + from.file_name()); }
perdure::workflow<SourceContext> tidy(SourceContext which) {
  SourceContext const moved =
      co_await perdure::execute_activity<move_file>(which, {.start_to_close_timeout = 1min});
  co_return named(moved.file_name() + ".old");
}

} // namespace

TEST_CASE("a message is json/protobuf and names its type, as other SDKs write it", "[temporal]") {
  payload const made = perdure::to_payload(named("a b"));
  CHECK(made.data == R"({"fileName":"a b"})");
  CHECK(made.metadata.encoding() == "json/protobuf");
  CHECK(made.metadata.find("messageType") == "google.protobuf.SourceContext");
  Timestamp time;
  time.set_seconds(1);
  CHECK(perdure::to_payload(time).data == R"("1970-01-01T00:00:01Z")");
}

TEST_CASE("a message is read from JSON, from bytes, and from a payload that names no type",
          "[temporal]") {
  CHECK(read(perdure::to_payload(named("a"))) == "a");
  payload const bytes = perdure::to_binary_protobuf(named("b"));
  CHECK(bytes.metadata.encoding() == "binary/protobuf");
  CHECK(bytes.data == std::string{"\n\x01"
                                  "b"});
  CHECK(read(bytes) == "b");
  CHECK(read({R"({"fileName":"c","newer":[1]})", {perdure::encodings::json}}) == "c");
  CHECK(read({R"({"file_name":"d"})", {perdure::encodings::json_protobuf}}) == "d");
}

TEST_CASE("what is no such message is refused with its type, and quotes nothing", "[temporal]") {
  auto const refused = contains("google.protobuf.SourceContext");
  CHECK_THROWS_WITH(read(perdure::to_payload(Timestamp{})),
                    refused && contains("google.protobuf.Timestamp"));
  CHECK_THROWS_WITH(read({"secret", {perdure::encodings::protobuf}}),
                    refused && !contains("secret"));
  CHECK_THROWS_WITH(read({R"({"fileName":["secret"]})", {perdure::encodings::json_protobuf}}),
                    refused && !contains("secret"));
  CHECK_THROWS_WITH(read(payload::null()), refused && contains("null"));
}

TEST_CASE("a workflow and its activity pass messages on, as JSON or as bytes", "[temporal]") {
  auto const bytes = std::make_shared<perdure::data_converter>();
  bytes->use<SourceContext>(perdure::to_binary_protobuf<SourceContext>,
                            perdure::from_protobuf<SourceContext>);
  for (auto const& converter : {std::shared_ptr<perdure::data_converter>{}, bytes}) {
    perdure::memory_backend backend{{.clock = perdure::clock_mode::virtual_time}};
    perdure::worker worker{backend, {.task_queue = "q", .data_converter = converter}};
    worker.add<tidy, move_file>();
    worker.start();
    perdure::client const client{backend, {.data_converter = converter}};
    auto const run = client.start_workflow<tidy>(named("f"), {.id = "t", .task_queue = "q"});
    CHECK(run.result().file_name() == "moved/f.old");
    std::string const text = run.fetch_history().to_json();
    bool const binary = text.find("YmluYXJ5L3Byb3RvYnVm") != std::string::npos; // binary/protobuf
    CHECK(binary == (converter != nullptr));
  }
}

TEST_CASE("a large message that is kept in a blob store is read from there", "[temporal]") {
  perdure_test::temporary_folder const blobs;
  auto const store = std::make_shared<perdure::file_blob_store>(blobs.path());
  perdure::external_storage const storage{{.store = store}};
  std::string const large(500'000, 'x');
  auto const kept = perdure::blob<SourceContext>::store(named(large), *store);
  CHECK(kept.as_payload().data.size() < 200);
  CHECK(kept.load().file_name() == large);
  CHECK(read(kept.as_payload()) == large);
}
