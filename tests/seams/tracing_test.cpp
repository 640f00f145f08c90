// Goal: one trace leads through clients, workflows and activities, whichever process runs them and
// how often they are replayed. Method: a tracer that keeps what it is given; the tree of the spans
// is compared as text.
#include "seams/seams_world.hpp"

#include <perdure/telemetry.hpp>

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace {

using namespace perdure_test;

class kept_spans final : public perdure::tracer {
public:
  void ended(perdure::span const& done) override {
    std::lock_guard const lock{mutex_};
    all.push_back(done);
  }
  /// Names under their parents, in the order of their names: `a(b c(d))`.
  [[nodiscard]] auto tree(std::uint64_t parent = 0) const -> std::string {
    std::vector<std::string> texts;
    for (auto const& each : all)
      if (each.parent_id == parent) {
        std::string const below = tree(each.context.span_id);
        texts.push_back(each.name + (each.failed ? "!" : "") +
                        (below.empty() ? "" : "(" + below + ")"));
      }
    std::sort(texts.begin(), texts.end());
    std::string text;
    for (auto const& each : texts) text += (text.empty() ? "" : " ") + each;
    return text;
  }
  std::vector<perdure::span> all{};

private:
  std::mutex mutex_;
};

inline constexpr perdure::signal<> go{"go"};
inline constexpr perdure::query<int()> how_far{"how_far"};
inline constexpr perdure::update<void()> nudge{"nudge"};

auto pack(int number) -> int {
  if (number == 13) throw perdure::application_error{"unlucky", {.non_retryable = true}};
  return number;
}
auto pack_slowly(int number) -> perdure::activity<int> { co_return pack(number); }

auto deliver(int number) -> perdure::workflow<int> {
  co_await perdure::receive(go);
  co_return co_await perdure::execute_activity<pack_slowly>(number,
                                                            {.start_to_close_timeout = 1min});
}
auto ship(int number) -> perdure::workflow<int> {
  auto const asked = perdure::handle(how_far, [] { return 1; });
  auto const nudged = perdure::handle(nudge, [] {});
  co_await perdure::receive(go);
  (void)co_await perdure::execute_local_activity<pack>(number, {.start_to_close_timeout = 1min});
  auto kid = perdure::start_child_workflow<deliver>(number, {.id = "kid"});
  co_await kid.signal(go);
  co_await perdure::sleep(1h);
  co_return co_await kid;
}

struct traced {
  std::shared_ptr<kept_spans> spans = std::make_shared<kept_spans>();
  std::shared_ptr<perdure::tracing_interceptor> tracing =
      std::make_shared<perdure::tracing_interceptor>(spans);

  [[nodiscard]] auto worker(std::size_t cached = 10'000) const -> perdure::worker_options {
    perdure::worker_options with{.max_cached_workflows = cached};
    with.interceptors = {tracing};
    return with;
  }
  [[nodiscard]] auto client() const -> perdure::client_options {
    return {.interceptors = {tracing}};
  }
};

template <class Place>
void one_trace(std::size_t cached) {
  CAPTURE(cached);
  traced const t;
  seams_world<Place, ship, deliver, pack, pack_slowly> w{t.worker(cached), t.client()};
  auto const handle = w.template start<ship>(7);
  w.settle();
  CHECK(handle.query(how_far) == 1);
  handle.update(nudge);
  handle.signal(go);
  CHECK(handle.result() == 7);

  CHECK(t.spans->tree() == "QueryWorkflow:how_far(HandleQuery:how_far) "
                           "SignalWorkflow:go(HandleSignal:go) "
                           "StartWorkflow:ship(RunWorkflow:ship("
                           "SignalChildWorkflow:go(HandleSignal:go) "
                           "StartActivity:pack(RunActivity:pack) "
                           "StartChildWorkflow:deliver(RunWorkflow:deliver("
                           "StartActivity:pack_slowly(RunActivity:pack_slowly))))) "
                           "StartWorkflowUpdate:nudge(HandleUpdate:nudge)");
  std::map<std::uint64_t, int> ids;
  for (auto const& each : t.spans->all) {
    CAPTURE(each.name);
    CHECK(++ids[each.context.span_id] == 1);
    CHECK(each.end >= each.start);
    CHECK(each.attributes.front().first == "temporalWorkflowID");
    if (each.name == "RunWorkflow:ship") CHECK(each.end - each.start == 1h);
  }
}

TEST_CASE("one trace leads through all calls, in memory", "[seams][tracing]") {
  one_trace<in_memory>(10'000);
  one_trace<in_memory>(0); // every task replays: no span comes twice
}
TEST_CASE("one trace leads through all calls, in a file", "[seams][tracing]") {
  one_trace<in_file>(10'000);
  one_trace<in_file>(0);
}
TEST_CASE("one trace leads through all calls, behind a codec", "[seams][tracing]") {
  one_trace<behind_codec>(10'000);
  one_trace<behind_codec>(0);
}

TEST_CASE("spans of what fails say so, with the reason", "[seams][tracing]") {
  traced const t;
  seams_world<in_memory, ship, deliver, pack, pack_slowly> w{t.worker(), t.client()};
  auto const handle = w.start<deliver>(13);
  handle.signal(go);
  CHECK_THROWS_AS(handle.result(), perdure::activity_error);
  CHECK_THROWS_AS(handle.signal(go), perdure::error); // it is over
  CHECK(t.spans->tree() == "SignalWorkflow:go! "
                           "SignalWorkflow:go(HandleSignal:go) "
                           "StartWorkflow:deliver(RunWorkflow:deliver!("
                           "StartActivity:pack_slowly(RunActivity:pack_slowly!)))");
  for (auto const& each : t.spans->all)
    if (each.name == "RunActivity:pack_slowly") CHECK(each.message == "unlucky");
}

auto calls_home(std::string id) -> std::string {
  return perdure::to_traceparent(perdure::current_span()) + id.substr(0, 0);
}
auto asks(std::string id) -> perdure::workflow<std::string> {
  co_return co_await perdure::execute_activity<calls_home>(id, {.start_to_close_timeout = 1min});
}

TEST_CASE("a span_scope is the parent of calls, and an activity sees its span",
          "[seams][tracing]") {
  traced const t;
  seams_world<in_memory, asks, calls_home> w{t.worker(), t.client()};
  perdure::span_context outer{1, 2, 3, true, "vendor=1"};
  auto const handle = [&] {
    perdure::span_scope const scope{outer};
    return w.start<asks>(std::string{"x"});
  }();
  auto const seen = perdure::parse_traceparent(handle.result());
  REQUIRE(seen);
  CHECK(!perdure::current_span());
  CHECK(t.spans->tree(3) == "StartWorkflow:asks(RunWorkflow:asks("
                            "StartActivity:calls_home(RunActivity:calls_home)))");
  for (auto const& each : t.spans->all) {
    CHECK(each.context.trace_high == 1);
    CHECK(each.context.state == "vendor=1");
    if (each.name == "RunActivity:calls_home") CHECK(each.context.span_id == seen->span_id);
  }
  auto const first = handle.fetch_history().events.front();
  auto const& started = first.as<perdure::events::workflow_execution_started>();
  CHECK(started.header->at("_tracer-data")
            .data.starts_with(R"({"traceparent":"00-00000000000000010000000000000002-)"));
}

TEST_CASE("what a schedule starts is in the trace of its creation", "[seams][tracing]") {
  traced const t;
  seams_world<in_memory, asks, calls_home> w{t.worker(), t.client()};
  perdure::create_schedule_options now{};
  now.trigger_immediately = true;
  auto const action =
      perdure::start_workflow_action<asks>(std::string{"x"}, {.id = "s", .task_queue = "tests"});
  (void)w.client.create_schedule("nightly", {.action = action}, now);
  w.settle();
  CHECK(t.spans->tree() == "CreateSchedule:nightly(RunWorkflow:asks("
                           "StartActivity:calls_home(RunActivity:calls_home)))");
  CHECK_THROWS_AS(w.client.create_schedule("nightly", {.action = action}), perdure::error);
  CHECK(t.spans->tree().starts_with("CreateSchedule:nightly! "));
}

TEST_CASE("what is not sampled is handed on and not recorded", "[seams][tracing]") {
  traced const t;
  seams_world<in_memory, asks, calls_home> w{t.worker(), t.client()};
  perdure::span_context outer{1, 2, 3, false, {}};
  perdure::span_scope const scope{outer};
  auto const seen = perdure::parse_traceparent(w.start<asks>(std::string{"x"}).result());
  REQUIRE(seen);
  CHECK(seen->trace_low == 2);
  CHECK_FALSE(seen->sampled);
  CHECK(t.spans->all.empty());
}

TEST_CASE("only a well-formed traceparent is one", "[seams][tracing]") {
  std::string const good = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  auto const read = perdure::parse_traceparent(good);
  REQUIRE(read);
  CHECK(read->trace_high == 0x0af7651916cd43ddU);
  CHECK(read->trace_low == 0x8448eb211c80319cU);
  CHECK(read->span_id == 0xb7ad6b7169203331U);
  CHECK(read->sampled);
  CHECK(perdure::to_traceparent(*read) == good);
  CHECK_FALSE(perdure::parse_traceparent(good.substr(0, 53) + "00")->sampled);
  CHECK(perdure::parse_traceparent("01" + good.substr(2) + "-more")); // of a later version
  for (std::string const& bad : std::initializer_list<std::string>{
           std::string{}, good.substr(1), good + "-more", "ff" + good.substr(2),
           "00-00000000000000000000000000000000-b7ad6b7169203331-01",
           "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
           "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
           "00_0af7651916cd43dd8448eb211c80319c_b7ad6b7169203331_01"}) {
    CAPTURE(bad);
    CHECK_FALSE(perdure::parse_traceparent(bad));
  }
}

} // namespace
