// Bytes come back as they were given: payloads, ids, names and messages of any content.
#include "conformance/behaviour.hpp"

namespace perdure_test::conformance {

/// Every byte there is, twice over.
static auto all_bytes() -> std::string {
  std::string bytes;
  for (int i = 0; i < 512; ++i) bytes += static_cast<char>(i % 256);
  return bytes;
}
static auto raw(std::string bytes) -> perdure::payloads {
  perdure::payload made = to_payloads(0)[0];
  made.data = std::move(bytes);
  return made;
}

BEHAVIOUR("payloads keep every byte", "[values]") {
  perdure::start_workflow_request request{};
  request.input = raw(all_bytes());
  w.begin({commands::activity("1", quick())}, request);
  w.hand.complete(w.hand.activity(), raw(all_bytes()));
  w.signal("s", raw(all_bytes()));
  w.hand.decide({commands::complete(raw(all_bytes()))});
  CHECK(w.get<e::workflow_execution_started>().input == raw(all_bytes()));
  CHECK(w.get<e::activity_task_completed>().result == raw(all_bytes()));
  CHECK(w.get<e::workflow_execution_signaled>().input == raw(all_bytes()));
  CHECK(w.get<e::workflow_execution_completed>().result == raw(all_bytes()));
}

BEHAVIOUR("payloads keep all of their metadata", "[values]") {
  perdure::payload odd = to_payloads(0)[0];
  odd.metadata = perdure::payload_metadata{"binary/encrypted"};
  odd.metadata.set("key-id", all_bytes());
  odd.metadata.set("", "no name");
  w.start();
  w.signal("s", odd);
  auto const input = w.get<e::workflow_execution_signaled>().input;
  REQUIRE(input.size() == 1);
  CHECK(input[0] == odd);
}

BEHAVIOUR("lists of payloads keep their length and order, empty ones included", "[values]") {
  std::vector<perdure::payload> list;
  for (int i = 0; i < 300; ++i)
    list.push_back(i % 3 == 0 ? perdure::payload::null() : perdure::payload{to_payloads(i)[0]});
  list.push_back({});
  perdure::payloads const sent{list};
  w.start();
  w.signal("many", sent);
  CHECK(w.get<e::workflow_execution_signaled>().input == sent);
  w.signal("none", {});
  CHECK(w.get<e::workflow_execution_signaled>().input.empty());
}

BEHAVIOUR("a payload of a mebibyte comes back whole", "[values]") {
  std::string large;
  while (large.size() < (1u << 20)) large += all_bytes();
  w.start();
  w.signal("large", raw(large));
  CHECK(w.get<e::workflow_execution_signaled>().input == raw(large));
}

BEHAVIOUR("workflow ids of any bytes name their run and no other", "[values]") {
  for (auto const& id : naughty_strings()) {
    CAPTURE(id);
    auto const run = w.start_on(id);
    CHECK(run.workflow_id == id);
    CHECK(w.describe(id).execution == run);
    CHECK(w.history(id).front().as<e::workflow_execution_started>().workflow_id == id);
    perdure::list_filter filter{};
    filter.workflow_id = id;
    CHECK(w.ids(filter) == id);
  }
  CHECK(w.client.list().size() == naughty_strings().size());
}

BEHAVIOUR("workflow ids that differ in case, in spaces at the end or in composition differ",
          "[values]") {
  for (char const* const id : {"a", "A", "a ", " a", "\xC3\xA9", "e\xCC\x81"}) w.start_on(id);
  w.terminate("", "A");
  CHECK(w.status("a") == workflow_execution_status::running);
  CHECK(w.status("a ") == workflow_execution_status::running);
  CHECK(w.client.list().size() == 6);
}

BEHAVIOUR("signal names of any bytes come back", "[values]") {
  w.start();
  for (auto const& name : naughty_strings()) {
    CAPTURE(name);
    w.signal(name);
    CHECK(w.get<e::workflow_execution_signaled>().signal_name == name);
  }
}

BEHAVIOUR("activity ids and types of any bytes come back", "[values]") {
  std::vector<perdure::command> decided;
  for (auto const& text : naughty_strings()) {
    auto asked = commands::activity(text, quick());
    asked.attributes.edit<e::activity_task_scheduled>().activity_type = text;
    decided.push_back(std::move(asked));
  }
  w.begin(std::move(decided));
  for (auto const& text : naughty_strings()) {
    auto const task = w.hand.activity();
    CAPTURE(text);
    CHECK(id_of(task) == text);
    CHECK(task.scheduled.get<e::activity_task_scheduled>().activity_type == text);
    w.hand.complete(task, to_payloads(text));
    CHECK(w.get<e::activity_task_completed>().result == to_payloads(text));
  }
}

BEHAVIOUR("timer ids of any bytes come back", "[values]") {
  std::vector<perdure::command> decided;
  std::string expected;
  for (auto const& text : naughty_strings()) {
    decided.push_back(commands::timer(text, 1s));
    expected += text;
  }
  w.begin(std::move(decided));
  w.pass(1s);
  CHECK(w.fired() == expected);
}

BEHAVIOUR("workflow types and task queues of any bytes come back", "[values]") {
  for (auto const& text : naughty_strings()) {
    CAPTURE(text);
    perdure::start_workflow_request request{};
    request.workflow_type = text;
    request.task_queue = text;
    w.start(request);
    by_hand there{w.backend, text};
    auto const task = there.workflow();
    CHECK(task.workflow_type == text);
    there.answer(task, {commands::complete()});
    CHECK(w.describe().task_queue == text);
  }
}

BEHAVIOUR("reasons, identities and failure messages of any bytes come back", "[values]") {
  for (auto const& text : naughty_strings()) {
    CAPTURE(text);
    w.start();
    w.backend.cancel_workflow({"w", {}}, text, text);
    auto const asked = w.get<e::workflow_execution_cancel_requested>();
    CHECK(asked.cause == text);
    CHECK(asked.identity == text);
    w.hand.decide({commands::fail(failure_of(text))});
    CHECK(w.get<e::workflow_execution_failed>().failure->message == text);
    w.start();
    w.backend.terminate_workflow({"w", {}}, text, text);
    CHECK(w.get<e::workflow_execution_terminated>().reason == text);
  }
}

BEHAVIOUR("a memo has names and values of any bytes, search attributes have names of any bytes",
          "[values]") {
  perdure::start_workflow_request request{};
  perdure::payload_map odd;
  perdure::payload_map typed;
  perdure::search_attribute<int> const number{"number"};
  for (auto const& text : naughty_strings()) {
    odd.emplace(text, raw(text)[0]);
    if (!text.empty() && text.size() <= 1'000) typed.emplace(text, number(5).second);
  }
  request.memo = odd;
  request.search_attributes = typed;
  w.start(request);
  CHECK(*w.get<e::workflow_execution_started>().memo == odd);
  CHECK(*w.get<e::workflow_execution_started>().search_attributes == typed);
}

BEHAVIOUR("a failure keeps its stack trace, its details and its chain of causes", "[values]") {
  perdure::failure why = failure_of("top");
  why.source = "PythonSDK";
  why.stack_trace = "demo.py:7\n\tin f";
  auto& info = std::get<perdure::application_failure_info>(why.info);
  info.details = to_payloads(1, std::string{"two"});
  info.next_retry_delay = 3s;
  perdure::failure* at = &why;
  for (int depth = 0; depth < 20; ++depth) {
    at->cause = failure_of("cause " + std::to_string(depth));
    at = &at->cause.make();
  }
  w.begin({commands::fail(why)});
  CHECK(*w.get<e::workflow_execution_failed>().failure == why);
}

} // namespace perdure_test::conformance
